/* The contents page of the kernels. */
#include "kernel_internal.h"

#include "loop_columns.h"
#include "loop_kernels.h"

/* Copies of whole runs of values are as fast as memory in their reference form: no second version of them. */
#define REF_TILE(name) name
#define REF_LOOP(name) name
#define REF_REF(name) name
#define REF_OWN(name) name
#define REF_NONE(name) NULL
#define NO_FAST                                                                                              \
    {                                                                                                        \
        NULL                                                                                                 \
    }
#define FAST_TILE(name, type) KERNEL_BY_ISA(loop_##name##_##type)
#define FAST_LOOP(name, type) KERNEL_BY_ISA(loop_##name##_##type)
#define FAST_REF(name, type)                                                                                 \
    {                                                                                                        \
        ref_##name##_##type, ref_##name##_##type, ref_##name##_##type                                        \
    }
#define FAST_OWN(name, type) NO_FAST
#define FAST_NONE(name, type) NO_FAST
#define TILE_TILE(name) KERNEL_BY_ISA(tile_##name)
#define TILE_LOOP(name) NO_FAST
#define TILE_REF(name) NO_FAST
#define TILE_OWN(name) NO_FAST
#define TILE_NONE(name) NO_FAST

typedef struct kernel_row {
    wil_kernel_fn ref_f32, ref_f64;
    wil_kernel_fn f32[KERNEL_N_ISAS], bf16[KERNEL_N_ISAS]; /* by wil_isa */
    wil_tile_fn tile[KERNEL_N_ISAS];
} kernel_row;

static const kernel_row ROWS[WIL_OP_KINDS] = {
#define OP(kind, name, n_inputs, class, derivative, in_place, samples, precision, fast, fast_bf16)           \
    [WIL_OP_##kind] = {REF_##fast(ref_##name##_f32), REF_##fast(ref_##name##_f64), FAST_##fast(name, f32),   \
        FAST_##fast_bf16(name, bf16), TILE_##fast(name)},
#include "willis/ops.def"
};

wil_kernel_fn wil_kernel_find(wil_op_kind kind, wil_kernel_set set)
{
    const kernel_row *row = &ROWS[kind];
    if (set == WIL_KERNEL_REF_F64)
        return row->ref_f64;
    return set == WIL_KERNEL_REF_F32 ? row->ref_f32 : row->f32[wil_kernel_isa()];
}

/* ---- bfloat16 ----------------------------------------------------------------------------------------- */

static bool suits_windows(const wil_kernel_call *call)
{
    int64_t n = 1;
    for (int i = 0; i < call->attr.n_spatial; i++)
        n *= call->attr.kernel[i];
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

wil_kernel_fn wil_kernel_find_bf16(wil_op_kind kind, const wil_kernel_call *call)
{
    const wil_op_class class = wil_op_row(kind)->class;
    const bool suits = class == WIL_OP_CLASS_REDUCE ? suits_sum(call)
                       : class == WIL_OP_CLASS_NORM ? suits_normalize(call)
                       : class == WIL_OP_CLASS_POOL ? suits_windows(call)
                                                    : true;
    return suits ? ROWS[kind].bf16[wil_kernel_isa()] : NULL;
}

wil_kernel_fn wil_kernel_find_stats(bool bf16, const wil_kernel_call *call)
{
    static const wil_kernel_fn f32[KERNEL_N_ISAS] = KERNEL_BY_ISA(loop_normalize_stats_f32);
    static const wil_kernel_fn half[KERNEL_N_ISAS] = KERNEL_BY_ISA(loop_normalize_stats_bf16);
    return suits_normalize(call) ? (bf16 ? half : f32)[wil_kernel_isa()] : NULL;
}

/* ---- tiles -------------------------------------------------------------------------------------------- */

wil_tile_fn wil_tile_find(wil_op_kind kind)
{
    return ROWS[kind].tile[wil_kernel_isa()];
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

#define CONV_LOOP(name, type)                                                                                \
    static const typeof(((type *)0)->name) name##_loops[KERNEL_N_ISAS] = KERNEL_BY_ISA(loop_##name);

wil_fold_loops wil_fold_find(void)
{
    CONV_LOOP(fold, wil_fold_loops)
    CONV_LOOP(unfold, wil_fold_loops)
    const wil_isa isa = wil_kernel_isa();
    return (wil_fold_loops){fold_loops[isa], unfold_loops[isa]};
}

wil_patch_loops wil_patch_find(void)
{
    CONV_LOOP(patches, wil_patch_loops)
    CONV_LOOP(dot, wil_patch_loops)
    const wil_isa isa = wil_kernel_isa();
    return (wil_patch_loops){patches_loops[isa], dot_loops[isa]};
}
