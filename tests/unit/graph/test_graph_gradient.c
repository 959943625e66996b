/* Gradients as nodes: their structure. Their values are tested with the engine. */
#include "test.h"

#include "outcome.h"
#include "graph_check.h"

TEST(a_node_that_the_loss_does_not_see_gets_zeros)
{
    WIL_OWN(wil_graph) *g = new_graph();
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(2, 3, 4));
    const wil_node unrelated = wil_graph_param_node(g, "w", wil_shape_of(1, 7));
    const wil_node loss = wil_op_sum_all(g, x);
    const wil_node later = wil_op_exp(g, x);
    const wil_node wrt[3] = {x, unrelated, later};
    wil_node gradients[3];
    wil_graph_gradient(g, loss, wrt, 3, gradients);
    OK(wil_graph_status(g));
    assert_int_equal(gradients[0], wil_op_fill(g, wil_shape_of(2, 3, 4), 1.0));
    assert_int_equal(gradients[1], wil_op_fill(g, wil_shape_of(1, 7), 0.0));
    assert_int_equal(gradients[2], wil_op_fill(g, wil_shape_of(2, 3, 4), 0.0));
}

TEST(gradients_stop_where_they_are_told_to)
{
    WIL_OWN(wil_graph) *g = new_graph();
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(1, 4));
    const wil_node loss = wil_op_sum_all(g, wil_op_stop_gradient(g, wil_op_exp(g, x)));
    wil_node gradient = WIL_NODE_NONE;
    wil_graph_gradient(g, loss, &x, 1, &gradient);
    assert_int_equal(gradient, wil_op_fill(g, wil_shape_of(1, 4), 0.0));
}

TEST(zero_derivatives_build_nothing)
{
    WIL_OWN(wil_graph) *g = new_graph();
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(1, 4));
    wil_node loss = wil_op_sum_all(g, wil_op_mul(g, wil_op_step(g, x, 0.2), wil_op_sign(g, x)));
    const int size = wil_graph_size(g);
    wil_node gradient = WIL_NODE_NONE;
    wil_graph_gradient(g, loss, &x, 1, &gradient);
    assert_int_equal(wil_graph_node(g, gradient)->kind, WIL_OP_FILL);
    assert_in_range(wil_graph_size(g), size, size + 2); /* the seed and the zeros */
}

TEST(only_the_path_to_what_is_asked_for_is_differentiated)
{
    WIL_OWN(wil_graph) *g = new_graph();
    const int64_t one[2] = {1, 1};
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(4, 1, 5, 5, 2));
    const wil_node w = wil_graph_param_node(g, "w", wil_shape_of(4, 3, 3, 3, 2));
    const wil_node loss = wil_op_sum_all(g, wil_op_square(g, wil_op_conv(g, x, w, one, one)));
    wil_node gradient = WIL_NODE_NONE;
    wil_graph_gradient(g, loss, &w, 1, &gradient);
    assert_int_equal(wil_graph_node(g, gradient)->kind, WIL_OP_CONV_DW);
    for (wil_node node = 0; node < wil_graph_size(g); node++)
        assert_int_not_equal(wil_graph_node(g, node)->kind, WIL_OP_CONV_DX);
}

/* Two uses of one weight array: how many additions its gradient ends in. */
static int additions_in_gradient_of_shared_weights(int kernel, int channels)
{
    WIL_OWN(wil_graph) *g = new_graph();
    const int64_t one[2] = {1, 1};
    const wil_shape shape = wil_shape_of(4, 2, 4, 4, 2);
    const wil_node w = wil_graph_param_node(g, "w", wil_shape_of(4, channels, kernel, kernel, 2));
    const wil_node a = wil_op_conv(g, wil_graph_input_node(g, "a", shape), w, one, one);
    const wil_node b = wil_op_conv(g, wil_graph_input_node(g, "b", shape), w, one, one);
    const wil_node loss = wil_op_sum_all(g, wil_op_add(g, wil_op_square(g, a), wil_op_tanh(g, b)));
    wil_node gradient = WIL_NODE_NONE;
    wil_graph_gradient(g, loss, &w, 1, &gradient);
    OK(wil_graph_status(g));
    const wil_op_kind kind = wil_graph_node(g, gradient)->kind;
    return kind == WIL_OP_ADD ? 1 : 0;
}

