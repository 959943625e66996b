/* The regularised upper incomplete gamma function, by its series below a + 1 and by its continued fraction
 * above [Press2007, section 6.2]. */
#include "willis/num.h"

#include <math.h>

#define MOST_TERMS 10000
#define PRECISION 1e-15

static double lower_series(double a, double x)
{
    double term = 1 / a, sum = term;
    for (int i = 1; i < MOST_TERMS && fabs(term) > PRECISION * fabs(sum); i++) {
        term *= x / (a + i);
        sum += term;
    }
    return sum * exp(a * log(x) - x - lgamma(a));
}

/* Lentz's method. */
static double upper_fraction(double a, double x)
{
    const double tiny = 1e-300;
    double b = x + 1 - a, c = 1 / tiny, d = 1 / b;
    double h = d;
    for (int i = 1; i < MOST_TERMS; i++) {
        const double numerator = -i * (i - a);
        b += 2;
        d = numerator * d + b;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = b + numerator / c;
        c = fabs(c) < tiny ? tiny : c;
        h *= d * c;
        if (fabs(d * c - 1) < PRECISION)
            break;
    }
    return h * exp(a * log(x) - x - lgamma(a));
}

double wil_num_gamma_q(double a, double x)
{
    if (!(a > 0) || !(x >= 0))
        return NAN;
    if (x == 0)
        return 1;
    if (isinf(x))
        return 0;
    return x < a + 1 ? 1 - lower_series(a, x) : upper_fraction(a, x);
}
