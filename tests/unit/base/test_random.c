#include <omp.h>

#include "base_fixture.h"

#define N 1000000

/* kat_vectors of Random123 1.14 (D. E. Shaw Research), lines "philox4x32 10": counter, key, result. */
static void the_generator_gives_the_published_known_answers(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], result[4];
    } known[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff},
            {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0},
            {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (int k = 0; k < 3; k++) {
        const wil_rng rng = {.seed = (uint64_t)known[k].key[1] << 32 | known[k].key[0],
            .step = known[k].counter[2],
            .purpose = known[k].counter[3]};
        uint32_t block[4];
        wil_rng_block(rng, (uint64_t)known[k].counter[1] << 32 | known[k].counter[0], block);
        assert_memory_equal(block, known[k].result, sizeof block);
    }
}

static wil_rng test_rng(void)
{
    return wil_rng_at(2024, WIL_RNG_TEST, 3);
}

/* Tolerances below: five standard deviations of the statistic, which chance exceeds once in two million. */

static void uniform_numbers_have_the_moments_and_the_range_of_the_unit_interval(void **state)
{
    (void)state;
    double sum = 0, squares = 0;
    for (uint64_t i = 0; i < N; i++) {
        const double u = wil_rng_uniform(test_rng(), i);
        assert_true(u >= 0 && u < 1);
        sum += u;
        squares += (u - 0.5) * (u - 0.5);
    }
    assert_true(fabs(sum / N - 0.5) < 5 * sqrt(1.0 / 12 / N));
    assert_true(
        fabs(squares / N - 1.0 / 12) < 5 * sqrt(1.0 / 180 / N)); /* var of (u - 1/2)^2: 1/80 - 1/144 */
}

static double chi_square(const int *counts, int n_bins)
{
    double sum = 0;
    for (int b = 0; b < n_bins; b++)
        sum += pow(counts[b] - (double)N / n_bins, 2) / ((double)N / n_bins);
    return sum;
}

static void uniform_numbers_fill_bins_evenly(void **state)
{
    (void)state;
    int counts[64] = {0};
    for (uint64_t i = 0; i < N; i++)
        counts[(int)(64 * wil_rng_uniform(test_rng(), i))]++;
    const double chi2 = chi_square(counts, 64); /* mean 63, variance 126 */
    assert_true(chi2 > 63 - 5 * sqrt(126) && chi2 < 63 + 5 * sqrt(126));
}

static void normal_numbers_have_the_moments_of_the_normal_distribution(void **state)
{
    (void)state;
    double sum[5] = {0};
    int n_beyond_two = 0;
    for (uint64_t i = 0; i < N; i++) {
        const double z = wil_rng_normal(test_rng(), i);
        assert_true(isfinite(z));
        for (int k = 1; k <= 4; k++)
            sum[k] += pow(z, k) / N;
        n_beyond_two += fabs(z) > 2;
    }
    assert_true(fabs(sum[1]) < 5 * sqrt(1.0 / N));
    assert_true(fabs(sum[2] - 1) < 5 * sqrt(2.0 / N)); /* variances of z^k: E z^2k - (E z^k)^2 */
    assert_true(fabs(sum[3]) < 5 * sqrt(15.0 / N));
    assert_true(fabs(sum[4] - 3) < 5 * sqrt(96.0 / N));
    const double p = erfc(2 / sqrt(2.0));
    assert_true(fabs(n_beyond_two / (double)N - p) < 5 * sqrt(p * (1 - p) / N));
}

static void numbers_below_n_are_even_and_stay_below(void **state)
{
    (void)state;
    int counts[10] = {0};
    for (uint64_t i = 0; i < N; i++) {
        const uint64_t k = wil_rng_below(test_rng(), i, 10);
        assert_true(k < 10);
        counts[k]++;
        assert_int_equal(wil_rng_below(test_rng(), i, 1), 0);
    }
    const double chi2 = chi_square(counts, 10); /* mean 9, variance 18 */
    assert_true(chi2 < 9 + 5 * sqrt(18));
    bool large = false;
    for (uint64_t i = 0; i < 100; i++)
        large = large || wil_rng_below(test_rng(), i, UINT64_MAX) > UINT64_MAX / 2;
    assert_true(large);
}

static double correlation(wil_rng a, wil_rng b, uint64_t shift)
{
    double sum = 0;
    for (uint64_t i = 0; i < N; i++)
        sum += (wil_rng_uniform(a, i) - 0.5) * (wil_rng_uniform(b, i + shift) - 0.5) * 12;
    return sum / N; /* standard deviation 1 / sqrt(N) where independent */
}

static void numbers_of_different_addresses_have_nothing_in_common(void **state)
{
    (void)state;
    const wil_rng a = test_rng();
    const wil_rng others[] = {wil_rng_at(2025, WIL_RNG_TEST, 3),
        wil_rng_at(2024 + (1ull << 32), WIL_RNG_TEST, 3), wil_rng_at(2024, WIL_RNG_SPLIT, 3),
        wil_rng_at(2024, WIL_RNG_TEST, 4)};
    const double most = 5 / sqrt(N);
    for (int k = 0; k < 4; k++)
        assert_true(fabs(correlation(a, others[k], 0)) < most);
    assert_true(fabs(correlation(a, a, 1)) < most);
    assert_true(fabs(correlation(a, a, 1ull << 32)) < most); /* the index has 64 bits */
    assert_true(correlation(a, a, 0) > 0.9);
}

