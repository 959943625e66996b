/* Loaded into a command (LD_PRELOAD), kills it at a chosen call:
 *
 *     KILL_AT="fwrite 120"    half of the 120th fwrite is written, then the process dies
 *     KILL_AT="fsync 7"       it dies before the 7th fsync
 *     KILL_AT="rename 3"      before the 3rd rename
 *     KILL_AT="renamed 3"     behind it
 */
#pragma GCC visibility push(default) /* it stands in for functions of the C library */
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* true in the call at which the process is to die. */
static int is_due(const char *call, atomic_int *count)
{
    char name[16] = "";
    int at = 0;
    const char *wish = getenv("KILL_AT");
    if (wish == NULL || sscanf(wish, "%15s %d", name, &at) != 2 || strcmp(name, call) != 0)
        return 0;
    return atomic_fetch_add(count, 1) + 1 == at;
}

static void die(void)
{
    (void)kill(getpid(), SIGKILL);
    pause();
}

size_t fwrite(const void *bytes, size_t size, size_t n, FILE *stream)
{
    static atomic_int count;
    size_t (*next)(const void *, size_t, size_t, FILE *) = NULL;
    *(void **)&next = dlsym(RTLD_NEXT, "fwrite");
    if (!is_due("fwrite", &count))
        return next(bytes, size, n, stream);
    (void)next(bytes, 1, size * n / 2, stream);
    (void)fflush(stream);
    die();
    return 0;
}

int fsync(int descriptor)
{
    static atomic_int count;
    int (*next)(int) = NULL;
    *(void **)&next = dlsym(RTLD_NEXT, "fsync");
    if (is_due("fsync", &count))
        die();
    return next(descriptor);
}

int rename(const char *from, const char *to)
{
    static atomic_int before, behind;
    int (*next)(const char *, const char *) = NULL;
    *(void **)&next = dlsym(RTLD_NEXT, "rename");
    if (is_due("rename", &before))
        die();
    const int result = next(from, to);
    if (is_due("renamed", &behind))
        die();
    return result;
}
