/* A generator outside training: preview, frozen statistics, its file. */
#include "willis/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model_params.h"
#include "willis/engine.h"
#include "willis/graph.h"

#define ARCHITECTURE "willis wgan generator"

static void build_generator(wil_nn *nn, const void *net)
{
    const wil_wgan_config *config = net;
    const wil_node z = wil_graph_input_node(nn->graph, "z", wil_shape_of(2, 1, config->latent));
    nn->prefix = "generator";
    (void)wil_nets_wgan_generator(nn, z, config, NULL);
}

wil_status wil_generator_params_declare(wil_params **out, const wil_wgan_config *net)
{
    return model_params_declare(out, build_generator, net);
}

wil_status wil_generator_params_new(wil_params **out, const wil_wgan_config *net)
{
    return model_params_new(out, build_generator, net);
}

/* ---- batch-statistics runs ---------------------------------------------------------------------------- */

typedef struct batch_run {
    wil_plan *plan; /* output 0: images; then mean and variance of each normalisation layer in turn */
    wil_nn_stats stats;
    float *z, *noise, *guide; /* [WIL_GENERATOR_SLOTS, ..]: model_bind_draw */
} batch_run;

static void batch_run_clear(batch_run *run)
{
    wil_plan_free(run->plan);
    wil_free(run->z);
    wil_free(run->noise);
    wil_free(run->guide);
}

/* Only compiles: params needs no memory. */
static wil_status batch_run_compile(
    batch_run *out, wil_params *params, const wil_wgan_config *net, const wil_plan_config *engine)
{
    memset(out, 0, sizeof *out);
    WIL_OWN(wil_graph) *graph = NULL;
    WIL_TRY(wil_graph_new(&graph));
    wil_nn nn = {.graph = graph, .params = params, .prefix = "generator", .training = true};
    const wil_node z = wil_graph_input_node(graph, "z", wil_shape_of(2, WIL_GENERATOR_SLOTS, net->latent));
    wil_node outputs[1 + 2 * 64];
    int n = 0;
    outputs[n++] = wil_nets_wgan_generator(&nn, z, net, &out->stats);
    for (int i = 0; i < out->stats.n; i++) {
        outputs[n++] = out->stats.mean[i];
        outputs[n++] = out->stats.var[i];
    }
    WIL_TRY(wil_graph_status(graph));
    return wil_plan_compile(&out->plan, graph, outputs, n, engine);
}

static wil_status batch_run_new(
    batch_run *out, wil_params *params, const wil_wgan_config *net, const wil_plan_config *engine)
{
    wil_status status = batch_run_compile(out, params, net, engine);
    if (status == WIL_OK)
        status = wil_plan_bind_sets(out->plan, &params, 1);
    if (status == WIL_OK)
        status = model_bind_draw(&out->z, &out->noise, &out->guide, out->plan, net);
    if (status != WIL_OK)
        batch_run_clear(out);
    return status;
}

wil_status wil_generator_batch_bytes(
    size_t *out, wil_params *params, const wil_wgan_config *net, const wil_plan_config *engine)
{
    batch_run run;
    *out = 0;
    const wil_status status = batch_run_compile(&run, params, net, engine);
    if (status == WIL_OK)
        *out = wil_plan_bytes(run.plan);
    batch_run_clear(&run);
    return status;
}

/* Where the inputs of a run come from. */
typedef struct input_source {
    const wil_wgan_config *net;
    const wil_samples *labels;
    uint64_t seed;
    wil_rng_purpose purpose;
} input_source;

static wil_status run_on(const batch_run *run, const input_source *from, int64_t first)
{
    wil_generator_draw(
        run->z, run->noise, from->net, WIL_GENERATOR_SLOTS, from->seed, from->purpose, 0, first);
    if (run->guide != NULL) {
        WIL_REQUIRE(from->labels != NULL, WIL_ERR_ARG, "a generator of given labels needs some");
        WIL_TRY(wil_batch_guide_drawn(run->guide, from->labels,
            wil_rng_at(from->seed, WIL_RNG_GUIDE_SAMPLE, (uint32_t)from->purpose), (uint64_t)first,
            WIL_GENERATOR_SLOTS));
    }
    return wil_plan_run(run->plan);
}

