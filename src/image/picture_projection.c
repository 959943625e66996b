/* A maximum intensity projection with square pixels. */
#include "picture_plane.h"

#include <math.h>

/* [n_rows, n_columns] maxima; NaN voxels are passed over. */
static void project(float *out, const picture_plane *plane, const wil_volume *volume)
{
    const int64_t stride[3] = {1, volume->grid.size[0], (int64_t)volume->grid.size[0] * volume->grid.size[1]};
    const int depth = volume->grid.size[plane->through];
    for (int64_t row = 0; row < plane->n_rows; row++)
        for (int64_t column = 0; column < plane->n_columns; column++) {
            const float *voxel =
                volume->voxels + plane->first + row * plane->row_step + column * plane->column_step;
            float most = -INFINITY;
            for (int k = 0; k < depth; k++)
                most = fmaxf(most, voxel[k * stride[plane->through]]);
            out[row * plane->n_columns + column] = most;
        }
}

static int scaled(int n, double spacing_mm, double pixel_mm)
{
    const double size = nearbyint(n * spacing_mm / pixel_mm);
    return size < 1 ? 1 : size < INT32_MAX ? (int)size : INT32_MAX;
}

/* Where pixel i of `size` lies among n values that fill the same length; the ends are held. */
static float place(int *before, int *after, int i, int size, int n)
{
    const double at = fmin(fmax((i + 0.5) * n / size - 0.5, 0), n - 1);
    *before = (int)at;
    *after = *before + 1 < n ? *before + 1 : *before;
    return (float)(at - *before);
}

static float mix(float a, float b, float share)
{
    return share > 0 ? a + share * (b - a) : a; /* a neighbour without weight may be infinite */
}

static void draw_scaled(
    wil_picture *picture, float *row, const float *flat, const picture_plane *plane, double low, double high)
{
    for (int y = 0; y < picture->height; y++) {
        int above = 0, below = 0;
        const float down = place(&above, &below, y, picture->height, plane->n_rows);
        const float *upper = flat + (size_t)above * (size_t)plane->n_columns;
        const float *lower = flat + (size_t)below * (size_t)plane->n_columns;
        for (int x = 0; x < picture->width; x++) {
            int left = 0, right = 0;
            const float across = place(&left, &right, x, picture->width, plane->n_columns);
            row[x] =
                mix(mix(upper[left], upper[right], across), mix(lower[left], lower[right], across), down);
        }
        wil_picture_draw_grey(picture, 0, y, row, picture->width, 1, low, high, 1);
    }
}

wil_status wil_picture_maximum_projection(
    wil_picture *out, const wil_volume *volume, int axis, double low, double high)
{
    *out = (wil_picture){0};
    WIL_REQUIRE(volume != NULL && volume->voxels != NULL, WIL_ERR_ARG, "no volume to project");
    WIL_REQUIRE(volume->n_time == 1, WIL_ERR_INPUT,
        "only 3D volumes are projected; this one has %d time points", volume->n_time);
    WIL_REQUIRE(axis >= 0 && axis <= 2, WIL_ERR_ARG,
        "a projection along axis %d is impossible; give 0 (right to left), 1 (front to back) or 2 (top to "
        "bottom)",
        axis);
    const picture_plane plane = picture_plane_across_anatomy(&volume->grid, axis);
    const double *spacing = volume->grid.spacing_mm;
    const double pixel_mm = fmin(fmin(spacing[0], spacing[1]), spacing[2]);
    WIL_OWN(float) *flat = NULL, *row = NULL;
    WIL_OWN(wil_picture) made = {0};
    WIL_TRY(wil_picture_make(&made, scaled(plane.n_columns, spacing[plane.column_axis], pixel_mm),
        scaled(plane.n_rows, spacing[plane.row_axis], pixel_mm)));
    WIL_TRY(wil_alloc_f32(&flat, (size_t)plane.n_columns * (size_t)plane.n_rows));
    WIL_TRY(wil_alloc_f32(&row, (size_t)made.width));
    project(flat, &plane, volume);
    draw_scaled(&made, row, flat, &plane, low, high);
    return wil_give_value(out, &made);
}
