/* Fast elementwise kernels: one value at a time, in fixed chunks over the threads. omp simd: no value depends
 * on another, also where out is the input. */
#include "kernel_internal.h"

#include <math.h>
#include <string.h>

#include "loop_math.h"
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

void KERNEL(loop_fill_f32)(const wil_kernel_call *call)
{
    float *out = call->out;
    const int64_t n = kernel_count(&call->out_shape);
    const float a = (float)call->params.scalar;
#pragma omp parallel for simd schedule(static) if (n > PARALLEL_MIN)
    for (int64_t i = 0; i < n; i++)
        out[i] = a;
}

/* wil_rng_block for many neighbouring indices at once, side by side so that it vectorises [Salmon2011]. The
 * test holds it to the reference, which calls wil_rng_block. */
#define BLOCKS_AT_ONCE 64

static void random_blocks(uint32_t out[4][BLOCKS_AT_ONCE], wil_rng rng, uint64_t first)
{
    for (int i = 0; i < BLOCKS_AT_ONCE; i++) {
        uint32_t x0 = (uint32_t)(first + (uint64_t)i);
        uint32_t x1 = (uint32_t)((first + (uint64_t)i) >> 32);
        uint32_t x2 = rng.step;
        uint32_t x3 = rng.purpose;
        uint32_t k0 = (uint32_t)rng.seed;
        uint32_t k1 = (uint32_t)(rng.seed >> 32);
        for (int round = 0; round < 10; round++) {
            const uint64_t p0 = 0xD2511F53u * (uint64_t)x0;
            const uint64_t p1 = 0xCD9E8D57u * (uint64_t)x2;
            x0 = (uint32_t)(p1 >> 32) ^ x1 ^ k0;
            x2 = (uint32_t)(p0 >> 32) ^ x3 ^ k1;
            x1 = (uint32_t)p1;
            x3 = (uint32_t)p0;
            k0 += 0x9E3779B9u;
            k1 += 0xBB67AE85u;
        }
        out[0][i] = x0;
        out[1][i] = x1;
        out[2][i] = x2;
        out[3][i] = x3;
    }
}

/* Values 4 i .. 4 i + 3 come from block i: dropped if the number is at most `last`. */
static void write_mask(
    float *out, uint32_t blocks[4][BLOCKS_AT_ONCE], int64_t n_blocks, uint32_t last, const float choice[2])
{
    const float dropped = choice[0];
    const float kept = choice[1];
    for (int64_t i = 0; i < n_blocks; i++)
        for (int64_t k = 0; k < 4; k++)
            out[4 * i + k] = blocks[k][i] <= last ? dropped : kept;
}

void KERNEL(loop_keep_mask_f32)(const wil_kernel_call *call)
{
    float *out = call->out;
    const int64_t n = kernel_count(&call->out_shape);
    const wil_rng rng = wil_rng_at(call->seed, WIL_RNG_DROPOUT, call->step);
    const double drop = call->params.scalar;
    const uint64_t below = (uint64_t)ceil(drop * 0x1.0p32); /* the decision of ref_keep_mask, in integers */
    const uint32_t last = below == 0 ? 0 : (uint32_t)(below - 1);
    const float kept = (float)(1.0 / (1.0 - drop));
    const float choice[2] = {below == 0 ? kept : 0.0f, kept};
#pragma omp parallel for schedule(static) if (n > PARALLEL_MIN)
    for (int64_t i = 0; i < n; i += 4 * BLOCKS_AT_ONCE) {
        uint32_t blocks[4][BLOCKS_AT_ONCE];
        float piece[4 * BLOCKS_AT_ONCE];
        const int64_t count = n - i < 4 * BLOCKS_AT_ONCE ? n - i : 4 * BLOCKS_AT_ONCE;
        random_blocks(blocks, rng, (call->params.key << 40) + (uint64_t)(i / 4));
        write_mask(piece, blocks, BLOCKS_AT_ONCE, last, choice);
        memcpy(out + i, piece, (size_t)count * sizeof *out);
    }
}
