/* When frames and slices were measured, as the BIDS keys VolumeTiming and SliceTiming say. */
#include "dsc_sidecar.h"

#include <math.h>
#include <string.h>

#define REGULAR 0.01 /* of a step: sidecars round */

void wil_perfusion_timing_clear(wil_perfusion_timing *timing)
{
    wil_free(timing->volume_s);
    wil_free(timing->slice_s);
    memset(timing, 0, sizeof *timing);
}

static wil_status take_volumes(wil_perfusion_timing *out, const json_t *sidecar, int n_time, const char *path)
{
    double off_s = 0;
    WIL_TRY(sidecar_times(&out->volume_s, &out->n_volumes, sidecar, "VolumeTiming", path));
    if (out->volume_s == NULL)
        return WIL_OK;
    WIL_REQUIRE(out->n_volumes == n_time, WIL_ERR_INPUT,
        "%s: VolumeTiming has %d times, the series %d frames; give one for each", path, out->n_volumes,
        n_time);
    const double step_s = (out->volume_s[n_time - 1] - out->volume_s[0]) / (n_time - 1);
    for (int t = 0; t < n_time; t++) {
        off_s = fmax(off_s, fabs(out->volume_s[t] - out->volume_s[0] - t * step_s));
        WIL_REQUIRE(t == 0 || out->volume_s[t] > out->volume_s[t - 1], WIL_ERR_INPUT,
            "%s: VolumeTiming does not rise at frame %d", path, t);
    }
    if (off_s <= REGULAR * step_s) {
        wil_free(out->volume_s);
        out->volume_s = NULL;
    }
    return WIL_OK;
}

/* Which axis of the grid the file's axis runs along, and whether against it. */
static int find_axis(bool *against, const wil_grid *grid, int stored_axis)
{
    int32_t from[3], to[3];
    wil_grid_voxel_stored(from, grid, (int32_t[3]){0, 0, 0});
    for (int axis = 0; axis < 3; axis++) {
        int32_t voxel[3] = {0, 0, 0};
        voxel[axis] = grid->size[axis] > 1 ? 1 : 0;
        wil_grid_voxel_stored(to, grid, voxel);
        *against = to[stored_axis] < from[stored_axis];
        if (to[stored_axis] != from[stored_axis])
            return axis;
    }
    return -1; /* a single slice */
}

static wil_status take_slices(
    wil_perfusion_timing *out, const json_t *sidecar, const wil_grid *grid, double tr_s, const char *path)
{
    const json_t *word = json_object_get(sidecar, "SliceEncodingDirection");
    const char *direction = json_is_string(word) ? json_string_value(word) : "k";
    const char *letter = strchr("ijk", direction[0]);
    bool against = false, alike = true;
    WIL_TRY(sidecar_times(&out->slice_s, &out->n_slices, sidecar, "SliceTiming", path));
    if (out->slice_s == NULL)
        return WIL_OK;
    WIL_REQUIRE(letter != NULL && *letter != '\0', WIL_ERR_INPUT,
        "%s: SliceEncodingDirection is %s; i, j or k was expected, with or without a minus sign", path,
        direction);
    for (int z = 0; z < out->n_slices; z++) {
        alike = alike && out->slice_s[z] == out->slice_s[0];
        WIL_REQUIRE(out->slice_s[z] <= tr_s * (1 + REGULAR), WIL_ERR_INPUT,
            "%s: SliceTiming says that slice %d comes %g s after its frame began, and a frame takes %g s; "
            "are "
            "these milliseconds?",
            path, z, out->slice_s[z], tr_s);
    }
    out->slice_axis = find_axis(&against, grid, (int)(letter - "ijk"));
    if (out->slice_axis < 0 || alike) {
        wil_free(out->slice_s);
        out->slice_s = NULL;
        return WIL_OK;
    }
    WIL_REQUIRE(out->n_slices == grid->size[out->slice_axis], WIL_ERR_INPUT,
        "%s: SliceTiming has %d times, the series %d slices; give one for each", path, out->n_slices,
        grid->size[out->slice_axis]);
    if (against == (direction[1] == '-')) /* both, or neither: the file's order is the grid's */
        return WIL_OK;
    for (int z = 0; z < out->n_slices / 2; z++) {
        const double held = out->slice_s[z];
        out->slice_s[z] = out->slice_s[out->n_slices - 1 - z];
        out->slice_s[out->n_slices - 1 - z] = held;
    }
    return WIL_OK;
}

wil_status wil_perfusion_timing_find(wil_perfusion_timing *out, const char *series_path,
    const char *sidecar_path, const wil_grid *grid, int n_time, double tr_s)
{
    WIL_OWN(wil_perfusion_timing) made = {0};
    WIL_OWN(char) *path = NULL;
    WIL_OWN(json_t) *sidecar = NULL;
    *out = (wil_perfusion_timing){0};
    WIL_TRY(sidecar_load(&sidecar, &path, series_path, sidecar_path));
    if (sidecar == NULL)
        return WIL_OK;
    WIL_TRY(take_volumes(&made, sidecar, n_time, path));
    WIL_TRY(take_slices(&made, sidecar, grid, tr_s, path));
    return wil_give_value(out, &made);
}
