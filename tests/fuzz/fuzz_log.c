/* log.csv of a run that is resumed: the rows up to the checkpoint are kept, or there are words. */
#include "fuzz_input.h"

#include <stdlib.h>

#include "run_folder.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    run_log log = {0};
    if (run_log_open(&log, fuzz_input_named(bytes, n_bytes, "log.csv"), "step,loss", 20) != WIL_OK) {
        if (wil_status_message()[0] == 0)
            abort();
    } else if (run_log_row(&log, "21,%g", 0.5) != WIL_OK || run_log_flush(&log) != WIL_OK) {
        abort();
    }
    run_log_close(&log);
    return 0;
}
