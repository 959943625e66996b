/* The privacy loss of many draws: the distribution of a sum, by FFT.
 *
 * The losses of independent draws add up, so their distribution is convolved with itself, which is a power of
 * its Fourier transform [Koskela2020; Gopi2021]. Two things are done about a small delta, which lies in the
 * far tail of the sum. The distribution is tilted by e^(tilt loss), as for a Chernoff bound, so that the
 * sum's mass lies around the epsilon in question and not far below it; and the FFT's circle is a window
 * around that mass, outside of which the tilted probability is bounded by Chernoff's inequality. */
#include "privacy_internal.h"

#include <complex.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "willis/num.h"

#define MISSING 1e-12 /* tilted probability outside of the window, a side: see pld_tilt.c */

#define NOTICEABLE 1e-4             /* of the tilted probability, as TAIL_SHARE of delta in pld_epsilon.c */
#define FARTHEST 9007199254740992.0 /* 2^53 */

typedef struct circle {
    int n; /* points */
    wil_fft *fft;
    double *masses;                /* [n] of one draw, then of the sum */
    double _Complex *spectrum;     /* [n/2 + 1] */
    double _Complex *log_spectrum; /* [n/2 + 1] of the sum */
    double offset;                 /* what was taken off the sum's grid points */
} circle;

static wil_status circle_make(circle *c, int n)
{
    memset(c, 0, sizeof *c);
    c->n = n;
    WIL_TRY(wil_fft_new(&c->fft, n, 1));
    WIL_TRY(wil_alloc_f64(&c->masses, (size_t)n));
    WIL_TRY(wil_alloc((void **)&c->spectrum, (size_t)n / 2 + 1, sizeof *c->spectrum));
    return wil_alloc((void **)&c->log_spectrum, (size_t)n / 2 + 1, sizeof *c->log_spectrum);
}

static void circle_clear(circle *c)
{
    wil_fft_free(c->fft);
    wil_free(c->masses);
    wil_free(c->spectrum);
    wil_free(c->log_spectrum);
}

static int64_t modulo(double a, int n)
{
    const double rest = fmod(a, n);
    return (int64_t)(rest < 0 ? rest + n : rest);
}

/* One draw, tilted, on the circle, its mean near 0: then the spectrum's phases are small where it matters,
 * and keep their digits when multiplied by the number of draws. */
static void place(circle *c, const pld_step *step, double slope, double log_moment)
{
    double mean = 0;
    memset(c->masses, 0, (size_t)c->n * sizeof *c->masses);
    for (int64_t i = 0; i < step->n; i++) {
        const double k = (double)(step->first + i);
        mean += k * step->mass[i] * exp(slope * k - log_moment);
    }
    const double middle = round(mean);
    for (int64_t i = 0; i < step->n; i++) {
        const double k = (double)(step->first + i);
        c->masses[modulo(k - middle, c->n)] += step->mass[i] * exp(slope * k - log_moment);
    }
    c->offset += middle * (double)step->steps;
}

typedef struct power {
    const double _Complex *spectrum;
    double _Complex *log_spectrum;
    double steps;
} power;

static void add_power(int64_t begin, int64_t end, void *context)
{
    const power *p = context;
    for (int64_t j = begin; j < end; j++)
        p->log_spectrum[j] += p->steps * clog(p->spectrum[j]);
}

static void exponentiate(int64_t begin, int64_t end, void *context)
{
    double _Complex *values = context;
    for (int64_t j = begin; j < end; j++) /* ln 0 gave minus infinity, or NaN when several were added */
        values[j] = creal(values[j]) > -DBL_MAX ? cexp(values[j]) : 0;
}

/* The sum's tilted masses: product of the spectra's powers, transformed back. */
static wil_status convolve(circle *c, const pld_steps *steps, double tilt)
{
    const int64_t n_frequencies = c->n / 2 + 1;
    const double slope = tilt * steps->spacing;
    for (int i = 0; i < steps->n; i++) {
        const pld_step *step = &steps->items[i];
        const power p = {c->spectrum, c->log_spectrum, (double)step->steps};
        place(c, step, slope, pld_step_log_moment(step, slope));
        WIL_TRY(wil_fft_forward(c->fft, c->spectrum, c->masses));
        wil_parallel_for(n_frequencies, PLD_CHUNK, add_power, (void *)&p);
    }
    wil_parallel_for(n_frequencies, PLD_CHUNK, exponentiate, c->log_spectrum);
    return wil_fft_inverse(c->fft, c->masses, c->log_spectrum);
}

