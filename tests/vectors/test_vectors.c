/* Steps of training against PyTorch in double precision: one row a network and step. Each builds its loss
 * from closed-form inputs and weights (tests/data/vectors.py) and is compared with what tests/data/make_*.py
 * stored: the loss, the gradient of every trained weight, and the states that move with a step. On the fast
 * kernels, and on the reference kernels in double to nine digits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "willis/nets.h"

#include "vector_check.h"

/* Float keeps 6e-8 of a number; sums of 1e3 to 1e4 products through ten to 22 layers, twice differentiated,
 * keep a few 1e-6. Ten steps lift that noise: the vectors are made where PyTorch's own float run stays within
 * 1e-4 of its double run, and another order of summation may do ten times worse; a wrong update shows as 5 %
 * or more. */
#define FLOAT_TOLERANCE 1e-4
#define DOUBLE_TOLERANCE 1e-9
#define TRACE_TOLERANCE 1e-3

enum { MAX_NODES = 128, MAX_INPUTS = 4, MAX_EXTRA = 2 };

typedef struct vector_case vector_case;

/* An input of closed form: offset + scale * (hash in [-1,1)); a label is 1 above 0.5. */
typedef struct case_input {
    const char *name;
    float *values;
    size_t n;
    double scale, offset;
} case_input;

typedef struct step {
    const vector_case *row;
    const wil_tensor_file *vectors;
    uint32_t seed;
    int batch;
    wil_params *maker, *judge; /* a U-Net is a maker */
    wil_graph *graph;
    case_input inputs[MAX_INPUTS];
    int n_inputs;
    struct {
        const char *name; /* in the section; compared with an absolute tolerance times scale */
        wil_node node;
    } extra[MAX_EXTRA];
    int n_extra;
    wil_nn_power power;
    wil_nn_stats stats;
    union {
        wil_wgan_config wgan;
        wil_wgan3d_config wgan3d;
        wil_unet_config unet;
        wil_pix2pix_config pix2pix;
    } net;
} step;

typedef void (*weight_law)(const wil_tensor *weight, double *scale, double *offset);

struct vector_case {
    const char *section; /* of the file: "critic_spectral" */
    const char *file;
    const char *seed; /* its key in the metadata */
    wil_node (*loss)(step *s);
    weight_law law;
    bool judge;     /* the judge's weights are trained, else the maker's */
    bool variant;   /* spectral norm; temp-pix2pix */
    bool in_double; /* also on the reference kernels */
    double tolerance;
    int n_power, n_stats; /* how many states there must be */
};

static int fact(const step *s, const char *key)
{
    return vector_metadata(s->vectors, key);
}

static wil_node input(step *s, const char *name, wil_shape shape, double scale, double offset)
{
    case_input *in = &s->inputs[s->n_inputs++];
    assert_true(s->n_inputs <= MAX_INPUTS);
    *in = (case_input){.name = name, .n = (size_t)wil_shape_count(shape), .scale = scale, .offset = offset};
    assert_int_equal(wil_alloc_f32(&in->values, in->n), WIL_OK);
    closed_form_fill(in->values, in->n, name, s->seed, scale, offset);
    return wil_graph_input_node(s->graph, name, shape);
}

static wil_node label_input(step *s, const char *name, wil_shape shape)
{
    const wil_node node = input(s, name, shape, 1.0, 0.0);
    const case_input *in = &s->inputs[s->n_inputs - 1];
    for (size_t i = 0; i < in->n; i++)
        in->values[i] = in->values[i] > 0.5f ? 1.0f : 0.0f;
    return node;
}

static void extra(step *s, const char *name, wil_node node)
{
    s->extra[s->n_extra].name = name;
    s->extra[s->n_extra++].node = node;
}

static wil_nn makes(const step *s, const char *prefix)
{
    return (wil_nn){.graph = s->graph, .params = s->maker, .prefix = prefix, .training = true};
}

