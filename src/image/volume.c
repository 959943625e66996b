/* Volumes and masks in memory. */
#include "willis/image.h"

#include <math.h>
#include <string.h>

static wil_status check_grid(const wil_grid *grid)
{
    size_t n = 1;
    for (int axis = 0; axis < 3; axis++) {
        WIL_REQUIRE(grid->size[axis] >= 1, WIL_ERR_ARG,
            "a grid of %dx%dx%d voxels: every size must be at least 1", grid->size[0], grid->size[1],
            grid->size[2]);
        WIL_REQUIRE(grid->spacing_mm[axis] > 0 && isfinite(grid->spacing_mm[axis]), WIL_ERR_ARG,
            "a grid with a spacing of %g x %g x %g mm: every spacing must be a number above 0",
            grid->spacing_mm[0], grid->spacing_mm[1], grid->spacing_mm[2]);
        WIL_REQUIRE(!__builtin_mul_overflow(n, (size_t)grid->size[axis], &n), WIL_ERR_ARG,
            "a grid of %dx%dx%d voxels is more than memory can address", grid->size[0], grid->size[1],
            grid->size[2]);
    }
    return WIL_OK;
}

wil_status wil_volume_make(wil_volume *out, const wil_grid *grid, int n_time)
{
    wil_volume volume = {.grid = *grid, .n_time = n_time}; /* a copy first: grid may lie in out */
    size_t n = 0;
    memset(out, 0, sizeof *out);
    WIL_TRY(check_grid(&volume.grid));
    WIL_REQUIRE(n_time >= 1, WIL_ERR_ARG, "a volume of %d time points: at least 1 is needed", n_time);
    WIL_REQUIRE(!__builtin_mul_overflow(wil_grid_count(&volume.grid), (size_t)n_time, &n), WIL_ERR_ARG,
        "a volume of %d time points of %zu voxels is more than memory can address", n_time,
        wil_grid_count(&volume.grid));
    WIL_TRY(wil_alloc_f32(&volume.voxels, n));
    *out = volume;
    return WIL_OK;
}

void wil_volume_clear(wil_volume *volume)
{
    wil_free(volume->voxels);
    memset(volume, 0, sizeof *volume);
}

wil_status wil_volume_require_finite(const wil_volume *volume, const char *name)
{
    const size_t n = wil_grid_count(&volume->grid) * (size_t)volume->n_time;
    size_t bad = 0;
#pragma omp parallel for reduction(+ : bad)
    for (size_t i = 0; i < n; i++)
        bad += !isfinite(volume->voxels[i]);
    WIL_REQUIRE(bad == 0, WIL_ERR_INPUT,
        "%s holds %zu NaN or infinite voxels of %zu; replace them (by 0, say) first", name, bad, n);
    return WIL_OK;
}

wil_status wil_mask_make(wil_mask *out, const wil_grid *grid)
{
    wil_mask mask = {.grid = *grid};
    memset(out, 0, sizeof *out);
    WIL_TRY(check_grid(&mask.grid));
    WIL_TRY(wil_alloc_u8(&mask.voxels, wil_grid_count(&mask.grid)));
    *out = mask;
    return WIL_OK;
}

void wil_mask_clear(wil_mask *mask)
{
    wil_free(mask->voxels);
    memset(mask, 0, sizeof *mask);
}

size_t wil_mask_count(const wil_mask *mask)
{
    const size_t n = wil_grid_count(&mask->grid);
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += mask->voxels[i] != 0;
    return count;
}
