/* Centreline Dice, and Dice by the calibre of the vessel. */
#include "metrics_internal.h"

#include <math.h>
#include <string.h>

/* ---- centreline Dice ----------------------------------------------------------------------------------- */

/* Share of a centreline that lies in a mask. */
static double share_inside(const wil_mask *line, const wil_mask *mask)
{
    const size_t n = wil_grid_count(&line->grid);
    size_t inside = 0, all = 0;
    for (size_t i = 0; i < n; i++) {
        all += line->voxels[i] != 0;
        inside += line->voxels[i] != 0 && mask->voxels[i] != 0;
    }
    return (double)inside / (double)all;
}

void cldice_of_skeletons(wil_cldice *out, const mask_pair *pair, const wil_mask *truth_skeleton,
    const wil_mask *prediction_skeleton)
{
    if (pair->n_truth == 0 || pair->n_prediction == 0) {
        const double value = pair->n_truth == 0 && pair->n_prediction == 0 ? 1 : 0;
        *out = (wil_cldice){value, value, value};
        return;
    }
    out->precision = share_inside(prediction_skeleton, &pair->truth);
    out->sensitivity = share_inside(truth_skeleton, &pair->prediction);
    const double sum = out->precision + out->sensitivity;
    out->cldice = sum > 0 ? 2 * out->precision * out->sensitivity / sum : 0;
}

wil_status wil_metrics_cldice(wil_cldice *out, const wil_mask *truth, const wil_mask *prediction)
{
    WIL_OWN(mask_pair) pair = {0};
    WIL_OWN(wil_mask) of_truth = {0}, of_prediction = {0};
    memset(out, 0, sizeof *out);
    WIL_TRY(mask_pair_make(&pair, truth, prediction, NULL));
    WIL_TRY(skeleton_make(&of_truth, &pair.truth, pair.axis_exists));
    WIL_TRY(skeleton_make(&of_prediction, &pair.prediction, pair.axis_exists));
    cldice_of_skeletons(out, &pair, &of_truth, &of_prediction);
    return WIL_OK;
}

wil_status pair_cldice_2d(wil_cldice *out, const mask_pair *pair)
{
    WIL_OWN(wil_mask) of_truth = {0}, of_prediction = {0};
    WIL_TRY(wil_metrics_skeleton_2d(&of_truth, &pair->truth));
    WIL_TRY(wil_metrics_skeleton_2d(&of_prediction, &pair->prediction));
    cldice_of_skeletons(out, pair, &of_truth, &of_prediction);
    return WIL_OK;
}

wil_status wil_metrics_cldice_2d(wil_cldice *out, const wil_mask *truth, const wil_mask *prediction)
{
    WIL_OWN(mask_pair) pair = {0};
    memset(out, 0, sizeof *out);
    WIL_TRY(mask_pair_make(&pair, truth, prediction, NULL));
    return pair_cldice_2d(out, &pair);
}

/* ---- Dice by calibre ----------------------------------------------------------------------------------- */

wil_status calibre_edges_check(const double *edges_mm, int n_edges)
{
    WIL_REQUIRE(n_edges >= 0 && n_edges <= WIL_SEG_MOST_EDGES, WIL_ERR_ARG,
        "%d edges between bands of calibre; 0 to %d can be given", n_edges, WIL_SEG_MOST_EDGES);
    for (int k = 0; k < n_edges; k++)
        WIL_REQUIRE(isfinite(edges_mm[k]) && edges_mm[k] > (k == 0 ? 0 : edges_mm[k - 1]), WIL_ERR_ARG,
            "the edges between bands of calibre must be above 0 mm and rise; number %d is %g", k + 1,
            edges_mm[k]);
    return WIL_OK;
}

/* squared: of the true mask's voxels to the background. The band of each voxel of the true centreline into
 * band, others stay as they are. */
