/* Shared by the tests of the kernels: arrays with reproducible values, calls, and comparisons. */
#ifndef WILLIS_TEST_KERNEL_CHECK_H
#define WILLIS_TEST_KERNEL_CHECK_H

#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "outcome.h"
#include "willis/kernel.h"

#define EPS_F32 1.1920929e-7 /* distance from 1 to the next float */

static inline wil_shape shape_of(int rank, const int64_t *dim)
{
    wil_shape out = {.rank = rank};
    for (int i = 0; i < rank; i++)
        out.dim[i] = dim[i];
    return out;
}

static inline int64_t count_of(const wil_shape *shape)
{
    int64_t count = 1;
    for (int i = 0; i < shape->rank; i++)
        count *= shape->dim[i];
    return count;
}

/* n values in [low, high), the same for the same seed. */
static inline float *values_of(int64_t n, uint64_t seed, double low, double high)
{
    float *out = NULL;
    OK(wil_alloc_f32(&out, (size_t)n));
    wil_rng_fill_uniform_f32(wil_rng_at(seed, WIL_RNG_TEST, 0), 0, (size_t)n, out);
    for (int64_t i = 0; i < n; i++)
        out[i] = (float)(low + (high - low) * (double)out[i]);
    return out;
}

static inline double *doubles_of(const float *x, int64_t n)
{
    double *out = NULL;
    OK(wil_alloc_f64(&out, (size_t)n));
    for (int64_t i = 0; i < n; i++)
        out[i] = (double)x[i];
    return out;
}

#endif
