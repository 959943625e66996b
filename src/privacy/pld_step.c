/* The privacy loss of one draw on a grid.
 *
 * The pair is P = (1-q) N(0,s^2) + q N(1,s^2) with the unit against Q = N(0,s^2) without it; it dominates
 * every Poisson-subsampled Gaussian mechanism of noise s [Zhu2022, "Optimal accounting of differential
 * privacy via characteristic function", theorem 11], in both directions. Outputs are sorted into bins by
 * their loss l = ln P/Q; each bin [a, b] is then replaced by two outputs, of loss a and of loss b, that carry
 * the bin's P and Q mass between them. Under Q that spreads the likelihood ratio and keeps its mean, and
 * delta(epsilon) = E_Q (P/Q - e^epsilon)_+ is the mean of a convex function of it, so by Jensen's inequality
 * it grows, for every epsilon: the discrete pair dominates the true one, and so do its compositions [Zhu2022,
 * theorem 10]. (The same pair as [Doroshenko2022, "Connect the dots"].) Its mean is off by the square of the
 * spacing only, where rounding up every loss would be off by half of it a draw. */
#include "privacy_internal.h"

#include <math.h>
#include <string.h>

#define LARGE 300.0 /* losses beyond which e^loss is kept as a logarithm, lest it overflow */

typedef struct pair {
    double q, sigma;
    pld_direction direction;
} pair;

/* The output x at which the loss is `loss`: ln(1-q + q exp((2x-1)/(2 s^2))), its negative for PLD_ADD; minus
 * infinity where the loss is out of reach. */
static double output_at(const pair *p, double loss)
{
    const double forward = p->direction == PLD_ADD ? -loss : loss;
    if (forward > LARGE || p->q == 1) /* q e^exponent is all there is, to double precision */
        return 0.5 + p->sigma * p->sigma * (forward - log(p->q));
    const double ratio = expm1(forward) / p->q;
    return ratio <= -1 ? -INFINITY : 0.5 + p->sigma * p->sigma * log1p(ratio);
}

static double loss_at(const pair *p, double x)
{
    const double exponent = (2 * x - 1) / (2 * p->sigma * p->sigma);
    double loss = log(p->q) + exponent;
    if (exponent <= LARGE && p->q < 1)
        loss = log1p(p->q * expm1(exponent));
    return p->direction == PLD_ADD ? -loss : loss;
}

/* Mass of N(mean, sigma^2) in [low, high], without cancellation in either tail. */
static double normal_mass(double low, double high, double mean, double sigma)
{
    const double a = (low - mean) / (M_SQRT2 * sigma);
    const double b = (high - mean) / (M_SQRT2 * sigma);
    if (a > 0)
        return 0.5 * (erfc(a) - erfc(b));
    if (b < 0)
        return 0.5 * (erfc(-b) - erfc(-a));
    return 0.5 * (erf(b) - erf(a));
}

/* Its logarithm for an interval in the upper tail, however far out. */
static double log_tail_mass(double low, double high, double mean, double sigma)
{
    const double a = (low - mean) / (M_SQRT2 * sigma);
    const double b = (high - mean) / (M_SQRT2 * sigma);
    const double beyond = isinf(b) ? 0 : privacy_erfcx(b) * exp((a - b) * (a + b));
    return log(0.5 * (privacy_erfcx(a) - beyond)) - a * a;
}

typedef struct bin {
    double mass;  /* of outputs, under what the direction draws from */
    double above; /* mass - e^loss * (mass under the other), loss being the bin's lower end */
} bin;

/* q N(1) against e^loss N(0) where e^loss is huge and the outputs lie far above 1 (PLD_REMOVE; PLD_ADD only
 * gets there for q = 1, where it is the same reflected at 1/2). */
static double above_large(const pair *p, double loss, double x_low, double x_high, double mass)
{
    const bool add = p->direction == PLD_ADD;
    const double other =
        add ? log_tail_mass(1 - x_high, 1 - x_low, 0, p->sigma) : log_tail_mass(x_low, x_high, 0, p->sigma);
    return mass - exp(loss + other);
}

/* The outputs with a loss in [low, high]. above is small against mass, so it is not computed as a difference
 * of the two masses: they have (1-q) N(0) in common. */
