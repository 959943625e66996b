/* Plans: what they refuse, what their outputs are, and that they compute and keep no more than they must. */
#include "test.h"

#include <string.h>

#include "outcome.h"
#include "willis/engine.h"

#ifdef __SANITIZE_ADDRESS__
const char *__asan_default_options(void);
const char *__asan_default_options(void) /* one test asks for more memory than there is */
{
    return "allocator_may_return_null=1";
}
#endif

static wil_graph *new_graph(void)
{
    wil_graph *g = NULL;
    OK(wil_graph_new(&g));
    return g;
}

static wil_plan *compile(const wil_graph *g, const wil_node *outputs, int n_outputs)
{
    wil_plan *plan = NULL;
    OK(wil_plan_compile(&plan, g, outputs, n_outputs, NULL));
    return plan;
}

/* ---- refusals ----------------------------------------------------------------------------------------- */

TEST(a_plan_of_a_sick_graph_says_what_made_it_sick)
{
    WIL_OWN(wil_graph) *g = new_graph();
    wil_plan *plan = NULL;
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(1, 3));
    const wil_node y = wil_op_add(g, x, wil_graph_input_node(g, "y", wil_shape_of(1, 4)));
    assert_int_equal(wil_plan_compile(&plan, g, &y, 1, NULL), WIL_ERR_ARG);
    assert_null(plan);
    SAYS(wil_status_message(), "[3]", "[4]");
}

TEST(a_plan_without_outputs_or_with_foreign_ones_is_refused)
{
    WIL_OWN(wil_graph) *g = new_graph();
    wil_plan *plan = NULL;
    const wil_node foreign = 17;
    REFUSED(WIL_ERR_ARG, wil_plan_compile(&plan, g, &foreign, 0, NULL), "needs an output");
    REFUSED(WIL_ERR_ARG, wil_plan_compile(&plan, g, &foreign, 1, NULL), "not a node of the graph (17 of 0)");
}

TEST(names_that_a_plan_does_not_read_are_refused)
{
    static const float memory[3] = {1, 2, 3};
    WIL_OWN(wil_graph) *g = new_graph();
    const wil_node y = wil_op_exp(g, wil_graph_input_node(g, "image", wil_shape_of(1, 3)));
    const wil_node constant = wil_op_fill(g, wil_shape_of(1, 3), 2.0);
    wil_plan *plan = compile(g, &y, 1);
    REFUSED(WIL_ERR_ARG, wil_plan_bind(plan, "imag", memory), "did you mean 'image'?");
    REFUSED(WIL_ERR_ARG, wil_plan_bind(plan, "something else", memory), "first 'image'");
    REFUSED(WIL_ERR_ARG, wil_plan_bind(plan, "image", NULL), "'image' was bound to no memory");
    REFUSED(WIL_ERR_ARG, wil_plan_run(plan), "input 'image' is not bound");
    wil_plan_free(plan);
    plan = compile(g, &constant, 1);
    REFUSED(WIL_ERR_ARG, wil_plan_bind(plan, "image", memory), "reads nothing");
    wil_plan_free(plan);
}

TEST(a_plan_that_cannot_have_its_memory_says_how_much_it_needs)
{
    WIL_OWN(wil_graph) *g = new_graph();
    WIL_OWN(wil_plan) *plan = NULL;
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(3, 1 << 20, 1 << 20, 1 << 4));
    const wil_node y = wil_op_exp(g, x);
    OK(wil_plan_compile(&plan, g, &y, 1, NULL));
    assert_true(wil_plan_bytes(plan) == (size_t)1 << 46);
    REFUSED(WIL_ERR_MEMORY, wil_plan_allocate(plan), "67108864.0 MiB", "engine.recompute");
    assert_int_equal(wil_plan_run(plan), WIL_ERR_MEMORY);
}

/* ---- results ------------------------------------------------------------------------------------------ */

TEST(an_output_may_be_a_leaf_or_a_view_of_one)
{
    static const float memory[6] = {1, 2, 3, 4, 5, 6};
    static const float other[6] = {6, 5, 4, 3, 2, 1};
    WIL_OWN(wil_graph) *g = new_graph();
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(2, 2, 3));
    const wil_node outputs[3] = {x, wil_op_reshape(g, x, wil_shape_of(1, 6)), wil_op_stop_gradient(g, x)};
    WIL_OWN(wil_plan) *plan = compile(g, outputs, 3);
    assert_int_equal(wil_plan_n_steps(plan), 0);
    OK(wil_plan_bind(plan, "x", memory));
    OK(wil_plan_run(plan));
    for (int i = 0; i < 3; i++)
        assert_ptr_equal(wil_plan_output(plan, i), memory);
    OK(wil_plan_bind(plan, "x", other));
    OK(wil_plan_run(plan));
    assert_ptr_equal(wil_plan_output(plan, 1), other);
}

