/* Volumes on the grids that users ask for. */
#include "test.h"

#include "temp_folder.h"
#include "volume_check.h"

static double slope(const double mm[3])
{
    return 3 + 0.5 * mm[0] - 0.25 * mm[1] + 0.125 * mm[2];
}

/* Turned by 20 degrees about z. */
static wil_grid oblique_grid(void)
{
    wil_grid grid = wil_grid_make(24, 30, 12, 0.5, 0.6, 1.5);
    const double c = cos(0.35), s = sin(0.35);
    const double x[3] = {0.5 * c, 0.5 * s, 0}, y[3] = {-0.6 * s, 0.6 * c, 0};
    for (int r = 0; r < 3; r++) {
        grid.affine[r][0] = x[r];
        grid.affine[r][1] = y[r];
        grid.affine[r][3] = 7.0 * r;
    }
    return grid;
}

static void centre(double mm[3], const wil_grid *grid)
{
    for (int r = 0; r < 3; r++) {
        mm[r] = grid->affine[r][3];
        for (int k = 0; k < 3; k++)
            mm[r] += 0.5 * (grid->size[k] - 1) * grid->affine[r][k];
    }
}

TEST(another_spacing_keeps_field_and_centre)
{
    const wil_grid grid = oblique_grid();
    const wil_conform_config config = {.spacing_mm = {1, 0.3, 2}, .n_spacing = 3};
    wil_grid out;
    double before[3], after[3];
    OK(wil_grid_conform(&out, &grid, &config));
    assert_int_equal(out.size[0], 12);
    assert_int_equal(out.size[1], 60);
    assert_int_equal(out.size[2], 9);
    centre(before, &grid);
    centre(after, &out);
    for (int k = 0; k < 3; k++) {
        assert_float_equal(before[k], after[k], 1e-12);
        assert_true(out.spacing_mm[k] == config.spacing_mm[k]);
        for (int r = 0; r < 3; r++) /* the directions are the same */
            assert_float_equal(
                out.affine[r][k] / out.spacing_mm[k], grid.affine[r][k] / grid.spacing_mm[k], 1e-12);
    }
    const wil_conform_config one = {.spacing_mm = {1}, .n_spacing = 1};
    OK(wil_grid_conform(&out, &grid, &one));
    assert_true(out.spacing_mm[0] == 1 && out.spacing_mm[1] == 1 && out.spacing_mm[2] == 1);
}

TEST(upright_axes_hold_all_of_an_oblique_scan)
{
    const wil_grid grid = oblique_grid();
    const wil_conform_config config = {.upright = true};
    WIL_OWN(wil_volume) volume = {0};
    wil_grid out;
    OK(wil_grid_conform(&out, &grid, &config));
    for (int r = 0; r < 3; r++)
        for (int k = 0; k < 3; k++)
            assert_true(out.affine[r][k] == (r == k ? grid.spacing_mm[k] : 0));
    for (int corner = 0; corner < 8; corner++) {
        double mm[3];
        place_of(mm, &grid, corner & 1 ? 23 : 0, corner & 2 ? 29 : 0, corner & 4 ? 11 : 0);
        for (int k = 0; k < 3; k++) {
            const double at = (mm[k] - out.affine[k][3]) / out.spacing_mm[k];
            assert_true(at > -0.5 && at < out.size[k] - 0.5);
        }
    }
    OK(wil_volume_make(&volume, &grid, 1));
    paint(&volume, slope);
    OK(wil_volume_conform(&volume, &out, false));
    double mm[3];
    place_of(mm, &out, out.size[0] / 2, out.size[1] / 2, out.size[2] / 2);
    /* linear interpolation is exact on a slope but for floats */
    assert_float_equal(*voxel(&volume, out.size[0] / 2, out.size[1] / 2, out.size[2] / 2), slope(mm), 1e-4);
    assert_true(*voxel(&volume, 0, 0, 0) == 0); /* outside of the oblique field */
}

