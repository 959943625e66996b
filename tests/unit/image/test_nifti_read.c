#include "test.h"

#include "image_fixture.h"

#define FLOAT_ROUNDING 1.2e-7 /* 2^-23: one rounding to float, and that of a float slope in the header */

static size_t voxel_count(const wil_volume *volume)
{
    return wil_grid_count(&volume->grid) * (size_t)volume->n_time;
}

/* ---- voxels ------------------------------------------------------------------------------------------- */

typedef struct number_type {
    int datatype, bytes; /* a real if negative */
    double values[4];
} number_type;

/* The ends of each type's range and two values between. 2^63 - 1 and 2^64 - 1 become powers of 2 as floats
 * do. */
static const number_type number_types[] = {
    {2, 1, {0, 255, 1, 128}},
    {256, 1, {-128, 127, -1, 5}},
    {4, 2, {-32768, 32767, -2, 259}},
    {512, 2, {0, 65535, 258, 32768}},
    {8, 4, {-2147483648.0, 16777216, -3, 66051}},
    {768, 4, {0, 4294967040.0, 16909060, 2147483648.0}},
    {1024, 8, {-0x1p63, 0x1p62, -4, 0x1.020304p56}},
    {1280, 8, {0, 0x1.fffffep63, 7, 0x1p63}},
    {16, -4, {-3.25, 1e30, 0, 0x1.020304p-20}},
    {64, -8, {-3.25, 1e30, 0, 0x1.020304p-20}},
};

static void put_number(uint8_t *at, const number_type *type, double value, bool big)
{
    if (type->bytes == -4)
        put_float(at, (float)value, big);
    else if (type->bytes == -8)
        put_double(at, value, big);
    else
        put_integer(at, type->bytes, value < 0 ? (uint64_t)(int64_t)value : (uint64_t)value, big);
}

TEST_IN_FOLDER(all_number_types_are_read_in_both_byte_orders_and_versions)
{
    for (size_t k = 0; k < sizeof number_types / sizeof *number_types; k++) {
        const number_type *type = &number_types[k];
        for (int variant = 0; variant < 4; variant++) {
            const bool big = variant & 1;
            image_file file = file_make(1 + variant / 2, big, type->datatype, abs(type->bytes), 2, 2, 1, 1);
            WIL_OWN(wil_volume) volume = {0};
            for (int i = 0; i < 4; i++)
                put_number(voxels_of(&file) + i * abs(type->bytes), type, type->values[i], big);
            OK(wil_volume_read_stored(&volume, file_write(&file, *state, "a.nii")));
            for (int i = 0; i < 4; i++)
                if (volume.voxels[i] != (float)type->values[i])
                    fail_msg("type %d, version %d, big %d: %.9g, expected %.9g", type->datatype,
                        1 + variant / 2, big, volume.voxels[i], type->values[i]);
        }
    }
}

/* 64-bit numbers are rounded once: by way of double, 2^54 + 2^30 + 1 would become 2^54 (a tie to even). */
TEST_IN_FOLDER(whole_numbers_of_64_bits_are_rounded_once)
{
    image_file file = file_make(1, false, 1024, 8, 1, 1, 1, 1);
    WIL_OWN(wil_volume) volume = {0};
    put_integer(voxels_of(&file), 8, (1ull << 54) + (1ull << 30) + 1, false);
    OK(wil_volume_read_stored(&volume, file_write(&file, *state, "a.nii")));
    assert_true(volume.voxels[0] == 0x1.000002p54f);
}

static int16_t nasty_value(int i)
{
    return (int16_t)((int64_t)i * 7919 % 60001 - 30000);
}

/* Sizes without a common factor, a slope and an intercept that no float holds. */
TEST_IN_FOLDER(an_odd_image_over_time_is_scaled)
{
    const char *const names[] = {"a.nii", "a.nii.gz"};
    const int n = 23 * 17 * 11 * 7;
    for (int variant = 0; variant < 8; variant++) {
        const bool big = variant & 1;
        image_file file = file_make(1 + variant / 4, big, 4, 2, 23, 17, 11, 7);
        WIL_OWN(wil_volume) volume = {0};
        set(&file, SLOPE, 0, 0.0123);
        set(&file, INTER, 0, -3.7);
        for (int i = 0; i < n; i++)
            put_integer(voxels_of(&file) + 2 * i, 2, (uint64_t)nasty_value(i), big);
        OK(wil_volume_read_stored(&volume, file_write(&file, *state, names[variant / 2 % 2])));
        assert_int_equal(voxel_count(&volume), n);
        assert_int_equal(volume.n_time, 7);
        for (int i = 0; i < n; i++) {
            const double expected = nasty_value(i) * 0.0123 - 3.7;
            /* slope, intercept and result are rounded to float: of the size of 0.0123 * 30000 and 3.7 */
            if (!(fabs(volume.voxels[i] - expected) <= 3 * FLOAT_ROUNDING * (fabs(expected) + 3.7)))
                fail_msg("variant %d, voxel %d: %.9g, expected %.9g", variant, i, volume.voxels[i], expected);
        }
    }
}

