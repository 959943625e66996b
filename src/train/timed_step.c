#include "timed_step.h"

#include <math.h>

#include "gan_step.h"
#include "task_pix2pix.h"
#include "unet_step.h"
#include "willis/model.h"

#define SEED 1
#define LEARNING_RATE 1e-4 /* the study's, of most networks */
#define LAMBDA 10          /* gradient penalty */

static wil_status new_set(train *t, wil_params **out)
{
    wil_params *set = NULL;
    WIL_TRY(wil_params_new(&set));
    *out = train_add(t, (train_part){PART_SET, "", .set = set, .seed = SEED + (uint64_t)t->n_parts});
    return WIL_OK;
}

static void move_by(train *t, wil_params *set, wil_optimizer_config rule, double rate)
{
    rule.learning_rate = rate;
    (void)train_add(t, (train_part){PART_OPTIMIZER, "", .set = set, .rule = rule});
}

/* ---- adversarial ----------------------------------------------------------------------------------------
 */

static wil_critic_norm norm_of(const wil_timed_config *config)
{
    return config->spectral ? WIL_CRITIC_SPECTRAL_NORM : WIL_CRITIC_INSTANCE_NORM;
}

/* Both networks and the step, whose configuration net has been checked. */
static wil_status add_gan_step(
    train *t, const wil_timed_config *config, const gan_net *net, const void *sizes)
{
    const bool critic = config->kind == WIL_TIMED_CRITIC;
    wil_optimizer_config rule = wil_optimizer_config_default(WIL_OPTIMIZER_ADAM);
    gan_spec spec = {.net = net,
        .config = sizes,
        .batch = config->batch,
        .gradient_penalty = config->weight_clip ? 0 : LAMBDA,
        .clip_bound = config->per_sample_clip ? 1 : 0};
    WIL_TRY(new_set(t, &spec.generator));
    WIL_TRY(new_set(t, &spec.critic));
    WIL_TRY(train_add_step(t, "step", critic ? gan_critic_step : gan_generator_step, &spec));
    rule.beta1 = 0; /* [Gulrajani2017] */
    rule.beta2 = 0.9;
    if (config->weight_clip) {
        t->steps[0].weight_limit = 0.01f; /* [Arjovsky2017] */
        rule = wil_optimizer_config_default(WIL_OPTIMIZER_RMSPROP);
    }
    move_by(t, critic ? spec.critic : spec.generator, rule, config->weight_clip ? 5e-5 : LEARNING_RATE);
    return WIL_OK;
}

static wil_status add_gan(train *t, const wil_timed_config *config)
{
    if (config->n_size == 3) {
        wil_wgan3d_config net = wil_wgan3d_config_default();
        net.height = config->size[0];
        net.width = config->size[1];
        net.depth = config->size[2];
        net.filters = config->filters;
        net.norm = norm_of(config);
        WIL_TRY(wil_wgan3d_config_check(&net));
        return add_gan_step(t, config, &gan_net_wgan3d, &net);
    }
    wil_wgan_config net = wil_wgan_config_default();
    net.height = config->size[0];
    net.width = config->size[1];
    net.filters = config->filters;
    net.norm = norm_of(config);
    WIL_TRY(wil_wgan_config_check(&net));
    return add_gan_step(t, config, &gan_net_wgan, &net);
}

/* ---- segmentation ---------------------------------------------------------------------------------------
 */

static wil_status unet_of(wil_unet_config *net, wil_shape *image, const wil_timed_config *config)
{
    const int *size = config->size;
    *net = config->n_size == 3 ? wil_unet3d_config_default() : wil_unet_config_default();
    net->filters = config->filters;
    *image = config->n_size == 3 ? wil_shape_of(5, config->batch, size[2], size[0], size[1], 1)
                                 : wil_shape_of(4, config->batch, size[0], size[1], 1);
    return config->n_size == 3 ? wil_unet3d_config_check(net, size[2], size[0], size[1])
                               : wil_unet_config_check(net, size[0], size[1]);
}

static wil_status add_unet(train *t, const wil_timed_config *config)
{
    wil_unet_config net;
    unet_spec spec = {.net = &net};
    WIL_TRY(unet_of(&net, &spec.image, config));
    WIL_TRY(new_set(t, &spec.params));
    WIL_TRY(train_add_step(t, "step", unet_step, &spec));
    move_by(t, spec.params, wil_optimizer_config_default(WIL_OPTIMIZER_ADAM), LEARNING_RATE);
    return WIL_OK;
}

