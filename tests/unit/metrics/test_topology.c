#include "test.h"

#include "metrics_fixture.h"
#include "simple_point.h"

/* ---- Betti numbers ------------------------------------------------------------------------------------- */

static void assert_betti(const wil_mask *mask, int64_t components, int64_t tunnels, int64_t cavities)
{
    wil_betti b;
    OK(wil_metrics_betti(&b, mask));
    if (b.components != components || b.tunnels != tunnels || b.cavities != cavities)
        fail_msg("Betti numbers %d %d %d, not %d %d %d", (int)b.components, (int)b.tunnels, (int)b.cavities,
            (int)components, (int)tunnels, (int)cavities);
}

TEST(solids_have_their_betti_numbers)
{
    WIL_OWN(wil_mask) mask = empty_mask(31, 30, 29);
    assert_betti(&mask, 0, 0, 0);
    set_ball(&mask, 14, 14, 14, 10, 1);
    assert_betti(&mask, 1, 0, 0);
    set_ball(&mask, 14, 14, 14, 6, 0);
    assert_betti(&mask, 1, 0, 1); /* a hollow sphere */
    set_ball(&mask, 14, 14, 14, 2, 1);
    assert_betti(&mask, 2, 0, 1); /* with a kernel */
    set_box(&mask, 14, 14, 14, 14, 0, 28, 0);
    assert_betti(&mask, 2, 2, 0); /* a channel through all: shell and kernel become rings */
    wil_mask_clear(&mask);

    mask = empty_mask(31, 30, 29);
    set_torus(&mask, 14, 14, 8, 9, 2.5);
    assert_betti(&mask, 1, 1, 0);
    set_torus(&mask, 14, 14, 20, 9, 2.5);
    assert_betti(&mask, 2, 2, 0);
    set_tube(&mask, 23, 14, 8, 20, 1.5);
    assert_betti(&mask, 1, 2, 0); /* joined: two handles */
    set_tube(&mask, 5, 14, 8, 20, 1.5);
    assert_betti(&mask, 1, 3, 0);
}

/* Corners and edges join ones, only faces join zeros. */
TEST(voxels_that_touch_at_a_corner_are_one_component)
{
    WIL_OWN(wil_mask) mask = empty_mask(5, 5, 5);
    set_box(&mask, 1, 1, 1, 1, 1, 1, 1);
    set_box(&mask, 2, 2, 2, 2, 2, 2, 1);
    assert_betti(&mask, 1, 0, 0);
    set_box(&mask, 4, 4, 4, 4, 4, 4, 1);
    assert_betti(&mask, 2, 0, 0);
    set_box(&mask, 0, 4, 0, 4, 0, 4, 1);
    assert_betti(&mask, 1, 0, 0); /* all of the volume: nothing outside, no cavity */
    set_box(&mask, 1, 1, 1, 1, 1, 1, 0);
    set_box(&mask, 2, 2, 2, 2, 2, 2, 0);
    assert_betti(&mask, 1, 0, 2);
}

TEST(a_picture_has_holes_for_tunnels)
{
    WIL_OWN(wil_mask) mask = empty_mask(12, 9, 1);
    set_box(&mask, 1, 10, 1, 7, 0, 0, 1);
    set_box(&mask, 3, 4, 3, 4, 0, 0, 0);
    set_box(&mask, 7, 8, 4, 5, 0, 0, 0);
    assert_betti(&mask, 1, 2, 0);
}

TEST(components_and_euler_characteristic_are_those_of_scikit_image)
{
    for (int seed = 1; seed <= 12; seed++) {
        wil_betti b;
        WIL_OWN(wil_mask) mask = blob_mask(seed, 1, 32, 30, 28);
        WIL_OWN(wil_mask) flat = blob_mask(seed, 1, 64, 60, 1);
        assert_int_equal(wil_mask_count(&mask), vector("blob%d_voxels", seed)); /* the same mask as there */
        OK(wil_metrics_betti(&b, &mask));
        assert_int_equal(b.components, vector("blob%d_components", seed));
        assert_int_equal(b.components - b.tunnels + b.cavities, vector("blob%d_euler", seed));
        OK(wil_metrics_betti(&b, &flat));
        assert_int_equal(b.components - b.tunnels, vector("flat%d_euler", seed));
        assert_int_equal(b.cavities, 0);
    }
}

/* ---- simple points ------------------------------------------------------------------------------------- */

/* How many connected pieces the set has among `seeds`; reach: most coordinates in which neighbours differ. */
static int pieces(uint32_t set, uint32_t seeds, int reach)
{
    int n = 0;
    uint32_t left = set;
    while ((left & seeds) != 0) {
        uint32_t piece = (left & seeds) & -(left & seeds);
        for (uint32_t before = 0; piece != before;) {
            before = piece;
            for (int a = 0; a < 27; a++)
                for (int b = 0; b < 27; b++) {
                    const int dx = abs(a % 3 - b % 3), dy = abs(a / 3 % 3 - b / 3 % 3);
                    const int dz = abs(a / 9 - b / 9);
                    if (dx <= 1 && dy <= 1 && dz <= 1 && dx + dy + dz <= reach && (before >> a & 1) != 0)
                        piece |= left & 1U << b;
                }
        }
        left &= ~piece;
        n++;
    }
    return n;
}

