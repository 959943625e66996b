#include "gan_state.h"

#include <string.h>

#include "willis/model.h"
#include "memory_needs.h"
#include "run_folder.h"

/* ---- making ------------------------------------------------------------------------------------------- */

static wil_status read_patches(gan_state *state)
{
    const wil_run_config *config = state->config;
    WIL_TRY(wil_samples_open(&state->patches, config->patches, WIL_SAMPLES_IN_MEMORY));
    WIL_TRY(wil_samples_check_slices(&state->patches, config->patches));
    const size_t n = (size_t)state->patches.n;
    WIL_REQUIRE(state->patches.n >= config->gan.batch, WIL_ERR_INPUT,
        "%s holds %lld patches, fewer than gan.batch = %d; cut more (willis patches --per-subject) or lower "
        "gan.batch",
        config->patches, (long long)state->patches.n, config->gan.batch);
    state->facts.precision = state->engine.precision;
    WIL_TRY(wil_samples_checksum(&state->facts.patches, &state->patches));
    WIL_TRY(wil_alloc_f32(&state->low, n));
    WIL_TRY(wil_alloc_f32(&state->high, n));
    WIL_TRY(wil_samples_limits(&state->patches,
        config->gan.scaling == 0 ? WIL_SCALE_GAN_SCAN : WIL_SCALE_GAN_PATCH, state->low, state->high));
    return wil_sampler_new(&state->order, n, config->seed);
}

static void describe(gan_state *state)
{
    const wil_gan_settings *gan = &state->config->gan;
    state->net = wil_wgan_config_default();
    state->net.height = state->patches.shape.height;
    state->net.width = state->patches.shape.width;
    state->net.filters = gan->filters;
    state->net.latent = gan->latent;
    state->net.norm = gan->model == WIL_GAN_WGAN_GP_SN ? WIL_CRITIC_SPECTRAL_NORM : WIL_CRITIC_INSTANCE_NORM;
}

/* Both steps, and all weights by name and shape; nothing of it has memory yet. */
static wil_status compile_steps(gan_state *state)
{
    const wil_gan_settings *gan = &state->config->gan;
    const gan_nets nets = gan_nets_2d(&state->net);
    WIL_TRY(wil_fail_context(wil_wgan_config_check(&state->net), "%s", state->config->patches));
    WIL_TRY(wil_params_new(&state->critic));
    WIL_TRY(wil_generator_params_declare(&state->generator, &state->net));
    if (gan->weight_average > 0)
        WIL_TRY(wil_generator_params_declare(&state->averaged, &state->net));
    WIL_TRY(gan_critic_step_new(&state->critic_step, state->generator, state->critic, &nets, gan->batch,
        gan->gradient_penalty, &state->engine));
    return gan_generator_step_new(
        &state->generator_step, state->generator, state->critic, &nets, gan->batch, &state->engine);
}

static wil_optimizer_config adam_of(const wil_gan_settings *gan, double learning_rate)
{
    wil_optimizer_config adam = wil_optimizer_config_default(WIL_OPTIMIZER_ADAM);
    adam.beta1 = gan->beta1;
    adam.beta2 = gan->beta2;
    adam.learning_rate = learning_rate;
    return adam;
}

static wil_status check_memory(gan_state *state, const wil_monitor *monitor)
{
    size_t pictures = 0;
    WIL_TRY(wil_generator_batch_bytes(&pictures, state->generator, &state->net, &state->engine));
    const size_t averaged = state->averaged != NULL ? memory_of_values(state->averaged) : 0;
    const wil_optimizer_config adam = adam_of(&state->config->gan, 1);
    const size_t weights = memory_of_values(state->generator) + wil_optimizer_bytes(state->generator, &adam) +
                           memory_of_values(state->critic) + wil_optimizer_bytes(state->critic, &adam) +
                           averaged;
    const memory_need needs[] = {{"critic step", wil_plan_bytes(state->critic_step.plan)},
        {"generator step", wil_plan_bytes(state->generator_step.plan)},
        {"sample grids and calibration", pictures}, {"weights and optimisers", weights},
        {"their copy for a checkpoint", weights}};
    return memory_check(needs, sizeof needs / sizeof *needs,
        "take a smaller gan.batch or fewer gan.filters, or set engine.recompute: true", monitor);
}

