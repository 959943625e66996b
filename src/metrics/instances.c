/* Pieces of a mask one by one: which true ones are found, and which predicted ones are not there. */
#include "metrics_internal.h"

#include <stdlib.h>
#include <string.h>

typedef struct overlap {
    int32_t truth, prediction; /* labels of the pieces, from 1 */
    size_t n;                  /* voxels that they share */
    double iou;
} overlap;

typedef struct pieces {
    int32_t *truth, *prediction; /* labels of the voxels */
    size_t *truth_size, *prediction_size;
    overlap *overlaps;
    size_t n_overlaps;
} pieces;

static void pieces_clear(pieces *p)
{
    wil_free(p->truth);
    wil_free(p->prediction);
    wil_free(p->truth_size);
    wil_free(p->prediction_size);
    wil_free(p->overlaps);
}
WIL_OWNED_VALUE(pieces, pieces_clear)

static int by_pair(const void *a, const void *b)
{
    const overlap *p = a, *q = b;
    if (p->truth != q->truth)
        return p->truth < q->truth ? -1 : 1;
    return (p->prediction > q->prediction) - (p->prediction < q->prediction);
}

/* The best match first; of equal ones the larger pieces, whose labels are the smaller. */
static int by_iou(const void *a, const void *b)
{
    const overlap *p = a, *q = b;
    return p->iou != q->iou ? (p->iou < q->iou ? 1 : -1) : by_pair(a, b);
}

/* Labels, their sizes; and each pair of labels that shares voxels once. */
static wil_status find_overlaps(pieces *p, size_t n_voxels, size_t n_shared)
{
    size_t n = 0;
    WIL_TRY(wil_alloc((void **)&p->overlaps, n_shared + 1, sizeof *p->overlaps));
    for (size_t i = 0; i < n_voxels; i++) {
        p->truth_size[p->truth[i]]++;
        p->prediction_size[p->prediction[i]]++;
        if (p->truth[i] > 0 && p->prediction[i] > 0)
            p->overlaps[n++] = (overlap){.truth = p->truth[i], .prediction = p->prediction[i], .n = 1};
    }
    qsort(p->overlaps, n, sizeof *p->overlaps, by_pair);
    for (size_t i = 0; i < n; i++) {
        overlap *last = p->n_overlaps > 0 ? &p->overlaps[p->n_overlaps - 1] : NULL;
        if (last != NULL && by_pair(last, &p->overlaps[i]) == 0)
            last->n++;
        else
            p->overlaps[p->n_overlaps++] = p->overlaps[i];
    }
    for (size_t i = 0; i < p->n_overlaps; i++) {
        overlap *o = &p->overlaps[i];
        o->iou = (double)o->n / (double)(p->truth_size[o->truth] + p->prediction_size[o->prediction] - o->n);
    }
    return WIL_OK;
}

static wil_status pieces_make(pieces *p, instance_counts *counts, const mask_pair *pair)
{
    const size_t n = wil_grid_count(&pair->truth.grid);
    size_t n_shared = 0;
    WIL_TRY(wil_alloc_i32(&p->truth, n));
    WIL_TRY(wil_alloc_i32(&p->prediction, n));
    WIL_TRY(wil_mask_components(p->truth, &counts->n_truth, &pair->truth, WIL_CONNECT_26));
    WIL_TRY(wil_mask_components(p->prediction, &counts->n_prediction, &pair->prediction, WIL_CONNECT_26));
    WIL_TRY(wil_alloc((void **)&p->truth_size, (size_t)counts->n_truth + 1, sizeof *p->truth_size));
    WIL_TRY(wil_alloc(
        (void **)&p->prediction_size, (size_t)counts->n_prediction + 1, sizeof *p->prediction_size));
    for (size_t i = 0; i < n; i++)
        n_shared += p->truth[i] > 0 && p->prediction[i] > 0;
    return find_overlaps(p, n, n_shared);
}

/* Sizes are needed no more: they become marks of what has a match. */
static void match(instance_counts *counts, pieces *p, double least_iou)
{
    int n_matched = 0;
    memset(p->truth_size, 0, ((size_t)counts->n_truth + 1) * sizeof *p->truth_size);
    memset(p->prediction_size, 0, ((size_t)counts->n_prediction + 1) * sizeof *p->prediction_size);
    qsort(p->overlaps, p->n_overlaps, sizeof *p->overlaps, by_iou);
    for (size_t i = 0; i < p->n_overlaps && p->overlaps[i].iou >= least_iou; i++) {
        size_t *truth = &p->truth_size[p->overlaps[i].truth];
        size_t *prediction = &p->prediction_size[p->overlaps[i].prediction];
        if (least_iou > 0 && (*truth > 0 || *prediction > 0))
            continue;
        counts->n_found += *truth == 0;
        n_matched += *prediction == 0;
        *truth = *prediction = 1;
    }
    counts->n_false_positive = counts->n_prediction - n_matched;
}

wil_status pair_instances(instance_counts *out, const mask_pair *pair, double least_iou)
{
    WIL_OWN(pieces) p = {0};
    memset(out, 0, sizeof *out);
    WIL_REQUIRE(least_iou >= 0 && least_iou <= 1, WIL_ERR_ARG,
        "the IoU from which on pieces match lies between 0 and 1, got %g", least_iou);
    WIL_TRY(pieces_make(&p, out, pair));
    match(out, &p, least_iou);
    return WIL_OK;
}
