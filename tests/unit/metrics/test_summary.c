#include "test.h"

#include <omp.h>

#include "metrics_fixture.h"

/* ---- summaries ----------------------------------------------------------------------------------------- */

TEST(a_summary_has_mean_sd_and_median_of_worked_numbers)
{
    const double values[] = {2, 4, 4, 4, 5, 5, 7, 9};
    wil_summary s;
    OK(wil_metrics_summary(&s, values, NULL, 8, 1));
    NEAR(s.mean, 5, 1e-15);
    NEAR(s.sd, sqrt(32.0 / 7), 1e-15);
    assert_true(s.median == 4.5 && s.n == 8 && s.n_failed == 0 && s.n_undefined == 0);
    assert_true(s.low < 5 && s.high > 5 && s.low >= 2 && s.high <= 9);
}

/* For a large sample the percentile interval is the normal one, mean +- 1.96 sd / sqrt(n). */
TEST(the_interval_is_that_of_the_normal_distribution_for_many_cases)
{
    const int n = 400;
    double values[400];
    wil_summary s;
    for (int i = 0; i < n; i++)
        values[i] = wil_rng_normal(wil_rng_at(5, WIL_RNG_TEST, 0), (uint64_t)i);
    OK(wil_metrics_summary(&s, values, NULL, n, 3));
    const double half = 1.959964 * s.sd * sqrt((n - 1.0) / n) / sqrt(n);
    /* an end of 10000 means scatters by sqrt(0.025 * 0.975 / 10000) / 0.0584 = 0.027 of their sd, which is
     * 0.05; five of that, and the skewness of 400 normal values is within as much */
    NEAR(s.low, s.mean - half, 5 * 0.027 * 0.05);
    NEAR(s.high, s.mean + half, 5 * 0.027 * 0.05);
    wil_summary again, other;
    OK(wil_metrics_summary(&again, values, NULL, n, 3));
    OK(wil_metrics_summary(&other, values, NULL, n, 4));
    assert_true(again.low == s.low && again.high == s.high && other.low != s.low);
}

TEST(the_interval_does_not_depend_on_the_number_of_threads)
{
    const double values[] = {0.7, 0.81, 0.75, 0.9, 0.66};
    wil_summary one, many;
    const int before = omp_get_max_threads();
    omp_set_num_threads(1);
    OK(wil_metrics_summary(&one, values, NULL, 5, 9));
    omp_set_num_threads(3);
    OK(wil_metrics_summary(&many, values, NULL, 5, 9));
    omp_set_num_threads(before);
    assert_memory_equal(&one, &many, sizeof one);
}

TEST(failures_are_counted_and_worst_in_the_median)
{
    const double distances[] = {1, INFINITY, 3, NAN, INFINITY};
    const double dice[] = {0.9, 0, 0.7, 1, 0};
    const uint8_t failed[] = {0, 1, 0, 0, 1};
    wil_summary s;
    OK(wil_metrics_summary(&s, distances, failed, 5, 1));
    assert_true(s.mean == 2 && s.n == 2 && s.n_failed == 2 && s.n_undefined == 1);
    assert_true(isinf(s.median)); /* of 1 3 inf inf */
    OK(wil_metrics_summary(&s, distances, NULL, 3, 1));
    assert_true(s.median == 3 && s.n_failed == 1);
    OK(wil_metrics_summary(&s, dice, failed, 5, 1)); /* a failed Dice is a number and counts in the mean */
    NEAR(s.mean, 2.6 / 5, 1e-15);
    assert_true(s.n == 5 && s.n_failed == 2 && s.median == 0.7);
}

TEST(few_cases_have_what_there_is)
{
    const double one[] = {0.5};
    const double none[] = {NAN};
    wil_summary s;
    OK(wil_metrics_summary(&s, one, NULL, 1, 1));
    assert_true(s.mean == 0.5 && s.median == 0.5 && isnan(s.sd) && isnan(s.low) && isnan(s.high));
    OK(wil_metrics_summary(&s, none, NULL, 1, 1));
    assert_true(isnan(s.mean) && isnan(s.median) && s.n == 0 && s.n_undefined == 1);
    const double same[] = {0.3, 0.3, 0.3};
    OK(wil_metrics_summary(&s, same, NULL, 3, 1));
    assert_true(s.mean == 0.3 && s.sd == 0 && s.low == 0.3 && s.high == 0.3);
}

