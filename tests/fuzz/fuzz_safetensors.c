/* Weight files: every tensor that is read has all its bytes; whatever is refused has a message. */
#include "fuzz_input.h"

#include <stdlib.h>

#include "willis/nn.h"

static volatile uint8_t sink; /* keeps the reads from being optimised away */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    static const size_t sizes[] = {
        [WIL_TENSOR_F32] = 4, [WIL_TENSOR_F64] = 8, [WIL_TENSOR_I64] = 8, [WIL_TENSOR_U8] = 1};
    wil_tensor_file file = {0};
    if (wil_tensor_file_read(&file, fuzz_input_file(bytes, n_bytes, ".safetensors")) == WIL_OK) {
        for (int i = 0; i < file.n_tensors; i++) {
            const wil_tensor *tensor = &file.tensors[i];
            size_t n = (size_t)wil_shape_count(tensor->shape) * sizes[tensor->type];
            if (n > n_bytes || wil_tensor_file_find(&file, tensor->name) != tensor)
                abort();
            for (size_t k = 0; k < n; k++)
                sink = ((const uint8_t *)tensor->data)[k];
        }
    } else if (wil_status_message()[0] == '\0') {
        abort();
    }
    wil_tensor_file_clear(&file);
    return 0;
}
