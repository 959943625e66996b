/* Surface Dice weighted by area, as in [Nikolov2021]: pieces of surface lie at the corners between voxels,
 * their areas by cell_area.c, and distances run between these corners. */
#include "metrics_internal.h"

#include <math.h>

#define N_PATTERNS 256

/* Corners along the axes that exist, one more than voxels; along the others one. */
static wil_grid corner_grid(const mask_pair *pair)
{
    wil_grid grid = pair->truth.grid;
    for (int axis = 0; axis < 3; axis++)
        grid.size[axis] = pair->axis_exists[axis] ? grid.size[axis] + 1 : 1;
    return grid;
}

/* Voxel dx, dy, dz of a corner; along axes that do not exist the mask goes on for ever. */
static unsigned pattern_at(const wil_mask *mask, const bool axis_exists[3], const int corner[3])
{
    const int *size = mask->grid.size;
    unsigned pattern = 0;
    for (int k = 0; k < 8; k++) {
        size_t at = 0;
        bool inside = true;
        for (int axis = 2; axis >= 0; axis--) {
            const int i = axis_exists[axis] ? corner[axis] - 1 + (k >> axis & 1) : 0;
            inside = inside && i >= 0 && i < size[axis];
            at = at * (size_t)size[axis] + (size_t)(i > 0 ? i : 0);
        }
        if (inside && mask->voxels[at] != 0)
            pattern |= 1U << k;
    }
    return pattern;
}

/* area [n corners], and border: where it is above 0, made here. */
static wil_status find_areas(
    double *area, wil_mask *border, const wil_mask *mask, const bool axis_exists[3], const wil_grid *corners)
{
    double of_pattern[N_PATTERNS];
    size_t i = 0;
    for (unsigned pattern = 0; pattern < N_PATTERNS; pattern++)
        of_pattern[pattern] = cell_area_mm2(pattern, mask->grid.spacing_mm);
    WIL_TRY(wil_mask_make(border, corners));
    for (int z = 0; z < corners->size[2]; z++)
        for (int y = 0; y < corners->size[1]; y++)
            for (int x = 0; x < corners->size[0]; x++, i++) {
                area[i] = of_pattern[pattern_at(mask, axis_exists, (const int[]){x, y, z})];
                border->voxels[i] = area[i] > 0;
            }
    return WIL_OK;
}

typedef struct areas {
    double whole, within[WIL_SEG_MOST_TOLERANCES];
} areas;

static void add(areas *sum, const double *area, const double *squared, size_t n, const wil_seg_config *config)
{
    for (size_t i = 0; i < n; i++) {
        if (area[i] <= 0)
            continue;
        sum->whole += area[i];
        for (int k = 0; k < config->n_tolerances; k++)
            if (sqrt(squared[i]) <= config->nsd_tolerance_mm[k])
                sum->within[k] += area[i];
    }
}

wil_status pair_area_dice(double *out, const mask_pair *pair, const wil_seg_config *config)
{
    WIL_OWN(wil_mask) truth_border = {0}, prediction_border = {0};
    WIL_OWN(double) *truth_area = NULL, *prediction_area = NULL, *squared = NULL;
    const wil_grid corners = corner_grid(pair);
    const size_t n = wil_grid_count(&corners);
    const bool both_empty = pair->n_truth == 0 && pair->n_prediction == 0;
    areas sum = {0};
    for (int k = 0; k < config->n_tolerances; k++)
        out[k] = both_empty ? 1 : 0;
    if (pair->n_truth == 0 || pair->n_prediction == 0)
        return WIL_OK;
    WIL_TRY(wil_alloc_f64(&truth_area, n));
    WIL_TRY(wil_alloc_f64(&prediction_area, n));
    WIL_TRY(wil_alloc_f64(&squared, n));
    WIL_TRY(find_areas(truth_area, &truth_border, &pair->truth, pair->axis_exists, &corners));
    WIL_TRY(find_areas(prediction_area, &prediction_border, &pair->prediction, pair->axis_exists, &corners));
    WIL_TRY(wil_mask_nearest(squared, NULL, &prediction_border));
    add(&sum, truth_area, squared, n, config);
    WIL_TRY(wil_mask_nearest(squared, NULL, &truth_border));
    add(&sum, prediction_area, squared, n, config);
    for (int k = 0; k < config->n_tolerances; k++)
        out[k] = sum.within[k] / sum.whole;
    return WIL_OK;
}
