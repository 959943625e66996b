/* The re-accounting table of the study's privacy, by privacy loss distribution: long compositions, a second
 * each. */
#include "privacy_fixture.h"

static const struct {
    double noise;
    int epochs;
    double claimed, claimed_digit; /* published, and half a unit of its last digit; 0: not published */
    double reused, reused_digit;
} rows[] = {
    {2.0, 50, 1.20, 0.005, 1.13, 0.005},
    {1.2, 50, 2.43, 0.005, 5.66, 0.005},
    {1.0, 50, 3.32, 0.005, 13.0, 0.05},
    {0.8, 50, 5.27, 0.005, 37.8, 0.05},
    {0.725, 50, 6.77, 0.005, 60.6, 0.05},
    {0.65, 50, 9.39, 0.005, 101, 0.5},
    {0.65, 29, 6.80, 0.005, 73.1, 0.05},
};
#define N_ROWS (sizeof rows / sizeof *rows)

static void check(wil_privacy_mechanism m, double published, double digit)
{
    const wil_privacy_interval pld = pld_of(m, STUDY_DELTA);
    CLOSE(pld.upper, published, digit);
    assert_true(pld.lower <= pld.upper && pld.upper - pld.lower <= 0.01 * pld.upper);
}

static void ten_steps_a_batch_come_out_to_the_printed_digits(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_ROWS; i++)
        check(mechanism(STUDY_RATE, rows[i].noise, 1, (int64_t)10 * STUDY_DRAWS * rows[i].epochs),
            rows[i].claimed, rows[i].claimed_digit);
}

static void one_draw_used_five_times_comes_out_to_the_printed_digits(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_ROWS; i++)
        check(mechanism(STUDY_RATE, rows[i].noise, 5, (int64_t)STUDY_DRAWS * rows[i].epochs), rows[i].reused,
            rows[i].reused_digit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_steps_a_batch_come_out_to_the_printed_digits),
        cmocka_unit_test(one_draw_used_five_times_comes_out_to_the_printed_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
