/* One content of the world, stored in files in other orders: "LPS" and the like say where the file's axes run
 * to. */
#ifndef WILLIS_TEST_STORAGE_H
#define WILLIS_TEST_STORAGE_H

#include <string.h>

#include "willis/image.h"

static inline wil_orientation storage_turn(const char *codes)
{
    wil_orientation turn = {{0, 0, 0}, {true, true, true}};
    for (int k = 0; k < 3; k++) {
        const char *at = strchr("RASLPI", codes[k]);
        const int which = (int)(at - "RASLPI");
        turn.voxel_axis[k] = which % 3;
        turn.positive[k] = which < 3;
    }
    return turn;
}

/* The grid, whose axes run right, anterior, superior in memory, will be written with axes that run so. */
static inline wil_grid storage_grid(const wil_grid *grid, const char *codes)
{
    wil_grid out = *grid;
    out.stored = storage_turn(codes);
    return out;
}

static inline wil_status storage_write_volume(
    const char *path, const wil_volume *volume, wil_nifti_type type, const char *codes)
{
    wil_volume as = *volume;
    as.grid = storage_grid(&volume->grid, codes);
    return wil_volume_write(&as, path, type, "");
}

static inline wil_status storage_write_mask(const char *path, const wil_mask *mask, const char *codes)
{
    const wil_mask as = {.grid = storage_grid(&mask->grid, codes), .voxels = mask->voxels};
    return wil_mask_write(&as, path, "");
}

/* The same in memory: axes that run so, as a program of one's own may have them. */
static inline wil_status storage_turn_mask(wil_mask *mask, const char *codes)
{
    const wil_orientation turn = storage_turn(codes);
    WIL_TRY(wil_mask_turn(mask, &turn));
    mask->grid.stored = (wil_orientation){0};
    return WIL_OK;
}

#endif
