/* Sums over axes in a fixed order: partial sums of fixed blocks, added block by block, whatever the threads.
 */
#include "kernel_internal.h"
#include "loop_kernels.h"

#include <string.h>

#define BLOCKS 64  /* row blocks of a long reduction */
#define COLUMNS 64 /* channels summed at once */

/* sum over rows of x [rows, stride], columns [0, n), n <= COLUMNS; added to out in double */
KERNEL_CLONES static void add_rows(double *out, const float *x, int64_t rows, int64_t stride, int64_t n)
{
    double sum[COLUMNS];
    memset(sum, 0, sizeof sum);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < n; c++)
            sum[c] += (double)x[r * stride + c];
    for (int64_t c = 0; c < n; c++)
        out[c] += sum[c];
}

/* sum of n adjacent values: eight running sums, so that it vectorises, added in order */
KERNEL_CLONES static double sum_row(const float *x, int64_t n)
{
    double part[16] = {0};
    int64_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (int k = 0; k < 16; k++)
            part[k] += (double)x[i + k];
    for (; i < n; i++)
        part[0] += (double)x[i];
    double sum = 0;
    for (int k = 0; k < 16; k++)
        sum += part[k];
    return sum;
}

/* [A, B, C] -> [A, C] for one a and up to COLUMNS columns. */
static void sum_columns(float *out, const float *x, const kept_reduced_kept *s, int64_t first, int64_t n)
{
    double sum[COLUMNS] = {0};
    if (s->c == 1)
        sum[0] = sum_row(x, s->b);
    else
        add_rows(sum, x + first, s->b, s->c, n);
    for (int64_t c = 0; c < n; c++)
        out[first + c] = (float)sum[c];
}

/* Few results, long sums: rows in BLOCKS parts. */
static void sum_in_blocks(float *out, const float *x, const kept_reduced_kept *s, int64_t first, int64_t n)
{
    double part[BLOCKS][COLUMNS];
    memset(part, 0, sizeof part);
    const int64_t rows = (s->b + BLOCKS - 1) / BLOCKS;
#pragma omp parallel for schedule(static)
    for (int64_t k = 0; k < BLOCKS; k++) {
        const int64_t begin = k * rows;
        const int64_t count = begin >= s->b ? 0 : (begin + rows < s->b ? rows : s->b - begin);
        if (s->c == 1)
            part[k][0] = sum_row(x + begin, count);
        else
            add_rows(part[k], x + begin * s->c + first, count, s->c, n);
    }
    for (int64_t c = 0; c < n; c++) {
        double sum = 0;
        for (int k = 0; k < BLOCKS; k++)
            sum += part[k][c];
        out[first + c] = (float)sum;
    }
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void loop_sum_f32(const wil_kernel_call *call)
{
    kept_reduced_kept s;
    if (!kernel_split_axes(&s, &call->in_shape[0], call->params.axes)) {
        ref_sum_f32(call);
        return;
    }
    const float *x = call->in[0];
    float *out = call->out;
    const int64_t n_groups = (s.c + COLUMNS - 1) / COLUMNS;
    if (s.a * n_groups < 8 && s.b * s.c > PARALLEL_MIN) {
        for (int64_t i = 0; i < s.a * n_groups; i++) {
            const int64_t first = i % n_groups * COLUMNS;
            const int64_t a = i / n_groups;
            sum_in_blocks(out + a * s.c, x + a * s.b * s.c, &s, first, least(COLUMNS, s.c - first));
        }
        return;
    }
#pragma omp parallel for schedule(static) if (s.a * s.b * s.c > PARALLEL_MIN)
    for (int64_t i = 0; i < s.a * n_groups; i++) {
        const int64_t first = i % n_groups * COLUMNS;
        const int64_t a = i / n_groups;
        sum_columns(out + a * s.c, x + a * s.b * s.c, &s, first, least(COLUMNS, s.c - first));
    }
}
