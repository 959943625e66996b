/* From residue functions and curves to maps with units. */
#include "run_internal.h"

#include <math.h>

static const struct {
    const char *name, *unit;
} looks[WIL_MAP_COUNT] = {
    [WIL_MAP_CBF] = {"cbf", "ml/100g/min"},
    [WIL_MAP_CBV] = {"cbv", "ml/100g"},
    [WIL_MAP_MTT] = {"mtt", "s"},
    [WIL_MAP_TMAX] = {"tmax", "s"},
    [WIL_MAP_TTP] = {"ttp", "s from bolus arrival"},
    [WIL_MAP_TTP_START] = {"ttp_from_start", "s from first frame"},
    [WIL_MAP_ARRIVAL] = {"arrival", "s from bolus arrival"},
    [WIL_MAP_MOMENT] = {"first_moment", "s from bolus arrival"},
    [WIL_MAP_SNR] = {"snr", "1"},
    [WIL_MAP_FIT_RESIDUAL] = {"fit_residual", "share of tissue peak"},
    [WIL_MAP_RCBF] = {"rcbf", "share of reference"},
    [WIL_MAP_RCBV] = {"rcbv", "share of reference"},
    [WIL_MAP_K2] = {"k2", "1/s"},
    [WIL_MAP_CBF_SD] = {"cbf_sd", "ml/100g/min"},
    [WIL_MAP_CBV_SD] = {"cbv_sd", "ml/100g"},
    [WIL_MAP_MTT_SD] = {"mtt_sd", "s"},
    [WIL_MAP_TMAX_SD] = {"tmax_sd", "s"},
    [WIL_MAP_TTP_SD] = {"ttp_sd", "s"},
};

const char *wil_perfusion_map_name(wil_perfusion_map_kind kind)
{
    return looks[kind].name;
}

const char *wil_perfusion_map_unit(wil_perfusion_map_kind kind)
{
    return looks[kind].unit;
}

/* 60 s a minute, 100 g. */
double perfusion_flow(const wil_perfusion_config *config, double height_per_s)
{
    return config->hematocrit_factor / config->density_g_ml * height_per_s * 6000;
}

double perfusion_volume(const wil_perfusion_config *config, double tissue_area, double aif_area)
{
    return config->hematocrit_factor / config->density_g_ml * 100 * tissue_area / aif_area;
}

double curve_area(const double *curve, int n_time)
{
    double area = 0.5 * (curve[0] + curve[n_time - 1]);
    for (int i = 1; i + 1 < n_time; i++)
        area += curve[i];
    return area;
}

double row_area(const float *curve, int n_time)
{
    double area = 0.5 * ((double)curve[0] + (double)curve[n_time - 1]);
    for (int i = 1; i + 1 < n_time; i++)
        area += (double)curve[i];
    return area;
}

double curve_peak_frame(const float *curve, int n_time, int first)
{
    int at = first;
    for (int i = first + 1; i < n_time; i++)
        if (curve[i] > curve[at])
            at = i;
    if (at == 0 || at + 1 >= n_time)
        return at;
    const double before = (double)curve[at - 1], after = (double)curve[at + 1];
    const double bend = before - 2 * (double)curve[at] + after;
    return bend < 0 ? at + 0.5 * (before - after) / bend : at;
}

/* Where the rising flank passes a tenth of the peak, in frames. */
static double row_arrival(const float *curve, double peak_frame)
{
    int i = (int)(peak_frame + 0.5);
    const float level = 0.1F * curve[i];
    while (i > 0 && curve[i - 1] > level)
        i--;
    if (i == 0)
        return 0;
    const double rise = (double)curve[i] - (double)curve[i - 1];
    return i - 1 + (rise > 0 ? ((double)level - (double)curve[i - 1]) / rise : 0);
}

static double row_moment(const float *curve, int n_time, int first)
{
    double area = 0, moment = 0;
    for (int i = first; i < n_time; i++) {
        area += (double)curve[i];
        moment += (i - first) * (double)curve[i];
    }
    const double at = area > 0 ? moment / area : 0;
    return at >= 0 && at <= n_time ? at : 0; /* noise around 0 has no centre */
}

static double row_residual(const float *curve, const float *fit, int n_time)
{
    double squares = 0;
    float most = 0;
    for (int i = 0; i < n_time; i++) {
        const double r = (double)curve[i] - (double)fit[i];
        squares += r * r;
        most = curve[i] > most ? curve[i] : most;
    }
    return most > 0 ? sqrt(squares / n_time) / (double)most : 0;
}

