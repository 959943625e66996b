#include "test.h"

#include "tof_fixture.h"

#include <math.h>
#include <string.h>

TEST(painting_a_head_sized_mask_keeps_the_mask_and_encloses_it)
{
    wil_tof_config config = wil_tof_config_default();
    wil_tof_config_set_matrix(&config, 96, 120, 48);
    WIL_OWN(wil_tof_subject) made = {0}, painted = {0};
    OK(wil_phantom_tof(&made, &config, 1));
    OK(wil_phantom_tof_paint(&painted, &made.label, &config, 5));
    const size_t n = wil_grid_count(&made.label.grid);
    assert_memory_equal(painted.label.voxels, made.label.voxels, n);
    assert_true(wil_grid_disagreement_mm(&painted.image.grid, &made.label.grid) == 0);
    assert_true(mean_where(&painted, true) > 2 * mean_where(&painted, false));
    const double brain = (double)wil_mask_count(&painted.brain) / (double)wil_mask_count(&made.brain);
    assert_true(brain > 0.8 && brain < 1.25);
}

static wil_mask cube_with_a_tube(int n, double spacing)
{
    const wil_grid grid = wil_grid_make(n, n, n, spacing, spacing, spacing);
    wil_mask mask = {0};
    OK(wil_mask_make(&mask, &grid));
    for (int z = 0; z < n; z++)
        for (int y = n / 2 - 1; y <= n / 2 + 1; y++)
            for (int x = n / 2 - 1; x <= n / 2 + 1; x++)
                mask.voxels[(z * n + y) * n + x] = 1;
    return mask;
}

TEST(a_patch_is_filled_with_brain)
{
    const wil_tof_config config = wil_tof_config_default();
    WIL_OWN(wil_mask) mask = cube_with_a_tube(24, 0.6);
    WIL_OWN(wil_tof_subject) s = {0};
    OK(wil_phantom_tof_paint(&s, &mask, &config, 0));
    assert_int_equal(wil_mask_count(&s.brain), 24 * 24 * 24);
    assert_memory_equal(s.label.voxels, mask.voxels, 24 * 24 * 24);
    assert_true(mean_where(&s, true) > 1.5 * mean_where(&s, false));
}

TEST(painting_is_repeatable)
{
    const wil_tof_config config = wil_tof_config_default();
    WIL_OWN(wil_mask) mask = cube_with_a_tube(20, 0.6);
    WIL_OWN(wil_tof_subject) a = {0}, b = {0};
    OK(wil_phantom_tof_paint(&a, &mask, &config, 3));
    OK(wil_phantom_tof_paint(&b, &mask, &config, 3));
    assert_memory_equal(a.image.voxels, b.image.voxels, 20 * 20 * 20 * sizeof(float));
}

static void refused(const wil_mask *mask, const char *words)
{
    const wil_tof_config config = wil_tof_config_default();
    wil_tof_subject s = {0};
    REFUSED(WIL_ERR_ARG, wil_phantom_tof_paint(&s, mask, &config, 0), words);
    assert_null(s.image.voxels);
}

TEST(masks_that_cannot_be_painted_are_refused)
{
    wil_mask mask = cube_with_a_tube(16, 1);
    memset(mask.voxels, 0, 16 * 16 * 16);
    refused(&mask, "the vessel mask is empty");
    mask.voxels[5] = 1;
    mask.grid.affine[0][0] = 0.7;
    mask.grid.affine[1][0] = 0.7;
    refused(&mask, "rotated against the head");
    wil_mask_clear(&mask);
    mask = cube_with_a_tube(7, 1);
    refused(&mask, "7 x 7 x 7 voxels; each side must be 8 or more");
    wil_mask_clear(&mask);
    refused(NULL, "no vessel mask given");
}
