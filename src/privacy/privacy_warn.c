/* What a reader of an epsilon should be told. */
#include "privacy_internal.h"

#include <math.h>

void wil_privacy_warn(const wil_monitor *monitor, double epsilon, double delta, int64_t n_units,
    const wil_privacy_rdp *rdp, const wil_privacy_orders *orders)
{
    if (epsilon > WIL_PRIVACY_EPSILON_MEANINGLESS)
        wil_monitor_warn(monitor,
            "epsilon %.4g is above %g: no meaningful guarantee; more noise, fewer steps or a smaller "
            "sampling rate lower it",
            epsilon, WIL_PRIVACY_EPSILON_MEANINGLESS);
    if (n_units > 0 && delta * (double)n_units > 1)
        wil_monitor_warn(monitor,
            "delta %.4g is above 1/N = %.4g: publishing one of the %lld units outright would satisfy it; "
            "take N^-1.1 or less",
            delta, 1 / (double)n_units, (long long)n_units);
    if (rdp != NULL && (rdp->at_low_edge || rdp->at_high_edge))
        wil_monitor_warn(monitor,
            "the best Rényi order, %g, is at the %s edge of the grid (%g to %g): other orders may give a "
            "smaller epsilon; see --orders, or use the PLD accountant",
            rdp->order, rdp->at_low_edge ? "lower" : "upper", orders->values[0],
            orders->values[orders->n - 1]);
}

void wil_privacy_warn_interval(const wil_monitor *monitor, const wil_privacy_interval *pld)
{
    const double gap = pld->upper - pld->lower;
    if (!isfinite(pld->upper))
        wil_monitor_warn(monitor,
            "PLD proves no epsilon: the privacy loss is spread too widely for a grid of %d points",
            PLD_MOST_POINTS);
    else if (gap > privacy_pld_wanted_gap(pld->upper))
        wil_monitor_warn(monitor,
            "the PLD interval, %.4g to %.4g, is wider than %.1f %%: a grid of %d points is too coarse for so "
            "many "
            "steps or such rare losses; the upper end holds, but less may be true",
            pld->lower, pld->upper, 100 * PLD_WANTED_GAP, PLD_MOST_POINTS);
}
