#include "gan_step.h"

/* ---- networks ----------------------------------------------------------------------------------------- */

static wil_node wgan_generator(wil_nn *nn, wil_node z, const void *config)
{
    return wil_nets_wgan_generator(nn, z, config, NULL);
}

static wil_node wgan_critic(
    wil_nn *nn, wil_node image, const void *config, wil_nn_power *power, wil_critic_seen *seen)
{
    return seen == NULL ? wil_nets_wgan_critic(nn, image, config, power)
                        : wil_nets_wgan_critic_seen(nn, image, config, power, seen);
}

static wil_shape wgan_image(const void *config, int batch)
{
    const wil_wgan_config *net = config;
    return wil_shape_of(4, batch, net->height, net->width, net->channels);
}

static int wgan_latent(const void *config)
{
    return ((const wil_wgan_config *)config)->latent;
}

const gan_net gan_net_wgan = {"wgan", wgan_generator, wgan_critic, wgan_image, wgan_latent};

static wil_node wgan3d_generator(wil_nn *nn, wil_node z, const void *config)
{
    return wil_nets_wgan3d_generator(nn, z, config, NULL);
}

static wil_node wgan3d_critic(
    wil_nn *nn, wil_node image, const void *config, wil_nn_power *power, wil_critic_seen *seen)
{
    if (seen != NULL)
        *seen = (wil_critic_seen){WIL_NODE_NONE, WIL_NODE_NONE};
    return wil_nets_wgan3d_critic(nn, image, config, power);
}

static wil_shape wgan3d_image(const void *config, int batch)
{
    const wil_wgan3d_config *net = config;
    return wil_shape_of(5, batch, net->depth, net->height, net->width, net->channels);
}

static int wgan3d_latent(const void *config)
{
    return ((const wil_wgan3d_config *)config)->latent;
}

const gan_net gan_net_wgan3d = {"wgan3d", wgan3d_generator, wgan3d_critic, wgan3d_image, wgan3d_latent};

/* ---- what both steps have ------------------------------------------------------------------------------ */

static const gan_loss *loss_of(const gan_spec *spec)
{
    return spec->loss != NULL ? spec->loss : &gan_losses[GAN_WASSERSTEIN];
}

static wil_nn in_training(wil_graph *graph, wil_params *set, const char *prefix)
{
    return (wil_nn){.graph = graph, .params = set, .prefix = prefix, .training = true};
}

static wil_node make_fakes(wil_graph *graph, const gan_spec *spec)
{
    wil_nn make = in_training(graph, spec->generator, "generator");
    const wil_node z =
        wil_graph_input_node(graph, "z", wil_shape_of(2, spec->batch, spec->net->latent(spec->config)));
    return spec->net->generator(&make, z, spec->config);
}

/* ---- critic -------------------------------------------------------------------------------------------- */

/* Scores of the two, and what the step's numbers are made of. */
typedef struct judgement {
    wil_node real, fake;          /* images */
    wil_node of_real, of_fake;    /* scores [N,1] */
    wil_node between, of_between; /* images and scores that the penalty looks at; NONE without one */
} judgement;

static judgement judge(net_step *step, wil_graph *g, const gan_spec *spec)
{
    const int n = spec->batch;
    const wil_shape shape = spec->net->image(spec->config, n);
    wil_shape ones = shape; /* [N,1..,1]: a number for each sample */
    wil_nn nn = in_training(g, spec->critic, "critic");
    judgement j = {.between = WIL_NODE_NONE, .of_between = WIL_NODE_NONE};
    for (int i = 1; i < ones.rank; i++)
        ones.dim[i] = 1;
    j.real = wil_graph_input_node(g, "real", shape);
    /* held constant: the critic's update must not reach into the generator (docs/differences.md, G3) */
    j.fake = wil_op_stop_gradient(g, make_fakes(g, spec));
    if (spec->apart) {
        j.of_real = spec->net->critic(&nn, j.real, spec->config, &step->power, NULL);
        j.of_fake = spec->net->critic(&nn, j.fake, spec->config, NULL, NULL);
    } else {
        const wil_node pair = wil_op_concat(g, j.real, j.fake, 0); /* [2N,S..,C] */
        const wil_node score = spec->net->critic(&nn, pair, spec->config, &step->power, NULL); /* [2N,1] */
        j.of_real = wil_op_slice(g, score, 0, 0, n);
        j.of_fake = wil_op_slice(g, score, 0, n, n);
    }
    if (spec->gradient_penalty <= 0)
        return j;
    const wil_node mix = wil_graph_input_node(g, "mix", ones);
    j.between = wil_op_add(g, j.fake, wil_op_mul(g, mix, wil_op_sub(g, j.real, j.fake)));
    j.of_between = spec->net->critic(&nn, j.between, spec->config, NULL, NULL);
    return j;
}

static wil_node output(net_step *step, wil_graph *g, wil_node loss, wil_node judged, wil_node penalty)
{
    (void)net_step_output(step, g, loss); /* CRITIC_LOSS, CRITIC_JUDGED, CRITIC_PENALTY */
    (void)net_step_output(step, g, judged);
    (void)net_step_output(step, g, penalty);
    return loss;
}

