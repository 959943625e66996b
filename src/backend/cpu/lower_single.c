/* Operations that run by themselves: kernels, matrix products, per-sample norms; in bfloat16 by a kernel for
 * it, or by the float kernel between conversions. */
#include "cpu.h"

#include "dnnl_common.h"
#include "kernel_step.h"
/* Row-major out [m,n] = op(a) op(b) in float, on oneDNN's sgemm. */
static wil_status run_matmul(wil_step *step)
{
    const wil_kernel_call *call = kernel_step_call(step);
    const bool *turned = call->attr.transpose;
    const int64_t m = call->out_shape.dim[0];
    const int64_t n = call->out_shape.dim[1];
    const int64_t k = call->in_shape[0].dim[turned[0] ? 0 : 1];
    return dnnl_check(dnnl.sgemm(turned[0] ? 'T' : 'N', turned[1] ? 'T' : 'N', m, n, k, 1.0f, call->in[0],
                          turned[0] ? m : k, call->in[1], turned[1] ? k : n, 0.0f, call->out, n),
        "matrix product");
}

static wil_status run_norm2(wil_step *step)
{
    return norm2_run(
        kernel_step_call(step), step->scratch_at, ((const kernel_step *)step->own)->scratch_bytes);
}

/* Of float inputs into a float result. */
static wil_status choose_float(wil_draft *d, int tick, wil_op_kind kind, wil_step *step)
{
    kernel_step *own = step->own;
    if (kind == WIL_OP_CONV_DW_NORM2) {
        step->run = run_norm2;
        own->scratch_bytes = norm2_scratch_bytes(&own->call);
        return wil_draft_add_scratch(d, tick, own->scratch_bytes, &step->scratch);
    }
    if (kind == WIL_OP_MATMUL) {
        step->run = run_matmul;
        return WIL_OK;
    }
    own->kernel = wil_kernel_find(kind, WIL_KERNEL_FAST_F32);
    WIL_REQUIRE(own->kernel != NULL, WIL_ERR_INTERNAL, "there is no kernel for '%s'", step->name);
    return WIL_OK;
}

/* The kernel for inputs and result that are all stored in bfloat16; NULL where they are not, or there is
 * none. */
static wil_kernel_fn find_bf16(const wil_draft *d, wil_node node, const wil_kernel_call *call)
{
    const wil_node_info *info = wil_graph_node(d->graph, node);
    bool all = info->n_inputs > 0 && (d->type[node] == WIL_TYPE_BF16 || info->kind == WIL_OP_SUM);
    for (int k = 0; k < info->n_inputs; k++)
        all = all && d->type[d->root[info->inputs[k]]] == WIL_TYPE_BF16;
    return all ? wil_kernel_find_bf16(info->kind, call) : NULL;
}

/* Reads inputs in float, and where the result is stored in bfloat16 gives it a float buffer before that. */
static wil_status read_in_float(wil_draft *d, int tick, wil_node node, wil_step *step)
{
    const wil_node_info *info = wil_graph_node(d->graph, node);
    for (int k = 0; k < info->n_inputs; k++)
        WIL_TRY(cpu_read_as(d, tick, info->inputs[k], WIL_TYPE_F32, &step->in[k]));
    if (d->type[node] != WIL_TYPE_BF16)
        return WIL_OK;
    return wil_draft_add_scratch(d, tick, (size_t)wil_shape_count(info->shape) * sizeof(float), &step->out);
}

/* The statistics of a normalisation that its readers compute. */
static void choose_stats(const wil_draft *d, wil_node node, wil_step *step)
{
    kernel_step *own = step->own;
    const wil_node root = d->root[wil_graph_input(d->graph, node, 0)];
    step->name = "normal_stats";
    own->kernel = wil_kernel_find_stats(d->type[root] == WIL_TYPE_BF16, &own->call);
}

static wil_status fill_step(wil_draft *d, int tick, wil_node node, wil_step *step)
{
    kernel_step *own = step->own;
    if (d->by_stats[node]) {
        choose_stats(d, node, step);
        return WIL_OK;
    }
    own->kernel = find_bf16(d, node, &own->call);
    if (own->kernel != NULL)
        return WIL_OK;
    WIL_TRY(read_in_float(d, tick, node, step));
    return choose_float(d, tick, wil_graph_node(d->graph, node)->kind, step);
}

wil_status cpu_lower_single(wil_draft *d, int tick, wil_node node)
{
    wil_step step;
    if (wil_op_row(wil_graph_node(d->graph, node)->kind)->class == WIL_OP_CLASS_CONV)
        return cpu_lower_conv(d, tick, node);
    WIL_TRY(kernel_step_new(&step, d, node));
    const wil_status status = fill_step(d, tick, node, &step);
    if (status != WIL_OK) {
        step.clear(step.own);
        return status;
    }
    const int in_float = step.out;
    WIL_TRY(wil_draft_add_step(d, &step));
    return in_float == d->buffer[node] ? WIL_OK : cpu_cast(d, node, in_float, d->buffer[node], WIL_TYPE_BF16);
}
