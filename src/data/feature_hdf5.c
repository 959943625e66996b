#include "feature_hdf5.h"

static wil_status open_dataset(feature_hdf5 *out)
{
    WIL_TRY(hdf5_file_open(&out->file, out->path));
    WIL_TRY(hdf5_array_open(&out->array, &out->file, out->name, "h5ls lists what it has", HDF5_FLOAT, 2));
    const hid_t type = H5Dget_type(out->array.dataset);
    const bool is_float = type >= 0 && H5Tget_class(type) == H5T_FLOAT;
    if (type >= 0)
        (void)H5Tclose(type);
    WIL_REQUIRE(
        is_float, WIL_ERR_INPUT, "%s: /%s must hold floats; features are no counts", out->path, out->name);
    return WIL_OK;
}

wil_status feature_hdf5_open(feature_hdf5 *out, const char *path, const char *name)
{
    *out = (feature_hdf5){.file.id = -1, .array.dataset = -1};
    WIL_TRY(wil_string_copy(&out->path, path));
    WIL_TRY(wil_string_copy(&out->name, name));
    const hdf5_scope scope = hdf5_scope_begin();
    const wil_status status = open_dataset(out);
    hdf5_scope_end(scope);
    return status;
}

wil_status feature_hdf5_read(const feature_hdf5 *features, int64_t first, int64_t n, double *values_out)
{
    const hsize_t begin[2] = {(hsize_t)first, 0};
    const hsize_t count[2] = {(hsize_t)n, features->array.dims[1]};
    const hdf5_scope scope = hdf5_scope_begin();
    const hid_t in_file = H5Dget_space(features->array.dataset);
    const hid_t in_memory = H5Screate_simple(2, count, NULL);
    wil_status status = WIL_OK;
    if (in_file < 0 || in_memory < 0 ||
        H5Sselect_hyperslab(in_file, H5S_SELECT_SET, begin, NULL, count, NULL) < 0 ||
        H5Dread(features->array.dataset, H5T_NATIVE_DOUBLE, in_memory, in_file, H5P_DEFAULT, values_out) < 0)
        status = hdf5_fail(
            WIL_ERR_INPUT, "%s: cannot read /%s: the file is damaged", features->path, features->name);
    if (in_memory >= 0)
        (void)H5Sclose(in_memory);
    if (in_file >= 0)
        (void)H5Sclose(in_file);
    hdf5_scope_end(scope);
    return status;
}

void feature_hdf5_close(feature_hdf5 *features)
{
    hdf5_array_close(&features->array);
    hdf5_file_close(&features->file);
    wil_free(features->path);
    wil_free(features->name);
    *features = (feature_hdf5){.file.id = -1, .array.dataset = -1};
}
