/* Timing: builds a case, runs it, reads memory, and then measures what the machine gives at best. */
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "bench_internal.h"

#define SEED 1
#define LEARNING_RATE 1e-4 /* the study's, of most networks */
#define PEAK_REPEATS 5     /* at most, of each shape, beside a case */
#define QUICK_STEP_S 1.    /* a step below this is run twice before it counts, a longer one once */

wil_bench_config wil_bench_config_default(const char *name)
{
    return (wil_bench_config){.name = name, .repeats = 5};
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
    WIL_REQUIRE(config->repeats >= 1 && config->repeats <= 100000, WIL_ERR_ARG,
        "repeats is %d but must be between 1 and 100000", config->repeats);
    WIL_REQUIRE(config->batch >= 0 && config->filters >= 0, WIL_ERR_ARG,
        "batch %d, filters %d: must be 1 or more", config->batch, config->filters);
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

/* ---- the case ----------------------------------------------------------------------------------------- */

void bench_case_clear(bench_case *bench)
{
    net_step_clear(&bench->step);
    for (int i = 0; i < NET_STEP_SETS; i++) {
        wil_optimizer_free(bench->optimizers[i]);
        wil_params_free(bench->sets[i]);
    }
    for (int i = 0; i < bench->n_inputs; i++)
        wil_free(bench->inputs[i]);
    memset(bench, 0, sizeof *bench);
}

static bool is_weight(const bench_case *bench, const char *name)
{
    for (int i = 0; i < NET_STEP_SETS; i++)
        if (wil_params_find(bench->sets[i], name) != NULL)
            return true;
    return false;
}

/* Random numbers in [0, 1) for every input: no time depends on their values. */
static wil_status bind_inputs(bench_case *bench)
{
    wil_plan *plan = bench->step.plan;
    for (int i = 0; i < wil_plan_n_leaves(plan); i++) {
        const char *name = wil_plan_leaf_name(plan, i);
        if (is_weight(bench, name))
            continue;
        const int at = bench->n_inputs;
        const size_t count = (size_t)wil_shape_count(wil_plan_leaf_shape(plan, i));
        WIL_REQUIRE(at < BENCH_INPUTS, WIL_ERR_INTERNAL, "more than %d inputs", BENCH_INPUTS);
        WIL_TRY(wil_alloc_f32(&bench->inputs[at], count));
        bench->n_inputs++;
        wil_rng_fill_uniform_f32(wil_rng_at(SEED, WIL_RNG_TEST, (uint32_t)at), 0, count, bench->inputs[at]);
        WIL_TRY(wil_plan_bind(plan, name, bench->inputs[at]));
    }
    return WIL_OK;
}

static wil_status make_ready(bench_case *bench)
{
    for (int i = 0; i < NET_STEP_SETS; i++)
        WIL_TRY(wil_params_initialize(bench->sets[i], SEED + (uint64_t)i));
    for (int i = 0; i < bench->step.n_trained; i++)
        WIL_TRY(wil_optimizer_new(&bench->optimizers[i], bench->step.trained[i].set, &bench->optimizer));
    return bind_inputs(bench);
}

wil_plan_config bench_plan_config(const wil_bench_config *config)
{
    wil_plan_config plan = wil_plan_config_default();
    plan.precision = config->bf16 ? WIL_PRECISION_BF16 : WIL_PRECISION_F32;
    plan.recompute = config->recompute;
    plan.profile = config->profile;
    return plan;
}

wil_status bench_compile(bench_case *bench, wil_graph *graph, const wil_bench_config *config)
{
    wil_plan_config plan = bench_plan_config(config);
    plan.fixed_params = bench->step.n_trained == 0;
    WIL_TRY(net_step_compile(&bench->step, graph, &plan));
    return net_step_bind(&bench->step, bench->sets, NET_STEP_SETS);
}

wil_status bench_case_new(bench_case *out, const wil_bench_info *info, const wil_bench_config *config)
{
    memset(out, 0, sizeof *out);
    out->runs = 1;
    out->optimizer = wil_optimizer_config_default(WIL_OPTIMIZER_ADAM);
    out->optimizer.learning_rate = LEARNING_RATE;
    wil_graph *graph = NULL;
    wil_status status = wil_graph_new(&graph);
    for (int i = 0; i < NET_STEP_SETS && status == WIL_OK; i++)
        status = wil_params_new(&out->sets[i]);
    if (status == WIL_OK)
        status = wil_fail_context(bench_builder_of(info)(out, graph, config), "%s", info->name);
    if (status == WIL_OK)
        status = make_ready(out);
    wil_graph_free(graph);
    if (status != WIL_OK)
        bench_case_clear(out);
    return status;
}

static wil_status run_once(bench_case *bench, const wil_monitor *monitor, double *seconds_out)
{
    WIL_REQUIRE(!wil_monitor_stop_requested(monitor), WIL_ERR_INTERRUPTED, "interrupted");
    const double started_s = wil_time_s();
    for (int i = 0; i < bench->runs; i++)
        WIL_TRY(net_step_run(&bench->step, bench->optimizers));
    *seconds_out = wil_time_s() - started_s;
    const float first = *(const float *)wil_plan_output(bench->step.plan, 0);
    WIL_REQUIRE(isfinite(first), WIL_ERR_NUMERIC, "the loss is not finite");
    return WIL_OK;
}

/* ---- time --------------------------------------------------------------------------------------------- */

static wil_status time_case(wil_bench_result *out, bench_case *bench, int repeats, const wil_monitor *monitor)
{
    double *seconds = NULL;
    double warm_s = 0;
    const double started_s = wil_time_s();
    WIL_TRY(run_once(bench, monitor, &warm_s)); /* touches the memory */
    if (warm_s < QUICK_STEP_S)
        WIL_TRY(run_once(bench, monitor, &warm_s)); /* raises the clock */
    WIL_TRY(wil_alloc_f64(&seconds, (size_t)repeats));
    wil_status status = WIL_OK;
    for (int i = 0; i < repeats && status == WIL_OK; i++) {
        status = run_once(bench, monitor, &seconds[i]);
        wil_monitor_progress(monitor, out->name, i + 1, repeats, wil_time_s() - started_s, "");
    }
    if (status == WIL_OK) {
        qsort(seconds, (size_t)repeats, sizeof *seconds, wil_compare_doubles);
        out->seconds_min = seconds[0];
        out->seconds_median = (seconds[(repeats - 1) / 2] + seconds[repeats / 2]) / 2;
    }
    wil_free(seconds);
    return status;
}

static wil_status measure_case(wil_bench_result *out, const wil_bench_info *info,
    const wil_bench_config *config, const wil_monitor *monitor)
{
    bench_case bench;
    bench_peak peak;
    WIL_TRY(bench_case_new(&bench, info, config));
    out->plan_bytes = wil_plan_bytes(bench.step.plan);
    out->flops = wil_plan_flops(bench.step.plan) * bench.runs;
    wil_monitor_info(monitor, "%s: the plan needs %.0f MiB", info->name, (double)out->plan_bytes / 1048576.0);
    wil_status status = time_case(out, &bench, config->repeats, monitor);
    out->peak_rss_bytes = wil_memory_peak_bytes();
    if (status == WIL_OK && config->profile)
        status = wil_plan_profile(&out->profile, bench.step.plan);
    bench_case_clear(&bench);
    WIL_TRY(status);
    WIL_TRY(bench_peak_measure(
        &peak, config->bf16, config->repeats < PEAK_REPEATS ? config->repeats : PEAK_REPEATS));
    out->gflop_s = out->flops / out->seconds_median * 1e-9;
    out->peak_fraction = out->gflop_s / peak.gflop_s;
    return WIL_OK;
}

static wil_status measure_peak(wil_bench_result *out, const wil_bench_config *config)
{
    bench_peak peak;
    WIL_TRY(bench_peak_measure(&peak, config->bf16, config->repeats));
    out->batch = peak.batch;
    out->filters = peak.channels;
    out->n_size = peak.n_size;
    memcpy(out->size, peak.size, sizeof out->size);
    out->seconds_median = peak.seconds_median;
    out->seconds_min = peak.seconds_min;
    out->flops = peak.flops;
    out->gflop_s = peak.gflop_s;
    out->peak_fraction = 1;
    out->plan_bytes = peak.plan_bytes;
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
    if (full.bf16 && !wil_backend_has(WIL_BACKEND_FAST, WIL_PRECISION_BF16)) {
        wil_monitor_warn(monitor, "this processor has no bf16 instructions (or WILLIS_ISA forbids them): "
                                  "running f32");
        full.bf16 = false;
    }
    *out = (wil_bench_result){.name = info->name,
        .batch = full.batch,
        .filters = full.filters,
        .n_size = info->n_size,
        .threads = wil_thread_count(full.threads),
        .precision = full.bf16 ? "bf16" : "f32"};
    memcpy(out->size, full.size, sizeof out->size);
    omp_set_num_threads(out->threads);
    const wil_status status =
        info->n_size == 0 ? measure_peak(out, &full) : measure_case(out, info, &full, monitor);
    omp_set_num_threads(threads_before);
    if (status != WIL_OK)
        wil_bench_result_clear(out);
    return status;
}
