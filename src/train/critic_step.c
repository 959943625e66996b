#include "critic_step.h"

/* [N,S..,C], or with ones the shape of a number for each sample. */
static wil_shape batch_shape(const gan_nets *nets, int batch, bool ones)
{
    wil_shape shape = nets->image;
    shape.dim[0] = batch;
    for (int i = 1; i < shape.rank && ones; i++)
        shape.dim[i] = 1;
    return shape;
}

/* [N,1]: D(fake_i) - D(real_i) + penalty_i. */
static wil_node sample_losses(net_step *step, wil_nn *judge, wil_node fake, const critic_step_config *config)
{
    wil_graph *g = judge->graph;
    const gan_nets *nets = config->nets;
    const int n = config->batch;
    const wil_node real = wil_graph_input_node(g, "real", batch_shape(nets, n, false));
    const wil_node pair = wil_op_concat(g, real, fake, 0);
    const wil_node score = nets->critic(judge, pair, nets->config, &step->power); /* [2N,1] */
    const wil_node losses = wil_op_sub(g, wil_op_slice(g, score, 0, n, n), wil_op_slice(g, score, 0, 0, n));
    if (config->gradient_penalty <= 0)
        return losses;
    const wil_node mix = wil_graph_input_node(g, "mix", batch_shape(nets, n, true));
    const wil_node between = wil_op_add(g, fake, wil_op_mul(g, mix, wil_op_sub(g, real, fake)));
    const wil_node score_between = nets->critic(judge, between, nets->config, NULL);
    return wil_op_add(
        g, losses, wil_loss_gradient_penalties(g, score_between, between, config->gradient_penalty));
}

static void train_clipped(net_step *step, wil_graph *graph, wil_node losses, wil_node fake,
    wil_params *critic, const critic_step_config *config)
{
    wil_node weights[NET_STEP_OUTPUTS];
    wil_node gradients[NET_STEP_OUTPUTS];
    if (wil_graph_status(graph) != WIL_OK)
        return;
    const int n = wil_params_trained_nodes(critic, graph, weights);
    wil_clip_config clip = wil_clip_config_default();
    clip.bound = config->clip_bound;
    clip.mask = wil_graph_input_node(graph, "mask", wil_shape_of(1, config->batch));
    clip.given = &fake; /* fakes depend on no protected data, so that their batch norms may mix them */
    clip.n_given = 1;
    wil_graph_gradient_clipped(graph, losses, weights, n, &clip, gradients, NULL);
    for (int i = 0; i < n; i++)
        gradients[i] = wil_op_scale(graph, gradients[i], 1.0 / config->batch);
    net_step_add_gradients(step, graph, critic, gradients, n);
}

void critic_step_build(net_step *step, wil_graph *graph, wil_params *generator, wil_params *critic,
    const critic_step_config *config)
{
    const gan_nets *nets = config->nets;
    wil_nn make = {.graph = graph, .params = generator, .prefix = "generator", .training = true};
    wil_nn judge = {.graph = graph, .params = critic, .prefix = "critic", .training = true};
    const wil_node z = wil_graph_input_node(graph, "z", wil_shape_of(2, config->batch, nets->latent));
    const wil_node fake = wil_op_stop_gradient(graph, nets->generator(&make, z, nets->config));
    const wil_node losses = sample_losses(step, &judge, fake, config);
    const wil_node loss = wil_op_mean_all(graph, losses);
    (void)net_step_output(step, graph, loss);
    if (config->clip_bound > 0)
        train_clipped(step, graph, losses, fake, critic, config);
    else
        net_step_train(step, graph, loss, critic);
}
