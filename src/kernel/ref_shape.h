/* Template: REAL is the type, NAME(x) the function's name. Moving values, and sums over axes. */

void NAME(broadcast)(const wil_kernel_call *call)
{
    const REAL *in = call->in[0];
    REAL *out = call->out;
    const int64_t n = kernel_count(&call->out_shape);
    for (int64_t i = 0; i < n; i++)
        out[i] = in[NAME(position)(i, &call->out_shape, &call->in_shape[0])];
}

void NAME(permute)(const wil_kernel_call *call)
{
    const REAL *in = call->in[0];
    REAL *out = call->out;
    const int rank = call->out_shape.rank;
    int64_t in_step[WIL_KERNEL_MAX_RANK] = {0};
    int64_t step = 1;
    for (int axis = rank - 1; axis >= 0; axis--) {
        in_step[axis] = step;
        step *= call->in_shape[0].dim[axis];
    }
    for (int64_t i = 0; i < step; i++) {
        int64_t rest = i;
        int64_t at = 0;
        for (int axis = rank - 1; axis >= 0; axis--) {
            at += rest % call->out_shape.dim[axis] * in_step[call->params.permutation[axis]];
            rest /= call->out_shape.dim[axis];
        }
        out[i] = in[at];
    }
}

void NAME(sum)(const wil_kernel_call *call)
{
    const REAL *in = call->in[0];
    REAL *out = call->out;
    const wil_kernel_shape *whole = &call->in_shape[0];
    const wil_kernel_shape summed = NAME(lost_axes)(whole, &call->out_shape);
    const int64_t n_out = kernel_count(&call->out_shape);
    const int64_t n_summed = kernel_count(&summed);
#pragma omp parallel for schedule(static) if (n_out > 1 && n_out * n_summed > PARALLEL_MIN)
    for (int64_t i = 0; i < n_out; i++) {
        const REAL *from = in + NAME(place)(i, &call->out_shape, whole);
        double sum = 0;
        for (int64_t j = 0; j < n_summed; j++)
            sum += (double)from[NAME(place)(j, &summed, whole)];
        out[i] = (REAL)sum;
    }
}

/* Rows before and values behind an axis: [before, axis, behind]. */
static void NAME(around)(const wil_kernel_shape *shape, int axis, int64_t *before, int64_t *behind)
{
    *before = 1;
    *behind = 1;
    for (int i = 0; i < shape->rank; i++) {
        if (i < axis)
            *before *= shape->dim[i];
        else if (i > axis)
            *behind *= shape->dim[i];
    }
}

void NAME(concat)(const wil_kernel_call *call)
{
    const int axis = call->params.axis;
    int64_t before = 0;
    int64_t behind = 0;
    NAME(around)(&call->out_shape, axis, &before, &behind);
    const int64_t n0 = call->in_shape[0].dim[axis] * behind;
    const int64_t n1 = call->in_shape[1].dim[axis] * behind;
#pragma omp parallel for schedule(static) if (before > 1 && before * (n0 + n1) > PARALLEL_MIN)
    for (int64_t i = 0; i < before; i++) {
        memcpy(
            (REAL *)call->out + i * (n0 + n1), (const REAL *)call->in[0] + i * n0, (size_t)n0 * sizeof(REAL));
        memcpy((REAL *)call->out + i * (n0 + n1) + n0, (const REAL *)call->in[1] + i * n1,
            (size_t)n1 * sizeof(REAL));
    }
}

void NAME(slice)(const wil_kernel_call *call)
{
    const int axis = call->params.axis;
    int64_t before = 0;
    int64_t behind = 0;
    NAME(around)(&call->out_shape, axis, &before, &behind);
    const int64_t n_out = call->out_shape.dim[axis] * behind;
    const int64_t n_in = call->in_shape[0].dim[axis] * behind;
    const int64_t skip = call->params.begin * behind;
#pragma omp parallel for schedule(static) if (before > 1 && before * n_out > PARALLEL_MIN)
    for (int64_t i = 0; i < before; i++)
        memcpy((REAL *)call->out + i * n_out, (const REAL *)call->in[0] + i * n_in + skip,
            (size_t)n_out * sizeof(REAL));
}

void NAME(embed)(const wil_kernel_call *call)
{
    const int axis = call->params.axis;
    int64_t before = 0;
    int64_t behind = 0;
    NAME(around)(&call->out_shape, axis, &before, &behind);
    const int64_t n_out = call->out_shape.dim[axis] * behind;
    const int64_t n_in = call->in_shape[0].dim[axis] * behind;
    const int64_t skip = call->params.begin * behind;
#pragma omp parallel for schedule(static) if (before > 1 && before * n_out > PARALLEL_MIN)
    for (int64_t i = 0; i < before; i++) {
        REAL *row = (REAL *)call->out + i * n_out;
        memset(row, 0, (size_t)skip * sizeof(REAL));
        memcpy(row + skip, (const REAL *)call->in[0] + i * n_in, (size_t)n_in * sizeof(REAL));
        memset(row + skip + n_in, 0, (size_t)(n_out - skip - n_in) * sizeof(REAL));
    }
}