TEST_IN_FOLDER(a_slope_of_0_means_no_scaling)
{
    image_file file = file_make(1, false, 2, 1, 1, 1, 1, 1);
    WIL_OWN(wil_volume) volume = {0};
    set(&file, SLOPE, 0, 0);
    set(&file, INTER, 0, 100);
    voxels_of(&file)[0] = 7;
    OK(wil_volume_read_stored(&volume, file_write(&file, *state, "a.nii")));
    assert_true(volume.voxels[0] == 7.0f);
}

TEST_IN_FOLDER(a_negative_slope_scales)
{
    image_file file = file_make(2, true, 2, 1, 1, 1, 1, 1);
    WIL_OWN(wil_volume) volume = {0};
    set(&file, SLOPE, 0, -0.5);
    set(&file, INTER, 0, 100);
    voxels_of(&file)[0] = 7;
    OK(wil_volume_read_stored(&volume, file_write(&file, *state, "a.nii")));
    assert_true(volume.voxels[0] == 96.5f);
}

TEST_IN_FOLDER(voxels_begin_where_the_header_says)
{
    for (int version = 1; version <= 2; version++) {
        for (int gap = -1; gap < 64; gap += 65) { /* -1: vox_offset 0, right behind the header */
            image_file file = file_make(version, false, 2, 1, 65, 1, 1, 1);
            WIL_OWN(wil_volume) volume = {0};
            voxels_of(&file)[gap < 0 ? 0 : gap] = 9;
            set(&file, DIM, 1, 1);
            set(&file, VOX_OFFSET, 0, gap < 0 ? 0 : (double)file.n_front + gap);
            OK(wil_volume_read_stored(&volume, file_write(&file, *state, "a.nii.gz")));
            assert_true(volume.voxels[0] == 9.0f);
        }
    }
}

TEST_IN_FOLDER(nan_voxels_are_not_judged)
{
    image_file file = file_make(1, false, 16, 4, 1, 1, 1, 1);
    WIL_OWN(wil_volume) volume = {0};
    put_float(voxels_of(&file), NAN, false);
    OK(wil_volume_read_stored(&volume, file_write(&file, *state, "a.nii")));
    assert_true(isnan(volume.voxels[0]));
}

/* ---- pairs -------------------------------------------------------------------------------------------- */

/* A pair of the given names whose only voxel is 5. */
static void write_pair(const char *folder, const char *header, const char *data, const char *magic)
{
    image_file file = file_make(1, true, 4, 2, 1, 1, 1, 1);
    const uint8_t voxels[] = {0, 0, 0, 5};
    set_magic(&file, magic);
    set(&file, VOX_OFFSET, 0, 2);
    write_bytes(in_folder(folder, "%s", header), file.bytes, 348);
    write_bytes(in_folder(folder, "%s", data), voxels, sizeof voxels);
    free(file.bytes);
}

TEST_IN_FOLDER(a_pair_is_read_by_either_name_gzipped_or_not)
{
    const struct {
        const char *header, *data;
    } pairs[] = {{"a.hdr", "a.img"}, {"b.hdr.gz", "b.img.gz"}, {"c.hdr", "c.img.gz"}, {"d.hdr.gz", "d.img"}};
    for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++) {
        write_pair(*state, pairs[k].header, pairs[k].data, "ni1");
        for (int by_data = 0; by_data < 2; by_data++) {
            WIL_OWN(wil_volume) volume = {0};
            OK(wil_volume_read_stored(
                &volume, in_folder(*state, "%s", by_data ? pairs[k].data : pairs[k].header)));
            assert_true(volume.voxels[0] == 5.0f);
        }
    }
}

/* Analyze 7.5 has no orientation and no units; bytes that mean these in NIfTI mean other things in it. SPM
 * keeps its scale factor where NIfTI has its slope. */
