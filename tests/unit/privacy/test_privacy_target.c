/* Noise and steps for a target, the curve, and the plan. */
#include "privacy_fixture.h"

/* ---- noise and steps ---------------------------------------------------------------------------------- */

static double noise_for(
    wil_privacy_accountant accountant, wil_privacy_mechanism m, double delta, double target)
{
    const wil_privacy_orders orders = wil_privacy_orders_default();
    double noise = 0;
    OK(wil_privacy_noise_for(&noise, accountant, &m, &orders, delta, target));
    return noise;
}

static void opacus_noise_for_epsilon_8_comes_out(void **state)
{
    (void)state;
    const double noise = noise_for(WIL_PRIVACY_RDP, mechanism(0.04, 1, 1, 2250), 1e-5, 8);
    CLOSE(noise, 1.416,
        0.0006); /* Opacus stops its search within 0.001 of epsilon or so, and prints 4 digits */
}

static void the_noise_keeps_the_target_and_a_little_less_does_not(void **state)
{
    (void)state;
    const double targets[] = {0.05, 1, 8, 300};
    for (size_t i = 0; i < 4; i++) {
        const double noise = noise_for(WIL_PRIVACY_RDP, mechanism(0.01, 1, 2, 5000), 1e-6, targets[i]);
        assert_true(rdp_of(mechanism(0.01, noise, 2, 5000), 1e-6) <= targets[i]);
        assert_true(rdp_of(mechanism(0.01, noise * 0.9998, 2, 5000), 1e-6) > targets[i]);
    }
    const double by_pld = noise_for(WIL_PRIVACY_PLD, mechanism(0.05, 1, 1, 100), 1e-5, 2);
    assert_true(by_pld < noise_for(WIL_PRIVACY_RDP, mechanism(0.05, 1, 1, 100), 1e-5, 2));
    assert_true(pld_of(mechanism(0.05, by_pld, 1, 100), 1e-5).upper <= 2);
    assert_true(pld_of(mechanism(0.05, by_pld * 0.995, 1, 100), 1e-5).upper > 2);
}

static int64_t steps_for(
    wil_privacy_accountant accountant, wil_privacy_mechanism m, double target, int64_t most)
{
    const wil_privacy_orders orders = wil_privacy_orders_default();
    int64_t steps = -1;
    OK(wil_privacy_steps_for(&steps, accountant, &m, &orders, 1e-5, target, most));
    return steps;
}

static void the_steps_keep_the_target_and_one_more_does_not(void **state)
{
    (void)state;
    const double targets[] = {0.4, 2, 8};
    for (size_t i = 0; i < 3; i++) {
        const int64_t steps = steps_for(WIL_PRIVACY_RDP, mechanism(0.02, 1.3, 1, 0), targets[i], 100000000);
        assert_true(rdp_of(mechanism(0.02, 1.3, 1, steps), 1e-5) <= targets[i]);
        assert_true(rdp_of(mechanism(0.02, 1.3, 1, steps + 1), 1e-5) > targets[i]);
    }
    assert_int_equal(steps_for(WIL_PRIVACY_RDP, mechanism(0.5, 0.3, 1, 0), 1, 1000), 0);
    assert_int_equal(steps_for(WIL_PRIVACY_RDP, mechanism(0.001, 5, 1, 0), 5, 1000), 1000);
}

static void the_finer_accountant_allows_more_steps(void **state)
{
    (void)state;
    const int64_t steps = steps_for(WIL_PRIVACY_PLD, mechanism(0.05, 1.5, 1, 0), 2, 100000);
    assert_true(steps > steps_for(WIL_PRIVACY_RDP, mechanism(0.05, 1.5, 1, 0), 2, 100000));
    assert_true(pld_of(mechanism(0.05, 1.5, 1, steps), 1e-5).upper <= 2);
    assert_true(pld_of(mechanism(0.05, 1.5, 1, steps + steps / 100 + 1), 1e-5).upper > 2);
}

