#include "test.h"

#include "metrics_fixture.h"
#include "storage.h"

TEST(a_mask_has_the_centreline_of_itself)
{
    wil_cldice c;
    WIL_OWN(wil_mask) mask = blob_mask(4, 1, 20, 18, 16);
    OK(wil_metrics_cldice(&c, &mask, &mask));
    assert_true(c.cldice == 1 && c.precision == 1 && c.sensitivity == 1);
}

/* A thinner tube on the same axis misses most voxels and no centreline; half as long a tube misses half. */
TEST(centrelines_forgive_thickness_and_not_length)
{
    wil_cldice c;
    wil_overlap o;
    WIL_OWN(wil_mask) thick = empty_mask(21, 21, 44);
    WIL_OWN(wil_mask) thin = empty_mask(21, 21, 44);
    WIL_OWN(wil_mask) half = empty_mask(21, 21, 44);
    set_tube(&thick, 10, 10, 0, 43, 5);
    set_tube(&thin, 10, 10, 2, 41, 1);
    set_tube(&half, 10, 10, 0, 21, 5);
    OK(wil_metrics_overlap(&o, &thick, &thin, NULL));
    OK(wil_metrics_cldice(&c, &thick, &thin));
    assert_true(o.dice < 0.15 && c.cldice == 1);
    OK(wil_metrics_cldice(&c, &thick, &half));
    assert_true(c.precision == 1);
    /* the axis ends at most a radius before the caps; of the 44 slices 22 are found */
    NEAR(c.sensitivity, 0.5, 5.0 / 34);
    NEAR(c.cldice, 2 * c.sensitivity / (1 + c.sensitivity), 1e-15);
}

TEST(swapping_the_masks_swaps_precision_and_sensitivity)
{
    wil_cldice c, s;
    WIL_OWN(wil_mask) truth = blob_mask(5, 1, 20, 18, 16);
    WIL_OWN(wil_mask) prediction = blob_mask(5, 2, 20, 18, 16);
    OK(wil_metrics_cldice(&c, &truth, &prediction));
    OK(wil_metrics_cldice(&s, &prediction, &truth));
    assert_true(c.precision == s.sensitivity && c.sensitivity == s.precision && c.precision != c.sensitivity);
    NEAR(c.cldice, s.cldice, 1e-15);
}

TEST(masks_apart_and_empty_masks_have_centreline_dice_0_and_two_empty_ones_1)
{
    wil_cldice c;
    WIL_OWN(wil_mask) here = empty_mask(12, 12, 12);
    WIL_OWN(wil_mask) there = empty_mask(12, 12, 12);
    WIL_OWN(wil_mask) none = empty_mask(12, 12, 12);
    set_box(&here, 1, 3, 1, 3, 1, 9, 1);
    set_box(&there, 7, 9, 1, 3, 1, 9, 1);
    OK(wil_metrics_cldice(&c, &here, &there));
    assert_true(c.cldice == 0);
    OK(wil_metrics_cldice(&c, &here, &none));
    assert_true(c.cldice == 0);
    OK(wil_metrics_cldice(&c, &none, &here));
    assert_true(c.cldice == 0);
    OK(wil_metrics_cldice(&c, &none, &none));
    assert_true(c.cldice == 1);
}

TEST(centreline_dice_is_that_of_scikit_images_skeletons)
{
    for (int seed = 1; seed <= 12; seed++) {
        wil_cldice c;
        WIL_OWN(wil_mask) truth = blob_mask(seed, 1, 32, 30, 28);
        WIL_OWN(wil_mask) prediction = blob_mask(seed, 2, 32, 30, 28);
        OK(wil_mask_keep_components(&truth, WIL_CONNECT_26, 1, 1));
        OK(wil_mask_keep_components(&prediction, WIL_CONNECT_26, 1, 1));
        OK(wil_metrics_cldice(&c, &truth, &prediction));
        NEAR(c.cldice, vector("blob%d_largest_cldice", seed), 1e-15); /* counts, three divisions */
        wil_mask_clear(&truth);
        wil_mask_clear(&prediction);
        truth = blob_mask(seed, 1, 64, 60, 1);
        prediction = blob_mask(seed, 2, 64, 60, 1);
        OK(wil_metrics_cldice(&c, &truth, &prediction));
        NEAR(c.cldice, vector("flat%d_cldice", seed), 1e-15);
    }
}

