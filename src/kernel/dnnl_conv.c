/* One convolution primitive (forward, or with respect to data or weights) in channels-last activations.
 * oneDNN's 2.x C API; the 3.x API differs in how descriptors are made, which would be decided in this file.
 */
#include "dnnl_common.h"
#include "dnnl_rows.h"
#include "dnnl_scatter.h"
#include "dnnl_slabs.h"
#include "dnnl_thin.h"

#include <string.h>

struct wil_dnnl_conv {
    wil_dnnl_conv_kind kind;
    bool is_thin, is_rows, is_scatter, is_slabs; /* then there is no primitive */
    thin_conv thin;
    rows_conv rows;
    scatter_conv scatter;
    slab_conv slabs;
    dnnl_stream_t stream;
    dnnl_primitive_desc_t description;
    dnnl_primitive_t primitive;
    dnnl_primitive_t reorder; /* weights: plain -> packed, or packed -> plain (CONV_DW); may be NULL */
    dnnl_memory_t first, second, out;                      /* of the primitive, in the order of run */
    dnnl_memory_t plain, packed, scratch, reorder_scratch; /* NULL where there is none */
    dnnl_memory_desc_t packed_md;
    size_t packed_bytes, scratch_bytes, reorder_scratch_bytes;
};

/* ---- descriptions ------------------------------------------------------------------------------------- */

typedef struct conv_descs {
    dnnl_memory_desc_t x, y;       /* as the primitive reads or writes them */
    dnnl_memory_desc_t w_any;      /* of the primitive */
    dnnl_memory_desc_t w_plain;    /* float, as the caller has them */
    dnnl_memory_desc_t w_any_fore; /* of the forward primitive that oneDNN asks for as a hint */
    dnnl_dims_t stride, pad_front, pad_behind;
} conv_descs;

/* T asks for this many zeros behind the input; fewer than none where the stride leaves a rest unread. */
static int64_t pad_behind(const wil_conv_geometry *g, int axis)
{
    return (g->out[axis] - 1) * g->stride[axis] + g->kernel[axis] - g->in[axis] - g->pad[axis];
}

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
        WIL_REQUIRE(whole && pad_behind(g, i) < g->kernel[i] && pad_behind(g, i) > -g->stride[i] - g->pad[i],
            WIL_ERR_ARG,
            "convolution, spatial axis %d: size %lld with kernel %lld, stride %lld and padding %lld does not "
            "give %lld",
            i, (long long)g->in[i], (long long)g->kernel[i], (long long)g->stride[i], (long long)g->pad[i],
            (long long)g->out[i]);
    }
    return WIL_OK;
}

static wil_status describe_memory(conv_descs *d, wil_dnnl_conv_kind kind, const wil_conv_geometry *g)
{
    static const dnnl_format_tag_t activation[3] = {dnnl_nwc, dnnl_nhwc, dnnl_ndhwc};
    static const dnnl_format_tag_t weights[3] = {dnnl_owi, dnnl_ohwi, dnnl_odhwi};
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
        d->pad_behind[i] = pad_behind(g, i);
    }
    const dnnl_data_type_t operand = g->bf16_operands ? dnnl_bf16 : dnnl_f32;
    const dnnl_data_type_t result = g->bf16_result ? dnnl_bf16 : dnnl_f32;
    const dnnl_data_type_t type_x = kind == WIL_DNNL_CONV_DX ? result : operand;
    const dnnl_data_type_t type_y = kind == WIL_DNNL_CONV ? result : operand;
    const dnnl_data_type_t type_w = kind == WIL_DNNL_CONV_DW ? dnnl_f32 : operand;
    WIL_TRY(dnnl_check(dnnl_memory_desc_init_by_tag(&d->x, n + 2, x, type_x, activation[n - 1]), "input"));
    WIL_TRY(dnnl_check(dnnl_memory_desc_init_by_tag(&d->y, n + 2, y, type_y, activation[n - 1]), "output"));
    WIL_TRY(dnnl_check(
        dnnl_memory_desc_init_by_tag(&d->w_any, n + 2, w, type_w, dnnl_format_tag_any), "weights"));
    WIL_TRY(dnnl_check(
        dnnl_memory_desc_init_by_tag(&d->w_any_fore, n + 2, w, operand, dnnl_format_tag_any), "weights"));
    return dnnl_check(
        dnnl_memory_desc_init_by_tag(&d->w_plain, n + 2, w, dnnl_f32, weights[n - 1]), "weights");
}

