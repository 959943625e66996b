/* HDF5 without its own printing (errors become our messages) and without plugins: a file that names a filter
 * would otherwise have HDF5 load whatever HDF5_PLUGIN_PATH holds under that number, for its metadata too. */
#ifndef WILLIS_DATA_HDF5_SCOPE_H
#define WILLIS_DATA_HDF5_SCOPE_H

#define H5_USE_110_API /* newer libraries tell the addresses of objects under these names only */
#include <hdf5.h>

#include "willis/base.h"

typedef struct hdf5_scope {
    H5E_auto2_t function;
    void *user;
} hdf5_scope;

/* Until hdf5_scope_end HDF5 does not print, in this thread, nor load plugins, in the whole process, since it
 * knows plugins for all threads only. The last scope to end puts the program's own settings back. */
hdf5_scope hdf5_scope_begin(void);
void hdf5_scope_end(hdf5_scope scope);
/* wil_fail with HDF5's innermost reason behind the words. Call right after the failing call. */
wil_status hdf5_fail(wil_status code, const char *format, ...) WIL_PRINTF(2, 3);

#endif
