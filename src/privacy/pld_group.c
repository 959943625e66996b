/* A draw in which several units of a group may be: P = sum_k w_k N(k, s^2), w binomial.
 *
 * Numbers k that are all but impossible are left out of P. What remains, with the missing mass put on an
 * output that Q never gives, becomes P when that output is replaced by a random one, so it dominates the full
 * pair (an infinite loss of probability `dropped` where P is drawn from, no change where Q is). The lower
 * bounds take `dropped` into account: pld_bounds.c. */
#include "pld_group.h"

#include <math.h>

#define MOST_NUMBERS 4096
#define MOST_ITERATIONS                                                                                      \
    10000 /* a step a number from far above, as the loss is all but piecewise linear there */
#define EXTRA_CARE 8.75651076269652e-27 /* e^-60: bounds on delta have e^epsilon times what is left out */

/* From the most likely number in one direction, by ratios of neighbouring binomial probabilities, in units of
 * the most likely one, until a geometric series bounds the rest by least. Returns how many; weights may be
 * NULL. rest_out: that bound. */
static int64_t walk(
    double *rest_out, double *weights, double q, double group, double mode, int step, double least)
{
    double w = 1;
    int64_t n = 0;
    for (double k = mode;; k += step) {
        const double ratio =
            step > 0 ? (group - k) / (k + 1) * q / (1 - q) : k / (group - k + 1) * (1 - q) / q;
        w *= ratio;                                         /* of k + step; 0 behind the last */
        *rest_out = ratio < 1 ? w / (1 - ratio) : INFINITY; /* ratios fall with the distance from the mode */
        if (*rest_out <= least || n > MOST_NUMBERS)
            return n;
        if (weights != NULL)
            weights[n * step] = w;
        n++;
    }
}

static void normalise(pld_pair *pair, double rest)
{
    double sum = 0;
    for (int i = 0; i < pair->n; i++)
        sum += pair->weight[i];
    for (int i = 0; i < pair->n; i++) {
        pair->weight[i] /= sum;
        pair->log_weight[i] = log(pair->weight[i]);
    }
    if (pair->first == 0) { /* next to 1 where few are drawn */
        double drawn = 0;
        for (int i = 1; i < pair->n; i++)
            drawn += pair->weight[i];
        pair->log_weight[0] = drawn < 0.1 ? log1p(-drawn) : pair->log_weight[0];
    }
    pair->dropped = rest / sum;
}

wil_status pld_group_weights(pld_pair *pair, double q, int64_t group, double tail)
{
    const double m = (double)group;
    const double mode = fmin(m, floor((m + 1) * q));
    const double least = tail * EXTRA_CARE;
    double rest[2];
    const int64_t n_above = walk(&rest[0], NULL, q, m, mode, 1, least);
    const int64_t n_below = walk(&rest[1], NULL, q, m, mode, -1, least);
    WIL_REQUIRE(n_above + n_below < MOST_NUMBERS, WIL_ERR_ARG,
        "of a group of %lld units at sampling rate %g more than %d numbers may be drawn together",
        (long long)group, q, MOST_NUMBERS);
    pair->n = (int)(n_above + n_below + 1);
    pair->first = (int)mode - (int)n_below;
    WIL_TRY(wil_alloc_f64(&pair->weight, (size_t)pair->n));
    WIL_TRY(wil_alloc_f64(&pair->log_weight, (size_t)pair->n)); /* the caller clears the pair */
    pair->weight[n_below] = 1;
    (void)walk(&rest[0], pair->weight + n_below + 1, q, m, mode, 1, least);
    (void)walk(&rest[1], pair->weight + n_below - (n_below > 0), q, m, mode, -1, least);
    normalise(pair, rest[0] + rest[1]);
    pair->none = pair->first == 0 ? pair->weight[0] : 0;
    pair->any = pair->first == 0 ? -expm1(m * log1p(-q)) : 1;
    return WIL_OK;
}

/* ---- the loss ----------------------------------------------------------------------------------------- */

/* The weights add up to 1, and 1 is taken off before the logarithm: it would hold next to no digit of a loss
 * of 1e-9. */
static double loss_near_0(const pld_pair *pair, double x)
{
    double excess = 0;
    for (int i = 0; i < pair->n; i++) {
        const double k = pair->first + i;
        excess += pair->weight[i] * expm1((2 * k * x - k * k) / (2 * pair->sigma * pair->sigma));
    }
    return log1p(excess);
}

double pld_group_loss(const pld_pair *pair, double x, double *slope_out)
{
    const double variance = pair->sigma * pair->sigma;
    double most = -INFINITY;
    double sum = 0;
    double weighted = 0;
    for (int i = 0; i < pair->n; i++) {
        const double k = pair->first + i;
        most = fmax(most, pair->log_weight[i] + (2 * k * x - k * k) / (2 * variance));
    }
    for (int i = 0; i < pair->n; i++) {
        const double k = pair->first + i;
        const double term = exp(pair->log_weight[i] + (2 * k * x - k * k) / (2 * variance) - most);
        sum += term;
        weighted += k * term;
    }
    if (slope_out != NULL)
        *slope_out = weighted / (sum * variance);
    const double loss = most + log(sum);
    return fabs(loss) < 0.1 ? loss_near_0(pair, x) : loss;
}

/* The loss is convex and grows, so Newton's iteration comes down to the root once it is above. It ends where
 * rounding stops it. */
double pld_group_output(const pld_pair *pair, double loss, double near)
{
    const double stride = pair->first + pair->n + 40 * pair->sigma;
    double slope = 0;
    double x = near;
    if (pair->first == 0 && loss <= pair->log_weight[0])
        return -INFINITY;
    double over = pld_group_loss(pair, x, &slope) - loss;
    for (int i = 0; i < MOST_ITERATIONS && over != 0; i++) {
        const double next = over < 0 && over < -stride * slope ? x + stride : x - over / slope;
        const double over_next = pld_group_loss(pair, next, &slope) - loss;
        if (next == x || (over > 0 && over_next >= over))
            return x;
        if (over > 0 && over_next < 0) /* within rounding */
            return next;
        x = next;
        over = over_next;
    }
    return x;
}

/* P(output > x) under P */
static double upper_tail(const pld_pair *pair, double x)
{
    double sum = 0;
    for (int i = 0; i < pair->n; i++)
        sum += pair->weight[i] * 0.5 * erfc((x - pair->first - i) / (M_SQRT2 * pair->sigma));
    return sum;
}

/* Without the outputs whose losses have left what pld_pair_bin can compute. */
void pld_group_span(double span_out[2], const pld_pair *pair, double reach, double tail)
{
    double low = 0;
    double high = pair->first + pair->n + reach;
    for (int i = 0; i < 60 && pair->direction == PLD_REMOVE; i++) {
        const double middle = low + (high - low) / 2;
        if (upper_tail(pair, middle) > tail)
            low = middle;
        else
            high = middle;
    }
    span_out[1] = pair->direction == PLD_REMOVE ? high : reach;
    span_out[1] = fmin(span_out[1], pld_group_output(pair, PRIVACY_LARGE_LOSS, span_out[1]));
    span_out[0] = fmax(-reach, pld_group_output(pair, -PRIVACY_LARGE_LOSS, 0));
}
