/* Mean and scatter matrix in one pass: each piece around its own mean, then merged [Chan1983, "Algorithms for
 * computing the sample variance: analysis and recommendations", equation 2.1], which loses no digits to a
 * large common offset. */
#include "willis/metrics.h"

#include <math.h>
#include <string.h>

#include "willis/num.h"

#define PIECE 1024 /* rows that are multiplied at once; fixed, as it decides the bits */

wil_status wil_moments_make(wil_moments *out, int d)
{
    *out = (wil_moments){0};
    WIL_REQUIRE(d >= 1, WIL_ERR_ARG, "samples need one feature at least, got %d", d);
    WIL_OWN(wil_moments) made = {.d = d};
    WIL_TRY(wil_alloc_f64(&made.mean, (size_t)d));
    WIL_TRY(wil_alloc_f64(&made.scatter, (size_t)d * (size_t)d));
    return wil_give_value(out, &made);
}

void wil_moments_clear(wil_moments *moments)
{
    wil_free(moments->mean);
    wil_free(moments->scatter);
    memset(moments, 0, sizeof *moments);
}

/* Adds (delta delta^T) factor and moves the mean by delta share. */
static void shift(wil_moments *moments, const double *delta, double factor, double share)
{
    const int d = moments->d;
#pragma omp parallel for schedule(static) if (d > 256)
    for (int i = 0; i < d; i++) {
        double *row = moments->scatter + (size_t)i * (size_t)d;
        const double scaled = factor * delta[i];
        for (int j = i; j < d; j++)
            row[j] += scaled * delta[j];
    }
    for (int j = 0; j < d; j++)
        moments->mean[j] += share * delta[j];
}

static void column_means(double *mean, const double *rows, size_t n, int d)
{
    for (int j = 0; j < d; j++)
        mean[j] = 0;
    for (size_t i = 0; i < n; i++)
        for (int j = 0; j < d; j++)
            mean[j] += rows[i * (size_t)d + (size_t)j];
    for (int j = 0; j < d; j++)
        mean[j] /= (double)n;
}

/* work: [(PIECE + 1) * d] */
static wil_status add_piece(wil_moments *moments, const double *rows, size_t n, double *work)
{
    const size_t d = (size_t)moments->d;
    double *mean = work + PIECE * d;
    WIL_TRY(wil_num_load_blas());
    column_means(mean, rows, n, moments->d);
    for (size_t j = 0; j < d; j++)
        WIL_REQUIRE(isfinite(mean[j]), WIL_ERR_INPUT, "feature %zu holds NaN or infinity", j);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < d; j++)
            work[i * d + j] = rows[i * d + j] - mean[j];
    wil_num_scatter_add(moments->scatter, work, n, moments->d);
    for (size_t j = 0; j < d; j++)
        mean[j] -= moments->mean[j];
    const double before = (double)moments->n, total = before + (double)n;
    shift(moments, mean, before * (double)n / total, (double)n / total);
    moments->n += (int64_t)n;
    return WIL_OK;
}

wil_status wil_moments_add(wil_moments *moments, const double *rows, size_t n)
{
    WIL_OWN(double) *work = NULL;
    WIL_TRY(wil_alloc_f64(&work, (PIECE + 1) * (size_t)moments->d));
    for (size_t begin = 0; begin < n; begin += PIECE) {
        const size_t n_rows = PIECE < n - begin ? PIECE : n - begin;
        WIL_TRY(add_piece(moments, rows + begin * (size_t)moments->d, n_rows, work));
    }
    return WIL_OK;
}

void wil_moments_merge(wil_moments *moments, const wil_moments *other)
{
    const size_t d = (size_t)moments->d;
    if (other->n == 0)
        return;
    const double a = (double)moments->n, b = (double)other->n;
    for (size_t i = 0; i < d; i++)
        for (size_t j = i; j < d; j++) {
            const double product = (other->mean[i] - moments->mean[i]) * (other->mean[j] - moments->mean[j]);
            moments->scatter[i * d + j] += other->scatter[i * d + j] + a * b / (a + b) * product;
        }
    for (size_t j = 0; j < d; j++)
        moments->mean[j] += b / (a + b) * (other->mean[j] - moments->mean[j]);
    moments->n += other->n;
}

void wil_moments_covariance(double *covariance_out, const wil_moments *moments)
{
    const size_t d = (size_t)moments->d;
    for (size_t i = 0; i < d; i++)
        for (size_t j = i; j < d; j++)
            covariance_out[i * d + j] = moments->scatter[i * d + j] / (double)(moments->n - 1);
    wil_num_mirror(covariance_out, moments->d);
}
