/* Lists of strings in HDF5 files: names of subjects. */
#ifndef WILLIS_DATA_HDF5_STRING_H
#define WILLIS_DATA_HDF5_STRING_H

#include "hdf5_array.h"

#define HDF5_MOST_NAME 4095 /* bytes; longer ones are refused */

/* Fixed-length UTF-8, padded with zero bytes. Fails: WIL_ERR_ARG (a string of more than HDF5_MOST_NAME
 * bytes), WIL_ERR_IO.
 */
WIL_NODISCARD wil_status hdf5_strings_write(
    hid_t file, const char *path, const char *name, char *const *strings, size_t n);

/* Given string i, borrowed until it returns; another status ends the reading and is its result. */
typedef wil_status (*hdf5_string_taker)(void *user, int64_t i, const char *text);
/* Hands over all strings in order, fixed-length or variable; a mebibyte of them is in memory at a time.
 * Fails: WIL_ERR_INPUT (damaged, a name too long, more text than the file is long), and as `take` does. */
WIL_NODISCARD wil_status hdf5_strings_each(const hdf5_array *array, hdf5_string_taker take, void *user);

/* A string type of HDF5: size H5T_VARIABLE or bytes; negative on failure. The caller closes it. */
hid_t hdf5_string_type(size_t size, H5T_str_t padding, H5T_cset_t charset);

#endif