static void band_of_centreline(uint8_t *band, const wil_mask *skeleton, const double *squared,
    const bool axis_exists[3], const double *edges_mm, int n_edges)
{
    const size_t n = wil_grid_count(&skeleton->grid);
    double finest_mm = INFINITY;
    for (int axis = 0; axis < 3; axis++)
        if (axis_exists[axis])
            finest_mm = fmin(finest_mm, skeleton->grid.spacing_mm[axis]);
    for (size_t i = 0; i < n; i++) {
        if (skeleton->voxels[i] == 0)
            continue;
        const double calibre_mm = 2 * sqrt(squared[i]) - (isinf(finest_mm) ? 0 : finest_mm);
        band[i] = 0;
        for (int k = 0; k < n_edges; k++)
            band[i] += calibre_mm >= edges_mm[k];
    }
}

/* Each voxel of either mask counts in the band of the centreline's voxel that is nearest to it. */
static void dice_of_bands(
    double *dice_out, const mask_pair *pair, const uint8_t *band, const int32_t *nearest, int n_bands)
{
    size_t both[WIL_SEG_MOST_EDGES + 1] = {0};
    size_t sum[WIL_SEG_MOST_EDGES + 1] = {0};
    const size_t n = wil_grid_count(&pair->truth.grid);
    for (size_t i = 0; i < n; i++) {
        const int t = pair->truth.voxels[i], p = pair->prediction.voxels[i];
        if (t + p == 0)
            continue;
        const int b = band[nearest[i]];
        both[b] += (size_t)(t & p);
        sum[b] += (size_t)(t + p);
    }
    for (int b = 0; b < n_bands; b++)
        dice_out[b] = sum[b] > 0 ? 2 * (double)both[b] / (double)sum[b] : NAN;
}

static wil_status distance_to_background(double *squared, const wil_mask *mask)
{
    WIL_OWN(wil_mask) background = {0};
    const size_t n = wil_grid_count(&mask->grid);
    WIL_TRY(wil_mask_make(&background, &mask->grid));
    for (size_t i = 0; i < n; i++)
        background.voxels[i] = mask->voxels[i] == 0;
    return wil_mask_nearest(squared, NULL, &background);
}

wil_status pair_calibre_dice(double *dice_out, const mask_pair *pair, const wil_mask *truth_skeleton,
    const double *edges_mm, int n_edges)
{
    const size_t n = wil_grid_count(&pair->truth.grid);
    WIL_OWN(double) *squared = NULL;
    WIL_OWN(int32_t) *nearest = NULL;
    WIL_OWN(uint8_t) *band = NULL;
    for (int b = 0; b <= n_edges; b++)
        dice_out[b] = NAN;
    if (pair->n_truth == 0)
        return WIL_OK;
    WIL_TRY(wil_alloc_f64(&squared, n));
    WIL_TRY(wil_alloc_i32(&nearest, n));
    WIL_TRY(wil_alloc_u8(&band, n));
    WIL_TRY(distance_to_background(squared, &pair->truth));
    band_of_centreline(band, truth_skeleton, squared, pair->axis_exists, edges_mm, n_edges);
    WIL_TRY(wil_mask_nearest(squared, nearest, truth_skeleton));
    dice_of_bands(dice_out, pair, band, nearest, n_edges + 1);
    return WIL_OK;
}

wil_status wil_metrics_calibre_dice(
    double *dice_out, const wil_mask *truth, const wil_mask *prediction, const double *edges_mm, int n_edges)
{
    WIL_OWN(mask_pair) pair = {0};
    WIL_OWN(wil_mask) skeleton = {0};
    WIL_TRY(calibre_edges_check(edges_mm, n_edges));
    WIL_TRY(mask_pair_make(&pair, truth, prediction, NULL));
    WIL_TRY(skeleton_make(&skeleton, &pair.truth, pair.axis_exists));
    return pair_calibre_dice(dice_out, &pair, &skeleton, edges_mm, n_edges);
}
