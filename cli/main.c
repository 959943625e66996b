/* willis: says how threads wait, then loads the commands (dispatch.c and all behind it) and runs one.
 *
 * Threads that spin for long while they wait for each other lose whole time slices as soon as anything else
 * runs on the machine: a training step has been seen to take 27 times as long. A few microseconds of it cost
 * next to nothing. GNU OpenMP reads the setting when it is loaded, so nothing that needs it is linked here.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "refused_memory.h"

int main(int argc, char **argv)
{
    int (*run)(int, char **, const volatile int *) = NULL;
    if (getenv("OMP_WAIT_POLICY") == NULL && getenv("GOMP_SPINCOUNT") == NULL)
        (void)setenv("GOMP_SPINCOUNT", "2000", 1);
    (void)setenv("OPENBLAS_NUM_THREADS", "1", 1); /* ours are shared out over it; its own only take memory */
    void *commands = dlopen("willis_commands.so", RTLD_LAZY | RTLD_GLOBAL);
    if (commands != NULL)
        *(void **)&run = dlsym(commands, "willis_main");
    if (run == NULL) {
        fprintf(stderr,
            "willis: its commands cannot be loaded (damaged installation, or out of memory): %s\n",
            dlerror());
        return EXIT_FAILURE;
    }
    return run(argc, argv, &willis_n_refused);
}
