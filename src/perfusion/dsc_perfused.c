/* Which of a head's bright pieces are brain: those through which the bolus passes. Eyes, which are as bright
 * and as large as a temporal lobe in the slices where both lie, do not see it; scalp is thin. */
#include "dsc_brain.h"
#include "perfusion_math.h"

#include <math.h>
#include <string.h>

#define BLOCK 2048         /* voxels */
#define RECOVERED 0.25     /* of the mean curve's depth: there the passage ends ... */
#define LATE_FRAMES 4      /* ... and tissue that is fed late has a little longer */
#define USUAL_QUANTILE 0.7 /* of the falls, many of which are fluid's or scalp's */
#define LEAST_FALL 0.12    /* of the usual one, in a voxel that blood reaches */
#define PIECE_FALL                                                                                           \
    0.3 /* and on average in a piece of brain; a piece that is an infarct's alone has a third */
#define LEAST_PIECE_MM2 100.0
#define MARGIN_MM 6.0   /* fluid around the brain belongs to it so far */
#define PIECE_SHARE 0.3 /* of a piece that blood reaches */
#define LEAST_ML 2.0    /* of a piece in space, unless it is a tenth of all */

/* Frames in which the bolus passes, by the mean signal of the bright voxels; false without one. */
static bool find_passage(int *from, int *to, wil_perfusion_phases *p, const wil_volume *series, double *mean)
{
    const wil_perfusion_config config = wil_perfusion_config_default();
    if (wil_perfusion_find_phases(p, mean, series->n_time, &config) != WIL_OK)
        return false;
    const double level = p->baseline - RECOVERED * (p->baseline - mean[p->peak]);
    *from = p->arrival;
    *to = p->peak;
    while (*to + 1 < series->n_time && mean[*to] < level)
        ++*to;
    *to = (int)fmin(series->n_time - 1, *to + LATE_FRAMES);
    return true;
}

/* By blocks that stay in the cache, since a frame is as long as memory's pages are many. */
void brain_mean_of_frames(float *mean, const wil_volume *series, int first, int last)
{
    const int64_t n = (int64_t)wil_grid_count(&series->grid);
    const float scale = 1.0F / (float)(last - first + 1);
#pragma omp parallel for
    for (int64_t begin = 0; begin < n; begin += BLOCK) {
        const int64_t end = begin + BLOCK < n ? begin + BLOCK : n;
        for (int64_t i = begin; i < end; i++)
            mean[i] = 0;
        for (int t = first; t <= last; t++)
            for (int64_t i = begin; i < end; i++)
                mean[i] += series->voxels[t * n + i];
        for (int64_t i = begin; i < end; i++)
            mean[i] *= scale;
    }
}

/* Share of the signal that is lost while the bolus passes, of the 3 x 3 bright voxels around. */
static void find_falls(float *fall, const float *before, const float *during, const wil_mask *bright)
{
    const int nx = bright->grid.size[0], ny = bright->grid.size[1];
    const int64_t n = (int64_t)wil_grid_count(&bright->grid);
#pragma omp parallel for
    for (int64_t i = 0; i < n; i++) {
        const int x = (int)(i % nx), y = (int)(i / nx % ny);
        float sums[2] = {0};
        for (int v = y > 0 ? y - 1 : 0; bright->voxels[i] != 0 && v <= y + 1 && v < ny; v++)
            for (int u = x > 0 ? x - 1 : 0; u <= x + 1 && u < nx; u++) {
                const int64_t k = i + (int64_t)(v - y) * nx + (u - x);
                sums[0] += bright->voxels[k] != 0 ? before[k] : 0;
                sums[1] += bright->voxels[k] != 0 ? during[k] : 0;
            }
        fall[i] = sums[0] > 0 ? 1 - sums[1] / sums[0] : 0;
    }
}

static wil_status usual_fall(double *out, float *work, const float *fall, const wil_mask *bright)
{
    const size_t n = wil_grid_count(&bright->grid);
    size_t n_bright = 0;
    for (size_t i = 0; i < n; i++)
        if (bright->voxels[i] != 0)
            work[n_bright++] = fall[i];
    return n_bright == 0 ? WIL_OK : wil_quantile(out, work, n_bright, USUAL_QUANTILE);
}

typedef double voxel_worth(const void *context, size_t voxel);

