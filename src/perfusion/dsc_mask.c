/* A brain mask from the series itself: the mean of some frames, Otsu's threshold, and shape. */
#include "willis/num.h"
#include "dsc_brain.h"
#include "run_internal.h"

#include <math.h>

#define LEAST_CONTRAST                                                                                       \
    3.0 /* mean of the bright over the dark class; below it there is no dark background                      \
         */
#define OPENING_VOXELS                                                                                       \
    1.2 /* radius of the opening, in the larger in-plane spacing: parts brain from scalp                     \
         */

/* The threshold, or -INFINITY where all is bright. The brightest half percent counts as the range's end,
 * since single voxels can be very bright. */
static wil_status find_threshold(float *out, const float *mean, size_t n)
{
    double counts[WIL_NUM_OTSU_BINS] = {0};
    double top = 0, dark = 0, bright = 0;
    WIL_TRY(wil_quantile(&top, mean, n, 0.995));
    WIL_REQUIRE(
        top > 0, WIL_ERR_INPUT, "the series holds no signal: its mean is %g or less nearly everywhere", top);
    for (size_t i = 0; i < n; i++) {
        const double bin = floor((double)mean[i] / top * WIL_NUM_OTSU_BINS);
        counts[bin < 0 ? 0 : bin >= WIL_NUM_OTSU_BINS ? WIL_NUM_OTSU_BINS - 1 : (int)bin] += 1;
    }
    const int at = wil_num_otsu_bin(counts, &dark, &bright);
    *out = bright < LEAST_CONTRAST * dark ? -INFINITY : (float)((at + 1) * top / WIL_NUM_OTSU_BINS);
    return WIL_OK;
}

/* Fills what the border of the slice does not reach through zeros, in-plane, by a flood with a stack. */
static void fill_slice(uint8_t *slice, int nx, int ny, uint8_t *reached, int32_t *stack)
{
    int n = 0;
    for (int i = 0; i < nx * ny; i++) {
        const int x = i % nx, y = i / nx;
        const bool border = x == 0 || y == 0 || x == nx - 1 || y == ny - 1;
        reached[i] = border && slice[i] == 0;
        if (reached[i] != 0)
            stack[n++] = i;
    }
    while (n > 0) {
        const int i = stack[--n], x = i % nx, y = i / nx;
        const int near[4] = {
            x > 0 ? i - 1 : i, x < nx - 1 ? i + 1 : i, y > 0 ? i - nx : i, y < ny - 1 ? i + nx : i};
        for (int k = 0; k < 4; k++)
            if (slice[near[k]] == 0 && reached[near[k]] == 0) {
                reached[near[k]] = 1;
                stack[n++] = near[k];
            }
    }
    for (int i = 0; i < nx * ny; i++)
        slice[i] = reached[i] == 0;
}

static wil_status fill_slices(wil_mask *mask)
{
    const int *size = mask->grid.size;
    const size_t n = (size_t)size[0] * (size_t)size[1];
    WIL_OWN(uint8_t) *reached = NULL;
    WIL_OWN(int32_t) *stack = NULL;
    WIL_TRY(wil_alloc_u8(&reached, n));
    WIL_TRY(wil_alloc_i32(&stack, n));
    for (int z = 0; z < size[2]; z++)
        fill_slice(mask->voxels + (size_t)z * n, size[0], size[1], reached, stack);
    return WIL_OK;
}

/* Opening parts the brain from thin bright structures. What remains are the pieces that the bolus reaches, or
 * without one the largest, closed per slice. */
static wil_status shape(wil_mask *mask, const wil_volume *series)
{
    const double radius_mm = OPENING_VOXELS * fmax(mask->grid.spacing_mm[0], mask->grid.spacing_mm[1]);
    bool perfused = false;
    WIL_OWN(double) *mean = NULL;
    if (wil_mask_count(mask) > 0) {
        WIL_TRY(wil_alloc_f64(&mean, (size_t)series->n_time));
        WIL_TRY(perfusion_run_mean_signal(mean, series, mask));
        WIL_TRY(brain_keep_perfused(&perfused, mask, series, mean, radius_mm));
    }
    if (!perfused) {
        WIL_TRY(wil_mask_erode(mask, radius_mm));
        WIL_TRY(wil_mask_keep_components(mask, WIL_CONNECT_6, 1, 1));
        WIL_TRY(wil_mask_dilate(mask, radius_mm));
    }
    WIL_TRY(fill_slices(mask));
    WIL_REQUIRE(wil_mask_count(mask) > 0, WIL_ERR_INPUT,
        "no brain was found in the series; give a mask (--mask FILE), or --mask none for every voxel");
    return WIL_OK;
}

static wil_status make_mask(wil_mask *mask, const wil_volume *series, const float *mean)
{
    const size_t n = wil_grid_count(&series->grid);
    float threshold = 0;
    WIL_TRY(find_threshold(&threshold, mean, n));
    for (size_t i = 0; i < n; i++)
        mask->voxels[i] = mean[i] > threshold;
    return isinf(threshold) ? WIL_OK : shape(mask, series);
}

wil_status wil_perfusion_brain_mask(wil_mask *out, const wil_volume *series, int first, int last)
{
    WIL_OWN(float) *mean = NULL;
    WIL_OWN(wil_mask) made = {0};
    *out = (wil_mask){0};
    WIL_REQUIRE(first >= 0 && last >= first && last < series->n_time, WIL_ERR_ARG,
        "frames %d to %d were asked for; the series has 0 to %d", first, last, series->n_time - 1);
    WIL_TRY(wil_mask_make(&made, &series->grid));
    WIL_TRY(wil_alloc_f32(&mean, wil_grid_count(&series->grid)));
    brain_mean_of_frames(mean, series, first, last);
    WIL_TRY(make_mask(&made, series, mean));
    return wil_give_value(out, &made);
}
