/* Groups of units under Poisson sampling: mixtures of Gaussians. */
#include "privacy_fixture.h"

/* ---- the pair, from its definition -------------------------------------------------------------------- */

typedef struct group {
    double q, sigma;
    int m;
} group;

/* P(k of m are drawn) */
static double number(const group *g, int k)
{
    return exp(lgamma(g->m + 1.0) - lgamma(k + 1.0) - lgamma(g->m - k + 1.0) + k * log(g->q) +
               (g->m - k) * log1p(-g->q));
}

/* P/Q at x, as sums over all numbers */
static double ratio(const group *g, double x)
{
    double sum = 0;
    for (int k = 0; k <= g->m; k++)
        sum += number(g, k) * exp((2 * k * x - (double)k * k) / (2 * g->sigma * g->sigma));
    return sum;
}

static double with_above(const group *g, double x)
{
    double sum = 0;
    for (int k = 0; k <= g->m; k++)
        sum += number(g, k) * above(x, k, g->sigma);
    return sum;
}

/* The output at which the loss is epsilon, by halving. */
static double output_of(const group *g, double epsilon)
{
    double low = -60 * g->sigma;
    double high = 60 * g->sigma + g->m;
    for (int i = 0; i < 100; i++) {
        const double middle = (low + high) / 2;
        if (log(ratio(g, middle)) < epsilon)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static double group_delta_remove(const group *g, double epsilon)
{
    if (epsilon <= g->m * log1p(-g->q)) /* below every loss */
        return 1 - exp(epsilon);
    const double c = output_of(g, epsilon);
    return with_above(g, c) - exp(epsilon) * above(c, 0, g->sigma);
}

static double group_delta_add(const group *g, double epsilon)
{
    if (-epsilon <= g->m * log1p(-g->q))
        return 0;
    const double c = output_of(g, -epsilon);
    return 1 - above(c, 0, g->sigma) - exp(epsilon) * (1 - with_above(g, c));
}

static double invert(double (*of)(const group *g, double epsilon), const group *g, double delta)
{
    double low = 0;
    double high = 100;
    for (int i = 0; i < 60; i++) {
        const double middle = (low + high) / 2;
        if (of(g, middle) > delta)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static wil_privacy_interval group_of(wil_privacy_mechanism m, int64_t units, double delta)
{
    wil_privacy_interval interval;
    OK(wil_privacy_pld_group_epsilon(&interval, &m, 1, units, delta));
    return interval;
}

/* ---- one and two draws -------------------------------------------------------------------------------- */

static void the_interval_holds_one_draws_epsilon(void **state)
{
    (void)state;
    static const struct {
        group g;
        double delta;
    } cases[] = {{{0.1, 1, 4}, 1e-4}, {{0.01, 0.8, 30}, 1e-5}, {{0.5, 3, 10}, 1e-3}, {{0.9, 6, 20}, 1e-6},
        {{0.001, 1.5, 200}, 1e-6}, {{0.3, 0.9, 2}, 0.05}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const group *g = &cases[c].g;
        const double truth =
            fmax(invert(group_delta_remove, g, cases[c].delta), invert(group_delta_add, g, cases[c].delta));
        const wil_privacy_interval found = group_of(mechanism(g->q, g->sigma, 1, 1), g->m, cases[c].delta);
        WITHIN(truth, found.lower, found.upper * (1 + 1e-9)); /* the closed form's own rounding */
        assert_true(found.upper - found.lower <= fmax(0.01 * found.upper, 3.1e-4));
    }
}

/* Two equal draws: delta(epsilon) is the mean over outputs of the first of the second's delta at what is
 * left. The trapezium rule; the integrand falls like a Gaussian at both ends. */
static double delta_of_two(bool add, const group *g, double epsilon)
{
    const int n = 2000;
    const double low = -9 * g->sigma;
    const double step = (g->m + 18 * g->sigma) / n;
    double sum = 0;
    for (int i = 0; i <= n; i++) {
        const double x = low + step * i;
        const double n0 = exp(-x * x / (2 * g->sigma * g->sigma));
        const double with = n0 * ratio(g, x);
        if (n0 > 0)
            sum += add ? n0 * group_delta_add(g, epsilon + log(ratio(g, x)))
                       : with * group_delta_remove(g, epsilon - log(ratio(g, x)));
    }
    return sum * step / (g->sigma * sqrt(2 * M_PI));
}

static void two_draws_compose_as_the_double_integral_says(void **state)
{
    (void)state;
    const group g = {0.2, 1.5, 4};
    const wil_privacy_mechanism twice = mechanism(g.q, g.sigma, 1, 2);
    const double deltas[] = {1e-1, 1e-3};
    for (int i = 0; i < 2; i++) {
        wil_privacy_interval found;
        OK(wil_privacy_pld_group_epsilon(&found, &twice, 1, g.m, deltas[i]));
        /* delta falls with epsilon, so the truth lies between the ends when they enclose delta; 1e-9: the
         * rule */
        const double at_lower =
            fmax(delta_of_two(false, &g, found.lower), delta_of_two(true, &g, found.lower));
        const double at_upper =
            fmax(delta_of_two(false, &g, found.upper), delta_of_two(true, &g, found.upper));
        WITHIN(deltas[i], at_upper - 1e-9, at_lower + 1e-9);
        assert_true(found.upper - found.lower <= 0.01 * found.upper);
    }
}

/* ---- theorems ----------------------------------------------------------------------------------------- */

static void a_group_of_one_is_a_unit(void **state)
{
    (void)state;
    const wil_privacy_mechanism m = mechanism(0.02, 1.2, 1, 500);
    const wil_privacy_interval one = group_of(m, 1, 1e-6);
    assert_true(one.upper == pld_of(m, 1e-6).upper && one.lower == pld_of(m, 1e-6).lower);
}

static void without_sampling_a_group_is_one_unit_that_weighs_as_much(void **state)
{
    (void)state;
    const wil_privacy_interval five = group_of(mechanism(1, 20, 1, 10), 5, 1e-6);
    const wil_privacy_interval heavy = pld_of(mechanism(1, 4, 1, 10), 1e-6);
    assert_true(five.lower <= heavy.upper && heavy.lower <= five.upper);
    CLOSE(five.upper, heavy.upper,
        0.002 * heavy.upper); /* two grids, whose excess is below their gap squared */
}

static void epsilon_grows_with_the_group(void **state)
{
    (void)state;
    const int64_t sizes[] = {1, 2, 3, 8, 40};
    double last = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const double upper = group_of(mechanism(0.002, 1, 1, 60), sizes[i], 1e-4).upper;
        assert_true(upper > last && isfinite(upper));
        last = upper;
    }
}

/* A draw with some of the group tells at least as much as with one of them, and at most as much as with all:
 * with q' = 1 - (1-q)^m, noise s and s / m. */
static void a_group_lies_between_one_unit_and_all_of_it_drawn_as_often(void **state)
{
    (void)state;
    const double q = 0.004;
    const int m = 6;
    const double any = 1 - pow(1 - q, m);
    const wil_privacy_interval found = group_of(mechanism(q, 2, 1, 1000), m, 1e-5);
    assert_true(found.upper >= pld_of(mechanism(any, 2, 1, 1000), 1e-5).lower);
    assert_true(found.lower <= pld_of(mechanism(any, 2.0 / m, 1, 1000), 1e-5).upper);
}

static void a_group_costs_less_than_group_privacy_says(void **state)
{
    (void)state;
    const wil_privacy_mechanism m = mechanism(0.01, 2, 1, 300);
    for (int64_t units = 2; units <= 6; units += 2) {
        const double one_delta = 1e-9;
        const double one = pld_of(m, one_delta).upper;
        const double delta = one_delta * expm1((double)units * one) / expm1(one);
        const double by_group_privacy = wil_privacy_group_epsilon(one, one_delta, units, delta * (1 + 1e-12));
        assert_true(isfinite(by_group_privacy));
        assert_true(group_of(m, units, delta).upper < by_group_privacy);
    }
}

static void many_draws_of_a_patients_thousand_patches_have_an_epsilon(void **state)
{
    (void)state;
    const wil_privacy_interval found = group_of(mechanism(STUDY_RATE, 60, 1, STUDY_DRAWS), 1000, 1e-3);
    assert_true(isfinite(found.upper) && found.lower > 0);
    assert_true(found.upper - found.lower <= fmax(0.01 * found.upper, 3.1e-4));
    /* of every draw 0.78 are expected: noise that hides one of them 1281 times hides a thousand patches */
    assert_true(
        found.upper > pld_of(mechanism(1 - pow(1 - STUDY_RATE, 1000), 60, 1, STUDY_DRAWS), 1e-3).lower);
}

/* ---- limits ------------------------------------------------------------------------------------------- */

static void what_cannot_be_told_is_infinite_and_what_is_impossible_is_refused(void **state)
{
    (void)state;
    wil_privacy_interval found;
    wil_privacy_mechanism m = mechanism(0.5, 0.5, 1, 1);
    OK(wil_privacy_pld_group_epsilon(&found, &m, 1, 40, 1e-6)); /* 20 steps of 2 sigma: epsilon about 1000 */
    assert_true(isinf(found.upper));
    REFUSED(WIL_ERR_ARG, wil_privacy_pld_group_epsilon(&found, &m, 1, 0, 1e-6), "at least 1 unit, got 0");
    REFUSED(WIL_ERR_ARG, wil_privacy_pld_group_epsilon(&found, &m, 1, 1000000000, 1e-6), "1000000000 units",
        "more than 4096 numbers");
    m.releases_per_draw = 2;
    REFUSED(WIL_ERR_ARG, wil_privacy_pld_group_epsilon(&found, &m, 1, 2, 1e-6), "1 release per draw, got 2");
    OK(wil_privacy_pld_group_epsilon(&found, &m, 1, 1, 1e-6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_interval_holds_one_draws_epsilon),
        cmocka_unit_test(two_draws_compose_as_the_double_integral_says),
        cmocka_unit_test(a_group_of_one_is_a_unit),
        cmocka_unit_test(without_sampling_a_group_is_one_unit_that_weighs_as_much),
        cmocka_unit_test(epsilon_grows_with_the_group),
        cmocka_unit_test(a_group_lies_between_one_unit_and_all_of_it_drawn_as_often),
        cmocka_unit_test(a_group_costs_less_than_group_privacy_says),
        cmocka_unit_test(many_draws_of_a_patients_thousand_patches_have_an_epsilon),
        cmocka_unit_test(what_cannot_be_told_is_infinite_and_what_is_impossible_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
