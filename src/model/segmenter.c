/* A U-Net over a whole volume: every axial slice in overlapping tiles, probabilities blended. */
#include <math.h>
#include <string.h>

#include "willis/model.h"
#include "tiling.h"
#include "willis/engine.h"

struct wil_segmenter {
    wil_params *params;
    bool owns_params;
    wil_unet_facts facts;
    wil_plan *plan;
    float *tiles; /* [WIL_SEGMENTER_SLOTS, tile, tile, 1] */
    bool told;    /* of a precision that the processor lacks */
};

static wil_plan_config plan_config(const wil_unet_facts *facts, const wil_monitor *monitor)
{
    return wil_engine_plan_config(&(wil_engine_settings){.precision = facts->precision}, monitor);
}

static wil_status compile(wil_plan **out, wil_params *params, const wil_unet_facts *facts, bool fixed)
{
    wil_plan_config engine = plan_config(facts, NULL);
    engine.fixed_params = fixed;
    WIL_OWN(wil_graph) *graph = NULL;
    WIL_TRY(wil_graph_new(&graph));
    wil_nn nn = {.graph = graph, .params = params, .prefix = "unet", .training = false};
    const wil_node x =
        wil_graph_input_node(graph, "x", wil_shape_of(4, WIL_SEGMENTER_SLOTS, facts->tile, facts->tile, 1));
    const wil_node probability = wil_op_sigmoid(graph, wil_nets_unet(&nn, x, &facts->net));
    WIL_TRY(wil_graph_status(graph));
    return wil_plan_compile(out, graph, &probability, 1, &engine);
}

wil_status wil_segmenter_plan_bytes(size_t *out, wil_params *params, const wil_unet_facts *facts)
{
    wil_plan *plan = NULL;
    *out = 0;
    WIL_TRY(wil_unet_config_check(&facts->net, facts->tile, facts->tile));
    WIL_TRY(compile(&plan, params, facts, false));
    *out = wil_plan_bytes(plan);
    wil_plan_free(plan);
    return WIL_OK;
}

wil_status wil_segmenter_borrow(
    wil_segmenter **out, wil_params *params, const wil_unet_facts *facts, bool fixed)
{
    *out = NULL;
    WIL_TRY(wil_unet_config_check(&facts->net, facts->tile, facts->tile));
    WIL_TRY(wil_alloc((void **)out, 1, sizeof **out));
    wil_segmenter *segmenter = *out;
    segmenter->params = params;
    segmenter->facts = *facts;
    wil_status status = compile(&segmenter->plan, params, facts, fixed);
    if (status == WIL_OK)
        status = wil_plan_bind_sets(segmenter->plan, &params, 1);
    if (status == WIL_OK)
        status = wil_alloc_f32(
            &segmenter->tiles, (size_t)WIL_SEGMENTER_SLOTS * (size_t)facts->tile * (size_t)facts->tile);
    if (status == WIL_OK)
        status = wil_plan_bind(segmenter->plan, "x", segmenter->tiles);
    if (status != WIL_OK) {
        wil_segmenter_free(segmenter);
        *out = NULL;
    }
    return status;
}

wil_status wil_segmenter_open(wil_segmenter **out, const char *model_path)
{
    wil_params *params = NULL;
    wil_unet_facts facts;
    *out = NULL;
    WIL_TRY(wil_unet_load(&params, &facts, model_path));
    const wil_status status = wil_segmenter_borrow(out, params, &facts, true);
    if (status != WIL_OK)
        wil_params_free(params);
    else
        (*out)->owns_params = true;
    return status;
}

void wil_segmenter_free(wil_segmenter *segmenter)
{
    if (segmenter == NULL)
        return;
    wil_plan_free(segmenter->plan);
    if (segmenter->owns_params)
        wil_params_free(segmenter->params);
    wil_free(segmenter->tiles);
    wil_free(segmenter);
}

double wil_segmenter_threshold(const wil_segmenter *segmenter)
{
    return segmenter->facts.threshold;
}

