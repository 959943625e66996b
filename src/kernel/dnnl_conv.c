/* A convolution, or a derivative of one, in channels-last activations: which way it is computed, and how its
 * weights are laid out. */
#include "dnnl_direct.h"
#include "dnnl_reorder.h"
#include "dnnl_rows.h"
#include "dnnl_scatter.h"
#include "dnnl_slabs.h"
#include "dnnl_thin.h"

#include <string.h>

typedef enum conv_way { WAY_DIRECT, WAY_THIN, WAY_ROWS, WAY_SCATTER, WAY_SLABS } conv_way;

struct wil_dnnl_conv {
    wil_dnnl_conv_kind kind;
    conv_way way;
    union {
        direct_conv direct;
        thin_conv thin;
        rows_conv rows;
        scatter_conv scatter;
        slab_conv slabs;
    };
    size_t scratch_bytes;                   /* of the way alone */
    dnnl_memory_desc_t plain_md, packed_md; /* the caller's weights, in float; those of the way */
    size_t packed_bytes;                    /* 0: the way takes or gives the caller's */
    weight_reorder reorder;                 /* plain to packed; for CONV_DW packed to plain */
};

static wil_status check_geometry(const wil_conv_geometry *g)
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

static conv_way choose_way(wil_dnnl_conv_kind kind, const wil_conv_geometry *geometry)
{
    if (!geometry->bf16_operands && thin_suits(kind, geometry))
        return WAY_THIN;
    if (rows_suit(kind, geometry))
        return WAY_ROWS;
    return scatter_suits(kind, geometry) ? WAY_SCATTER : WAY_DIRECT;
}

/* Puts parts in the place of a primitive that needs much scratch memory. */
static wil_status make_slabs(wil_dnnl_conv *conv, wil_dnnl *dnnl, const wil_conv_geometry *geometry, int n)
{
    direct_clear(&conv->direct);
    conv->way = WAY_SLABS;
    conv->packed_md = conv->plain_md;
    WIL_TRY(slabs_make(&conv->slabs, dnnl, geometry, n));
    conv->scratch_bytes = slabs_scratch_bytes(&conv->slabs);
    return WIL_OK;
}

static wil_status make_direct(wil_dnnl_conv *conv, wil_dnnl *dnnl, const wil_conv_geometry *geometry)
{
    WIL_TRY(direct_make(&conv->direct, dnnl, conv->kind, geometry));
    conv->scratch_bytes = conv->direct.scratch_bytes;
    conv->packed_md = conv->direct.weights_md;
    const int n_slabs = slabs_wanted(conv->kind, geometry, conv->scratch_bytes);
    return n_slabs > 1 ? make_slabs(conv, dnnl, geometry, n_slabs) : WIL_OK;
}

/* Products take weights as they are, or in bfloat16 and otherwise as they are. */
static wil_status make_way(wil_dnnl_conv *conv, wil_dnnl *dnnl, const wil_conv_geometry *geometry)
{
    conv->packed_md = conv->plain_md;
    if (conv->way != WAY_DIRECT && conv->kind != WIL_DNNL_CONV_DW && geometry->bf16_operands)
        WIL_TRY(direct_plain_weights(&conv->packed_md, geometry, dnnl_bf16));
    switch (conv->way) {
    case WAY_THIN:
        conv->thin = thin_make(conv->kind, geometry);
        conv->scratch_bytes = thin_scratch_bytes(&conv->thin);
        return WIL_OK;
    case WAY_ROWS:
        WIL_TRY(rows_make(&conv->rows, dnnl, conv->kind, geometry));
        conv->scratch_bytes = rows_scratch_bytes(&conv->rows);
        return WIL_OK;
    case WAY_SCATTER:
        WIL_TRY(scatter_make(&conv->scatter, dnnl, geometry));
        conv->scratch_bytes = scatter_scratch_bytes(&conv->scatter);
        return WIL_OK;
    default:
        return make_direct(conv, dnnl, geometry);
    }
}

static wil_status make_reorder(wil_dnnl_conv *conv, wil_dnnl *dnnl)
{
    if (dnnl_memory_desc_equal(&conv->packed_md, &conv->plain_md))
        return WIL_OK;
    conv->packed_bytes = dnnl_memory_desc_get_size(&conv->packed_md);
    return conv->kind == WIL_DNNL_CONV_DW
               ? reorder_make(&conv->reorder, dnnl, &conv->packed_md, &conv->plain_md)
               : reorder_make(&conv->reorder, dnnl, &conv->plain_md, &conv->packed_md);
}

