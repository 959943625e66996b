/* Fast moving of values: repeated along axes, and axes in another order. */
#include "kernel_internal.h"
#include "loop_kernels.h"

#include <string.h>

/* An output walked row by row: axis i of the output takes `stride[i]` input values per step. */
typedef struct gather {
    int rank;
    int64_t dim[WIL_MAX_RANK], stride[WIL_MAX_RANK];
} gather;

/* Adds an axis behind the others; it joins the one before it where memory runs on. */
static void add_axis(gather *g, int64_t dim, int64_t stride)
{
    if (dim == 1)
        return;
    if (g->rank > 0 && g->stride[g->rank - 1] == dim * stride) {
        g->dim[g->rank - 1] *= dim;
        g->stride[g->rank - 1] = stride;
        return;
    }
    g->dim[g->rank] = dim;
    g->stride[g->rank] = stride;
    g->rank++;
}

static void copy_row(float *restrict out, const float *restrict in, int64_t n, int64_t stride)
{
    if (stride == 1) {
        memcpy(out, in, (size_t)n * sizeof *out);
    } else if (stride == 0) {
        const float number = *in;
        for (int64_t i = 0; i < n; i++)
            out[i] = number;
    } else {
        for (int64_t i = 0; i < n; i++)
            out[i] = in[i * stride];
    }
}

static void run_gather(float *out, const float *in, const gather *g)
{
    const int last = g->rank - 1;
    const int64_t n = g->rank > 0 ? g->dim[last] : 1;
    const int64_t stride = g->rank > 0 ? g->stride[last] : 1;
    int64_t n_rows = 1;
    for (int i = 0; i < last; i++)
        n_rows *= g->dim[i];
#pragma omp parallel for schedule(static) if (n_rows > 1 && n_rows * n > PARALLEL_MIN)
    for (int64_t row = 0; row < n_rows; row++) {
        int64_t rest = row;
        int64_t at = 0;
        for (int axis = last - 1; axis >= 0; axis--) {
            at += rest % g->dim[axis] * g->stride[axis];
            rest /= g->dim[axis];
        }
        copy_row(out + row * n, in + at, n, stride);
    }
}

/* Elements between neighbours along each axis of a dense array. */
static void dense_strides(int64_t *stride, const wil_shape *shape)
{
    int64_t step = 1;
    for (int i = shape->rank - 1; i >= 0; i--) {
        stride[i] = step;
        step *= shape->dim[i];
    }
}

void KERNEL(loop_broadcast_f32)(const wil_kernel_call *call)
{
    int64_t stride[WIL_MAX_RANK];
    gather g = {.rank = 0};
    dense_strides(stride, &call->in_shape[0]);
    for (int i = 0; i < call->out_shape.rank; i++)
        add_axis(&g, call->out_shape.dim[i], call->in_shape[0].dim[i] == 1 ? 0 : stride[i]);
    run_gather(call->out, call->in[0], &g);
}

void KERNEL(loop_permute_f32)(const wil_kernel_call *call)
{
    int64_t stride[WIL_MAX_RANK];
    gather g = {.rank = 0};
    dense_strides(stride, &call->in_shape[0]);
    for (int i = 0; i < call->out_shape.rank; i++)
        add_axis(&g, call->out_shape.dim[i], stride[call->attr.permutation[i]]);
    run_gather(call->out, call->in[0], &g);
}