static wil_status make_networks(gan_state *state)
{
    const wil_run_config *config = state->config;
    wil_params *sets[] = {state->generator, state->critic};
    WIL_TRY(net_step_bind(&state->critic_step, sets, 2));
    WIL_TRY(net_step_bind(&state->generator_step, sets, 2));
    /* two seeds, so that the networks' first weights are independent */
    WIL_TRY(wil_params_initialize(state->generator, config->seed));
    WIL_TRY(wil_params_initialize(state->critic, config->seed ^ 0x9e3779b97f4a7c15u));
    if (state->averaged == NULL)
        return WIL_OK;
    WIL_TRY(wil_params_allocate(state->averaged));
    return wil_params_copy(state->averaged, state->generator);
}

static wil_status make_optimizers(gan_state *state)
{
    const wil_gan_settings *gan = &state->config->gan;
    const wil_optimizer_config of_critic = adam_of(gan, gan->critic_learning_rate);
    const wil_optimizer_config of_generator = adam_of(gan, gan->generator_learning_rate);
    WIL_TRY(wil_optimizer_new(&state->critic_optimizer, state->critic, &of_critic));
    return wil_optimizer_new(&state->generator_optimizer, state->generator, &of_generator);
}

static wil_status bind_inputs(gan_state *state)
{
    const size_t batch = (size_t)state->config->gan.batch;
    const wil_wgan_config *net = &state->net;
    WIL_TRY(wil_alloc_f32(
        &state->real, batch * (size_t)net->height * (size_t)net->width * (size_t)net->channels));
    WIL_TRY(wil_alloc_f32(&state->z, batch * (size_t)net->latent));
    WIL_TRY(wil_alloc_f32(&state->mix, batch));
    WIL_TRY(wil_alloc((void **)&state->indices, batch, sizeof *state->indices));
    WIL_TRY(wil_plan_bind(state->critic_step.plan, "real", state->real));
    WIL_TRY(wil_plan_bind(state->critic_step.plan, "z", state->z));
    WIL_TRY(wil_plan_bind(state->critic_step.plan, "mix", state->mix));
    return wil_plan_bind(state->generator_step.plan, "z", state->z);
}

wil_status gan_state_new(gan_state *out, const wil_run_config *config, const wil_monitor *monitor)
{
    memset(out, 0, sizeof *out);
    out->config = config;
    out->engine = wil_engine_plan_config(&config->engine, monitor);
    wil_status status = read_patches(out);
    if (status == WIL_OK) {
        describe(out);
        status = compile_steps(out);
    }
    if (status == WIL_OK)
        status = check_memory(out, monitor);
    if (status == WIL_OK)
        status = make_networks(out);
    if (status == WIL_OK)
        status = make_optimizers(out);
    if (status == WIL_OK)
        status = bind_inputs(out);
    if (status != WIL_OK)
        gan_state_clear(out);
    return status;
}

void gan_state_clear(gan_state *state)
{
    net_step_clear(&state->critic_step);
    net_step_clear(&state->generator_step);
    wil_optimizer_free(state->critic_optimizer);
    wil_optimizer_free(state->generator_optimizer);
    wil_params_free(state->generator);
    wil_params_free(state->critic);
    wil_params_free(state->averaged);
    wil_sampler_free(state->order);
    wil_samples_clear(&state->patches);
    wil_free(state->low);
    wil_free(state->high);
    wil_free(state->real);
    wil_free(state->z);
    wil_free(state->mix);
    wil_free(state->indices);
    memset(state, 0, sizeof *state);
}

/* ---- between steps ------------------------------------------------------------------------------------ */

void gan_state_average(gan_state *state)
{
    if (state->averaged == NULL)
        return;
    const double t = (double)wil_optimizer_n_steps(state->generator_optimizer);
    const double warm = (1.0 + t) / (10.0 + t); /* the first weights are forgotten fast */
    const double decay = state->config->gan.weight_average < warm ? state->config->gan.weight_average : warm;
    const float share = (float)(1.0 - decay);
    for (int i = 0; i < wil_params_count(state->averaged); i++) {
        wil_param *mean = wil_params_at(state->averaged, i);
        const wil_param *now = wil_params_find(state->generator, mean->name);
        const int64_t n = wil_shape_count(mean->shape);
        for (int64_t k = 0; k < n; k++)
            mean->value[k] += share * (now->value[k] - mean->value[k]);
    }
}

