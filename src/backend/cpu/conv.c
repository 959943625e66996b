/* A convolution, or a derivative of one, in channels-last activations: which way it is computed, and how its
 * weights are laid out. */
#include "conv.h"

#include "conv_direct.h"
#include "conv_gemm_rows.h"
#include "conv_col2im.h"
#include "conv_split.h"
#include "conv_few_channels.h"

#include <string.h>

typedef enum conv_way { WAY_DIRECT, WAY_FEW_CHANNELS, WAY_GEMM_ROWS, WAY_COL2IM, WAY_SPLIT } conv_way;

struct cpu_conv {
    wil_op_kind kind;
    conv_way way;
    union {
        direct_conv direct;
        few_channels_conv few;
        gemm_rows_conv gemm_rows;
        col2im_conv col2im;
        split_conv split;
    };
    size_t scratch_bytes;                   /* of the way alone */
    dnnl_memory_desc_t plain_md, packed_md; /* the caller's weights, in float; those of the way */
    size_t packed_bytes;                    /* 0: the way takes or gives the caller's */
    dnnl_call reorder;                      /* plain to packed; for CONV_DW packed to plain */
};

conv_geometry conv_geometry_of(const wil_op_attr *attr, wil_shape x, wil_shape w, wil_shape y)
{
    conv_geometry out = {.n_spatial = attr->n_spatial,
        .batch = x.dim[0],
        .in_channels = x.dim[x.rank - 1],
        .out_channels = y.dim[y.rank - 1]};
    for (int i = 0; i < out.n_spatial; i++) {
        out.in[i] = x.dim[1 + i];
        out.kernel[i] = w.dim[1 + i];
        out.out[i] = y.dim[1 + i];
        out.stride[i] = attr->stride[i];
        out.pad[i] = attr->pad[i];
    }
    return out;
}

static wil_status check_geometry(const conv_geometry *g)
{
    WIL_REQUIRE(g->n_spatial >= 1 && g->n_spatial <= 3, WIL_ERR_ARG,
        "convolution: expected 1, 2 or 3 spatial axes, got %d", g->n_spatial);
    WIL_REQUIRE(g->batch > 0 && g->in_channels > 0 && g->out_channels > 0, WIL_ERR_ARG,
        "convolution: batch %lld, %lld input and %lld output channels: each must be at least 1",
        (long long)g->batch, (long long)g->in_channels, (long long)g->out_channels);
    for (int i = 0; i < g->n_spatial; i++) {
        const bool whole =
            g->in[i] > 0 && g->kernel[i] > 0 && g->out[i] > 0 && g->stride[i] > 0 && g->pad[i] >= 0;
        WIL_REQUIRE(whole && direct_pad_behind(g, i) < g->kernel[i] &&
                        direct_pad_behind(g, i) > -g->stride[i] - g->pad[i],
            WIL_ERR_ARG,
            "convolution, spatial axis %d: size %lld with kernel %lld, stride %lld and padding %lld does not "
            "give %lld",
            i, (long long)g->in[i], (long long)g->kernel[i], (long long)g->stride[i], (long long)g->pad[i],
            (long long)g->out[i]);
    }
    return WIL_OK;
}

/* ---- making ------------------------------------------------------------------------------------------- */

static conv_way choose_way(wil_op_kind kind, const conv_geometry *geometry)
{
    if (!geometry->bf16_operands && few_channels_suits(kind, geometry))
        return WAY_FEW_CHANNELS;
    if (gemm_rows_suit(kind, geometry))
        return WAY_GEMM_ROWS;
    return col2im_suits(kind, geometry) ? WAY_COL2IM : WAY_DIRECT;
}

/* Puts parts in the place of a primitive that needs much scratch memory. */
static wil_status make_split(cpu_conv *conv, cpu_device *device, const conv_geometry *geometry, int n)
{
    dnnl_call_clear(&conv->direct.call);
    conv->way = WAY_SPLIT;
    conv->packed_md = conv->plain_md;
    WIL_TRY(split_make(&conv->split, device, geometry, n));
    conv->scratch_bytes = split_scratch_bytes(&conv->split);
    return WIL_OK;
}

static wil_status make_direct(cpu_conv *conv, cpu_device *device, const conv_geometry *geometry)
{
    WIL_TRY(direct_make(&conv->direct, device, conv->kind, geometry));
    conv->scratch_bytes = conv->direct.call.scratch_bytes;
    conv->packed_md = conv->direct.weights_md;
    const int n_parts = split_wanted(conv->kind, geometry, conv->scratch_bytes);
    return n_parts > 1 ? make_split(conv, device, geometry, n_parts) : WIL_OK;
}

/* Products take weights as they are, or in bfloat16 and otherwise as they are. */
static wil_status make_way(cpu_conv *conv, cpu_device *device, const conv_geometry *geometry)
{
    conv->packed_md = conv->plain_md;
    if (conv->way != WAY_DIRECT && conv->kind != WIL_OP_CONV_DW && geometry->bf16_operands)
        WIL_TRY(direct_plain_weights(&conv->packed_md, geometry, dnnl_bf16));
    switch (conv->way) {
    case WAY_FEW_CHANNELS:
        conv->few = few_channels_make(conv->kind, geometry);
        conv->scratch_bytes = few_channels_scratch_bytes(&conv->few);
        return WIL_OK;
    case WAY_GEMM_ROWS:
        WIL_TRY(gemm_rows_make(&conv->gemm_rows, device, conv->kind, geometry));
        conv->scratch_bytes = gemm_rows_scratch_bytes(&conv->gemm_rows);
        return WIL_OK;
    case WAY_COL2IM:
        WIL_TRY(col2im_make(&conv->col2im, device, geometry));
        conv->scratch_bytes = col2im_scratch_bytes(&conv->col2im);
        return WIL_OK;
    default:
        return make_direct(conv, device, geometry);
    }
}

