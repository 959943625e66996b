/* Timing: builds a step, runs it, reads memory, and then measures what the machine gives at best. */
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "bench_peak.h"
#include "willis/bench.h"

#define PEAK_REPEATS 5  /* at most, of each shape, beside a case */
#define QUICK_STEP_S 1. /* a step below this is run twice before it counts, a longer one once */

#define AT(member) offsetof(wil_bench_config, member)
static const wil_field FIELDS[] = {
    {"batch", WIL_INT, AT(batch), "", 1, 100000, .help = "samples a step; 0: as listed"},
    {"filters", WIL_INT, AT(filters), "", 1, 4096, .help = "width of the network; 0: as listed"},
    {"precision", WIL_CHOICE, AT(precision), "f32", .choices = WIL_CHOICES("f32", "bf16"),
        .help = "of convolutions and products"},
    {"recompute", WIL_BOOL, AT(recompute), "false",
        .help = "compute cheap results again rather than keep them: less memory, more time"},
    {"spectral", WIL_BOOL, AT(spectral), "false", .help = "wgan: spectral norm in place of instance norm"},
    {"weight_clip", WIL_BOOL, AT(weight_clip), "false",
        .help = "critics: weights in [-0.01, 0.01] and RMSprop in place of the gradient penalty"},
    {"per_sample_clip", WIL_BOOL, AT(per_sample_clip), "false",
        .help = "critics: gradients clipped per sample, as private training needs them"},
    {"profile", WIL_BOOL, AT(profile), "false",
        .help = "also show where the time goes, by kind of operation"},
    {"repeats", WIL_INT, AT(repeats), "5", 1, 100000, .help = "timed steps"},
};
const wil_fields wil_bench_fields = WIL_FIELDS(wil_bench_config, FIELDS);

wil_bench_config wil_bench_config_default(const char *name)
{
    wil_bench_config config;
    wil_fields_defaults_of_numbers(&wil_bench_fields, &config);
    config.name = name;
    return config;
}

/* ---- the request -------------------------------------------------------------------------------------- */

static wil_status check_fixed(const wil_bench_config *config)
{
    WIL_REQUIRE(config->batch == 0 && config->filters == 0 && config->size[0] == 0, WIL_ERR_ARG,
        "%s runs convolutions of fixed shapes; leave batch, filters and size out", config->name);
    return WIL_OK;
}

/* config with the study's values in place of zeros. */
static wil_status complete(
    wil_bench_config *out, const wil_bench_info **info_out, const wil_bench_config *config)
{
    WIL_TRY(wil_bench_find(info_out, config->name));
    const wil_bench_info *info = *info_out;
    *out = *config;
    WIL_TRY(wil_fields_check(&wil_bench_fields, config));
    WIL_REQUIRE(!config->profile || info->n_size > 0, WIL_ERR_ARG,
        "%s is one convolution; there is nothing to profile", info->name);
    WIL_REQUIRE(!config->spectral || info->takes_spectral, WIL_ERR_ARG,
        "%s has no spectral norm; leave spectral out (it goes with the wgan benches)", info->name);
    WIL_REQUIRE((!config->weight_clip && !config->per_sample_clip) || info->takes_clip, WIL_ERR_ARG,
        "%s has no critic to clip; leave weight clipping and per-sample clipping out (they go with the wgan "
        "critics)",
        info->name);
    if (info->n_size == 0)
        return check_fixed(config);
    out->batch = config->batch > 0 ? config->batch : info->batch;
    out->filters = config->filters > 0 ? config->filters : info->filters;
    for (int i = 0; i < info->n_size; i++)
        out->size[i] = config->size[i] > 0 ? config->size[i] : info->size[i];
    return WIL_OK;
}

/* ---- time --------------------------------------------------------------------------------------------- */

static wil_status time_once(wil_timed_step *step, double *seconds_out)
{
    const double started_s = wil_time_s();
    WIL_TRY(wil_timed_step_run(step));
    *seconds_out = wil_time_s() - started_s;
    return WIL_OK;
}

static wil_status time_step(
    wil_bench_result *out, wil_timed_step *step, int repeats, const wil_monitor *monitor)
{
    WIL_OWN(double) *seconds = NULL;
    double warm_s = 0;
    const double started_s = wil_time_s();
    WIL_TRY(time_once(step, &warm_s)); /* touches the memory */
    if (warm_s < QUICK_STEP_S)
        WIL_TRY(time_once(step, &warm_s)); /* raises the clock */
    WIL_TRY(wil_alloc_f64(&seconds, (size_t)repeats));
    for (int i = 0; i < repeats; i++) {
        WIL_TRY(time_once(step, &seconds[i]));
        wil_monitor_progress(monitor, out->name, i + 1, repeats, wil_time_s() - started_s, "");
    }
    qsort(seconds, (size_t)repeats, sizeof *seconds, wil_compare_doubles);
    out->seconds_min = seconds[0];
    out->seconds_median = (seconds[(repeats - 1) / 2] + seconds[repeats / 2]) / 2;
    return WIL_OK;
}

