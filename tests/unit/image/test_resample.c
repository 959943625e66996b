#include "test.h"

#include "volume_check.h"

/* Turned about z and then x, moved, and with the first axis running backwards. */
static wil_grid oblique_grid(int nx, int ny, int nz, double spacing_mm, double angle)
{
    wil_grid grid = wil_grid_make(nx, ny, nz, spacing_mm, spacing_mm, spacing_mm);
    const double c = cos(angle) * spacing_mm, s = sin(angle) * spacing_mm;
    const double turned[3][3] = {{-c, -s * cos(0.3), s * sin(0.3)}, {-s, c * cos(0.3), -c * sin(0.3)},
        {0, spacing_mm * sin(0.3), spacing_mm * cos(0.3)}};
    for (int r = 0; r < 3; r++) {
        grid.affine[r][3] = 2.5 * r - 1;
        for (int k = 0; k < 3; k++) {
            grid.affine[r][k] = turned[r][k];
            grid.affine[r][3] -= turned[r][k] * (grid.size[k] - 1) / 2;
        }
    }
    return grid;
}

static double linear(const double mm[3])
{
    return 3 + 0.5 * mm[0] - 0.25 * mm[1] + 0.125 * mm[2];
}

static wil_volume resampled(const wil_volume *volume, const wil_grid *onto)
{
    wil_volume out = {0};
    OK(wil_volume_resample(&out, volume, onto));
    assert_memory_equal(&out.grid, onto, sizeof *onto);
    assert_int_equal(out.n_time, 1);
    return out;
}

TEST(a_grid_onto_itself_changes_no_bit)
{
    for (int k = 0; k < 10; k++) { /* each rounds in other places */
        const wil_grid grid = oblique_grid(31, 28, 6, 0.7 + 0.1 * k, 0.4 - 0.13 * k);
        WIL_OWN(wil_volume) volume = {0};
        OK(wil_volume_make(&volume, &grid, 1));
        fill_random(&volume, 1);
        wil_volume out = resampled(&volume, &grid);
        assert_same_bits(&out, &volume);
        wil_volume_clear(&out);
    }
}

TEST(voxels_that_coincide_are_copied_to_the_bit)
{
    for (int k = 0; k < 10; k++) {
        const wil_grid grid = oblique_grid(31, 28, 6, 0.7 + 0.1 * k, 0.4 - 0.13 * k);
        wil_grid backwards = grid; /* the same places, x counted from the other end */
        for (int r = 0; r < 3; r++) {
            backwards.affine[r][0] = -grid.affine[r][0];
            backwards.affine[r][3] = grid.affine[r][3] + 30 * grid.affine[r][0];
        }
        WIL_OWN(wil_volume) volume = {0};
        OK(wil_volume_make(&volume, &grid, 1));
        fill_random(&volume, 1);
        for (int i = 0; i < 31 * 28 * 6; i++) /* of many magnitudes: a + (b - a) is not always b */
            volume.voxels[i] = expf(8 * volume.voxels[i]);
        WIL_OWN(wil_volume) out = resampled(&volume, &backwards);
        for (int z = 0; z < 6; z++)
            for (int y = 0; y < 28; y++)
                for (int x = 0; x < 31; x++)
                    assert_true(*voxel(&out, 30 - x, y, z) == *voxel(&volume, x, y, z));
    }
}

TEST(a_linear_function_of_mm_is_kept_between_any_two_grids)
{
    const wil_grid source = oblique_grid(30, 30, 30, 1, 0.4);
    const wil_grid target = oblique_grid(12, 13, 14, 0.6, -0.7); /* lies within the source */
    WIL_OWN(wil_volume) volume = {0};
    OK(wil_volume_make(&volume, &source, 1));
    paint(&volume, linear);
    WIL_OWN(wil_volume) out = resampled(&volume, &target);
    for (int z = 0; z < 14; z++)
        for (int y = 0; y < 13; y++)
            for (int x = 0; x < 12; x++) {
                double mm[3];
                place_of(mm, &target, x, y, z);
                /* values up to 16, stored and mixed in float: four roundings of 6e-8 * 16 */
                assert_float_equal(*voxel(&out, x, y, z), linear(mm), 4e-6);
            }
}

