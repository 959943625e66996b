/* A header and its image in two files: the first 352 bytes, and the rest. */
#include "fuzz_input.h"
#include "fuzz_volume.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    const size_t n_header = n_bytes < 352 ? n_bytes : 352;
    (void)fuzz_input_second(bytes + n_header, n_bytes - n_header, ".img");
    fuzz_volume(fuzz_input_file(bytes, n_header, ".hdr"), n_bytes);
    return 0;
}
