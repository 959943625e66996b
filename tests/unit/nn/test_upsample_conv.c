/* Folded upsampling against upsampling and convolution written out, on the reference kernels in double and on
 * the fast ones: values, first and second derivatives, in one to three dimensions and odd sizes. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "willis/engine.h"
#include "willis/nn.h"

/* Both forms add the same products in another order: up to 27 * 35 terms with partial sums of the order of
 * their number's root, each rounded at 1.1e-16 or 6e-8, and derived twice. A wrong tap is wrong by O(1). */
#define DOUBLE_TOLERANCE 1e-12
#define FAST_TOLERANCE 2e-5

enum { MOST_LEAVES = 12, N_OUTPUTS = 8 };

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

typedef struct built {
    wil_graph *graph;
    wil_params *params;
    wil_node outputs[N_OUTPUTS];
    int n_outputs;
} built;

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

/* Outputs: y; first = sum(r * y^2); its gradients by x, weight, bias and skip; second = the sum of their
 * squares; its gradients by x and weight. */
static void build(built *b, const up_case *c, bool folded)
{
    *b = (built){0};
    assert_int_equal(wil_graph_new(&b->graph), WIL_OK);
    assert_int_equal(wil_params_new(&b->params), WIL_OK);
    wil_graph *g = b->graph;
    wil_nn nn = {.graph = g, .params = b->params, .training = true};
    wil_node wrt[4], first[4], skip = WIL_NODE_NONE;
    const wil_node x = wil_graph_input_node(g, "x", activation(c, c->in, 1));
    if (c->skip > 0)
        skip = wil_graph_input_node(g, "skip", activation(c, c->skip, 2));
    const wil_node y = build_layer(&nn, c, x, skip, folded);
    const wil_node r = wil_graph_input_node(g, "r", wil_graph_shape(g, y));
    const wil_node loss = wil_op_sum_all(g, wil_op_mul(g, r, wil_op_square(g, y)));
    wrt[0] = x;
    const int n = 1 + wil_params_trained_nodes(b->params, g, wrt + 1) + (c->skip > 0);
    if (c->skip > 0)
        wrt[n - 1] = skip;
    wil_graph_gradient(g, loss, wrt, n, first);
    wil_node second = wil_op_fill(g, wil_shape_of(0), 0.0);
    for (int i = 0; i < n; i++)
        second = wil_op_add(g, second, wil_op_sum_all(g, wil_op_square(g, first[i])));
    b->outputs[b->n_outputs++] = y;
    for (int i = 0; i < n; i++)
        b->outputs[b->n_outputs++] = first[i];
    wil_graph_gradient(g, second, wrt, 2, b->outputs + b->n_outputs);
    b->n_outputs += 2;
    if (wil_graph_status(g) != WIL_OK)
        fail_msg("%s", wil_status_message());
}

static wil_plan *run(const built *b, wil_backend backend, void **memory)
{
    wil_plan *plan = NULL;
    const wil_plan_config config = {.backend = backend};
    if (wil_plan_compile(&plan, b->graph, b->outputs, b->n_outputs, &config) != WIL_OK)
        fail_msg("%s", wil_status_message());
    for (int i = 0; i < wil_plan_n_leaves(plan); i++) {
        assert_true(i < MOST_LEAVES);
        const char *name = wil_plan_leaf_name(plan, i);
        const size_t n = (size_t)wil_shape_count(wil_plan_leaf_shape(plan, i));
        const wil_rng rng =
            wil_rng_at(5, WIL_RNG_TEST, (uint32_t)name[0]); /* x, skip, r; layer.weight, .bias */
        float *f32 = NULL;
        double *f64 = NULL;
        assert_int_equal(wil_alloc_f32(&f32, n), WIL_OK);
        assert_int_equal(wil_alloc_f64(&f64, n), WIL_OK);
        wil_rng_fill_uniform_f32(rng, strcmp(name, "layer.bias") == 0 ? 1u << 20 : 0u, n, f32);
        for (size_t k = 0; k < n; k++)
            f64[k] = (double)(f32[k] -= 0.5f);
        const bool wide = backend == WIL_BACKEND_REF_F64;
        memory[i] = wide ? (void *)f64 : (void *)f32;
        wil_free(wide ? (void *)f32 : (void *)f64);
        assert_int_equal(wil_plan_bind(plan, name, memory[i]), WIL_OK);
    }
    if (wil_plan_run(plan) != WIL_OK)
        fail_msg("%s", wil_status_message());
    return plan;
}

