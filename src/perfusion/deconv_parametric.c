/* Gamma-distributed transit times [Mouridsen2014, JCBFM 34:1511]: the residue function is the survival
 * function of a gamma distribution of shape alpha and mean MTT, delayed by delta. Flow, MTT, alpha and delta
 * are the mode of their posterior under wide Gaussian priors, found by damped Gauss-Newton steps; between
 * steps the noise variance is re-estimated from the residual (expectation-maximisation, [Friston2002]).
 *
 * In the frequency domain the model is closed: R(w) = (1 - (1 + i w MTT/alpha)^-alpha) / (i w), and so are
 * its derivatives, which saves thousands of incomplete gamma functions a voxel. */
#include "willis/num.h"
#include "perfusion_math.h"
#include "deconv.h"

#include <math.h>
#include <string.h>

enum { FLOW, MTT, ALPHA, DELAY, N_PARAMETERS }; /* logarithms of the first three */

#define MOST_STEPS 20
#define SMALL_STEP 2e-3    /* of a logarithm, or seconds */
#define LEAST_ALPHA (-3.0) /* logarithms: beyond these the shape is a step or nearly constant */
#define MOST_ALPHA 4.0
#define MOST_MTT_LOG 4.1 /* 60 s: longer passes are not told from none */
#define LEAST_MTT_LOG (-1.6)

/* Priors of log MTT, log alpha and delay, wide where the data speak: MTT about 6 s, within a factor of 1.8;
 * alpha about 1.35, within a factor of 1.35: transit times spread over somewhat less than their mean; delay
 * about 1 s, within 4. A flow has no prior to speak of. How they were chosen, and what they cost:
 * docs/perfusion.md. */
static const double prior_mean[N_PARAMETERS] = {0, 1.8, 0.3, 1};
static const double prior_sd[N_PARAMETERS] = {5, 0.6, 0.3, 4};

/* The starting points: all pairs of an MTT and a delay. */
static const double start_mtt_s[] = {2.5, 5, 10, 20};
#define N_STARTS_MTT 4
#define N_STARTS_DELAY 17
#define FIRST_DELAY_S (-3.0)
#define N_STARTS (N_STARTS_MTT * N_STARTS_DELAY)

/* plan->own: spectrum of the AIF (dt of the integral and 1/dt of the sampling cancel), then for each start
 * its curve of flow 1 [n_time] and squared norm.
 */
static double _Complex *aif_spectrum(const deconv_plan *plan)
{
    return (double _Complex *)plan->own;
}

static double *start_curve(const deconv_plan *plan, int start)
{
    return plan->own + deconv_spectrum_doubles(plan) + (size_t)start * ((size_t)plan->n_time + 1);
}

/* What one curve needs, carved from work. */
typedef struct pass {
    double *theta;              /* [N_PARAMETERS]; stays in work for sampling k */
    double *rows[N_PARAMETERS]; /* [length]: model, derivatives by MTT, alpha, delay */
    double _Complex *spectra[N_PARAMETERS];
} pass;

static size_t row_stride(const deconv_plan *plan)
{
    return ((size_t)plan->length + 7) / 8 * 8;
}

static pass carve(const deconv_plan *plan, double *work)
{
    const size_t spectrum = deconv_spectrum_doubles(plan) / 8 * 8;
    pass p = {.theta = work};
    for (int i = 0; i < N_PARAMETERS; i++) {
        p.rows[i] = work + 8 + (size_t)i * row_stride(plan);
        p.spectra[i] = (double _Complex *)(work + 8 + N_PARAMETERS * row_stride(plan) + (size_t)i * spectrum);
    }
    return p;
}

/* Model and derivatives at theta in p->rows: rows[FLOW] is also the derivative by log flow. */
static void evaluate(const deconv_plan *plan, pass *p, const double theta[N_PARAMETERS])
{
    const double flow = exp(theta[FLOW]), mtt = exp(theta[MTT]), alpha = exp(theta[ALPHA]);
    const double beta = mtt / alpha;
    const double step = 2 * WIL_NUM_PI / (plan->length * plan->dt_s);
    const double _Complex *aif = aif_spectrum(plan);
    for (int f = 0; f < plan->n_frequencies; f++) {
        const double w = f * step;
        const double _Complex log_z = 0.5 * log1p(w * w * beta * beta) + I * atan(w * beta);
        const double decay = exp(-alpha * creal(log_z)), turn = -alpha * cimag(log_z);
        const double _Complex h = decay * (cos(turn) + I * sin(turn));
        const double _Complex by_mtt = mtt * h / (1 + I * w * beta);
        const double _Complex residue = f == 0 ? mtt : (1 - h) / (I * w);
        const double _Complex by_alpha = f == 0 ? 0 : alpha * log_z * h / (I * w) - by_mtt;
        const double lag = -w * theta[DELAY];
        const double _Complex scale = flow * aif[f] * (cos(lag) + I * sin(lag));
        p->spectra[FLOW][f] = scale * residue;
        p->spectra[MTT][f] = scale * by_mtt;
        p->spectra[ALPHA][f] = scale * by_alpha;
        p->spectra[DELAY][f] = -I * w * scale * residue;
    }
    for (int i = 0; i < N_PARAMETERS; i++) {
        const wil_status status = wil_fft_inverse(plan->fft, p->rows[i], p->spectra[i]);
        (void)status; /* fails for unaligned memory only */
    }
}

