/* What all stages of a run use: its warnings, where a voxel lies, what it owns. */
#include "run_internal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

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

void dsc_run_clear(dsc_run *run)
{
    wil_volume_clear(&run->second_echo);
    wil_mask_clear(&run->region);
    wil_free(run->voxels);
    wil_free(run->curves);
    wil_free(run->snr);
    wil_free(run->shows);
    wil_free(run->peaks);
    wil_free(run->residue);
    wil_free(run->fit);
    wil_free(run->k2);
}

void wil_perfusion_aif_clear(wil_perfusion_aif *aif)
{
    wil_free(aif->concentration);
    wil_free(aif->measured);
    wil_free(aif->signal);
    wil_free(aif->voxels);
    *aif = (wil_perfusion_aif){0};
}

void wil_perfusion_clear(wil_perfusion_result *result)
{
    for (int kind = 0; kind < WIL_MAP_COUNT; kind++)
        wil_volume_clear(&result->maps[kind]);
    wil_volume_clear(&result->residue);
    wil_mask_clear(&result->mask);
    wil_perfusion_aif_clear(&result->aif);
    wil_free(result->mean_signal);
    wil_free(result->mean_concentration);
    wil_free(result->frames);
    wil_free(result->movements);
    wil_free(result->warnings);
    memset(result, 0, sizeof *result);
}
