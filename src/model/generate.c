/* Synthetic patch sets from a trained generator. */
#include <math.h>
#include <string.h>

#include "given_labels.h"
#include "model_params.h"
#include "willis/engine.h"

#define MOST_COUNT 100000000

/* Where samples go: all to memory, or a block there and then to a file. */
typedef struct generating {
    wil_generate_config config;
    double threshold;
    wil_samples labels; /* given ones; n 0: none */
    float *guide;       /* [WIL_GENERATOR_SLOTS,H,W,2] those of a block; NULL without */
    wil_samples *set;
    wil_samples_writer *writer; /* NULL: memory */
} generating;

/* Nobody's, or possibly patients': what is not known to be the one is taken for the other. */
static wil_status say_whose_labels(json_t *attributes, const wil_samples *labels)
{
    const bool phantoms = given_labels_are_phantoms(labels);
    WIL_OWN(json_t) *more = json_pack("{s:s, s:s, s:s}", "labels", "given", "label_origin",
        phantoms ? WIL_PHANTOM_ORIGIN : "unknown", "release",
        phantoms ? "labels: of phantoms, and so no patient's; images: see privacy"
                 : "no: carries patients' vessel trees (its labels are not known to be phantoms')");
    WIL_REQUIRE(more != NULL && json_object_update(attributes, more) == 0, WIL_ERR_MEMORY,
        "out of memory for attributes");
    return WIL_OK;
}

/* The set may leave the house, so it names its generator by what it is, and not by where it lies. */
static wil_status make_attributes(json_t **out, const generating *g)
{
    const wil_generate_config *config = &g->config;
    /* HDF5 attributes are signed: a seed beyond that is kept as text */
    json_t *seed = config->seed <= INT64_MAX ? json_integer((json_int_t)config->seed)
                                             : json_sprintf("%llu", (unsigned long long)config->seed);
    *out = json_pack("{s:s, s:s, s:s, s:s, s:o, s:I, s:s}", "kind", "synthetic", "source", "generated",
        "model", "GENERATOR", "normalisation",
        "0..255: the generator's [-1, 1], which is the training scans' robust range", "seed", seed,
        "first_sample", (json_int_t)config->first, "privacy", "none: trained without differential privacy");
    WIL_REQUIRE(*out != NULL, WIL_ERR_MEMORY, "out of memory for attributes");
    if (g->labels.n > 0)
        return say_whose_labels(*out, &g->labels);
    WIL_REQUIRE(json_object_set_new(*out, "threshold", json_real(g->threshold)) == 0, WIL_ERR_MEMORY,
        "out of memory for attributes");
    return WIL_OK;
}

/* n_pixels: of how many samples the pixels are in memory. */
static wil_status make_set(const generating *g, const wil_generator_facts *facts, int64_t n_pixels)
{
    wil_samples *out = g->set;
    const wil_sample_shape shape = wil_sample_shape_2d(facts->net.height, facts->net.width);
    WIL_TRY(wil_samples_make(out, shape, g->config.count, 1, 0));
    memcpy(
        out->spacing_mm, g->guide != NULL ? g->labels.spacing_mm : facts->spacing_mm, sizeof out->spacing_mm);
    WIL_TRY(wil_string_copy(&out->subjects[0], "synthetic"));
    out->subject_range[1] = 255;
    WIL_TRY(wil_samples_make_pixels(out, n_pixels, true));
    return make_attributes(&out->attributes, g);
}

/* Sample i, from a pair of the generator, to place `at`. given: its label, or NULL. */
static wil_status keep_sample(
    const generating *g, int64_t i, int64_t at, const float *pair, const float *given)
{
    const size_t one = wil_sample_shape_count(g->set->shape);
    float *image = g->set->image + (size_t)at * one;
    uint8_t *label = g->set->label + (size_t)at * one;
    for (size_t k = 0; k < one; k++) {
        WIL_REQUIRE(isfinite(pair[2 * k]) && isfinite(pair[2 * k + 1]), WIL_ERR_NUMERIC,
            "%s: sample %lld is not finite; the generator's weights are useless, train it anew with lower "
            "learning rates",
            g->config.model, (long long)(g->config.first + i));
        image[k] = (pair[2 * k] + 1.0f) * 127.5f;
        label[k] = given != NULL ? given[2 * k] != 0 : (double)pair[2 * k + 1] > g->threshold;
    }
    return WIL_OK;
}

/* Block b holds samples b * WIL_GENERATOR_SLOTS ..., whichever of them are wanted. */
static wil_status keep_block(const generating *g, int64_t block, const float *pairs)
{
    const size_t one = wil_sample_shape_count(g->set->shape);
    const int64_t start = block * WIL_GENERATOR_SLOTS - g->config.first;
    const int64_t first = start < 0 ? 0 : start;
    const int64_t end = start + WIL_GENERATOR_SLOTS < g->set->n ? start + WIL_GENERATOR_SLOTS : g->set->n;
    const int64_t in_memory = g->writer == NULL ? 0 : first;
    for (int64_t i = first; i < end; i++)
        WIL_TRY(keep_sample(g, i, i - in_memory, pairs + (size_t)(i - start) * one * 2,
            g->guide == NULL ? NULL : g->guide + (size_t)(i - start) * one * 2));
    return g->writer == NULL
               ? WIL_OK
               : wil_samples_writer_add(g->writer, end - first, g->set->image, g->set->label, NULL);
}

