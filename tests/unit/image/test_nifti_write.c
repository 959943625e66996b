#include "test.h"

#include "image_fixture.h"

/* A random grid: three directions at right angles (from random vectors, mirrored or not) and, for sheared,
 * one of them bent towards another. Spacings differ; shifts are of a scanner's size. */
static wil_grid random_grid(wil_rng_cursor *rng, int nx, int ny, int nz, double shear)
{
    double e[3][3];
    const double shifts[3] = {
        200 * wil_rng_next_normal(rng), 200 * wil_rng_next_normal(rng), 200 * wil_rng_next_normal(rng)};
    wil_grid grid = wil_grid_make(nx, ny, nz, 0.3 + wil_rng_next_uniform(rng),
        0.5 + wil_rng_next_uniform(rng), 0.7 + 4 * wil_rng_next_uniform(rng));
    for (int k = 0; k < 3; k++) { /* Gram-Schmidt */
        for (int i = 0; i < 3; i++)
            e[k][i] = wil_rng_next_normal(rng);
        for (int j = 0; j < k; j++) {
            const double along = e[k][0] * e[j][0] + e[k][1] * e[j][1] + e[k][2] * e[j][2];
            for (int i = 0; i < 3; i++)
                e[k][i] -= along * e[j][i];
        }
        const double norm = sqrt(e[k][0] * e[k][0] + e[k][1] * e[k][1] + e[k][2] * e[k][2]);
        for (int i = 0; i < 3; i++)
            e[k][i] /= norm;
    }
    for (int i = 0; i < 3; i++) {
        e[2][i] = cos(shear) * e[2][i] + sin(shear) * e[0][i]; /* of length 1 still */
        for (int k = 0; k < 3; k++)
            grid.affine[i][k] = e[k][i] * grid.spacing_mm[k];
        grid.affine[i][3] = shifts[i];
    }
    return grid;
}

static wil_volume random_volume(const wil_grid *grid, int n_time, wil_rng_cursor *rng)
{
    wil_volume volume;
    OK(wil_volume_make(&volume, grid, n_time));
    for (size_t i = 0; i < wil_grid_count(grid) * (size_t)n_time; i++)
        volume.voxels[i] = (float)(1000 * wil_rng_next_normal(rng));
    return volume;
}

/* ---- what is read back -------------------------------------------------------------------------------- */

TEST_IN_FOLDER(what_was_written_is_read)
{
    wil_rng_cursor rng = {wil_rng_at(2, WIL_RNG_TEST, 0), 0};
    for (int k = 0; k < 20; k++) {
        const wil_grid grid = random_grid(&rng, 5 + k, 4, 3, k % 3 == 0 ? 0.2 : 0);
        WIL_OWN(wil_volume) volume = random_volume(&grid, 1 + k % 4, &rng);
        WIL_OWN(wil_volume) back = {0};
        const char *path = in_folder(*state, k % 2 ? "a.nii.gz" : "a.nii");
        volume.tr_s = volume.n_time > 1 ? 1.5 : 0;
        OK(wil_volume_write(&volume, path, WIL_NIFTI_F32, NULL));
        OK(wil_volume_read_stored(&back, path));
        assert_memory_equal(back.grid.size, grid.size, sizeof grid.size);
        assert_int_equal(back.n_time, volume.n_time);
        assert_true(back.tr_s == volume.tr_s);
        for (int i = 0; i < 12; i++) /* stored as floats: 2^-24 = 6e-8 of each number */
            assert_float_equal(back.grid.affine[i / 4][i % 4], grid.affine[i / 4][i % 4],
                6e-8 * fabs(grid.affine[i / 4][i % 4]));
        for (int axis = 0; axis < 3; axis++)
            assert_float_equal(
                back.grid.spacing_mm[axis], grid.spacing_mm[axis], 1e-5 * grid.spacing_mm[axis]);
        assert_memory_equal(
            back.voxels, volume.voxels, wil_grid_count(&grid) * (size_t)volume.n_time * sizeof(float));
    }
    assert_int_equal(count_entries(*state), 2); /* no temporary file is left */
}

