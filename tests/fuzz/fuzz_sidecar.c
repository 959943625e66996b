/* Sidecars of series: times that are found are positive, or there are words for what is wrong. */
#include "fuzz_input.h"

#include <math.h>
#include <stdlib.h>

#include "willis/perfusion.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    wil_perfusion_config config = wil_perfusion_config_default();
    const char *path = fuzz_input_file(bytes, n_bytes, ".json");
    if (wil_perfusion_protocol_find(&config, "series.nii.gz", path, 1.5) == WIL_OK) {
        if (!(config.te_s > 0) || !(config.tr_s > 0) || !isfinite(config.te_s) || !isfinite(config.tr_s))
            abort();
    } else if (wil_status_message()[0] == 0) {
        abort();
    }
    return 0;
}
