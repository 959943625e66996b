/* oneDNN's convolutions against the reference loops in double, over a grid of geometries. */
#include "test.h"

#include "outcome.h"
#include "conv_check.h"

#include <omp.h>

#define EPS_BF16 0.0078125 /* distance from 1 to the next bfloat16 */

static void round_to_bf16(float *x, int64_t n)
{
    uint16_t *half = bf16_of(x, n);
    wil_tile_moves_find().widen(x, half, n);
    wil_free(half);
}

/* Largest error of any result, in units of its rounding bound. A sum of L products rounds like a random walk:
 * sqrt(L) eps sum|a b|, times 4 for the largest of many; sum|a b| comes from the reference on |a|, |b|. The
 * products of bfloat16 operands are exact in float; a bfloat16 result is rounded once more. */
static double worst_error(const conv_case *c, wil_op_kind kind)
{
    const wil_shape *roles[3];
    conv_roles(c, kind, roles);
    const int64_t n[3] = {count_of(roles[0]), count_of(roles[1]), count_of(roles[2])};
    float *in[2] = {values_of(n[0], 1, -1, 1), values_of(n[1], 2, -1, 1)};
    WIL_OWN(float) *out = values_of(n[2], 3, -1, 1);
    for (int k = 0; k < 2 && c->g.bf16_operands; k++)
        round_to_bf16(in[k], n[k]);
    WIL_OWN(double) *exact = doubles_of(out, n[2]);
    WIL_OWN(double) *bound = doubles_of(out, n[2]);
    double *in_f64[2] = {doubles_of(in[0], n[0]), doubles_of(in[1], n[1])};
    conv_run(c, kind, in[0], in[1], out);
    conv_reference(c, kind, in_f64[0], in_f64[1], exact);
    for (int k = 0; k < 2; k++)
        for (int64_t i = 0; i < n[k]; i++)
            in_f64[k][i] = fabs(in_f64[k][i]);
    conv_reference(c, kind, in_f64[0], in_f64[1], bound);
    double terms = kind == WIL_OP_CONV      ? (double)c->g.in_channels
                   : kind == WIL_OP_CONV_DX ? (double)c->g.out_channels
                                            : (double)c->g.batch;
    for (int i = 0; i < c->g.n_spatial; i++)
        terms *= kind == WIL_OP_CONV_DW ? (double)c->g.out[i] : (double)c->g.kernel[i];
    double worst = 0;
    for (int64_t i = 0; i < n[2]; i++) {
        const double last = c->g.bf16_result ? EPS_BF16 / 2 * fabs(exact[i]) : 0;
        const double error =
            fabs((double)out[i] - exact[i]) / (4 * sqrt(terms) * EPS_F32 * bound[i] + 1.01 * last + 1e-30);
        worst = error <= worst ? worst : error; /* NaN wins */
    }
    for (int k = 0; k < 2; k++) {
        wil_free(in[k]);
        wil_free(in_f64[k]);
    }
    return worst;
}

static void check_triple(conv_geometry g)
{
    const conv_case c = conv_case_of(g);
    for (int i = 0; i < g.n_spatial; i++)
        if (c.g.out[i] < 1 || g.in[i] + 2 * g.pad[i] < g.kernel[i])
            return; /* the kernel does not fit */
    for (int kind = 0; kind < 3; kind++) {
        const double worst = worst_error(&c, (wil_op_kind)(WIL_OP_CONV + kind));
        if (!(worst <= 1.0))
            fail_msg("kind %d, %dD, %d -> %d channels, kernel %d, stride %d, pad %d: error %g of its bound",
                kind, g.n_spatial, (int)g.in_channels, (int)g.out_channels, (int)g.kernel[0],
                (int)g.stride[0], (int)g.pad[0], worst);
    }
}

static const int64_t CHANNELS[][2] = {
    {1, 3}, {2, 16}, {3, 2}, {16, 17}, {17, 1}, {96, 16}, {16, 96}, {32, 1}, {64, 2}, {3, 24}, {64, 128}};
enum { N_CHANNELS = sizeof CHANNELS / sizeof CHANNELS[0] };

/* Sizes of which one is even and one odd, so that a stride of 2 leaves a rest, which is also what "output
 * padding" of a transposed convolution is. */
