/* Leakage of contrast agent into tissue [Boxerman2006, AJNR 27:859]: a voxel's curve is a multiple K1 of the
 * mean of brain without leakage, minus K2 times that mean's running integral. What K2 explains is taken out.
 */
#include "run_internal.h"

#include <math.h>
#include <string.h>

#define LEAST_WHOLE 20 /* voxels without leakage that make a mean */

/* A voxel leaks if the last tenth of its curve lies off the baseline by more than a standard deviation there,
 * as [Boxerman2006] parts them. */
static bool is_intact(const float *curve, const dsc_frames *f)
{
    const int n_end = f->n_time >= 20 ? f->n_time / 10 : 1;
    double end = 0, squares = 0;
    for (int i = f->n_time - n_end; i < f->n_time; i++)
        end += (double)curve[i] / n_end;
    const int n_base = f->baseline_last - f->baseline_first + 1;
    for (int i = f->baseline_first; i <= f->baseline_last; i++)
        squares += (double)curve[i] * (double)curve[i];
    return fabs(end) <= sqrt(squares / n_base);
}

static wil_status reference_curve(double *mean_out, const dsc_run *run)
{
    const size_t n_time = (size_t)run->frames.n_time;
    int n = 0;
    for (int i = 0; i < run->n; i++) {
        const float *curve = run->curves + (size_t)i * n_time;
        if (!is_intact(curve, &run->frames))
            continue;
        n++;
        for (size_t t = 0; t < n_time; t++)
            mean_out[t] += (double)curve[t];
    }
    WIL_REQUIRE(n >= LEAST_WHOLE, WIL_ERR_INPUT,
        "leakage cannot be corrected: only %d of %d voxels return to their baseline, and %d are needed to "
        "know a curve without leakage",
        n, run->n, LEAST_WHOLE);
    for (size_t t = 0; t < n_time; t++)
        mean_out[t] /= n;
    return WIL_OK;
}

/* Sums of products of mean m and running integral j over the frames. */
typedef struct leak_sums {
    double mm, mj, jj;
} leak_sums;

static leak_sums sums_of(const double *mean, const double *integral, int n_time)
{
    leak_sums s = {0};
    for (int t = 0; t < n_time; t++) {
        s.mm += mean[t] * mean[t];
        s.mj += mean[t] * integral[t];
        s.jj += integral[t] * integral[t];
    }
    return s;
}

/* Least squares for curve = K1 mean - K2 integral; the second term is added back. */
static float correct(float *curve, const double *mean, const double *integral, const leak_sums *s, int n_time)
{
    double cm = 0, cj = 0;
    for (int t = 0; t < n_time; t++) {
        cm += (double)curve[t] * mean[t];
        cj += (double)curve[t] * integral[t];
    }
    const double det = s->mm * s->jj - s->mj * s->mj;
    const double k2 = det > 0 ? -(s->mm * cj - s->mj * cm) / det : 0;
    for (int t = 0; t < n_time; t++)
        curve[t] += (float)(k2 * integral[t]);
    return (float)k2;
}

wil_status perfusion_run_correct_leakage(dsc_run *run)
{
    const int n_time = run->frames.n_time;
    WIL_OWN(double) *mean = NULL;
    WIL_TRY(wil_alloc_f32(&run->k2, (size_t)run->n));
    WIL_TRY(wil_alloc_f64(&mean, 2 * (size_t)n_time));
    double *integral = mean + n_time;
    WIL_TRY(reference_curve(mean, run));
    for (int t = 1; t < n_time; t++)
        integral[t] = integral[t - 1] + 0.5 * (mean[t - 1] + mean[t]) * run->result->config.tr_s;
    const leak_sums sums = sums_of(mean, integral, n_time);
#pragma omp parallel for
    for (int i = 0; i < run->n; i++)
        run->k2[i] = correct(run->curves + (size_t)i * (size_t)n_time, mean, integral, &sums, n_time);
    return WIL_OK;
}
