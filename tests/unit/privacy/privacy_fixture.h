/* Mechanisms, and the privacy loss of the subsampled Gaussian from its definition. */
#ifndef WILLIS_TEST_PRIVACY_FIXTURE_H
#define WILLIS_TEST_PRIVACY_FIXTURE_H

#include <math.h>
#include <stdlib.h>

#include "outcome.h"

#include "willis/privacy.h"

#define CLOSE(a, b, tolerance)                                                                               \
    do {                                                                                                     \
        const double a_ = (a), b_ = (b);                                                                     \
        if (!(fabs(a_ - b_) <= (tolerance)))                                                                 \
            fail_msg("%s is %.12g, not %.12g", #a, a_, b_);                                                  \
    } while (0)

/* low <= x <= high */
#define WITHIN(x, low, high)                                                                                 \
    do {                                                                                                     \
        const double x_ = (x), low_ = (low), high_ = (high);                                                 \
        if (!(x_ >= low_ && x_ <= high_))                                                                    \
            fail_msg("%s is %.12g, not in [%.12g, %.12g]", #x, x_, low_, high_);                             \
    } while (0)

#define STUDY_RATE (32.0 / 41000)
#define STUDY_DELTA (1.0 / 41000)
#define STUDY_DRAWS 1281 /* an epoch */

static inline wil_privacy_mechanism mechanism(double q, double sigma, int releases, int64_t steps)
{
    return (wil_privacy_mechanism){q, sigma, releases, steps};
}

static inline double rdp_of(wil_privacy_mechanism m, double delta)
{
    const wil_privacy_orders orders = wil_privacy_orders_default();
    wil_privacy_rdp rdp;
    OK(wil_privacy_rdp_epsilon(&rdp, &m, 1, &orders, delta));
    return rdp.epsilon;
}

static inline wil_privacy_interval pld_of(wil_privacy_mechanism m, double delta)
{
    wil_privacy_interval interval;
    OK(wil_privacy_pld_epsilon(&interval, &m, 1, delta));
    return interval;
}

/* P(N(mean, sigma^2) > x) */
static inline double above(double x, double mean, double sigma)
{
    return 0.5 * erfc((x - mean) / (sigma * M_SQRT2));
}

/* delta(epsilon) of one draw from its definition, epsilon of any sign: the outputs x > c are those where
 * P(x) > e^epsilon Q(x), P with and Q without the unit; when adding, x < c' with the roles exchanged. */
static inline double delta_remove(double q, double sigma, double epsilon)
{
    const double ratio = (exp(epsilon) - (1 - q)) / q;
    if (ratio <= 0)
        return 1 - exp(epsilon);
    const double c = sigma * sigma * log(ratio) + 0.5;
    return (1 - q) * above(c, 0, sigma) + q * above(c, 1, sigma) - exp(epsilon) * above(c, 0, sigma);
}

static inline double delta_add(double q, double sigma, double epsilon)
{
    const double ratio = (exp(-epsilon) - (1 - q)) / q;
    if (ratio <= 0)
        return 0;
    const double c = sigma * sigma * log(ratio) + 0.5;
    const double n0 = above(-c, 0, sigma);
    const double n1 = above(-c, -1, sigma);
    return n0 - exp(epsilon) * ((1 - q) * n0 + q * n1);
}

/* The Gaussian mechanism with sensitivity 1 [Balle2018, theorem 8]. */
static inline double delta_gaussian(double sigma, double epsilon)
{
    return delta_remove(1, sigma, epsilon);
}

#endif
