#include "samples_fixture.h"

static void a_range_goes_to_minus_one_and_one_and_is_clipped(void **state)
{
    (void)state;
    float values[] = {10, 20, 15, 0, 99};
    wil_scale_range(values, 5, 10, 20);
    const float expected[] = {-1, 1, 0, -1, 1};
    assert_memory_equal(values, expected, sizeof values);
}

static void a_range_that_holds_nothing_gives_minus_one(void **state)
{
    (void)state;
    float values[] = {5, 5, 5};
    wil_scale_range(values, 3, 5, 5);
    for (int i = 0; i < 3; i++)
        assert_true(values[i] == -1.0f);
}

static void standardised_values_have_mean_0_and_sd_1(void **state)
{
    (void)state;
    wil_samples set;
    double mean = 0;
    double sd = 0;
    make_patches(&set, 8, 16, 16);
    OK(wil_samples_moments(&set, &mean, &sd));
    /* uniform in [0, 250): mean 125, sd 72.2; the mean of 2048 values lies within 5 sd / sqrt(2048) = 8 of it
     */
    assert_float_equal(mean, 125, 8);
    assert_float_equal(sd, 250 / sqrt(12.0), 8);
    wil_scale_standard(set.image, 8 * 16 * 16, mean, sd);
    OK(wil_samples_moments(&set, &mean, &sd));
    assert_float_equal(mean, 0, 1e-6); /* float rounding of values near 1: 6e-8 each, random in sign */
    assert_float_equal(sd, 1, 1e-6);
    wil_samples_clear(&set);
}

static void moments_keep_their_digits_on_a_large_offset(void **state)
{
    (void)state;
    wil_samples set;
    double mean = 0;
    double sd = 0;
    make_patches(&set, 4, 100, 100);
    for (int i = 0; i < 4 * 100 * 100; i++)
        set.image[i] = i % 2 == 0 ? 1000000.0f : 1000001.0f;
    OK(wil_samples_moments(&set, &mean, &sd));
    assert_float_equal(mean, 1000000.5, 1e-8);
    assert_float_equal(sd, 0.5, 1e-10); /* exact but for double rounding: two passes, no cancellation */
    wil_samples_clear(&set);
}

static void a_constant_set_can_be_standardised(void **state)
{
    (void)state;
    float values[] = {7, 7};
    wil_scale_standard(values, 2, 7, 0);
    assert_true(values[0] == 0.0f && values[1] == 0.0f);
}

static void limits_by_scan_are_the_subjects_and_by_patch_its_own(void **state)
{
    (void)state;
    wil_samples set;
    float low[4];
    float high[4];
    make_patches(&set, 4, 5, 6);
    for (int k = 0; k < 30; k++)
        set.image[3 * 30 + k] = 42; /* a constant patch */
    OK(wil_samples_limits(&set, WIL_SCALE_GAN_SCAN, low, high));
    assert_true(
        low[0] == 0.0f && high[0] == 200.0f && low[1] == 50.0f && high[1] == 100.0f && low[2] == 0.0f);
    OK(wil_samples_limits(&set, WIL_SCALE_GAN_PATCH, low, high));
    for (int i = 0; i < 4; i++) {
        bool low_met = false;
        bool high_met = false;
        for (int k = 0; k < 30; k++) {
            const float value = set.image[i * 30 + k];
            assert_true(value >= low[i] && value <= high[i]);
            low_met = low_met || value == low[i];
            high_met = high_met || value == high[i];
        }
        assert_true(low_met && high_met);
    }
    assert_true(low[3] == 42.0f && high[3] == 42.0f);
    wil_samples_clear(&set);
}

static void limits_are_for_gans_only(void **state)
{
    (void)state;
    wil_samples set;
    float low[1];
    float high[1];
    make_patches(&set, 1, 2, 2);
    REFUSED(WIL_ERR_ARG, wil_samples_limits(&set, WIL_SCALE_UNET_SET, low, high), "scalings of GANs only");
    wil_free(set.subject_range);
    set.subject_range = NULL;
    REFUSED(WIL_ERR_ARG, wil_samples_limits(&set, WIL_SCALE_GAN_SCAN, low, high), "no subject_range");
    wil_samples_clear(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_range_goes_to_minus_one_and_one_and_is_clipped),
        cmocka_unit_test(a_range_that_holds_nothing_gives_minus_one),
        cmocka_unit_test(standardised_values_have_mean_0_and_sd_1),
        cmocka_unit_test(moments_keep_their_digits_on_a_large_offset),
        cmocka_unit_test(a_constant_set_can_be_standardised),
        cmocka_unit_test(limits_by_scan_are_the_subjects_and_by_patch_its_own),
        cmocka_unit_test(limits_are_for_gans_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
