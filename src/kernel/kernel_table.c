/* The contents page of the kernels. */
#include "kernel_internal.h"

#include <string.h>

#include "loop_kernels.h"

typedef struct kernel_row {
    const char *name;
    wil_kernel_fn ref_f32, ref_f64, fast;
    unsigned in_place; /* bit i: out may be input i */
} kernel_row;

#define REF(name) ref_##name##_f32, ref_##name##_f64

/* Copies of whole runs of values are as fast as memory in their reference form; no second version of them. */
static const kernel_row ROWS[] = {
    {"fill", REF(fill), loop_fill_f32, 0},
    {"keep_mask", REF(keep_mask), loop_keep_mask_f32, 0},
    {"scale", REF(scale), loop_scale_f32, 1},
    {"add_scalar", REF(add_scalar), loop_add_scalar_f32, 1},
    {"leaky_relu", REF(leaky_relu), loop_leaky_relu_f32, 1},
    {"step", REF(step), loop_step_f32, 1},
    {"abs", REF(abs), loop_abs_f32, 1},
    {"sign", REF(sign), loop_sign_f32, 1},
    {"tanh", REF(tanh), loop_tanh_f32, 1},
    {"sigmoid", REF(sigmoid), loop_sigmoid_f32, 1},
    {"softplus", REF(softplus), loop_softplus_f32, 1},
    {"exp", REF(exp), loop_exp_f32, 1},
    {"log", REF(log), loop_log_f32, 1},
    {"sqrt", REF(sqrt), loop_sqrt_f32, 1},
    {"reciprocal", REF(reciprocal), loop_reciprocal_f32, 1},
    {"stop_gradient", REF(copy), loop_copy_f32, 1},
    {"reshape", REF(copy), loop_copy_f32, 1},
    {"add", REF(add), loop_add_f32, 3},
    {"sub", REF(sub), loop_sub_f32, 3},
    {"mul", REF(mul), loop_mul_f32, 3},
    {"div", REF(div), loop_div_f32, 3},
    {"permute", REF(permute), loop_permute_f32, 0},
    {"broadcast", REF(broadcast), loop_broadcast_f32, 0},
    {"sum", REF(sum), loop_sum_f32, 0},
    {"concat", REF(concat), ref_concat_f32, 0},
    {"slice", REF(slice), ref_slice_f32, 0},
    {"embed", REF(embed), ref_embed_f32, 0},
    {"upsample", REF(upsample), loop_upsample_f32, 0},
    {"sum_pool", REF(sum_pool), loop_sum_pool_f32, 0},
    {"pool_gather", REF(pool_gather), loop_pool_gather_f32, 0},
    {"pool_scatter", REF(pool_scatter), loop_pool_scatter_f32, 0},
    {"normalize", REF(normalize), loop_normalize_f32, 1},
    {"normalize_dx", REF(normalize_dx), loop_normalize_dx_f32, 3},
    {"matmul", REF(matmul), NULL, 0},
    {"conv", REF(conv), NULL, 0},
    {"conv_dx", REF(conv_dx), NULL, 0},
    {"conv_dw", REF(conv_dw), NULL, 0},
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
    return backend == WIL_KERNEL_REF_F32 ? row->ref_f32 : row->fast;
}

bool wil_kernel_in_place(const char *op_name, int which)
{
    const kernel_row *row = find_row(op_name);
    return row != NULL && (row->in_place >> which & 1u) != 0;
}
