/* Sample sets to HDF5 files, at once or as they come. */
#include <string.h>

#include "hdf5_attribute.h"
#include "hdf5_rows.h"
#include "hdf5_string.h"
#include "samples_internal.h"
#include "samples_layout.h"

struct wil_samples_writer {
    wil_atomic_file atomic;
    hid_t file;
    hdf5_array image, label, target; /* dataset < 0 where there is none */
};

/* ---- pixels ------------------------------------------------------------------------------------------- */

/* Open objects do not keep the file open, so that a failed write leaves nothing behind. */
static hid_t close_all_with_file(void)
{
    const hid_t plist = h5.Pcreate(H5P_FILE_ACCESS);
    if (plist >= 0)
        (void)h5.Pset_fclose_degree(plist, H5F_CLOSE_STRONG);
    return plist;
}

static wil_status make_array(
    hdf5_array *out, const wil_samples_writer *writer, const char *name, hdf5_kind kind, sample_axes axes)
{
    return hdf5_rows_create(out, writer->file, writer->atomic.final_path, name, kind, axes.rank, axes.dims);
}

static wil_status make_file(wil_samples_writer *writer, const wil_samples *like)
{
    WIL_OWN(hid_t) plist = close_all_with_file();
    if (plist >= 0)
        writer->file = h5.Fcreate(writer->atomic.temp_path, H5F_ACC_TRUNC, H5P_DEFAULT, plist);
    if (writer->file < 0)
        return hdf5_fail(WIL_ERR_IO, "%s: cannot create the file", writer->atomic.final_path);
    if (!like->labels_only)
        WIL_TRY(make_array(&writer->image, writer, "image", HDF5_FLOAT, samples_image_axes(like)));
    if (like->label != NULL)
        WIL_TRY(make_array(&writer->label, writer, "label", HDF5_BYTE, samples_label_axes(like)));
    if (like->n_maps > 0)
        WIL_TRY(make_array(&writer->target, writer, "target", HDF5_FLOAT, samples_target_axes(like)));
    return WIL_OK;
}

wil_status wil_samples_writer_open(wil_samples_writer **out, const char *path, const wil_samples *like)
{
    WIL_OWN(wil_samples_writer) *writer = NULL;
    *out = NULL;
    WIL_REQUIRE(like->label != NULL || like->n_maps > 0, WIL_ERR_ARG,
        "%s: a patch set needs labels or target maps", path);
    WIL_TRY(hdf5_load());
    WIL_TRY(wil_alloc((void **)&writer, 1, sizeof *writer));
    writer->file = writer->image.dataset = writer->label.dataset = writer->target.dataset = -1;
    WIL_TRY(wil_atomic_begin(&writer->atomic, path));
    WIL_OWN(hdf5_scope) scope = hdf5_scope_begin();
    (void)scope;
    WIL_TRY(make_file(writer, like));
    return wil_give(out, &writer);
}

wil_status wil_samples_writer_add(
    wil_samples_writer *writer, int64_t n, const float *image, const uint8_t *label, const float *target)
{
    WIL_OWN(hdf5_scope) scope = hdf5_scope_begin();
    (void)scope;
    if (writer->image.dataset >= 0)
        WIL_TRY(hdf5_rows_append(&writer->image, n, image));
    if (writer->label.dataset >= 0)
        WIL_TRY(hdf5_rows_append(&writer->label, n, label));
    return writer->target.dataset >= 0 ? hdf5_rows_append(&writer->target, n, target) : WIL_OK;
}

void wil_samples_writer_free(wil_samples_writer *writer)
{
    if (writer == NULL)
        return;
    const hdf5_scope scope = hdf5_scope_begin();
    if (writer->file >= 0)
        (void)h5.Fclose(writer->file);
    hdf5_scope_end(scope);
    wil_atomic_discard(&writer->atomic);
    wil_free(writer);
}

/* ---- the rest ----------------------------------------------------------------------------------------- */

/* /subject: the name of each sample's subject. */
static wil_status write_subject_names(hid_t file, const char *path, const wil_samples *set)
{
    void *memory = NULL;
    WIL_TRY(wil_alloc(&memory, (size_t)set->n, sizeof(char *)));
    WIL_OWN(void) *held = memory;
    char **names = held;
    for (int64_t i = 0; i < set->n; i++)
        names[i] = set->subjects[set->subject[i]];
    return hdf5_strings_write(file, path, "subject", names, (size_t)set->n);
}

