/* The study's WGANs against PyTorch in double precision (tests/data/make_wgan_vectors.py): losses and the
 * gradient of every weight for one critic step (with its gradient penalty, so second derivatives) and one
 * generator step, and the losses of ten steps of training. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "willis/nets.h"

#include "vector_check.h"

/* Float keeps 6e-8 of a number; sums of 1e3 to 1e4 products through eleven layers, twice differentiated, keep
 * a few 1e-6. Ten steps lift that noise: the vectors are made where PyTorch's own float run stays within 1e-4
 * of its double run, and another order of summation may do ten times worse; a wrong update shows as 5 % or
 * more. */
static const double FLOAT_TOLERANCE = 1e-4, DOUBLE_TOLERANCE = 1e-9, TRACE_TOLERANCE = 1e-3;

enum { MAX_NODES = 64 };

typedef struct setting {
    wil_tensor_file vectors;
    wil_wgan_config config;
    const char *norm; /* "instance" */
    uint32_t seed;
    int batch;
    double lambda;
    wil_params *critic, *generator;
    float *real, *fake, *mix, *z;
    size_t n_image;
} setting;

/* Inputs of a step; fake only where a generator does not make it. */
static void fill_inputs(setting *s, int step)
{
    char name[32];
    const struct {
        const char *name;
        float *values;
        size_t n;
        double scale, offset;
    } inputs[] = {{"real", s->real, s->n_image, 0.9, 0.0}, {"fake", s->fake, s->n_image, 0.9, 0.0},
        {"mix", s->mix, (size_t)s->batch, 0.5, 0.5},
        {"z", s->z, (size_t)(s->batch * s->config.latent), sqrt(3.0), 0.0}};
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        snprintf(name, sizeof name, "%s%d", inputs[i].name, step);
        closed_form_fill(inputs[i].values, inputs[i].n, name, s->seed, inputs[i].scale, inputs[i].offset);
    }
}

/* section: "" or "trace_", which has seeds of its own. */
static void begin(setting *s, wil_critic_norm norm, const char *section)
{
    *s = (setting){.norm = norm == WIL_CRITIC_SPECTRAL_NORM ? "spectral" : "instance"};
    assert_int_equal(wil_tensor_file_read(&s->vectors, WILLIS_TEST_DATA "/wgan_vectors.safetensors"), WIL_OK);
    char key[32];
    snprintf(key, sizeof key, "seed_%s%s", section, s->norm);
    s->seed = (uint32_t)vector_metadata(&s->vectors, key);
    s->batch = vector_metadata(&s->vectors, "batch");
    s->lambda = vector_metadata(&s->vectors, "lambda");
    s->config = (wil_wgan_config){.height = vector_metadata(&s->vectors, "height"),
        .width = vector_metadata(&s->vectors, "width"),
        .latent = vector_metadata(&s->vectors, "latent"),
        .filters = vector_metadata(&s->vectors, "filters"),
        .channels = 2,
        .norm = norm};
    assert_int_equal(wil_params_new(&s->critic), WIL_OK);
    assert_int_equal(wil_params_new(&s->generator), WIL_OK);
    s->n_image = (size_t)(s->batch * s->config.height * s->config.width * 2);
    assert_int_equal(wil_alloc_f32(&s->real, s->n_image), WIL_OK);
    assert_int_equal(wil_alloc_f32(&s->fake, s->n_image), WIL_OK);
    assert_int_equal(wil_alloc_f32(&s->mix, (size_t)s->batch), WIL_OK);
    assert_int_equal(wil_alloc_f32(&s->z, (size_t)(s->batch * s->config.latent)), WIL_OK);
    fill_inputs(s, 0);
}

static void end(setting *s)
{
    wil_tensor_file_clear(&s->vectors);
    wil_params_free(s->critic);
    wil_params_free(s->generator);
    wil_free(s->real);
    wil_free(s->fake);
    wil_free(s->mix);
    wil_free(s->z);
}