static wil_timed_config timed_of(const wil_bench_info *info, const wil_bench_config *config)
{
    wil_timed_config timed = {.kind = info->kind,
        .batch = config->batch,
        .filters = config->filters,
        .n_size = info->n_size,
        .spectral = config->spectral,
        .weight_clip = config->weight_clip,
        .per_sample_clip = config->per_sample_clip,
        .plan = wil_plan_config_default()};
    memcpy(timed.size, config->size, sizeof timed.size);
    timed.plan.precision = config->precision;
    timed.plan.recompute = config->recompute;
    timed.plan.profile = config->profile;
    return timed;
}

static wil_status run_step(wil_bench_result *out, const wil_bench_info *info, const wil_bench_config *config,
    const wil_monitor *monitor)
{
    WIL_OWN(wil_timed_step) *step = NULL;
    const wil_timed_config timed = timed_of(info, config);
    WIL_TRY(wil_fail_context(wil_timed_step_new(&step, &timed, monitor), "%s", info->name));
    const wil_plan *plan = wil_timed_step_plan(step);
    out->plan_bytes = wil_plan_bytes(plan);
    out->flops = wil_plan_flops(plan) * wil_timed_step_n_runs(step);
    wil_monitor_info(monitor, "%s: the plan needs %.0f MiB", info->name, (double)out->plan_bytes / 1048576.0);
    WIL_TRY(time_step(out, step, config->repeats, monitor));
    out->peak_rss_bytes = wil_memory_peak_bytes();
    return config->profile ? wil_plan_profile(&out->profile, plan) : WIL_OK;
}

static wil_status measure_step(wil_bench_result *out, const wil_bench_info *info,
    const wil_bench_config *config, const wil_monitor *monitor)
{
    wil_bench_result peak;
    WIL_TRY(run_step(out, info, config, monitor));
    WIL_TRY(bench_peak_measure(&peak, config->precision == WIL_PRECISION_BF16,
        config->repeats < PEAK_REPEATS ? config->repeats : PEAK_REPEATS));
    out->gflop_s = out->flops / out->seconds_median * 1e-9;
    out->peak_fraction = out->gflop_s / peak.gflop_s;
    return WIL_OK;
}

static wil_status measure_peak(wil_bench_result *out, const wil_bench_config *config)
{
    const wil_bench_result what = *out;
    WIL_TRY(bench_peak_measure(out, config->precision == WIL_PRECISION_BF16, config->repeats));
    out->name = what.name;
    out->threads = what.threads;
    out->precision = what.precision;
    out->peak_fraction = 1;
    out->peak_rss_bytes = wil_memory_peak_bytes();
    return WIL_OK;
}

void wil_bench_result_clear(wil_bench_result *result)
{
    wil_free(result->profile);
    memset(result, 0, sizeof *result);
}

wil_status wil_bench_run(wil_bench_result *out, const wil_bench_config *config, const wil_monitor *monitor)
{
    const wil_bench_info *info = NULL;
    wil_bench_config full;
    const int threads_before = omp_get_max_threads();
    memset(out, 0, sizeof *out);
    WIL_TRY(complete(&full, &info, config));
    if (full.precision == WIL_PRECISION_BF16 && !wil_backend_has(WIL_BACKEND_FAST, WIL_PRECISION_BF16)) {
        wil_monitor_warn(monitor, "this processor has no bf16 instructions (or WILLIS_ISA forbids them): "
                                  "running f32");
        full.precision = WIL_PRECISION_F32;
    }
    *out = (wil_bench_result){.name = info->name,
        .batch = full.batch,
        .filters = full.filters,
        .n_size = info->n_size,
        .threads = wil_thread_count(full.threads),
        .precision = full.precision == WIL_PRECISION_BF16 ? "bf16" : "f32"};
    memcpy(out->size, full.size, sizeof out->size);
    omp_set_num_threads(out->threads);
    const wil_status status =
        info->n_size == 0 ? measure_peak(out, &full) : measure_step(out, info, &full, monitor);
    omp_set_num_threads(threads_before);
    if (status != WIL_OK)
        wil_bench_result_clear(out);
    return status;
}
