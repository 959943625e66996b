/* Fast arithmetic of two arrays with broadcasting: axes that behave alike are merged, so that what is left is
 * one flat loop, or a few outer loops over a flat one. */
#include "kernel_internal.h"
#include "loop_kernels.h"

#define CHUNK 8192

/* One flat loop: both arrays, or one number against an array. */
#define FLAT_LOOPS(name, operation)                                                                          \
    KERNEL_CLONES static void name##_arrays(float *out, const float *a, const float *b, int64_t n)           \
    {                                                                                                        \
        for (int64_t i = 0; i < n; i++)                                                                      \
            out[i] = a[i] operation b[i];                                                                    \
    }                                                                                                        \
    KERNEL_CLONES static void name##_left_number(float *out, const float *a, const float *b, int64_t n)      \
    {                                                                                                        \
        const float number = *a;                                                                             \
        for (int64_t i = 0; i < n; i++)                                                                      \
            out[i] = number operation b[i];                                                                  \
    }                                                                                                        \
    KERNEL_CLONES static void name##_right_number(float *out, const float *a, const float *b, int64_t n)     \
    {                                                                                                        \
        const float number = *b;                                                                             \
        for (int64_t i = 0; i < n; i++)                                                                      \
            out[i] = a[i] operation number;                                                                  \
    }                                                                                                        \
    static const flat_loops name##_flat = {name##_arrays, name##_left_number, name##_right_number};          \
    void loop_##name##_f32(const wil_kernel_call *call)                                                      \
    {                                                                                                        \
        run_binary(call, &name##_flat);                                                                      \
    }

typedef void (*flat_loop)(float *out, const float *a, const float *b, int64_t n);
typedef struct flat_loops {
    flat_loop arrays, left_number, right_number;
} flat_loops;

static flat_loop pick(const flat_loops *flat, const merged_loops *m)
{
    const int last = m->rank - 1;
    if (m->stride[0][last] == 0)
        return flat->left_number;
    return m->stride[1][last] == 0 ? flat->right_number : flat->arrays;
}

/* Offset of operand k at outer position `row`. */
static int64_t outer_offset(const merged_loops *m, int k, int64_t row)
{
    int64_t at = 0;
    for (int axis = m->rank - 2; axis >= 0; axis--) {
        at += row % m->dim[axis] * m->stride[k][axis];
        row /= m->dim[axis];
    }
    return at;
}

static void run_rows(const merged_loops *m, flat_loop loop, float *out, const float *a, const float *b,
    int64_t begin, int64_t end)
{
    const int64_t inner = m->dim[m->rank - 1];
    for (int64_t row = begin; row < end; row++)
        loop(out + row * inner, a + outer_offset(m, 0, row), b + outer_offset(m, 1, row), inner);
}

static void run_binary(const wil_kernel_call *call, const flat_loops *flat)
{
    const float *a = call->in[0];
    const float *b = call->in[1];
    float *out = call->out;
    merged_loops m;
    kernel_merge(&m, &call->out_shape, &call->in_shape[0], &call->in_shape[1]);
    const flat_loop loop = pick(flat, &m);
    const int last = m.rank - 1;
    const int64_t inner = m.dim[last];
    const int64_t n = kernel_count(&call->out_shape);
    const int64_t n_rows = n / inner;
    if (n < PARALLEL_MIN) {
        run_rows(&m, loop, out, a, b, 0, n_rows);
    } else if (n_rows == 1) {
#pragma omp parallel for schedule(static)
        for (int64_t i = 0; i < inner; i += CHUNK)
            loop(out + i, a + i * m.stride[0][last], b + i * m.stride[1][last],
                inner - i < CHUNK ? inner - i : CHUNK);
    } else {
        const int64_t rows = inner >= CHUNK ? 1 : CHUNK / inner;
#pragma omp parallel for schedule(static)
        for (int64_t row = 0; row < n_rows; row += rows)
            run_rows(&m, loop, out, a, b, row, row + rows < n_rows ? row + rows : n_rows);
    }
}

FLAT_LOOPS(add, +)
FLAT_LOOPS(sub, -)
FLAT_LOOPS(mul, *)
FLAT_LOOPS(div, /)

/* ---- broadcast ---------------------------------------------------------------------------------------- */

static void repeat_number(float *out, const float *a, const float *unused, int64_t n)
{
    (void)unused;
    const float number = *a;
    for (int64_t i = 0; i < n; i++)
        out[i] = number;
}

static void copy_array(float *out, const float *a, const float *unused, int64_t n)
{
    (void)unused;
    for (int64_t i = 0; i < n; i++)
        out[i] = a[i];
}

void loop_broadcast_f32(const wil_kernel_call *call)
{
    const float *in = call->in[0];
    float *out = call->out;
    merged_loops m;
    kernel_merge(&m, &call->out_shape, &call->in_shape[0], &call->in_shape[0]);
    const flat_loop loop = m.stride[0][m.rank - 1] == 0 ? repeat_number : copy_array;
    const int64_t n_rows = kernel_count(&call->out_shape) / m.dim[m.rank - 1];
    const int64_t rows = m.dim[m.rank - 1] >= CHUNK ? 1 : CHUNK / m.dim[m.rank - 1];
#pragma omp parallel for schedule(static) if (n_rows > rows)
    for (int64_t row = 0; row < n_rows; row += rows)
        run_rows(&m, loop, out, in, in, row, row + rows < n_rows ? row + rows : n_rows);
}
