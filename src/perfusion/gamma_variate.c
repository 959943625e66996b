/* Gamma-variate with recirculation, fitted by Levenberg-Marquardt. The first pass is fitted to the first
 * pass; then the recirculation to what is left of the curve. */
#include "willis/perfusion.h"

#include "aif_internal.h"

#include <math.h>
#include <string.h>

#define MOST_PARAMETERS 4
#define MOST_STEPS 200
#define PASS_END 0.4 /* of the peak on the falling flank: below it recirculation begins to count */

/* A (t - t0)^alpha exp(-(t - t0)/beta), written so that A is the height at the peak t0 + alpha beta:
 * amplitude and shape then do not compensate each other over many orders of magnitude. */
static double first_pass(double height, double t0, double alpha, double beta, double t)
{
    const double x = (t - t0) / (alpha * beta);
    return x > 0 ? height * exp(alpha * (log(x) + 1 - x)) : 0;
}

/* parameters: height, t0, log alpha, log beta. */
static double first_pass_of(const double *parameters, double t)
{
    return first_pass(parameters[0], parameters[1], exp(parameters[2]), exp(parameters[3]), t);
}

typedef struct fit_problem {
    double (*model)(const double *parameters, double t, const void *context);
    const void *context;
    const double *curve;
    int first, last; /* frames */
    double dt_s;
    int n; /* parameters */
    const double *least, *most;
} fit_problem;

static double squares_of(const fit_problem *f, const double *parameters)
{
    double sum = 0;
    for (int i = f->first; i <= f->last; i++) {
        const double r = f->curve[i] - f->model(parameters, i * f->dt_s, f->context);
        sum += r * r;
    }
    return sum;
}

/* J^T J and J^T r by central differences. */
static void equations_of(const fit_problem *f, const double *parameters,
    double a[MOST_PARAMETERS][MOST_PARAMETERS], double b[MOST_PARAMETERS])
{
    memset(a, 0, MOST_PARAMETERS * sizeof *a);
    memset(b, 0, MOST_PARAMETERS * sizeof *b);
    for (int i = f->first; i <= f->last; i++) {
        double slope[MOST_PARAMETERS] = {0};
        double p[MOST_PARAMETERS];
        const double t = i * f->dt_s;
        for (int j = 0; j < f->n; j++) {
            const double h = 1e-5 * fmax(fabs(parameters[j]), 1e-2);
            memcpy(p, parameters, (size_t)f->n * sizeof *p);
            p[j] = parameters[j] + h;
            const double above = f->model(p, t, f->context);
            p[j] = parameters[j] - h;
            slope[j] = (above - f->model(p, t, f->context)) / (2 * h);
        }
        const double r = f->curve[i] - f->model(parameters, t, f->context);
        for (int j = 0; j < f->n; j++) {
            b[j] += slope[j] * r;
            for (int k = 0; k < f->n; k++)
                a[j][k] += slope[j] * slope[k];
        }
    }
}

/* Gauss elimination with pivots; false if singular. */
static bool solve(double a[MOST_PARAMETERS][MOST_PARAMETERS], double b[MOST_PARAMETERS], int n)
{
    for (int i = 0; i < n; i++) {
        int pivot = i;
        for (int r = i + 1; r < n; r++)
            if (fabs(a[r][i]) > fabs(a[pivot][i]))
                pivot = r;
        if (!(fabs(a[pivot][i]) > 0))
            return false;
        for (int c = 0; c < n; c++) {
            const double swap = a[i][c];
            a[i][c] = a[pivot][c];
            a[pivot][c] = swap;
        }
        const double swap = b[i];
        b[i] = b[pivot];
        b[pivot] = swap;
        for (int r = i + 1; r < n; r++) {
            const double share = a[r][i] / a[i][i];
            for (int c = i; c < n; c++)
                a[r][c] -= share * a[i][c];
            b[r] -= share * b[i];
        }
    }
    for (int i = n - 1; i >= 0; i--) {
        for (int c = i + 1; c < n; c++)
            b[i] -= a[i][c] * b[c];
        b[i] /= a[i][i];
    }
    return true;
}

static void minimise(const fit_problem *f, double *parameters)
{
    double damping = 1e-3;
    double squares = squares_of(f, parameters);
    for (int step = 0; step < MOST_STEPS && damping < 1e8; step++) {
        double a[MOST_PARAMETERS][MOST_PARAMETERS];
        double b[MOST_PARAMETERS];
        double next[MOST_PARAMETERS];
        equations_of(f, parameters, a, b);
        for (int i = 0; i < f->n; i++)
            a[i][i] = a[i][i] * (1 + damping) + 1e-30;
        if (!solve(a, b, f->n))
            return;
        for (int i = 0; i < f->n; i++)
            next[i] = fmax(f->least[i], fmin(f->most[i], parameters[i] + b[i]));
        const double after = squares_of(f, next);
        if (!(after < squares)) {
            damping *= 10;
            continue;
        }
        const bool done = squares - after < 1e-12 * squares;
        memcpy(parameters, next, (size_t)f->n * sizeof *next);
        squares = after;
        damping = fmax(1e-12, damping / 10);
        if (done)
            return;
    }
}

