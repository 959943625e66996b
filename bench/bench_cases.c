/* The plans that bench_step times, filled with random numbers. */
#include "bench_cases.h"

#include <string.h>

#include "plan_bind.h"

static const uint64_t seed = 1;

/* Random values for every input; then the gradients' places and the optimiser. */
static wil_status make_ready(bench_case *bench, bool optimise)
{
    wil_plan *plan = bench->step.plan;
    int n_inputs = 0;
    for (int i = 0; i < wil_plan_n_leaves(plan); i++) {
        if (wil_plan_leaf_is_param(plan, i) ||
            wil_params_find(bench->params, wil_plan_leaf_name(plan, i)) != NULL ||
            (bench->others != NULL && wil_params_find(bench->others, wil_plan_leaf_name(plan, i)) != NULL))
            continue;
        size_t count = (size_t)wil_shape_count(wil_plan_leaf_shape(plan, i));
        float **input = &bench->inputs[n_inputs];
        WIL_TRY(wil_alloc_f32(input, count));
        wil_rng_fill_uniform_f32(wil_rng_at(seed, WIL_RNG_TEST, (uint32_t)n_inputs++), 0, count, *input);
        WIL_TRY(wil_plan_bind(plan, wil_plan_leaf_name(plan, i), *input));
    }
    WIL_TRY(wil_params_initialize(bench->params, seed));
    if (bench->others != NULL)
        WIL_TRY(wil_params_initialize(bench->others, seed + 1));
    if (!optimise)
        return WIL_OK;
    WIL_TRY(wil_alloc((void **)&bench->gradients, (size_t)bench->step.n_gradients, sizeof *bench->gradients));
    wil_optimizer_config adam = wil_optimizer_config_default(WIL_OPTIMIZER_ADAM);
    adam.learning_rate = 1e-4;
    return wil_optimizer_new(&bench->optimizer, bench->params, &adam);
}

static wil_wgan_config wgan_of(const bench_config *config)
{
    wil_wgan_config net = wil_wgan_config_default();
    net.height = net.width = config->patch;
    net.filters = config->filters;
    return net;
}

/* Two empty sets; the first is the trained one. */
static wil_status begin(bench_case *bench, bool two_sets)
{
    memset(bench, 0, sizeof *bench);
    WIL_TRY(wil_params_new(&bench->params));
    return two_sets ? wil_params_new(&bench->others) : WIL_OK;
}

static wil_status finish(bench_case *bench, wil_status status)
{
    if (status != WIL_OK)
        bench_case_clear(bench);
    return status;
}

static wil_status build_critic(bench_case *bench, const bench_config *config)
{
    wil_wgan_config net = wgan_of(config);
    WIL_TRY(begin(bench, true));
    WIL_TRY(gan_critic_step_new(&bench->step, bench->others, bench->params, &net, config->batch, 10));
    return make_ready(bench, true);
}

static wil_status build_generator(bench_case *bench, const bench_config *config)
{
    wil_wgan_config net = wgan_of(config);
    WIL_TRY(begin(bench, true));
    WIL_TRY(gan_generator_step_new(&bench->step, bench->params, bench->others, &net, config->batch));
    return make_ready(bench, true);
}

wil_status bench_case_critic(bench_case *out, const bench_config *config)
{
    return finish(out, build_critic(out, config));
}

wil_status bench_case_generator(bench_case *out, const bench_config *config)
{
    return finish(out, build_generator(out, config));
}

/* Dice loss and its gradients for every weight, as in segmentation training. */
static wil_status compile_unet(bench_case *bench, wil_graph *graph, const bench_config *config)
{
    wil_unet_config net = wil_unet_config_default();
    net.filters = config->unet_filters;
    net.levels = config->unet_levels;
    WIL_TRY(wil_unet_config_check(&net, config->patch, config->patch));
    wil_nn nn = {.graph = graph, .params = bench->params, .prefix = "unet", .training = true};
    wil_shape shape = wil_shape_of(4, config->batch, config->patch, config->patch, 1);
    wil_node logits = wil_nets_unet(&nn, wil_graph_input_node(graph, "image", shape), &net);
    wil_node label = wil_graph_input_node(graph, "label", shape);
    wil_node loss = wil_loss_dice(graph, wil_op_sigmoid(graph, logits), label);
    WIL_TRY(wil_graph_status(graph));
    WIL_TRY(wil_params_allocate(bench->params));

    int n = wil_params_trained_nodes(bench->params, graph, NULL);
    wil_node *nodes = NULL; /* n weights; then the loss and n gradients */
    WIL_TRY(wil_alloc((void **)&nodes, 2 * (size_t)n + 1, sizeof *nodes));
    (void)wil_params_trained_nodes(bench->params, graph, nodes);
    nodes[n] = loss;
    wil_graph_gradient(graph, loss, nodes, n, nodes + n + 1);
    bench->step.first_gradient = 1;
    bench->step.n_gradients = n;
    wil_status status = plan_compile_bound(&bench->step.plan, graph, nodes + n, n + 1, &bench->params, 1);
    wil_free(nodes);
    return status;
}

static wil_status compile_convolution(bench_case *bench, wil_graph *graph, const bench_config *config)
{
    wil_nn nn = {.graph = graph, .params = bench->params, .training = true};
    wil_shape shape = wil_shape_of(4, config->batch, config->patch, config->patch, 64);
    wil_nn_conv_config conv = {.out = 64, .kernel = 3, .pad = 1};
    wil_node y = wil_nn_conv(&nn, "conv", wil_graph_input_node(graph, "x", shape), &conv);
    WIL_TRY(wil_graph_status(graph));
    WIL_TRY(wil_params_allocate(bench->params));
    return plan_compile_bound(&bench->step.plan, graph, &y, 1, &bench->params, 1);
}

static wil_status build_single(bench_case *bench, const bench_config *config,
    wil_status (*compile)(bench_case *, wil_graph *, const bench_config *), bool optimise)
{
    wil_graph *graph = NULL;
    WIL_TRY(begin(bench, false));
    WIL_TRY(wil_graph_new(&graph));
    wil_status status = compile(bench, graph, config);
    wil_graph_free(graph);
    WIL_TRY(status);
    return make_ready(bench, optimise);
}

wil_status bench_case_unet(bench_case *out, const bench_config *config)
{
    return finish(out, build_single(out, config, compile_unet, true));
}

wil_status bench_case_convolution(bench_case *out, const bench_config *config)
{
    return finish(out, build_single(out, config, compile_convolution, false));
}

void bench_case_clear(bench_case *bench)
{
    wil_optimizer_free(bench->optimizer);
    gan_step_clear(&bench->step);
    wil_params_free(bench->params);
    wil_params_free(bench->others);
    wil_free((void *)bench->gradients);
    for (size_t i = 0; i < sizeof bench->inputs / sizeof bench->inputs[0]; i++)
        wil_free(bench->inputs[i]);
    memset(bench, 0, sizeof *bench);
}

wil_status bench_case_run(bench_case *bench)
{
    WIL_TRY(wil_plan_run(bench->step.plan));
    if (bench->optimizer == NULL)
        return WIL_OK;
    gan_step_gradients(&bench->step, bench->gradients);
    wil_optimizer_step(bench->optimizer, bench->gradients);
    return WIL_OK;
}
