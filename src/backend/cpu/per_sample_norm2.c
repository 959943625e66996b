/* Squared lengths of per-sample weight gradients on oneDNN's sgemm. With sample n's patches U [R, K I] and
 * output gradients G [R, O], one row for each output position of each pair and block, its share of the weight
 * gradient is G^T U, and
 *     |G^T U|^2 = sum over rows r, s of (U U^T)[r,s] (G G^T)[r,s]      [Goodfellow2015, Rochette2019].
 * The left side (direct) costs R K I O multiply-adds, the right one (Gram), of which half is needed,
 * R (R + 1) / 2 (K I + O). Whole samples are dealt to threads, so that each product runs on one. */
#include "dnnl_common.h"

#include <omp.h>
#include <string.h>

#define TILE                                                                                                 \
    (512 * 1024) /* floats of unfolded patches at a time in the direct form: 2 MiB, near the cache           \
                  */
#define PANEL 64 /* rows of the Gram matrices at a time */
#define MAX_PAIRS (WIL_MAX_INPUTS / 2)

typedef struct norm2_pair {
    const float *x, *g;
    wil_patch_geometry patch;
    int64_t blocks, n_in, n_out; /* values of one input; output positions */
    bool as_it_is;               /* the input is its own patches */
} norm2_pair;

typedef struct norm2_work {
    int64_t n_samples, n_patch, n_channels; /* N, K I, O */
    int64_t n_rows, tile;                   /* R; patches in a tile */
    bool gram;
    wil_patch_loops loops;
    int n_pairs;
    norm2_pair pair[MAX_PAIRS];
} norm2_work;

static norm2_pair make_pair(const wil_kernel_call *call, int k)
{
    const wil_spatial3 x = wil_spatial3_of(&call->in_shape[2 * k]);
    const wil_spatial3 y = wil_spatial3_of(&call->in_shape[2 * k + 1]);
    norm2_pair pair = {.x = call->in[2 * k], .g = call->in[2 * k + 1], .as_it_is = true};
    pair.patch.channels = x.channels;
    wil_spatial3_values(pair.patch.kernel, call->attr.kernel, call->attr.n_spatial, 1);
    wil_spatial3_values(pair.patch.stride, call->attr.stride, call->attr.n_spatial, 1);
    wil_spatial3_values(pair.patch.pad, call->attr.pad, call->attr.n_spatial, 0);
    pair.blocks = x.batch / call->out_shape.dim[0];
    pair.n_in = x.channels;
    pair.n_out = 1;
    for (int i = 0; i < 3; i++) {
        pair.patch.in[i] = x.size[i];
        pair.patch.out[i] = y.size[i];
        pair.n_in *= x.size[i];
        pair.n_out *= y.size[i];
        pair.as_it_is = pair.as_it_is && pair.patch.kernel[i] == 1 && x.size[i] == y.size[i];
    }
    return pair;
}

static norm2_work make_work(const wil_kernel_call *call)
{
    norm2_work work = {
        .n_samples = call->out_shape.dim[0], .gram = call->attr.axis == 1, .loops = wil_patch_find()};
    const wil_shape *g = &call->in_shape[1];
    for (int k = 0; k < MAX_PAIRS && call->in_shape[2 * k].rank > 0; k++) {
        work.pair[work.n_pairs] = make_pair(call, k);
        work.n_rows += work.pair[k].blocks * work.pair[k].n_out;
        if (work.pair[k].n_out > work.tile)
            work.tile = work.pair[k].n_out;
        work.n_pairs++;
    }
    const wil_patch_geometry *patch = &work.pair[0].patch;
    work.n_patch = patch->kernel[0] * patch->kernel[1] * patch->kernel[2] * patch->channels;
    work.n_channels = g->dim[g->rank - 1];
    if (work.tile * work.n_patch > TILE)
        work.tile = work.n_patch < TILE ? TILE / work.n_patch : 1;
    return work;
}

/* ---- scratch ------------------------------------------------------------------------------------------ */

static int64_t panel_rows(const norm2_work *work)
{
    return work->n_rows < PANEL ? work->n_rows : PANEL;
}

/* Floats of one thread. Direct: [share, tile of patches]. Gram: [patches, gradients, two panels]. */
static int64_t lane_floats(const norm2_work *work)
{
    const int64_t n =
        work->gram ? work->n_rows * (work->n_patch + work->n_channels) + 2 * panel_rows(work) * work->n_rows
                   : work->n_patch * (work->n_channels + work->tile);
    return (n + 15) / 16 * 16; /* whole cache lines */
}

size_t norm2_scratch_bytes(const wil_kernel_call *call)
{
    const norm2_work work = make_work(call);
    const int n_threads = wil_thread_count(0);
    const int64_t lanes = work.n_samples < n_threads ? work.n_samples : n_threads;
    return (size_t)(lanes * lane_floats(&work)) * sizeof(float);
}

/* ---- one sample --------------------------------------------------------------------------------------- */