/* What stands upright or has the spacing is not resampled, so its bits stay. */
TEST(a_grid_that_is_as_it_should_be_stays)
{
    const wil_grid grid = wil_grid_make(7, 6, 5, 0.5, 0.6, 1.5);
    const wil_conform_config config = {.upright = true, .spacing_mm = {0.5, 0.6, 1.5}, .n_spacing = 3};
    wil_grid out;
    OK(wil_grid_conform(&out, &grid, &config));
    assert_memory_equal(&out, &grid, sizeof grid);
}

TEST_IN_FOLDER(reorienting_changes_the_file_and_nothing_else)
{
    const char *path = in_folder(*state, "a.nii.gz");
    WIL_OWN(wil_volume) volume = make_volume(7, 6, 5, 0.5, 0.6, 1.5), back = {0};
    const wil_conform_config config = {.reorient = (char *)"PIL"};
    wil_grid out;
    char codes[4];
    fill_random(&volume, 4);
    WIL_OWN(wil_volume) before = copy_volume(&volume);
    OK(wil_grid_conform(&out, &volume.grid, &config));
    OK(wil_volume_conform(&volume, &out, false));
    OK(wil_volume_write(&volume, path, WIL_NIFTI_F32, ""));
    OK(wil_volume_read(&back, path));
    assert_same_bits(&back, &before);
    assert_string_equal(wil_grid_axis_codes(codes, &back.grid), "PIL");
    const wil_grid stored = wil_grid_as_stored(&back.grid);
    assert_true(stored.size[0] == 6 && stored.size[1] == 5 && stored.size[2] == 7);
}

TEST(labels_keep_their_values_and_series_all_times)
{
    const wil_conform_config config = {.spacing_mm = {0.37}, .n_spacing = 1};
    const wil_grid grid = oblique_grid();
    WIL_OWN(wil_volume) label = {0}, series = {0};
    wil_grid out;
    OK(wil_volume_make(&label, &grid, 1));
    OK(wil_volume_make(&series, &grid, 3));
    series.tr_s = 1.5;
    const size_t n = wil_grid_count(&grid);
    for (size_t i = 0; i < n; i++) {
        label.voxels[i] = i % 5 == 0 ? 7 : i % 3 == 0 ? 1 : 0;
        for (size_t t = 0; t < 3; t++)
            series.voxels[t * n + i] = (float)t + 1;
    }
    assert_int_equal(wil_volume_smallest_type(&label), WIL_NIFTI_U8);
    OK(wil_grid_conform(&out, &grid, &config));
    OK(wil_volume_conform(&label, &out, true));
    OK(wil_volume_conform(&series, &out, false));
    assert_true(series.n_time == 3 && series.tr_s == 1.5);
    const size_t m = wil_grid_count(&out);
    for (size_t i = 0; i < m; i++) {
        assert_true(label.voxels[i] == 0 || label.voxels[i] == 1 || label.voxels[i] == 7);
        for (size_t t = 0; t < 3; t++) /* the border's outer half has its value; beyond there is nothing */
            assert_true(series.voxels[t * m + i] == (float)t + 1 || series.voxels[t * m + i] == 0);
    }
    series.voxels[5] = -3;
    assert_int_equal(wil_volume_smallest_type(&series), WIL_NIFTI_I16);
    series.voxels[6] = 0.5f;
    assert_int_equal(wil_volume_smallest_type(&series), WIL_NIFTI_F32);
}

TEST(impossible_wishes_are_refused)
{
    const wil_grid grid = oblique_grid();
    wil_grid far = grid, out;
    WIL_OWN(wil_volume) volume = {0};
    static const char *const bad[] = {"RA", "RAL", "RAX", "ras", "RASP", ""};
    for (int i = 0; i < 6; i++) {
        const wil_conform_config config = {.reorient = (char *)bad[i]};
        REFUSED(WIL_ERR_ARG, wil_grid_conform(&out, &grid, &config), "is no orientation", "LPS");
    }
    const wil_conform_config two = {.spacing_mm = {1, 1}, .n_spacing = 2};
    REFUSED(WIL_ERR_ARG, wil_grid_conform(&out, &grid, &two), "2 spacings", "three");
    far.affine[1][3] += 1000;
    OK(wil_volume_make(&volume, &grid, 1));
    REFUSED(WIL_ERR_INPUT, wil_volume_conform(&volume, &far, true), "no voxel", "lies in the volume");
}
