/* Fast elementwise kernels: one value at a time, in fixed chunks over the threads. omp simd: no value depends
 * on another, also where out is the input. */
#include "kernel_internal.h"

#include "loop_expressions.h"
#include "loop_kernels.h"

#define LOOP_UNARY(name, expression)                                                                         \
    static void run_##name(float *out, const float *in, int64_t n, float a)                                  \
    {                                                                                                        \
        (void)a;                                                                                             \
        _Pragma("omp simd") for (int64_t i = 0; i < n; i++)                                                  \
        {                                                                                                    \
            const float x = in[i];                                                                           \
            out[i] = (expression);                                                                           \
        }                                                                                                    \
    }                                                                                                        \
    void KERNEL(loop_##name##_f32)(const wil_kernel_call *call)                                              \
    {                                                                                                        \
        const float *in = call->in[0];                                                                       \
        float *out = call->out;                                                                              \
        const float a = (float)call->attr.scalar;                                                            \
        const int64_t n = wil_shape_count(call->out_shape);                                                  \
        if (n < PARALLEL_MIN) {                                                                              \
            run_##name(out, in, n, a);                                                                       \
            return;                                                                                          \
        }                                                                                                    \
        _Pragma("omp parallel for schedule(static)") for (int64_t i = 0; i < n; i += CHUNK)                  \
            run_##name(out + i, in + i, n - i < CHUNK ? n - i : CHUNK, a);                                   \
    }

FOR_UNARY_EXPRESSIONS(LOOP_UNARY)

void KERNEL(loop_fill_f32)(const wil_kernel_call *call)
{
    float *out = call->out;
    const int64_t n = wil_shape_count(call->out_shape);
    const float a = (float)call->attr.scalar;
#pragma omp parallel for simd schedule(static) if (n > PARALLEL_MIN)
    for (int64_t i = 0; i < n; i++)
        out[i] = a;
}

void KERNEL(loop_keep_mask_f32)(const wil_kernel_call *call)
{
    float *out = call->out;
    const int64_t n = wil_shape_count(call->out_shape);
    const wil_tile_mask mask = {call->attr.scalar, call->attr.key, call->seed, call->step};
#pragma omp parallel for schedule(static) if (n > PARALLEL_MIN)
    for (int64_t i = 0; i < n; i += CHUNK)
        (void)KERNEL(tile_mask)(out + i, i, n - i < CHUNK ? n - i : CHUNK, &mask);
}