wil_status perfusion_run_put_map(dsc_run *run, wil_perfusion_map_kind kind, const float *values)
{
    wil_volume *map = &run->result->maps[kind];
    WIL_TRY(wil_volume_make(map, &run->result->grid, 1));
    for (int i = 0; i < run->n; i++)
        map->voxels[run->voxels[i]] = values[i];
    return WIL_OK;
}

typedef struct map_task {
    const dsc_run *run;
    float *values[WIL_MAP_COUNT]; /* [n] or NULL */
    double aif_area;
    int arrival;
} map_task;

static void map_task_clear(map_task *task)
{
    for (int kind = 0; kind < WIL_MAP_COUNT; kind++)
        wil_free(task->values[kind]);
}
WIL_OWNED_VALUE(map_task, map_task_clear)

static void fill_voxel(const map_task *task, int64_t i)
{
    const dsc_run *run = task->run;
    const wil_perfusion_config *config = &run->result->config;
    const int n_time = run->frames.n_time;
    const float *curve = run->curves + (size_t)i * (size_t)n_time;
    const double tr_s = config->tr_s;
    const double flow = fmax(0, perfusion_flow(config, run->peaks[i].height_per_s));
    const double volume = fmax(0, perfusion_volume(config, row_area(curve, n_time), task->aif_area));
    const double peak = curve_peak_frame(curve, n_time, task->arrival > 2 ? task->arrival - 2 : 0);
    const bool sound = isfinite(flow) && isfinite(volume) && flow > 0;
    const bool shows = sound && run->shows[i] != 0;
    task->values[WIL_MAP_CBF][i] = sound ? (float)flow : 0;
    task->values[WIL_MAP_CBV][i] = sound ? (float)volume : 0;
    task->values[WIL_MAP_MTT][i] = shows ? (float)(60 * volume / flow) : 0;
    task->values[WIL_MAP_TMAX][i] = shows ? (float)run->peaks[i].time_s : 0;
    task->values[WIL_MAP_TTP][i] = shows ? (float)(tr_s * (peak - task->arrival)) : 0;
    task->values[WIL_MAP_TTP_START][i] = shows ? (float)(tr_s * (peak + run->result->phases.n_discard)) : 0;
    task->values[WIL_MAP_SNR][i] = run->snr[i];
    if (!config->extra_maps)
        return;
    task->values[WIL_MAP_ARRIVAL][i] = shows ? (float)(tr_s * (row_arrival(curve, peak) - task->arrival)) : 0;
    task->values[WIL_MAP_MOMENT][i] = shows ? (float)(tr_s * row_moment(curve, n_time, task->arrival)) : 0;
    task->values[WIL_MAP_FIT_RESIDUAL][i] =
        (float)row_residual(curve, run->fit + (size_t)i * (size_t)n_time, n_time);
}

static void fill_chunk(int64_t begin, int64_t end, void *context)
{
    for (int64_t i = begin; i < end; i++)
        fill_voxel(context, i);
}

static bool is_wanted(const wil_perfusion_config *config, int kind)
{
    if (kind == WIL_MAP_ARRIVAL || kind == WIL_MAP_MOMENT || kind == WIL_MAP_FIT_RESIDUAL)
        return config->extra_maps;
    return kind <= WIL_MAP_TTP_START || kind == WIL_MAP_SNR;
}

wil_status perfusion_run_fill_maps(dsc_run *run)
{
    const wil_perfusion_result *r = run->result;
    WIL_OWN(map_task) task = {.run = run, .arrival = r->phases.arrival - r->phases.n_discard};
    WIL_TRY(perfusion_run_find_bolus(run));
    task.aif_area = curve_area(r->aif.concentration, r->n_time);
    for (int kind = 0; kind < WIL_MAP_COUNT; kind++)
        if (is_wanted(&r->config, kind))
            WIL_TRY(wil_alloc_f32(&task.values[kind], (size_t)run->n));
    wil_parallel_for(run->n, 256, fill_chunk, &task);
    for (int kind = 0; kind < WIL_MAP_COUNT; kind++)
        if (task.values[kind] != NULL)
            WIL_TRY(perfusion_run_put_map(run, (wil_perfusion_map_kind)kind, task.values[kind]));
    return run->k2 != NULL ? perfusion_run_put_map(run, WIL_MAP_K2, run->k2) : WIL_OK;
}
