#include "test.h"

#include <omp.h>

#include "distribution_fixture.h"

/* ---- moments ------------------------------------------------------------------------------------------- */

TEST(moments_do_not_depend_on_the_pieces)
{
    enum { N = 3000, D = 5 };
    WIL_OWN(float) *x = normal_samples(N, D, 1, 2, 1000);
    WIL_OWN(double) *rows = NULL;
    WIL_OWN(wil_moments) whole = moments_of(x, N, D);
    WIL_OWN(wil_moments) parts = {0}, rest = {0};
    OK(wil_alloc_f64(&rows, N * D));
    for (int i = 0; i < N * D; i++)
        rows[i] = (double)x[i];
    OK(wil_moments_make(&parts, D));
    OK(wil_moments_make(&rest, D));
    OK(wil_moments_add(&parts, rows, 7));
    OK(wil_moments_add(&rest, rows + 7 * D, 1500));
    OK(wil_moments_add(&rest, rows + 1507 * D, N - 1507));
    wil_moments_merge(&parts, &rest);
    assert_int_equal(parts.n, N);
    for (int i = 0; i < D; i++) {
        NEAR(parts.mean[i], whole.mean[i], 1e-11); /* a few roundings of 1000 */
        for (int j = i; j < D; j++)
            NEAR(parts.scatter[i * D + j], whole.scatter[i * D + j], 1e-8); /* of about 12000 */
    }
}

TEST(a_large_offset_costs_no_digits)
{
    enum { N = 2500 };
    double rows[2 * N];
    double covariance[4];
    WIL_OWN(wil_moments) m = {0};
    for (int i = 0; i < N; i++) { /* variances 1 and 4, correlation 1, in steps that are exact beside 1e9 */
        rows[2 * i] = 1e9 + (i % 2 ? 1 : -1);
        rows[2 * i + 1] = -1e9 + (i % 2 ? 2 : -2);
    }
    OK(wil_moments_make(&m, 2));
    OK(wil_moments_add(&m, rows, N));
    wil_moments_covariance(covariance, &m);
    const double n = (double)N / (N - 1);
    /* the means of pieces are off by 1e-7, which enters squared */
    NEAR(covariance[0], n, 1e-10);
    NEAR(covariance[1], 2 * n, 1e-10);
    NEAR(covariance[2], 2 * n, 1e-10);
    NEAR(covariance[3], 4 * n, 1e-10);
}

/* ---- closed forms ------------------------------------------------------------------------------------- */

/* Identity covariances, means 0 and 1: the distance is the number of dimensions. */
TEST(shifted_identities_are_as_far_apart_as_their_dimensions)
{
    enum { D = 64 };
    static double zero[D], one[D], identity[D * D];
    wil_frechet f;
    for (int i = 0; i < D; i++) {
        one[i] = 1;
        identity[i * D + i] = 1;
    }
    OK(wil_frechet_gaussians(&f, zero, identity, one, identity, D));
    NEAR(f.distance, D, 1e-11); /* 64 roots of 1, each to some 1e-16 */
    NEAR(f.mean, D, 0);
}

/* Of commuting covariances the distance is that of each eigenvalue: sum (sqrt a - sqrt b)^2. */
TEST(commuting_covariances_are_compared_root_by_root)
{
    enum { D = 9 };
    double mean[D] = {0}, a[D * D] = {0}, b[D * D] = {0}, q[D][D];
    double expected = 0;
    wil_frechet f;
    for (int i = 0; i < D; i++) /* a reflection: orthonormal and full */
        for (int j = 0; j < D; j++)
            q[i][j] = (i == j) - 2.0 / D;
    for (int k = 0; k < D; k++) {
        const double va = k == 0 ? 0 : pow(10, k - 5);
        const double vb = (k + 1) * (k + 1);
        expected += (sqrt(va) - sqrt(vb)) * (sqrt(va) - sqrt(vb));
        for (int i = 0; i < D; i++)
            for (int j = 0; j < D; j++) {
                a[i * D + j] += va * q[k][i] * q[k][j];
                b[i * D + j] += vb * q[k][i] * q[k][j];
            }
    }
    OK(wil_frechet_gaussians(&f, mean, a, mean, b, D));
    /* an eigenvalue of 0 beside 1000 is off by 1e-13, its root by 3e-7, times the 1 beside it */
    NEAR(f.distance, expected, 1e-6);
    NEAR(f.mean, 0, 0);
}

