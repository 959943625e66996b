/* sSVD [Ostergaard1996, MRM 36:715]: the convolution as a lower triangular matrix, inverted with its small
 * singular values cut. The pseudo-inverse is made once, so that a voxel costs a matrix-vector product. */
#include "deconv.h"

#include <string.h>

/* out [n,n] += column (right) times row (left) over the singular value, of those that are kept. */
static void add_pairs(double *out, const wil_svd *svd, double least)
{
    const size_t n = (size_t)svd->n_columns;
    for (size_t s = 0; s < n; s++) {
        if (svd->values[s] < least || svd->values[s] <= 0)
            continue;
        for (size_t i = 0; i < n; i++) {
            const double scale = svd->right[s * n + i] / svd->values[s];
            for (size_t j = 0; j < n; j++)
                out[i * n + j] += scale * svd->left[s * n + j];
        }
    }
}

static wil_status ssvd_prepare(deconv_plan *plan, const wil_perfusion_config *config)
{
    const size_t n = (size_t)plan->n_time;
    WIL_OWN(double) *matrix = NULL;
    WIL_OWN(wil_svd) svd = {0};
    (void)config;
    WIL_TRY(wil_alloc_f64(&matrix, n * n + n));
    WIL_TRY(wil_alloc_f64(&plan->own, n * n));
    double *weighted = matrix + n * n;
    deconv_volume_weights(weighted, plan->aif, plan->n_time);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            matrix[i * n + j] = plan->dt_s * weighted[i - j];
    WIL_TRY(wil_num_svd(&svd, matrix, plan->n_time, plan->n_time));
    add_pairs(plan->own, &svd, plan->psvd * svd.values[0]);
    return WIL_OK;
}

static void ssvd_solve(
    /* NOLINTNEXTLINE(readability-non-const-parameter): the methods share one interface */
    const deconv_plan *plan, double *k, wil_perfusion_peak *peak, const double *tissue, double *work)
{
    const int n = plan->n_time;
    (void)work;
    for (int i = 0; i < n; i++) {
        const double *row = plan->own + (size_t)i * (size_t)n;
        double sum[4] = {0};
        int j = 0;
        for (; j + 4 <= n; j += 4)
            for (int lane = 0; lane < 4; lane++)
                sum[lane] += row[j + lane] * tissue[j + lane];
        for (; j < n; j++)
            sum[0] += row[j] * tissue[j];
        k[i] = sum[0] + sum[1] + sum[2] + sum[3];
    }
    memset(k + n, 0, (size_t)(plan->length - n) * sizeof *k);
    *peak = deconv_peak(k, n, n, false, plan->dt_s);
    peak->parameter = plan->psvd;
}

const deconv_method deconv_ssvd = {ssvd_prepare, ssvd_solve, NULL, NULL};
