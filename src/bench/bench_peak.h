/* The best rate of oneDNN's convolutions over a handful of shapes and all three derivatives. */
#ifndef WILLIS_BENCH_PEAK_H
#define WILLIS_BENCH_PEAK_H

#include "willis/base.h"

typedef struct bench_peak {
    int batch, channels, size[3], n_size; /* of the best */
    double seconds_median, seconds_min, flops;
    double gflop_s;    /* from seconds_min: a peak */
    size_t plan_bytes; /* buffers of the best */
} bench_peak;
WIL_NODISCARD wil_status bench_peak_measure(bench_peak *out, bool bf16, int repeats);

#endif
