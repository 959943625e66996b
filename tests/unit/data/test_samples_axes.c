/* Sets of volumes, of series and of pairs in files of format 2; those of format 1; those of the future. */
#include <hdf5.h>

#include "same_samples.h"
#include "samples_fixture.h"

#define N 3

/* Every value says where it lies. */
static void make_set(wil_samples *out, wil_sample_shape shape, int n_maps, bool labels)
{
    OK(wil_samples_make(out, shape, N, 1, n_maps));
    OK(wil_samples_make_pixels(out, N, labels));
    OK(wil_string_copy(&out->subjects[0], "sub-01"));
    for (int i = 0; i < n_maps; i++) {
        char name[16];
        snprintf(name, sizeof name, "map%d", i);
        OK(wil_string_copy(&out->target_names[i], name));
        OK(wil_string_copy(&out->target_units[i], i == 0 ? "ml/100g/min" : "s"));
    }
    out->subject_range[1] = 1000;
    out->dt_s = shape.time > 1 ? 1.5 : 0;
    const size_t one = wil_sample_shape_count(shape);
    const size_t voxels = one / (size_t)shape.channels;
    const size_t of_target = (size_t)n_maps * voxels / (size_t)shape.time;
    for (int k = 0; k < 3; k++)
        out->spacing_mm[k] = 1 + k;
    for (size_t i = 0; i < N * one; i++)
        out->image[i] = (float)i;
    for (size_t i = 0; labels && i < N * voxels; i++)
        out->label[i] = i % 3 == 0;
    for (size_t i = 0; i < N * of_target; i++)
        out->target[i] = (float)i / 8 - 2;
    out->attributes = json_pack("{s:s}", "kind", "real");
}

/* The axes of a dataset, -1 behind the last. */
static void assert_axes(const char *path, const char *name, const int *expected)
{
    hsize_t dims[8] = {0};
    int rank = 0;
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    const hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    const hid_t space = H5Dget_space(dataset);
    assert_true(space >= 0);
    assert_true(H5Sget_simple_extent_ndims(space) <= 8);
    (void)H5Sget_simple_extent_dims(space, dims, NULL);
    while (expected[rank] >= 0) {
        assert_int_equal(dims[rank], expected[rank]);
        rank++;
    }
    assert_int_equal(H5Sget_simple_extent_ndims(space), rank);
    H5Sclose(space);
    H5Dclose(dataset);
    H5Fclose(file);
}

static void every_kind_of_sample_reads_back_as_it_was(void **state)
{
    static const struct {
        wil_sample_shape shape; /* time, depth, height, width, channels */
        int n_maps;
        bool labels;
        int image[8], label[8], target[8];
    } kinds[] = {
        {{1, 1, 4, 5, 1}, 0, true, {N, 4, 5, -1}, {N, 4, 5, -1}, {-1}},
        {{1, 3, 4, 5, 1}, 0, true, {N, 3, 4, 5, -1}, {N, 3, 4, 5, -1}, {-1}},
        {{6, 1, 4, 5, 1}, 2, false, {N, 6, 4, 5, -1}, {-1}, {N, 2, 4, 5, -1}},
        {{6, 3, 4, 5, 1}, 1, true, {N, 6, 3, 4, 5, -1}, {N, 6, 3, 4, 5, -1}, {N, 1, 3, 4, 5, -1}},
        {{1, 1, 4, 5, 2}, 0, true, {N, 4, 5, 2, -1}, {N, 4, 5, -1}, {-1}},
        {{6, 3, 4, 5, 2}, 3, true, {N, 6, 3, 4, 5, 2, -1}, {N, 6, 3, 4, 5, -1}, {N, 3, 3, 4, 5, -1}},
        {{1, 1, 1, 1, 1}, 1, false, {N, 1, 1, -1}, {-1}, {N, 1, 1, 1, -1}},
    };
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        const char *path = in_folder(*state, "set.h5");
        wil_samples set;
        wil_samples again;
        make_set(&set, kinds[k].shape, kinds[k].n_maps, kinds[k].labels);
        OK(wil_samples_write(&set, path));
        assert_axes(path, "image", kinds[k].image);
        if (kinds[k].labels)
            assert_axes(path, "label", kinds[k].label);
        if (kinds[k].n_maps > 0)
            assert_axes(path, "target", kinds[k].target);
        OK(wil_samples_read(&again, path));
        assert_samples_equal(&set, &again);
        wil_samples_clear(&again);
        wil_samples_clear(&set);
    }
}