TEST_IN_FOLDER(whole_numbers_are_rounded_and_clamped)
{
    const float values[] = {0.4f, 0.6f, -0.6f, 254.4f, 255.6f, 1e9f, -1e9f, 32767.3f, -32768.4f, 1.5f, 2.5f};
    const float as_u8[] = {0, 1, 0, 254, 255, 255, 0, 255, 0, 2, 2}; /* halves to even, as in NumPy */
    const float as_i16[] = {0, 1, -1, 254, 256, 32767, -32768, 32767, -32768, 2, 2};
    const wil_grid grid = wil_grid_make(11, 1, 1, 1, 1, 1);
    WIL_OWN(wil_volume) volume = {0}, back = {0};
    OK(wil_volume_make(&volume, &grid, 1));
    memcpy(volume.voxels, values, sizeof values);
    OK(wil_volume_write(&volume, in_folder(*state, "u8.nii"), WIL_NIFTI_U8, NULL));
    OK(wil_volume_read_stored(&back, in_folder(*state, "u8.nii")));
    for (int i = 0; i < 11; i++)
        assert_true(back.voxels[i] == as_u8[i]);
    wil_volume_clear(&back);
    OK(wil_volume_write(&volume, in_folder(*state, "i16.nii.gz"), WIL_NIFTI_I16, NULL));
    OK(wil_volume_read_stored(&back, in_folder(*state, "i16.nii.gz")));
    for (int i = 0; i < 11; i++)
        assert_true(back.voxels[i] == as_i16[i]);
}

TEST_IN_FOLDER(masks_come_back)
{
    const wil_grid grid =
        wil_grid_make(70, 60, 70, 0.5, 0.5, 0.8); /* more voxels than a chunk of the writer */
    WIL_OWN(wil_mask) mask = {0}, back = {0};
    OK(wil_mask_make(&mask, &grid));
    for (size_t i = 0; i < wil_grid_count(&grid); i++)
        mask.voxels[i] = i % 7 == 0 || i % 11 == 0;
    OK(wil_mask_write(&mask, in_folder(*state, "mask.nii.gz"), "a mask"));
    OK(wil_mask_read(&back, in_folder(*state, "mask.nii.gz")));
    assert_memory_equal(back.voxels, mask.voxels, wil_grid_count(&grid));
    assert_true(wil_grid_disagreement_mm(&back.grid, &grid) < 1e-5); /* 35 mm in floats */
}

TEST_IN_FOLDER(equal_volumes_give_equal_bytes)
{
    const wil_grid grid = wil_grid_make(30, 20, 10, 1, 1, 1);
    wil_rng_cursor rng = {wil_rng_at(3, WIL_RNG_TEST, 0), 0};
    WIL_OWN(wil_volume) volume = random_volume(&grid, 1, &rng);
    WIL_OWN(char) *first = NULL, *second = NULL;
    size_t n_first = 0, n_second = 0;
    OK(wil_volume_write(&volume, in_folder(*state, "a.nii.gz"), WIL_NIFTI_I16, "x"));
    OK(wil_volume_write(&volume, in_folder(*state, "another.nii.gz"), WIL_NIFTI_I16, "x"));
    OK(wil_file_read(in_folder(*state, "a.nii.gz"), &first, &n_first));
    OK(wil_file_read(in_folder(*state, "another.nii.gz"), &second, &n_second));
    assert_int_equal(n_first, n_second);
    assert_memory_equal(first, second, n_first);
    assert_memory_equal(first, "\x1f\x8b\x08\0\0\0\0\0", 8); /* RFC 1952: no flags, so no name; no time */
}

/* ---- the header, byte by byte ------------------------------------------------------------------------- */

static double number_at(const char *bytes, int offset, int n)
{
    int16_t i16 = 0;
    int32_t i32 = 0;
    float real = 0;
    if (n == 2)
        return memcpy(&i16, bytes + offset, 2), i16;
    if (n == 4)
        return memcpy(&i32, bytes + offset, 4), i32;
    return memcpy(&real, bytes + offset, 4), real; /* n == -4 */
}