TEST(gradients_of_large_shared_weights_are_one_convolution)
{
    /* activations 2 (64 + 2*3*3*1) = 164 against weights 1*4*4*2 = 32; 2 (64 + 2*1*1*30) = 248 against 2160
     */
    assert_int_equal(additions_in_gradient_of_shared_weights(4, 1), 1);
    assert_int_equal(additions_in_gradient_of_shared_weights(6, 30), 0);
}

/* Two parts [begin, begin + 2) of x [5,3], used by themselves: what the gradient by x ends in. */
static wil_op_kind kind_of_gradient_of_parts(int first, int second)
{
    WIL_OWN(wil_graph) *g = new_graph();
    const wil_node x = wil_graph_param_node(g, "x", wil_shape_of(2, 5, 3));
    const wil_node a = wil_op_square(g, wil_op_slice(g, x, 0, first, 2));
    const wil_node b = wil_op_tanh(g, wil_op_slice(g, x, 0, second, 2));
    wil_node gradient = WIL_NODE_NONE;
    wil_graph_gradient(g, wil_op_sum_all(g, wil_op_add(g, a, b)), &x, 1, &gradient);
    OK(wil_graph_status(g));
    assert_shape(g, gradient, "[5,3]");
    const wil_op_kind kind = wil_graph_node(g, gradient)->kind;
    return kind;
}

TEST(gradients_of_neighbouring_parts_are_put_side_by_side)
{
    assert_int_equal(kind_of_gradient_of_parts(0, 2), WIL_OP_EMBED); /* of the two joined */
    assert_int_equal(kind_of_gradient_of_parts(3, 1), WIL_OP_EMBED);
    assert_int_equal(kind_of_gradient_of_parts(0, 3), WIL_OP_ADD); /* a gap */
    assert_int_equal(kind_of_gradient_of_parts(0, 1), WIL_OP_ADD); /* an overlap */
}

TEST(the_gradient_of_the_loss_by_itself_is_one)
{
    WIL_OWN(wil_graph) *g = new_graph();
    const wil_node loss = wil_op_sum_all(g, wil_graph_input_node(g, "x", wil_shape_of(1, 4)));
    wil_node gradient = WIL_NODE_NONE;
    wil_graph_gradient(g, loss, &loss, 1, &gradient);
    assert_int_equal(gradient, wil_op_fill(g, wil_shape_of(0), 1.0));
}

TEST(the_gradient_by_a_node_in_between_goes_no_further)
{
    WIL_OWN(wil_graph) *g = new_graph();
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(1, 4));
    const wil_node between = wil_op_exp(g, x);
    const wil_node loss = wil_op_sum_all(g, wil_op_square(g, between));
    wil_node gradient = WIL_NODE_NONE;
    wil_graph_gradient(g, loss, &between, 1, &gradient);
    assert_int_equal(gradient, wil_op_scale(g, between, 2.0));
}

TEST(a_loss_of_many_numbers_is_refused)
{
    WIL_OWN(wil_graph) *g = new_graph();
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(2, 3, 4));
    wil_node gradient = 0;
    wil_graph_gradient(g, x, &x, 1, &gradient);
    assert_int_equal(gradient, WIL_NODE_NONE);
    assert_failed(g, "gradient", "one number", "[3,4]");
}

TEST(a_sick_graph_has_no_gradients)
{
    WIL_OWN(wil_graph) *g = new_graph();
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(0));
    (void)wil_graph_fail(g, "failed");
    wil_node gradient = 0;
    wil_graph_gradient(g, x, &x, 1, &gradient);
    assert_int_equal(gradient, WIL_NODE_NONE);
}
