/* Loaded into a command (LD_PRELOAD), refuses it memory:
 *
 *     FAIL_ALLOC="500"     the 500th allocation alone
 *     FAIL_ALLOC="500+"    that one and all behind it
 */
#pragma GCC visibility push(default) /* it stands in for functions of the C library */
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

static long first; /* 0: none */
static bool all_behind;
static atomic_long n_calls;

__attribute__((constructor)) static void read_wish(void)
{
    char *end = NULL;
    const char *wish = getenv("FAIL_ALLOC");
    first = wish == NULL ? 0 : strtol(wish, &end, 10);
    all_behind = first > 0 && *end == '+';
}

static bool is_due(void)
{
    if (first == 0)
        return false;
    const long n = atomic_fetch_add(&n_calls, 1) + 1;
    const bool due = n == first || (all_behind && n > first);
    if (due)
        errno = ENOMEM;
    return due;
}

#define NEXT(type, name, ...)                                                                                \
    static type (*next)(__VA_ARGS__);                                                                        \
    if (next == NULL)                                                                                        \
    *(void **)&next = dlsym(RTLD_NEXT, #name)

void *malloc(size_t bytes)
{
    NEXT(void *, malloc, size_t);
    return is_due() ? NULL : next(bytes);
}

void *calloc(size_t n, size_t size)
{
    NEXT(void *, calloc, size_t, size_t);
    return is_due() ? NULL : next(n, size);
}

void *realloc(void *memory, size_t bytes)
{
    NEXT(void *, realloc, void *, size_t);
    return is_due() ? NULL : next(memory, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    NEXT(void *, aligned_alloc, size_t, size_t);
    return is_due() ? NULL : next(alignment, bytes);
}

int posix_memalign(void **out, size_t alignment, size_t bytes)
{
    NEXT(int, posix_memalign, void **, size_t, size_t);
    return is_due() ? ENOMEM : next(out, alignment, bytes);
}
