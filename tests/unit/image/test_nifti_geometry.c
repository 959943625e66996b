#include "test.h"

#include "image_fixture.h"

/* ---- dimensions and time ------------------------------------------------------------------------------ */

static wil_volume header_of(image_file *file, const char *folder)
{
    wil_volume volume;
    OK(wil_volume_read_header(&volume, file_write(file, folder, "header.nii")));
    volume.grid = wil_grid_as_stored(&volume.grid);
    assert_null(volume.voxels);
    return volume;
}

TEST_IN_FOLDER(x_y_z_1_t_counts_as_4d)
{
    const double dim[] = {5, 3, 2, 4, 1, 6};
    /* the step of axis 4 and of axis 5, and what they say: 1 is what stands where nobody wrote */
    static const double steps[][3] = {
        {2, 0, 2}, {0, 1.6, 1.6}, {2, 1.6, 1.6}, {2, 1, 2}, {1, 1.6, 1.6}, {0, 1, 1}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        image_file file = file_make(1, false, 2, 1, 3, 2, 4, 6);
        for (int k = 0; k < 6; k++)
            set(&file, DIM, k, dim[k]);
        set(&file, UNITS, 0, 10);
        set(&file, PIXDIM, 4, steps[i][0]);
        set(&file, PIXDIM, 5, steps[i][1]);
        const wil_volume volume = header_of(&file, *state);
        assert_int_equal(volume.n_time, 6);
        assert_float_equal(volume.tr_s, steps[i][2], 1e-6);
        assert_int_equal(volume.grid.size[2], 4);
    }
}

TEST_IN_FOLDER(a_fourth_dimension_of_1_is_3d)
{
    image_file file = file_make(1, false, 2, 1, 3, 2, 4, 1);
    set(&file, DIM, 0, 4);
    set(&file, UNITS, 0, 10);
    const wil_volume volume = header_of(&file, *state);
    assert_int_equal(volume.n_time, 1);
    assert_true(volume.tr_s == 0);
}

/* What lies beyond the number of dimensions is not looked at. */
TEST_IN_FOLDER(a_picture_is_a_volume_of_one_slice)
{
    image_file file = file_make(1, false, 2, 1, 3, 2, 1, 1);
    WIL_OWN(wil_volume) volume = {0};
    set(&file, DIM, 0, 2);
    set(&file, DIM, 3, 0);
    set(&file, DIM, 4, -5);
    set(&file, PIXDIM, 3, 0);
    voxels_of(&file)[5] = 8;
    OK(wil_volume_read_stored(&volume, file_write(&file, *state, "a.nii")));
    assert_int_equal(volume.grid.size[2], 1);
    assert_true(volume.grid.spacing_mm[2] == 1);
    assert_true(volume.voxels[5] == 8.0f);
}

TEST_IN_FOLDER(time_steps_are_in_seconds)
{
    const struct {
        int code; /* xyzt_units: 8 s, 16 ms, 24 us, 32 Hz, 0 unknown */
        double expected_s;
    } units[] = {{8, 1250}, {16, 1.25}, {24, 0.00125}, {32, 0}, {0, 0}, {8 + 2, 1250}};
    for (size_t k = 0; k < sizeof units / sizeof *units; k++) {
        image_file file = file_make(1 + (int)k % 2, false, 2, 1, 1, 1, 1, 3);
        set(&file, UNITS, 0, units[k].code);
        set(&file, PIXDIM, 4, 1250);
        assert_float_equal(header_of(&file, *state).tr_s, units[k].expected_s, 1e-15 * 1250);
    }
}

/* ---- where the voxels are ----------------------------------------------------------------------------- */