TEST(centreline_dice_of_slices_is_that_of_scikit_images_pictures)
{
    for (int seed = 1; seed <= 12; seed++) {
        wil_cldice c;
        WIL_OWN(wil_mask) truth = blob_mask(seed, 1, 64, 60, 1);
        WIL_OWN(wil_mask) prediction = blob_mask(seed, 2, 64, 60, 1);
        WIL_OWN(wil_mask) line = {0};
        OK(wil_metrics_skeleton_2d(&line, &truth));
        assert_int_equal(wil_mask_count(&line), vector("flat%d_zhang_skeleton", seed));
        OK(wil_metrics_cldice_2d(&c, &truth, &prediction));
        NEAR(c.cldice, vector("flat%d_zhang_cldice", seed), 1e-15);
    }
}

/* Slices are counted together, and each is thinned by itself. */
TEST(centrelines_of_slices_do_not_look_at_other_slices)
{
    WIL_OWN(wil_mask) stack = empty_mask(64, 60, 3);
    WIL_OWN(wil_mask) lines = {0};
    const size_t n = 64 * 60;
    for (int z = 0; z < 3; z++) {
        WIL_OWN(wil_mask) one = blob_mask(z + 1, 1, 64, 60, 1);
        memcpy(stack.voxels + (size_t)z * n, one.voxels, n);
    }
    OK(wil_metrics_skeleton_2d(&lines, &stack));
    for (int z = 0; z < 3; z++) {
        WIL_OWN(wil_mask) one = blob_mask(z + 1, 1, 64, 60, 1), line = {0};
        OK(wil_metrics_skeleton_2d(&line, &one));
        assert_memory_equal(lines.voxels + (size_t)z * n, line.voxels, n);
    }
}

/* ---- calibre ------------------------------------------------------------------------------------------- */

/* Spacing 0.5: a tube of radius 1 voxel (a plus of 5 voxels a slice) measures 2 * 0.5 * sqrt(2) - 0.5 = 0.9
 * mm; one of radius 5 about 5 mm. */
TEST(each_calibre_has_its_own_dice)
{
    const wil_grid grid = wil_grid_make(40, 24, 40, 0.5, 0.5, 0.5);
    const double edges[] = {1.5, 3};
    double dice[3];
    WIL_OWN(wil_mask) truth = random_mask(&grid, 0, 1);
    WIL_OWN(wil_mask) prediction = random_mask(&grid, 0, 1);
    set_tube(&truth, 8, 12, 0, 39, 1);
    set_tube(&truth, 28, 12, 0, 39, 5);
    set_tube(&prediction, 28, 12, 0, 39, 5); /* only the thick one is found */
    OK(wil_metrics_calibre_dice(dice, &truth, &prediction, edges, 2));
    assert_true(dice[0] == 0 && isnan(dice[1]) && dice[2] == 1);
    OK(wil_metrics_calibre_dice(dice, &prediction, &truth, edges, 2)); /* the thin one is a false positive: */
    assert_true(isnan(dice[0]) && isnan(dice[1]) && dice[2] > 0.9 && dice[2] < 1); /* of the nearest vessel */
    set_tube(&prediction, 8, 12, 0, 19, 1);
    OK(wil_metrics_calibre_dice(dice, &truth, &prediction, edges, 2));
    assert_true(dice[0] == 2 * 20 / (40.0 + 20) && dice[2] == 1);
}

TEST(one_band_is_plain_dice)
{
    double dice = 0;
    wil_overlap o;
    WIL_OWN(wil_mask) truth = blob_mask(6, 1, 20, 18, 16);
    WIL_OWN(wil_mask) prediction = blob_mask(6, 2, 20, 18, 16);
    OK(wil_metrics_overlap(&o, &truth, &prediction, NULL));
    OK(wil_metrics_calibre_dice(&dice, &truth, &prediction, NULL, 0));
    assert_true(dice == o.dice);
    const double edge[] = {1000};
    double two[2];
    OK(wil_metrics_calibre_dice(two, &truth, &prediction, edge, 1));
    assert_true(two[0] == o.dice && isnan(two[1]));
}

