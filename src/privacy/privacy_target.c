/* The noise, or the number of steps, with which a target epsilon is kept. Epsilon falls with the noise and
 * grows with the steps, so both are found by halving a bracket; what is returned was itself found to keep the
 * target. */
#include "privacy_internal.h"

#include <math.h>

#define LEAST_NOISE 1e-4
#define MOST_NOISE 1e6

wil_status wil_privacy_epsilon(double *epsilon_out, wil_privacy_accountant accountant,
    const wil_privacy_mechanism *mechanisms, int n_mechanisms, const wil_privacy_orders *orders, double delta)
{
    wil_privacy_rdp rdp;
    wil_privacy_interval pld;
    if (accountant == WIL_PRIVACY_RDP) {
        WIL_TRY(wil_privacy_rdp_epsilon(&rdp, mechanisms, n_mechanisms, orders, delta));
        *epsilon_out = rdp.epsilon;
    } else {
        WIL_TRY(wil_privacy_pld_epsilon(&pld, mechanisms, n_mechanisms, delta));
        *epsilon_out = pld.upper;
    }
    return WIL_OK;
}

/* What is asked for, with all but the one number that is sought. */
typedef struct question {
    wil_privacy_accountant accountant;
    wil_privacy_mechanism mechanism;
    const wil_privacy_orders *orders;
    double delta, target;
} question;

static wil_status keeps(bool *out, const question *q)
{
    double epsilon = 0;
    WIL_TRY(wil_privacy_epsilon(&epsilon, q->accountant, &q->mechanism, 1, q->orders, q->delta));
    *out = epsilon <= q->target;
    return WIL_OK;
}

static wil_status check_question(const question *q)
{
    WIL_TRY(wil_privacy_check(&q->mechanism, 1));
    WIL_TRY(wil_privacy_check_delta(q->delta));
    WIL_REQUIRE(q->target > 0 && isfinite(q->target), WIL_ERR_ARG,
        "the target epsilon must be above 0, got %g", q->target);
    return WIL_OK;
}

/* ---- noise -------------------------------------------------------------------------------------------- */

static wil_status out_of_reach(const question *q)
{
    const double least = privacy_rdp_least_epsilon(q->orders, q->delta);
    WIL_REQUIRE(q->accountant == WIL_PRIVACY_PLD || q->target >= least, WIL_ERR_ARG,
        "epsilon %g is out of reach: Rényi orders up to %g prove nothing below %.4g at delta %g, whatever "
        "the noise; take the PLD accountant, higher orders, a larger epsilon or delta, or far fewer steps",
        q->target, q->orders->values[q->orders->n - 1], least, q->delta);
    return wil_fail(WIL_ERR_ARG,
        "epsilon %g is out of reach: a noise multiplier of %g does not keep it; take fewer steps, a smaller "
        "sampling rate, a larger epsilon or delta",
        q->target, MOST_NOISE);
}

/* low_out does not keep the target, high_out does; found by growing strides from start. low_out 0: even the
 * least noise keeps it. */
static wil_status bracket_noise(double *low_out, double *high_out, question *q, double start, double stride)
{
    bool kept = false;
    double noise = start;
    *low_out = 0;
    *high_out = 0;
    while (*low_out == 0 || *high_out == 0) {
        q->mechanism.noise_multiplier = noise;
        WIL_TRY(keeps(&kept, q));
        *(kept ? high_out : low_out) = noise;
        if (!kept && noise >= MOST_NOISE)
            return out_of_reach(q);
        if (kept && noise <= LEAST_NOISE)
            return WIL_OK;
        noise = kept ? fmax(noise / stride, LEAST_NOISE) : fmin(noise * stride, MOST_NOISE);
        stride *= stride;
    }
    return WIL_OK;
}

/* Upwards to five digits, so that the number can be written down. */
static double round_up(double noise)
{
    const double digit = pow(10, floor(log10(noise)) - 4);
    return ceil(noise / digit - 1e-9) * digit;
}

static wil_status solve_noise(double *noise_out, question *q, double start, double stride, double precision)
{
    double low = 0;
    double high = 0;
    bool kept = false;
    WIL_TRY(bracket_noise(&low, &high, q, start, stride));
    while (low > 0 && high > low * (1 + precision)) {
        q->mechanism.noise_multiplier = sqrt(low * high);
        WIL_TRY(keeps(&kept, q));
        *(kept ? &high : &low) = q->mechanism.noise_multiplier;
    }
    *noise_out = q->mechanism.noise_multiplier = round_up(high);
    WIL_TRY(keeps(&kept, q));
    if (!kept) /* PLD's upper end moves a little with the grid */
        *noise_out = high;
    return WIL_OK;
}

