/* Steps: the kernel calls of a plan, and the convolutions and products that go to oneDNN. */
#include "engine_internal.h"

int64_t plan_n_groups(const wil_graph *graph, wil_node node)
{
    const wil_node_info *info = wil_graph_node(graph, node);
    int64_t n = 1;
    for (int i = 0; i < info->shape.rank; i++)
        n *= (info->attr.axes >> i & 1u) != 0 ? 1 : info->shape.dim[i];
    return n;
}

plan_step plan_empty_step(const char *name)
{
    plan_step step = {.name = name, .out = NO_BUFFER, .scratch = NO_BUFFER};
    for (int k = 0; k < WIL_MAX_INPUTS; k++)
        step.in[k] = NO_BUFFER;
    return step;
}

wil_status plan_add_step(wil_plan *plan, plan_step *step)
{
    const wil_status status =
        wil_grow((void **)&plan->steps, &plan->step_capacity, plan->n_steps + 1, sizeof *step);
    if (status == WIL_OK) {
        plan->steps[plan->n_steps++] = *step;
        return WIL_OK;
    }
    if (step->owns_conv)
        wil_dnnl_conv_free(step->conv);
    wil_free(step->fused);
    return status;
}

static wil_status add_scratch(wil_plan *plan, int moment, size_t bytes, int *out)
{
    *out = NO_BUFFER;
    if (bytes == 0)
        return WIL_OK;
    const plan_buffer buffer = {.bytes = bytes, .first = moment, .last = moment, .leaf = -1};
    return plan_add_buffer(plan, buffer, out);
}

/* ---- what a step does --------------------------------------------------------------------------------- */

static wil_status run_kernel(plan_step *step)
{
    step->kernel(&step->call);
    return WIL_OK;
}

static wil_status run_matmul(plan_step *step)
{
    const wil_kernel_call *call = &step->call;
    const bool turned = call->attr.transpose[0];
    return wil_dnnl_matmul(call->in[0], call->in[1], call->out, call->out_shape.dim[0],
        call->out_shape.dim[1], call->in_shape[0].dim[turned ? 0 : 1], turned, call->attr.transpose[1]);
}

static wil_status run_conv(plan_step *step)
{
    return wil_dnnl_conv_run(
        step->conv, step->call.in[0], step->call.in[1], step->call.out, step->scratch_at);
}

static wil_status run_pack(plan_step *step)
{
    return wil_dnnl_conv_pack(step->conv, step->call.in[0], step->call.out, step->scratch_at);
}

/* ---- convolutions ------------------------------------------------------------------------------------- */

/* The shapes of x [N,S..,I], w [O,K..,I] and y [N,T..,O], whichever of them is the result. */
static wil_conv_geometry conv_geometry(const wil_graph *graph, wil_node node)
{
    const wil_node_info *info = wil_graph_node(graph, node);
    const wil_shape first = wil_graph_shape(graph, info->inputs[0]);
    const wil_shape second = wil_graph_shape(graph, info->inputs[1]);
    const wil_shape x = info->kind == WIL_OP_CONV_DX ? info->shape : first;
    const wil_shape w = info->kind == WIL_OP_CONV_DW ? info->shape : second;
    const wil_shape y =
        info->kind == WIL_OP_CONV ? info->shape : (info->kind == WIL_OP_CONV_DX ? first : second);
    wil_conv_geometry out = {.n_spatial = info->attr.n_spatial,
        .batch = x.dim[0],
        .in_channels = x.dim[x.rank - 1],
        .out_channels = y.dim[y.rank - 1]};
    for (int i = 0; i < out.n_spatial; i++) {
        out.in[i] = x.dim[1 + i];
        out.kernel[i] = w.dim[1 + i];
        out.out[i] = y.dim[1 + i];
        out.stride[i] = info->attr.stride[i];
        out.pad[i] = info->attr.pad[i];
    }
    return out;
}

/* Large packed weights that nothing reads for so long are packed again, rather than kept meanwhile. */
#define LONG_MOMENTS 24
#define LARGE_BYTES ((size_t)8 << 20)

static bool is_kept(const plan_draft *d, const plan_step *pack, int moment)
{
    const plan_buffer *buffer = &d->plan->buffers[pack->out];
    return pack->once || buffer->bytes < LARGE_BYTES || moment - buffer->last <= LONG_MOMENTS;
}

