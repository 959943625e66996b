/* Patch sets written as HDF5 files; patch_read.c reads them. */
#include "willis/data.h"

#include "hdf5_attribute.h"
#include "hdf5_string.h"

/* /subject: the name of each patch's subject. */
static wil_status write_subject_names(hid_t file, const char *path, const wil_patches *patches)
{
    char **names = NULL;
    WIL_TRY(wil_alloc((void **)&names, (size_t)patches->n, sizeof *names));
    for (int64_t i = 0; i < patches->n; i++)
        names[i] = patches->subjects[patches->subject[i]];
    const wil_status status = hdf5_strings_write(file, path, "subject", names, (size_t)patches->n);
    wil_free(names);
    return status;
}

static wil_status write_contents(hid_t file, const char *path, const wil_patches *patches)
{
    const hsize_t n = (hsize_t)patches->n;
    const hsize_t shape[3] = {n, (hsize_t)patches->height, (hsize_t)patches->width};
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

static wil_status write_file(const char *temp_path, const char *path, const wil_patches *patches)
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

wil_status wil_patches_write(const wil_patches *patches, const char *path)
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