static wil_node held_against_drawn(wil_graph *g, const judgement *j, int n)
{
    const wil_node of_real = wil_graph_input_node(g, "target_real", wil_shape_of(2, n, 1));
    const wil_node of_fake = wil_graph_input_node(g, "target_fake", wil_shape_of(2, n, 1));
    return wil_op_mean_all(g, gan_bce_drawn(g, j->of_real, j->of_fake, of_real, of_fake));
}

static void train_plain(net_step *step, wil_graph *g, const judgement *j, const gan_spec *spec)
{
    const wil_node judged = spec->drawn_targets
                                ? held_against_drawn(g, j, spec->batch)
                                : gan_critic_loss(g, loss_of(spec), j->of_real, j->of_fake, spec->smoothing);
    const bool penalised = spec->gradient_penalty > 0;
    const wil_node penalty =
        penalised ? wil_loss_gradient_penalty(g, j->of_between, j->between, spec->gradient_penalty)
                  : wil_op_fill(g, wil_shape_of(0), 0);
    const wil_node loss = penalised ? wil_op_add(g, judged, penalty) : judged;
    net_step_train(step, g, output(step, g, loss, judged, penalty), spec->critic);
}

static void train_clipped(net_step *step, wil_graph *g, const judgement *j, const gan_spec *spec)
{
    wil_node weights[NET_STEP_OUTPUTS];
    wil_node gradients[NET_STEP_OUTPUTS];
    const wil_node judged = loss_of(spec)->each(g, j->of_real, j->of_fake, spec->smoothing); /* [N,1] */
    const bool penalised = spec->gradient_penalty > 0;
    const wil_node penalties =
        penalised ? wil_loss_gradient_penalties(g, j->of_between, j->between, spec->gradient_penalty)
                  : wil_op_fill(g, wil_shape_of(0), 0);
    const wil_node losses = penalised ? wil_op_add(g, judged, penalties) : judged;
    (void)output(step, g, wil_op_mean_all(g, losses), wil_op_mean_all(g, judged),
        penalised ? wil_op_mean_all(g, penalties) : penalties);
    if (wil_graph_status(g) != WIL_OK)
        return;
    const int n = wil_params_trained_nodes(spec->critic, g, weights);
    wil_clip_config clip = wil_clip_config_default();
    clip.bound = spec->clip_bound;
    clip.mask = wil_graph_input_node(g, "mask", wil_shape_of(1, spec->batch));
    clip.given = &j->fake; /* fakes depend on no protected data, so that their batch norms may mix them */
    clip.n_given = 1;
    if (n > 0)
        wil_graph_gradient_clipped(g, losses, weights, n, &clip, gradients, NULL);
    const double divisor = spec->clip_divisor > 0 ? spec->clip_divisor : spec->batch;
    for (int i = 0; i < n && divisor != 1; i++)
        gradients[i] = wil_op_scale(g, gradients[i], 1.0 / divisor);
    net_step_add_gradients(step, g, spec->critic, gradients, n);
}

void gan_critic_step(net_step *step, wil_graph *graph, const void *gan_spec_at)
{
    const gan_spec *spec = gan_spec_at;
    if (spec->clip_bound > 0 && spec->apart) {
        (void)wil_graph_fail(graph, "a critic with batch norm scores each sample by the others, so that no "
                                    "gradient belongs to one: clipping per sample needs instance norm, "
                                    "spectral norm, or none");
        return;
    }
    const judgement j = judge(step, graph, spec);
    if (spec->clip_bound > 0)
        train_clipped(step, graph, &j, spec);
    else
        train_plain(step, graph, &j, spec);
}

/* ---- generator ----------------------------------------------------------------------------------------- */

static wil_node match(wil_nn *nn, const wil_critic_seen *of_fake, const gan_spec *spec)
{
    wil_critic_seen of_real;
    const wil_node real =
        wil_graph_input_node(nn->graph, "real", spec->net->image(spec->config, spec->batch));
    (void)spec->net->critic(nn, real, spec->config, NULL, &of_real);
    if (wil_graph_status(nn->graph) == WIL_OK && of_real.features == WIL_NODE_NONE)
        return wil_graph_fail(nn->graph, "the critic of a %s does not tell what it sees", spec->net->name);
    return spec->matching == GAN_MATCH_L1
               ? gan_matching_loss(nn->graph, spec->matching, of_real.last, of_fake->last)
               : gan_matching_loss(nn->graph, spec->matching, of_real.features, of_fake->features);
}

void gan_generator_step(net_step *step, wil_graph *graph, const void *gan_spec_at)
{
    const gan_spec *spec = gan_spec_at;
    wil_nn nn = in_training(graph, spec->critic, "critic");
    const wil_node fake = make_fakes(graph, spec);
    wil_critic_seen seen;
    const wil_node score = spec->net->critic(&nn, fake, spec->config, NULL, &seen);
    const wil_node loss =
        spec->matching == GAN_MATCH_NONE ? loss_of(spec)->generator(graph, score) : match(&nn, &seen, spec);
    (void)net_step_output(step, graph, loss); /* GENERATOR_LOSS */
    net_step_train(step, graph, loss, spec->generator);
}