/* The calibre at which a tube changes its band, between edges a hundredth of a millimetre apart. */
TEST(the_calibre_of_a_slab_is_its_thickness)
{
    const wil_grid grid = wil_grid_make(30, 30, 15, 0.4, 0.4, 0.4);
    WIL_OWN(wil_mask) slab = random_mask(&grid, 0, 1);
    set_box(&slab, 0, 29, 0, 29, 5, 9, 1); /* five voxels: 2 mm */
    double dice[3];
    const double edges[] = {1.99, 2.01};
    OK(wil_metrics_calibre_dice(dice, &slab, &slab, edges, 2));
    assert_true(isnan(dice[0]) && dice[1] == 1 && isnan(dice[2]));
}

/* Four voxels have no middle one: whichever is left has the background two voxels away on one side, which
 * must be seen although nothing of either mask lies there. */
TEST(the_background_beside_a_vessel_counts_on_either_side)
{
    const wil_grid grid = wil_grid_make(24, 24, 24, 0.4, 0.4, 0.4);
    const double edges[] = {1.19, 1.21}; /* 2 * 0.8 - 0.4 */
    for (int axis = 0; axis < 3; axis++) {
        int first[3] = {0, 0, 0};
        int last[3] = {23, 23, 23};
        double dice[3];
        first[axis] = 9;
        last[axis] = 12;
        WIL_OWN(wil_mask) slab = random_mask(&grid, 0, 1);
        set_box(&slab, first[0], last[0], first[1], last[1], first[2], last[2], 1);
        OK(wil_metrics_calibre_dice(dice, &slab, &slab, edges, 2));
        assert_true(isnan(dice[0]) && dice[1] == 1 && isnan(dice[2]));
    }
}

TEST(impossible_bands_are_refused_and_an_empty_truth_has_none)
{
    double dice[WIL_SEG_MOST_EDGES + 1];
    const double falling[] = {3, 1.5};
    const double zero[] = {0};
    WIL_OWN(wil_mask) some = blob_mask(6, 1, 12, 11, 10);
    WIL_OWN(wil_mask) none = empty_mask(12, 11, 10);
    REFUSED(WIL_ERR_ARG, wil_metrics_calibre_dice(dice, &some, &some, falling, 2), "rise", "1.5");
    REFUSED(WIL_ERR_ARG, wil_metrics_calibre_dice(dice, &some, &some, zero, 1), "above 0 mm");
    REFUSED(WIL_ERR_ARG, wil_metrics_calibre_dice(dice, &some, &some, falling, 5), "0 to 4");
    OK(wil_metrics_calibre_dice(dice, &none, &some, (const double[]){1}, 1));
    assert_true(isnan(dice[0]) && isnan(dice[1]));
}

/* Thinning looks at one side after the other, so its result depends on which axis comes first: that is the
 * right-left axis, however the masks lie in memory. */
TEST(centrelines_do_not_depend_on_how_masks_are_stored)
{
    static const char *const codes[] = {"RAS", "LAS", "LPS", "RSA", "PSR", "ILA"};
    const double edges[] = {1, 2};
    wil_cldice first = {0};
    double first_dice[3] = {0};
    WIL_OWN(wil_mask) line = {0};
    for (int k = 0; k < 6; k++) {
        WIL_OWN(wil_mask) truth = blob_mask(5, 1, 20, 18, 16);
        WIL_OWN(wil_mask) prediction = blob_mask(5, 2, 20, 18, 16);
        WIL_OWN(wil_mask) skeleton = {0};
        double dice[3];
        wil_cldice c;
        OK(storage_turn_mask(&truth, codes[k]));
        OK(storage_turn_mask(&prediction, codes[k]));
        OK(wil_metrics_cldice(&c, &truth, &prediction));
        OK(wil_metrics_calibre_dice(dice, &truth, &prediction, edges, 2));
        OK(wil_metrics_skeleton(&skeleton, &truth));
        assert_memory_equal(skeleton.grid.size, truth.grid.size, sizeof truth.grid.size);
        OK(wil_mask_turn_onto(&skeleton, k == 0 ? &skeleton.grid : &line.grid));
        if (k == 0) {
            first = c;
            memcpy(first_dice, dice, sizeof dice);
            line = skeleton;
            skeleton = (wil_mask){0};
            continue;
        }
        assert_true(c.cldice == first.cldice && c.precision == first.precision);
        assert_memory_equal(dice, first_dice, sizeof dice);
        assert_memory_equal(skeleton.voxels, line.voxels, wil_grid_count(&line.grid));
    }
}
