/* Fast normalisation of [A, B, C, D] over B and D, and its derivative: batch norm (A = 1, C = channels),
 * instance norm (A = samples), group norm (C = groups, D = channels of a group). Two passes over memory: one
 * for all sums, taken in double around a value of the group so that a large mean does not cost digits; one
 * that writes. */
#include "loop_columns.h"
#include "loop_kernels.h"
#include "loop_value.h"

#include <math.h>
#include <string.h>

/* Sums per column of d = x - shift, d^2, g and g d. */
typedef struct column_sums {
    double d[COLUMNS], dd[COLUMNS], g[COLUMNS], gd[COLUMNS];
} column_sums;

/* Per column, the values of its group: shift + offset = mean(x) (in two parts, so that x - mean(x) keeps its
 * digits when the mean is large), 1 / sqrt(var + eps), mean(g), mean(g y). */
typedef struct column_values {
    float shift[COLUMNS], offset[COLUMNS], r[COLUMNS], mean_g[COLUMNS], mean_gy[COLUMNS];
} column_values;

static void add_x(
    column_sums *sum, const stored *x, const float *shift, int64_t rows, int64_t stride, int64_t n)
{
    for (int64_t row = 0; row < rows; row++, x += stride)
#pragma omp simd
        for (int64_t c = 0; c < n; c++) {
            const double d = (double)LOAD(x[c]) - (double)shift[c];
            sum->d[c] += d;
            sum->dd[c] += d * d;
        }
}

static void add_x_and_g(column_sums *sum, const stored *x, const stored *g, const float *shift, int64_t rows,
    int64_t stride, int64_t n)
{
    for (int64_t row = 0; row < rows; row++, x += stride, g += stride)
#pragma omp simd
        for (int64_t c = 0; c < n; c++) {
            const double d = (double)LOAD(x[c]) - (double)shift[c];
            sum->d[c] += d;
            sum->dd[c] += d * d;
            sum->g[c] += (double)LOAD(g[c]);
            sum->gd[c] += (double)LOAD(g[c]) * d;
        }
}

static void write_normal(
    stored *out, const stored *x, const column_values *v, int64_t rows, int64_t stride, int64_t n)
{
    for (int64_t row = 0; row < rows; row++, x += stride, out += stride)
#pragma omp simd
        for (int64_t c = 0; c < n; c++)
            out[c] = STORE((LOAD(x[c]) - v->shift[c] - v->offset[c]) * v->r[c]);
}

static void write_derivative(stored *out, const stored *x, const stored *g, const column_values *v,
    int64_t rows, int64_t stride, int64_t n)
{
    for (int64_t row = 0; row < rows; row++, x += stride, g += stride, out += stride)
#pragma omp simd
        for (int64_t c = 0; c < n; c++) {
            const float y = (LOAD(x[c]) - v->shift[c] - v->offset[c]) * v->r[c];
            out[c] = STORE(v->r[c] * (LOAD(g[c]) - v->mean_g[c] - y * v->mean_gy[c]));
        }
}

/* Arrays of one unit; g is NULL for the normalisation itself. Where only statistics are wanted, out is NULL
 * and they go to stats: shift, offset and r of every group, one array after another. */
typedef struct unit_arrays {
    const stored *x, *g;
    stored *out;
    float *stats;
} unit_arrays;

static void add_block(
    column_sums *sum, const unit_arrays *u, const float *shift, const column_window *w, int64_t first)
{
    const widened_rows rows = columns_widen(w);
    const int64_t wide_stride = rows.copies * w->stride;
    const int64_t start[2] = {first * w->stride, first * w->stride + rows.wide * wide_stride};
    const int64_t count[2] = {rows.wide, rows.rest};
    const int64_t stride[2] = {wide_stride, w->stride};
    const int64_t n[2] = {rows.copies * w->n, w->n};
    for (int k = 0; k < 2; k++) {
        if (u->g == NULL)
            add_x(sum, u->x + start[k], shift, count[k], stride[k], n[k]);
        else
            add_x_and_g(sum, u->x + start[k], u->g + start[k], shift, count[k], stride[k], n[k]);
    }
}

static void write_block(const unit_arrays *u, const column_values *v, const column_window *w, int64_t first)
{
    const widened_rows rows = columns_widen(w);
    const int64_t wide_stride = rows.copies * w->stride;
    const int64_t start[2] = {first * w->stride, first * w->stride + rows.wide * wide_stride};
    const int64_t count[2] = {rows.wide, rows.rest};
    const int64_t stride[2] = {wide_stride, w->stride};
    const int64_t n[2] = {rows.copies * w->n, w->n};
    for (int k = 0; k < 2; k++) {
        if (u->g == NULL)
            write_normal(u->out + start[k], u->x + start[k], v, count[k], stride[k], n[k]);
        else
            write_derivative(
                u->out + start[k], u->x + start[k], u->g + start[k], v, count[k], stride[k], n[k]);
    }
}

/* Copies per-group values over the columns of the group and the copies of the row. */
static void spread(float *out, float value, const column_window *w, int64_t copies, int64_t group, int64_t d)
{
    for (int64_t i = 0; i < copies; i++)
        for (int64_t k = 0; k < d; k++)
            out[i * w->n + group * d + k] = value;
}

