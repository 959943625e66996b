/* tensor: what an array is, and what can be done with arrays: shape, element type, and one row an operation.
 *
 * ops.def is the only place where an operation is listed; everything that asks about operations (graph,
 * kernels, fusing, precision, clipping per sample, recomputation, operation counts, tests) reads its rows:
 *
 *     if (wil_op_row(info->kind)->class == WIL_OP_CLASS_VIEW) ...
 *
 * A new pointwise operation is a row there, its value in src/kernel/ref_elementwise.h and loop_expressions.h,
 * and its derivative in src/graph/op_elementwise.c.
 */
#ifndef WILLIS_TENSOR_H
#define WILLIS_TENSOR_H

#include "willis/base.h"

#pragma GCC visibility push(default)

#define WIL_MAX_RANK 6
#define WIL_MAX_INPUTS 8

typedef struct wil_shape {
    int rank;                  /* 0..WIL_MAX_RANK; scalars have rank 0 */
    int64_t dim[WIL_MAX_RANK]; /* each >= 1; the last axis runs fastest */
} wil_shape;

wil_shape wil_shape_of(int rank, ...); /* the dimensions as int */
int64_t wil_shape_count(wil_shape shape);
bool wil_shape_equal(wil_shape a, wil_shape b);
/* "[8,96,96,2]" into text; returns text. */
const char *wil_shape_text(wil_shape shape, char *text, size_t n);
/* The same for the arguments of a message: wil_fail(.., "got %s", wil_shape_say(shape).text). */
typedef struct wil_shape_words {
    char text[128];
} wil_shape_words;
wil_shape_words wil_shape_say(wil_shape shape);

typedef enum wil_type {
    WIL_TYPE_F32,
    WIL_TYPE_BF16, /* the upper half of a float */
    WIL_TYPE_F64
} wil_type;
size_t wil_type_bytes(wil_type type);
const char *wil_type_name(wil_type type); /* "f32", "bf16", "f64" */

/* ---- operations --------------------------------------------------------------------------------------- */

/* The closed set of operations: each one's derivative is written with these. */
typedef enum wil_op_kind {
#define OP(kind, ...) WIL_OP_##kind,
#include "willis/ops.def"
    WIL_OP_KINDS
} wil_op_kind;

/* What an operation is called with besides its inputs; what it does not use is zero. */
typedef struct wil_op_attr {
    double scalar;
    uint32_t axes; /* bit i: axis i */
    int axis;
    int64_t begin;
    bool transpose[2];
    int permutation[WIL_MAX_RANK];
    int n_spatial;
    int64_t kernel[3], stride[3], pad[3]; /* convolution; kernel also for POOL */
    uint64_t key;                         /* KEEP_MASK */
} wil_op_attr;

/* The columns of ops.def, whose head says what the words mean. */
typedef enum wil_op_class {
    WIL_OP_CLASS_LEAF,
    WIL_OP_CLASS_SOURCE,
    WIL_OP_CLASS_POINTWISE,
    WIL_OP_CLASS_VIEW,
    WIL_OP_CLASS_MOVE,
    WIL_OP_CLASS_REDUCE,
    WIL_OP_CLASS_PRODUCT,
    WIL_OP_CLASS_CONV,
    WIL_OP_CLASS_NORM2,
    WIL_OP_CLASS_POOL,
    WIL_OP_CLASS_NORM
} wil_op_class;

typedef enum wil_op_samples {
    WIL_OP_SAMPLES_MIXES,
    WIL_OP_SAMPLES_ROWS,
    WIL_OP_SAMPLES_FIRST_AXIS,
    WIL_OP_SAMPLES_AXIS,
    WIL_OP_SAMPLES_TURN,
    WIL_OP_SAMPLES_OVER_AXES,
    WIL_OP_SAMPLES_SUM,
    WIL_OP_SAMPLES_MATMUL,
    WIL_OP_SAMPLES_CONV,
    WIL_OP_SAMPLES_TOTAL,
    WIL_OP_SAMPLES_RULES
} wil_op_samples;

typedef enum wil_op_bf16 {
    WIL_OP_BF16_NEVER,
    WIL_OP_BF16_ALWAYS,
    WIL_OP_BF16_IMAGES,
    WIL_OP_BF16_FOLLOWS
} wil_op_bf16;

typedef enum wil_op_fast {
    WIL_OP_FAST_NONE,
    WIL_OP_FAST_TILE,
    WIL_OP_FAST_LOOP,
    WIL_OP_FAST_REF,
    WIL_OP_FAST_OWN
} wil_op_fast;

typedef struct wil_op_info {
    const char *name; /* "conv_dx" */
    int n_inputs;     /* at most */
    wil_op_class class;
    bool has_derivative; /* else it is zero */
    unsigned in_place;
    wil_op_samples samples;
    wil_op_bf16 bf16;
    wil_op_fast fast, fast_bf16;
} wil_op_info;

const wil_op_info *wil_op_row(wil_op_kind kind);
const char *wil_op_name(wil_op_kind kind); /* "unknown" outside the set */
/* Multiply-adds of products and convolutions, times two; 0 for all others. in: the shapes of the inputs;
 * those that are absent have rank 0. */
double wil_op_flops(wil_op_kind kind, const wil_op_attr *attr, const wil_shape *in, wil_shape out);

#pragma GCC visibility pop
#endif
