#include "hdf5_array.h"

#include <string.h>

#include "hdf5_guard.h"
#include "hdf5_heap.h"

#define DEFLATE_LEVEL 1 /* most of the gain; higher levels cost minutes on large sets */

static hid_t memory_type(hdf5_kind kind)
{
    return kind == HDF5_FLOAT ? H5T_NATIVE_FLOAT : kind == HDF5_BYTE ? H5T_NATIVE_UINT8 : H5T_NATIVE_INT32;
}

static hid_t file_type(hdf5_kind kind)
{
    return kind == HDF5_FLOAT ? H5T_IEEE_F32LE : kind == HDF5_BYTE ? H5T_STD_U8LE : H5T_STD_I32LE;
}

static hid_t chunked(int rank, const hsize_t *dims)
{
    hsize_t chunk[HDF5_MAX_RANK];
    const hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    memcpy(chunk, dims, (size_t)rank * sizeof *chunk);
    chunk[0] = 1;
    if (plist >= 0 && (H5Pset_chunk(plist, rank, chunk) < 0 || H5Pset_shuffle(plist) < 0 ||
                          H5Pset_deflate(plist, DEFLATE_LEVEL) < 0)) {
        (void)H5Pclose(plist);
        return -1;
    }
    return plist;
}

/* The reason of a failure is taken before anything is closed, since every call of HDF5 clears it. */
wil_status hdf5_dataset_write(hid_t file, const char *path, const char *name, hid_t in_file, hid_t in_memory,
    hid_t space, hid_t plist, const void *values)
{
    const bool ready = in_file >= 0 && space >= 0 && plist >= 0;
    const hid_t dataset =
        ready ? H5Dcreate2(file, name, in_file, space, H5P_DEFAULT, plist, H5P_DEFAULT) : -1;
    if (dataset < 0)
        return hdf5_fail(WIL_ERR_IO, "%s: cannot make /%s", path, name);
    wil_status status = WIL_OK;
    if (H5Dwrite(dataset, in_memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
        status = hdf5_fail(WIL_ERR_IO, "%s: cannot write /%s", path, name);
    if (H5Dclose(dataset) < 0 && status == WIL_OK)
        status = hdf5_fail(WIL_ERR_IO, "%s: cannot finish /%s", path, name);
    return status;
}

wil_status hdf5_array_write(hid_t file, const char *path, const char *name, hdf5_kind kind, int rank,
    const hsize_t *dims, const void *values, bool compress)
{
    const hid_t space = H5Screate_simple(rank, dims, NULL);
    const hid_t plist = compress ? chunked(rank, dims) : H5P_DEFAULT;
    const wil_status status =
        hdf5_dataset_write(file, path, name, file_type(kind), memory_type(kind), space, plist, values);
    if (plist > 0)
        (void)H5Pclose(plist);
    if (space >= 0)
        (void)H5Sclose(space);
    return status;
}

/* ---- reading ------------------------------------------------------------------------------------------ */

static const char *const KIND_WORDS[] = {"numbers", "uint8", "integers", "strings"};

/* long double is the largest number that HDF5 knows by itself */
#define MOST_NUMBER 16

static wil_status check_type(hdf5_array *array)
{
    const hid_t type = H5Dget_type(array->dataset);
    WIL_REQUIRE(type >= 0, WIL_ERR_INPUT, "%s: cannot read the type of /%s", array->file.path, array->name);
    const H5T_class_t class = H5Tget_class(type);
    const size_t size = H5Tget_size(type);
    const bool is_byte = class == H5T_INTEGER && size == 1 && H5Tget_sign(type) == H5T_SGN_NONE;
    const bool variable = class == H5T_STRING && H5Tis_variable_str(type) > 0;
    (void)H5Tclose(type);
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
    const hid_t space = H5Dget_space(array->dataset);
    const int found = space < 0 ? -1 : H5Sget_simple_extent_ndims(space);
    if (found == rank)
        (void)H5Sget_simple_extent_dims(space, array->dims, NULL);
    if (space >= 0)
        (void)H5Sclose(space);
    WIL_REQUIRE(found == rank, WIL_ERR_INPUT, "%s: /%s must have %d axes, but has %d", array->file.path,
        array->name, rank, found);
    for (int i = 0; i < rank; i++)
        WIL_REQUIRE(array->dims[i] > 0 && array->dims[i] <= INT32_MAX, WIL_ERR_INPUT,
            "%s: axis %d of /%s has %llu elements; expected 1 to %d", array->file.path, i, array->name,
            (unsigned long long)array->dims[i], INT32_MAX);
    return WIL_OK;
}

/* The storage is looked at before all else: HDF5 opens the other files of a virtual data set to tell its
 * shape.
 */
wil_status hdf5_array_open(
    hdf5_array *out, const hdf5_file *file, const char *name, const char *hint, hdf5_kind kind, int rank)
{
    char what[256];
    *out = (hdf5_array){.file = *file, .name = name, .dataset = -1, .kind = kind, .rank = rank};
    WIL_TRY(hdf5_guard_links(file, name, hint));
    out->dataset = H5Dopen2(file->id, name, H5P_DEFAULT);
    if (out->dataset < 0)
        return hdf5_fail(WIL_ERR_INPUT, "%s: cannot open the dataset /%s", file->path, name);
    WIL_TRY(hdf5_guard_storage(file, out->dataset, name));
    WIL_TRY(check_type(out));
    WIL_TRY(check_shape(out, rank));
    snprintf(what, sizeof what, "/%s", name);
    WIL_TRY(hdf5_file_check_holds(file, hdf5_array_bytes(out), what));
    return hdf5_guard_values(file, out->dataset, name, out->item_bytes, hdf5_array_bytes(out));
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
    if (H5Dread(array->dataset, memory_type(array->kind), H5S_ALL, H5S_ALL, H5P_DEFAULT, values_out) < 0)
        return hdf5_fail(
            WIL_ERR_INPUT, "%s: cannot read /%s: the file is damaged", array->file.path, array->name);
    return WIL_OK;
}

void hdf5_array_close(hdf5_array *array)
{
    if (array->dataset > 0)
        (void)H5Dclose(array->dataset);
    array->dataset = -1;
}
