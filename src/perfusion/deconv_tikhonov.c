/* Tikhonov's regularisation of the block-circulant problem: frequencies are damped by s^2 / (s^2 + lambda^2)
 * instead of cut. lambda is chosen per voxel from the spectra alone: by generalised cross-validation
 * [Golub1979] or at the corner of the L-curve [Hansen1992; Calamante2003 for perfusion]. */
#include "deconv.h"

#include <math.h>

#define N_LAMBDAS 48
#define LEAST_LAMBDA 1e-3 /* of the largest singular value; up to 1 */

static double lambda_at(int i)
{
    return LEAST_LAMBDA * pow(1 / LEAST_LAMBDA, (double)i / (N_LAMBDAS - 1));
}

/* Tables in plan->own: for each lambda the share of each frequency that is left out [N_LAMBDAS,
 * n_frequencies]. */
static wil_status tikhonov_prepare(deconv_plan *plan, const wil_perfusion_config *config)
{
    const size_t n = (size_t)plan->n_frequencies;
    (void)config;
    plan->n_work = deconv_spectrum_doubles(plan) + 2 * n;
    WIL_TRY(wil_alloc_f64(&plan->own, N_LAMBDAS * n));
    for (int i = 0; i < N_LAMBDAS; i++) {
        const double square = lambda_at(i) * lambda_at(i);
        for (size_t f = 0; f < n; f++)
            plan->own[(size_t)i * n + f] = square / (plan->magnitude[f] * plan->magnitude[f] + square);
    }
    return WIL_OK;
}

/* For each lambda: squared norms of residual and solution, and the trace of I - influence matrix. energy:
 * squared spectrum, weighted by how often a frequency occurs; solution: the same over the singular value
 * squared. */
static void norms(const deconv_plan *plan, const double *energy, const double *solution, double *residual_out,
    double *norm_out, double *trace_out)
{
    const int n = plan->n_frequencies;
    for (int i = 0; i < N_LAMBDAS; i++) {
        const double *out = plan->own + (size_t)i * (size_t)n;
        double residual = 0, norm = 0, trace = 0;
        for (int f = 0; f < n; f++) {
            residual += energy[f] * out[f] * out[f];
            norm += solution[f] * (1 - out[f]) * (1 - out[f]);
            trace += (f == 0 || f == n - 1 ? 1 : 2) * out[f];
        }
        residual_out[i] = residual;
        norm_out[i] = norm;
        trace_out[i] = trace;
    }
}

static int least_gcv(const double *residual, const double *trace)
{
    int best = 0;
    for (int i = 1; i < N_LAMBDAS; i++)
        if (residual[i] * trace[best] * trace[best] < residual[best] * trace[i] * trace[i])
            best = i;
    return best;
}

/* Largest curvature of (log residual, log solution), by differences on the even grid of log lambda. */
static int corner(const double *residual, const double *norm)
{
    double best = -INFINITY;
    int at = N_LAMBDAS / 2;
    for (int i = 1; i + 1 < N_LAMBDAS; i++) {
        const double x0 = log(residual[i - 1] + 1e-300), x1 = log(residual[i] + 1e-300);
        const double x2 = log(residual[i + 1] + 1e-300), y0 = log(norm[i - 1] + 1e-300);
        const double y1 = log(norm[i] + 1e-300), y2 = log(norm[i + 1] + 1e-300), dx = 0.5 * (x2 - x0);
        const double dy = 0.5 * (y2 - y0), speed = dx * dx + dy * dy;
        const double bend = dx * (y2 - 2 * y1 + y0) - dy * (x2 - 2 * x1 + x0);
        const double curvature = speed > 0 ? bend / (speed * sqrt(speed)) : -INFINITY;
        if (curvature > best) {
            best = curvature;
            at = i;
        }
    }
    return at;
}

static void tikhonov_solve(
    const deconv_plan *plan, double *k, wil_perfusion_peak *peak, const double *tissue, double *work)
{
    const int n = plan->n_frequencies;
    double residual[N_LAMBDAS];
    double norm[N_LAMBDAS];
    double trace[N_LAMBDAS];
    double _Complex *spectrum = (double _Complex *)work;
    double *energy = work + deconv_spectrum_doubles(plan), *solution = energy + n;
    deconv_spectrum(plan, spectrum, tissue, k);
    for (int f = 0; f < n; f++) {
        const double size = fmax(plan->magnitude[f], 1e-12);
        energy[f] = (f == 0 || f == n - 1 ? 1 : 2) *
                    (creal(spectrum[f]) * creal(spectrum[f]) + cimag(spectrum[f]) * cimag(spectrum[f]));
        solution[f] = energy[f] / (size * size);
    }
    norms(plan, energy, solution, residual, norm, trace);
    const int at =
        plan->lambda_rule == WIL_PERFUSION_GCV ? least_gcv(residual, trace) : corner(residual, norm);
    const double *out = plan->own + (size_t)at * (size_t)n;
    for (int f = 0; f < n; f++)
        spectrum[f] = plan->magnitude[f] > 0 ? (1 - out[f]) * spectrum[f] / plan->kernel[f] : 0;
    const wil_status status = wil_fft_inverse(plan->fft, k, spectrum);
    (void)status; /* fails for unaligned memory only */
    *peak = deconv_peak(k, plan->length, plan->n_time, true, plan->dt_s);
    peak->parameter = lambda_at(at);
}

const deconv_method deconv_tikhonov = {tikhonov_prepare, tikhonov_solve, NULL, NULL};