TEST(an_output_keeps_its_values_when_later_operations_could_write_over_it)
{
    static const float memory[4] = {1, 2, 3, 4};
    WIL_OWN(wil_graph) *g = new_graph();
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(1, 4));
    const wil_node doubled = wil_op_scale(g, x, 2.0);
    const wil_node outputs[3] = {
        wil_op_square(g, doubled), doubled, wil_op_reshape(g, doubled, wil_shape_of(2, 2, 2))};
    WIL_OWN(wil_plan) *plan = compile(g, outputs, 3);
    OK(wil_plan_bind(plan, "x", memory));
    OK(wil_plan_run(plan));
    for (int i = 0; i < 4; i++) {
        assert_true(((const float *)wil_plan_output(plan, 0))[i] == 4 * memory[i] * memory[i]);
        assert_true(((const float *)wil_plan_output(plan, 1))[i] == 2 * memory[i]);
        assert_true(((const float *)wil_plan_output(plan, 2))[i] == 2 * memory[i]);
    }
}

TEST(bound_memory_is_read_anew_in_every_run)
{
    float memory[3] = {1, 2, 3};
    wil_graph *g = new_graph();
    const wil_node y = wil_op_sum_all(g, wil_graph_param_node(g, "w", wil_shape_of(1, 3)));
    WIL_OWN(wil_plan) *plan = compile(g, &y, 1);
    wil_graph_free(g); /* the plan has what it needs */
    OK(wil_plan_bind(plan, "w", memory));
    OK(wil_plan_run(plan));
    assert_true(*(const float *)wil_plan_output(plan, 0) == 6.0f);
    memory[0] = 10;
    OK(wil_plan_run(plan));
    assert_true(*(const float *)wil_plan_output(plan, 0) == 15.0f);
}

TEST(a_plan_lists_what_it_reads_and_nothing_else)
{
    WIL_OWN(wil_graph) *g = new_graph();
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(2, 2, 3));
    (void)wil_graph_input_node(g, "unused", wil_shape_of(1, 3));
    const wil_node w = wil_graph_param_node(g, "w", wil_shape_of(2, 3, 5));
    const wil_node y = wil_op_matmul(g, x, w, false, false);
    WIL_OWN(wil_plan) *plan = compile(g, &y, 1);
    assert_int_equal(wil_plan_n_leaves(plan), 2);
    assert_string_equal(wil_plan_leaf_name(plan, 0), "x");
    assert_false(wil_plan_leaf_is_param(plan, 0));
    assert_string_equal(wil_plan_leaf_name(plan, 1), "w");
    assert_true(wil_plan_leaf_is_param(plan, 1));
    assert_true(wil_shape_equal(wil_plan_leaf_shape(plan, 1), wil_shape_of(2, 3, 5)));
    assert_true(wil_plan_flops(plan) == 2.0 * 2 * 3 * 5);
}

TEST(dropout_masks_are_addressed_by_seed_and_step)
{
    float first[64];
    WIL_OWN(wil_graph) *g = new_graph();
    const wil_node y = wil_op_keep_mask(g, wil_shape_of(1, 64), 0.5, 3);
    WIL_OWN(wil_plan) *plan = compile(g, &y, 1);
    wil_plan_set_random(plan, 9, 4);
    OK(wil_plan_run(plan));
    memcpy(first, wil_plan_output(plan, 0), sizeof first);
    wil_plan_set_random(plan, 9, 5);
    OK(wil_plan_run(plan));
    assert_memory_not_equal(first, wil_plan_output(plan, 0), sizeof first);
    wil_plan_set_random(plan, 9, 4);
    OK(wil_plan_run(plan));
    assert_memory_equal(first, wil_plan_output(plan, 0), sizeof first);
}

/* ---- economy ------------------------------------------------------------------------------------------ */

