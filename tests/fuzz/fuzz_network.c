/* Networks: facts in the metadata fit the weights behind them, or the file is refused with words. */
#include "fuzz_input.h"

#include <stdlib.h>

#include "willis/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    wil_params *params = NULL;
    wil_generator_facts generator;
    wil_unet_facts unet;
    const char *path = fuzz_input_file(bytes, n_bytes, ".safetensors");
    if (wil_generator_load(&params, &generator, path) != WIL_OK) {
        if (params != NULL || wil_status_message()[0] == 0)
            abort();
        if (wil_unet_load(&params, &unet, path) != WIL_OK && (params != NULL || wil_status_message()[0] == 0))
            abort();
    }
    wil_params_free(params);
    return 0;
}