static wil_status reorder_make(
    dnnl_call *out, cpu_device *device, const dnnl_memory_desc_t *from, const dnnl_memory_desc_t *to)
{
    static const int arguments[2] = {DNNL_ARG_FROM, DNNL_ARG_TO};
    dnnl_primitive_desc_t description = NULL;
    dnnl_primitive_attr_t attr = NULL;
    WIL_TRY(dnnl_call_attr(&attr));
    const dnnl_status_t made =
        dnnl.reorder_primitive_desc_create(&description, from, device->engine, to, device->engine, attr);
    dnnl.primitive_attr_destroy(attr);
    WIL_TRY(dnnl_check(made, "reorder"));
    return dnnl_call_make(
        out, device, "reorder", description, 2, arguments, (const dnnl_memory_desc_t *[]){from, to});
}

static wil_status make_reorder(cpu_conv *conv, cpu_device *device)
{
    if (dnnl.memory_desc_equal(&conv->packed_md, &conv->plain_md))
        return WIL_OK;
    conv->packed_bytes = dnnl.memory_desc_get_size(&conv->packed_md);
    return conv->kind == WIL_OP_CONV_DW
               ? reorder_make(&conv->reorder, device, &conv->packed_md, &conv->plain_md)
               : reorder_make(&conv->reorder, device, &conv->plain_md, &conv->packed_md);
}

wil_status cpu_conv_new(cpu_conv **out, cpu_device *device, wil_op_kind kind, const conv_geometry *geometry)
{
    WIL_OWN(cpu_conv) *conv = NULL;
    *out = NULL;
    WIL_TRY(check_geometry(geometry));
    WIL_TRY(wil_alloc((void **)&conv, 1, sizeof *conv));
    conv->kind = kind;
    conv->way = choose_way(kind, geometry);
    WIL_TRY(direct_plain_weights(&conv->plain_md, geometry, dnnl_f32));
    WIL_TRY(make_way(conv, device, geometry));
    WIL_TRY(make_reorder(conv, device));
    return wil_give(out, &conv);
}

static void clear_way(cpu_conv *conv)
{
    switch (conv->way) {
    case WAY_GEMM_ROWS:
        gemm_rows_clear(&conv->gemm_rows);
        break;
    case WAY_COL2IM:
        col2im_clear(&conv->col2im);
        break;
    case WAY_SPLIT:
        split_clear(&conv->split);
        break;
    case WAY_DIRECT:
        dnnl_call_clear(&conv->direct.call);
        break;
    default: /* few channels owns nothing */
        break;
    }
}

void cpu_conv_free(cpu_conv *conv)
{
    if (conv == NULL)
        return;
    clear_way(conv);
    dnnl_call_clear(&conv->reorder);
    wil_free(conv);
}

/* ---- sizes -------------------------------------------------------------------------------------------- */

size_t cpu_conv_packed_bytes(const cpu_conv *conv)
{
    return conv->kind == WIL_OP_CONV_DW ? 0 : conv->packed_bytes;
}

/* scratch: [the way's, and for CONV_DW the reorder's and the packed result] */
size_t cpu_conv_scratch_bytes(const cpu_conv *conv)
{
    const bool unpacks = conv->kind == WIL_OP_CONV_DW;
    return dnnl_round_up(conv->scratch_bytes) +
           (unpacks ? dnnl_round_up(conv->reorder.scratch_bytes) + dnnl_round_up(conv->packed_bytes) : 0);
}

size_t cpu_conv_pack_scratch_bytes(const cpu_conv *conv)
{
    return conv->reorder.scratch_bytes;
}

bool cpu_conv_same_packing(const cpu_conv *a, const cpu_conv *b)
{
    return dnnl.memory_desc_equal(&a->packed_md, &b->packed_md) != 0;
}

/* ---- running ------------------------------------------------------------------------------------------ */

wil_status cpu_conv_pack(cpu_conv *conv, const float *weights, void *packed, void *scratch)
{
    return dnnl_call_run(&conv->reorder, (const void *[]){weights, packed}, scratch);
}

static wil_status run_way(
    const cpu_conv *conv, const void *first, const void *second, void *out, void *scratch)
{
    switch (conv->way) {
    case WAY_FEW_CHANNELS:
        return few_channels_run(&conv->few, first, second, out, scratch);
    case WAY_GEMM_ROWS:
        return gemm_rows_run(&conv->gemm_rows, first, second, out, scratch);
    case WAY_COL2IM:
        return col2im_run(&conv->col2im, first, second, out, scratch);
    case WAY_SPLIT:
        return split_run(&conv->split, first, second, out, scratch);
    default:
        return dnnl_call_run(&conv->direct.call, (const void *[]){first, second, out}, scratch);
    }
}

wil_status cpu_conv_run(cpu_conv *conv, const void *first, const void *second, void *out, void *scratch)
{
    if (conv->kind != WIL_OP_CONV_DW || conv->packed_bytes == 0)
        return run_way(conv, first, second, out, scratch);
    char *of_reorder = (char *)scratch + dnnl_round_up(conv->scratch_bytes);
    char *packed = of_reorder + dnnl_round_up(conv->reorder.scratch_bytes);
    WIL_TRY(run_way(conv, first, second, packed, scratch));
    return dnnl_call_run(&conv->reorder, (const void *[]){packed, out}, of_reorder);
}