static void impossible_targets_are_refused(void **state)
{
    (void)state;
    const wil_privacy_orders orders = wil_privacy_orders_default();
    wil_privacy_mechanism m = mechanism(1, 1, 1, 1000);
    double noise = 0;
    int64_t steps = 0;
    REFUSED(WIL_ERR_ARG, wil_privacy_noise_for(&noise, WIL_PRIVACY_RDP, &m, &orders, 1e-5, 0),
        "target epsilon must be above 0");
    REFUSED(WIL_ERR_ARG, wil_privacy_noise_for(&noise, WIL_PRIVACY_RDP, &m, &orders, 1e-9, 1e-7),
        "out of reach", "fewer steps");
    REFUSED(WIL_ERR_ARG, wil_privacy_steps_for(&steps, WIL_PRIVACY_RDP, &m, &orders, 0, 1, 10), "delta");
    m.noise_multiplier = 0;
    REFUSED(WIL_ERR_ARG, wil_privacy_steps_for(&steps, WIL_PRIVACY_RDP, &m, &orders, 0.1, 1, 10), "noise");
}

/* ---- curve -------------------------------------------------------------------------------------------- */

/* For the Gaussian mechanism the trade-off function is known: G_mu(a) = Phi(Phi^-1(1 - a) - mu), mu = 1/sigma
 * [Dong2022, section 2.2]; in terms of the threshold c, a = P(N(0) > c) and G = P(N(mu) < c). */
static void the_trade_off_of_the_gaussian_mechanism_is_bounded_closely(void **state)
{
    (void)state;
    const wil_privacy_orders orders = wil_privacy_orders_default();
    const wil_privacy_mechanism m = mechanism(1, 1.25, 1, 1);
    wil_privacy_curve curve;
    OK(wil_privacy_curve_make(&curve, &m, 1, &orders, 1e-6, 0, 200));
    for (double c = -1; c < 3; c += 0.25) {
        const double bound =
            wil_privacy_trade_off(curve.epsilon, curve.delta, curve.n_points, above(c, 0, 1));
        const double truth = 1 - above(c, 1 / 1.25, 1);
        assert_true(bound <= truth + 1e-12); /* never more than is proved */
        assert_true(bound >= truth - 2e-3);  /* supporting lines at 200 slopes of a smooth convex function */
    }
    CLOSE(curve.advantage_most, delta_gaussian(1.25, 0), 1e-3);
    assert_true(curve.advantage_most >= delta_gaussian(1.25, 0));
    for (int i = 0; i < curve.n_points; i++) {
        WITHIN(delta_gaussian(1.25, curve.epsilon[i]), curve.delta[i].lower - 1e-12,
            curve.delta[i].upper + 1e-12);
        assert_true(curve.delta[i].lower <= curve.delta_rdp[i]);
    }
    assert_true(curve.false_positive[0] == 0.0 && curve.false_positive[curve.n_rates - 1] == 1.0);
    for (int i = 1; i < curve.n_rates; i++)
        assert_true(curve.false_positive[i] > curve.false_positive[i - 1] &&
                    curve.false_negative_least[i] <= curve.false_negative_least[i - 1]);
    assert_true(curve.epsilon[curve.n_points - 1] > pld_of(m, 1e-6).upper);
    wil_privacy_curve_clear(&curve);
    REFUSED(WIL_ERR_ARG, wil_privacy_curve_make(&curve, &m, 1, &orders, 1e-6, 0, 1), "at least 2 points");
    REFUSED(WIL_ERR_ARG, wil_privacy_curve_make(&curve, &m, 1, &orders, 1e-6, -1, 5), "must not be negative");
}

static void guessing_is_all_that_perfect_privacy_leaves(void **state)
{
    (void)state;
    const double epsilon = 0;
    const wil_privacy_interval delta = {0, 0};
    for (double a = 0; a <= 1; a += 0.125)
        CLOSE(wil_privacy_trade_off(&epsilon, &delta, 1, a), 1 - a, 0);
}

/* ---- plan --------------------------------------------------------------------------------------------- */

