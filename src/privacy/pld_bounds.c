/* What the distribution of the summed loss proves.
 *
 * Upper end: the discrete pair of pld_step.c dominates the true one, and so do their compositions.
 *
 * Lower end: the summed loss of the discrete pair exceeds the true one by at most `shift`, but for the small
 * probabilities of pld_grid.c and of losses outside of the grid, and (1 - e^(epsilon - loss))_+ grows with
 * the loss. So delta(epsilon) of the true pair is at least delta(epsilon + shift) of the discrete one without
 * its infinite losses, less these probabilities: the argument of [Gopi2021, "Numerical composition of
 * differential privacy"]. Where P lost some mass (pld_pair.c), P - e^epsilon Q only fell, but Q - e^epsilon P
 * rose by e^epsilon times that mass. */
#include "privacy_internal.h"

#include <math.h>

#define N_HALVINGS 60

/* A tilted probability p, wherever it lies above epsilon, is at most this much of delta(epsilon). */
static double untilted(const pld_sum *sum, double epsilon, double p)
{
    return p * exp(sum->log_moment - sum->tilt * epsilon);
}

/* What wraps round the circle only adds; what is missing lies above the window. */
static double delta_most(const pld_sum *sum, double epsilon)
{
    if (epsilon < (double)sum->first * sum->spacing)
        return 1;
    return fmin(1,
        pld_sum_delta(sum, epsilon) + sum->infinite + untilted(sum, epsilon, sum->missing + sum->rounding));
}

static double delta_least(const pld_sum *sum, const pld_grid *g, pld_direction direction, double epsilon)
{
    const double moved = epsilon + g->shift;
    const double dropped = direction == PLD_ADD && g->dropped > 0 ? exp(epsilon) * g->dropped : 0;
    return fmax(0, pld_sum_delta(sum, moved) - untilted(sum, moved, 2 * sum->missing + sum->rounding) -
                       g->outside[direction] - g->failure - dropped);
}

/* The smallest epsilon >= 0 that is known to have a delta of at most delta; infinity if there is none. */
static double epsilon_most(const pld_sum *sum, double delta)
{
    double low = 0;
    double high = (double)(sum->first + sum->n) * sum->spacing;
    if (high <= 0 || delta_most(sum, 0) <= delta)
        return delta_most(sum, 0) <= delta ? 0 : INFINITY;
    if (delta_most(sum, high) > delta)
        return INFINITY;
    for (int i = 0; i < N_HALVINGS; i++) {
        const double middle = low + (high - low) / 2;
        if (delta_most(sum, middle) > delta)
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* An epsilon >= 0 whose delta is known to exceed delta, as large a one as can be found below most; 0 if there
 * is none. What tilted probability may have gone astray counts the more the further down epsilon lies, so the
 * search goes down from most in growing strides. */
static double epsilon_least(
    const pld_sum *sum, const pld_grid *g, pld_direction direction, double delta, double most)
{
    double high = isfinite(most) ? most : (double)(sum->first + sum->n) * sum->spacing;
    double low = high - g->shift;
    for (double stride = g->shift; low > 0 && delta_least(sum, g, direction, low) <= delta; stride *= 2) {
        high = low;
        low -= stride;
    }
    low = fmax(low, 0);
    if (delta_least(sum, g, direction, low) <= delta)
        return 0;
    for (int i = 0; i < N_HALVINGS; i++) {
        const double middle = low + (high - low) / 2;
        if (delta_least(sum, g, direction, middle) > delta)
            low = middle;
        else
            high = middle;
    }
    return low;
}

wil_privacy_interval pld_delta_bounds(
    const pld_sum *sum, const pld_grid *g, pld_direction direction, double epsilon)
{
    return (wil_privacy_interval){delta_least(sum, g, direction, epsilon), delta_most(sum, epsilon)};
}

wil_privacy_interval pld_epsilon_bounds(
    const pld_sum *sum, const pld_grid *g, pld_direction direction, double delta)
{
    const double upper = epsilon_most(sum, delta);
    return (wil_privacy_interval){epsilon_least(sum, g, direction, delta, upper), upper};
}
