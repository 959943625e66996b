/* What a long function tells through its monitor, and the clock. */
#include "willis/base.h"

#include <stdarg.h>
#include <time.h>

static void say(const wil_monitor *monitor, wil_message_kind kind, const char *format, va_list arguments)
{
    char text[2048];
    if (monitor == NULL || monitor->message == NULL)
        return;
    vsnprintf(text, sizeof text, format, arguments);
    wil_text_make_printable(text);
    monitor->message(monitor->user, kind, text);
}

void wil_monitor_info(const wil_monitor *monitor, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(monitor, WIL_MESSAGE_INFO, format, arguments);
    va_end(arguments);
}

void wil_monitor_warn(const wil_monitor *monitor, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(monitor, WIL_MESSAGE_WARNING, format, arguments);
    va_end(arguments);
}

void wil_monitor_progress(const wil_monitor *monitor, const char *stage, int64_t done, int64_t total,
    double elapsed_s, const char *note)
{
    if (monitor != NULL && monitor->progress != NULL)
        monitor->progress(monitor->user, stage, done, total, elapsed_s, note);
}

bool wil_monitor_stop_requested(const wil_monitor *monitor)
{
    return monitor != NULL && monitor->stop_requested != NULL && monitor->stop_requested(monitor->user);
}

wil_monitor wil_monitor_without_progress(const wil_monitor *monitor)
{
    wil_monitor out = {0};
    if (monitor != NULL)
        out = *monitor;
    out.progress = NULL;
    return out;
}

double wil_time_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
