/* Fast folding of the weights of "upsample by 2, then a 3-wide convolution": in tiles of TILE inputs by TILE
 * outputs, whose taps lie as rows of numbers, one for each (input, output). Each axis is then a few sums of
 * rows, and only reading and writing the tile turn the channels round. */
#include "kernel_internal.h"
#include "loop_kernels.h"

#include <string.h>

#define TILE 16
#define ROW (TILE * TILE)
#define MOST_TAPS 64 /* 4 x 4 x 4 */

typedef struct fold_up_sizes {
    int n_spatial;
    int64_t n3, n4; /* taps */
} fold_up_sizes;

/* taps [before,3,behind] -> [before,4,behind]; behind counts numbers. */
static void fold_axis(float *restrict to, const float *restrict from, int64_t before, int64_t behind)
{
    for (int64_t a = 0; a < before; a++, from += 3 * behind, to += 4 * behind)
        for (int64_t i = 0; i < behind; i++) {
            const float w0 = from[i];
            const float w1 = from[i + behind];
            const float w2 = from[i + 2 * behind];
            to[i] = w2;
            to[i + behind] = w1 + w2;
            to[i + 2 * behind] = w0 + w1;
            to[i + 3 * behind] = w0;
        }
}

/* taps [before,4,behind] -> [before,3,behind] */
static void unfold_axis(float *restrict to, const float *restrict from, int64_t before, int64_t behind)
{
    for (int64_t a = 0; a < before; a++, from += 4 * behind, to += 3 * behind)
        for (int64_t i = 0; i < behind; i++) {
            const float v0 = from[i];
            const float v1 = from[i + behind];
            const float v2 = from[i + 2 * behind];
            const float v3 = from[i + 3 * behind];
            to[i] = v2 + v3;
            to[i + behind] = v1 + v2;
            to[i + 2 * behind] = v0 + v1;
        }
}

/* Axis after axis, from `taps` of one width to the other, between two buffers; gives the one with the result.
 */
static float *change_axes(const fold_up_sizes *s, float *from, float *to, bool fold)
{
    int64_t before = 1;
    int64_t behind = (fold ? s->n3 : s->n4) * ROW;
    for (int axis = 0; axis < s->n_spatial; axis++) {
        behind /= fold ? 3 : 4;
        if (fold)
            fold_axis(to, from, before, behind);
        else
            unfold_axis(to, from, before, behind);
        before *= fold ? 4 : 3;
        float *const done = to;
        to = from;
        from = done;
    }
    return from;
}

/* A tile of weights [A,taps,B] at (a, b) as rows [taps][b][a]; what lies outside is zero. */
static void read_tile(float *restrict rows, const float *restrict w, int64_t n_taps, int64_t n_b,
    int64_t a_left, int64_t b_left)
{
    const int64_t n = a_left < TILE ? a_left : TILE;
    const int64_t m = b_left < TILE ? b_left : TILE;
    if (n * m < ROW)
        memset(rows, 0, (size_t)(n_taps * ROW) * sizeof *rows);
    for (int64_t a = 0; a < n; a++)
        for (int64_t tap = 0; tap < n_taps; tap++)
            for (int64_t b = 0; b < m; b++)
                rows[tap * ROW + b * TILE + a] = w[(a * n_taps + tap) * n_b + b];
}

/* Rows [taps][b][a] into a tile of weights [B,taps,A]. */
static void write_tile(float *restrict w, const float *restrict rows, int64_t n_taps, int64_t n_a,
    int64_t a_left, int64_t b_left)
{
    const int64_t n = a_left < TILE ? a_left : TILE;
    const int64_t m = b_left < TILE ? b_left : TILE;
    for (int64_t b = 0; b < m; b++)
        for (int64_t tap = 0; tap < n_taps; tap++)
            memcpy(w + (b * n_taps + tap) * n_a, rows + tap * ROW + b * TILE, (size_t)n * sizeof *w);
}

/* [A,taps,B] -> [B,other taps,A], where A are the outputs when folding. */
static void run(const wil_kernel_call *call, bool fold)
{
    const wil_shape *from = &call->in_shape[0];
    const int64_t n_a = from->dim[0];
    const int64_t n_b = from->dim[from->rank - 1];
    fold_up_sizes s = {.n_spatial = from->rank - 2, .n3 = 1, .n4 = 1};
    for (int i = 0; i < s.n_spatial; i++) {
        s.n3 *= 3;
        s.n4 *= 4;
    }
    const int64_t n_from = fold ? s.n3 : s.n4;
    const int64_t n_to = fold ? s.n4 : s.n3;
    const int64_t tiles_a = (n_a + TILE - 1) / TILE;
    const int64_t tiles_b = (n_b + TILE - 1) / TILE;
#pragma omp parallel for schedule(static) if (n_a * n_b * s.n4 > PARALLEL_MIN)
    for (int64_t tile = 0; tile < tiles_a * tiles_b; tile++) {
        float first[MOST_TAPS * ROW];
        float second[MOST_TAPS * ROW];
        const int64_t a = tile % tiles_a * TILE;
        const int64_t b = tile / tiles_a * TILE;
        read_tile(first, (const float *)call->in[0] + a * n_from * n_b + b, n_from, n_b, n_a - a, n_b - b);
        const float *done = change_axes(&s, first, second, fold);
        write_tile((float *)call->out + b * n_to * n_a + a, done, n_to, n_a, n_a - a, n_b - b);
    }
}

void KERNEL(loop_fold_up_f32)(const wil_kernel_call *call)
{
    run(call, true);
}

void KERNEL(loop_unfold_up_f32)(const wil_kernel_call *call)
{
    run(call, false);
}
