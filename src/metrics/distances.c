/* Surface and volume distances between two masks, from exact distance transforms of their surfaces. */
#include "metrics_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- surfaces ------------------------------------------------------------------------------------------ */

static bool is_surface(const wil_mask *mask, size_t i, const int at[3], const bool axis_exists[3])
{
    const int *size = mask->grid.size;
    const size_t step[3] = {1, (size_t)size[0], (size_t)size[0] * (size_t)size[1]};
    bool any_axis = false;
    for (int axis = 0; axis < 3; axis++) {
        if (!axis_exists[axis])
            continue;
        any_axis = true;
        if (at[axis] == 0 || at[axis] == size[axis] - 1 || mask->voxels[i - step[axis]] == 0 ||
            mask->voxels[i + step[axis]] == 0)
            return true;
    }
    return !any_axis;
}

wil_status surface_make(wil_mask *out, const wil_mask *mask, const bool axis_exists[3])
{
    WIL_TRY(wil_mask_make(out, &mask->grid));
    const int *size = mask->grid.size;
    size_t i = 0;
    for (int z = 0; z < size[2]; z++)
        for (int y = 0; y < size[1]; y++)
            for (int x = 0; x < size[0]; x++, i++)
                if (mask->voxels[i] != 0)
                    out->voxels[i] = is_surface(mask, i, (const int[]){x, y, z}, axis_exists);
    return WIL_OK;
}

/* ---- from one mask to the other ------------------------------------------------------------------------ */

/* What one direction gives: from the voxels of a mask to the other mask. */
typedef struct one_way {
    double max, q95, sum;  /* over the surface voxels, to the other surface */
    size_t n, n_tolerated; /* surface voxels; those within the tolerance */
    double volume_sum;     /* over all voxels, to the other mask */
} one_way;

double sorted_quantile(const double *sorted, size_t n, double frac)
{
    const double at = frac * (double)(n - 1);
    const size_t before = (size_t)at;
    const size_t after = before + 1 < n ? before + 1 : before;
    const double share = at - (double)before;
    return share > 0 ? sorted[before] + share * (sorted[after] - sorted[before]) : sorted[before];
}

/* squared: distances to the surface of the other mask. A voxel outside that mask is as far from its surface
 * as from all of it: of a voxel that is not on the surface some face neighbour is nearer. */
static double sum_over_volume(const wil_mask *mask, const wil_mask *other, const double *squared)
{
    const size_t n = wil_grid_count(&mask->grid);
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        if (mask->voxels[i] != 0 && other->voxels[i] == 0)
            sum += sqrt(squared[i]);
    return sum;
}

static wil_status measure(one_way *out, const wil_mask *surface, const wil_mask *mask, const wil_mask *other,
    const double *squared, double tolerance_mm)
{
    const size_t n = wil_grid_count(&surface->grid);
    WIL_OWN(double) *distance = NULL;
    memset(out, 0, sizeof *out);
    WIL_TRY(wil_alloc_f64(&distance, wil_mask_count(surface) + 1));
    for (size_t i = 0; i < n; i++) {
        if (surface->voxels[i] == 0)
            continue;
        const double d = sqrt(squared[i]);
        distance[out->n++] = d;
        out->sum += d;
        out->n_tolerated += d <= tolerance_mm;
    }
    qsort(distance, out->n, sizeof *distance, wil_compare_doubles);
    out->max = distance[out->n - 1];
    out->q95 = sorted_quantile(distance, out->n, 0.95);
    out->volume_sum = sum_over_volume(mask, other, squared);
    return WIL_OK;
}

/* Both directions with the spacing of the surfaces' grids. */
static wil_status measure_both(one_way *from_truth, one_way *from_prediction, const mask_pair *pair,
    const wil_mask *truth_surface, const wil_mask *prediction_surface, double tolerance_mm)
{
    WIL_OWN(double) *squared = NULL;
    WIL_TRY(wil_alloc_f64(&squared, wil_grid_count(&pair->truth.grid)));
    WIL_TRY(wil_mask_nearest(squared, NULL, prediction_surface));
    WIL_TRY(measure(from_truth, truth_surface, &pair->truth, &pair->prediction, squared, tolerance_mm));
    WIL_TRY(wil_mask_nearest(squared, NULL, truth_surface));
    return measure(
        from_prediction, prediction_surface, &pair->prediction, &pair->truth, squared, tolerance_mm);
}