/* Offsets from nifti1.h of the NIfTI standard; on a machine whose bytes begin with the lowest. */
TEST_IN_FOLDER(the_header_is_as_viewers_want_it)
{
    const struct {
        const char *name;
        int offset, bytes;
        double expected;
    } fields[] = {{"sizeof_hdr", 0, 4, 348}, {"dim[0]", 40, 2, 4}, {"dim[1]", 42, 2, 3}, {"dim[2]", 44, 2, 4},
        {"dim[3]", 46, 2, 5}, {"dim[4]", 48, 2, 2}, {"dim[5]", 50, 2, 1}, {"dim[7]", 54, 2, 1},
        {"intent", 68, 2, 0}, {"datatype", 70, 2, 4}, {"bitpix", 72, 2, 16}, {"pixdim[1]", 80, -4, 0.5},
        {"pixdim[2]", 84, -4, 0.75}, {"pixdim[3]", 88, -4, 2}, {"pixdim[4]", 92, -4, 1.5},
        {"vox_offset", 108, -4, 352}, {"scl_slope", 112, -4, 1}, {"scl_inter", 116, -4, 0},
        {"cal_max", 124, -4, 32767}, {"cal_min", 128, -4, -4}, {"qform", 252, 2, 1}, {"sform", 254, 2, 1},
        {"srow_x[0]", 280, -4, 0.5}, {"srow_y[3]", 308, -4, -1.125}, {"extension", 348, 4, 0}};
    const wil_grid grid = wil_grid_make(3, 4, 5, 0.5, 0.75, 2);
    WIL_OWN(wil_volume) volume = {0};
    WIL_OWN(char) *bytes = NULL;
    size_t n = 0;
    OK(wil_volume_make(&volume, &grid, 2));
    volume.tr_s = 1.5;
    volume.voxels[7] = -3.7f;
    volume.voxels[9] = 1e6f;
    OK(wil_volume_write(&volume, in_folder(*state, "a.nii"), WIL_NIFTI_I16, "arteries of 3"));
    OK(wil_file_read(in_folder(*state, "a.nii"), &bytes, &n));
    assert_int_equal(n, 352 + 3 * 4 * 5 * 2 * 2);
    for (size_t k = 0; k < sizeof fields / sizeof *fields; k++)
        if (number_at(bytes, fields[k].offset, fields[k].bytes) != fields[k].expected)
            fail_msg("%s is %g, expected %g", fields[k].name,
                number_at(bytes, fields[k].offset, fields[k].bytes), fields[k].expected);
    assert_int_equal(bytes[123], 2 + 8); /* mm and s */
    assert_string_equal(bytes + 148, "arteries of 3");
    assert_memory_equal(bytes + 344, "n+1", 4);
    assert_int_equal(number_at(bytes, 352 + 2 * 7, 2), -4);
}

TEST_IN_FOLDER(one_time_point_is_3d)
{
    const wil_grid grid = wil_grid_make(2, 2, 2, 1, 1, 1);
    WIL_OWN(wil_volume) volume = {0};
    WIL_OWN(char) *bytes = NULL;
    size_t n = 0;
    OK(wil_volume_make(&volume, &grid, 1));
    OK(wil_volume_write(&volume, in_folder(*state, "a.nii"), WIL_NIFTI_F32, NULL));
    OK(wil_file_read(in_folder(*state, "a.nii"), &bytes, &n));
    assert_int_equal(number_at(bytes, 40, 2), 3);
    assert_int_equal(number_at(bytes, 48, 2), 1);
    assert_int_equal(number_at(bytes, 70, 2), 16);
    assert_string_equal(bytes + 148, "");
}

/* A head of 30 cm with few voxels, so that it is quickly written. */
static wil_grid head_grid(wil_rng_cursor *rng, double shear)
{
    wil_grid grid = random_grid(rng, 32, 32, 16, shear);
    for (int i = 0; i < 9; i++)
        grid.affine[i / 3][i % 3] *= 9;
    for (int axis = 0; axis < 3; axis++)
        grid.spacing_mm[axis] *= 9;
    return grid;
}

/* Written with sform and qform; then the sform's code is taken out, so that the qform is read. */
static double qform_error_mm(const wil_grid *grid, const char *folder, int *qform_code_out)
{
    wil_volume volume;
    char *bytes = NULL;
    size_t n = 0;
    const char *path = in_folder(folder, "q.nii");
    OK(wil_volume_make(&volume, grid, 1));
    OK(wil_volume_write(&volume, path, WIL_NIFTI_U8, NULL));
    wil_volume_clear(&volume);
    OK(wil_file_read(path, &bytes, &n));
    *qform_code_out = (int)number_at(bytes, 252, 2);
    assert_int_equal(number_at(bytes, 254, 2), 1);
    for (int axis = 0; axis < 3; axis++) /* pixdim holds the columns' lengths, whatever the qform's code */
        assert_float_equal(
            number_at(bytes, 80 + 4 * axis, -4), grid->spacing_mm[axis], 1e-6 * grid->spacing_mm[axis]);
    bytes[254] = 0;
    OK(wil_file_write(path, bytes, n));
    wil_free(bytes);
    OK(wil_volume_read_header(&volume, path));
    const wil_grid stored = wil_grid_as_stored(&volume.grid);
    return wil_grid_disagreement_mm(&stored, grid);
}

TEST_IN_FOLDER(the_qform_says_the_same_as_the_sform)
{
    wil_rng_cursor rng = {wil_rng_at(4, WIL_RNG_TEST, 0), 0};
    int n_held = 0;
    for (int k = 0; k < 50; k++) {
        int code = 0;
        const wil_grid grid = head_grid(&rng, 0);
        const double error_mm = qform_error_mm(&grid, *state, &code);
        if (code == 1 &&
            !(error_mm <= 0.0101)) /* the 0.01 mm of nifti_compose.c, and float shifts of 500 mm */
            fail_msg("grid %d: %g mm", k, error_mm);
        n_held += code;
    }
    /* The others are close to half a turn: the quaternion's first number, which is not stored, is found as
     * the square root of a difference, exact to 1e-7 / a. On 400 mm that is 0.01 mm below a = 0.005, 1 random
     * rotation in 200. */
    assert_in_range(n_held, 47, 50);
}