static wil_node image_input(const setting *s, wil_graph *g, const char *name)
{
    return wil_graph_input_node(g, name, wil_shape_of(4, s->batch, s->config.height, s->config.width, 2));
}

static void compile(
    const setting *s, vector_run *run, wil_graph *g, wil_backend backend, const wil_node *outputs, int n)
{
    wil_params *const sets[] = {s->critic, s->generator};
    const vector_input inputs[] = {{"real", s->real}, {"fake", s->fake}, {"mix", s->mix}, {"z", s->z}};
    vector_compile(run, g, backend, outputs, n, sets, 2, inputs, 4);
    wil_graph_free(g);
}

/* Outputs: loss, penalty, gradients of the critic's weights, new power-iteration vectors. */
static int critic_step_graph(setting *s, wil_graph *g, wil_node outputs[MAX_NODES], wil_nn_power *power)
{
    wil_nn nn = {.graph = g, .params = s->critic, .prefix = "critic", .training = true};
    wil_node real = image_input(s, g, "real"), fake = image_input(s, g, "fake");
    wil_node mix = wil_graph_input_node(g, "mix", wil_shape_of(4, s->batch, 1, 1, 1));
    wil_node mixed = wil_op_add(g, fake, wil_op_mul(g, mix, wil_op_sub(g, real, fake)));
    wil_node score_real = wil_nets_wgan_critic(&nn, real, &s->config, power);
    wil_node score_fake = wil_nets_wgan_critic(&nn, fake, &s->config, power);
    wil_node score_mixed = wil_nets_wgan_critic(&nn, mixed, &s->config, power);
    outputs[1] = wil_loss_gradient_penalty(g, score_mixed, mixed, s->lambda);
    outputs[0] = wil_op_add(g, wil_loss_wasserstein_critic(g, score_real, score_fake), outputs[1]);
    wil_node weights[MAX_NODES];
    int n_weights = wil_params_trained_nodes(s->critic, g, weights);
    wil_graph_gradient(g, outputs[0], weights, n_weights, outputs + 2);
    for (int i = 0; i < power->n; i++)
        outputs[2 + n_weights + i] = power->u[i];
    return 2 + n_weights + power->n;
}

/* Outputs: loss, gradients of the generator's weights. */
static int generator_step_graph(setting *s, wil_graph *g, wil_node outputs[MAX_NODES])
{
    wil_nn nn = {.graph = g, .params = s->generator, .prefix = "generator", .training = true};
    wil_node z = wil_graph_input_node(g, "z", wil_shape_of(2, s->batch, s->config.latent));
    wil_node image = wil_nets_wgan_generator(&nn, z, &s->config, NULL);
    nn.params = s->critic;
    nn.prefix = "critic";
    outputs[0] = wil_loss_wasserstein_generator(g, wil_nets_wgan_critic(&nn, image, &s->config, NULL));
    wil_node weights[MAX_NODES];
    int n_weights = wil_params_trained_nodes(s->generator, g, weights);
    wil_graph_gradient(g, outputs[0], weights, n_weights, outputs + 1);
    return 1 + n_weights;
}

/* Builds both graphs once, so that the sets know their weights, and fills them. */
static void fill_weights(setting *s)
{
    wil_graph *g = NULL;
    wil_node outputs[MAX_NODES];
    wil_nn_power power = {0};
    assert_int_equal(wil_graph_new(&g), WIL_OK);
    critic_step_graph(s, g, outputs, &power);
    generator_step_graph(s, g, outputs);
    assert_int_equal(wil_graph_status(g), WIL_OK);
    wil_graph_free(g);
    assert_int_equal(closed_form_params(s->critic, s->seed, closed_form_wgan_law), WIL_OK);
    assert_int_equal(closed_form_params(s->generator, s->seed, closed_form_wgan_law), WIL_OK);
}