/* tr (A B)^1/2 = sqrt(tr A B + 2 sqrt(det A det B)) in two dimensions, whether A and B commute or not. */
TEST(two_dimensions_have_a_closed_form)
{
    for (uint64_t t = 0; t < 50; t++) {
        const wil_rng rng = wil_rng_at(t, WIL_RNG_TEST, 3);
        double l[8], mean[2] = {0, 0}, shift[2] = {3, -4};
        for (uint64_t i = 0; i < 8; i++)
            l[i] = wil_rng_normal(rng, i);
        double a[4] = {l[0] * l[0] + l[1] * l[1], l[0] * l[2] + l[1] * l[3], 0, l[2] * l[2] + l[3] * l[3]};
        double b[4] = {l[4] * l[4] + l[5] * l[5], l[4] * l[6] + l[5] * l[7], 0, l[6] * l[6] + l[7] * l[7]};
        a[2] = a[1];
        b[2] = b[1];
        const double product = a[0] * b[0] + 2 * a[1] * b[1] + a[3] * b[3];
        const double determinants = fabs(l[0] * l[3] - l[1] * l[2]) * fabs(l[4] * l[7] - l[5] * l[6]);
        const double expected = a[0] + a[3] + b[0] + b[3] - 2 * sqrt(product + 2 * determinants);
        wil_frechet f;
        OK(wil_frechet_gaussians(&f, mean, a, shift, b, 2));
        NEAR(f.mean, 25, 1e-14);
        NEAR(f.covariance, expected, 1e-7); /* a near singular factor: a root of 1e-15 */
    }
}

TEST(samples_give_what_scipy_gives)
{
    WIL_OWN(float) *x = hashed_samples(90, 6, 1, 0);
    WIL_OWN(float) *y = hashed_samples(70, 6, 2, 0.125);
    WIL_OWN(wil_moments) a = moments_of(x, 90, 6);
    WIL_OWN(wil_moments) b = moments_of(y, 70, 6);
    wil_frechet f, back;
    OK(wil_frechet_distance(&f, &a, &b));
    OK(wil_frechet_distance(&back, &b, &a));
    NEAR(f.mean, distribution_vector("frechet_mean"), 1e-15);
    NEAR(f.covariance, distribution_vector("frechet_covariance"), 1e-13); /* traces of about 1 */
    NEAR(back.distance, f.distance, 1e-14);
}

/* Features without variance and features that repeat others leave the covariance singular. */
TEST(a_set_is_at_distance_0_from_itself_even_where_its_covariance_is_singular)
{
    enum { N = 200, D = 12 };
    WIL_OWN(float) *x = normal_samples(N, D, 4, 10, 3);
    wil_frechet f;
    for (int i = 0; i < N; i++)
        for (int j = D / 2; j < D; j++)
            x[i * D + j] = j % 2 ? x[i * D] : 7;
    WIL_OWN(wil_moments) m = moments_of(x, N, D);
    OK(wil_frechet_distance(&f, &m, &m));
    assert_true(f.mean == 0);
    NEAR(f.distance, 0,
        1e-10); /* of a trace of about 1000: eigenvalues of 0 give roots of rounding, not 1e-8 */
}

