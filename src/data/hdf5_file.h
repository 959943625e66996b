/* HDF5 files of a user: opened for reading, and never believed to hold more than a file of their length can.
 */
#ifndef WILLIS_DATA_HDF5_FILE_H
#define WILLIS_DATA_HDF5_FILE_H

#include "hdf5_scope.h"

typedef struct hdf5_file {
    hid_t id;
    const char *path; /* borrowed; for messages */
    uint64_t n_bytes; /* length of the file */
    uint64_t base;    /* where address 0 is; above 0 behind a user's block */
    int descriptor;   /* of the same file, for what we read past HDF5 */
} hdf5_file;

/* Whether path is a plain file that begins as HDF5 does. */
bool hdf5_file_is(const char *path);
/* Fails: WIL_ERR_INPUT. Close in any case. */
WIL_NODISCARD wil_status hdf5_file_open(hdf5_file *out, const char *path);
void hdf5_file_close(hdf5_file *file);
/* n bytes at an address of HDF5's. Fails: WIL_ERR_INPUT (the file ends before). */
WIL_NODISCARD wil_status hdf5_file_read(const hdf5_file *file, uint64_t address, uint64_t n, void *out);

/* Fails WIL_ERR_INPUT when n_bytes of values, called `what`, are more than the file can hold by the best
 * compression, so that a few bytes cannot make us take all memory. */
WIL_NODISCARD wil_status hdf5_file_check_holds(const hdf5_file *file, uint64_t n_bytes, const char *what);

/* Product and sum that stay at the largest number instead of wrapping round. */
uint64_t hdf5_bytes_times(uint64_t a, uint64_t b);
uint64_t hdf5_bytes_plus(uint64_t a, uint64_t b);

#endif
