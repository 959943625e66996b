/* Fast normalisation of [A, B, C] over B: instance norm (A = samples) and batch norm (A = 1). Channels go in
 * groups of up to COLUMNS whose statistics fit on the stack. */
#include "kernel_internal.h"
#include "loop_kernels.h"

#include <math.h>
#include <string.h>

#define BLOCKS 64
#define COLUMNS 64

/* Sums over the rows of one block: of x, of (x - m)^2, or of g and g (x - m). */
typedef struct row_block {
    const float *x, *g; /* first row, first column */
    int64_t rows, stride, n;
    const float *mean, *r; /* [n], where known */
} row_block;

KERNEL_CLONES static void sum_values(double *out, const row_block *k)
{
    for (int64_t row = 0; row < k->rows; row++)
        for (int64_t c = 0; c < k->n; c++)
            out[c] += (double)k->x[row * k->stride + c];
}

KERNEL_CLONES static void sum_squares(double *out, const row_block *k)
{
    for (int64_t row = 0; row < k->rows; row++)
        for (int64_t c = 0; c < k->n; c++) {
            const float d = k->x[row * k->stride + c] - k->mean[c];
            out[c] += (double)(d * d);
        }
}

KERNEL_CLONES static void sum_gradient(double *out, const row_block *k)
{
    for (int64_t row = 0; row < k->rows; row++)
        for (int64_t c = 0; c < k->n; c++)
            out[c] += (double)k->g[row * k->stride + c];
}

KERNEL_CLONES static void sum_gradient_y(double *out, const row_block *k)
{
    for (int64_t row = 0; row < k->rows; row++)
        for (int64_t c = 0; c < k->n; c++)
            out[c] +=
                (double)(k->g[row * k->stride + c] * ((k->x[row * k->stride + c] - k->mean[c]) * k->r[c]));
}

KERNEL_CLONES static void write_normal(float *out, const row_block *k)
{
    for (int64_t row = 0; row < k->rows; row++)
        for (int64_t c = 0; c < k->n; c++)
            out[row * k->stride + c] = (k->x[row * k->stride + c] - k->mean[c]) * k->r[c];
}

KERNEL_CLONES static void write_gradient(
    float *out, const row_block *k, const float *mean_g, const float *mean_gy)
{
    for (int64_t row = 0; row < k->rows; row++)
        for (int64_t c = 0; c < k->n; c++) {
            const int64_t at = row * k->stride + c;
            const float y = (k->x[at] - k->mean[c]) * k->r[c];
            out[at] = k->r[c] * (k->g[at] - mean_g[c] - y * mean_gy[c]);
        }
}

typedef void (*row_sum)(double *out, const row_block *k);

static row_block block_of(const row_block *whole, int64_t which, int64_t n_blocks)
{
    const int64_t rows = (whole->rows + n_blocks - 1) / n_blocks;
    const int64_t begin = which * rows < whole->rows ? which * rows : whole->rows;
    row_block k = *whole;
    k.rows = whole->rows - begin < rows ? whole->rows - begin : rows;
    k.x += begin * whole->stride;
    if (k.g != NULL)
        k.g += begin * whole->stride;
    return k;
}

/* Column means in fixed blocks; n_blocks > 1 spreads the blocks over the threads. */
static void column_means(float *out, const row_block *whole, row_sum sum, int64_t n_blocks)
{
    double part[BLOCKS][COLUMNS];
    memset(part, 0, (size_t)n_blocks * sizeof part[0]);
#pragma omp parallel for schedule(static) if (n_blocks > 1)
    for (int64_t b = 0; b < n_blocks; b++) {
        const row_block k = block_of(whole, b, n_blocks);
        sum(part[b], &k);
    }
    for (int64_t c = 0; c < whole->n; c++) {
        double total = 0;
        for (int64_t b = 0; b < n_blocks; b++)
            total += part[b][c];
        out[c] = (float)(total / (double)whole->rows);
    }
}

static void statistics(float *mean, float *r, row_block *whole, double eps, int64_t n_blocks)
{
    column_means(mean, whole, sum_values, n_blocks);
    whole->mean = mean;
    column_means(r, whole, sum_squares, n_blocks);
    for (int64_t c = 0; c < whole->n; c++)
        r[c] = (float)(1.0 / sqrt((double)r[c] + eps));
    whole->r = r;
}

/* One sample's (or the whole batch's) group of channels. g NULL: normalise, else its derivative. */
static void run_group(float *out, const float *x, const float *g, const kept_reduced_kept *s, int64_t first,
    double eps, int64_t n_blocks)
{
    float mean[COLUMNS];
    float r[COLUMNS];
    float mean_g[COLUMNS];
    float mean_gy[COLUMNS];
    row_block whole = {
        .x = x + first, .rows = s->b, .stride = s->c, .n = s->c - first < COLUMNS ? s->c - first : COLUMNS};
    if (g != NULL)
        whole.g = g + first;
    statistics(mean, r, &whole, eps, n_blocks);
    if (g != NULL) {
        column_means(mean_g, &whole, sum_gradient, n_blocks);
        column_means(mean_gy, &whole, sum_gradient_y, n_blocks);
    }
#pragma omp parallel for schedule(static) if (n_blocks > 1)
    for (int64_t b = 0; b < n_blocks; b++) {
        const row_block k = block_of(&whole, b, n_blocks);
        float *to = out + first + (k.x - whole.x);
        if (g != NULL)
            write_gradient(to, &k, mean_g, mean_gy);
        else
            write_normal(to, &k);
    }
}

static void run_all(const wil_kernel_call *call, const float *x, const float *g, const kept_reduced_kept *s)
{
    float *out = call->out;
    const double eps = call->params.scalar;
    const int64_t n_groups = (s->c + COLUMNS - 1) / COLUMNS;
    if (s->a * n_groups < 8 && s->b * s->c > PARALLEL_MIN) {
        for (int64_t i = 0; i < s->a * n_groups; i++) {
            const int64_t at = i / n_groups * s->b * s->c;
            run_group(out + at, x + at, g == NULL ? NULL : g + at, s, i % n_groups * COLUMNS, eps, BLOCKS);
        }
        return;
    }
#pragma omp parallel for schedule(static) if (s->a * s->b * s->c > PARALLEL_MIN)
    for (int64_t i = 0; i < s->a * n_groups; i++) {
        const int64_t at = i / n_groups * s->b * s->c;
        run_group(out + at, x + at, g == NULL ? NULL : g + at, s, i % n_groups * COLUMNS, eps, 1);
    }
}

void loop_normalize_f32(const wil_kernel_call *call)
{
    kept_reduced_kept s;
    if (kernel_split_axes(&s, &call->out_shape, call->params.axes))
        run_all(call, call->in[0], NULL, &s);
    else
        ref_normalize_f32(call);
}

void loop_normalize_dx_f32(const wil_kernel_call *call)
{
    kept_reduced_kept s;
    if (kernel_split_axes(&s, &call->out_shape, call->params.axes))
        run_all(call, call->in[1], call->in[0], &s);
    else
        ref_normalize_dx_f32(call);
}
