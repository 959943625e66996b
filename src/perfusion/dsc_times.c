/* A series at other times: what was measured when frames, or slices, were not where they should be is
 * interpolated through two good frames on either side (Lagrange's cubic; a line where a gap is wide). */
#include "run_internal.h"

#include <math.h>
#include <string.h>

#define CHUNK 64
#define SAME_TIME 1e-6 /* of a step */
#define WIDE_GAP 3.5   /* steps between the good frames beside a time: beyond it a cubic swings */

typedef struct blend {
    int n, frame[4];
    float weight[4];
} blend;
WIL_OWNED_POINTER(blend, wil_free)

typedef struct resample_task {
    wil_volume *series;
    const blend *blends; /* [n_slices, n_time] */
    const wil_perfusion_timing *timing;
    bool failed;
} resample_task;

static int next_good(const uint8_t *bad, int from, int step, int n)
{
    while (from >= 0 && from < n && bad != NULL && bad[from] != WIL_FRAME_USED)
        from += step;
    return from >= 0 && from < n ? from : -1;
}

/* time_s [n] of the frames, which rise. */
static blend blend_at(const double *time_s, const uint8_t *bad, int n, double at_s, double step_s)
{
    int after = 0;
    while (after < n && time_s[after] < at_s - SAME_TIME * step_s)
        after++;
    const int right = next_good(bad, after, 1, n);
    if (right >= 0 && fabs(time_s[right] - at_s) <= SAME_TIME * step_s)
        return (blend){1, {right}, {1}};
    const int left = next_good(bad, after - 1, -1, n);
    if (left < 0 || right < 0)
        return (blend){1, {left < 0 ? right : left}, {1}};
    int at[4] = {left, right}, count = 2;
    const int farther[2] = {next_good(bad, left - 1, -1, n), next_good(bad, right + 1, 1, n)};
    if (farther[0] >= 0 && farther[1] >= 0 && time_s[right] - time_s[left] <= WIDE_GAP * step_s) {
        at[count++] = farther[0];
        at[count++] = farther[1];
    }
    blend b = {.n = count};
    for (int i = 0; i < count; i++) {
        double weight = 1;
        for (int k = 0; k < count; k++)
            weight *= k == i ? 1 : (at_s - time_s[at[k]]) / (time_s[at[i]] - time_s[at[k]]);
        b.frame[i] = at[i];
        b.weight[i] = (float)weight;
    }
    return b;
}

static int slice_of(const resample_task *task, size_t voxel)
{
    const wil_perfusion_timing *t = task->timing;
    size_t stride = 1;
    if (t == NULL || t->slice_s == NULL)
        return 0;
    for (int axis = 0; axis < t->slice_axis; axis++)
        stride *= (size_t)task->series->grid.size[axis];
    return (int)(voxel / stride % (size_t)t->n_slices);
}

static void resample_voxels(int64_t begin, int64_t end, void *context)
{
    resample_task *task = context;
    const int n_time = task->series->n_time;
    const size_t n = wil_grid_count(&task->series->grid);
    float rows[CHUNK], *voxels = task->series->voxels;
    WIL_OWN(float) *held = NULL;
    if (wil_alloc_f32(&held, (size_t)n_time * CHUNK) != WIL_OK) {
#pragma omp atomic write
        task->failed = true;
        return;
    }
    for (int t = 0; t < n_time; t++)
        memcpy(
            held + (size_t)t * CHUNK, voxels + (size_t)t * n + begin, (size_t)(end - begin) * sizeof *held);
    for (int t = 0; t < n_time; t++) {
        for (int64_t i = begin; i < end; i++) {
            const blend *b = &task->blends[(size_t)slice_of(task, (size_t)i) * (size_t)n_time + (size_t)t];
            float sum = 0;
            for (int k = 0; k < b->n; k++) {
                const float value = held[(size_t)b->frame[k] * CHUNK + (size_t)(i - begin)];
                sum += b->n == 1 ? value : b->weight[k] * value;
            }
            rows[i - begin] = sum;
        }
        memcpy(voxels + (size_t)t * n + begin, rows, (size_t)(end - begin) * sizeof *rows);
    }
}

static wil_status run_blends(wil_volume *series, const blend *blends, const wil_perfusion_timing *timing)
{
    resample_task task = {series, blends, timing, false};
    wil_parallel_for((int64_t)wil_grid_count(&series->grid), CHUNK, resample_voxels, &task);
    WIL_REQUIRE(!task.failed, WIL_ERR_MEMORY, "out of memory for moving the series' frames in time");
    return WIL_OK;
}

wil_status wil_perfusion_resample(
    wil_volume *series, const wil_perfusion_timing *timing, const uint8_t *bad, double tr_s)
{
    const int n_time = series->n_time;
    const bool by_slice = timing != NULL && timing->slice_s != NULL;
    const int n_slices = by_slice ? timing->n_slices : 1;
    double middle_s = 0, low = INFINITY, high = -INFINITY;
    WIL_OWN(double) *time_s = NULL;
    WIL_OWN(blend) *blends = NULL;
    WIL_REQUIRE(timing == NULL || timing->volume_s == NULL || timing->n_volumes == n_time, WIL_ERR_INPUT,
        "VolumeTiming has %d times, the series %d frames; give one for each",
        timing == NULL ? 0 : timing->n_volumes, n_time);
    WIL_TRY(wil_alloc_f64(&time_s, (size_t)n_time));
    WIL_TRY(wil_alloc((void **)&blends, (size_t)n_slices * (size_t)n_time, sizeof *blends));
    for (int z = 0; by_slice && z < n_slices; z++) {
        low = fmin(low, timing->slice_s[z]);
        high = fmax(high, timing->slice_s[z]);
        middle_s = 0.5 * (low + high);
    }
    for (int z = 0; z < n_slices; z++) {
        for (int t = 0; t < n_time; t++)
            time_s[t] =
                (timing != NULL && timing->volume_s != NULL ? timing->volume_s[t] - timing->volume_s[0]
                                                            : t * tr_s) +
                (by_slice ? timing->slice_s[z] : 0);
        for (int t = 0; t < n_time; t++)
            blends[(size_t)z * (size_t)n_time + (size_t)t] =
                blend_at(time_s, bad, n_time, t * tr_s + middle_s, tr_s);
    }
    return run_blends(series, blends, timing);
}
