/* Masks voxel by voxel. */
#ifndef WILLIS_TEST_VOXELS_H
#define WILLIS_TEST_VOXELS_H

#include "outcome.h"
#include "willis/image.h"

static inline size_t voxel_at(const wil_grid *grid, int x, int y, int z)
{
    return ((size_t)z * (size_t)grid->size[1] + (size_t)y) * (size_t)grid->size[0] + (size_t)x;
}

static inline void set_box(
    wil_mask *mask, int x0, int x1, int y0, int y1, int z0, int z1, uint8_t value) /* both ends included */
{
    for (int z = z0; z <= z1; z++)
        for (int y = y0; y <= y1; y++)
            for (int x = x0; x <= x1; x++)
                mask->voxels[voxel_at(&mask->grid, x, y, z)] = value;
}

/* Each voxel is 1 with probability `filled`. */
static inline void set_random(wil_mask *mask, double filled, uint64_t seed)
{
    const size_t n = wil_grid_count(&mask->grid);
    for (size_t i = 0; i < n; i++)
        mask->voxels[i] = wil_rng_uniform(wil_rng_at(seed, WIL_RNG_TEST, 0), i) < filled;
}

static inline wil_mask copy_of(const wil_mask *mask)
{
    wil_mask copy;
    OK(wil_mask_make(&copy, &mask->grid));
    memcpy(copy.voxels, mask->voxels, wil_grid_count(&mask->grid));
    return copy;
}

#endif