static void a_number_depends_on_its_address_alone(void **state)
{
    (void)state;
    const double expected = wil_rng_normal(test_rng(), 77);
    (void)wil_rng_uniform(test_rng(), 5);
    (void)wil_rng_normal(wil_rng_at(1, WIL_RNG_INIT, 0), 77);
    assert_true(wil_rng_normal(test_rng(), 77) == expected);
}

static void a_filled_array_holds_the_numbers_of_its_addresses(void **state)
{
    (void)state;
    static float uniform[9000], normal[9000];
    const uint64_t first = (1ull << 32) - 4500; /* across the boundary of 32 bits */
    wil_rng_fill_uniform_f32(test_rng(), first, 9000, uniform);
    wil_rng_fill_normal_f32(test_rng(), first, 9000, normal);
    for (size_t i = 0; i < 9000; i++) {
        const double u = wil_rng_uniform(test_rng(), first + i);
        assert_true(uniform[i] == floor(u * 0x1p24) * 0x1p-24);
        assert_true(normal[i] == (float)wil_rng_normal(test_rng(), first + i));
    }
}

static void filling_gives_the_same_bits_for_any_number_of_threads_and_in_any_pieces(void **state)
{
    (void)state;
    static float one[20000], many[20000], pieces[20000];
    const int before = omp_get_max_threads();
    omp_set_num_threads(1);
    wil_rng_fill_normal_f32(test_rng(), 100, 20000, one);
    omp_set_num_threads(3);
    wil_rng_fill_normal_f32(test_rng(), 100, 20000, many);
    wil_rng_fill_normal_f32(test_rng(), 100, 7777, pieces);
    wil_rng_fill_normal_f32(test_rng(), 100 + 7777, 20000 - 7777, pieces + 7777);
    omp_set_num_threads(before);
    assert_memory_equal(one, many, sizeof one);
    assert_memory_equal(one, pieces, sizeof one);
}

static void a_permutation_holds_every_number_once(void **state)
{
    (void)state;
    static size_t order[1000];
    static bool seen[1000];
    wil_rng_permutation(test_rng(), 1000, order);
    for (int i = 0; i < 1000; i++) {
        assert_true(order[i] < 1000 && !seen[order[i]]);
        seen[order[i]] = true;
    }
    wil_rng_permutation(test_rng(), 0, order);
    wil_rng_permutation(test_rng(), 1, order);
    assert_int_equal(order[0], 0);
}

static void all_permutations_are_equally_likely(void **state)
{
    (void)state;
    int counts[24] = {0};
    const int n = 24000;
    for (int k = 0; k < n; k++) {
        size_t p[4];
        wil_rng_permutation(wil_rng_at(9, WIL_RNG_TEST, (uint32_t)k), 4, p);
        /* Lehmer code: how many later entries are smaller */
        const int code = 6 * ((p[1] < p[0]) + (p[2] < p[0]) + (p[3] < p[0])) +
                         2 * ((p[2] < p[1]) + (p[3] < p[1])) + (p[3] < p[2]);
        counts[code]++;
    }
    double chi2 = 0;
    for (int c = 0; c < 24; c++)
        chi2 += pow(counts[c] - n / 24.0, 2) / (n / 24.0);
    assert_true(chi2 < 23 + 5 * sqrt(46)); /* mean 23, variance 46 */
}

static void a_cursor_walks_along_the_addresses(void **state)
{
    (void)state;
    wil_rng_cursor cursor = {.rng = test_rng(), .next = 10};
    assert_true(wil_rng_next_uniform(&cursor) == wil_rng_uniform(test_rng(), 10));
    assert_true(wil_rng_next_normal(&cursor) == wil_rng_normal(test_rng(), 11));
    assert_true(wil_rng_next_below(&cursor, 1000) == wil_rng_below(test_rng(), 12, 1000));
    assert_int_equal(cursor.next, 13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_generator_gives_the_published_known_answers),
        cmocka_unit_test(uniform_numbers_have_the_moments_and_the_range_of_the_unit_interval),
        cmocka_unit_test(uniform_numbers_fill_bins_evenly),
        cmocka_unit_test(normal_numbers_have_the_moments_of_the_normal_distribution),
        cmocka_unit_test(numbers_below_n_are_even_and_stay_below),
        cmocka_unit_test(numbers_of_different_addresses_have_nothing_in_common),
        cmocka_unit_test(a_number_depends_on_its_address_alone),
        cmocka_unit_test(a_filled_array_holds_the_numbers_of_its_addresses),
        cmocka_unit_test(filling_gives_the_same_bits_for_any_number_of_threads_and_in_any_pieces),
        cmocka_unit_test(a_permutation_holds_every_number_once),
        cmocka_unit_test(all_permutations_are_equally_likely),
        cmocka_unit_test(a_cursor_walks_along_the_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
