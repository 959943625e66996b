/* From a 4D series to the curves of its usable voxels. */
#include "run_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 128
#define LEAST_SNR 3.0 /* mean over SD; pure noise of a magnitude image has 1.91 */

typedef struct mean_task {
    double *mean;
    const wil_volume *series;
    const wil_mask *mask;
    size_t n_inside;
} mean_task;

static void mean_frames(int64_t begin, int64_t end, void *context)
{
    const mean_task *task = context;
    const size_t n = wil_grid_count(&task->series->grid);
    for (int64_t t = begin; t < end; t++) {
        const float *frame = task->series->voxels + (size_t)t * n;
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += task->mask->voxels[i] != 0 ? (double)frame[i] : 0;
        task->mean[t] = sum / (double)task->n_inside;
    }
}

wil_status perfusion_run_mean_signal(double *mean_out, const wil_volume *series, const wil_mask *mask)
{
    mean_task task = {.series = series, .mask = mask, .n_inside = wil_mask_count(mask)};
    task.mean = mean_out;
    WIL_REQUIRE(task.n_inside > 0, WIL_ERR_INPUT,
        "the brain mask is empty; mark the brain's voxels with 1, or give none and let it be found");
    wil_parallel_for(series->n_time, 1, mean_frames, &task);
    return WIL_OK;
}

/* ---- curves -------------------------------------------------------------------------------------------- */

typedef struct curve_task {
    const dsc_run *run;
    const int32_t *voxels;
    float *curves, *snr;
    size_t n_grid;
    bool failed;
} curve_task;

/* Frame by frame, so that neighbouring voxels are read together. */
static void gather(float *rows, const curve_task *task, const wil_volume *series, int64_t begin, int64_t end)
{
    const size_t n_time = (size_t)task->run->frames.n_time;
    const size_t skip = (size_t)task->run->result->phases.n_discard;
    for (size_t t = 0; t < n_time; t++) {
        const float *frame = series->voxels + (t + skip) * task->n_grid;
        for (int64_t i = begin; i < end; i++)
            rows[(size_t)(i - begin) * n_time + t] = frame[task->voxels[i]];
    }
}

/* snr is set to 0 for voxels without use. */
static void convert(int64_t begin, int64_t end, void *context)
{
    curve_task *task = context;
    const dsc_run *run = task->run;
    const size_t n_time = (size_t)run->frames.n_time;
    const wil_volume *second = run->inputs->second_echo;
    WIL_OWN(float) *rows = NULL;
    memset(task->snr + begin, 0, (size_t)(end - begin) * sizeof *task->snr);
    if (wil_alloc_f32(&rows, 2 * (size_t)(end - begin) * n_time) != WIL_OK) {
#pragma omp atomic write
        task->failed = true;
        return;
    }
    float *seconds = rows + (size_t)(end - begin) * n_time;
    gather(rows, task, run->series, begin, end);
    if (second != NULL)
        gather(seconds, task, second, begin, end);
    for (int64_t i = begin; i < end; i++) {
        const float *row = rows + (size_t)(i - begin) * n_time;
        const float *other = second == NULL ? NULL : seconds + (size_t)(i - begin) * n_time;
        const double snr = row_snr(row, &run->frames);
        if (rate_row(task->curves + (size_t)i * n_time, row, other, &run->frames) && snr > LEAST_SNR)
            task->snr[i] = (float)fmin(snr, 1e6);
    }
}

/* Closes the gaps that refused voxels leave. */
static void pack_curves(dsc_run *run)
{
    const size_t n_time = (size_t)run->frames.n_time;
    int kept = 0;
    for (int i = 0; i < run->n; i++) {
        if (!(run->snr[i] > 0))
            continue;
        if (kept != i)
            memmove(run->curves + (size_t)kept * n_time, run->curves + (size_t)i * n_time,
                n_time * sizeof *run->curves);
        run->voxels[kept] = run->voxels[i];
        run->snr[kept++] = run->snr[i];
    }
    run->result->n_refused = (size_t)(run->n - kept);
    run->n = kept;
}

static wil_status list_voxels(dsc_run *run, const wil_mask *brain)
{
    const size_t n = wil_grid_count(&brain->grid), n_inside = wil_mask_count(brain);
    WIL_REQUIRE(
        n <= INT32_MAX, WIL_ERR_INPUT, "the series has %zu voxels; at most %d are handled", n, INT32_MAX);
    WIL_TRY(wil_alloc_i32(&run->voxels, n_inside + 1));
    for (size_t i = 0; i < n; i++)
        if (brain->voxels[i] != 0)
            run->voxels[run->n++] = (int32_t)i;
    return WIL_OK;
}

static wil_status finish_mask(dsc_run *run, const wil_mask *brain)
{
    wil_perfusion_result *r = run->result;
    double median = 0;
    WIL_REQUIRE(run->n > 0, WIL_ERR_INPUT,
        "none of %zu voxels can be used: their signals are 0 or negative somewhere, or lost in noise "
        "(baseline SNR below %g)",
        r->n_refused, LEAST_SNR);
    WIL_TRY(wil_mask_make(&r->mask, &brain->grid));
    for (int i = 0; i < run->n; i++)
        r->mask.voxels[run->voxels[i]] = 1;
    WIL_TRY(wil_quantile(&median, run->snr, (size_t)run->n, 0.5));
    r->snr = median;
    if (r->n_refused > 0)
        WIL_TRY(perfusion_run_warn(run,
            "%zu of %zu voxels have no maps: their signal is 0 or negative in some frame, or lost in noise",
            r->n_refused, r->n_refused + (size_t)run->n));
    return WIL_OK;
}

wil_status perfusion_run_make_curves(dsc_run *run, const wil_mask *brain)
{
    WIL_TRY(list_voxels(run, brain));
    WIL_TRY(wil_alloc_f32(&run->curves, ((size_t)run->n + 1) * (size_t)run->frames.n_time));
    WIL_TRY(wil_alloc_f32(&run->snr, (size_t)run->n + 1));
    curve_task task = {.run = run,
        .voxels = run->voxels,
        .curves = run->curves,
        .snr = run->snr,
        .n_grid = wil_grid_count(&brain->grid)};
    wil_parallel_for(run->n, CHUNK, convert, &task);
    WIL_REQUIRE(!task.failed, WIL_ERR_MEMORY, "out of memory for the curves of %d voxels", run->n);
    pack_curves(run);
    return finish_mask(run, brain);
}
