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

/* What WILLIS_ISA allows at most; the last set where it says nothing. */
wil_isa kernel_isa_limit(void);

/* Below this many values a parallel loop costs more than it gives. */
#define PARALLEL_MIN 16384

#define KERNEL_WINDOW_MAX 64 /* larger pooling windows take the reference loops, which sum in double */

/* Values that one thread takes at a time from a flat loop. */
#define CHUNK 8192

/* A convolution or pooling with its spatial axes padded in front to three: [N, D, H, W, C]. */
typedef struct spatial3 {
    int64_t batch, channels;
    int64_t size[3];
} spatial3;

static inline spatial3 kernel_spatial3(const wil_shape *shape)
{
    spatial3 out = {shape->dim[0], shape->dim[shape->rank - 1], {1, 1, 1}};
    const int n = shape->rank - 2;
    for (int i = 0; i < n; i++)
        out.size[3 - n + i] = shape->dim[1 + i];
    return out;
}

static inline void kernel_triple(int64_t out[3], const int64_t *values, int n, int64_t missing)
{
    for (int i = 0; i < 3; i++)
        out[i] = i < 3 - n ? missing : values[i - (3 - n)];
}

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

/* The reference kernels; those of bfloat16 only move values. Leaves and views have none. */
#define OP(kind, name, ...)                                                                                  \
    void ref_##name##_f32(const wil_kernel_call *call);                                                      \
    void ref_##name##_f64(const wil_kernel_call *call);                                                      \
    void ref_##name##_bf16(const wil_kernel_call *call);
#include "willis/ops.def"

#endif
