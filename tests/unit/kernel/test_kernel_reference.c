/* The reference kernels against examples worked by hand and against theorems, and the table of kernels. */
#include "test.h"

#include "kernel_check.h"

static void run_f64(wil_op_kind kind, wil_kernel_call *call)
{
    wil_kernel_find(kind, WIL_KERNEL_REF_F64)(call);
}

static void assert_values(const double *got, const double *expected, int n)
{
    for (int i = 0; i < n; i++)
        assert_true(fabs(got[i] - expected[i]) < 1e-12); /* sums of a few terms of size 100, in double */
}

TEST(normalising_gives_mean_0_and_variance_1_less_eps)
{
    const double x[6] = {1, 10, 2, 20, 6, 30}; /* [3, 2]; column 0: mean 3, variance 14/3 */
    double y[6];
    wil_kernel_call call = {.in = {x},
        .out = y,
        .in_shape = {{.rank = 2, .dim = {3, 2}}},
        .out_shape = {.rank = 2, .dim = {3, 2}},
        .attr = {.axes = 1, .scalar = 1.0 / 3}};
    run_f64(WIL_OP_NORMALIZE, &call);
    const double r = 1 / sqrt(5.0);
    assert_true(fabs(y[0] + 2 * r) < 1e-12 && fabs(y[2] + r) < 1e-12 && fabs(y[4] - 3 * r) < 1e-12);
    assert_true(fabs(y[1] + y[3] + y[5]) < 1e-12);
}

/* The derivative by central differences of step 1e-6: truncation 1e-12, cancellation 1e-10. */
TEST(normalize_dx_is_the_derivative_of_normalize)
{
    double x[6] = {1, 10, 2, 20, 6, 30};
    const double g[6] = {0.3, -1, 2, 0.5, -0.7, 1.1};
    double dx[6];
    double y[2][6];
    const wil_shape shape = {.rank = 2, .dim = {3, 2}};
    wil_kernel_call call = {.in = {g, x},
        .out = dx,
        .in_shape = {shape, shape},
        .out_shape = shape,
        .attr = {.axes = 1, .scalar = 0.1}};
    run_f64(WIL_OP_NORMALIZE_DX, &call);
    for (int i = 0; i < 6; i++) {
        const double at = x[i];
        double difference = 0;
        call.in[0] = x;
        for (int side = 0; side < 2; side++) {
            x[i] = at + (side == 0 ? -1e-6 : 1e-6);
            call.out = y[side];
            run_f64(WIL_OP_NORMALIZE, &call);
        }
        x[i] = at;
        for (int k = 0; k < 6; k++)
            difference += g[k] * (y[1][k] - y[0][k]) / 2e-6;
        assert_true(fabs(difference - dx[i]) < 1e-8);
    }
}

TEST(pooling_takes_the_first_of_equal_values)
{
    const double x[4] = {5, 5, 1, 7}; /* windows of 2 */
    const double h[4] = {1, 2, 3, 4};
    const double g[2] = {10, 20};
    double out[4];
    wil_kernel_call call = {.in = {h, x},
        .out = out,
        .in_shape = {{.rank = 3, .dim = {1, 4, 1}}, {.rank = 3, .dim = {1, 4, 1}}},
        .out_shape = {.rank = 3, .dim = {1, 2, 1}},
        .attr = {.n_spatial = 1, .kernel = {2}}};
    run_f64(WIL_OP_POOL_GATHER, &call);
    assert_values(out, (const double[]){1, 4}, 2);
    call.in[0] = g;
    call.in_shape[0] = call.out_shape;
    call.out_shape = call.in_shape[1];
    run_f64(WIL_OP_POOL_SCATTER, &call);
    assert_values(out, (const double[]){10, 0, 0, 20}, 4);
}

/* As its row says: nothing for leaves and views, else a reference in both precisions, and a fast kernel or a
 * way of the backend's own. */
TEST(every_operation_has_its_kernels)
{
    for (wil_op_kind kind = 0; kind < WIL_OP_KINDS; kind++) {
        const wil_op_info *row = wil_op_row(kind);
        const bool none = row->class == WIL_OP_CLASS_LEAF || row->class == WIL_OP_CLASS_VIEW;
        const bool own = row->class == WIL_OP_CLASS_PRODUCT || row->class == WIL_OP_CLASS_CONV ||
                         row->class == WIL_OP_CLASS_NORM2;
        assert_int_equal(row->fast == WIL_OP_FAST_NONE, none);
        assert_int_equal(row->fast == WIL_OP_FAST_OWN, own);
        assert_int_equal(row->fast == WIL_OP_FAST_TILE, row->class == WIL_OP_CLASS_POINTWISE);
        assert_int_equal(wil_kernel_find(kind, WIL_KERNEL_REF_F32) == NULL, none);
        assert_int_equal(wil_kernel_find(kind, WIL_KERNEL_REF_F64) == NULL, none);
        assert_int_equal(wil_kernel_find(kind, WIL_KERNEL_FAST_F32) == NULL, none || own);
        assert_int_equal(wil_tile_find(kind) == NULL, row->class != WIL_OP_CLASS_POINTWISE);
    }
}
