/* Moments of the likelihood ratio of the Poisson-subsampled Gaussian, A(order) in [Mironov2019, "Rényi
 * Differential Privacy of the Sampled Gaussian Mechanism", section 3.3], in logarithms throughout. */
#include "privacy_internal.h"

#include <math.h>

/* ---- sums of numbers that are known by their logarithm ------------------------------------------------ */

/* sum * exp(scale); scale is the largest logarithm so far, so that nothing overflows. */
typedef struct log_sum {
    double scale, sum;
} log_sum;

static const log_sum EMPTY = {-INFINITY, 0};

static void add(log_sum *s, double log_magnitude, double sign)
{
    if (log_magnitude > s->scale) {
        s->sum *= exp(s->scale - log_magnitude);
        s->scale = log_magnitude;
    }
    if (log_magnitude > -INFINITY)
        s->sum += sign * exp(log_magnitude - s->scale);
}

/* ---- whole orders ------------------------------------------------------------------------------------- */

/* ln(exp(x) - 1) */
static double log_expm1(double x)
{
    return x > 36 ? x : log(expm1(x)); /* exp(-36) is below double precision */
}

/* A = sum_k C(order,k) (1-q)^(order-k) q^k exp((k^2-k)/(2 sigma^2)). The binomial weights add up to 1, so A -
 * 1 is the same sum with exp(..) - 1: terms 0 and 1 vanish, the others are positive, and no digit is lost
 * however near A is to 1. */
double privacy_log_moment_whole(double q, double sigma, int order)
{
    log_sum rest = EMPTY; /* A - 1 */
    double log_binomial = log(order);
    for (int k = 2; k <= order; k++) {
        log_binomial += log((double)(order - k + 1) / k);
        const double growth = ((double)k * k - k) / (2 * sigma * sigma);
        add(&rest, log_binomial + (order - k) * log1p(-q) + k * log(q) + log_expm1(growth), 1);
    }
    const double log_rest = rest.scale + log(rest.sum);
    return log_rest > 36 ? log_rest : log1p(exp(log_rest));
}

/* ---- fractional orders -------------------------------------------------------------------------------- */

/* The binomial series of the integrand, integrated on both sides of z0, where its two parts are equal. */
typedef struct series {
    double order, sigma, z0;
    double log_q, log_1q; /* ln q, ln(1 - q) */
} series;

/* ln of (1-q)^(order-i) q^i exp((i^2-i)/(2 sigma^2)) erfc(x) / 2 for any real i, where x = +-(i-z0)/(sqrt(2)
 * sigma). Where erfc is in its tail, its decay and the growth of exp cancel but for (1-q)^order
 * exp(-z0^2/(2 sigma^2)): that is done on paper here, as the computer would lose its digits. */
static double log_part(const series *s, double i, double x)
{
    if (x > 0)
        return s->order * s->log_1q - s->z0 * s->z0 / (2 * s->sigma * s->sigma) + log(0.5 * privacy_erfcx(x));
    const double growth = (i * i - i) / (2 * s->sigma * s->sigma);
    return (s->order - i) * s->log_1q + i * s->log_q + growth + log(0.5 * erfc(x));
}

/* ln of term i without its binomial: the parts below and above z0. */
static double log_term(const series *s, int i)
{
    const double j = s->order - i;
    const double below = log_part(s, i, (i - s->z0) / (M_SQRT2 * s->sigma));
    const double above = log_part(s, j, (s->z0 - j) / (M_SQRT2 * s->sigma));
    return fmax(below, above) + log1p(exp(-fabs(below - above)));
}

#define N_TAIL 24 /* 2 (3 + sqrt 8)^-24 = 8e-19 */
#define MOST_TERMS 100000
#define NEAR_1 0.7 /* ln A below which rounding, 3e-14 of A, would take digits of ln A that count */

/* ln |C(order,i+1)| from ln |C(order,i)| */
static double next_log_binomial(const series *s, double log_binomial, int i)
{
    return log_binomial + log(fabs(s->order - i) / (i + 1));
}

/* The terms from i on alternate in sign and, i lying beyond order, z0 and order - z0, are completely
 * monotone: |C(order,i)| is a moment sequence and erfcx a Laplace transform. So the weights of [Cohen2000,
 * "Convergence acceleration of alternating series", algorithm 1] give their infinite sum from N_TAIL of them.
 */
static void add_tail(log_sum *sum, const series *s, double log_binomial, int i, double sign)
{
    double d = pow(3 + sqrt(8), N_TAIL);
    d = (d + 1 / d) / 2;
    double b = -1;
    double c = -d;
    for (int k = 0; k < N_TAIL; k++) {
        c = b - c;
        add(sum, log_binomial + log_term(s, i + k) + log(fabs(c) / d), c < 0 ? -sign : sign);
        b *= (double)(k + N_TAIL) * (k - N_TAIL) / ((k + 0.5) * (k + 1));
        log_binomial = next_log_binomial(s, log_binomial, i + k);
    }
}

/* Beyond order the terms shrink and alternate, so what is left out is smaller than the first term of it. */
static wil_status add_series(log_sum *sum, const series *s)
{
    const double monotone_from = fmax(s->order, fmax(s->z0, s->order - s->z0));
    double log_binomial = 0;
    double sign = 1;
    for (int i = 0; i < MOST_TERMS; i++) {
        if (i > monotone_from) {
            add_tail(sum, s, log_binomial, i, sign);
            return WIL_OK;
        }
        const double term = log_binomial + log_term(s, i);
        add(sum, term, sign);
        if (i > s->order && term < sum->scale - 42) /* e^-42 = 6e-19 */
            return WIL_OK;
        log_binomial = next_log_binomial(s, log_binomial, i);
        if (i > s->order)
            sign = -sign;
    }
    return wil_fail(
        WIL_ERR_NUMERIC, "the series of order %g does not converge within %d terms", s->order, MOST_TERMS);
}

wil_status privacy_log_moment_fractional(double *out, double q, double sigma, double order)
{
    const series s = {.order = order,
        .sigma = sigma,
        .z0 = sigma * sigma * (log1p(-q) - log(q)) + 0.5,
        .log_q = log(q),
        .log_1q = log1p(-q)};
    log_sum sum = EMPTY;
    WIL_TRY(add_series(&sum, &s));
    WIL_REQUIRE(sum.sum > 0, WIL_ERR_NUMERIC, "the series of order %g lost all its digits", order);
    *out = sum.scale + log(sum.sum);
    if (*out < NEAR_1) {
        WIL_TRY(privacy_moment_excess(out, q, sigma, order));
        *out = log1p(*out);
    }
    return WIL_OK;
}

double privacy_erfcx(double x)
{
    if (x < 6)
        return exp(x * x) * erfc(x);
    /* the asymptotic series, whose terms fall to e^(-x^2) before they grow; 16 of them reach double precision
     */
    double term = 1;
    double sum = 1;
    for (int k = 1; k <= 16; k++) {
        term *= -(2 * k - 1) / (2 * x * x);
        sum += term;
    }
    return sum / (x * sqrt(M_PI));
}
