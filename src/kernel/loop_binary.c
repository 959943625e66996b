/* Fast arithmetic of two arrays with broadcasting: axes that behave alike are merged, so that what is left is
 * one flat loop, or rows of them. */
#include "kernel_internal.h"
#include "loop_expressions.h"
#include "loop_kernels.h"

#include <string.h>

/* Rows of n values each; a and b advance by their step from row to row (0: the same row again). */
typedef struct row_walk {
    int64_t rows, n, step_a, step_b;
} row_walk;

typedef void (*row_loop)(float *out, const float *a, const float *b, row_walk w);

/* Along a row: both arrays, or one number against an array. omp simd: out may be a or b, value by value. */
typedef struct row_loops {
    row_loop arrays, left_number, right_number;
} row_loops;

#define ROW_LOOP(name, left, operation, right)                                                               \
    static void name(float *out, const float *a, const float *b, row_walk w)                                 \
    {                                                                                                        \
        for (int64_t row = 0; row < w.rows; row++) {                                                         \
            const float first_a = *a;                                                                        \
            const float first_b = *b;                                                                        \
            (void)first_a;                                                                                   \
            (void)first_b;                                                                                   \
            _Pragma("omp simd") for (int64_t i = 0; i < w.n; i++) out[i] = left operation right;             \
            out += w.n;                                                                                      \
            a += w.step_a;                                                                                   \
            b += w.step_b;                                                                                   \
        }                                                                                                    \
    }

#define LOOP_BINARY(name, operation)                                                                         \
    ROW_LOOP(name##_arrays, a[i], operation, b[i])                                                           \
    ROW_LOOP(name##_left_number, first_a, operation, b[i])                                                   \
    ROW_LOOP(name##_right_number, a[i], operation, first_b)                                                  \
    void KERNEL(loop_##name##_f32)(const wil_kernel_call *call)                                              \
    {                                                                                                        \
        static const row_loops loops = {name##_arrays, name##_left_number, name##_right_number};             \
        run_binary(call, &loops);                                                                            \
    }

#define TILE 512        /* values of a short repeated row written out side by side */
#define TILE_LONGEST 64 /* rows up to this length are worth it */

/* A short row of b (or a) under long rows: repeated into a tile, so that many rows become one. */
static bool run_tiled(row_loop arrays, float *out, const float *a, const float *b, row_walk w)
{
    float tile[TILE];
    const bool repeats_a = w.step_a == 0;
    const int64_t copies = TILE / w.n;
    if (w.n > TILE_LONGEST || repeats_a == (w.step_b == 0) || w.rows < 2 * copies)
        return false;
    for (int64_t i = 0; i < copies; i++)
        memcpy(tile + i * w.n, repeats_a ? a : b, (size_t)w.n * sizeof *tile);
    const int64_t wide = copies * w.n;
    const row_walk tiles = {w.rows / copies, wide, repeats_a ? 0 : wide, repeats_a ? wide : 0};
    const row_walk rest = {1, w.rows % copies * w.n, 0, 0};
    const int64_t done = tiles.rows * wide;
    arrays(out, repeats_a ? tile : a, repeats_a ? b : tile, tiles);
    if (rest.n > 0)
        arrays(out + done, repeats_a ? tile : a + done, repeats_a ? b + done : tile, rest);
    return true;
}

static void run_rows(const row_loops *loops, bool number_a, bool number_b, float *out, const float *a,
    const float *b, row_walk w)
{
    if (number_a)
        loops->left_number(out, a, b, w);
    else if (number_b)
        loops->right_number(out, a, b, w);
    else if (!run_tiled(loops->arrays, out, a, b, w))
        loops->arrays(out, a, b, w);
}

/* Offset of operand k at position i of the axes outside the last two. */
static int64_t outer_offset(const merged_loops *m, int k, int64_t i)
{
    int64_t at = 0;
    for (int axis = m->rank - 3; axis >= 0; axis--) {
        at += i % m->dim[axis] * m->stride[k][axis];
        i /= m->dim[axis];
    }
    return at;
}

static void run_binary(const wil_kernel_call *call, const row_loops *loops)
{
    const float *a = call->in[0];
    const float *b = call->in[1];
    float *out = call->out;
    merged_loops m;
    kernel_merge(&m, &call->out_shape, &call->in_shape[0], &call->in_shape[1]);
    const int last = m.rank - 1;
    const int64_t n = m.dim[last];
    const bool number_a = m.stride[0][last] == 0;
    const bool number_b = m.stride[1][last] == 0;
    const int64_t total = wil_shape_count(call->out_shape);
    if (m.rank == 1) {
#pragma omp parallel for schedule(static) if (total > PARALLEL_MIN)
        for (int64_t i = 0; i < n; i += CHUNK) {
            const row_walk w = {1, n - i < CHUNK ? n - i : CHUNK, 0, 0};
            run_rows(loops, number_a, number_b, out + i, number_a ? a : a + i, number_b ? b : b + i, w);
        }
        return;
    }
    const int64_t rows = m.dim[last - 1]; /* in chunks of whole rows */
    const int64_t each = n >= CHUNK ? 1 : CHUNK / n;
    const int64_t n_chunks = (rows + each - 1) / each;
#pragma omp parallel for schedule(static) if (total > PARALLEL_MIN)
    for (int64_t i = 0; i < total / n / rows * n_chunks; i++) {
        const int64_t outer = i / n_chunks;
        const int64_t row = i % n_chunks * each;
        const row_walk w = {
            rows - row < each ? rows - row : each, n, m.stride[0][last - 1], m.stride[1][last - 1]};
        run_rows(loops, number_a, number_b, out + (outer * rows + row) * n,
            a + outer_offset(&m, 0, outer) + row * w.step_a, b + outer_offset(&m, 1, outer) + row * w.step_b,
            w);
    }
}

FOR_BINARY_OPERATIONS(LOOP_BINARY)
