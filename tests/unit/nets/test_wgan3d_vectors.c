/* The 3D WGAN-GP against PyTorch in double precision (tests/data/make_nets_vectors.py): losses and the
 * gradient of every weight of a critic step, with its gradient penalty and so second derivatives, and of a
 * generator step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "willis/nets.h"

#include "vector_check.h"

/* Float keeps 6e-8 of a number; sums of 1e3 products through ten layers, twice differentiated, keep a few
 * 1e-6. */
static const double FLOAT_TOLERANCE = 1e-4, DOUBLE_TOLERANCE = 1e-9;

enum { MAX_NODES = 64 };

typedef struct setting {
    wil_tensor_file vectors;
    wil_wgan3d_config config;
    const char *kind; /* "instance" */
    uint32_t seed;
    int batch;
    wil_params *critic, *generator;
    float *real, *fake, *mix, *z;
} setting;

static wil_shape volume_shape(const setting *s)
{
    return wil_shape_of(5, s->batch, s->config.depth, s->config.height, s->config.width, s->config.channels);
}

static void begin(setting *s, wil_critic_norm norm)
{
    const bool spectral = norm == WIL_CRITIC_SPECTRAL_NORM;
    *s = (setting){.kind = spectral ? "spectral" : "instance"};
    assert_int_equal(wil_tensor_file_read(&s->vectors, WILLIS_TEST_DATA "/nets_vectors.safetensors"), WIL_OK);
    const wil_tensor_file *v = &s->vectors;
    s->seed = (uint32_t)vector_metadata(v, spectral ? "seed_wgan3_spectral" : "seed_wgan3_instance");
    s->batch = vector_metadata(v, "batch");
    s->config = (wil_wgan3d_config){.depth = vector_metadata(v, "depth3"),
        .height = vector_metadata(v, "height3"),
        .width = vector_metadata(v, "width3"),
        .latent = vector_metadata(v, "latent3"),
        .filters = vector_metadata(v, "filters3"),
        .channels = 2,
        .norm = norm,
        .spectral_linear = true};
    assert_int_equal(wil_params_new(&s->critic), WIL_OK);
    assert_int_equal(wil_params_new(&s->generator), WIL_OK);
    const size_t n = (size_t)wil_shape_count(volume_shape(s)), n_z = (size_t)(s->batch * s->config.latent);
    assert_int_equal(wil_alloc_f32(&s->real, n), WIL_OK);
    assert_int_equal(wil_alloc_f32(&s->fake, n), WIL_OK);
    assert_int_equal(wil_alloc_f32(&s->mix, (size_t)s->batch), WIL_OK);
    assert_int_equal(wil_alloc_f32(&s->z, n_z), WIL_OK);
    closed_form_fill(s->real, n, "real", s->seed, 0.9, 0.0);
    closed_form_fill(s->fake, n, "fake", s->seed, 0.9, 0.0);
    closed_form_fill(s->mix, (size_t)s->batch, "mix", s->seed, 0.5, 0.5);
    closed_form_fill(s->z, n_z, "z", s->seed, sqrt(3.0), 0.0);
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

static void run(
    setting *s, vector_run *out, wil_graph *g, wil_backend backend, const wil_node *outputs, int n)
{
    wil_params *const sets[] = {s->critic, s->generator};
    const vector_input inputs[] = {{"real", s->real}, {"fake", s->fake}, {"mix", s->mix}, {"z", s->z}};
    if (wil_graph_status(g) != WIL_OK)
        fail_msg("%s", wil_status_message());
    assert_int_equal(closed_form_params(s->critic, s->seed, closed_form_nets_law), WIL_OK);
    assert_int_equal(closed_form_params(s->generator, s->seed, closed_form_nets_law), WIL_OK);
    vector_compile(out, g, backend, outputs, n, sets, 2, inputs, 4);
    wil_graph_free(g);
    vector_run_once(out);
}

static void check_vectors_after(const setting *s, const char *section, const vector_run *r, int first,
    const wil_nn_power *power, double tolerance)
{
    assert_int_equal(power->n, s->config.norm == WIL_CRITIC_SPECTRAL_NORM ? 5 : 0);
    for (int i = 0; i < power->n; i++) {
        char name[96];
        int64_t count = 0;
        snprintf(name, sizeof name, "after.%s", power->name[i]);
        const double *after = vector_expected(&s->vectors, section, name, &count);
        for (int64_t k = 0; k < count; k++) /* of length 1 */
            assert_near(vector_output(r, first + i, k), after[k], tolerance);
    }
}

static void check_critic_step(wil_critic_norm norm, wil_backend backend, double tolerance)
{
    setting s;
    begin(&s, norm);
    wil_graph *g = NULL;
    wil_node outputs[MAX_NODES], weights[MAX_NODES];
    wil_nn_power power = {0};
    assert_int_equal(wil_graph_new(&g), WIL_OK);
    wil_nn nn = {.graph = g, .params = s.critic, .prefix = "critic", .training = true};
    const wil_node real = wil_graph_input_node(g, "real", volume_shape(&s));
    const wil_node fake = wil_graph_input_node(g, "fake", volume_shape(&s));
    const wil_node mix = wil_graph_input_node(g, "mix", wil_shape_of(5, s.batch, 1, 1, 1, 1));
    const wil_node mixed = wil_op_add(g, fake, wil_op_mul(g, mix, wil_op_sub(g, real, fake)));
    const wil_node score_real = wil_nets_wgan3d_critic(&nn, real, &s.config, &power);
    const wil_node score_fake = wil_nets_wgan3d_critic(&nn, fake, &s.config, &power);
    const wil_node score_mixed = wil_nets_wgan3d_critic(&nn, mixed, &s.config, &power);
    outputs[0] = wil_op_add(g, wil_loss_wasserstein_critic(g, score_real, score_fake),
        wil_loss_gradient_penalty(g, score_mixed, mixed, vector_metadata(&s.vectors, "lambda")));
    const int n_weights = wil_params_trained_nodes(s.critic, g, weights);
    wil_graph_gradient(g, outputs[0], weights, n_weights, outputs + 1);
    for (int i = 0; i < power.n; i++)
        outputs[1 + n_weights + i] = power.u[i];
    vector_run r;
    run(&s, &r, g, backend, outputs, 1 + n_weights + power.n);
    char section[32];
    snprintf(section, sizeof section, "critic3_%s", s.kind);
    const double loss = *vector_expected(&s.vectors, section, "loss", NULL);
    assert_near(vector_output(&r, 0, 0), loss, tolerance * fabs(loss));
    vector_check_gradients(&r, 1, s.critic, &s.vectors, section, tolerance);
    check_vectors_after(&s, section, &r, 1 + n_weights, &power, tolerance);
    vector_free(&r);
    end(&s);
}

static void check_generator_step(wil_critic_norm norm, wil_backend backend, double tolerance)
{
    setting s;
    begin(&s, norm);
    wil_graph *g = NULL;
    wil_node outputs[MAX_NODES], weights[MAX_NODES];
    assert_int_equal(wil_graph_new(&g), WIL_OK);
    wil_nn nn = {.graph = g, .params = s.generator, .prefix = "generator", .training = true};
    const wil_node z = wil_graph_input_node(g, "z", wil_shape_of(2, s.batch, s.config.latent));
    const wil_node volume = wil_nets_wgan3d_generator(&nn, z, &s.config, NULL);
    nn.params = s.critic;
    nn.prefix = "critic";
    outputs[0] = wil_loss_wasserstein_generator(g, wil_nets_wgan3d_critic(&nn, volume, &s.config, NULL));
    const int n_weights = wil_params_trained_nodes(s.generator, g, weights);
    wil_graph_gradient(g, outputs[0], weights, n_weights, outputs + 1);
    vector_run r;
    run(&s, &r, g, backend, outputs, 1 + n_weights);
    char section[32];
    snprintf(section, sizeof section, "generator3_%s", s.kind);
    const double loss = *vector_expected(&s.vectors, section, "loss", NULL);
    assert_near(vector_output(&r, 0, 0), loss, tolerance * fabs(loss));
    vector_check_gradients(&r, 1, s.generator, &s.vectors, section, tolerance);
    vector_free(&r);
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
    check_critic_step(WIL_CRITIC_INSTANCE_NORM, WIL_BACKEND_REF_F64, DOUBLE_TOLERANCE);
    check_critic_step(WIL_CRITIC_SPECTRAL_NORM, WIL_BACKEND_REF_F64, DOUBLE_TOLERANCE);
    check_generator_step(WIL_CRITIC_INSTANCE_NORM, WIL_BACKEND_REF_F64, DOUBLE_TOLERANCE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(critic_steps_equal_pytorch),
        cmocka_unit_test(generator_steps_equal_pytorch),
        cmocka_unit_test(steps_in_double_precision_equal_pytorch_to_nine_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
