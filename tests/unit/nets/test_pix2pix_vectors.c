/* pix2pix and temp-pix2pix against PyTorch in double precision (tests/data/make_nets_vectors.py): losses of
 * the generator (cross-entropy and L1) and of the discriminator, and the gradient of every weight. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "willis/nets.h"

#include "vector_check.h"

/* Float keeps 6e-8 of a number; sums of 1e3 products through 22 layers with norms keep some 1e-6. */
static const double FLOAT_TOLERANCE = 2e-4, DOUBLE_TOLERANCE = 1e-9;

enum { MAX_NODES = 96 };

typedef struct setting {
    wil_tensor_file vectors;
    wil_pix2pix_config config;
    bool temp;
    uint32_t seed;
    int batch;
    wil_params *discriminator, *generator;
    float *source, *map, *fake;
} setting;

static wil_shape map_shape(const setting *s)
{
    return wil_shape_of(4, s->batch, s->config.height, s->config.width, 1);
}

static void begin(setting *s, bool temp)
{
    *s = (setting){.temp = temp};
    assert_int_equal(wil_tensor_file_read(&s->vectors, WILLIS_TEST_DATA "/nets_vectors.safetensors"), WIL_OK);
    const wil_tensor_file *v = &s->vectors;
    const int side = vector_metadata(v, "side");
    s->seed = (uint32_t)vector_metadata(v, temp ? "seed_temp" : "seed_pix2pix");
    s->batch = temp ? 1 : vector_metadata(v, "batch");
    s->config = (wil_pix2pix_config){.height = side,
        .width = side,
        .time_points = vector_metadata(v, temp ? "time_points" : "channels"),
        .filters = vector_metadata(v, "filters_p"),
        .time_filters = vector_metadata(v, "filters_t"),
        .discriminator_filters = vector_metadata(v, "filters_d")};
    assert_int_equal(wil_params_new(&s->discriminator), WIL_OK);
    assert_int_equal(wil_params_new(&s->generator), WIL_OK);
    const size_t n = (size_t)wil_shape_count(map_shape(s)), n_source = n * (size_t)s->config.time_points;
    assert_int_equal(wil_alloc_f32(&s->source, n_source), WIL_OK);
    assert_int_equal(wil_alloc_f32(&s->map, n), WIL_OK);
    assert_int_equal(wil_alloc_f32(&s->fake, n), WIL_OK);
    closed_form_fill(s->source, n_source, "source", s->seed, 1.0, 0.0);
    closed_form_fill(s->map, n, "map", s->seed, 0.9, 0.0);
    closed_form_fill(s->fake, n, "fake", s->seed, 0.9, 0.0);
}

static void end(setting *s)
{
    wil_tensor_file_clear(&s->vectors);
    wil_params_free(s->discriminator);
    wil_params_free(s->generator);
    wil_free(s->source);
    wil_free(s->map);
    wil_free(s->fake);
}

static wil_node source_node(const setting *s, wil_graph *g)
{
    const int t = s->config.time_points, side = s->config.height;
    return wil_graph_input_node(g, "source",
        s->temp ? wil_shape_of(5, s->batch, t, side, side, 1) : wil_shape_of(4, s->batch, side, side, t));
}

/* Appends the gradients of loss, runs and compares with a section of the vectors. */
static void finish(setting *s, wil_graph *g, wil_node loss, wil_params *params, const char *part,
    wil_backend backend, double tolerance)
{
    wil_node outputs[MAX_NODES] = {loss}, weights[MAX_NODES];
    wil_params *const sets[] = {s->discriminator, s->generator};
    const vector_input inputs[] = {{"source", s->source}, {"map", s->map}, {"fake", s->fake}};
    if (wil_graph_status(g) != WIL_OK)
        fail_msg("%s", wil_status_message());
    const int n_weights = wil_params_trained_nodes(params, g, weights);
    assert_in_range(n_weights, 10, MAX_NODES - 1);
    wil_graph_gradient(g, loss, weights, n_weights, outputs + 1);
    assert_int_equal(closed_form_params(s->discriminator, s->seed, closed_form_nets_law), WIL_OK);
    assert_int_equal(closed_form_params(s->generator, s->seed, closed_form_nets_law), WIL_OK);
    vector_run run;
    vector_compile(&run, g, backend, outputs, 1 + n_weights, sets, 2, inputs, 3);
    vector_run_once(&run);
    char section[64];
    snprintf(section, sizeof section, "%s_%s", s->temp ? "temp" : "pix2pix", part);
    const double expected = *vector_expected(&s->vectors, section, "loss", NULL);
    assert_near(vector_output(&run, 0, 0), expected, tolerance * fabs(expected));
    vector_check_gradients(&run, 1, params, &s->vectors, section, tolerance);
    vector_free(&run);
}