static bin bin_between(const pair *p, double low, double high)
{
    const bool add = p->direction == PLD_ADD;
    const double x_low = output_at(p, add ? high : low);
    const double x_high = output_at(p, add ? low : high);
    const double n0 = normal_mass(x_low, x_high, 0, p->sigma);
    const double n1 = normal_mass(x_low, x_high, 1, p->sigma);
    bin out;
    out.mass = add ? n0 : (1 - p->q) * n0 + p->q * n1;
    if (low > LARGE)
        out.above = above_large(p, low, x_low, x_high, out.mass);
    else if (add)
        out.above = n0 * (p->q * exp(low) - expm1(low)) - exp(low) * p->q * n1;
    else
        out.above = p->q * n1 - (expm1(low) + p->q) * n0;
    out.above = fmin(fmax(out.above, 0), out.mass); /* rounding */
    return out;
}

/* First and last grid point, between which all but tail of the loss lies, on either side. */
static void find_span(double span_out[2], const pair *p, double spacing, double tail)
{
    const double reach = p->sigma * sqrt(2 * log(1 / tail)); /* P(N(0,s^2) > reach) <= tail / 2 */
    const double x_low = -reach;
    const double x_high = (p->direction == PLD_ADD ? 0 : 1) + reach;
    const double a = loss_at(p, x_low);
    const double b = loss_at(p, x_high);
    span_out[0] = floor(fmin(a, b) / spacing);
    span_out[1] = ceil(fmax(a, b) / spacing);
    if (span_out[1] == span_out[0])
        span_out[1]++;
}

static pair pair_of(const wil_privacy_mechanism *mechanism, pld_direction direction)
{
    return (pair){mechanism->sampling_rate, privacy_effective_noise(mechanism), direction};
}

double pld_step_points(
    const wil_privacy_mechanism *mechanism, pld_direction direction, double spacing, double tail)
{
    double span[2];
    const pair p = pair_of(mechanism, direction);
    find_span(span, &p, spacing, tail);
    return span[1] - span[0] + 1;
}

typedef struct filling {
    const pair *p;
    const pld_step *step;
    double spacing;
    double *up; /* [n - 1] mass of each bin that goes to its upper end */
} filling;

/* A bin of width h keeps (mass - e^a other)/(1 - e^-h) at its upper end and the rest at its lower one. */
static void fill_bins(int64_t begin, int64_t end, void *context)
{
    const filling *f = context;
    for (int64_t i = begin; i < end; i++) {
        const double low = (double)(f->step->first + i) * f->spacing;
        const bin b = bin_between(f->p, low, low + f->spacing);
        f->step->mass[i] = b.mass;
        f->up[i] = fmin(b.above / -expm1(-f->spacing), b.mass);
    }
}

static wil_status fill(pld_step *step, const pair *p, double spacing)
{
    double *up = NULL;
    WIL_TRY(wil_alloc_f64(&up, (size_t)step->n));
    filling f = {.p = p, .step = step, .spacing = spacing, .up = up};
    wil_parallel_for(step->n - 1, 4096, fill_bins, &f);
    for (int64_t i = step->n - 2; i >= 0; i--) {
        step->mass[i] -= up[i];
        step->mass[i + 1] += up[i];
    }
    wil_free(up);
    return WIL_OK;
}

/* What lies beyond the span: losses below go up to its first point; of those above, the part that the last
 * point can carry goes there, the rest counts as infinite (the same rule for the bin [last, infinity)). */
static void add_ends(pld_step *step, const pair *p, double spacing)
{
    const bin below = bin_between(p, -INFINITY, (double)step->first * spacing);
    const bin above = bin_between(p, (double)(step->first + step->n - 1) * spacing, INFINITY);
    step->mass[0] += below.mass;
    step->mass[step->n - 1] += above.mass - above.above;
    step->infinite = above.above;
    step->outside = below.mass + above.mass;
}

wil_status pld_step_make(pld_step *out, const wil_privacy_mechanism *mechanism, pld_direction direction,
    double spacing, double tail)
{
    double span[2];
    const pair p = pair_of(mechanism, direction);
    memset(out, 0, sizeof *out);
    find_span(span, &p, spacing, tail);
    out->steps = mechanism->steps;
    out->first = (int64_t)span[0];
    out->n = (int64_t)(span[1] - span[0]) + 1;
    wil_status status = wil_alloc_f64(&out->mass, (size_t)out->n);
    if (status == WIL_OK)
        status = wil_alloc_f64(&out->chunk_sums, (size_t)(out->n / PLD_CHUNK + 1));
    if (status == WIL_OK)
        status = fill(out, &p, spacing);
    if (status != WIL_OK) {
        pld_step_clear(out);
        return status;
    }
    add_ends(out, &p, spacing);
    while (out->n > 1 && out->mass[out->n - 1] == 0) /* moments take their scale from the last point */
        out->n--;
    return WIL_OK;
}

void pld_step_clear(pld_step *step)
{
    wil_free(step->mass);
    wil_free(step->chunk_sums);
    memset(step, 0, sizeof *step);
}
