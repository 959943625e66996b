/* The reference kernels against examples worked by hand and against theorems, the table of kernels, and the
 * matrix product on oneDNN. */
#include "conv_check.h"

static void run_f64(wil_op_kind kind, wil_kernel_call *call)
{
    wil_kernel_find(kind, WIL_KERNEL_REF_F64)(call);
}

static void assert_values(const double *got, const double *expected, int n)
{
    for (int i = 0; i < n; i++)
        assert_true(fabs(got[i] - expected[i]) < 1e-12); /* sums of a few terms of size 100, in double */
}

/* x = 1 2 3 4 5, w = 1 10 100: without padding 321 432 543; stride 2 with a zero in front and behind. */
static void a_convolution_slides_its_kernel_unflipped(void **state)
{
    (void)state;
    const double x[5] = {1, 2, 3, 4, 5};
    const double w[3] = {1, 10, 100};
    double y[3];
    wil_conv_geometry g = {.n_spatial = 1,
        .batch = 1,
        .in_channels = 1,
        .out_channels = 1,
        .in = {5},
        .kernel = {3},
        .stride = {1},
        .pad = {0}};
    conv_case c = conv_case_of(g);
    conv_reference(&c, WIL_DNNL_CONV, x, w, y);
    assert_values(y, (const double[]){321, 432, 543}, 3);
    g.stride[0] = 2;
    g.pad[0] = 1;
    c = conv_case_of(g);
    conv_reference(&c, WIL_DNNL_CONV, x, w, y);
    assert_values(y, (const double[]){210, 432, 54}, 3);
}

/* <conv(x,w), g> = <x, conv_dx(g,w)> = <w, conv_dw(x,g)>, to rounding in double. */
static void the_reference_triple_is_adjoint(void **state)
{
    (void)state;
    const wil_conv_geometry geometries[] = {{.n_spatial = 1,
                                                .batch = 2,
                                                .in_channels = 3,
                                                .out_channels = 2,
                                                .in = {10},
                                                .kernel = {4},
                                                .stride = {3},
                                                .pad = {1}},
        {.n_spatial = 2,
            .batch = 2,
            .in_channels = 2,
            .out_channels = 3,
            .in = {8, 5},
            .kernel = {5, 3},
            .stride = {2, 1},
            .pad = {2, 0}},
        {.n_spatial = 3,
            .batch = 1,
            .in_channels = 2,
            .out_channels = 2,
            .in = {4, 5, 6},
            .kernel = {4, 1, 3},
            .stride = {2, 2, 1},
            .pad = {1, 0, 1}}};
    for (size_t i = 0; i < sizeof geometries / sizeof geometries[0]; i++) {
        const conv_case c = conv_case_of(geometries[i]);
        const wil_shape *shapes[3] = {&c.y, &c.x, &c.w};
        double *value[3];
        double product[3] = {0};
        for (int k = 0; k < 3; k++) {
            float *values = values_of(count_of(shapes[k]), 20 + (uint64_t)k, -1, 1);
            value[k] = doubles_of(values, count_of(shapes[k]));
            wil_free(values);
        }
        const double *in[3][2] = {{value[1], value[2]}, {value[0], value[2]}, {value[1], value[0]}};
        for (int kind = 0; kind < 3; kind++) {
            const int64_t n = count_of(shapes[kind]);
            double *out = NULL;
            assert_int_equal(wil_alloc_f64(&out, (size_t)n), WIL_OK);
            conv_reference(&c, (wil_dnnl_conv_kind)kind, in[kind][0], in[kind][1], out);
            for (int64_t j = 0; j < n; j++)
                product[kind] += out[j] * value[kind][j];
            wil_free(out);
        }
        assert_true(fabs(product[1] - product[0]) < 1e-11 && fabs(product[2] - product[0]) < 1e-11);
        for (int k = 0; k < 3; k++)
            wil_free(value[k]);
    }
}

static void normalising_gives_mean_0_and_variance_1_less_eps(void **state)
{
    (void)state;
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
static void normalize_dx_is_the_derivative_of_normalize(void **state)
{
    (void)state;
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

static void pooling_takes_the_first_of_equal_values(void **state)
{
    (void)state;
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
static void every_operation_has_its_kernels(void **state)
{
    (void)state;
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

/* Sums of k products below 1 round like a random walk: 4 sqrt(k) eps times their number. */
static void the_matrix_product_agrees_with_the_reference(void **state)
{
    (void)state;
    static const int64_t sizes[][3] = {
        {1, 1, 1}, {2, 3, 4}, {17, 5, 33}, {8, 640, 100}, {64, 1, 129}, {1, 50, 7}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int flags = 0; flags < 4; flags++) {
            const int64_t m = sizes[i][0];
            const int64_t n = sizes[i][1];
            const int64_t k = sizes[i][2];
            const bool ta = (flags & 1) != 0;
            const bool tb = (flags & 2) != 0;
            float *a = values_of(m * k, 1, -1, 1);
            float *b = values_of(k * n, 2, -1, 1);
            float *out = values_of(m * n, 3, 0, 1);
            float *expected = values_of(m * n, 4, 0, 1);
            assert_int_equal(wil_dnnl_matmul(a, b, out, m, n, k, ta, tb), WIL_OK);
            wil_kernel_call call = {.in = {a, b},
                .out = expected,
                .out_shape = {.rank = 2, .dim = {m, n}},
                .in_shape = {{.rank = 2, .dim = {ta ? k : m, ta ? m : k}},
                    {.rank = 2, .dim = {tb ? n : k, tb ? k : n}}},
                .attr = {.transpose = {ta, tb}}};
            wil_kernel_find(WIL_OP_MATMUL, WIL_KERNEL_REF_F32)(&call);
            for (int64_t j = 0; j < m * n; j++)
                assert_true(
                    fabs((double)(out[j] - expected[j])) <= 4 * sqrt((double)k) * EPS_F32 * (double)k);
            wil_free(a);
            wil_free(b);
            wil_free(out);
            wil_free(expected);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_convolution_slides_its_kernel_unflipped),
        cmocka_unit_test(the_reference_triple_is_adjoint),
        cmocka_unit_test(normalising_gives_mean_0_and_variance_1_less_eps),
        cmocka_unit_test(normalize_dx_is_the_derivative_of_normalize),
        cmocka_unit_test(pooling_takes_the_first_of_equal_values),
        cmocka_unit_test(every_operation_has_its_kernels),
        cmocka_unit_test(the_matrix_product_agrees_with_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
