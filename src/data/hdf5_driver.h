/* How HDF5 reads a user's file: plainly. Its own driver gathers neighbouring metadata in a buffer, and
 * HDF5 1.10 crashes there on a file that leads to an impossible address. Names of groups are looked at on the
 * way. */
#ifndef WILLIS_DATA_HDF5_DRIVER_H
#define WILLIS_DATA_HDF5_DRIVER_H

#include "hdf5_scope.h"

/* H5Fopen for reading, by this driver. Fails: WIL_ERR_INPUT. */
WIL_NODISCARD wil_status hdf5_driver_open(hid_t *file_out, const char *path);

#endif
