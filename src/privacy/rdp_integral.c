/* A(order) - 1 of the Poisson-subsampled Gaussian as an integral of what is never negative.
 *
 * With L = ln P/Q of an output drawn from Q, A(order) = E e^(order L), and E e^L = 1 as that is the mass of
 * P. So
 *
 *     A - 1 = E (e^(order L) - 1 - order (e^L - 1))
 *           = E e^L (e^((order-1) L) - 1 + (order-1) (e^-L - 1)),
 *
 * which is convex in e^L, so each output adds something and nothing cancels, however near A is to 1: there
 * A - 1 falls with the square of the sampling rate, and 1 + (A - 1) holds none of its digits. */
#include "privacy_internal.h"

#include <math.h>

#define REACH 10.0             /* standard deviations beyond both ends; e^-50 = 2e-22 is left out */
#define MOST_POINTS (1L << 24) /* noise below 1e-3 or so, where A - 1 is small for orders next to 1 only */
#define SMALL 0.1              /* exponents up to which the terms are summed up from their powers */

/* e^a - 1 + (order-1) (e^b - 1) with a = (order-1) loss and b = -loss, whose first powers cancel: the sum of
 * (a^k + (order-1) b^k) / k! from k = 2 on; 0.1^10/10! is below double precision. */
static double from_second_power(double loss, double order)
{
    const double a = (order - 1) * loss;
    const double b = -loss;
    double a_power = a;
    double b_power = (order - 1) * b;
    double sum = 0;
    for (int k = 2; k <= 10; k++) {
        a_power *= a / k;
        b_power *= b / k;
        sum += a_power + b_power;
    }
    return sum;
}

/* The integrand at an output of that loss; log_density: of the output under Q. */
static double excess_at(double loss, double log_density, double order)
{
    const double a = (order - 1) * loss;
    if (a > 36) /* e^-36 is below double precision; the density takes back what would overflow */
        return exp(order * loss + log_density);
    if (fmax(fabs(a), fabs(loss)) < SMALL)
        return exp(loss + log_density) * from_second_power(loss, order);
    return exp(loss + log_density) * (expm1(a) + (order - 1) * expm1(-loss));
}

/* By the trapezium rule, in outputs t = x/sigma. The integrand is analytic for |Im t| < pi sigma, where the
 * likelihood ratio of complex outputs first vanishes, so the step leaves an error of e^-50 of A - 1
 * [Trefethen2014, "The exponentially convergent trapezoidal rule", theorem 5.1]. Its peaks lie between 0 and
 * the larger of order and 2, as its growth in e^L is at most of that power. */
wil_status privacy_moment_excess(double *out, double q, double sigma, double order)
{
    const double step = fmin(0.5, sigma / 3);
    const double points = ceil((fmax(order, 2) / sigma + 2 * REACH) / step);
    WIL_REQUIRE(points <= (double)MOST_POINTS, WIL_ERR_NUMERIC,
        "the moment of order %g needs %.3g points at noise %g, %ld are used at most", order, points, sigma,
        MOST_POINTS);
    double sum = 0;
    for (long i = 0; i <= (long)points; i++) {
        const double t = step * (double)i - REACH;
        sum += excess_at(privacy_draw_loss(q, sigma, sigma * t), -0.5 * t * t, order);
    }
    *out = sum * step / sqrt(2 * M_PI);
    return WIL_OK;
}
