#include "test.h"

#include "shape_check.h"

static int by_value(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* The definition: straight lines between the sorted values, which stand at 0, 1/(n-1), 2/(n-1), ... 1. */
static double quantile_by_sorting(const float *values, size_t n, double frac)
{
    float *sorted = malloc(n * sizeof *sorted);
    memcpy(sorted, values, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_value);
    const double place = frac * (double)(n - 1);
    const size_t below = (size_t)floor(place), above = (size_t)ceil(place);
    const double out = sorted[below] + (place - (double)below) * ((double)sorted[above] - sorted[below]);
    free(sorted);
    return out;
}

TEST(quantiles_are_those_of_sorting)
{
    const size_t counts[] = {1, 2, 3, 7, 100, 1001, 20000};
    const double fracs[] = {0, 0.001, 0.25, 0.3333, 0.5, 0.77, 0.999, 1};
    float *values = malloc(20000 * sizeof *values);
    for (int kind = 0; kind < 5; kind++) {
        for (uint64_t i = 0; i < 20000; i++) {
            const double z = wil_rng_normal(wil_rng_at(7, WIL_RNG_TEST, (uint32_t)kind), i);
            values[i] = (float)(kind == 0   ? z            /* both signs */
                                : kind == 1 ? floor(3 * z) /* many equal ones, 0 and -0 among them */
                                : kind == 2 ? 100 + z      /* one exponent: the low halves decide */
                                : kind == 3 ? exp(40 * z)  /* from denormal to infinite */
                                            : -(double)i); /* sorted downwards */
            if (isinf(values[i]))
                values[i] = 3e38f;
        }
        for (size_t c = 0; c < 7; c++) {
            for (size_t f = 0; f < 8; f++) {
                double out = 0;
                OK(wil_quantile(&out, values, counts[c], fracs[f]));
                assert_true(
                    out == quantile_by_sorting(values, counts[c], fracs[f])); /* the same arithmetic */
            }
        }
    }
    free(values);
}

/* numpy.quantile([1, 2, 4, 8], [0, 1/3, 0.5, 0.9, 1]) by hand: places 0, 1, 1.5, 2.7, 3. */
TEST(quantiles_lie_on_straight_lines_between_order_statistics)
{
    const float values[] = {8, 1, 4, 2};
    const double fracs[] = {0, 0.5, 0.9, 1};
    const double expected[] = {1, 3, 6.8, 8};
    for (int i = 0; i < 4; i++) {
        double out = 0;
        OK(wil_quantile(&out, values, 4, fracs[i]));
        assert_true(fabs(out - expected[i]) <= 4e-15); /* 0.9 * 3 is not exact in binary: a few roundings */
    }
    assert_true(values[0] == 8 && values[1] == 1 && values[2] == 4 && values[3] == 2);
}

TEST(infinite_values_stand_at_the_ends)
{
    const float values[] = {INFINITY, 3, -INFINITY, 1, 2};
    double out = 0;
    OK(wil_quantile(&out, values, 5, 0.5));
    assert_true(out == 2);
    OK(wil_quantile(&out, values, 5, 1));
    assert_true(isinf(out) && out > 0);
    OK(wil_quantile(&out, values, 5, 0));
    assert_true(isinf(out) && out < 0);
    const float two[] = {-INFINITY, INFINITY};
    REFUSED(WIL_ERR_INPUT, wil_quantile(&out, two, 2, 0.5), "infinite", "0.5");
}

TEST(what_has_no_quantile_is_refused)
{
    const float values[] = {1, NAN, 3, NAN};
    double out = 0;
    REFUSED(WIL_ERR_ARG, wil_quantile(&out, values, 0, 0.5), "no values");
    REFUSED(WIL_ERR_INPUT, wil_quantile(&out, values, 4, 0.5), "2 of 4", "NaN");
    REFUSED(WIL_ERR_ARG, wil_quantile(&out, values, 1, -0.01), "from 0 to 1", "-0.01");
    REFUSED(WIL_ERR_ARG, wil_quantile(&out, values, 1, 95), "from 0 to 1", "95");
    REFUSED(WIL_ERR_ARG, wil_quantile(&out, values, 1, NAN), "from 0 to 1", "nan");
    assert_true(isnan(out));
}
