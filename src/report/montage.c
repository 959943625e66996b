/* Montages: pairs of image and label in a grid, pictures in a row. */
#include "report_internal.h"

#include <string.h>

#define GAP_IN_PAIR 2 /* pixels */
#define GAP_BETWEEN 8

static const uint8_t label_rgb[3] = {230, 30, 30};

typedef struct montage_grid {
    int n, height, width, n_columns, zoom;
} montage_grid;

/* Splits pair i of [n,H,W,2] into its channels. */
static void split_pair(float *image, uint8_t *label, const float *pair, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        image[i] = pair[2 * i];
        label[i] = pair[2 * i + 1] > 0.5F;
    }
}

static wil_status draw_pairs(wil_picture *picture, const float *pairs, const montage_grid *grid)
{
    size_t count = (size_t)grid->height * (size_t)grid->width;
    WIL_OWN(float) *image = NULL;
    WIL_OWN(uint8_t) *label = NULL;
    WIL_TRY(wil_alloc_f32(&image, count));
    WIL_TRY(wil_alloc_u8(&label, count));
    for (int i = 0; i < grid->n; i++) {
        int left = (i % grid->n_columns) * (2 * grid->width * grid->zoom + GAP_IN_PAIR + GAP_BETWEEN);
        int right = left + grid->width * grid->zoom + GAP_IN_PAIR;
        int top = (i / grid->n_columns) * (grid->height * grid->zoom + GAP_BETWEEN);
        split_pair(image, label, pairs + 2 * count * (size_t)i, count);
        wil_picture_draw_grey(picture, left, top, image, grid->width, grid->height, -1, 1, grid->zoom);
        wil_picture_draw_grey(picture, right, top, image, grid->width, grid->height, -1, 1, grid->zoom);
        wil_picture_draw_mask(
            picture, right, top, label, grid->width, grid->height, grid->zoom, label_rgb, 0.75);
    }
    return WIL_OK;
}

wil_status wil_montage_pairs(
    wil_picture *out, const float *pairs, int n, int height, int width, int n_columns, int zoom)
{
    WIL_REQUIRE(out != NULL && pairs != NULL, WIL_ERR_ARG, "a montage was given no patches");
    *out = (wil_picture){0};
    WIL_REQUIRE(n >= 1 && height >= 1 && width >= 1 && n_columns >= 1 && zoom >= 1, WIL_ERR_ARG,
        "a montage needs patches, sizes, columns and zoom of 1 at least, got %d patches of %d x %d, %d "
        "columns, zoom %d",
        n, height, width, n_columns, zoom);
    montage_grid grid = {n, height, width, n_columns < n ? n_columns : n, zoom};
    int n_rows = (n + grid.n_columns - 1) / grid.n_columns;
    int64_t full_width =
        grid.n_columns * (2 * (int64_t)width * zoom + GAP_IN_PAIR + GAP_BETWEEN) - GAP_BETWEEN;
    int64_t full_height = n_rows * ((int64_t)height * zoom + GAP_BETWEEN) - GAP_BETWEEN;
    WIL_REQUIRE(full_width <= 32767 && full_height <= 32767, WIL_ERR_ARG,
        "a montage of %d patches of %d x %d at zoom %d would be %lld x %lld pixels; at most 32767 are drawn",
        n, height, width, zoom, (long long)full_width, (long long)full_height);
    WIL_OWN(wil_picture) made = {0};
    WIL_TRY(wil_picture_make(&made, (int)full_width, (int)full_height));
    memset(made.rgb, 255, 3 * (size_t)full_width * (size_t)full_height); /* white gaps part dark patches */
    WIL_TRY(draw_pairs(&made, pairs, &grid));
    return wil_give_value(out, &made);
}

wil_status wil_montage_row(wil_picture *out, const wil_picture *const *pictures, int n, int gap)
{
    WIL_REQUIRE(out != NULL && pictures != NULL, WIL_ERR_ARG, "a montage was given no pictures");
    *out = (wil_picture){0};
    WIL_REQUIRE(n >= 1 && gap >= 0, WIL_ERR_ARG,
        "a montage of %d pictures with gaps of %d pixels is impossible", n, gap);
    int64_t width = (int64_t)gap * (n - 1);
    int height = 0;
    for (int i = 0; i < n; i++) {
        WIL_REQUIRE(pictures[i] != NULL && pictures[i]->rgb != NULL, WIL_ERR_ARG,
            "picture %d of a montage is empty", i);
        width += pictures[i]->width;
        height = pictures[i]->height > height ? pictures[i]->height : height;
    }
    WIL_REQUIRE(width <= 32767, WIL_ERR_ARG,
        "a montage of %d pictures would be %lld pixels wide; at most 32767 are drawn", n, (long long)width);
    WIL_TRY(wil_picture_make(out, (int)width, height));
    size_t left = 0;
    for (int i = 0; i < n; i++) {
        size_t row_bytes = 3 * (size_t)pictures[i]->width;
        for (size_t y = 0; y < (size_t)pictures[i]->height; y++)
            memcpy(out->rgb + 3 * (y * (size_t)width + left), pictures[i]->rgb + y * row_bytes, row_bytes);
        left += (size_t)pictures[i]->width + (size_t)gap;
    }
    return WIL_OK;
}
