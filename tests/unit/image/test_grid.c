#include "test.h"

#include "image_fixture.h"

#include <limits.h>

TEST(a_grid_is_centred_on_the_origin)
{
    const wil_grid grid = wil_grid_make(5, 4, 1, 0.5, 0.75, 3);
    const double expected[3][4] = {{0.5, 0, 0, -1}, {0, 0.75, 0, -1.125}, {0, 0, 3, 0}};
    assert_affine(&grid, expected, 0); /* all numbers are exact in binary */
    assert_int_equal(wil_grid_count(&grid), 20);
    assert_true(grid.spacing_mm[0] == 0.5 && grid.spacing_mm[1] == 0.75 && grid.spacing_mm[2] == 3);
}

TEST(counts_go_beyond_32_bits)
{
    const wil_grid grid = wil_grid_make(3000, 2000, 1000, 1, 1, 1);
    assert_true(wil_grid_count(&grid) == 6000000000u);
}

TEST(a_voxel_of_10_x_10_x_10_mm_is_a_millilitre)
{
    const wil_grid grid = wil_grid_make(7, 7, 7, 10, 10, 10);
    assert_true(wil_grid_voxel_ml(&grid) == 1);
}

/* A shear keeps the volume, a mirror image has a volume above 0, and a turned voxel is as large as it was. */
TEST(volume_does_not_depend_on_shear_mirror_or_rotation)
{
    wil_grid grid = wil_grid_make(3, 3, 3, 1, 2, 4);
    grid.affine[0][1] = 0.7;
    grid.affine[0][2] = -3;
    assert_float_equal(wil_grid_voxel_ml(&grid), 0.008, 1e-17); /* double rounding */
    const wil_grid turned = {
        .size = {3, 3, 3}, .spacing_mm = {1, 2, 4}, .affine = {{0, -2, 0, 9}, {0, 0, -4, 9}, {-1, 0, 0, 9}}};
    assert_float_equal(wil_grid_voxel_ml(&turned), 0.008, 1e-17);
}

TEST(equal_grids_do_not_disagree)
{
    const wil_grid grid = wil_grid_make(9, 8, 7, 0.3, 0.3, 0.7);
    assert_true(wil_grid_disagreement_mm(&grid, &grid) == 0);
}

TEST(a_shift_of_3_4_and_12_mm_disagrees_by_13)
{
    const wil_grid a = wil_grid_make(9, 8, 7, 0.5, 0.5, 0.5);
    wil_grid b = a;
    b.affine[0][3] += 3;
    b.affine[1][3] -= 4;
    b.affine[2][3] += 12;
    assert_true(wil_grid_disagreement_mm(&a, &b) == 13);
    assert_true(wil_grid_disagreement_mm(&b, &a) == 13);
}

/* From the first to the last of 101 voxels are 100 steps, so a step that is 0.25 mm off adds up to 25 mm. */
TEST(the_farthest_corner_counts_whichever_it_is)
{
    for (int axis = 0; axis < 3; axis++) {
        wil_grid a = wil_grid_make(1, 1, 1, 1, 1, 1);
        a.size[axis] = 101;
        wil_grid b = a;
        b.affine[1][axis] += 0.25;
        assert_true(wil_grid_disagreement_mm(&a, &b) == 25);
        b.affine[1][3] -= 25; /* now the first voxel is the one that is off */
        assert_true(wil_grid_disagreement_mm(&a, &b) == 25);
    }
}

TEST(grids_of_other_sizes_disagree_without_limit)
{
    const wil_grid a = wil_grid_make(9, 8, 7, 1, 1, 1);
    for (int axis = 0; axis < 3; axis++) {
        wil_grid b = a;
        b.size[axis]++;
        assert_true(isinf(wil_grid_disagreement_mm(&a, &b)));
    }
}

TEST(grids_that_count_as_one_differ_by_a_hundredth_of_a_millimetre_at_most)
{
    const wil_grid a = wil_grid_make(9, 8, 7, 1, 1, 1);
    wil_grid b = a;
    OK(wil_grid_check_same(&b, "the mask", &a, "the scan"));
    b.affine[2][3] += 0.0099;
    OK(wil_grid_check_same(&b, "the mask", &a, "the scan"));
    b.affine[2][3] = a.affine[2][3] + 0.0101;
    REFUSED(WIL_ERR_INPUT, wil_grid_check_same(&b, "the mask", &a, "the scan"),
        "the mask lies 0.0101 mm away from the scan (at most 0.01 mm allowed)",
        "copy the scan's affine into it");
    b.size[1] = 5;
    REFUSED(WIL_ERR_INPUT, wil_grid_check_same(&b, "the mask", &a, "the scan"),
        "the mask has 9x5x7 voxels, the scan 9x8x7; resample");
}

