#include "samples_fixture.h"

#include <omp.h>

#define N 6
#define H 8
#define W 10
#define ONE (H * W)

static void a_gan_batch_pairs_scaled_image_and_label(void **state)
{
    (void)state;
    wil_samples set;
    float low[N];
    float high[N];
    static float batch[3 * ONE * 2];
    const size_t indices[3] = {5, 0, 3};
    make_patches(&set, N, H, W);
    OK(wil_samples_limits(&set, WIL_SCALE_GAN_SCAN, low, high));
    OK(wil_batch_gan(batch, &set, indices, 3, low, high));
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < ONE; k++) {
            const size_t from = indices[i] * ONE + (size_t)k;
            float expected = set.image[from];
            wil_scale_range(&expected, 1, low[indices[i]], high[indices[i]]);
            assert_true(batch[2 * (i * ONE + k)] == expected);
            assert_true(batch[2 * (i * ONE + k) + 1] == (float)set.label[from]);
            assert_true(expected >= -1.0f && expected <= 1.0f);
        }
    }
    wil_samples_clear(&set);
}

/* By hand: the nearest edge, half a voxel from centres on either side of it. */
static void a_guide_is_label_and_distance_within_the_patch(void **state)
{
    (void)state;
    enum { SIDE = 32 };
    wil_samples set;
    static float guide[3 * SIDE * SIDE * 2], again[3 * SIDE * SIDE * 2];
    const size_t indices[3] = {2, 0, 1};
    make_patches(&set, 3, SIDE, SIDE);
    memset(set.label, 0, 2 * SIDE * SIDE); /* 0: a bar of columns 9 to 13; 1: none; 2: all vessel */
    memset(set.label + 2 * SIDE * SIDE, 1, SIDE * SIDE);
    for (int y = 0; y < SIDE; y++)
        memset(set.label + y * SIDE + 9, 1, 5);
    OK(wil_batch_guide(guide, &set, indices, 3));
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            const float *at = guide + 2 * (y * SIDE + x);
            const size_t patch = (size_t)SIDE * SIDE * 2;
            const float edge = fminf((float)x - 8.5f, 13.5f - (float)x);
            assert_true(at[0] == 1 && at[1] == 1);
            assert_true(at[patch] == (edge > 0));
            assert_float_equal(at[patch + 1], fmaxf(edge / WIL_GUIDE_REACH, -1), 1e-6);
            assert_true(at[2 * patch] == 0 && at[2 * patch + 1] == -1);
        }
    OK(wil_batch_guide_drawn(guide, &set, wil_rng_at(3, WIL_RNG_GUIDE, 4), 0, 3));
    OK(wil_batch_guide_drawn(again, &set, wil_rng_at(3, WIL_RNG_GUIDE, 4), 1, 2)); /* addressed */
    assert_memory_equal(again, guide + SIDE * SIDE * 2, 2 * SIDE * SIDE * 2 * sizeof *again);
    wil_free(set.label);
    set.label = NULL;
    REFUSED(WIL_ERR_ARG, wil_batch_guide(guide, &set, indices, 3), "no labels");
    wil_samples_clear(&set);
}

static void a_constant_patch_does_not_become_nan(void **state)
{
    (void)state;
    wil_samples set;
    float low[1];
    float high[1];
    static float batch[ONE * 2];
    const size_t first = 0;
    make_patches(&set, 1, H, W);
    for (int k = 0; k < ONE; k++)
        set.image[k] = 3;
    OK(wil_samples_limits(&set, WIL_SCALE_GAN_PATCH, low, high));
    OK(wil_batch_gan(batch, &set, &first, 1, low, high));
    for (int k = 0; k < ONE; k++)
        assert_true(batch[2 * k] == -1.0f);
    wil_samples_clear(&set);
}

static void a_unet_batch_by_set_is_standardised_by_the_numbers_given(void **state)
{
    (void)state;
    wil_samples set;
    static float image[2 * ONE];
    static float label[2 * ONE];
    const size_t indices[2] = {4, 1};
    const wil_augment_config off = wil_augment_config_default();
    make_patches(&set, N, H, W);
    OK(wil_batch_unet(image, label, &set, indices, 2, WIL_SCALE_UNET_SET, 100, 8, &off, 1, 0));
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < ONE; k++) {
            assert_true(
                image[i * ONE + k] == (float)((set.image[indices[i] * ONE + (size_t)k] - 100.0) / 8.0));
            assert_true(label[i * ONE + k] == (float)set.label[indices[i] * ONE + (size_t)k]);
        }
    }
    wil_samples_clear(&set);
}

static void a_unet_batch_by_patch_has_mean_0_and_sd_1_in_each(void **state)
{
    (void)state;
    wil_samples set;
    static float image[N * ONE];
    static float label[N * ONE];
    const size_t indices[N] = {0, 1, 2, 3, 4, 5};
    make_patches(&set, N, H, W);
    OK(wil_batch_unet(image, label, &set, indices, N, WIL_SCALE_UNET_PATCH, 0, 1, NULL, 1, 0));
    for (int i = 0; i < N; i++) {
        double sum = 0;
        double squares = 0;
        for (int k = 0; k < ONE; k++) {
            sum += image[i * ONE + k];
            squares += (double)image[i * ONE + k] * image[i * ONE + k];
        }
        assert_float_equal(sum / ONE, 0, 1e-6); /* float rounding of values near 1 */
        assert_float_equal(squares / ONE, 1, 1e-6);
    }
    wil_samples_clear(&set);
}

static void batches_do_not_depend_on_threads_or_on_where_they_begin(void **state)
{
    (void)state;
    wil_samples set;
    static float one[N * ONE];
    static float label_one[N * ONE];
    static float two[N * ONE];
    static float label_two[N * ONE];
    const size_t indices[N] = {3, 1, 2, 0, 5, 4};
    wil_augment_config on = wil_augment_config_default();
    on.kind = WIL_AUGMENT_STUDY;
    make_patches(&set, N, H, W);
    omp_set_num_threads(1);
    OK(wil_batch_unet(one, label_one, &set, indices, N, WIL_SCALE_UNET_SET, 9, 2, &on, 4, 1000));
    omp_set_num_threads(4);
    OK(wil_batch_unet(two, label_two, &set, indices, 2, WIL_SCALE_UNET_SET, 9, 2, &on, 4, 1000));
    OK(wil_batch_unet(two + 2 * ONE, label_two + 2 * ONE, &set, indices + 2, N - 2, WIL_SCALE_UNET_SET, 9, 2,
        &on, 4, 1002));
    assert_memory_equal(one, two, sizeof one);
    assert_memory_equal(label_one, label_two, sizeof label_one);
    wil_samples_clear(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gan_batch_pairs_scaled_image_and_label),
        cmocka_unit_test(a_guide_is_label_and_distance_within_the_patch),
        cmocka_unit_test(a_constant_patch_does_not_become_nan),
        cmocka_unit_test(a_unet_batch_by_set_is_standardised_by_the_numbers_given),
        cmocka_unit_test(a_unet_batch_by_patch_has_mean_0_and_sd_1_in_each),
        cmocka_unit_test(batches_do_not_depend_on_threads_or_on_where_they_begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
