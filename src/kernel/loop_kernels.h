/* The fast kernels of each instruction set. */
#ifndef WILLIS_LOOP_KERNELS_H
#define WILLIS_LOOP_KERNELS_H

#include "kernel_internal.h"
#include "loop_expressions.h"

/* loop_<name>_f32_<isa>, loop_<name>_bf16_<isa> and tile_<name>_<isa> of every operation that has them. */
#define DECLARE_KERNEL(name, isa) void name##_##isa(const wil_kernel_call *call);
#define DECLARE_TILE(name, isa)                                                                              \
    void tile_##name##_##isa(float *out, const float *a, const float *b, int64_t n, float scalar);
#define DECLARE_ALL(name, isa)                                                                               \
    DECLARE_KERNEL(loop_##name##_f32, isa)                                                                   \
    DECLARE_KERNEL(loop_##name##_bf16, isa)                                                                  \
    DECLARE_TILE(name, isa)
#if defined(__x86_64__)
#define OP(kind, name, ...) DECLARE_ALL(name, base) DECLARE_ALL(name, avx2) DECLARE_ALL(name, avx512)
#else
#define OP(kind, name, ...) DECLARE_ALL(name, base)
#endif
#include "willis/ops.def"

#define DECLARE_STATS(isa)                                                                                   \
    void loop_normalize_stats_f32_##isa(const wil_kernel_call *call);                                        \
    void loop_normalize_stats_bf16_##isa(const wil_kernel_call *call);
KERNEL_FOR_ISAS(DECLARE_STATS)

#define DECLARE_MOVES(isa)                                                                                   \
    void tile_widen_##isa(float *restrict out, const uint16_t *restrict in, int64_t n);                      \
    void tile_narrow_##isa(uint16_t *restrict out, const float *restrict in, int64_t n);                     \
    void tile_add_rows_##isa(double *restrict sum, const float *restrict x, int64_t rows, int64_t n);        \
    void tile_round_##isa(float *x, int64_t n);                                                              \
    const float *tile_mask_##isa(float *out, int64_t first, int64_t n, const wil_tile_mask *mask);
KERNEL_FOR_ISAS(DECLARE_MOVES)

#endif