TEST_IN_FOLDER(lengths_are_in_millimetres)
{
    const struct {
        int code; /* xyzt_units: 0 unknown, 1 m, 2 mm, 3 um */
        double mm;
    } units[] = {{0, 1}, {1, 1000}, {2, 1}, {3, 0.001}};
    for (size_t k = 0; k < sizeof units / sizeof *units; k++) {
        for (int sform = 0; sform < 2; sform++) {
            image_file file = file_make(1, false, 2, 1, 3, 5, 9, 1);
            const double rows[3][4] = {{1.5, 0, 0, 7}, {0, 2, 0, 8}, {0, 0, 2.5, 9}};
            set(&file, UNITS, 0, units[k].code);
            set(&file, SFORM_CODE, 0, sform);
            for (int i = 0; i < 12; i++)
                set(&file, SROW, i, rows[i / 4][i % 4]);
            const wil_grid grid = header_of(&file, *state).grid;
            assert_float_equal(grid.spacing_mm[0], 1.5 * units[k].mm, 1e-12); /* 1500 mm, double rounding */
            assert_float_equal(grid.spacing_mm[2], 2.5 * units[k].mm, 1e-12);
            assert_float_equal(grid.affine[1][3], (sform ? 8 : -4) * units[k].mm, 1e-12);
        }
    }
}

/* python3: h = nibabel.Nifti1Header(); h.set_data_shape((3, 5, 9)); h.set_zooms((1.5, 2, 2.5));
 * h.get_best_affine() */
TEST_IN_FOLDER(spacing_alone_is_centred_with_x_towards_the_left)
{
    const double expected[3][4] = {{-1.5, 0, 0, 1.5}, {0, 2, 0, -4}, {0, 0, 2.5, -10}};
    image_file file = file_make(1, true, 2, 1, 3, 5, 9, 1);
    const wil_grid grid = header_of(&file, *state).grid;
    assert_affine(&grid, expected, 0);
    assert_true(grid.spacing_mm[0] == 1.5 && grid.spacing_mm[1] == 2 && grid.spacing_mm[2] == 2.5);
}

/* b = c = d = 1/2 turns by 120 degrees about (1, 1, 1): x becomes y, y becomes z, z becomes x. */
TEST_IN_FOLDER(the_qform_is_a_rotation_of_the_spacing)
{
    for (int variant = 0; variant < 4; variant++) {
        const double flip = variant / 2 ? -1 : 1; /* qfac turns the third axis around */
        const double expected[3][4] = {{0, 0, flip * 2.5, 11}, {1.5, 0, 0, -12}, {0, 2, 0, 13}};
        image_file file = file_make(1 + variant % 2, false, 2, 1, 3, 5, 9, 1);
        set(&file, QFORM_CODE, 0, 1);
        set(&file, PIXDIM, 0, variant / 2 ? -1 : variant % 2); /* 0 counts as 1 */
        for (int i = 0; i < 3; i++) {
            set(&file, QUATERN, i, 0.5);
            set(&file, QOFFSET, i, expected[i][3]);
        }
        const wil_grid grid = header_of(&file, *state).grid;
        assert_affine(&grid, expected, 1e-14); /* double rounding of 2.5 */
        assert_float_equal(grid.spacing_mm[2], 2.5, 1e-14);
    }
}

TEST_IN_FOLDER(the_sform_goes_before_the_qform)
{
    const double rows[3][4] = {{0.5, 0.125, -1, 7}, {0.25, -2, 0.5, 8}, {1, 0.75, 2.5, 9}};
    for (int version = 1; version <= 2; version++) {
        image_file file = file_make(version, version == 1, 2, 1, 3, 5, 9, 1);
        set(&file, QFORM_CODE, 0, 1);
        set(&file, SFORM_CODE, 0, 4);
        for (int i = 0; i < 12; i++)
            set(&file, SROW, i, rows[i / 4][i % 4]);
        const wil_grid grid = header_of(&file, *state).grid;
        assert_affine(&grid, rows, 0);
        for (int axis = 0; axis < 3; axis++) /* the column's length, not pixdim */
            assert_float_equal(grid.spacing_mm[axis],
                sqrt(rows[0][axis] * rows[0][axis] + rows[1][axis] * rows[1][axis] +
                     rows[2][axis] * rows[2][axis]),
                1e-15 * 4);
    }
}
