/* Patch sets as HDF5 files. */
#include "willis/data.h"

#include <math.h>
#include <string.h>

#include "hdf5_array.h"
#include "hdf5_attribute.h"

/* ---- writing ------------------------------------------------------------------------------------------ */

/* /subject: the name of each patch's subject. */
static wil_status write_subject_names(hid_t file, const char *path, const wil_samples *patches)
{
    char **names = NULL;
    WIL_TRY(wil_alloc((void **)&names, (size_t)patches->n, sizeof *names));
    for (int64_t i = 0; i < patches->n; i++)
        names[i] = patches->subjects[patches->subject[i]];
    const wil_status status = hdf5_strings_write(file, path, "subject", names, (size_t)patches->n);
    wil_free(names);
    return status;
}

static wil_status write_contents(hid_t file, const char *path, const wil_samples *patches)
{
    const hsize_t n = (hsize_t)patches->n;
    const hsize_t shape[3] = {n, (hsize_t)patches->shape.height, (hsize_t)patches->shape.width};
    const hsize_t position_shape[2] = {n, 3};
    const hsize_t range_shape[2] = {(hsize_t)patches->n_subjects, 2};
    WIL_TRY(hdf5_array_write(file, path, "image", HDF5_FLOAT, 3, shape, patches->image, true));
    WIL_TRY(hdf5_array_write(file, path, "label", HDF5_BYTE, 3, shape, patches->label, true));
    WIL_TRY(hdf5_array_write(file, path, "position", HDF5_INT, 2, position_shape, patches->position, false));
    WIL_TRY(write_subject_names(file, path, patches));
    WIL_TRY(hdf5_strings_write(file, path, "subjects", patches->subjects, (size_t)patches->n_subjects));
    WIL_TRY(hdf5_array_write(
        file, path, "subject_range", HDF5_FLOAT, 2, range_shape, patches->subject_range, false));
    WIL_TRY(hdf5_doubles_write(file, path, "spacing_mm", patches->spacing_mm, 3));
    return hdf5_attributes_write(file, path, patches->attributes);
}

/* Open objects do not keep the file open, so that a failed write leaves nothing behind. */
static hid_t close_all_with_file(void)
{
    const hid_t plist = H5Pcreate(H5P_FILE_ACCESS);
    if (plist >= 0)
        (void)H5Pset_fclose_degree(plist, H5F_CLOSE_STRONG);
    return plist;
}

static wil_status write_file(const char *temp_path, const char *path, const wil_samples *patches)
{
    const hid_t plist = close_all_with_file();
    const hid_t file = plist < 0 ? -1 : H5Fcreate(temp_path, H5F_ACC_TRUNC, H5P_DEFAULT, plist);
    wil_status status = file < 0 ? hdf5_fail(WIL_ERR_IO, "%s: cannot create the file", path)
                                 : write_contents(file, path, patches);
    if (file >= 0 && H5Fclose(file) < 0 && status == WIL_OK)
        status = hdf5_fail(WIL_ERR_IO, "%s: cannot finish the file; is the disk full?", path);
    if (plist >= 0)
        (void)H5Pclose(plist);
    return status;
}

wil_status wil_samples_write(const wil_samples *patches, const char *path)
{
    wil_atomic_file atomic;
    WIL_REQUIRE(patches->n > 0 && patches->n_subjects > 0 && patches->subject_range != NULL, WIL_ERR_ARG,
        "%s: a patch set needs at least one patch, one subject and the subjects' ranges", path);
    WIL_TRY(wil_atomic_begin(&atomic, path));
    const hdf5_scope scope = hdf5_scope_begin();
    wil_status status = write_file(atomic.temp_path, path, patches);
    hdf5_scope_end(scope);
    if (status == WIL_OK)
        status = wil_atomic_publish(&atomic);
    wil_atomic_discard(&atomic);
    return status;
}

/* ---- reading ------------------------------------------------------------------------------------------ */

static wil_status read_pixels(wil_samples *out, hid_t file, const char *path)
{
    hdf5_array image;
    hdf5_array label = {.dataset = -1};
    wil_status status = hdf5_array_open(&image, file, path, "image", HDF5_FLOAT, 3);
    if (status == WIL_OK)
        status = hdf5_array_open(&label, file, path, "label", HDF5_BYTE, 3);
    if (status == WIL_OK && memcmp(image.dims, label.dims, sizeof image.dims) != 0)
        status = wil_fail(WIL_ERR_INPUT, "%s: /image is [%llu,%llu,%llu], but /label is [%llu,%llu,%llu]",
            path, (unsigned long long)image.dims[0], (unsigned long long)image.dims[1],
            (unsigned long long)image.dims[2], (unsigned long long)label.dims[0],
            (unsigned long long)label.dims[1], (unsigned long long)label.dims[2]);
    if (status == WIL_OK) {
        out->n = (int64_t)image.dims[0];
        out->shape = wil_sample_shape_2d((int)image.dims[1], (int)image.dims[2]);
        const size_t one = wil_sample_shape_count(out->shape);
        if (one > SIZE_MAX / 8 / (size_t)out->n)
            status = wil_fail(WIL_ERR_INPUT, "%s: /image is too large to be read", path);
        if (status == WIL_OK)
            status = wil_alloc_f32(&out->image, (size_t)out->n * one);
        if (status == WIL_OK)
            status = wil_alloc_u8(&out->label, (size_t)out->n * one);
    }
    if (status == WIL_OK)
        status = hdf5_array_read(&image, out->image);
    if (status == WIL_OK)
        status = hdf5_array_read(&label, out->label);
    hdf5_array_close(&image);
    hdf5_array_close(&label);
    return status;
}

