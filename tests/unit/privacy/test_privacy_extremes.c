/* Tiny sampling rates, little and much noise, up to 10^12 steps: where the moment of a draw is next to 1, and
 * a false certificate would be easy to give. The numbers are those of
 * tests/data/make_privacy_extreme_vectors.py. */
#include "privacy_fixture.h"

static double rho_of(double q, double sigma, double order)
{
    const wil_privacy_mechanism m = mechanism(q, sigma, 1, 1);
    double rho = 0;
    OK(wil_privacy_rdp_per_draw(&rho, &m, order));
    return rho;
}

/* ---- divergences -----------------------------------------------------------------------------------------
 */

static void divergences_are_those_of_30_digits_however_small(void **state)
{
    (void)state;
    wil_table table;
    OK(wil_table_read(&table, WILLIS_TEST_DATA "/privacy_rdp_extremes.csv", ','));
    assert_true(table.n_rows == 175);
    for (int i = 0; i < table.n_rows; i++) {
        double v[4];
        for (int c = 0; c < 4; c++)
            v[c] = strtod(wil_table_cell(&table, i, c), NULL);
        /* relative: logarithms of binomials of 512 add up to a few hundred, in 2.2e-16 of which they are
         * known; at order 1.02 ln A is divided by 0.02 */
        CLOSE(rho_of(v[0], v[1], v[2]) / v[3], 1, 1e-12);
    }
    wil_table_free(&table);
}

static const double RATES[] = {1e-300, 1e-9, 1e-6, 1e-3, 0.1, 0.5, 0.999999};
static const double NOISES[] = {0.05, 0.3, 1, 7, 1000};
#define N(list) (sizeof(list) / sizeof *(list))

static void whole_and_fractional_orders_agree_where_they_meet(void **state)
{
    (void)state;
    for (size_t i = 0; i < N(RATES); i++) {
        for (size_t j = 0; j < N(NOISES); j++) {
            for (int order = 2; order <= 60; order += 7) {
                const double whole = rho_of(RATES[i], NOISES[j], order);
                const double beyond = rho_of(RATES[i], NOISES[j], order * (1 + 1e-13));
                /* (order - 1) rho is convex in the order, so between order and twice as much rho grows by
                 * 1.5 rho(twice) / order at most; the rest is rounding, of |ln A| as long as that is large */
                CLOSE(beyond, whole, 3e-13 * rho_of(RATES[i], NOISES[j], 2 * order) + 1e-12 * whole);
            }
        }
    }
}

/* At order 2, A - 1 = q^2 (e^(1/sigma^2) - 1); the integral knows of no whole order. */
static void the_integral_gives_the_second_moment_in_closed_form(void **state)
{
    (void)state;
    for (double q = 1e-100; q < 1e-3; q *= 1e7)
        for (double sigma = 0.5; sigma < 1e4; sigma *= 9)
            CLOSE(rho_of(q, sigma, 2 + 4e-16) / (q * q * expm1(1 / (sigma * sigma))), 1, 1e-12);
}

static void whatever_touches_the_data_costs_something(void **state)
{
    (void)state;
    for (double order = 1.5; order < 600; order *= 3) {
        assert_true(rho_of(1e-200, 1, order) > 0); /* though its square leaves double precision */
        assert_true(rho_of(1e-3, 1e200, floor(order) + 1) > 0);
    }
    wil_privacy_mechanism m = mechanism(0.5, 1e-160, 1, 10);
    REFUSED(WIL_ERR_ARG, wil_privacy_check(&m, 1), "noise multiplier of 1e-160", "from 1e-100");
    assert_true(rho_of(0.5, 1e-100, 1.5) > 1e190 && isfinite(rho_of(0.5, 1e-100, 3)));
}

/* ---- epsilon ---------------------------------------------------------------------------------------------
 */

