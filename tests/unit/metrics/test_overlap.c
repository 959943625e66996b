#include "test.h"

#include "metrics_fixture.h"

/* A mask of 10 voxels in a row, of which first .. first + n - 1 are 1. */
static wil_mask row_mask(int first, int n)
{
    const wil_grid grid = wil_grid_make(10, 1, 1, 0.5, 0.5, 0.8);
    wil_mask mask;
    OK(wil_mask_make(&mask, &grid));
    for (int x = first; x < first + n; x++)
        mask.voxels[x] = 1;
    return mask;
}

TEST(a_worked_example_has_its_counts_and_dice)
{
    wil_overlap o;
    wil_mask truth = row_mask(1, 4);      /* 1 2 3 4 */
    wil_mask prediction = row_mask(3, 5); /* 3 4 5 6 7 */
    OK(wil_metrics_overlap(&o, &truth, &prediction, NULL));
    assert_int_equal(o.true_positive, 2);
    assert_int_equal(o.false_positive, 3);
    assert_int_equal(o.false_negative, 2);
    assert_int_equal(o.true_negative, 3);
    assert_true(o.dice == 2 * 2.0 / (4 + 5)); /* twice what is common by the sum of both */
    assert_true(o.jaccard == 2.0 / 7 && o.sensitivity == 2.0 / 4 && o.precision == 2.0 / 5);
    assert_true(o.specificity == 3.0 / 6 && o.volume_similarity == 1 - 1.0 / 9);
    assert_false(o.both_empty);
    wil_mask_clear(&truth);
    wil_mask_clear(&prediction);
}

TEST(voxels_outside_the_region_do_not_count)
{
    wil_overlap o;
    WIL_OWN(wil_mask) truth = row_mask(1, 4);
    WIL_OWN(wil_mask) prediction = row_mask(3, 5);
    wil_mask within = row_mask(2, 4); /* 2 3 4 5 */
    OK(wil_metrics_overlap(&o, &truth, &prediction, &within));
    assert_int_equal(o.true_positive, 2);
    assert_int_equal(o.false_positive, 1);
    assert_int_equal(o.false_negative, 1);
    assert_int_equal(o.true_negative, 0);
    assert_true(o.dice == 4.0 / 6.0);
    wil_mask_clear(&within);
}

TEST(the_counts_are_a_partition_and_dice_is_symmetric)
{
    const wil_grid grid = wil_grid_make(9, 8, 7, 1, 1, 1);
    for (uint64_t k = 0; k < 20; k++) {
        wil_overlap o, swapped;
        WIL_OWN(wil_mask) truth = random_mask(&grid, 0.3, 2 * k);
        WIL_OWN(wil_mask) prediction = random_mask(&grid, 0.05 * (double)k, 2 * k + 1);
        OK(wil_metrics_overlap(&o, &truth, &prediction, NULL));
        OK(wil_metrics_overlap(&swapped, &prediction, &truth, NULL));
        assert_int_equal(o.true_positive + o.false_negative, wil_mask_count(&truth));
        assert_int_equal(o.true_positive + o.false_positive, wil_mask_count(&prediction));
        assert_int_equal(o.true_positive + o.false_positive + o.false_negative + o.true_negative, 9 * 8 * 7);
        assert_true(o.dice == swapped.dice && o.dice >= 0 && o.dice <= 1);
        assert_int_equal(o.false_positive, swapped.false_negative);
    }
}

TEST(a_mask_agrees_wholly_with_itself_and_not_at_all_with_its_complement)
{
    wil_overlap o;
    const wil_grid grid = wil_grid_make(9, 8, 7, 1, 1, 1);
    WIL_OWN(wil_mask) truth = random_mask(&grid, 0.3, 1);
    WIL_OWN(wil_mask) complement = random_mask(&grid, 0.3, 1);
    for (size_t i = 0; i < wil_grid_count(&grid); i++)
        complement.voxels[i] = !truth.voxels[i];
    OK(wil_metrics_overlap(&o, &truth, &truth, NULL));
    assert_true(o.dice == 1 && !o.both_empty);
    OK(wil_metrics_overlap(&o, &truth, &complement, NULL));
    assert_true(o.dice == 0 && !o.both_empty);
}

TEST(two_empty_masks_score_1_and_are_flagged)
{
    wil_overlap o;
    WIL_OWN(wil_mask) empty = row_mask(0, 0);
    WIL_OWN(wil_mask) some = row_mask(0, 3);
    WIL_OWN(wil_mask) elsewhere = row_mask(5, 3);
    OK(wil_metrics_overlap(&o, &empty, &empty, NULL));
    assert_true(o.dice == 1 && o.both_empty && o.jaccard == 1 && o.sensitivity == 1 && o.precision == 1);
    assert_true(o.specificity == 1 && o.volume_similarity == 1);
    OK(wil_metrics_overlap(&o, &some, &some, &elsewhere)); /* empty within the region */
    assert_true(o.dice == 1 && o.both_empty && o.true_negative == 3);
    OK(wil_metrics_overlap(&o, &some, &empty, NULL)); /* one empty mask is a plain miss */
    assert_true(o.dice == 0 && !o.both_empty && o.sensitivity == 0 && o.precision == 0);
    OK(wil_metrics_overlap(&o, &empty, &some, NULL));
    assert_true(o.dice == 0 && !o.both_empty && isnan(o.sensitivity) && o.precision == 0);
    wil_mask full = row_mask(0, 10); /* leaves no voxel out */
    OK(wil_metrics_overlap(&o, &full, &full, NULL));
    assert_true(o.dice == 1 && isnan(o.specificity));
    wil_mask_clear(&full);
}

TEST(masks_that_do_not_lie_on_each_other_are_refused)
{
    wil_overlap o;
    const wil_grid other_grid = wil_grid_make(5, 2, 1, 0.5, 0.5, 0.8); /* as many voxels, in another shape */
    WIL_OWN(wil_mask) truth = row_mask(1, 4);
    WIL_OWN(wil_mask) shifted = row_mask(1, 4);
    WIL_OWN(wil_mask) other = {0};
    OK(wil_mask_make(&other, &other_grid));
    REFUSED(WIL_ERR_INPUT, wil_metrics_overlap(&o, &truth, &other, NULL), "10x1x1", "5x2x1", "prediction",
        "resample");
    REFUSED(WIL_ERR_INPUT, wil_metrics_overlap(&o, &truth, &truth, &other), "10x1x1", "5x2x1", "region mask");
    shifted.grid.affine[1][3] += 0.02;
    REFUSED(
        WIL_ERR_INPUT, wil_metrics_overlap(&o, &truth, &shifted, NULL), "0.02 mm", "prediction", "affine");
    REFUSED(WIL_ERR_INPUT, wil_metrics_overlap(&o, &truth, &truth, &shifted), "0.02 mm", "region mask");
    wil_mask nowhere = row_mask(0, 0);
    REFUSED(WIL_ERR_INPUT, wil_metrics_overlap(&o, &truth, &truth, &nowhere), "region mask is empty");
    wil_mask_clear(&nowhere);
    shifted.grid.affine[1][3] -= 0.015; /* 0.005 mm: rounding in a header */
    OK(wil_metrics_overlap(&o, &truth, &shifted, NULL));
    assert_true(o.dice == 1);
}
