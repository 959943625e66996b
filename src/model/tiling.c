#include "tiling.h"

#include <string.h>

static wil_status make_starts(int **out, int *n_out, int size, int tile, int overlap)
{
    const int step = tile - overlap;
    const int n = size <= tile ? 1 : 1 + (size - tile + step - 1) / step;
    WIL_TRY(wil_alloc((void **)out, (size_t)n, sizeof **out));
    for (int i = 0; i < n; i++) {
        const int start = i * step;
        (*out)[i] = size <= tile ? 0 : (start + tile > size ? size - tile : start);
    }
    *n_out = n;
    return WIL_OK;
}

wil_status tiling_new(tiling *out, int height, int width, int tile, int overlap)
{
    memset(out, 0, sizeof *out);
    WIL_REQUIRE(overlap >= 0 && overlap < tile, WIL_ERR_ARG, "an overlap of %d does not go with tiles of %d",
        overlap, tile);
    out->tile = tile;
    out->overlap = overlap;
    wil_status status = make_starts(&out->starts[0], &out->n_starts[0], height, tile, overlap);
    if (status == WIL_OK)
        status = make_starts(&out->starts[1], &out->n_starts[1], width, tile, overlap);
    if (status == WIL_OK)
        status = wil_alloc_f32(&out->weight, (size_t)tile);
    if (status != WIL_OK) {
        tiling_clear(out);
        return status;
    }
    for (int i = 0; i < tile; i++) {
        const int edge = i < tile - 1 - i ? i : tile - 1 - i;
        out->weight[i] = edge >= overlap ? 1.0f : (float)(edge + 1) / (float)(overlap + 1);
    }
    return WIL_OK;
}

void tiling_clear(tiling *t)
{
    wil_free(t->starts[0]);
    wil_free(t->starts[1]);
    wil_free(t->weight);
    memset(t, 0, sizeof *t);
}

int tiling_count(const tiling *t)
{
    return t->n_starts[0] * t->n_starts[1];
}

void tiling_start(const tiling *t, int i, int *y_out, int *x_out)
{
    *y_out = t->starts[0][i / t->n_starts[1]];
    *x_out = t->starts[1][i % t->n_starts[1]];
}

void tiling_cut(const tiling *t, int i, const float *slice, int height, int width, float fill, float *out)
{
    int y0 = 0;
    int x0 = 0;
    tiling_start(t, i, &y0, &x0);
    for (int y = 0; y < t->tile; y++)
        for (int x = 0; x < t->tile; x++)
            out[(size_t)y * t->tile + x] =
                y0 + y < height && x0 + x < width ? slice[(size_t)(y0 + y) * width + x0 + x] : fill;
}

void tiling_add(
    const tiling *t, int i, const float *values, int height, int width, float *sum, float *weight_sum)
{
    int y0 = 0;
    int x0 = 0;
    tiling_start(t, i, &y0, &x0);
    for (int y = 0; y < t->tile && y0 + y < height; y++) {
        for (int x = 0; x < t->tile && x0 + x < width; x++) {
            const float weight = t->weight[y] * t->weight[x];
            const size_t at = (size_t)(y0 + y) * width + x0 + x;
            sum[at] += weight * values[(size_t)y * t->tile + x];
            weight_sum[at] += weight;
        }
    }
}
