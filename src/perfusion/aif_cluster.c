/* The artery by clustering [Mouridsen2006, MRM 55:524]: large, smooth curves, parted by k-means on their
 * shape; the cluster that comes first is the artery. Centres start at quantiles of the first moment instead
 * of at random, so the same series always gives the same voxels. */
#include "aif_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N_CLUSTERS 5
#define KEEP_AREA 0.10      /* the largest areas */
#define KEEP_REGULAR 0.75   /* of these, the least irregular */
#define WINDOW_BEFORE 1     /* frames before the mean curve's arrival */
#define WINDOW_AFTER_S 15.0 /* the first pass; recirculation left out */
#define MOST_ROUNDS 100
#define LEAST_VOXELS 3
#define LEAST_FOR_SPLIT 10 /* below so many the second clustering would part noise */

/* One voxel in the running, its curve [n_window] scaled to area 1. */
typedef struct contender {
    int32_t index;
    double area, irregularity, moment;
    int cluster;
    const double *shape;
} contender;
WIL_OWNED_POINTER(contender, wil_free)

static int by_area(const void *a, const void *b)
{
    const contender *x = a;
    const contender *y = b;
    return x->area != y->area ? (x->area < y->area) - (x->area > y->area) : x->index - y->index;
}

static int by_irregularity(const void *a, const void *b)
{
    const contender *x = a;
    const contender *y = b;
    return x->irregularity != y->irregularity
               ? (x->irregularity > y->irregularity) - (x->irregularity < y->irregularity)
               : x->index - y->index;
}

static int by_moment(const void *a, const void *b)
{
    const contender *x = a;
    const contender *y = b;
    return x->moment != y->moment ? (x->moment > y->moment) - (x->moment < y->moment) : x->index - y->index;
}

typedef struct window {
    int first, n;
} window;

static window window_of(const aif_candidates *c)
{
    const int first = c->arrival > WINDOW_BEFORE ? c->arrival - WINDOW_BEFORE : 0;
    int n = WINDOW_BEFORE + 1 + (int)ceil(WINDOW_AFTER_S / c->dt_s);
    if (n > c->n_time - first)
        n = c->n_time - first;
    return (window){first, n};
}

/* Roughness of the curve where no bolus passes, over its area: the published measure over the whole curve
 * also punishes what is narrow, and that is the artery. */
static double irregularity(const float *curve, int n_time, window w, double area)
{
    double sum = 0;
    for (int i = 2; i < n_time; i++) {
        if (i > w.first && i - 2 < w.first + w.n)
            continue;
        const double bend = (double)curve[i] - 2 * (double)curve[i - 1] + (double)curve[i - 2];
        sum += bend * bend;
    }
    return area > 0 ? sum / (area * area) : INFINITY;
}

/* Fills area, irregularity and moment from the curve in the window. */
static void measure(contender *out, const aif_candidates *c, window w, double *shape)
{
    const float *curve = c->rates + (size_t)out->index * (size_t)c->n_time + w.first;
    double area = 0, moment = 0;
    for (int i = 0; i < w.n; i++) {
        area += (double)curve[i];
        moment += i * (double)curve[i];
    }
    for (int i = 0; i < w.n; i++)
        shape[i] = area > 0 ? (double)curve[i] / area : 0;
    out->area = area;
    out->moment = area > 0 ? moment / area : INFINITY;
    out->irregularity = irregularity(c->rates + (size_t)out->index * (size_t)c->n_time, c->n_time, w, area);
    out->shape = shape;
}

static double distance(const double *a, const double *b, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum;
}

static int nearest(const contender *v, const double *centres, int n_window)
{
    int best = 0;
    for (int k = 1; k < N_CLUSTERS; k++)
        if (distance(v->shape, centres + (size_t)k * (size_t)n_window, n_window) <
            distance(v->shape, centres + (size_t)best * (size_t)n_window, n_window))
            best = k;
    return best;
}

/* Centres as means of their members; one that lost all keeps its place. */
static void move_centres(double *centres, const contender *voxels, int n, int n_window, double *sums)
{
    int count[N_CLUSTERS] = {0};
    memset(sums, 0, (size_t)(N_CLUSTERS * n_window) * sizeof *sums);
    for (int i = 0; i < n; i++) {
        count[voxels[i].cluster]++;
        for (int t = 0; t < n_window; t++)
            sums[voxels[i].cluster * n_window + t] += voxels[i].shape[t];
    }
    for (int k = 0; k < N_CLUSTERS; k++)
        for (int t = 0; t < n_window && count[k] > 0; t++)
            centres[k * n_window + t] = sums[k * n_window + t] / count[k];
}

