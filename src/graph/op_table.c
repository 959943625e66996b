/* The contents page of the graph: every operation, its name, and the rule of its derivative. */
#include "graph_internal.h"

static const graph_op OPS[WIL_OP_KINDS] = {
    [WIL_OP_INPUT] = {"input", NULL},
    [WIL_OP_PARAM] = {"param", NULL},
    [WIL_OP_FILL] = {"fill", NULL},
    [WIL_OP_KEEP_MASK] = {"keep_mask", NULL},
    [WIL_OP_SCALE] = {"scale", vjp_scale},
    [WIL_OP_ADD_SCALAR] = {"add_scalar", vjp_add_scalar},
    [WIL_OP_LEAKY_RELU] = {"leaky_relu", vjp_leaky_relu},
    [WIL_OP_STEP] = {"step", NULL},
    [WIL_OP_ABS] = {"abs", vjp_abs},
    [WIL_OP_SIGN] = {"sign", NULL},
    [WIL_OP_TANH] = {"tanh", vjp_tanh},
    [WIL_OP_SIGMOID] = {"sigmoid", vjp_sigmoid},
    [WIL_OP_SOFTPLUS] = {"softplus", vjp_softplus},
    [WIL_OP_EXP] = {"exp", vjp_exp},
    [WIL_OP_LOG] = {"log", vjp_log},
    [WIL_OP_SQRT] = {"sqrt", vjp_sqrt},
    [WIL_OP_RECIPROCAL] = {"reciprocal", vjp_reciprocal},
    [WIL_OP_STOP_GRADIENT] = {"stop_gradient", NULL},
    [WIL_OP_ADD] = {"add", vjp_add},
    [WIL_OP_SUB] = {"sub", vjp_sub},
    [WIL_OP_MUL] = {"mul", vjp_mul},
    [WIL_OP_DIV] = {"div", vjp_div},
    [WIL_OP_RESHAPE] = {"reshape", vjp_reshape},
    [WIL_OP_PERMUTE] = {"permute", vjp_permute},
    [WIL_OP_BROADCAST] = {"broadcast", vjp_broadcast},
    [WIL_OP_SUM] = {"sum", vjp_sum},
    [WIL_OP_CONCAT] = {"concat", vjp_concat},
    [WIL_OP_SLICE] = {"slice", vjp_slice},
    [WIL_OP_EMBED] = {"embed", vjp_embed},
    [WIL_OP_MATMUL] = {"matmul", vjp_matmul},
    [WIL_OP_CONV] = {"conv", vjp_conv},
    [WIL_OP_CONV_DX] = {"conv_dx", vjp_conv_dx},
    [WIL_OP_CONV_DW] = {"conv_dw", vjp_conv_dw},
    [WIL_OP_UPSAMPLE] = {"upsample", vjp_upsample},
    [WIL_OP_SUM_POOL] = {"sum_pool", vjp_sum_pool},
    [WIL_OP_POOL_GATHER] = {"pool_gather", vjp_pool_gather},
    [WIL_OP_POOL_SCATTER] = {"pool_scatter", vjp_pool_scatter},
    [WIL_OP_FOLD_UP] = {"fold_up", vjp_fold_up},
    [WIL_OP_UNFOLD_UP] = {"unfold_up", vjp_unfold_up},
    [WIL_OP_NORMALIZE] = {"normalize", vjp_normalize},
    [WIL_OP_NORMALIZE_DX] = {"normalize_dx", vjp_normalize_dx},
};

const graph_op *graph_op_row(wil_op_kind kind)
{
    return &OPS[kind];
}

const char *wil_op_name(wil_op_kind kind)
{
    return kind >= 0 && kind < WIL_OP_KINDS ? OPS[kind].name : "unknown";
}
