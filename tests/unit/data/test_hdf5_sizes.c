/* Sets and matrices that say they are larger than they are. */
#include "hdf5_fixture.h"

static const hsize_t SHAPE[3] = {N, H, W};
static const hsize_t NAMES = N;

/* ---- arrays ------------------------------------------------------------------------------------------- */

static void a_small_file_that_claims_gigabytes_is_refused_at_once(void **state)
{
    const hsize_t large[3] = {4000, 256, 256};
    const char *path = sound_set(*state);
    const hid_t file = opened(path);
    hid_t plist = in_chunks(3, large);
    assert_true(H5Pset_deflate(plist, 9) >= 0);
    put(file, "image", H5T_NATIVE_FLOAT, 3, large, plist, NULL);
    plist = in_chunks(3, large);
    put(file, "label", H5T_NATIVE_UINT8, 3, large, plist, NULL);
    H5Fclose(file);
    const size_t before = wil_memory_peak_bytes();
    SET_REFUSED(path, "set.h5", "/image would take 1000.0 MiB", "however compressed");
    assert_true(wil_memory_peak_bytes() - before < (size_t)100 << 20); /* a tenth of what the file claims */
}

static double most_bytes(const char *path)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    return 1032.0 * (double)info.st_size + 1048576;
}

/* Each data set could be in the file, but not all of them. */
static void data_sets_must_fit_together(void **state)
{
    const char *path = sound_set(*state);
    const hsize_t side = (hsize_t)sqrt(0.9 * most_bytes(path) / 20);
    const hsize_t large[3] = {5, side, side};
    const hid_t file = opened(path);
    put(file, "image", H5T_NATIVE_FLOAT, 3, large, H5P_DEFAULT, NULL);
    put(file, "label", H5T_NATIVE_UINT8, 3, large, H5P_DEFAULT, NULL);
    H5Fclose(file);
    const double image = 20.0 * (double)(side * side);
    assert_true(image < most_bytes(path) && 1.25 * image > most_bytes(path));
    SET_REFUSED(path, "the whole set would take");
}

static void sets_of_zeros_are_read_however_well_they_are_packed(void **state)
{
    wil_samples set;
    const char *path = in_folder(*state, "zeros.h5");
    make_patches(&set, 60, 256, 256);
    memset(set.image, 0, sizeof(float) * 60 * 256 * 256);
    memset(set.label, 0, (size_t)60 * 256 * 256);
    OK(wil_samples_write(&set, path));
    wil_samples_clear(&set);
    assert_true(10 * 5.0 * 60 * 256 * 256 > most_bytes(path)); /* packed better than 100 to 1 */
    SET_READ(path);
    const hid_t file = opened(path); /* and labels that h5py was never given are zeros */
    const hsize_t shape[3] = {60, 256, 256};
    put(file, "label", H5T_NATIVE_UINT8, 3, shape, in_chunks(3, shape), NULL);
    H5Fclose(file);
    SET_READ(path);
}

static void a_chunk_far_larger_than_the_data_is_refused(void **state)
{
    const hsize_t most[3] = {H5S_UNLIMITED, H, W};
    const hsize_t chunk[3] = {5000000, H, W};
    const char *path = sound_set(*state);
    const hid_t file = opened(path);
    drop(file, "image");
    const hid_t space = H5Screate_simple(3, SHAPE, most);
    const hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    assert_true(H5Pset_chunk(plist, 3, chunk) >= 0);
    const hid_t set = H5Dcreate2(file, "image", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, plist, H5P_DEFAULT);
    assert_true(set >= 0);
    H5Dclose(set);
    H5Pclose(plist);
    H5Sclose(space);
    H5Fclose(file);
    SET_REFUSED(path, "set.h5", "a chunk of /image would take");
}

static hid_t allocated_unfilled(void)
{
    const hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    assert_true(H5Pset_alloc_time(plist, H5D_ALLOC_TIME_EARLY) >= 0);
    assert_true(H5Pset_fill_time(plist, H5D_FILL_TIME_NEVER) >= 0);
    return plist;
}

/* A file with a hole of terabytes stands for a set that is right, and too large for the machine. */
static void a_set_larger_than_the_memory_is_out_of_memory(void **state)
{
    const hsize_t large[3] = {2000000, 1000, 1000};
    const hsize_t position[2] = {2000000, 3};
    const hsize_t names = 2000000;
    const char *path = sound_set(*state);
    struct stat info;
    wil_samples read;
    const hid_t file = opened(path);
    put(file, "image", H5T_NATIVE_FLOAT, 3, large, allocated_unfilled(), NULL);
    put(file, "label", H5T_NATIVE_UINT8, 3, large, allocated_unfilled(), NULL);
    put(file, "position", H5T_NATIVE_INT32, 2, position, H5P_DEFAULT, NULL);
    put(file, "subject", H5T_C_S1, 1, &names, H5P_DEFAULT, NULL);
    H5Fclose(file);
    if (stat(path, &info) != 0 || info.st_size < (off_t)10000000000000) {
        print_message("SKIPPED: no file with a hole of 10 TB can be made in %s\n", (const char *)*state);
        skip();
    }
    REFUSED(WIL_ERR_MEMORY, wil_samples_read(&read, path), "set.h5", "2000000 patches of 1000x1000",
        "MiB of memory left", "take fewer");
}

static void addresses_of_four_bytes_are_refused(void **state)
{
    const char *path = in_folder(*state, "features.h5");
    const hsize_t shape[2] = {3, 2};
    const double values[6] = {1, 2, 3, 4, 5, 6};
    const hid_t plist = H5Pcreate(H5P_FILE_CREATE);
    assert_true(H5Pset_sizes(plist, 4, 4) >= 0);
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, plist, H5P_DEFAULT);
    put(file, "features", H5T_NATIVE_DOUBLE, 2, shape, H5P_DEFAULT, values);
    H5Pclose(plist);
    H5Fclose(file);
    MATRIX_REFUSED(path, "features", "features.h5", "addresses of 4 bytes", "expected 8 and 8");
}

