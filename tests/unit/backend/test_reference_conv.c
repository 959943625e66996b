/* The reference convolutions against an example worked by hand and against the theorem that ties the three.
 */
#include "test.h"

#include "outcome.h"
#include "conv_check.h"

static void assert_values(const double *got, const double *expected, int n)
{
    for (int i = 0; i < n; i++)
        assert_true(fabs(got[i] - expected[i]) < 1e-12); /* sums of a few terms of size 100, in double */
}

/* x = 1 2 3 4 5, w = 1 10 100: without padding 321 432 543; stride 2 with a zero in front and behind. */
TEST(a_convolution_slides_its_kernel_unflipped)
{
    const double x[5] = {1, 2, 3, 4, 5};
    const double w[3] = {1, 10, 100};
    double y[3];
    conv_geometry g = GEOMETRY(1, 1, 1, 1, (5), (3), (1), (0));
    conv_case c = conv_case_of(g);
    conv_reference(&c, WIL_OP_CONV, x, w, y);
    assert_values(y, (const double[]){321, 432, 543}, 3);
    g.stride[0] = 2;
    g.pad[0] = 1;
    c = conv_case_of(g);
    conv_reference(&c, WIL_OP_CONV, x, w, y);
    assert_values(y, (const double[]){210, 432, 54}, 3);
}

/* <conv(x,w), g> = <x, conv_dx(g,w)> = <w, conv_dw(x,g)>, to rounding in double. */
TEST(the_reference_triple_is_adjoint)
{
    const conv_geometry geometries[] = {{.n_spatial = 1,
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
            WIL_OWN(float) *values = values_of(count_of(shapes[k]), 20 + (uint64_t)k, -1, 1);
            value[k] = doubles_of(values, count_of(shapes[k]));
        }
        const double *in[3][2] = {{value[1], value[2]}, {value[0], value[2]}, {value[1], value[0]}};
        for (int kind = 0; kind < 3; kind++) {
            const int64_t n = count_of(shapes[kind]);
            WIL_OWN(double) *out = NULL;
            OK(wil_alloc_f64(&out, (size_t)n));
            conv_reference(&c, (wil_op_kind)(WIL_OP_CONV + kind), in[kind][0], in[kind][1], out);
            for (int64_t j = 0; j < n; j++)
                product[kind] += out[j] * value[kind][j];
        }
        assert_true(fabs(product[1] - product[0]) < 1e-11 && fabs(product[2] - product[0]) < 1e-11);
        for (int k = 0; k < 3; k++)
            wil_free(value[k]);
    }
}