static void check_critic_step(wil_critic_norm norm, wil_backend backend, double tolerance)
{
    setting s;
    begin(&s, norm, "");
    fill_weights(&s);
    wil_graph *g = NULL;
    wil_node outputs[MAX_NODES];
    wil_nn_power power = {0};
    assert_int_equal(wil_graph_new(&g), WIL_OK);
    int n = critic_step_graph(&s, g, outputs, &power);
    vector_run run;
    compile(&s, &run, g, backend, outputs, n);
    vector_run_once(&run);
    char section[32], name[96];
    snprintf(section, sizeof section, "critic_%s", s.norm);
    double loss = *vector_expected(&s.vectors, section, "loss", NULL);
    double penalty = *vector_expected(&s.vectors, section, "penalty", NULL);
    assert_near(vector_output(&run, 0, 0), loss, tolerance * fabs(loss));
    assert_near(vector_output(&run, 1, 0), penalty, tolerance * fabs(penalty));
    vector_check_gradients(&run, 2, s.critic, &s.vectors, section, tolerance);
    assert_int_equal(power.n, norm == WIL_CRITIC_SPECTRAL_NORM ? 5 : 0);
    for (int i = 0; i < power.n; i++) {
        int64_t count = 0;
        snprintf(name, sizeof name, "after.%s", power.name[i]);
        const double *after = vector_expected(&s.vectors, section, name, &count);
        for (int64_t k = 0; k < count; k++) /* of length 1 */
            assert_near(vector_output(&run, n - power.n + i, k), after[k], tolerance);
    }
    vector_free(&run);
    end(&s);
}

static void check_generator_step(wil_critic_norm norm, wil_backend backend, double tolerance)
{
    setting s;
    begin(&s, norm, "");
    fill_weights(&s);
    wil_graph *g = NULL;
    wil_node outputs[MAX_NODES];
    assert_int_equal(wil_graph_new(&g), WIL_OK);
    int n = generator_step_graph(&s, g, outputs);
    vector_run run;
    compile(&s, &run, g, backend, outputs, n);
    vector_run_once(&run);
    char section[32];
    snprintf(section, sizeof section, "generator_%s", s.norm);
    double loss = *vector_expected(&s.vectors, section, "loss", NULL);
    assert_near(vector_output(&run, 0, 0), loss, tolerance * fabs(loss));
    vector_check_gradients(&run, 1, s.generator, &s.vectors, section, tolerance);
    vector_free(&run);
    end(&s);
}

static void critic_steps_equal_pytorch(void **state)
{
    (void)state;
    check_critic_step(WIL_CRITIC_INSTANCE_NORM, WIL_BACKEND_FAST, FLOAT_TOLERANCE);
    check_critic_step(WIL_CRITIC_SPECTRAL_NORM, WIL_BACKEND_FAST, FLOAT_TOLERANCE);
}

static void generator_steps_equal_pytorch(void **state)
{
    (void)state;
    check_generator_step(WIL_CRITIC_INSTANCE_NORM, WIL_BACKEND_FAST, FLOAT_TOLERANCE);
    check_generator_step(WIL_CRITIC_SPECTRAL_NORM, WIL_BACKEND_FAST, FLOAT_TOLERANCE);
}

static void steps_in_double_precision_equal_pytorch_to_nine_digits(void **state)
{
    (void)state;
    check_critic_step(WIL_CRITIC_SPECTRAL_NORM, WIL_BACKEND_REF_F64, DOUBLE_TOLERANCE);
    check_critic_step(WIL_CRITIC_INSTANCE_NORM, WIL_BACKEND_REF_F64, DOUBLE_TOLERANCE);
    check_generator_step(WIL_CRITIC_INSTANCE_NORM, WIL_BACKEND_REF_F64, DOUBLE_TOLERANCE);
}

static void optimize(wil_optimizer *optimizer, const vector_run *run, int first, int n)
{
    const float *gradients[MAX_NODES];
    for (int i = 0; i < n; i++)
        gradients[i] = wil_plan_output(run->plan, first + i);
    wil_optimizer_step(optimizer, gradients);
}

