/* NIfTI under gzip, which makes at most 1032 bytes of one. */
#include "fuzz_input.h"
#include "fuzz_volume.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    fuzz_volume(fuzz_input_file(bytes, n_bytes, ".nii.gz"), 1032 * n_bytes);
    return 0;
}
