#include "dnnl_common.h"

wil_status wil_dnnl_matmul(const float *a, const float *b, float *out, int64_t m, int64_t n, int64_t k,
    bool transpose_a, bool transpose_b)
{
    const int64_t row_a = transpose_a ? m : k;
    const int64_t row_b = transpose_b ? k : n;
    return dnnl_check(dnnl_sgemm(transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', m, n, k, 1.0f, a, row_a, b,
                          row_b, 0.0f, out, n),
        "matrix product");
}