static wil_status fill_starts(deconv_plan *plan)
{
    WIL_OWN(double) *work = NULL;
    WIL_TRY(wil_alloc_f64(&work, plan->n_work));
    pass p = carve(plan, work);
    deconv_spectrum(plan, aif_spectrum(plan), plan->aif, p.rows[0]);
    for (int s = 0; s < N_STARTS; s++) {
        double *curve = start_curve(plan, s);
        const double theta[N_PARAMETERS] = {
            0, log(start_mtt_s[s / N_STARTS_DELAY]), 0, FIRST_DELAY_S + s % N_STARTS_DELAY};
        evaluate(plan, &p, theta);
        double square = 0;
        for (int i = 0; i < plan->n_time; i++) {
            curve[i] = p.rows[FLOW][i];
            square += curve[i] * curve[i];
        }
        curve[plan->n_time] = square;
    }
    return WIL_OK;
}

static wil_status parametric_prepare(deconv_plan *plan, const wil_perfusion_config *config)
{
    (void)config;
    plan->n_work = 8 + N_PARAMETERS * (row_stride(plan) + deconv_spectrum_doubles(plan));
    WIL_TRY(wil_alloc_f64(&plan->own, deconv_spectrum_doubles(plan) + N_STARTS * ((size_t)plan->n_time + 1)));
    return fill_starts(plan);
}

/* The start that explains most of the curve; false if none has a positive flow. */
static bool choose_start(const deconv_plan *plan, double theta[N_PARAMETERS], const double *tissue)
{
    double best = 0;
    for (int s = 0; s < N_STARTS; s++) {
        const double *curve = start_curve(plan, s);
        double product = 0;
        for (int i = 0; i < plan->n_time; i++)
            product += curve[i] * tissue[i];
        const double explained = product > 0 ? product * product / curve[plan->n_time] : 0;
        if (explained <= best)
            continue;
        best = explained;
        theta[FLOW] = log(product / curve[plan->n_time]);
        theta[MTT] = log(start_mtt_s[s / N_STARTS_DELAY]);
        theta[ALPHA] = 0;
        theta[DELAY] = FIRST_DELAY_S + s % N_STARTS_DELAY;
    }
    return best > 0;
}

/* Sums over the frames: squared residual, J^T J, J^T residual. */
typedef struct normal_equations {
    double squares;
    double matrix[N_PARAMETERS][N_PARAMETERS];
    double vector[N_PARAMETERS];
} normal_equations;

static void accumulate(normal_equations *e, const pass *p, const double *tissue, int n_time)
{
    *e = (normal_equations){0};
    for (int t = 0; t < n_time; t++) {
        const double r = tissue[t] - p->rows[FLOW][t];
        e->squares += r * r;
        for (int i = 0; i < N_PARAMETERS; i++) {
            e->vector[i] += p->rows[i][t] * r;
            for (int j = 0; j <= i; j++)
                e->matrix[i][j] += p->rows[i][t] * p->rows[j][t];
        }
    }
}

static double prior_cost(const double theta[N_PARAMETERS], double flow_mean)
{
    double cost = 0;
    for (int i = 0; i < N_PARAMETERS; i++) {
        const double d = (theta[i] - (i == FLOW ? flow_mean : prior_mean[i])) / prior_sd[i];
        cost += d * d;
    }
    return cost;
}