static wil_nn judges(const step *s, const char *prefix)
{
    return (wil_nn){.graph = s->graph, .params = s->judge, .prefix = prefix, .training = true};
}

/* ---- adversarial networks ----------------------------------------------------------------------------- */

/* Both dimensions: what differs is the networks and the shape of a batch. */
typedef struct wgan {
    wil_shape shape, mix;
    int latent;
    wil_node (*generator)(step *s, wil_node z);
    wil_node (*critic)(step *s, wil_node image, wil_nn_power *power);
} wgan;

static wil_node generator_2d(step *s, wil_node z)
{
    wil_nn nn = makes(s, "generator");
    return wil_nets_wgan_generator(&nn, z, &s->net.wgan, NULL);
}

static wil_node critic_2d(step *s, wil_node image, wil_nn_power *power)
{
    wil_nn nn = judges(s, "critic");
    return wil_nets_wgan_critic(&nn, image, &s->net.wgan, power);
}

static wgan wgan_2d(step *s)
{
    wil_wgan_config *c = &s->net.wgan;
    *c = (wil_wgan_config){.height = fact(s, "height"),
        .width = fact(s, "width"),
        .latent = fact(s, "latent"),
        .filters = fact(s, "filters"),
        .channels = 2,
        .norm = s->row->variant ? WIL_CRITIC_SPECTRAL_NORM : WIL_CRITIC_INSTANCE_NORM};
    return (wgan){.shape = wil_shape_of(4, s->batch, c->height, c->width, 2),
        .mix = wil_shape_of(4, s->batch, 1, 1, 1),
        .latent = c->latent,
        .generator = generator_2d,
        .critic = critic_2d};
}

static wil_node generator_3d(step *s, wil_node z)
{
    wil_nn nn = makes(s, "generator");
    return wil_nets_wgan3d_generator(&nn, z, &s->net.wgan3d, NULL);
}

static wil_node critic_3d(step *s, wil_node image, wil_nn_power *power)
{
    wil_nn nn = judges(s, "critic");
    return wil_nets_wgan3d_critic(&nn, image, &s->net.wgan3d, power);
}

static wgan wgan_3d(step *s)
{
    wil_wgan3d_config *c = &s->net.wgan3d;
    *c = (wil_wgan3d_config){.depth = fact(s, "depth3"),
        .height = fact(s, "height3"),
        .width = fact(s, "width3"),
        .latent = fact(s, "latent3"),
        .filters = fact(s, "filters3"),
        .channels = 2,
        .norm = s->row->variant ? WIL_CRITIC_SPECTRAL_NORM : WIL_CRITIC_INSTANCE_NORM,
        .spectral_linear = true};
    return (wgan){.shape = wil_shape_of(5, s->batch, c->depth, c->height, c->width, 2),
        .mix = wil_shape_of(5, s->batch, 1, 1, 1, 1),
        .latent = c->latent,
        .generator = generator_3d,
        .critic = critic_3d};
}

static wil_node critic_loss(step *s, wgan w, const char *penalty_name)
{
    wil_graph *g = s->graph;
    const wil_node real = input(s, "real", w.shape, 0.9, 0.0);
    const wil_node fake = input(s, "fake", w.shape, 0.9, 0.0);
    const wil_node mix = input(s, "mix", w.mix, 0.5, 0.5);
    const wil_node mixed = wil_op_add(g, fake, wil_op_mul(g, mix, wil_op_sub(g, real, fake)));
    const wil_node score_real = w.critic(s, real, &s->power);
    const wil_node score_fake = w.critic(s, fake, &s->power);
    const wil_node penalty =
        wil_loss_gradient_penalty(g, w.critic(s, mixed, &s->power), mixed, fact(s, "lambda"));
    if (penalty_name != NULL)
        extra(s, penalty_name, penalty);
    return wil_op_add(g, wil_loss_wasserstein_critic(g, score_real, score_fake), penalty);
}

