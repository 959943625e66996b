/* Which voxels show a bolus. Where none does (CSF, mostly) the place of a maximum is chance, and a late
 * chance would count as hypoperfusion.
 *
 * A curve's area behind the bolus' arrival is compared with the error that baseline noise gives it, the error
 * of the baseline's mean included. One voxel of an infarct's core may fail that test by noise; it passes if
 * it is likely and its neighbours in the slice together are sure. */
#include "run_internal.h"

#include <math.h>

#define WITHIN_S 25.0 /* of arrival in the mean curve: late tissue is in time */
#define SURE_SDS 2.5
#define LIKELY_SDS 1.2
#define AROUND_SDS 5.0 /* of the sum over the neighbours */

static double area_in_sds(const float *curve, const dsc_frames *frames, int arrival, double tr_s)
{
    const int n_base = frames->baseline_last - frames->baseline_first + 1;
    const int n_window = (int)fmin(frames->n_time - arrival, ceil(WITHIN_S / tr_s));
    double area = 0;
    double squares = 0; /* concentration is measured from the baseline, so its mean there is 0 */
    for (int i = arrival; i < arrival + n_window; i++)
        area += (double)curve[i];
    for (int i = frames->baseline_first; i <= frames->baseline_last; i++)
        squares += (double)curve[i] * (double)curve[i];
    const double variance = squares / (n_base > 1 ? n_base - 1 : 1);
    const double error = sqrt(variance * n_window * (1 + (double)n_window / n_base));
    if (error > 0)
        return area / error;
    return area > 0 ? HUGE_VAL : 0; /* no noise at all */
}

/* Sum over the 3 x 3 voxels around one, in SDs of such a sum; each counts for no more than a sure one, so
 * that an artery does not speak for what is beside it. */
static double around(const float *sds, const wil_grid *grid, int32_t voxel)
{
    const int nx = grid->size[0], ny = grid->size[1], x = voxel % nx;
    const int y = voxel / nx % ny;
    double sum = 0;
    int n = 0;
    for (int v = y > 0 ? y - 1 : 0; v <= y + 1 && v < ny; v++)
        for (int u = x > 0 ? x - 1 : 0; u <= x + 1 && u < nx; u++) {
            sum += fmin((double)sds[voxel + (v - y) * nx + (u - x)], SURE_SDS);
            n++;
        }
    return sum / sqrt(n);
}

wil_status perfusion_run_find_bolus(dsc_run *run)
{
    wil_perfusion_result *r = run->result;
    const int arrival = r->phases.arrival - r->phases.n_discard;
    WIL_OWN(float) *sds = NULL; /* [grid], 0 outside of the mask */
    WIL_TRY(wil_alloc_u8(&run->shows, (size_t)run->n));
    WIL_TRY(wil_alloc_f32(&sds, wil_grid_count(&r->grid)));
#pragma omp parallel for
    for (int i = 0; i < run->n; i++)
        sds[run->voxels[i]] =
            (float)fmin(1e6, area_in_sds(run->curves + (size_t)i * (size_t)run->frames.n_time, &run->frames,
                                 arrival, r->config.tr_s));
    for (int i = 0; i < run->n; i++) {
        const double own = (double)sds[run->voxels[i]];
        run->shows[i] =
            own > SURE_SDS || (own > LIKELY_SDS && around(sds, &r->grid, run->voxels[i]) > AROUND_SDS);
        r->n_without_bolus += run->shows[i] == 0;
    }
    return WIL_OK;
}