/* theta_out = theta + damped step; false if the equations are not positive. */
static bool make_step(double theta_out[N_PARAMETERS], const double theta[N_PARAMETERS],
    const normal_equations *e, double variance, double damping, double flow_mean)
{
    double a[N_PARAMETERS][N_PARAMETERS];
    double step[N_PARAMETERS];
    for (int i = 0; i < N_PARAMETERS; i++) {
        const double precision = 1 / (prior_sd[i] * prior_sd[i]);
        for (int j = 0; j <= i; j++)
            a[i][j] = e->matrix[i][j] / variance;
        step[i] = e->vector[i] / variance + precision * ((i == FLOW ? flow_mean : prior_mean[i]) - theta[i]);
        a[i][i] = (a[i][i] + precision) * (1 + damping);
    }
    if (!cholesky_solve(&a[0][0], step, N_PARAMETERS))
        return false;
    for (int i = 0; i < N_PARAMETERS; i++) {
        const double most = i == DELAY ? 3 : 1; /* a longer stride leaves where the model is linear */
        theta_out[i] = theta[i] + fmax(-most, fmin(most, step[i]));
    }
    theta_out[MTT] = fmax(LEAST_MTT_LOG, fmin(MOST_MTT_LOG, theta_out[MTT]));
    theta_out[ALPHA] = fmax(LEAST_ALPHA, fmin(MOST_ALPHA, theta_out[ALPHA]));
    return true;
}

static bool is_small(const double a[N_PARAMETERS], const double b[N_PARAMETERS])
{
    double most = 0;
    for (int i = 0; i < N_PARAMETERS; i++)
        most = fmax(most, fabs(a[i] - b[i]));
    return most < SMALL_STEP;
}

/* Levenberg-Marquardt on the posterior, the variance renewed after each accepted step. */
static void climb(const deconv_plan *plan, pass *p, double theta[N_PARAMETERS], const double *tissue)
{
    const double flow_mean = theta[FLOW];
    normal_equations at;
    normal_equations next;
    double damping = 1e-2;
    evaluate(plan, p, theta);
    accumulate(&at, p, tissue, plan->n_time);
    double variance = at.squares / plan->n_time + 1e-300;
    for (int step = 0; step < MOST_STEPS; step++) {
        double proposed[N_PARAMETERS];
        if (!make_step(proposed, theta, &at, variance, damping, flow_mean))
            return;
        evaluate(plan, p, proposed);
        accumulate(&next, p, tissue, plan->n_time);
        const double before = at.squares / variance + prior_cost(theta, flow_mean);
        const double after = next.squares / variance + prior_cost(proposed, flow_mean);
        if (!(after <= before)) {
            damping *= 10;
            if (damping > 1e6)
                return;
            continue;
        }
        const bool done = is_small(theta, proposed);
        memcpy(theta, proposed, sizeof proposed);
        at = next;
        variance = at.squares / plan->n_time + 1e-300;
        damping = fmax(1e-6, damping / 10);
        if (done)
            return;
    }
}

static void parametric_solve(
    /* NOLINTNEXTLINE(readability-non-const-parameter): the methods share one interface */
    const deconv_plan *plan, double *k, wil_perfusion_peak *peak, const double *tissue, double *work)
{
    pass p = carve(plan, work);
    (void)k;
    *peak = (wil_perfusion_peak){0};
    memset(p.theta, 0, N_PARAMETERS * sizeof *p.theta);
    p.theta[FLOW] = -INFINITY;
    if (!choose_start(plan, p.theta, tissue))
        return;
    climb(plan, &p, p.theta, tissue);
    peak->height_per_s = exp(p.theta[FLOW]);
    peak->time_s = p.theta[DELAY];
    peak->parameter = exp(p.theta[ALPHA]);
}

/* k at circular lags, from the parameters that solve left in work. */
static void parametric_sample(const deconv_plan *plan, double *k, double *work)
{
    const pass p = carve(plan, work);
    const double alpha = exp(p.theta[ALPHA]), beta = exp(p.theta[MTT]) / alpha;
    for (int i = 0; i < plan->length; i++) {
        const int lag = i > plan->n_time ? i - plan->length : i;
        const double since = lag * plan->dt_s - p.theta[DELAY];
        k[i] = since < 0 ? 0 : exp(p.theta[FLOW]) * wil_num_gamma_q(alpha, since / beta);
    }
}

static void parametric_fit(const deconv_plan *plan, double *fit, double *work)
{
    pass p = carve(plan, work);
    double theta[N_PARAMETERS];
    memcpy(theta, p.theta, sizeof theta);
    if (isinf(theta[FLOW])) {
        memset(fit, 0, (size_t)plan->n_time * sizeof *fit);
        return;
    }
    evaluate(plan, &p, theta);
    memcpy(fit, p.rows[FLOW], (size_t)plan->n_time * sizeof *fit);
}

const deconv_method deconv_parametric = {
    parametric_prepare, parametric_solve, parametric_sample, parametric_fit};