static wil_node generator_loss(step *s, wgan w)
{
    const wil_node z = input(s, "z", wil_shape_of(2, s->batch, w.latent), sqrt(3.0), 0.0);
    return wil_loss_wasserstein_generator(s->graph, w.critic(s, w.generator(s, z), NULL));
}

static wil_node wgan_critic(step *s)
{
    return critic_loss(s, wgan_2d(s), "penalty");
}

static wil_node wgan_generator(step *s)
{
    return generator_loss(s, wgan_2d(s));
}

static wil_node wgan3d_critic(step *s)
{
    return critic_loss(s, wgan_3d(s), NULL);
}

static wil_node wgan3d_generator(step *s)
{
    return generator_loss(s, wgan_3d(s));
}

/* ---- U-Nets ------------------------------------------------------------------------------------------- */

static wil_node unet_loss(step *s, wil_shape shape, const char *logits_name)
{
    wil_nn nn = makes(s, "unet");
    const wil_node x = input(s, "x", shape, 1.0, 0.0);
    const wil_node y = label_input(s, "y", shape);
    const wil_node logits = wil_nets_unet_with_stats(&nn, x, &s->net.unet, &s->stats);
    if (logits_name != NULL)
        extra(s, logits_name, logits);
    return wil_loss_dice(s->graph, wil_op_sigmoid(s->graph, logits), y);
}

static wil_node unet_2d(step *s)
{
    const int side = fact(s, "side");
    s->net.unet =
        (wil_unet_config){.filters = fact(s, "filters"), .levels = fact(s, "levels"), .n_spatial = 2};
    return unet_loss(s, wil_shape_of(4, s->batch, side, side, 1), "logits");
}

static wil_node unet_3d(step *s)
{
    s->net.unet = wil_unet3d_config_default();
    s->net.unet.filters = fact(s, "filters_u");
    s->net.unet.levels = fact(s, "levels_u");
    return unet_loss(
        s, wil_shape_of(5, s->batch, fact(s, "depth_u"), fact(s, "height_u"), fact(s, "width_u"), 1), NULL);
}

/* ---- pix2pix and temp-pix2pix ------------------------------------------------------------------------- */

typedef struct pix2pix {
    wil_shape map;
    wil_node source;
} pix2pix;

static pix2pix pix2pix_of(step *s)
{
    const bool temp = s->row->variant;
    const int side = fact(s, "side");
    const int t = fact(s, temp ? "time_points" : "channels");
    if (temp)
        s->batch = 1;
    s->net.pix2pix = (wil_pix2pix_config){.height = side,
        .width = side,
        .time_points = t,
        .filters = fact(s, "filters_p"),
        .time_filters = fact(s, "filters_t"),
        .discriminator_filters = fact(s, "filters_d")};
    const wil_shape source =
        temp ? wil_shape_of(5, s->batch, t, side, side, 1) : wil_shape_of(4, s->batch, side, side, t);
    return (pix2pix){
        .map = wil_shape_of(4, s->batch, side, side, 1), .source = input(s, "source", source, 1.0, 0.0)};
}

static wil_node judged_as(step *s, const pix2pix *p, wil_node map, double target)
{
    wil_nn nn = judges(s, "discriminator");
    const wil_node logits = wil_nets_patch_discriminator(&nn, p->source, map, &s->net.pix2pix, NULL);
    return wil_loss_bce_logits(
        s->graph, logits, wil_op_fill(s->graph, wil_graph_shape(s->graph, logits), target));
}

static wil_node pix2pix_generator(step *s)
{
    wil_nn nn = makes(s, "generator");
    const pix2pix p = pix2pix_of(s);
    const wil_node map = input(s, "map", p.map, 0.9, 0.0);
    const wil_node fake = s->row->variant
                              ? wil_nets_temp_pix2pix_generator(&nn, p.source, &s->net.pix2pix, NULL)
                              : wil_nets_pix2pix_generator(&nn, p.source, &s->net.pix2pix, NULL);
    return wil_op_add(s->graph, judged_as(s, &p, fake, 1.0), wil_loss_l1(s->graph, fake, map));
}

