/* Synthetic patch sets from a trained generator. */
#include <math.h>
#include <string.h>

#include "willis/model.h"
#include "model_params.h"
#include "willis/engine.h"

/* The set may leave the house, so it names its generator by what it is, and not by where it lies. */
static wil_status make_attributes(json_t **out, const wil_generate_config *config, double threshold)
{
    /* HDF5 attributes are signed: a seed beyond that is kept as text */
    json_t *seed = config->seed <= INT64_MAX ? json_integer((json_int_t)config->seed)
                                             : json_sprintf("%llu", (unsigned long long)config->seed);
    *out = json_pack("{s:s, s:s, s:s, s:s, s:f, s:o, s:I, s:s}", "kind", "synthetic", "source", "generated",
        "model", "GENERATOR", "normalisation",
        "0..255: the generator's [-1, 1], which is the training scans' robust range", "threshold", threshold,
        "seed", seed, "first_sample", (json_int_t)config->first, "privacy",
        "none: trained without differential privacy");
    WIL_REQUIRE(*out != NULL, WIL_ERR_MEMORY, "out of memory for attributes");
    return WIL_OK;
}

/* n_pixels: of how many samples the pixels are in memory. */
static wil_status make_set(wil_samples *out, const wil_generate_config *config,
    const wil_generator_facts *facts, double threshold, int64_t n_pixels)
{
    const wil_sample_shape shape = wil_sample_shape_2d(facts->net.height, facts->net.width);
    WIL_TRY(wil_samples_make(out, shape, config->count, 1, 0));
    memcpy(out->spacing_mm, facts->spacing_mm, sizeof out->spacing_mm);
    WIL_TRY(wil_string_copy(&out->subjects[0], "synthetic"));
    out->subject_range[1] = 255;
    WIL_TRY(wil_samples_make_pixels(out, n_pixels, true));
    return make_attributes(&out->attributes, config, threshold);
}

/* Where samples go: all to memory, or a block there and then to a file. */
typedef struct generating {
    const wil_generate_config *config;
    double threshold;
    wil_samples *set;
    wil_samples_writer *writer; /* NULL: memory */
} generating;

/* Sample i, from a pair of the generator, to place `at`. */
static wil_status keep_sample(const generating *g, int64_t i, int64_t at, const float *pair)
{
    const size_t one = wil_sample_shape_count(g->set->shape);
    float *image = g->set->image + (size_t)at * one;
    uint8_t *label = g->set->label + (size_t)at * one;
    for (size_t k = 0; k < one; k++) {
        WIL_REQUIRE(isfinite(pair[2 * k]) && isfinite(pair[2 * k + 1]), WIL_ERR_NUMERIC,
            "%s: sample %lld is not finite; the generator's weights are useless, train it anew with lower "
            "learning rates",
            g->config->model, (long long)(g->config->first + i));
        image[k] = (pair[2 * k] + 1.0f) * 127.5f;
        label[k] = (double)pair[2 * k + 1] > g->threshold;
    }
    return WIL_OK;
}

/* Block b holds samples b * WIL_GENERATOR_SLOTS ..., whichever of them are wanted. */
static wil_status keep_block(const generating *g, int64_t block, const float *pairs)
{
    const size_t one = wil_sample_shape_count(g->set->shape);
    const int64_t start = block * WIL_GENERATOR_SLOTS - g->config->first;
    const int64_t first = start < 0 ? 0 : start;
    const int64_t end = start + WIL_GENERATOR_SLOTS < g->set->n ? start + WIL_GENERATOR_SLOTS : g->set->n;
    const int64_t in_memory = g->writer == NULL ? 0 : first;
    for (int64_t i = first; i < end; i++)
        WIL_TRY(keep_sample(g, i, i - in_memory, pairs + (size_t)(i - start) * one * 2));
    return g->writer == NULL
               ? WIL_OK
               : wil_samples_writer_add(g->writer, end - first, g->set->image, g->set->label, NULL);
}

