/* Fast resampling by whole factors: a window is a list of offsets from its first value, and channels lie side
 * by side, so that every loop runs along them. */
#include "kernel_internal.h"
#include "loop_kernels.h"
#include "loop_value.h"

#include <string.h>

#define COLUMNS 64 /* channels taken at once */

typedef struct windows {
    int64_t n_lines, n_line, channels;   /* lines of coarse positions; positions in each */
    int64_t fine_step;                   /* from one window to the next along a line */
    int64_t size[3], factor[3], fine[3]; /* coarse sizes, the window, fine sizes */
    int64_t n_window, offset[KERNEL_WINDOW_MAX];
} windows;

static bool describe(windows *w, const wil_kernel_call *call, const wil_shape *coarse, const wil_shape *fine)
{
    const wil_spatial3 c = wil_spatial3_of(coarse);
    const wil_spatial3 f = wil_spatial3_of(fine);
    wil_spatial3_values(w->factor, call->attr.kernel, call->attr.n_spatial, 1);
    memcpy(w->size, c.size, sizeof w->size);
    memcpy(w->fine, f.size, sizeof w->fine);
    w->channels = c.channels;
    w->n_line = c.size[2];
    w->n_lines = c.batch * c.size[0] * c.size[1];
    w->fine_step = w->factor[2] * c.channels;
    w->n_window = w->factor[0] * w->factor[1] * w->factor[2];
    if (w->n_window > KERNEL_WINDOW_MAX)
        return false;
    int64_t *offset = w->offset;
    for (int64_t i = 0; i < w->factor[0]; i++)
        for (int64_t j = 0; j < w->factor[1]; j++)
            for (int64_t k = 0; k < w->factor[2]; k++)
                *offset++ = ((i * f.size[1] + j) * f.size[2] + k) * c.channels;
    return true;
}

/* Where the first window of a line begins in the fine array. */
static int64_t fine_line(const windows *w, int64_t line)
{
    const int64_t second = line % w->size[1];
    const int64_t first = line / w->size[1] % w->size[0];
    const int64_t n = line / w->size[1] / w->size[0];
    return ((n * w->fine[0] + first * w->factor[0]) * w->fine[1] + second * w->factor[1]) * w->fine[2] *
           w->channels;
}

/* One line of windows, whose first values lie at `coarse` and `fine`. */
typedef void (*line_loop)(const wil_kernel_call *call, const windows *w, int64_t coarse, int64_t fine);

static void run_lines(const wil_kernel_call *call, const windows *w, line_loop loop)
{
    const int64_t n_line = w->n_line * w->channels;
#pragma omp parallel for schedule(static) if (w->n_lines * n_line > PARALLEL_MIN / 4)
    for (int64_t line = 0; line < w->n_lines; line++)
        loop(call, w, line * n_line, fine_line(w, line));
}

static void upsample_line(const wil_kernel_call *call, const windows *w, int64_t coarse, int64_t fine)
{
    const stored *in = (const stored *)call->in[0] + coarse;
    stored *out = (stored *)call->out + fine;
    for (int64_t i = 0; i < w->n_line; i++, in += w->channels, out += w->fine_step)
        for (int64_t j = 0; j < w->n_window; j++)
            memcpy(out + w->offset[j], in, (size_t)w->channels * sizeof *out);
}

static void sum_pool_line(const wil_kernel_call *call, const windows *w, int64_t coarse, int64_t fine)
{
    float sum[COLUMNS];
    for (int64_t i = 0; i < w->n_line; i++, fine += w->fine_step, coarse += w->channels)
        for (int64_t first = 0; first < w->channels; first += COLUMNS) {
            const int64_t n = w->channels - first < COLUMNS ? w->channels - first : COLUMNS;
            const stored *in = (const stored *)call->in[0] + fine + first;
            stored *out = (stored *)call->out + coarse + first;
            for (int64_t c = 0; c < n; c++)
                sum[c] = LOAD(in[c]);
            for (int64_t j = 1; j < w->n_window; j++) {
                const stored *from = in + w->offset[j];
#pragma omp simd
                for (int64_t c = 0; c < n; c++)
                    sum[c] += LOAD(from[c]);
            }
            for (int64_t c = 0; c < n; c++)
                out[c] = STORE(sum[c]);
        }
}

