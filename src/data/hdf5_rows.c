#include "hdf5_rows.h"

#include <string.h>

#include "hdf5_guard.h"

#define DEFLATE_LEVEL 1 /* most of the gain; higher levels cost minutes on large sets */
#define MOST_CHUNK_VALUES ((hsize_t)4 << 20)

/* ---- reading ------------------------------------------------------------------------------------------ */

/* Selects rows of the dataset's space, and makes the space of as many in memory. */
static bool select_rows(hid_t *memory_out, hid_t space, const hdf5_array *array, int64_t first, int64_t n)
{
    hsize_t begin[HDF5_MAX_RANK] = {(hsize_t)first};
    hsize_t count[HDF5_MAX_RANK];
    memcpy(count, array->dims, sizeof count);
    count[0] = (hsize_t)n;
    *memory_out = h5.Screate_simple(array->rank, count, NULL);
    return *memory_out >= 0 && h5.Sselect_hyperslab(space, H5S_SELECT_SET, begin, NULL, count, NULL) >= 0;
}

wil_status hdf5_rows_read_as(
    const hdf5_array *array, hid_t in_memory, int64_t first, int64_t n, void *values_out)
{
    WIL_TRY(hdf5_guard_rows(
        &array->file, array->dataset, array->name, array->item_bytes, (hsize_t)first, (hsize_t)n));
    WIL_OWN(hid_t) space = h5.Dget_space(array->dataset);
    WIL_OWN(hid_t) rows = -1;
    if (space < 0 || !select_rows(&rows, space, array, first, n) ||
        h5.Dread(array->dataset, in_memory, rows, space, H5P_DEFAULT, values_out) < 0)
        return hdf5_fail(
            WIL_ERR_INPUT, "%s: cannot read /%s: the file is damaged", array->file.path, array->name);
    return WIL_OK;
}

wil_status hdf5_rows_read(const hdf5_array *array, int64_t first, int64_t n, void *values_out)
{
    return hdf5_rows_read_as(array, hdf5_memory_type(array->kind), first, n, values_out);
}

/* ---- writing ------------------------------------------------------------------------------------------ */

static hid_t chunked(int rank, const hsize_t *dims)
{
    hsize_t chunk[HDF5_MAX_RANK];
    hsize_t n = 1;
    memcpy(chunk, dims, sizeof chunk);
    chunk[0] = 1;
    for (int i = 1; i < rank; i++)
        n *= dims[i];
    for (int i = 1; i < rank && n > MOST_CHUNK_VALUES; i++) {
        n /= dims[i];
        chunk[i] = 1;
    }
    const hid_t plist = h5.Pcreate(H5P_DATASET_CREATE);
    if (plist >= 0 && (h5.Pset_chunk(plist, rank, chunk) < 0 || h5.Pset_shuffle(plist) < 0 ||
                          h5.Pset_deflate(plist, DEFLATE_LEVEL) < 0)) {
        (void)h5.Pclose(plist);
        return -1;
    }
    return plist;
}

wil_status hdf5_rows_create(hdf5_array *out, hid_t file, const char *path, const char *name, hdf5_kind kind,
    int rank, const hsize_t *dims)
{
    hsize_t most[HDF5_MAX_RANK];
    *out = (hdf5_array){.file = {.id = file, .path = path}, .name = name, .dataset = -1};
    out->kind = kind;
    out->rank = rank;
    memcpy(out->dims, dims, (size_t)rank * sizeof *dims);
    memcpy(most, out->dims, sizeof most);
    out->dims[0] = 0;
    most[0] = H5S_UNLIMITED;
    WIL_OWN(hid_t) space = h5.Screate_simple(rank, out->dims, most);
    WIL_OWN(hid_t) plist = chunked(rank, out->dims);
    if (space >= 0 && plist >= 0)
        out->dataset = h5.Dcreate2(file, name, hdf5_file_type(kind), space, H5P_DEFAULT, plist, H5P_DEFAULT);
    return out->dataset < 0 ? hdf5_fail(WIL_ERR_IO, "%s: cannot make /%s", path, name) : WIL_OK;
}

wil_status hdf5_rows_append(hdf5_array *array, int64_t n, const void *values)
{
    const hsize_t first = array->dims[0];
    WIL_OWN(hid_t) space = -1;
    WIL_OWN(hid_t) rows = -1;
    array->dims[0] += (hsize_t)n;
    const bool grown = h5.Dset_extent(array->dataset, array->dims) >= 0;
    space = grown ? h5.Dget_space(array->dataset) : -1;
    if (space < 0 || !select_rows(&rows, space, array, (int64_t)first, n) ||
        h5.Dwrite(array->dataset, hdf5_memory_type(array->kind), rows, space, H5P_DEFAULT, values) < 0)
        return hdf5_fail(WIL_ERR_IO, "%s: cannot write /%s", array->file.path, array->name);
    return WIL_OK;
}

wil_status hdf5_rows_finish(hdf5_array *array)
{
    const hid_t dataset = array->dataset;
    array->dataset = -1;
    if (dataset > 0 && h5.Dclose(dataset) < 0)
        return hdf5_fail(WIL_ERR_IO, "%s: cannot finish /%s", array->file.path, array->name);
    return WIL_OK;
}
