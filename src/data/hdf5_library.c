#include "hdf5_library.h"

#include "willis/base_library.h"

#define HDF5_NAME(name) "H5" #name,

struct hdf5_table h5;
static const char *const names[] = {HDF5_NAMES(HDF5_NAME)};
static wil_library library = WIL_LIBRARY("HDF5", HDF5_FILE, "libhdf5-103-1", 32, names, h5);

/* A file that could not be written (a full disk) stays open in HDF5, whose exit handler tries once more and
 * crashes on it. Nothing of ours is left open otherwise, so the handler is not needed; HDF5 has to know so
 * before it comes up. Where it has no memory for its own tables it goes on without them. */
wil_status hdf5_load(void)
{
    WIL_TRY(wil_library_load(&library));
    (void)h5.dont_atexit();
    const bool whole = h5.open() >= 0 && H5P_CLS_FILE_ACCESS_ID_g > 0 && H5P_CLS_DATASET_CREATE_ID_g > 0 &&
                       H5T_NATIVE_FLOAT_g > 0 && H5T_C_S1_g > 0;
    WIL_REQUIRE(whole, WIL_ERR_MEMORY, "out of memory: HDF5 did not come up whole");
    return WIL_OK;
}
