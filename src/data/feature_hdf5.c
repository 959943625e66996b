#include "feature_hdf5.h"

#include "hdf5_rows.h"

static wil_status open_dataset(feature_hdf5 *out)
{
    WIL_TRY(hdf5_file_open(&out->file, out->path));
    WIL_TRY(
        hdf5_array_open_rows(&out->array, &out->file, out->name, "h5ls lists what it has", HDF5_FLOAT, 2));
    WIL_OWN(hid_t) type = h5.Dget_type(out->array.dataset);
    const bool is_float = type >= 0 && h5.Tget_class(type) == H5T_FLOAT;
    WIL_REQUIRE(
        is_float, WIL_ERR_INPUT, "%s: /%s must hold floats; features are no counts", out->path, out->name);
    return WIL_OK;
}

wil_status feature_hdf5_open(feature_hdf5 *out, const char *path, const char *name)
{
    *out = (feature_hdf5){.file.id = -1, .array.dataset = -1};
    WIL_TRY(wil_string_copy(&out->path, path));
    WIL_TRY(wil_string_copy(&out->name, name));
    WIL_OWN(hdf5_scope) scope = hdf5_scope_begin();
    (void)scope;
    return open_dataset(out);
}

wil_status feature_hdf5_read(const feature_hdf5 *features, int64_t first, int64_t n, double *values_out)
{
    WIL_OWN(hdf5_scope) scope = hdf5_scope_begin();
    (void)scope;
    return hdf5_rows_read_as(&features->array, H5T_NATIVE_DOUBLE, first, n, values_out);
}

void feature_hdf5_close(feature_hdf5 *features)
{
    hdf5_array_close(&features->array);
    hdf5_file_close(&features->file);
    wil_free(features->path);
    wil_free(features->name);
    *features = (feature_hdf5){.file.id = -1, .array.dataset = -1};
}
