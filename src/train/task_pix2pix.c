#include "task_pix2pix.h"

#include "gan_loss.h"

static wil_shape source_shape(const pix2pix_spec *spec)
{
    const wil_pix2pix_config *net = spec->net;
    return spec->temporal ? wil_shape_of(5, spec->batch, net->time_points, net->height, net->width, 1)
                          : wil_shape_of(4, spec->batch, net->height, net->width, net->time_points);
}

static wil_node generate(
    wil_graph *graph, const pix2pix_spec *spec, wil_node source, bool training, wil_nn_stats *stats)
{
    wil_nn nn = {.graph = graph, .params = spec->generator, .prefix = "generator", .training = training};
    return spec->temporal ? wil_nets_temp_pix2pix_generator(&nn, source, spec->net, stats)
                          : wil_nets_pix2pix_generator(&nn, source, spec->net, stats);
}

void pix2pix_step(net_step *step, wil_graph *graph, const void *pix2pix_spec_at)
{
    const pix2pix_spec *spec = pix2pix_spec_at;
    const wil_pix2pix_config *net = spec->net;
    const gan_loss *bce = &gan_losses[GAN_BCE];
    wil_nn judge = {
        .graph = graph, .params = spec->discriminator, .prefix = "discriminator", .training = true};
    const wil_node source = wil_graph_input_node(graph, "source", source_shape(spec));
    const wil_node map =
        wil_graph_input_node(graph, "map", wil_shape_of(4, spec->batch, net->height, net->width, 1));

    const wil_node fake = generate(graph, spec, source, true, &step->stats);
    const wil_node of_map = wil_nets_patch_discriminator(&judge, source, map, net, &step->stats);
    const wil_node of_fake = wil_nets_patch_discriminator(&judge, source, fake, net, &step->stats);

    const wil_node l1 = wil_loss_l1(graph, fake, map);
    const wil_node generator_loss =
        wil_op_add(graph, bce->generator(graph, of_fake), wil_op_scale(graph, l1, spec->lambda));
    const wil_node discriminator_loss =
        wil_op_scale(graph, gan_critic_loss(graph, bce, of_map, of_fake, 0), 0.5);
    (void)net_step_output(step, graph, generator_loss);
    (void)net_step_output(step, graph, l1);
    (void)net_step_output(step, graph, discriminator_loss);
    net_step_train(step, graph, generator_loss, spec->generator);
    net_step_train(step, graph, discriminator_loss, spec->discriminator);
}

void pix2pix_apply(net_step *step, wil_graph *graph, const void *pix2pix_spec_at)
{
    const pix2pix_spec *spec = pix2pix_spec_at;
    const wil_node source = wil_graph_input_node(graph, "source", source_shape(spec));
    (void)net_step_output(step, graph, generate(graph, spec, source, false, NULL));
}

wil_status pix2pix_add(train *t, pix2pix_spec *spec, uint64_t seed, double rate)
{
    wil_optimizer_config adam = wil_optimizer_config_default(WIL_OPTIMIZER_ADAM);
    adam.beta1 = 0.5;
    adam.learning_rate = rate;
    wil_params *set = NULL;
    WIL_TRY(wil_params_new(&set));
    spec->generator = train_add(t, (train_part){PART_SET, "generator_weights.", .set = set, .seed = seed});
    WIL_TRY(wil_params_new(&set));
    spec->discriminator =
        train_add(t, (train_part){PART_SET, "discriminator_weights.", .set = set, .seed = seed + 1});
    (void)train_add(t, (train_part){PART_OPTIMIZER, "generator_adam.", .set = spec->generator, .rule = adam});
    (void)train_add(
        t, (train_part){PART_OPTIMIZER, "discriminator_adam.", .set = spec->discriminator, .rule = adam});
    return train_add_step(t, "training step", pix2pix_step, spec);
}