static void check_generator(bool temp, wil_backend backend, double tolerance)
{
    setting s;
    begin(&s, temp);
    wil_graph *g = NULL;
    assert_int_equal(wil_graph_new(&g), WIL_OK);
    wil_nn nn = {.graph = g, .params = s.generator, .prefix = "generator", .training = true};
    const wil_node source = source_node(&s, g), map = wil_graph_input_node(g, "map", map_shape(&s));
    const wil_node fake = temp ? wil_nets_temp_pix2pix_generator(&nn, source, &s.config, NULL)
                               : wil_nets_pix2pix_generator(&nn, source, &s.config, NULL);
    nn.params = s.discriminator;
    nn.prefix = "discriminator";
    const wil_node logits = wil_nets_patch_discriminator(&nn, source, fake, &s.config, NULL);
    const wil_node ones = wil_op_fill(g, wil_graph_shape(g, logits), 1.0);
    const wil_node loss = wil_op_add(g, wil_loss_bce_logits(g, logits, ones), wil_loss_l1(g, fake, map));
    finish(&s, g, loss, s.generator, "generator", backend, tolerance);
    wil_graph_free(g);
    end(&s);
}

static void check_discriminator(bool temp, wil_backend backend, double tolerance)
{
    setting s;
    begin(&s, temp);
    wil_graph *g = NULL;
    assert_int_equal(wil_graph_new(&g), WIL_OK);
    wil_nn nn = {.graph = g, .params = s.discriminator, .prefix = "discriminator", .training = true};
    const wil_node source = source_node(&s, g);
    const wil_node map = wil_graph_input_node(g, "map", map_shape(&s));
    const wil_node fake = wil_graph_input_node(g, "fake", map_shape(&s));
    const wil_node of_map = wil_nets_patch_discriminator(&nn, source, map, &s.config, NULL);
    const wil_node of_fake = wil_nets_patch_discriminator(&nn, source, fake, &s.config, NULL);
    const wil_shape shape = wil_graph_shape(g, of_map);
    const wil_node loss = wil_op_add(g, wil_loss_bce_logits(g, of_map, wil_op_fill(g, shape, 1.0)),
        wil_loss_bce_logits(g, of_fake, wil_op_fill(g, shape, 0.0)));
    finish(&s, g, wil_op_scale(g, loss, 0.5), s.discriminator, "discriminator", backend, tolerance);
    wil_graph_free(g);
    end(&s);
}

static void generator_steps_equal_pytorch(void **state)
{
    (void)state;
    check_generator(false, WIL_BACKEND_FAST, FLOAT_TOLERANCE);
    check_generator(true, WIL_BACKEND_FAST, FLOAT_TOLERANCE);
}

static void discriminator_steps_equal_pytorch_with_time_as_channels_or_in_front(void **state)
{
    (void)state;
    check_discriminator(false, WIL_BACKEND_FAST, FLOAT_TOLERANCE);
    check_discriminator(true, WIL_BACKEND_FAST, FLOAT_TOLERANCE);
}

static void steps_in_double_precision_equal_pytorch_to_nine_digits(void **state)
{
    (void)state;
    check_generator(false, WIL_BACKEND_REF_F64, DOUBLE_TOLERANCE);
    check_generator(true, WIL_BACKEND_REF_F64, DOUBLE_TOLERANCE);
    check_discriminator(true, WIL_BACKEND_REF_F64, DOUBLE_TOLERANCE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generator_steps_equal_pytorch),
        cmocka_unit_test(discriminator_steps_equal_pytorch_with_time_as_channels_or_in_front),
        cmocka_unit_test(steps_in_double_precision_equal_pytorch_to_nine_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