/* Finds the packed form of a weight node that an earlier convolution asked for. */
static plan_step *find_pack(const plan_draft *d, int moment, wil_node weights, const wil_dnnl_conv *conv)
{
    for (size_t i = d->plan->n_steps; i-- > 0;) {
        plan_step *step = &d->plan->steps[i];
        if (step->run == run_pack && step->packed_node == weights &&
            wil_dnnl_conv_same_packing(step->conv, conv))
            return is_kept(d, step, moment) ? step : NULL;
    }
    return NULL;
}

/* Gives the buffer of the packed weights for a convolution at this moment, packing them if need be. */
static wil_status pack_weights(plan_draft *d, int moment, wil_node weights, wil_dnnl_conv *conv, int *packed)
{
    wil_plan *plan = d->plan;
    const wil_node root = d->root[weights];
    const plan_step *known = find_pack(d, moment, root, conv);
    if (known != NULL) {
        *packed = known->out;
        plan_extend(plan, *packed, moment);
        return WIL_OK;
    }
    WIL_TRY(draft_new_copy(d, moment, root, wil_dnnl_conv_packed_bytes(conv), packed));
    plan_step step = plan_empty_step("pack");
    step.run = run_pack;
    step.conv = conv;
    step.packed_node = root;
    step.once = d->fixed[root];
    WIL_TRY(draft_read_as(d, moment, root, false, &step.in[0]));
    step.out = *packed;
    WIL_TRY(add_scratch(plan, moment, wil_dnnl_conv_pack_scratch_bytes(conv), &step.scratch));
    return plan_add_step(plan, &step);
}

static wil_status add_conv(plan_draft *d, int moment, plan_step *step)
{
    const wil_node node = d->members[d->moments[moment].begin];
    const wil_node_info *info = wil_graph_node(d->graph, node);
    const wil_dnnl_conv_kind kind = info->kind == WIL_OP_CONV      ? WIL_DNNL_CONV
                                    : info->kind == WIL_OP_CONV_DX ? WIL_DNNL_CONV_DX
                                                                   : WIL_DNNL_CONV_DW;
    wil_conv_geometry geometry = conv_geometry(d->graph, node);
    geometry.bf16_operands = d->plan->config.precision == WIL_PRECISION_BF16;
    geometry.bf16_result = d->half[node];
    WIL_TRY(draft_read_as(d, moment, info->inputs[0], geometry.bf16_operands, &step->in[0]));
    if (kind == WIL_DNNL_CONV_DW)
        WIL_TRY(draft_read_as(d, moment, info->inputs[1], geometry.bf16_operands, &step->in[1]));
    WIL_TRY(wil_dnnl_conv_new(&step->conv, d->plan->dnnl, kind, &geometry));
    step->owns_conv = true;
    step->run = run_conv;
    wil_status status = add_scratch(d->plan, moment, wil_dnnl_conv_scratch_bytes(step->conv), &step->scratch);
    if (status == WIL_OK && kind != WIL_DNNL_CONV_DW && wil_dnnl_conv_packed_bytes(step->conv) == 0)
        status = draft_read_as(d, moment, info->inputs[1], false, &step->in[1]);
    if (status == WIL_OK && kind != WIL_DNNL_CONV_DW && wil_dnnl_conv_packed_bytes(step->conv) > 0)
        status = pack_weights(d, moment, info->inputs[1], step->conv, &step->in[1]);
    if (status != WIL_OK) {
        wil_dnnl_conv_free(step->conv);
        return status;
    }
    return plan_add_step(d->plan, step);
}

/* ---- one moment --------------------------------------------------------------------------------------- */

static wil_kernel_set kernel_backend(wil_backend backend)
{
    return backend == WIL_BACKEND_FAST  ? WIL_KERNEL_FAST_F32
           : backend == WIL_BACKEND_REF ? WIL_KERNEL_REF_F32
                                        : WIL_KERNEL_REF_F64;
}

static wil_status add_kernel(plan_draft *d, int moment, plan_step *step)
{
    const bool fast = d->plan->config.backend == WIL_BACKEND_FAST;
    const wil_op_kind kind = wil_graph_node(d->graph, d->members[d->moments[moment].begin])->kind;
    if (fast && kind == WIL_OP_CONV_DW_NORM2)
        return draft_norm2(d, moment, step);
    step->run = fast && kind == WIL_OP_MATMUL ? run_matmul : run_kernel;
    step->kernel = wil_kernel_find(kind, kernel_backend(d->plan->config.backend));
    WIL_REQUIRE(step->kernel != NULL || step->run == run_matmul, WIL_ERR_INTERNAL,
        "there is no kernel for '%s'", step->name);
    return plan_add_step(d->plan, step);
}