/* Keeps the pieces of each slice that are large enough and worth enough on average. */
static wil_status keep_pieces(
    wil_mask *mask, double least_mm2, double least, voxel_worth *worth, const void *context)
{
    const wil_grid *g = &mask->grid;
    const size_t n = (size_t)g->size[0] * (size_t)g->size[1];
    const double pixel_mm2 = g->spacing_mm[0] * g->spacing_mm[1];
    wil_grid flat = *g;
    flat.size[2] = 1;
    WIL_OWN(int32_t) *labels = NULL;
    WIL_OWN(double) *sums = NULL;
    WIL_TRY(wil_alloc_i32(&labels, n));
    WIL_TRY(wil_alloc_f64(&sums, 2 * (n + 1)));
    for (int z = 0; z < g->size[2]; z++) {
        int n_pieces = 0;
        const wil_mask slice = {.grid = flat, .voxels = mask->voxels + (size_t)z * n};
        WIL_TRY(wil_mask_components(labels, &n_pieces, &slice, WIL_CONNECT_6));
        memset(sums, 0, 2 * (n + 1) * sizeof *sums);
        for (size_t i = 0; i < n; i++) {
            sums[2 * labels[i]] += pixel_mm2;
            sums[2 * labels[i] + 1] += pixel_mm2 * worth(context, (size_t)z * n + i);
        }
        for (size_t i = 0; i < n; i++) {
            const double *s = &sums[2 * labels[i]];
            slice.voxels[i] = labels[i] > 0 && s[0] >= least_mm2 && s[1] >= least * s[0];
        }
    }
    return WIL_OK;
}

static double fall_at(const void *context, size_t voxel)
{
    return (double)((const float *)context)[voxel];
}

static double within(const void *context, size_t voxel)
{
    return ((const uint8_t *)context)[voxel];
}

/* perfused: bright voxels that the bolus reaches, by pieces. What is bright within MARGIN_MM of them is
 * brain, if most of its piece is. */
static wil_status grow(wil_mask *bright, wil_mask *perfused, double radius_mm)
{
    const size_t n = wil_grid_count(&bright->grid);
    WIL_OWN(wil_mask) core = {0};
    WIL_TRY(wil_mask_dilate(perfused, radius_mm));
    WIL_TRY(wil_mask_make(&core, &bright->grid));
    memcpy(core.voxels, perfused->voxels, n);
    WIL_TRY(wil_mask_dilate(perfused, MARGIN_MM));
    for (size_t i = 0; i < n; i++)
        bright->voxels[i] = bright->voxels[i] != 0 && perfused->voxels[i] != 0;
    WIL_TRY(wil_mask_erode(bright, radius_mm));
    WIL_TRY(keep_pieces(bright, 0, PIECE_SHARE, within, core.voxels));
    const double least_voxels =
        fmin(0.1 * (double)wil_mask_count(bright), LEAST_ML / wil_grid_voxel_ml(&bright->grid));
    WIL_TRY(wil_mask_keep_components(bright, WIL_CONNECT_6, (size_t)least_voxels, 0));
    return wil_mask_dilate(bright, radius_mm);
}

wil_status brain_keep_perfused(
    bool *found_out, wil_mask *bright, const wil_volume *series, double *mean_signal, double radius_mm)
{
    const size_t n = wil_grid_count(&series->grid);
    WIL_OWN(float) *fall = NULL;
    WIL_OWN(wil_mask) perfused = {0};
    wil_perfusion_phases p;
    int from = 0, to = 0;
    double usual = 0;
    *found_out = find_passage(&from, &to, &p, series, mean_signal);
    if (!*found_out)
        return WIL_OK;
    WIL_TRY(wil_alloc_f32(&fall, 3 * n));
    WIL_TRY(wil_mask_make(&perfused, &series->grid));
    brain_mean_of_frames(fall + n, series, p.baseline_first, p.baseline_last);
    brain_mean_of_frames(fall + 2 * n, series, from, to);
    find_falls(fall, fall + n, fall + 2 * n, bright);
    WIL_TRY(usual_fall(&usual, fall + n, fall, bright));
    for (size_t i = 0; i < n; i++)
        perfused.voxels[i] = bright->voxels[i] != 0 && (double)fall[i] > LEAST_FALL * usual;
    WIL_TRY(wil_mask_erode(&perfused, radius_mm));
    WIL_TRY(keep_pieces(&perfused, LEAST_PIECE_MM2, PIECE_FALL * usual, fall_at, fall));
    *found_out = wil_mask_count(&perfused) > 0;
    return *found_out ? grow(bright, &perfused, radius_mm) : WIL_OK;
}
