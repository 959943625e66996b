/* Convolution over time against the convolution of kernel (4,1,1) that PyTorch users write: values, first and
 * second derivatives. */
#include "test.h"

#include "outcome.h"
#include "layer_forms.h"

/* Up to 4 * 20 products in another order, each rounded at 1.1e-16 or 6e-8, and derived twice. */
#define DOUBLE_TOLERANCE 1e-12
#define FAST_TOLERANCE 2e-5

typedef struct time_case {
    int places, length, in, out;
} time_case;

/* Short series are products with a banded matrix, in which taps at both ends are cut off. */
static const time_case CASES[] = {
    {3, 2, 4, 5}, {2, 3, 4, 3}, {3, 4, 2, 3}, {2, 5, 3, 4}, {2, 6, 3, 2}, {3, 9, 1, 4}, {17, 5, 20, 18}};

static void build(layer_form *f, const time_case *c, bool over_time)
{
    const wil_nn_conv_config config = {
        .out = c->out, .kernel_axes = {4, 1, 1}, .stride_axes = {2, 1, 1}, .pad_axes = {1, 0, 0}};
    const int turn[3] = {1, 0, 2}, back[5] = {2, 1, 0, 3, 4};
    form_begin(f);
    wil_graph *g = f->graph;
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(3, c->places, c->length, c->in));
    wil_node y;
    if (over_time) {
        y = wil_nn_time_conv(&f->nn, "layer", x, c->out, (wil_init){0});
    } else { /* [1,T,P,1,C] */
        wil_node turned = wil_op_permute(g, x, turn);
        turned = wil_op_reshape(g, turned, wil_shape_of(5, 1, c->length, c->places, 1, c->in));
        y = wil_op_permute(g, wil_nn_conv(&f->nn, "layer", turned, &config), back);
        y = wil_op_reshape(g, y, wil_shape_of(3, c->places, c->length / 2, c->out));
    }
    form_finish(f, y, &x, 1);
}

static void check(wil_backend backend, double tolerance)
{
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        layer_form form, definition;
        build(&form, &CASES[i], true);
        build(&definition, &CASES[i], false);
        forms_agree(&form, &definition, (int)i, backend, tolerance);
        form_end(&form);
        form_end(&definition);
    }
}

TEST(it_equals_a_convolution_of_volumes_with_first_and_second_derivatives)
{
    check(WIL_BACKEND_REF_F64, DOUBLE_TOLERANCE);
}

TEST(so_it_does_on_the_fast_kernels)
{
    check(WIL_BACKEND_FAST, FAST_TOLERANCE);
}

TEST(its_weight_is_pytorchs)
{
    layer_form f;
    build(&f, &CASES[0], true);
    const wil_param *weight = wil_params_find(f.params, "layer.weight");
    assert_non_null(weight);
    assert_true(wil_shape_equal(weight->shape, wil_shape_of(5, 5, 4, 1, 1, 4)));
    assert_int_equal(weight->layout, WIL_LAYOUT_CONV);
    assert_int_equal(weight->fan_in, 4 * 4);
    form_end(&f);
}

TEST(a_single_time_point_is_refused)
{
    layer_form f;
    form_begin(&f);
    const wil_node x = wil_graph_input_node(f.graph, "x", wil_shape_of(3, 7, 1, 2));
    assert_int_equal(wil_nn_time_conv(&f.nn, "layer", x, 3, (wil_init){0}), WIL_NODE_NONE);
    REFUSED(WIL_ERR_ARG, wil_graph_status(f.graph),
        "layer layer needs series [places,T,C] of at least 2 time "
        "points and at least 1 output, got [7,1,2]");
    form_end(&f);
}
