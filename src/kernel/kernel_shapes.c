/* Shapes read in ways that loops like. */
#include "kernel_internal.h"

#include <string.h>

/* 1 where the operand runs along axis i, 0 where it is repeated. */
static bool runs(const wil_shape *whole, const wil_shape *operand, int i)
{
    return operand == NULL || operand->dim[i] == whole->dim[i];
}

void kernel_merge(merged_loops *out, const wil_shape *whole, const wil_shape *a, const wil_shape *b)
{
    const wil_shape *operand[2] = {a, b};
    memset(out, 0, sizeof *out);
    int64_t step[2] = {1, 1};
    for (int i = whole->rank - 1; i >= 0; i--) { /* from the fastest axis; turned round at the end */
        if (whole->dim[i] == 1)
            continue;
        const int last = out->rank - 1;
        bool joins = out->rank > 0;
        for (int k = 0; k < 2 && joins; k++)
            joins = runs(whole, operand[k], i) == (out->stride[k][last] != 0);
        if (joins) {
            out->dim[last] *= whole->dim[i];
        } else {
            out->dim[out->rank] = whole->dim[i];
            for (int k = 0; k < 2; k++)
                out->stride[k][out->rank] = runs(whole, operand[k], i) ? step[k] : 0;
            out->rank++;
        }
        for (int k = 0; k < 2; k++)
            if (runs(whole, operand[k], i))
                step[k] *= whole->dim[i];
    }
    if (out->rank == 0) {
        out->rank = 1;
        out->dim[0] = 1;
    }
    for (int i = 0; i < out->rank / 2; i++) {
        const int j = out->rank - 1 - i;
        const int64_t dim = out->dim[i];
        out->dim[i] = out->dim[j];
        out->dim[j] = dim;
        for (int k = 0; k < 2; k++) {
            const int64_t stride = out->stride[k][i];
            out->stride[k][i] = out->stride[k][j];
            out->stride[k][j] = stride;
        }
    }
}

bool kernel_split_axes(kept_and_reduced *out, const wil_shape *shape, uint32_t axes)
{
    int run = 0; /* even runs are kept, odd ones reduced */
    *out = (kept_and_reduced){1, 1, 1, 1};
    int64_t *const size[4] = {&out->a, &out->b, &out->c, &out->d};
    for (int i = 0; i < shape->rank; i++) {
        if (shape->dim[i] == 1)
            continue;
        if ((axes >> i & 1u) != (unsigned)run % 2)
            run++;
        if (run > 3)
            return false;
        *size[run] *= shape->dim[i];
    }
    return true;
}

wil_spatial3 wil_spatial3_of(const wil_shape *shape)
{
    wil_spatial3 out = {shape->dim[0], shape->dim[shape->rank - 1], {1, 1, 1}};
    const int n = shape->rank - 2;
    for (int i = 0; i < n; i++)
        out.size[3 - n + i] = shape->dim[1 + i];
    return out;
}

void wil_spatial3_values(int64_t out[3], const int64_t *values, int n, int64_t missing)
{
    for (int i = 0; i < 3; i++)
        out[i] = i < 3 - n ? missing : values[i - (3 - n)];
}