static wil_node pix2pix_discriminator(step *s)
{
    const pix2pix p = pix2pix_of(s);
    const wil_node map = input(s, "map", p.map, 0.9, 0.0);
    const wil_node fake = input(s, "fake", p.map, 0.9, 0.0);
    return wil_op_scale(
        s->graph, wil_op_add(s->graph, judged_as(s, &p, map, 1.0), judged_as(s, &p, fake, 0.0)), 0.5);
}

/* ---- the table ---------------------------------------------------------------------------------------- */

#define WGAN "/wgan_vectors.safetensors"
#define UNET "/unet_vectors.safetensors"
#define NETS "/nets_vectors.safetensors"

/* section, file, seed, loss, law of weights, judge, variant, in double, tolerance, vectors of power
 * iterations, stats */
static const vector_case CASES[] = {
    {"critic_instance", WGAN, "seed_instance", wgan_critic, closed_form_wgan_law, true, false, true,
        FLOAT_TOLERANCE, 0, 0},
    {"critic_spectral", WGAN, "seed_spectral", wgan_critic, closed_form_wgan_law, true, true, true,
        FLOAT_TOLERANCE, 5, 0},
    {"generator_instance", WGAN, "seed_instance", wgan_generator, closed_form_wgan_law, false, false, true,
        FLOAT_TOLERANCE, 0, 0},
    {"generator_spectral", WGAN, "seed_spectral", wgan_generator, closed_form_wgan_law, false, true, false,
        FLOAT_TOLERANCE, 0, 0},
    {"critic3_instance", NETS, "seed_wgan3_instance", wgan3d_critic, closed_form_nets_law, true, false, true,
        FLOAT_TOLERANCE, 0, 0},
    {"critic3_spectral", NETS, "seed_wgan3_spectral", wgan3d_critic, closed_form_nets_law, true, true, true,
        FLOAT_TOLERANCE, 5, 0},
    {"generator3_instance", NETS, "seed_wgan3_instance", wgan3d_generator, closed_form_nets_law, false, false,
        true, FLOAT_TOLERANCE, 0, 0},
    {"generator3_spectral", NETS, "seed_wgan3_spectral", wgan3d_generator, closed_form_nets_law, false, true,
        false, FLOAT_TOLERANCE, 0, 0},
    {"unet", UNET, "seed", unet_2d, closed_form_unet_law, false, false, true, FLOAT_TOLERANCE, 0, 0},
    {"unet3", NETS, "seed_unet3", unet_3d, closed_form_nets_law, false, false, true, FLOAT_TOLERANCE, 0, -1},
    {"pix2pix_generator", NETS, "seed_pix2pix", pix2pix_generator, closed_form_nets_law, false, false, true,
        2 * FLOAT_TOLERANCE, 0, 0},
    {"pix2pix_discriminator", NETS, "seed_pix2pix", pix2pix_discriminator, closed_form_nets_law, true, false,
        false, 2 * FLOAT_TOLERANCE, 0, 0},
    {"temp_generator", NETS, "seed_temp", pix2pix_generator, closed_form_nets_law, false, true, true,
        2 * FLOAT_TOLERANCE, 0, 0},
    {"temp_discriminator", NETS, "seed_temp", pix2pix_discriminator, closed_form_nets_law, true, true, true,
        2 * FLOAT_TOLERANCE, 0, 0},
};

/* ---- one row ------------------------------------------------------------------------------------------ */

static void begin(step *s, const vector_case *row, const wil_tensor_file *vectors, const char *seed)
{
    *s = (step){.row = row, .vectors = vectors};
    s->seed = (uint32_t)fact(s, seed);
    s->batch = fact(s, "batch");
    assert_int_equal(wil_graph_new(&s->graph), WIL_OK);
    assert_int_equal(wil_params_new(&s->maker), WIL_OK);
    assert_int_equal(wil_params_new(&s->judge), WIL_OK);
}

