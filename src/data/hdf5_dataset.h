/* What the header of a data set says, looked at before HDF5 opens it: version 1.10 reads past the end of the
 * names of a virtual data set's sources and of an enumeration, trusts the heap of a fill value, and reads
 * chunks by the wrong size. */
#ifndef WILLIS_DATA_HDF5_DATASET_H
#define WILLIS_DATA_HDF5_DATASET_H

#include "hdf5_file.h"

/* The header at address is of a data set of integers, floats or texts, whose values lie in the file (neither
 * virtual nor external) and whose parts agree. Fails: WIL_ERR_INPUT, WIL_ERR_MEMORY. */
WIL_NODISCARD wil_status hdf5_dataset_check(const hdf5_file *file, uint64_t address, const char *name);

#endif
