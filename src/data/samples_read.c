/* Sample sets from HDF5 files, version 1 and 2. */
#include <math.h>
#include <string.h>

#include "hdf5_attribute.h"
#include "hdf5_rows.h"
#include "sample_store.h"
#include "samples_layout.h"

/* ---- what the attributes say -------------------------------------------------------------------------- */

/* Takes a whole number out of the attributes. *value_out stays where there is none. */
static wil_status take_integer(
    int64_t *value_out, const wil_samples *set, hid_t file, const char *path, const char *name)
{
    if (h5.Aexists(file, name) <= 0)
        return WIL_OK;
    const json_t *value = json_object_get(set->attributes, name);
    WIL_REQUIRE(
        json_is_integer(value), WIL_ERR_INPUT, "%s: the attribute '%s' is not a whole number", path, name);
    *value_out = json_integer_value(value);
    (void)json_object_del(set->attributes, name);
    return WIL_OK;
}

/* What stands in the attributes of every set is not kept among those of this one. */
static wil_status read_attributes(
    wil_samples *out, int64_t *channels_out, hid_t file, const char *path, int image_rank)
{
    int64_t format = 1;
    *channels_out = 1;
    WIL_TRY(hdf5_attributes_read(&out->attributes, file, path));
    WIL_TRY(take_integer(&format, out, file, path, "format"));
    WIL_REQUIRE(format >= 1 && format <= SAMPLES_FORMAT, WIL_ERR_INPUT,
        "%s: is a patch set of format %lld; this version of willis reads formats 1 to %d", path,
        (long long)format, SAMPLES_FORMAT);
    WIL_TRY(hdf5_doubles_read(out->spacing_mm, file, path, "spacing_mm", 3));
    WIL_REQUIRE(format > 1 || image_rank == 3, WIL_ERR_INPUT,
        "%s: /image must have 3 axes [n,y,x] in a set of format 1, but has %d", path, image_rank);
    if (format == 1)
        return WIL_OK;
    WIL_TRY(take_integer(channels_out, out, file, path, "channels"));
    if (h5.Aexists(file, "dt_s") <= 0)
        return WIL_OK;
    WIL_TRY(hdf5_doubles_read(&out->dt_s, file, path, "dt_s", 1));
    (void)json_object_del(out->attributes, "dt_s");
    WIL_REQUIRE(isfinite(out->dt_s) && out->dt_s > 0, WIL_ERR_INPUT,
        "%s: the attribute 'dt_s' holds %g; times must be above 0", path, out->dt_s);
    return WIL_OK;
}

/* ---- pixels ------------------------------------------------------------------------------------------- */

static wil_status open_target(wil_samples *out, sample_store *store)
{
    WIL_TRY(hdf5_array_open(&store->target, store->file, store->path, "target", HDF5_FLOAT, HDF5_ANY_RANK));
    out->n_maps = store->target.rank > 1 ? (int)store->target.dims[1] : 0;
    const sample_axes axes = samples_target_axes(out);
    WIL_TRY(samples_axes_match(&store->target, &axes, &store->image));
    const size_t n = (size_t)out->n_maps;
    WIL_TRY(wil_alloc((void **)&out->target_names, n, sizeof *out->target_names));
    WIL_TRY(wil_alloc((void **)&out->target_units, n, sizeof *out->target_units));
    WIL_TRY(hdf5_texts_read(out->target_names, store->file, store->path, "target_names", out->n_maps));
    return hdf5_texts_read(out->target_units, store->file, store->path, "target_units", out->n_maps);
}

/* Opens what is there; n, shape and n_maps are known then. */
static wil_status open_pixels(wil_samples *out, sample_store *store)
{
    int64_t channels = 1;
    WIL_TRY(hdf5_array_open(&store->image, store->file, store->path, "image", HDF5_FLOAT, HDF5_ANY_RANK));
    WIL_TRY(read_attributes(out, &channels, store->file, store->path, store->image.rank));
    WIL_TRY(samples_shape_from(out, &store->image, out->dt_s > 0, channels));
    const bool has_target = h5.Lexists(store->file, "target", H5P_DEFAULT) > 0;
    if (has_target)
        WIL_TRY(open_target(out, store));
    if (!has_target || h5.Lexists(store->file, "label", H5P_DEFAULT) > 0) {
        const sample_axes axes = samples_label_axes(out);
        WIL_TRY(hdf5_array_open(&store->label, store->file, store->path, "label", HDF5_BYTE, HDF5_ANY_RANK));
        WIL_TRY(samples_axes_match(&store->label, &axes, &store->image));
    }
    WIL_REQUIRE(samples_bytes(out) > 0, WIL_ERR_INPUT, "%s: /image is too large to be read", store->path);
    return WIL_OK;
}

/* ---- subjects ----------------------------------------------------------------------------------------- */

/* Opens, checks the axes, reads into a buffer that the caller made for it. */
static wil_status read_rows(
    void *values, hid_t file, const char *path, const char *name, hdf5_kind kind, int64_t n, int n_columns)
{
    WIL_OWN(hdf5_array) array = {.dataset = -1};
    WIL_TRY(hdf5_array_open(&array, file, path, name, kind, 2));
    WIL_REQUIRE(array.dims[0] == (hsize_t)n && array.dims[1] == (hsize_t)n_columns, WIL_ERR_INPUT,
        "%s: /%s must be [%lld,%d], but is [%llu,%llu]", path, name, (long long)n, n_columns,
        (unsigned long long)array.dims[0], (unsigned long long)array.dims[1]);
    return hdf5_array_read(&array, values);
}

