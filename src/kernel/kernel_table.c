/* The contents page of the kernels. */
#include "kernel_internal.h"

#include <string.h>

#include "loop_columns.h"
#include "loop_fold.h"
#include "loop_kernels.h"

typedef struct kernel_row {
    const char *name;
    wil_kernel_fn ref_f32, ref_f64;
    wil_kernel_fn fast[KERNEL_N_ISAS]; /* by wil_isa */
    unsigned in_place;                 /* bit i: out may be input i */
} kernel_row;

#define REF(name) ref_##name##_f32, ref_##name##_f64
#define LOOP(name) KERNEL_BY_ISA(loop_##name##_f32)
#define ALSO_FAST(name)                                                                                      \
    {                                                                                                        \
        ref_##name##_f32, ref_##name##_f32, ref_##name##_f32                                                 \
    }
#define NONE                                                                                                 \
    {                                                                                                        \
        NULL                                                                                                 \
    }

/* Copies of whole runs of values are as fast as memory in their reference form; no second version of them. */
static const kernel_row ROWS[] = {
    {"fill", REF(fill), LOOP(fill), 0},
    {"keep_mask", REF(keep_mask), LOOP(keep_mask), 0},
    {"scale", REF(scale), LOOP(scale), 1},
    {"add_scalar", REF(add_scalar), LOOP(add_scalar), 1},
    {"leaky_relu", REF(leaky_relu), LOOP(leaky_relu), 1},
    {"step", REF(step), LOOP(step), 1},
    {"abs", REF(abs), LOOP(abs), 1},
    {"sign", REF(sign), LOOP(sign), 1},
    {"tanh", REF(tanh), LOOP(tanh), 1},
    {"sigmoid", REF(sigmoid), LOOP(sigmoid), 1},
    {"softplus", REF(softplus), LOOP(softplus), 1},
    {"exp", REF(exp), LOOP(exp), 1},
    {"log", REF(log), LOOP(log), 1},
    {"sqrt", REF(sqrt), LOOP(sqrt), 1},
    {"reciprocal", REF(reciprocal), LOOP(reciprocal), 1},
    {"stop_gradient", REF(copy), LOOP(copy), 1},
    {"reshape", REF(copy), LOOP(copy), 1},
    {"add", REF(add), LOOP(add), 3},
    {"sub", REF(sub), LOOP(sub), 3},
    {"mul", REF(mul), LOOP(mul), 3},
    {"div", REF(div), LOOP(div), 3},
    {"permute", REF(permute), LOOP(permute), 0},
    {"broadcast", REF(broadcast), LOOP(broadcast), 0},
    {"sum", REF(sum), LOOP(sum), 0},
    {"concat", REF(concat), ALSO_FAST(concat), 0},
    {"slice", REF(slice), ALSO_FAST(slice), 0},
    {"embed", REF(embed), ALSO_FAST(embed), 0},
    {"upsample", REF(upsample), LOOP(upsample), 0},
    {"sum_pool", REF(sum_pool), LOOP(sum_pool), 0},
    {"pool_gather", REF(pool_gather), LOOP(pool_gather), 0},
    {"pool_scatter", REF(pool_scatter), LOOP(pool_scatter), 0},
    {"fold_up", REF(fold_up), LOOP(fold_up), 0},
    {"unfold_up", REF(unfold_up), LOOP(unfold_up), 0},
    {"normalize", REF(normalize), LOOP(normalize), 1},
    {"normalize_dx", REF(normalize_dx), LOOP(normalize_dx), 3},
    {"matmul", REF(matmul), NONE, 0},
    {"conv", REF(conv), NONE, 0},
    {"conv_dx", REF(conv_dx), NONE, 0},
    {"conv_dw", REF(conv_dw), NONE, 0},
};

static const kernel_row *find_row(const char *op_name)
{
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        if (strcmp(ROWS[i].name, op_name) == 0)
            return &ROWS[i];
    return NULL;
}

wil_kernel_fn wil_kernel_find(const char *op_name, wil_kernel_backend backend)
{
    const kernel_row *row = find_row(op_name);
    if (row == NULL)
        return NULL;
    if (backend == WIL_KERNEL_REF_F64)
        return row->ref_f64;
    return backend == WIL_KERNEL_REF_F32 ? row->ref_f32 : row->fast[wil_kernel_isa()];
}

/* ---- bfloat16 ----------------------------------------------------------------------------------------- */

static bool suits_windows(const wil_kernel_call *call)
{
    int64_t n = 1;
    for (int i = 0; i < call->params.n_spatial; i++)
        n *= call->params.kernel[i];
    return n <= KERNEL_WINDOW_MAX;
}

