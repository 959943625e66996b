/* Two runs on the same cases: Wilcoxon's signed-rank test and an effect size. */
#include "metrics_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "willis/num.h"

#define MOST_EXACT 50 /* pairs; beyond, the normal approximation is good to three digits */

typedef struct ranked {
    double size; /* |b - a|, may be infinite */
    int sign;
    int twice_rank; /* whole also for mid-ranks of ties */
} ranked;
WIL_OWNED_POINTER(ranked, wil_free)

static int by_size(const void *a, const void *b)
{
    return wil_compare_doubles(&((const ranked *)a)->size, &((const ranked *)b)->size);
}

/* Ranks 1 .. n by size, ties share the middle. Returns the sum of t^3 - t over groups of t ties. */
static double rank_all(ranked *pairs, int n)
{
    double ties = 0;
    qsort(pairs, (size_t)n, sizeof *pairs, by_size);
    for (int i = 0; i < n;) {
        int end = i + 1;
        while (end < n && pairs[end].size == pairs[i].size)
            end++;
        for (int k = i; k < end; k++)
            pairs[k].twice_rank = i + 1 + end;
        const double t = end - i;
        ties += t * t * t - t;
        i = end;
    }
    return ties;
}

/* Share of the 2^n ways to give these ranks signs in which twice the sum of ranks with + is at most `most`.
 */
static wil_status exact_share(double *out, const ranked *pairs, int n, int most)
{
    const int total = n * (n + 1); /* twice the sum of all ranks */
    WIL_OWN(double) *share = NULL; /* [total + 1] of ways with this sum, so far */
    WIL_TRY(wil_alloc_f64(&share, (size_t)total + 1));
    share[0] = 1;
    for (int i = 0; i < n; i++)
        for (int sum = total; sum >= 0; sum--)
            share[sum] =
                0.5 * share[sum] + (sum >= pairs[i].twice_rank ? 0.5 * share[sum - pairs[i].twice_rank] : 0);
    *out = 0;
    for (int sum = 0; sum <= most; sum++)
        *out += share[sum];
    return WIL_OK;
}

/* Two-sided; with corrections for ties and continuity [Hollander1999, section 3.1]. */
static double normal_p(double smaller, int n, double ties)
{
    const double mean = 0.25 * n * (n + 1.0);
    const double variance = n * (n + 1.0) * (2.0 * n + 1) / 24 - ties / 48;
    const double z = (mean - smaller - 0.5) / sqrt(variance);
    return z > 0 ? erfc(z / sqrt(2)) : 1;
}

static wil_status test(wil_paired *out, ranked *pairs, int n)
{
    int twice_up = 0;
    const double ties = rank_all(pairs, n);
    for (int i = 0; i < n; i++)
        twice_up += pairs[i].sign > 0 ? pairs[i].twice_rank : 0;
    const int twice_down = n * (n + 1) - twice_up;
    const int smaller = twice_up < twice_down ? twice_up : twice_down;
    out->rank_sum_up = 0.5 * twice_up;
    out->rank_sum_down = 0.5 * twice_down;
    out->exact = n <= MOST_EXACT;
    out->p = 1;
    if (n == 0)
        return WIL_OK;
    out->rank_biserial = (double)(twice_up - twice_down) / (double)(twice_up + twice_down);
    if (!out->exact) {
        out->p = normal_p(0.5 * smaller, n, ties);
        return WIL_OK;
    }
    double share = 0;
    WIL_TRY(exact_share(&share, pairs, n, smaller));
    out->p = fmin(1, 2 * share);
    return WIL_OK;
}

/* b - a; two failures are equally bad. */
static double difference(double a, double b)
{
    return a == b ? 0 : b - a;
}

/* Fills differences with all n of them and pairs with those that are not 0; returns how many these are. */
static int take_differences(
    wil_paired *out, double *differences, ranked *pairs, const double *a, const double *b, int n)
{
    int n_pairs = 0;
    for (int i = 0; i < n; i++) {
        if (isnan(a[i]) || isnan(b[i])) {
            out->n_undefined++;
            continue;
        }
        const double d = difference(a[i], b[i]);
        differences[out->n++] = d;
        out->n_equal += d == 0;
        if (d != 0)
            pairs[n_pairs++] = (ranked){.size = fabs(d), .sign = d > 0 ? 1 : -1};
    }
    return n_pairs;
}

static double mean_of_finite(const double *a, const double *b, int n)
{
    double sum = 0;
    int n_finite = 0;
    for (int i = 0; i < n; i++) {
        if (!isfinite(a[i]) || !isfinite(b[i]))
            continue;
        sum += b[i] - a[i];
        n_finite++;
    }
    return n_finite > 0 ? sum / n_finite : NAN;
}

wil_status wil_metrics_paired(wil_paired *out, const double *a, const double *b, int n)
{
    WIL_OWN(double) *differences = NULL;
    WIL_OWN(ranked) *pairs = NULL;
    memset(out, 0, sizeof *out);
    WIL_REQUIRE(n <= 30000, WIL_ERR_ARG, "%d pairs are more than the 30000 that a rank test is given", n);
    WIL_TRY(wil_alloc_f64(&differences, (size_t)n + 1));
    WIL_TRY(wil_alloc((void **)&pairs, (size_t)n + 1, sizeof *pairs));
    const int n_pairs = take_differences(out, differences, pairs, a, b, n);
    out->mean_difference = mean_of_finite(a, b, n);
    out->median_difference = wil_num_median_in_place(differences, (size_t)out->n);
    return test(out, pairs, n_pairs);
}
