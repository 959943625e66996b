/* Synthetic patch sets from a trained generator. */
#include <math.h>
#include <string.h>

#include "willis/model.h"
#include "willis/engine.h"

static wil_status make_attributes(json_t **out, const wil_generate_config *config, double threshold)
{
    /* HDF5 attributes are signed: a seed beyond that is kept as text */
    json_t *seed = config->seed <= INT64_MAX ? json_integer((json_int_t)config->seed)
                                             : json_sprintf("%llu", (unsigned long long)config->seed);
    *out = json_pack("{s:s, s:s, s:s, s:s, s:f, s:o, s:I, s:s}", "kind", "synthetic", "source", "generated",
        "model", config->model, "normalisation",
        "0..255: the generator's [-1, 1], which is the training scans' robust range", "threshold", threshold,
        "seed", seed, "first_sample", (json_int_t)config->first, "privacy",
        "none: trained without differential privacy");
    WIL_REQUIRE(*out != NULL, WIL_ERR_MEMORY, "out of memory for attributes");
    return WIL_OK;
}

static wil_status make_set(
    wil_samples *out, const wil_generate_config *config, const wil_generator_facts *facts, double threshold)
{
    const size_t one = (size_t)facts->net.height * (size_t)facts->net.width;
    out->n = config->count;
    out->shape = wil_sample_shape_2d(facts->net.height, facts->net.width);
    memcpy(out->spacing_mm, facts->spacing_mm, sizeof out->spacing_mm);
    WIL_TRY(wil_alloc_f32(&out->image, (size_t)out->n * one));
    WIL_TRY(wil_alloc_u8(&out->label, (size_t)out->n * one));
    WIL_TRY(wil_alloc_i32(&out->subject, (size_t)out->n));
    WIL_TRY(wil_alloc_i32(&out->position, 3 * (size_t)out->n));
    WIL_TRY(wil_alloc((void **)&out->subjects, 1, sizeof *out->subjects));
    out->n_subjects = 1;
    WIL_TRY(wil_string_copy(&out->subjects[0], "synthetic"));
    WIL_TRY(wil_alloc_f32(&out->subject_range, 2));
    out->subject_range[0] = 0;
    out->subject_range[1] = 255;
    return make_attributes(&out->attributes, config, threshold);
}

/* Block b holds samples b * WIL_GENERATOR_SLOTS ..., whichever of them are wanted. */
static wil_status keep_block(
    wil_samples *out, const wil_generate_config *config, double threshold, int64_t block, const float *pairs)
{
    const size_t one = wil_sample_shape_count(out->shape);
    for (int slot = 0; slot < WIL_GENERATOR_SLOTS; slot++) {
        const int64_t i = block * WIL_GENERATOR_SLOTS + slot - config->first;
        if (i < 0 || i >= out->n)
            continue;
        const float *pair = pairs + (size_t)slot * one * 2;
        for (size_t k = 0; k < one; k++) {
            WIL_REQUIRE(isfinite(pair[2 * k]) && isfinite(pair[2 * k + 1]), WIL_ERR_NUMERIC,
                "%s: sample %lld is not finite; the generator's weights are useless, train it anew with "
                "lower "
                "learning rates",
                config->model, (long long)(config->first + i));
            out->image[(size_t)i * one + k] = (pair[2 * k] + 1.0f) * 127.5f;
            out->label[(size_t)i * one + k] = (double)pair[2 * k + 1] > threshold;
        }
    }
    return WIL_OK;
}

static wil_status run_blocks(wil_samples *out, const wil_generate_config *config, double threshold,
    wil_plan *plan, const wil_wgan_config *net, const wil_monitor *monitor)
{
    const double started_s = wil_time_s();
    const size_t n_latent = (size_t)WIL_GENERATOR_SLOTS * (size_t)net->latent;
    const int64_t last = (config->first + config->count - 1) / WIL_GENERATOR_SLOTS;
    const wil_rng rng = wil_rng_at(config->seed, WIL_RNG_LATENT_SAMPLE, 0);
    WIL_OWN(float) *z = NULL;
    WIL_TRY(wil_alloc_f32(&z, n_latent));
    WIL_TRY(wil_plan_bind(plan, "z", z));
    for (int64_t block = config->first / WIL_GENERATOR_SLOTS; block <= last; block++) {
        wil_rng_fill_normal_f32(rng, (uint64_t)block * n_latent, n_latent, z);
        WIL_TRY(wil_plan_run(plan));
        WIL_TRY(keep_block(out, config, threshold, block, wil_plan_output(plan, 0)));
        const int64_t done = (block + 1) * WIL_GENERATOR_SLOTS - config->first;
        wil_monitor_progress(monitor, "generate", done < config->count ? done : config->count, config->count,
            wil_time_s() - started_s, "");
        if (block < last && wil_monitor_stop_requested(monitor))
            return wil_fail(WIL_ERR_INTERRUPTED, "interrupted; nothing was written");
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

wil_status wil_generate(wil_samples *out, const wil_generate_config *config, const wil_monitor *monitor)
{
    memset(out, 0, sizeof *out);
    WIL_REQUIRE(config->model != NULL, WIL_ERR_ARG, "no generator given");
    WIL_TRY(wil_fields_check(&wil_generate_fields, config));
    wil_params *params = NULL;
    wil_graph *graph = NULL;
    wil_plan *plan = NULL;
    wil_generator_facts facts;
    WIL_TRY(wil_generator_load(&params, &facts, config->model));
    const double threshold = isnan(config->label_threshold) ? facts.label_threshold : config->label_threshold;
    wil_status status = wil_graph_new(&graph);
    if (status == WIL_OK) {
        wil_nn nn = {.graph = graph, .params = params, .prefix = "generator", .training = false};
        const wil_node z =
            wil_graph_input_node(graph, "z", wil_shape_of(2, WIL_GENERATOR_SLOTS, facts.net.latent));
        const wil_node pairs = wil_nets_wgan_generator(&nn, z, &facts.net, NULL);
        wil_plan_config engine =
            wil_engine_plan_config(&(wil_engine_settings){.precision = facts.precision}, monitor);
        engine.fixed_params = true;
        status = wil_plan_compile_bound(&plan, graph, &pairs, 1, &params, 1, &engine);
    }
    if (status == WIL_OK)
        status = make_set(out, config, &facts, threshold);
    if (status == WIL_OK)
        status = run_blocks(out, config, threshold, plan, &facts.net, monitor);
    wil_plan_free(plan);
    wil_graph_free(graph);
    wil_params_free(params);
    if (status != WIL_OK)
        wil_samples_clear(out);
    return status;
}
