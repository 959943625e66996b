/* Template: REAL is the type, NAME(x) the function's name. Moving whole runs of values. */

/* Rows before and values behind an axis: [before, axis, behind]. */
static void NAME(around)(const wil_shape *shape, int axis, int64_t *before, int64_t *behind)
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
    const int axis = call->attr.axis;
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
    const int axis = call->attr.axis;
    int64_t before = 0;
    int64_t behind = 0;
    NAME(around)(&call->out_shape, axis, &before, &behind);
    const int64_t n_out = call->out_shape.dim[axis] * behind;
    const int64_t n_in = call->in_shape[0].dim[axis] * behind;
    const int64_t skip = call->attr.begin * behind;
#pragma omp parallel for schedule(static) if (before > 1 && before * n_out > PARALLEL_MIN)
    for (int64_t i = 0; i < before; i++)
        memcpy((REAL *)call->out + i * n_out, (const REAL *)call->in[0] + i * n_in + skip,
            (size_t)n_out * sizeof(REAL));
}

void NAME(embed)(const wil_kernel_call *call)
{
    const int axis = call->attr.axis;
    int64_t before = 0;
    int64_t behind = 0;
    NAME(around)(&call->out_shape, axis, &before, &behind);
    const int64_t n_out = call->out_shape.dim[axis] * behind;
    const int64_t n_in = call->in_shape[0].dim[axis] * behind;
    const int64_t skip = call->attr.begin * behind;
#pragma omp parallel for schedule(static) if (before > 1 && before * n_out > PARALLEL_MIN)
    for (int64_t i = 0; i < before; i++) {
        REAL *row = (REAL *)call->out + i * n_out;
        memset(row, 0, (size_t)skip * sizeof(REAL));
        memcpy(row + skip, (const REAL *)call->in[0] + i * n_in, (size_t)n_in * sizeof(REAL));
        memset(row + skip + n_in, 0, (size_t)(n_out - skip - n_in) * sizeof(REAL));
    }
}
