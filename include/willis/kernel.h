/* kernel: the loops. Plain pointers and shapes, no graph.
 *
 * Every operation but views has a kernel of the same name, found by its kind once, when a plan is compiled:
 *   ref_*   obvious loops, in float and double: the definition that everything is tested against
 *   loop_*  fast float loops between the convolutions: vectorised per instruction set, parallel
 * A kernel writes its whole output (or adds to nothing), never allocates, and cannot fail.
 * Sums are taken in a fixed order that does not depend on the thread count.
 */
#ifndef WILLIS_KERNEL_H
#define WILLIS_KERNEL_H

#include "willis/tensor.h"

#pragma GCC visibility push(default)

/* What a kernel is called with. seed and step address the random numbers of keep_mask. */
typedef struct wil_kernel_call {
    const void *in[WIL_MAX_INPUTS];
    void *out;
    wil_shape in_shape[WIL_MAX_INPUTS];
    wil_shape out_shape;
    wil_op_attr attr;
    uint64_t seed;
    uint32_t step;
} wil_kernel_call;

typedef void (*wil_kernel_fn)(const wil_kernel_call *call);

typedef enum wil_kernel_set {
    WIL_KERNEL_REF_F32,
    WIL_KERNEL_REF_F64,
    WIL_KERNEL_FAST_F32 /* loop_*; products and convolutions are NULL here: a back end has its own way */
} wil_kernel_set;

/* The kernel of an operation, for wil_kernel_isa(); NULL if there is none. Whether its result may lie in the
 * memory of an input is said by the operation's row (in_place). */
wil_kernel_fn wil_kernel_find(wil_op_kind kind, wil_kernel_set set);
/* The same for arrays that are stored in bfloat16, inputs and result alike (the result of a sum is float);
 * NULL if there is none for the shapes and attributes of the call. */
wil_kernel_fn wil_kernel_find_bf16(wil_op_kind kind, const wil_kernel_call *call);
/* The statistics of a normalisation alone, so that (x - shift - offset) r can be taken later, where x is read
 * anyway: out is float [3, groups], all shifts, then all offsets, then all r. in_shape[0], axes and eps as
 * for normalize, whose bits these are. NULL if there is none for the shape. */
wil_kernel_fn wil_kernel_find_stats(bool bf16, const wil_kernel_call *call);

/* ---- tiles -------------------------------------------------------------------------------------------- */

/* Elementwise operations on n neighbouring floats, for passes that hold intermediate results in cache. out
 * may be an input. Operations of one input ignore b; those without a number ignore scalar. */
typedef void (*wil_tile_fn)(float *out, const float *a, const float *b, int64_t n, float scalar);
wil_tile_fn wil_tile_find(wil_op_kind kind); /* NULL if it is not pointwise */

/* A dropout mask by its address: as the operation keep_mask. */
typedef struct wil_tile_mask {
    double drop; /* probability of 0 */
    uint64_t key, seed;
    uint32_t step;
} wil_tile_mask;

typedef void (*wil_tile_widen)(float *restrict out, const uint16_t *restrict in, int64_t n);
typedef void (*wil_tile_narrow)(uint16_t *restrict out, const float *restrict in, int64_t n);
typedef void (*wil_tile_round)(float *x, int64_t n);
typedef void (*wil_tile_add_rows)(double *restrict sum, const float *restrict x, int64_t rows, int64_t n);
typedef const float *(*wil_tile_mask_fn)(float *out, int64_t first, int64_t n, const wil_tile_mask *mask);

typedef struct wil_tile_moves {
    wil_tile_widen widen;       /* bfloat16 to float */
    wil_tile_narrow narrow;     /* float to bfloat16, to the nearest, ties to even */
    wil_tile_round round;       /* in place, to what narrow and widen would give */
    wil_tile_add_rows add_rows; /* adds rows of n values to sum[n] */
    wil_tile_mask_fn mask;      /* elements first .. first + n - 1 of a mask; returns out */
} wil_tile_moves;
wil_tile_moves wil_tile_moves_find(void);