/* ---- the measures -------------------------------------------------------------------------------------- */

static void averages(
    double *avd, double *bavd, const mask_pair *pair, double truth_sum, double prediction_sum)
{
    const double n_truth = (double)pair->n_truth;
    *avd = 0.5 * (truth_sum / n_truth + prediction_sum / (double)pair->n_prediction);
    *bavd = 0.5 * (truth_sum + prediction_sum) / n_truth;
}

static wil_status measure_mm(wil_distances *out, const mask_pair *pair, const wil_mask *truth_surface,
    const wil_mask *prediction_surface, double tolerance_mm)
{
    one_way g, p;
    WIL_TRY(measure_both(&g, &p, pair, truth_surface, prediction_surface, tolerance_mm));
    out->hd_mm = fmax(g.max, p.max);
    out->hd95_mm = fmax(g.q95, p.q95);
    out->assd_mm = (g.sum + p.sum) / (double)(g.n + p.n);
    out->nsd = (double)(g.n_tolerated + p.n_tolerated) / (double)(g.n + p.n);
    averages(&out->avd_mm, &out->bavd_mm, pair, g.volume_sum, p.volume_sum);
    return WIL_OK;
}

/* The surfaces lose their spacing. */
static wil_status measure_vox(
    wil_distances *out, const mask_pair *pair, wil_mask *truth_surface, wil_mask *prediction_surface)
{
    one_way g, p;
    const double *mm = pair->truth.grid.spacing_mm;
    if (mm[0] == mm[1] && mm[1] == mm[2]) {
        out->avd_vox = out->avd_mm / mm[0];
        out->bavd_vox = out->bavd_mm / mm[0];
        return WIL_OK;
    }
    for (int axis = 0; axis < 3; axis++)
        truth_surface->grid.spacing_mm[axis] = prediction_surface->grid.spacing_mm[axis] = 1;
    WIL_TRY(measure_both(&g, &p, pair, truth_surface, prediction_surface, 0));
    averages(&out->avd_vox, &out->bavd_vox, pair, g.volume_sum, p.volume_sum);
    return WIL_OK;
}

static void of_empty_masks(wil_distances *out, const mask_pair *pair)
{
    const double far = pair->n_truth > 0 ? INFINITY : NAN; /* a miss, or nothing to measure from */
    *out = (wil_distances){far, far, far, far, far, far, far, 0};
    out->nsd = pair->n_truth == 0 && pair->n_prediction == 0 ? 1 : 0;
}

wil_status pair_distances(wil_distances *out, const mask_pair *pair, double nsd_tolerance_mm)
{
    WIL_OWN(wil_mask) truth_surface = {0}, prediction_surface = {0};
    memset(out, 0, sizeof *out);
    WIL_REQUIRE(nsd_tolerance_mm >= 0 && isfinite(nsd_tolerance_mm), WIL_ERR_ARG,
        "the tolerance of the normalised surface Dice must be 0 mm or more, got %g", nsd_tolerance_mm);
    if (pair->n_truth == 0 || pair->n_prediction == 0) {
        of_empty_masks(out, pair);
        return WIL_OK;
    }
    WIL_TRY(surface_make(&truth_surface, &pair->truth, pair->axis_exists));
    WIL_TRY(surface_make(&prediction_surface, &pair->prediction, pair->axis_exists));
    WIL_TRY(measure_mm(out, pair, &truth_surface, &prediction_surface, nsd_tolerance_mm));
    return measure_vox(out, pair, &truth_surface, &prediction_surface);
}

wil_status wil_metrics_distances(
    wil_distances *out, const wil_mask *truth, const wil_mask *prediction, double nsd_tolerance_mm)
{
    WIL_OWN(mask_pair) pair = {0};
    WIL_TRY(mask_pair_make(&pair, truth, prediction, NULL));
    return pair_distances(out, &pair, nsd_tolerance_mm);
}