static void check_grid(int n_spatial, const int64_t *size, int every)
{
    static const int64_t kernels[] = {1, 3, 4, 5};
    int number = 0;
    for (int c = 0; c < N_CHANNELS; c++)
        for (int k = 0; k < 4; k++)
            for (int64_t stride = 1; stride <= 2; stride++)
                for (int pads = 0; pads < 2; pads++) {
                    conv_geometry g = {.n_spatial = n_spatial,
                        .batch = 2,
                        .in_channels = CHANNELS[c][0],
                        .out_channels = CHANNELS[c][1]};
                    for (int i = 0; i < n_spatial; i++) {
                        g.in[i] = size[i];
                        g.kernel[i] = kernels[k];
                        g.stride[i] = stride;
                        g.pad[i] = pads == 0 ? 0 : kernels[k] / 2;
                    }
                    if (number++ % every == 0 || (c == 1 && pads == 1))
                        check_triple(g);
                }
}

/* bfloat16 operands with a float and a bfloat16 result; wide layers take the way of gathered rows. */
TEST(bf16_operands_are_multiplied_exactly_and_summed_in_float)
{
    static const int64_t channels[][2] = {{2, 16}, {16, 2}, {17, 33}, {64, 128}};
    if (!wil_kernel_has_bf16()) {
        print_message("SKIPPED: this processor has no bfloat16 instructions, or WILLIS_ISA forbids them\n");
        skip();
    }
    for (int i = 0; i < 8; i++)
        for (int n_spatial = 2; n_spatial <= 3; n_spatial++) {
            conv_geometry g = {.n_spatial = n_spatial,
                .batch = 2,
                .in_channels = channels[i / 2][0],
                .out_channels = channels[i / 2][1],
                .in = {7, 6, 5},
                .kernel = {3, 4, 3},
                .stride = {2, 1, 2},
                .pad = {1, 2, 0},
                .bf16_operands = true};
            check_triple(g);
            g.bf16_result = true;
            const conv_case c = conv_case_of(g);
            assert_true(worst_error(&c, WIL_OP_CONV) <= 1.0);
            assert_true(worst_error(&c, WIL_OP_CONV_DX) <= 1.0);
        }
}

/* From four million weights on, data gradients in bfloat16 are products that are added up. */
TEST(data_gradients_of_many_weights_in_bf16)
{
    if (!wil_kernel_has_bf16()) {
        print_message("SKIPPED: this processor has no bfloat16 instructions, or WILLIS_ISA forbids them\n");
        skip();
    }
    const conv_case c = conv_case_of((conv_geometry){.n_spatial = 2,
        .batch = 1,
        .in_channels = 512,
        .out_channels = 512,
        .in = {4, 1},
        .kernel = {4, 4},
        .stride = {2, 1},
        .pad = {1, 2},
        .bf16_operands = true,
        .bf16_result = true});
    assert_true(worst_error(&c, WIL_OP_CONV_DX) <= 1.0);
}

/* Many samples are taken in pieces: each must come out as it does alone, and weight gradients must add up.
 * One rounding of float in sums of some thousand terms of size 1: below 1e-3. */
TEST(many_samples_are_taken_as_each_alone)
{
    conv_case c = conv_case_of(GEOMETRY(2, 48, 400, 128, (6, 6), (5, 5), (2, 2), (2, 2)));
    const int64_t n_x = count_of(&c.x);
    const int64_t n_y = count_of(&c.y);
    const int64_t n_w = count_of(&c.w);
    float *x = values_of(n_x, 1, -1, 1);
    float *w = values_of(n_w, 2, -1, 1);
    float *y = values_of(n_y, 3, -1, 1);
    float *g = values_of(n_y, 4, -1, 1);
    float *d_w = values_of(n_w, 5, -1, 1);
    float *part[2] = {values_of(n_w, 6, -1, 1), values_of(n_w, 7, -1, 1)};
    conv_run(&c, WIL_OP_CONV, x, w, y);
    conv_run(&c, WIL_OP_CONV_DW, x, g, d_w);
    conv_geometry half = c.g;
    half.batch = 24;
    const conv_case h = conv_case_of(half);
    for (int i = 0; i < 2; i++) {
        WIL_OWN(float) *alone = values_of(n_y / 2, 8, -1, 1);
        conv_run(&h, WIL_OP_CONV, x + i * n_x / 2, w, alone);
        for (int64_t k = 0; k < n_y / 2; k++)
            assert_true(fabs((double)alone[k] - (double)y[i * n_y / 2 + k]) < 1e-3);
        conv_run(&h, WIL_OP_CONV_DW, x + i * n_x / 2, g + i * n_y / 2, part[i]);
    }
    for (int64_t k = 0; k < n_w; k++)
        assert_true(fabs((double)part[0][k] + (double)part[1][k] - (double)d_w[k]) < 1e-3);
    float *arrays[] = {x, w, y, g, d_w, part[0], part[1]};
    for (int i = 0; i < 7; i++)
        wil_free(arrays[i]);
}

