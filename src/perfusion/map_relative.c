/* Relative flow and volume: shares of the mean of tissue that is supplied well. */
#include "relative.h"

#include <math.h>

#define HEALTHY_TMAX_S 4.0   /* tissue beyond it is no reference */
#define VESSEL_QUANTILE 0.95 /* the largest volumes are vessels */
#define LEAST_VOXELS 10

static double x_mm(const wil_grid *grid, int32_t voxel)
{
    const double *a = grid->affine[0];
    return a[0] * (voxel % grid->size[0]) + a[1] * (voxel / grid->size[0] % grid->size[1]) +
           a[2] * (voxel / grid->size[0] / grid->size[1]) + a[3];
}

/* The half with less delayed tissue. */
static wil_perfusion_side healthy_side(const dsc_run *run, double centre_mm)
{
    const float *tmax = run->result->maps[WIL_MAP_TMAX].voxels;
    int n_left = 0;
    int n_right = 0;
    for (int i = 0; i < run->n; i++) {
        if (!(tmax[run->voxels[i]] > 6))
            continue;
        if (x_mm(&run->result->grid, run->voxels[i]) < centre_mm)
            n_left++;
        else
            n_right++;
    }
    return n_left <= n_right ? WIL_SIDE_LEFT : WIL_SIDE_RIGHT;
}

/* Mean of a map over the reference; 0 if too little is there. */
static double reference_mean(const dsc_run *run, const float *map, double centre_mm, double most_volume)
{
    const wil_perfusion_result *r = run->result;
    double sum = 0;
    int n = 0;
    for (int i = 0; i < run->n; i++) {
        const int32_t v = run->voxels[i];
        const double x = x_mm(&r->grid, v);
        const bool right_half = r->reference_side == WIL_SIDE_ANY ||
                                (r->reference_side == WIL_SIDE_LEFT ? x < centre_mm : x >= centre_mm);
        if (!right_half || !((double)r->maps[WIL_MAP_TMAX].voxels[v] <= HEALTHY_TMAX_S) ||
            !((double)r->maps[WIL_MAP_CBV].voxels[v] <= most_volume) || !(r->maps[WIL_MAP_CBF].voxels[v] > 0))
            continue;
        sum += (double)map[v];
        n++;
    }
    return n >= LEAST_VOXELS ? sum / n : 0;
}

static wil_status divide(dsc_run *run, wil_perfusion_map_kind from, wil_perfusion_map_kind to, double mean)
{
    wil_perfusion_result *r = run->result;
    WIL_TRY(wil_volume_make(&r->maps[to], &r->grid, 1));
    for (int i = 0; i < run->n; i++)
        r->maps[to].voxels[run->voxels[i]] = (float)((double)r->maps[from].voxels[run->voxels[i]] / mean);
    return WIL_OK;
}

static wil_status volume_limit(double *out, const dsc_run *run)
{
    float *volumes = NULL;
    WIL_TRY(wil_alloc_f32(&volumes, (size_t)run->n));
    for (int i = 0; i < run->n; i++)
        volumes[i] = run->result->maps[WIL_MAP_CBV].voxels[run->voxels[i]];
    const wil_status status = wil_quantile(out, volumes, (size_t)run->n, VESSEL_QUANTILE);
    wil_free(volumes);
    return status;
}

wil_status run_relative_maps(dsc_run *run)
{
    wil_perfusion_result *r = run->result;
    double centre_mm = 0;
    double limit = 0;
    for (int i = 0; i < run->n; i++)
        centre_mm += x_mm(&r->grid, run->voxels[i]) / run->n;
    WIL_TRY(volume_limit(&limit, run));
    const wil_perfusion_side lesion = run->inputs->lesion_side;
    r->reference_side = !r->config.relative_to_side ? WIL_SIDE_ANY
                        : lesion == WIL_SIDE_ANY    ? healthy_side(run, centre_mm)
                        : lesion == WIL_SIDE_LEFT   ? WIL_SIDE_RIGHT
                                                    : WIL_SIDE_LEFT;
    const double flow = reference_mean(run, r->maps[WIL_MAP_CBF].voxels, centre_mm, limit);
    const double volume = reference_mean(run, r->maps[WIL_MAP_CBV].voxels, centre_mm, limit);
    if (!(flow > 0 && volume > 0))
        return run_warn(run,
            "there are no relative maps: too little tissue has a Tmax up to %g s to be a reference",
            HEALTHY_TMAX_S);
    WIL_TRY(divide(run, WIL_MAP_CBF, WIL_MAP_RCBF, flow));
    return divide(run, WIL_MAP_CBV, WIL_MAP_RCBV, volume);
}
