/* The end of the program inside other people's code for want of memory, told in a sentence. */
#include "cli.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#define STACK_BYTES 65536
#define MOST_DESCRIPTORS 1000

static const volatile int *n_refused;
static volatile sig_atomic_t ended; /* by ourselves */

/* What is being written lies open under its temporary name (".maps.1f3a.tmp.nii.gz"). */
static void remove_unfinished(void)
{
    for (int descriptor = 3; descriptor < MOST_DESCRIPTORS; descriptor++) {
        char link[] = "/proc/self/fd/000", path[4096];
        for (int digit = 0, rest = descriptor; digit < 3; digit++, rest /= 10)
            link[sizeof link - 2 - (size_t)digit] = (char)('0' + rest % 10);
        const char *name = link + sizeof link - 4;
        while (*name == '0')
            name++;
        (void)memmove(link + 14, name, strlen(name) + 1);
        const ssize_t n = readlink(link, path, sizeof path - 1);
        if (n <= 0)
            continue;
        path[n] = '\0';
        const char *base = strrchr(path, '/');
        if (base != NULL && base[1] == '.' && strstr(base, ".tmp") != NULL)
            (void)unlink(path);
    }
}

static void end_for_want_of_memory(void)
{
    static const char text[] =
        "willis: out of memory: a library that willis uses (oneDNN, OpenBLAS, HDF5) had no memory and broke "
        "off; give it more, or lower the batch, the size or --threads\n";
    const ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    (void)written; /* nobody is left to tell */
    remove_unfinished();
    _exit(EXIT_FAILURE);
}

/* Where the processor stood. */
static void *place(const ucontext_t *context)
{
#if defined(__x86_64__)
    return (void *)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (void *)context->uc_mcontext.pc;
#else
    (void)context;
    return NULL;
#endif
}

/* Code of this program; what oneDNN generates belongs to no file. */
static bool is_ours(void *at)
{
    Dl_info info;
    return at != NULL && dladdr(at, &info) != 0 && info.dli_fname != NULL &&
           strstr(info.dli_fname, "willis") != NULL;
}

/* An own fault stays what it is: a crash, with its core. */
static void on_crash(int number, siginfo_t *info, void *context)
{
    (void)info;
    if (*n_refused > 0 && (number == SIGABRT || !is_ours(place(context))))
        end_for_want_of_memory();
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

/* HDF5 and OpenMP call exit where they find no memory. */
static void on_exit_of_others(void)
{
    if (!ended && *n_refused > 0)
        end_for_want_of_memory();
}

/* The handler has a stack of its own, as HDF5 fills the other one with calls of itself. */
void cli_crash_watch(const volatile int *refused)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE};
    static char stack[STACK_BYTES];
    const stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    n_refused = refused;
    (void)sigaltstack(&own, NULL);
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        (void)sigaction(numbers[i], &action, NULL);
    (void)atexit(on_exit_of_others);
}

int cli_crash_watch_end(int exit_status)
{
    ended = 1;
    return exit_status;
}