TEST_IN_FOLDER(analyze_is_read_with_the_scale_of_spm)
{
    for (int big = 0; big < 2; big++) {
        image_file file = file_make(1, big, 4, 2, 3, 1, 1, 1);
        const double expected[3][4] = {{-1.5, 0, 0, 1.5}, {0, 2, 0, 0}, {0, 0, 2.5, 0}};
        uint8_t voxels[6];
        WIL_OWN(wil_volume) volume = {0};
        set_magic(&file, "\0\0");
        set(&file, VOX_OFFSET, 0, 0);
        set(&file, SLOPE, 0, 0.25);
        set(&file, INTER, 0, 1000);
        memset(file.bytes + 123, 1, 1);
        memset(file.bytes + 252, 1, 92);
        for (int i = 0; i < 3; i++)
            put_integer(voxels + 2 * i, 2, (uint64_t)(300 + i), big);
        write_bytes(in_folder(*state, "a.hdr"), file.bytes, 348);
        write_bytes(in_folder(*state, "a.img"), voxels, sizeof voxels);
        free(file.bytes);
        OK(wil_volume_read_stored(&volume, in_folder(*state, "a.img")));
        assert_affine(&volume.grid, expected, 0);
        assert_true(volume.voxels[0] == 75.0f && volume.voxels[2] == 75.5f);
    }
}

/* ---- headers, 3D, masks ------------------------------------------------------------------------------- */

TEST_IN_FOLDER(only_the_header_is_needed_to_read_a_header)
{
    wil_volume volume;
    image_file file = file_make(1, false, 16, 4, 300, 200, 100, 50);
    const char *path = in_folder(*state, "a.nii");
    set(&file, UNITS, 0, 8);
    OK(wil_file_write(path, file.bytes, 352));
    OK(wil_volume_read_header(&volume, path));
    assert_null(volume.voxels);
    assert_int_equal(voxel_count(&volume), 300 * 200 * 100 * 50);
    assert_true(volume.tr_s == 1);
    write_pair(*state, "b.hdr", "b.img", "ni1");
    OK(wil_volume_read_header(&volume, in_folder(*state, "b.img")));
    assert_int_equal(unlink(in_folder(*state, "b.img")), 0);
    OK(wil_volume_read_header(&volume, in_folder(*state, "b.hdr")));
    free(file.bytes);
}

TEST_IN_FOLDER(a_series_is_refused_where_one_volume_is_wanted)
{
    image_file file = file_make(1, false, 2, 1, 3, 4, 5, 6);
    wil_volume volume;
    wil_mask mask;
    const char *path = file_write(&file, *state, "series.nii.gz");
    REFUSED(WIL_ERR_INPUT, wil_volume_read_3d(&volume, path), "series.nii.gz", "6 time points", "3x4x5");
    assert_null(volume.voxels);
    REFUSED(WIL_ERR_INPUT, wil_mask_read(&mask, path), "series.nii.gz", "6 time points");
    assert_null(mask.voxels);
}

TEST_IN_FOLDER(a_mask_is_0_and_1)
{
    image_file file = file_make(1, false, 2, 1, 3, 2, 1, 1);
    WIL_OWN(wil_mask) mask = {0};
    const uint8_t stored[] = {0, 1, 0, 0, 1, 1};
    const uint8_t expected[] = {0, 1, 0, 1, 1, 0}; /* a file without orientation runs to the left */
    memcpy(voxels_of(&file), stored, 6);
    OK(wil_mask_read(&mask, file_write(&file, *state, "mask.nii")));
    assert_memory_equal(mask.voxels, expected, 6);
    assert_int_equal(mask.grid.size[0], 3);
    assert_true(mask.grid.spacing_mm[1] == 2);
}

TEST_IN_FOLDER(other_values_in_a_mask_are_counted)
{
    image_file file = file_make(1, false, 16, 4, 3, 2, 1, 1);
    const float values[] = {0, 1, 2.5f, 0, 2.5f, 7};
    wil_mask mask;
    for (int i = 0; i < 6; i++)
        put_float(voxels_of(&file) + 4 * i, values[i], false);
    REFUSED(WIL_ERR_INPUT, wil_mask_read(&mask, file_write(&file, *state, "mask.nii")), "mask.nii",
        "holds 2.5 in 2", "of 6 voxels");
    assert_null(mask.voxels);
    file = file_make(1, false, 16, 4, 3, 2, 1, 1);
    for (int i = 3; i < 6; i++)
        put_float(voxels_of(&file) + 4 * i, NAN, false);
    REFUSED(WIL_ERR_INPUT, wil_mask_read(&mask, file_write(&file, *state, "mask.nii")), "holds nan in 3");
}

/* ---- files of others ---------------------------------------------------------------------------------- */

