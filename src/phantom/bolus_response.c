/* From the arterial curve to tissue, on a grid of times far finer than the frames: the truth must not be an
 * estimator's own discretisation.
 *
 * Every residue function but the boxcar is a sum of exponentials' cascades. A first-order filter with time
 * constant s, L[x] = x convolved with exp(-t / s) / s, is exact for an input that is linear between steps:
 *     y1 = E y0 + (1 - E - b) x0 + b x1,   E = exp(-h / s),   b = 1 - s / h (1 - E).
 * Then
 *     exponential      x * R = M L_M[x]
 *     gamma, shape n   R = sum over k < n of exp(-t/b) (t/b)^k / k!, b = M / n:   x * R = b (L + L^2 + ... +
 * L^n)[x] boxcar           x * R = X(t) - X(t - M), X the running integral Steps of at most 0.1 s leave an
 * error of the input's curvature, below 1e-3 of the peak for a gamma-variate of beta 1.5 s. */
#include "bolus_internal.h"

#include <math.h>
#include <string.h>

#define MOST_STEP_S 0.1
#define FAST_SHARE 0.7 /* biexponential: share and means of the two paths; their mean is 1 */
#define FAST_MEAN 0.5
#define SLOW_MEAN (13.0 / 6.0)
#define W BOLUS_LANES

bolus_times bolus_times_make(int n_frames, double tr_s)
{
    const int per_frame = (int)ceil(tr_s / MOST_STEP_S - 1e-9);
    return (bolus_times){n_frames, per_frame, n_frames * per_frame, tr_s, tr_s / per_frame};
}

/* Coefficients of L for each lane; a time constant of 0 passes the input on. */
typedef struct filter {
    float keep[W], before[W], now[W];
} filter;

static void filter_make(filter *f, const float tau_s[W], double scale, double step_s)
{
    for (int k = 0; k < W; k++) {
        const double tau = scale * (double)tau_s[k];
        const double e = tau > 1e-6 ? exp(-step_s / tau) : 0;
        const double b = tau > 1e-6 ? 1 - tau / step_s * (1 - e) : 1;
        f->keep[k] = (float)e;
        f->now[k] = (float)b;
        f->before[k] = (float)(1 - e - b);
    }
}

/* y = L[x], from rest; x and y [n][W], may be the same. */
static void filter_run(float *y, const float *x, int n, const filter *f)
{
    float last[W], state[W];
    for (int k = 0; k < W; k++) {
        last[k] = x[k];
        state[k] = y[k] = f->keep[k] == 0 ? x[k] : 0;
    }
    for (int i = 1; i < n; i++) {
        const float *in = x + (size_t)i * W;
        float *out = y + (size_t)i * W;
        for (int k = 0; k < W; k++) {
            const float now = in[k];
            state[k] = f->keep[k] * state[k] + f->before[k] * last[k] + f->now[k] * now;
            last[k] = now;
            out[k] = state[k];
        }
    }
}

/* out += scale * mean * y, lane by lane. */
static void gather(float *out, const float *y, int n, const float mtt_s[W], double scale)
{
    float factor[W];
    for (int k = 0; k < W; k++)
        factor[k] = (float)scale * mtt_s[k];
    for (int i = 0; i < n; i++)
        for (int k = 0; k < W; k++)
            out[(size_t)i * W + (size_t)k] += factor[k] * y[(size_t)i * W + (size_t)k];
}

/* share times the response of an exponential whose mean is scale times the lane's. */
static void add_exponential(float *out, float *work, const float *x, const bolus_times *times,
    const bolus_lanes *lanes, double share, double scale)
{
    filter f;
    filter_make(&f, lanes->mtt_s, scale, times->step_s);
    filter_run(work, x, times->n, &f);
    gather(out, work, times->n, lanes->mtt_s, share * scale);
}

static void add_gamma(
    float *out, float *work, const float *x, const bolus_times *times, const bolus_lanes *lanes, int shape)
{
    filter f;
    filter_make(&f, lanes->mtt_s, 1.0 / shape, times->step_s);
    for (int k = 0; k < shape; k++) {
        filter_run(work, k == 0 ? x : work, times->n, &f);
        gather(out, work, times->n, lanes->mtt_s, 1.0 / shape);
    }
}

