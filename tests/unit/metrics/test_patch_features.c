/* Features of patches, and SSIM of all pairs. */
#include "test.h"

#include <omp.h>

#include "distribution_fixture.h"

#define H 21
#define W 24

static void make_patch(float *image, uint8_t *label)
{
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            const bool vessel = (x - 12) * (x - 12) + (y - 8) * (y - 8) < 20;
            image[y * W + x] = (float)(hashed((uint64_t)(y * W + x), 5) / 512.0 + (vessel ? 0.25 : -0.5));
            label[y * W + x] = vessel || ((x + y) % 11 == 0 && y > 14);
        }
}

TEST(features_are_those_of_numpy)
{
    float image[H * W], out[WIL_PATCH_FEATURES];
    uint8_t label[H * W];
    make_patch(image, label);
    OK(wil_patch_features(out, image, label, 1, H, W));
    for (int i = 0; i < WIL_PATCH_FEATURES; i++) {
        char name[32];
        snprintf(name, sizeof name, "feature_%d", i);
        const double expected = distribution_vector(name);
        NEAR((double)out[i], expected, 1e-7 * (1 + fabs(expected))); /* rounded to float at the end */
    }
}

TEST(a_patch_without_contrast_or_vessel_has_finite_features)
{
    float image[16 * 16], out[WIL_PATCH_FEATURES];
    uint8_t label[16 * 16] = {0};
    for (int i = 0; i < 256; i++)
        image[i] = -1;
    OK(wil_patch_features(out, image, label, 1, 16, 16));
    for (int i = 0; i < WIL_PATCH_FEATURES; i++)
        assert_true(isfinite(out[i]));
    assert_true(out[0] == -1 && out[1] == 0 && out[10] == 0);
    for (int i = WIL_PATCH_FEATURES - 6; i < WIL_PATCH_FEATURES; i++)
        assert_true(out[i] == 0);
    memset(label, 1, sizeof label); /* vessel everywhere */
    OK(wil_patch_features(out, image, label, 1, 16, 16));
    assert_true(out[68] == 1 && out[71] == 0);
    NEAR((double)out[69], 60.0 / 256, 1e-7);
    NEAR((double)out[73], log(2), 1e-7);
    REFUSED(WIL_ERR_INPUT, wil_patch_features(out, image, label, 1, 15, 16), "15x16", "16x16 is the least");
}

TEST(each_patch_stands_for_itself_whatever_the_threads)
{
    enum { N = 40 };
    static float images[N * H * W], one[N * WIL_PATCH_FEATURES], many[N * WIL_PATCH_FEATURES];
    static uint8_t labels[N * H * W];
    float alone[WIL_PATCH_FEATURES];
    for (int i = 0; i < N * H * W; i++) {
        images[i] = (float)(2 * wil_rng_uniform(wil_rng_at(1, WIL_RNG_TEST, 0), (uint64_t)i) - 1);
        labels[i] = images[i] > 0.5F;
    }
    const int before = omp_get_max_threads();
    omp_set_num_threads(1);
    OK(wil_patch_features(one, images, labels, N, H, W));
    omp_set_num_threads(3);
    OK(wil_patch_features(many, images, labels, N, H, W));
    omp_set_num_threads(before);
    assert_memory_equal(one, many, sizeof one);
    OK(wil_patch_features(alone, images + 33 * H * W, labels + 33 * H * W, 1, H, W));
    assert_memory_equal(alone, one + 33 * WIL_PATCH_FEATURES, sizeof alone);
}

/* Published test values of 32-bit FNV-1a. */
TEST(the_hash_is_fnv_1a)
{
    char hash[9];
    wil_feature_hash(hash, "");
    assert_string_equal(hash, "811c9dc5");
    wil_feature_hash(hash, "a");
    assert_string_equal(hash, "e40c292c");
    wil_feature_hash(hash, "foobar");
    assert_string_equal(hash, "bf9cf968");
}

/* ---- pairs -------------------------------------------------------------------------------------------- */

TEST(the_mean_over_pairs_is_that_of_single_comparisons)
{
    enum { N = 6, P = H * W };
    float images[N * P];
    const wil_grid grid = wil_grid_make(W, H, 1, 1, 1, 1);
    double expected = 0, squares = 0, mean = 0, sd = 0;
    for (int i = 0; i < N * P; i++) /* flat below, noisy above */
        images[i] = i % P < P / 3 ? -1 : (float)(hashed((uint64_t)i, 3) / 128.0 - 1) * (float)(1 + i / P) / 6;
    for (int i = 0; i < N; i++)
        for (int j = i + 1; j < N; j++) {
            wil_similarity s;
            WIL_OWN(wil_volume) a = {0}, b = {0};
            OK(wil_volume_make(&a, &grid, 1));
            OK(wil_volume_make(&b, &grid, 1));
            memcpy(a.voxels, images + i * P, P * sizeof *images);
            memcpy(b.voxels, images + j * P, P * sizeof *images);
            OK(wil_similarity_evaluate(&s, NULL, &a, &b, NULL, 2));
            expected += s.ssim_u7 / 15;
            squares += s.ssim_u7 * s.ssim_u7 / 15;
        }
    OK(wil_pairwise_ssim(&mean, &sd, images, N, H, W, 2));
    NEAR(mean, expected, 1e-12); /* other order of the same sums, against constants of 4e-4 */
    NEAR(sd, sqrt(squares - expected * expected), 1e-9);
}

TEST(a_generator_of_one_image_has_a_mean_of_1)
{
    float images[3 * H * W];
    uint8_t label[H * W];
    double mean = 0, sd = 1;
    make_patch(images, label);
    memcpy(images + H * W, images, H * W * sizeof *images);
    memcpy(images + 2 * H * W, images, H * W * sizeof *images);
    OK(wil_pairwise_ssim(&mean, &sd, images, 3, H, W, 2));
    NEAR(mean, 1, 1e-12);
    NEAR(sd, 0, 1e-7); /* the root of a rounding */
    REFUSED(WIL_ERR_INPUT, wil_pairwise_ssim(&mean, &sd, images, 1, H, W, 2), "two images at least, got 1");
    REFUSED(WIL_ERR_INPUT, wil_pairwise_ssim(&mean, &sd, images, 2, 6, 40, 2), "6x40", "7x7");
    REFUSED(WIL_ERR_ARG, wil_pairwise_ssim(&mean, NULL, images, 2, H, W, 0), "above 0");
}
