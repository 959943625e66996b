/* Sums over axes in double and in a fixed order, whatever the threads: [A, B, C, D] -> [A, C]. */
#include "loop_columns.h"
#include "loop_kernels.h"
#include "loop_value.h"

#include <string.h>

#define SHORT 256 /* values of one a that are summed without windows */

static void add_rows(double *sum, const stored *x, int64_t rows, int64_t stride, int64_t n)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < n; c++)
            sum[c] += (double)LOAD(x[r * stride + c]);
}

/* Adds the sums of one block to sum[n]. */
static void add_block(double *sum, const stored *x, const column_window *w)
{
    double wide[COLUMNS] = {0};
    const widened_rows rows = columns_widen(w);
    add_rows(wide, x, rows.wide, rows.copies * w->stride, rows.copies * w->n);
    add_rows(wide, x + rows.wide * rows.copies * w->stride, rows.rest, w->stride, w->n);
    for (int64_t i = 0; i < rows.copies; i++)
        for (int64_t c = 0; c < w->n; c++)
            sum[c] += wide[i * w->n + c];
}

static void sum_unit(float *out, const stored *x, const column_work *work, int64_t unit)
{
    double part[BLOCKS][COLUMNS];
    column_window whole;
    const stored *from = x + columns_unit(work, unit, &whole);
    memset(part, 0, (size_t)work->n_blocks * sizeof part[0]);
#pragma omp parallel for schedule(static) if (work->n_blocks > 1)
    for (int64_t i = 0; i < work->n_blocks; i++) {
        column_window block = whole;
        const int64_t first = columns_block(&whole, i, work->n_blocks, &block.rows);
        add_block(part[i], from + first * whole.stride, &block);
    }
    float *to = out + unit / work->n_windows * work->s.c + unit % work->n_windows * work->window / work->s.d;
    for (int64_t c = 0; c < whole.n / work->s.d; c++) {
        double sum = 0;
        for (int64_t i = 0; i < work->n_blocks; i++)
            for (int64_t d = 0; d < work->s.d; d++)
                sum += part[i][c * work->s.d + d];
        to[c] = (float)sum;
    }
}

/* n adjacent values; eight running sums, so that it vectorises */
static inline double sum_adjacent(const stored *x, int64_t n)
{
    double part[8] = {0};
    int64_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; k++)
            part[k] += (double)LOAD(x[i + k]);
    for (; i < n; i++)
        part[0] += (double)LOAD(x[i]);
    return ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
}

/* One a after another, where each has few values. */
static void sum_short(float *out, const stored *x, const kept_and_reduced *s, int64_t begin, int64_t end)
{
    for (int64_t i = begin * s->c; i < end * s->c; i++) {
        const stored *from = x + i / s->c * s->b * s->c * s->d + i % s->c * s->d;
        if (s->c == 1) {
            out[i] = (float)sum_adjacent(from, s->b);
            continue;
        }
        double sum = 0;
        for (int64_t b = 0; b < s->b; b++)
            for (int64_t d = 0; d < s->d; d++)
                sum += (double)LOAD(from[b * s->c * s->d + d]);
        out[i] = (float)sum;
    }
}

void KERNEL_STORED(loop_sum)(const wil_kernel_call *call)
{
    kept_and_reduced s;
    column_work work;
    const stored *x = call->in[0];
    float *out = call->out;
    if (!columns_suit_sum(call, &s, &work)) {
        FALL_BACK(sum, call);
        return;
    }
    const int64_t n_each = s.b * s.c * s.d;
    if (n_each <= SHORT) {
        const int64_t step = CHUNK / n_each;
#pragma omp parallel for schedule(static) if (s.a * n_each > PARALLEL_MIN)
        for (int64_t a = 0; a < s.a; a += step)
            sum_short(out, x, &s, a, a + step < s.a ? a + step : s.a);
        return;
    }
    if (work.n_blocks >
        1) { /* the blocks run in parallel; a region around them would make them start new threads */
        for (int64_t unit = 0; unit < work.n_units; unit++)
            sum_unit(out, x, &work, unit);
        return;
    }
#pragma omp parallel for schedule(static) if (s.a * n_each > PARALLEL_MIN)
    for (int64_t unit = 0; unit < work.n_units; unit++)
        sum_unit(out, x, &work, unit);
}
