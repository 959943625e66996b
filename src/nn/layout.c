/* Weights in memory order [O,K..,I] and in PyTorch's file order [O,I,K..]. */
#include <string.h>

#include "nn_internal.h"

static bool is_moved(const wil_param *param)
{
    return param->layout == WIL_LAYOUT_CONV && param->shape.rank > 2;
}

wil_shape nn_layout_file_shape(const wil_param *param)
{
    wil_shape shape = param->shape;
    if (!is_moved(param))
        return shape;
    int last = shape.rank - 1;
    shape.dim[1] = param->shape.dim[last];
    for (int i = 2; i <= last; i++)
        shape.dim[i] = param->shape.dim[i - 1];
    return shape;
}

/* Within each of the O outputs, the file holds the transpose of a matrix [taps, I]. */
static void matrix_sizes(const wil_param *param, size_t *outer, size_t *taps, size_t *in)
{
    *outer = (size_t)param->shape.dim[0];
    *in = (size_t)param->shape.dim[param->shape.rank - 1];
    *taps = (size_t)wil_shape_count(param->shape) / (*outer * *in);
}

static void transpose_each(const float *from, float *to, size_t outer, size_t rows, size_t columns)
{
    for (size_t o = 0; o < outer; o++) {
        const float *a = from + o * rows * columns;
        float *b = to + o * rows * columns;
        for (size_t r = 0; r < rows; r++)
            for (size_t c = 0; c < columns; c++)
                b[c * rows + r] = a[r * columns + c];
    }
}

void nn_layout_to_file(const wil_param *param, float *file_values)
{
    if (!is_moved(param)) {
        memcpy(file_values, param->value, (size_t)wil_shape_count(param->shape) * sizeof(float));
        return;
    }
    size_t outer, taps, in;
    matrix_sizes(param, &outer, &taps, &in);
    transpose_each(param->value, file_values, outer, taps, in);
}

void nn_layout_from_file(const wil_param *param, const float *file_values, float *memory_values)
{
    if (!is_moved(param)) {
        memcpy(memory_values, file_values, (size_t)wil_shape_count(param->shape) * sizeof(float));
        return;
    }
    size_t outer, taps, in;
    matrix_sizes(param, &outer, &taps, &in);
    transpose_each(file_values, memory_values, outer, in, taps);
}
