/* Relative flow and volume: shares of the mean of tissue that is supplied well. */
#include "willis/num.h"
#include "run_internal.h"

#include <math.h>

#define HEALTHY_TMAX_S 4.0   /* tissue beyond it is no reference */
#define VESSEL_QUANTILE 0.95 /* the largest volumes are vessels */
#define LEAST_VOXELS 10
#define WHITE_SMOOTH_MM 3.0
#define DILUTED_SHARE 0.1

/* The half with less delayed tissue. */
static wil_perfusion_side healthy_side(const dsc_run *run, double centre_mm)
{
    const float *tmax = run->result->maps[WIL_MAP_TMAX].voxels;
    int n_left = 0, n_right = 0;
    for (int i = 0; i < run->n; i++) {
        if (!(tmax[run->voxels[i]] > 6))
            continue;
        if (perfusion_run_x_mm(&run->result->grid, run->voxels[i]) < centre_mm)
            n_left++;
        else
            n_right++;
    }
    return n_left <= n_right ? WIL_SIDE_LEFT : WIL_SIDE_RIGHT;
}

/* ---- which voxels ------------------------------------------------------------------------------------- */

/* Marks perfused tissue that is neither delayed nor a vessel, in the wanted half. */
static void mark_healthy(uint8_t *marks, const dsc_run *run, double centre_mm, double most_volume)
{
    const wil_perfusion_result *r = run->result;
    for (int i = 0; i < run->n; i++) {
        const int32_t v = run->voxels[i];
        const double x = perfusion_run_x_mm(&r->grid, v);
        const bool right_half = r->reference_side == WIL_SIDE_ANY ||
                                (r->reference_side == WIL_SIDE_LEFT ? x < centre_mm : x >= centre_mm);
        marks[i] =
            right_half && run->shows[i] != 0 && (double)r->maps[WIL_MAP_TMAX].voxels[v] <= HEALTHY_TMAX_S &&
            (double)r->maps[WIL_MAP_CBV].voxels[v] <= most_volume && r->maps[WIL_MAP_CBF].voxels[v] > 0;
    }
}

static void keep_given(uint8_t *marks, const dsc_run *run, const wil_mask *white)
{
    for (int i = 0; i < run->n; i++)
        marks[i] = marks[i] != 0 && white->voxels[run->voxels[i]] != 0;
}

/* Volume of the marked, smoothed over their neighbours alone: single voxels are too noisy to be told apart.
 */
static wil_status smooth_volume(wil_volume *volume, const uint8_t *marks, const dsc_run *run)
{
    const wil_perfusion_result *r = run->result;
    WIL_OWN(wil_volume) share = {0};
    WIL_TRY(wil_volume_make(volume, &r->grid, 1));
    WIL_TRY(wil_volume_make(&share, &r->grid, 1));
    for (int i = 0; i < run->n; i++)
        if (marks[i] != 0) {
            volume->voxels[run->voxels[i]] = r->maps[WIL_MAP_CBV].voxels[run->voxels[i]];
            share.voxels[run->voxels[i]] = 1;
        }
    WIL_TRY(wil_volume_smooth(volume, WHITE_SMOOTH_MM));
    WIL_TRY(wil_volume_smooth(&share, WHITE_SMOOTH_MM));
    for (int i = 0; i < run->n; i++)
        if (marks[i] != 0)
            volume->voxels[run->voxels[i]] /= share.voxels[run->voxels[i]];
    return WIL_OK;
}

/* White matter holds half of the blood of grey: the lower of two classes of volume [Otsu1979], without its
 * lowest tenth, which CSF dilutes. */