static wil_status run_blocks(
    const generating *g, wil_plan *plan, const wil_wgan_config *net, const wil_monitor *monitor)
{
    const wil_generate_config *config = g->config;
    const double started_s = wil_time_s();
    const int64_t last = (config->first + config->count - 1) / WIL_GENERATOR_SLOTS;
    WIL_OWN(float) *z = NULL, *noise = NULL;
    WIL_TRY(model_bind_draw(&z, &noise, plan, net));
    for (int64_t block = config->first / WIL_GENERATOR_SLOTS; block <= last; block++) {
        wil_generator_draw(z, noise, net, WIL_GENERATOR_SLOTS, config->seed, WIL_RNG_LATENT_SAMPLE, 0,
            block * WIL_GENERATOR_SLOTS);
        WIL_TRY(wil_plan_run(plan));
        WIL_TRY(keep_block(g, block, wil_plan_output(plan, 0)));
        const int64_t done = (block + 1) * WIL_GENERATOR_SLOTS - config->first;
        wil_monitor_progress(monitor, "generate", done < config->count ? done : config->count, config->count,
            wil_time_s() - started_s, "");
        WIL_REQUIRE(block == last || !wil_monitor_stop_requested(monitor), WIL_ERR_INTERRUPTED,
            "interrupted; nothing was written");
    }
    return WIL_OK;
}

#define AT(member) offsetof(wil_generate_config, member)
static const wil_field FIELDS[] = {
    {"count", WIL_I64, AT(count), NULL, 1, 1e8, .help = "patches to draw"},
    {"seed", WIL_U64, AT(seed), "1", .help = "another seed gives another set"},
    {"first", WIL_I64, AT(first), "0", 0, 1e12,
        .help = "number of the first patch: a set can be drawn in parts, patch by patch the same"},
    {"threshold", WIL_REAL, AT(label_threshold), "auto", 0, 1, .open = WIL_OPEN_BOTH,
        .help = "a label counts as vessel above this; auto: what the generator was trained with"},
};
const wil_fields wil_generate_fields = WIL_FIELDS(wil_generate_config, FIELDS);

static wil_status generate(generating *g, const char *path, const wil_monitor *monitor)
{
    const wil_generate_config *config = g->config;
    wil_generator_facts facts;
    WIL_OWN(wil_params) *params = NULL;
    WIL_OWN(wil_graph) *graph = NULL;
    WIL_OWN(wil_plan) *plan = NULL;
    WIL_REQUIRE(config->model != NULL, WIL_ERR_ARG, "no generator given");
    WIL_TRY(wil_fields_check(&wil_generate_fields, config));
    WIL_TRY(wil_generator_load(&params, &facts, config->model));
    WIL_TRY(wil_graph_new(&graph));
    wil_nn nn = {.graph = graph, .params = params, .prefix = "generator", .training = false};
    const wil_node z =
        wil_graph_input_node(graph, "z", wil_shape_of(2, WIL_GENERATOR_SLOTS, facts.net.latent));
    const wil_node pairs = wil_nets_wgan_generator(&nn, z, &facts.net, NULL);
    wil_plan_config engine =
        wil_engine_plan_config(&(wil_engine_settings){.precision = facts.precision}, monitor);
    engine.fixed_params = true;
    WIL_TRY(wil_plan_compile_bound(&plan, graph, &pairs, 1, &params, 1, &engine));
    g->threshold = isnan(config->label_threshold) ? facts.label_threshold : config->label_threshold;
    WIL_TRY(
        make_set(g->set, config, &facts, g->threshold, path == NULL ? config->count : WIL_GENERATOR_SLOTS));
    if (path != NULL)
        WIL_TRY(wil_samples_writer_open(&g->writer, path, g->set));
    WIL_TRY(run_blocks(g, plan, &facts.net, monitor));
    return path == NULL ? WIL_OK : wil_samples_writer_finish(g->writer, g->set);
}

wil_status wil_generate(wil_samples *out, const wil_generate_config *config, const wil_monitor *monitor)
{
    generating all = {.config = config, .set = out};
    memset(out, 0, sizeof *out);
    const wil_status status = generate(&all, NULL, monitor);
    if (status != WIL_OK)
        wil_samples_clear(out);
    return status;
}

wil_status wil_generate_to(const char *path, const wil_generate_config *config, const wil_monitor *monitor)
{
    WIL_OWN(wil_samples) set = {0};
    generating some = {.config = config, .set = &set};
    const wil_status status = generate(&some, path, monitor);
    wil_samples_writer_free(some.writer);
    return status;
}