/* A list of names, each the caller's. */
typedef struct name_list {
    char **names;
    size_t n;
} name_list;

static void name_list_clear(name_list *list)
{
    hdf5_strings_free(list->names, list->n);
}
WIL_OWNED_VALUE(name_list, name_list_clear)

static wil_status read_names(name_list *out, hid_t file, const char *path, const char *name)
{
    WIL_OWN(hdf5_array) array = {.dataset = -1};
    *out = (name_list){0};
    WIL_TRY(hdf5_array_open(&array, file, path, name, HDF5_STRING, 1));
    WIL_TRY(hdf5_strings_read(&out->names, &array));
    out->n = (size_t)array.dims[0];
    return WIL_OK;
}

/* /subject names into places among the subjects. Samples of one subject stand together, so the last one is
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
    name_list subjects;
    WIL_OWN(name_list) of_samples = {0};
    WIL_TRY(read_names(&subjects, file, path, "subjects"));
    out->subjects = subjects.names;
    out->n_subjects = (int)subjects.n;
    WIL_TRY(wil_alloc_f32(&out->subject_range, 2 * subjects.n));
    WIL_TRY(read_rows(out->subject_range, file, path, "subject_range", HDF5_FLOAT, out->n_subjects, 2));
    WIL_TRY(wil_alloc_i32(&out->subject, (size_t)out->n));
    WIL_TRY(read_names(&of_samples, file, path, "subject"));
    WIL_REQUIRE((int64_t)of_samples.n == out->n, WIL_ERR_INPUT, "%s: /subject has %zu names for %lld patches",
        path, of_samples.n, (long long)out->n);
    return match_subjects(out, path, of_samples.names);
}

static wil_status check_small_values(const wil_samples *set, const char *path)
{
    for (int i = 0; i < set->n_subjects; i++) {
        const float *range = set->subject_range + 2 * i;
        WIL_REQUIRE(isfinite(range[0]) && isfinite(range[1]) && range[0] < range[1], WIL_ERR_INPUT,
            "%s: /subject_range of %s is [%g, %g]; the first must be below the second", path,
            set->subjects[i], (double)range[0], (double)range[1]);
    }
    for (int k = 0; k < 3; k++)
        WIL_REQUIRE(isfinite(set->spacing_mm[k]) && set->spacing_mm[k] > 0, WIL_ERR_INPUT,
            "%s: the attribute 'spacing_mm' holds %g; lengths must be above 0", path, set->spacing_mm[k]);
    return WIL_OK;
}

/* ---- the file ----------------------------------------------------------------------------------------- */

static wil_status open_store(sample_store **out, const char *path)
{
    WIL_OWN(sample_store) *store = NULL;
    *out = NULL;
    WIL_REQUIRE(wil_file_exists(path), WIL_ERR_INPUT, "%s: no such file", path);
    WIL_TRY(wil_file_check(path));
    WIL_TRY(hdf5_load());
    WIL_REQUIRE(h5.Fis_hdf5(path) > 0, WIL_ERR_INPUT,
        "%s: is not an HDF5 file; a patch set is made by `willis patches` or `willis generate`", path);
    WIL_TRY(wil_alloc((void **)&store, 1, sizeof *store));
    store->file = store->image.dataset = store->label.dataset = store->target.dataset = -1;
    WIL_TRY(wil_string_copy(&store->path, path));
    store->file = h5.Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (store->file < 0)
        return hdf5_fail(WIL_ERR_INPUT, "%s: cannot be opened: damaged or cut off", path);
    return wil_give(out, &store);
}

static wil_status open_set(wil_samples *out, const char *path, size_t most_bytes)
{
    WIL_OWN(sample_store) *store = NULL;
    WIL_TRY(open_store(&store, path));
    WIL_TRY(open_pixels(out, store));
    WIL_TRY(wil_alloc_i32(&out->position, 3 * (size_t)out->n));
    WIL_TRY(read_rows(out->position, store->file, path, "position", HDF5_INT, out->n, 3));
    WIL_TRY(read_subjects(out, store->file, path));
    WIL_TRY(check_small_values(out, path));
    if (samples_bytes(out) > most_bytes) {
        WIL_TRY(sample_store_make_room(store, out, most_bytes));
        return wil_give(&out->store, &store);
    }
    WIL_TRY(wil_samples_make_pixels(out, out->n, store->label.dataset >= 0));
    return sample_store_read(store, out, 0, out->n, out->image, out->label, out->target);
}

wil_status wil_samples_open(wil_samples *out, const char *path, size_t most_bytes)
{
    memset(out, 0, sizeof *out);
    WIL_OWN(hdf5_scope) scope = hdf5_scope_begin();
    (void)scope;
    const wil_status status = open_set(out, path, most_bytes);
    if (status != WIL_OK)
        wil_samples_clear(out);
    return status;
}

wil_status wil_samples_read(wil_samples *out, const char *path)
{
    return wil_samples_open(out, path, SIZE_MAX);
}