static bool suits_sum(const wil_kernel_call *call)
{
    kept_and_reduced s;
    column_work work;
    return columns_suit_sum(call, &s, &work);
}

static bool suits_normalize(const wil_kernel_call *call)
{
    kept_and_reduced s;
    column_work work;
    return columns_suit_normalize(call, &s, &work);
}

static bool suits_always(const wil_kernel_call *call)
{
    (void)call;
    return true;
}

typedef struct bf16_row {
    const char *name;
    bool (*suits)(const wil_kernel_call *call);
    wil_kernel_fn by_isa[KERNEL_N_ISAS];
} bf16_row;

#define LOOP_BF16(name) KERNEL_BY_ISA(loop_##name##_bf16)
#define MOVE_BF16(name)                                                                                      \
    {                                                                                                        \
        ref_##name##_bf16, ref_##name##_bf16, ref_##name##_bf16                                              \
    }

wil_kernel_fn wil_kernel_find_bf16(const char *op_name, const wil_kernel_call *call)
{
    static const bf16_row rows[] = {
        {"sum", suits_sum, LOOP_BF16(sum)},
        {"normalize", suits_normalize, LOOP_BF16(normalize)},
        {"normalize_dx", suits_normalize, LOOP_BF16(normalize_dx)},
        {"upsample", suits_windows, LOOP_BF16(upsample)},
        {"sum_pool", suits_windows, LOOP_BF16(sum_pool)},
        {"pool_gather", suits_windows, LOOP_BF16(pool_gather)},
        {"pool_scatter", suits_windows, LOOP_BF16(pool_scatter)},
        {"concat", suits_always, MOVE_BF16(concat)},
        {"slice", suits_always, MOVE_BF16(slice)},
        {"embed", suits_always, MOVE_BF16(embed)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].name, op_name) == 0)
            return rows[i].suits(call) ? rows[i].by_isa[wil_kernel_isa()] : NULL;
    return NULL;
}

wil_kernel_fn wil_kernel_find_stats(bool bf16, const wil_kernel_call *call)
{
    static const wil_kernel_fn f32[KERNEL_N_ISAS] = KERNEL_BY_ISA(loop_normalize_stats_f32);
    static const wil_kernel_fn half[KERNEL_N_ISAS] = KERNEL_BY_ISA(loop_normalize_stats_bf16);
    return suits_normalize(call) ? (bf16 ? half : f32)[wil_kernel_isa()] : NULL;
}

bool wil_kernel_in_place(const char *op_name, int which)
{
    const kernel_row *row = find_row(op_name);
    return row != NULL && (row->in_place >> which & 1u) != 0;
}

/* ---- tiles -------------------------------------------------------------------------------------------- */

typedef struct tile_row {
    const char *name;
    wil_tile_fn by_isa[KERNEL_N_ISAS];
} tile_row;

#define TILE_ROW(name, expression) {#name, KERNEL_BY_ISA(tile_##name)},

wil_tile_fn wil_tile_find(const char *op_name)
{
    static const tile_row rows[] = {FOR_UNARY_EXPRESSIONS(TILE_ROW) FOR_BINARY_OPERATIONS(TILE_ROW)};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].name, op_name) == 0)
            return rows[i].by_isa[wil_kernel_isa()];
    return NULL;
}

wil_tile_moves wil_tile_moves_find(void)
{
    static const wil_tile_widen widen[KERNEL_N_ISAS] = KERNEL_BY_ISA(tile_widen);
    static const wil_tile_narrow narrow[KERNEL_N_ISAS] = KERNEL_BY_ISA(tile_narrow);
    static const wil_tile_mask_fn mask[KERNEL_N_ISAS] = KERNEL_BY_ISA(tile_mask);
    static const wil_tile_round round[KERNEL_N_ISAS] = KERNEL_BY_ISA(tile_round);
    const wil_isa isa = wil_kernel_isa();
    static const wil_tile_add_rows add_rows[KERNEL_N_ISAS] = KERNEL_BY_ISA(tile_add_rows);
    return (wil_tile_moves){widen[isa], narrow[isa], round[isa], add_rows[isa], mask[isa]};
}

fold_loops loop_fold_find(void)
{
    static const fold_loop folds[KERNEL_N_ISAS] = KERNEL_BY_ISA(loop_fold);
    static const unfold_loop unfolds[KERNEL_N_ISAS] = KERNEL_BY_ISA(loop_unfold);
    const wil_isa isa = wil_kernel_isa();
    return (fold_loops){folds[isa], unfolds[isa]};
}
