#include "augment.h"
#include "samples_fixture.h"

#define S 33
#define ONE (S * S)

static const double ISO[2] = {0.5, 0.5};

static void fill(float *image, uint8_t *label)
{
    const wil_rng rng = wil_rng_at(2, WIL_RNG_TEST, 0);
    for (int i = 0; i < ONE; i++) {
        image[i] = (float)(300 * wil_rng_uniform(rng, (uint64_t)i));
        label[i] = wil_rng_uniform(rng, (uint64_t)(ONE + i)) < 0.3;
    }
}

static void the_identity_gives_the_input_bit_for_bit(void **state)
{
    (void)state;
    static float in[ONE];
    static float out[ONE];
    static uint8_t label[ONE];
    const double odd_spacing[2] = {0.3, 0.7};
    const augment_transform same = augment_make(0, 0, false, odd_spacing);
    fill(in, label);
    augment_image(out, in, S, S, &same);
    assert_memory_equal(out, in, sizeof in);
    augment_image(out, in, 11, 99, &same); /* other than square */
    assert_memory_equal(out, in, sizeof in);
    augment_label(out, label, S, S, &same);
    for (int i = 0; i < ONE; i++)
        assert_true(out[i] == (float)label[i]);
}

static void two_flips_are_the_identity_and_one_reverses_the_rows(void **state)
{
    (void)state;
    static float in[ONE];
    static float once[ONE];
    static float twice[ONE];
    static uint8_t label[ONE];
    const augment_transform flip = augment_make(0, 0, true, ISO);
    fill(in, label);
    augment_image(once, in, S, S, &flip);
    augment_image(twice, once, S, S, &flip);
    assert_memory_equal(twice, in, sizeof in);
    for (int row = 0; row < S; row++)
        assert_memory_equal(once + row * S, in + (S - 1 - row) * S, S * sizeof *in);
}

static void a_quarter_turn_is_a_transposition_with_reversed_columns(void **state)
{
    (void)state;
    static float in[ONE];
    static float out[ONE];
    static uint8_t label[ONE];
    const augment_transform quarter = augment_make(90, 0, false, ISO);
    fill(in, label);
    augment_image(out, in, S, S, &quarter);
    /* output (r, c) from the centre shows input (-c, r); cos(90 degrees) is 6e-17, times 16 voxels, times a
     * step of 300 between neighbours: below 1e-12, so float rounding (300 * 6e-8) decides */
    for (int r = 0; r < S; r++)
        for (int c = 0; c < S; c++)
            assert_float_equal(out[r * S + c], in[(S - 1 - c) * S + r], 2e-5);
    augment_label(out, label, S, S, &quarter);
    for (int r = 0; r < S; r++)
        for (int c = 0; c < S; c++)
            assert_true(out[r * S + c] == (float)label[(S - 1 - c) * S + r]);
}

static void four_quarter_turns_bring_the_label_home(void **state)
{
    (void)state;
    static float image[ONE];
    static float turned[ONE];
    static uint8_t label[ONE];
    static uint8_t now[ONE];
    const augment_transform quarter = augment_make(90, 0, false, ISO);
    fill(image, label);
    memcpy(now, label, sizeof now);
    for (int turn = 0; turn < 4; turn++) {
        augment_label(turned, now, S, S, &quarter);
        for (int i = 0; i < ONE; i++)
            now[i] = turned[i] != 0;
    }
    assert_memory_equal(now, label, sizeof now);
}

static void a_rotation_is_a_rotation_in_millimetres(void **state)
{
    (void)state;
    const double spacing[2] = {0.4, 0.8}; /* x, y */
    const augment_transform t = augment_make(25, 0, false, spacing);
    const double to_mm[2] = {spacing[1], spacing[0]};
    for (double angle = 0; angle < 6; angle += 0.5) {
        const double p[2] = {sin(angle) / to_mm[0], cos(angle) / to_mm[1]};
        const double q_row_mm = (t.m[0][0] * p[0] + t.m[0][1] * p[1]) * to_mm[0];
        const double q_column_mm = (t.m[1][0] * p[0] + t.m[1][1] * p[1]) * to_mm[1];
        assert_float_equal(hypot(q_row_mm, q_column_mm), 1, 1e-12); /* lengths stay: a few double roundings */
    }
}

static void a_shear_moves_a_row_by_its_height(void **state)
{
    (void)state;
    const augment_transform t = augment_make(0, 20, false, ISO);
    const double rad = 20 * acos(-1) / 180;
    /* Keras: [1 -sin; 0 cos] */
    assert_float_equal(t.m[0][0], 1, 1e-15);
    assert_float_equal(t.m[0][1], -sin(rad), 1e-15);
    assert_float_equal(t.m[1][0], 0, 1e-15);
    assert_float_equal(t.m[1][1], cos(rad), 1e-15);
}

