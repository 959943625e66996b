/* MetaImage files, written by hand. */
#include "test.h"

#include "image_fixture.h"

#define TEXT                                                                                                 \
    "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = %s\nCompressedData = %s\n"   \
    "TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 10 20 30\nCenterOfRotation = 0 0 0\n"                     \
    "AnatomicalOrientation = RAI\nElementSpacing = 1.5 2 2.5\nDimSize = 3 4 5\nElementType = %s\n"

/* Writes head, the line of the data file, and for LOCAL the bytes. */
static const char *write_meta(
    const char *folder, const char *name, const char *head, const char *data, const void *bytes, size_t n)
{
    char *all = calloc(1, 4096 + n);
    const bool local = strcmp(data, "LOCAL") == 0;
    const size_t length = (size_t)sprintf(all, "%sElementDataFile = %s\n", head, data);
    if (local)
        memcpy(all + length, bytes, n);
    const char *path = in_folder(folder, "%s", name);
    OK(wil_file_write(path, all, length + (local ? n : 0)));
    if (!local)
        OK(wil_file_write(in_folder(folder, "%s", data), bytes, n));
    free(all);
    return path;
}

static char *head_of(const char *msb, const char *compressed, const char *type)
{
    static char text[1024];
    snprintf(text, sizeof text, TEXT, msb, compressed, type);
    return text;
}

/* 0 .. 59 as 16-bit numbers. */
static void numbers(uint8_t bytes[120], bool big)
{
    for (int i = 0; i < 60; i++)
        put_integer(bytes + 2 * i, 2, (uint64_t)i, big);
}

/* ITK's axes run to the left and the back; its identity is our LPS. */
static void assert_numbered(const char *path)
{
    const double expected[3][4] = {{-1.5, 0, 0, -10}, {0, -2, 0, -20}, {0, 0, 2.5, 30}};
    WIL_OWN(wil_volume) stored = {0}, volume = {0};
    char codes[4];
    OK(wil_volume_read_stored(&stored, path));
    assert_affine(&stored.grid, expected, 0);
    for (int i = 0; i < 60; i++)
        assert_true(stored.voxels[i] == (float)i);
    OK(wil_volume_read_3d(&volume, path));
    assert_string_equal(wil_grid_axis_codes(codes, &volume.grid), "LPS");
    assert_true(volume.voxels[0] == 11 && volume.voxels[59] == 48); /* x and y reversed */
    assert_true(volume.grid.affine[0][3] == -13 && volume.grid.affine[1][3] == -26);
    wil_volume_clear(&stored);
    OK(wil_volume_read_header(&stored, path));
    assert_null(stored.voxels);
}

TEST_IN_FOLDER(voxels_are_read_where_itk_has_them)
{
    uint8_t bytes[120];
    Bytef packed[400];
    uLongf n = sizeof packed;
    numbers(bytes, false);
    assert_numbered(write_meta(*state, "a.mha", head_of("False", "False", "MET_SHORT"), "LOCAL", bytes, 120));
    assert_numbered(
        write_meta(*state, "a.mhd", head_of("False", "False", "MET_USHORT"), "a.raw", bytes, 120));
    assert_int_equal(compress(packed, &n, bytes, 120), Z_OK);
    assert_numbered(write_meta(*state, "b.mha", head_of("False", "True", "MET_SHORT"), "LOCAL", packed, n));
    assert_numbered(write_meta(*state, "b.mhd", head_of("False", "True", "MET_SHORT"), "b.zraw", packed, n));
    numbers(bytes, true);
    assert_numbered(write_meta(*state, "c.mha", head_of("True", "False", "MET_SHORT"), "LOCAL", bytes, 120));
    numbers(bytes, false);
    char text[1100];
    snprintf(text, sizeof text, "%sHeaderSize = -1\n", head_of("False", "False", "MET_SHORT"));
    uint8_t behind[150] = {0};
    memcpy(behind + 30, bytes, 120);
    assert_numbered(write_meta(*state, "d.mhd", text, "d.raw", behind, 150));
}

/* A rotation about z by a quarter turn: axis 0 runs along ITK's y, to the back. */
TEST_IN_FOLDER(rows_of_the_matrix_are_the_axes)
{
    const uint8_t bytes[24] = {7};
    const double expected[3][4] = {{0, 3, 0, -1}, {-2, 0, 0, -2}, {0, 0, 4, 3}};
    WIL_OWN(wil_volume) volume = {0};
    const char *path = write_meta(*state, "a.mha",
        "NDims = 3\nDimSize = 2 3 4\nElementType = MET_UCHAR\nRotation = 0 1 0 -1 0 0 0 0 1\nPosition = 1 2 "
        "3\n"
        "ElementSize = 2 3 4\n",
        "LOCAL", bytes, 24);
    OK(wil_volume_read_stored(&volume, path));
    assert_affine(&volume.grid, expected, 0);
    assert_true(volume.voxels[0] == 7 && volume.grid.spacing_mm[1] == 3);
}