TEST(simple_points_are_those_of_the_definition)
{
    uint32_t faces = 0;
    uint32_t near = 0; /* faces and edges */
    for (int i = 0; i < 27; i++) {
        const int steps = abs(i % 3 - 1) + abs(i / 3 % 3 - 1) + abs(i / 9 - 1);
        faces |= steps == 1 ? 1U << i : 0;
        near |= steps == 1 || steps == 2 ? 1U << i : 0;
    }
    int n_simple = 0;
    for (uint64_t k = 0; k < 3000; k++) {
        uint32_t ones = 0;
        const double filled = 0.1 + 0.1 * (double)(k % 9);
        for (uint64_t i = 0; i < 27; i++)
            if (wil_rng_uniform(wil_rng_at(k, WIL_RNG_TEST, 3), i) < filled)
                ones |= 1U << i;
        const uint32_t others = ones & ~(1U << 13), zeros = ~ones & near;
        const bool expected = pieces(others, others, 3) == 1 && pieces(zeros, zeros & faces, 1) == 1;
        assert_int_equal(simple_point(ones), expected);
        assert_int_equal(simple_point(ones | 1U << 13), expected); /* the voxel itself is not looked at */
        n_simple += expected;
    }
    assert_in_range(n_simple, 300, 2700); /* both answers have been met */
}

/* ---- skeletons ----------------------------------------------------------------------------------------- */

TEST(a_skeleton_lies_in_its_mask_and_has_its_betti_numbers)
{
    for (int seed = 1; seed <= 12; seed++) {
        WIL_OWN(wil_mask) mask = blob_mask(seed, 3, seed % 3 == 0 ? 40 : 21, 20, seed % 3 == 0 ? 1 : 19);
        WIL_OWN(wil_mask) skeleton = {0};
        wil_betti b;
        OK(wil_metrics_skeleton(&skeleton, &mask));
        OK(wil_metrics_betti(&b, &mask));
        assert_betti(&skeleton, b.components, b.tunnels, b.cavities);
        for (size_t i = 0; i < wil_grid_count(&mask.grid); i++)
            assert_true(skeleton.voxels[i] <= mask.voxels[i]);
        assert_true(2 * wil_mask_count(&skeleton) < wil_mask_count(&mask));
    }
}

TEST(the_skeleton_of_a_tube_is_its_axis_and_of_a_ball_its_centre)
{
    WIL_OWN(wil_mask) mask = empty_mask(21, 21, 40);
    WIL_OWN(wil_mask) skeleton = {0};
    set_tube(&mask, 10, 10, 5, 34, 4);
    OK(wil_metrics_skeleton(&skeleton, &mask));
    for (int z = 10; z <= 29; z++) { /* away from the ends, which are rounded by the radius */
        int n = 0;
        for (int i = 0; i < 21 * 21; i++)
            n += skeleton.voxels[z * 21 * 21 + i];
        assert_int_equal(n, 1);
        assert_true(skeleton.voxels[voxel_at(&mask.grid, 10, 10, z)]);
    }
    wil_mask_clear(&skeleton);
    memset(mask.voxels, 0, wil_grid_count(&mask.grid));
    set_ball(&mask, 10, 10, 20, 8, 1);
    OK(wil_metrics_skeleton(&skeleton, &mask));
    assert_in_range(wil_mask_count(&skeleton), 1, 2); /* two voxels are a line, whose ends stay */
    assert_true(skeleton.voxels[voxel_at(&mask.grid, 10, 10, 20)]);
}

TEST(a_thin_line_and_an_empty_mask_are_their_own_skeletons)
{
    WIL_OWN(wil_mask) line = empty_mask(12, 12, 12);
    WIL_OWN(wil_mask) skeleton = {0};
    OK(wil_metrics_skeleton(&skeleton, &line));
    assert_int_equal(wil_mask_count(&skeleton), 0);
    wil_mask_clear(&skeleton);
    for (int k = 1; k < 11; k++)
        line.voxels[voxel_at(&line.grid, k, k / 2, 11 - k)] = 1;
    OK(wil_metrics_skeleton(&skeleton, &line));
    assert_memory_equal(skeleton.voxels, line.voxels, wil_grid_count(&line.grid));
}

/* scikit-image loses some pieces of a solid, each down to its one voxel; nothing else differs. */
TEST(skeletons_are_as_long_as_those_of_scikit_image)
{
    for (int seed = 1; seed <= 12; seed++) {
        WIL_OWN(wil_mask) mask = blob_mask(seed, 1, 32, 30, 28);
        WIL_OWN(wil_mask) flat = blob_mask(seed, 1, 64, 60, 1);
        WIL_OWN(wil_mask) skeleton = {0}, flat_skeleton = {0};
        OK(wil_metrics_skeleton(&skeleton, &mask));
        OK(wil_metrics_skeleton(&flat_skeleton, &flat));
        assert_int_equal(wil_mask_count(&flat_skeleton), vector("flat%d_skeleton", seed));
        assert_int_equal(
            wil_mask_count(&skeleton), vector("blob%d_skeleton", seed) + vector("blob%d_lost", seed));
    }
}
