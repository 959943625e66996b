/* Template: REAL is the type, NAME(x) the function's name. Moving values, and sums over axes. */

void NAME(broadcast)(const wil_kernel_call *call)
{
    const REAL *in = call->in[0];
    REAL *out = call->out;
    const int64_t n = wil_shape_count(call->out_shape);
    for (int64_t i = 0; i < n; i++)
        out[i] = in[NAME(position)(i, &call->out_shape, &call->in_shape[0])];
}

void NAME(permute)(const wil_kernel_call *call)
{
    const REAL *in = call->in[0];
    REAL *out = call->out;
    const int rank = call->out_shape.rank;
    int64_t in_step[WIL_MAX_RANK] = {0};
    int64_t step = 1;
    for (int axis = rank - 1; axis >= 0; axis--) {
        in_step[axis] = step;
        step *= call->in_shape[0].dim[axis];
    }
    for (int64_t i = 0; i < step; i++) {
        int64_t rest = i;
        int64_t at = 0;
        for (int axis = rank - 1; axis >= 0; axis--) {
            at += rest % call->out_shape.dim[axis] * in_step[call->attr.permutation[axis]];
            rest /= call->out_shape.dim[axis];
        }
        out[i] = in[at];
    }
}

void NAME(sum)(const wil_kernel_call *call)
{
    const REAL *in = call->in[0];
    REAL *out = call->out;
    const wil_shape *whole = &call->in_shape[0];
    const wil_shape summed = NAME(lost_axes)(whole, &call->out_shape);
    const int64_t n_out = wil_shape_count(call->out_shape);
    const int64_t n_summed = wil_shape_count(summed);
#pragma omp parallel for schedule(static) if (n_out > 1 && n_out * n_summed > PARALLEL_MIN)
    for (int64_t i = 0; i < n_out; i++) {
        const REAL *from = in + NAME(place)(i, &call->out_shape, whole);
        double sum = 0;
        for (int64_t j = 0; j < n_summed; j++)
            sum += (double)from[NAME(place)(j, &summed, whole)];
        out[i] = (REAL)sum;
    }
}
