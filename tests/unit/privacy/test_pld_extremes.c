/* The privacy loss distribution at tiny sampling rates, little and much noise, up to 10^12 steps, against
 * epsilons that no accountant computed (tests/data/make_privacy_extreme_vectors.py, 30 digits). */
#include "privacy_fixture.h"

static void both_ends_lie_around_the_true_epsilon(void **state)
{
    (void)state;
    const wil_privacy_orders orders = wil_privacy_orders_default();
    wil_table table;
    OK(wil_table_read(&table, WILLIS_TEST_DATA "/privacy_epsilon_extremes.csv", ','));
    for (int i = 0; i < table.n_rows; i++) {
        double v[5];
        for (int c = 0; c < 5; c++)
            v[c] = strtod(wil_table_cell(&table, i, c), NULL);
        const wil_privacy_mechanism m = mechanism(v[0], v[1], 1, (int64_t)v[2]);
        const wil_privacy_interval interval = pld_of(m, v[3]);
        wil_privacy_rdp rdp;
        OK(wil_privacy_rdp_epsilon(&rdp, &m, 1, &orders, v[3]));
        WITHIN(v[4], interval.lower * (1 - 1e-12), interval.upper * (1 + 1e-12)); /* in doubles */
        assert_true(rdp.epsilon >= interval.lower);
    }
    wil_table_free(&table);
}

/* An interval at a smaller argument may reach into that at a larger one, as both have a width, but not lie
 * above it. */
static void intervals_are_monotone_in_every_argument(void **state)
{
    (void)state;
    const double rates[] = {1e-9, 1e-5, 1e-2, 1};
    const double noises[] = {0.3, 5, 1000};
    const int64_t steps[] = {1, 300, 100000};
    const double deltas[] = {1e-3, 1e-20};
    wil_privacy_interval found[4][3][3][2];
    for (int q = 0; q < 4; q++)
        for (int s = 0; s < 3; s++)
            for (int t = 0; t < 3; t++)
                for (int d = 0; d < 2; d++) {
                    const wil_privacy_interval now =
                        pld_of(mechanism(rates[q], noises[s], 1, steps[t]), deltas[d]);
                    found[q][s][t][d] = now;
                    assert_true(now.lower <= now.upper);
                    if (q > 0)
                        assert_true(found[q - 1][s][t][d].lower <= now.upper);
                    if (s > 0)
                        assert_true(found[q][s - 1][t][d].upper >= now.lower);
                    if (t > 0)
                        assert_true(found[q][s][t - 1][d].lower <= now.upper);
                    if (d > 0)
                        assert_true(found[q][s][t][d - 1].lower <= now.upper);
                }
}

static void a_claim_of_nothing_is_refuted_after_a_hundred_million_draws(void **state)
{
    (void)state;
    const wil_privacy_orders orders = wil_privacy_orders_default();
    const wil_privacy_mechanism m = mechanism(1e-6, 10, 1, 100000000);
    wil_privacy_ledger ledger;
    wil_privacy_check_result found;
    OK(wil_privacy_ledger_make(&ledger, "patient", 1000000, 1e-9));
    OK(wil_privacy_ledger_add(&ledger, "critic", &m, 1, WIL_PRIVACY_SECRET));
    ledger.claimed_epsilon = 0;
    OK(wil_privacy_ledger_verify(&found, &ledger, &orders));
    assert_int_equal(found.verdict, WIL_PRIVACY_REFUTED);
    WITHIN(found.pld.lower, 0.0042, 0.00443706); /* the true one, rounded down */
    wil_privacy_ledger_clear(&ledger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_lie_around_the_true_epsilon),
        cmocka_unit_test(intervals_are_monotone_in_every_argument),
        cmocka_unit_test(a_claim_of_nothing_is_refuted_after_a_hundred_million_draws),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