static void samples_that_are_large_are_stored_in_several_chunks(void **state)
{
    const wil_sample_shape shape = {.time = 5, .depth = 1, .height = 1024, .width = 1025, .channels = 1};
    const char *path = in_folder(*state, "large.h5");
    hsize_t chunk[8] = {0};
    wil_samples set;
    make_set(&set, shape, 1, false);
    set.n = 1;
    OK(wil_samples_write(&set, path));
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    const hid_t dataset = H5Dopen2(file, "image", H5P_DEFAULT);
    const hid_t plist = H5Dget_create_plist(dataset);
    assert_int_equal(H5Pget_chunk(plist, 8, chunk), 4);
    assert_int_equal(chunk[0], 1);
    assert_int_equal(chunk[1], 1);
    assert_int_equal(chunk[2], 1024);
    assert_int_equal(chunk[3], 1025);
    H5Pclose(plist);
    H5Dclose(dataset);
    H5Fclose(file);
    wil_samples again;
    OK(wil_samples_read(&again, path));
    assert_memory_equal(again.image, set.image, wil_sample_shape_count(shape) * sizeof(float));
    wil_samples_clear(&again);
    wil_samples_clear(&set);
}

/* ---- formats ------------------------------------------------------------------------------------------ */

static void set_attribute(const char *path, const char *name, hid_t type, const void *value)
{
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    if (H5Aexists(file, name) > 0)
        assert_true(H5Adelete(file, name) >= 0);
    if (value != NULL) {
        const hid_t space = H5Screate(H5S_SCALAR);
        const hid_t attribute = H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
        assert_true(H5Awrite(attribute, type, value) >= 0);
        H5Aclose(attribute);
        H5Sclose(space);
    }
    H5Fclose(file);
}

#define READ_REFUSED(path, ...)                                                                              \
    do {                                                                                                     \
        wil_samples read_;                                                                                   \
        REFUSED(WIL_ERR_INPUT, wil_samples_read(&read_, path), __VA_ARGS__);                                 \
        assert_null(read_.image);                                                                            \
    } while (0)

static void a_set_of_format_1_is_read(void **state)
{
    wil_samples set;
    wil_samples again;
    const char *path = in_folder(*state, "set.h5");
    make_set(&set, wil_sample_shape_2d(4, 5), 0, true);
    OK(wil_samples_write(&set, path));
    set_attribute(path, "format", -1, NULL);
    OK(wil_samples_read(&again, path));
    assert_samples_equal(&set, &again);
    wil_samples_clear(&again);
    wil_samples_clear(&set);
    make_set(&set, (wil_sample_shape){1, 3, 4, 5, 1}, 0, true);
    OK(wil_samples_write(&set, path));
    set_attribute(path, "format", -1, NULL);
    READ_REFUSED(path, "/image must have 3 axes [n,y,x] in a set of format 1, but has 4");
    wil_samples_clear(&set);
}

static void a_format_that_is_not_known_is_refused(void **state)
{
    wil_samples set;
    const int64_t numbers[] = {3, 0, -1};
    const double real = 2;
    const char *path = in_folder(*state, "set.h5");
    make_set(&set, wil_sample_shape_2d(4, 5), 0, true);
    OK(wil_samples_write(&set, path));
    for (int i = 0; i < 3; i++) {
        char words[64];
        snprintf(words, sizeof words, "is a patch set of format %d", (int)numbers[i]);
        set_attribute(path, "format", H5T_NATIVE_INT64, &numbers[i]);
        READ_REFUSED(path, words, "reads formats 1 to 2");
    }
    set_attribute(path, "format", H5T_NATIVE_DOUBLE, &real);
    READ_REFUSED(path, "'format' is not a whole number");
    wil_samples_clear(&set);
}

static void axes_that_say_something_else_are_refused(void **state)
{
    wil_samples set;
    const double none = 0;
    const int64_t channels[] = {3, 0};
    const char *path = in_folder(*state, "set.h5");
    make_set(&set, (wil_sample_shape){6, 3, 4, 5, 1}, 2, false);
    OK(wil_samples_write(&set, path));
    set_attribute(path, "dt_s", H5T_NATIVE_DOUBLE, &none);
    READ_REFUSED(path, "'dt_s' holds 0; times must be above 0");
    set_attribute(path, "dt_s", -1, NULL);
    READ_REFUSED(path, "/image must have 3 or 4 axes [n,(z),y,x], but has 5; a series states its 'dt_s'");
    OK(wil_samples_write(&set, path));
    set_attribute(path, "channels", H5T_NATIVE_INT64, &channels[0]);
    READ_REFUSED(path, "'channels' is 3, but the last axis of /image has 5");
    set_attribute(path, "channels", H5T_NATIVE_INT64, &channels[1]);
    READ_REFUSED(path, "'channels' is 0");
    OK(wil_samples_write(&set, path));
    set_attribute(path, "target_units", -1, NULL);
    READ_REFUSED(path, "has no attribute 'target_units'");
    set_attribute(path, "target_units", H5T_NATIVE_DOUBLE, &none);
    READ_REFUSED(path, "'target_units' must hold 2 strings");
    set.target[7] = NAN;
    OK(wil_samples_write(&set, path));
    READ_REFUSED(path, "/target holds NaN or infinity, first in patch 0");
    wil_samples_clear(&set);
}

