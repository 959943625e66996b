/* Template: REAL is the type, NAME(x) the function's name. Weights of "upsample by 2, then a 3-wide
 * convolution" as those of one transposed convolution: along each axis [w2, w1+w2, w0+w1, w0]. */

/* true where tap j of 3 has a share in tap k of 4. */
static bool NAME(shares)(int64_t k, int64_t j)
{
    static const bool share[4][3] = {
        {false, false, true}, {false, true, true}, {true, true, false}, {true, false, false}};
    return share[k][j];
}

/* The number of taps along all axes, and whether every axis of tap j has a share in that of tap k. */
static int64_t NAME(taps)(const wil_kernel_call *call, int64_t width)
{
    int64_t n = 1;
    for (int i = 0; i < call->attr.n_spatial; i++)
        n *= width;
    return n;
}

static bool NAME(all_share)(const wil_kernel_call *call, int64_t k, int64_t j)
{
    for (int i = 0; i < call->attr.n_spatial; i++) {
        if (!NAME(shares)(k % 4, j % 3))
            return false;
        k /= 4;
        j /= 3;
    }
    return true;
}

void NAME(fold_up)(const wil_kernel_call *call)
{
    const REAL *w = call->in[0]; /* [O,3..,I] */
    REAL *v = call->out;         /* [I,4..,O] */
    const int64_t n_in = call->out_shape.dim[0];
    const int64_t n_out = call->in_shape[0].dim[0];
    const int64_t n3 = NAME(taps)(call, 3);
    const int64_t n4 = NAME(taps)(call, 4);
    for (int64_t i = 0; i < n_in; i++)
        for (int64_t k = 0; k < n4; k++)
            for (int64_t o = 0; o < n_out; o++) {
                double sum = 0;
                for (int64_t j = 0; j < n3; j++)
                    if (NAME(all_share)(call, k, j))
                        sum += (double)w[(o * n3 + j) * n_in + i];
                v[(i * n4 + k) * n_out + o] = (REAL)sum;
            }
}

void NAME(unfold_up)(const wil_kernel_call *call)
{
    const REAL *v = call->in[0]; /* [I,4..,O] */
    REAL *w = call->out;         /* [O,3..,I] */
    const int64_t n_in = call->in_shape[0].dim[0];
    const int64_t n_out = call->out_shape.dim[0];
    const int64_t n3 = NAME(taps)(call, 3);
    const int64_t n4 = NAME(taps)(call, 4);
    for (int64_t o = 0; o < n_out; o++)
        for (int64_t j = 0; j < n3; j++)
            for (int64_t i = 0; i < n_in; i++) {
                double sum = 0;
                for (int64_t k = 0; k < n4; k++)
                    if (NAME(all_share)(call, k, j))
                        sum += (double)v[(i * n4 + k) * n_out + o];
                w[(o * n3 + j) * n_in + i] = (REAL)sum;
            }
}
