/* Loops shared among threads in fixed chunks. */
#include "willis/base.h"

#include <omp.h>

int wil_thread_count(int requested)
{
    return requested > 0 ? requested : omp_get_max_threads();
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