/* ---- names and attributes ----------------------------------------------------------------------------- */

static hid_t text_type(size_t size)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    assert_true(H5Tset_size(type, size) >= 0);
    return type;
}

static void names_are_short_and_listed_once(void **state)
{
    const char *path = sound_set(*state);
    const hsize_t two = 2;
    const hid_t wide = text_type(5000);
    const hid_t six = text_type(6);
    hid_t file = opened(path);
    put(file, "subject", wide, 1, &NAMES, H5P_DEFAULT, NULL);
    H5Fclose(file);
    SET_REFUSED(path, "/subject holds names of 5000 bytes; at most 4095");
    path = sound_set(*state);
    file = opened(path);
    put(file, "subjects", six, 1, &two, H5P_DEFAULT, "sub-01sub-01");
    H5Fclose(file);
    SET_REFUSED(path, "/subjects lists 'sub-01' twice");
    H5Tclose(wide);
    H5Tclose(six);
    wil_samples set;
    wil_samples again;
    make_patches(&set, N, H, W);
    char *name = calloc(5001, 1);
    memset(name, 'a', 5000);
    assert_int_equal(json_object_set_new(set.attributes, "source", json_string(name)), 0);
    OK(wil_samples_write(&set, path)); /* attributes may be longer */
    OK(wil_samples_read(&again, path));
    assert_true(json_equal(again.attributes, set.attributes));
    wil_samples_clear(&again);
    wil_free(set.subjects[1]);
    OK(wil_string_copy(&set.subjects[1], name));
    REFUSED(WIL_ERR_ARG, wil_samples_write(&set, path), "/subject has 5000 bytes");
    free(name);
    wil_samples_clear(&set);
}

static void attributes_of_a_mebibyte_are_refused(void **state)
{
    const char *path = sound_set(*state);
    const hid_t file = opened(path);
    const hid_t type = text_type(60000);
    const hid_t space = H5Screate(H5S_SCALAR);
    char *text = calloc(60000, 1);
    memset(text, 'a', 59999);
    for (int i = 0; i < 18; i++) {
        char name[16];
        snprintf(name, sizeof name, "long%d", i);
        const hid_t attribute = H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
        assert_true(H5Awrite(attribute, type, text) >= 0);
        H5Aclose(attribute);
    }
    free(text);
    H5Sclose(space);
    H5Tclose(type);
    H5Fclose(file);
    SET_REFUSED(path, "set.h5", "its attributes hold more than 1048576 bytes");
}

/* All references to one name of 4000 bytes: 80 MB of names in a file of less than one. */
static void names_that_share_a_text_are_refused_when_they_outgrow_the_file(void **state)
{
    enum { MANY = 20000, LONG = 4000 };
    const char *path = in_folder(*state, "set.h5");
    const hsize_t n = MANY;
    wil_samples set;
    char *bytes = NULL;
    size_t n_bytes = 0;
    char text[LONG + 1] = {0};
    const char **names = calloc(MANY, sizeof *names);
    names[0] = memset(text, 'a', LONG);
    make_patches(&set, MANY, 1, 1);
    for (int i = 0; i < MANY; i++)
        set.subject[i] = 1;
    wil_free(set.subjects[0]);
    OK(wil_string_copy(&set.subjects[0], text));
    OK(wil_samples_write(&set, path));
    const hid_t type = text_type(H5T_VARIABLE);
    const hid_t file = opened(path);
    put(file, "subject", type, 1, &n, H5P_DEFAULT, names);
    const hid_t dataset = H5Dopen2(file, "subject", H5P_DEFAULT);
    const haddr_t at = H5Dget_offset(dataset);
    H5Dclose(dataset);
    H5Tclose(type);
    H5Fclose(file);
    OK(wil_file_read(path, &bytes, &n_bytes));
    for (size_t i = 1; i < MANY; i++)
        memcpy(bytes + at + 16 * i, bytes + at, 16);
    OK(wil_file_write(path, bytes, n_bytes));
    SET_REFUSED(path, "set.h5", "the names in /subject are longer than the whole file");
    wil_free(bytes);
    free(names);
    wil_samples_clear(&set);
}

/* ---- files made by others ----------------------------------------------------------------------------- */

static void the_shared_hostile_files_are_refused(void **state)
{
    (void)state;
    if (!wil_file_exists(WILLIS_SHARED_DATA "/faults/bomb.h5")) {
        print_message("SKIPPED: no file %s/faults/bomb.h5\n", WILLIS_SHARED_DATA);
        skip();
    }
    SET_REFUSED(WILLIS_SHARED_DATA "/faults/bomb.h5", "bomb.h5", "/image would take 15000.0 MiB");
    SET_REFUSED(WILLIS_SHARED_DATA "/faults/vdsself.h5", "vdsself.h5", "/image is virtual");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_small_file_that_claims_gigabytes_is_refused_at_once),
        CASE(data_sets_must_fit_together),
        CASE(sets_of_zeros_are_read_however_well_they_are_packed),
        CASE(a_chunk_far_larger_than_the_data_is_refused),
        CASE(a_set_larger_than_the_memory_is_out_of_memory),
        CASE(addresses_of_four_bytes_are_refused),
        CASE(names_are_short_and_listed_once),
        CASE(attributes_of_a_mebibyte_are_refused),
        CASE(names_that_share_a_text_are_refused_when_they_outgrow_the_file),
        CASE(the_shared_hostile_files_are_refused),
    };
    (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
