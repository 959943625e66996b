/* The DCGAN's steps as they are trained, against PyTorch (tests/data/make_dcgan_vectors.py): losses,
 * gradients, ten steps with their optimisers; and what its settings mean and refuse. */
#include "test.h"

#include <omp.h>

#include "run_fixture.h"

#include "gan_step.h"
#include "trainer.h"

#include "../../vectors/vector_check.h"

/* ---- against PyTorch ------------------------------------------------------------------------------------
 */

/* Float keeps 6e-8; batch norms over four samples divide by what may be small. */
#define FLOAT_TOLERANCE 2e-4
#define DOUBLE_TOLERANCE 1e-9
#define TRACE_TOLERANCE 1e-4 /* PyTorch's own float run leaves its double run by 1e-5 at most */

enum { N_INPUTS = 4 };
static const struct {
    const char *name;
    double scale, offset;
} INPUTS[N_INPUTS] = {
    {"real", 0.9, 0}, {"z", 1.7320508075688772, 0}, {"target_real", 0.25, 0.95}, {"target_fake", 0.15, 0.15}};

typedef struct rig {
    wil_tensor_file vectors;
    wil_wgan_config net;
    wil_params *generator, *critic;
    float *inputs[N_INPUTS];
    int batch;
    uint32_t seed;
} rig;

static size_t input_count(const rig *r, int i)
{
    return (size_t)r->batch * (i == 0      ? (size_t)r->net.height * (size_t)r->net.width * 2
                                  : i == 1 ? (size_t)r->net.latent
                                           : 1);
}

static void fill_inputs(const rig *r, int step)
{
    for (int i = 0; i < N_INPUTS; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s%d", INPUTS[i].name, step);
        closed_form_fill(r->inputs[i], input_count(r, i), name, r->seed, INPUTS[i].scale, INPUTS[i].offset);
    }
}

static void rig_new(rig *r, bool head, const char *seed)
{
    memset(r, 0, sizeof *r);
    OK(wil_tensor_file_read(&r->vectors, WILLIS_TEST_DATA "/dcgan_vectors.safetensors"));
    r->net = wil_wgan_config_default();
    r->net.height = r->net.width = vector_metadata(&r->vectors, "side");
    r->net.filters = vector_metadata(&r->vectors, "filters");
    r->net.latent = vector_metadata(&r->vectors, "latent");
    r->net.norm = WIL_CRITIC_BATCH_NORM;
    r->net.minibatch = head;
    r->batch = vector_metadata(&r->vectors, "batch");
    r->seed = (uint32_t)vector_metadata(&r->vectors, seed);
    OK(wil_params_new(&r->generator));
    OK(wil_params_new(&r->critic));
    for (int i = 0; i < N_INPUTS; i++)
        OK(wil_alloc_f32(&r->inputs[i], input_count(r, i)));
    fill_inputs(r, 0);
}

static void rig_clear(rig *r)
{
    wil_params_free(r->generator);
    wil_params_free(r->critic);
    for (int i = 0; i < N_INPUTS; i++)
        wil_free(r->inputs[i]);
    wil_tensor_file_clear(&r->vectors);
}

static gan_spec spec_of(rig *r, bool drawn, gan_matching matching)
{
    return (gan_spec){.net = &gan_net_wgan,
        .config = &r->net,
        .loss = &gan_losses[GAN_BCE],
        .batch = r->batch,
        .apart = true,
        .smoothing = 0.1,
        .drawn_targets = drawn,
        .matching = matching,
        .generator = r->generator,
        .critic = r->critic};
}

typedef struct dcgan_case {
    const char *section;
    bool critic, head, drawn;
    gan_matching matching;
} dcgan_case;

static const dcgan_case CASES[] = {
    {"critic", true, false, false, GAN_MATCH_NONE},
    {"critic_drawn", true, false, true, GAN_MATCH_NONE},
    {"critic_head", true, true, false, GAN_MATCH_NONE},
    {"generator_adversarial", false, false, false, GAN_MATCH_NONE},
    {"generator_means", false, false, false, GAN_MATCH_MEANS},
    {"generator_l1", false, false, false, GAN_MATCH_L1},
    {"generator_adversarial_head", false, true, false, GAN_MATCH_NONE},
    {"generator_means_head", false, true, false, GAN_MATCH_MEANS},
    {"generator_l1_head", false, true, false, GAN_MATCH_L1},
};

