/* The learning rate over a run, by worked examples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schedule.h"

static void a_run_without_a_schedule_keeps_its_rate(void **state)
{
    (void)state;
    for (int64_t step = 0; step < 10; step++)
        assert_true(schedule_factor(step, 10, 0, 1) == 1.0);
}

static void warming_up_rises_in_equal_steps_to_one(void **state)
{
    (void)state;
    const double expected[] = {0.25, 0.5, 0.75, 1, 1}; /* (step + 1) / (3 + 1) */
    for (int64_t step = 0; step < 5; step++)
        assert_true(schedule_factor(step, 100, 3, 1) == expected[step]);
}

static void decay_falls_in_equal_steps_and_ends_above_zero(void **state)
{
    (void)state;
    const double expected[] = {1, 1, 1, 1, 1, 0.75, 0.5, 0.25}; /* from step 4 of 8 on: (8 - step) / 4 */
    for (int64_t step = 0; step < 8; step++)
        assert_true(schedule_factor(step, 8, 0, 0.5) == expected[step]);
    assert_true(schedule_factor(0, 4, 0, 0) == 1.0 && schedule_factor(3, 4, 0, 0) == 0.25);
}

static void the_smaller_of_warming_up_and_decay_counts(void **state)
{
    (void)state;
    assert_true(schedule_factor(0, 4, 3, 0) == 0.25);
    assert_true(schedule_factor(3, 4, 3, 0) == 0.25);
    assert_true(schedule_factor(1, 4, 3, 0) == 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_without_a_schedule_keeps_its_rate),
        cmocka_unit_test(warming_up_rises_in_equal_steps_to_one),
        cmocka_unit_test(decay_falls_in_equal_steps_and_ends_above_zero),
        cmocka_unit_test(the_smaller_of_warming_up_and_decay_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