TEST(halfway_between_voxels_is_their_mean)
{
    WIL_OWN(wil_volume) volume = make_volume(3, 2, 2, 1, 1, 1);
    for (int i = 0; i < 12; i++)
        volume.voxels[i] = (float)(1 << i);
    wil_grid onto = wil_grid_make(2, 1, 1, 1, 1, 1); /* centred on the same origin */
    WIL_OWN(wil_volume) out = resampled(&volume, &onto);
    const int eight[8] = {0, 1, 3, 4, 6, 7, 9, 10};
    for (int x = 0; x < 2; x++) {
        float sum = 0;
        for (int k = 0; k < 8; k++)
            sum += (float)(1 << (eight[k] + x));
        assert_true(*voxel(&out, x, 0, 0) == sum / 8);
    }
}

TEST(the_border_reaches_half_a_voxel_out_and_beyond_is_0)
{
    WIL_OWN(wil_volume) volume = make_volume(3, 1, 1, 1, 2, 2);
    volume.voxels[0] = 5;
    volume.voxels[1] = 6;
    volume.voxels[2] = 7;
    wil_grid onto = wil_grid_make(17, 1, 1, 0.25, 1, 1); /* -2 .. 2 mm; the volume is -1.5 .. 1.5 */
    WIL_OWN(wil_volume) out = resampled(&volume, &onto);
    const float expected[17] = {0, 0, 5, 5, 5, 5.25F, 5.5F, 5.75F, 6, 6.25F, 6.5F, 6.75F, 7, 7, 7, 0, 0};
    assert_memory_equal(out.voxels, expected, sizeof expected);
    wil_volume_clear(&out);
    onto.affine[1][3] = 0.99; /* a single slice has its thickness, too */
    out = resampled(&volume, &onto);
    assert_memory_equal(out.voxels, expected, sizeof expected);
    wil_volume_clear(&out);
    onto.affine[1][3] = 1.01;
    out = resampled(&volume, &onto);
    for (int i = 0; i < 17; i++)
        assert_true(out.voxels[i] == 0);
}

TEST(a_finer_grid_of_the_same_field_has_no_dark_rim)
{
    WIL_OWN(wil_volume) volume = make_volume(4, 5, 6, 1.5, 1.5, 1.5);
    for (size_t i = 0; i < wil_grid_count(&volume.grid); i++)
        volume.voxels[i] = 9;
    const wil_grid onto = wil_grid_make(12, 15, 18, 0.5, 0.5, 0.5);
    WIL_OWN(wil_volume) out = resampled(&volume, &onto);
    for (size_t i = 0; i < wil_grid_count(&onto); i++)
        assert_true(out.voxels[i] == 9);
}

TEST(a_neighbour_without_weight_may_be_nan)
{
    WIL_OWN(wil_volume) volume = make_volume(2, 2, 2, 1, 1, 1);
    for (int i = 0; i < 8; i++)
        volume.voxels[i] = i % 2 == 0 ? 3 : NAN;
    wil_grid onto = wil_grid_make(1, 1, 1, 1, 1, 1);
    onto.affine[0][3] = -0.5;
    WIL_OWN(wil_volume) out = resampled(&volume, &onto);
    assert_true(out.voxels[0] == 3);
    wil_volume_clear(&out);
    onto.affine[0][3] = 0;
    out = resampled(&volume, &onto);
    assert_true(isnan(out.voxels[0]));
}

TEST(impossible_requests_are_refused)
{
    wil_volume out = {0};
    WIL_OWN(wil_volume) volume = make_volume(2, 2, 2, 1, 1, 1);
    const wil_grid onto = volume.grid;
    volume.grid.affine[0][0] = 0;
    REFUSED(WIL_ERR_INPUT, wil_volume_resample(&out, &volume, &onto), "singular", "header");
    volume.n_time = 3;
    REFUSED(WIL_ERR_INPUT, wil_volume_resample(&out, &volume, &onto), "3 time points");
    assert_null(out.voxels);
    REFUSED(WIL_ERR_ARG, wil_volume_resample(&out, &volume, NULL), "a grid");
}