TEST(the_triple_agrees_with_the_reference_in_1d)
{
    check_grid(1, (const int64_t[]){17}, 1);
    check_grid(1, (const int64_t[]){40}, 1);
}

TEST(the_triple_agrees_with_the_reference_in_2d)
{
    check_grid(2, (const int64_t[]){9, 8}, 1);
}

TEST(the_triple_agrees_with_the_reference_in_3d)
{
    check_grid(3, (const int64_t[]){5, 4, 6}, 5);
}

TEST(axes_may_differ_in_kernel_stride_and_padding)
{
    check_triple(GEOMETRY(2, 3, 5, 7, (11, 6), (5, 2), (3, 1), (1, 0)));
    check_triple(GEOMETRY(3, 1, 2, 16, (3, 9, 8), (1, 3, 4), (1, 2, 2), (0, 1, 2)));
    check_triple(GEOMETRY(3, 2, 32, 2, (7, 5, 8), (3, 1, 2), (2, 1, 2), (2, 0, 0)));
    for (int64_t in_channels = 2; in_channels <= 16; in_channels += 14) /* a kernel larger than the input */
        check_triple(GEOMETRY(2, 2, in_channels, 16, (2, 2), (5, 5), (2, 2), (2, 2)));
}

/* <conv(x,w), g> = <x, conv_dx(g,w)> = <w, conv_dw(x,g)>: the three are derivatives of one trilinear form.
 * The products are summed in double; what differs is the rounding of the float results, which for some
 * thousand of them adds up to well below 1e-5 of sum|a b|. */
TEST(the_three_are_adjoint_to_each_other)
{
    const conv_case c = conv_case_of(GEOMETRY(2, 2, 17, 24, (13, 10), (5, 5), (2, 2), (2, 2)));
    const wil_shape *shapes[3] = {&c.y, &c.x, &c.w};
    float *value[3]; /* g, x, w */
    double product[3];
    double size = 0;
    for (int k = 0; k < 3; k++)
        value[k] = values_of(count_of(shapes[k]), 10 + (uint64_t)k, -1, 1);
    const float *in[3][2] = {{value[1], value[2]}, {value[0], value[2]}, {value[1], value[0]}};
    for (int kind = 0; kind < 3; kind++) {
        const int64_t n = count_of(shapes[kind]);
        WIL_OWN(float) *out = values_of(n, 0, 0, 1);
        conv_run(&c, (wil_op_kind)(WIL_OP_CONV + kind), in[kind][0], in[kind][1], out);
        product[kind] = 0;
        size = 0;
        for (int64_t i = 0; i < n; i++) {
            product[kind] += (double)out[i] * (double)value[kind][i];
            size += fabs((double)out[i] * (double)value[kind][i]);
        }
    }
    assert_true(fabs(product[1] - product[0]) < 1e-5 * size);
    assert_true(fabs(product[2] - product[0]) < 1e-5 * size);
    for (int k = 0; k < 3; k++)
        wil_free(value[k]);
}

/* Primitives are made for a thread count; with the same count the bits are the same on every run. Results and
 * data gradients keep their bits under any count; oneDNN shares out weight gradients by threads, so that
 * their last bits follow the count for some geometries. */
