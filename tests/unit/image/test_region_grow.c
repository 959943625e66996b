#include "test.h"

#include "shape_check.h"

static wil_volume random_volume(const wil_grid *grid, uint64_t seed)
{
    wil_volume volume;
    OK(wil_volume_make(&volume, grid, 1));
    for (size_t i = 0; i < wil_grid_count(grid); i++)
        volume.voxels[i] = (float)wil_rng_uniform(wil_rng_at(seed, WIL_RNG_TEST, 1), i);
    return volume;
}

static void check_case(uint64_t k, wil_connectivity connectivity, bool with_region)
{
    const double low = connectivity == WIL_CONNECT_6 ? 0.6 : 0.8;
    WIL_OWN(wil_mask) seeds = random_mask(9, 8, 7, 0.02, k);
    WIL_OWN(wil_mask) within = random_mask(9, 8, 7, 0.8, 100 + k);
    WIL_OWN(wil_volume) volume = random_volume(&seeds.grid, k);
    const size_t n = wil_grid_count(&seeds.grid);
    uint8_t *allowed = malloc(n), *reached = malloc(n);
    WIL_OWN(wil_mask) grown = {0};
    volume.voxels[100] = NAN; /* never grown into */
    for (size_t i = 0; i < n; i++) {
        allowed[i] = (double)volume.voxels[i] >= low && (!with_region || within.voxels[i]);
        reached[i] = allowed[i] && seeds.voxels[i];
    }
    reach_all(reached, allowed, &seeds.grid, connectivity);
    OK(wil_region_grow(&grown, &volume, &seeds, low, connectivity, with_region ? &within : NULL));
    assert_memory_equal(grown.voxels, reached, n);
    assert_memory_equal(&grown.grid, &volume.grid, sizeof grown.grid);
    free(allowed);
    free(reached);
}

TEST(a_region_is_all_that_its_seeds_reach)
{
    for (uint64_t k = 0; k < 6; k++) {
        check_case(k, WIL_CONNECT_6, k % 2 == 0);
        check_case(k, WIL_CONNECT_18, k % 2 == 0);
        check_case(k, WIL_CONNECT_26, k % 2 == 1);
    }
}

/* A bright line of 10 voxels in the dark. */
static wil_volume bright_line(wil_mask *seeds)
{
    wil_volume volume;
    *seeds = empty_mask(10, 3, 1);
    OK(wil_volume_make(&volume, &seeds->grid, 1));
    for (int x = 0; x < 10; x++)
        volume.voxels[10 + x] = 5;
    return volume;
}

TEST(a_voxel_at_the_threshold_belongs_to_the_region)
{
    WIL_OWN(wil_mask) seeds = {0}, grown = {0};
    WIL_OWN(wil_volume) volume = bright_line(&seeds);
    seeds.voxels[10] = 1;
    OK(wil_region_grow(&grown, &volume, &seeds, 5, WIL_CONNECT_6, NULL));
    assert_int_equal(wil_mask_count(&grown), 10);
    wil_mask_clear(&grown);
    OK(wil_region_grow(&grown, &volume, &seeds, 5.0001, WIL_CONNECT_6, NULL));
    assert_int_equal(wil_mask_count(&grown), 0);
}

TEST(dark_seeds_and_seeds_outside_the_region_do_not_grow)
{
    WIL_OWN(wil_mask) seeds = {0}, grown = {0};
    WIL_OWN(wil_volume) volume = bright_line(&seeds);
    seeds.voxels[4] = 1; /* dark, beside the line */
    OK(wil_region_grow(&grown, &volume, &seeds, 5, WIL_CONNECT_26, NULL));
    assert_int_equal(wil_mask_count(&grown), 0);
    wil_mask_clear(&grown);
    WIL_OWN(wil_mask) within = empty_mask(10, 3, 1);
    set_box(&within, 0, 4, 0, 2, 0, 0, 1);
    seeds.voxels[19] = 1; /* bright, but outside */
    OK(wil_region_grow(&grown, &volume, &seeds, 5, WIL_CONNECT_26, &within));
    assert_int_equal(wil_mask_count(&grown), 0);
    wil_mask_clear(&grown);
    seeds.voxels[12] = 1;
    OK(wil_region_grow(&grown, &volume, &seeds, 5, WIL_CONNECT_26, &within));
    assert_int_equal(wil_mask_count(&grown), 5);
}

TEST(what_does_not_fit_together_is_refused)
{
    wil_mask seeds, grown;
    WIL_OWN(wil_mask) other = empty_mask(10, 1, 3);
    WIL_OWN(wil_volume) volume = bright_line(&seeds);
    REFUSED(WIL_ERR_INPUT, wil_region_grow(&grown, &volume, &other, 5, WIL_CONNECT_6, NULL), "10x3x1",
        "10x1x3", "seeds", "resample");
    assert_null(grown.voxels);
    REFUSED(WIL_ERR_INPUT, wil_region_grow(&grown, &volume, &seeds, 5, WIL_CONNECT_6, &other), "10x3x1",
        "10x1x3", "the region", "resample");
    REFUSED(
        WIL_ERR_ARG, wil_region_grow(&grown, &volume, &seeds, NAN, WIL_CONNECT_6, NULL), "threshold", "NaN");
    volume.n_time = 4;
    REFUSED(WIL_ERR_INPUT, wil_region_grow(&grown, &volume, &seeds, 5, WIL_CONNECT_6, NULL), "4 time points");
    volume.n_time = 1;
    wil_mask_clear(&seeds);
}
