/* Adversarial training [Gulrajani2017, algorithm 1]: a fresh batch for every critic update, one penalty per
 * sample. */
#include <math.h>
#include <string.h>

#include "gan_step.h"
#include "schedule.h"
#include "trainer.h"
#include "willis/model.h"
#include "willis/report.h"

#define PREVIEW_COUNT 24
#define PREVIEW_COLUMNS 6

/* By wil_gan_model; judged: column of the log. */
static const struct {
    gan_loss_kind loss;
    wil_critic_norm norm;
    const char *judged;
} MODELS[] = {
    [WIL_GAN_WGAN_GP] = {GAN_WASSERSTEIN, WIL_CRITIC_INSTANCE_NORM, "wasserstein"},
    [WIL_GAN_WGAN_GP_SN] = {GAN_WASSERSTEIN, WIL_CRITIC_SPECTRAL_NORM, "wasserstein"},
    [WIL_GAN_DCGAN] = {GAN_BCE, WIL_CRITIC_BATCH_NORM, "cross_entropy"},
};
/* By wil_generator_loss. */
static const gan_matching MATCHINGS[] = {GAN_MATCH_NONE, GAN_MATCH_MEANS, GAN_MATCH_L1};
#define ONE_SIDED 0.1 /* below 1, that real scores are held against [Salimans2016, section 3.4] */

/* Of a step that was interrupted: critic updates done, and what they left for the log. */
enum { UPDATES_DONE, CRITIC_LOST, CRITIC_APART, CRITIC_PENALISED, PROGRESS_VALUES };

typedef struct gan_task {
    wil_wgan_config net;
    float *low, *high;                         /* [n] intensity limits of each patch */
    wil_params *generator, *critic, *averaged; /* the last NULL without weight averaging */
    net_step *critic_step, *generator_step;
    net_step *plain_critic_step; /* of updates without the penalty; NULL: every one has it */
    bool matches;                /* the generator follows features of real samples */
    double progress[PROGRESS_VALUES];
    double *critic_loss, *judged, *penalty, *generator_loss; /* scalars */
} gan_task;

/* ---- opening ------------------------------------------------------------------------------------------- */

static wil_wgan_config describe(const wil_gan_settings *gan, wil_sample_shape patch)
{
    wil_wgan_config net = wil_wgan_config_default();
    net.height = patch.height;
    net.width = patch.width;
    net.filters = gan->filters;
    net.latent = gan->latent;
    net.norm = MODELS[gan->model].norm;
    net.minibatch = gan->minibatch_discrimination;
    net.labels = gan->labels;
    net.growth = gan->generator;
    net.noise = gan->noise;
    return net;
}

static wil_optimizer_config adam_of(const wil_gan_settings *gan, double learning_rate)
{
    wil_optimizer_config adam = wil_optimizer_config_default(WIL_OPTIMIZER_ADAM);
    adam.beta1 = gan->beta1;
    adam.beta2 = gan->beta2;
    adam.learning_rate = learning_rate;
    return adam;
}

/* In the order in which they stand in checkpoints. */
static wil_status add_parts(train *t, gan_task *own)
{
    const wil_gan_settings *gan = &t->config->gan;
    wil_params *set = NULL;
    WIL_TRY(wil_generator_params_declare(&set, &own->net));
    own->generator =
        train_add(t, (train_part){PART_SET, "generator_weights.", .set = set, .seed = t->config->seed});
    WIL_TRY(wil_params_new(&set));
    /* two seeds, so that the networks' first weights are independent */
    own->critic = train_add(t,
        (train_part){PART_SET, "critic_weights.", .set = set, .seed = t->config->seed ^ 0x9e3779b97f4a7c15u});
    if (gan->weight_average > 0) {
        WIL_TRY(wil_generator_params_declare(&set, &own->net));
        own->averaged =
            train_add(t, (train_part){PART_SET, "averaged_weights.", .set = set, .copy_of = own->generator});
    }
    (void)train_add(t, (train_part){PART_OPTIMIZER, "generator_adam.", .set = own->generator,
                           .rule = adam_of(gan, gan->generator_learning_rate)});
    (void)train_add(t, (train_part){PART_OPTIMIZER, "critic_adam.", .set = own->critic,
                           .rule = adam_of(gan, gan->critic_learning_rate)});
    (void)train_add(
        t, (train_part){PART_VALUES, "progress", .values = own->progress, .n_values = PROGRESS_VALUES});
    return WIL_OK;
}

