/* Standard deviations by residual bootstrap [Efron1979]: residuals of the fit, drawn anew for each frame and
 * added to the fit, are new measurements of the same voxel; the spread of their maps is the maps'
 * uncertainty. */
#include "run_internal.h"

#include <math.h>
#include <string.h>

#define CHUNK 32
#define N_SPREADS 5

typedef struct spread {
    double mean, squares;
} spread;

typedef struct bootstrap_task {
    dsc_run *run;
    const deconv_plan *plan;
    float *sd[N_SPREADS]; /* [n]: CBF, CBV, MTT, Tmax, TTP */
    double aif_area;
    int arrival;
    bool failed;
} bootstrap_task;

static void bootstrap_task_clear(bootstrap_task *task)
{
    for (int m = 0; m < N_SPREADS; m++)
        wil_free(task->sd[m]);
}
WIL_OWNED_VALUE(bootstrap_task, bootstrap_task_clear)

static void add_value(spread *s, int n_before, double value)
{
    const double d = value - s->mean;
    s->mean += d / (n_before + 1);
    s->squares += d * (value - s->mean);
}

/* One new measurement of a voxel. The residuals are centred, so that the fit stays the mean. */
static void draw(float *out, const bootstrap_task *task, int64_t i, int round)
{
    const dsc_run *run = task->run;
    const int n_time = run->frames.n_time;
    const float *curve = run->curves + (size_t)i * (size_t)n_time;
    const float *fit = run->fit + (size_t)i * (size_t)n_time;
    const wil_rng rng = wil_rng_at(run->result->config.seed, WIL_RNG_BOOTSTRAP, 1000 + (uint32_t)round);
    float mean = 0;
    for (int t = 0; t < n_time; t++)
        mean += (curve[t] - fit[t]) / (float)n_time;
    for (int t = 0; t < n_time; t++) {
        const uint64_t address = (uint64_t)run->voxels[i] * (uint64_t)n_time + (uint64_t)t;
        const uint64_t from = wil_rng_below(rng, address, (uint64_t)n_time);
        out[t] = fit[t] + curve[from] - fit[from] - mean;
    }
}

static void add_voxel(
    spread s[N_SPREADS], const bootstrap_task *task, int round, const float *curve, wil_perfusion_peak peak)
{
    const wil_perfusion_config *config = &task->run->result->config;
    const int n_time = task->run->frames.n_time;
    const double flow = fmax(0, perfusion_flow(config, peak.height_per_s));
    const double volume = fmax(0, perfusion_volume(config, row_area(curve, n_time), task->aif_area));
    add_value(&s[0], round, flow);
    add_value(&s[1], round, volume);
    add_value(&s[2], round, flow > 0 ? 60 * volume / flow : 0);
    add_value(&s[3], round, peak.time_s);
    add_value(&s[4], round,
        config->tr_s * curve_peak_frame(curve, n_time, task->arrival > 2 ? task->arrival - 2 : 0));
}

static wil_status measure_chunk(bootstrap_task *task, int64_t begin, int64_t end)
{
    spread s[CHUNK][N_SPREADS];
    wil_perfusion_peak peaks[CHUNK];
    const int n_rounds = task->run->result->config.n_bootstrap;
    const size_t n_time = (size_t)task->run->frames.n_time;
    WIL_OWN(float) *curves = NULL;
    WIL_TRY(wil_alloc_f32(&curves, CHUNK * n_time));
    memset(s, 0, sizeof s);
    for (int round = 0; round < n_rounds; round++) {
        for (int64_t i = begin; i < end; i++)
            draw(curves + (size_t)(i - begin) * n_time, task, i, round);
        WIL_TRY(deconv_run(task->plan, peaks, NULL, NULL, curves, end - begin));
        for (int64_t i = begin; i < end; i++)
            add_voxel(s[i - begin], task, round, curves + (size_t)(i - begin) * n_time, peaks[i - begin]);
    }
    for (int64_t i = begin; i < end; i++)
        for (int m = 0; m < N_SPREADS; m++)
            task->sd[m][i] = (float)sqrt(s[i - begin][m].squares / (n_rounds - 1));
    return WIL_OK;
}

static void run_chunk(int64_t begin, int64_t end, void *context)
{
    bootstrap_task *task = context;
    if (measure_chunk(task, begin, end) != WIL_OK) {
#pragma omp atomic write
        task->failed = true;
    }
}

wil_status perfusion_run_bootstrap(dsc_run *run, const deconv_plan *plan)
{
    const wil_perfusion_result *r = run->result;
    WIL_OWN(bootstrap_task) task = {.run = run, .plan = plan};
    task.arrival = r->phases.arrival - r->phases.n_discard;
    task.aif_area = curve_area(r->aif.concentration, r->n_time);
    for (int m = 0; m < N_SPREADS; m++)
        WIL_TRY(wil_alloc_f32(&task.sd[m], (size_t)run->n));
    wil_parallel_for(run->n, CHUNK, run_chunk, &task);
    WIL_REQUIRE(!task.failed, WIL_ERR_MEMORY, "out of memory for the bootstrap");
    for (int m = 0; m < N_SPREADS; m++)
        WIL_TRY(perfusion_run_put_map(run, (wil_perfusion_map_kind)(WIL_MAP_CBF_SD + m), task.sd[m]));
    return WIL_OK;
}