TEST(the_distance_grows_with_the_square_of_the_scale)
{
    WIL_OWN(float) *x = hashed_samples(90, 6, 1, 0);
    WIL_OWN(float) *y = hashed_samples(70, 6, 2, 0.125);
    wil_frechet f, scaled;
    WIL_OWN(wil_moments) a = moments_of(x, 90, 6), b = moments_of(y, 70, 6);
    OK(wil_frechet_distance(&f, &a, &b));
    wil_moments_clear(&a);
    wil_moments_clear(&b);
    for (int i = 0; i < 90 * 6; i++)
        x[i] *= 4;
    for (int i = 0; i < 70 * 6; i++)
        y[i] *= 4;
    a = moments_of(x, 90, 6);
    b = moments_of(y, 70, 6);
    OK(wil_frechet_distance(&scaled, &a, &b));
    NEAR(scaled.distance, 16 * f.distance, 1e-12);
}

/* Samples of Gaussians of sd 1 and 2, means 0 and 1/2, in 8 dimensions: 8 (1/4 + 1) = 10. */
TEST(samples_of_gaussians_come_near_the_closed_form)
{
    enum { N = 20000, D = 8 };
    WIL_OWN(float) *x = normal_samples(N, D, 5, 1, 0);
    WIL_OWN(float) *y = normal_samples(N, D, 6, 2, 0.5);
    WIL_OWN(wil_moments) a = moments_of(x, N, D), b = moments_of(y, N, D);
    wil_frechet f;
    OK(wil_frechet_distance(&f, &a, &b));
    /* sd of a mean 2 / sqrt(20000) = 0.016 and of an sd 0.011, eight of each: 0.05 and 0.06; 4 sd of both */
    NEAR(f.distance, 10, 0.32);
}

TEST(bits_are_the_same_for_any_number_of_threads)
{
    enum { N = 700, D = 600 }; /* three tiles */
    WIL_OWN(float) *x = normal_samples(N, D, 7, 1, 0);
    WIL_OWN(float) *y = normal_samples(N, D, 8, 1.5, 0);
    wil_frechet f[2];
    const int before = omp_get_max_threads();
    for (int t = 0; t < 2; t++) {
        omp_set_num_threads(t == 0 ? 1 : 3);
        WIL_OWN(wil_moments) a = moments_of(x, N, D), b = moments_of(y, N, D);
        OK(wil_frechet_distance(&f[t], &a, &b));
    }
    omp_set_num_threads(before);
    assert_memory_equal(&f[0], &f[1], sizeof f[0]);
}

/* ---- refusals ----------------------------------------------------------------------------------------- */

TEST(what_has_no_covariance_is_refused)
{
    WIL_OWN(float) *x = normal_samples(40, 6, 9, 1, 0);
    wil_moments few = moments_of(x, 6, 6), enough = moments_of(x, 40, 6), narrow = moments_of(x, 40, 5);
    WIL_OWN(wil_moments) one = {0};
    wil_frechet f;
    double bad[6] = {0, 1, NAN, 2, 3, 4};
    double covariance[4] = {1, NAN, NAN, 1};
    REFUSED(WIL_ERR_INPUT, wil_frechet_distance(&f, &few, &enough), "6 samples of 6 features",
        "more samples than features", "kernel distance (KID)");
    REFUSED(WIL_ERR_INPUT, wil_frechet_distance(&f, &enough, &few), "6 samples of 6 features");
    REFUSED(WIL_ERR_INPUT, wil_frechet_distance(&f, &enough, &narrow), "6 features, the other 5");
    OK(wil_moments_make(&one, 6));
    REFUSED(WIL_ERR_INPUT, wil_moments_add(&one, bad, 1), "feature 2 holds NaN or infinity");
    REFUSED(WIL_ERR_NUMERIC, wil_frechet_gaussians(&f, bad, covariance, bad, covariance, 2), "NaN");
    wil_moments_clear(&narrow);
    REFUSED(WIL_ERR_ARG, wil_moments_make(&narrow, 0), "one feature at least");
    wil_moments_clear(&few);
    wil_moments_clear(&enough);
}