static wil_status add_steps(train *t, gan_task *own)
{
    const wil_gan_settings *gan = &t->config->gan;
    const gan_loss *loss = &gan_losses[MODELS[gan->model].loss];
    const bool dcgan = gan->model == WIL_GAN_DCGAN;
    gan_spec spec = {.net = &gan_net_wgan,
        .config = &own->net,
        .loss = loss,
        .batch = gan->batch,
        .apart = dcgan,
        .smoothing = gan->label_smoothing == WIL_SMOOTH_ONE_SIDED ? ONE_SIDED : 0,
        .drawn_targets = dcgan && gan->label_smoothing == WIL_SMOOTH_STUDY,
        .matching = dcgan ? MATCHINGS[gan->generator_loss] : GAN_MATCH_NONE,
        .gradient_penalty = loss->penalised ? gan->gradient_penalty * gan->penalty_every : 0,
        .generator = own->generator,
        .critic = own->critic};
    size_t pictures = 0;
    WIL_TRY(train_add_step(t, "critic step", gan_critic_step, &spec));
    WIL_TRY(train_add_step(t, "generator step", gan_generator_step, &spec));
    own->matches = spec.matching != GAN_MATCH_NONE;
    own->critic_step = &t->steps[0];
    own->generator_step = &t->steps[1];
    if (spec.gradient_penalty > 0 && gan->penalty_every > 1) {
        spec.gradient_penalty = 0;
        WIL_TRY(train_add_step(t, "critic step without penalty", gan_critic_step, &spec));
        own->plain_critic_step = &t->steps[2];
    }
    WIL_TRY(wil_generator_batch_bytes(&pictures, own->generator, &own->net, &t->engine));
    train_need(t, "sample grids and calibration", pictures);
    return WIL_OK;
}

static wil_status check_dcgan(const wil_gan_settings *gan)
{
    if (gan->model == WIL_GAN_DCGAN) {
        WIL_REQUIRE(gan->batch >= 2, WIL_ERR_ARG,
            "gan.batch is %d but must be at least 2 for gan.model: dcgan, whose critic has batch norm",
            gan->batch);
        return WIL_OK;
    }
    WIL_REQUIRE(gan->label_smoothing == WIL_SMOOTH_ONE_SIDED &&
                    gan->generator_loss == WIL_GENERATOR_FEATURE_MATCHING && !gan->minibatch_discrimination,
        WIL_ERR_ARG,
        "gan.label_smoothing, gan.generator_loss and gan.minibatch_discrimination are of gan.model: dcgan; "
        "leave them out or choose that model");
    return WIL_OK;
}

static wil_status open_gan(train *t)
{
    const wil_run_config *config = t->config;
    gan_task *own = t->own;
    WIL_TRY(check_dcgan(&config->gan));
    WIL_TRY(train_read_samples(t, config->gan.batch, "gan.batch"));
    WIL_TRY(wil_alloc_f32(&own->low, (size_t)t->samples.n));
    WIL_TRY(wil_alloc_f32(&own->high, (size_t)t->samples.n));
    WIL_TRY(wil_samples_limits(&t->samples, config->gan.scaling, own->low, own->high));
    own->net = describe(&config->gan, t->samples.shape);
    WIL_TRY(wil_fail_context(wil_wgan_config_check(&own->net), "%s", config->patches));
    WIL_TRY(add_parts(t, own));
    WIL_TRY(add_steps(t, own));
    own->critic_loss = train_scalar_add(t, "critic_loss");
    own->judged = train_scalar_add(t, MODELS[config->gan.model].judged);
    own->penalty = train_scalar_add(t, "gradient_penalty");
    own->generator_loss = train_scalar_add(t, "generator_loss");
    t->last = config->gan.steps;
    t->unit_steps = 1;
    t->log_every = config->log_every;
    t->look_every = config->sample_every;
    t->save_every = config->checkpoint_every;
    return WIL_OK;
}

static wil_status ready_gan(train *t)
{
    const gan_task *own = t->own;
    char words[64];
    wil_monitor_info(t->monitor, "%s; generator %.2f M, critic %.2f M weights",
        train_set_words(words, &t->samples), (double)wil_params_n_trained(own->generator) * 1e-6,
        (double)wil_params_n_trained(own->critic) * 1e-6);
    return WIL_OK;
}

static void close_gan(void *own_at)
{
    gan_task *own = own_at;
    wil_free(own->low);
    wil_free(own->high);
}

/* ---- one step ------------------------------------------------------------------------------------------ */

static void fill_latents(train *t, uint32_t address)
{
    const gan_task *own = t->own;
    wil_generator_draw(train_input_of(t, "z"), train_input_of(t, "noise"), &own->net, t->config->gan.batch,
        t->config->seed, WIL_RNG_LATENT, address, 0);
}

