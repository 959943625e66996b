/* Loops shared among threads in fixed chunks. */
#include "willis/base.h"

#include <omp.h>
#include <sys/resource.h>

#define MOST_STACK ((size_t)8 << 20)  /* where the limit of stacks says nothing useful */
#define THREAD_REST ((size_t)1 << 20) /* what a thread takes beside its stack */

int wil_thread_count(int requested)
{
    return requested > 0 ? requested : omp_get_max_threads();
}

static size_t thread_bytes(void)
{
    struct rlimit stack;
    const bool known = getrlimit(RLIMIT_STACK, &stack) == 0 && stack.rlim_cur != RLIM_INFINITY;
    return (known ? (size_t)stack.rlim_cur : MOST_STACK) + THREAD_REST;
}

wil_status wil_thread_start(int requested)
{
    const int n = wil_thread_count(requested);
    int started = 0;
    WIL_TRY(wil_memory_require((size_t)n * thread_bytes(), "starting the threads"));
    omp_set_num_threads(n);
#pragma omp parallel reduction(+ : started)
    started++;
    WIL_REQUIRE(started > 0, WIL_ERR_INTERNAL, "no thread ran");
    return WIL_OK;
}

void wil_parallel_for(
    int64_t count, int64_t chunk, void (*body)(int64_t begin, int64_t end, void *context), void *context)
{
    if (chunk < 1)
        chunk = 1;
    const int64_t n_chunks = count / chunk + (count % chunk > 0);
#pragma omp parallel for schedule(static) if (n_chunks > 1)
    for (int64_t c = 0; c < n_chunks; c++) {
        const int64_t begin = c * chunk;
        const int64_t end = chunk < count - begin ? begin + chunk : count;
        body(begin, end, context);
    }
}
