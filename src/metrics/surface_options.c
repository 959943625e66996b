/* What may be asked for beside the distances of distances.c: further tolerances, both directions pooled, and
 * the IoU of the bands inside both surfaces. */
#include "metrics_internal.h"

#include <math.h>
#include <stdlib.h>

/* ---- distances of both surfaces together --------------------------------------------------------------- */

/* Squared distances at the voxels of a surface, as distances behind the n that are there. */
static void append(double *distances, size_t *n, const wil_mask *surface, const double *squared)
{
    const size_t n_voxels = wil_grid_count(&surface->grid);
    for (size_t i = 0; i < n_voxels; i++)
        if (surface->voxels[i] != 0)
            distances[(*n)++] = sqrt(squared[i]);
}

static double share_within(const double *sorted, size_t n, double tolerance_mm)
{
    size_t within = 0;
    while (within < n && sorted[within] <= tolerance_mm)
        within++;
    return (double)within / (double)n;
}

/* ---- boundary IoU -------------------------------------------------------------------------------------- */

/* Bit of each voxel of the mask within `width_mm` of its own surface, whose distances are squared. */
static void mark_band(
    uint8_t *bands, uint8_t bit, const wil_mask *mask, const double *squared, double width_mm)
{
    const size_t n = wil_grid_count(&mask->grid);
    for (size_t i = 0; i < n; i++)
        if (mask->voxels[i] != 0 && sqrt(squared[i]) <= width_mm)
            bands[i] |= bit;
}

static double iou_of_bands(const uint8_t *bands, size_t n)
{
    size_t both = 0, either = 0;
    for (size_t i = 0; i < n; i++) {
        both += bands[i] == 3;
        either += bands[i] != 0;
    }
    return (double)both / (double)either;
}

/* ---- all of them --------------------------------------------------------------------------------------- */

static void of_empty_masks(surface_options *out, const mask_pair *pair)
{
    const bool both_empty = pair->n_truth == 0 && pair->n_prediction == 0;
    for (int k = 0; k < WIL_SEG_MOST_TOLERANCES; k++)
        out->nsd[k] = both_empty ? 1 : 0;
    out->boundary_iou = both_empty ? 1 : 0;
    out->hd95_pooled_mm = pair->n_truth > 0 ? INFINITY : NAN;
}

wil_status pair_surface_options(surface_options *out, const mask_pair *pair, const wil_seg_config *config)
{
    WIL_OWN(wil_mask) truth_surface = {0}, prediction_surface = {0};
    WIL_OWN(double) *squared = NULL, *distances = NULL;
    WIL_OWN(uint8_t) *bands = NULL;
    const size_t n_voxels = wil_grid_count(&pair->truth.grid);
    size_t n = 0;
    of_empty_masks(out, pair);
    if (pair->n_truth == 0 || pair->n_prediction == 0)
        return WIL_OK;
    WIL_TRY(surface_make(&truth_surface, &pair->truth, pair->axis_exists));
    WIL_TRY(surface_make(&prediction_surface, &pair->prediction, pair->axis_exists));
    WIL_TRY(wil_alloc_f64(&squared, n_voxels));
    WIL_TRY(wil_alloc_f64(&distances, wil_mask_count(&truth_surface) + wil_mask_count(&prediction_surface)));
    WIL_TRY(wil_alloc_u8(&bands, n_voxels));
    WIL_TRY(wil_mask_nearest(squared, NULL, &prediction_surface));
    append(distances, &n, &truth_surface, squared);
    mark_band(bands, 1, &pair->prediction, squared, config->boundary_mm);
    WIL_TRY(wil_mask_nearest(squared, NULL, &truth_surface));
    append(distances, &n, &prediction_surface, squared);
    mark_band(bands, 2, &pair->truth, squared, config->boundary_mm);
    qsort(distances, n, sizeof *distances, wil_compare_doubles);
    for (int k = 0; k < config->n_tolerances; k++)
        out->nsd[k] = share_within(distances, n, config->nsd_tolerance_mm[k]);
    out->hd95_pooled_mm = sorted_quantile(distances, n, 0.95);
    out->boundary_iou = iou_of_bands(bands, n_voxels);
    return WIL_OK;
}