static void check_step(const dcgan_case *c, wil_backend backend, double tolerance)
{
    rig r;
    net_step step = {0};
    vector_run run;
    vector_input inputs[N_INPUTS];
    WIL_OWN(wil_graph) *graph = NULL;
    rig_new(&r, c->head, "seed");
    OK(wil_graph_new(&graph));
    const gan_spec spec = spec_of(&r, c->drawn, c->matching);
    (c->critic ? gan_critic_step : gan_generator_step)(&step, graph, &spec);
    OK(wil_graph_status(graph));
    OK(closed_form_params(r.generator, r.seed, closed_form_wgan_law));
    OK(closed_form_params(r.critic, r.seed, closed_form_wgan_law));
    for (int i = 0; i < N_INPUTS; i++)
        inputs[i] = (vector_input){INPUTS[i].name, r.inputs[i]};
    vector_compile(&run, graph, backend, step.outputs, step.n_outputs,
        (wil_params *const[]){r.generator, r.critic}, 2, inputs, N_INPUTS);
    vector_run_once(&run);
    const double loss = *vector_expected(&r.vectors, c->section, "loss", NULL);
    if (!(fabs(vector_output(&run, 0, 0) - loss) <= tolerance * fabs(loss)))
        fail_msg("%s: the loss is %.12g, expected %.12g", c->section, vector_output(&run, 0, 0), loss);
    vector_check_gradients(
        &run, step.trained[0].first, step.trained[0].set, &r.vectors, c->section, tolerance);
    vector_free(&run);
    net_step_clear(&step);
    rig_clear(&r);
}

TEST(steps_equal_pytorch)
{
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        check_step(&CASES[i], WIL_BACKEND_FAST, FLOAT_TOLERANCE);
}

TEST(steps_in_double_equal_pytorch_to_nine_digits)
{
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        check_step(&CASES[i], WIL_BACKEND_REF_F64, DOUBLE_TOLERANCE);
}

static void ready(rig *r, net_step *step, const wil_graph *graph, wil_params *set)
{
    wil_optimizer_config adam = wil_optimizer_config_default(WIL_OPTIMIZER_ADAM);
    adam.learning_rate = vector_metadata_real(&r->vectors, "trace_rate");
    adam.beta1 = 0.5;
    adam.beta2 = 0.999;
    OK(net_step_compile(step, (wil_graph *)graph, NULL));
    OK(net_step_bind(step, (wil_params *const[]){r->generator, r->critic}, 2));
    for (int i = 0; i < wil_plan_n_leaves(step->plan); i++)
        for (int k = 0; k < N_INPUTS; k++)
            if (strcmp(INPUTS[k].name, wil_plan_leaf_name(step->plan, i)) == 0)
                OK(wil_plan_bind(step->plan, INPUTS[k].name, r->inputs[k]));
    OK(wil_optimizer_new(&step->trained[0].optimizer, set, &adam));
}

static void check_trace(bool head)
{
    static void (*const build[])(net_step *, wil_graph *, const void *) = {
        gan_critic_step, gan_generator_step};
    rig r;
    net_step steps[2] = {0};
    const train_policy policy = {0};
    rig_new(&r, head, head ? "seed_trace_head" : "seed_trace");
    wil_params *const sets[] = {r.critic, r.generator};
    const gan_spec spec = spec_of(&r, true, GAN_MATCH_MEANS);
    for (int i = 0; i < 2; i++) {
        WIL_OWN(wil_graph) *graph = NULL;
        OK(wil_graph_new(&graph));
        build[i](&steps[i], graph, &spec);
        ready(&r, &steps[i], graph, sets[i]);
    }
    OK(closed_form_params(r.generator, r.seed, closed_form_wgan_law));
    OK(closed_form_params(r.critic, r.seed, closed_form_wgan_law));
    const wil_tensor *trace = wil_tensor_file_find(&r.vectors, head ? "trace_head" : "trace"); /* [steps,2] */
    const double *expected = trace->data;
    for (int number = 0; number < (int)trace->shape.dim[0]; number++) {
        fill_inputs(&r, number);
        for (int i = 0; i < 2; i++, expected++) {
            OK(policy_update(&policy, &steps[i]));
            assert_near(train_output(&steps[i], 0), *expected, TRACE_TOLERANCE * fabs(*expected));
        }
    }
    for (int i = 0; i < 2; i++) {
        wil_optimizer_free(steps[i].trained[0].optimizer);
        net_step_clear(&steps[i]);
    }
    rig_clear(&r);
}

TEST(ten_steps_of_training_follow_pytorch)
{
    check_trace(false);
    check_trace(true);
}

/* ---- what it refuses, and how it resumes ----------------------------------------------------------------
 */

TEST(clipping_per_sample_is_refused)
{
    rig r;
    net_step step = {0};
    WIL_OWN(wil_graph) *graph = NULL;
    rig_new(&r, false, "seed");
    OK(wil_graph_new(&graph));
    gan_spec spec = spec_of(&r, false, GAN_MATCH_NONE);
    spec.clip_bound = 1;
    gan_critic_step(&step, graph, &spec);
    REFUSED(WIL_ERR_ARG, wil_graph_status(graph), "batch norm", "clipping per sample", "instance norm");
    net_step_clear(&step);
    rig_clear(&r);
}

