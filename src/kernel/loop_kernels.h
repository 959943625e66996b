/* The fast kernels of each instruction set. */
#ifndef WILLIS_LOOP_KERNELS_H
#define WILLIS_LOOP_KERNELS_H

#include "kernel_internal.h"
#include "loop_expressions.h"

#define DECLARE_LOOPS(isa) DECLARE_KERNELS(loop, f32_##isa)
KERNEL_FOR_ISAS(DECLARE_LOOPS)

#define DECLARE_STATS(isa)                                                                                   \
    void loop_normalize_stats_f32_##isa(const wil_kernel_call *call);                                        \
    void loop_normalize_stats_bf16_##isa(const wil_kernel_call *call);
KERNEL_FOR_ISAS(DECLARE_STATS)

#define DECLARE_BF16_LOOPS(isa)                                                                              \
    void loop_sum_bf16_##isa(const wil_kernel_call *call);                                                   \
    void loop_normalize_bf16_##isa(const wil_kernel_call *call);                                             \
    void loop_normalize_dx_bf16_##isa(const wil_kernel_call *call);                                          \
    void loop_upsample_bf16_##isa(const wil_kernel_call *call);                                              \
    void loop_sum_pool_bf16_##isa(const wil_kernel_call *call);                                              \
    void loop_pool_gather_bf16_##isa(const wil_kernel_call *call);                                           \
    void loop_pool_scatter_bf16_##isa(const wil_kernel_call *call);
KERNEL_FOR_ISAS(DECLARE_BF16_LOOPS)

#define DECLARE_TILE(name, isa)                                                                              \
    void tile_##name##_##isa(float *, const float *, const float *, int64_t, float);
#define DECLARE_TILE_BASE(name, expression) DECLARE_TILE(name, base)
#define DECLARE_TILE_AVX2(name, expression) DECLARE_TILE(name, avx2)
#define DECLARE_TILE_AVX512(name, expression) DECLARE_TILE(name, avx512)
FOR_UNARY_EXPRESSIONS(DECLARE_TILE_BASE)
FOR_BINARY_OPERATIONS(DECLARE_TILE_BASE)
FOR_UNARY_EXPRESSIONS(DECLARE_TILE_AVX2)
FOR_BINARY_OPERATIONS(DECLARE_TILE_AVX2)
FOR_UNARY_EXPRESSIONS(DECLARE_TILE_AVX512)
FOR_BINARY_OPERATIONS(DECLARE_TILE_AVX512)

#define DECLARE_MOVES(isa)                                                                                   \
    void tile_widen_##isa(float *restrict out, const uint16_t *restrict in, int64_t n);                      \
    void tile_narrow_##isa(uint16_t *restrict out, const float *restrict in, int64_t n);                     \
    void tile_add_rows_##isa(double *restrict sum, const float *restrict x, int64_t rows, int64_t n);        \
    void tile_round_##isa(float *x, int64_t n);                                                              \
    const float *tile_mask_##isa(float *out, int64_t first, int64_t n, const wil_tile_mask *mask);
KERNEL_FOR_ISAS(DECLARE_MOVES)

#endif
