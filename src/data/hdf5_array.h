/* Datasets of HDF5 files: arrays of numbers; hdf5_string.h has those of strings. `path` is the file's name
 * for messages. */
#ifndef WILLIS_DATA_HDF5_ARRAY_H
#define WILLIS_DATA_HDF5_ARRAY_H

#include "hdf5_file.h"

typedef enum hdf5_kind { HDF5_FLOAT, HDF5_BYTE, HDF5_INT, HDF5_STRING } hdf5_kind;

#define HDF5_MAX_RANK 6
#define HDF5_ANY_RANK 0 /* 1 to HDF5_MAX_RANK */

typedef struct hdf5_array {
    hdf5_file file;
    const char *name; /* borrowed */
    hid_t dataset;
    hdf5_kind kind;
    int rank;
    size_t item_bytes; /* in the file */
    hsize_t dims[HDF5_MAX_RANK];
} hdf5_array;

/* Writes values (float, uint8_t or int32_t by kind). Fails: WIL_ERR_IO. */
WIL_NODISCARD wil_status hdf5_array_write(hid_t file, const char *path, const char *name, hdf5_kind kind,
    int rank, const hsize_t *dims, const void *values);
/* Makes a dataset and writes values to it. Types and space are invalid where making them failed, which then
 * is the failure. Fails: WIL_ERR_IO. */
WIL_NODISCARD wil_status hdf5_dataset_write(hid_t file, const char *path, const char *name, hid_t in_file,
    hid_t in_memory, hid_t space, const void *values);

/* Of numbers, not to be closed. */
hid_t hdf5_memory_type(hdf5_kind kind);
hid_t hdf5_file_type(hdf5_kind kind);

/* Opens a dataset; nothing of it is read yet. Fails WIL_ERR_INPUT when it is absent (the message ends with
 * `hint`), not stored in this file (hdf5_guard.h), not of this rank and kind, or larger than the file can
 * hold. Close it in any case. */
WIL_NODISCARD wil_status hdf5_array_open(
    hdf5_array *out, const hdf5_file *file, const char *name, const char *hint, hdf5_kind kind, int rank);
/* The same, but for how its values are stored: hdf5_rows_read looks at that, row by row. */
WIL_NODISCARD wil_status hdf5_array_open_rows(
    hdf5_array *out, const hdf5_file *file, const char *name, const char *hint, hdf5_kind kind, int rank);
/* What all its values take as they are in the file, uncompressed. */
uint64_t hdf5_array_bytes(const hdf5_array *array);
/* All values, as float, uint8_t or int32_t by the kind. */
WIL_NODISCARD wil_status hdf5_array_read(const hdf5_array *array, void *values_out);
void hdf5_array_close(hdf5_array *array);
WIL_OWNED_VALUE(hdf5_array, hdf5_array_close)

#endif
