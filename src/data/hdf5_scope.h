/* HDF5 without its own printing (errors become our messages) and without plugins: a file that names a filter
 * would otherwise have HDF5 load whatever HDF5_PLUGIN_PATH holds under that number, for its metadata too. */
#ifndef WILLIS_DATA_HDF5_SCOPE_H
#define WILLIS_DATA_HDF5_SCOPE_H

#include "hdf5_library.h"

typedef struct hdf5_scope {
    H5E_auto2_t function;
    void *user;
    bool loaded;
} hdf5_scope;

/* Until hdf5_scope_end HDF5 does not print, in this thread, nor load plugins, in the whole process, since it
 * knows plugins for all threads only. The last scope to end puts the program's own settings back. Nothing
 * happens where it cannot be loaded. */
hdf5_scope hdf5_scope_begin(void);
void hdf5_scope_end(hdf5_scope scope);
static inline void hdf5_scope_clear(const hdf5_scope *scope)
{
    hdf5_scope_end(*scope);
}
WIL_OWNED_VALUE(hdf5_scope, hdf5_scope_clear)
/* Any object of HDF5, closed at the end of the scope; of a file that was written the close must be checked.
 */
static inline void hdf5_close(const hid_t *object)
{
    if (*object > 0)
        (void)h5.Idec_ref(*object);
}
WIL_OWNED_VALUE(hid_t, hdf5_close)
/* wil_fail with HDF5's innermost reason behind the words. Call right after the failing call. */
wil_status hdf5_fail(wil_status code, const char *format, ...) WIL_PRINTF(2, 3);

#endif
