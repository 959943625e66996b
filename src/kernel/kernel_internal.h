/* What the kernels share: shapes read in ways that loops like. */
#ifndef WILLIS_KERNEL_INTERNAL_H
#define WILLIS_KERNEL_INTERNAL_H

#include "willis/kernel.h"

/* The loop_*.c files are compiled once for each instruction set (CMakeLists.txt here), with KERNEL_ISA naming
 * it. What such a file shows to others is defined as KERNEL(name), so that the sets do not clash, is declared
 * for all of them with KERNEL_FOR_ISAS, and is chosen at run time from KERNEL_BY_ISA. */
#ifndef KERNEL_ISA
#define KERNEL_ISA base
#endif
#define KERNEL_JOIN(name, isa) name##_##isa
#define KERNEL_EXPAND(name, isa) KERNEL_JOIN(name, isa)
#define KERNEL(name) KERNEL_EXPAND(name, KERNEL_ISA)

#define KERNEL_N_ISAS 3 /* of wil_isa */
#if defined(__x86_64__)
#define KERNEL_FOR_ISAS(declare) declare(base) declare(avx2) declare(avx512)
/* An initialiser, indexed by wil_isa. */
#define KERNEL_BY_ISA(name)                                                                                  \
    {                                                                                                        \
        name##_base, name##_avx2, name##_avx512                                                              \
    }
#else
#define KERNEL_FOR_ISAS(declare) declare(base)
#define KERNEL_BY_ISA(name)                                                                                  \
    {                                                                                                        \
        name##_base                                                                                          \
    }
#endif

/* Below this many values a parallel loop costs more than it gives. */
#define PARALLEL_MIN 16384

#define KERNEL_WINDOW_MAX 64 /* larger pooling windows take the reference loops, which sum in double */

/* Values that one thread takes at a time from a flat loop. */
#define CHUNK 8192

/* Dimensions merged where the same inputs run through them, so that most operations become one or two loops.
 * stride: elements of the (unmerged, dense) operand per step; 0 where it is broadcast. */
typedef struct merged_loops {
    int rank;
    int64_t dim[WIL_MAX_RANK];
    int64_t stride[2][WIL_MAX_RANK];
} merged_loops;
void kernel_merge(merged_loops *out, const wil_shape *whole, const wil_shape *a, const wil_shape *b);

/* Axes split into runs that are kept and reduced in turn: [A kept, B reduced, C kept, D reduced], the form of
 * every sum and normalisation here: A = samples, B = space, C = channels, or C = groups, D = channels of a
 * group. false when the axes alternate more often. */
typedef struct kept_and_reduced {
    int64_t a, b, c, d;
} kept_and_reduced;
bool kernel_split_axes(kept_and_reduced *out, const wil_shape *shape, uint32_t axes);

#define DECLARE_CONV_LOOPS(isa)                                                                              \
    void loop_fold_##isa(float *thin, const float *planes, const wil_fold_geometry *g);                      \
    void loop_unfold_##isa(float *planes, const float *thin, const wil_fold_geometry *g);                    \
    void loop_patches_##isa(                                                                                 \
        float *patches, const float *x, const wil_patch_geometry *g, int64_t first, int64_t n);              \
    double loop_dot_##isa(const float *a, const float *b, int64_t n);
KERNEL_FOR_ISAS(DECLARE_CONV_LOOPS)

/* The reference kernels; those of bfloat16 only move values. Leaves and views have none. */
#define OP(kind, name, ...)                                                                                  \
    void ref_##name##_f32(const wil_kernel_call *call);                                                      \
    void ref_##name##_f64(const wil_kernel_call *call);                                                      \
    void ref_##name##_bf16(const wil_kernel_call *call);
#include "willis/ops.def"

#endif