/* ---- Wilcoxon ------------------------------------------------------------------------------------------ */

TEST(exact_p_values_are_those_of_scipy_and_of_counting_all_signs)
{
    double a[60], b[60];
    wil_paired w;
    for (uint64_t i = 0; i < 12; i++) {
        a[i] = hashed(i, 7) + (double)i / 64;
        b[i] = hashed(i, 8) + 30;
    }
    OK(wil_metrics_paired(&w, a, b, 12));
    assert_true(w.exact && w.n == 12 && w.n_equal == 0);
    NEAR(w.p, vector("wilcoxon_12"), 1e-14); /* sums of multiples of 2^-12 are exact; SciPy divides */
    assert_true(fmin(w.rank_sum_up, w.rank_sum_down) == vector("wilcoxon_12_w"));
    assert_true(w.rank_sum_up + w.rank_sum_down == 78);
    NEAR(w.rank_biserial, (w.rank_sum_up - w.rank_sum_down) / 78, 1e-15);
    for (uint64_t i = 0; i < 14; i++) {
        a[i] = hashed(i, 9) / 32; /* whole numbers: ties and equal pairs */
        b[i] = hashed(i, 10) / 40;
    }
    OK(wil_metrics_paired(&w, a, b, 14));
    assert_true(w.exact && w.n == 14);
    NEAR(w.p, vector("wilcoxon_14_ties"), 1e-14);
}

TEST(many_pairs_have_the_normal_p_of_scipy)
{
    double a[60], b[60];
    wil_paired w;
    for (uint64_t i = 0; i < 60; i++) {
        a[i] = hashed(i, 11) / 16;
        b[i] = hashed(i, 12) / 16 + 2;
    }
    OK(wil_metrics_paired(&w, a, b, 60));
    assert_false(w.exact);
    NEAR(w.p, vector("wilcoxon_60"), 1e-12); /* erfc of two libraries */
}

/* All of n differences of one sign: 2 of 2^n ways are as extreme. */
TEST(a_run_that_is_always_better_has_p_2_to_the_1_minus_n)
{
    const double a[] = {1, 2, 3, 4, 5, 6};
    const double b[] = {1.1, 2.2, 3.3, 4.4, 5.5, 6.6};
    wil_paired w;
    OK(wil_metrics_paired(&w, a, b, 6));
    assert_true(w.p == 1.0 / 32 && w.rank_biserial == 1 && w.rank_sum_down == 0);
    NEAR(w.mean_difference, 0.35, 1e-15);
    NEAR(w.median_difference, 0.35, 1e-15);
    OK(wil_metrics_paired(&w, b, a, 6));
    assert_true(w.p == 1.0 / 32 && w.rank_biserial == -1);
}

TEST(failures_rank_as_the_largest_differences_and_two_of_them_are_equal)
{
    const double a[] = {1, 2, INFINITY, INFINITY, NAN};
    const double b[] = {1.5, INFINITY, 2, INFINITY, 3};
    wil_paired w;
    OK(wil_metrics_paired(&w, a, b, 5));
    assert_true(w.n == 4 && w.n_equal == 1 && w.n_undefined == 1);
    assert_true(w.rank_sum_up == 3.5 && w.rank_sum_down == 2.5); /* ranks 1, 2.5 (up), 2.5 (down) */
    assert_true(w.mean_difference == 0.5);
}

TEST(runs_that_do_not_differ_have_p_1)
{
    const double a[] = {1, 2, 3};
    wil_paired w;
    OK(wil_metrics_paired(&w, a, a, 3));
    assert_true(w.p == 1 && w.rank_biserial == 0 && w.n_equal == 3 && w.median_difference == 0);
    OK(wil_metrics_paired(&w, a, a, 0));
    assert_true(w.p == 1 && isnan(w.mean_difference) && isnan(w.median_difference));
}