/* The labels that fakes are drawn around are the set's own, chosen apart from the real samples. */
static wil_status fill_guide(train *t, uint32_t address)
{
    float *guide = train_input_of(t, "guide");
    return guide == NULL ? WIL_OK
                         : wil_batch_guide_drawn(guide, &t->samples,
                               wil_rng_at(t->config->seed, WIL_RNG_GUIDE, address), 0, t->config->gan.batch);
}

static wil_status fill_real(train *t, uint64_t update)
{
    const gan_task *own = t->own;
    const int batch = t->config->gan.batch;
    const size_t *indices = train_next_samples(t, update * (uint64_t)batch, batch);
    return wil_batch_gan(train_input_of(t, "real"), &t->samples, indices, batch, own->low, own->high);
}

/* Real ones from 0.7 to 1.2, fake ones from 0 to 0.3: the study's. */
static void draw_targets(train *t, uint32_t address)
{
    float *of_real = train_input_of(t, "target_real"), *of_fake = train_input_of(t, "target_fake");
    const size_t n = of_real == NULL ? 0 : (size_t)t->config->gan.batch;
    const wil_rng rng = wil_rng_at(t->config->seed, WIL_RNG_TARGET, address);
    wil_rng_fill_uniform_f32(rng, 0, n, of_real);
    wil_rng_fill_uniform_f32(rng, n, n, of_fake);
    for (size_t i = 0; i < n; i++) {
        of_real[i] = 0.7f + 0.5f * of_real[i];
        of_fake[i] *= 0.3f;
    }
}

/* update counts all critic updates of the run; address is that of its random numbers. */
static wil_status update_critic(train *t, uint64_t update, uint32_t address)
{
    gan_task *own = t->own;
    const int batch = t->config->gan.batch;
    float *mix = train_input_of(t, "mix");
    const bool plain = own->plain_critic_step != NULL && update % (uint64_t)t->config->gan.penalty_every != 0;
    net_step *step = plain ? own->plain_critic_step : own->critic_step;
    WIL_TRY(fill_real(t, update));
    fill_latents(t, address);
    WIL_TRY(fill_guide(t, address));
    draw_targets(t, address);
    if (mix != NULL)
        wil_rng_fill_uniform_f32(
            wil_rng_at(t->config->seed, WIL_RNG_INTERPOLATE, address), 0, (size_t)batch, mix);
    WIL_TRY(train_run_step(t, step));
    own->progress[UPDATES_DONE]++;
    own->progress[CRITIC_LOST] = train_output(step, CRITIC_LOSS);
    own->progress[CRITIC_APART] = train_output(step, CRITIC_JUDGED);
    if (!plain)
        own->progress[CRITIC_PENALISED] = train_output(step, CRITIC_PENALTY) / t->config->gan.penalty_every;
    return WIL_OK;
}

static void average(train *t, gan_task *own)
{
    const double n_steps = (double)wil_optimizer_n_steps(train_optimizer_of(t, own->generator));
    const double warm = (1.0 + n_steps) / (10.0 + n_steps); /* the first weights are forgotten fast */
    const double wanted = t->config->gan.weight_average;
    const float share = (float)(1.0 - (wanted < warm ? wanted : warm));
    for (int i = 0; i < wil_params_count(own->averaged); i++) {
        wil_param *mean = wil_params_at(own->averaged, i);
        const wil_param *now = wil_params_find(own->generator, mean->name);
        const int64_t n = wil_shape_count(mean->shape);
        for (int64_t k = 0; k < n; k++)
            mean->value[k] += share * (now->value[k] - mean->value[k]);
    }
}

/* update: the critic's last one, whose real samples the generator's fakes are matched to. A resumed step may
 * not have drawn them. */
static wil_status update_generator(train *t, uint64_t update, uint32_t address)
{
    gan_task *own = t->own;
    if (own->matches)
        WIL_TRY(fill_real(t, update));
    fill_latents(t, address);
    WIL_TRY(fill_guide(t, address));
    WIL_TRY(train_run_step(t, own->generator_step));
    own->progress[UPDATES_DONE] = 0;
    *own->critic_loss = own->progress[CRITIC_LOST];
    *own->judged = own->progress[CRITIC_APART];
    *own->penalty = own->progress[CRITIC_PENALISED];
    *own->generator_loss = train_output(own->generator_step, GENERATOR_LOSS);
    if (own->averaged != NULL)
        average(t, own);
    return WIL_OK;
}

/* Every update has its own address for random numbers. A step that was interrupted goes on with the critic
 * update that it had come to. */
