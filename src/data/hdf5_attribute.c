#include "hdf5_attribute.h"

#include "hdf5_string.h"

/* n < 0: a scalar. The reason of a failure is taken before anything is closed. */
static wil_status write_value(
    hid_t file, const char *path, const char *name, hid_t in_file, hid_t in_memory, int n, const void *value)
{
    const hsize_t dims = n < 0 ? 1 : (hsize_t)n;
    WIL_OWN(hid_t) space = n < 0 ? h5.Screate(H5S_SCALAR) : h5.Screate_simple(1, &dims, NULL);
    WIL_OWN(hid_t) attribute = -1;
    if (space >= 0 && in_file >= 0)
        attribute = h5.Acreate2(file, name, in_file, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || h5.Awrite(attribute, in_memory, value) < 0)
        return hdf5_fail(WIL_ERR_IO, "%s: cannot write the attribute '%s'", path, name);
    return WIL_OK;
}

static wil_status write_string(hid_t file, const char *path, const char *name, const char *text)
{
    /* variable length: h5py gives it as str */
    WIL_OWN(hid_t) type = hdf5_string_type(H5T_VARIABLE, H5T_STR_NULLTERM, H5T_CSET_UTF8);
    return write_value(file, path, name, type, type, -1, &text);
}

static wil_status write_attribute(hid_t file, const char *path, const char *name, const json_t *value)
{
    if (json_is_string(value))
        return write_string(file, path, name, json_string_value(value));
    if (json_is_real(value)) {
        const double number = json_real_value(value);
        return write_value(file, path, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, -1, &number);
    }
    WIL_REQUIRE(json_is_integer(value) || json_is_boolean(value), WIL_ERR_ARG,
        "%s: attribute '%s' is neither a string nor a number", path, name);
    const int64_t number = json_is_integer(value) ? (int64_t)json_integer_value(value) : json_is_true(value);
    return write_value(file, path, name, H5T_STD_I64LE, H5T_NATIVE_INT64, -1, &number);
}

wil_status hdf5_attributes_write(hid_t file, const char *path, const json_t *attributes)
{
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)attributes, name, value) /* jansson's loop only reads, but takes no const */
    {
        WIL_TRY(write_attribute(file, path, name, value));
    }
    return WIL_OK;
}

wil_status hdf5_doubles_write(hid_t file, const char *path, const char *name, const double *values, int n)
{
    return write_value(file, path, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, n, values);
}

wil_status hdf5_texts_write(hid_t file, const char *path, const char *name, char *const *texts, int n)
{
    WIL_OWN(hid_t) type = hdf5_string_type(H5T_VARIABLE, H5T_STR_NULLTERM, H5T_CSET_UTF8);
    return write_value(file, path, name, type, type, n, texts);
}
