/* Moments of the summed loss, and what Chernoff's inequality makes of them: where the sum lies. */
#include "privacy_internal.h"

#include <math.h>

#define LOG_MISSING (-27.631021115928547) /* ln 1e-12: tilted probability outside of the window, a side */

typedef struct moment {
    const pld_step *step;
    double slope;   /* tilt * spacing: growth of the exponent per grid point */
    double largest; /* exponent among all points, taken out so that nothing overflows */
} moment;

static void sum_chunk(int64_t begin, int64_t end, void *context)
{
    const moment *m = context;
    double sum = 0;
    for (int64_t i = begin; i < end; i++)
        sum += m->step->mass[i] * exp(m->slope * (double)(m->step->first + i) - m->largest);
    m->step->chunk_sums[begin / PLD_CHUNK] = sum;
}

double pld_step_log_moment(const pld_step *step, double slope)
{
    const double first = slope * (double)step->first;
    const double last = slope * (double)(step->first + step->n - 1);
    moment m = {.step = step, .slope = slope, .largest = fmax(first, last)};
    double sum = 0;
    wil_parallel_for(step->n, PLD_CHUNK, sum_chunk, &m);
    for (int64_t c = 0; c * PLD_CHUNK < step->n; c++)
        sum += step->chunk_sums[c];
    return sum > 0 ? m.largest + log(sum) : -INFINITY;
}

double pld_log_moment(const pld_steps *steps, double tilt)
{
    double sum = 0;
    for (int i = 0; i < steps->n; i++)
        sum += (double)steps->items[i].steps * pld_step_log_moment(&steps->items[i], tilt * steps->spacing);
    return sum;
}

/* ---- Chernoff bounds ---------------------------------------------------------------------------------- */

/* All of them have the form min over t > 0 of objective(t), with one minimum. Any t gives a valid bound, so
 * the search need not be exact. */
typedef struct bound {
    const pld_steps *steps;
    double tilt;       /* where t is counted from, */
    double direction;  /* upwards or downwards: +1, -1 */
    double log_moment; /* at tilt */
    double value;      /* epsilon, or the logarithm of a probability */
} bound;

static double minimise(double (*objective)(const bound *b, double t), const bound *b, double *value_out)
{
    const double golden = (sqrt(5) - 1) / 2;
    double low = log(1e-6);
    double high = log(1e6);
    double left = high - golden * (high - low);
    double right = low + golden * (high - low);
    double at_left = objective(b, exp(left));
    double at_right = objective(b, exp(right));
    while (high - low > 0.02) { /* 2 % of t */
        if (at_left < at_right) {
            high = right;
            right = left;
            at_right = at_left;
            left = high - golden * (high - low);
            at_left = objective(b, exp(left));
        } else {
            low = left;
            left = right;
            at_left = at_right;
            right = low + golden * (high - low);
            at_right = objective(b, exp(right));
        }
    }
    *value_out = fmin(at_left, at_right);
    return exp(at_left < at_right ? left : right);
}

/* ln P(S > epsilon) <= log moment(t) - t epsilon */
static double log_tail(const bound *b, double t)
{
    return pld_log_moment(b->steps, t) - t * b->value;
}

/* How far S reaches but for probability e^value under the tilt: (log moment(tilt + t) - log moment(tilt) -
 * value) / t, downwards with the signs turned. */
static double reach(const bound *b, double t)
{
    return (pld_log_moment(b->steps, b->tilt + b->direction * t) - b->log_moment - b->value) / t;
}

double pld_tilt_for_epsilon(const pld_steps *steps, double epsilon)
{
    double value = 0;
    const bound b = {.steps = steps, .value = epsilon};
    return minimise(log_tail, &b, &value);
}

double pld_tilt_for_delta(const pld_steps *steps, double delta)
{
    double value = 0;
    const bound b = {.steps = steps, .direction = 1, .value = log(delta)};
    return minimise(reach, &b, &value);
}

void pld_sum_window(double window_out[2], const pld_steps *steps, double tilt)
{
    bound b = {.steps = steps, .tilt = tilt, .direction = 1, .value = LOG_MISSING};
    double low = 0;
    double high = 0;
    double least = 0;
    double most = 0;
    b.log_moment = pld_log_moment(steps, tilt);
    (void)minimise(reach, &b, &high);
    b.direction = -1;
    (void)minimise(reach, &b, &low);
    for (int i = 0; i < steps->n; i++) {
        const pld_step *step = &steps->items[i];
        least += (double)step->steps * (double)step->first;
        most += (double)step->steps * (double)(step->first + step->n - 1);
    }
    window_out[0] = fmax(least, floor(-low / steps->spacing));
    window_out[1] = fmin(most, ceil(high / steps->spacing));
}
