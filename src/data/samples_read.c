/* Sample sets from HDF5 files, version 1 and 2. */
#include <math.h>
#include <string.h>

#include "hdf5_attribute.h"
#include "sample_store.h"
#include "samples_layout.h"

#define MIB 1048576.0

/* ---- what the attributes say -------------------------------------------------------------------------- */

/* Takes a whole number out of the attributes. *value_out stays where there is none. */
static wil_status take_integer(
    int64_t *value_out, const wil_samples *set, const hdf5_file *file, const char *name)
{
    bool exists = false;
    WIL_TRY(hdf5_attribute_exists(&exists, file, name));
    if (!exists)
        return WIL_OK;
    const json_t *value = json_object_get(set->attributes, name);
    WIL_REQUIRE(json_is_integer(value), WIL_ERR_INPUT, "%s: the attribute '%s' is not a whole number",
        file->path, name);
    *value_out = json_integer_value(value);
    (void)json_object_del(set->attributes, name);
    return WIL_OK;
}

static wil_status read_spacing(wil_samples *out, const hdf5_file *file)
{
    WIL_TRY(hdf5_doubles_read(out->spacing_mm, file, "spacing_mm", 3));
    for (int k = 0; k < 3; k++)
        WIL_REQUIRE(isfinite(out->spacing_mm[k]) && out->spacing_mm[k] > 0, WIL_ERR_INPUT,
            "%s: the attribute 'spacing_mm' holds %g; lengths must be above 0", file->path,
            out->spacing_mm[k]);
    return WIL_OK;
}

static wil_status read_time(wil_samples *out, const hdf5_file *file)
{
    bool exists = false;
    WIL_TRY(hdf5_attribute_exists(&exists, file, "dt_s"));
    if (!exists)
        return WIL_OK;
    WIL_TRY(hdf5_doubles_read(&out->dt_s, file, "dt_s", 1));
    (void)json_object_del(out->attributes, "dt_s");
    WIL_REQUIRE(isfinite(out->dt_s) && out->dt_s > 0, WIL_ERR_INPUT,
        "%s: the attribute 'dt_s' holds %g; times must be above 0", file->path, out->dt_s);
    return WIL_OK;
}

/* What stands in the attributes of every set is not kept among those of this one. */
static wil_status read_attributes(wil_samples *out, int64_t *channels_out, const hdf5_array *image)
{
    const hdf5_file *file = &image->file;
    int64_t format = 1;
    *channels_out = 1;
    WIL_TRY(hdf5_attributes_read(&out->attributes, file));
    WIL_TRY(take_integer(&format, out, file, "format"));
    WIL_REQUIRE(format >= 1 && format <= SAMPLES_FORMAT, WIL_ERR_INPUT,
        "%s: is a patch set of format %lld; this version of willis reads formats 1 to %d", file->path,
        (long long)format, SAMPLES_FORMAT);
    WIL_TRY(read_spacing(out, file));
    WIL_REQUIRE(format > 1 || image->rank == 3, WIL_ERR_INPUT,
        "%s: /image must have 3 axes [n,y,x] in a set of format 1, but has %d", file->path, image->rank);
    if (format == 1)
        return WIL_OK;
    WIL_TRY(take_integer(channels_out, out, file, "channels"));
    return read_time(out, file);
}

/* ---- pixels ------------------------------------------------------------------------------------------- */

static wil_status open_one(hdf5_array *out, const sample_store *store, const char *name, hdf5_kind kind)
{
    return hdf5_array_open_rows(out, &store->file, name, SAMPLES_HINT, kind, HDF5_ANY_RANK);
}

static wil_status open_target(wil_samples *out, sample_store *store)
{
    WIL_TRY(open_one(&store->target, store, "target", HDF5_FLOAT));
    out->n_maps = store->target.rank > 1 ? (int)store->target.dims[1] : 0;
    const sample_axes axes = samples_target_axes(out);
    WIL_TRY(samples_axes_match(&store->target, &axes, &store->image));
    const size_t n = (size_t)out->n_maps;
    WIL_TRY(wil_alloc((void **)&out->target_names, n, sizeof *out->target_names));
    WIL_TRY(wil_alloc((void **)&out->target_units, n, sizeof *out->target_units));
    WIL_TRY(hdf5_texts_read(out->target_names, &store->file, "target_names", out->n_maps));
    return hdf5_texts_read(out->target_units, &store->file, "target_units", out->n_maps);
}