static void end(step *s)
{
    wil_graph_free(s->graph);
    wil_params_free(s->maker);
    wil_params_free(s->judge);
    for (int i = 0; i < s->n_inputs; i++)
        wil_free(s->inputs[i].values);
}

static wil_params *trained(const step *s)
{
    return s->row->judge ? s->judge : s->maker;
}

/* Outputs: loss, extra ones, gradients of the trained weights, vectors of power iterations, statistics. */
static int list_outputs(step *s, wil_node outputs[MAX_NODES], int *n_weights_out)
{
    wil_node weights[MAX_NODES];
    int n = 0;
    outputs[n++] = s->row->loss(s);
    if (wil_graph_status(s->graph) != WIL_OK)
        fail_msg("%s: %s", s->row->section, wil_status_message());
    for (int i = 0; i < s->n_extra; i++)
        outputs[n++] = s->extra[i].node;
    *n_weights_out = wil_params_trained_nodes(trained(s), s->graph, weights);
    assert_in_range(*n_weights_out, 5, MAX_NODES / 2);
    wil_graph_gradient(s->graph, outputs[0], weights, *n_weights_out, outputs + n);
    n += *n_weights_out;
    for (int i = 0; i < s->power.n; i++)
        outputs[n++] = s->power.u[i];
    for (int i = 0; i < s->stats.n; i++) {
        outputs[n++] = s->stats.mean[i];
        outputs[n++] = s->stats.var[i];
    }
    assert_true(n <= MAX_NODES);
    return n;
}

static void compile(const step *s, vector_run *run, wil_backend backend, const wil_node *outputs, int n)
{
    wil_params *const sets[] = {s->maker, s->judge};
    vector_input inputs[MAX_INPUTS];
    for (int i = 0; i < s->n_inputs; i++)
        inputs[i] = (vector_input){s->inputs[i].name, s->inputs[i].values};
    vector_compile(run, s->graph, backend, outputs, n, sets, 2, inputs, s->n_inputs);
}

static void fill_weights(const step *s)
{
    assert_int_equal(closed_form_params(s->maker, s->seed, s->row->law), WIL_OK);
    assert_int_equal(closed_form_params(s->judge, s->seed, s->row->law), WIL_OK);
}

static void check_extra(const step *s, const vector_run *run, double tolerance)
{
    for (int i = 0; i < s->n_extra; i++) {
        int64_t n = 0;
        const double *expected = vector_expected(s->vectors, s->row->section, s->extra[i].name, &n);
        for (int64_t k = 0; k < n; k++) /* of the order of 1 */
            assert_near(vector_output(run, 1 + i, k), expected[k], tolerance * fmax(1, fabs(expected[k])));
    }
}

static void check_states(const step *s, const vector_run *run, int first, double tolerance)
{
    char name[160];
    int64_t n = 0;
    assert_int_equal(s->power.n, s->row->n_power);
    for (int i = 0; i < s->power.n; i++) {
        snprintf(name, sizeof name, "after.%s", s->power.name[i]);
        const double *after = vector_expected(s->vectors, s->row->section, name, &n);
        for (int64_t k = 0; k < n; k++) /* of length 1 */
            assert_near(vector_output(run, first + i, k), after[k], tolerance);
    }
    assert_int_equal(s->stats.n, s->row->n_stats >= 0 ? s->row->n_stats : 2 * (2 * s->net.unet.levels - 1));
    for (int i = 0; i < s->stats.n; i++) {
        snprintf(name, sizeof name, "mean.%s", s->stats.name[i]);
        const double *mean = vector_expected(s->vectors, s->row->section, name, &n);
        snprintf(name, sizeof name, "var.%s", s->stats.name[i]);
        const double *var = vector_expected(s->vectors, s->row->section, name, NULL);
        for (int64_t c = 0; c < n; c++) {
            const int at = first + s->power.n + 2 * i;
            assert_near(vector_output(run, at, c), mean[c], tolerance * sqrt(var[c]));
            assert_near(vector_output(run, at + 1, c), var[c], tolerance * var[c]);
        }
    }
}

