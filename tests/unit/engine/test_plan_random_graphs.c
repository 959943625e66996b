/* Memory planning, in-place results, views and fused passes under random graphs: the fast plan reuses memory
 * wherever it can, the reference in double never does, and both must agree. */
#include "test.h"

#include <math.h>
#include <string.h>

#include "outcome.h"
#include "willis/engine.h"

#define N_GRAPHS 60
#define N_OPERATIONS 70
#define N_LEAVES 5
#define N_OUTPUTS (6 + N_LEAVES)
#define N_VALUES (2 * 4 * 6 * 3)
#define TOLERANCE 2e-4 /* float through some 100 operations and their derivative, of the largest entry */

typedef struct random_graph {
    wil_graph *graph;
    wil_rng_cursor dice;
    wil_node whole[N_OPERATIONS + N_LEAVES]; /* nodes of shape [2,4,6,3] */
    int n_whole;
    wil_node bias, sample_scale, weights, leaves[N_LEAVES];
    wil_node outputs[N_OUTPUTS];
} random_graph;

static const int64_t ONES[3] = {1, 1, 1};
static const int64_t TWOS[3] = {2, 2, 2};

static wil_node pick(random_graph *r)
{
    const int back = (int)wil_rng_next_below(&r->dice, r->n_whole < 12 ? (uint64_t)r->n_whole : 12);
    return r->whole[r->n_whole - 1 - back];
}

static wil_node there_and_back(wil_graph *g, wil_node x, int which)
{
    static const int turn[4] = {3, 1, 0, 2};
    static const int turn_back[4] = {2, 1, 3, 0};
    const wil_shape shape = wil_graph_shape(g, x);
    switch (which) {
    case 0: /* views between elementwise operations */
        return wil_op_reshape(g, wil_op_tanh(g, wil_op_reshape(g, x, wil_shape_of(2, 12, 12))), shape);
    case 1:
        return wil_op_permute(g, wil_op_sigmoid(g, wil_op_permute(g, x, turn)), turn_back);
    case 2:
        return wil_op_upsample(g, wil_op_average_pool(g, x, TWOS), TWOS);
    case 3:
        return wil_op_concat(g, wil_op_slice(g, x, 3, 1, 2), wil_op_slice(g, x, 3, 0, 1), 3);
    default:
        return wil_op_pool_scatter(g, wil_op_max_pool(g, x, TWOS), x, TWOS);
    }
}

static wil_node random_operation(random_graph *r)
{
    wil_graph *g = r->graph;
    const wil_node a = pick(r);
    const wil_node b = pick(r);
    switch (wil_rng_next_below(&r->dice, 16)) {
    case 0:
        return wil_op_add(g, a, b);
    case 1:
        return wil_op_sub(g, a, wil_op_stop_gradient(g, b));
    case 2:
        return wil_op_mul(g, a, b);
    case 3:
        return wil_op_tanh(g, a);
    case 4:
        return wil_op_scale(g, a, 0.7);
    case 5:
        return wil_op_add(g, a, r->bias);
    case 6:
        return wil_op_mul(g, a, r->sample_scale);
    case 7:
        return wil_op_tanh(g, wil_op_conv(g, a, r->weights, ONES, ONES));
    case 8:
        return wil_op_tanh(g, wil_op_conv_dx(g, a, r->weights, ONES, ONES, wil_graph_shape(g, a).dim + 1));
    case 9:
        return wil_op_normalize(g, a, 7u, 0.1);
    case 10:
        return wil_op_normalize_dx(g, a, b, 14u, 0.1);
    case 11:
        return wil_op_sub(g, a, wil_op_mean(g, b, (uint32_t)wil_rng_next_below(&r->dice, 15) + 1));
    case 12:
        return wil_op_mul(g, wil_op_sigmoid(g, a), wil_op_tanh(g, b));
    case 13:
        return wil_op_div(g, a, wil_op_add_scalar(g, wil_op_square(g, b), 1.0));
    default:
        return there_and_back(g, a, (int)wil_rng_next_below(&r->dice, 5));
    }
}