/* Of files: what is stored is what a user can look up. */
TEST_IN_FOLDER(files_that_differ_by_spacing_or_a_flip_are_told_so)
{
    const char *folder = *state;
    const wil_grid upright = wil_grid_make(9, 8, 7, 1, 1, 1);
    wil_grid doubled = wil_grid_make(9, 8, 7, 2, 2, 2), mirrored = upright;
    WIL_OWN(wil_mask) a = {0}, b = {0};
    for (int row = 0; row < 3; row++)
        mirrored.affine[row][0] = -upright.affine[row][0]; /* from the same corner the other way */
    const wil_grid *grids[] = {&upright, &doubled, &mirrored};
    for (int k = 0; k < 3; k++) {
        WIL_OWN(wil_mask) mask = {0};
        OK(wil_mask_make(&mask, grids[k]));
        OK(wil_mask_write(&mask, in_folder(folder, "%d.nii", k), NULL));
    }
    OK(wil_mask_read(&a, in_folder(folder, "0.nii")));
    OK(wil_mask_read(&b, in_folder(folder, "1.nii")));
    REFUSED(WIL_ERR_INPUT, wil_grid_check_same(&b.grid, "the mask", &a.grid, "the scan"),
        "the mask has voxels of 2x2x2 mm, the scan of 1x1x1 mm");
    wil_mask_clear(&b);
    OK(wil_mask_read(&b, in_folder(folder, "2.nii")));
    REFUSED(WIL_ERR_INPUT, wil_grid_check_same(&b.grid, "the mask", &a.grid, "the scan"),
        "its file stores it LAS, the other's RAS", "copying the affine would mirror or turn it");
}

TEST(a_new_volume_is_zero_and_clears_twice)
{
    WIL_OWN(wil_volume) volume = {0};
    const wil_grid grid = wil_grid_make(3, 4, 5, 1, 1, 2);
    OK(wil_volume_make(&volume, &grid, 6));
    assert_int_equal(volume.n_time, 6);
    assert_true(volume.tr_s == 0);
    assert_memory_equal(&volume.grid, &grid, sizeof grid);
    for (int i = 0; i < 3 * 4 * 5 * 6; i++)
        assert_true(volume.voxels[i] == 0.0f);
    wil_volume_clear(&volume);
    assert_null(volume.voxels);
}

TEST(a_volume_can_be_made_anew_on_its_own_grid)
{
    const wil_grid grid = wil_grid_make(3, 4, 5, 1, 1, 2);
    WIL_OWN(wil_volume) volume = {.grid = grid};
    WIL_OWN(wil_mask) mask = {.grid = grid};
    OK(wil_volume_make(&volume, &volume.grid, 1));
    OK(wil_mask_make(&mask, &mask.grid));
    assert_memory_equal(&volume.grid, &grid, sizeof grid);
    assert_memory_equal(&mask.grid, &grid, sizeof grid);
}

TEST(impossible_volumes_are_refused)
{
    wil_volume volume;
    wil_mask mask;
    wil_grid grid = wil_grid_make(3, 0, 5, 1, 1, 2);
    REFUSED(WIL_ERR_ARG, wil_volume_make(&volume, &grid, 1), "3x0x5", "at least 1");
    REFUSED(WIL_ERR_ARG, wil_mask_make(&mask, &grid), "3x0x5", "at least 1");
    assert_null(volume.voxels);
    assert_null(mask.voxels);
    grid = wil_grid_make(3, 4, 5, 1, NAN, 2);
    REFUSED(WIL_ERR_ARG, wil_volume_make(&volume, &grid, 1), "1 x nan x 2 mm", "above 0");
    grid = wil_grid_make(3, 4, 5, 1, 1, -2);
    REFUSED(WIL_ERR_ARG, wil_volume_make(&volume, &grid, 1), "1 x 1 x -2 mm");
    grid = wil_grid_make(3, 4, 5, 1, 1, 2);
    REFUSED(WIL_ERR_ARG, wil_volume_make(&volume, &grid, 0), "0 time points", "at least 1");
    grid = wil_grid_make(INT_MAX, INT_MAX, INT_MAX, 1, 1, 1);
    REFUSED(WIL_ERR_ARG, wil_mask_make(&mask, &grid), "more than memory can address");
    grid = wil_grid_make(INT_MAX, INT_MAX, 1, 1, 1, 1);
    REFUSED(WIL_ERR_ARG, wil_volume_make(&volume, &grid, INT_MAX), "more than memory can address");
}

TEST(a_mask_counts_its_ones)
{
    WIL_OWN(wil_mask) mask = {0};
    const wil_grid grid = wil_grid_make(20, 20, 20, 1, 1, 1);
    OK(wil_mask_make(&mask, &grid));
    assert_int_equal(wil_mask_count(&mask), 0);
    for (int i = 0; i < 8000; i += 9)
        mask.voxels[i] = 1;
    assert_int_equal(wil_mask_count(&mask), 889); /* 0, 9, ..., 7992; more than a byte counts to */
}
