#include "test.h"

#include "image_fixture.h"

/* Headers whose fields say what cannot be. */

/* A sound file but for one field is refused, with the words that follow. */
#define FIELD_REFUSED(which, i, value, ...)                                                                  \
    do {                                                                                                     \
        for (int version_ = 1; version_ <= 2; version_++) {                                                  \
            wil_volume volume_;                                                                              \
            image_file file_ = file_make(version_, version_ == 1, 4, 2, 3, 4, 5, 2);                         \
            set(&file_, which, i, value);                                                                    \
            REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume_, file_write(&file_, *state, "field.nii")),       \
                "field.nii: ", __VA_ARGS__);                                                                 \
            assert_null(volume_.voxels);                                                                     \
        }                                                                                                    \
    } while (0)

/* The same, for a field that counts only when a second one (a code) is set to 1. */
#define FORM_REFUSED(code, which, i, value, ...)                                                             \
    do {                                                                                                     \
        for (int version_ = 1; version_ <= 2; version_++) {                                                  \
            wil_volume volume_;                                                                              \
            image_file file_ = file_make(version_, false, 4, 2, 3, 4, 5, 2);                                 \
            for (int row_ = 0; row_ < 3; row_++)                                                             \
                set(&file_, SROW, 5 * row_, 1);                                                              \
            set(&file_, which, i, value);                                                                    \
            const char *path_ = in_folder(*state, "form.nii");                                               \
            write_bytes(path_, file_.bytes, file_.n_bytes);                                                  \
            OK(wil_volume_read_header(&volume_, path_));                                                     \
            set(&file_, code, 0, 1);                                                                         \
            REFUSED(WIL_ERR_INPUT, wil_volume_read_header(&volume_, file_write(&file_, *state, "form.nii")), \
                "form.nii: ", __VA_ARGS__);                                                                  \
        }                                                                                                    \
    } while (0)

TEST_IN_FOLDER(impossible_sizes_are_refused)
{
    FIELD_REFUSED(DIM, 0, 0, "damaged", "0 dimensions", "1 to 7");
    FIELD_REFUSED(DIM, 0, 8, "damaged", "8 dimensions");
    FIELD_REFUSED(DIM, 0, -3, "damaged", "-3 dimensions");
    FIELD_REFUSED(DIM, 1, 0, "damaged", "size of 0 in dimension 1");
    FIELD_REFUSED(DIM, 3, -7, "damaged", "size of -7 in dimension 3");
    FIELD_REFUSED(DIM, 4, 0, "damaged", "size of 0 in dimension 4");
}

TEST_IN_FOLDER(more_dimensions_than_space_and_time_are_refused)
{
    for (int dimension = 5; dimension <= 7; dimension++) {
        wil_volume volume;
        image_file file = file_make(1, false, 2, 1, 3, 2, 4, 2);
        set(&file, DIM, 0, 7);
        set(&file, DIM, dimension, 3);
        REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, file_write(&file, *state, "a.nii")), "7 dimensions",
            dimension == 5   ? "3x2x4x2x3x1x1"
            : dimension == 6 ? "3x2x4x2x1x3x1"
                             : "3x2x4x2x1x1x3");
    }
}

/* The limit on memory: none may be asked for before the size of the file was looked at. */
TEST_IN_FOLDER(huge_sizes_are_refused_before_memory_is_taken)
{
    const double sizes[][4] = {{32767, 32767, 4, 1}, {32767, 32767, 32767, 32767},
        {2147483647, 2147483647, 2, 1}, {2147483647, 2147483647, 2147483647, 2147483647}};
    const size_t before = wil_memory_peak_bytes();
    for (size_t k = 0; k < 4; k++) {
        for (int gzipped = 0; gzipped < 2; gzipped++) {
            wil_volume volume;
            image_file file = file_make(k < 2 ? 1 : 2, false, 64, 8, 1, 1, 1, 1);
            set(&file, DIM, 0, 4);
            for (int i = 0; i < 4; i++)
                set(&file, DIM, i + 1, sizes[k][i]);
            const char *path = file_write(&file, *state, gzipped ? "a.nii.gz" : "a.nii");
            REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, path), "its header", "voxels");
        }
    }
    FIELD_REFUSED(DIM, 1, 30000, "truncated", "bytes of voxels");
    const size_t grown = wil_memory_peak_bytes() - before;
    if (grown > (size_t)64 << 20) /* the smallest of them asks for 16 GiB */
        fail_msg("%zu bytes of memory were taken", grown);
}

