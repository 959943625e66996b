/* Where a segmentation is right and wrong: projections and slices in the colours of the reference study. */
#include "report_internal.h"

#include <math.h>
#include <string.h>

#define GAP 6 /* pixels between pictures */

enum { TRUE_POSITIVE, FALSE_POSITIVE, FALSE_NEGATIVE, N_KINDS };

/* Later ones lie over earlier ones, so that what is wrong is seen before what is right. */
static const uint8_t kind_rgb[N_KINDS][3] = {{220, 40, 40}, {40, 200, 60}, {250, 220, 40}};

static int kind_of(uint8_t truth, uint8_t prediction)
{
    if (truth != 0)
        return prediction != 0 ? TRUE_POSITIVE : FALSE_NEGATIVE;
    return prediction != 0 ? FALSE_POSITIVE : N_KINDS;
}

/* Lays a colour over the picture, as opaque as the grey value of the layer. */
static void blend(wil_picture *picture, const wil_picture *layer, const uint8_t rgb[3])
{
    const size_t n = (size_t)picture->width * (size_t)picture->height;
    for (size_t i = 0; i < n; i++) {
        const int share = layer->rgb[3 * i];
        for (int c = 0; c < 3; c++) {
            uint8_t *to = &picture->rgb[3 * i + (size_t)c];
            *to = (uint8_t)((*to * (255 - share) + rgb[c] * share + 127) / 255);
        }
    }
}

/* The view along an anatomical axis of two masks [nz,ny,nx] on a grid. */
static wil_status draw_view(
    wil_picture *out, const wil_grid *grid, const uint8_t *truth, const uint8_t *prediction, int axis)
{
    WIL_OWN(wil_volume) volume = {0};
    WIL_OWN(wil_picture) made = {0};
    const size_t n = wil_grid_count(grid);
    WIL_TRY(wil_volume_make(&volume, grid, 1));
    for (int kind = 0; kind < N_KINDS; kind++) {
        WIL_OWN(wil_picture) layer = {0};
        for (size_t i = 0; i < n; i++)
            volume.voxels[i] = kind_of(truth[i], prediction[i]) == kind;
        WIL_TRY(wil_picture_maximum_projection(&layer, &volume, axis, 0, 1));
        if (kind == 0)
            WIL_TRY(wil_picture_make(&made, layer.width, layer.height));
        blend(&made, &layer, kind_rgb[kind]);
    }
    return wil_give_value(out, &made);
}

wil_status wil_montage_error_projections(wil_picture *out, const wil_mask *truth, const wil_mask *prediction)
{
    WIL_OWN(wil_picture) above = {0}, front = {0}, side = {0};
    const wil_grid *grid = &truth->grid;
    *out = (wil_picture){0};
    WIL_TRY(wil_grid_check_same(&prediction->grid, "the prediction", grid, "the truth"));
    WIL_TRY(draw_view(&above, grid, truth->voxels, prediction->voxels, 2));
    WIL_TRY(draw_view(&front, grid, truth->voxels, prediction->voxels, 1));
    WIL_TRY(draw_view(&side, grid, truth->voxels, prediction->voxels, 0));
    return wil_montage_row(out, (const wil_picture *const[]){&above, &front, &side}, 3, GAP);
}

/* ---- slices -------------------------------------------------------------------------------------------- */

static bool holds_something(const wil_mask *mask, int z)
{
    const size_t n = (size_t)mask->grid.size[0] * (size_t)mask->grid.size[1];
    return memchr(mask->voxels + n * (size_t)z, 1, n) != NULL;
}

/* The anatomical axis along which slices of the grid are stacked. */
static int axis_of_slices(const wil_grid *grid)
{
    int axis = 0;
    for (int k = 1; k < 3; k++)
        if (fabs(grid->affine[k][2]) > fabs(grid->affine[axis][2]))
            axis = k;
    return axis;
}

static wil_status draw_slice(wil_picture *out, const wil_mask *truth, const wil_mask *prediction, int z)
{
    wil_grid grid = truth->grid;
    const size_t first = (size_t)grid.size[0] * (size_t)grid.size[1] * (size_t)z;
    grid.size[2] = 1;
    for (int k = 0; k < 3; k++)
        grid.affine[k][3] += z * grid.affine[k][2];
    return draw_view(out, &grid, truth->voxels + first, prediction->voxels + first, axis_of_slices(&grid));
}

static void paste(wil_picture *to, const wil_picture *from, int left, int top)
{
    for (int y = 0; y < from->height; y++)
        memcpy(to->rgb + 3 * ((size_t)(top + y) * (size_t)to->width + (size_t)left),
            from->rgb + 3 * (size_t)y * (size_t)from->width, 3 * (size_t)from->width);
}

/* Every slice's picture has the size of the first. */
static wil_status paste_slices(wil_picture *out, const wil_mask *truth, const wil_mask *prediction,
    const int *slices, int n, int n_columns)
{
    const int n_rows = (n + n_columns - 1) / n_columns;
    for (int k = 0; k < n; k++) {
        WIL_OWN(wil_picture) picture = {0};
        WIL_TRY(draw_slice(&picture, truth, prediction, slices[k]));
        const int width = picture.width + GAP, height = picture.height + GAP;
        if (k == 0)
            WIL_TRY(wil_picture_make(out, n_columns * width - GAP, n_rows * height - GAP));
        paste(out, &picture, k % n_columns * width, k / n_columns * height);
    }
    return WIL_OK;
}

wil_status wil_montage_error_slices(
    wil_picture *out, const wil_mask *truth, const wil_mask *prediction, int n, int n_columns)
{
    WIL_OWN(int32_t) *with_mask = NULL;
    WIL_OWN(wil_picture) made = {0};
    int n_with = 0;
    *out = (wil_picture){0};
    WIL_REQUIRE(n >= 1 && n_columns >= 1, WIL_ERR_ARG,
        "a montage needs 1 slice and 1 column at least, got %d and %d", n, n_columns);
    WIL_TRY(wil_grid_check_same(&prediction->grid, "the prediction", &truth->grid, "the truth"));
    const int nz = truth->grid.size[2];
    WIL_TRY(wil_alloc_i32(&with_mask, (size_t)nz + 1));
    for (int z = 0; z < nz; z++)
        if (holds_something(truth, z) || holds_something(prediction, z))
            with_mask[n_with++] = z;
    if (n_with == 0)
        with_mask[n_with++] = nz / 2;
    const int n_shown = n < n_with ? n : n_with;
    for (int k = 0; k < n_shown; k++) /* ascending, so none is overwritten before it is read */
        with_mask[k] = with_mask[(int)(((int64_t)2 * k + 1) * n_with / (2 * (int64_t)n_shown))];
    n_columns = n_columns < n_shown ? n_columns : n_shown;
    WIL_TRY(paste_slices(&made, truth, prediction, with_mask, n_shown, n_columns));
    return wil_give_value(out, &made);
}