TEST(a_chain_of_elementwise_operations_is_one_step)
{
    WIL_OWN(wil_graph) *g = new_graph();
    wil_node h = wil_graph_input_node(g, "x", wil_shape_of(4, 2, 8, 8, 3));
    h = wil_op_add(g, h, wil_graph_param_node(g, "b", wil_shape_of(4, 1, 1, 1, 3)));
    h = wil_op_mul(g, wil_op_tanh(g, h), wil_op_sigmoid(g, h));
    WIL_OWN(wil_plan) *plan = compile(g, &h, 1);
    assert_int_equal(wil_plan_n_steps(plan), 1);
    assert_int_equal(
        wil_plan_bytes(plan), 2 * 8 * 8 * 3 * sizeof(float)); /* the result, and nothing between */
}

TEST(a_long_chain_of_sums_needs_no_more_memory_than_two_results)
{
    WIL_OWN(wil_graph) *g = new_graph();
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(2, 64, 64));
    wil_node h = x;
    for (int i = 0; i < 20; i++)
        h = wil_op_normalize(g, wil_op_matmul(g, h, x, false, false), 1u, 1e-3);
    WIL_OWN(wil_plan) *plan = compile(g, &h, 1);
    assert_int_equal(wil_plan_bytes(plan), 2 * 64 * 64 * sizeof(float));
}

TEST(the_profile_names_the_kinds_of_steps)
{
    static const float memory[2 * 64];
    char *text = NULL;
    WIL_OWN(wil_graph) *g = new_graph();
    wil_plan *plan = NULL;
    const wil_plan_config config = {.backend = WIL_BACKEND_FAST, .profile = true};
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(2, 2, 64));
    const wil_node y = wil_op_sum_all(g, wil_op_matmul(g, x, x, false, true));
    OK(wil_plan_compile(&plan, g, &y, 1, &config));
    OK(wil_plan_bind(plan, "x", memory));
    OK(wil_plan_run(plan));
    OK(wil_plan_profile(&text, plan));
    assert_non_null(strstr(text, "matmul"));
    assert_non_null(strstr(text, "sum"));
    assert_non_null(strstr(text, "1 runs"));
    wil_free(text);
    wil_plan_free(plan);
    plan = compile(g, &y, 1);
    REFUSED(WIL_ERR_ARG, wil_plan_profile(&text, plan), "without the profile option");
    wil_plan_free(plan);
}

/* y = conv(x, 2 w): the doubling and the packing depend on the parameter alone. */
TEST(what_depends_on_fixed_parameters_alone_is_computed_once)
{
    static const int64_t one[2] = {1, 1};
    WIL_OWN(wil_graph) *g = new_graph();
    WIL_OWN(wil_plan) *plan = NULL;
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(4, 1, 4, 4, 16));
    const wil_node w = wil_graph_param_node(g, "w", wil_shape_of(4, 32, 3, 3, 16));
    const wil_node doubled = wil_op_scale(g, w, 2);
    wil_node y[2] = {wil_op_conv(g, x, doubled, one, one), WIL_NODE_NONE};
    y[1] = wil_op_add(g, y[0], wil_op_conv(g, wil_op_square(g, x), doubled, one, one));
    const wil_plan_config config = {.fixed_params = true};
    WIL_OWN(float) *image = NULL;
    float *weights[2] = {NULL, NULL};
    const size_t n_weights = 32 * 9 * 16;
    OK(wil_alloc_f32(&image, 4 * 4 * 16));
    for (int i = 0; i < 2; i++) {
        OK(wil_alloc_f32(&weights[i], n_weights));
        for (size_t k = 0; k < n_weights; k++)
            weights[i][k] = (float)(i + 1);
    }
    image[0] = 1; /* one value in a corner: its output is 2 w */
    OK(wil_plan_compile(&plan, g, y, 2, &config));
    OK(wil_plan_bind(plan, "x", image));
    OK(wil_plan_bind(plan, "w", weights[0]));
    OK(wil_plan_run(plan));
    assert_true(((const float *)wil_plan_output(plan, 0))[0] == 2.0f);
    for (size_t k = 0; k < n_weights; k++)
        weights[0][k] = 5;
    image[0] = 3;
    OK(wil_plan_run(plan));
    assert_true(((const float *)wil_plan_output(plan, 0))[0] == 6.0f);  /* the old weights, the new image */
    assert_true(((const float *)wil_plan_output(plan, 1))[0] == 24.0f); /* 2 (3 + 3^2) */
    OK(wil_plan_bind(plan, "w", weights[1]));
    OK(wil_plan_run(plan));
    assert_true(((const float *)wil_plan_output(plan, 0))[0] == 12.0f);
    wil_free(weights[0]);
    wil_free(weights[1]);
}