static void check_trace(wil_critic_norm norm)
{
    setting s;
    begin(&s, norm, "trace_");
    fill_weights(&s);
    wil_graph *g[3] = {NULL};
    for (int i = 0; i < 3; i++)
        assert_int_equal(wil_graph_new(&g[i]), WIL_OK);
    wil_node outputs[MAX_NODES];
    wil_nn_power power = {0};
    vector_run generate, critic_step, generator_step;
    wil_nn nn = {.graph = g[0], .params = s.generator, .prefix = "generator", .training = true};
    wil_node z = wil_graph_input_node(g[0], "z", wil_shape_of(2, s.batch, s.config.latent));
    outputs[0] = wil_nets_wgan_generator(&nn, z, &s.config, NULL);
    compile(&s, &generate, g[0], WIL_BACKEND_FAST, outputs, 1);
    int n_critic = critic_step_graph(&s, g[1], outputs, &power) - 2 - power.n;
    compile(&s, &critic_step, g[1], WIL_BACKEND_FAST, outputs, 2 + n_critic + power.n);
    int n_generator = generator_step_graph(&s, g[2], outputs) - 1;
    compile(&s, &generator_step, g[2], WIL_BACKEND_FAST, outputs, 1 + n_generator);
    wil_optimizer_config config = wil_optimizer_config_default(WIL_OPTIMIZER_ADAM);
    config.learning_rate = vector_metadata_real(&s.vectors, "trace_rate");
    config.beta1 = 0.0;
    config.beta2 = 0.9;
    wil_optimizer *critic = NULL, *generator = NULL;
    assert_int_equal(wil_optimizer_new(&critic, s.critic, &config), WIL_OK);
    assert_int_equal(wil_optimizer_new(&generator, s.generator, &config), WIL_OK);

    char name[32];
    snprintf(name, sizeof name, "trace_%s", s.norm);
    const wil_tensor *trace = wil_tensor_file_find(&s.vectors, name); /* [steps,3] */
    assert_non_null(trace);
    const double *expected = trace->data;
    for (int step = 0; step < (int)trace->shape.dim[0]; step++, expected += 3) {
        fill_inputs(&s, step);
        vector_run_once(&generate);
        memcpy(s.fake, wil_plan_output(generate.plan, 0), s.n_image * sizeof(float));
        vector_run_once(&critic_step);
        optimize(critic, &critic_step, 2, n_critic);
        for (int i = 0; i < power.n; i++) {
            wil_param *u = wil_params_find(s.critic, power.name[i]);
            memcpy(u->value, wil_plan_output(critic_step.plan, 2 + n_critic + i),
                (size_t)wil_shape_count(u->shape) * sizeof(float));
        }
        vector_run_once(&generator_step);
        optimize(generator, &generator_step, 1, n_generator);
        /* scores are of the order of 1, whatever their mean */
        assert_near(vector_output(&critic_step, 0, 0), expected[0], TRACE_TOLERANCE * fabs(expected[0]));
        assert_near(vector_output(&critic_step, 1, 0), expected[1], TRACE_TOLERANCE * fabs(expected[1]));
        assert_near(vector_output(&generator_step, 0, 0), expected[2], TRACE_TOLERANCE);
    }
    wil_optimizer_free(critic);
    wil_optimizer_free(generator);
    vector_free(&generate);
    vector_free(&critic_step);
    vector_free(&generator_step);
    end(&s);
}

static void ten_steps_of_training_follow_pytorch(void **state)
{
    (void)state;
    check_trace(WIL_CRITIC_SPECTRAL_NORM);
    check_trace(WIL_CRITIC_INSTANCE_NORM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(critic_steps_equal_pytorch),
        cmocka_unit_test(generator_steps_equal_pytorch),
        cmocka_unit_test(steps_in_double_precision_equal_pytorch_to_nine_digits),
        cmocka_unit_test(ten_steps_of_training_follow_pytorch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
