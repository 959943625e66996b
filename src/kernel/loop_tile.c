/* Elementwise operations on tiles: runs of floats that lie in cache. omp simd: no value depends on another,
 * also where out is an input. */
#include "kernel_internal.h"

#include <string.h>

#include "loop_bf16.h"
#include "loop_expressions.h"
#include "loop_kernels.h"
#include "loop_random.h"

#define TILE_UNARY(name, expression)                                                                         \
    void KERNEL(tile_##name)(float *out, const float *in, const float *ignored, int64_t n, float a)          \
    {                                                                                                        \
        (void)ignored;                                                                                       \
        (void)a;                                                                                             \
        _Pragma("omp simd") for (int64_t i = 0; i < n; i++)                                                  \
        {                                                                                                    \
            const float x = in[i];                                                                           \
            out[i] = (expression);                                                                           \
        }                                                                                                    \
    }

#define TILE_BINARY(name, operation)                                                                         \
    void KERNEL(tile_##name)(float *out, const float *a, const float *b, int64_t n, float ignored)           \
    {                                                                                                        \
        (void)ignored;                                                                                       \
        _Pragma("omp simd") for (int64_t i = 0; i < n; i++) out[i] = a[i] operation b[i];                    \
    }

FOR_UNARY_EXPRESSIONS(TILE_UNARY)
FOR_BINARY_OPERATIONS(TILE_BINARY)

void KERNEL(tile_widen)(float *restrict out, const uint16_t *restrict in, int64_t n)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        out[i] = loop_from_bf16(in[i]);
}

void KERNEL(tile_narrow)(uint16_t *restrict out, const float *restrict in, int64_t n)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        out[i] = loop_to_bf16(in[i]);
}

void KERNEL(tile_round)(float *x, int64_t n)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        x[i] = loop_from_bf16(loop_to_bf16(x[i]));
}

void KERNEL(tile_add_rows)(double *restrict sum, const float *restrict x, int64_t rows, int64_t n)
{
    for (int64_t row = 0; row < rows; row++)
#pragma omp simd
        for (int64_t i = 0; i < n; i++)
            sum[i] += (double)x[row * n + i];
}

/* Values 4 i .. 4 i + 3 come from block i: dropped if the number is at most `last`. */
static void write_mask(float *out, uint32_t blocks[4][BLOCKS_AT_ONCE], uint32_t last, const float choice[2])
{
    const float dropped = choice[0];
    const float kept = choice[1];
    for (int64_t i = 0; i < BLOCKS_AT_ONCE; i++)
        for (int64_t k = 0; k < 4; k++)
            out[4 * i + k] = blocks[k][i] <= last ? dropped : kept;
}

const float *KERNEL(tile_mask)(float *out, int64_t first, int64_t n, const wil_tile_mask *mask)
{
    const wil_rng rng = wil_rng_at(mask->seed, WIL_RNG_DROPOUT, mask->step);
    const uint64_t below =
        (uint64_t)ceil(mask->drop * 0x1.0p32); /* the decision of ref_keep_mask, in integers */
    const uint32_t last = below == 0 ? 0 : (uint32_t)(below - 1);
    const float kept = (float)(1.0 / (1.0 - mask->drop));
    const float choice[2] = {below == 0 ? kept : 0.0f, kept};
    for (int64_t done = 0; done < n;) {
        uint32_t blocks[4][BLOCKS_AT_ONCE];
        float piece[4 * BLOCKS_AT_ONCE];
        const int64_t skip = (first + done) % 4;
        const int64_t room = 4 * BLOCKS_AT_ONCE - skip;
        const int64_t count = n - done < room ? n - done : room;
        random_blocks(blocks, rng, (mask->key << 40) + (uint64_t)((first + done) / 4));
        write_mask(piece, blocks, last, choice);
        memcpy(out + done, piece + skip, (size_t)count * sizeof *out);
        done += count;
    }
    return out;
}
