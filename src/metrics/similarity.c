/* How alike two images are: errors voxel by voxel, and structural similarity. */
#include "metrics_internal.h"

#include <math.h>
#include <string.h>

/* Sums over the voxels of one slice. */
typedef struct error_sum {
    double absolute, squared, truth_squared;
    size_t n;
} error_sum;

/* What is summed of every slice. */
typedef struct slice_sums {
    error_sum *errors; /* all [nz] */
    ssim_sum *u7, *g11, *u7_3d, *g11_3d;
} slice_sums;

/* ---- checks -------------------------------------------------------------------------------------------- */

static wil_status check_volume(const wil_volume *volume, const char *name)
{
    char volume_name[32];
    snprintf(volume_name, sizeof volume_name, "the %s", name);
    WIL_REQUIRE(volume->n_time == 1, WIL_ERR_INPUT,
        "the %s has %d time points; only 3D volumes are compared, so take one of them", name, volume->n_time);
    return wil_volume_require_finite(volume, volume_name);
}

static wil_status check(
    const wil_volume *truth, const wil_volume *prediction, const wil_mask *within, double range)
{
    WIL_TRY(check_grids_and_region(&truth->grid, &prediction->grid, within));
    WIL_TRY(check_volume(truth, "truth"));
    WIL_TRY(check_volume(prediction, "prediction"));
    WIL_REQUIRE(range > 0 && isfinite(range), WIL_ERR_ARG,
        "the range of possible values must be above 0, got %g; give the one of the images' scale (255 for 8 "
        "bits)",
        range);
    return WIL_OK;
}

wil_status wil_similarity_range(double *out, const wil_volume *truth, const wil_mask *within)
{
    double low = INFINITY, high = -INFINITY;
    *out = 0;
    WIL_TRY(check_volume(truth, "truth"));
    WIL_TRY(check_grids_and_region(&truth->grid, &truth->grid, within));
    const size_t n = wil_grid_count(&truth->grid);
    for (size_t i = 0; i < n; i++) {
        if (within != NULL && within->voxels[i] == 0)
            continue;
        low = fmin(low, truth->voxels[i]);
        high = fmax(high, truth->voxels[i]);
    }
    *out = high > low ? high - low : 0;
    return WIL_OK;
}

/* ---- sums ---------------------------------------------------------------------------------------------- */

static error_sum sum_errors(
    const wil_volume *truth, const wil_volume *prediction, const wil_mask *within, int z)
{
    const size_t n = (size_t)truth->grid.size[0] * (size_t)truth->grid.size[1];
    error_sum sum = {0};
    for (size_t i = n * (size_t)z; i < n * (size_t)(z + 1); i++) {
        if (within != NULL && within->voxels[i] == 0)
            continue;
        const double x = truth->voxels[i], d = prediction->voxels[i] - x;
        sum.absolute += fabs(d);
        sum.squared += d * d;
        sum.truth_squared += x * x;
        sum.n++;
    }
    return sum;
}

static wil_status sums_make(slice_sums *sums, size_t nz)
{
    memset(sums, 0, sizeof *sums);
    WIL_TRY(wil_alloc((void **)&sums->errors, nz, sizeof *sums->errors));
    WIL_TRY(wil_alloc((void **)&sums->u7, nz, sizeof *sums->u7));
    WIL_TRY(wil_alloc((void **)&sums->g11, nz, sizeof *sums->g11));
    WIL_TRY(wil_alloc((void **)&sums->u7_3d, nz, sizeof *sums->u7_3d));
    return wil_alloc((void **)&sums->g11_3d, nz, sizeof *sums->g11_3d);
}

static void sums_clear(slice_sums *sums)
{
    wil_free(sums->errors);
    wil_free(sums->u7);
    wil_free(sums->g11);
    wil_free(sums->u7_3d);
    wil_free(sums->g11_3d);
}
WIL_OWNED_VALUE(slice_sums, sums_clear)

static wil_status sums_fill(slice_sums *sums, const wil_volume *truth, const wil_volume *prediction,
    const wil_mask *within, double range)
{
    const ssim_window u7 = ssim_window_uniform(1);
    const ssim_window g11 = ssim_window_gaussian(1);
    const ssim_window u7_3d = ssim_window_uniform(7);
    const ssim_window g11_3d = ssim_window_gaussian(11);
    for (int z = 0; z < truth->grid.size[2]; z++)
        sums->errors[z] = sum_errors(truth, prediction, within, z);
    WIL_TRY(ssim_slices(sums->u7, &u7, truth, prediction, within, range));
    WIL_TRY(ssim_slices(sums->g11, &g11, truth, prediction, within, range));
    WIL_TRY(ssim_slices(sums->u7_3d, &u7_3d, truth, prediction, within, range));
    return ssim_slices(sums->g11_3d, &g11_3d, truth, prediction, within, range);
}

/* ---- from sums to measures ----------------------------------------------------------------------------- */

static double mean_ssim(const ssim_sum *sums, int begin, int end)
{
    double sum = 0;
    size_t n = 0;
    for (int z = begin; z < end; z++) {
        sum += sums[z].sum;
        n += sums[z].n;
    }
    return n > 0 ? sum / (double)n : NAN;
}

/* Of slices begin .. end - 1. */
static wil_similarity measures(const slice_sums *sums, int begin, int end, double range)
{
    error_sum all = {0};
    for (int z = begin; z < end; z++) {
        all.absolute += sums->errors[z].absolute;
        all.squared += sums->errors[z].squared;
        all.truth_squared += sums->errors[z].truth_squared;
        all.n += sums->errors[z].n;
    }
    const double n = all.n > 0 ? (double)all.n : NAN;
    wil_similarity out = {.n_voxels = all.n, .mae = all.absolute / n, .mse = all.squared / n};
    out.nrmse = all.truth_squared > 0 ? sqrt(all.squared / all.truth_squared) : NAN;
    out.psnr = 10 * log10(range * range / out.mse);
    out.ssim_u7 = mean_ssim(sums->u7, begin, end);
    out.ssim_g11 = mean_ssim(sums->g11, begin, end);
    out.ssim_u7_3d = out.ssim_g11_3d = NAN;
    return out;
}

wil_status wil_similarity_evaluate(wil_similarity *out, wil_similarity *slices_out, const wil_volume *truth,
    const wil_volume *prediction, const wil_mask *within, double range)
{
    const int nz = truth->grid.size[2];
    WIL_OWN(slice_sums) sums = {0};
    memset(out, 0, sizeof *out);
    WIL_TRY(check(truth, prediction, within, range));
    WIL_TRY(sums_make(&sums, (size_t)nz));
    WIL_TRY(sums_fill(&sums, truth, prediction, within, range));
    *out = measures(&sums, 0, nz, range);
    out->ssim_u7_3d = mean_ssim(sums.u7_3d, 0, nz);
    out->ssim_g11_3d = mean_ssim(sums.g11_3d, 0, nz);
    for (int z = 0; z < nz && slices_out != NULL; z++)
        slices_out[z] = measures(&sums, z, z + 1, range);
    return WIL_OK;
}