/* As segmenter.c: probabilities. */
static void use_unet(net_step *step, wil_graph *graph, const void *unet_spec_at)
{
    const unet_spec *spec = unet_spec_at;
    wil_nn nn = {.graph = graph, .params = spec->params, .prefix = "unet", .training = false};
    const wil_node x = wil_graph_input_node(graph, "x", spec->image);
    (void)net_step_output(step, graph, wil_op_sigmoid(graph, wil_nets_unet(&nn, x, spec->net)));
}

static wil_status add_unet_use(train *t, const wil_timed_config *config, int *runs)
{
    wil_unet_config net;
    unet_spec spec = {.net = &net};
    const int slots = config->batch < WIL_SEGMENTER_SLOTS ? config->batch : WIL_SEGMENTER_SLOTS;
    WIL_TRY(unet_of(&net, &spec.image, config));
    spec.image.dim[0] = slots;
    *runs = (config->batch + slots - 1) / slots;
    WIL_TRY(new_set(t, &spec.params));
    return train_add_step(t, "step", use_unet, &spec);
}

/* ---- perfusion maps -------------------------------------------------------------------------------------
 */

static wil_status add_maps(train *t, const wil_timed_config *config, int *runs)
{
    const bool use = config->kind == WIL_TIMED_MAPS_USE;
    wil_pix2pix_config net = wil_pix2pix_config_default();
    pix2pix_spec spec = {.net = &net, .temporal = true, .batch = use ? 1 : config->batch, .lambda = 1};
    net.height = config->size[0];
    net.width = config->size[1];
    net.time_points = config->size[2];
    net.filters = net.time_filters = config->filters;
    WIL_TRY(wil_temp_pix2pix_config_check(&net));
    if (!use)
        return pix2pix_add(t, &spec, SEED, LEARNING_RATE);
    *runs = config->batch;
    WIL_TRY(new_set(t, &spec.generator));
    return train_add_step(t, "step", pix2pix_apply, &spec);
}

/* ---- a step ---------------------------------------------------------------------------------------------
 */

static wil_status add_steps(wil_timed_step *s, const wil_timed_config *config)
{
    switch (config->kind) {
    case WIL_TIMED_CRITIC:
    case WIL_TIMED_GENERATOR:
        return add_gan(&s->rig, config);
    case WIL_TIMED_UNET:
        return add_unet(&s->rig, config);
    case WIL_TIMED_UNET_USE:
        return add_unet_use(&s->rig, config, &s->runs);
    case WIL_TIMED_MAPS:
    case WIL_TIMED_MAPS_USE:
        return add_maps(&s->rig, config, &s->runs);
    }
    return wil_fail(WIL_ERR_ARG, "there is no step %d to be timed", (int)config->kind);
}

/* Random numbers in [0, 1) for every input: no time depends on their values. */
static void fill_inputs(train *t)
{
    for (int i = 0; i < t->n_inputs; i++)
        wil_rng_fill_uniform_f32(wil_rng_at(SEED, WIL_RNG_TEST, (uint32_t)i), 0,
            (size_t)wil_shape_count(t->inputs[i].shape), t->inputs[i].values);
}

wil_status wil_timed_step_new(
    wil_timed_step **out, const wil_timed_config *config, const wil_monitor *monitor)
{
    *out = NULL;
    WIL_OWN(wil_timed_step) *s = NULL;
    WIL_TRY(wil_alloc((void **)&s, 1, sizeof *s));
    s->runs = 1;
    s->rig.engine = config->plan;
    s->rig.monitor = monitor;
    WIL_TRY(add_steps(s, config));
    WIL_TRY(train_allocate(&s->rig));
    WIL_TRY(train_first_values(&s->rig));
    fill_inputs(&s->rig);
    return wil_give(out, &s);
}

void wil_timed_step_free(wil_timed_step *step)
{
    if (step != NULL)
        train_clear(&step->rig);
    wil_free(step);
}

wil_status wil_timed_step_run(wil_timed_step *step)
{
    net_step *net = &step->rig.steps[0];
    WIL_REQUIRE(!wil_monitor_stop_requested(step->rig.monitor), WIL_ERR_INTERRUPTED, "interrupted");
    for (int i = 0; i < step->runs; i++)
        WIL_TRY(train_run_step(&step->rig, net));
    WIL_REQUIRE(isfinite(train_output(net, 0)), WIL_ERR_NUMERIC, "the loss is not finite");
    return WIL_OK;
}

const wil_plan *wil_timed_step_plan(const wil_timed_step *step)
{
    return step->rig.steps[0].plan;
}

int wil_timed_step_n_runs(const wil_timed_step *step)
{
    return step->runs;
}
