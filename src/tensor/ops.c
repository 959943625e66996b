/* The rows of ops.def, and how much work an operation is. */
#include "willis/tensor.h"

#define DERIVATIVE_RULE true
#define DERIVATIVE_ZERO false

static const wil_op_info ROWS[WIL_OP_KINDS] = {
#define OP(kind, name, n_inputs, class, derivative, in_place, samples, bf16, fast, fast_bf16)                \
    [WIL_OP_##kind] = {#name, n_inputs, WIL_OP_CLASS_##class, DERIVATIVE_##derivative, in_place,             \
        WIL_OP_SAMPLES_##samples, WIL_OP_BF16_##bf16, WIL_OP_FAST_##fast, WIL_OP_FAST_##fast_bf16},
#include "willis/ops.def"
};

const wil_op_info *wil_op_row(wil_op_kind kind)
{
    return &ROWS[kind];
}

const char *wil_op_name(wil_op_kind kind)
{
    return kind >= 0 && kind < WIL_OP_KINDS ? ROWS[kind].name : "unknown";
}

/* ---- flops -------------------------------------------------------------------------------------------- */

static double last_dim(wil_shape shape)
{
    return (double)shape.dim[shape.rank - 1];
}

/* x [N,S..,I], w [O,K..,I] and y [N,T..,O], whichever of them is the result. */
static double conv_multiply_adds(
    wil_op_kind kind, const wil_op_attr *attr, const wil_shape *in, wil_shape out)
{
    const wil_shape x = kind == WIL_OP_CONV_DX ? out : in[0];
    const wil_shape y = kind == WIL_OP_CONV ? out : kind == WIL_OP_CONV_DX ? in[0] : in[1];
    double n = (double)x.dim[0] * last_dim(x) * last_dim(y);
    for (int i = 0; i < attr->n_spatial; i++)
        n *= (double)(y.dim[1 + i] * attr->kernel[i]);
    return n;
}

static double norm2_multiply_adds(const wil_op_attr *attr, const wil_shape *in, wil_shape out)
{
    const double n_samples = (double)out.dim[0];
    const double n_channels = last_dim(in[1]);
    double n_rows = 0;
    double n_patch = last_dim(in[0]);
    for (int k = 0; k < WIL_MAX_INPUTS && in[k].rank > 0; k += 2)
        n_rows += (double)wil_shape_count(in[k + 1]) / n_channels / n_samples;
    for (int i = 0; i < attr->n_spatial; i++)
        n_patch *= (double)attr->kernel[i];
    return n_samples * (attr->axis == 1 ? 0.5 * n_rows * (n_rows + 1) * (n_patch + n_channels)
                                        : n_rows * n_patch * n_channels);
}

double wil_op_flops(wil_op_kind kind, const wil_op_attr *attr, const wil_shape *in, wil_shape out)
{
    switch (ROWS[kind].class) {
    case WIL_OP_CLASS_PRODUCT:
        return 2.0 * (double)wil_shape_count(out) * (double)in[0].dim[attr->transpose[0] ? 0 : 1];
    case WIL_OP_CLASS_CONV:
        return 2.0 * conv_multiply_adds(kind, attr, in, out);
    case WIL_OP_CLASS_NORM2:
        return 2.0 * norm2_multiply_adds(attr, in, out);
    default:
        return 0.0;
    }
}