/* ---- one slice ---------------------------------------------------------------------------------------- */

/* Tiles per run: a fixed micro-batch, so that results do not depend on how many tiles a slice has. */
#define WIL_SEGMENTER_SLOTS 4

typedef struct slice_work {
    tiling tiles;
    int height, width;
    float dark;           /* a standardised 0: what lies around a slice */
    float *input;         /* [H,W] standardised */
    float *sum, *weights; /* [H,W] */
    int waiting[WIL_SEGMENTER_SLOTS];
    int n_waiting;
} slice_work;

static void slice_work_clear(slice_work *work)
{
    tiling_clear(&work->tiles);
    wil_free(work->input);
    wil_free(work->sum);
    wil_free(work->weights);
}

static wil_status slice_work_new(slice_work *out, const wil_grid *grid, const wil_unet_facts *facts)
{
    const int tile = facts->tile;
    memset(out, 0, sizeof *out);
    wil_scale_standard(&out->dark, 1, facts->mean, facts->sd);
    out->width = grid->size[0];
    out->height = grid->size[1];
    const size_t n = (size_t)out->width * (size_t)out->height;
    wil_status status = tiling_new(&out->tiles, out->height, out->width, tile, tile / 4);
    if (status == WIL_OK)
        status = wil_alloc_f32(&out->input, n);
    if (status == WIL_OK)
        status = wil_alloc_f32(&out->sum, n);
    if (status == WIL_OK)
        status = wil_alloc_f32(&out->weights, n);
    if (status != WIL_OK)
        slice_work_clear(out);
    return status;
}

static wil_status run_waiting(wil_segmenter *segmenter, slice_work *work)
{
    const size_t one = (size_t)segmenter->facts.tile * (size_t)segmenter->facts.tile;
    if (work->n_waiting == 0)
        return WIL_OK;
    memset(segmenter->tiles + (size_t)work->n_waiting * one, 0,
        (size_t)(WIL_SEGMENTER_SLOTS - work->n_waiting) * one * sizeof(float));
    WIL_TRY(wil_plan_run(segmenter->plan));
    const float *probability = wil_plan_output(segmenter->plan, 0);
    for (int i = 0; i < work->n_waiting; i++)
        tiling_add(&work->tiles, work->waiting[i], probability + (size_t)i * one, work->height, work->width,
            work->sum, work->weights);
    work->n_waiting = 0;
    return WIL_OK;
}

/* true if tile i holds a voxel of the brain (or there is no brain mask). */
static bool tile_wanted(const slice_work *work, int i, const uint8_t *brain)
{
    int y0 = 0;
    int x0 = 0;
    if (brain == NULL)
        return true;
    tiling_start(&work->tiles, i, &y0, &x0);
    for (int y = y0; y < y0 + work->tiles.tile && y < work->height; y++)
        for (int x = x0; x < x0 + work->tiles.tile && x < work->width; x++)
            if (brain[(size_t)y * work->width + x] != 0)
                return true;
    return false;
}

static wil_status run_slice(wil_segmenter *segmenter, slice_work *work, const float *slice,
    const uint8_t *brain, const float range[2], float *probability_out)
{
    const wil_unet_facts *facts = &segmenter->facts;
    const size_t n = (size_t)work->width * (size_t)work->height;
    memcpy(work->input, slice, n * sizeof(float));
    wil_scale_byte_range(work->input, n, range[0], range[1]);
    wil_scale_standard(work->input, n, facts->mean, facts->sd);
    memset(work->sum, 0, n * sizeof(float));
    memset(work->weights, 0, n * sizeof(float));
    for (int i = 0; i < tiling_count(&work->tiles); i++) {
        if (!tile_wanted(work, i, brain))
            continue;
        tiling_cut(&work->tiles, i, work->input, work->height, work->width, work->dark,
            segmenter->tiles + (size_t)work->n_waiting * (size_t)facts->tile * (size_t)facts->tile);
        work->waiting[work->n_waiting++] = i;
        if (work->n_waiting == WIL_SEGMENTER_SLOTS)
            WIL_TRY(run_waiting(segmenter, work));
    }
    WIL_TRY(run_waiting(segmenter, work));
    for (size_t k = 0; k < n; k++) {
        const bool outside = work->weights[k] <= 0.0f || (brain != NULL && brain[k] == 0);
        probability_out[k] = outside ? 0.0f : work->sum[k] / work->weights[k];
    }
    return WIL_OK;
}