TEST_IN_FOLDER(right_angled_grids_of_either_hand_have_a_qform)
{
    const int order[6][3] = {{0, 1, 2}, {1, 2, 0}, {2, 0, 1}, {0, 2, 1}, {2, 1, 0}, {1, 0, 2}};
    for (int k = 0; k < 48; k++) {
        wil_grid grid = wil_grid_make(20, 15, 10, 5, 7.5, 12.5);
        int code = 0;
        memset(grid.affine, 0, sizeof grid.affine);
        for (int axis = 0; axis < 3; axis++) {
            const int row = order[k / 8][axis];
            grid.affine[row][axis] = (k >> axis & 1 ? -1 : 1) * grid.spacing_mm[axis];
            grid.affine[row][3] = 10 * axis - 7;
        }
        assert_true(
            qform_error_mm(&grid, *state, &code) < 1e-4); /* 200 mm, quaternions of sqrt(1/2) in floats */
        assert_int_equal(code, 1);
    }
}

TEST_IN_FOLDER(a_sheared_grid_has_no_qform)
{
    wil_rng_cursor rng = {wil_rng_at(5, WIL_RNG_TEST, 0), 0};
    for (int k = 0; k < 20; k++) {
        int code = 1;
        const wil_grid grid = head_grid(&rng, 0.01);
        (void)qform_error_mm(&grid, *state, &code);
        assert_int_equal(code, 0);
    }
}

TEST_IN_FOLDER(a_long_description_is_cut)
{
    const wil_grid grid = wil_grid_make(1, 1, 1, 1, 1, 1);
    WIL_OWN(wil_volume) volume = {0};
    char text[200] = {0};
    WIL_OWN(char) *bytes = NULL;
    size_t n = 0;
    OK(wil_volume_make(&volume, &grid, 1));
    memset(text, 'a', 199);
    OK(wil_volume_write(&volume, in_folder(*state, "a.nii"), WIL_NIFTI_U8, text));
    OK(wil_file_read(in_folder(*state, "a.nii"), &bytes, &n));
    assert_int_equal(strnlen(bytes + 148, 80), 79);
    wil_free(bytes);
    memcpy(text + 78, "\xc3\xa4", 2); /* an a-umlaut, of which there is only half the room */
    OK(wil_volume_write(&volume, in_folder(*state, "a.nii"), WIL_NIFTI_U8, text));
    OK(wil_file_read(in_folder(*state, "a.nii"), &bytes, &n));
    assert_int_equal(strnlen(bytes + 148, 80), 78);
}

TEST_IN_FOLDER(a_size_beyond_32767_makes_it_nifti_2)
{
    for (int axis = 0; axis < 4; axis++) {
        int size[4] = {2, 1, 1, 1};
        size[axis] = 32768;
        wil_grid grid = wil_grid_make(size[0], size[1], size[2], 0.1, 0.1, 0.1);
        WIL_OWN(wil_volume) volume = {0}, back = {0};
        WIL_OWN(char) *bytes = NULL;
        size_t n = 0;
        grid.affine[0][3] = 1.0 / 3;
        OK(wil_volume_make(&volume, &grid, size[3]));
        volume.voxels[32767] = 5;
        OK(wil_volume_write(&volume, in_folder(*state, "a.nii"), WIL_NIFTI_U8, "long"));
        OK(wil_file_read(in_folder(*state, "a.nii"), &bytes, &n));
        assert_int_equal(number_at(bytes, 0, 4), 540);
        assert_memory_equal(bytes + 4, "n+2\0\r\n\032\n", 8);
        assert_int_equal(n, 544 + wil_grid_count(&grid) * (size_t)size[3]);
        OK(wil_volume_read_stored(&back, in_folder(*state, "a.nii")));
        assert_affine(&back.grid, grid.affine, 0); /* doubles */
        assert_int_equal(back.n_time, size[3]);
        assert_memory_equal(
            back.voxels, volume.voxels, wil_grid_count(&grid) * (size_t)size[3] * sizeof(float));
    }
    WIL_OWN(wil_volume) volume = {0};
    const wil_grid grid = wil_grid_make(32767, 1, 1, 0.1, 0.1, 0.1);
    WIL_OWN(char) *bytes = NULL;
    size_t n = 0;
    OK(wil_volume_make(&volume, &grid, 1));
    OK(wil_volume_write(&volume, in_folder(*state, "a.nii"), WIL_NIFTI_U8, "less"));
    OK(wil_file_read(in_folder(*state, "a.nii"), &bytes, &n));
    assert_int_equal(number_at(bytes, 0, 4), 348);
}