/* In the 2D networks' file each step of the trace has inputs of its own, "real0", and the first one is the
 * step that the rows check. */
static void refill(step *s, int number)
{
    for (int i = 0; i < s->n_inputs; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s%d", s->inputs[i].name, number);
        closed_form_fill(
            s->inputs[i].values, s->inputs[i].n, name, s->seed, s->inputs[i].scale, s->inputs[i].offset);
    }
}

static void check(const vector_case *row, wil_backend backend, double tolerance)
{
    char path[256];
    wil_tensor_file vectors;
    step s;
    wil_node outputs[MAX_NODES];
    int n_weights = 0;
    vector_run run;
    snprintf(path, sizeof path, "%s%s", WILLIS_TEST_DATA, row->file);
    assert_int_equal(wil_tensor_file_read(&vectors, path), WIL_OK);
    begin(&s, row, &vectors, row->seed);
    const int n = list_outputs(&s, outputs, &n_weights);
    if (strcmp(row->file, WGAN) == 0)
        refill(&s, 0);
    fill_weights(&s);
    compile(&s, &run, backend, outputs, n);
    vector_run_once(&run);
    const double loss = *vector_expected(&vectors, row->section, "loss", NULL);
    if (!(fabs(vector_output(&run, 0, 0) - loss) <= tolerance * fabs(loss)))
        fail_msg("%s: the loss is %.12g, expected %.12g", row->section, vector_output(&run, 0, 0), loss);
    check_extra(&s, &run, tolerance);
    vector_check_gradients(&run, 1 + s.n_extra, trained(&s), &vectors, row->section, tolerance);
    check_states(&s, &run, 1 + s.n_extra + n_weights, tolerance);
    vector_free(&run);
    end(&s);
    wil_tensor_file_clear(&vectors);
}

static void a_step_equals_pytorch(void **state)
{
    const vector_case *row = *state;
    check(row, WIL_BACKEND_FAST, row->tolerance);
}

static void a_step_in_double_equals_pytorch_to_nine_digits(void **state)
{
    check(*state, WIL_BACKEND_REF_F64, DOUBLE_TOLERANCE);
}

/* ---- ten steps of training the 2D networks ------------------------------------------------------------ */

typedef struct trained_step {
    step s;
    vector_run run;
    wil_optimizer *optimizer;
    int n_weights;
} trained_step;

/* The second step shares the first one's sets. */
static void trained_step_new(
    trained_step *out, const vector_case *row, const wil_tensor_file *vectors, const step *sharing)
{
    char seed[40];
    wil_node outputs[MAX_NODES];
    snprintf(seed, sizeof seed, "seed_trace_%s", row->variant ? "spectral" : "instance");
    begin(&out->s, row, vectors, seed);
    if (sharing != NULL) {
        wil_params_free(out->s.maker);
        wil_params_free(out->s.judge);
        out->s.maker = sharing->maker;
        out->s.judge = sharing->judge;
    }
    const int n = list_outputs(&out->s, outputs, &out->n_weights);
    fill_weights(&out->s);
    compile(&out->s, &out->run, WIL_BACKEND_FAST, outputs, n);
    wil_optimizer_config adam = wil_optimizer_config_default(WIL_OPTIMIZER_ADAM);
    adam.learning_rate = vector_metadata_real(vectors, "trace_rate");
    adam.beta1 = 0.0;
    adam.beta2 = 0.9;
    assert_int_equal(wil_optimizer_new(&out->optimizer, trained(&out->s), &adam), WIL_OK);
}

static void trained_step_run(trained_step *t)
{
    const float *gradients[MAX_NODES];
    const int first = 1 + t->s.n_extra;
    vector_run_once(&t->run);
    for (int i = 0; i < t->n_weights; i++)
        gradients[i] = wil_plan_output(t->run.plan, first + i);
    wil_optimizer_step(t->optimizer, gradients);
    for (int i = 0; i < t->s.power.n; i++) {
        wil_param *u = wil_params_find(t->s.judge, t->s.power.name[i]);
        memcpy(u->value, wil_plan_output(t->run.plan, first + t->n_weights + i),
            (size_t)wil_shape_count(u->shape) * sizeof(float));
    }
}

