/* Matrices in HDF5 files: one that is opened gives all its rows or a reason; whatever is refused has a
 * message. */
#include "fuzz_hdf5.h"
#include "fuzz_input.h"

#include <math.h>
#include <stdlib.h>

#include "willis/data.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    const char *path = fuzz_input_file(bytes, n_bytes, ".h5");
    wil_feature_file *file = NULL;
    if (!wil_is_hdf5(path))
        return 0; /* fuzz_npy does the others */
    const wil_status status = wil_feature_file_open(&file, path, "group/features");
    if (status != WIL_OK) {
        if (wil_status_message()[0] == '\0' || status == WIL_ERR_MEMORY || file != NULL)
            abort();
        if (!fuzz_hdf5_is_closed())
            abort();
        return 0;
    }
    const int64_t n = wil_feature_file_count(file);
    const int d = wil_feature_file_width(file);
    if (n < 1 || d < 1 || (uint64_t)n * (uint64_t)d > 1032 * (uint64_t)n_bytes + 1048576)
        abort(); /* more than deflate can hold in so many bytes */
    double *rows = malloc((size_t)d * sizeof *rows);
    for (int64_t i = 0; i < n; i += n / 8 + 1)
        if (wil_feature_file_read(file, i, 1, rows) == WIL_OK)
            for (int k = 0; k < d; k++)
                if (!isfinite(rows[k]))
                    abort();
    free(rows);
    wil_feature_file_close(file);
    if (!fuzz_hdf5_is_closed())
        abort();
    return 0;
}
