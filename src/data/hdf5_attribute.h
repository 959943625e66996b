/* Root attributes of a patch set, as a JSON object of strings and numbers. */
#ifndef WILLIS_DATA_HDF5_ATTRIBUTE_H
#define WILLIS_DATA_HDF5_ATTRIBUTE_H

#include "hdf5_file.h"

/* Fails: WIL_ERR_ARG (a value that is not a string, number or truth value), WIL_ERR_IO.
 * Truth values become 0, 1. */
WIL_NODISCARD wil_status hdf5_attributes_write(hid_t file, const char *path, const json_t *attributes);
/* The attributes of the root group. Scalar strings and numbers; anything else (arrays, other types) is left
 * out. Returned, released with json_decref. Fails: WIL_ERR_INPUT (damaged; more than 1 MiB of text; kept
 * outside the group's header), WIL_ERR_MEMORY. */
WIL_NODISCARD wil_status hdf5_attributes_read(json_t **out, const hdf5_file *file);
/* n doubles in one attribute. Fails on reading: WIL_ERR_INPUT (absent, another count or type). */
WIL_NODISCARD wil_status hdf5_doubles_write(
    hid_t file, const char *path, const char *name, const double *values, int n);
WIL_NODISCARD wil_status hdf5_doubles_read(
    double *values_out, const hdf5_file *file, const char *name, int n);
/* n strings in one attribute; those that were read are the caller's, also after a failure. Fails as those. */
WIL_NODISCARD wil_status hdf5_texts_write(
    hid_t file, const char *path, const char *name, char *const *texts, int n);
WIL_NODISCARD wil_status hdf5_texts_read(char **texts_out, const hdf5_file *file, const char *name, int n);
/* Whether the root group has it, of whatever type. Fails as hdf5_doubles_read. */
WIL_NODISCARD wil_status hdf5_attribute_exists(bool *out, const hdf5_file *file, const char *name);

#endif
