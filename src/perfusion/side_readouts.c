/* The read-outs of each half of the brain. */
#include "run_internal.h"

#define MIN_PIECE_ML 0.5 /* as of the whole */

static wil_status half_of(wil_mask *out, const wil_mask *mask, double centre_mm, bool right)
{
    const size_t n = wil_grid_count(&mask->grid);
    WIL_TRY(wil_mask_make(out, &mask->grid));
    for (size_t i = 0; i < n; i++)
        out->voxels[i] =
            mask->voxels[i] != 0 && (perfusion_run_x_mm(&mask->grid, (int32_t)i) > centre_mm) == right;
    return WIL_OK;
}

wil_status perfusion_run_side_readouts(dsc_run *run)
{
    wil_perfusion_result *r = run->result;
    const wil_volume *rcbf = r->maps[WIL_MAP_RCBF].voxels != NULL ? &r->maps[WIL_MAP_RCBF] : NULL;
    for (int right = 0; right < 2; right++) {
        WIL_OWN(wil_mask) half = {0}, core = {0};
        WIL_TRY(half_of(&half, &r->mask, run->centre_mm, right == 1));
        if (run->inputs->core != NULL)
            WIL_TRY(half_of(&core, run->inputs->core, run->centre_mm, right == 1));
        WIL_TRY(wil_perfusion_read_out(&r->side_readouts[right], &r->maps[WIL_MAP_TMAX], rcbf, &half,
            run->inputs->core != NULL ? &core : NULL, MIN_PIECE_ML));
    }
    return WIL_OK;
}
