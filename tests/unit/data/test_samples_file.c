#include <hdf5.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "same_samples.h"
#include "samples_fixture.h"

#define N 5
#define H 7
#define W 9

static const char *write_set(const char *folder, const wil_samples *patches)
{
    const char *path = in_folder(folder, "set.h5");
    OK(wil_samples_write(patches, path));
    return path;
}

static void a_patch_set_reads_back_as_it_was(void **state)
{
    wil_samples set;
    wil_samples again;
    make_patches(&set, N, H, W);
    OK(wil_samples_read(&again, write_set(*state, &set)));
    assert_samples_equal(&again, &set);
    wil_samples_clear(&again);
    wil_samples_clear(&set);
}

static void a_synthetic_set_keeps_its_statements(void **state)
{
    wil_samples set;
    wil_samples again;
    make_patches(&set, 1, H, W);
    set.subject[0] = 1; /* a subject without patches stays in the list */
    json_decref(set.attributes);
    set.attributes = json_pack("{s:s, s:s, s:s, s:f, s:I, s:s}", "kind", "synthetic", "model",
        "run/\u00fcber.safetensors", "privacy", "none: trained without differential privacy",
        "label_threshold", 0.8, "seed", (json_int_t)INT64_MAX, "empty", "");
    OK(wil_samples_read(&again, write_set(*state, &set)));
    assert_int_equal(again.n_subjects, 2);
    assert_int_equal(again.subject[0], 1);
    assert_true(json_equal(again.attributes, set.attributes));
    wil_samples_clear(&again);
    wil_samples_clear(&set);
}

