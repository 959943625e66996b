/* What all stages of a run use: its warnings, and where a voxel lies. */
#include "run_internal.h"

#include <stdarg.h>
#include <stdlib.h>

wil_status perfusion_run_warn(dsc_run *run, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    const int n = vasprintf(&text, format, arguments);
    va_end(arguments);
    WIL_REQUIRE(n >= 0, WIL_ERR_MEMORY, "out of memory for a warning");
    wil_monitor_warn(run->monitor, "%s", text);
    const wil_status status = wil_text_append(&run->result->warnings, "%s\n", text);
    free(text);
    return status;
}

double perfusion_run_x_mm(const wil_grid *grid, int32_t voxel)
{
    const double *a = grid->affine[0];
    const int x = voxel % grid->size[0];
    const int y = voxel / grid->size[0] % grid->size[1];
    const int z = voxel / grid->size[0] / grid->size[1];
    return a[0] * x + a[1] * y + a[2] * z + a[3];
}

double perfusion_run_centre_mm(const wil_mask *mask)
{
    const size_t n = wil_grid_count(&mask->grid);
    double sum = 0, count = 0;
    for (size_t i = 0; i < n; i++)
        if (mask->voxels[i] != 0) {
            sum += perfusion_run_x_mm(&mask->grid, (int32_t)i);
            count++;
        }
    return count > 0 ? sum / count : 0;
}