static void a_plan_counts_units_steps_and_noise(void **state)
{
    (void)state;
    wil_privacy_plan plan = wil_privacy_plan_default();
    wil_privacy_claim claims[2];
    plan.n_patients = 41;
    plan.clip_norm = 2;
    OK(wil_privacy_plan_claims(claims, &plan, 8));
    assert_string_equal(claims[0].unit, "patch");
    assert_string_equal(claims[1].unit, "patient");
    assert_int_equal(claims[0].n_units, 41000);
    assert_int_equal(claims[1].n_units, 41);
    for (int i = 0; i < 2; i++) {
        const wil_privacy_mechanism *m = &claims[i].mechanism;
        CLOSE(m->sampling_rate, 32.0 / (double)claims[i].n_units, 1e-15);
        assert_int_equal(m->steps, (int64_t)ceil(50 * 41000 / 32.0));
        CLOSE(claims[i].delta, pow((double)claims[i].n_units, -1.1), 1e-12);
        assert_true(claims[i].delta < 1.0 / (double)claims[i].n_units);
        WITHIN(rdp_of(*m, claims[i].delta), 0.998 * 8, 8);
        CLOSE(claims[i].noise_per_coordinate, m->noise_multiplier * 2 / 32, 1e-12);
    }
    assert_true(claims[1].mechanism.noise_multiplier > 100 * claims[0].mechanism.noise_multiplier);
    assert_true(claims[0].patient_epsilon > 1000); /* 1000 patches at epsilon 8 each */
    assert_true(claims[1].patient_epsilon == claims[1].epsilon);
}

/* With one patch a patient, and as many patients as patches in a draw, both claims are one. */
static void one_patch_a_patient_makes_both_claims_the_same(void **state)
{
    (void)state;
    wil_privacy_plan plan = wil_privacy_plan_default();
    wil_privacy_claim claims[2];
    plan.n_patients = 3000;
    plan.patches_per_patient = 1;
    OK(wil_privacy_plan_claims(claims, &plan, 3));
    assert_true(claims[0].mechanism.noise_multiplier == claims[1].mechanism.noise_multiplier);
    assert_true(claims[0].patient_epsilon == claims[0].epsilon);
}

/* 4 patches a patient: more than the patch's own epsilon, less than 4 of them, which group privacy would ask
 * and here not even prove, as its delta grows by e^epsilon a patch. */
static void a_patients_patches_are_accounted_for_together(void **state)
{
    (void)state;
    wil_privacy_plan plan = wil_privacy_plan_default();
    wil_privacy_claim claims[2];
    wil_privacy_interval together;
    plan.n_patients = 500;
    plan.patches_per_patient = 4;
    OK(wil_privacy_plan_claims(claims, &plan, 1));
    const wil_privacy_claim *patch = &claims[0];
    OK(wil_privacy_pld_group_epsilon(&together, &patch->mechanism, 1, 4, claims[1].delta));
    assert_true(patch->patient_epsilon == together.upper);
    assert_true(patch->patient_epsilon > patch->epsilon && patch->patient_epsilon < 4 * patch->epsilon);
    assert_true(isinf(wil_privacy_group_epsilon(patch->epsilon, patch->delta, 4, claims[1].delta)));
    plan.n_patients =
        3; /* 1.2 million patches in a draw may be a patient's: not followed up, nothing claimed */
    plan.patches_per_patient = 4000000;
    plan.batch = 3600000;
    OK(wil_privacy_plan_claims(claims, &plan, 8));
    assert_true(isinf(claims[0].patient_epsilon));
}

static void group_privacy_is_the_geometric_sum(void **state)
{
    (void)state;
    assert_true(wil_privacy_group_epsilon(0.5, 0, 4, 0) == 2.0); /* pure privacy: m epsilon */
    /* 1 + e + e^2 = 11.1 */
    assert_true(wil_privacy_group_epsilon(1, 1e-6, 3, 1.12e-5) == 3.0);
    assert_true(isinf(wil_privacy_group_epsilon(1, 1e-6, 3, 1.1e-5)));
    assert_true(wil_privacy_group_epsilon(0, 1e-6, 3, 3.1e-6) == 0.0);
    assert_true(isinf(wil_privacy_group_epsilon(8, 1e-6, 100000, 0.1)));
    /* a group of the Gaussian mechanism is the Gaussian mechanism at m times the distance: the bound covers
     * it */
    const double epsilon = 2;
    const double delta = delta_gaussian(2, epsilon);
    const double group_delta = delta * expm1(3 * epsilon) / expm1(epsilon);
    assert_true(delta_gaussian(2.0 / 3, 3 * epsilon) <= group_delta);
}

