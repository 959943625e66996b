/* Results with hooks: gradients, while the function that gets them changes the weights under way. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "outcome.h"
#include "willis/engine.h"

#define N_LAYERS 5
#define WIDTH 24
#define BATCH 3
#define N_WEIGHTS (WIDTH * WIDTH)

/* x [BATCH,WIDTH] through layers w0 .. w4 with a gradient penalty, so that weights are read in a second
 * backward pass too. */
typedef struct rig {
    wil_graph *graph;
    wil_node weights[N_LAYERS];
    wil_node outputs[1 + N_LAYERS]; /* the loss, gradients */
    wil_plan_hook hooks[N_LAYERS];
    char names[N_LAYERS][4];
    float w[N_LAYERS][N_WEIGHTS];
    float x[BATCH * WIDTH];
    float given[N_LAYERS][N_WEIGHTS];
    int n_given[N_LAYERS];
} rig;

static void fill_values(rig *r)
{
    for (int i = 0; i < N_LAYERS; i++)
        wil_rng_fill_normal_f32(wil_rng_at(1, WIL_RNG_TEST, (uint32_t)i), 0, N_WEIGHTS, r->w[i]);
    wil_rng_fill_normal_f32(wil_rng_at(2, WIL_RNG_TEST, 0), 0, BATCH * WIDTH, r->x);
    memset(r->n_given, 0, sizeof r->n_given);
}

static void rig_new(rig *r)
{
    memset(r, 0, sizeof *r);
    OK(wil_graph_new(&r->graph));
    wil_graph *g = r->graph;
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(2, BATCH, WIDTH));
    wil_node h = x;
    for (int i = 0; i < N_LAYERS; i++) {
        snprintf(r->names[i], sizeof r->names[i], "w%d", i);
        r->weights[i] = wil_graph_param_node(g, r->names[i], wil_shape_of(2, WIDTH, WIDTH));
        h = wil_op_tanh(g, wil_op_scale(g, wil_op_matmul(g, h, r->weights[i], false, false), 0.2));
        r->hooks[i] = (wil_plan_hook){.output = 1 + i, .changes = r->names[i]};
    }
    wil_node slope = WIL_NODE_NONE;
    const wil_node score = wil_op_sum_all(g, h);
    wil_graph_gradient(g, score, &x, 1, &slope);
    r->outputs[0] = wil_op_add(g, score, wil_op_sum_all(g, wil_op_square(g, slope)));
    wil_graph_gradient(g, r->outputs[0], r->weights, N_LAYERS, r->outputs + 1);
    OK(wil_graph_status(g));
    fill_values(r);
}

static wil_plan *compile(rig *r, wil_plan_config config)
{
    wil_plan *plan = NULL;
    OK(wil_plan_compile(&plan, r->graph, r->outputs, 1 + N_LAYERS, &config));
    OK(wil_plan_bind(plan, "x", r->x));
    for (int i = 0; i < N_LAYERS; i++)
        OK(wil_plan_bind(plan, r->names[i], r->w[i]));
    return plan;
}

/* Keeps the gradient and spoils the weight: whatever read it afterwards would be NaN. */
static void note_and_spoil(void *context, int output, const void *values)
{
    rig *r = context;
    const int i = output - 1;
    assert_in_range(i, 0, N_LAYERS - 1);
    memcpy(r->given[i], values, sizeof r->given[i]);
    r->n_given[i]++;
    for (int k = 0; k < N_WEIGHTS; k++)
        r->w[i][k] = NAN;
}

TEST(weights_may_change_once_their_gradient_is_given_to_its_hook)
{
    rig r;
    rig_new(&r);
    for (int recompute = 0; recompute < 2; recompute++) {
        wil_plan_config config = wil_plan_config_default();
        config.recompute = recompute == 1;
        wil_plan *keeping = compile(&r, config);
        config.hooks = r.hooks;
        config.n_hooks = N_LAYERS;
        wil_plan *hooked = compile(&r, config);
        wil_plan_on_output(hooked, note_and_spoil, &r);
        OK(wil_plan_run(keeping));
        for (int run = 0; run < 2; run++) {
            fill_values(&r);
            OK(wil_plan_run(hooked));
            assert_memory_equal(wil_plan_output(hooked, 0), wil_plan_output(keeping, 0), sizeof(float));
            for (int i = 0; i < N_LAYERS; i++) {
                assert_int_equal(r.n_given[i], 1);
                assert_null(wil_plan_output(hooked, 1 + i));
                assert_memory_equal(r.given[i], wil_plan_output(keeping, 1 + i), sizeof r.given[i]);
            }
        }
        wil_plan_free(keeping);
        wil_plan_free(hooked);
        fill_values(&r);
    }
    wil_graph_free(r.graph);
}

/* Without a second pass backwards, one gradient is finished after the other. */
TEST(gradients_with_hooks_share_their_memory)
{
    rig r;
    rig_new(&r);
    const wil_node score = wil_graph_input(r.graph, r.outputs[0], 0);
    wil_graph_gradient(r.graph, score, r.weights, N_LAYERS, r.outputs + 1);
    r.outputs[0] = score;
    wil_plan_config config = wil_plan_config_default();
    WIL_OWN(wil_plan) *keeping = compile(&r, config);
    config.hooks = r.hooks;
    config.n_hooks = N_LAYERS;
    WIL_OWN(wil_plan) *hooked = compile(&r, config);
    assert_true(wil_plan_bytes(keeping) >= N_LAYERS * sizeof r.w[0]);
    /* at most two at a time: one waits until its weight has been read for the layer below */
    assert_true(wil_plan_bytes(hooked) < 3 * sizeof r.w[0]);
    wil_graph_free(r.graph);
}

TEST(a_plan_with_hooks_needs_a_function_to_call)
{
    rig r;
    rig_new(&r);
    wil_plan_config config = wil_plan_config_default();
    config.hooks = r.hooks;
    config.n_hooks = N_LAYERS;
    WIL_OWN(wil_plan) *plan = compile(&r, config);
    REFUSED(WIL_ERR_ARG, wil_plan_run(plan), "hooks for 5 results, but no function to call");
    wil_plan_on_output(plan, note_and_spoil, &r);
    OK(wil_plan_run(plan));
    wil_plan_on_output(plan, NULL, NULL);
    assert_int_equal(wil_plan_run(plan), WIL_ERR_ARG);
    wil_graph_free(r.graph);
}

TEST(senseless_hooks_are_refused)
{
    rig r;
    wil_plan *plan = NULL;
    rig_new(&r);
    const struct {
        wil_plan_hook hooks[2];
        const char *words;
        bool fixed_params;
    } bad[] = {{{{.output = 6}}, "result 6 has a hook, but the plan has 6", false},
        {{{.output = 1}, {.output = 1}}, "result 1 has two hooks", false},
        {{{.output = 1, .changes = "x"}}, "changes 'x', but the graph has no such parameter", false},
        {{{.output = 1, .changes = "w0"}}, "changes 'w0', but the parameters of the plan are fixed", true}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        wil_plan_config config = wil_plan_config_default();
        config.hooks = bad[i].hooks;
        config.n_hooks = i == 1 ? 2 : 1;
        config.fixed_params = bad[i].fixed_params;
        REFUSED(
            WIL_ERR_ARG, wil_plan_compile(&plan, r.graph, r.outputs, 1 + N_LAYERS, &config), bad[i].words);
        assert_null(plan);
    }
    wil_graph_free(r.graph);
}
