/* Rényi accountant: composition over steps, and from Rényi divergence to (epsilon, delta). */
#include "privacy_internal.h"

#include <float.h>
#include <math.h>

/* Below, order - 1 in the denominator makes rounding count; dp-accounting draws the same line. */
#define LOWEST_USABLE_ORDER 1.01

wil_status wil_privacy_rdp_per_draw(double *rho_out, const wil_privacy_mechanism *mechanism, double order)
{
    double log_moment = 0;
    WIL_TRY(wil_privacy_check(mechanism, 1));
    WIL_REQUIRE(order > 1 && order <= WIL_PRIVACY_HIGHEST_ORDER, WIL_ERR_ARG,
        "a Rényi order lies above 1 and up to %d, got %g", WIL_PRIVACY_HIGHEST_ORDER, order);
    const double q = mechanism->sampling_rate;
    const double sigma = privacy_effective_noise(mechanism);
    *rho_out = 0;
    if (q == 0)
        return WIL_OK;
    if (q == 1) { /* the Gaussian mechanism [Mironov2017, proposition 7] */
        *rho_out = order / (2 * sigma * sigma);
        return WIL_OK;
    }
    if (order == floor(order))
        log_moment = privacy_log_moment_whole(q, sigma, (int)order);
    else
        WIL_TRY(privacy_log_moment_fractional(&log_moment, q, sigma, order));
    WIL_REQUIRE(!isnan(log_moment), WIL_ERR_NUMERIC, "the moment of order %g left double precision", order);
    /* what underflows counts as the least double: whatever touches the data costs something */
    *rho_out = fmax(log_moment / (order - 1), DBL_MIN);
    return WIL_OK;
}

/* Rényi divergences of mechanisms that run one after another add up [Mironov2017, proposition 1]. rho_out:
 * NaN for orders whose series does not converge. */
static wil_status compose(double *rho_out, const wil_privacy_mechanism *mechanisms, int n_mechanisms,
    const wil_privacy_orders *orders)
{
    WIL_TRY(wil_privacy_check(mechanisms, n_mechanisms));
    WIL_REQUIRE(orders->n >= 1, WIL_ERR_ARG, "there is no Rényi order");
    for (int i = 0; i < orders->n; i++) {
        rho_out[i] = 0;
        for (int m = 0; m < n_mechanisms; m++) {
            double rho = NAN;
            if (mechanisms[m].steps == 0)
                continue;
            const wil_status status = wil_privacy_rdp_per_draw(&rho, &mechanisms[m], orders->values[i]);
            if (status != WIL_OK && status != WIL_ERR_NUMERIC)
                return status;
            rho_out[i] += (double)mechanisms[m].steps * (status == WIL_OK ? rho : NAN);
        }
    }
    return WIL_OK;
}

/* [Balle2020, "Hypothesis testing interpretations and Rényi differential privacy", theorem 21] */
static double bound_of(double rho, double order, double delta)
{
    if (order <= LOWEST_USABLE_ORDER)
        return INFINITY;
    return fmax(0, rho + log1p(-1 / order) - (log(delta) + log(order)) / (order - 1));
}

/* Where delta exceeds the total variation, 0: KL <= rho bounds that by sqrt(1 - e^-rho) [Bretagnolle1978]. */
static double epsilon_of(double rho, double order, double delta)
{
    return delta * delta + expm1(-rho) > 0 ? 0 : bound_of(rho, order, delta);
}

double privacy_rdp_least_epsilon(const wil_privacy_orders *orders, double delta)
{
    double least = INFINITY;
    for (int i = 0; i < orders->n; i++) /* without what delta covers: that takes a rho below delta^2 */
        least = fmin(least, bound_of(0, orders->values[i], delta));
    return least;
}

/* The same solved for delta. */
static double delta_of(double rho, double order, double epsilon)
{
    const double by_distance = sqrt(-expm1(-rho));
    if (order <= LOWEST_USABLE_ORDER)
        return by_distance;
    return fmin(by_distance, exp((order - 1) * (rho - epsilon + log1p(-1 / order))) / order);
}

static bool is_usable(const wil_privacy_orders *orders, const double *rho, int i)
{
    return !isnan(rho[i]) && orders->values[i] > LOWEST_USABLE_ORDER;
}

static void note_edges(wil_privacy_rdp *out, const wil_privacy_orders *orders, const double *rho, int best)
{
    int lowest = 0;
    int highest = orders->n - 1;
    while (lowest < best && !is_usable(orders, rho, lowest))
        lowest++;
    while (highest > best && !is_usable(orders, rho, highest))
        highest--;
    out->order = orders->values[best];
    out->at_low_edge = best == lowest;
    out->at_high_edge = best == highest;
}

wil_status wil_privacy_rdp_epsilon(wil_privacy_rdp *out, const wil_privacy_mechanism *mechanisms,
    int n_mechanisms, const wil_privacy_orders *orders, double delta)
{
    double rho[WIL_PRIVACY_MOST_ORDERS];
    int best = -1;
    *out = (wil_privacy_rdp){.epsilon = INFINITY, .order = NAN};
    WIL_TRY(wil_privacy_check_delta(delta));
    WIL_TRY(compose(rho, mechanisms, n_mechanisms, orders));
    for (int i = 0; i < orders->n; i++) {
        const double epsilon = isnan(rho[i]) ? INFINITY : epsilon_of(rho[i], orders->values[i], delta);
        if (epsilon < out->epsilon) {
            out->epsilon = epsilon;
            best = i;
        }
    }
    WIL_REQUIRE(best >= 0, WIL_ERR_NUMERIC,
        "none of the %d Rényi orders gives a bound; orders above %g are needed, whole ones always converge",
        orders->n, LOWEST_USABLE_ORDER);
    if (out->epsilon > 0)
        note_edges(out, orders, rho, best);
    return WIL_OK;
}

wil_status wil_privacy_rdp_delta(double *delta_out, const wil_privacy_mechanism *mechanisms, int n_mechanisms,
    const wil_privacy_orders *orders, double epsilon)
{
    double rho[WIL_PRIVACY_MOST_ORDERS];
    *delta_out = 1;
    WIL_REQUIRE(epsilon >= 0, WIL_ERR_ARG, "epsilon must not be negative, got %g", epsilon);
    WIL_TRY(compose(rho, mechanisms, n_mechanisms, orders));
    for (int i = 0; i < orders->n; i++)
        if (!isnan(rho[i]))
            *delta_out = fmin(*delta_out, delta_of(rho[i], orders->values[i], epsilon));
    return WIL_OK;
}
