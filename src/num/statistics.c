/* Mean, median and standard deviation. */
#include "willis/num.h"

#include <math.h>
#include <stdlib.h>

/* Around the first value, so that a large common offset costs no digits and equal values have themselves as
 * mean. */
double wil_num_mean(const double *values, size_t n)
{
    if (n == 0)
        return NAN;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i] - values[0];
    return values[0] + sum / (double)n;
}

double wil_num_median_in_place(double *values, size_t n)
{
    if (n == 0)
        return NAN;
    qsort(values, n, sizeof *values, wil_compare_doubles);
    const double upper = values[n / 2], lower = values[(n - 1) / 2];
    return lower == upper ? upper : 0.5 * (lower + upper); /* two infinities are one */
}

/* Two passes; the second term takes out what rounding of the mean left [Chan1983, equation 1.7]. */
double wil_num_sd(const double *values, size_t n)
{
    if (n < 2)
        return 0;
    const double mean = wil_num_mean(values, n);
    double squares = 0, rest = 0;
    for (size_t i = 0; i < n; i++) {
        const double d = values[i] - mean;
        squares += d * d;
        rest += d;
    }
    const double variance = (squares - rest * rest / (double)n) / (double)(n - 1);
    return variance > 0 || isnan(variance) ? sqrt(variance) : 0;
}
