/* Sets and matrices that would have other files read or code loaded. */
#include <pthread.h>

#include "hdf5_fixture.h"

static const hsize_t SHAPE[3] = {N, H, W};
static const hsize_t MATRIX[2] = {3, 2};
static const double VALUES[6] = {1, 2, 3, 4, 5, 6};

/* ---- values in other files ---------------------------------------------------------------------------- */

static void put_virtual(const char *path, const char *source_file, const char *source)
{
    const hid_t file = opened(path);
    const hid_t space = H5Screate_simple(3, SHAPE, NULL);
    const hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    assert_true(H5Pset_virtual(plist, space, source_file, source, space) >= 0);
    put(file, "image", H5T_NATIVE_FLOAT, 3, SHAPE, plist, NULL);
    H5Sclose(space);
    H5Fclose(file);
}

static void virtual_data_sets_are_refused_even_of_themselves(void **state)
{
    const char *path = sound_set(*state);
    put_virtual(path, ".", "image");
    SET_REFUSED(path, "set.h5", "/image is virtual", "store the values themselves");
    path = sound_set(*state);
    put_virtual(path, "other.h5", "image");
    SET_REFUSED(path, "/image is virtual");
}

/* A source without end makes HDF5 open it to tell the shape. */
static void an_endless_virtual_matrix_is_refused(void **state)
{
    const char *path = in_folder(*state, "features.h5");
    const hsize_t most[2] = {H5S_UNLIMITED, 2};
    const hsize_t none[2] = {0, 0};
    const hsize_t one[2] = {1, 2};
    const hsize_t endless[2] = {H5S_UNLIMITED, 1};
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t space = H5Screate_simple(2, MATRIX, most);
    const hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    assert_true(H5Sselect_hyperslab(space, H5S_SELECT_SET, none, one, endless, one) >= 0);
    assert_true(H5Pset_virtual(plist, space, ".", "features", space) >= 0);
    const hid_t set = H5Dcreate2(file, "features", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, plist, H5P_DEFAULT);
    assert_true(set >= 0);
    H5Pclose(plist);
    H5Sclose(space);
    H5Dclose(set);
    H5Fclose(file);
    MATRIX_REFUSED(path, "features", "features.h5", "/features is virtual");
}

static void values_that_lie_in_another_file_are_refused(void **state)
{
    const char *path = sound_set(*state);
    char secret[N * H * W * sizeof(float) + 1];
    memset(secret, 'A', sizeof secret);
    secret[sizeof secret - 1] = '\0';
    const char *raw = write_text(in_folder(*state, "secret.txt"), secret);
    const hid_t file = opened(path);
    const hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    assert_true(H5Pset_external(plist, raw, 0, N * H * W * sizeof(float)) >= 0);
    put(file, "image", H5T_NATIVE_FLOAT, 3, SHAPE, plist, NULL);
    H5Fclose(file);
    SET_REFUSED(path, "set.h5", "the values of /image lie outside", "store the values themselves");
}

/* Whoever opens a pipe waits until somebody writes to it. */
static void a_file_that_values_lie_in_is_not_even_opened(void **state)
{
    const char *path = sound_set(*state);
    const char *pipe = in_folder(*state, "pipe");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    const hid_t file = opened(path);
    const hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    assert_true(H5Pset_external(plist, pipe, 0, N * H * W * sizeof(float)) >= 0);
    put(file, "image", H5T_NATIVE_FLOAT, 3, SHAPE, plist, NULL);
    H5Fclose(file);
    (void)alarm(20); /* instead of for ever */
    SET_REFUSED(path, "set.h5", "the values of /image lie outside");
    (void)alarm(0);
}

/* ---- links -------------------------------------------------------------------------------------------- */

static hid_t follow_to_label(
    const char *name, hid_t group, const void *data, size_t n, hid_t plist, hid_t transfer)
{
    (void)transfer;
    (void)name;
    (void)data;
    (void)n;
    return H5Oopen(group, "label", plist);
}