/* X(t) - X(t - M) with the running integral of a lane. */
static void add_boxcar(
    float *out, float *work, const float *x, const bolus_times *times, const bolus_lanes *lanes)
{
    const float half = (float)(0.5 * times->step_s);
    memset(work, 0, W * sizeof *work);
    for (int i = 1; i < times->n; i++)
        for (int k = 0; k < W; k++) {
            const size_t at = (size_t)i * W + (size_t)k;
            work[at] = work[at - W] + half * (x[at - W] + x[at]);
        }
    for (int i = 0; i < times->n; i++)
        for (int k = 0; k < W; k++) {
            const size_t at = (size_t)i * W + (size_t)k;
            out[at] = work[at] -
                      (float)bolus_value(work + k, W, times, i * times->step_s - (double)lanes->mtt_s[k]);
        }
}

static void disperse(float *out, const float *input, const bolus_times *times, const bolus_lanes *lanes)
{
    filter f;
    for (int i = 0; i < times->n; i++)
        for (int k = 0; k < W; k++)
            out[(size_t)i * W + (size_t)k] = input[i];
    filter_make(&f, lanes->dispersion_s, 1, times->step_s);
    filter_run(out, out, times->n, &f);
}

void bolus_respond(float *out, float *work, const float *input, const bolus_times *times,
    const bolus_lanes *lanes, wil_dsc_residue residue, int gamma_shape)
{
    const size_t n = (size_t)times->n * W;
    float *x = work + n;
    memset(out, 0, n * sizeof *out);
    disperse(x, input, times, lanes);
    if (residue == WIL_DSC_BOXCAR)
        add_boxcar(out, work, x, times, lanes);
    else if (residue == WIL_DSC_GAMMA)
        add_gamma(out, work, x, times, lanes, gamma_shape);
    else if (residue == WIL_DSC_BIEXPONENTIAL) {
        add_exponential(out, work, x, times, lanes, FAST_SHARE, FAST_MEAN);
        add_exponential(out, work, x, times, lanes, 1 - FAST_SHARE, SLOW_MEAN);
    } else
        add_exponential(out, work, x, times, lanes, 1, 1);
}

static float residue_at(float t_s, float mtt_s, wil_dsc_residue residue, int shape)
{
    const float x = t_s / fmaxf(mtt_s, 1e-6f);
    if (residue == WIL_DSC_BOXCAR)
        return x <= 1;
    if (residue == WIL_DSC_BIEXPONENTIAL)
        return (float)FAST_SHARE * expf(-x / (float)FAST_MEAN) +
               (float)(1 - FAST_SHARE) * expf(-x / (float)SLOW_MEAN);
    if (residue == WIL_DSC_EXPONENTIAL)
        return expf(-x);
    const float y = (float)shape * x;
    float term = expf(-y), sum = 0;
    for (int k = 0; k < shape; k++) {
        sum += term;
        term *= y / (float)(k + 1);
    }
    return sum;
}

void bolus_residue(
    float *out, const bolus_times *times, const bolus_lanes *lanes, wil_dsc_residue residue, int gamma_shape)
{
    filter f;
    for (int i = 0; i < times->n; i++)
        for (int k = 0; k < W; k++)
            out[(size_t)i * W + (size_t)k] =
                residue_at((float)(i * times->step_s), lanes->mtt_s[k], residue, gamma_shape);
    filter_make(&f, lanes->dispersion_s, 1, times->step_s);
    filter_run(out, out, times->n, &f);
}

double bolus_value(const float *curve, int stride, const bolus_times *times, double t_s)
{
    const double x = t_s / times->step_s;
    if (!(x > 0))
        return t_s == 0 ? (double)curve[0] : 0;
    const int i = x < times->n - 1 ? (int)x : times->n - 2;
    const double part = fmin(x - i, 1);
    const double low = (double)curve[(size_t)i * (size_t)stride];
    return low + part * ((double)curve[(size_t)(i + 1) * (size_t)stride] - low);
}

double bolus_peak_s(
    const float *a, double weight_a, const float *b, double weight_b, int stride, const bolus_times *times)
{
    int at = 0;
    double best = -INFINITY;
    for (int i = 0; i < times->n; i++) {
        const size_t k = (size_t)i * (size_t)stride;
        const double v = weight_a * (double)a[k] + weight_b * (double)b[k];
        if (v > best) {
            best = v;
            at = i;
        }
    }
    if (at == 0 || at + 1 >= times->n)
        return at * times->step_s;
    const size_t k = (size_t)at * (size_t)stride, s = (size_t)stride;
    const double before = weight_a * (double)a[k - s] + weight_b * (double)b[k - s];
    const double after = weight_a * (double)a[k + s] + weight_b * (double)b[k + s];
    const double bend = before - 2 * best + after;
    return (bend < 0 ? at + 0.5 * (before - after) / bend : at) * times->step_s;
}
