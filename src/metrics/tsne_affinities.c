/* How near the neighbours of each sample are: the p of t-SNE, symmetric and sparse. */
#include "tsne_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BISECTIONS 100 /* to the last bits of the width */

void tsne_affinities_clear(tsne_affinities *affinities)
{
    wil_free(affinities->start);
    wil_free(affinities->column);
    wil_free(affinities->p);
    memset(affinities, 0, sizeof *affinities);
}

/* p from squared distances for a precision beta; returns the entropy in nats. The smallest distance is taken
 * off, which changes nothing but keeps the exponentials above 0. */
static double conditional(double *p, const double *squared, int k, double beta)
{
    double sum = 1; /* of the nearest one alone, which is at distance 0 */
    double weighted = 0;
    p[0] = 1;
    for (int j = 1; j < k; j++) {
        const double distance = squared[j] - squared[0];
        p[j] = exp(-beta * distance);
        sum += p[j];
        weighted += p[j] * distance;
    }
    for (int j = 0; j < k; j++)
        p[j] /= sum;
    return log(sum) + beta * weighted / sum;
}

/* The width at which the neighbours' perplexity is that asked for. */
static void fit_row(double *p, const double *squared, int k, double perplexity)
{
    const double wanted = log(perplexity);
    double low = 0, high = INFINITY, beta = 1;
    for (int t = 0; t < BISECTIONS; t++) {
        const double entropy = conditional(p, squared, k, beta);
        if (fabs(entropy - wanted) < 1e-10)
            return;
        if (entropy > wanted)
            low = beta;
        else
            high = beta;
        beta = isinf(high) ? beta * 2 : (low + high) / 2;
    }
}

typedef struct entry {
    int32_t row, column;
    double p;
} entry;
WIL_OWNED_POINTER(entry, wil_free)

static int compare_entries(const void *a, const void *b)
{
    const entry *x = a;
    const entry *y = b;
    return x->row != y->row ? (x->row < y->row ? -1 : 1) : (x->column > y->column) - (x->column < y->column);
}

/* Each conditional affinity goes to both places, halved; equal places are added. entries: [2 n k]. */
static wil_status symmetrise(
    tsne_affinities *out, entry *entries, const double *p, const int32_t *index, size_t n, int k)
{
    const size_t n_entries = 2 * n * (size_t)k;
    for (size_t i = 0; i < n * (size_t)k; i++) {
        const int32_t row = (int32_t)(i / (size_t)k);
        const double half = p[i] / (2 * (double)n);
        entries[2 * i] = (entry){.row = row, .column = index[i], .p = half};
        entries[2 * i + 1] = (entry){.row = index[i], .column = row, .p = half};
    }
    qsort(entries, n_entries, sizeof *entries, compare_entries);
    WIL_TRY(wil_alloc((void **)&out->start, n + 1, sizeof *out->start));
    WIL_TRY(wil_alloc_i32(&out->column, n_entries));
    WIL_TRY(wil_alloc_f64(&out->p, n_entries));
    out->n = n;
    size_t kept = 0;
    for (size_t e = 0; e < n_entries; e++) {
        if (e > 0 && compare_entries(&entries[e], &entries[e - 1]) == 0) {
            out->p[kept - 1] += entries[e].p;
            continue;
        }
        out->column[kept] = entries[e].column;
        out->p[kept++] = entries[e].p;
        out->start[entries[e].row + 1] = kept;
    }
    return WIL_OK; /* every row has its k neighbours, so no start stays 0 */
}

wil_status tsne_affinities_make(tsne_affinities *out, const wil_points *points, double perplexity)
{
    const int k = (int)(3 * perplexity);
    const size_t n = points->n;
    WIL_OWN(tsne_affinities) made = {0};
    WIL_OWN(double) *squared = NULL, *p = NULL;
    WIL_OWN(int32_t) *index = NULL;
    WIL_OWN(entry) *entries = NULL;
    memset(out, 0, sizeof *out);
    WIL_TRY(wil_alloc_f64(&squared, n * (size_t)k));
    WIL_TRY(wil_alloc_f64(&p, n * (size_t)k));
    WIL_TRY(wil_alloc_i32(&index, n * (size_t)k));
    WIL_TRY(wil_alloc((void **)&entries, 2 * n * (size_t)k, sizeof *entries));
    WIL_TRY(wil_nearest_points(squared, index, points, points, k, true));
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i++)
        fit_row(p + i * (size_t)k, squared + i * (size_t)k, k, perplexity);
    WIL_TRY(symmetrise(&made, entries, p, index, n, k));
    return wil_give_value(out, &made);
}