static wil_status describe_forward(
    dnnl_primitive_desc_t *out, const conv_descs *d, dnnl_primitive_attr_t attr, dnnl_engine_t engine)
{
    dnnl_convolution_desc_t desc;
    WIL_TRY(
        dnnl_check(dnnl_convolution_forward_desc_init(&desc, dnnl_forward_training, dnnl_convolution_direct,
                       &d->x, &d->w_any, NULL, &d->y, d->stride, d->pad_front, d->pad_behind),
            "convolution"));
    return dnnl_check(dnnl_primitive_desc_create(out, &desc, attr, engine, NULL), "convolution");
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

static wil_status describe_backward(dnnl_primitive_desc_t *out, wil_dnnl_conv_kind kind, const conv_descs *d,
    dnnl_primitive_attr_t attr, dnnl_engine_t engine)
{
    dnnl_primitive_desc_t hint = NULL;
    dnnl_convolution_desc_t desc;
    WIL_TRY(describe_hint(&hint, d, attr, engine));
    dnnl_status_t made = kind == WIL_DNNL_CONV_DX
                             ? dnnl_convolution_backward_data_desc_init(&desc, dnnl_convolution_direct, &d->x,
                                   &d->w_any, &d->y, d->stride, d->pad_front, d->pad_behind)
                             : dnnl_convolution_backward_weights_desc_init(&desc, dnnl_convolution_direct,
                                   &d->x, &d->w_any, NULL, &d->y, d->stride, d->pad_front, d->pad_behind);
    if (made == dnnl_success)
        made = dnnl_primitive_desc_create(out, &desc, attr, engine, hint);
    dnnl_primitive_desc_destroy(hint);
    return dnnl_check(made, "convolution derivative");
}

static wil_status make_attr(dnnl_primitive_attr_t *out)
{
    WIL_TRY(dnnl_check(dnnl_primitive_attr_create(out), "attributes"));
    return dnnl_check(dnnl_primitive_attr_set_scratchpad_mode(*out, dnnl_scratchpad_mode_user), "attributes");
}

/* ---- making ------------------------------------------------------------------------------------------- */

static wil_status make_primitive(wil_dnnl_conv *conv, const conv_descs *d, dnnl_engine_t engine)
{
    dnnl_primitive_attr_t attr = NULL;
    wil_status status = make_attr(&attr);
    if (status == WIL_OK)
        status = conv->kind == WIL_DNNL_CONV
                     ? describe_forward(&conv->description, d, attr, engine)
                     : describe_backward(&conv->description, conv->kind, d, attr, engine);
    if (attr != NULL)
        dnnl_primitive_attr_destroy(attr);
    if (status == WIL_OK)
        status = dnnl_check(dnnl_primitive_create(&conv->primitive, conv->description), "convolution");
    return status;
}

static wil_status make_reorder(wil_dnnl_conv *conv, const conv_descs *d, dnnl_engine_t engine)
{
    const bool unpack = conv->kind == WIL_DNNL_CONV_DW;
    const dnnl_memory_desc_t *from = unpack ? &conv->packed_md : &d->w_plain;
    const dnnl_memory_desc_t *to = unpack ? &d->w_plain : &conv->packed_md;
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t description = NULL;
    wil_status status = make_attr(&attr);
    if (status == WIL_OK)
        status = dnnl_check(
            dnnl_reorder_primitive_desc_create(&description, from, engine, to, engine, attr), "reorder");
    if (status == WIL_OK) {
        const dnnl_memory_desc_t *md = dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
        conv->reorder_scratch_bytes = dnnl_memory_desc_get_size(md);
        status = dnnl_check(dnnl_primitive_create(&conv->reorder, description), "reorder");
        if (status == WIL_OK && conv->reorder_scratch_bytes > 0)
            status = dnnl_new_memory(&conv->reorder_scratch, md, engine);
    }
    if (description != NULL)
        dnnl_primitive_desc_destroy(description);
    if (attr != NULL)
        dnnl_primitive_attr_destroy(attr);
    if (status == WIL_OK)
        status = dnnl_new_memory(&conv->plain, &d->w_plain, engine);
    return status == WIL_OK ? dnnl_new_memory(&conv->packed, &conv->packed_md, engine) : status;
}

static wil_status make_memories(wil_dnnl_conv *conv, const conv_descs *d, dnnl_engine_t engine)
{
    const dnnl_memory_desc_t *scratch =
        dnnl_primitive_desc_query_md(conv->description, dnnl_query_scratchpad_md, 0);
    const dnnl_memory_desc_t *first = conv->kind == WIL_DNNL_CONV_DX ? &d->y : &d->x;
    const dnnl_memory_desc_t *second = conv->kind == WIL_DNNL_CONV_DW ? &d->y : &conv->packed_md;
    const dnnl_memory_desc_t *out = conv->kind == WIL_DNNL_CONV      ? &d->y
                                    : conv->kind == WIL_DNNL_CONV_DX ? &d->x
                                                                     : &conv->packed_md;
    WIL_TRY(dnnl_new_memory(&conv->first, first, engine));
    WIL_TRY(dnnl_new_memory(&conv->second, second, engine));
    WIL_TRY(dnnl_new_memory(&conv->out, out, engine));
    conv->scratch_bytes = dnnl_memory_desc_get_size(scratch);
    return conv->scratch_bytes > 0 ? dnnl_new_memory(&conv->scratch, scratch, engine) : WIL_OK;
}

static wil_status make_all(wil_dnnl_conv *conv, const conv_descs *d, dnnl_engine_t engine)
{
    WIL_TRY(make_primitive(conv, d, engine));
    const dnnl_query_t what =
        conv->kind == WIL_DNNL_CONV_DW ? dnnl_query_diff_weights_md : dnnl_query_weights_md;
    conv->packed_md = *dnnl_primitive_desc_query_md(conv->description, what, 0);
    WIL_TRY(make_memories(conv, d, engine));
    if (dnnl_memory_desc_equal(&conv->packed_md, &d->w_plain))
        return WIL_OK;
    conv->packed_bytes = dnnl_memory_desc_get_size(&conv->packed_md);
    return make_reorder(conv, d, engine);
}

/* Weights are taken as they are, or in bfloat16 and otherwise as they are. */
static wil_status make_products(
    wil_dnnl_conv *conv, const conv_descs *d, wil_dnnl *dnnl, const wil_conv_geometry *geometry)
{
    if (conv->is_scatter) {
        WIL_TRY(scatter_make(&conv->scatter, dnnl, geometry));
        conv->scratch_bytes = scatter_scratch_bytes(&conv->scatter);
    } else {
        WIL_TRY(rows_make(&conv->rows, dnnl, conv->kind, geometry));
        conv->scratch_bytes = rows_scratch_bytes(&conv->rows);
    }
    conv->packed_md = d->w_plain;
    if (conv->kind == WIL_DNNL_CONV_DW || !geometry->bf16_operands)
        return WIL_OK;
    conv->packed_md.data_type = dnnl_bf16;
    conv->packed_bytes = dnnl_memory_desc_get_size(&conv->packed_md);
    return make_reorder(conv, d, dnnl->engine);
}

static void clear(wil_dnnl_conv *conv)
{
    dnnl_memory_t memories[] = {conv->first, conv->second, conv->out, conv->plain, conv->packed,
        conv->scratch, conv->reorder_scratch};
    for (size_t i = 0; i < sizeof memories / sizeof memories[0]; i++)
        if (memories[i] != NULL)
            dnnl_memory_destroy(memories[i]);
    if (conv->is_rows)
        rows_clear(&conv->rows);
    if (conv->is_scatter)
        scatter_clear(&conv->scatter);
    if (conv->is_slabs)
        slabs_clear(&conv->slabs);
    if (conv->primitive != NULL)
        dnnl_primitive_destroy(conv->primitive);
    if (conv->reorder != NULL)
        dnnl_primitive_destroy(conv->reorder);
    if (conv->description != NULL)
        dnnl_primitive_desc_destroy(conv->description);
}

/* Puts parts in the place of a primitive that needs much scratch memory. */
static wil_status make_parts(wil_dnnl_conv *conv, wil_dnnl *dnnl, const wil_conv_geometry *geometry)
{
    const int n = slabs_wanted(conv->kind, geometry, wil_dnnl_conv_scratch_bytes(conv));
    if (n == 1)
        return WIL_OK;
    clear(conv);
    *conv = (wil_dnnl_conv){.kind = conv->kind, .stream = conv->stream, .packed_md = conv->packed_md};
    WIL_TRY(slabs_make(&conv->slabs, dnnl, geometry, n));
    conv->is_slabs = true;
    conv->scratch_bytes = slabs_scratch_bytes(&conv->slabs);
    return WIL_OK;
}

wil_status wil_dnnl_conv_new(
    wil_dnnl_conv **out, wil_dnnl *dnnl, wil_dnnl_conv_kind kind, const wil_conv_geometry *geometry)
{
    conv_descs d;
    *out = NULL;
    memset(&d, 0, sizeof d);
    WIL_TRY(check_geometry(geometry));
    WIL_TRY(wil_alloc((void **)out, 1, sizeof **out));
    wil_dnnl_conv *conv = *out;
    conv->kind = kind;
    conv->stream = dnnl->stream;
    conv->is_thin = !geometry->bf16_operands && thin_suits(kind, geometry);
    conv->is_rows = !conv->is_thin && rows_suit(kind, geometry);
    conv->is_scatter = !conv->is_thin && scatter_suits(kind, geometry);
    wil_status status = describe_memory(&d, kind, geometry);
    if (status == WIL_OK && conv->is_thin) {
        conv->thin = thin_make(kind, geometry);
        conv->scratch_bytes = thin_scratch_bytes(&conv->thin);
        conv->packed_md = d.w_plain;
    } else if (status == WIL_OK && (conv->is_rows || conv->is_scatter)) {
        status = make_products(conv, &d, dnnl, geometry);
    } else if (status == WIL_OK) {
        status = make_all(conv, &d, dnnl->engine);
        if (status == WIL_OK)
            status = make_parts(conv, dnnl, geometry);
    }
    if (status != WIL_OK) {
        wil_dnnl_conv_free(conv);
        *out = NULL;
    }
    return status;
}

void wil_dnnl_conv_free(wil_dnnl_conv *conv)
{
    if (conv == NULL)
        return;
    clear(conv);
    wil_free(conv);
}

/* ---- sizes -------------------------------------------------------------------------------------------- */

static size_t round_up(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

size_t wil_dnnl_conv_packed_bytes(const wil_dnnl_conv *conv)
{
    return conv->kind == WIL_DNNL_CONV_DW ? 0 : conv->packed_bytes;
}

/* scratch: [the primitive's, the reorder's, and for CONV_DW the packed result] */
size_t wil_dnnl_conv_scratch_bytes(const wil_dnnl_conv *conv)
{
    const size_t result = conv->kind == WIL_DNNL_CONV_DW ? conv->packed_bytes : 0;
    return round_up(conv->scratch_bytes) + round_up(conv->reorder_scratch_bytes) + round_up(result);
}

size_t wil_dnnl_conv_pack_scratch_bytes(const wil_dnnl_conv *conv)
{
    return round_up(conv->reorder_scratch_bytes);
}

bool wil_dnnl_conv_same_packing(const wil_dnnl_conv *a, const wil_dnnl_conv *b)
{
    return dnnl_memory_desc_equal(&a->packed_md, &b->packed_md) != 0;
}

/* ---- running ------------------------------------------------------------------------------------------ */

static wil_status run_reorder(wil_dnnl_conv *conv, const void *from, void *to, void *scratch)
{
    const bool unpack = conv->kind == WIL_DNNL_CONV_DW;
    dnnl_memory_t from_memory = unpack ? conv->packed : conv->plain;
    dnnl_memory_t to_memory = unpack ? conv->plain : conv->packed;
    WIL_TRY(dnnl_point(from_memory, from));
    WIL_TRY(dnnl_point(to_memory, to));
    dnnl_exec_arg_t args[3] = {{DNNL_ARG_FROM, from_memory}, {DNNL_ARG_TO, to_memory}};
    int n = 2;
    if (conv->reorder_scratch != NULL) {
        WIL_TRY(dnnl_point(conv->reorder_scratch, scratch));
        args[n++] = (dnnl_exec_arg_t){DNNL_ARG_SCRATCHPAD, conv->reorder_scratch};
    }
    return dnnl_check(dnnl_primitive_execute(conv->reorder, conv->stream, n, args), "reorder");
}

wil_status wil_dnnl_conv_pack(wil_dnnl_conv *conv, const float *weights, void *packed, void *scratch)
{
    return run_reorder(conv, weights, packed, scratch);
}

wil_status wil_dnnl_conv_run(
    wil_dnnl_conv *conv, const void *first, const void *second, void *out, void *scratch)
{
    static const int arguments[3][3] = {
        [WIL_DNNL_CONV] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST},
        [WIL_DNNL_CONV_DX] = {DNNL_ARG_DIFF_DST, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_SRC},
        [WIL_DNNL_CONV_DW] = {DNNL_ARG_SRC, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_WEIGHTS},
    };
    if (conv->is_thin)
        return thin_run(&conv->thin, first, second, out, scratch);
    if (conv->is_rows)
        return rows_run(&conv->rows, first, second, out, scratch);
    if (conv->is_scatter)
        return scatter_run(&conv->scatter, first, second, out, scratch);
    if (conv->is_slabs)
        return slabs_run(&conv->slabs, first, second, out, scratch);
    const int *which = arguments[conv->kind];
    char *at = scratch;
    const bool unpack = conv->kind == WIL_DNNL_CONV_DW && conv->packed_bytes > 0;
    void *reorder_scratch = unpack ? at + round_up(conv->scratch_bytes) : NULL;
    void *result = unpack ? at + round_up(conv->scratch_bytes) + round_up(conv->reorder_scratch_bytes) : NULL;
    WIL_TRY(dnnl_point(conv->first, first));
    WIL_TRY(dnnl_point(conv->second, second));
    WIL_TRY(dnnl_point(conv->out, unpack ? result : out));
    dnnl_exec_arg_t args[4] = {{which[0], conv->first}, {which[1], conv->second}, {which[2], conv->out}};
    int n = 3;
    if (conv->scratch != NULL) {
        WIL_TRY(dnnl_point(conv->scratch, scratch));
        args[n++] = (dnnl_exec_arg_t){DNNL_ARG_SCRATCHPAD, conv->scratch};
    }
    WIL_TRY(dnnl_check(dnnl_primitive_execute(conv->primitive, conv->stream, n, args), "convolution"));
    return unpack ? run_reorder(conv, result, out, reorder_scratch) : WIL_OK;
}
