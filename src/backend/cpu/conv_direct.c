#include "conv_direct.h"

#include <string.h>

/* ---- descriptions ------------------------------------------------------------------------------------- */

typedef struct conv_descs {
    dnnl_memory_desc_t x, y;       /* as the primitive reads or writes them */
    dnnl_memory_desc_t w_any;      /* of the primitive */
    dnnl_memory_desc_t w_any_fore; /* of the forward primitive that oneDNN asks for as a hint */
    dnnl_dims_t stride, pad_front, pad_behind;
} conv_descs;

int64_t direct_pad_behind(const conv_geometry *g, int axis)
{
    return (g->out[axis] - 1) * g->stride[axis] + g->kernel[axis] - g->in[axis] - g->pad[axis];
}

wil_status direct_plain_weights(dnnl_memory_desc_t *out, const conv_geometry *g, dnnl_data_type_t type)
{
    static const dnnl_format_tag_t plain[3] = {dnnl_owi, dnnl_ohwi, dnnl_odhwi};
    dnnl_dims_t w = {g->out_channels, g->in_channels};
    for (int i = 0; i < g->n_spatial; i++)
        w[2 + i] = g->kernel[i];
    return dnnl_check(
        dnnl.memory_desc_init_by_tag(out, g->n_spatial + 2, w, type, plain[g->n_spatial - 1]), "weights");
}

static wil_status describe_memory(conv_descs *d, wil_op_kind kind, const conv_geometry *g)
{
    static const dnnl_format_tag_t activation[3] = {dnnl_nwc, dnnl_nhwc, dnnl_ndhwc};
    const int n = g->n_spatial;
    dnnl_dims_t x = {g->batch, g->in_channels};
    dnnl_dims_t y = {g->batch, g->out_channels};
    dnnl_dims_t w = {g->out_channels, g->in_channels};
    for (int i = 0; i < n; i++) {
        x[2 + i] = g->in[i];
        y[2 + i] = g->out[i];
        w[2 + i] = g->kernel[i];
        d->stride[i] = g->stride[i];
        d->pad_front[i] = g->pad[i];
        d->pad_behind[i] = direct_pad_behind(g, i);
    }
    const dnnl_data_type_t operand = g->bf16_operands ? dnnl_bf16 : dnnl_f32;
    const dnnl_data_type_t result = g->bf16_result ? dnnl_bf16 : dnnl_f32;
    const dnnl_data_type_t type_x = kind == WIL_OP_CONV_DX ? result : operand;
    const dnnl_data_type_t type_y = kind == WIL_OP_CONV ? result : operand;
    const dnnl_data_type_t type_w = kind == WIL_OP_CONV_DW ? dnnl_f32 : operand;
    WIL_TRY(dnnl_check(dnnl.memory_desc_init_by_tag(&d->x, n + 2, x, type_x, activation[n - 1]), "input"));
    WIL_TRY(dnnl_check(dnnl.memory_desc_init_by_tag(&d->y, n + 2, y, type_y, activation[n - 1]), "output"));
    WIL_TRY(dnnl_check(
        dnnl.memory_desc_init_by_tag(&d->w_any, n + 2, w, type_w, dnnl_format_tag_any), "weights"));
    return dnnl_check(
        dnnl.memory_desc_init_by_tag(&d->w_any_fore, n + 2, w, operand, dnnl_format_tag_any), "weights");
}

static wil_status describe_forward(
    dnnl_primitive_desc_t *out, const conv_descs *d, dnnl_primitive_attr_t attr, dnnl_engine_t engine)
{
    dnnl_convolution_desc_t desc;
    WIL_TRY(
        dnnl_check(dnnl.convolution_forward_desc_init(&desc, dnnl_forward_training, dnnl_convolution_direct,
                       &d->x, &d->w_any, NULL, &d->y, d->stride, d->pad_front, d->pad_behind),
            "convolution"));
    return dnnl_check(dnnl.primitive_desc_create(out, &desc, attr, engine, NULL), "convolution");
}

/* The forward primitive that a derivative names as its hint has operands of one type. */
static wil_status describe_hint(
    dnnl_primitive_desc_t *out, const conv_descs *d, dnnl_primitive_attr_t attr, dnnl_engine_t engine)
{
    conv_descs fore = *d;
    fore.w_any = d->w_any_fore;
    fore.x.data_type = d->w_any_fore.data_type;
    fore.y.data_type = d->w_any_fore.data_type;
    return describe_forward(out, &fore, attr, engine);
}

static wil_status describe_backward(dnnl_primitive_desc_t *out, wil_op_kind kind, const conv_descs *d,
    dnnl_primitive_attr_t attr, dnnl_engine_t engine)
{
    dnnl_primitive_desc_t hint = NULL;
    dnnl_convolution_desc_t desc;
    WIL_TRY(describe_hint(&hint, d, attr, engine));
    dnnl_status_t made = kind == WIL_OP_CONV_DX
                             ? dnnl.convolution_backward_data_desc_init(&desc, dnnl_convolution_direct, &d->x,
                                   &d->w_any, &d->y, d->stride, d->pad_front, d->pad_behind)
                             : dnnl.convolution_backward_weights_desc_init(&desc, dnnl_convolution_direct,
                                   &d->x, &d->w_any, NULL, &d->y, d->stride, d->pad_front, d->pad_behind);
    if (made == dnnl_success)
        made = dnnl.primitive_desc_create(out, &desc, attr, engine, hint);
    dnnl.primitive_desc_destroy(hint);
    return dnnl_check(made, "convolution derivative");
}

/* ---- making ------------------------------------------------------------------------------------------- */

static wil_status describe_primitive(
    dnnl_primitive_desc_t *out, wil_op_kind kind, const conv_descs *d, dnnl_engine_t engine)
{
    dnnl_primitive_attr_t attr = NULL;
    WIL_TRY(dnnl_call_attr(&attr));
    const wil_status status = kind == WIL_OP_CONV ? describe_forward(out, d, attr, engine)
                                                  : describe_backward(out, kind, d, attr, engine);
    dnnl.primitive_attr_destroy(attr);
    return status;
}

wil_status direct_make(direct_conv *out, cpu_device *device, wil_op_kind kind, const conv_geometry *geometry)
{
    static const int arguments[][3] = {
        [0] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST},
        [WIL_OP_CONV_DX - WIL_OP_CONV] = {DNNL_ARG_DIFF_DST, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_SRC},
        [WIL_OP_CONV_DW - WIL_OP_CONV] = {DNNL_ARG_SRC, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_WEIGHTS},
    };
    conv_descs d = {0};
    dnnl_primitive_desc_t description = NULL;
    memset(out, 0, sizeof *out);
    WIL_TRY(describe_memory(&d, kind, geometry));
    WIL_TRY(describe_primitive(&description, kind, &d, device->engine));
    const dnnl_query_t what = kind == WIL_OP_CONV_DW ? dnnl_query_diff_weights_md : dnnl_query_weights_md;
    out->weights_md = *dnnl.primitive_desc_query_md(description, what, 0);
    const dnnl_memory_desc_t *w = &out->weights_md;
    const dnnl_memory_desc_t *const layouts[][3] = {
        [0] = {&d.x, w, &d.y},
        [WIL_OP_CONV_DX - WIL_OP_CONV] = {&d.y, w, &d.x},
        [WIL_OP_CONV_DW - WIL_OP_CONV] = {&d.x, &d.y, w},
    };
    return dnnl_call_make(&out->call, device, "convolution", description, 3, arguments[kind - WIL_OP_CONV],
        layouts[kind - WIL_OP_CONV]);
}
