#include "hdf5_attribute.h"

#include <string.h>

#include "hdf5_array.h"

/* n < 0: a scalar. The reason of a failure is taken before anything is closed. */
static wil_status write_value(
    hid_t file, const char *path, const char *name, hid_t in_file, hid_t in_memory, int n, const void *value)
{
    const hsize_t dims = n < 0 ? 1 : (hsize_t)n;
    const hid_t space = n < 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &dims, NULL);
    const hid_t attribute =
        space < 0 || in_file < 0 ? -1 : H5Acreate2(file, name, in_file, space, H5P_DEFAULT, H5P_DEFAULT);
    wil_status status = WIL_OK;
    if (attribute < 0 || H5Awrite(attribute, in_memory, value) < 0)
        status = hdf5_fail(WIL_ERR_IO, "%s: cannot write the attribute '%s'", path, name);
    if (attribute >= 0)
        (void)H5Aclose(attribute);
    if (space >= 0)
        (void)H5Sclose(space);
    return status;
}

static wil_status write_string(hid_t file, const char *path, const char *name, const char *text)
{
    /* variable length: h5py gives it as str */
    const hid_t type = hdf5_string_type(H5T_VARIABLE, H5T_STR_NULLTERM, H5T_CSET_UTF8);
    const wil_status status = write_value(file, path, name, type, type, -1, &text);
    if (type >= 0)
        (void)H5Tclose(type);
    return status;
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

/* ---- reading ------------------------------------------------------------------------------------------ */

static json_t *read_string(hid_t attribute, hid_t type)
{
    json_t *value = NULL;
    const bool variable = H5Tis_variable_str(type) > 0;
    const size_t size = variable ? H5T_VARIABLE : H5Tget_size(type) + 1;
    const hid_t in_memory = hdf5_string_type(size, H5T_STR_NULLTERM, H5Tget_cset(type));
    char *text = NULL;
    if (in_memory >= 0 && variable && H5Aread(attribute, in_memory, &text) >= 0) {
        value = json_string(text == NULL ? "" : text);
        (void)H5free_memory(text);
    } else if (in_memory >= 0 && !variable && wil_alloc((void **)&text, size, 1) == WIL_OK) {
        if (H5Aread(attribute, in_memory, text) >= 0)
            value = json_string(text);
        wil_free(text);
    }
    if (in_memory >= 0)
        (void)H5Tclose(in_memory);
    return value; /* NULL also for bytes that are not UTF-8 */
}

/* NULL: unreadable. *known_out: whether it is of a type we keep. */
static json_t *read_value(hid_t attribute, hid_t type, bool *known_out)
{
    const H5T_class_t class = H5Tget_class(type);
    *known_out = class == H5T_STRING || class == H5T_INTEGER || class == H5T_FLOAT;
    if (class == H5T_STRING)
        return read_string(attribute, type);
    int64_t integer = 0;
    if (class == H5T_INTEGER && H5Aread(attribute, H5T_NATIVE_INT64, &integer) >= 0)
        return json_integer(integer);
    double real = 0;
    if (class == H5T_FLOAT && H5Aread(attribute, H5T_NATIVE_DOUBLE, &real) >= 0)
        return json_real(real); /* NULL for NaN and infinity */
    return NULL;
}

typedef struct attribute_reader {
    const char *path;
    json_t *object;
    wil_status status;
} attribute_reader;

static herr_t take_attribute(hid_t file, const char *name, const H5A_info_t *info, void *user)
{
    (void)info;
    attribute_reader *reader = user;
    const hid_t attribute = H5Aopen(file, name, H5P_DEFAULT);
    const hid_t space = attribute < 0 ? -1 : H5Aget_space(attribute);
    const hid_t type = attribute < 0 ? -1 : H5Aget_type(attribute);
    bool known = true;
    json_t *value = NULL;
    if (space >= 0 && type >= 0) {
        if (H5Sget_simple_extent_type(space) == H5S_SCALAR)
            value = read_value(attribute, type, &known);
        else
            known = false;
    }
    if (type >= 0)
        (void)H5Tclose(type);
    if (space >= 0)
        (void)H5Sclose(space);
    if (attribute >= 0)
        (void)H5Aclose(attribute);
    if (!known)
        return 0;
    if (value == NULL || json_object_set_new(reader->object, name, value) != 0) {
        reader->status = wil_fail(WIL_ERR_INPUT, "%s: cannot read the attribute '%s'", reader->path, name);
        return -1;
    }
    return 0;
}

wil_status hdf5_attributes_read(json_t **out, hid_t file, const char *path)
{
    attribute_reader reader = {.path = path, .object = json_object(), .status = WIL_OK};
    *out = NULL;
    WIL_REQUIRE(reader.object != NULL, WIL_ERR_MEMORY, "%s: out of memory for its attributes", path);
    if (H5Aiterate2(file, H5_INDEX_NAME, H5_ITER_INC, NULL, take_attribute, &reader) < 0 &&
        reader.status == WIL_OK)
        reader.status = hdf5_fail(WIL_ERR_INPUT, "%s: cannot read the attributes", path);
    if (reader.status == WIL_OK)
        *out = reader.object;
    else
        json_decref(reader.object);
    return reader.status;
}

wil_status hdf5_doubles_read(double *values_out, hid_t file, const char *path, const char *name, int n)
{
    WIL_REQUIRE(H5Aexists(file, name) > 0, WIL_ERR_INPUT, "%s: has no attribute '%s'", path, name);
    const hid_t attribute = H5Aopen(file, name, H5P_DEFAULT);
    const hid_t space = attribute < 0 ? -1 : H5Aget_space(attribute);
    const hssize_t found = space < 0 ? -1 : H5Sget_simple_extent_npoints(space);
    wil_status status = WIL_OK;
    if (found != n)
        status = wil_fail(WIL_ERR_INPUT, "%s: the attribute '%s' must hold %d numbers, but holds %lld", path,
            name, n, (long long)found);
    else if (H5Aread(attribute, H5T_NATIVE_DOUBLE, values_out) < 0)
        status = hdf5_fail(WIL_ERR_INPUT, "%s: the attribute '%s' cannot be read as numbers", path, name);
    if (space >= 0)
        (void)H5Sclose(space);
    if (attribute >= 0)
        (void)H5Aclose(attribute);
    return status;
}

/* n strings of a fixed length, or pointers to strings of HDF5's. */
static wil_status copy_texts(char **texts_out, hid_t attribute, hid_t type, int n)
{
    const bool variable = H5Tis_variable_str(type) > 0;
    const size_t size = variable ? sizeof(char *) : H5Tget_size(type) + 1;
    const size_t type_size = variable ? H5T_VARIABLE : size;
    WIL_OWN(hid_t) in_memory = hdf5_string_type(type_size, H5T_STR_NULLTERM, H5Tget_cset(type));
    WIL_OWN(char) *bytes = NULL;
    WIL_TRY(wil_alloc((void **)&bytes, (size_t)n, size));
    if (in_memory < 0 || H5Aread(attribute, in_memory, bytes) < 0)
        return WIL_ERR_INPUT;
    wil_status status = WIL_OK;
    for (int i = 0; i < n; i++) {
        char *text = variable ? ((char **)(void *)bytes)[i] : bytes + (size_t)i * size;
        if (status == WIL_OK)
            status = wil_string_copy(&texts_out[i], text == NULL ? "" : text);
        if (variable)
            (void)H5free_memory(text);
    }
    return status;
}

wil_status hdf5_texts_read(char **texts_out, hid_t file, const char *path, const char *name, int n)
{
    WIL_REQUIRE(H5Aexists(file, name) > 0, WIL_ERR_INPUT, "%s: has no attribute '%s'", path, name);
    WIL_OWN(hid_t) attribute = H5Aopen(file, name, H5P_DEFAULT);
    WIL_OWN(hid_t) space = attribute < 0 ? -1 : H5Aget_space(attribute);
    WIL_OWN(hid_t) type = attribute < 0 ? -1 : H5Aget_type(attribute);
    const bool is_text = space >= 0 && type >= 0 && H5Tget_class(type) == H5T_STRING;
    WIL_REQUIRE(is_text && H5Sget_simple_extent_npoints(space) == n, WIL_ERR_INPUT,
        "%s: the attribute '%s' must hold %d string%s", path, name, n, n == 1 ? "" : "s");
    const wil_status status = copy_texts(texts_out, attribute, type, n);
    return status == WIL_ERR_INPUT ? hdf5_fail(status, "%s: cannot read the attribute '%s'", path, name)
                                   : status;
}