/* The share itself, G^T U, tile by tile. */
static dnnl_status_t direct_norm2(const norm2_work *work, int64_t n, float *scratch, double *norm2)
{
    float *share = scratch;
    float *patches = scratch + work->n_patch * work->n_channels;
    dnnl_status_t status = dnnl_success;
    bool first = true;
    for (int k = 0; k < work->n_pairs; k++) {
        const norm2_pair *pair = &work->pair[k];
        for (int64_t row = n; row < pair->blocks * work->n_samples; row += work->n_samples) {
            const float *x = pair->x + row * pair->n_in;
            const float *g = pair->g + row * pair->n_out * work->n_channels;
            for (int64_t t = 0; t < pair->n_out && status == dnnl_success; t += work->tile) {
                const int64_t count = pair->n_out - t < work->tile ? pair->n_out - t : work->tile;
                const float *tile = pair->as_it_is ? x + t * work->n_patch : patches;
                if (!pair->as_it_is)
                    work->loops.patches(patches, x, &pair->patch, t, count);
                status = dnnl.sgemm('T', 'N', work->n_channels, work->n_patch, count, 1.0f,
                    g + t * work->n_channels, work->n_channels, tile, work->n_patch, first ? 0.0f : 1.0f,
                    share, work->n_patch);
                first = false;
            }
        }
    }
    *norm2 = work->loops.dot(share, share, work->n_patch * work->n_channels);
    return status;
}

static void gather_rows(const norm2_work *work, int64_t n, float *patches, float *gradients)
{
    for (int k = 0; k < work->n_pairs; k++) {
        const norm2_pair *pair = &work->pair[k];
        const int64_t n_g = pair->n_out * work->n_channels;
        for (int64_t row = n; row < pair->blocks * work->n_samples; row += work->n_samples) {
            work->loops.patches(patches, pair->x + row * pair->n_in, &pair->patch, 0, pair->n_out);
            memcpy(gradients, pair->g + row * n_g, (size_t)n_g * sizeof *gradients);
            patches += pair->n_out * work->n_patch;
            gradients += n_g;
        }
    }
}

/* Rows [r, r + rows) of a Gram matrix from its diagonal on: [rows, n - r]. */
static dnnl_status_t gram_panel(const float *a, int64_t n, int64_t width, int64_t r, int64_t rows, float *out)
{
    return dnnl.sgemm(
        'N', 'T', rows, n - r, width, 1.0f, a + r * width, width, a + r * width, width, 0.0f, out, n - r);
}

static dnnl_status_t gram_norm2(const norm2_work *work, int64_t n, float *scratch, double *norm2)
{
    const int64_t n_rows = work->n_rows;
    const int64_t panel = panel_rows(work);
    float *patches = scratch;
    float *gradients = patches + n_rows * work->n_patch;
    float *of_patches = gradients + n_rows * work->n_channels;
    float *of_gradients = of_patches + panel * n_rows;
    dnnl_status_t status = dnnl_success;
    double sum = 0;
    gather_rows(work, n, patches, gradients);
    for (int64_t r = 0; r < n_rows && status == dnnl_success; r += panel) {
        const int64_t rows = n_rows - r < panel ? n_rows - r : panel;
        const int64_t width = n_rows - r;
        status = gram_panel(patches, n_rows, work->n_patch, r, rows, of_patches);
        if (status == dnnl_success)
            status = gram_panel(gradients, n_rows, work->n_channels, r, rows, of_gradients);
        for (int64_t i = 0; i < rows; i++) { /* the square on the diagonal whole, what lies beyond it twice */
            const float *a = of_patches + i * width;
            const float *b = of_gradients + i * width;
            sum += work->loops.dot(a, b, rows) + 2.0 * work->loops.dot(a + rows, b + rows, width - rows);
        }
    }
    *norm2 = sum < 0 ? 0 : sum; /* by rounding; NaN stays */
    return status;
}

/* ---- all samples -------------------------------------------------------------------------------------- */

wil_status norm2_run(const wil_kernel_call *call, void *scratch, size_t scratch_bytes)
{
    const norm2_work work = make_work(call);
    const int64_t lane = lane_floats(&work);
    const int64_t n_lanes = (int64_t)(scratch_bytes / sizeof(float)) / lane;
    const int64_t n_threads = wil_thread_count(0);
    float *out = call->out;
    dnnl_status_t worst = dnnl_success;
#pragma omp parallel for schedule(static) num_threads((int)(n_lanes < n_threads ? n_lanes : n_threads))
    for (int64_t n = 0; n < work.n_samples; n++) {
        double norm2 = 0;
        float *own = (float *)scratch + omp_get_thread_num() * lane;
        const dnnl_status_t status =
            work.gram ? gram_norm2(&work, n, own, &norm2) : direct_norm2(&work, n, own, &norm2);
        out[n] = (float)norm2;
        if (status != dnnl_success)
#pragma omp atomic write
            worst = status;
    }
    return dnnl_check(worst, "matrix product of per-sample norms");
}
