#include "gan_plans.h"

/* ---- networks ----------------------------------------------------------------------------------------- */

static wil_node generator_2d(wil_nn *nn, wil_node z, const void *config)
{
    return wil_nets_wgan_generator(nn, z, config, NULL);
}

static wil_node critic_2d(wil_nn *nn, wil_node image, const void *config, wil_nn_power *power)
{
    return wil_nets_wgan_critic(nn, image, config, power);
}

gan_nets gan_nets_2d(const wil_wgan_config *net)
{
    return (gan_nets){.image = wil_shape_of(4, 1, net->height, net->width, net->channels),
        .latent = net->latent,
        .config = net,
        .generator = generator_2d,
        .critic = critic_2d};
}

static wil_node generator_3d(wil_nn *nn, wil_node z, const void *config)
{
    return wil_nets_wgan3d_generator(nn, z, config, NULL);
}

static wil_node critic_3d(wil_nn *nn, wil_node image, const void *config, wil_nn_power *power)
{
    return wil_nets_wgan3d_critic(nn, image, config, power);
}

gan_nets gan_nets_3d(const wil_wgan3d_config *net)
{
    return (gan_nets){.image = wil_shape_of(5, 1, net->depth, net->height, net->width, net->channels),
        .latent = net->latent,
        .config = net,
        .generator = generator_3d,
        .critic = critic_3d};
}

/* [N,S..,C] */
static wil_shape batch_of(const gan_nets *nets, int batch)
{
    wil_shape shape = nets->image;
    shape.dim[0] = batch;
    return shape;
}

/* [N,1..,1]: a number for each sample. */
static wil_shape one_each(const gan_nets *nets, int batch)
{
    wil_shape shape = batch_of(nets, batch);
    for (int i = 1; i < shape.rank; i++)
        shape.dim[i] = 1;
    return shape;
}

/* ---- steps -------------------------------------------------------------------------------------------- */

static wil_status build_critic_step(net_step *out, wil_graph *graph, wil_params *generator,
    wil_params *critic, const gan_nets *nets, int batch, double gradient_penalty,
    const wil_plan_config *config)
{
    wil_nn make = {.graph = graph, .params = generator, .prefix = "generator", .training = true};
    wil_nn judge = {.graph = graph, .params = critic, .prefix = "critic", .training = true};
    const wil_node real = wil_graph_input_node(graph, "real", batch_of(nets, batch));
    const wil_node z = wil_graph_input_node(graph, "z", wil_shape_of(2, batch, nets->latent));
    const wil_node mix = wil_graph_input_node(graph, "mix", one_each(nets, batch));

    /* held constant: the critic's update must not reach into the generator (docs/differences.md, G3) */
    const wil_node fake = wil_op_stop_gradient(graph, nets->generator(&make, z, nets->config));
    const wil_node pair = wil_op_concat(graph, real, fake, 0);                    /* [2N,S..,C] */
    const wil_node score = nets->critic(&judge, pair, nets->config, &out->power); /* [2N,1] */
    const wil_node wasserstein = wil_loss_wasserstein_critic(
        graph, wil_op_slice(graph, score, 0, 0, batch), wil_op_slice(graph, score, 0, batch, batch));

    const wil_node between = wil_op_add(graph, fake, wil_op_mul(graph, mix, wil_op_sub(graph, real, fake)));
    const wil_node score_between = nets->critic(&judge, between, nets->config, NULL);
    const wil_node penalty = wil_loss_gradient_penalty(graph, score_between, between, gradient_penalty);

    const wil_node loss = wil_op_add(graph, wasserstein, penalty);
    (void)net_step_output(out, graph, loss); /* CRITIC_LOSS, CRITIC_WASSERSTEIN, CRITIC_PENALTY */
    (void)net_step_output(out, graph, wasserstein);
    (void)net_step_output(out, graph, penalty);
    net_step_train(out, graph, loss, critic);
    return net_step_compile(out, graph, config);
}

wil_status gan_critic_step_new(net_step *out, wil_params *generator, wil_params *critic, const gan_nets *nets,
    int batch, double gradient_penalty, const wil_plan_config *config)
{
    *out = (net_step){0};
    wil_graph *graph = NULL;
    WIL_TRY(wil_graph_new(&graph));
    const wil_status status =
        build_critic_step(out, graph, generator, critic, nets, batch, gradient_penalty, config);
    wil_graph_free(graph);
    if (status != WIL_OK)
        net_step_clear(out);
    return status;
}

static wil_status build_generator_step(net_step *out, wil_graph *graph, wil_params *generator,
    wil_params *critic, const gan_nets *nets, int batch, const wil_plan_config *config)
{
    wil_nn make = {.graph = graph, .params = generator, .prefix = "generator", .training = true};
    wil_nn judge = {.graph = graph, .params = critic, .prefix = "critic", .training = true};
    const wil_node z = wil_graph_input_node(graph, "z", wil_shape_of(2, batch, nets->latent));
    const wil_node fake = nets->generator(&make, z, nets->config);
    const wil_node score = nets->critic(&judge, fake, nets->config, NULL);

    const wil_node loss = wil_loss_wasserstein_generator(graph, score);
    (void)net_step_output(out, graph, loss); /* GENERATOR_LOSS */
    net_step_train(out, graph, loss, generator);
    return net_step_compile(out, graph, config);
}

wil_status gan_generator_step_new(net_step *out, wil_params *generator, wil_params *critic,
    const gan_nets *nets, int batch, const wil_plan_config *config)
{
    *out = (net_step){0};
    wil_graph *graph = NULL;
    WIL_TRY(wil_graph_new(&graph));
    const wil_status status = build_generator_step(out, graph, generator, critic, nets, batch, config);
    wil_graph_free(graph);
    if (status != WIL_OK)
        net_step_clear(out);
    return status;
}