static void impossible_plans_are_refused(void **state)
{
    (void)state;
    wil_privacy_plan plan = wil_privacy_plan_default();
    wil_privacy_claim claims[2];
    REFUSED(WIL_ERR_ARG, wil_privacy_plan_claims(claims, &plan, 1),
        "patients must be a whole number of 1 or more, got '0'");
    plan.n_patients = 3;
    plan.patients_per_batch = 4;
    REFUSED(WIL_ERR_ARG, wil_privacy_plan_claims(claims, &plan, 1), "at most all 3 patients, got 4");
    plan.patients_per_batch = 0;
    plan.batch = 3001;
    REFUSED(WIL_ERR_ARG, wil_privacy_plan_claims(claims, &plan, 1), "all 3000 patches", "3001");
    plan.batch = 10;
    plan.clip_norm = 0;
    REFUSED(WIL_ERR_ARG, wil_privacy_plan_claims(claims, &plan, 1), "clip must be a number above 0");
    plan.clip_norm = 1;
    plan.epochs = 0;
    REFUSED(WIL_ERR_ARG, wil_privacy_plan_claims(claims, &plan, 1), "epochs");
    plan.epochs = 1;
    plan.delta_patient = 2;
    REFUSED(WIL_ERR_ARG, wil_privacy_plan_claims(claims, &plan, 1), "delta must lie");
}

/* ---- warnings ----------------------------------------------------------------------------------------- */

static void keep(void *user, wil_message_kind kind, const char *text)
{
    char *all = user;
    assert_int_equal(kind, WIL_MESSAGE_WARNING);
    strncat(all, text, 1000);
}

static void readers_are_warned_of_what_says_nothing(void **state)
{
    (void)state;
    char all[4096] = "";
    const wil_monitor monitor = {.user = all, .message = keep};
    const wil_privacy_orders orders = wil_privacy_orders_study();
    wil_privacy_rdp rdp = {.epsilon = 3, .order = 5};
    wil_privacy_warn(&monitor, 20, 1e-3, 1000, &rdp, &orders);
    wil_privacy_warn(NULL, 21, 1e-2, 1000, NULL, NULL);
    assert_string_equal(all, "");
    wil_privacy_warn(&monitor, 20.1, 1e-2, 0, NULL, NULL);
    assert_non_null(strstr(all, "no meaningful guarantee"));
    assert_null(strstr(all, "1/N"));
    wil_privacy_warn(&monitor, 1, 1.1e-3, 1000, NULL, NULL);
    assert_non_null(strstr(all, "delta 0.0011 is above 1/N = 0.001"));
    rdp.at_high_edge = true;
    wil_privacy_warn(&monitor, 1, 1e-5, 1000, &rdp, &orders);
    assert_non_null(strstr(all, "order, 5, is at the upper edge of the grid (1.1 to 63)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opacus_noise_for_epsilon_8_comes_out),
        cmocka_unit_test(the_noise_keeps_the_target_and_a_little_less_does_not),
        cmocka_unit_test(the_steps_keep_the_target_and_one_more_does_not),
        cmocka_unit_test(the_finer_accountant_allows_more_steps),
        cmocka_unit_test(impossible_targets_are_refused),
        cmocka_unit_test(the_trade_off_of_the_gaussian_mechanism_is_bounded_closely),
        cmocka_unit_test(guessing_is_all_that_perfect_privacy_leaves),
        cmocka_unit_test(a_plan_counts_units_steps_and_noise),
        cmocka_unit_test(one_patch_a_patient_makes_both_claims_the_same),
        cmocka_unit_test(a_patients_patches_are_accounted_for_together),
        cmocka_unit_test(group_privacy_is_the_geometric_sum),
        cmocka_unit_test(impossible_plans_are_refused),
        cmocka_unit_test(readers_are_warned_of_what_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
