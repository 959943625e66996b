/* Singular values and the incomplete gamma function against mathematics and scipy. */
#include "test.h"

#include <math.h>

#include "outcome.h"
#include "willis/num.h"

#define M 7
#define N 5

static void fill(double *matrix, int n, uint64_t seed)
{
    const wil_rng rng = wil_rng_at(seed, WIL_RNG_TEST, 0);
    for (int i = 0; i < n; i++)
        matrix[i] = wil_rng_normal(rng, (uint64_t)i);
}

TEST(the_parts_give_back_the_matrix)
{
    double a[M * N];
    WIL_OWN(wil_svd) svd = {0};
    fill(a, M * N, 1);
    OK(wil_num_svd(&svd, a, M, N));
    for (int i = 0; i < M; i++)
        for (int j = 0; j < N; j++) {
            double sum = 0;
            for (int s = 0; s < N; s++)
                sum += svd.values[s] * svd.left[s * M + i] * svd.right[s * N + j];
            assert_float_equal(sum, a[i * N + j], 1e-13); /* rounding of N products of order 1 */
        }
    for (int s = 1; s < N; s++)
        assert_true(svd.values[s] <= svd.values[s - 1]);
}

TEST(singular_vectors_are_orthonormal)
{
    double a[M * N];
    WIL_OWN(wil_svd) svd = {0};
    fill(a, M * N, 2);
    OK(wil_num_svd(&svd, a, M, N));
    for (int p = 0; p < N; p++)
        for (int q = 0; q < N; q++) {
            double left = 0, right = 0;
            for (int i = 0; i < M; i++)
                left += svd.left[p * M + i] * svd.left[q * M + i];
            for (int i = 0; i < N; i++)
                right += svd.right[p * N + i] * svd.right[q * N + i];
            assert_float_equal(left, p == q, 1e-13);
            assert_float_equal(right, p == q, 1e-13);
        }
}

/* The Hilbert matrix of order 5, from numpy 1.24: numpy.linalg.svd(scipy.linalg.hilbert(5)). */
TEST(small_values_keep_their_digits)
{
    const double expected[] = {1.5670506910982314, 0.20853421861101337, 0.011407491623419799,
        0.0003058980401511861, 3.2879287721716932e-06};
    double a[25];
    WIL_OWN(wil_svd) svd = {0};
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 5; j++)
            a[i * 5 + j] = 1.0 / (i + j + 1);
    OK(wil_num_svd(&svd, a, 5, 5));
    for (int s = 0; s < 5; s++)
        assert_float_equal(
            svd.values[s] / expected[s], 1, 1e-9); /* numpy's own error for the least: 1e-16 / 3e-6 */
}

TEST(a_matrix_without_full_rank_has_zeros)
{
    const double a[] = {1, 2, 2, 4, 3, 6};
    WIL_OWN(wil_svd) svd = {0};
    OK(wil_num_svd(&svd, a, 3, 2));
    assert_float_equal(svd.values[0], sqrt(70), 1e-13); /* Frobenius norm */
    assert_float_equal(svd.values[1], 0, 1e-13);
}

TEST(impossible_matrices_are_refused)
{
    double a[6] = {1, 2, 3, 4, 5, 6};
    wil_svd svd;
    REFUSED(WIL_ERR_ARG, wil_num_svd(&svd, a, 2, 3), "2 x 3", "as many rows as columns");
    a[3] = NAN;
    REFUSED(WIL_ERR_NUMERIC, wil_num_svd(&svd, a, 3, 2), "row 1, column 1");
    assert_null(svd.values);
}

TEST(gamma_q_agrees_with_closed_forms)
{
    for (double x = 0.1; x < 30; x *= 1.7) {
        /* absolute: a few roundings of numbers up to 1 */
        assert_float_equal(wil_num_gamma_q(1, x), exp(-x), 1e-14);
        assert_float_equal(wil_num_gamma_q(0.5, x), erfc(sqrt(x)), 1e-14);
        assert_float_equal(wil_num_gamma_q(3, x), exp(-x) * (1 + x + x * x / 2), 1e-14);
    }
    assert_true(wil_num_gamma_q(2, 0) == 1.0 && wil_num_gamma_q(2, INFINITY) == 0.0);
    assert_true(
        isnan(wil_num_gamma_q(0, 1)) && isnan(wil_num_gamma_q(1, -1)) && isnan(wil_num_gamma_q(NAN, 1)));
}

/* scipy.special.gammaincc, scipy 1.10. */
TEST(gamma_q_agrees_with_scipy)
{
    static const double cases[][3] = {{0.05, 0.3, 0.04561887812565424}, {0.37, 2.2, 0.023010042642631224},
        {2.5, 1.1, 0.8208359692144962}, {2.5, 9.0, 0.0029464045878802923}, {7.3, 7.3, 0.45075580875144555},
        {20.0, 31.0, 0.01441210031344791}, {55.0, 40.0, 0.9859776996476369}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_float_equal(wil_num_gamma_q(cases[i][0], cases[i][1]) / cases[i][2], 1, 1e-12);
}
