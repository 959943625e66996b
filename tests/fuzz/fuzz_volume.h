/* What every reader of scans keeps to: a volume has a sound grid and all its voxels; a refusal has words. */
#ifndef WILLIS_FUZZ_VOLUME_H
#define WILLIS_FUZZ_VOLUME_H

#include <math.h>
#include <stdlib.h>

#include "willis/image.h"

/* most: voxels that a file of its length can hold. */
static inline void fuzz_volume(const char *path, size_t most)
{
    volatile float sink; /* keeps the reads from being optimised away */
    wil_volume volume = {0};
    if (wil_volume_read(&volume, path) == WIL_OK) {
        for (int axis = 0; axis < 3; axis++) {
            const double spacing_mm = volume.grid.spacing_mm[axis];
            if (volume.grid.size[axis] < 1 || !(spacing_mm > 0) || !isfinite(spacing_mm))
                abort();
        }
        const size_t n = wil_grid_count(&volume.grid) * (size_t)volume.n_time;
        if (n > most)
            abort();
        for (size_t i = 0; i < n; i++)
            sink = volume.voxels[i];
        (void)sink;
    } else if (wil_status_message()[0] == '\0') {
        abort();
    }
    wil_volume_clear(&volume);
}

#endif
