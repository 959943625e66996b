/* Each thread's last failure in words. */
#include "willis/base.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#define MESSAGE_BYTES 2048

/* per thread, like errno: the one thing the library remembers outside its objects */
static _Thread_local char message[MESSAGE_BYTES];

wil_status wil_fail(wil_status code, const char *format, ...)
{
    char text[MESSAGE_BYTES]; /* the arguments may hold the old message */
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    wil_text_make_printable(text);
    memcpy(message, text, sizeof message);
    return code;
}

wil_status wil_fail_errno(wil_status code, const char *format, ...)
{
    const int why = errno; /* what formatting may change */
    char text[MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (why == ENOMEM)
        return wil_fail(WIL_ERR_MEMORY, "out of memory: %s", text);
    return wil_fail(code, "%s: %s", text, why == ENOSPC ? "the disk is full" : strerror(why));
}

wil_status wil_fail_context(wil_status code, const char *format, ...)
{
    if (code == WIL_OK)
        return code;
    char text[MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const size_t n = strlen(text);
    snprintf(text + n, sizeof text - n, ": %s", message);
    wil_text_make_printable(text);
    memcpy(message, text, sizeof message);
    return code;
}

const char *wil_status_message(void)
{
    return message;
}

bool wil_status_is_wrong_input(wil_status code)
{
    return code == WIL_ERR_ARG || code == WIL_ERR_INPUT;
}

wil_status wil_status_of_file(wil_status code)
{
    return code == WIL_ERR_ARG ? WIL_ERR_INPUT : code;
}
