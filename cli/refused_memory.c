/* Counts allocations that were refused in the process. A library that does not expect it crashes then, and
 * the command line can tell that from a fault of ours (cli_crash.c). Stands before the C library's functions,
 * as the program's own come first; whatever stands between (a tool that counts memory, say) is still asked.
 */
#include "refused_memory.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

volatile int willis_n_refused;

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#pragma GCC visibility push(default)

/* The next function of the name, looked up once. */
#define NEXT(type, name, ...)                                                                                \
    static type (*next)(__VA_ARGS__);                                                                        \
    if (next == NULL)                                                                                        \
    *(void **)&next = dlsym(RTLD_NEXT, #name)

static inline void *noted(void *memory, size_t bytes)
{
    if (memory == NULL && bytes > 0)
        willis_n_refused = 1;
    return memory;
}

void *malloc(size_t bytes)
{
    NEXT(void *, malloc, size_t);
    return noted(next(bytes), bytes);
}

void *calloc(size_t n, size_t size)
{
    NEXT(void *, calloc, size_t, size_t);
    return noted(next(n, size), n > 0 ? size : 0);
}

void *realloc(void *memory, size_t bytes)
{
    NEXT(void *, realloc, void *, size_t);
    return noted(next(memory, bytes), bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    NEXT(void *, aligned_alloc, size_t, size_t);
    return noted(next(alignment, bytes), bytes);
}

void *memalign(size_t alignment, size_t bytes)
{
    NEXT(void *, memalign, size_t, size_t);
    return noted(next(alignment, bytes), bytes);
}

int posix_memalign(void **out, size_t alignment, size_t bytes)
{
    NEXT(int, posix_memalign, void **, size_t, size_t);
    const int failed = next(out, alignment, bytes);
    if (failed == ENOMEM)
        willis_n_refused = 1;
    return failed;
}
#endif