/* The tilted masses add up to 1. What they fail to, rounding of the bins took or added; where that is more
 * than cut tails may cost, it widens both ends. Masses that are not numbers would count as none at all, and
 * none cost no epsilon. */
static wil_status check_mass(pld_sum *sum, const circle *c)
{
    const double astray = fabs(creal(c->log_spectrum[0]) - 1); /* exponentiated by now */
    WIL_REQUIRE(astray < 1, WIL_ERR_ARG, "the privacy loss distribution left double precision");
    if (astray > NOTICEABLE)
        sum->rounding = fmax(sum->rounding, astray);
    return WIL_OK;
}

/* delta at each grid point from the masses above it, from the top down:
 * delta_k = sum_{s > k} (1 - e^((k-s) h)) m_s, with m_s = e^(-tilt s h) times the tilted mass. With
 * E_k = sum_{s > k} e^((k-s) h) m_s, delta_k = delta_{k+1} + (1 - e^-h) (m_{k+1} + E_{k+1}): only sums of
 * positive numbers. Scaled by e^(tilt k h), so that nothing underflows. */
static void accumulate(pld_sum *sum, const circle *c)
{
    const double fall = exp(-sum->tilt * sum->spacing);
    const double share = -expm1(-sum->spacing);
    double delta = 0;
    double rest = 0; /* E */
    for (int64_t i = sum->n - 1; i >= 0; i--) {
        sum->scaled_delta[i] = delta;
        const double mass = fmax(0, c->masses[modulo((double)(sum->first + i) - c->offset, c->n)]);
        delta = fall * (delta + share * (mass + rest));
        rest = fall * (1 - share) * (mass + rest);
    }
}

static double infinite_loss(const pld_steps *steps)
{
    double log_none = 0;
    for (int i = 0; i < steps->n; i++)
        log_none += (double)steps->items[i].steps * log1p(-steps->items[i].infinite);
    return -expm1(log_none);
}

wil_status pld_sum_make(pld_sum *out, const pld_steps *steps, double tilt)
{
    circle c;
    double window[2];
    memset(out, 0, sizeof *out);
    pld_sum_window(window, steps, tilt);
    const double n_points = window[1] - window[0] + 1;
    /* also where the window is not a number, and where grid points are not all whole numbers in double */
    WIL_REQUIRE(n_points >= 1 && n_points <= PLD_MOST_POINTS && fmax(-window[0], window[1]) < FARTHEST,
        WIL_ERR_ARG, "the privacy loss distribution would need %.3g grid points, %d at most are used",
        n_points, PLD_MOST_POINTS);
    out->spacing = steps->spacing;
    out->tilt = tilt;
    out->log_moment = pld_log_moment(steps, tilt);
    out->first = (int64_t)window[0];
    out->n = (int64_t)n_points;
    out->infinite = infinite_loss(steps);
    out->missing = MISSING;
    /* a spectrum's element is off by some units of the last place, its power by n_draws times as much */
    out->rounding = DBL_EPSILON * log2((double)out->n + 2) * (steps->n_draws + 1);
    wil_status status = circle_make(&c, wil_fft_good_length((int)out->n));
    if (status == WIL_OK)
        status = wil_alloc_f64(&out->scaled_delta, (size_t)out->n);
    if (status == WIL_OK)
        status = convolve(&c, steps, tilt);
    if (status == WIL_OK)
        status = check_mass(out, &c);
    if (status == WIL_OK)
        accumulate(out, &c);
    circle_clear(&c);
    if (status != WIL_OK)
        pld_sum_clear(out);
    return status;
}

void pld_sum_clear(pld_sum *sum)
{
    wil_free(sum->scaled_delta);
    memset(sum, 0, sizeof *sum);
}

static double delta_at(const pld_sum *sum, int64_t k)
{
    if (k >= sum->first + sum->n)
        return 0;
    const double scaled = sum->scaled_delta[k - sum->first];
    return scaled * exp(sum->log_moment - sum->tilt * sum->spacing * (double)k);
}

/* Between grid points delta is linear in e^epsilon, as no mass lies there. */
double pld_sum_delta(const pld_sum *sum, double epsilon)
{
    const double at = floor(epsilon / sum->spacing);
    if (at >= (double)(sum->first + sum->n - 1))
        return 0;
    const int64_t k = (int64_t)fmax(at, (double)sum->first);
    const double over = fmax(0, epsilon - (double)k * sum->spacing);
    const double share = fmin(1, expm1(over) / expm1(sum->spacing));
    return (1 - share) * delta_at(sum, k) + share * delta_at(sum, k + 1);
}
