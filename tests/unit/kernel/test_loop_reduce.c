/* Sums and normalisations over every set of axes, and resampling: fast against reference. */
#include "test.h"

#include "loop_check.h"

/* Small, wide, long, with ones, with more columns than a window, with more channels a group than a window. */
static const int64_t SIZES[][4] = {{2, 3, 4, 5}, {1, 7, 1, 3}, {3, 50, 2, 2}, {2, 70, 70, 2}, {1, 33, 40, 17},
    {2, 9, 3, 300}, {16, 6, 2, 130}, {5, 4000, 1, 1}, {40, 9, 4, 16}};
enum { N_SIZES = sizeof SIZES / sizeof SIZES[0] };

TEST(sums_agree_over_every_set_of_axes)
{
    for (int size = 0; size < N_SIZES; size++)
        for (uint32_t axes = 1; axes < 16; axes++) {
            /* summed in double, so one rounding of the result; 1e-10: the double's own, for thousands of
             * terms */
            loop_case c = {
                .kind = WIL_OP_SUM, .n_in = 1, .low = -1, .high = 1, .relative = EPS_F32, .absolute = 1e-10};
            c.call.in_shape[0] = shape_of(4, SIZES[size]);
            c.call.out_shape = c.call.in_shape[0];
            c.call.attr.axes = axes;
            for (int i = 0; i < 4; i++)
                if ((axes >> i & 1) != 0)
                    c.call.out_shape.dim[i] = 1;
            check_loop(c);
        }
}

/* eps_num = 0.1 keeps r below 3.2. x - mean rounds by eps (high - low), as the mean is kept in two parts,
 * times r; the result itself, which is r (high - low) at most, by a few eps. The derivative multiplies twice
 * more. */
static void check_normalize(wil_op_kind kind, double low, double high)
{
    for (int size = 0; size < N_SIZES; size++)
        for (uint32_t axes = 1; axes < 16; axes++) {
            const double r_most = 3.2;
            loop_case c = {.kind = kind,
                .n_in = kind == WIL_OP_NORMALIZE ? 1 : 2,
                .low = low,
                .high = high,
                .relative = 8 * EPS_F32};
            const double span = high - low;
            c.absolute = 4 * EPS_F32 * span * r_most;
            if (c.n_in == 2)
                c.absolute *= 1 + span * r_most;
            c.call.in_shape[0] = shape_of(4, SIZES[size]);
            c.call.in_shape[1] = c.call.in_shape[0];
            c.call.out_shape = c.call.in_shape[0];
            c.call.attr.axes = axes;
            c.call.attr.scalar = 0.1;
            check_loop(c);
        }
}

TEST(normalisations_agree_over_every_set_of_axes)
{
    check_normalize(WIL_OP_NORMALIZE, -2, 2);
    check_normalize(WIL_OP_NORMALIZE, 100, 104); /* mean far from zero */
    check_normalize(WIL_OP_NORMALIZE_DX, -2, 2);
}

/* Instance norm of a constant image, and of one with a standard deviation of 6e-8 of its mean: no NaN, and
 * all digits. */
TEST(a_large_mean_and_a_constant_image_do_no_harm)
{
    enum { N = 5000 };
    WIL_OWN(float) *x = values_of(N, 1, 0, 1);
    WIL_OWN(float) *y = values_of(N, 2, 0, 1);
    for (int i = 0; i < N; i++)
        x[i] = 7.3f;
    wil_kernel_call call = {.in = {x},
        .out = y,
        .in_shape = {shape_3(1, N, 1)},
        .out_shape = shape_3(1, N, 1),
        .attr = {.axes = 2, .scalar = 1e-5}};
    wil_kernel_find(WIL_OP_NORMALIZE, WIL_KERNEL_FAST_F32)(&call);
    for (int i = 0; i < N; i++)
        assert_true(y[i] == 0.0f);
    for (int i = 0; i < N; i++)
        x[i] = 1048576.0f + (float)(i % 2) * 0.125f; /* both exact in float; standard deviation 1/16 */
    call.attr.scalar = 0;
    wil_kernel_find(WIL_OP_NORMALIZE, WIL_KERNEL_FAST_F32)(&call);
    for (int i = 0; i < N; i++) /* exactly +-1, but for the rounding of r */
        assert_true(fabs(fabs((double)y[i]) - 1) < 2 * EPS_F32);
}

TEST(resampling_agrees_for_all_factors)
{
    static const wil_op_kind kinds[] = {
        WIL_OP_UPSAMPLE, WIL_OP_SUM_POOL, WIL_OP_POOL_GATHER, WIL_OP_POOL_SCATTER};
    static const int64_t cases[][7] = {/* coarse size, factor, channels */ {4, 3, 5, 2, 2, 2, 3},
        {1, 6, 7, 1, 2, 2, 32}, {1, 1, 50, 1, 1, 3, 1}, {3, 2, 4, 3, 1, 2, 70}, {2, 2, 2, 5, 4, 4, 2},
        {1, 40, 40, 1, 2, 2, 16}, {5, 4, 3, 1, 1, 1, 6}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int op = 0; op < 4; op++) {
            const int64_t *v = cases[i];
            const wil_shape coarse = {.rank = 5, .dim = {2, v[0], v[1], v[2], v[6]}};
            const wil_shape fine = {.rank = 5, .dim = {2, v[0] * v[3], v[1] * v[4], v[2] * v[5], v[6]}};
            const double members = (double)(v[3] * v[4] * v[5]);
            loop_case c = {.kind = kinds[op],
                .n_in = op < 2 ? 1 : 2,
                .low = -1,
                .high = 1,
                .absolute =
                    op == 1 ? members * members * EPS_F32 / 2 : 0}; /* float sums of `members` terms */
            c.call.attr.n_spatial = 3;
            memcpy(c.call.attr.kernel, v + 3, sizeof c.call.attr.kernel);
            c.call.out_shape = op == 0 || op == 3 ? fine : coarse;
            c.call.in_shape[0] = op == 0 || op == 3 ? coarse : fine;
            c.call.in_shape[1] = fine;
            check_loop(c);
        }
}

/* All values equal: the first of each window is taken, so scattering puts its 1 there. */
TEST(of_equal_values_the_first_is_taken)
{
    loop_case c = {.kind = WIL_OP_POOL_SCATTER, .n_in = 2, .low = 1, .high = 1};
    c.call.attr = (wil_op_attr){.n_spatial = 2, .kernel = {2, 3}};
    c.call.in_shape[0] = (wil_shape){.rank = 4, .dim = {2, 4, 5, 33}};
    c.call.in_shape[1] = (wil_shape){.rank = 4, .dim = {2, 8, 15, 33}};
    c.call.out_shape = c.call.in_shape[1];
    check_loop(c);
}
