/* Elementwise kernels: fast against reference, over lengths around every vector width and chunk. */
#include "test.h"

#include "loop_check.h"

static const int64_t LENGTHS[] = {
    1, 2, 3, 7, 15, 16, 17, 31, 33, 63, 65, 1000, 8191, 8193, 16384, 16385, 40003};
enum { N_LENGTHS = sizeof LENGTHS / sizeof LENGTHS[0] };

static void check_lengths(wil_op_kind kind, int n_in, double scalar, double low, double high, double relative)
{
    for (int i = 0; i < N_LENGTHS; i++) {
        loop_case c = {
            .kind = kind, .n_in = n_in, .low = low, .high = high, .relative = relative, .absolute = 1e-45};
        c.call.out_shape = shape_3(1, LENGTHS[i], 1);
        c.call.in_shape[0] = c.call.out_shape;
        c.call.attr.scalar = scalar;
        check_loop(c);
    }
}

/* One rounding: the result is the float nearest to the exact one (scalars here are exact in float). */
TEST(simple_operations_round_once)
{
    check_lengths(WIL_OP_FILL, 0, 2.5, 0, 1, 0);
    check_lengths(WIL_OP_SCALE, 1, -1.5, -3, 3, EPS_F32);
    check_lengths(WIL_OP_ADD_SCALAR, 1, 0.25, -3, 3, EPS_F32);
    check_lengths(WIL_OP_LEAKY_RELU, 1, 0.25, -3, 3, EPS_F32);
    check_lengths(WIL_OP_STEP, 1, 0.25, -3, 3, 0);
    check_lengths(WIL_OP_ABS, 1, 0, -3, 3, 0);
    check_lengths(WIL_OP_SIGN, 1, 0, -3, 3, 0);
    check_lengths(WIL_OP_SQRT, 1, 0, 0, 9, EPS_F32);
    check_lengths(WIL_OP_RECIPROCAL, 1, 0, 0.1, 9, EPS_F32);
}

/* 3e-7 relative is what loop_math.h promises: five half-ulps. */
TEST(transcendental_operations_keep_their_promised_accuracy)
{
    check_lengths(WIL_OP_EXP, 1, 0, -20, 20, 3e-7);
    check_lengths(WIL_OP_LOG, 1, 0, 1e-3, 50, 3e-7);
    check_lengths(WIL_OP_TANH, 1, 0, -3, 3, 3e-7);
    check_lengths(WIL_OP_SIGMOID, 1, 0, -20, 20, 3e-7);
    check_lengths(WIL_OP_SOFTPLUS, 1, 0, -20, 20, 3e-7);
}

/* Worst relative error of the operation over n values of x from low to high, against the reference in double.
 * Results below the smallest normal float count by its ulp. */
static double worst_over(wil_op_kind kind, double low, double high)
{
    enum { N = 200000 };
    WIL_OWN(float) *x = values_of(N, 1, low, high);
    WIL_OWN(float) *y = values_of(N, 2, 0, 1);
    WIL_OWN(double) *exact = doubles_of(x, N);
    wil_kernel_call call = {
        .in = {x}, .out = y, .in_shape = {shape_3(1, N, 1)}, .out_shape = shape_3(1, N, 1)};
    for (int i = 0; i < N; i++)
        x[i] = (float)(low + (high - low) * i / N);
    wil_kernel_find(kind, WIL_KERNEL_FAST_F32)(&call);
    check_isas_agree(kind, call, y);
    WIL_OWN(double) *in = doubles_of(x, N);
    call.in[0] = in;
    call.out = exact;
    wil_kernel_find(kind, WIL_KERNEL_REF_F64)(&call);
    double worst = 0;
    for (int i = 0; i < N; i++) {
        const double size = fabs(exact[i]) > 1.2e-38 ? fabs(exact[i]) : 1.2e-38;
        const double error = exact[i] > 3.402823e38 ? (isinf(y[i]) || y[i] > 3.4e38f ? 0 : 1)
                                                    : fabs((double)y[i] - exact[i]) / size;
        worst = error <= worst ? worst : error;
    }
    return worst;
}

