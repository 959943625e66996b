/* A slice with the outlines of masks over it. */
#include "picture_plane.h"

#include <string.h>

static const uint8_t GREEN[3] = {0, 255, 0};
static const uint8_t RED[3] = {255, 0, 0};
static const uint8_t YELLOW[3] = {255, 255, 0};

/* One slice of the volumes, as it lies in the picture. */
typedef struct slice_view {
    picture_plane plane;
    int64_t offset; /* of the slice in voxels[] */
    int zoom;
} slice_view;

static int64_t voxel_at(const slice_view *view, int column, int row)
{
    return view->offset + view->plane.first + column * view->plane.column_step + row * view->plane.row_step;
}

static bool is_set(const slice_view *view, const wil_mask *mask, int column, int row)
{
    return column >= 0 && row >= 0 && column < view->plane.n_columns && row < view->plane.n_rows &&
           mask->voxels[voxel_at(view, column, row)] != 0;
}

/* Is the pixel in the mask, and one of its four neighbours not? */
static bool on_outline(const slice_view *view, const wil_mask *mask, int x, int y)
{
    const int zoom = view->zoom, column = x / zoom, row = y / zoom;
    return mask != NULL && is_set(view, mask, column, row) &&
           ((x % zoom == 0 && !is_set(view, mask, column - 1, row)) ||
               (x % zoom == zoom - 1 && !is_set(view, mask, column + 1, row)) ||
               (y % zoom == 0 && !is_set(view, mask, column, row - 1)) ||
               (y % zoom == zoom - 1 && !is_set(view, mask, column, row + 1)));
}

static void draw_outlines(
    wil_picture *picture, const slice_view *view, const wil_mask *truth, const wil_mask *prediction)
{
    for (int y = 0; y < picture->height; y++)
        for (int x = 0; x < picture->width; x++) {
            const bool of_truth = on_outline(view, truth, x, y);
            const bool of_prediction = on_outline(view, prediction, x, y);
            if (of_truth || of_prediction)
                memcpy(picture->rgb + 3 * ((size_t)y * (size_t)picture->width + (size_t)x),
                    of_truth && of_prediction ? YELLOW
                    : of_truth                ? GREEN
                                              : RED,
                    3);
        }
}

static wil_status draw_image(
    wil_picture *picture, const slice_view *view, const wil_volume *image, double low, double high)
{
    const int n_columns = view->plane.n_columns;
    WIL_OWN(float) *row = NULL;
    WIL_TRY(wil_alloc_f32(&row, (size_t)n_columns));
    for (int y = 0; y < view->plane.n_rows; y++) {
        for (int x = 0; x < n_columns; x++)
            row[x] = image->voxels[voxel_at(view, x, y)];
        wil_picture_draw_grey(picture, 0, y * view->zoom, row, n_columns, 1, low, high, view->zoom);
    }
    return WIL_OK;
}

static wil_status check_mask(const wil_mask *mask, const char *kind, const wil_grid *grid)
{
    if (mask == NULL)
        return WIL_OK;
    const int *size = mask->grid.size;
    WIL_REQUIRE(mask->voxels != NULL && memcmp(size, grid->size, sizeof grid->size) == 0, WIL_ERR_INPUT,
        "the %s has %dx%dx%d voxels, the image %dx%dx%d; resample one to the other", kind, size[0], size[1],
        size[2], grid->size[0], grid->size[1], grid->size[2]);
    return WIL_OK;
}

static wil_status check(const wil_volume *image, int z, int zoom)
{
    WIL_REQUIRE(image != NULL && image->voxels != NULL, WIL_ERR_ARG, "no image to show a slice of");
    WIL_REQUIRE(image->n_time == 1, WIL_ERR_INPUT,
        "only slices of 3D volumes are shown; this one has %d time points", image->n_time);
    const int nz = image->grid.size[2];
    WIL_REQUIRE(
        z >= 0 && z < nz, WIL_ERR_ARG, "slice %d does not exist; the image has slices 0 .. %d", z, nz - 1);
    WIL_REQUIRE(zoom >= 1 && zoom <= 64, WIL_ERR_ARG, "a zoom of %d is impossible; give 1 .. 64", zoom);
    return WIL_OK;
}

/* More than an int holds is more than a picture may have; wil_picture_make says so. */
static int side(int n, int zoom)
{
    return n <= INT32_MAX / zoom ? n * zoom : INT32_MAX;
}

wil_status wil_picture_overlay_slice(wil_picture *out, const wil_volume *image, const wil_mask *truth,
    const wil_mask *prediction, int z, double low, double high, int zoom)
{
    *out = (wil_picture){0};
    WIL_TRY(check(image, z, zoom));
    WIL_TRY(check_mask(truth, "true mask", &image->grid));
    WIL_TRY(check_mask(prediction, "predicted mask", &image->grid));
    slice_view view = {.plane = picture_plane_of_slices(&image->grid), .zoom = zoom};
    view.offset = (int64_t)z * image->grid.size[0] * image->grid.size[1];
    WIL_OWN(wil_picture) made = {0};
    WIL_TRY(wil_picture_make(&made, side(view.plane.n_columns, zoom), side(view.plane.n_rows, zoom)));
    WIL_TRY(draw_image(&made, &view, image, low, high));
    draw_outlines(&made, &view, truth, prediction);
    return wil_give_value(out, &made);
}