static wil_status keep_low_volume(uint8_t *marks, const dsc_run *run, double most_volume)
{
    WIL_OWN(wil_volume) volume = {0};
    double counts[WIL_NUM_OTSU_BINS] = {0};
    double low_mean = 0, high_mean = 0, seen = 0;
    WIL_TRY(smooth_volume(&volume, marks, run));
    const double per_bin = most_volume / WIL_NUM_OTSU_BINS;
    for (int i = 0; i < run->n; i++)
        if (marks[i] != 0)
            counts[(int)fmin(WIL_NUM_OTSU_BINS - 1, (double)volume.voxels[run->voxels[i]] / per_bin)] += 1;
    const int edge = wil_num_otsu_bin(counts, &low_mean, &high_mean) + 1;
    double in_class = 0;
    for (int b = 0; b < edge; b++)
        in_class += counts[b];
    int first = 0;
    while (first < edge && seen + counts[first] < DILUTED_SHARE * in_class)
        seen += counts[first++];
    for (int i = 0; i < run->n; i++) {
        const double v = marks[i] != 0 ? (double)volume.voxels[run->voxels[i]] / per_bin : -1;
        marks[i] = v >= first && v < edge;
    }
    return WIL_OK;
}

/* Mean of a map over the marked voxels; 0 if they are too few. */
static double reference_mean(const dsc_run *run, const float *map, const uint8_t *marks)
{
    double sum = 0;
    int n = 0;
    for (int i = 0; i < run->n; i++) {
        sum += marks[i] != 0 ? (double)map[run->voxels[i]] : 0;
        n += marks[i] != 0;
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
    WIL_OWN(float) *volumes = NULL;
    WIL_TRY(wil_alloc_f32(&volumes, (size_t)run->n));
    for (int i = 0; i < run->n; i++)
        volumes[i] = run->result->maps[WIL_MAP_CBV].voxels[run->voxels[i]];
    return wil_quantile(out, volumes, (size_t)run->n, VESSEL_QUANTILE);
}

static wil_perfusion_side choose_side(const dsc_run *run, double centre_mm)
{
    const wil_perfusion_side lesion = run->inputs->lesion_side;
    if (run->result->config.relative_to != WIL_RELATIVE_SIDE)
        return WIL_SIDE_ANY;
    return lesion == WIL_SIDE_ANY    ? healthy_side(run, centre_mm)
           : lesion == WIL_SIDE_LEFT ? WIL_SIDE_RIGHT
                                     : WIL_SIDE_LEFT;
}

static wil_status mark_reference(uint8_t *marks, dsc_run *run)
{
    wil_perfusion_result *r = run->result;
    double limit = 0;
    const double centre_mm = run->centre_mm;
    WIL_TRY(volume_limit(&limit, run));
    r->reference_side = choose_side(run, centre_mm);
    mark_healthy(marks, run, centre_mm, limit);
    if (r->config.relative_to != WIL_RELATIVE_WHITE || !(limit > 0))
        return WIL_OK;
    if (run->inputs->white == NULL)
        return keep_low_volume(marks, run, limit);
    keep_given(marks, run, run->inputs->white);
    return WIL_OK;
}

wil_status perfusion_run_relative_maps(dsc_run *run)
{
    wil_perfusion_result *r = run->result;
    WIL_OWN(uint8_t) *marks = NULL;
    WIL_TRY(wil_alloc_u8(&marks, (size_t)run->n));
    WIL_TRY(mark_reference(marks, run));
    const double flow = reference_mean(run, r->maps[WIL_MAP_CBF].voxels, marks);
    const double volume = reference_mean(run, r->maps[WIL_MAP_CBV].voxels, marks);
    for (int i = 0; i < run->n; i++)
        r->n_reference += marks[i];
    if (!(flow > 0 && volume > 0))
        return perfusion_run_warn(run,
            "there are no relative maps: too little%s tissue has a Tmax up to %g s to be a reference",
            r->config.relative_to == WIL_RELATIVE_WHITE ? " white" : "", HEALTHY_TMAX_S);
    WIL_TRY(divide(run, WIL_MAP_CBF, WIL_MAP_RCBF, flow));
    return divide(run, WIL_MAP_CBV, WIL_MAP_RCBV, volume);
}