/* One group's sums over blocks, copies and its D columns, in that order. */
static double total(const double *column, int64_t block_step, const column_work *work, const column_window *w,
    int64_t copies, int64_t group)
{
    double sum = 0;
    for (int64_t b = 0; b < work->n_blocks; b++)
        for (int64_t i = 0; i < copies; i++)
            for (int64_t k = 0; k < work->s.d; k++)
                sum += column[b * block_step + i * w->n + group * work->s.d + k];
    return sum;
}

static void finish_sums(
    column_values *v, const column_sums *part, const column_work *work, const column_window *w, double eps)
{
    const int64_t copies = columns_widen(w).copies;
    const int64_t step = (int64_t)(sizeof *part / sizeof(double));
    const double count = (double)(work->s.b * work->s.d);
    for (int64_t group = 0; group < w->n / work->s.d; group++) {
        const double d = total(part->d, step, work, w, copies, group) / count;
        const double dd = total(part->dd, step, work, w, copies, group) / count;
        const double g = total(part->g, step, work, w, copies, group) / count;
        const double gd = total(part->gd, step, work, w, copies, group) / count;
        const double var = dd - d * d > 0 ? dd - d * d : 0.0 * dd; /* NaN stays NaN */
        const double r = 1.0 / sqrt(var + eps);
        spread(v->offset, (float)d, w, copies, group, work->s.d);
        spread(v->r, (float)r, w, copies, group, work->s.d);
        spread(v->mean_g, (float)g, w, copies, group, work->s.d);
        spread(v->mean_gy, (float)(r * (gd - d * g)), w, copies, group, work->s.d);
    }
}

/* One value a group of the unit's window. */
static void write_stats(
    float *stats, const column_values *v, const column_work *work, int64_t unit, int64_t n)
{
    const int64_t n_groups = work->s.a * work->s.c;
    const int64_t first =
        unit / work->n_windows * work->s.c + unit % work->n_windows * work->window / work->s.d;
    for (int64_t group = 0; group < n / work->s.d; group++) {
        stats[first + group] = v->shift[group * work->s.d];
        stats[n_groups + first + group] = v->offset[group * work->s.d];
        stats[2 * n_groups + first + group] = v->r[group * work->s.d];
    }
}

static void run_unit(const unit_arrays *arrays, const column_work *work, int64_t unit, double eps)
{
    column_sums part[BLOCKS];
    column_values values;
    column_window w;
    const int64_t at = columns_unit(work, unit, &w);
    const unit_arrays u = {arrays->x + at, arrays->g == NULL ? NULL : arrays->g + at,
        arrays->out == NULL ? NULL : arrays->out + at, arrays->stats};
    const int64_t copies = columns_widen(&w).copies;
    for (int64_t group = 0; group < w.n / work->s.d; group++)
        spread(values.shift, LOAD(u.x[group * work->s.d]), &w, copies, group, work->s.d);
    memset(part, 0, (size_t)work->n_blocks * sizeof part[0]);
#pragma omp parallel for schedule(static) if (work->n_blocks > 1)
    for (int64_t b = 0; b < work->n_blocks; b++) {
        column_window block = w;
        const int64_t first = columns_block(&w, b, work->n_blocks, &block.rows);
        add_block(&part[b], &u, values.shift, &block, first);
    }
    finish_sums(&values, part, work, &w, eps);
    if (u.stats != NULL) {
        write_stats(u.stats, &values, work, unit, w.n);
        return;
    }
#pragma omp parallel for schedule(static) if (work->n_blocks > 1)
    for (int64_t b = 0; b < work->n_blocks; b++) {
        column_window block = w;
        const int64_t first = columns_block(&w, b, work->n_blocks, &block.rows);
        write_block(&u, &values, &block, first);
    }
}

static bool run_all(const wil_kernel_call *call, const unit_arrays *arrays)
{
    kept_and_reduced s;
    column_work work;
    if (!columns_suit_normalize(call, &s, &work))
        return false;
    const double eps = call->attr.scalar;
    if (work.n_blocks >
        1) { /* the blocks run in parallel; a region around them would make them start new threads */
        for (int64_t unit = 0; unit < work.n_units; unit++)
            run_unit(arrays, &work, unit, eps);
        return true;
    }
#pragma omp parallel for schedule(static) if (s.a * s.b * s.c * s.d > PARALLEL_MIN)
    for (int64_t unit = 0; unit < work.n_units; unit++)
        run_unit(arrays, &work, unit, eps);
    return true;
}

void KERNEL_STORED(loop_normalize)(const wil_kernel_call *call)
{
    const unit_arrays arrays = {call->in[0], NULL, call->out, NULL};
    if (!run_all(call, &arrays))
        FALL_BACK(normalize, call);
}

void KERNEL_STORED(loop_normalize_dx)(const wil_kernel_call *call)
{
    const unit_arrays arrays = {call->in[1], call->in[0], call->out, NULL};
    if (!run_all(call, &arrays))
        FALL_BACK(normalize_dx, call);
}

void KERNEL_STORED(loop_normalize_stats)(const wil_kernel_call *call)
{
    const unit_arrays arrays = {call->in[0], NULL, NULL, call->out};
    (void)run_all(call, &arrays); /* wil_kernel_find_stats gives no kernel for other shapes */
}
