/* Arterial inputs from tables: a curve is finite, voxels lie on the grid; whatever is refused has a message.
 */
#include "fuzz_input.h"

#include <math.h>
#include <stdlib.h>

#include "willis/perfusion.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    const wil_grid grid = wil_grid_make(8, 6, 4, 2, 2, 5);
    wil_perfusion_aif_file aif = {0};
    if (wil_perfusion_aif_read(&aif, fuzz_input_file(bytes, n_bytes, ".csv"), &grid) == WIL_OK) {
        if ((aif.curve != NULL) == (aif.voxels != NULL) || aif.n + aif.n_voxels < 1)
            abort(); /* one of the two, and something in it */
        for (int i = 0; i < aif.n; i++)
            if (!isfinite(aif.curve[i]))
                abort();
        for (int i = 0; i < aif.n_voxels; i++)
            for (int axis = 0; axis < 3; axis++)
                if (aif.voxels[i][axis] < 0 || aif.voxels[i][axis] >= grid.size[axis])
                    abort();
    } else if (wil_status_message()[0] == '\0') {
        abort();
    }
    wil_perfusion_aif_file_clear(&aif);
    return 0;
}
