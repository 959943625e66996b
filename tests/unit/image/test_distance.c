#include "test.h"

#include <omp.h>

#include "shape_check.h"

static double nearest_mm(const wil_mask *mask, size_t i)
{
    const size_t n = wil_grid_count(&mask->grid);
    double nearest = INFINITY;
    for (size_t j = 0; j < n; j++)
        if (mask->voxels[j])
            nearest = fmin(nearest, distance_between_mm(&mask->grid, i, j));
    return nearest;
}

TEST(distances_are_those_of_trying_every_pair)
{
    const int sizes[][3] = {{13, 11, 9}, {1, 17, 12}, {19, 1, 13}, {21, 14, 1}, {31, 1, 1}, {1, 1, 29}};
    const double spacings[][3] = {{0.31, 0.31, 0.8}, {1, 1, 1}, {2.7, 0.13, 0.9}};
    for (uint64_t k = 0; k < 36; k++) {
        const int *size = sizes[k % 6];
        WIL_OWN(wil_mask) mask = random_mask(size[0], size[1], size[2], k % 4 < 2 ? 0.01 : 0.2, k);
        memcpy(mask.grid.spacing_mm, spacings[k / 6 % 3], sizeof spacings[0]);
        const size_t n = wil_grid_count(&mask.grid);
        float *distance_mm = malloc(n * sizeof *distance_mm);
        OK(wil_mask_distance_mm(distance_mm, &mask));
        for (size_t i = 0; i < n; i++) {
            const double expected = nearest_mm(&mask, i);
            /* computed in double, so all that is lost is the rounding to float: 6e-8 */
            if (isinf(expected) ? !isinf(distance_mm[i])
                                : !(fabs(distance_mm[i] - expected) <= 6.1e-8 * expected))
                fail_msg("case %d, voxel %zu: %.9g mm, not %.9g", (int)k, i, distance_mm[i], expected);
        }
        free(distance_mm);
    }
}

/* With spacings whose squares are exact, so is the distance to the voxel that is named. */
TEST(the_nearest_voxel_is_at_the_squared_distance)
{
    const int sizes[][3] = {{13, 11, 9}, {1, 17, 12}, {19, 1, 13}, {21, 14, 1}, {31, 1, 1}, {1, 1, 29}};
    for (uint64_t k = 0; k < 24; k++) {
        const int *size = sizes[k % 6];
        WIL_OWN(wil_mask) mask = random_mask(size[0], size[1], size[2], k % 4 < 2 ? 0.02 : 0.2, k);
        memcpy(mask.grid.spacing_mm, (const double[]){0.5, 0.75, 1.25}, sizeof mask.grid.spacing_mm);
        mask.voxels[0] = 1;
        const size_t n = wil_grid_count(&mask.grid);
        double *squared = malloc(n * sizeof *squared);
        int32_t *nearest = malloc(n * sizeof *nearest);
        OK(wil_mask_nearest(squared, nearest, &mask));
        for (size_t i = 0; i < n; i++) {
            const double mm = nearest_mm(&mask, i);
            assert_true(sqrt(squared[i]) == mm);
            assert_true(mask.voxels[nearest[i]] == 1);
            assert_true(distance_between_mm(&mask.grid, i, (size_t)nearest[i]) == mm);
        }
        double *alone = malloc(n * sizeof *alone);
        OK(wil_mask_nearest(alone, NULL, &mask));
        assert_memory_equal(alone, squared, n * sizeof *alone);
        memset(mask.voxels, 0, n);
        OK(wil_mask_nearest(squared, nearest, &mask));
        for (size_t i = 0; i < n; i++)
            assert_true(isinf(squared[i]) && nearest[i] == -1);
        free(squared);
        free(nearest);
        free(alone);
    }
}

TEST(an_empty_mask_is_infinitely_far_and_a_full_one_nowhere)
{
    float distance_mm[24];
    WIL_OWN(wil_mask) mask = empty_mask(4, 3, 2);
    OK(wil_mask_distance_mm(distance_mm, &mask));
    for (int i = 0; i < 24; i++)
        assert_true(isinf(distance_mm[i]) && distance_mm[i] > 0);
    set_box(&mask, 0, 3, 0, 2, 0, 1, 1);
    OK(wil_mask_distance_mm(distance_mm, &mask));
    for (int i = 0; i < 24; i++)
        assert_true(distance_mm[i] == 0);
}

/* From a corner through the spacing in each axis: 3-4-12-13. */
TEST(a_single_voxel_is_as_far_as_pythagoras_says)
{
    WIL_OWN(wil_mask) mask = empty_mask(4, 5, 7);
    float distance_mm[4 * 5 * 7];
    memcpy(mask.grid.spacing_mm, (const double[]){1, 1, 2}, sizeof mask.grid.spacing_mm);
    mask.voxels[0] = 1;
    OK(wil_mask_distance_mm(distance_mm, &mask));
    assert_true(distance_mm[voxel_at(&mask.grid, 3, 4, 6)] == 13);
    assert_true(distance_mm[voxel_at(&mask.grid, 3, 4, 0)] == 5);
    assert_true(distance_mm[voxel_at(&mask.grid, 0, 0, 6)] == 12);
}

TEST(distances_have_the_same_bits_for_any_number_of_threads)
{
    WIL_OWN(wil_mask) mask = random_mask(127, 91, 53, 0.001, 5);
    const size_t bytes = wil_grid_count(&mask.grid) * sizeof(float);
    float *one = malloc(bytes), *many = malloc(bytes);
    const int before = omp_get_max_threads();
    omp_set_num_threads(1);
    OK(wil_mask_distance_mm(one, &mask));
    for (int n_threads = 2; n_threads <= 5; n_threads++) {
        omp_set_num_threads(n_threads);
        OK(wil_mask_distance_mm(many, &mask));
        assert_memory_equal(one, many, bytes);
    }
    omp_set_num_threads(before);
    free(one);
    free(many);
}
