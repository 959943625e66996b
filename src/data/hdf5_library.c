#include "hdf5_library.h"

#include "willis/base_library.h"

#define HDF5_NAME(name) "H5" #name,

struct hdf5_table h5;
static const char *const names[] = {HDF5_NAMES(HDF5_NAME)};
static wil_library library = WIL_LIBRARY("HDF5", HDF5_FILE, "libhdf5-103-1", 32, names, h5);

wil_status hdf5_load(void)
{
    return wil_library_load(&library);
}
