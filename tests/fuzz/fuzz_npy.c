/* .npy: a file that is opened has the size that its header says, and all its rows; whatever is refused has a
 * message. */
#include "fuzz_input.h"

#include <math.h>
#include <stdlib.h>

#include "willis/data.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    wil_feature_file *file = NULL;
    if (wil_feature_file_open(&file, fuzz_input_file(bytes, n_bytes, ".npy"), NULL) != WIL_OK) {
        if (wil_status_message()[0] == '\0')
            abort();
        return 0;
    }
    const int64_t n = wil_feature_file_count(file);
    const int d = wil_feature_file_width(file);
    if (n < 1 || d < 1 || (uint64_t)n * (uint64_t)d > n_bytes / 4)
        abort();
    double *rows = malloc((size_t)n * (size_t)d * sizeof *rows);
    if (wil_feature_file_read(file, 0, n, rows) == WIL_OK)
        for (int64_t i = 0; i < n * d; i++)
            if (!isfinite(rows[i]))
                abort();
    free(rows);
    wil_feature_file_close(file);
    return 0;
}