TEST_IN_FOLDER(sizes_beyond_int_are_refused)
{
    wil_volume volume;
    image_file file = file_make(2, false, 2, 1, 1, 1, 1, 1);
    set(&file, DIM, 2, 4294967297.0); /* 2^32 + 1 would be 1 as an int */
    REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, file_write(&file, *state, "a.nii")),
        "4294967297 in dimension 2");
}

TEST_IN_FOLDER(impossible_spacings_are_refused)
{
    FIELD_REFUSED(PIXDIM, 1, 0, "spacing", "0 x 2 x 2.5", "above 0");
    FIELD_REFUSED(PIXDIM, 2, -2, "spacing", "1.5 x -2 x 2.5");
    FIELD_REFUSED(PIXDIM, 3, NAN, "spacing", "1.5 x 2 x nan");
    FIELD_REFUSED(PIXDIM, 3, INFINITY, "spacing", "1.5 x 2 x inf");
    FIELD_REFUSED(PIXDIM, 4, -1, "time step", "of -1");
    FIELD_REFUSED(PIXDIM, 4, NAN, "time step", "of nan");
}

TEST_IN_FOLDER(an_unknown_unit_of_length_is_refused)
{
    FIELD_REFUSED(UNITS, 0, 5 + 8, "unit of length", "code 5");
}

TEST_IN_FOLDER(impossible_affines_are_refused_where_they_count)
{
    FORM_REFUSED(SFORM_CODE, SROW, 6, NAN, "sform", "nan", "row 2, column 3");
    FORM_REFUSED(SFORM_CODE, SROW, 3, INFINITY, "sform", "inf", "row 1, column 4");
    FORM_REFUSED(SFORM_CODE, SROW, 5, 0, "sform", "spacing of 1 x 0 x 1 mm");
    FORM_REFUSED(QFORM_CODE, QUATERN, 0, NAN, "qform", "not a rotation", "nan, 0, 0");
    FORM_REFUSED(QFORM_CODE, QUATERN, 2, 1.5, "qform", "not a rotation", "0, 0, 1.5");
    FORM_REFUSED(QFORM_CODE, QOFFSET, 1, NAN, "qform", "nan", "row 2, column 4");
}

TEST_IN_FOLDER(axes_in_one_plane_are_refused)
{
    const double rows[12] = {1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0};
    wil_volume volume;
    image_file file = file_make(1, false, 2, 1, 1, 1, 1, 1);
    set(&file, SFORM_CODE, 0, 1);
    for (int i = 0; i < 12; i++)
        set(&file, SROW, i, rows[i]);
    REFUSED(
        WIL_ERR_INPUT, wil_volume_read(&volume, file_write(&file, *state, "a.nii")), "sform", "one plane");
}

TEST_IN_FOLDER(impossible_scalings_are_refused)
{
    FIELD_REFUSED(SLOPE, 0, NAN, "slope nan", "scl_slope");
    FIELD_REFUSED(SLOPE, 0, -INFINITY, "slope -inf");
    wil_volume volume;
    image_file file = file_make(1, false, 2, 1, 1, 1, 1, 1);
    set(&file, SLOPE, 0, 2);
    set(&file, INTER, 0, NAN);
    REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, file_write(&file, *state, "a.nii")), "slope 2",
        "intercept nan");
}

