/* Convolutions, and the packing of the weights they read. */
#include "conv.h"

/* ---- steps -------------------------------------------------------------------------------------------- */

static wil_status run_conv(wil_step *step)
{
    return cpu_conv_run(step->own, step->in_at[0], step->in_at[1], step->out_at, step->scratch_at);
}

static void clear_conv(void *own)
{
    cpu_conv_free(own);
}

typedef struct pack_step {
    cpu_conv *conv; /* of the step that reads them first, which owns it */
    wil_node root;  /* whose values are packed */
} pack_step;

static wil_status run_pack(wil_step *step)
{
    const pack_step *pack = step->own;
    return cpu_conv_pack(pack->conv, step->in_at[0], step->out_at, step->scratch_at);
}

/* ---- packing ------------------------------------------------------------------------------------------ */

/* Large packed weights that nothing reads for so long are packed again, rather than kept meanwhile. */
#define LONG_TICKS 24
#define LARGE_BYTES ((size_t)8 << 20)

static bool is_kept(const wil_draft *d, const wil_step *pack, int tick)
{
    const wil_buffer *buffer = &d->buffers[pack->out];
    return pack->once || buffer->bytes < LARGE_BYTES || tick - buffer->last <= LONG_TICKS;
}

/* The buffer of the packed form of a weight node that an earlier convolution asked for. */
static int find_packed(const wil_draft *d, int tick, wil_node root, const cpu_conv *conv)
{
    for (size_t i = d->n_steps; i-- > 0;) {
        const wil_step *step = &d->steps[i];
        const pack_step *pack = step->run == run_pack ? step->own : NULL;
        if (pack != NULL && pack->root == root && cpu_conv_same_packing(pack->conv, conv))
            return is_kept(d, step, tick) ? step->out : WIL_NO_BUFFER;
    }
    return WIL_NO_BUFFER;
}

static wil_status add_pack(wil_draft *d, int tick, wil_node root, cpu_conv *conv, int packed)
{
    wil_step step = wil_step_empty("pack");
    step.run = run_pack;
    step.once = d->fixed[root];
    step.out = packed;
    WIL_TRY(cpu_read_as(d, tick, root, WIL_TYPE_F32, &step.in[0]));
    WIL_TRY(wil_draft_add_scratch(d, tick, cpu_conv_pack_scratch_bytes(conv), &step.scratch));
    WIL_TRY(wil_alloc(&step.own, 1, sizeof(pack_step)));
    *(pack_step *)step.own = (pack_step){conv, root};
    step.clear = wil_free;
    return wil_draft_add_step(d, &step);
}

/* The buffer of the weights as the convolution reads them at this tick, packed if need be. */
static wil_status read_weights(wil_draft *d, int tick, wil_node weights, cpu_conv *conv, int *out)
{
    const wil_node root = d->root[weights];
    const size_t bytes = cpu_conv_packed_bytes(conv);
    if (bytes == 0)
        return cpu_read_as(d, tick, weights, WIL_TYPE_F32, out);
    *out = find_packed(d, tick, root, conv);
    if (*out != WIL_NO_BUFFER) {
        wil_draft_extend(d, *out, tick);
        return WIL_OK;
    }
    WIL_TRY(wil_draft_add_copy(d, tick, root, bytes, out));
    return add_pack(d, tick, root, conv, *out);
}

/* ---- convolutions ------------------------------------------------------------------------------------- */

/* The shapes of x [N,S..,I], w [O,K..,I] and y [N,T..,O], whichever of them is the result. */
static conv_geometry geometry_of(const wil_draft *d, wil_node node)
{
    const wil_node_info *info = wil_graph_node(d->graph, node);
    const wil_shape first = wil_graph_shape(d->graph, info->inputs[0]);
    const wil_shape second = wil_graph_shape(d->graph, info->inputs[1]);
    conv_geometry out = info->kind == WIL_OP_CONV ? conv_geometry_of(&info->attr, first, second, info->shape)
                        : info->kind == WIL_OP_CONV_DX
                            ? conv_geometry_of(&info->attr, info->shape, second, first)
                            : conv_geometry_of(&info->attr, first, info->shape, second);
    out.bf16_operands = d->precision == WIL_PRECISION_BF16;
    out.bf16_result = d->type[node] == WIL_TYPE_BF16;
    return out;
}

wil_status cpu_lower_conv(wil_draft *d, int tick, wil_node node)
{
    const wil_node_info *info = wil_graph_node(d->graph, node);
    const wil_type operands = d->precision == WIL_PRECISION_BF16 ? WIL_TYPE_BF16 : WIL_TYPE_F32;
    const conv_geometry geometry = geometry_of(d, node);
    wil_step step = wil_step_empty(wil_op_name(info->kind));
    WIL_OWN(cpu_conv) *conv = NULL;
    WIL_TRY(cpu_read_as(d, tick, info->inputs[0], operands, &step.in[0]));
    if (info->kind == WIL_OP_CONV_DW)
        WIL_TRY(cpu_read_as(d, tick, info->inputs[1], operands, &step.in[1]));
    WIL_TRY(cpu_conv_new(&conv, d->device, info->kind, &geometry));
    WIL_TRY(wil_draft_add_scratch(d, tick, cpu_conv_scratch_bytes(conv), &step.scratch));
    if (info->kind != WIL_OP_CONV_DW)
        WIL_TRY(read_weights(d, tick, info->inputs[1], conv, &step.in[1]));
    step.out = d->buffer[node];
    step.run = run_conv;
    step.clear = clear_conv;
    step.own = conv;
    conv = NULL; /* the step's */
    return wil_draft_add_step(d, &step);
}