TEST_IN_FOLDER(pictures_and_series_have_two_and_four_dimensions)
{
    const float values[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12.5f};
    wil_volume volume = {0};
    const char *path = write_meta(
        *state, "a.mha", "NDims = 2\nDimSize = 3 4\nElementType = MET_FLOAT\n", "LOCAL", values, 48);
    OK(wil_volume_read_stored(&volume, path));
    assert_true(volume.grid.size[2] == 1 && volume.n_time == 1 && volume.voxels[11] == 12.5f);
    wil_volume_clear(&volume);
    path = write_meta(*state, "b.mha",
        "NDims = 4\nDimSize = 3 2 1 2\nElementType = MET_FLOAT\nElementSpacing = 1 1 1 1.5\n", "LOCAL",
        values, 48);
    OK(wil_volume_read(&volume, path));
    assert_int_equal(volume.n_time, 2);
    assert_true(volume.tr_s == 0); /* no unit of time is known */
    wil_volume_clear(&volume);
    REFUSED(WIL_ERR_INPUT, wil_volume_read_3d(&volume, path), "b.mha", "2 time points");
}

TEST_IN_FOLDER(what_is_damaged_is_refused_at_every_length)
{
    uint8_t bytes[120], packed[400];
    uLongf n = sizeof packed;
    wil_volume volume;
    char *whole = NULL;
    size_t n_whole = 0;
    numbers(bytes, false);
    assert_int_equal(compress(packed, &n, bytes, 120), Z_OK);
    for (int k = 0; k < 2; k++) {
        const char *path =
            k == 0 ? write_meta(*state, "a.mha", head_of("False", "False", "MET_SHORT"), "LOCAL", bytes, 120)
                   : write_meta(*state, "a.mha", head_of("False", "True", "MET_SHORT"), "LOCAL", packed, n);
        OK(wil_file_read(path, &whole, &n_whole));
        for (size_t i = 0; i < n_whole; i++) {
            OK(wil_file_write(path, whole, i));
            REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, path), "a.mha");
            assert_null(volume.voxels);
        }
        wil_free(whole);
    }
}

TEST_IN_FOLDER(what_is_no_metaimage_or_of_another_kind_is_refused)
{
    static const struct {
        const char *head, *words;
    } cases[] = {{"NDims = 3\nDimSize = 2 2 2\n", "has no ElementType"},
        {"ElementType = MET_UCHAR\n", "has no NDims"},
        {"DimSize = 2 2 2\nNDims = 3\n", ":1: DimSize stands before NDims"}, {"NDims = 7\n", "2 to 4"},
        {"NDims = 3\nDimSize = 2 2\n", ":2: DimSize = 2 2; 3 numbers were expected"},
        {"NDims = 3\nDimSize = 2 2 0\n", "sizes from 1"},
        {"NDims = 3\nDimSize = 2 2 2\nElementType = MET_UCHAR_ARRAY\n", "MET_UCHAR_ARRAY"},
        {"NDims = 3\nDimSize = 2 2 2\nElementType = MET_UCHAR\nElementSpacing = 1 0 1\n",
            "spacing of 1 x 0 x 1"},
        {"NDims = 3\nDimSize = 2 2 2\nElementType = MET_UCHAR\nElementNumberOfChannels = 3\n", "1 to 1"},
        {"NDims = 3\nDimSize = 2 2 2\nElementType = MET_UCHAR\nBinaryData = False\n", "written as text"},
        {"NDims = 3\nDimSize = 2 2 2\nElementType = MET_UCHAR\nTransformMatrix = 1 0 0 1 0 0 0 0 1\n",
            "one plane"},
        {"NDims = 3\nDimSize = 60000 60000 60000\nElementType = MET_UCHAR\n", "truncated"},
        {"ObjectType = Scene\n", "Scene"}, {"hello\n", ":1: is no line of a MetaImage"}};
    const uint8_t bytes[8] = {0};
    wil_volume volume;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        REFUSED(WIL_ERR_INPUT,
            wil_volume_read(&volume, write_meta(*state, "a.mha", cases[i].head, "LOCAL", bytes, 8)), "a.mha",
            cases[i].words);
    const char *sound = "NDims = 3\nDimSize = 2 2 2\nElementType = MET_UCHAR\n";
    REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, write_meta(*state, "a.mhd", sound, "LIST", bytes, 8)),
        "a file for each slice");
    const char *path = write_meta(*state, "a.mhd", sound, "gone.raw", bytes, 8);
    assert_int_equal(unlink(in_folder(*state, "gone.raw")), 0);
    REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, path), "a.mhd names its voxels", "gone.raw");
}

TEST_IN_FOLDER(dicom_is_answered_with_its_converter)
{
    char bytes[200] = {0};
    wil_volume volume;
    memcpy(bytes + 128, "DICM", 4);
    const char *path = in_folder(*state, "IM_0001");
    OK(wil_file_write(path, bytes, sizeof bytes));
    REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, path), "IM_0001: is DICOM", "dcm2niix");
    OK(wil_file_write(in_folder(*state, "old.dcm"), bytes, 3));
    REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, in_folder(*state, "old.dcm")), "is DICOM", "dcm2niix");
    REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, *state), "is a folder", "dcm2niix");
    REFUSED(
        WIL_ERR_INPUT, wil_volume_read(&volume, in_folder(*state, "a.nrrd")), "unknown kind of file", ".mha");
}
