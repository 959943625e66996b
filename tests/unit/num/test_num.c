#include "test.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "willis/num.h"

/* cmocka compares floats only */
#define CLOSE(a, b, tolerance)                                                                               \
    do {                                                                                                     \
        const double a_ = (a), b_ = (b);                                                                     \
        if (!(fabs(a_ - b_) <= (tolerance)))                                                                 \
            fail_msg("%s is %.17g, not %.17g", #a, a_, b_);                                                  \
    } while (0)

/* Rows of a random rotation, from a quaternion of normal numbers. */
static void make_rotation(double q[3][3], uint64_t seed)
{
    double v[4], norm = 0;
    for (uint64_t i = 0; i < 4; i++) {
        v[i] = wil_rng_normal(wil_rng_at(seed, WIL_RNG_TEST, 0), i);
        norm += v[i] * v[i];
    }
    const double s = 2 / norm, w = v[0], x = v[1], y = v[2], z = v[3];
    const double rows[3][3] = {{1 - s * (y * y + z * z), s * (x * y - z * w), s * (x * z + y * w)},
        {s * (x * y + z * w), 1 - s * (x * x + z * z), s * (y * z - x * w)},
        {s * (x * z - y * w), s * (y * z + x * w), 1 - s * (x * x + y * y)}};
    for (int i = 0; i < 9; i++)
        q[i / 3][i % 3] = rows[i / 3][i % 3];
}

/* The symmetric matrix with these eigenvalues and the columns of q as eigenvectors. */
static void compose(double matrix[6], const double q[3][3], const double values[3])
{
    int k = 0;
    for (int i = 0; i < 3; i++) {
        for (int j = i; j < 3; j++) {
            matrix[k] = 0;
            for (int e = 0; e < 3; e++)
                matrix[k] += q[i][e] * values[e] * q[j][e];
            k++;
        }
    }
}

TEST(eigenvalues_of_a_diagonal_matrix_are_its_diagonal)
{
    double out[3];
    wil_num_eigenvalues_sym3(out, (const double[]){5, 0, 0, -1, 0, -3});
    CLOSE(out[0], -1, 8 * DBL_EPSILON * 5);
    CLOSE(out[1], -3, 8 * DBL_EPSILON * 5);
    CLOSE(out[2], 5, 8 * DBL_EPSILON * 5);
}

TEST(eigenvalues_come_by_increasing_magnitude)
{
    for (uint64_t i = 0; i < 1000; i++) {
        double out[3], matrix[6];
        for (uint64_t k = 0; k < 6; k++)
            matrix[k] = wil_rng_normal(wil_rng_at(1, WIL_RNG_TEST, 0), 6 * i + k);
        wil_num_eigenvalues_sym3(out, matrix);
        assert_true(fabs(out[0]) <= fabs(out[1]) && fabs(out[1]) <= fabs(out[2]));
    }
}

TEST(eigenvalues_survive_any_rotation)
{
    const double values[][3] = {{0.5, -2, 7}, {-1, 3, -4}, {0, 1, 2}, {0, -100, -250}};
    for (uint64_t i = 0; i < 400; i++) {
        const double *expected = values[i % 4];
        double q[3][3], out[3], matrix[6];
        make_rotation(q, i);
        compose(matrix, q, expected);
        wil_num_eigenvalues_sym3(out, matrix);
        /* some tens of roundings in the composition and the cubic, each of the size of the largest */
        for (int e = 0; e < 3; e++)
            CLOSE(out[e], expected[e], 50 * DBL_EPSILON * fabs(expected[2]));
    }
}

/* Trace, sum of squares and determinant fix the three eigenvalues. */
TEST(eigenvalues_have_the_invariants_of_the_matrix)
{
    for (uint64_t i = 0; i < 1000; i++) {
        double m[6], e[3];
        for (uint64_t k = 0; k < 6; k++)
            m[k] = wil_rng_normal(wil_rng_at(2, WIL_RNG_TEST, 0), 6 * i + k);
        wil_num_eigenvalues_sym3(e, m);
        const double squares =
            m[0] * m[0] + m[3] * m[3] + m[5] * m[5] + 2 * (m[1] * m[1] + m[2] * m[2] + m[4] * m[4]);
        const double determinant = m[0] * (m[3] * m[5] - m[4] * m[4]) - m[1] * (m[1] * m[5] - m[4] * m[2]) +
                                   m[2] * (m[1] * m[4] - m[3] * m[2]);
        const double size = sqrt(squares);
        /* the closest of 1000 random pairs costs two or three digits of the 16 (angle near 0) */
        CLOSE(e[0] + e[1] + e[2], m[0] + m[3] + m[5], 1e-14 * size);
        CLOSE(e[0] * e[0] + e[1] * e[1] + e[2] * e[2], squares, 1e-13 * squares);
        CLOSE(e[0] * e[1] * e[2], determinant, 1e-12 * size * squares);
    }
}

TEST(coinciding_eigenvalues_keep_half_their_digits)
{
    const double values[][3] = {{2, 2, 5}, {1, -5, -5}, {3, 3, 3}, {0, 0, -4}};
    for (uint64_t i = 0; i < 400; i++) {
        const double *expected = values[i % 4];
        double q[3][3], out[3], matrix[6];
        make_rotation(q, 1000 + i);
        compose(matrix, q, expected);
        wil_num_eigenvalues_sym3(out, matrix);
        /* the arc cosine near 1 takes a rounding of 2e-16 for an angle of sqrt(2 * 2e-16) = 2e-8 */
        for (int e = 0; e < 3; e++)
            CLOSE(out[e], expected[e], 1e-7 * fabs(expected[2]));
    }
}

TEST(a_multiple_of_the_identity_has_it_three_times)
{
    double out[3];
    wil_num_eigenvalues_sym3(out, (const double[]){-4, 0, 0, -4, 0, -4});
    assert_true(out[0] == -4 && out[1] == -4 && out[2] == -4);
    wil_num_eigenvalues_sym3(out, (const double[]){0, 0, 0, 0, 0, 0});
    assert_true(out[0] == 0 && out[1] == 0 && out[2] == 0);
}

/* Powers of two change no digit, so the results must be scaled bit for bit: nothing over- or underflows. */
TEST(eigenvalues_scale_with_the_matrix)
{
    const double matrix[6] = {1.5, -0.3, 0.7, 2.1, 0.2, -3.3};
    double plain[3];
    wil_num_eigenvalues_sym3(plain, matrix);
    for (int power = -400; power <= 400; power += 100) {
        double scaled[6], out[3];
        for (int k = 0; k < 6; k++)
            scaled[k] = ldexp(matrix[k], power);
        wil_num_eigenvalues_sym3(out, scaled);
        for (int e = 0; e < 3; e++)
            assert_true(out[e] == ldexp(plain[e], power));
    }
}

TEST(a_nan_in_the_matrix_is_not_hidden)
{
    for (int k = 0; k < 6; k++) {
        double matrix[6] = {1, 0, 0, 2, 0, 3};
        double out[3];
        matrix[k] = k % 2 == 0 ? (double)NAN : (double)INFINITY;
        wil_num_eigenvalues_sym3(out, matrix);
        assert_true(isnan(out[0]) && isnan(out[1]) && isnan(out[2]));
    }
}

TEST(mean_and_sd_of_a_worked_example)
{
    const double values[] = {2, 4, 4, 4, 5, 5, 7, 9}; /* squares about 5 sum to 32 */
    CLOSE(wil_num_mean(values, 8), 5, 0);
    CLOSE(wil_num_sd(values, 8), sqrt(32.0 / 7.0), 0);
}

TEST(a_large_offset_costs_no_digits)
{
    const double offset = 1e9; /* its squares, 1e18, have no digit below 100 left */
    const double values[] = {offset + 4, offset + 7, offset + 13, offset + 16};
    CLOSE(wil_num_mean(values, 4), offset + 10, 0);
    CLOSE(wil_num_sd(values, 4), sqrt(30), 0);
}

/* The mean of 1 and the next number cannot be written and is rounded to one of them. */
TEST(rounding_of_the_mean_does_not_widen_the_spread)
{
    const double values[] = {1, 1 + DBL_EPSILON};
    CLOSE(wil_num_sd(values, 2), DBL_EPSILON / sqrt(2), 1e-15 * DBL_EPSILON);
}

TEST(equal_values_have_themselves_as_mean_and_no_spread)
{
    double values[1000];
    for (int i = 0; i < 1000; i++)
        values[i] = 0.1; /* not a binary fraction: a plain sum is off in the last places */
    assert_true(wil_num_mean(values, 1000) == 0.1);
    assert_true(wil_num_sd(values, 1000) == 0);
}

TEST(few_values_have_a_defined_mean_and_sd)
{
    const double value = 3.5;
    assert_true(isnan(wil_num_mean(NULL, 0)));
    assert_true(wil_num_sd(NULL, 0) == 0);
    assert_true(wil_num_mean(&value, 1) == 3.5);
    assert_true(wil_num_sd(&value, 1) == 0);
}

TEST(a_nan_among_values_is_not_hidden)
{
    const double values[] = {1, NAN, 3};
    assert_true(isnan(wil_num_mean(values, 3)));
    assert_true(isnan(wil_num_sd(values, 3)));
}

TEST(the_median_is_the_middle_of_sorted_values)
{
    double odd[5] = {3, -1, 7, 2, 100};
    double even[4] = {4, INFINITY, -2, 6};
    double infinite[2] = {INFINITY, INFINITY};
    assert_true(wil_num_median_in_place(odd, 5) == 3);
    assert_true(odd[0] == -1 && odd[4] == 100); /* sorted */
    assert_true(wil_num_median_in_place(even, 4) == 5);
    assert_true(isinf(wil_num_median_in_place(infinite, 2)));
    assert_true(isnan(wil_num_median_in_place(odd, 0)));
}