/* /usr/bin/python3 -c "import nibabel, sys; i = nibabel.load(sys.argv[1]); d = i.get_fdata(); print(i.shape,
 * i.affine, d.sum(), d[tuple(2 * s // 3 for s in d.shape)])" FILE   (nibabel 5.0.0) */
static const struct {
    const char *name;
    int size[4];
    double tr_s; /* pixdim[4]; the headers say seconds, example4d's too */
    double affine[3][4], sum, voxel;
} public_files[] = {
    {"nifti_formats/anatomical.nii", {33, 41, 25, 1}, 0, {{-2, 0, 0, 32}, {0, 2, 0, -40}, {0, 0, 2, -16}},
        284166082, 5632},
    {"nifti_formats/example4d.nii.gz", {128, 96, 24, 2}, 2000,
        {{-2, 6.714715653593746e-19, 9.081024511081715e-18, 117.8551025390625},
            {-6.714715653593746e-19, 1.9737114906311035, -0.35552823543548584, -35.72294235229492},
            {8.25548088896093e-18, 0.3232076168060303, 2.171081781387329, -7.248798370361328}},
        101985356, 535},
    {"nifti_formats/example_nifti2.nii.gz", {32, 20, 12, 2}, 2000,
        {{-2, 6.714715653593746e-19, 9.081024511081715e-18, 117.8551025390625},
            {-6.714715653593746e-19, 1.9737114906311035, -0.35552823543548584, -35.72294235229492},
            {8.25548088896093e-18, 0.3232076168060303, 2.171081781387329, -7.248798370361328}},
        6926802, 479},
    {"nifti_formats/functional.nii", {17, 21, 3, 20}, 2, {{-4, 0, 0, 32}, {0, 4, 0, -40}, {0, 0, 8, 0}},
        77913290.36292362, 4125.919456779957},
    {"nifti_formats/reoriented_anat_moved.nii", {21, 26, 22, 1}, 0,
        {{4, 0, 0, -35.29789733886719}, {0, 4, 0, -47.97758483886719}, {0, 0, 4, -27.599409103393555}},
        32739769.449157715, 9303.0625},
    {"nifti_formats/standard.nii.gz", {4, 5, 7, 1}, 0, {{1, 0, 0, 0}, {0, 3, 0, 0}, {0, 0, 2, 0}}, 7650, 0},
    {"tof_chris_mra/chris_MRA.nii.gz", {200, 256, 120, 1}, 0,
        {{0.519366979598999, 0, -0.04873299598693848, -46.618831634521484},
            {-0.0004099607467651367, 0.5208050012588501, -0.00680696964263916, -45.19975280761719},
            {0.0390470027923584, 0.005469024181365967, 0.6481350064277649, -42.4246826171875}},
        5187593, 0},
};

TEST(public_files_read_as_in_nibabel)
{
    if (!wil_folder_exists(WILLIS_SHARED_DATA "/nifti_formats")) {
        print_message("SKIPPED: no folder " WILLIS_SHARED_DATA "/nifti_formats\n");
        skip();
    }
    for (size_t k = 0; k < sizeof public_files / sizeof *public_files; k++) {
        char path[512];
        WIL_OWN(wil_volume) volume = {0};
        const int *size = public_files[k].size;
        double sum = 0;
        snprintf(path, sizeof path, "%s/%s", WILLIS_SHARED_DATA, public_files[k].name);
        OK(wil_volume_read_stored(&volume, path));
        assert_memory_equal(volume.grid.size, size, sizeof volume.grid.size);
        assert_int_equal(volume.n_time, size[3]);
        assert_float_equal(volume.tr_s, public_files[k].tr_s, 0);
        assert_affine(&volume.grid, public_files[k].affine, 1e-14); /* printed with all digits of the float */
        for (size_t i = 0; i < voxel_count(&volume); i++)
            sum += volume.voxels[i];
        /* whole numbers add up exactly; scaled ones are rounded to float, each by at most 2^-24 of itself */
        assert_float_equal(sum, public_files[k].sum, 6e-8 * public_files[k].sum);
        const size_t x = (size_t)(2 * size[0] / 3), y = (size_t)(2 * size[1] / 3),
                     z = (size_t)(2 * size[2] / 3), t = (size_t)(2 * size[3] / 3), nx = (size_t)size[0],
                     ny = (size_t)size[1], nz = (size_t)size[2];
        assert_float_equal(volume.voxels[((t * nz + z) * ny + y) * nx + x], public_files[k].voxel,
            6e-8 * public_files[k].voxel);
    }
}
