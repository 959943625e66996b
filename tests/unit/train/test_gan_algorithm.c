/* Two training steps written out after algorithm 1 of [Gulrajani2017], on the compiled plans (whose losses
 * and gradients tests/unit/nets compares with PyTorch's) but with a loop, a data order and an Adam of its
 * own, against what training makes of the same study. */
#include "gan_step.h"
#include "taken_gradients.h"
#include "trainer.h"

#define CRITIC_STEPS 3
#define BATCH 4
#define N_PATCHES 10 /* no multiple of the batch: batches cross from one epoch into the next */
#define SEED 7

#define STUDY                                                                                                \
    "gan.filters=2 gan.latent=8 gan.batch=4 gan.critic_steps=3 gan.steps=2 gan.calibration_samples=32 "      \
    "gan.critic_learning_rate=2e-3 gan.generator_learning_rate=1e-3 gan.beta1=0.3 gan.beta2=0.8 "            \
    "gan.decay_from=0 "                                                                                      \
    "study.seed=7 study.log_every=1 study.sample_every=0 study.threads=1 "

/* What the study's training holds, by name. */
typedef struct gan_rig {
    train t;
    wil_params *generator, *critic;
    const net_step *critic_step, *generator_step;
    float low[N_PATCHES], high[N_PATCHES];
} gan_rig;

static void gan_rig_open(gan_rig *rig, const wil_run_config *config)
{
    OK(train_open(&rig->t, config, NULL));
    OK(train_first_values(&rig->t));
    assert_string_equal(rig->t.parts[0].name, "generator_weights.");
    assert_string_equal(rig->t.parts[1].name, "critic_weights.");
    rig->generator = rig->t.parts[0].set;
    rig->critic = rig->t.parts[1].set;
    rig->critic_step = &rig->t.steps[0];
    rig->generator_step = &rig->t.steps[1];
    OK(wil_samples_limits(&rig->t.samples, WIL_SCALE_GAN_SCAN, rig->low, rig->high));
}

/* Adam [Kingma2015, algorithm 1] in double. */
typedef struct adam {
    double *m, *v;
    double rate;
    int t;
} adam;

static adam adam_of(wil_params *params, double rate)
{
    adam a = {.rate = rate};
    OK(wil_alloc_f64(&a.m, wil_params_n_trained(params)));
    OK(wil_alloc_f64(&a.v, wil_params_n_trained(params)));
    return a;
}

/* Runs the step's plan and follows its gradients. */
static void adam_step(adam *a, wil_params *params, const net_step *step)
{
    const double beta1 = 0.3;
    const double beta2 = 0.8;
    size_t at = 0;
    const taken_gradients taken = run_for_gradients(step);
    a->t++;
    for (int i = 0; i < wil_params_count(params); i++) {
        wil_param *w = wil_params_at(params, i);
        if (w->role != WIL_PARAM_WEIGHT)
            continue;
        for (int64_t k = 0; k < wil_shape_count(w->shape); k++, at++) {
            const double g = (double)taken.values[at];
            a->m[at] = beta1 * a->m[at] + (1 - beta1) * g;
            a->v[at] = beta2 * a->v[at] + (1 - beta2) * g * g;
            const double m = a->m[at] / (1 - pow(beta1, a->t));
            const double v = a->v[at] / (1 - pow(beta2, a->t));
            w->value[k] = (float)(w->value[k] - a->rate * m / (sqrt(v) + 1e-8));
        }
    }
    wil_free(taken.values);
}

/* Batch u: the 4 patches that come next in a sequence of permutations, one an epoch. */
static void next_real_batch(gan_rig *state, size_t u)
{
    size_t indices[BATCH];
    size_t permutation[N_PATCHES];
    for (size_t i = 0; i < BATCH; i++) {
        const size_t sample = u * BATCH + i;
        wil_rng_permutation(
            wil_rng_at(SEED, WIL_RNG_BATCH, (uint32_t)(sample / N_PATCHES)), N_PATCHES, permutation);
        indices[i] = permutation[sample % N_PATCHES];
    }
    OK(wil_batch_gan(
        train_input_of(&state->t, "real"), &state->t.samples, indices, BATCH, state->low, state->high));
}

