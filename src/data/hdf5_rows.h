/* Datasets read and written a few rows (elements of the first axis) at a time. */
#ifndef WILLIS_DATA_HDF5_ROWS_H
#define WILLIS_DATA_HDF5_ROWS_H

#include "hdf5_array.h"

/* Rows first .. first + n - 1, as float, uint8_t or int32_t by the array's kind; how they are stored is
 * looked at first. Fails: WIL_ERR_INPUT. */
WIL_NODISCARD wil_status hdf5_rows_read(const hdf5_array *array, int64_t first, int64_t n, void *values_out);
/* The same as values of in_memory, a type of HDF5. */
WIL_NODISCARD wil_status hdf5_rows_read_as(
    const hdf5_array *array, hid_t in_memory, int64_t first, int64_t n, void *values_out);

/* A dataset without rows yet, whose rows have dims[1 ...]: compressed, one row a chunk, or less where rows
 * are large. Fails: WIL_ERR_IO. */
WIL_NODISCARD wil_status hdf5_rows_create(hdf5_array *out, hid_t file, const char *path, const char *name,
    hdf5_kind kind, int rank, const hsize_t *dims);
/* Appends n rows; array->dims[0] counts them. Fails: WIL_ERR_IO. */
WIL_NODISCARD wil_status hdf5_rows_append(hdf5_array *array, int64_t n, const void *values);
/* Closes what was written. Fails: WIL_ERR_IO. */
WIL_NODISCARD wil_status hdf5_rows_finish(hdf5_array *array);

#endif
