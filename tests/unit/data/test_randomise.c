/* Patches as other scanners would have made them: reproducible, within bounds, the label's voxels kept. */
#include "test.h"

#include <math.h>
#include <string.h>

#include "augment.h"

enum { H = 24, W = 30, ONE = H * W };

static void draw(float *image, uint64_t seed, uint64_t sample)
{
    float work[ONE], label[ONE] = {0};
    for (int i = 0; i < ONE; i++) {
        label[i] = i % W > 10 && i % W < 15;
        image[i] = label[i] > 0 ? 180 : 60;
    }
    randomise_image(image, label, work, H, W, seed, sample);
}

TEST(a_sample_is_drawn_by_its_seed_and_number_alone)
{
    float a[ONE], b[ONE], other[ONE];
    draw(a, 3, 7);
    draw(other, 3, 8);
    draw(b, 3, 7);
    assert_memory_equal(a, b, sizeof a);
    assert_memory_not_equal(a, other, sizeof a);
    draw(other, 4, 7);
    assert_memory_not_equal(a, other, sizeof a);
}

TEST(intensities_stay_within_0_and_255_and_vessels_are_seen_in_most)
{
    int n_seen = 0, n_noisy = 0;
    for (uint64_t sample = 0; sample < 200; sample++) {
        float image[ONE];
        double vessel = 0, other = 0, rough = 0;
        draw(image, 1, sample);
        for (int i = 0; i < ONE; i++) {
            assert_true(image[i] >= 0 && image[i] <= 255);
            *(i % W > 10 && i % W < 15 ? &vessel : &other) += (double)image[i];
            if (i % W > 0 && i % W < 8 && i >= W)
                rough = fmax(rough, fabs((double)image[i] - (double)image[i - W]));
        }
        n_seen += vessel / (4 * H) > other / (ONE - 4 * H) + 10;
        n_noisy += rough > 5;
    }
    assert_true(n_seen > 180);
    assert_in_range(n_noisy, 90, 160); /* three of five have noise, some of it weak, some have waves */
}

TEST(sizes_and_sides_are_drawn_too)
{
    double low = 9, high = 0;
    int n_mirrored = 0;
    for (uint64_t sample = 0; sample < 400; sample++) {
        const augment_transform t =
            randomise_turn(augment_make(0, 0, false, (const double[2]){1, 1}), 1, sample);
        assert_true(t.m[0][0] == t.m[1][1] && t.m[0][1] == 0);
        low = fmin(low, t.m[0][0]);
        high = fmax(high, t.m[0][0]);
        n_mirrored += t.mirror;
    }
    assert_true(low > 0.55 && low < 0.6 && high > 1.15 && high < 1.25);
    assert_in_range(n_mirrored, 160, 240);
}

TEST(a_mirrored_turn_reverses_the_columns_of_image_and_label)
{
    float in[ONE], out[ONE];
    uint8_t label[ONE];
    augment_transform t = augment_make(0, 0, false, (const double[2]){1, 1});
    t.mirror = true;
    for (int i = 0; i < ONE; i++) {
        in[i] = (float)i;
        label[i] = i % 3 == 0;
    }
    augment_image(out, in, H, W, &t);
    for (int i = 0; i < ONE; i++)
        assert_true(out[i] == in[i / W * W + W - 1 - i % W]);
    augment_label(out, label, H, W, &t);
    for (int i = 0; i < ONE; i++)
        assert_true(out[i] == (float)label[i / W * W + W - 1 - i % W]);
}
