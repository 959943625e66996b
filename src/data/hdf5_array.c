#include "hdf5_array.h"

#include <string.h>

#include "hdf5_guard.h"
#include "hdf5_heap.h"

hid_t hdf5_memory_type(hdf5_kind kind)
{
    return kind == HDF5_FLOAT ? H5T_NATIVE_FLOAT : kind == HDF5_BYTE ? H5T_NATIVE_UINT8 : H5T_NATIVE_INT32;
}

hid_t hdf5_file_type(hdf5_kind kind)
{
    return kind == HDF5_FLOAT ? H5T_IEEE_F32LE : kind == HDF5_BYTE ? H5T_STD_U8LE : H5T_STD_I32LE;
}

/* The reason of a failure is taken before anything is closed, since every call of HDF5 clears it. */
wil_status hdf5_dataset_write(hid_t file, const char *path, const char *name, hid_t in_file, hid_t in_memory,
    hid_t space, const void *values)
{
    const bool ready = in_file >= 0 && in_memory >= 0 && space >= 0;
    WIL_OWN(hdf5_array) made = {.dataset = -1};
    if (ready)
        made.dataset = h5.Dcreate2(file, name, in_file, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (made.dataset < 0)
        return hdf5_fail(WIL_ERR_IO, "%s: cannot make /%s", path, name);
    if (h5.Dwrite(made.dataset, in_memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
        return hdf5_fail(WIL_ERR_IO, "%s: cannot write /%s", path, name);
    const hid_t dataset = made.dataset;
    made.dataset = -1;
    return h5.Dclose(dataset) < 0 ? hdf5_fail(WIL_ERR_IO, "%s: cannot finish /%s", path, name) : WIL_OK;
}

wil_status hdf5_array_write(hid_t file, const char *path, const char *name, hdf5_kind kind, int rank,
    const hsize_t *dims, const void *values)
{
    WIL_OWN(hid_t) space = h5.Screate_simple(rank, dims, NULL);
    return hdf5_dataset_write(file, path, name, hdf5_file_type(kind), hdf5_memory_type(kind), space, values);
}

/* ---- reading ------------------------------------------------------------------------------------------ */

static const char *const KIND_WORDS[] = {"numbers", "uint8", "integers", "strings"};

/* long double is the largest number that HDF5 knows by itself */
#define MOST_NUMBER 16

static wil_status check_type(hdf5_array *array)
{
    WIL_OWN(hid_t) type = h5.Dget_type(array->dataset);
    WIL_REQUIRE(type >= 0, WIL_ERR_INPUT, "%s: cannot read the type of /%s", array->file.path, array->name);
    const H5T_class_t class = h5.Tget_class(type);
    const size_t size = h5.Tget_size(type);
    const bool is_byte = class == H5T_INTEGER && size == 1 && h5.Tget_sign(type) == H5T_SGN_NONE;
    const bool variable = class == H5T_STRING && h5.Tis_variable_str(type) > 0;
    const bool is_number = (class == H5T_FLOAT || class == H5T_INTEGER) && size <= MOST_NUMBER;
    const bool fits[] = {is_number, is_byte, is_number && class == H5T_INTEGER, class == H5T_STRING};
    WIL_REQUIRE(fits[array->kind], WIL_ERR_INPUT, "%s: /%s must hold %s, but holds %zu-byte %s",
        array->file.path, array->name, KIND_WORDS[array->kind], size,
        class == H5T_FLOAT     ? "floats"
        : class == H5T_INTEGER ? "integers"
        : class == H5T_STRING  ? "strings"
                               : "values of another kind");
    array->item_bytes = variable ? HDF5_REFERENCE_BYTES : size;
    return WIL_OK;
}

static wil_status check_shape(hdf5_array *array, int rank)
{
    WIL_OWN(hid_t) space = h5.Dget_space(array->dataset);
    const int found = space < 0 ? -1 : h5.Sget_simple_extent_ndims(space);
    const bool any = rank == HDF5_ANY_RANK;
    WIL_REQUIRE(any || found == rank, WIL_ERR_INPUT, "%s: /%s must have %d axes, but has %d",
        array->file.path, array->name, rank, found);
    WIL_REQUIRE(found >= 1 && found <= HDF5_MAX_RANK, WIL_ERR_INPUT,
        "%s: /%s must have 1 to %d axes, but has %d", array->file.path, array->name, HDF5_MAX_RANK, found);
    (void)h5.Sget_simple_extent_dims(space, array->dims, NULL);
    array->rank = found;
    for (int i = 0; i < found; i++)
        WIL_REQUIRE(array->dims[i] > 0 && array->dims[i] <= INT32_MAX, WIL_ERR_INPUT,
            "%s: axis %d of /%s has %llu elements; expected 1 to %d", array->file.path, i, array->name,
            (unsigned long long)array->dims[i], INT32_MAX);
    return WIL_OK;
}

/* The storage is looked at before all else: HDF5 opens the other files of a virtual data set to tell its
 * shape.
 */
wil_status hdf5_array_open_rows(
    hdf5_array *out, const hdf5_file *file, const char *name, const char *hint, hdf5_kind kind, int rank)
{
    char what[256];
    *out = (hdf5_array){.file = *file, .name = name, .dataset = -1, .kind = kind};
    WIL_TRY(hdf5_guard_links(file, name, hint));
    out->dataset = h5.Dopen2(file->id, name, H5P_DEFAULT);
    if (out->dataset < 0)
        return hdf5_fail(WIL_ERR_INPUT, "%s: cannot open the dataset /%s", file->path, name);
    WIL_TRY(hdf5_guard_storage(file, out->dataset, name));
    WIL_TRY(check_type(out));
    WIL_TRY(check_shape(out, rank));
    snprintf(what, sizeof what, "/%s", name);
    WIL_TRY(hdf5_file_check_holds(file, hdf5_array_bytes(out), what));
    return hdf5_guard_amount(file, out->dataset, name, hdf5_array_bytes(out));
}

wil_status hdf5_array_open(
    hdf5_array *out, const hdf5_file *file, const char *name, const char *hint, hdf5_kind kind, int rank)
{
    WIL_TRY(hdf5_array_open_rows(out, file, name, hint, kind, rank));
    return hdf5_guard_rows(file, out->dataset, name, out->item_bytes, 0, out->dims[0]);
}

uint64_t hdf5_array_bytes(const hdf5_array *array)
{
    uint64_t bytes = array->item_bytes;
    for (int i = 0; i < array->rank; i++)
        bytes = hdf5_bytes_times(bytes, array->dims[i]);
    return bytes;
}

wil_status hdf5_array_read(const hdf5_array *array, void *values_out)
{
    if (h5.Dread(array->dataset, hdf5_memory_type(array->kind), H5S_ALL, H5S_ALL, H5P_DEFAULT, values_out) <
        0)
        return hdf5_fail(
            WIL_ERR_INPUT, "%s: cannot read /%s: the file is damaged", array->file.path, array->name);
    return WIL_OK;
}

void hdf5_array_close(hdf5_array *array)
{
    if (array->dataset > 0)
        (void)h5.Dclose(array->dataset);
    array->dataset = -1;
}
