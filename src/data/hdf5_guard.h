/* What a data set may be like before anything of it is read: its values lie in the file itself, behind
 * filters that we know. A file that a stranger made cannot have other files read, code loaded or itself read
 * for ever. */
#ifndef WILLIS_DATA_HDF5_GUARD_H
#define WILLIS_DATA_HDF5_GUARD_H

#include "hdf5_file.h"

/* Every step of the path `name` is there and is a hard link, none soft, external or of another kind; asked
 * before a step is followed. `hint` ends the message on an absent one. Fails: WIL_ERR_INPUT. */
WIL_NODISCARD wil_status hdf5_guard_links(const hdf5_file *file, const char *name, const char *hint);
/* Neither virtual nor stored in other files; no filters but shuffle, deflate and fletcher32, each once;
 * chunks no larger than the file can fill. Fails: WIL_ERR_INPUT. */
WIL_NODISCARD wil_status hdf5_guard_storage(const hdf5_file *file, hid_t dataset, const char *name);

/* No more is stored than the file is long, and values outside chunks are stored in full. n_bytes: of all of
 * them. Looks at all chunks' sizes. Fails: WIL_ERR_INPUT. */
WIL_NODISCARD wil_status hdf5_guard_amount(
    const hdf5_file *file, hid_t dataset, const char *name, uint64_t n_bytes);
/* Each chunk that holds rows first .. first + n - 1 unpacks to what it should, which takes as long as reading
 * them. item_bytes: of a value in the file. Fails: WIL_ERR_INPUT, WIL_ERR_MEMORY. */
WIL_NODISCARD wil_status hdf5_guard_rows(
    const hdf5_file *file, hid_t dataset, const char *name, size_t item_bytes, hsize_t first, hsize_t n);

#endif