/* Opens, checks the first axis (and the second), reads into a buffer that the caller made for it. */
static wil_status read_rows(
    void *values, hid_t file, const char *path, const char *name, hdf5_kind kind, int64_t n, int n_columns)
{
    hdf5_array array;
    wil_status status = hdf5_array_open(&array, file, path, name, kind, 2);
    if (status == WIL_OK && (array.dims[0] != (hsize_t)n || array.dims[1] != (hsize_t)n_columns))
        status = wil_fail(WIL_ERR_INPUT, "%s: /%s must be [%lld,%d], but is [%llu,%llu]", path, name,
            (long long)n, n_columns, (unsigned long long)array.dims[0], (unsigned long long)array.dims[1]);
    if (status == WIL_OK)
        status = hdf5_array_read(&array, values);
    hdf5_array_close(&array);
    return status;
}

static wil_status read_strings(char ***out, size_t *n_out, hid_t file, const char *path, const char *name)
{
    hdf5_array array;
    wil_status status = hdf5_array_open(&array, file, path, name, HDF5_STRING, 1);
    if (status == WIL_OK)
        status = hdf5_strings_read(out, &array);
    *n_out = status == WIL_OK ? (size_t)array.dims[0] : 0;
    hdf5_array_close(&array);
    return status;
}

/* /subject names into places among the subjects. Patches of one subject stand together, so the last one is
 * tried first. */
static wil_status match_subjects(wil_samples *out, const char *path, char *const *names)
{
    int at = 0;
    for (int64_t i = 0; i < out->n; i++) {
        for (int tried = 0; strcmp(names[i], out->subjects[at]) != 0; at = (at + 1) % out->n_subjects)
            WIL_REQUIRE(tried++ < out->n_subjects, WIL_ERR_INPUT,
                "%s: patch %lld is of '%s', which is not among /subjects", path, (long long)i, names[i]);
        out->subject[i] = at;
    }
    return WIL_OK;
}

static wil_status read_subjects(wil_samples *out, hid_t file, const char *path)
{
    size_t n_subjects = 0;
    WIL_TRY(read_strings(&out->subjects, &n_subjects, file, path, "subjects"));
    out->n_subjects = (int)n_subjects;
    WIL_TRY(wil_alloc_f32(&out->subject_range, 2 * n_subjects));
    WIL_TRY(read_rows(out->subject_range, file, path, "subject_range", HDF5_FLOAT, out->n_subjects, 2));
    WIL_TRY(wil_alloc_i32(&out->subject, (size_t)out->n));
    char **names = NULL;
    size_t n = 0;
    WIL_TRY(read_strings(&names, &n, file, path, "subject"));
    wil_status status = (int64_t)n == out->n
                            ? match_subjects(out, path, names)
                            : wil_fail(WIL_ERR_INPUT, "%s: /subject has %zu names for %lld patches", path, n,
                                  (long long)out->n);
    hdf5_strings_free(names, n);
    return status;
}

static wil_status check_values(const wil_samples *patches, const char *path)
{
    const size_t one = wil_sample_shape_count(patches->shape);
    for (size_t i = 0; i < (size_t)patches->n * one; i++) {
        WIL_REQUIRE(isfinite(patches->image[i]), WIL_ERR_INPUT,
            "%s: /image holds NaN or infinity, first in patch %zu", path, i / one);
        WIL_REQUIRE(patches->label[i] <= 1, WIL_ERR_INPUT,
            "%s: /label must be 0 or 1, but holds %d, first in patch %zu", path, patches->label[i], i / one);
    }
    for (int i = 0; i < patches->n_subjects; i++) {
        const float *range = patches->subject_range + 2 * i;
        WIL_REQUIRE(isfinite(range[0]) && isfinite(range[1]) && range[0] < range[1], WIL_ERR_INPUT,
            "%s: /subject_range of %s is [%g, %g]; the first must be below the second", path,
            patches->subjects[i], (double)range[0], (double)range[1]);
    }
    for (int k = 0; k < 3; k++)
        WIL_REQUIRE(isfinite(patches->spacing_mm[k]) && patches->spacing_mm[k] > 0, WIL_ERR_INPUT,
            "%s: the attribute 'spacing_mm' holds %g; lengths must be above 0", path, patches->spacing_mm[k]);
    return WIL_OK;
}

static wil_status read_contents(wil_samples *out, hid_t file, const char *path)
{
    WIL_TRY(read_pixels(out, file, path));
    WIL_TRY(wil_alloc_i32(&out->position, 3 * (size_t)out->n));
    WIL_TRY(read_rows(out->position, file, path, "position", HDF5_INT, out->n, 3));
    WIL_TRY(read_subjects(out, file, path));
    WIL_TRY(hdf5_doubles_read(out->spacing_mm, file, path, "spacing_mm", 3));
    WIL_TRY(hdf5_attributes_read(&out->attributes, file, path));
    return check_values(out, path);
}

static wil_status read_file(wil_samples *out, const char *path)
{
    WIL_REQUIRE(wil_file_exists(path), WIL_ERR_INPUT, "%s: no such file", path);
    WIL_REQUIRE(H5Fis_hdf5(path) > 0, WIL_ERR_INPUT,
        "%s: is not an HDF5 file; a patch set is made by `willis patches` or `willis generate`", path);
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file < 0)
        return hdf5_fail(WIL_ERR_INPUT, "%s: cannot be opened: damaged or cut off", path);
    const wil_status status = read_contents(out, file, path);
    (void)H5Fclose(file);
    return status;
}

wil_status wil_samples_read(wil_samples *out, const char *path)
{
    memset(out, 0, sizeof *out);
    const hdf5_scope scope = hdf5_scope_begin();
    const wil_status status = read_file(out, path);
    hdf5_scope_end(scope);
    if (status != WIL_OK)
        wil_samples_clear(out);
    return status;
}
