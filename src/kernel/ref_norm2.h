/* Template: REAL is the type, NAME(x) the function's name. Squared lengths of per-sample weight gradients:
 * each sample's conv_dw, entry by entry. */

/* Entry (o, j, c) of what sample n adds to the conv_dw of one pair; j is a kernel position. */
static double NAME(share_entry)(
    const wil_kernel_call *call, int pair, int64_t n, int64_t o, int64_t j, int64_t c)
{
    const REAL *x = call->in[2 * pair];
    const REAL *d_y = call->in[2 * pair + 1];
    const NAME(geometry) g =
        NAME(geometry_of)(call, &call->in_shape[2 * pair], &call->in_shape[2 * pair + 1]);
    const int64_t n_out = g.y.size[0] * g.y.size[1] * g.y.size[2];
    int64_t k[3];
    double sum = 0;
    NAME(unravel)(k, j, g.kernel);
    for (int64_t row = n; row < g.y.batch; row += call->out_shape.dim[0])
        for (int64_t p = 0; p < n_out; p++) {
            int64_t t[3];
            int64_t s[3];
            NAME(unravel)(t, p, g.y.size);
            if (NAME(meets)(&g, t, k, s))
                sum +=
                    (double)x[NAME(at)(&g.x, row, s) + c] * (double)d_y[(row * n_out + p) * g.y.channels + o];
        }
    return sum;
}

void NAME(conv_dw_norm2)(const wil_kernel_call *call)
{
    REAL *out = call->out;
    const NAME(geometry) g = NAME(geometry_of)(call, &call->in_shape[0], &call->in_shape[1]);
    const int64_t n_kernel = g.kernel[0] * g.kernel[1] * g.kernel[2];
#pragma omp parallel for schedule(static)
    for (int64_t n = 0; n < call->out_shape.dim[0]; n++) {
        double norm2 = 0;
        for (int64_t i = 0; i < g.y.channels * n_kernel * g.x.channels; i++) {
            double entry = 0;
            for (int pair = 0; pair < WIL_MAX_INPUTS / 2; pair++)
                if (call->in_shape[2 * pair].rank > 0)
                    entry += NAME(share_entry)(call, pair, n, i / (n_kernel * g.x.channels),
                        i / g.x.channels % n_kernel, i % g.x.channels);
            norm2 += entry * entry;
        }
        out[n] = (REAL)norm2;
    }
}