wil_status wil_generator_preview(float *pairs_out, int n, wil_params *params, const wil_wgan_config *net,
    const wil_samples *labels, uint64_t seed, const wil_plan_config *engine)
{
    const input_source from = {net, labels, seed, WIL_RNG_LATENT_SAMPLE};
    const size_t one = (size_t)net->height * (size_t)net->width * (size_t)net->channels;
    batch_run run;
    WIL_TRY(batch_run_new(&run, params, net, engine));
    wil_status status = WIL_OK;
    for (int first = 0; first < n && status == WIL_OK; first += WIL_GENERATOR_SLOTS) {
        status = run_on(&run, &from, first);
        const int count = n - first < WIL_GENERATOR_SLOTS ? n - first : WIL_GENERATOR_SLOTS;
        if (status == WIL_OK)
            memcpy(pairs_out + (size_t)first * one, wil_plan_output(run.plan, 0),
                (size_t)count * one * sizeof(float));
    }
    batch_run_clear(&run);
    return status;
}

/* Law of total variance over batches of one size: mean of variances plus variance of means. */
typedef struct running_moments {
    double *mean, *mean_square, *var; /* [channels of all layers] sums over batches */
    size_t n;
} running_moments;

static void add_batch(running_moments *sums, const batch_run *run, const wil_params *params)
{
    size_t at = 0;
    for (int layer = 0; layer < run->stats.n; layer++) {
        char name[256];
        snprintf(name, sizeof name, "%s.running_mean", run->stats.name[layer]);
        const int64_t channels = wil_shape_count(wil_params_find(params, name)->shape);
        const float *mean = wil_plan_output(run->plan, 1 + 2 * layer);
        const float *var = wil_plan_output(run->plan, 2 + 2 * layer);
        for (int64_t c = 0; c < channels; c++, at++) {
            sums->mean[at] += mean[c];
            sums->mean_square[at] += (double)mean[c] * mean[c];
            sums->var[at] += var[c];
        }
    }
}

static void store_moments(
    const running_moments *sums, int n_batches, const batch_run *run, wil_params *params)
{
    size_t at = 0;
    for (int layer = 0; layer < run->stats.n; layer++) {
        char name[256];
        snprintf(name, sizeof name, "%s.running_mean", run->stats.name[layer]);
        wil_param *mean = wil_params_find(params, name);
        snprintf(name, sizeof name, "%s.running_var", run->stats.name[layer]);
        wil_param *var = wil_params_find(params, name);
        for (int64_t c = 0; c < wil_shape_count(mean->shape); c++, at++) {
            const double m = sums->mean[at] / n_batches;
            const double between = fmax(sums->mean_square[at] / n_batches - m * m, 0.0);
            mean->value[c] = (float)m;
            var->value[c] = (float)(sums->var[at] / n_batches + between);
        }
    }
}

wil_status wil_generator_calibrate(wil_params *params, const wil_wgan_config *net, const wil_samples *labels,
    uint64_t seed, int n_samples, const wil_plan_config *engine)
{
    const input_source from = {net, labels, seed, WIL_RNG_CALIBRATE};
    batch_run run;
    WIL_TRY(batch_run_new(&run, params, net, engine));
    const int n_batches = (n_samples + WIL_GENERATOR_SLOTS - 1) / WIL_GENERATOR_SLOTS;
    running_moments sums = {0};
    for (int i = 0; i < wil_params_count(params); i++)
        sums.n += (size_t)wil_shape_count(wil_params_at(params, i)->shape) *
                  (wil_params_at(params, i)->role == WIL_PARAM_STATE);
    wil_status status = wil_alloc_f64(&sums.mean, sums.n);
    if (status == WIL_OK)
        status = wil_alloc_f64(&sums.mean_square, sums.n);
    if (status == WIL_OK)
        status = wil_alloc_f64(&sums.var, sums.n);
    for (int b = 0; b < n_batches && status == WIL_OK; b++) {
        status = run_on(&run, &from, (int64_t)b * WIL_GENERATOR_SLOTS);
        if (status == WIL_OK)
            add_batch(&sums, &run, params);
    }
    if (status == WIL_OK)
        store_moments(&sums, n_batches, &run, params);
    wil_free(sums.mean);
    wil_free(sums.mean_square);
    wil_free(sums.var);
    batch_run_clear(&run);
    return status;
}