static double value(const wil_plan *plan, wil_backend backend, int output, int64_t i)
{
    const void *values = wil_plan_output(plan, output);
    return backend == WIL_BACKEND_REF_F64 ? ((const double *)values)[i] : (double)((const float *)values)[i];
}

static void check(int which, wil_backend backend, double tolerance)
{
    built folded, plain;
    void *memory[2][MOST_LEAVES] = {{NULL}, {NULL}};
    build(&folded, &CASES[which], true);
    build(&plain, &CASES[which], false);
    assert_int_equal(folded.n_outputs, plain.n_outputs);
    wil_plan *got = run(&folded, backend, memory[0]);
    wil_plan *expected = run(&plain, WIL_BACKEND_REF_F64, memory[1]);
    for (int output = 0; output < plain.n_outputs; output++) {
        const wil_shape shape = wil_graph_shape(plain.graph, plain.outputs[output]);
        assert_true(wil_shape_equal(shape, wil_graph_shape(folded.graph, folded.outputs[output])));
        double scale = 0.0;
        for (int64_t i = 0; i < wil_shape_count(shape); i++)
            scale = fmax(scale, fabs(value(expected, WIL_BACKEND_REF_F64, output, i)));
        for (int64_t i = 0; i < wil_shape_count(shape); i++) {
            const double is = value(got, backend, output, i);
            const double should = value(expected, WIL_BACKEND_REF_F64, output, i);
            if (!(fabs(is - should) <= tolerance * scale))
                fail_msg(
                    "case %d, output %d at %d: %.17g, expected %.17g", which, output, (int)i, is, should);
        }
    }
    wil_plan_free(got);
    wil_plan_free(expected);
    for (int i = 0; i < 2 * MOST_LEAVES; i++)
        wil_free(memory[i / MOST_LEAVES][i % MOST_LEAVES]);
    wil_graph_free(folded.graph);
    wil_graph_free(plain.graph);
    wil_params_free(folded.params);
    wil_params_free(plain.params);
}

static void folded_upsampling_equals_its_definition_with_first_and_second_derivatives(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        check((int)i, WIL_BACKEND_REF_F64, DOUBLE_TOLERANCE);
}

static void so_it_does_on_the_fast_kernels(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        check((int)i, WIL_BACKEND_FAST, FAST_TOLERANCE);
}

/* Nodes of a kind that the first n_outputs need. */
static int count_needed(const built *b, wil_op_kind kind, int n_outputs)
{
    static bool needed[4096];
    int n = 0;
    memset(needed, 0, sizeof needed);
    assert_true(wil_graph_size(b->graph) <= 4096);
    for (int i = 0; i < n_outputs; i++)
        needed[b->outputs[i]] = true;
    for (int node = wil_graph_size(b->graph) - 1; node >= 0; node--) {
        const wil_node_info *info = wil_graph_node(b->graph, node);
        n += needed[node] && info->kind == kind;
        for (int k = 0; needed[node] && k < info->n_inputs; k++)
            needed[info->inputs[k]] = true;
    }
    return n;
}

static void nothing_is_upsampled_or_embedded_and_activations_are_not_joined(void **state)
{
    built b;
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        build(&b, &CASES[i], true);
        assert_int_equal(count_needed(&b, WIL_OP_UPSAMPLE, b.n_outputs), 0);
        assert_int_equal(count_needed(&b, WIL_OP_SUM_POOL, b.n_outputs), 0);
        /* the two parts of a weight's gradient are put side by side, not embedded in zeros and added: once
         * for the first and once for the second derivative */
        assert_int_equal(count_needed(&b, WIL_OP_EMBED, b.n_outputs), 0);
        assert_int_equal(count_needed(&b, WIL_OP_CONCAT, 1), 0);
        wil_graph_free(b.graph);
        wil_params_free(b.params);
    }
}

