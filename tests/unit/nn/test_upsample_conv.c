/* Folded upsampling against upsampling and convolution written out, on the reference kernels in double and on
 * the fast ones: values, first and second derivatives, in one to three dimensions and odd sizes. */
#include "test.h"

#include "outcome.h"
#include "net_fixture.h"
#include "layer_forms.h"

/* Both forms add the same products in another order: up to 27 * 35 terms with partial sums of the order of
 * their number's root, each rounded at 1.1e-16 or 6e-8, and derived twice. A wrong tap is wrong by O(1). */
#define DOUBLE_TOLERANCE 1e-12
#define FAST_TOLERANCE 2e-5

typedef struct up_case {
    int n_spatial, batch, in, skip, out; /* skip: its channels, 0 without one */
    int size[3];
} up_case;

static const up_case CASES[] = {
    {.n_spatial = 1, .batch = 2, .in = 3, .out = 2, .size = {5}},
    {.n_spatial = 2, .batch = 2, .in = 3, .out = 4, .size = {3, 5}},
    {.n_spatial = 2, .batch = 1, .in = 17, .out = 33, .size = {1, 4}},
    {.n_spatial = 3, .batch = 2, .in = 2, .out = 3, .size = {3, 1, 5}},
    {.n_spatial = 3, .batch = 1, .in = 35, .out = 16, .size = {2, 3, 4}},
    {.n_spatial = 2, .batch = 2, .in = 4, .skip = 3, .out = 2, .size = {3, 5}},
    {.n_spatial = 2, .batch = 1, .in = 18, .skip = 16, .out = 17, .size = {4, 3}},
    {.n_spatial = 3, .batch = 1, .in = 3, .skip = 2, .out = 4, .size = {3, 2, 1}},
};

static wil_shape activation(const up_case *c, int channels, int scale)
{
    wil_shape shape = {.rank = c->n_spatial + 2, .dim = {c->batch}};
    for (int i = 0; i < c->n_spatial; i++)
        shape.dim[1 + i] = c->size[i] * scale;
    shape.dim[c->n_spatial + 1] = channels;
    return shape;
}

/* The layer, folded or as its definition; the same names and weights. */
static wil_node build_layer(wil_nn *nn, const up_case *c, wil_node x, wil_node skip, bool folded)
{
    static const int64_t two[3] = {2, 2, 2};
    const wil_nn_conv_config config = {.out = c->out, .kernel = 3, .pad = 1, .bias = true};
    if (folded)
        return c->skip > 0 ? wil_nn_conv_skip_up(nn, "layer", skip, x, &config)
                           : wil_nn_upsample_conv(nn, "layer", x, &config);
    wil_node up = wil_op_upsample(nn->graph, x, two);
    if (c->skip > 0)
        up = wil_op_concat(nn->graph, skip, up, c->n_spatial + 1);
    return wil_nn_conv(nn, "layer", up, &config);
}

static void build(layer_form *f, const up_case *c, bool folded)
{
    form_begin(f);
    wil_node inputs[2] = {wil_graph_input_node(f->graph, "x", activation(c, c->in, 1)), WIL_NODE_NONE};
    if (c->skip > 0)
        inputs[1] = wil_graph_input_node(f->graph, "skip", activation(c, c->skip, 2));
    form_finish(f, build_layer(&f->nn, c, inputs[0], inputs[1], folded), inputs, c->skip > 0 ? 2 : 1);
}

static void check(int which, wil_backend backend, double tolerance)
{
    layer_form folded, plain;
    build(&folded, &CASES[which], true);
    build(&plain, &CASES[which], false);
    forms_agree(&folded, &plain, which, backend, tolerance);
    form_end(&folded);
    form_end(&plain);
}

TEST(folded_upsampling_equals_its_definition_with_first_and_second_derivatives)
{
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        check((int)i, WIL_BACKEND_REF_F64, DOUBLE_TOLERANCE);
}

TEST(so_it_does_on_the_fast_kernels)
{
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        check((int)i, WIL_BACKEND_FAST, FAST_TOLERANCE);
}

TEST(nothing_is_upsampled_or_embedded_and_activations_are_not_joined)
{
    layer_form f;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        build(&f, &CASES[i], true);
        assert_int_equal(form_count_needed(&f, WIL_OP_UPSAMPLE, f.n_outputs), 0);
        assert_int_equal(form_count_needed(&f, WIL_OP_SUM_POOL, f.n_outputs), 0);
        /* the two parts of a weight's gradient are put side by side, not embedded in zeros and added */
        assert_int_equal(form_count_needed(&f, WIL_OP_EMBED, f.n_outputs), 0);
        assert_int_equal(form_count_needed(&f, WIL_OP_CONCAT, 1), 0);
        form_end(&f);
    }
}

static wil_node x;

static int make_inputs(void **state)
{
    if (make(state) != 0)
        return -1;
    const fixture *f = *state;
    x = wil_graph_input_node(f->graph, "x", wil_shape_of(4, 1, 3, 5, 2));
    return 0;
}

NET_TEST_WITH(the_weight_keeps_pytorchs_shape, make_inputs)
{
    const wil_nn_conv_config config = {.out = 7, .kernel = 3, .pad = 1};
    const wil_node skip = wil_graph_input_node(f->graph, "skip", wil_shape_of(4, 1, 6, 10, 3));
    wil_nn_conv_skip_up(&f->nn, "layer", skip, x, &config);
    OK(wil_graph_status(f->graph));
    const wil_param *weight = wil_params_find(f->params, "net.layer.weight");
    assert_non_null(weight);
    assert_true(wil_shape_equal(weight->shape, wil_shape_of(4, 7, 3, 3, 5)));
    assert_int_equal(weight->layout, WIL_LAYOUT_CONV);
    assert_int_equal(weight->fan_in, 5 * 9); /* of the layer as it is written, not as it is computed */
    assert_null(wil_params_find(f->params, "net.layer.bias"));
}

NET_TEST_WITH(a_wider_kernel_is_refused, make_inputs)
{
    const wil_nn_conv_config config = {.out = 7, .kernel = 5, .pad = 2};
    assert_failed(f, wil_nn_upsample_conv(&f->nn, "layer", x, &config),
        "layer layer: upsampling goes with a convolution of at least 1 channel, kernel 3, stride 1 and pad "
        "1");
}

NET_TEST_WITH(a_skip_of_another_size_is_refused, make_inputs)
{
    const wil_nn_conv_config config = {.out = 7, .kernel = 3, .pad = 1};
    const wil_node skip = wil_graph_input_node(f->graph, "skip", wil_shape_of(4, 1, 6, 9, 3));
    assert_failed(f, wil_nn_conv_skip_up(&f->nn, "layer", skip, x, &config),
        "layer layer: the skip is [1,6,9,3], which is not twice the size of [1,3,5,2]");
}

NET_TEST_WITH(a_vector_is_refused, make_inputs)
{
    const wil_nn_conv_config config = {.out = 7, .kernel = 3, .pad = 1};
    const wil_node z = wil_graph_input_node(f->graph, "z", wil_shape_of(2, 1, 4));
    assert_failed(f, wil_nn_upsample_conv(&f->nn, "layer", z, &config),
        "layer layer needs [N, 1 to 3 spatial axes, C], got [1,4]");
}