static void sets_that_say_too_little_are_not_written(void **state)
{
    wil_samples set;
    const char *path = in_folder(*state, "set.h5");
    make_set(&set, (wil_sample_shape){6, 1, 4, 5, 1}, 1, false);
    set.dt_s = 0;
    REFUSED(WIL_ERR_ARG, wil_samples_write(&set, path), "needs the time between their points");
    set.dt_s = 2;
    wil_free(set.target_units[0]);
    set.target_units[0] = NULL;
    REFUSED(WIL_ERR_ARG, wil_samples_write(&set, path), "target map 0 has no name or no unit");
    wil_samples_clear(&set);
    make_set(&set, wil_sample_shape_2d(4, 5), 0, false);
    REFUSED(WIL_ERR_ARG, wil_samples_write(&set, path), "needs labels or target maps");
    wil_samples_clear(&set);
    REFUSED(WIL_ERR_ARG, wil_samples_make(&set, (wil_sample_shape){1, 1, 0, 5, 1}, 1, 1, 0), "[1,1,0,5,1]",
        "cannot be held");
    const wil_sample_shape huge = {
        .time = 60000, .depth = 60000, .height = 60000, .width = 60000, .channels = 9};
    REFUSED(WIL_ERR_ARG, wil_samples_make(&set, huge, 60000, 1, 0), "cannot be held");
}

static void networks_for_slices_refuse_other_samples(void **state)
{
    (void)state;
    wil_samples set;
    make_set(&set, (wil_sample_shape){1, 3, 4, 5, 1}, 0, true);
    REFUSED(WIL_ERR_INPUT, wil_samples_check_slices(&set, "set.h5"), "set.h5", "3 slices");
    wil_samples_clear(&set);
    make_set(&set, wil_sample_shape_2d(4, 5), 1, false);
    REFUSED(WIL_ERR_INPUT, wil_samples_check_slices(&set, "set.h5"), "have no labels");
    float batch[4 * 5 * 2];
    const size_t first = 0;
    const float low = 0;
    const float high = 1;
    REFUSED(WIL_ERR_ARG, wil_batch_gan(batch, &set, &first, 1, &low, &high), "no labels");
    wil_samples_clear(&set);
}

/* Slices of a volume are batched as they would be alone. */
static void batches_of_volumes_are_those_of_their_slices(void **state)
{
    (void)state;
    wil_samples volumes;
    wil_samples slices;
    const size_t of_volume[] = {2};
    const size_t of_slices[] = {6, 7, 8};
    float image[2][60];
    float label[2][60];
    wil_augment_config off = wil_augment_config_default();
    make_set(&volumes, (wil_sample_shape){1, 3, 4, 5, 1}, 0, true);
    make_set(&slices, (wil_sample_shape){1, 3, 4, 5, 1}, 0, true);
    slices.n = 3 * N;
    slices.shape = wil_sample_shape_2d(4, 5);
    OK(wil_batch_unet(image[0], label[0], &volumes, of_volume, 1, WIL_SCALE_UNET_SET, 9, 2, &off, 1, 0));
    OK(wil_batch_unet(image[1], label[1], &slices, of_slices, 3, WIL_SCALE_UNET_SET, 9, 2, &off, 1, 0));
    assert_memory_equal(image[0], image[1], sizeof image[0]);
    assert_memory_equal(label[0], label[1], sizeof label[0]);
    off.kind = WIL_AUGMENT_STUDY;
    OK(wil_batch_unet(image[0], label[0], &volumes, of_volume, 1, WIL_SCALE_UNET_SET, 9, 2, &off, 1, 4));
    for (size_t i = 0; i < 3; i++) /* one draw for the whole volume */
        OK(wil_batch_unet(image[1] + 20 * i, label[1] + 20 * i, &slices, of_slices + i, 1, WIL_SCALE_UNET_SET,
            9, 2, &off, 1, 4));
    assert_memory_equal(image[0], image[1], sizeof image[0]);
    assert_memory_equal(label[0], label[1], sizeof label[0]);
    wil_samples_clear(&slices);
    wil_samples_clear(&volumes);
}

int main(void)
{
    (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    const struct CMUnitTest tests[] = {
        CASE(every_kind_of_sample_reads_back_as_it_was),
        CASE(samples_that_are_large_are_stored_in_several_chunks),
        CASE(a_set_of_format_1_is_read),
        CASE(a_format_that_is_not_known_is_refused),
        CASE(axes_that_say_something_else_are_refused),
        CASE(sets_that_say_too_little_are_not_written),
        CASE(networks_for_slices_refuse_other_samples),
        CASE(batches_of_volumes_are_those_of_their_slices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