static wil_status write_shape(hid_t file, const char *path, const wil_samples *set)
{
    WIL_OWN(json_t) *shape = json_pack("{s:i}", "format", SAMPLES_FORMAT);
    bool made = shape != NULL;
    if (set->shape.time > 1)
        made = made && json_object_set_new(shape, "dt_s", json_real(set->dt_s)) == 0;
    if (set->shape.channels > 1)
        made = made && json_object_set_new(shape, "channels", json_integer(set->shape.channels)) == 0;
    WIL_REQUIRE(made, WIL_ERR_MEMORY, "%s: out of memory for attributes", path);
    WIL_TRY(hdf5_attributes_write(file, path, shape));
    WIL_TRY(hdf5_doubles_write(file, path, "spacing_mm", set->spacing_mm, 3));
    if (set->n_maps == 0)
        return WIL_OK;
    WIL_TRY(hdf5_texts_write(file, path, "target_names", set->target_names, set->n_maps));
    return hdf5_texts_write(file, path, "target_units", set->target_units, set->n_maps);
}

static wil_status write_rest(hid_t file, const char *path, const wil_samples *set)
{
    const hsize_t position_shape[2] = {(hsize_t)set->n, 3};
    const hsize_t range_shape[2] = {(hsize_t)set->n_subjects, 2};
    WIL_TRY(hdf5_array_write(file, path, "position", HDF5_INT, 2, position_shape, set->position));
    WIL_TRY(write_subject_names(file, path, set));
    WIL_TRY(hdf5_strings_write(file, path, "subjects", set->subjects, (size_t)set->n_subjects));
    WIL_TRY(hdf5_array_write(file, path, "subject_range", HDF5_FLOAT, 2, range_shape, set->subject_range));
    WIL_TRY(write_shape(file, path, set));
    return hdf5_attributes_write(file, path, set->attributes);
}

static wil_status close_file(wil_samples_writer *writer, const char *path)
{
    WIL_TRY(hdf5_rows_finish(&writer->image));
    WIL_TRY(hdf5_rows_finish(&writer->label));
    WIL_TRY(hdf5_rows_finish(&writer->target));
    const hid_t file = writer->file;
    writer->file = -1;
    return h5.Fclose(file) < 0 ? hdf5_fail(WIL_ERR_IO, "%s: cannot finish the file; is the disk full?", path)
                               : WIL_OK;
}

static wil_status check_complete(const wil_samples *set, const char *path)
{
    WIL_REQUIRE(set->n > 0 && set->n_subjects > 0 && set->subject_range != NULL, WIL_ERR_ARG,
        "%s: a patch set needs at least one patch, one subject and the subjects' ranges", path);
    WIL_REQUIRE(set->shape.time == 1 || set->dt_s > 0, WIL_ERR_ARG,
        "%s: a set of series needs the time between their points (dt_s), which is %g", path, set->dt_s);
    for (int i = 0; i < set->n_maps; i++)
        WIL_REQUIRE(set->target_names[i] != NULL && set->target_units[i] != NULL, WIL_ERR_ARG,
            "%s: target map %d has no name or no unit", path, i);
    return WIL_OK;
}

wil_status wil_samples_writer_finish(wil_samples_writer *writer, const wil_samples *set)
{
    const char *path = writer->atomic.final_path;
    WIL_TRY(check_complete(set, path));
    const hdf5_array *pixels = writer->image.dataset >= 0 ? &writer->image : &writer->label;
    WIL_REQUIRE((int64_t)pixels->dims[0] == set->n, WIL_ERR_ARG,
        "%s: %lld patches were added to a set of %lld", path, (long long)pixels->dims[0], (long long)set->n);
    WIL_OWN(hdf5_scope) scope = hdf5_scope_begin();
    (void)scope;
    WIL_TRY(write_rest(writer->file, path, set));
    WIL_TRY(close_file(writer, path));
    return wil_atomic_publish(&writer->atomic);
}

wil_status wil_samples_write(const wil_samples *set, const char *path)
{
    WIL_OWN(wil_samples_writer) *writer = NULL;
    WIL_TRY(check_complete(set, path));
    WIL_TRY(wil_samples_writer_open(&writer, path, set));
    WIL_TRY(wil_samples_writer_add(writer, set->n, set->image, set->label, set->target));
    return wil_samples_writer_finish(writer, set);
}
