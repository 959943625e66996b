/* Voxel counts of two masks, and the coefficients made of them. */
#include "metrics_internal.h"

#include <math.h>
#include <string.h>

static double share(size_t part, size_t whole, double of_nothing)
{
    return whole == 0 ? of_nothing : (double)part / (double)whole;
}

/* From the four counts. */
static void coefficients(wil_overlap *o)
{
    const size_t tp = o->true_positive, fp = o->false_positive, fn = o->false_negative;
    const size_t apart = fn > fp ? fn - fp : fp - fn;
    o->both_empty = tp + fp + fn == 0;
    o->dice = share(2 * tp, 2 * tp + fp + fn, 1);
    o->jaccard = share(tp, tp + fp + fn, 1);
    o->sensitivity = share(tp, tp + fn, o->both_empty ? 1 : NAN);
    o->precision = share(tp, tp + fp, o->both_empty ? 1 : 0);
    o->specificity = share(o->true_negative, o->true_negative + fp, NAN);
    o->volume_similarity = 1 - share(apart, 2 * tp + fp + fn, 0);
}

wil_status wil_metrics_overlap(
    wil_overlap *out, const wil_mask *truth, const wil_mask *prediction, const wil_mask *within)
{
    memset(out, 0, sizeof *out);
    WIL_TRY(check_grids_and_region(&truth->grid, &prediction->grid, within));
    size_t counts[2][2] = {{0}};
    const size_t n = wil_grid_count(&truth->grid);
    for (size_t i = 0; i < n; i++)
        if (within == NULL || within->voxels[i] != 0)
            counts[truth->voxels[i] != 0][prediction->voxels[i] != 0]++;
    out->true_positive = counts[1][1];
    out->false_positive = counts[0][1];
    out->false_negative = counts[1][0];
    out->true_negative = counts[0][0];
    coefficients(out);
    return WIL_OK;
}
