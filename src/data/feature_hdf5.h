/* A matrix of floats in an HDF5 file, read row by row. */
#ifndef WILLIS_DATA_FEATURE_HDF5_H
#define WILLIS_DATA_FEATURE_HDF5_H

#include "hdf5_array.h"

typedef struct feature_hdf5 {
    char *path, *name; /* owned; for messages */
    hdf5_file file;
    hdf5_array array;
} feature_hdf5;

/* Close in any case. */
WIL_NODISCARD wil_status feature_hdf5_open(feature_hdf5 *out, const char *path, const char *name);
WIL_NODISCARD wil_status feature_hdf5_read(
    const feature_hdf5 *features, int64_t first, int64_t n, double *values_out);
void feature_hdf5_close(feature_hdf5 *features);

#endif
