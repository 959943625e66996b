#include "hdf5_array.h"

#include <string.h>

hid_t hdf5_memory_type(hdf5_kind kind)
{
    return kind == HDF5_FLOAT ? H5T_NATIVE_FLOAT : kind == HDF5_BYTE ? H5T_NATIVE_UINT8 : H5T_NATIVE_INT32;
}

hid_t hdf5_file_type(hdf5_kind kind)
{
    return kind == HDF5_FLOAT ? H5T_IEEE_F32LE : kind == HDF5_BYTE ? H5T_STD_U8LE : H5T_STD_I32LE;
}

hid_t hdf5_string_type(size_t size, H5T_str_t padding, H5T_cset_t charset)
{
    const hid_t type = h5.Tcopy(H5T_C_S1);
    if (type < 0)
        return type;
    if (h5.Tset_size(type, size) < 0 || h5.Tset_strpad(type, padding) < 0 ||
        h5.Tset_cset(type, charset) < 0) {
        (void)h5.Tclose(type);
        return -1;
    }
    return type;
}

/* space may be invalid, if making it failed. The reason is taken before anything is closed, since every call
 * of HDF5 clears it. */
static wil_status create_and_write(hid_t file, const char *path, const char *name, hid_t in_file,
    hid_t in_memory, hid_t space, const void *values)
{
    const bool ready = in_file >= 0 && space >= 0;
    const hid_t dataset =
        ready ? h5.Dcreate2(file, name, in_file, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT) : -1;
    if (dataset < 0)
        return hdf5_fail(WIL_ERR_IO, "%s: cannot make /%s", path, name);
    wil_status status = WIL_OK;
    if (h5.Dwrite(dataset, in_memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
        status = hdf5_fail(WIL_ERR_IO, "%s: cannot write /%s", path, name);
    if (h5.Dclose(dataset) < 0 && status == WIL_OK)
        status = hdf5_fail(WIL_ERR_IO, "%s: cannot finish /%s", path, name);
    return status;
}

wil_status hdf5_array_write(hid_t file, const char *path, const char *name, hdf5_kind kind, int rank,
    const hsize_t *dims, const void *values)
{
    WIL_OWN(hid_t) space = h5.Screate_simple(rank, dims, NULL);
    return create_and_write(file, path, name, hdf5_file_type(kind), hdf5_memory_type(kind), space, values);
}

wil_status hdf5_strings_write(hid_t file, const char *path, const char *name, char *const *strings, size_t n)
{
    size_t length = 1;
    for (size_t i = 0; i < n; i++)
        length = strlen(strings[i]) > length ? strlen(strings[i]) : length;
    char *packed = NULL;
    WIL_TRY(wil_alloc((void **)&packed, n * length + 1, 1));
    for (size_t i = 0; i < n; i++)
        memcpy(packed + i * length, strings[i], strlen(strings[i])); /* padded with the zeros of the buffer */
    const hsize_t dims = n;
    const hid_t type = hdf5_string_type(length, H5T_STR_NULLPAD, H5T_CSET_UTF8);
    const hid_t space = h5.Screate_simple(1, &dims, NULL);
    const wil_status status = create_and_write(file, path, name, type, type, space, packed);
    if (space >= 0)
        (void)h5.Sclose(space);
    if (type >= 0)
        (void)h5.Tclose(type);
    wil_free(packed);
    return status;
}

/* ---- reading ------------------------------------------------------------------------------------------ */

static const char *const KIND_WORDS[] = {"numbers", "uint8", "integers", "strings"};

static wil_status check_type(const hdf5_array *array)
{
    const hid_t type = h5.Dget_type(array->dataset);
    WIL_REQUIRE(type >= 0, WIL_ERR_INPUT, "%s: cannot read the type of /%s", array->path, array->name);
    const H5T_class_t class = h5.Tget_class(type);
    const size_t size = h5.Tget_size(type);
    const bool is_byte = class == H5T_INTEGER && size == 1 && h5.Tget_sign(type) == H5T_SGN_NONE;
    (void)h5.Tclose(type);
    const bool fits[] = {
        class == H5T_FLOAT || class == H5T_INTEGER, is_byte, class == H5T_INTEGER, class == H5T_STRING};
    WIL_REQUIRE(fits[array->kind], WIL_ERR_INPUT, "%s: /%s must hold %s, but holds %zu-byte %s", array->path,
        array->name, KIND_WORDS[array->kind], size,
        class == H5T_FLOAT     ? "floats"
        : class == H5T_INTEGER ? "integers"
        : class == H5T_STRING  ? "strings"
                               : "values of another kind");
    return WIL_OK;
}

static wil_status check_shape(hdf5_array *array, int rank)
{
    const hid_t space = h5.Dget_space(array->dataset);
    const int found = space < 0 ? -1 : h5.Sget_simple_extent_ndims(space);
    const bool fits = rank == HDF5_ANY_RANK ? found >= 1 && found <= HDF5_MAX_RANK : found == rank;
    if (fits)
        (void)h5.Sget_simple_extent_dims(space, array->dims, NULL);
    if (space >= 0)
        (void)h5.Sclose(space);
    array->rank = found;
    WIL_REQUIRE(fits || rank == HDF5_ANY_RANK, WIL_ERR_INPUT, "%s: /%s must have %d axes, but has %d",
        array->path, array->name, rank, found);
    WIL_REQUIRE(fits, WIL_ERR_INPUT, "%s: /%s must have 1 to %d axes, but has %d", array->path, array->name,
        HDF5_MAX_RANK, found);
    for (int i = 0; i < found; i++)
        WIL_REQUIRE(array->dims[i] > 0 && array->dims[i] <= INT32_MAX, WIL_ERR_INPUT,
            "%s: axis %d of /%s has %llu elements; expected 1 to %d", array->path, i, array->name,
            (unsigned long long)array->dims[i], INT32_MAX);
    return WIL_OK;
}

wil_status hdf5_array_open(
    hdf5_array *out, hid_t file, const char *path, const char *name, hdf5_kind kind, int rank)
{
    *out = (hdf5_array){.path = path, .name = name, .dataset = -1, .kind = kind};
    WIL_REQUIRE(h5.Lexists(file, name, H5P_DEFAULT) > 0, WIL_ERR_INPUT,
        "%s: has no dataset /%s; a patch set holds image, label, subject, position, subjects and "
        "subject_range",
        path, name);
    out->dataset = h5.Dopen2(file, name, H5P_DEFAULT);
    if (out->dataset < 0)
        return hdf5_fail(WIL_ERR_INPUT, "%s: cannot open the dataset /%s", path, name);
    WIL_TRY(check_type(out));
    return check_shape(out, rank);
}

wil_status hdf5_array_read(const hdf5_array *array, void *values_out)
{
    if (h5.Dread(array->dataset, hdf5_memory_type(array->kind), H5S_ALL, H5S_ALL, H5P_DEFAULT, values_out) <
        0)
        return hdf5_fail(WIL_ERR_INPUT, "%s: cannot read /%s: the file is damaged", array->path, array->name);
    return WIL_OK;
}

static wil_status read_fixed(char **strings, const hdf5_array *array, hid_t type, size_t n)
{
    const size_t length = h5.Tget_size(type) + 1; /* room for a zero byte */
    char *packed = NULL;
    WIL_TRY(wil_alloc((void **)&packed, n, length));
    const hid_t in_memory = hdf5_string_type(length, H5T_STR_NULLTERM, h5.Tget_cset(type));
    wil_status status = WIL_OK;
    if (in_memory < 0 || h5.Dread(array->dataset, in_memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, packed) < 0)
        status =
            hdf5_fail(WIL_ERR_INPUT, "%s: cannot read /%s: the file is damaged", array->path, array->name);
    for (size_t i = 0; i < n && status == WIL_OK; i++)
        status = wil_string_copy(&strings[i], packed + i * length);
    if (in_memory >= 0)
        (void)h5.Tclose(in_memory);
    wil_free(packed);
    return status;
}

static wil_status read_variable(char **strings, const hdf5_array *array, hid_t type, size_t n)
{
    char **own = NULL; /* each string is HDF5's */
    WIL_TRY(wil_alloc((void **)&own, n, sizeof *own));
    const hid_t in_memory = hdf5_string_type(H5T_VARIABLE, H5T_STR_NULLTERM, h5.Tget_cset(type));
    wil_status status = WIL_OK;
    if (in_memory < 0 || h5.Dread(array->dataset, in_memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, own) < 0)
        status =
            hdf5_fail(WIL_ERR_INPUT, "%s: cannot read /%s: the file is damaged", array->path, array->name);
    for (size_t i = 0; i < n && status == WIL_OK; i++)
        status = wil_string_copy(&strings[i], own[i] == NULL ? "" : own[i]);
    for (size_t i = 0; i < n; i++)
        (void)h5.free_memory(own[i]);
    if (in_memory >= 0)
        (void)h5.Tclose(in_memory);
    wil_free(own);
    return status;
}

wil_status hdf5_strings_read(char ***strings_out, const hdf5_array *array)
{
    const size_t n = (size_t)array->dims[0];
    char **strings = NULL;
    WIL_TRY(wil_alloc((void **)&strings, n, sizeof *strings));
    const hid_t type = h5.Dget_type(array->dataset);
    wil_status status = h5.Tis_variable_str(type) > 0 ? read_variable(strings, array, type, n)
                                                      : read_fixed(strings, array, type, n);
    (void)h5.Tclose(type);
    if (status == WIL_OK)
        *strings_out = strings;
    else
        hdf5_strings_free(strings, n);
    return status;
}

void hdf5_strings_free(char **strings, size_t n)
{
    for (size_t i = 0; strings != NULL && i < n; i++)
        wil_free(strings[i]);
    wil_free(strings);
}

void hdf5_array_close(hdf5_array *array)
{
    if (array->dataset > 0)
        (void)h5.Dclose(array->dataset);
    array->dataset = -1;
}
