/* Weights in memory order, channels last, and in PyTorch's file order, channels before space. Every layout is
 * [before, taps, channels, behind] in memory and [before, channels, taps, behind] in the file. */
#include <string.h>

#include "nn_internal.h"

typedef struct layout_sizes {
    size_t before, taps, channels, behind;
} layout_sizes;

static layout_sizes sizes_of(const wil_param *param)
{
    const wil_shape *shape = &param->shape;
    const int last = shape->rank - 1;
    const size_t count = (size_t)wil_shape_count(*shape);
    layout_sizes s = {1, 1, 1, 1};
    switch (param->layout) {
    case WIL_LAYOUT_PLAIN:
        s.behind = count;
        break;
    case WIL_LAYOUT_CONV:
    case WIL_LAYOUT_FROM_SPACE:
        s.before = (size_t)shape->dim[0];
        s.channels = (size_t)shape->dim[last];
        break;
    case WIL_LAYOUT_TO_SPACE:
        s.channels = (size_t)shape->dim[last - 1];
        s.behind = (size_t)shape->dim[last];
        break;
    case WIL_LAYOUT_SPACE_VECTOR:
        s.channels = (size_t)shape->dim[last];
        break;
    }
    s.taps = count / (s.before * s.channels * s.behind);
    return s;
}

wil_shape nn_layout_file_shape(const wil_param *param)
{
    wil_shape shape = param->shape;
    const layout_sizes s = sizes_of(param);
    const int64_t joined = (int64_t)(s.taps * s.channels);
    const int last = shape.rank - 1;
    switch (param->layout) {
    case WIL_LAYOUT_PLAIN:
        return shape;
    case WIL_LAYOUT_CONV:
        shape.dim[1] = param->shape.dim[last];
        for (int i = 2; i <= last; i++)
            shape.dim[i] = param->shape.dim[i - 1];
        return shape;
    case WIL_LAYOUT_FROM_SPACE:
        return (wil_shape){.rank = 2, .dim = {shape.dim[0], joined}};
    case WIL_LAYOUT_TO_SPACE:
        return (wil_shape){.rank = 2, .dim = {joined, shape.dim[last]}};
    case WIL_LAYOUT_SPACE_VECTOR:
        return nn_vector_shape(joined);
    }
    return shape;
}

/* Within each of the outer blocks, a matrix [rows, columns] of pieces becomes [columns, rows]. */
static void transpose_each(
    const float *from, float *to, size_t outer, size_t rows, size_t columns, size_t piece)
{
    for (size_t o = 0; o < outer; o++) {
        const float *a = from + o * rows * columns * piece;
        float *b = to + o * rows * columns * piece;
        for (size_t r = 0; r < rows && piece == 1; r++) /* a call per number would take seconds */
            for (size_t c = 0; c < columns; c++)
                b[c * rows + r] = a[r * columns + c];
        for (size_t r = 0; r < rows && piece > 1; r++)
            for (size_t c = 0; c < columns; c++)
                memcpy(b + (c * rows + r) * piece, a + (r * columns + c) * piece, piece * sizeof(float));
    }
}

void nn_layout_to_file(const wil_param *param, float *file_values)
{
    const layout_sizes s = sizes_of(param);
    transpose_each(param->value, file_values, s.before, s.taps, s.channels, s.behind);
}

void nn_layout_from_file(const wil_param *param, const float *file_values, float *memory_values)
{
    const layout_sizes s = sizes_of(param);
    transpose_each(file_values, memory_values, s.before, s.channels, s.taps, s.behind);
}