wil_params *gan_state_sampled(gan_state *state)
{
    return state->averaged != NULL ? state->averaged : state->generator;
}

/* ---- checkpoints -------------------------------------------------------------------------------------- */

/* One prefix a set: a set is loaded from all tensors under its prefix. */
#define GENERATOR_WEIGHTS "generator_weights."
#define CRITIC_WEIGHTS "critic_weights."
#define AVERAGED_WEIGHTS "averaged_weights."
#define GENERATOR_ADAM "generator_adam."
#define CRITIC_ADAM "critic_adam."

wil_status gan_state_save(const gan_state *state, int64_t step)
{
    wil_tensor *tensors = NULL;
    int n = 0;
    size_t capacity = 0;
    json_t *metadata = json_pack("{s:s, s:s}", "content", "willis gan checkpoint", "critic",
        state->net.norm == WIL_CRITIC_SPECTRAL_NORM ? "wgan-gp-sn" : "wgan-gp");
    wil_status status = metadata == NULL ? wil_fail(WIL_ERR_MEMORY, "out of memory for metadata") : WIL_OK;
    if (status == WIL_OK)
        status = wil_params_to_tensors(state->generator, GENERATOR_WEIGHTS, &tensors, &n, &capacity);
    if (status == WIL_OK)
        status = wil_params_to_tensors(state->critic, CRITIC_WEIGHTS, &tensors, &n, &capacity);
    if (status == WIL_OK && state->averaged != NULL)
        status = wil_params_to_tensors(state->averaged, AVERAGED_WEIGHTS, &tensors, &n, &capacity);
    if (status == WIL_OK)
        status =
            wil_optimizer_to_tensors(state->generator_optimizer, GENERATOR_ADAM, &tensors, &n, &capacity);
    if (status == WIL_OK)
        status = wil_optimizer_to_tensors(state->critic_optimizer, CRITIC_ADAM, &tensors, &n, &capacity);
    if (status == WIL_OK)
        status = run_checkpoint_write(state->config->output, step, tensors, n, &state->facts, metadata);
    wil_tensors_free(tensors, n);
    json_decref(metadata);
    return status;
}

static bool holds_any(const wil_tensor_file *file, const char *prefix)
{
    for (int i = 0; i < file->n_tensors; i++)
        if (strncmp(file->tensors[i].name, prefix, strlen(prefix)) == 0)
            return true;
    return false;
}

static wil_status restore_from(gan_state *state, const wil_tensor_file *file)
{
    WIL_TRY(wil_params_from_tensors(state->generator, GENERATOR_WEIGHTS, file));
    WIL_TRY(wil_params_from_tensors(state->critic, CRITIC_WEIGHTS, file));
    if (state->averaged != NULL && holds_any(file, AVERAGED_WEIGHTS))
        WIL_TRY(wil_params_from_tensors(state->averaged, AVERAGED_WEIGHTS, file));
    else if (state->averaged != NULL) /* averaging was switched on for the rest of the run */
        WIL_TRY(wil_params_copy(state->averaged, state->generator));
    WIL_TRY(wil_optimizer_from_tensors(state->generator_optimizer, GENERATOR_ADAM, file));
    return wil_optimizer_from_tensors(state->critic_optimizer, CRITIC_ADAM, file);
}

wil_status gan_state_restore(gan_state *state, int64_t *step_out, const wil_monitor *monitor)
{
    wil_tensor_file file = {0};
    WIL_TRY(run_checkpoint_read(state->config->output, &file, step_out, &state->facts, monitor));
    const wil_status status = restore_from(state, &file);
    wil_tensor_file_clear(&file);
    return wil_fail_context(status, "%s: the checkpoint of step %lld does not fit this study and its patches",
        state->config->output, (long long)*step_out);
}
