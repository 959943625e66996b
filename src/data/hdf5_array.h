/* Datasets of a patch set: arrays of numbers, and lists of strings. `path` is the file's name for messages.
 */
#ifndef WILLIS_DATA_HDF5_ARRAY_H
#define WILLIS_DATA_HDF5_ARRAY_H

#include "hdf5_scope.h"

typedef enum hdf5_kind { HDF5_FLOAT, HDF5_BYTE, HDF5_INT, HDF5_STRING } hdf5_kind;

#define HDF5_MAX_RANK 6
#define HDF5_ANY_RANK 0 /* 1 to HDF5_MAX_RANK */

typedef struct hdf5_array {
    const char *path, *name;
    hid_t dataset;
    hdf5_kind kind;
    int rank;
    hsize_t dims[HDF5_MAX_RANK];
} hdf5_array;

/* Writes values (float, uint8_t or int32_t by kind). Fails: WIL_ERR_IO. */
WIL_NODISCARD wil_status hdf5_array_write(hid_t file, const char *path, const char *name, hdf5_kind kind,
    int rank, const hsize_t *dims, const void *values);
/* Fixed-length UTF-8, padded with zero bytes. */
WIL_NODISCARD wil_status hdf5_strings_write(
    hid_t file, const char *path, const char *name, char *const *strings, size_t n);

/* Of numbers, not to be closed. */
hid_t hdf5_memory_type(hdf5_kind kind);
hid_t hdf5_file_type(hdf5_kind kind);

/* Opens a dataset and fails WIL_ERR_INPUT when it is absent or not of this rank and kind. Close it in any
 * case. */
WIL_NODISCARD wil_status hdf5_array_open(
    hdf5_array *out, hid_t file, const char *path, const char *name, hdf5_kind kind, int rank);
/* All values, as float, uint8_t or int32_t by the kind. */
WIL_NODISCARD wil_status hdf5_array_read(const hdf5_array *array, void *values_out);
/* All strings, fixed-length or variable; the list and each of them is the caller's. */
WIL_NODISCARD wil_status hdf5_strings_read(char ***strings_out, const hdf5_array *array);
void hdf5_strings_free(char **strings, size_t n);
void hdf5_array_close(hdf5_array *array);
WIL_OWNED_VALUE(hdf5_array, hdf5_array_close)

/* A string type of HDF5: size H5T_VARIABLE or bytes; negative on failure. The caller closes it. */
hid_t hdf5_string_type(size_t size, H5T_str_t padding, H5T_cset_t charset);

#endif