/* ---- instruction sets --------------------------------------------------------------------------------- */

/* The loops are compiled once for each set into one library, and chosen when a kernel is looked up: the best
 * of the machine, or less where the environment variable WILLIS_ISA says so (base, avx2 or avx512; for tests
 * and measurements). All sets give the same bits. oneDNN chooses for itself, within the same limit, which
 * the CPU back end tells it; its results agree across sets to rounding. Architectures other than x86-64 have
 * base alone. The variable is read at every call, so nothing may change it (setenv) meanwhile; set it before
 * the program starts, as oneDNN keeps what it found at its first use. */
typedef enum wil_isa {
    WIL_ISA_BASE,  /* what the compiler takes for granted: SSE2 on x86-64 */
    WIL_ISA_AVX2,  /* AVX2 and FMA */
    WIL_ISA_AVX512 /* AVX-512 F, BW, DQ and VL */
} wil_isa;

wil_isa wil_kernel_isa(void); /* in use; a word in WILLIS_ISA that is no set lowers nothing */
/* Fails: WIL_ERR_ARG where WILLIS_ISA is a word that is no set. To be called where a program begins. */
WIL_NODISCARD wil_status wil_kernel_isa_check(void);
const char *wil_isa_name(wil_isa isa); /* "base", "avx2", "avx512": the words of WILLIS_ISA */
/* true if the machine multiplies bfloat16 (AVX512_BF16) and WILLIS_ISA does not forbid it. */
bool wil_kernel_has_bf16(void);

/* What WILLIS_ISA allows at most; the last set where it says nothing. For libraries that choose for
 * themselves. */
wil_isa wil_kernel_isa_limit(void);

/* ---- loops that a back end makes convolutions of ------------------------------------------------------ */

/* The windows of a convolution as planes: plane (k, c) holds, at every position r of one side, what kernel
 * position k contributes to, or takes from, channel c at position q = stride r + sign (k - pad) of the other
 * side. With them a convolution whose one side has very few channels is a matrix product. */
typedef struct wil_fold_geometry {
    int64_t channels;          /* of the side with few */
    int64_t plane[3], thin[3]; /* positions r of a plane; positions q of the side with few channels */
    int64_t kernel[3], stride[3], pad[3];
    int sign;                          /* 1 or -1; -1 only with stride 1 */
    int64_t channel_step, kernel_step; /* planes from one channel to the next, and from k to the next */
} wil_fold_geometry;

typedef struct wil_fold_loops {
    /* thin [Q.., C] = sum over k of the planes; thin is overwritten. */
    void (*fold)(float *thin, const float *planes, const wil_fold_geometry *g);
    /* Its adjoint: planes from thin [Q.., C], zero where q lies outside. */
    void (*unfold)(float *planes, const float *thin, const wil_fold_geometry *g);
} wil_fold_loops;
wil_fold_loops wil_fold_find(void); /* those of wil_kernel_isa() */

typedef struct wil_patch_geometry {
    int64_t channels;
    int64_t in[3], out[3]; /* positions of the input; of patches */
    int64_t kernel[3], stride[3], pad[3];
} wil_patch_geometry;

typedef struct wil_patch_loops {
    /* Patches [first, first + n) of x [S..,C] in the order of output positions: patches [n, K.. C], zero
     * outside. */
    void (*patches)(float *patches, const float *x, const wil_patch_geometry *g, int64_t first, int64_t n);
    double (*dot)(const float *a, const float *b, int64_t n); /* in double, in a fixed order */
} wil_patch_loops;
wil_patch_loops wil_patch_find(void); /* those of wil_kernel_isa() */

/* The spatial axes padded in front to three: a shape [N,S..,C] as [N,D,H,W,C], and values of its axes. */
typedef struct wil_spatial3 {
    int64_t batch, channels;
    int64_t size[3];
} wil_spatial3;
wil_spatial3 wil_spatial3_of(const wil_shape *shape);
void wil_spatial3_values(int64_t out[3], const int64_t *values, int n, int64_t missing);

#pragma GCC visibility pop
#endif
