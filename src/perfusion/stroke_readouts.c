/* Volumes that stroke teams ask for, at several cut-offs, as none fits all platforms. */
#include "willis/perfusion.h"

#include <math.h>
#include <string.h>

#define RCBF_LIMIT 0.3F

/* Volume in ml of the voxels where test holds, without small pieces. pieces is scratch. */
static wil_status clean_volume(double *ml_out, wil_mask *pieces, double min_piece_ml)
{
    const double voxel_ml = wil_grid_voxel_ml(&pieces->grid), least = min_piece_ml / voxel_ml;
    if (least > 1)
        WIL_TRY(wil_mask_keep_components(pieces, WIL_CONNECT_26, (size_t)ceil(least), 0));
    *ml_out = (double)wil_mask_count(pieces) * voxel_ml;
    return WIL_OK;
}

/* Marks voxels of mask with Tmax above the limit and, if rcbf is given, rCBF below its limit. */
static void mark(
    wil_mask *out, const wil_volume *tmax, const wil_volume *rcbf, const wil_mask *mask, float above_s)
{
    const size_t n = wil_grid_count(&mask->grid);
    for (size_t i = 0; i < n; i++)
        out->voxels[i] = mask->voxels[i] != 0 && tmax->voxels[i] > above_s &&
                         (rcbf == NULL || rcbf->voxels[i] < RCBF_LIMIT);
}

static double count_outside(const wil_mask *hypoperfused, const wil_mask *core)
{
    const size_t n = wil_grid_count(&core->grid);
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += hypoperfused->voxels[i] != 0 && core->voxels[i] == 0;
    return (double)count;
}

static double ratio_of(double a, double b)
{
    return b > 0 ? a / b : NAN;
}

static wil_status measure(wil_perfusion_readouts *out, const wil_volume *tmax, const wil_volume *rcbf,
    const wil_mask *mask, const wil_mask *core, double min_piece_ml, wil_mask *low_flow, wil_mask *delayed)
{
    static const float limits_s[4] = {4, 6, 8, 10};
    const double voxel_ml = wil_grid_voxel_ml(&mask->grid);
    out->rcbf_below_30_ml = NAN;
    if (rcbf != NULL && rcbf->voxels != NULL) {
        mark(low_flow, tmax, rcbf, mask, limits_s[1]);
        WIL_TRY(clean_volume(&out->rcbf_below_30_ml, low_flow, min_piece_ml));
    }
    for (int i = 3; i >= 0; i--) { /* ends with delayed holding Tmax > 4 s; > 6 s is made again below */
        mark(delayed, tmax, NULL, mask, limits_s[i]);
        WIL_TRY(clean_volume(&out->tmax_above_ml[i], delayed, min_piece_ml));
    }
    mark(delayed, tmax, NULL, mask, limits_s[1]);
    double ignored = 0;
    WIL_TRY(clean_volume(&ignored, delayed, min_piece_ml));
    out->core_given = core != NULL;
    out->core_ml = core != NULL ? (double)wil_mask_count(core) * voxel_ml : out->rcbf_below_30_ml;
    out->mismatch_ml = count_outside(delayed, core != NULL ? core : low_flow) * voxel_ml;
    out->mismatch_ratio = ratio_of(out->tmax_above_ml[1], out->core_ml);
    out->hypoperfusion_intensity_ratio = ratio_of(out->tmax_above_ml[3], out->tmax_above_ml[1]);
    out->brain_ml = (double)wil_mask_count(mask) * voxel_ml;
    return WIL_OK;
}

wil_status wil_perfusion_read_out(wil_perfusion_readouts *out, const wil_volume *tmax, const wil_volume *rcbf,
    const wil_mask *mask, const wil_mask *core, double min_piece_ml)
{
    WIL_OWN(wil_mask) low_flow = {0}, delayed = {0};
    memset(out, 0, sizeof *out);
    WIL_TRY(wil_grid_check_same(&tmax->grid, "the Tmax map", &mask->grid, "the mask"));
    if (core != NULL)
        WIL_TRY(wil_grid_check_same(&core->grid, "the core", &mask->grid, "the mask"));
    WIL_TRY(wil_mask_make(&low_flow, &mask->grid));
    WIL_TRY(wil_mask_make(&delayed, &mask->grid));
    return measure(out, tmax, rcbf, mask, core, min_piece_ml, &low_flow, &delayed);
}