static void links_are_refused_by_their_kind(void **state)
{
    const char *path = sound_set(*state);
    const char *other = in_folder(*state, "other.h5");
    OK(wil_file_write(other, "", 0));
    assert_int_equal(rename(path, other), 0);
    path = sound_set(*state);
    hid_t file = opened(path);
    drop(file, "image");
    assert_true(H5Lcreate_external(other, "image", file, "image", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    H5Fclose(file);
    SET_REFUSED(path, "set.h5", "/image is an external link", "store the values themselves");
    file = opened(path);
    drop(file, "image");
    assert_true(H5Lcreate_soft("label", file, "image", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    H5Fclose(file);
    SET_REFUSED(path, "/image is a soft link");
    const H5L_class_t mine = {
        .version = H5L_LINK_CLASS_T_VERS, .id = H5L_TYPE_UD_MIN + 100, .trav_func = follow_to_label};
    assert_true(H5Lregister(&mine) >= 0);
    file = opened(path);
    drop(file, "image");
    assert_true(H5Lcreate_ud(file, "image", mine.id, "", 0, H5P_DEFAULT, H5P_DEFAULT) >= 0);
    H5Fclose(file);
    SET_REFUSED(path, "/image is a link of an unknown kind");
    assert_true(H5Lunregister(mine.id) >= 0);
}

static void a_group_that_is_a_link_is_refused_on_the_way(void **state)
{
    const char *other = in_folder(*state, "other.h5");
    const char *path = in_folder(*state, "features.h5");
    hid_t file = H5Fcreate(other, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t group = H5Gcreate2(file, "group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    put(group, "features", H5T_NATIVE_DOUBLE, 2, MATRIX, H5P_DEFAULT, VALUES);
    assert_true(H5Lcreate_soft("group", file, "soft", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    H5Gclose(group);
    H5Fclose(file);
    file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Lcreate_external(other, "group", file, "group", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    H5Fclose(file);
    MATRIX_REFUSED(path, "group/features", "features.h5", "/group is an external link");
    MATRIX_REFUSED(other, "soft/features", "other.h5", "/soft is a soft link");
    MATRIX_REFUSED(other, "group/none", "has no dataset /group/none");
    MATRIX_REFUSED(other, "none/features", "has no dataset /none");
    static const char *const right[] = {"group/features", "/group/features", "group//features"};
    for (int i = 0; i < 3; i++) {
        wil_feature_file *features = NULL;
        OK(wil_feature_file_open(&features, other, right[i]));
        wil_feature_file_close(features);
    }
}

/* The image of HDF5's cache is believed in place of what stands where the file says. */
static void a_superblock_with_an_extension_is_refused(void **state)
{
    const char *path = in_folder(*state, "features.h5");
    for (int i = 0; i < 2; i++) {
        H5AC_cache_image_config_t image = {.version = H5AC__CURR_CACHE_IMAGE_CONFIG_VERSION,
            .generate_image = i == 0,
            .entry_ageout = H5AC__CACHE_IMAGE__ENTRY_AGEOUT__NONE};
        const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
        const hid_t creation = H5Pcreate(H5P_FILE_CREATE);
        assert_true(H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST) >= 0);
        assert_true(H5Pset_mdc_image_config(access, &image) >= 0);
        assert_true(i == 0 || H5Pset_file_space_strategy(creation, H5F_FSPACE_STRATEGY_PAGE, false, 1) >= 0);
        const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, creation, access);
        put(file, "features", H5T_NATIVE_DOUBLE, 2, MATRIX, H5P_DEFAULT, VALUES);
        H5Pclose(creation);
        H5Pclose(access);
        H5Fclose(file);
        MATRIX_REFUSED(path, "features", "features.h5", "a superblock with an extension", "HDF5's defaults");
    }
}

/* HDF5 1.10 reads past the names of an enumeration while it opens a data set. */
static void only_numbers_and_texts_are_opened(void **state)
{
    const char *path = sound_set(*state);
    const int8_t no = 0;
    const hid_t booleans = H5Tenum_create(H5T_NATIVE_INT8);
    const hid_t bytes = H5Tvlen_create(H5T_NATIVE_UINT8);
    const hid_t types[] = {booleans, bytes, H5T_STD_REF_OBJ};
    assert_true(H5Tenum_insert(booleans, "FALSE", &no) >= 0);
    for (int i = 0; i < 3; i++) {
        const hid_t file = opened(path);
        put(file, "label", types[i], 3, SHAPE, H5P_DEFAULT, NULL);
        H5Fclose(file);
        SET_REFUSED(path, "set.h5", "/label holds values of another kind than integers, floats and texts");
    }
    const hid_t file = opened(path);
    const hid_t named = H5Tcopy(H5T_NATIVE_UINT8);
    assert_true(H5Tcommit2(file, "named", named, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT) >= 0);
    put(file, "label", named, 3, SHAPE, H5P_DEFAULT, NULL);
    H5Tclose(named);
    H5Fclose(file);
    SET_REFUSED(path, "/label holds values of another kind", "a type that is stored elsewhere");
    H5Tclose(booleans);
    H5Tclose(bytes);
}

/* ---- filters ------------------------------------------------------------------------------------------ */

static size_t pass(
    unsigned flags, size_t n_values, const unsigned *values, size_t n, size_t *size, void **bytes)
{
    (void)flags;
    (void)n_values;
    (void)values;
    (void)size;
    (void)bytes;
    return n;
}

static const H5Z_class2_t TRAP_FILTER = {.version = H5Z_CLASS_T_VERS,
    .id = 32123,
    .encoder_present = 1,
    .decoder_present = 1,
    .name = "trap",
    .filter = pass};

static void unknown_and_repeated_filters_are_refused(void **state)
{
    const char *path = sound_set(*state);
    const int32_t image[N * H * W] = {0};
    hid_t plist = in_chunks(3, SHAPE);
    assert_true(H5Pset_shuffle(plist) >= 0 && H5Pset_deflate(plist, 9) >= 0 && H5Pset_fletcher32(plist) >= 0);
    hid_t file = opened(path);
    put(file, "image", H5T_NATIVE_INT32, 3, SHAPE, plist, image);
    H5Fclose(file);
    SET_READ(path);
    plist = in_chunks(3, SHAPE);
    assert_true(H5Pset_scaleoffset(plist, H5Z_SO_INT, H5Z_SO_INT_MINBITS_DEFAULT) >= 0);
    file = opened(path);
    put(file, "image", H5T_NATIVE_INT32, 3, SHAPE, plist, image);
    H5Fclose(file);
    SET_REFUSED(path, "/image is packed by filter 6", "write it again with gzip");
    plist = in_chunks(3, SHAPE);
    assert_true(H5Pset_deflate(plist, 9) >= 0 && H5Pset_shuffle(plist) >= 0 && H5Pset_deflate(plist, 9) >= 0);
    file = opened(path);
    put(file, "image", H5T_NATIVE_INT32, 3, SHAPE, plist, image);
    H5Fclose(file);
    SET_REFUSED(path, "/image is packed by filter 1 twice");
}

static void no_plugin_is_loaded_for_a_data_set_or_a_group(void **state)
{
    const char *path = in_folder(*state, "features.h5");
    const char *mark = in_folder(*state, "mark");
    assert_int_equal(setenv("WILLIS_TEST_TRAP", mark, 1), 0);
    assert_true(H5Zregister(&TRAP_FILTER) >= 0);
    const hid_t plist = in_chunks(2, MATRIX);
    const hid_t links = H5Pcreate(H5P_GROUP_CREATE);
    assert_true(H5Pset_filter(plist, TRAP_FILTER.id, 0, 0, NULL) >= 0);
    assert_true(
        H5Pset_filter(links, TRAP_FILTER.id, 0, 0, NULL) >= 0 && H5Pset_link_phase_change(links, 0, 0) >= 0);
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t group = H5Gcreate2(file, "group", H5P_DEFAULT, links, H5P_DEFAULT);
    put(group, "features", H5T_NATIVE_DOUBLE, 2, MATRIX, H5P_DEFAULT, VALUES);
    put(file, "features", H5T_NATIVE_DOUBLE, 2, MATRIX, plist, VALUES);
    H5Gclose(group);
    H5Pclose(links);
    H5Fclose(file);
    assert_true(H5Zunregister(TRAP_FILTER.id) >= 0);
    MATRIX_REFUSED(path, "features", "features.h5", "/features is packed by filter 32123");
    MATRIX_REFUSED(path, "group/features", "the group of /group/features keeps its links outside");
    assert_false(wil_file_exists(mark));
    unsigned allowed = 0; /* and the program's own setting is back */
    assert_true(H5PLget_loading_state(&allowed) >= 0 && allowed != 0);
    assert_true(H5Zfilter_avail(TRAP_FILTER.id) > 0);
    assert_true(wil_file_exists(mark)); /* the trap works, where plugins are allowed */
}

/* ---- threads ------------------------------------------------------------------------------------------ */

typedef struct reader {
    const char *sound, *hostile;
    bool good;
} reader;

static void *read_often(void *user)
{
    reader *r = user;
    for (int i = 0; i < 20; i++) {
        wil_samples patches;
        r->good = wil_samples_read(&patches, r->sound) == WIL_OK && r->good;
        wil_samples_clear(&patches);
        r->good = wil_samples_read(&patches, r->hostile) == WIL_ERR_INPUT && r->good;
        wil_samples_clear(&patches);
    }
    return NULL;
}

static void threads_read_sound_and_hostile_sets_side_by_side(void **state)
{
    enum { N_THREADS = 4 };
    pthread_t threads[N_THREADS];
    reader readers[N_THREADS];
    const char *hostile = in_folder(*state, "hostile.h5");
    const char *path = sound_set(*state);
    put_virtual(path, ".", "image");
    assert_int_equal(rename(path, hostile), 0);
    path = sound_set(*state);
    for (int i = 0; i < N_THREADS; i++) {
        readers[i] = (reader){.sound = path, .hostile = hostile, .good = true};
        assert_int_equal(pthread_create(&threads[i], NULL, read_often, &readers[i]), 0);
    }
    for (int i = 0; i < N_THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(readers[i].good);
    }
    unsigned allowed = 0;
    assert_true(H5PLget_loading_state(&allowed) >= 0 && allowed != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(virtual_data_sets_are_refused_even_of_themselves),
        CASE(an_endless_virtual_matrix_is_refused),
        CASE(values_that_lie_in_another_file_are_refused),
        CASE(a_file_that_values_lie_in_is_not_even_opened),
        CASE(links_are_refused_by_their_kind),
        CASE(a_group_that_is_a_link_is_refused_on_the_way),
        CASE(a_superblock_with_an_extension_is_refused),
        CASE(only_numbers_and_texts_are_opened),
        CASE(unknown_and_repeated_filters_are_refused),
        CASE(no_plugin_is_loaded_for_a_data_set_or_a_group),
        CASE(threads_read_sound_and_hostile_sets_side_by_side),
    };
    if (setenv("HDF5_PLUGIN_PATH", WILLIS_TEST_PLUGINS, 1) != 0) /* before HDF5 starts, which reads it once */
        return 1;
    (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