typedef struct fixture {
    wil_graph *graph;
    wil_params *params;
    wil_nn nn;
    wil_node x; /* [1,3,5,2] */
} fixture;

static int make(void **state)
{
    static fixture f;
    f = (fixture){0};
    if (wil_graph_new(&f.graph) != WIL_OK || wil_params_new(&f.params) != WIL_OK)
        return -1;
    f.nn = (wil_nn){.graph = f.graph, .params = f.params, .training = true};
    f.x = wil_graph_input_node(f.graph, "x", wil_shape_of(4, 1, 3, 5, 2));
    *state = &f;
    return 0;
}

static int drop(void **state)
{
    fixture *f = *state;
    wil_graph_free(f->graph);
    wil_params_free(f->params);
    return 0;
}

static void assert_sick(const fixture *f, wil_node node, const char *words)
{
    assert_int_equal(node, WIL_NODE_NONE);
    assert_int_equal(wil_graph_status(f->graph), WIL_ERR_ARG);
    if (strstr(wil_status_message(), words) == NULL)
        fail_msg("'%s' is not in the message: %s", words, wil_status_message());
}

static void the_weight_keeps_pytorchs_shape(void **state)
{
    fixture *f = *state;
    const wil_nn_conv_config config = {.out = 7, .kernel = 3, .pad = 1};
    const wil_node skip = wil_graph_input_node(f->graph, "skip", wil_shape_of(4, 1, 6, 10, 3));
    wil_nn_conv_skip_up(&f->nn, "layer", skip, f->x, &config);
    assert_int_equal(wil_graph_status(f->graph), WIL_OK);
    const wil_param *weight = wil_params_find(f->params, "layer.weight");
    assert_non_null(weight);
    assert_true(wil_shape_equal(weight->shape, wil_shape_of(4, 7, 3, 3, 5)));
    assert_int_equal(weight->layout, WIL_LAYOUT_CONV);
    assert_int_equal(weight->fan_in, 5 * 9); /* of the layer as it is written, not as it is computed */
    assert_null(wil_params_find(f->params, "layer.bias"));
}

static void a_wider_kernel_is_refused(void **state)
{
    fixture *f = *state;
    const wil_nn_conv_config config = {.out = 7, .kernel = 5, .pad = 2};
    assert_sick(f, wil_nn_upsample_conv(&f->nn, "layer", f->x, &config),
        "layer layer: upsampling goes with a convolution of at least 1 channel, kernel 3, stride 1 and pad "
        "1");
}

static void a_skip_of_another_size_is_refused(void **state)
{
    fixture *f = *state;
    const wil_nn_conv_config config = {.out = 7, .kernel = 3, .pad = 1};
    const wil_node skip = wil_graph_input_node(f->graph, "skip", wil_shape_of(4, 1, 6, 9, 3));
    assert_sick(f, wil_nn_conv_skip_up(&f->nn, "layer", skip, f->x, &config),
        "layer layer: the skip is [1,6,9,3], which is not twice the size of [1,3,5,2]");
}

static void a_vector_is_refused(void **state)
{
    fixture *f = *state;
    const wil_nn_conv_config config = {.out = 7, .kernel = 3, .pad = 1};
    const wil_node z = wil_graph_input_node(f->graph, "z", wil_shape_of(2, 1, 4));
    assert_sick(f, wil_nn_upsample_conv(&f->nn, "layer", z, &config),
        "layer layer needs [N, 1 to 3 spatial axes, C], got [1,4]");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folded_upsampling_equals_its_definition_with_first_and_second_derivatives),
        cmocka_unit_test(so_it_does_on_the_fast_kernels),
        cmocka_unit_test(nothing_is_upsampled_or_embedded_and_activations_are_not_joined),
        TEST(the_weight_keeps_pytorchs_shape),
        TEST(a_wider_kernel_is_refused),
        TEST(a_skip_of_another_size_is_refused),
        TEST(a_vector_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