static double pass_model(const double *parameters, double t, const void *context)
{
    (void)context;
    return first_pass_of(parameters, t);
}

/* The first pass smeared by an exponential, at t: the integral over past times by Simpson's rule. */
static double smeared(const double *pass, double smear_s, double t)
{
    enum { N = 24 };
    const double reach = 6 * smear_s;
    double sum = 0;
    if (smear_s < 1e-6)
        return first_pass_of(pass, t);
    for (int i = 0; i <= N; i++) {
        const double u = reach * i / N;
        const double weight = i == 0 || i == N ? 1 : i % 2 == 1 ? 4 : 2;
        sum += weight * exp(-u / smear_s) * first_pass_of(pass, t - u);
    }
    return sum * reach / N / 3 / smear_s / (1 - exp(-reach / smear_s));
}

/* parameters: share, delay, log smear; context: the first pass. */
static double recirculation_model(const double *parameters, double t, const void *context)
{
    const double *pass = context;
    return first_pass_of(pass, t) + parameters[0] * smeared(pass, exp(parameters[2]), t - parameters[1]);
}

static void fit_pass(double pass[4], const double *curve, int n_time, double dt_s, int peak)
{
    int onset = peak, end = peak;
    while (onset > 0 && curve[onset - 1] > 0.1 * curve[peak])
        onset--;
    while (end + 1 < n_time && curve[end] > PASS_END * curve[peak])
        end++;
    const double rise_s = fmax(dt_s, (peak - onset + 1) * dt_s);
    const double least[4] = {0, (onset - 5) * dt_s - rise_s, log(0.5), log(0.1)};
    const double most[4] = {10 * curve[peak], (peak - 0.2) * dt_s, log(30), log(30)};
    const fit_problem problem = {
        pass_model, NULL, curve, onset > 3 ? onset - 3 : 0, end, dt_s, 4, least, most};
    pass[0] = curve[peak];
    pass[1] = peak * dt_s - rise_s;
    pass[2] = log(3);
    pass[3] = log(rise_s / 3);
    minimise(&problem, pass);
}

static void fit_recirculation(
    double again[3], const double pass[4], const double *curve, int n_time, double dt_s, int peak)
{
    static const double least[3] = {0, 3, -1};
    static const double most[3] = {1, 40, 3};
    const fit_problem problem = {recirculation_model, pass, curve, peak, n_time - 1, dt_s, 3, least, most};
    double best = INFINITY;
    for (int start = 0; start < 3; start++) {
        double trial[3] = {0.1, 8 + 6 * start, log(4)};
        minimise(&problem, trial);
        const double squares = squares_of(&problem, trial);
        if (squares < best) {
            best = squares;
            memcpy(again, trial, sizeof trial);
        }
    }
}

static void pack(double pass[4], double again[3], const wil_perfusion_gamma *g)
{
    const double peak_s = g->alpha * g->beta_s;
    pass[0] = g->amplitude * exp(g->alpha * (log(peak_s) - 1));
    pass[1] = g->arrival_s;
    pass[2] = log(g->alpha);
    pass[3] = log(g->beta_s);
    again[0] = g->share;
    again[1] = g->delay_s;
    again[2] = log(g->smear_s);
}

void wil_perfusion_gamma_curve(double *out, const wil_perfusion_gamma *gamma, int n_time, double dt_s)
{
    double pass[4], again[3];
    pack(pass, again, gamma);
    for (int i = 0; i < n_time; i++)
        out[i] = recirculation_model(again, i * dt_s, pass);
}

wil_status wil_perfusion_gamma_fit(
    wil_perfusion_gamma *out, double *fit_out, const double *curve, int n_time, double dt_s)
{
    double pass[4];
    double again[3] = {0, 10, 0};
    WIL_REQUIRE(
        n_time >= 8 && dt_s > 0, WIL_ERR_ARG, "a gamma-variate needs 8 frames at least, got %d", n_time);
    const int peak = aif_peak_frame(curve, n_time);
    WIL_REQUIRE(curve[peak] > 0 && isfinite(curve[peak]) && peak > 0, WIL_ERR_NUMERIC,
        "a gamma-variate cannot be fitted: the curve has no peak above 0 after its first frame");
    fit_pass(pass, curve, n_time, dt_s, peak);
    fit_recirculation(again, pass, curve, n_time, dt_s, peak);
    const double alpha = exp(pass[2]), beta = exp(pass[3]);
    *out = (wil_perfusion_gamma){
        .amplitude = pass[0] * exp(-alpha * (log(alpha * beta) - 1)),
        .arrival_s = pass[1],
        .alpha = alpha,
        .beta_s = beta,
        .share = again[0],
        .delay_s = again[1],
        .smear_s = exp(again[2]),
    };
    wil_perfusion_gamma_curve(fit_out, out, n_time, dt_s);
    return WIL_OK;
}
