/* Dilation and erosion by balls through distances, and the filling of cavities. */
#include "willis/image.h"

#include <math.h>
#include <string.h>

/* Spacings in files are floats, so a voxel meant to lie on the sphere may come out a little beyond it. */
#define RADIUS_SLACK 1e-6

/* Sets voxels at most radius_mm away from a 1 to 1. */
static wil_status grow_by_ball(wil_mask *mask, double radius_mm)
{
    WIL_REQUIRE(radius_mm >= 0 && isfinite(radius_mm), WIL_ERR_ARG,
        "the radius of a dilation or erosion must be 0 mm or more, got %g", radius_mm);
    const size_t n = wil_grid_count(&mask->grid);
    const double reach_mm = radius_mm * (1 + RADIUS_SLACK);
    WIL_OWN(float) *distance_mm = NULL;
    WIL_TRY(wil_alloc_f32(&distance_mm, n));
    WIL_TRY(wil_mask_distance_mm(distance_mm, mask));
    for (size_t i = 0; i < n; i++)
        mask->voxels[i] = distance_mm[i] <= reach_mm;
    return WIL_OK;
}

static void invert(wil_mask *mask)
{
    const size_t n = wil_grid_count(&mask->grid);
    for (size_t i = 0; i < n; i++)
        mask->voxels[i] = mask->voxels[i] == 0;
}

wil_status wil_mask_dilate(wil_mask *mask, double radius_mm)
{
    return grow_by_ball(mask, radius_mm);
}

wil_status wil_mask_erode(wil_mask *mask, double radius_mm)
{
    invert(mask); /* erosion is the dilation of the background */
    const wil_status status = grow_by_ball(mask, radius_mm);
    invert(mask);
    return status;
}

/* reaches[label] becomes 1 for every label on the border of the volume. */
static void mark_border_labels(uint8_t *reaches, const int32_t *labels, const int size[3])
{
    for (int z = 0; z < size[2]; z++) {
        for (int y = 0; y < size[1]; y++) {
            const bool on_border = z == 0 || z == size[2] - 1 || y == 0 || y == size[1] - 1;
            const int32_t *row = labels + ((size_t)z * (size_t)size[1] + (size_t)y) * (size_t)size[0];
            const int step = on_border || size[0] == 1 ? 1 : size[0] - 1; /* else only both ends */
            for (int x = 0; x < size[0]; x += step)
                reaches[row[x]] = 1;
        }
    }
}

wil_status wil_mask_fill_holes(wil_mask *mask)
{
    const size_t n = wil_grid_count(&mask->grid);
    WIL_OWN(wil_mask) background = {.grid = mask->grid};
    WIL_OWN(int32_t) *labels = NULL;
    WIL_OWN(uint8_t) *reaches = NULL;
    int n_labels = 0;
    WIL_TRY(wil_alloc_u8(&background.voxels, n));
    WIL_TRY(wil_alloc_i32(&labels, n));
    memcpy(background.voxels, mask->voxels, n);
    invert(&background);
    WIL_TRY(wil_mask_components(labels, &n_labels, &background, WIL_CONNECT_6));
    WIL_TRY(wil_alloc_u8(&reaches, (size_t)n_labels + 1));
    mark_border_labels(reaches, labels, mask->grid.size);
    for (size_t i = 0; i < n; i++)
        mask->voxels[i] = labels[i] == 0 || !reaches[labels[i]];
    return WIL_OK;
}