static void edges_are_replicated(void **state)
{
    (void)state;
    static float in[ONE];
    static float out[ONE];
    for (int i = 0; i < ONE; i++)
        in[i] = 7;
    const augment_transform t = augment_make(30, 20, true, ISO);
    augment_image(out, in, S, S, &t);
    for (int i = 0; i < ONE; i++)
        assert_float_equal(out[i], 7, 1e-6); /* the weights add up to 1 but for rounding */
}

static void drawn_transforms_stay_within_their_ranges_and_use_them(void **state)
{
    (void)state;
    wil_augment_config config = wil_augment_config_default();
    int n_flips = 0;
    double widest_deg = 0;
    config.kind = WIL_AUGMENT_STUDY;
    config.shear_deg = 0;
    for (uint64_t i = 0; i < 2000; i++) {
        const augment_transform t = augment_draw(&config, 3, i, ISO);
        const double deg = fabs(atan2(t.m[1][0], t.m[0][0])) * 180 / acos(-1);
        assert_true(deg <= 30);
        widest_deg = deg > widest_deg ? deg : widest_deg;
        n_flips += t.flip;
    }
    assert_true(widest_deg > 29.5);                   /* probability of none in 2000: (59/60)^2000 < 1e-14 */
    assert_in_range(n_flips, 1000 - 112, 1000 + 112); /* five standard deviations of 22.4 */
    config.flip_vertical = false;
    for (uint64_t i = 0; i < 100; i++)
        assert_false(augment_draw(&config, 3, i, ISO).flip);
}

static void augmentation_switched_off_changes_nothing_and_switched_on_does(void **state)
{
    (void)state;
    wil_samples set;
    static float image[2][3 * ONE];
    static float label[2][3 * ONE];
    const size_t indices[3] = {0, 1, 2};
    wil_augment_config config = wil_augment_config_default();
    make_patches(&set, 3, S, S);
    OK(wil_batch_unet(image[0], label[0], &set, indices, 3, WIL_SCALE_UNET_SET, 0, 1, &config, 6, 0));
    assert_memory_equal(image[0], set.image, sizeof image[0]);
    config.kind = WIL_AUGMENT_STUDY;
    OK(wil_batch_unet(image[1], label[1], &set, indices, 3, WIL_SCALE_UNET_SET, 0, 1, &config, 6, 0));
    for (int i = 0; i < 3; i++)
        assert_memory_not_equal(image[0] + i * ONE, image[1] + i * ONE, ONE * sizeof(float));
    wil_samples_clear(&set);
}

static void labels_stay_0_or_1(void **state)
{
    (void)state;
    wil_samples set;
    static float image[8 * ONE];
    static float label[8 * ONE];
    const size_t indices[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    wil_augment_config config = wil_augment_config_default();
    int ones = 0;
    config.kind = WIL_AUGMENT_STUDY;
    make_patches(&set, 8, S, S);
    OK(wil_batch_unet(image, label, &set, indices, 8, WIL_SCALE_UNET_PATCH, 0, 1, &config, 6, 77));
    for (int i = 0; i < 8 * ONE; i++) {
        assert_true(label[i] == 0.0f || label[i] == 1.0f);
        assert_true(isfinite(image[i]));
        ones += label[i] == 1.0f;
    }
    assert_true(ones > 0 && ones < 8 * ONE);
    wil_samples_clear(&set);
}

static void image_and_label_move_together(void **state)
{
    (void)state;
    static float in[ONE];
    static float image[ONE];
    static float label[ONE];
    static uint8_t disc[ONE];
    const augment_transform t = augment_make(25, -15, true, ISO);
    int differ = 0;
    for (int i = 0; i < ONE; i++) {
        const int r = i / S - 10;
        const int c = i % S - 20;
        disc[i] = r * r + c * c <= 36;
        in[i] = disc[i];
    }
    augment_image(image, in, S, S, &t);
    augment_label(label, disc, S, S, &t);
    for (int i = 0; i < ONE; i++)
        differ += (image[i] > 0.5f) != (label[i] > 0.5f);
    assert_in_range(
        differ, 0, 8); /* only on the rim of 38 voxels, where bilinear and nearest round differently */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_identity_gives_the_input_bit_for_bit),
        cmocka_unit_test(two_flips_are_the_identity_and_one_reverses_the_rows),
        cmocka_unit_test(a_quarter_turn_is_a_transposition_with_reversed_columns),
        cmocka_unit_test(four_quarter_turns_bring_the_label_home),
        cmocka_unit_test(a_rotation_is_a_rotation_in_millimetres),
        cmocka_unit_test(a_shear_moves_a_row_by_its_height),
        cmocka_unit_test(edges_are_replicated),
        cmocka_unit_test(drawn_transforms_stay_within_their_ranges_and_use_them),
        cmocka_unit_test(augmentation_switched_off_changes_nothing_and_switched_on_does),
        cmocka_unit_test(labels_stay_0_or_1),
        cmocka_unit_test(image_and_label_move_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
