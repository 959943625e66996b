/* What an attacker can gain who sees all releases: the privacy profile and the trade-off function. */
#include "privacy_internal.h"

#include <math.h>
#include <string.h>

#define N_FINE 8     /* false positive rates from 1e-4 to 1e-2, a quarter decade apart */
#define N_COARSE 100 /* and from 0.01 to 1 by 0.01 */

double wil_privacy_trade_off(
    const double *epsilons, const wil_privacy_interval *deltas, int n, double false_positive)
{
    double least = 0;
    for (int i = 0; i < n; i++) {
        const double kept = 1 - deltas[i].upper;
        least = fmax(least, kept - exp(epsilons[i]) * false_positive);
        least = fmax(least, exp(-epsilons[i]) * (kept - false_positive));
    }
    return least;
}

static wil_status allocate(wil_privacy_curve *curve, int n_points)
{
    curve->n_points = n_points;
    curve->n_rates = 1 + N_FINE + N_COARSE;
    WIL_TRY(wil_alloc_f64(&curve->epsilon, (size_t)n_points));
    WIL_TRY(wil_alloc_f64(&curve->delta_rdp, (size_t)n_points));
    WIL_TRY(wil_alloc((void **)&curve->delta, (size_t)n_points, sizeof *curve->delta));
    WIL_TRY(wil_alloc_f64(&curve->false_positive, (size_t)curve->n_rates));
    return wil_alloc_f64(&curve->false_negative_least, (size_t)curve->n_rates);
}

static void fill_rates(wil_privacy_curve *curve)
{
    int n = 1; /* the first is 0 */
    for (int i = 0; i < N_FINE; i++)
        curve->false_positive[n++] = pow(10, -4 + 0.25 * i);
    for (int i = 1; i <= N_COARSE; i++)
        curve->false_positive[n++] = (double)i / N_COARSE;
    for (int i = 0; i < n; i++)
        curve->false_negative_least[i] =
            wil_privacy_trade_off(curve->epsilon, curve->delta, curve->n_points, curve->false_positive[i]);
}

static wil_status fill_curve(wil_privacy_curve *curve, const wil_privacy_mechanism *mechanisms,
    int n_mechanisms, const wil_privacy_orders *orders, double delta, double most_epsilon)
{
    wil_privacy_interval at = {0, most_epsilon / 1.25};
    if (most_epsilon == 0)
        WIL_TRY(wil_privacy_pld_epsilon(&at, mechanisms, n_mechanisms, delta));
    WIL_REQUIRE(isfinite(at.upper), WIL_ERR_NUMERIC, "epsilon is beyond what can be drawn");
    const double most = at.upper > 0 ? 1.25 * at.upper : 1;
    for (int i = 0; i < curve->n_points; i++) {
        curve->epsilon[i] = most * i / (curve->n_points - 1);
        WIL_TRY(
            wil_privacy_rdp_delta(&curve->delta_rdp[i], mechanisms, n_mechanisms, orders, curve->epsilon[i]));
    }
    WIL_TRY(wil_privacy_pld_delta(
        curve->delta, mechanisms, n_mechanisms, delta, curve->epsilon, curve->n_points));
    curve->advantage_most = curve->delta[0].upper; /* the total variation distance is delta at epsilon 0 */
    fill_rates(curve);
    return WIL_OK;
}

wil_status wil_privacy_curve_make(wil_privacy_curve *out, const wil_privacy_mechanism *mechanisms,
    int n_mechanisms, const wil_privacy_orders *orders, double delta, double most_epsilon, int n_points)
{
    memset(out, 0, sizeof *out);
    WIL_REQUIRE(n_points >= 2, WIL_ERR_ARG, "a curve needs at least 2 points, got %d", n_points);
    WIL_REQUIRE(most_epsilon >= 0 && isfinite(most_epsilon), WIL_ERR_ARG,
        "the curve's largest epsilon must not be negative, got %g", most_epsilon);
    wil_status status = allocate(out, n_points);
    if (status == WIL_OK)
        status = fill_curve(out, mechanisms, n_mechanisms, orders, delta, most_epsilon);
    if (status != WIL_OK)
        wil_privacy_curve_clear(out);
    return status;
}

void wil_privacy_curve_clear(wil_privacy_curve *curve)
{
    wil_free(curve->epsilon);
    wil_free(curve->delta_rdp);
    wil_free(curve->delta);
    wil_free(curve->false_positive);
    wil_free(curve->false_negative_least);
    memset(curve, 0, sizeof *curve);
}