/* The labels of a block, in turn. */
static wil_status fill_guide(const generating *g, int64_t block)
{
    size_t indices[WIL_GENERATOR_SLOTS];
    if (g->guide == NULL)
        return WIL_OK;
    for (int i = 0; i < WIL_GENERATOR_SLOTS; i++)
        indices[i] = (size_t)((block * WIL_GENERATOR_SLOTS + i) % g->labels.n);
    return wil_batch_guide(g->guide, &g->labels, indices, WIL_GENERATOR_SLOTS);
}

static wil_status run_blocks(
    generating *g, wil_plan *plan, const wil_wgan_config *net, const wil_monitor *monitor)
{
    const wil_generate_config *config = &g->config;
    const double started_s = wil_time_s();
    const int64_t last = (config->first + config->count - 1) / WIL_GENERATOR_SLOTS;
    WIL_OWN(float) *z = NULL, *noise = NULL;
    WIL_TRY(model_bind_draw(&z, &noise, &g->guide, plan, net));
    for (int64_t block = config->first / WIL_GENERATOR_SLOTS; block <= last; block++) {
        wil_generator_draw(z, noise, net, WIL_GENERATOR_SLOTS, config->seed, WIL_RNG_LATENT_SAMPLE, 0,
            block * WIL_GENERATOR_SLOTS);
        WIL_TRY(fill_guide(g, block));
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
    {"count", WIL_INT, AT(count), "auto", 1, MOST_COUNT,
        .help = "patches to draw; auto: one for each of --labels, which are taken in turn if they are fewer"},
    {"labels", WIL_INPUT, AT(labels), "", .value = "FILE",
        .help =
            "vessel masks that a generator of given labels draws around, exactly: a patch set (.h5), or a "
            "mask that patches are cut from (.nii.gz)"},
    {"seed", WIL_U64, AT(seed), "1", .help = "another seed gives another set"},
    {"first", WIL_I64, AT(first), "0", 0, 1e12,
        .help = "number of the first patch: a set can be drawn in parts, patch by patch the same"},
    {"threshold", WIL_REAL, AT(label_threshold), "auto", 0, 1, .open = WIL_OPEN_BOTH,
        .help = "a label counts as vessel above this; auto: what the generator was trained with"},
};
const wil_fields wil_generate_fields = WIL_FIELDS(wil_generate_config, FIELDS);

/* What the generator draws around, or that it draws labels itself. */
static wil_status take_labels(generating *g, const wil_generator_facts *facts, const wil_monitor *monitor)
{
    wil_generate_config *config = &g->config;
    if (facts->net.labels == WIL_LABELS_JOINT) {
        WIL_REQUIRE(config->labels == NULL, WIL_ERR_ARG,
            "%s: draws image and label together (gan.labels: joint) and takes no labels; leave --labels out, "
            "or "
            "train one with gan.labels: given",
            config->model);
        WIL_REQUIRE(config->count > 0, WIL_ERR_ARG, "how many patches? Give --count, from 1 on");
        return WIL_OK;
    }
    WIL_REQUIRE(config->labels != NULL, WIL_ERR_ARG,
        "%s: draws images around given labels (gan.labels: given); give vessel masks with --labels FILE.h5 "
        "or "
        "FILE.nii.gz (willis phantom tof --labels-only makes some)",
        config->model);
    WIL_REQUIRE(isnan(config->label_threshold), WIL_ERR_ARG,
        "%s: draws images around given labels, which no threshold makes; leave --threshold out",
        config->model);
    WIL_TRY(given_labels_read(&g->labels, config, facts, monitor));
    if (config->count < 0)
        config->count = (int)(g->labels.n < MOST_COUNT ? g->labels.n : MOST_COUNT);
    if (!given_labels_are_phantoms(&g->labels))
        wil_monitor_warn(monitor,
            "%s: not known to be masks of phantoms, so that the set carries patients' vessel trees: it is "
            "marked as not to be released, whatever the generator",
            config->labels);
    return WIL_OK;
}

static wil_status generate(generating *g, const char *path, const wil_monitor *monitor)
{
    const wil_generate_config *config = &g->config;
    wil_generator_facts facts;
    WIL_OWN(wil_params) *params = NULL;
    WIL_OWN(wil_graph) *graph = NULL;
    WIL_OWN(wil_plan) *plan = NULL;
    WIL_REQUIRE(config->model != NULL, WIL_ERR_ARG, "no generator given");
    WIL_TRY(wil_fields_check(&wil_generate_fields, config));
    WIL_TRY(wil_generator_load(&params, &facts, config->model));
    WIL_TRY(take_labels(g, &facts, monitor));
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
    WIL_TRY(make_set(g, &facts, path == NULL ? config->count : WIL_GENERATOR_SLOTS));
    if (path != NULL)
        WIL_TRY(wil_samples_writer_open(&g->writer, path, g->set));
    WIL_TRY(run_blocks(g, plan, &facts.net, monitor));
    return path == NULL ? WIL_OK : wil_samples_writer_finish(g->writer, g->set);
}

static void generating_clear(generating *g)
{
    wil_samples_writer_free(g->writer);
    wil_samples_clear(&g->labels);
    wil_free(g->guide);
}

wil_status wil_generate(wil_samples *out, const wil_generate_config *config, const wil_monitor *monitor)
{
    generating all = {.config = *config, .set = out};
    memset(out, 0, sizeof *out);
    const wil_status status = generate(&all, NULL, monitor);
    generating_clear(&all);
    if (status != WIL_OK)
        wil_samples_clear(out);
    return status;
}

wil_status wil_generate_to(const char *path, const wil_generate_config *config, const wil_monitor *monitor)
{
    WIL_OWN(wil_samples) set = {0};
    generating some = {.config = *config, .set = &set};
    const wil_status status = generate(&some, path, monitor);
    generating_clear(&some);
    return status;
}
