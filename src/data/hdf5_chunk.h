/* The chunks of a data set, unpacked once before HDF5 does: version 1.10 reads past the end of a chunk that
 * unpacks to less than it should. */
#ifndef WILLIS_DATA_HDF5_CHUNK_H
#define WILLIS_DATA_HDF5_CHUNK_H

#include "hdf5_file.h"

/* Every chunk that is stored unpacks to its full size and no more. plist: of the dataset, chunked, with
 * filters that hdf5_guard.h lets pass. item_bytes: of a value. Fails: WIL_ERR_INPUT, WIL_ERR_MEMORY. */
WIL_NODISCARD wil_status hdf5_chunks_check(const hdf5_file *file, hid_t dataset, hid_t plist,
    const char *name, size_t item_bytes, hsize_t first, hsize_t n);

#endif