TEST_IN_FOLDER(voxels_that_are_not_one_number_are_refused_by_name)
{
    FIELD_REFUSED(DATATYPE, 0, 1, "BINARY (code 1)", "8 to 64 bits");
    FIELD_REFUSED(DATATYPE, 0, 32, "COMPLEX64 (code 32)");
    FIELD_REFUSED(DATATYPE, 0, 128, "RGB24 (code 128)");
    FIELD_REFUSED(DATATYPE, 0, 1536, "FLOAT128 (code 1536)");
    FIELD_REFUSED(DATATYPE, 0, 1792, "COMPLEX128");
    FIELD_REFUSED(DATATYPE, 0, 2048, "COMPLEX256");
    FIELD_REFUSED(DATATYPE, 0, 2304, "RGBA32");
    FIELD_REFUSED(DATATYPE, 0, 999, "type unknown (code 999)");
    FIELD_REFUSED(DATATYPE, 0, 0, "UNKNOWN (code 0)");
}

TEST_IN_FOLDER(impossible_offsets_are_refused)
{
    FIELD_REFUSED(VOX_OFFSET, 0, 100, "damaged", "byte 100");
    FIELD_REFUSED(VOX_OFFSET, 0, -352, "damaged", "byte -352");
    FIELD_REFUSED(VOX_OFFSET, 0, 0x1p60, "damaged", "byte 1.15292e+18");
    FIELD_REFUSED(VOX_OFFSET, 0, 0x1p40, "truncated", "from byte 1099511627776");
    const double reals[] = {NAN, INFINITY, 352.5, 1e30}; /* of NIfTI-1 only */
    for (int k = 0; k < 4; k++) {
        wil_volume volume;
        image_file file = file_make(1, false, 2, 1, 9, 1, 1, 1);
        set(&file, VOX_OFFSET, 0, reals[k]);
        REFUSED(
            WIL_ERR_INPUT, wil_volume_read(&volume, file_write(&file, *state, "a.nii")), "a.nii: is damaged");
    }
}

/* A miniature of tests/fuzz/fuzz_nifti.c for every build: random bytes anywhere in a header. */
TEST_IN_FOLDER(a_header_with_random_bytes_is_refused_or_sound)
{
    const char *path = in_folder(*state, "random.nii");
    wil_rng_cursor rng = {wil_rng_at(1, WIL_RNG_TEST, 0), 0};
    int n_read = 0;
    for (int k = 0; k < 1500; k++) {
        wil_volume volume;
        image_file file = file_make(1 + k % 2, k & 2, 4, 2, 5, 4, 3, 2);
        set(&file, k & 4 ? SFORM_CODE : QFORM_CODE, 0, 1);
        for (int row = 0; row < 3; row++)
            set(&file, SROW, 5 * row, 1);
        for (int i = (int)wil_rng_next_below(&rng, 3); i >= 0; i--)
            file.bytes[wil_rng_next_below(&rng, file.n_front)] = (uint8_t)wil_rng_next_below(&rng, 256);
        FILE *out = fopen(path, "wb");
        assert_int_equal(fwrite(file.bytes, 1, file.n_bytes, out), file.n_bytes);
        assert_int_equal(fclose(out), 0);
        const wil_status status = wil_volume_read(&volume, path);
        if (status == WIL_OK) {
            assert_true(wil_grid_count(&volume.grid) * (size_t)volume.n_time <= file.n_bytes - file.n_front);
            assert_true(wil_grid_voxel_ml(&volume.grid) > 0);
        } else {
            assert_int_equal(status, WIL_ERR_INPUT);
            assert_non_null(strstr(wil_status_message(), "random.nii: "));
        }
        n_read += status == WIL_OK;
        wil_volume_clear(&volume);
        free(file.bytes);
    }
    assert_in_range(n_read, 150, 1350); /* both ends were met often */
}
