/* WGAN-GP training [Gulrajani2017, algorithm 1]: a fresh batch for every critic update, one penalty per
 * sample. */
#include "train_gan.h"

#include <math.h>
#include <string.h>

#include "gan_plans.h"
#include "gan_state.h"
#include "willis/model.h"
#include "run_folder.h"
#include "schedule.h"
#include "set_words.h"
#include "willis/report.h"

#define LOG_HEADER "step,critic_loss,wasserstein,gradient_penalty,generator_loss"
#define PREVIEW_COUNT 24
#define PREVIEW_COLUMNS 6

/* Losses of the newest updates. */
typedef struct losses {
    float critic, wasserstein, penalty, generator;
} losses;

/* ---- one step ----------------------------------------------------------------------------------------- */

static wil_status fill_real_batch(gan_state *state, uint64_t update)
{
    const int batch = state->config->gan.batch;
    wil_sampler_indices(state->order, update * (uint64_t)batch, batch, state->indices);
    return wil_batch_gan(state->real, &state->patches, state->indices, batch, state->low, state->high);
}

static void fill_latents(gan_state *state, uint32_t address)
{
    const size_t n = (size_t)state->config->gan.batch * (size_t)state->net.latent;
    wil_rng_fill_normal_f32(wil_rng_at(state->config->seed, WIL_RNG_LATENT, address), 0, n, state->z);
}

static wil_status critic_update(gan_state *state, uint64_t update, uint32_t address, losses *out)
{
    const wil_run_config *config = state->config;
    WIL_TRY(fill_real_batch(state, update));
    fill_latents(state, address);
    wil_rng_fill_uniform_f32(
        wil_rng_at(config->seed, WIL_RNG_INTERPOLATE, address), 0, (size_t)config->gan.batch, state->mix);
    net_step *step = &state->critic_step;
    WIL_TRY(net_step_run(step, &state->critic_optimizer));
    out->critic = *(const float *)wil_plan_output(step->plan, CRITIC_LOSS);
    out->wasserstein = *(const float *)wil_plan_output(step->plan, CRITIC_WASSERSTEIN);
    out->penalty = *(const float *)wil_plan_output(step->plan, CRITIC_PENALTY);
    return WIL_OK;
}

static wil_status generator_update(gan_state *state, uint32_t address, losses *out)
{
    fill_latents(state, address);
    net_step *step = &state->generator_step;
    WIL_TRY(net_step_run(step, &state->generator_optimizer));
    out->generator = *(const float *)wil_plan_output(step->plan, GENERATOR_LOSS);
    gan_state_average(state);
    return WIL_OK;
}

/* step counts from 1. Every update has its own address for random numbers. */
static wil_status train_step(gan_state *state, int64_t step, losses *out)
{
    const wil_gan_settings *gan = &state->config->gan;
    const int critic_steps = gan->critic_steps;
    const double factor = schedule_factor(step - 1, gan->steps, 0, gan->decay_from);
    wil_optimizer_set_learning_rate(state->critic_optimizer, gan->critic_learning_rate * factor);
    wil_optimizer_set_learning_rate(state->generator_optimizer, gan->generator_learning_rate * factor);
    const uint64_t first_update = (uint64_t)(step - 1) * (uint64_t)critic_steps;
    const uint32_t first_address = (uint32_t)(step - 1) * (uint32_t)(critic_steps + 1);
    for (int c = 0; c < critic_steps; c++)
        WIL_TRY(critic_update(state, first_update + (uint64_t)c, first_address + (uint32_t)c, out));
    WIL_TRY(generator_update(state, first_address + (uint32_t)critic_steps, out));
    WIL_REQUIRE(isfinite(out->critic) && isfinite(out->generator), WIL_ERR_NUMERIC,
        "the loss is not finite at step %lld (critic %g, generator %g); lower gan.critic_learning_rate and "
        "gan.generator_learning_rate and resume from the last checkpoint",
        (long long)step, (double)out->critic, (double)out->generator);
    return WIL_OK;
}

/* ---- what a run leaves -------------------------------------------------------------------------------- */

static wil_status write_preview(gan_state *state, int64_t step)
{
    char name[64];
    char *path = NULL;
    float *pairs = NULL;
    wil_picture picture = {0};
    const wil_wgan_config *net = &state->net;
    wil_status status = WIL_OK;
    snprintf(name, sizeof name, "samples/step-%08lld.png", (long long)step);
    WIL_TRY_GOTO(status, wil_path_join(&path, state->config->output, name), done);
    WIL_TRY_GOTO(status,
        wil_alloc_f32(&pairs, (size_t)PREVIEW_COUNT * net->height * net->width * net->channels), done);
    WIL_TRY_GOTO(status,
        wil_generator_preview(
            pairs, PREVIEW_COUNT, gan_state_sampled(state), net, state->config->seed, &state->engine),
        done);
    WIL_TRY_GOTO(status,
        wil_montage_pairs(&picture, pairs, PREVIEW_COUNT, net->height, net->width, PREVIEW_COLUMNS, 1), done);
    WIL_TRY_GOTO(status, wil_picture_write_png(&picture, path), done);
done:
    wil_picture_clear(&picture);
    wil_free(pairs);
    wil_free(path);
    return status;
}