static void no_renyi_epsilon_is_below_the_true_one(void **state)
{
    (void)state;
    const wil_privacy_orders sets[] = {
        wil_privacy_orders_default(), wil_privacy_orders_study(), wil_privacy_orders_coarse()};
    wil_table table;
    OK(wil_table_read(&table, WILLIS_TEST_DATA "/privacy_epsilon_extremes.csv", ','));
    assert_true(table.n_rows >= 25);
    for (int i = 0; i < table.n_rows; i++) {
        double v[5];
        for (int c = 0; c < 5; c++)
            v[c] = strtod(wil_table_cell(&table, i, c), NULL);
        const wil_privacy_mechanism m = mechanism(v[0], v[1], 1, (int64_t)v[2]);
        for (size_t s = 0; s < N(sets); s++) {
            wil_privacy_rdp rdp;
            OK(wil_privacy_rdp_epsilon(&rdp, &m, 1, &sets[s], v[3]));
            WITHIN(rdp.epsilon, v[4] * (1 - 1e-12), INFINITY);
        }
    }
    wil_table_free(&table);
}

/* Of one argument at a time, from 1e-9 to 1, 0.05 to 1000, 1 to 1e12, 1e-3 to 1e-20. */
static void renyi_epsilons_are_monotone_in_every_argument(void **state)
{
    (void)state;
    const double rates[] = {1e-9, 1e-7, 1e-5, 1e-3, 0.03, 0.3, 0.9, 1};
    const double noises[] = {0.05, 0.2, 0.7, 3, 40, 1000};
    const double steps[] = {1, 1e4, 1e8, 1e12};
    const double deltas[] = {1e-3, 1e-6, 1e-11, 1e-20};
    double epsilon[8][6][4][4];
    for (size_t q = 0; q < 8; q++)
        for (size_t s = 0; s < 6; s++)
            for (size_t t = 0; t < 4; t++)
                for (size_t d = 0; d < 4; d++) {
                    const double now =
                        rdp_of(mechanism(rates[q], noises[s], 1, (int64_t)steps[t]), deltas[d]);
                    const double least = now * (1 - 1e-12); /* the divergences' rounding */
                    const double most = now * (1 + 1e-12);
                    epsilon[q][s][t][d] = now;
                    if (q > 0)
                        assert_true(epsilon[q - 1][s][t][d] <= most);
                    if (s > 0)
                        assert_true(epsilon[q][s - 1][t][d] >= least);
                    if (t > 0)
                        assert_true(epsilon[q][s][t - 1][d] <= most);
                    if (d > 0)
                        assert_true(epsilon[q][s][t][d - 1] <= most);
                }
}

/* Where epsilon is 0 only because delta covers it, that must be true: delta(0), the total variation, is at
 * least q (2 Phi(1/(2 sigma)) - 1) for one draw. */
static void nothing_is_claimed_for_free(void **state)
{
    (void)state;
    for (double q = 1e-12; q < 1; q *= 30)
        for (double sigma = 0.05; sigma < 1000; sigma *= 4)
            assert_true(rdp_of(mechanism(q, sigma, 1, 1), 0.999 * q * erf(1 / (2 * M_SQRT2 * sigma))) > 0);
}

/* The distribution's ends around the truth where a grid is quick; test_pld_extremes has the rest. */
static void a_claim_of_nothing_is_refuted_at_tiny_sampling_rates(void **state)
{
    (void)state;
    const wil_privacy_orders orders = wil_privacy_orders_default();
    const wil_privacy_mechanism m = mechanism(1e-6, 10, 1, 1000000);
    wil_privacy_ledger ledger;
    wil_privacy_check_result found;
    OK(wil_privacy_ledger_make(&ledger, "patient", 1000000, 1e-9));
    OK(wil_privacy_ledger_add(&ledger, "critic", &m, 1, WIL_PRIVACY_SECRET));
    ledger.claimed_epsilon = 0;
    OK(wil_privacy_ledger_verify(&found, &ledger, &orders));
    assert_int_equal(found.verdict, WIL_PRIVACY_REFUTED);
    assert_true(found.pld.lower > 0 && found.rdp.epsilon > found.pld.lower);
    wil_privacy_ledger_clear(&ledger);
}

/* Where two of a group are all but never drawn together, a group of m at rate q is one unit at rate m q. */
static void a_group_that_is_seldom_drawn_is_a_unit_drawn_more_often(void **state)
{
    (void)state;
    wil_privacy_interval group;
    const wil_privacy_mechanism m = mechanism(1e-7, 10, 1, 1000000);
    OK(wil_privacy_pld_group_epsilon(&group, &m, 1, 10, 1e-9));
    const wil_privacy_interval unit = pld_of(mechanism(1e-6, 10, 1, 1000000), 1e-9);
    /* P(2 or more) = 45 q^2, against q of one: of relative size 5e-6, as are the losses' differences */
    CLOSE(group.lower / unit.lower, 1, 2e-5);
    CLOSE(group.upper / unit.upper, 1, 2e-5);
}