wil_status wil_dnnl_conv_new(
    wil_dnnl_conv **out, wil_dnnl *dnnl, wil_dnnl_conv_kind kind, const wil_conv_geometry *geometry)
{
    *out = NULL;
    WIL_TRY(check_geometry(geometry));
    WIL_TRY(wil_alloc((void **)out, 1, sizeof **out));
    wil_dnnl_conv *conv = *out;
    conv->kind = kind;
    conv->way = choose_way(kind, geometry);
    wil_status status = direct_plain_weights(&conv->plain_md, geometry, dnnl_f32);
    if (status == WIL_OK)
        status = make_way(conv, dnnl, geometry);
    if (status == WIL_OK)
        status = make_reorder(conv, dnnl);
    if (status != WIL_OK) {
        wil_dnnl_conv_free(conv);
        *out = NULL;
    }
    return status;
}

static void clear_way(wil_dnnl_conv *conv)
{
    switch (conv->way) {
    case WAY_ROWS:
        rows_clear(&conv->rows);
        break;
    case WAY_SCATTER:
        scatter_clear(&conv->scatter);
        break;
    case WAY_SLABS:
        slabs_clear(&conv->slabs);
        break;
    case WAY_DIRECT:
        direct_clear(&conv->direct);
        break;
    default: /* thin owns nothing */
        break;
    }
}

void wil_dnnl_conv_free(wil_dnnl_conv *conv)
{
    if (conv == NULL)
        return;
    clear_way(conv);
    reorder_clear(&conv->reorder);
    wil_free(conv);
}

/* ---- sizes -------------------------------------------------------------------------------------------- */

size_t wil_dnnl_conv_packed_bytes(const wil_dnnl_conv *conv)
{
    return conv->kind == WIL_DNNL_CONV_DW ? 0 : conv->packed_bytes;
}

/* scratch: [the way's, and for CONV_DW the reorder's and the packed result] */
size_t wil_dnnl_conv_scratch_bytes(const wil_dnnl_conv *conv)
{
    const bool unpacks = conv->kind == WIL_DNNL_CONV_DW;
    return dnnl_round_up(conv->scratch_bytes) +
           (unpacks ? dnnl_round_up(conv->reorder.scratch_bytes) + dnnl_round_up(conv->packed_bytes) : 0);
}

size_t wil_dnnl_conv_pack_scratch_bytes(const wil_dnnl_conv *conv)
{
    return conv->reorder.scratch_bytes;
}

bool wil_dnnl_conv_same_packing(const wil_dnnl_conv *a, const wil_dnnl_conv *b)
{
    return dnnl_memory_desc_equal(&a->packed_md, &b->packed_md) != 0;
}

/* ---- running ------------------------------------------------------------------------------------------ */

wil_status wil_dnnl_conv_pack(wil_dnnl_conv *conv, const float *weights, void *packed, void *scratch)
{
    return reorder_run(&conv->reorder, weights, packed, scratch);
}

static wil_status run_way(
    const wil_dnnl_conv *conv, const void *first, const void *second, void *out, void *scratch)
{
    switch (conv->way) {
    case WAY_THIN:
        return thin_run(&conv->thin, first, second, out, scratch);
    case WAY_ROWS:
        return rows_run(&conv->rows, first, second, out, scratch);
    case WAY_SCATTER:
        return scatter_run(&conv->scatter, first, second, out, scratch);
    case WAY_SLABS:
        return slabs_run(&conv->slabs, first, second, out, scratch);
    default:
        return direct_run(&conv->direct, first, second, out, scratch);
    }
}

wil_status wil_dnnl_conv_run(
    wil_dnnl_conv *conv, const void *first, const void *second, void *out, void *scratch)
{
    if (conv->kind != WIL_DNNL_CONV_DW || conv->packed_bytes == 0)
        return run_way(conv, first, second, out, scratch);
    char *of_reorder = (char *)scratch + dnnl_round_up(conv->scratch_bytes);
    char *packed = of_reorder + dnnl_round_up(conv->reorder.scratch_bytes);
    WIL_TRY(run_way(conv, first, second, packed, scratch));
    return reorder_run(&conv->reorder, packed, out, of_reorder);
}