#define TINY                                                                                                 \
    "gan.model=dcgan gan.filters=2 gan.latent=8 gan.batch=4 gan.calibration_samples=32 run.seed=7 "          \
    "run.log_every=1 run.sample_every=0 run.checkpoint_every=2 run.threads=1 "

static int make_patches_too(void **state)
{
    if (make_folder(state) != 0)
        return -1;
    (void)write_tube_patches(*state, "patches.h5", 12, 32, 32);
    return 0;
}

static void run_dcgan(const char *folder, const char *run, const char *more, bool resume, int stop_after)
{
    char text[800];
    listener heard;
    const wil_monitor monitor = listen_until(&heard, stop_after);
    snprintf(text, sizeof text, TINY "%s", more);
    wil_train_result result = train_run(folder, run, text, resume, stop_after > 0 ? &monitor : NULL);
    assert_true(result.interrupted == (stop_after > 0));
    wil_train_result_clear(&result);
}

TEST_WITH(a_resumed_run_equals_one_that_was_not_interrupted, make_patches_too, drop_folder)
{
    static const char *const settings[] = {"gan.steps=5",
        "gan.steps=5 gan.label_smoothing=study gan.generator_loss=feature-l1 "
        "gan.minibatch_discrimination=true",
        "gan.steps=5 gan.label_smoothing=none gan.generator_loss=adversarial gan.critic_steps=2"};
    static const char *const files[] = {"generator.safetensors", "critic.safetensors", "log.csv"};
    for (int i = 0; i < 3; i++) {
        char through[32], resumed[32];
        snprintf(through, sizeof through, "through%d", i);
        snprintf(resumed, sizeof resumed, "resumed%d", i);
        run_dcgan(*state, through, settings[i], false, 0);
        run_dcgan(*state, resumed, settings[i], false, 3);
        run_dcgan(*state, resumed, settings[i], true, 0);
        for (int f = 0; f < 3; f++)
            assert_files_equal(
                in_folder(*state, "%s/%s", through, files[f]), in_folder(*state, "%s/%s", resumed, files[f]));
    }
}

static wil_run_config load(const char *a, const char *b)
{
    wil_run_config config;
    const char *const given[] = {a, b};
    OK(wil_run_config_load(&config, NULL, given, 2));
    return config;
}

TEST(the_model_brings_what_was_published_with_it)
{
    WIL_OWN(wil_run_config) dcgan = load("gan.model=dcgan", "gan.beta1=0.4");
    assert_int_equal(dcgan.gan.batch, 512);
    assert_int_equal(dcgan.gan.steps, 14254);
    assert_int_equal(dcgan.gan.critic_steps, 1);
    assert_true(dcgan.gan.critic_learning_rate == 3e-4 && dcgan.gan.generator_learning_rate == 3e-4);
    assert_true(dcgan.gan.beta1 == 0.4 && dcgan.gan.beta2 == 0.999);
    assert_true(dcgan.gan.label_smoothing == WIL_SMOOTH_ONE_SIDED);
    assert_true(dcgan.gan.generator_loss == WIL_GENERATOR_FEATURE_MATCHING);
    WIL_OWN(wil_run_config) other = load("gan.model=wgan-gp", "gan.batch=8");
    assert_true(other.gan.beta1 == 0 && other.gan.critic_steps == 5);
}

TEST(words_that_no_setting_has_are_refused)
{
    static const char *const bad[][3] = {
        {"gan.label_smoothing=two-sided", "gan.label_smoothing", "one-sided"},
        {"gan.generator_loss=l2", "gan.generator_loss", "feature-matching"},
        {"gan.minibatch_discrimination=perhaps", "gan.minibatch_discrimination", "true"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        wil_run_config config;
        REFUSED(WIL_ERR_ARG, wil_run_config_load(&config, NULL, bad[i], 1), bad[i][1], bad[i][2]);
    }
}

TEST_WITH(settings_that_do_not_go_together_are_refused, make_patches_too, drop_folder)
{
    static const char *const bad[][3] = {{TINY "gan.batch=1", "gan.batch is 1", "at least 2"},
        {TINY "gan.model=wgan-gp gan.minibatch_discrimination=true", "minibatch_discrimination", "dcgan"},
        {TINY "gan.model=wgan-gp-sn gan.label_smoothing=study", "gan.label_smoothing", "dcgan"},
        {TINY "gan.model=wgan-gp gan.generator_loss=feature-l1", "gan.generator_loss", "dcgan"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        REFUSED(WIL_ERR_ARG, try_train(*state, "run", "patches.h5", bad[i][0], false), bad[i][1], bad[i][2]);
}
