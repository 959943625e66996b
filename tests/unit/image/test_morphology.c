#include "test.h"

#include "shape_check.h"

/* Is there a voxel of this value within radius_mm of voxel i? */
static bool within_ball(const wil_mask *mask, size_t i, double radius_mm, uint8_t value)
{
    const size_t n = wil_grid_count(&mask->grid);
    for (size_t j = 0; j < n; j++)
        if (mask->voxels[j] == value && distance_between_mm(&mask->grid, i, j) <= radius_mm)
            return true;
    return false;
}

TEST(dilation_and_erosion_are_those_of_looking_into_every_ball)
{
    const double radii_mm[] = {0.5, 0.75, 1.4, 2.6, 4.05}; /* spacing is 0.7 x 1.1 x 2.3 */
    for (uint64_t k = 0; k < 10; k++) {
        const double radius_mm = radii_mm[k % 5];
        const wil_mask mask = random_mask(9, 8, 7, k < 5 ? 0.02 : 0.9, k);
        WIL_OWN(wil_mask) dilated = copy_of(&mask);
        WIL_OWN(wil_mask) eroded = copy_of(&mask);
        OK(wil_mask_dilate(&dilated, radius_mm));
        OK(wil_mask_erode(&eroded, radius_mm));
        for (size_t i = 0; i < wil_grid_count(&mask.grid); i++) {
            /* 1.4 mm is two voxels exactly: those on the sphere count, whatever the rounding of 2 * 0.7 */
            assert_int_equal(dilated.voxels[i], within_ball(&mask, i, radius_mm + 1e-9, 1));
            assert_int_equal(eroded.voxels[i], !within_ball(&mask, i, radius_mm + 1e-9, 0));
        }
        free(mask.voxels);
    }
}

TEST(spacings_that_came_through_a_file_as_floats_do_not_shrink_the_ball)
{
    WIL_OWN(wil_mask) mask = empty_mask(15, 1, 1);
    mask.grid.spacing_mm[0] = (double)0.3f; /* 0.300000012: seven of them are beyond 2.1 mm */
    mask.voxels[7] = 1;
    OK(wil_mask_dilate(&mask, 2.1));
    assert_int_equal(wil_mask_count(&mask), 15);
}

TEST(a_radius_of_zero_changes_nothing)
{
    WIL_OWN(wil_mask) mask = random_mask(6, 7, 8, 0.5, 3);
    const wil_mask before = copy_of(&mask);
    OK(wil_mask_dilate(&mask, 0));
    assert_memory_equal(mask.voxels, before.voxels, 6 * 7 * 8);
    OK(wil_mask_erode(&mask, 0));
    assert_memory_equal(mask.voxels, before.voxels, 6 * 7 * 8);
    free(before.voxels);
}

TEST(the_border_of_the_volume_neither_erodes_nor_dilates)
{
    WIL_OWN(wil_mask) mask = empty_mask(5, 5, 5);
    OK(wil_mask_dilate(&mask, 100));
    assert_int_equal(wil_mask_count(&mask), 0);
    set_box(&mask, 0, 4, 0, 4, 0, 4, 1);
    OK(wil_mask_erode(&mask, 100));
    assert_int_equal(wil_mask_count(&mask), 125);
}

TEST(an_impossible_radius_is_refused_and_the_mask_is_kept)
{
    WIL_OWN(wil_mask) mask = random_mask(5, 5, 5, 0.5, 4);
    const wil_mask before = copy_of(&mask);
    REFUSED(WIL_ERR_ARG, wil_mask_dilate(&mask, -1), "radius", "0 mm or more", "-1");
    REFUSED(WIL_ERR_ARG, wil_mask_erode(&mask, NAN), "radius", "0 mm or more", "nan");
    REFUSED(WIL_ERR_ARG, wil_mask_erode(&mask, INFINITY), "radius", "inf");
    assert_memory_equal(mask.voxels, before.voxels, 125);
    free(before.voxels);
}

TEST(holes_are_what_the_border_does_not_reach)
{
    const int sizes[][3] = {{9, 8, 7}, {11, 9, 5}, {1, 12, 12}, {12, 12, 1}, {3, 30, 3}};
    for (uint64_t k = 0; k < 15; k++) {
        const int *size = sizes[k % 5];
        WIL_OWN(wil_mask) mask = random_mask(size[0], size[1], size[2], 0.7, k);
        const size_t n = wil_grid_count(&mask.grid);
        uint8_t *background = malloc(n);
        uint8_t *outside = calloc(n, 1);
        for (size_t i = 0; i < n; i++) {
            int at[3];
            place_of(at, &mask.grid, i);
            background[i] = !mask.voxels[i];
            for (int axis = 0; axis < 3; axis++)
                if (background[i] && (at[axis] == 0 || at[axis] == size[axis] - 1))
                    outside[i] = 1;
        }
        reach_all(outside, background, &mask.grid, WIL_CONNECT_6);
        OK(wil_mask_fill_holes(&mask));
        for (size_t i = 0; i < n; i++)
            assert_int_equal(mask.voxels[i], !outside[i]);
        free(background);
        free(outside);
    }
}

TEST(a_shell_is_filled_unless_it_has_a_window)
{
    WIL_OWN(wil_mask) mask = empty_mask(7, 7, 7);
    set_box(&mask, 1, 5, 1, 5, 1, 5, 1);
    set_box(&mask, 2, 4, 2, 4, 2, 4, 0);
    mask.voxels[voxel_at(&mask.grid, 1, 1, 3)] = 0; /* an edge: no face leads in, so still closed */
    OK(wil_mask_fill_holes(&mask));
    assert_int_equal(wil_mask_count(&mask), 124);
    set_box(&mask, 2, 4, 2, 4, 2, 4, 0);
    mask.voxels[voxel_at(&mask.grid, 1, 3, 3)] = 0;
    OK(wil_mask_fill_holes(&mask));
    assert_int_equal(wil_mask_count(&mask), 124 - 27 - 1);
}
