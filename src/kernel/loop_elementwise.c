/* Fast elementwise kernels: one value at a time, in fixed chunks over the threads. omp simd says that no
 * value depends on another, which the compiler cannot see when out is the input. */
#include "kernel_internal.h"

#include <math.h>
#include <string.h>

#include "loop_math.h"
#include "loop_kernels.h"

#define LOOP_UNARY(name, expression)                                                                         \
    KERNEL_CLONES static void run_##name(float *out, const float *in, int64_t n, float a)                    \
    {                                                                                                        \
        (void)a;                                                                                             \
        _Pragma("omp simd") for (int64_t i = 0; i < n; i++)                                                  \
        {                                                                                                    \
            const float x = in[i];                                                                           \
            out[i] = (expression);                                                                           \
        }                                                                                                    \
    }                                                                                                        \
    void loop_##name##_f32(const wil_kernel_call *call)                                                      \
    {                                                                                                        \
        const float *in = call->in[0];                                                                       \
        float *out = call->out;                                                                              \
        const float a = (float)call->params.scalar;                                                          \
        const int64_t n = kernel_count(&call->out_shape);                                                    \
        if (n < PARALLEL_MIN) {                                                                              \
            run_##name(out, in, n, a);                                                                       \
            return;                                                                                          \
        }                                                                                                    \
        _Pragma("omp parallel for schedule(static)") for (int64_t i = 0; i < n; i += CHUNK)                  \
            run_##name(out + i, in + i, n - i < CHUNK ? n - i : CHUNK, a);                                   \
    }

LOOP_UNARY(scale, a *x)
LOOP_UNARY(add_scalar, x + a)
LOOP_UNARY(leaky_relu, x > 0.0f ? x : a * x)
LOOP_UNARY(step, x > 0.0f ? 1.0f : a)
LOOP_UNARY(abs, fabsf(x))
LOOP_UNARY(sign, (float)((x > 0.0f) - (x < 0.0f)))
LOOP_UNARY(tanh, loop_tanh(x))
LOOP_UNARY(sigmoid, loop_sigmoid(x))
LOOP_UNARY(softplus, loop_softplus(x))
LOOP_UNARY(exp, loop_exp(x))
LOOP_UNARY(log, loop_log(x))
LOOP_UNARY(sqrt, sqrtf(x))
LOOP_UNARY(reciprocal, 1.0f / x)
LOOP_UNARY(copy, x)

void loop_fill_f32(const wil_kernel_call *call)
{
    float *out = call->out;
    const int64_t n = kernel_count(&call->out_shape);
    const float a = (float)call->params.scalar;
#pragma omp parallel for simd schedule(static) if (n > PARALLEL_MIN)
    for (int64_t i = 0; i < n; i++)
        out[i] = a;
}

void loop_keep_mask_f32(const wil_kernel_call *call)
{
    float *out = call->out;
    const int64_t n = kernel_count(&call->out_shape);
    const wil_rng rng = wil_rng_at(call->seed, WIL_RNG_DROPOUT, call->step);
    const double drop = call->params.scalar;
    const uint32_t below =
        (uint32_t)ceil(drop * 0x1.0p32); /* the same decision as ref_keep_mask's, in integers */
    const float keep = (float)(1.0 / (1.0 - drop));
#pragma omp parallel for schedule(static) if (n > PARALLEL_MIN)
    for (int64_t i = 0; i < n; i += 4) {
        uint32_t block[4];
        wil_rng_block(rng, call->params.key << 40 | (uint64_t)(i / 4), block);
        for (int64_t k = 0; k < 4 && i + k < n; k++)
            out[i + k] = block[k] < below ? 0.0f : keep;
    }
}