/* For n channels: the largest value and its place in the window, the first of equals. */
static inline void find_largest(int32_t *place, const stored *x, const windows *w, int64_t n)
{
    float largest[COLUMNS];
    for (int64_t c = 0; c < n; c++)
        largest[c] = LOAD(x[c]);
    memset(place, 0, (size_t)n * sizeof *place);
    for (int64_t j = 1; j < w->n_window; j++) {
        const stored *from = x + w->offset[j];
#pragma omp simd
        for (int64_t c = 0; c < n; c++) {
            const float value = LOAD(from[c]);
            const bool larger = value > largest[c];
            largest[c] = larger ? value : largest[c];
            place[c] = larger ? (int32_t)j : place[c];
        }
    }
}

/* The largest values themselves: maximum pooling. */
static void max_pool_line(const wil_kernel_call *call, const windows *w, int64_t coarse, int64_t fine)
{
    for (int64_t i = 0; i < w->n_line; i++, fine += w->fine_step, coarse += w->channels)
        for (int64_t first = 0; first < w->channels; first += COLUMNS) {
            const int64_t n = w->channels - first < COLUMNS ? w->channels - first : COLUMNS;
            const stored *x = (const stored *)call->in[0] + fine + first;
            stored *out = (stored *)call->out + coarse + first;
            float largest[COLUMNS];
            for (int64_t c = 0; c < n; c++)
                largest[c] = LOAD(x[c]);
            for (int64_t j = 1; j < w->n_window; j++) {
                const stored *from = x + w->offset[j];
#pragma omp simd
                for (int64_t c = 0; c < n; c++) {
                    const float value = LOAD(from[c]);
                    largest[c] = value > largest[c] ? value : largest[c];
                }
            }
            for (int64_t c = 0; c < n; c++)
                out[c] = STORE(largest[c]);
        }
}

static void pool_gather_line(const wil_kernel_call *call, const windows *w, int64_t coarse, int64_t fine)
{
    int32_t place[COLUMNS];
    for (int64_t i = 0; i < w->n_line; i++, fine += w->fine_step, coarse += w->channels)
        for (int64_t first = 0; first < w->channels; first += COLUMNS) {
            const int64_t n = w->channels - first < COLUMNS ? w->channels - first : COLUMNS;
            const stored *h = (const stored *)call->in[0] + fine + first;
            stored *out = (stored *)call->out + coarse + first;
            find_largest(place, (const stored *)call->in[1] + fine + first, w, n);
            for (int64_t c = 0; c < n; c++)
                out[c] = h[w->offset[place[c]] + c];
        }
}

static void pool_scatter_line(const wil_kernel_call *call, const windows *w, int64_t coarse, int64_t fine)
{
    int32_t place[COLUMNS];
    for (int64_t i = 0; i < w->n_line; i++, fine += w->fine_step, coarse += w->channels)
        for (int64_t first = 0; first < w->channels; first += COLUMNS) {
            const int64_t n = w->channels - first < COLUMNS ? w->channels - first : COLUMNS;
            const stored *gradient = (const stored *)call->in[0] + coarse + first;
            stored *out = (stored *)call->out + fine + first;
            find_largest(place, (const stored *)call->in[1] + fine + first, w, n);
            for (int64_t j = 0; j < w->n_window; j++) {
                stored *to = out + w->offset[j];
#pragma omp simd
                for (int64_t c = 0; c < n; c++)
                    to[c] = place[c] == (int32_t)j ? gradient[c] : (stored)0;
            }
        }
}

void KERNEL_STORED(loop_upsample)(const wil_kernel_call *call)
{
    windows w;
    if (describe(&w, call, &call->in_shape[0], &call->out_shape))
        run_lines(call, &w, upsample_line);
    else
        FALL_BACK(upsample, call);
}

void KERNEL_STORED(loop_sum_pool)(const wil_kernel_call *call)
{
    windows w;
    if (describe(&w, call, &call->out_shape, &call->in_shape[0]))
        run_lines(call, &w, sum_pool_line);
    else
        FALL_BACK(sum_pool, call);
}

void KERNEL_STORED(loop_pool_gather)(const wil_kernel_call *call)
{
    windows w;
    if (describe(&w, call, &call->out_shape, &call->in_shape[0]))
        run_lines(call, &w, call->in[0] == call->in[1] ? max_pool_line : pool_gather_line);
    else
        FALL_BACK(pool_gather, call);
}

void KERNEL_STORED(loop_pool_scatter)(const wil_kernel_call *call)
{
    windows w;
    if (describe(&w, call, &call->in_shape[0], &call->out_shape))
        run_lines(call, &w, pool_scatter_line);
    else
        FALL_BACK(pool_scatter, call);
}
