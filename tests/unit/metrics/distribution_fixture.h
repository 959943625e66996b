/* Samples and numbers of make_distribution_vectors.py, and random samples. */
#ifndef WILLIS_TEST_DISTRIBUTION_FIXTURE_H
#define WILLIS_TEST_DISTRIBUTION_FIXTURE_H

#include "metrics_fixture.h"

/* [n,d] as in the script; freed by the caller. */
static inline float *hashed_samples(size_t n, int d, uint64_t seed, double shift)
{
    float *x = NULL;
    OK(wil_alloc_f32(&x, n * (size_t)d));
    for (size_t i = 0; i < n * (size_t)d; i++)
        x[i] =
            (float)(hashed(i, seed) / 256.0 + (i % (size_t)d > 0 ? hashed(i - 1, seed) / 512.0 : 0) + shift);
    return x;
}

/* Standard normal times scale, plus shift. */
static inline float *normal_samples(size_t n, int d, uint32_t step, double scale, double shift)
{
    float *x = NULL;
    OK(wil_alloc_f32(&x, n * (size_t)d));
    for (size_t i = 0; i < n * (size_t)d; i++)
        x[i] = (float)(shift + scale * wil_rng_normal(wil_rng_at(17, WIL_RNG_TEST, step), i));
    return x;
}

static inline wil_points points_of(const float *values, size_t n, int d)
{
    return (wil_points){.values = values, .n = n, .d = d};
}

static inline double distribution_vector(const char *name)
{
    return vector_of("distribution_vectors.csv", name);
}

/* Moments of float samples. */
static inline wil_moments moments_of(const float *values, size_t n, int d)
{
    wil_moments m;
    double *rows = NULL;
    OK(wil_moments_make(&m, d));
    OK(wil_alloc_f64(&rows, n * (size_t)d));
    for (size_t i = 0; i < n * (size_t)d; i++)
        rows[i] = (double)values[i];
    OK(wil_moments_add(&m, rows, n));
    wil_free(rows);
    return m;
}

#endif
