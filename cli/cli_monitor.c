/* Progress, messages and Ctrl-C. */
#include "cli.h"

#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define REDRAW_S 0.1      /* on a terminal */
#define PLAIN_LINE_S 30.0 /* otherwise */
#define BAR_WIDTH 24

/* What a signal handler may touch. */
static volatile sig_atomic_t n_signals;

static void on_signal(int number)
{
    static const char text[] = "\nstopping; once more ends at once\n";
    (void)number;
    if (n_signals > 0)
        _exit(130);
    n_signals = 1;
    const ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    (void)written; /* nobody is left to tell */
}

/* A signal that was ignored at the start (nohup, a job in the background) stays so. */
static void handle(int number)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    struct sigaction before;
    sigemptyset(&action.sa_mask);
    if (sigaction(number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        (void)sigaction(number, &action, NULL);
}

static bool stop_requested(void *user)
{
    (void)user;
    return n_signals > 0;
}

/* ---- progress ------------------------------------------------------------------------------------------ */

typedef struct display {
    bool quiet;
    bool terminal;
    bool line_open; /* a progress line stands on the terminal without its end */
    char stage[64];
    int64_t first_done; /* where the rate is counted from */
    double first_s, shown_s;
} display;

static display shown; /* one terminal, one display */

const char *cli_duration(char text[32], double seconds)
{
    const long whole = lround(seconds);
    if (seconds < 10)
        snprintf(text, 32, "%.1f s", seconds);
    else if (whole < 60)
        snprintf(text, 32, "%ld s", whole);
    else if (whole < 3600)
        snprintf(text, 32, "%ld min %02ld s", whole / 60, whole % 60);
    else
        snprintf(text, 32, "%ld h %02ld min", whole / 3600, whole % 3600 / 60);
    return text;
}

/* Joins what is known; rate_hz and left_s are NaN where unknown, bar_width 0 leaves the bar out. */
void cli_progress_line(char *text, size_t n, const char *stage, int64_t done, int64_t total, double rate_hz,
    double left_s, const char *note, int bar_width)
{
    char bar[64] = "";
    char rate[48] = "";
    char left[48] = "";
    char duration[32];
    const double share = total > 0 ? (double)done / (double)total : 0;
    if (bar_width > 0) {
        const int filled = (int)(share * bar_width);
        snprintf(bar, sizeof bar, " [%.*s%.*s]", filled, "################################",
            bar_width - filled, "................................");
    }
    if (isfinite(rate_hz) && rate_hz > 0)
        snprintf(rate, sizeof rate, rate_hz >= 1 ? "  %.3g/s" : "  %.3g s each",
            rate_hz >= 1 ? rate_hz : 1 / rate_hz);
    if (isfinite(left_s) && done < total)
        snprintf(left, sizeof left, "  %s left", cli_duration(duration, left_s));
    snprintf(text, n, "%s%s %lld of %lld%s%s%s%s", stage, bar, (long long)done, (long long)total, rate, left,
        note[0] == '\0' ? "" : "  ", note);
}

static int terminal_width(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

static void end_open_line(display *d)
{
    if (d->line_open)
        fputc('\n', stderr);
    d->line_open = false;
}

/* A stage that begins behind its first unit was resumed: what was done before says nothing about the rate. */
static void begin_stage(display *d, const char *stage, int64_t done, double elapsed_s)
{
    end_open_line(d);
    snprintf(d->stage, sizeof d->stage, "%s", stage);
    d->first_done = done <= 1 ? 0 : done;
    d->first_s = done <= 1 ? 0 : elapsed_s;
    d->shown_s = d->terminal ? -REDRAW_S : elapsed_s < PLAIN_LINE_S ? 0 : -PLAIN_LINE_S;
}

static void progress(
    void *user, const char *stage, int64_t done, int64_t total, double elapsed_s, const char *note)
{
    display *d = user;
    char line[256];
    if (d->quiet)
        return;
    if (strcmp(stage, d->stage) != 0 || elapsed_s < d->shown_s)
        begin_stage(d, stage, done, elapsed_s);
    if (done < total && elapsed_s - d->shown_s < (d->terminal ? REDRAW_S : PLAIN_LINE_S))
        return;
    d->shown_s = elapsed_s;
    const double rate_hz = (double)(done - d->first_done) / (elapsed_s - d->first_s);
    const double left_s = (double)(total - done) / rate_hz;
    cli_progress_line(
        line, sizeof line, stage, done, total, rate_hz, left_s, note, d->terminal ? BAR_WIDTH : 0);
    if (d->terminal)
        fprintf(stderr, "\r%.*s\033[K", terminal_width() - 1, line);
    else
        fprintf(stderr, "%s\n", line);
    d->line_open = d->terminal;
    if (done >= total) {
        end_open_line(d);
        d->stage[0] = '\0'; /* the same stage again is another one: an epoch's validation, say */
    }
    fflush(stderr);
}

static void message(void *user, wil_message_kind kind, const char *text)
{
    display *d = user;
    if (d->quiet && kind != WIL_MESSAGE_WARNING)
        return;
    end_open_line(d);
    fprintf(stderr, "%s%s\n", kind == WIL_MESSAGE_WARNING ? "warning: " : "", text);
}

const wil_monitor *cli_monitor_start(const cli_common *common)
{
    static const wil_monitor monitor = {&shown, message, progress, stop_requested};
    handle(SIGINT);
    handle(SIGTERM);
    handle(SIGHUP);
    handle(SIGXCPU);
    shown = (display){.quiet = common->quiet, .terminal = isatty(STDERR_FILENO) != 0};
    return &monitor;
}

void cli_monitor_end(void)
{
    end_open_line(&shown);
}
