#include "privacy_fixture.h"

/* Largest epsilon at which a falling function still exceeds delta. */
static double invert(
    double (*of)(double q, double sigma, double epsilon), double q, double sigma, double delta)
{
    double low = 0;
    double high = 350;
    for (int i = 0; i < 100; i++) {
        const double middle = (low + high) / 2;
        if (of(q, sigma, middle) > delta)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Ends that lie around the truth, and as near to each other as the header says. */
static void holds(wil_privacy_interval interval, double truth)
{
    WITHIN(
        truth, interval.lower - 1e-9 * truth, interval.upper + 1e-9 * truth); /* the truth's own rounding */
    assert_true(interval.upper - interval.lower <= fmax(0.01 * interval.upper, 3.1e-4));
}

static void the_interval_holds_the_gaussian_mechanisms_epsilon(void **state)
{
    (void)state;
    const double noise[] = {0.4, 1, 5, 40};
    const int64_t steps[] = {1, 30, 2000};
    const double deltas[] = {0.05, 1e-5, 1e-11};
    for (size_t s = 0; s < 4; s++) {
        for (size_t t = 0; t < 3; t++) {
            for (size_t d = 0; d < 3; d++) {
                const double sigma = noise[s] / sqrt((double)steps[t]); /* of all steps together */
                if (sigma < 0.05)
                    continue; /* e^epsilon and the tails of the closed form leave double precision */
                const double truth = invert(delta_remove, 1, sigma, deltas[d]);
                holds(pld_of(mechanism(1, noise[s], 1, steps[t]), deltas[d]), truth);
            }
        }
    }
}

static void the_interval_holds_one_draws_epsilon_in_the_worse_direction(void **state)
{
    (void)state;
    const double cases[][3] = {
        {0.5, 0.5, 1e-3}, {0.01, 1, 1e-5}, {0.3, 2, 1e-2}, {0.9, 1, 1e-6}, {0.05, 0.4, 1e-4}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const double q = cases[c][0];
        const double sigma = cases[c][1];
        const double remove = invert(delta_remove, q, sigma, cases[c][2]);
        const double add = invert(delta_add, q, sigma, cases[c][2]);
        holds(pld_of(mechanism(q, sigma, 1, 1), cases[c][2]), fmax(remove, add));
    }
}

/* Two draws of different mechanisms: delta(epsilon) is the mean, over outputs of the first, of the second's
 * delta at what is left of epsilon. The trapezium rule; the integrand is smooth and falls like a Gaussian. */
static double delta_of_two(bool add, const double a[2], const double b[2], double epsilon)
{
    const int n = 4000;
    const double low = -9 * a[1];
    const double step = (1 + 18 * a[1]) / n;
    double sum = 0;
    for (int i = 0; i <= n; i++) {
        const double x = low + step * i;
        const double n0 = exp(-x * x / (2 * a[1] * a[1]));
        const double n1 = exp(-(x - 1) * (x - 1) / (2 * a[1] * a[1]));
        const double with = (1 - a[0]) * n0 + a[0] * n1;
        if (n0 == 0 || with == 0)
            continue;
        const double loss = log(with / n0);
        sum += add ? n0 * delta_add(b[0], b[1], epsilon + loss)
                   : with * delta_remove(b[0], b[1], epsilon - loss);
    }
    return sum * step / (a[1] * sqrt(2 * M_PI));
}

static void two_different_mechanisms_compose_as_the_double_integral_says(void **state)
{
    (void)state;
    const double a[2] = {0.2, 0.9};
    const double b[2] = {0.6, 2.5};
    const wil_privacy_mechanism both[] = {mechanism(a[0], a[1], 1, 1), mechanism(b[0], b[1], 1, 1)};
    const double epsilons[] = {0, 0.2, 0.8, 1.5, 3};
    wil_privacy_interval deltas[5];
    OK(wil_privacy_pld_delta(deltas, both, 2, 1e-4, epsilons, 5));
    for (int i = 0; i < 5; i++) {
        const double truth =
            fmax(delta_of_two(false, a, b, epsilons[i]), delta_of_two(true, a, b, epsilons[i]));
        WITHIN(truth, deltas[i].lower, deltas[i].upper);
        /* pessimism: cut tails of 1e-4 x 1e-4, and the square of the grid's spacing */
        assert_true(deltas[i].upper <= truth * 1.01 + 3e-8);
    }
}

static void split_steps_compose_to_the_whole(void **state)
{
    (void)state;
    const wil_privacy_mechanism split[] = {mechanism(0.02, 1.2, 1, 150), mechanism(0, 1, 1, 7),
        mechanism(0.02, 1.2, 1, 350), mechanism(0.5, 1, 1, 0)};
    const wil_privacy_interval whole = pld_of(mechanism(0.02, 1.2, 1, 500), 1e-6);
    wil_privacy_interval parts;
    OK(wil_privacy_pld_epsilon(&parts, split, 4, 1e-6));
    CLOSE(parts.upper, whole.upper, 1e-6 * whole.upper); /* the tails are cut at other probabilities */
}

static void k_releases_of_one_draw_are_one_with_the_noise_over_sqrt_k(void **state)
{
    (void)state;
    CLOSE(
        pld_of(mechanism(0.01, 3, 9, 500), 1e-6).upper, pld_of(mechanism(0.01, 1, 1, 500), 1e-6).upper, 1e-9);
}

static void the_lower_end_is_never_above_the_renyi_bound_nor_the_upper_far(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 25; i++) {
        const wil_rng rng = wil_rng_at(5, WIL_RNG_TEST, i);
        const double q = pow(10, -3 * wil_rng_uniform(rng, 0));
        const double sigma = 0.5 * pow(20, wil_rng_uniform(rng, 1));
        const int64_t steps = (int64_t)pow(10, 3 * wil_rng_uniform(rng, 2));
        const double delta = pow(10, -2 - 6 * wil_rng_uniform(rng, 3));
        const double rdp = rdp_of(mechanism(q, sigma, 1, steps), delta);
        const wil_privacy_interval pld = pld_of(mechanism(q, sigma, 1, steps), delta);
        assert_true(pld.lower <= pld.upper);
        assert_true(pld.lower <= rdp);
        /* the true value is below the Rényi bound, and the upper end 1 % above the true value at most */
        assert_true(pld.upper <= rdp * 1.01 + 3.1e-4);
    }
}

/* What the PRV accountant of Opacus returns is [Gopi2021]'s upper bound with eps_error 0.01 and delta_error =
 * delta / 1000: epsilon at 0.999 delta, plus 0.01. The vectors are that method, written anew
 * (tests/data/make_privacy_prv_vectors.py), which gives Opacus' published number to 1e-8. */
#define OPACUS_PUBLISHED 6.777395712150674 /* its own test: noise 1.5, q 0.04, 2249 steps, delta 1e-5 */

/* The upper end's excess falls with the square of the spacing: 1e-4 where the ends lie 0.05 apart. */
#define SQUARE_OF_SPACING 2e-4

static void the_epsilons_of_another_method_come_out_and_so_do_those_opacus_returns(void **state)
{
    (void)state;
    wil_table table;
    OK(wil_table_read(&table, WILLIS_TEST_DATA "/privacy_prv_vectors.csv", ','));
    assert_int_equal(table.n_rows, 5);
    for (int i = 0; i < table.n_rows; i++) {
        double v[6];
        for (int c = 0; c < 6; c++)
            v[c] = strtod(wil_table_cell(&table, i, c), NULL);
        const wil_privacy_mechanism m = mechanism(v[0], v[1], 1, (int64_t)v[2]);
        const wil_privacy_interval pld = pld_of(m, v[3]);
        WITHIN(v[4], pld.lower, pld.upper + 1e-6); /* what the vector itself is good for */
        CLOSE(pld.upper, v[4], SQUARE_OF_SPACING);
        assert_true(pld.upper - pld.lower <= fmax(0.01 * pld.upper, 3.1e-4));
        CLOSE(pld_of(m, 0.999 * v[3]).upper + 0.01, v[5], SQUARE_OF_SPACING);
        if (i == 0)
            CLOSE(v[5], OPACUS_PUBLISHED, 1e-8);
    }
    wil_table_free(&table);
}

static void epsilon_falls_with_noise_and_grows_with_steps(void **state)
{
    (void)state;
    double last = INFINITY;
    for (double noise = 0.7; noise < 3; noise *= 1.3) {
        const double upper = pld_of(mechanism(0.05, noise, 1, 200), 1e-5).upper;
        assert_true(upper < last);
        last = upper;
    }
    last = 0;
    for (int64_t steps = 1; steps < 2000; steps *= 5) {
        const double upper = pld_of(mechanism(0.05, 1.2, 1, steps), 1e-5).upper;
        assert_true(upper > last);
        last = upper;
    }
}

static void delta_falls_with_epsilon_and_gives_epsilon_back(void **state)
{
    (void)state;
    const wil_privacy_mechanism m = mechanism(0.02, 1.1, 1, 800);
    const wil_privacy_interval epsilon = pld_of(m, 1e-5);
    double epsilons[12];
    wil_privacy_interval deltas[12];
    for (int i = 0; i < 11; i++)
        epsilons[i] = 0.1 * i * epsilon.upper;
    epsilons[11] = epsilon.lower;
    OK(wil_privacy_pld_delta(deltas, &m, 1, 1e-5, epsilons, 12));
    for (int i = 1; i < 11; i++)
        assert_true(deltas[i].upper < deltas[i - 1].upper && deltas[i].lower <= deltas[i].upper);
    WITHIN(1e-5, deltas[10].lower, deltas[10].upper * 1.001); /* one grid's tilt differs from another's */
    WITHIN(1e-5, deltas[11].lower, deltas[11].upper);
}

static void a_tiny_delta_is_reached_far_below_double_precision(void **state)
{
    (void)state;
    const double truth = invert(delta_remove, 1, 5, 1e-30);
    holds(pld_of(mechanism(1, 50, 1, 100), 1e-30), truth);
}

static void nothing_done_costs_nothing(void **state)
{
    (void)state;
    const wil_privacy_interval idle = pld_of(mechanism(0.5, 1, 1, 0), 1e-5);
    assert_true(idle.lower == 0.0 && idle.upper == 0.0);
    const wil_privacy_interval hidden = pld_of(mechanism(1e-9, 1, 1, 10), 1e-5);
    assert_true(hidden.lower == 0.0 && hidden.upper <= 3e-4);
}

static void impossible_values_are_refused(void **state)
{
    (void)state;
    wil_privacy_mechanism m = mechanism(0.5, 1, 1, 10);
    wil_privacy_interval interval;
    const double negative = -1;
    REFUSED(WIL_ERR_ARG, wil_privacy_pld_epsilon(&interval, &m, 1, 0), "delta must lie");
    REFUSED(WIL_ERR_ARG, wil_privacy_pld_epsilon(&interval, &m, 0, 0.1), "no mechanism");
    REFUSED(WIL_ERR_ARG, wil_privacy_pld_delta(&interval, &m, 1, 0.1, &negative, 1), "must not be negative");
    m.noise_multiplier = 0;
    REFUSED(WIL_ERR_ARG, wil_privacy_pld_epsilon(&interval, &m, 1, 0.1), "noise multiplier");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_interval_holds_the_gaussian_mechanisms_epsilon),
        cmocka_unit_test(the_interval_holds_one_draws_epsilon_in_the_worse_direction),
        cmocka_unit_test(two_different_mechanisms_compose_as_the_double_integral_says),
        cmocka_unit_test(split_steps_compose_to_the_whole),
        cmocka_unit_test(k_releases_of_one_draw_are_one_with_the_noise_over_sqrt_k),
        cmocka_unit_test(the_lower_end_is_never_above_the_renyi_bound_nor_the_upper_far),
        cmocka_unit_test(the_epsilons_of_another_method_come_out_and_so_do_those_opacus_returns),
        cmocka_unit_test(epsilon_falls_with_noise_and_grows_with_steps),
        cmocka_unit_test(delta_falls_with_epsilon_and_gives_epsilon_back),
        cmocka_unit_test(a_tiny_delta_is_reached_far_below_double_precision),
        cmocka_unit_test(nothing_done_costs_nothing),
        cmocka_unit_test(impossible_values_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
