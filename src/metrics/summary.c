/* What the scores of many cases say together. */
#include "metrics_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "willis/num.h"

#define N_RESAMPLES 10000 /* the ends of a 95 % interval then rest on 250 means each */
#define CHUNK 100

typedef struct bootstrap {
    const double *values;
    int n;
    wil_rng rng;
    double *means; /* [N_RESAMPLES] */
} bootstrap;

static void resample(int64_t begin, int64_t end, void *context)
{
    const bootstrap *b = context;
    for (int64_t r = begin; r < end; r++) {
        double sum = 0;
        for (int k = 0; k < b->n; k++)
            sum +=
                b->values[wil_rng_below(b->rng, (uint64_t)r * (uint64_t)b->n + (uint64_t)k, (uint64_t)b->n)] -
                b->values[0];
        b->means[r] = b->values[0] + sum / b->n;
    }
}

/* 95 % percentile interval of the mean. */
static wil_status interval(wil_summary *out, const double *values, int n, uint64_t seed)
{
    bootstrap b = {.values = values, .n = n, .rng = wil_rng_at(seed, WIL_RNG_BOOTSTRAP, 0)};
    WIL_OWN(double) *means = NULL;
    WIL_TRY(wil_alloc_f64(&means, N_RESAMPLES));
    b.means = means;
    wil_parallel_for(N_RESAMPLES, CHUNK, resample, &b);
    qsort(means, N_RESAMPLES, sizeof *means, wil_compare_doubles);
    out->low = sorted_quantile(means, N_RESAMPLES, 0.025);
    out->high = sorted_quantile(means, N_RESAMPLES, 0.975);
    return WIL_OK;
}

/* Finite values first, in their order; then the infinite ones. Returns how many are a number at all. */
static int sort_out(double *numbers, wil_summary *out, const double *values, const uint8_t *failed, int n)
{
    for (int i = 0; i < n; i++) {
        if (isfinite(values[i]))
            numbers[out->n++] = values[i];
        out->n_undefined += isnan(values[i]);
        out->n_failed += isinf(values[i]) || (failed != NULL && failed[i]);
    }
    int n_numbers = out->n;
    for (int i = 0; i < n; i++)
        if (isinf(values[i]))
            numbers[n_numbers++] = values[i];
    return n_numbers;
}

wil_status wil_metrics_summary(
    wil_summary *out, const double *values, const uint8_t *failed, int n, uint64_t seed)
{
    WIL_OWN(double) *numbers = NULL;
    memset(out, 0, sizeof *out);
    out->low = out->high = NAN;
    WIL_TRY(wil_alloc_f64(&numbers, (size_t)n + 1));
    const int n_numbers = sort_out(numbers, out, values, failed, n);
    out->mean = wil_num_mean(numbers, (size_t)out->n);
    out->sd = out->n > 1 ? wil_num_sd(numbers, (size_t)out->n) : NAN;
    WIL_TRY(out->n > 1 ? interval(out, numbers, out->n, seed) : WIL_OK);
    out->median = wil_num_median_in_place(numbers, (size_t)n_numbers);
    return WIL_OK;
}