TEST(transcendental_operations_are_accurate_over_their_whole_range)
{
    assert_true(worst_over(WIL_OP_EXP, -110, 95) < 3e-7);
    assert_true(worst_over(WIL_OP_EXP, -1e-3, 1e-3) < 3e-7);
    assert_true(worst_over(WIL_OP_LOG, 0.5, 2) < 3e-7);
    assert_true(worst_over(WIL_OP_LOG, 1e-40, 1e-37) < 3e-7); /* through the denormals */
    assert_true(worst_over(WIL_OP_LOG, 1, 3e38) < 3e-7);
    assert_true(worst_over(WIL_OP_TANH, -12, 12) < 3e-7);
    assert_true(worst_over(WIL_OP_TANH, -0.3, 0.3) < 3e-7);
    assert_true(worst_over(WIL_OP_SIGMOID, -100, 100) < 3e-7);
    assert_true(worst_over(WIL_OP_SOFTPLUS, -100, 100) < 3e-7);
    assert_true(worst_over(WIL_OP_SOFTPLUS, -1, 1) < 3e-7);
}

static void check_special_values(void)
{
    static const wil_op_kind kinds[] = {WIL_OP_EXP, WIL_OP_LOG, WIL_OP_TANH, WIL_OP_SIGMOID, WIL_OP_SOFTPLUS,
        WIL_OP_SQRT, WIL_OP_LEAKY_RELU, WIL_OP_STEP, WIL_OP_SIGN};
    static const float special[] = {
        0.0f, -0.0f, 1.0f, -1.0f, INFINITY, -INFINITY, NAN, 1e-45f, 3.4e38f, -3.4e38f};
    enum { N = sizeof special / sizeof special[0] };
    float fast[N];
    float reference[N];
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        wil_kernel_call call = {
            .in = {special}, .out = fast, .in_shape = {shape_3(1, N, 1)}, .out_shape = shape_3(1, N, 1)};
        wil_kernel_find(kinds[k], WIL_KERNEL_FAST_F32)(&call);
        call.out = reference;
        wil_kernel_find(kinds[k], WIL_KERNEL_REF_F32)(&call);
        for (int i = 0; i < N; i++) {
            const bool same =
                isnan(reference[i]) ? isnan(fast[i])
                : isinf(reference[i]) || reference[i] == 0
                    ? fast[i] == reference[i]
                    : fabs((double)(fast[i] - reference[i])) <= 3e-7 * fabs((double)reference[i]);
            if (!same)
                fail_msg("%s(%g): %g instead of %g", wil_op_name(kinds[k]), (double)special[i],
                    (double)fast[i], (double)reference[i]);
        }
    }
}

TEST(special_values_come_out_as_in_libm_under_every_instruction_set)
{
    const wil_isa best = wil_kernel_isa();
    for (wil_isa isa = WIL_ISA_BASE; isa <= best; isa++) {
        use_isa(isa);
        check_special_values();
    }
}

TEST(a_dropout_mask_keeps_its_share_and_its_mean)
{
    enum { N = 100000 };
    float *mask = values_of(N, 1, 0, 1);
    float *again = values_of(N, 2, 0, 1);
    wil_kernel_call call = {
        .out = mask, .out_shape = shape_3(1, N, 1), .attr = {.scalar = 0.25, .key = 3}, .seed = 5};
    wil_kernel_find(WIL_OP_KEEP_MASK, WIL_KERNEL_FAST_F32)(&call);
    int kept = 0;
    for (int i = 0; i < N; i++) {
        assert_true(mask[i] == 0.0f || mask[i] == (float)(1 / 0.75));
        kept += mask[i] != 0.0f;
    }
    assert_true(fabs(kept - 0.75 * N) < 5 * sqrt(0.25 * 0.75 * N)); /* five standard deviations */
    call.out = again;
    wil_kernel_find(WIL_OP_KEEP_MASK, WIL_KERNEL_REF_F32)(&call);
    assert_memory_equal(mask, again, N * sizeof *mask);
    call.step = 1; /* another step, another mask */
    wil_kernel_find(WIL_OP_KEEP_MASK, WIL_KERNEL_FAST_F32)(&call);
    assert_true(memcmp(mask, again, N * sizeof *mask) != 0);
    wil_free(mask);
    wil_free(again);
    check_lengths(WIL_OP_KEEP_MASK, 0, 0.3, 0, 1, EPS_F32);
}
