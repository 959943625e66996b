/* kernel: the loops. Plain pointers and shapes, no graph.
 *
 * Every operation but views has a kernel of the same name, found by its kind once, when a plan is compiled:
 *   ref_*   obvious loops, in float and double: the definition that everything is tested against
 *   loop_*  fast float loops between the convolutions: vectorised per instruction set, parallel
 *   dnnl_*  convolution and matrix product on oneDNN
 * A kernel writes its whole output (or adds to nothing), never allocates, and cannot fail.
 * Sums are taken in a fixed order that does not depend on the thread count.
 */
#ifndef WILLIS_KERNEL_H
#define WILLIS_KERNEL_H

#include "willis/tensor.h"

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
    WIL_KERNEL_FAST_F32 /* loop_*; products and convolutions are NULL here: use wil_dnnl_* */
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
 * wil_dnnl_new tells it; its results agree across sets to rounding. Architectures other than x86-64 have
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

/* ---- oneDNN ------------------------------------------------------------------------------------------- */

/* Engine and stream; shared by all primitives of one plan. */
typedef struct wil_dnnl wil_dnnl;
/* Fails: WIL_ERR_ARG (WILLIS_ISA is no set, or less than what oneDNN has already used in this process),
 * WIL_ERR_MEMORY. *out is NULL on failure. */
WIL_NODISCARD wil_status wil_dnnl_new(wil_dnnl **out);
void wil_dnnl_free(wil_dnnl *dnnl);

typedef enum wil_dnnl_conv_kind { WIL_DNNL_CONV, WIL_DNNL_CONV_DX, WIL_DNNL_CONV_DW } wil_dnnl_conv_kind;

typedef struct wil_conv_geometry {
    int n_spatial; /* 1, 2, 3 */
    int64_t batch, in_channels, out_channels;
    int64_t in[3], kernel[3], out[3]; /* S, K, T of graph.h */
    int64_t stride[3], pad[3];        /* pad: in front; behind is what T asks for */
    bool bf16_operands;               /* activations are given in bfloat16, weights packed into it */
    bool bf16_result;                 /* CONV and CONV_DX only; needs bf16_operands */
} wil_conv_geometry;

/* One convolution primitive in channels-last activations. Weights are given and returned as [O,K..,I] float;
 * oneDNN may want another layout: then packed_bytes > 0, and wil_dnnl_conv_pack turns weights into it (once
 * per step, however often the primitive runs). CONV_DW unpacks its result itself.
 * Made for, and to be run with, one number of OpenMP threads, outside parallel regions, by one thread at a
 * time. Results and data gradients have the same bits under any thread count; weight gradients under the same
 * count. wil_dnnl_conv_new fails: WIL_ERR_ARG (impossible geometry: says which axis and sizes),
 * WIL_ERR_MEMORY. */
typedef struct wil_dnnl_conv wil_dnnl_conv;
WIL_NODISCARD wil_status wil_dnnl_conv_new(
    wil_dnnl_conv **out, wil_dnnl *dnnl, wil_dnnl_conv_kind kind, const wil_conv_geometry *geometry);
void wil_dnnl_conv_free(wil_dnnl_conv *conv);
size_t wil_dnnl_conv_packed_bytes(const wil_dnnl_conv *conv);  /* 0: the plain layout is taken as it is */
size_t wil_dnnl_conv_scratch_bytes(const wil_dnnl_conv *conv); /* given to run; shared between primitives */
size_t wil_dnnl_conv_pack_scratch_bytes(const wil_dnnl_conv *conv); /* given to pack */
/* true if both primitives want the same packed layout of one weight array. */
bool wil_dnnl_conv_same_packing(const wil_dnnl_conv *a, const wil_dnnl_conv *b);
WIL_NODISCARD wil_status wil_dnnl_conv_pack(
    wil_dnnl_conv *conv, const float *weights, void *packed, void *scratch);
/* CONV: (x, w) -> y. CONV_DX: (g, w) -> dx. CONV_DW: (x, g) -> dw. w is packed if packed_bytes > 0. */
WIL_NODISCARD wil_status wil_dnnl_conv_run(
    wil_dnnl_conv *conv, const void *first, const void *second, void *out, void *scratch);

/* Row-major out [m,n] = op(a) op(b) in float, on oneDNN's sgemm. */
WIL_NODISCARD wil_status wil_dnnl_matmul(const float *a, const float *b, float *out, int64_t m, int64_t n,
    int64_t k, bool transpose_a, bool transpose_b);

/* Squared lengths of per-sample weight gradients, conv_dw_norm2 of the graph module: inputs x0, g0, x1, g1,
 * .. (up to four pairs; those absent have rank 0), out [N]. Samples are shared out among as many threads as
 * find room in scratch; each one's number has the same bits whatever their count. */
size_t wil_dnnl_norm2_scratch_bytes(const wil_kernel_call *call); /* for the threads there are now */
WIL_NODISCARD wil_status wil_dnnl_norm2(const wil_kernel_call *call, void *scratch, size_t scratch_bytes);

#endif