static void losses_of_next_to_no_noise_have_an_epsilon_too(void **state)
{
    (void)state;
    /* T draws of the Gaussian mechanism are one of sigma / sqrt(T): epsilon = mu^2 / 2 + x mu at
     * delta = P(N > x) less e^epsilon P(N > x + mu), which mu = 1e6 leaves nothing of; x(1e-6) = 4.7534 */
    const double mu = 1e6;
    const wil_privacy_interval interval = pld_of(mechanism(1, 1e-3, 1, 1000000), 1e-6);
    WITHIN(mu * mu / 2 + 4.7534243088229 * mu, interval.lower, interval.upper);
    assert_true(interval.upper < interval.lower * 1.009);
    const wil_privacy_interval none = pld_of(mechanism(0.5, 1e-3, 1, 1000000000000), 1e-6);
    assert_true(none.lower == 0.0 && isinf(none.upper));
}

/* ---- what the reader is told -----------------------------------------------------------------------------
 */

static void count(void *user, wil_message_kind kind, const char *text)
{
    assert_int_equal(kind, WIL_MESSAGE_WARNING);
    assert_true(strstr(text, "is wider than 0.9 %") != NULL || strstr(text, "proves no epsilon") != NULL);
    ++*(int *)user;
}

static void intervals_that_are_wider_than_promised_are_told(void **state)
{
    (void)state;
    int n = 0;
    const wil_monitor monitor = {.user = &n, .message = count};
    const wil_privacy_interval near[] = {{0, 0}, {0, 2.9e-4}, {1, 1.009}, {1000, 1008}};
    const wil_privacy_interval wide[] = {{0.0096, 0.0222}, {0, 3.1e-4}, {1, 1.0092}, {0, INFINITY}};
    for (int i = 0; i < 4; i++)
        wil_privacy_warn_interval(&monitor, &near[i]);
    assert_int_equal(n, 0);
    for (int i = 0; i < 4; i++)
        wil_privacy_warn_interval(&monitor, &wide[i]);
    assert_int_equal(n, 4);
    wil_privacy_warn_interval(NULL, &wide[0]);
}

static void noise_beyond_the_orders_is_refused_and_says_what_helps(void **state)
{
    (void)state;
    const wil_privacy_orders orders = wil_privacy_orders_default();
    const wil_privacy_mechanism m = mechanism(1e-6, 1, 1, 100000000);
    double noise = 0;
    REFUSED(WIL_ERR_ARG, wil_privacy_noise_for(&noise, WIL_PRIVACY_RDP, &m, &orders, 1e-9, 0.001),
        "out of reach", "prove nothing below 0.02639 at delta 1e-09", "PLD accountant");
    const wil_privacy_mechanism few = mechanism(1e-3, 1, 1, 100);
    OK(wil_privacy_noise_for(&noise, WIL_PRIVACY_PLD, &few, &orders, 1e-9, 0.01));
    assert_true(pld_of(mechanism(1e-3, noise, 1, 100), 1e-9).upper <= 0.01);
    assert_true(pld_of(mechanism(1e-3, noise * 0.98, 1, 100), 1e-9).upper > 0.01);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(divergences_are_those_of_30_digits_however_small),
        cmocka_unit_test(whole_and_fractional_orders_agree_where_they_meet),
        cmocka_unit_test(the_integral_gives_the_second_moment_in_closed_form),
        cmocka_unit_test(whatever_touches_the_data_costs_something),
        cmocka_unit_test(no_renyi_epsilon_is_below_the_true_one),
        cmocka_unit_test(renyi_epsilons_are_monotone_in_every_argument),
        cmocka_unit_test(nothing_is_claimed_for_free),
        cmocka_unit_test(a_claim_of_nothing_is_refuted_at_tiny_sampling_rates),
        cmocka_unit_test(a_group_that_is_seldom_drawn_is_a_unit_drawn_more_often),
        cmocka_unit_test(losses_of_next_to_no_noise_have_an_epsilon_too),
        cmocka_unit_test(intervals_that_are_wider_than_promised_are_told),
        cmocka_unit_test(noise_beyond_the_orders_is_refused_and_says_what_helps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
