#include "pix2pix_step.h"

wil_shape pix2pix_source_shape(const pix2pix_step_config *config)
{
    const wil_pix2pix_config *net = config->net;
    return config->temporal ? wil_shape_of(5, config->batch, net->time_points, net->height, net->width, 1)
                            : wil_shape_of(4, config->batch, net->height, net->width, net->time_points);
}

static wil_node generate(wil_nn *nn, wil_node source, const pix2pix_step_config *config, wil_nn_stats *stats)
{
    return config->temporal ? wil_nets_temp_pix2pix_generator(nn, source, config->net, stats)
                            : wil_nets_pix2pix_generator(nn, source, config->net, stats);
}

/* Binary cross-entropy of all logits against one value. */
static wil_node adversarial(wil_graph *graph, wil_node logits, double target)
{
    if (wil_graph_status(graph) != WIL_OK)
        return WIL_NODE_NONE;
    return wil_loss_bce_logits(graph, logits, wil_op_fill(graph, wil_graph_shape(graph, logits), target));
}

void pix2pix_step_build(net_step *step, wil_graph *graph, wil_params *generator, wil_params *discriminator,
    const pix2pix_step_config *config)
{
    const wil_pix2pix_config *net = config->net;
    wil_nn make = {.graph = graph, .params = generator, .prefix = "generator", .training = true};
    wil_nn judge = {.graph = graph, .params = discriminator, .prefix = "discriminator", .training = true};
    const wil_node source = wil_graph_input_node(graph, "source", pix2pix_source_shape(config));
    const wil_node map =
        wil_graph_input_node(graph, "map", wil_shape_of(4, config->batch, net->height, net->width, 1));

    const wil_node fake = generate(&make, source, config, &step->stats);
    const wil_node of_map = wil_nets_patch_discriminator(&judge, source, map, net, &step->stats);
    const wil_node of_fake = wil_nets_patch_discriminator(&judge, source, fake, net, &step->stats);

    const wil_node l1 = wil_loss_l1(graph, fake, map);
    const wil_node generator_loss =
        wil_op_add(graph, adversarial(graph, of_fake, 1), wil_op_scale(graph, l1, config->lambda));
    const wil_node discriminator_loss = wil_op_scale(
        graph, wil_op_add(graph, adversarial(graph, of_map, 1), adversarial(graph, of_fake, 0)), 0.5);
    (void)net_step_output(step, graph, generator_loss);
    (void)net_step_output(step, graph, l1);
    (void)net_step_output(step, graph, discriminator_loss);
    net_step_train(step, graph, generator_loss, generator);
    net_step_train(step, graph, discriminator_loss, discriminator);
}

wil_node pix2pix_apply_build(wil_graph *graph, wil_params *generator, const pix2pix_step_config *config)
{
    wil_nn nn = {.graph = graph, .params = generator, .prefix = "generator", .training = false};
    return generate(&nn, wil_graph_input_node(graph, "source", pix2pix_source_shape(config)), config, NULL);
}