/* What a Python user does: variable-length strings, byte images, attributes of other shapes. */
static void sets_made_with_h5py_defaults_are_read(void **state)
{
    wil_samples set;
    wil_samples again;
    make_patches(&set, 2, H, W);
    const char *path = write_set(*state, &set);
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    const hid_t type = H5Tcopy(H5T_C_S1);
    assert_true(H5Tset_size(type, H5T_VARIABLE) >= 0 && H5Tset_cset(type, H5T_CSET_UTF8) >= 0);
    const hsize_t two = 2;
    const hid_t space = H5Screate_simple(1, &two, NULL);
    assert_true(H5Ldelete(file, "subject", H5P_DEFAULT) >= 0);
    const hid_t names = H5Dcreate2(file, "subject", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    const char *const values[2] = {"sub-002", "sub-01"};
    assert_true(H5Dwrite(names, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    const hid_t extra = H5Acreate2(file, "numbers", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Aclose(extra);
    H5Dclose(names);
    H5Sclose(space);
    H5Tclose(type);
    H5Fclose(file);
    OK(wil_samples_read(&again, path));
    assert_int_equal(again.subject[0], 1);
    assert_int_equal(again.subject[1], 0);
    assert_null(json_object_get(again.attributes, "numbers"));
    wil_samples_clear(&again);
    wil_samples_clear(&set);
}

/* ---- refusals ----------------------------------------------------------------------------------------- */

#define READ_REFUSED(path, ...)                                                                              \
    do {                                                                                                     \
        wil_samples read_;                                                                                   \
        REFUSED(WIL_ERR_INPUT, wil_samples_read(&read_, path), __VA_ARGS__);                                 \
        assert_null(read_.image);                                                                            \
        assert_null(read_.subjects);                                                                         \
    } while (0)

static void files_that_are_not_hdf5_are_refused(void **state)
{
    const char *path = in_folder(*state, "notes.h5");
    READ_REFUSED(path, "notes.h5", "no such file");
    write_text(path, "subject,image\n");
    READ_REFUSED(path, "notes.h5", "is not an HDF5 file", "willis patches");
}

static void a_truncated_file_is_refused_with_the_reason(void **state)
{
    wil_samples set;
    make_patches(&set, N, H, W);
    const char *path = write_set(*state, &set);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(truncate(path, info.st_size - 100), 0);
    READ_REFUSED(path, "set.h5", "damaged or cut off", "truncated file");
    wil_samples_clear(&set);
}

/* Replaces dataset `name` by one of another type or shape. */
static void replace(const char *path, const char *name, hid_t type, int rank, const hsize_t *dims)
{
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(H5Ldelete(file, name, H5P_DEFAULT) >= 0);
    if (rank > 0) {
        const hid_t space = H5Screate_simple(rank, dims, NULL);
        const hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        assert_true(dataset >= 0);
        H5Dclose(dataset);
        H5Sclose(space);
    }
    H5Fclose(file);
}

static void a_missing_dataset_is_refused_by_name(void **state)
{
    wil_samples set;
    make_patches(&set, N, H, W);
    static const char *const names[] = {"image", "label", "position", "subject", "subjects", "subject_range"};
    for (int i = 0; i < 6; i++) {
        char words[64];
        const char *path = write_set(*state, &set);
        replace(path, names[i], 0, 0, NULL);
        snprintf(words, sizeof words, "has no dataset /%s;", names[i]);
        READ_REFUSED(path, "set.h5", words);
    }
    wil_samples_clear(&set);
}

static void wrong_shapes_and_types_are_refused(void **state)
{
    wil_samples set;
    const hsize_t flat[2] = {N, H * W};
    const hsize_t other[3] = {N, H, W + 1};
    const hsize_t shape[3] = {N, H, W};
    const hsize_t none[3] = {0, H, W};
    const hsize_t few[2] = {N - 1, 3};
    const hsize_t one = 1;
    make_patches(&set, N, H, W);
    const char *path = write_set(*state, &set);
    replace(path, "image", H5T_NATIVE_FLOAT, 2, flat);
    READ_REFUSED(path, "/image must have 3 or 4 axes [n,(z),y,x], but has 2");
    replace(path, "image", H5T_NATIVE_FLOAT, 3, none);
    READ_REFUSED(path, "axis 0 of /image has 0 elements");
    replace(path, "image", H5T_C_S1, 3, shape);
    READ_REFUSED(path, "/image must hold numbers, but holds 1-byte strings");
    path = write_set(*state, &set);
    replace(path, "label", H5T_NATIVE_UINT8, 3, other);
    READ_REFUSED(path, "/image is [5,7,9], but /label is [5,7,10]");
    replace(path, "label", H5T_NATIVE_INT64, 3, shape);
    READ_REFUSED(path, "/label must hold uint8, but holds 8-byte integers");
    path = write_set(*state, &set);
    replace(path, "position", H5T_NATIVE_INT, 2, few);
    READ_REFUSED(path, "/position must be [5,3], but is [4,3]");
    path = write_set(*state, &set);
    replace(path, "subject", H5T_C_S1, 1, &one);
    READ_REFUSED(path, "/subject has 1 names for 5 patches");
    path = write_set(*state, &set);
    replace(path, "subjects", H5T_NATIVE_INT, 1, &one);
    READ_REFUSED(path, "/subjects must hold strings, but holds 4-byte integers");
    wil_samples_clear(&set);
}

static void wrong_values_are_refused(void **state)
{
    wil_samples set;
    make_patches(&set, N, H, W);
    set.label[2 * H * W + 3] = 7;
    READ_REFUSED(write_set(*state, &set), "/label must be 0 or 1, but holds 7, first in patch 2");
    set.label[2 * H * W + 3] = 1;
    set.image[3 * H * W] = NAN;
    READ_REFUSED(write_set(*state, &set), "/image holds NaN or infinity, first in patch 3");
    set.image[3 * H * W] = 0;
    set.subject_range[3] = 50;
    READ_REFUSED(write_set(*state, &set), "/subject_range of sub-002 is [50, 50]");
    set.subject_range[3] = 51;
    set.spacing_mm[1] = 0;
    READ_REFUSED(write_set(*state, &set), "'spacing_mm' holds 0");
    wil_samples_clear(&set);
}

static void a_patch_of_an_unlisted_subject_is_refused(void **state)
{
    wil_samples set;
    const hsize_t one = 1;
    const hsize_t range[2] = {1, 2};
    make_patches(&set, N, H, W);
    const char *path = write_set(*state, &set);
    replace(path, "subjects", H5T_C_S1, 1, &one);
    replace(path, "subject_range", H5T_NATIVE_FLOAT, 2, range);
    READ_REFUSED(path, "patch 0 is of 'sub-01', which is not among /subjects");
    wil_samples_clear(&set);
}

static void a_set_without_spacing_is_refused(void **state)
{
    wil_samples set;
    make_patches(&set, N, H, W);
    const char *path = write_set(*state, &set);
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(H5Adelete(file, "spacing_mm") >= 0);
    H5Fclose(file);
    READ_REFUSED(path, "has no attribute 'spacing_mm'");
    wil_samples_clear(&set);
}

static void a_damaged_chunk_is_refused(void **state)
{
    wil_samples set;
    make_patches(&set, 40, 32, 32); /* so that chunks fill most of the file */
    const char *path = write_set(*state, &set);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    FILE *file = fopen(path, "r+b");
    assert_int_equal(fseek(file, info.st_size / 2, SEEK_SET), 0);
    for (int i = 0; i < 4000; i++)
        assert_int_not_equal(fputc(0x5a, file), EOF);
    fclose(file);
    READ_REFUSED(path, "set.h5", "damaged");
    wil_samples_clear(&set);
}

static void an_unwritable_place_is_refused_and_nothing_is_left(void **state)
{
    wil_samples set;
    make_patches(&set, N, H, W);
    REFUSED(WIL_ERR_IO, wil_samples_write(&set, in_folder(*state, "none/set.h5")), "none", "does not exist");
    json_object_set_new(set.attributes, "list", json_array());
    REFUSED(WIL_ERR_ARG, wil_samples_write(&set, in_folder(*state, "set.h5")), "'list'",
        "neither a string nor a number");
    assert_int_equal(rmdir(*state), 0); /* an empty folder: no temporary file either */
    set.n = 0;
    REFUSED(WIL_ERR_ARG, wil_samples_write(&set, in_folder(*state, "set.h5")), "at least one patch");
    set.n = N;
    wil_samples_clear(&set);
}

static void a_failed_write_leaves_the_old_file_alone(void **state)
{
    wil_samples set;
    wil_samples again;
    make_patches(&set, N, H, W);
    const char *path = write_set(*state, &set);
    json_object_set_new(set.attributes, "list", json_array());
    REFUSED(WIL_ERR_ARG, wil_samples_write(&set, path), "'list'");
    OK(wil_samples_read(&again, path));
    wil_samples_clear(&again);
    wil_samples_clear(&set);
}

static herr_t count_errors(hid_t stack, void *user)
{
    (void)stack;
    ++*(int *)user;
    return 0;
}

static void the_programs_own_error_setting_comes_back(void **state)
{
    int n = 0;
    assert_true(H5Eset_auto2(H5E_DEFAULT, count_errors, &n) >= 0);
    write_text(in_folder(*state, "notes.h5"), "no");
    READ_REFUSED(in_folder(*state, "notes.h5"), "not an HDF5 file");
    assert_int_equal(n, 0);
    assert_true(H5Fopen("/nowhere", H5F_ACC_RDONLY, H5P_DEFAULT) < 0);
    assert_int_equal(n, 1);
    (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

enum { NOT_REFUSED = 7 };

/* In a process of its own: files may not grow beyond 8 KiB, as on a full disk. */
static void write_with_a_full_disk(const char *path, const wil_samples *set)
{
    const struct rlimit small = {8192, 8192};
    (void)signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &small) != 0 || wil_samples_write(set, path) != WIL_ERR_IO)
        _exit(NOT_REFUSED);
    exit(0); /* through the exit handlers: HDF5's own one crashes on a file it could not write */
}

static void a_full_disk_leaves_the_earlier_set_and_a_process_that_ends(void **state)
{
    wil_samples set;
    wil_samples again;
    int ended = 0;
    make_patches(&set, N, H, W);
    const char *path = write_set(*state, &set);
    wil_samples_clear(&set);
    make_patches(&set, 50, 64, 64);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        write_with_a_full_disk(path, &set);
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_true(WIFEXITED(ended));
    assert_int_not_equal(WEXITSTATUS(ended), NOT_REFUSED);
    OK(wil_samples_read(&again, path));
    assert_int_equal(again.n, N);
    wil_samples_clear(&again);
    wil_samples_clear(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_patch_set_reads_back_as_it_was),
        CASE(a_synthetic_set_keeps_its_statements),
        CASE(sets_made_with_h5py_defaults_are_read),
        CASE(files_that_are_not_hdf5_are_refused),
        CASE(a_truncated_file_is_refused_with_the_reason),
        CASE(a_missing_dataset_is_refused_by_name),
        CASE(wrong_shapes_and_types_are_refused),
        CASE(wrong_values_are_refused),
        CASE(a_patch_of_an_unlisted_subject_is_refused),
        CASE(a_set_without_spacing_is_refused),
        CASE(a_damaged_chunk_is_refused),
        CASE(an_unwritable_place_is_refused_and_nothing_is_left),
        CASE(a_failed_write_leaves_the_old_file_alone),
        CASE(a_full_disk_leaves_the_earlier_set_and_a_process_that_ends),
        CASE(the_programs_own_error_setting_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
