/* The end of the program inside other people's code for want of memory, told in a sentence. */
#include "cli.h"

#include <dlfcn.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

static const volatile int *n_refused;

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
    static const char text[] =
        "willis: out of memory: a library that willis uses (oneDNN, OpenBLAS, HDF5) had no "
        "memory and broke off; give it more, or lower the batch, the size or --threads\n";
    (void)info;
    if (*n_refused > 0 && (number == SIGABRT || !is_ours(place(context)))) {
        const ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
        (void)written; /* nobody is left to tell */
        _exit(1);
    }
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

void cli_crash_watch(const volatile int *refused)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE};
    struct sigaction action = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO};
    n_refused = refused;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        (void)sigaction(numbers[i], &action, NULL);
}
