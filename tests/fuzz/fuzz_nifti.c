/* NIfTI in one file; a voxel takes a byte at least. */
#include "fuzz_input.h"
#include "fuzz_volume.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    fuzz_volume(fuzz_input_file(bytes, n_bytes, ".nii"), n_bytes);
    return 0;
}