static void make_graph(random_graph *r, int number)
{
    memset(r, 0, sizeof *r);
    r->dice = (wil_rng_cursor){.rng = wil_rng_at(5, WIL_RNG_TEST, (uint32_t)number)};
    OK(wil_graph_new(&r->graph));
    wil_graph *g = r->graph;
    const wil_shape shape = wil_shape_of(4, 2, 4, 6, 3);
    r->leaves[0] = r->whole[0] = wil_graph_input_node(g, "x", shape);
    r->leaves[1] = r->whole[1] = wil_graph_input_node(g, "y", shape);
    r->leaves[2] = r->bias = wil_graph_param_node(g, "bias", wil_shape_of(4, 1, 1, 1, 3));
    r->leaves[3] = r->sample_scale = wil_graph_param_node(g, "scale", wil_shape_of(4, 2, 1, 1, 1));
    r->leaves[4] = r->weights = wil_graph_param_node(g, "w", wil_shape_of(4, 3, 3, 3, 3));
    r->n_whole = 2;
    for (int i = 0; i < N_OPERATIONS; i++)
        r->whole[r->n_whole++] = random_operation(r);
    for (int i = 0; i < 5; i++)
        r->outputs[i] = r->whole[wil_rng_next_below(&r->dice, (uint64_t)r->n_whole)];
    wil_node loss = wil_op_sum_all(g, wil_op_tanh(g, r->whole[r->n_whole - 1]));
    for (int i = 0; i < 4; i++)
        loss = wil_op_add(g, loss, wil_op_mean_all(g, wil_op_tanh(g, r->outputs[i])));
    r->outputs[5] = loss;
    wil_graph_gradient(g, loss, r->leaves, N_LEAVES, r->outputs + 6);
    OK(wil_graph_status(g));
}

static wil_plan *make_plan(const random_graph *r, wil_backend backend, const float *f32, const double *f64)
{
    wil_plan *plan = NULL;
    const wil_plan_config config = {.backend = backend};
    OK(wil_plan_compile(&plan, r->graph, r->outputs, N_OUTPUTS, &config));
    for (int i = 0; i < wil_plan_n_leaves(plan);
         i++) /* every leaf reads the same numbers from another start */
        OK(wil_plan_bind(plan, wil_plan_leaf_name(plan, i),
            backend == WIL_BACKEND_REF_F64 ? (const void *)(f64 + 7 * i) : (const void *)(f32 + 7 * i)));
    OK(wil_plan_run(plan));
    return plan;
}

static void compare(int number, int output, const float *got, const double *expected, int64_t n)
{
    double scale = 1e-2;
    for (int64_t i = 0; i < n; i++)
        scale = fmax(scale, fabs(expected[i]));
    for (int64_t i = 0; i < n; i++)
        if (!(fabs((double)got[i] - expected[i]) <= TOLERANCE * scale))
            fail_msg("graph %d, output %d at %d: %.9g, expected %.9g", number, output, (int)i, (double)got[i],
                expected[i]);
}

static void check_graph(int number, const float *f32, const double *f64)
{
    random_graph r;
    WIL_OWN(float) *before = NULL;
    make_graph(&r, number);
    WIL_OWN(wil_plan) *fast = make_plan(&r, WIL_BACKEND_FAST, f32, f64);
    WIL_OWN(wil_plan) *ref = make_plan(&r, WIL_BACKEND_REF_F64, f32, f64);
    OK(wil_alloc_f32(&before, N_VALUES));
    assert_true(wil_plan_bytes(fast) < wil_plan_bytes(ref) / 2); /* half for float; the rest is reuse */
    for (int i = 0; i < N_OUTPUTS; i++)
        compare(number, i, wil_plan_output(fast, i), wil_plan_output(ref, i),
            wil_shape_count(wil_graph_shape(r.graph, r.outputs[i])));
    const size_t bytes = (size_t)wil_shape_count(wil_graph_shape(r.graph, r.outputs[0])) * sizeof(float);
    memcpy(before, wil_plan_output(fast, 0), bytes);
    OK(wil_plan_run(fast));
    assert_memory_equal(before, wil_plan_output(fast, 0), bytes);
    wil_graph_free(r.graph);
}

TEST(reused_memory_and_fused_passes_change_no_result)
{
    WIL_OWN(float) *f32 = NULL;
    WIL_OWN(double) *f64 = NULL;
    const size_t n = N_VALUES + 7 * N_LEAVES;
    OK(wil_alloc_f32(&f32, n));
    OK(wil_alloc_f64(&f64, n));
    wil_rng_fill_normal_f32(wil_rng_at(6, WIL_RNG_TEST, 0), 0, n, f32);
    for (size_t i = 0; i < n; i++) {
        f32[i] *= 0.5f;
        f64[i] = (double)f32[i];
    }
    for (int number = 0; number < N_GRAPHS; number++)
        check_graph(number, f32, f64);
}
