/* Nodes: sharing, simplification, failure, names, the listing. */
#include "test.h"

#include "outcome.h"
#include "graph_check.h"

TEST(identical_nodes_are_one_node)
{
    WIL_OWN(wil_graph) *g = new_graph();
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(2, 3, 4));
    const wil_node y = wil_graph_input_node(g, "y", wil_shape_of(2, 3, 4));
    assert_int_equal(wil_op_tanh(g, x), wil_op_tanh(g, x));
    assert_int_equal(wil_op_add(g, x, y), wil_op_add(g, x, y));
    assert_int_equal(wil_op_leaky_relu(g, x, 0.2), wil_op_leaky_relu(g, x, 0.2));
    assert_int_not_equal(wil_op_leaky_relu(g, x, 0.2), wil_op_leaky_relu(g, x, 0.1));
    assert_int_not_equal(wil_op_tanh(g, x), wil_op_tanh(g, y));
    assert_int_not_equal(wil_op_sub(g, x, y), wil_op_sub(g, y, x));
    assert_int_not_equal(wil_op_sum(g, x, 1u), wil_op_sum(g, x, 2u));
    assert_int_not_equal(wil_op_matmul(g, x, y, true, false), wil_op_matmul(g, x, y, false, true));
}

TEST(dropout_masks_with_different_keys_are_different_nodes)
{
    WIL_OWN(wil_graph) *g = new_graph();
    const wil_shape shape = wil_shape_of(1, 8);
    assert_int_equal(wil_op_keep_mask(g, shape, 0.5, 1), wil_op_keep_mask(g, shape, 0.5, 1));
    assert_int_not_equal(wil_op_keep_mask(g, shape, 0.5, 1), wil_op_keep_mask(g, shape, 0.5, 2));
}

TEST(many_nodes_stay_findable)
{
    WIL_OWN(wil_graph) *g = new_graph();
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(1, 4));
    for (int i = 0; i < 5000; i++)
        assert_int_equal(wil_op_leaky_relu(g, x, i), i + 1);
    for (int i = 0; i < 5000; i++)
        assert_int_equal(wil_op_leaky_relu(g, x, i), i + 1);
    assert_int_equal(wil_graph_size(g), 5001);
}

TEST(leaves_are_their_names)
{
    WIL_OWN(wil_graph) *g = new_graph();
    const wil_node w = wil_graph_param_node(g, "w", wil_shape_of(2, 3, 4));
    assert_int_equal(wil_graph_param_node(g, "w", wil_shape_of(2, 3, 4)), w);
    assert_string_equal(wil_graph_node(g, w)->name, "w");
    assert_int_equal(wil_graph_param_node(g, "w", wil_shape_of(2, 4, 3)), WIL_NODE_NONE);
    assert_failed(g, "param 'w'", "[4,3]", "[3,4]");
}

TEST(an_input_and_a_parameter_cannot_share_a_name)
{
    WIL_OWN(wil_graph) *g = new_graph();
    (void)wil_graph_param_node(g, "w", wil_shape_of(1, 3));
    assert_int_equal(wil_graph_input_node(g, "w", wil_shape_of(1, 3)), WIL_NODE_NONE);
    assert_failed(g, "input 'w'", "taken", "param");
}

TEST(a_leaf_needs_a_name_and_a_shape)
{
    wil_graph *g = new_graph();
    assert_int_equal(wil_graph_input_node(g, "", wil_shape_of(1, 3)), WIL_NODE_NONE);
    assert_failed(g, "input", "needs a name", "");
    wil_graph_free(g);
    g = new_graph();
    assert_int_equal(wil_graph_input_node(g, "x", wil_shape_of(2, 3, 0)), WIL_NODE_NONE);
    assert_failed(g, "'x'", "1 or more", "[3,0]");
    wil_graph_free(g);
}

