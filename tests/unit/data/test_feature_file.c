/* Matrices of features in .npy and HDF5 files. */
#include <hdf5.h>

#include "data_fixture.h"

/* Writes a .npy file: version, header text (padding and line break are added), values. */
static const char *write_npy(
    const char *path, int version, const char *header, const void *values, size_t n_bytes)
{
    char text[1024];
    const int length = snprintf(text, sizeof text, "%-117s\n", header);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    const unsigned char start[] = {
        0x93, 'N', 'U', 'M', 'P', 'Y', (unsigned char)version, 0, (unsigned char)length, 0, 0, 0};
    fwrite(start, 1, version == 1 ? 10 : 12, file);
    fwrite(text, 1, (size_t)length, file);
    fwrite(values, 1, n_bytes, file);
    assert_int_equal(fclose(file), 0);
    return path;
}

#define SHAPE_3X2 "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }"

static void npy_files_give_their_rows(void **state)
{
    const float f4[6] = {1, 2, 3, 4, 5, -6.5F};
    const double f8[6] = {1, 2, 3, 4, 5, 0.1};
    double rows[6];
    for (int version = 1; version <= 3; version++) {
        wil_feature_file *file = NULL;
        OK(wil_feature_file_open(
            &file, write_npy(in_folder(*state, "a.npy"), version, SHAPE_3X2, f4, sizeof f4), NULL));
        assert_int_equal(wil_feature_file_count(file), 3);
        assert_int_equal(wil_feature_file_width(file), 2);
        OK(wil_feature_file_read(file, 1, 2, rows));
        assert_true(rows[0] == 3 && rows[3] == -6.5);
        OK(wil_feature_file_read(file, 0, 3, rows));
        assert_true(rows[0] == 1 && rows[5] == -6.5);
        REFUSED(WIL_ERR_ARG, wil_feature_file_read(file, 2, 2, rows), "2 to 3 of 3");
        wil_feature_file_close(file);
    }
    wil_feature_file *file = NULL;
    OK(wil_feature_file_open(&file,
        write_npy(in_folder(*state, "b.npy"), 1, "{'shape': (2, 3), 'fortran_order': False, 'descr': '<f8'}",
            f8, sizeof f8),
        NULL));
    OK(wil_feature_file_read(file, 1, 1, rows));
    assert_true(rows[2] == 0.1); /* no float in between */
    wil_feature_file_close(file);
}

static void not_finite_features_are_named(void **state)
{
    const float values[6] = {1, 2, 3, NAN, 5, INFINITY};
    double rows[6];
    wil_feature_file *file = NULL;
    OK(wil_feature_file_open(
        &file, write_npy(in_folder(*state, "nan.npy"), 1, SHAPE_3X2, values, sizeof values), NULL));
    OK(wil_feature_file_read(file, 0, 1, rows));
    REFUSED(WIL_ERR_INPUT, wil_feature_file_read(file, 0, 3, rows), "nan.npy", "sample 1", "feature 1");
    REFUSED(WIL_ERR_INPUT, wil_feature_file_read(file, 2, 1, rows), "sample 2", "feature 1");
    wil_feature_file_close(file);
}