/* Where to begin: by the central limit the sum of many small losses is that of a Gaussian mechanism of noise
 * 1/mu, mu^2 = T q^2 (e^(1/sigma^2) - 1) [Bu2020, "Deep learning with Gaussian differential privacy"], whose
 * delta(epsilon) is known [Dong2022, corollary 2.13]. */
static double guess_noise(const question *q)
{
    const wil_privacy_mechanism *m = &q->mechanism;
    double low = 1e-9;
    double high = 1e3;
    for (int i = 0; i < 50; i++) {
        const double mu = sqrt(low * high);
        const double from = (q->target / mu - mu / 2) / M_SQRT2;
        const double delta = 0.5 * erfc(from) - 0.5 * exp(q->target) * erfc(from + mu / M_SQRT2);
        *(delta > q->delta ? &high : &low) = mu;
    }
    const double variance = low * low / ((double)m->steps * m->sampling_rate * m->sampling_rate);
    const double sigma = sqrt(m->releases_per_draw / log1p(variance));
    return fmin(fmax(sigma, LEAST_NOISE), MOST_NOISE);
}

wil_status wil_privacy_noise_for(double *noise_out, wil_privacy_accountant accountant,
    const wil_privacy_mechanism *mechanism, const wil_privacy_orders *orders, double delta,
    double target_epsilon)
{
    question q = {WIL_PRIVACY_RDP, *mechanism, orders, delta, target_epsilon};
    *noise_out = NAN;
    q.mechanism.noise_multiplier = 1;
    WIL_TRY(check_question(&q));
    const wil_status by_rdp = solve_noise(noise_out, &q, 1, 2, 1e-5);
    if (accountant == WIL_PRIVACY_RDP)
        return by_rdp;
    q.accountant = WIL_PRIVACY_PLD;
    if (by_rdp == WIL_ERR_ARG) /* out of reach of the orders, not of PLD */
        *noise_out = guess_noise(&q);
    else
        WIL_TRY(by_rdp);
    /* each question takes long, but the answer lies near the one that is known */
    return solve_noise(noise_out, &q, *noise_out, 1.06, 5e-4);
}

/* ---- steps -------------------------------------------------------------------------------------------- */

/* low keeps the target, high does not. */
static wil_status halve_steps(int64_t *low, int64_t high, question *q, double precision)
{
    bool kept = false;
    while (high - *low > 1 && (double)(high - *low) > precision * (double)*low) {
        q->mechanism.steps = *low + (high - *low) / 2;
        WIL_TRY(keeps(&kept, q));
        if (kept)
            *low = q->mechanism.steps;
        else
            high = q->mechanism.steps;
    }
    return WIL_OK;
}

/* From a number of steps that keeps the target (0 always does) to the largest one. */
static wil_status solve_steps(int64_t *steps, question *q, int64_t most, double stride, double precision)
{
    bool kept = true;
    while (kept && *steps < most) {
        const double next = ceil((double)*steps * stride) + 1;
        q->mechanism.steps = next < (double)most ? (int64_t)next : most;
        WIL_TRY(keeps(&kept, q));
        if (!kept)
            return halve_steps(steps, q->mechanism.steps, q, precision);
        *steps = q->mechanism.steps;
    }
    return WIL_OK;
}

wil_status wil_privacy_steps_for(int64_t *steps_out, wil_privacy_accountant accountant,
    const wil_privacy_mechanism *mechanism, const wil_privacy_orders *orders, double delta,
    double target_epsilon, int64_t most_steps)
{
    question q = {WIL_PRIVACY_RDP, *mechanism, orders, delta, target_epsilon};
    *steps_out = 0;
    q.mechanism.steps = most_steps;
    WIL_TRY(check_question(&q));
    WIL_TRY(solve_steps(steps_out, &q, most_steps, 4, 0));
    if (accountant == WIL_PRIVACY_RDP)
        return WIL_OK;
    bool kept = false;
    q.accountant = WIL_PRIVACY_PLD;
    q.mechanism.steps = *steps_out;
    WIL_TRY(keeps(&kept, &q));
    if (kept)
        return solve_steps(steps_out, &q, most_steps, 1.15, 1e-3);
    const int64_t too_many = *steps_out;
    *steps_out = 0;
    return halve_steps(steps_out, too_many, &q, 1e-3);
}