/* voxels sorted by moment. */
static wil_status cluster(contender *voxels, int n, int n_window)
{
    WIL_OWN(double) *centres = NULL;
    WIL_TRY(wil_alloc_f64(&centres, 2 * (size_t)N_CLUSTERS * (size_t)n_window));
    double *sums = centres + (size_t)N_CLUSTERS * (size_t)n_window;
    for (int i = 0; i < n; i++) /* fifths by moment give the first centres */
        voxels[i].cluster = (int)((int64_t)i * N_CLUSTERS / n);
    for (int round = 0; round < MOST_ROUNDS; round++) {
        bool moved = false;
        move_centres(centres, voxels, n, n_window, sums);
        for (int i = 0; i < n; i++) {
            const int k = nearest(&voxels[i], centres, n_window);
            moved |= k != voxels[i].cluster;
            voxels[i].cluster = k;
        }
        if (!moved)
            break;
    }
    return WIL_OK;
}

/* Of the mean curve of each cluster the least first moment; clusters of hardly any voxels are outliers. */
static int earliest(const contender *voxels, int n)
{
    double sum[N_CLUSTERS] = {0};
    int count[N_CLUSTERS] = {0};
    int best = -1;
    for (int i = 0; i < n; i++) {
        sum[voxels[i].cluster] +=
            voxels[i].moment; /* areas are 1, so moments of means are means of moments */
        count[voxels[i].cluster]++;
    }
    for (int k = 0; k < N_CLUSTERS; k++) {
        if (count[k] < LEAST_VOXELS)
            continue;
        if (best < 0 || sum[k] * count[best] < sum[best] * count[k])
            best = k;
    }
    return best;
}

/* Keeps the earliest cluster's voxels at the front; returns how many. */
static wil_status narrow(contender *voxels, int *n, int n_window)
{
    qsort(voxels, (size_t)*n, sizeof *voxels, by_moment);
    WIL_TRY(cluster(voxels, *n, n_window));
    const int best = earliest(voxels, *n);
    if (best < 0)
        return WIL_OK;
    int kept = 0;
    for (int i = 0; i < *n; i++)
        if (voxels[i].cluster == best)
            voxels[kept++] = voxels[i];
    *n = kept;
    return WIL_OK;
}

static wil_status choose(
    int32_t *chosen_out, int *n_out, const aif_candidates *c, contender *voxels, int n, window w)
{
    qsort(voxels, (size_t)n, sizeof *voxels, by_area);
    while (n > 0 && !(voxels[n - 1].area > 0))
        n--;
    n = n < 20 ? n : (int)fmax(20, KEEP_AREA * n);
    qsort(voxels, (size_t)n, sizeof *voxels, by_irregularity);
    n = (int)ceil(KEEP_REGULAR * n);
    WIL_REQUIRE(n >= LEAST_VOXELS, WIL_ERR_INPUT,
        "no artery was found: %d of %d voxels show a bolus; give an arterial input (--aif FILE), or another "
        "mask",
        n, c->n);
    for (int pass = 0; pass < 2 && n >= LEAST_FOR_SPLIT; pass++)
        WIL_TRY(narrow(voxels, &n, w.n));
    for (int i = 0; i < n; i++)
        chosen_out[i] = voxels[i].index;
    *n_out = n;
    return WIL_OK;
}

wil_status aif_search_cluster(int32_t *chosen_out, int *n_out, const aif_candidates *c)
{
    const window w = window_of(c);
    WIL_OWN(contender) *voxels = NULL;
    WIL_OWN(double) *shapes = NULL;
    WIL_REQUIRE(
        c->n >= LEAST_VOXELS, WIL_ERR_INPUT, "no artery was found: only %d voxels are searched", c->n);
    WIL_TRY(wil_alloc((void **)&voxels, (size_t)c->n, sizeof *voxels));
    WIL_TRY(wil_alloc_f64(&shapes, (size_t)c->n * (size_t)w.n));
#pragma omp parallel for
    for (int i = 0; i < c->n; i++) {
        voxels[i].index = i;
        measure(&voxels[i], c, w, shapes + (size_t)i * (size_t)w.n);
    }
    return choose(chosen_out, n_out, c, voxels, c->n, w);
}