static void check_bits(int64_t in_channels, int64_t out_channels, int64_t stride)
{
    const conv_case c =
        conv_case_of(GEOMETRY(2, 8, in_channels, out_channels, (24, 24), (5, 5), (stride, stride), (2, 2)));
    for (int kind = 0; kind < 3; kind++) {
        const wil_shape *roles[3];
        conv_roles(&c, (wil_op_kind)(WIL_OP_CONV + kind), roles);
        const int64_t n = count_of(roles[2]);
        WIL_OWN(float) *first = values_of(count_of(roles[0]), 1, -1, 1);
        WIL_OWN(float) *second = values_of(count_of(roles[1]), 2, -1, 1);
        WIL_OWN(float) *a = values_of(n, 3, 0, 1);
        WIL_OWN(float) *b = values_of(n, 4, 0, 1);
        conv_run(&c, (wil_op_kind)(WIL_OP_CONV + kind), first, second, a);
        conv_run(&c, (wil_op_kind)(WIL_OP_CONV + kind), first, second, b);
        assert_memory_equal(a, b, (size_t)n * sizeof *a);
        omp_set_num_threads(1);
        conv_run(&c, (wil_op_kind)(WIL_OP_CONV + kind), first, second, b);
        omp_set_num_threads(2);
        if (WIL_OP_CONV + kind != WIL_OP_CONV_DW)
            assert_memory_equal(a, b, (size_t)n * sizeof *a);
        for (int64_t i = 0; i < n; i++) /* random walk over up to N T = 4608 products below 1 */
            assert_true(fabsf(a[i] - b[i]) < 4 * sqrt(4608.0) * EPS_F32 * 4608.0 / 4);
    }
}

TEST(the_same_threads_give_the_same_bits)
{
    check_bits(32, 64, 2);
    check_bits(2, 64, 2);   /* thin input: data gradient by matrix product */
    check_bits(64, 128, 2); /* deep: all three by matrix product */
    check_bits(32, 1, 1);   /* thin output: result and weight gradient by matrix product */
}

TEST(forward_and_data_gradient_say_whether_they_share_a_packing)
{
    const conv_case c = conv_case_of(GEOMETRY(2, 1, 16, 16, (8, 8), (3, 3), (1, 1), (1, 1)));
    cpu_device *device = NULL;
    cpu_conv *a = NULL;
    cpu_conv *b = NULL;
    OK(cpu_device_new(&device));
    OK(cpu_conv_new(&a, device, WIL_OP_CONV, &c.g));
    OK(cpu_conv_new(&b, device, WIL_OP_CONV, &c.g));
    assert_true(cpu_conv_same_packing(a, b));
    cpu_conv_free(b);
    conv_geometry wider = c.g;
    wider.in_channels = 32;
    OK(cpu_conv_new(&b, device, WIL_OP_CONV, &wider));
    assert_false(cpu_conv_same_packing(a, b));
    cpu_conv_free(a);
    cpu_conv_free(b);
    cpu_device_free(device);
}

TEST(an_impossible_geometry_is_refused_with_its_numbers)
{
    cpu_device *device = NULL;
    cpu_conv *conv = NULL;
    OK(cpu_device_new(&device));
    conv_geometry g = {.n_spatial = 1,
        .batch = 1,
        .in_channels = 2,
        .out_channels = 2,
        .in = {5},
        .kernel = {3},
        .out = {9},
        .stride = {1},
        .pad = {1}};
    assert_int_equal(cpu_conv_new(&conv, device, WIL_OP_CONV, &g), WIL_ERR_ARG);
    assert_null(conv);
    assert_string_equal(wil_status_message(),
        "convolution, spatial axis 0: size 5 with kernel 3, stride 1 and padding 1 does not give 9");
    g.out[0] = 5;
    g.batch = 0;
    assert_int_equal(cpu_conv_new(&conv, device, WIL_OP_CONV, &g), WIL_ERR_ARG);
    assert_string_equal(
        wil_status_message(), "convolution: batch 0, 2 input and 2 output channels: each must be at least 1");
    g.n_spatial = 4;
    assert_int_equal(cpu_conv_new(&conv, device, WIL_OP_CONV, &g), WIL_ERR_ARG);
    assert_string_equal(wil_status_message(), "convolution: expected 1, 2 or 3 spatial axes, got 4");
    cpu_device_free(device);
}
