/* The arterial curve at the circle of Willis: a gamma-variate, its second pass, and what stays mixed in all
 * blood.
 *
 * First pass g(t) = (x exp(1 - x))^alpha with x = t / (alpha beta): height 1 at alpha beta. The other two are
 * g convolved with an exponential, which has a closed form: for a time constant s > beta, c = 1/beta - 1/s,
 *     integral of g(u) exp(-(t - u) / s) du = K exp(-t / s) Gamma(alpha + 1) P(alpha + 1, c t) / c^(alpha +
 * 1), K = (e / (alpha beta))^alpha and P the regularised lower incomplete gamma function. */
#include "bolus_internal.h"

#include "willis/num.h"

#include <math.h>

static double between(wil_rng_cursor *dice, double middle, double half, double variation)
{
    return middle + half * variation * (2 * wil_rng_next_uniform(dice) - 1);
}

/* Widths of 5 to 9 s and second passes of a fifth to a third, 7 to 12 s behind, as at 5 ml/s into an arm. */
void bolus_artery_make(wil_dsc_facts *facts, const wil_dsc_config *config, wil_rng_cursor *dice)
{
    const double v = fmin(config->variation, 1.3);
    facts->arrival_s = between(dice, config->bolus_s, 1.5, config->variation);
    facts->peak_mm = config->dose / 0.1 * between(dice, 15, 2.4, v);
    facts->alpha = between(dice, 3.0, 0.6, v);
    facts->beta_s = between(dice, 1.5, 0.3, v);
    facts->share = between(dice, 0.26, 0.06, v);
    facts->recirculation_s = between(dice, 9.5, 2.5, v);
    facts->smear_s = between(dice, 5, 1, v);
    facts->tail_frac = between(dice, 0.08, 0.03, v);
    facts->tail_s = between(dice, 150, 40, v);
}

static double first_pass(const wil_dsc_facts *f, double t_s)
{
    const double x = t_s / (f->alpha * f->beta_s);
    return x > 0 ? exp(f->alpha * (log(x) + 1 - x)) : 0;
}

/* g convolved with exp(-t / smear_s). */
static double smeared(const wil_dsc_facts *f, double t_s, double smear_s)
{
    if (t_s <= 0)
        return 0;
    const double c = 1 / f->beta_s - 1 / smear_s, order = f->alpha + 1;
    const double log_scale =
        f->alpha * (1 - log(f->alpha * f->beta_s)) + lgamma(order) - order * log(c) - t_s / smear_s;
    return exp(log_scale) * (1 - wil_num_gamma_q(order, c * t_s));
}

static double pass_area(const wil_dsc_facts *f)
{
    const double order = f->alpha + 1;
    return exp(f->alpha * (1 - log(f->alpha * f->beta_s)) + lgamma(order) + order * log(f->beta_s));
}

double wil_dsc_aif_at(const wil_dsc_facts *f, double t_s)
{
    const double t = t_s - f->arrival_s, second = t - f->recirculation_s;
    const double again = f->share / f->smear_s * smeared(f, second, f->smear_s);
    const double tail = f->tail_frac / pass_area(f) * smeared(f, second, f->tail_s);
    return f->peak_mm * (first_pass(f, t) + again + tail);
}
