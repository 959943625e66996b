/* HDF5 without its own printing: errors become our messages. */
#ifndef WILLIS_DATA_HDF5_SCOPE_H
#define WILLIS_DATA_HDF5_SCOPE_H

#include <hdf5.h>

#include "willis/base.h"

typedef struct hdf5_scope {
    H5E_auto2_t function;
    void *user;
} hdf5_scope;

/* Stops HDF5 from printing until hdf5_scope_end, which puts the program's own setting back. */
hdf5_scope hdf5_scope_begin(void);
void hdf5_scope_end(hdf5_scope scope);
/* wil_fail with HDF5's innermost reason behind the words. Call right after the failing call. */
wil_status hdf5_fail(wil_status code, const char *format, ...) WIL_PRINTF(2, 3);

#endif