/* An operation that may read or write bfloat16: by a kernel for it, or by the float kernel between
 * conversions. */
static wil_status add_in_bf16(plan_draft *d, int moment, plan_step *step)
{
    const wil_node node = d->members[d->moments[moment].begin];
    const wil_node_info *info = wil_graph_node(d->graph, node);
    bool all_half = info->n_inputs > 0 && (d->half[node] || info->kind == WIL_OP_SUM);
    for (int k = 0; k < info->n_inputs; k++)
        all_half = all_half && d->half[d->root[info->inputs[k]]];
    if (all_half) {
        step->kernel = wil_kernel_find_bf16(info->kind, &step->call);
        step->run = run_kernel;
        if (step->kernel != NULL)
            return plan_add_step(d->plan, step);
    }
    for (int k = 0; k < info->n_inputs; k++)
        WIL_TRY(draft_read_as(d, moment, info->inputs[k], false, &step->in[k]));
    const int result = step->out;
    if (d->half[node])
        WIL_TRY(
            add_scratch(d->plan, moment, (size_t)wil_shape_count(info->shape) * sizeof(float), &step->out));
    const int in_float = step->out;
    WIL_TRY(add_kernel(d, moment, step));
    return d->half[node] ? draft_cast(d, node, in_float, result, true) : WIL_OK;
}

/* The statistics of a normalisation that its readers compute. */
static wil_status add_stats(plan_draft *d, wil_node node, plan_step *step)
{
    const wil_node root = d->root[wil_graph_input(d->graph, node, 0)];
    step->name = "normal_stats";
    step->run = run_kernel;
    step->kernel = wil_kernel_find_stats(d->half[root], &step->call);
    return plan_add_step(d->plan, step);
}

static wil_status add_single(plan_draft *d, int moment)
{
    const wil_node node = d->members[d->moments[moment].begin];
    const wil_node_info *info = wil_graph_node(d->graph, node);
    plan_step step = plan_empty_step(wil_op_name(info->kind));
    step.out = d->buffer[node];
    step.call.out_shape = info->shape;
    step.call.attr = info->attr;
    for (int k = 0; k < info->n_inputs; k++) {
        step.in[k] = d->buffer[d->root[info->inputs[k]]];
        step.call.in_shape[k] = wil_graph_shape(d->graph, info->inputs[k]);
    }
    d->plan->flops += wil_op_flops(info->kind, &info->attr, step.call.in_shape, info->shape);
    if (d->by_stats[node])
        return add_stats(d, node, &step);
    const bool fast = d->plan->config.backend == WIL_BACKEND_FAST;
    if (fast && wil_op_row(info->kind)->class == WIL_OP_CLASS_CONV)
        return add_conv(d, moment, &step);
    if (fast && d->plan->config.precision == WIL_PRECISION_BF16)
        return add_in_bf16(d, moment, &step);
    return add_kernel(d, moment, &step);
}

static wil_status run_fused(plan_step *step)
{
    fused_run(step->fused, step->call.seed, step->call.step, step->scratch_at);
    return WIL_OK;
}

static wil_status add_moment(plan_draft *d, int moment)
{
    const plan_moment m = d->moments[moment];
    if (d->plan->config.backend != WIL_BACKEND_FAST || !draft_is_pointwise(d, d->members[m.begin]))
        return add_single(d, moment);
    plan_step step = plan_empty_step(
        m.end - m.begin > 1 ? "fused" : wil_op_name(wil_graph_node(d->graph, d->members[m.begin])->kind));
    step.run = run_fused;
    WIL_TRY(fused_make(d, m, &step));
    const wil_status status = add_scratch(d->plan, moment, fused_part_bytes(step.fused), &step.scratch);
    if (status != WIL_OK) {
        wil_free(step.fused);
        return status;
    }
    return plan_add_step(d->plan, &step);
}

wil_status draft_steps(plan_draft *d, int moment)
{
    const plan_moment m = d->moments[moment];
    bool fixed = true;
    for (int i = m.begin; i < m.end; i++)
        fixed = fixed && d->fixed[d->members[i]];
    const size_t before = d->plan->n_steps;
    WIL_TRY(add_moment(d, moment));
    for (size_t i = before; i < d->plan->n_steps && fixed; i++)
        d->plan->steps[i].once = true;
    return WIL_OK;
}