static wil_status open_labels(wil_samples *out, sample_store *store)
{
    int64_t channels = 1;
    out->labels_only = true;
    WIL_TRY(open_one(&store->label, store, "label", HDF5_BYTE));
    WIL_TRY(read_attributes(out, &channels, &store->label));
    return samples_shape_from(out, &store->label, out->dt_s > 0, 1);
}

/* Opens what is there; n, shape and n_maps are known then. */
static wil_status open_pixels(wil_samples *out, sample_store *store)
{
    int64_t channels = 1;
    const hid_t file = store->file.id;
    WIL_TRY(open_one(&store->image, store, "image", HDF5_FLOAT));
    WIL_TRY(read_attributes(out, &channels, &store->image));
    WIL_TRY(samples_shape_from(out, &store->image, out->dt_s > 0, channels));
    const bool has_target = h5.Lexists(file, "target", H5P_DEFAULT) > 0;
    if (has_target)
        WIL_TRY(open_target(out, store));
    if (!has_target || h5.Lexists(file, "label", H5P_DEFAULT) > 0) {
        const sample_axes axes = samples_label_axes(out);
        WIL_TRY(open_one(&store->label, store, "label", HDF5_BYTE));
        WIL_TRY(samples_axes_match(&store->label, &axes, &store->image));
    }
    return WIL_OK;
}

/* All pixels must fit into the file, and what is kept of them into memory. */
static wil_status check_sizes(const wil_samples *set, const sample_store *store, size_t most_bytes)
{
    const hdf5_array *arrays[] = {&store->image, &store->label, &store->target};
    const size_t bytes = samples_bytes(set);
    const size_t needed = bytes < most_bytes ? bytes : most_bytes;
    const size_t available = wil_memory_available_bytes();
    uint64_t stored = 0;
    for (int i = 0; i < 3; i++)
        if (arrays[i]->dataset >= 0)
            stored = hdf5_bytes_plus(stored, hdf5_array_bytes(arrays[i]));
    WIL_TRY(hdf5_file_check_holds(&store->file, stored, "the whole set"));
    WIL_REQUIRE(bytes > 0, WIL_ERR_INPUT, "%s: /image is too large to be read", store->path);
    WIL_REQUIRE(needed <= available, WIL_ERR_MEMORY,
        "%s: the %lld patches of %dx%d need %.1f MiB, but this machine has %.1f MiB of memory left: take "
        "fewer "
        "or smaller patches",
        store->path, (long long)set->n, set->shape.height, set->shape.width, (double)needed / MIB,
        (double)available / MIB);
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
    WIL_REQUIRE(hdf5_file_is(path), WIL_ERR_INPUT,
        "%s: is not an HDF5 file; a patch set is made by `willis patches` or `willis generate`", path);
    WIL_TRY(wil_alloc((void **)&store, 1, sizeof *store));
    store->file.id = store->file.descriptor = -1;
    store->image.dataset = store->label.dataset = store->target.dataset = -1;
    WIL_TRY(wil_string_copy(&store->path, path));
    WIL_TRY(hdf5_file_open(&store->file, store->path));
    return wil_give(out, &store);
}

static wil_status open_set(wil_samples *out, const char *path, size_t most_bytes, bool labels_only)
{
    WIL_OWN(sample_store) *store = NULL;
    WIL_TRY(open_store(&store, path));
    WIL_TRY(labels_only ? open_labels(out, store) : open_pixels(out, store));
    WIL_TRY(check_sizes(out, store, most_bytes));
    WIL_TRY(samples_read_subjects(out, &store->file));
    if (samples_bytes(out) > most_bytes) {
        WIL_TRY(sample_store_make_room(store, out, most_bytes));
        return wil_give(&out->store, &store);
    }
    WIL_TRY(wil_samples_make_pixels(out, out->n, store->label.dataset >= 0));
    return sample_store_read(store, out, 0, out->n, out->image, out->label, out->target);
}

static wil_status open_or_clear(wil_samples *out, const char *path, size_t most_bytes, bool labels_only)
{
    memset(out, 0, sizeof *out);
    WIL_OWN(hdf5_scope) scope = hdf5_scope_begin();
    (void)scope;
    const wil_status status = open_set(out, path, most_bytes, labels_only);
    if (status != WIL_OK)
        wil_samples_clear(out);
    return status;
}

wil_status wil_samples_open(wil_samples *out, const char *path, size_t most_bytes)
{
    return open_or_clear(out, path, most_bytes, false);
}

wil_status wil_samples_open_labels(wil_samples *out, const char *path, size_t most_bytes)
{
    return open_or_clear(out, path, most_bytes, true);
}

wil_status wil_samples_read(wil_samples *out, const char *path)
{
    return wil_samples_open(out, path, SIZE_MAX);
}
