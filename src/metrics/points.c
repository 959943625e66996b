/* Sets of samples: checks that every measure of them begins with. */
#include "metrics_internal.h"

#include <math.h>

wil_status points_check(const wil_points *points, size_t n_least, const char *what)
{
    WIL_REQUIRE(points->d >= 1, WIL_ERR_INPUT, "%s: samples need one feature at least", what);
    WIL_REQUIRE(points->n >= n_least, WIL_ERR_INPUT, "%s: %zu samples are too few, %zu are needed", what,
        points->n, n_least);
    const size_t d = (size_t)points->d;
    for (size_t i = 0; i < points->n * d; i++)
        WIL_REQUIRE(isfinite(points->values[i]), WIL_ERR_INPUT,
            "%s: sample %zu has NaN or infinity as feature %zu", what, i / d, i % d);
    return WIL_OK;
}

wil_status points_check_same_width(int d_a, int d_b)
{
    WIL_REQUIRE(d_a == d_b, WIL_ERR_INPUT,
        "one set has %d features, the other %d; both need the same features", d_a, d_b);
    return WIL_OK;
}

double points_squared_distance(const float *a, const float *b, int d)
{
    double sum = 0;
    for (int j = 0; j < d; j++) {
        const double step = (double)a[j] - (double)b[j];
        sum += step * step;
    }
    return sum;
}
