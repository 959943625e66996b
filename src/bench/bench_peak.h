/* The best rate of oneDNN's convolutions over a handful of shapes and all three derivatives. */
#ifndef WILLIS_BENCH_PEAK_H
#define WILLIS_BENCH_PEAK_H

#include "willis/bench.h"

/* Fills what stands in out of the best: batch, filters (channels), size, times, flops, gflop_s (by the
 * shortest time: a peak), plan_bytes (its buffers). */
WIL_NODISCARD wil_status bench_peak_measure(wil_bench_result *out, bool bf16, int repeats);

#endif
