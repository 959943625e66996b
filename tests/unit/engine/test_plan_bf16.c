/* Plans in bfloat16: a network whose parts meet every way of storing and converting, against the same in
 * float. */
#include "test.h"

#include <math.h>
#include <string.h>

#include "outcome.h"
#include "willis/engine.h"
#include "willis/kernel.h"

enum { N_PARAMS = 4 };

/* Image [4,32,32,2] -> convolutions, instance and group norm, dropout, pooling, upsampling, concatenation, a
 * permutation (which has no bfloat16 kernel), a transposed convolution to an image, and a score. Outputs: the
 * loss with a gradient penalty, the image, and the gradients of the weights. */
static void build(wil_graph *g, wil_node outputs[2 + N_PARAMS])
{
    static const int64_t one[2] = {1, 1};
    static const int64_t two[2] = {2, 2};
    static const int64_t size[2] = {32, 32};
    static const int turned[4] = {0, 2, 1, 3};
    wil_node w[N_PARAMS] = {wil_graph_param_node(g, "w0", wil_shape_of(4, 16, 4, 4, 2)),
        wil_graph_param_node(g, "w1", wil_shape_of(4, 24, 3, 3, 16)),
        wil_graph_param_node(g, "w2", wil_shape_of(4, 40, 4, 4, 2)),
        wil_graph_param_node(g, "w3", wil_shape_of(2, 16 * 16 * 40, 1))};
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(4, 4, 32, 32, 2));
    wil_node h = wil_op_conv(g, x, w[0], two, one);
    h = wil_op_leaky_relu(g, wil_op_normalize(g, h, 6u, 1e-5), 0.2);
    wil_node deep = wil_op_max_pool(g, h, two);
    deep = wil_op_conv(g, deep, w[1], one, one);
    deep = wil_op_reshape(g, deep, wil_shape_of(5, 4, 8, 8, 3, 8));
    deep = wil_op_reshape(g, wil_op_normalize(g, deep, 22u, 1e-5), wil_shape_of(4, 4, 8, 8, 24));
    deep = wil_op_mul(g, deep, wil_op_keep_mask(g, wil_graph_shape(g, deep), 0.1, 3));
    deep = wil_op_permute(g, deep, turned);
    h = wil_op_concat(g, h, wil_op_upsample(g, wil_op_relu(g, deep), two), 3); /* [4,16,16,40] */
    const wil_node image = wil_op_tanh(g, wil_op_conv_dx(g, h, w[2], two, one, size));
    const wil_node flat = wil_op_reshape(g, h, wil_shape_of(2, 4, 16 * 16 * 40));
    const wil_node score = wil_op_sum_all(g, wil_op_matmul(g, flat, w[3], false, false));
    wil_node d_w0 = WIL_NODE_NONE;
    wil_graph_gradient(g, score, &w[0], 1, &d_w0);
    const wil_node penalty = wil_op_scale(g, wil_op_sum_all(g, wil_op_square(g, d_w0)), 1e-3);
    const wil_node loss =
        wil_op_add(g, penalty, wil_op_add(g, score, wil_op_mean_all(g, wil_op_square(g, image))));
    outputs[0] = loss;
    outputs[1] = image;
    wil_graph_gradient(g, loss, w, N_PARAMS, outputs + 2);
    OK(wil_graph_status(g));
}

typedef struct run {
    wil_graph *graph;
    wil_node outputs[2 + N_PARAMS];
    wil_plan *plan;
    float *leaves[1 + N_PARAMS];
} run;

static void start(run *r, wil_precision precision)
{
    const wil_plan_config config = {.precision = precision};
    memset(r, 0, sizeof *r);
    OK(wil_graph_new(&r->graph));
    build(r->graph, r->outputs);
    OK(wil_plan_compile(&r->plan, r->graph, r->outputs, 2 + N_PARAMS, &config));
    for (int i = 0; i < wil_plan_n_leaves(r->plan); i++) {
        const size_t n = (size_t)wil_shape_count(wil_plan_leaf_shape(r->plan, i));
        OK(wil_alloc_f32(&r->leaves[i], n));
        wil_rng_fill_uniform_f32(wil_rng_at(3, WIL_RNG_TEST, (uint32_t)i), 0, n, r->leaves[i]);
        for (size_t k = 0; k < n; k++)
            r->leaves[i][k] = 0.2f * (r->leaves[i][k] - 0.5f);
        OK(wil_plan_bind(r->plan, wil_plan_leaf_name(r->plan, i), r->leaves[i]));
    }
    wil_plan_set_random(r->plan, 5, 6);
    OK(wil_plan_run(r->plan));
}

static void stop(run *r)
{
    for (int i = 0; i < 1 + N_PARAMS; i++)
        wil_free(r->leaves[i]);
    wil_plan_free(r->plan);
    wil_graph_free(r->graph);
}

/* |a - b| / |b| */
static double distance(const float *a, const float *b, int64_t n)
{
    double difference = 0;
    double whole = 0;
    for (int64_t i = 0; i < n; i++) {
        difference += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
        whole += (double)b[i] * (double)b[i];
    }
    return sqrt(difference / whole);
}

/* Each stored value is rounded by up to 2^-9 of itself (0.2 %), at random, some ten times on the way, twice
 * in the penalty's gradient; a wrong operand, a lost mask or an unwritten result is off by tens of percent.
 */
TEST(results_and_gradients_are_those_of_float_but_for_rounding)
{
    if (!wil_kernel_has_bf16()) {
        print_message("SKIPPED: this processor has no bfloat16 instructions, or WILLIS_ISA forbids them\n");
        skip();
    }
    run f32;
    run bf16;
    run again;
    start(&f32, WIL_PRECISION_F32);
    start(&bf16, WIL_PRECISION_BF16);
    start(&again, WIL_PRECISION_BF16);
    for (int i = 0; i < 2 + N_PARAMS; i++) {
        const int64_t n = wil_shape_count(wil_graph_shape(f32.graph, f32.outputs[i]));
        const double d = distance(wil_plan_output(bf16.plan, i), wil_plan_output(f32.plan, i), n);
        if (!(d > 0 && d < (i < 2 ? 0.02 : 0.12)))
            fail_msg("output %d is off by %g of itself", i, d);
        assert_memory_equal(wil_plan_output(bf16.plan, i), wil_plan_output(again.plan, i),
            (size_t)n * sizeof(float)); /* the same bits every time */
    }
    assert_true(wil_plan_bytes(bf16.plan) < wil_plan_bytes(f32.plan) * 9 / 10); /* gradients stay float */
    stop(&f32);
    stop(&bf16);
    stop(&again);
}

TEST(backends_and_processors_without_it_refuse)
{
    WIL_OWN(wil_graph) *g = NULL;
    WIL_OWN(wil_plan) *plan = NULL;
    wil_plan_config config = {.backend = WIL_BACKEND_REF, .precision = WIL_PRECISION_BF16};
    OK(wil_graph_new(&g));
    const wil_node y = wil_op_exp(g, wil_graph_input_node(g, "x", wil_shape_of(3, 2, 2, 16)));
    REFUSED(WIL_ERR_ARG, wil_plan_compile(&plan, g, &y, 1, &config), "not the reference");
    config.backend = WIL_BACKEND_FAST;
    const wil_status status = wil_plan_compile(&plan, g, &y, 1, &config);
    assert_int_equal(status, wil_kernel_has_bf16() ? WIL_OK : WIL_ERR_ARG);
    if (status != WIL_OK)
        SAYS(wil_status_message(), "use precision f32");
}
