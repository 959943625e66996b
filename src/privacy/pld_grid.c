/* Grids for the privacy loss: both directions on one spacing, and what rounding to it may have done.
 *
 * Rounding moved the loss of each draw up by the spacing h at most, on average (under P) by no more than
 * (1 + h) h^2 / 8: it is (1 - e^-x) h / (1 - e^-h) - x at x in [0, h], a concave function that is 0 at both
 * ends and whose second derivative is at most h / (1 - e^-h) <= 1 + h. What remains is a martingale whose
 * increments span an interval of length h. So by the inequality of Azuma and Hoeffding the summed loss was
 * moved up by more than shift = T (1 + h) h^2 / 8 + h sqrt(T ln(1/failure) / 2) with probability `failure` at
 * most. */
#include "privacy_internal.h"

#include <math.h>
#include <string.h>

double pld_count_draws(const pld_run *run)
{
    double n = 0;
    for (int i = 0; i < run->n; i++)
        n += privacy_is_idle(&run->mechanisms[i]) ? 0 : (double)run->mechanisms[i].steps;
    return n;
}

/* Bound on how far rounding to the spacing h moves the summed loss up, but for probability `failure`. */
static double shift_of(double h, double n_draws, double failure)
{
    const double certain = n_draws * h;
    return h > 1 ? certain
                 : fmin(certain, n_draws * (1 + h) * h * h / 8 + h * sqrt(n_draws * log(1 / failure) / 2));
}

void pld_grid_clear(pld_grid *g)
{
    for (int d = 0; d < 2; d++) {
        for (int i = 0; i < g->directions[d].n; i++)
            pld_step_clear(&g->directions[d].items[i]);
        wil_free(g->directions[d].items);
    }
    memset(g, 0, sizeof *g);
}

static wil_status add_direction(pld_grid *g, pld_direction direction, const pld_run *run, double tail)
{
    pld_steps *steps = &g->directions[direction];
    WIL_TRY(wil_alloc((void **)&steps->items, (size_t)run->n, sizeof *steps->items));
    for (int i = 0; i < run->n; i++) {
        if (privacy_is_idle(&run->mechanisms[i]))
            continue;
        pld_step *step = &steps->items[steps->n];
        WIL_TRY(pld_step_make(step, &run->mechanisms[i], run->group, direction, steps->spacing, tail));
        steps->n++;
        g->outside[direction] += (double)step->steps * step->outside;
        if (direction == PLD_ADD)
            g->dropped += (double)step->steps * step->dropped;
    }
    return WIL_OK;
}

wil_status pld_grid_make(pld_grid *g, const pld_run *run, double h, double small)
{
    const double n_draws = pld_count_draws(run);
    memset(g, 0, sizeof *g);
    for (int d = 0; d < 2; d++) {
        g->directions[d].spacing = h;
        g->directions[d].n_draws = n_draws;
        const wil_status status = add_direction(g, (pld_direction)d, run, small / n_draws);
        if (status != WIL_OK) {
            pld_grid_clear(g);
            return status;
        }
    }
    g->failure = small;
    g->shift = shift_of(h, n_draws, small);
    return WIL_OK;
}

double pld_spacing_for(double shift, double n_draws, double failure)
{
    double low = 0;
    double high = PLD_MOST_SPACING;
    for (int i = 0; i < 60; i++) {
        const double middle = low + (high - low) / 2;
        if (shift_of(middle, n_draws, failure) > shift)
            high = middle;
        else
            low = middle;
    }
    return low;
}

wil_status pld_spacing_that_fits(double *spacing_out, const pld_run *run, double h, double small)
{
    const double tail = small / pld_count_draws(run);
    const double room = 0.5 * PLD_MOST_POINTS;
    double most = 0;
    *spacing_out = h;
    for (int i = 0; i < run->n; i++) {
        for (int d = 0; d < 2 && !privacy_is_idle(&run->mechanisms[i]); d++) {
            double points = 0;
            WIL_TRY(pld_step_points(&points, &run->mechanisms[i], run->group, (pld_direction)d, h, tail));
            most = fmax(most, points);
        }
    }
    if (most > room)
        *spacing_out = h * most / room;
    return WIL_OK;
}