/* Numbers that no other update of the run has. */
static void fresh_latents(gan_rig *state, uint32_t update_of_any_kind)
{
    wil_rng_fill_normal_f32(
        wil_rng_at(SEED, WIL_RNG_LATENT, update_of_any_kind), 0, BATCH * 8, train_input_of(&state->t, "z"));
    wil_rng_fill_uniform_f32(wil_rng_at(SEED, WIL_RNG_INTERPOLATE, update_of_any_kind), 0, BATCH,
        train_input_of(&state->t, "mix"));
}

/* One power iteration a critic update [Miyato2018, algorithm 1]. */
static void keep_power_vectors(gan_rig *state)
{
    const net_step *step = state->critic_step;
    for (int i = 0; i < step->power.n; i++) {
        wil_param *u = wil_params_find(state->critic, step->power.name[i]);
        memcpy(u->value, wil_plan_output(step->plan, step->first_power + i),
            (size_t)wil_shape_count(u->shape) * sizeof(float));
    }
}

static void train_two_steps(gan_rig *state)
{
    adam critic = adam_of(state->critic, 2e-3);
    adam generator = adam_of(state->generator, 1e-3);
    uint32_t update = 0;
    size_t real_batch = 0;
    for (int step = 0; step < 2; step++) {
        critic.rate = 2e-3 * (2 - step) / 2; /* gan.decay_from=0: from the full rates in equal steps to 0 */
        generator.rate = 1e-3 * (2 - step) / 2;
        for (int c = 0; c < CRITIC_STEPS; c++) {
            next_real_batch(state, real_batch++);
            fresh_latents(state, update++);
            adam_step(&critic, state->critic, state->critic_step);
            keep_power_vectors(state);
        }
        fresh_latents(state, update++);
        adam_step(&generator, state->generator, state->generator_step);
    }
    wil_free(critic.m);
    wil_free(critic.v);
    wil_free(generator.m);
    wil_free(generator.v);
}

/* Largest distance of the set to the checkpoint of training. */
static double distance(wil_params *params, const char *prefix, const char *folder)
{
    wil_tensor_file file;
    double most = 0;
    OK(wil_tensor_file_read(&file, in_folder(folder, "run/checkpoint-00000002.safetensors")));
    wil_tensor *own = NULL;
    int n_own = 0;
    size_t capacity = 0;
    OK(wil_params_to_tensors(params, prefix, &own, &n_own, &capacity));
    for (int i = 0; i < n_own; i++) {
        const wil_tensor *other = wil_tensor_file_find(&file, own[i].name);
        assert_non_null(other);
        for (int64_t k = 0; k < wil_shape_count(own[i].shape); k++)
            most =
                fmax(most, fabs((double)((float *)own[i].data)[k] - (double)((const float *)other->data)[k]));
    }
    wil_tensors_free(own, n_own);
    wil_tensor_file_clear(&file);
    return most;
}

static void assert_training_is_the_algorithm(const char *folder, const char *model)
{
    char text[800];
    wil_run_config config;
    gan_rig state;
    snprintf(text, sizeof text, STUDY "gan.model=%s", model);
    (void)write_tube_patches(folder, "patches.h5", N_PATCHES, 32, 32);
    wil_train_result result = train_run(folder, "run", text, false, NULL);
    wil_train_result_clear(&result);
    make_config(&config, folder, "unused", "patches.h5", text);
    gan_rig_open(&state, &config);
    train_two_steps(&state);
    /* Adam in float against double: steps of 2e-3 rounded to 1e-7 of themselves, weights of 0.1 to 1e-8, six
     * times. An early difference grows through the following gradients, where Adam's quotient can turn a
     * small gradient's rounding into a share of a step; measured 3e-6; another batch or latent moves whole
     * steps. */
    assert_true(distance(state.critic, "critic_weights.", folder) < 2e-4);
    assert_true(distance(state.generator, "generator_weights.", folder) < 2e-4);
    train_clear(&state.t);
    wil_run_config_clear(&config);
}

static void training_with_instance_norm_is_the_algorithm(void **state)
{
    assert_training_is_the_algorithm(*state, "wgan-gp");
}

static void training_with_spectral_norm_is_the_algorithm(void **state)
{
    assert_training_is_the_algorithm(*state, "wgan-gp-sn");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(training_with_instance_norm_is_the_algorithm),
        CASE(training_with_spectral_norm_is_the_algorithm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
