/* Patch sets and matrices that are then made hostile through HDF5's own functions. */
#ifndef WILLIS_TEST_HDF5_FIXTURE_H
#define WILLIS_TEST_HDF5_FIXTURE_H

#include <hdf5.h>

#include "samples_fixture.h"

#define N 5
#define H 7
#define W 9

/* A sound set of N patches of HxW as set.h5. */
static inline const char *sound_set(const char *folder)
{
    wil_samples set;
    const char *path = in_folder(folder, "set.h5");
    make_patches(&set, N, H, W);
    OK(wil_samples_write(&set, path));
    wil_samples_clear(&set);
    return path;
}

static inline hid_t opened(const char *path)
{
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(file >= 0);
    return file;
}

static inline void drop(hid_t file, const char *name)
{
    if (H5Lexists(file, name, H5P_DEFAULT) > 0)
        assert_true(H5Ldelete(file, name, H5P_DEFAULT) >= 0);
}

/* Replaces dataset `name`; values may be NULL: never written. plist is closed unless it is the default. */
static inline void put(
    hid_t file, const char *name, hid_t type, int rank, const hsize_t *dims, hid_t plist, const void *values)
{
    drop(file, name);
    const hid_t space = H5Screate_simple(rank, dims, NULL);
    const hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, plist, H5P_DEFAULT);
    assert_true(dataset >= 0);
    if (values != NULL)
        assert_true(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
    if (plist != H5P_DEFAULT)
        H5Pclose(plist);
}

/* Chunks of one element of the first axis; add filters to it. */
static inline hid_t in_chunks(int rank, const hsize_t *dims)
{
    hsize_t chunk[3];
    const hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    memcpy(chunk, dims, (size_t)rank * sizeof *chunk);
    chunk[0] = 1;
    assert_true(H5Pset_chunk(plist, rank, chunk) >= 0);
    return plist;
}

#define SET_REFUSED(path, ...)                                                                               \
    do {                                                                                                     \
        wil_samples read_;                                                                                   \
        REFUSED(WIL_ERR_INPUT, wil_samples_read(&read_, path), __VA_ARGS__);                                 \
        assert_null(read_.image);                                                                            \
        assert_null(read_.subjects);                                                                         \
    } while (0)

#define SET_READ(path)                                                                                       \
    do {                                                                                                     \
        wil_samples read_;                                                                                   \
        OK(wil_samples_read(&read_, path));                                                                  \
        wil_samples_clear(&read_);                                                                           \
    } while (0)

#define MATRIX_REFUSED(path, name, ...)                                                                      \
    do {                                                                                                     \
        wil_feature_file *read_ = NULL;                                                                      \
        REFUSED(WIL_ERR_INPUT, wil_feature_file_open(&read_, path, name), __VA_ARGS__);                      \
        assert_null(read_);                                                                                  \
    } while (0)

#endif
