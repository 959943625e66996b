/* Trees of version 1: the index of a data set's chunks, and of a group's names. HDF5 1.10 follows a tree that
 * leads back to itself until its stack ends, and takes from an index how many bytes a chunk without filters
 * has, but reads as many as it should have. [HDF5 File Format Specification 3.0, III.A.1] */
#ifndef WILLIS_DATA_HDF5_TREE_H
#define WILLIS_DATA_HDF5_TREE_H

#include "hdf5_file.h"

typedef enum hdf5_tree_kind { HDF5_TREE_OF_NAMES = 0, HDF5_TREE_OF_CHUNKS = 1 } hdf5_tree_kind;

/* The tree at address is one. name: of whose it is. n_key: bytes before each child. n_bytes: of every chunk;
 * 0: any, or not of chunks. Fails: WIL_ERR_INPUT, WIL_ERR_MEMORY. */
WIL_NODISCARD wil_status hdf5_tree_check(const hdf5_file *file, uint64_t address, const char *name,
    hdf5_tree_kind kind, size_t n_key, uint64_t n_bytes);

#endif