static void wrong_npy_files_are_refused(void **state)
{
    static const struct {
        const char *header, *words;
    } cases[] = {
        {"{'descr': '>f4', 'fortran_order': False, 'shape': (3, 2), }", "little-endian float32 or float64"},
        {"{'descr': '<i4', 'fortran_order': False, 'shape': (3, 2), }", "neither '<f4' nor '<f8'"},
        {"{'descr': '<f4', 'fortran_order': True, 'shape': (3, 2), }", "ascontiguousarray"},
        {"{'descr': '<f4', 'fortran_order': Maybe, 'shape': (3, 2), }", "fortran_order"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }", "reshape the array to two axes"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2, 1), }", "reshape the array to two axes"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (0, 2), }", "is empty: 0 samples of 2"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 2), }",
            "at most 2147483647"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2147483647, 2147483647), }",
            "fits in no memory"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4, 2), }", "4 samples of 2 features make"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", "cut off or damaged"},
        {"{'descr': '<f4', 'fortran_order': False, }", "it must name descr, fortran_order and shape"},
        {"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }", "each once"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), 'more': 1}", "each once"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2)} x", "end with a line break"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2)", "no end"},
        {"[]", "no dictionary"},
        {"", "no dictionary"},
    };
    const float values[6] = {1, 2, 3, 4, 5, 6};
    wil_feature_file *file = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        REFUSED(WIL_ERR_INPUT,
            wil_feature_file_open(&file,
                write_npy(in_folder(*state, "bad.npy"), 1, cases[i].header, values, sizeof values), NULL),
            "bad.npy", cases[i].words);
    REFUSED(WIL_ERR_INPUT,
        wil_feature_file_open(
            &file, write_npy(in_folder(*state, "bad.npy"), 4, SHAPE_3X2, values, sizeof values), NULL),
        "version 4.0");
    const char *path = write_npy(in_folder(*state, "bad.npy"), 1, SHAPE_3X2, values, sizeof values);
    REFUSED(WIL_ERR_ARG, wil_feature_file_open(&file, path, "features"), "not an HDF5 file", "/features");
    assert_int_equal(truncate(path, 60), 0);
    REFUSED(WIL_ERR_INPUT, wil_feature_file_open(&file, path, NULL), "cut off or damaged");
    assert_int_equal(truncate(path, 9), 0);
    REFUSED(WIL_ERR_INPUT, wil_feature_file_open(&file, path, NULL), "not a .npy file");
    assert_int_equal(truncate(path, 0), 0);
    REFUSED(WIL_ERR_INPUT, wil_feature_file_open(&file, path, NULL), "not a .npy file");
    assert_int_equal(unlink(path), 0);
    REFUSED(WIL_ERR_INPUT, wil_feature_file_open(&file, path, NULL), "no such file");
    assert_null(file);
    wil_feature_file_close(NULL);
}

/* ---- HDF5 --------------------------------------------------------------------------------------------- */

static void add_dataset(
    hid_t file, const char *name, hid_t type, int rank, const hsize_t *dims, const void *values)
{
    const hid_t space = H5Screate_simple(rank, dims, NULL);
    const hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(set);
    H5Sclose(space);
}

static void datasets_of_hdf5_files_give_their_rows(void **state)
{
    const char *path = in_folder(*state, "features.h5");
    const double f8[6] = {1, 2, 3, 4, 5, 0.1};
    const float f4[6] = {1, 2, 3, 4, NAN, 6};
    const int32_t counts[6] = {1, 2, 3, 4, 5, 6};
    const hsize_t matrix[2] = {3, 2}, line[1] = {6};
    double rows[6];
    wil_feature_file *file = NULL;
    const hid_t h5 = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    add_dataset(h5, "pool3", H5T_NATIVE_DOUBLE, 2, matrix, f8);
    add_dataset(h5, "nan", H5T_NATIVE_FLOAT, 2, matrix, f4);
    add_dataset(h5, "counts", H5T_NATIVE_INT32, 2, matrix, counts);
    add_dataset(h5, "line", H5T_NATIVE_DOUBLE, 1, line, f8);
    H5Fclose(h5);
    assert_true(wil_is_hdf5(path));
    OK(wil_feature_file_open(&file, path, "pool3"));
    assert_int_equal(wil_feature_file_count(file), 3);
    assert_int_equal(wil_feature_file_width(file), 2);
    OK(wil_feature_file_read(file, 1, 2, rows));
    assert_true(rows[0] == 3 && rows[3] == 0.1);
    wil_feature_file_close(file);
    OK(wil_feature_file_open(&file, path, "nan"));
    REFUSED(WIL_ERR_INPUT, wil_feature_file_read(file, 0, 3, rows), "features.h5", "sample 2", "feature 0");
    wil_feature_file_close(file);
    REFUSED(WIL_ERR_INPUT, wil_feature_file_open(&file, path, "pool4"), "has no dataset /pool4");
    REFUSED(WIL_ERR_INPUT, wil_feature_file_open(&file, path, "counts"), "must hold floats");
    REFUSED(WIL_ERR_INPUT, wil_feature_file_open(&file, path, "line"), "must have 2 axes, but has 1");
    REFUSED(WIL_ERR_ARG, wil_feature_file_open(&file, path, NULL), "name the dataset");
    assert_int_equal(truncate(path, 900), 0);
    REFUSED(WIL_ERR_INPUT, wil_feature_file_open(&file, path, "pool3"), "damaged or cut off");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(npy_files_give_their_rows),
        CASE(not_finite_features_are_named),
        CASE(wrong_npy_files_are_refused),
        CASE(datasets_of_hdf5_files_give_their_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
