/* Adversarial training, two dimensions: the very plans of gan_plans.c. */
#include "bench_internal.h"

#include "gan_plans.h"

#define LAMBDA 10 /* gradient penalty */

static wil_status wgan_of(wil_wgan_config *out, const wil_bench_config *config)
{
    *out = wil_wgan_config_default();
    out->height = config->size[0];
    out->width = config->size[1];
    out->filters = config->filters;
    out->norm = config->spectral ? WIL_CRITIC_SPECTRAL_NORM : WIL_CRITIC_INSTANCE_NORM;
    return wil_wgan_config_check(out);
}

/* A step of gan_plans.c as one that trains set; takes its plan. */
static wil_status adopt(net_step *out, gan_step *step, wil_params *set)
{
    out->plan = step->plan;
    out->n_trained = 1;
    out->trained[0] = (net_step_trained){.set = set, .first = step->first_gradient, .n = step->n_gradients};
    out->power = step->power;
    out->first_power = step->first_gradient + step->n_gradients;
    return wil_alloc((void **)&out->gradients, (size_t)step->n_gradients, sizeof *out->gradients);
}

wil_status bench_wgan2d_critic(bench_case *out, const wil_bench_config *config)
{
    wil_wgan_config net;
    gan_step step;
    WIL_TRY(wgan_of(&net, config));
    WIL_TRY(gan_critic_step_new(&step, out->sets[0], out->sets[1], &net, config->batch, LAMBDA));
    return adopt(&out->step, &step, out->sets[1]);
}

wil_status bench_wgan2d_generator(bench_case *out, const wil_bench_config *config)
{
    wil_wgan_config net;
    gan_step step;
    WIL_TRY(wgan_of(&net, config));
    WIL_TRY(gan_generator_step_new(&step, out->sets[0], out->sets[1], &net, config->batch));
    return adopt(&out->step, &step, out->sets[0]);
}
