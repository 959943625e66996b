#include "fuzz_hdf5.h"

#include <hdf5.h>

const char *__asan_default_options(void);
const char *__lsan_default_suppressions(void);

/* HDF5 asks for as much memory as a size in the file says (at most 4 GiB), before it sees that the file is
 * shorter; it stands a refusal, and nothing of the memory is used. WIL_ERR_MEMORY from us is a failure all
 * the same. */
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1:max_allocation_size_mb=256";
}

/* HDF5 1.10 loses memory of its own where it refuses damaged metadata; ours is still watched. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libhdf5";
}

int fuzz_hdf5_is_closed(void)
{
    return H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL) == 0;
}