/* ---- the file ----------------------------------------------------------------------------------------- */

#define AT(member) offsetof(wil_generator_facts, member)
static const wil_field FACTS[] = {
    {"height", WIL_INT, AT(net.height), NULL, 1, 65536, .in_model = 1},
    {"width", WIL_INT, AT(net.width), NULL, 1, 65536, .in_model = 1},
    {"latent", WIL_INT, AT(net.latent), NULL, 1, 65536, .in_model = 1},
    {"filters", WIL_INT, AT(net.filters), NULL, 1, 4096, .in_model = 1},
    {"channels", WIL_INT, AT(net.channels), NULL, 1, 2, .open = WIL_OPEN_MIN, .in_model = 1},
    {"label_threshold", WIL_REAL, AT(label_threshold), NULL, 0, 1, .in_model = 1},
    {"spacing_x_mm", WIL_REAL, AT(spacing_mm[0]), NULL, 1e-6, 1e6, .in_model = 1},
    {"spacing_y_mm", WIL_REAL, AT(spacing_mm[1]), NULL, 1e-6, 1e6, .in_model = 1},
    {"spacing_z_mm", WIL_REAL, AT(spacing_mm[2]), NULL, 1e-6, 1e6, .in_model = 1},
    {"steps", WIL_I64, AT(steps), NULL, 0, 1e15, .in_model = 1},
    {"precision", WIL_CHOICE, AT(precision), "f32", .choices = WIL_CHOICES("f32", "bf16"), .in_model = 1},
    {"seed", WIL_U64, AT(seed), "0", .in_model = 1},
    {"critic", WIL_CHOICE, AT(net.norm), "wgan-gp",
        .choices = WIL_CHOICES("wgan-gp", "wgan-gp-sn", "no-norm", "dcgan"), .in_model = 1},
    {"labels", WIL_CHOICE, AT(net.labels), "joint", .choices = WIL_CHOICES("joint", "given"), .in_model = 1},
    {"generator", WIL_CHOICE, AT(net.growth), "transposed", .choices = WIL_CHOICES("transposed", "upsample"),
        .in_model = 1},
    {"noise", WIL_BOOL, AT(net.noise), "false", .in_model = 1},
};
static const wil_fields facts_fields = WIL_FIELDS(wil_generator_facts, FACTS);

wil_status wil_generator_save(
    const wil_params *params, const wil_generator_facts *facts, const json_t *trained, const char *path)
{
    WIL_OWN(json_t) *metadata = json_pack("{s:s}", "privacy", "none: trained without differential privacy");
    WIL_REQUIRE(
        metadata != NULL && (trained == NULL || json_object_update_missing(metadata, (json_t *)trained) == 0),
        WIL_ERR_MEMORY, "out of memory for metadata");
    return model_save(params, ARCHITECTURE, &facts_fields, facts, metadata, path);
}

static wil_status read_facts(void *facts_out, const json_t *metadata, const char *path)
{
    wil_generator_facts *out = facts_out;
    WIL_TRY(model_check_architecture(
        metadata, ARCHITECTURE, "a generator", "generator.safetensors of a gan run", path));
    *out = (wil_generator_facts){.net = wil_wgan_config_default()};
    WIL_TRY(wil_fields_get_metadata(&facts_fields, out, metadata, path));
    return wil_fail_context(wil_status_of_file(wil_wgan_config_check(&out->net)), "%s", path);
}

wil_status wil_generator_load(wil_params **params_out, wil_generator_facts *facts_out, const char *path)
{
    return model_load(params_out, facts_out, read_facts, build_generator, path);
}