/* The generator alone, whose images the critic's step takes. */
static void fakes_new(step *out, vector_run *run, const trained_step *generator)
{
    *out = generator->s;
    assert_int_equal(wil_graph_new(&out->graph), WIL_OK);
    const wil_node image = generator_2d(
        out, wil_graph_input_node(out->graph, "z", wil_shape_of(2, out->batch, out->net.wgan.latent)));
    compile(out, run, WIL_BACKEND_FAST, &image, 1);
}

static void check_trace(const vector_case *critic_row, const vector_case *generator_row)
{
    wil_tensor_file vectors;
    trained_step critic, generator;
    step fakes;
    vector_run fake_run;
    char name[32];
    assert_int_equal(wil_tensor_file_read(&vectors, WILLIS_TEST_DATA WGAN), WIL_OK);
    trained_step_new(&generator, generator_row, &vectors, NULL);
    trained_step_new(&critic, critic_row, &vectors, &generator.s);
    fakes_new(&fakes, &fake_run, &generator);
    snprintf(name, sizeof name, "trace_%s", critic_row->variant ? "spectral" : "instance");
    const wil_tensor *trace = wil_tensor_file_find(&vectors, name); /* [steps,3] */
    assert_non_null(trace);
    const double *expected = trace->data;
    for (int number = 0; number < (int)trace->shape.dim[0]; number++, expected += 3) {
        refill(&critic.s, number);
        refill(&generator.s, number);
        vector_run_once(&fake_run);
        const case_input *fake = &critic.s.inputs[1];
        memcpy(fake->values, wil_plan_output(fake_run.plan, 0), fake->n * sizeof(float));
        trained_step_run(&critic);
        trained_step_run(&generator);
        /* scores are of the order of 1, whatever their mean */
        assert_near(vector_output(&critic.run, 0, 0), expected[0], TRACE_TOLERANCE * fabs(expected[0]));
        assert_near(vector_output(&critic.run, 1, 0), expected[1], TRACE_TOLERANCE * fabs(expected[1]));
        assert_near(vector_output(&generator.run, 0, 0), expected[2], TRACE_TOLERANCE);
    }
    wil_optimizer_free(critic.optimizer);
    wil_optimizer_free(generator.optimizer);
    vector_free(&critic.run);
    vector_free(&generator.run);
    vector_free(&fake_run);
    wil_graph_free(fakes.graph);
    critic.s.maker = critic.s.judge = NULL;
    end(&critic.s);
    end(&generator.s);
    wil_tensor_file_clear(&vectors);
}

static void ten_steps_of_training_follow_pytorch(void **state)
{
    (void)state;
    check_trace(&CASES[0], &CASES[2]);
    check_trace(&CASES[1], &CASES[3]);
}

/* ---- all rows ----------------------------------------------------------------------------------------- */

#define N_CASES (sizeof CASES / sizeof CASES[0])

int main(void)
{
    struct CMUnitTest tests[2 * N_CASES + 1];
    char names[2 * N_CASES][64];
    size_t n = 0;
    for (size_t i = 0; i < N_CASES; i++)
        for (int in_double = 0; in_double < (CASES[i].in_double ? 2 : 1); in_double++) {
            snprintf(names[n], sizeof names[n], "%s%s", CASES[i].section, in_double ? "_in_double" : "");
            tests[n] = (struct CMUnitTest){.name = names[n],
                .test_func =
                    in_double ? a_step_in_double_equals_pytorch_to_nine_digits : a_step_equals_pytorch,
                .initial_state = (void *)(uintptr_t)&CASES[i]};
            n++;
        }
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(ten_steps_of_training_follow_pytorch);
    return _cmocka_run_group_tests("steps_equal_pytorch", tests, n, NULL, NULL);
}