static wil_status write_models(gan_state *state, int64_t step, wil_train_result *result)
{
    wil_params *sampled = gan_state_sampled(state);
    const wil_run_config *config = state->config;
    wil_generator_facts facts = {.net = state->net,
        .label_threshold = config->gan.label_threshold,
        .precision = state->engine.precision,
        .steps = step,
        .seed = config->seed};
    memcpy(facts.spacing_mm, state->patches.spacing_mm, sizeof facts.spacing_mm);
    char *critic_path = NULL;
    json_t *critic_metadata = json_pack("{s:s}", "architecture", "willis wgan critic");
    wil_status status = WIL_OK;
    if (critic_metadata == NULL)
        WIL_TRY_GOTO(status, wil_fail(WIL_ERR_MEMORY, "out of memory for metadata"), done);
    WIL_TRY_GOTO(status,
        wil_generator_calibrate(
            sampled, &state->net, config->seed, config->gan.calibration_samples, &state->engine),
        done);
    WIL_TRY_GOTO(status, wil_path_join(&result->model_path, config->output, "generator.safetensors"), done);
    WIL_TRY_GOTO(status, wil_path_join(&critic_path, config->output, "critic.safetensors"), done);
    WIL_TRY_GOTO(status, wil_generator_save(sampled, &facts, result->model_path), done);
    WIL_TRY_GOTO(status, wil_params_save(state->critic, critic_path, critic_metadata), done);
done:
    json_decref(critic_metadata);
    wil_free(critic_path);
    return status;
}

static wil_status write_samples_folder(const wil_run_config *config)
{
    char *folder = NULL;
    WIL_TRY(wil_path_join(&folder, config->output, "samples"));
    const wil_status status = wil_folder_make(folder);
    wil_free(folder);
    return status;
}

/* ---- the loop ----------------------------------------------------------------------------------------- */

static bool due(int64_t step, int every, int64_t last)
{
    return every > 0 && (step % every == 0 || step == last);
}

static wil_status save(const gan_state *state, int64_t step, run_log *log)
{
    WIL_TRY(run_log_flush(log));
    return gan_state_save(state, step);
}

static wil_status train_loop(
    gan_state *state, int64_t first_step, run_log *log, const wil_monitor *monitor, wil_train_result *result)
{
    const wil_run_config *config = state->config;
    const int64_t last = config->gan.steps;
    const double started_s = wil_time_s();
    losses newest = {0};
    for (int64_t step = first_step; step <= last && !result->interrupted; step++) {
        WIL_TRY(train_step(state, step, &newest));
        result->steps_done = step;
        if (due(step, config->log_every, last))
            WIL_TRY(run_log_row(log, "%lld,%.7g,%.7g,%.7g,%.7g", (long long)step, (double)newest.critic,
                (double)newest.wasserstein, (double)newest.penalty, (double)newest.generator));
        if (due(step, config->sample_every, last))
            WIL_TRY(write_preview(state, step));
        result->interrupted = step < last && wil_monitor_stop_requested(monitor);
        if (due(step, config->checkpoint_every, last) || result->interrupted)
            WIL_TRY(save(state, step, log));
        char note[64];
        snprintf(note, sizeof note, "distance estimate %.3g", (double)-newest.wasserstein);
        wil_monitor_progress(monitor, "train gan", step, last, wil_time_s() - started_s, note);
    }
    return WIL_OK;
}

static wil_status train_opened(
    gan_state *state, bool resume, const wil_monitor *monitor, wil_train_result *result)
{
    int64_t done = 0;
    run_log log = {0};
    if (resume) {
        WIL_TRY(gan_state_restore(state, &done, monitor));
        wil_monitor_info(monitor, "resuming behind step %lld", (long long)done);
    }
    WIL_TRY(run_config_write(state->config));
    WIL_TRY(write_samples_folder(state->config));
    result->steps_done = done;
    WIL_TRY(run_log_open(&log, state->config->output, LOG_HEADER, done));
    wil_status status = train_loop(state, done + 1, &log, monitor, result);
    run_log_close(&log);
    if (status == WIL_OK)
        status = write_models(state, result->steps_done, result);
    return status;
}

wil_status train_gan(
    const wil_run_config *config, bool resume, const wil_monitor *monitor, wil_train_result *result)
{
    gan_state state;
    WIL_TRY(gan_state_new(&state, config, monitor));
    result->plan_bytes = wil_plan_bytes(state.critic_step.plan) + wil_plan_bytes(state.generator_step.plan);
    char words[64];
    wil_monitor_info(monitor, "%s; generator %.2f M, critic %.2f M weights", set_words(words, &state.patches),
        (double)wil_params_n_trained(state.generator) * 1e-6,
        (double)wil_params_n_trained(state.critic) * 1e-6);
    const wil_status status = train_opened(&state, resume, monitor, result);
    gan_state_clear(&state);
    return status;
}
