/* Adversarial training in two and three dimensions: the very plans of gan_plans.c. */
#include "bench_internal.h"

#include "critic_step.h"
#include "gan_plans.h"

#define LAMBDA 10 /* gradient penalty */

static wil_critic_norm norm_of(const wil_bench_config *config)
{
    return config->spectral ? WIL_CRITIC_SPECTRAL_NORM : WIL_CRITIC_INSTANCE_NORM;
}

static wil_status wgan2d_of(wil_wgan_config *out, const wil_bench_config *config)
{
    *out = wil_wgan_config_default();
    out->height = config->size[0];
    out->width = config->size[1];
    out->filters = config->filters;
    out->norm = norm_of(config);
    return wil_wgan_config_check(out);
}

static wil_status wgan3d_of(wil_wgan3d_config *out, const wil_bench_config *config)
{
    *out = wil_wgan3d_config_default();
    out->height = config->size[0];
    out->width = config->size[1];
    out->depth = config->size[2];
    out->filters = config->filters;
    out->norm = norm_of(config);
    return wil_wgan3d_config_check(out);
}

static void set_betas(bench_case *bench) /* [Gulrajani2017] */
{
    bench->optimizer.beta1 = 0;
    bench->optimizer.beta2 = 0.9;
}

/* The critics of private training: penalty or weight clipping, gradients clipped per sample or not. */
static wil_status clipped_critic_step(
    bench_case *out, wil_graph *graph, const gan_nets *nets, const wil_bench_config *config)
{
    const critic_step_config step = {.nets = nets,
        .batch = config->batch,
        .gradient_penalty = config->weight_clip ? 0 : LAMBDA,
        .clip_bound = config->per_sample_clip ? 1 : 0};
    critic_step_build(&out->step, graph, out->sets[0], out->sets[1], &step);
    set_betas(out);
    if (config->weight_clip) {
        out->step.weight_limit = 0.01f; /* [Arjovsky2017] */
        out->optimizer = wil_optimizer_config_default(WIL_OPTIMIZER_RMSPROP);
        out->optimizer.learning_rate = 5e-5;
    }
    return bench_compile(out, graph, config);
}

static wil_status critic_step(
    bench_case *out, wil_graph *graph, const gan_nets *nets, const wil_bench_config *config)
{
    if (config->weight_clip || config->per_sample_clip)
        return clipped_critic_step(out, graph, nets, config);
    const wil_plan_config plan = bench_plan_config(config);
    set_betas(out);
    WIL_TRY(gan_critic_step_new(&out->step, out->sets[0], out->sets[1], nets, config->batch, LAMBDA, &plan));
    return net_step_bind(&out->step, out->sets, 2);
}

static wil_status generator_step(bench_case *out, const gan_nets *nets, const wil_bench_config *config)
{
    const wil_plan_config plan = bench_plan_config(config);
    set_betas(out);
    WIL_TRY(gan_generator_step_new(&out->step, out->sets[0], out->sets[1], nets, config->batch, &plan));
    return net_step_bind(&out->step, out->sets, 2);
}

wil_status bench_wgan2d_critic(bench_case *out, wil_graph *graph, const wil_bench_config *config)
{
    wil_wgan_config net;
    WIL_TRY(wgan2d_of(&net, config));
    const gan_nets nets = gan_nets_2d(&net);
    return critic_step(out, graph, &nets, config);
}

wil_status bench_wgan2d_generator(bench_case *out, wil_graph *graph, const wil_bench_config *config)
{
    wil_wgan_config net;
    (void)graph; /* gan_plans.c has its own */
    WIL_TRY(wgan2d_of(&net, config));
    const gan_nets nets = gan_nets_2d(&net);
    return generator_step(out, &nets, config);
}

wil_status bench_wgan3d_critic(bench_case *out, wil_graph *graph, const wil_bench_config *config)
{
    wil_wgan3d_config net;
    WIL_TRY(wgan3d_of(&net, config));
    const gan_nets nets = gan_nets_3d(&net);
    return critic_step(out, graph, &nets, config);
}

wil_status bench_wgan3d_generator(bench_case *out, wil_graph *graph, const wil_bench_config *config)
{
    wil_wgan3d_config net;
    (void)graph;
    WIL_TRY(wgan3d_of(&net, config));
    const gan_nets nets = gan_nets_3d(&net);
    return generator_step(out, &nets, config);
}
