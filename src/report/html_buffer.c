/* The growing text of a page: raw, formatted, escaped, base64. */
#include "report_internal.h"

#include <stdarg.h>
#include <string.h>

wil_status html_buffer_add(html_buffer *buffer, const void *bytes, size_t n_bytes)
{
    WIL_REQUIRE(n_bytes < SIZE_MAX / 4 && buffer->length < SIZE_MAX / 4, WIL_ERR_MEMORY,
        "a report of more than %zu bytes cannot be held in memory", buffer->length);
    size_t needed = buffer->length + n_bytes + 1;
    if (needed > buffer->capacity) {
        void *grown = buffer->bytes;
        /* doubling keeps many small additions cheap */
        WIL_TRY(wil_grow(&grown, &buffer->capacity, needed > 8192 ? 2 * needed : 16384, 1));
        buffer->bytes = grown;
    }
    if (n_bytes > 0)
        memcpy(buffer->bytes + buffer->length, bytes, n_bytes);
    buffer->length += n_bytes;
    buffer->bytes[buffer->length] = '\0';
    return WIL_OK;
}

wil_status html_buffer_text(html_buffer *buffer, const char *text)
{
    return html_buffer_add(buffer, text, strlen(text));
}

wil_status html_buffer_format(html_buffer *buffer, const char *format, ...)
{
    va_list args;
    char text[512]; /* our own markup around numbers, never text from outside */
    va_start(args, format);
    int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    WIL_REQUIRE(length >= 0 && (size_t)length < sizeof text, WIL_ERR_INTERNAL,
        "markup of %d characters does not fit its buffer", length);
    return html_buffer_add(buffer, text, (size_t)length);
}

/* What stands for one byte; NULL: itself. */
static const char *escape_of(unsigned char byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        /* control characters are not allowed in HTML text; tab and line breaks are */
        return (byte < 0x20 && byte != '\t' && byte != '\n') || byte == 0x7f ? "\xEF\xBF\xBD" : NULL;
    }
}

wil_status html_buffer_escaped(html_buffer *buffer, const char *text)
{
    const char *begin = text;
    for (const char *at = text;; at++) {
        const char *escape = *at == '\0' ? "" : escape_of((unsigned char)*at);
        if (escape == NULL)
            continue;
        WIL_TRY(html_buffer_add(buffer, begin, (size_t)(at - begin)));
        if (*at == '\0')
            return WIL_OK;
        WIL_TRY(html_buffer_text(buffer, escape));
        begin = at + 1;
    }
}

wil_status html_buffer_base64(html_buffer *buffer, const void *bytes, size_t n_bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *in = bytes;
    for (size_t i = 0; i < n_bytes; i += 3) {
        size_t n = n_bytes - i < 3 ? n_bytes - i : 3;
        uint32_t bits = (uint32_t)in[i] << 16;
        bits |= n > 1 ? (uint32_t)in[i + 1] << 8 : 0;
        bits |= n > 2 ? in[i + 2] : 0;
        char group[4] = {digits[bits >> 18], digits[bits >> 12 & 63], n > 1 ? digits[bits >> 6 & 63] : '=',
            n > 2 ? digits[bits & 63] : '='};
        WIL_TRY(html_buffer_add(buffer, group, 4));
    }
    return WIL_OK;
}

void html_buffer_clear(html_buffer *buffer)
{
    wil_free(buffer->bytes);
    *buffer = (html_buffer){0};
}
