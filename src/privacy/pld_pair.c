/* The pair of outputs that one draw is as bad as.
 *
 * One unit: P = (1-q) N(0,s^2) + q N(1,s^2) with it against Q = N(0,s^2) without it dominates every
 * Poisson-subsampled Gaussian mechanism of noise s [Zhu2022, "Optimal accounting of differential privacy via
 * characteristic function", theorem 11], in both directions. A group of m units, each drawn with probability
 * q for itself: P = sum_k Binomial(m,q)(k) N(k,s^2) against Q [Ganesh2024, "Tight group-level DP guarantees
 * for DP-SGD with sampling via mixture of Gaussians mechanisms"]; what depends on the number of units is in
 * pld_group.c. */
#include "pld_group.h"

#include <math.h>
#include <string.h>

wil_status pld_pair_make(pld_pair *out, const wil_privacy_mechanism *mechanism, int64_t group,
    pld_direction direction, double tail)
{
    const double q = mechanism->sampling_rate;
    *out = (pld_pair){
        .any = q, .none = 1 - q, .sigma = privacy_effective_noise(mechanism), .direction = direction};
    if (q == 1) /* all are drawn: one unit that weighs as much */
        out->sigma /= (double)group;
    else if (group > 1)
        return pld_group_weights(out, q, group, tail);
    return WIL_OK;
}

void pld_pair_clear(pld_pair *pair)
{
    wil_free(pair->weight);
    wil_free(pair->log_weight);
    memset(pair, 0, sizeof *pair);
}

static double single_output(const pld_pair *p, double forward)
{
    if (forward > PRIVACY_LARGE_LOSS || p->any == 1) /* q e^exponent is all there is, to double precision */
        return 0.5 + p->sigma * p->sigma * (forward - log(p->any));
    const double ratio = expm1(forward) / p->any;
    if (ratio == INFINITY) /* any below e^-400 */
        return 0.5 + p->sigma * p->sigma * (log(expm1(forward)) - log(p->any));
    return ratio <= -1 ? -INFINITY : 0.5 + p->sigma * p->sigma * log1p(ratio);
}

double pld_pair_loss(const pld_pair *pair, double x)
{
    const double forward =
        pair->weight != NULL ? pld_group_loss(pair, x, NULL) : privacy_draw_loss(pair->any, pair->sigma, x);
    return pair->direction == PLD_ADD ? -forward : forward;
}

double pld_pair_output(const pld_pair *pair, double loss, double near)
{
    const double forward = pair->direction == PLD_ADD ? -loss : loss;
    return pair->weight != NULL ? pld_group_output(pair, forward, near) : single_output(pair, forward);
}

void pld_pair_span(double span_out[2], const pld_pair *pair, double tail)
{
    const double reach = pair->sigma * sqrt(2 * log(1 / tail)); /* P(N(0,s^2) > reach) <= tail / 2 */
    span_out[0] = -reach;
    span_out[1] = (pair->direction == PLD_ADD ? 0 : 1) + reach;
    if (pair->weight != NULL)
        pld_group_span(span_out, pair, reach, tail);
}

/* ---- masses ------------------------------------------------------------------------------------------- */

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

/* Mass under P of outputs of draws with a unit. */
static double mass_with_units(const pld_pair *p, double x_low, double x_high)
{
    double sum = 0;
    if (p->weight == NULL)
        return p->any * normal_mass(x_low, x_high, 1, p->sigma);
    for (int i = p->first == 0 ? 1 : 0; i < p->n; i++)
        sum += p->weight[i] * normal_mass(x_low, x_high, p->first + i, p->sigma);
    return sum;
}

/* q N(1) against e^loss N(0) where e^loss is huge and the outputs lie far above 1 (PLD_REMOVE; PLD_ADD only
 * gets there for q = 1, where it is the same reflected at 1/2). */
static double above_large(const pld_pair *p, double loss, double x_low, double x_high, double mass)
{
    const bool add = p->direction == PLD_ADD;
    const double other =
        add ? log_tail_mass(1 - x_high, 1 - x_low, 0, p->sigma) : log_tail_mass(x_low, x_high, 0, p->sigma);
    return mass - exp(loss + other);
}

/* above is small against mass, so it is not computed as a difference of the two masses: they have the outputs
 * of draws without a unit in common. */
pld_bin pld_pair_bin(const pld_pair *p, double low, double x_low, double x_high)
{
    const bool add = p->direction == PLD_ADD;
    const double n0 = normal_mass(x_low, x_high, 0, p->sigma);
    const double with = mass_with_units(p, x_low, x_high);
    pld_bin out;
    out.mass = add ? n0 : p->none * n0 + with;
    if (low > PRIVACY_LARGE_LOSS)
        out.above = above_large(p, low, x_low, x_high, out.mass);
    else if (add)
        out.above = n0 * (p->any * exp(low) - expm1(low)) - exp(low) * with;
    else
        out.above = with - (expm1(low) + p->any) * n0;
    out.above = fmin(fmax(out.above, 0), out.mass); /* rounding */
    return out;
}