TEST(the_first_failure_is_the_one_that_is_told)
{
    WIL_OWN(wil_graph) *g = new_graph();
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(1, 3));
    assert_int_equal(wil_op_reshape(g, x, wil_shape_of(1, 4)), WIL_NODE_NONE);
    const int size = wil_graph_size(g);
    assert_int_equal(wil_op_tanh(g, x), WIL_NODE_NONE);
    assert_int_equal(wil_op_add_scalar(g, x, 1.0), WIL_NODE_NONE);
    assert_int_equal(wil_graph_fail(g, "second failure"), WIL_NODE_NONE);
    assert_int_equal(wil_graph_size(g), size);
    assert_failed(g, "reshape", "[4]", "[3]");
}

TEST(builders_above_can_fail_a_graph)
{
    WIL_OWN(wil_graph) *g = new_graph();
    assert_int_equal(wil_graph_fail(g, "%d layers are too few", 0), WIL_NODE_NONE);
    assert_failed(g, "0 layers are too few", "", "");
}

TEST(nodes_of_nowhere_are_refused)
{
    wil_graph *g = new_graph();
    assert_int_equal(wil_op_exp(g, 5), WIL_NODE_NONE);
    assert_failed(g, "exp", "not of this graph", "5 of 0");
    wil_graph_free(g);
    g = new_graph();
    assert_int_equal(wil_op_mul(g, WIL_NODE_NONE, WIL_NODE_NONE), WIL_NODE_NONE);
    assert_failed(g, "mul", "not of this graph", "");
    wil_graph_free(g);
}

TEST(algebra_that_changes_nothing_makes_no_nodes)
{
    WIL_OWN(wil_graph) *g = new_graph();
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(2, 3, 4));
    const wil_node ones = wil_op_fill(g, wil_shape_of(2, 3, 4), 1.0);
    const wil_node zeros = wil_op_fill(g, wil_shape_of(0), 0.0);
    assert_int_equal(wil_op_scale(g, x, 1.0), x);
    assert_int_equal(wil_op_add_scalar(g, x, 0.0), x);
    assert_int_equal(wil_op_mul(g, x, ones), x);
    assert_int_equal(wil_op_add(g, zeros, x), x);
    assert_int_equal(wil_op_sub(g, x, zeros), x);
    assert_int_equal(wil_op_neg(g, wil_op_neg(g, x)), x);
    assert_int_equal(wil_op_broadcast(g, x, wil_shape_of(2, 3, 4)), x);
    assert_int_equal(wil_op_reshape(g, wil_op_reshape(g, x, wil_shape_of(1, 12)), wil_shape_of(2, 3, 4)), x);
    assert_int_equal(wil_op_sum(g, x, 0u), x);
    assert_int_equal(wil_op_slice(g, x, 1, 0, 4), x);
    assert_int_equal(wil_op_embed(g, x, 1, 0, 4), x);
    assert_int_equal(wil_op_add(g, x, x), wil_op_scale(g, x, 2.0));
    assert_int_equal(wil_op_sum_all(g, ones), wil_op_fill(g, wil_shape_of(0), 12.0));
}

TEST(arithmetic_reads_what_was_repeated_as_it_was_before)
{
    WIL_OWN(wil_graph) *g = new_graph();
    const wil_shape shape = wil_shape_of(3, 2, 3, 4);
    const wil_node x = wil_graph_input_node(g, "x", shape);
    const wil_node bias = wil_graph_param_node(g, "b", wil_shape_of(3, 1, 1, 4));
    const wil_node sum = wil_op_add(g, x, wil_op_broadcast(g, bias, shape));
    assert_int_equal(wil_graph_input(g, sum, 1), bias);
    const wil_node both = wil_op_mul(g, wil_op_broadcast(g, bias, shape), wil_op_broadcast(g, bias, shape));
    assert_shape(g, both, "[2,3,4]");
}

TEST(the_listing_has_a_line_a_node)
{
    WIL_OWN(char) *text = NULL;
    WIL_OWN(wil_graph) *g = new_graph();
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(2, 3, 4));
    (void)wil_op_add(g, wil_op_exp(g, x), x);
    OK(wil_graph_text(&text, g));
    assert_string_equal(text, "0: input 'x' -> [3,4]\n1: exp(0) -> [3,4]\n2: add(1, 0) -> [3,4]\n");
}