/* ---- the volume --------------------------------------------------------------------------------------- */

static wil_status run_volume(wil_segmenter *segmenter, wil_volume *probability, const wil_volume *tof,
    const wil_mask *brain, const wil_monitor *monitor)
{
    const size_t n = (size_t)tof->grid.size[0] * (size_t)tof->grid.size[1];
    const int n_slices = tof->grid.size[2];
    const double started_s = wil_time_s();
    float range[2];
    slice_work work;
    WIL_TRY(wil_scan_range(range, tof, brain));
    WIL_TRY(slice_work_new(&work, &tof->grid, &segmenter->facts));
    wil_status status = WIL_OK;
    for (int z = 0; z < n_slices && status == WIL_OK; z++) {
        status = run_slice(segmenter, &work, tof->voxels + (size_t)z * n,
            brain == NULL ? NULL : brain->voxels + (size_t)z * n, range, probability->voxels + (size_t)z * n);
        wil_monitor_progress(monitor, "segment", z + 1, n_slices, wil_time_s() - started_s, "");
        if (status == WIL_OK && z + 1 < n_slices && wil_monitor_stop_requested(monitor))
            status = wil_fail(
                WIL_ERR_INTERRUPTED, "interrupted at slice %d of %d; nothing was written", z + 1, n_slices);
    }
    slice_work_clear(&work);
    return status;
}

/* NaN anywhere in a slice would spread through the convolutions into its neighbourhood. */
static wil_status check_input(const wil_volume *tof, const wil_mask *brain)
{
    WIL_REQUIRE(
        tof->n_time == 1, WIL_ERR_INPUT, "a 3D scan is needed, this one has %d time points", tof->n_time);
    WIL_TRY(wil_volume_require_finite(tof, "the scan"));
    return brain == NULL ? WIL_OK
                         : wil_grid_check_same(&brain->grid, "the brain mask", &tof->grid, "the scan");
}

static wil_status apply_threshold(wil_mask *out, const wil_volume *probability, double threshold)
{
    WIL_TRY(wil_mask_make(out, &probability->grid));
    for (size_t k = 0; k < wil_grid_count(&out->grid); k++) {
        const float p = probability->voxels[k];
        if (!isfinite(p)) {
            wil_mask_clear(out);
            return wil_fail(WIL_ERR_NUMERIC,
                "the network gives probabilities that are not finite; its weights are useless, train it anew "
                "with a lower unet.learning_rate");
        }
        out->voxels[k] = (double)p > threshold;
    }
    return WIL_OK;
}

wil_status wil_segmenter_run(wil_segmenter *segmenter, wil_mask *out, wil_volume *probability_out,
    const wil_volume *tof, const wil_mask *brain, const wil_monitor *monitor)
{
    if (brain != NULL && brain->voxels == NULL)
        brain = NULL;
    memset(out, 0, sizeof *out);
    WIL_TRY(check_input(tof, brain));
    if (!segmenter->told)
        (void)plan_config(&segmenter->facts, monitor);
    segmenter->told = true;
    wil_volume probability = {0};
    WIL_TRY(wil_volume_make(&probability, &tof->grid, 1));
    wil_status status = run_volume(segmenter, &probability, tof, brain, monitor);
    if (status == WIL_OK)
        status = apply_threshold(out, &probability, segmenter->facts.threshold);
    if (status == WIL_OK && probability_out != NULL)
        *probability_out = probability;
    else
        wil_volume_clear(&probability);
    return status;
}
