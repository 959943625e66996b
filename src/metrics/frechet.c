/* Frechet distance of Gaussians [Dowson1982, "The Frechet distance between multivariate normal
 * distributions"]. With S = F^T F and C = G^T G, the eigenvalues of S C are those of (F G^T)(F G^T)^T, so the
 * trace of (S C)^1/2 is the sum of singular values of F G^T. Taking roots of eigenvalues of a product instead
 * would turn a rounding of 1e-16 into 1e-8 for every direction without variance. */
#include "willis/metrics.h"

#include <math.h>
#include <string.h>

#include "willis/num.h"

/* Overwrites a covariance [d,d] by a factor: rows sqrt(eigenvalue) * eigenvector. Eigenvalues below 0 are
 * rounding of 0. */
static wil_status factor(double *matrix, int d)
{
    WIL_OWN(double) *values = NULL;
    WIL_TRY(wil_alloc_f64(&values, (size_t)d));
    WIL_TRY(wil_num_eigen_symmetric(values, matrix, d));
    for (int i = 0; i < d; i++) {
        const double root = values[i] > 0 ? sqrt(values[i]) : 0;
        for (int j = 0; j < d; j++)
            matrix[(size_t)i * (size_t)d + (size_t)j] *= root;
    }
    return WIL_OK;
}

/* The two factorisations, one a thread. Messages are per thread, so the second is told here. */
static wil_status factor_both(double *a, double *b, int d)
{
    double *const matrices[2] = {a, b};
    wil_status outcome[2];
#pragma omp parallel for schedule(static, 1)
    for (int i = 0; i < 2; i++)
        outcome[i] = factor(matrices[i], d);
    for (int i = 0; i < 2; i++)
        WIL_REQUIRE(outcome[i] == WIL_OK, outcome[i],
            "the covariance of %d features cannot be decomposed: NaN or out of memory", d);
    return WIL_OK;
}

/* tr (S C)^1/2; both covariances are destroyed. */
static wil_status trace_of_root(double *out, double *a, double *b, int d)
{
    WIL_OWN(double) *product = NULL, *singular = NULL;
    WIL_TRY(factor_both(a, b, d));
    WIL_TRY(wil_alloc_f64(&product, (size_t)d * (size_t)d));
    WIL_TRY(wil_alloc_f64(&singular, (size_t)d));
    wil_num_multiply_transposed(product, a, (size_t)d, b, (size_t)d, d);
    WIL_TRY(wil_num_singular_values(singular, product, d));
    *out = 0;
    for (int i = d - 1; i >= 0; i--) /* the small ones first */
        *out += singular[i];
    return WIL_OK;
}

/* covariances are destroyed */
static wil_status distance(
    wil_frechet *out, const double *mean_a, double *a, const double *mean_b, double *b, int d)
{
    double means = 0, trace = 0, root = 0;
    for (size_t j = 0; j < (size_t)d; j++) {
        means += (mean_a[j] - mean_b[j]) * (mean_a[j] - mean_b[j]);
        trace += a[j * (size_t)d + j] + b[j * (size_t)d + j];
    }
    WIL_TRY(trace_of_root(&root, a, b, d));
    out->mean = means;
    out->covariance = trace - 2 * root > 0 ? trace - 2 * root : 0; /* below 0 only by rounding */
    out->distance = out->mean + out->covariance;
    return WIL_OK;
}

wil_status wil_frechet_gaussians(wil_frechet *out, const double *mean_a, const double *covariance_a,
    const double *mean_b, const double *covariance_b, int d)
{
    const size_t n = (size_t)d * (size_t)d;
    WIL_OWN(double) *a = NULL, *b = NULL;
    WIL_REQUIRE(d >= 1, WIL_ERR_ARG, "a Gaussian needs one dimension at least, got %d", d);
    WIL_TRY(wil_alloc_f64(&a, n));
    WIL_TRY(wil_alloc_f64(&b, n));
    memcpy(a, covariance_a, n * sizeof *a);
    memcpy(b, covariance_b, n * sizeof *b);
    return distance(out, mean_a, a, mean_b, b, d);
}

static wil_status check_count(const wil_moments *moments)
{
    WIL_REQUIRE(moments->n > moments->d, WIL_ERR_INPUT,
        "%lld samples of %d features: the Frechet distance needs more samples than features, else its "
        "covariance is singular; give more samples, or take the kernel distance (KID), which needs no "
        "covariance",
        (long long)moments->n, moments->d);
    return WIL_OK;
}

wil_status wil_frechet_distance(wil_frechet *out, const wil_moments *a, const wil_moments *b)
{
    WIL_OWN(double) *covariance_a = NULL, *covariance_b = NULL;
    WIL_REQUIRE(a->d == b->d, WIL_ERR_INPUT,
        "one set has %d features, the other %d; both need the same features", a->d, b->d);
    WIL_TRY(check_count(a));
    WIL_TRY(check_count(b));
    const size_t n = (size_t)a->d * (size_t)a->d;
    WIL_TRY(wil_alloc_f64(&covariance_a, n));
    WIL_TRY(wil_alloc_f64(&covariance_b, n));
    wil_moments_covariance(covariance_a, a);
    wil_moments_covariance(covariance_b, b);
    return distance(out, a->mean, covariance_a, b->mean, covariance_b, a->d);
}
