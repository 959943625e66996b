/* MetaImage: a volume that is read has a sound grid and all its voxels; whatever is refused has a message. */
#include "fuzz_input.h"

#include <math.h>
#include <stdlib.h>

#include "willis/image.h"

static volatile float sink; /* keeps the reads from being optimised away */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    wil_volume volume = {0};
    if (wil_volume_read(&volume, fuzz_input_file(bytes, n_bytes, ".mha")) == WIL_OK) {
        for (int axis = 0; axis < 3; axis++) {
            double spacing_mm = volume.grid.spacing_mm[axis];
            if (volume.grid.size[axis] < 1 || !(spacing_mm > 0) || !isfinite(spacing_mm))
                abort();
        }
        size_t n = wil_grid_count(&volume.grid) * (size_t)volume.n_time;
        if (n / 1032 > n_bytes)
            abort(); /* deflate's best */
        for (size_t i = 0; i < n; i++)
            sink = volume.voxels[i];
    } else if (wil_status_message()[0] == '\0') {
        abort();
    }
    wil_volume_clear(&volume);
    return 0;
}