static wil_status update_gan(train *t, int64_t step)
{
    const wil_gan_settings *gan = &t->config->gan;
    gan_task *own = t->own;
    const double factor = schedule_factor(step - 1, gan->steps, 0, gan->decay_from);
    wil_optimizer_set_learning_rate(train_optimizer_of(t, own->critic), gan->critic_learning_rate * factor);
    wil_optimizer_set_learning_rate(
        train_optimizer_of(t, own->generator), gan->generator_learning_rate * factor);
    const uint64_t first_update = (uint64_t)(step - 1) * (uint64_t)gan->critic_steps;
    const uint32_t first_address = (uint32_t)(step - 1) * (uint32_t)(gan->critic_steps + 1);
    for (int c = (int)own->progress[UPDATES_DONE]; c < gan->critic_steps; c++)
        WIL_TRY(update_critic(t, first_update + (uint64_t)c, first_address + (uint32_t)c));
    WIL_TRY(update_generator(
        t, first_update + (uint64_t)gan->critic_steps - 1, first_address + (uint32_t)gan->critic_steps));
    WIL_REQUIRE(isfinite(*own->critic_loss) && isfinite(*own->generator_loss), WIL_ERR_NUMERIC,
        "the loss is not finite at step %lld (critic %g, generator %g); lower gan.critic_learning_rate and "
        "gan.generator_learning_rate and resume from the last checkpoint",
        (long long)step, *own->critic_loss, *own->generator_loss);
    if (gan->model == WIL_GAN_DCGAN)
        snprintf(t->note, sizeof t->note, "cross-entropy %.3g (2 log 2: cannot tell)", *own->judged);
    else
        snprintf(t->note, sizeof t->note, "distance estimate %.3g", -*own->judged);
    return WIL_OK;
}

/* ---- what a run leaves --------------------------------------------------------------------------------- */

/* The generator that samples are drawn from. */
static wil_params *sampled(const gan_task *own)
{
    return own->averaged != NULL ? own->averaged : own->generator;
}

static wil_status look_gan(train *t, int64_t step)
{
    const gan_task *own = t->own;
    const wil_wgan_config *net = &own->net;
    WIL_OWN(char) *folder = NULL;
    WIL_OWN(char) *path = NULL;
    WIL_OWN(float) *pairs = NULL;
    WIL_OWN(wil_picture) picture = {0};
    WIL_TRY(wil_path_join(&folder, t->config->output, "samples"));
    WIL_TRY(wil_folder_make(folder));
    WIL_TRY(wil_string_format(&path, "%s/step-%08lld.png", folder, (long long)step));
    WIL_TRY(wil_alloc_f32(
        &pairs, (size_t)PREVIEW_COUNT * (size_t)net->height * (size_t)net->width * (size_t)net->channels));
    WIL_TRY(wil_generator_preview(
        pairs, PREVIEW_COUNT, sampled(own), net, &t->samples, t->config->seed, &t->engine));
    WIL_TRY(wil_montage_pairs(&picture, pairs, PREVIEW_COUNT, net->height, net->width, PREVIEW_COLUMNS, 1));
    return wil_picture_write_png(&picture, path);
}

static wil_status finish_gan(train *t, wil_train_result *result)
{
    const wil_run_config *config = t->config;
    const gan_task *own = t->own;
    wil_generator_facts facts = {.net = own->net,
        .label_threshold = config->gan.label_threshold,
        .precision = t->engine.precision,
        .steps = t->step,
        .seed = config->seed};
    memcpy(facts.spacing_mm, t->samples.spacing_mm, sizeof facts.spacing_mm);
    WIL_OWN(char) *critic_path = NULL;
    WIL_OWN(json_t) *trained = NULL;
    WIL_TRY(wil_run_metadata(&trained, config));
    WIL_TRY(wil_generator_calibrate(
        sampled(own), &own->net, &t->samples, config->seed, config->gan.calibration_samples, &t->engine));
    WIL_TRY(wil_path_join(&result->model_path, config->output, "generator.safetensors"));
    WIL_TRY(wil_path_join(&critic_path, config->output, "critic.safetensors"));
    WIL_TRY(wil_generator_save(sampled(own), &facts, trained, result->model_path));
    WIL_REQUIRE(json_object_set_new(trained, "architecture", json_string("willis wgan critic")) == 0,
        WIL_ERR_MEMORY, "out of memory for metadata");
    return wil_params_save(own->critic, critic_path, trained);
}

const train_task train_task_gan = {
    .stage = "train gan",
    .unit = "generator step",
    .counts = "steps",
    .advice = "take a smaller gan.batch or fewer gan.filters, or set engine.recompute: true",
    .own_bytes = sizeof(gan_task),
    .open = open_gan,
    .ready = ready_gan,
    .update = update_gan,
    .look = look_gan,
    .finish = finish_gan,
    .close = close_gan,
};
