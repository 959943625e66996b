/* Compiling: what the outputs need, in which order, in which memory, by which kernels. */
#include "engine_internal.h"

#include <string.h>

bool draft_is_leaf(wil_op_kind kind)
{
    return wil_op_row(kind)->class == WIL_OP_CLASS_LEAF;
}

bool draft_is_view(wil_op_kind kind)
{
    return wil_op_row(kind)->class == WIL_OP_CLASS_VIEW;
}

size_t draft_bytes(const plan_draft *d, wil_node node)
{
    if (d->by_stats[node])
        return (size_t)plan_n_groups(d->graph, node) * 3 * sizeof(float);
    return (size_t)wil_shape_count(wil_graph_shape(d->graph, node)) *
           (d->half[node] ? sizeof(uint16_t) : d->value_bytes);
}

static void mark_live(plan_draft *d)
{
    for (int i = 0; i < d->n_outputs; i++)
        d->live[d->outputs[i]] = true;
    for (wil_node node = d->n_nodes - 1; node >= 0; node--) {
        const wil_node_info *info = wil_graph_node(d->graph, node);
        for (int k = 0; d->live[node] && k < info->n_inputs; k++)
            d->live[info->inputs[k]] = true;
    }
}

static void mark_fixed(plan_draft *d)
{
    for (wil_node node = 0; node < d->n_nodes && d->plan->config.fixed_params; node++) {
        const wil_node_info *info = wil_graph_node(d->graph, node);
        d->fixed[node] = info->kind != WIL_OP_INPUT && info->kind != WIL_OP_KEEP_MASK;
        for (int k = 0; k < info->n_inputs; k++)
            d->fixed[node] = d->fixed[node] && d->fixed[info->inputs[k]];
    }
}

static wil_status draft_new(plan_draft *d)
{
    const size_t n = (size_t)d->n_nodes;
    WIL_TRY(wil_alloc((void **)&d->live, n, sizeof *d->live));
    WIL_TRY(wil_alloc((void **)&d->root, n, sizeof *d->root));
    WIL_TRY(wil_alloc((void **)&d->group, n, sizeof *d->group));
    WIL_TRY(wil_alloc((void **)&d->outside, n, sizeof *d->outside));
    WIL_TRY(wil_alloc((void **)&d->inlined, n, sizeof *d->inlined));
    WIL_TRY(wil_alloc((void **)&d->half, n, sizeof *d->half));
    WIL_TRY(wil_alloc((void **)&d->by_stats, n, sizeof *d->by_stats));
    WIL_TRY(wil_alloc((void **)&d->fixed, n, sizeof *d->fixed));
    WIL_TRY(wil_alloc((void **)&d->last_use, n, sizeof *d->last_use));
    WIL_TRY(wil_alloc((void **)&d->buffer, n, sizeof *d->buffer));
    WIL_TRY(wil_alloc((void **)&d->take_after, (size_t)d->n_outputs, sizeof *d->take_after));
    WIL_TRY(wil_alloc((void **)&d->members, n, sizeof *d->members));
    return wil_alloc((void **)&d->moments, n, sizeof *d->moments);
}

static void draft_free(plan_draft *d)
{
    wil_free(d->live);
    wil_free(d->root);
    wil_free(d->group);
    wil_free(d->outside);
    wil_free(d->inlined);
    wil_free(d->half);
    wil_free(d->fixed);
    wil_free(d->by_stats);
    wil_free(d->last_use);
    wil_free(d->buffer);
    wil_free(d->take_after);
    wil_free(d->members);
    wil_free(d->moments);
}

static wil_status add_leaves(plan_draft *d)
{
    wil_plan *plan = d->plan;
    for (wil_node node = 0; node < d->n_nodes; node++) {
        const wil_node_info *info = wil_graph_node(d->graph, node);
        if (!d->live[node] || !draft_is_leaf(info->kind))
            continue;
        WIL_TRY(
            wil_grow((void **)&plan->leaves, &plan->leaf_capacity, plan->n_leaves + 1, sizeof *plan->leaves));
        plan_leaf leaf = {.shape = info->shape, .is_param = info->kind == WIL_OP_PARAM};
        WIL_TRY(wil_string_copy(&leaf.name, info->name));
        plan->leaves[plan->n_leaves++] = leaf;
        const plan_buffer buffer = {.bytes = draft_bytes(d, node), .leaf = (int)plan->n_leaves - 1};
        WIL_TRY(plan_add_buffer(plan, buffer, &d->buffer[node]));
    }
    return WIL_OK;
}

static wil_status add_outputs(plan_draft *d)
{
    WIL_TRY(wil_alloc((void **)&d->plan->outputs, (size_t)d->n_outputs, sizeof(int)));
    d->plan->n_outputs = d->n_outputs;
    for (int i = 0; i < d->n_outputs; i++)
        d->plan->outputs[i] = d->take_after[i] < 0 ? d->buffer[d->root[d->outputs[i]]] : NO_BUFFER;
    return WIL_OK;
}

static wil_status fill_plan(plan_draft *d)
{
    WIL_TRY(draft_new(d));
    mark_live(d);
    mark_fixed(d);
    draft_order(d);
    WIL_TRY(draft_takes(d));
    WIL_TRY(draft_precision(d));
    WIL_TRY(add_leaves(d));
    WIL_TRY(draft_buffers(d));
    for (int moment = 0; moment < d->n_moments; moment++) {
        WIL_TRY(draft_steps(d, moment));
        WIL_TRY(draft_take_steps(d, moment));
    }
    WIL_TRY(add_outputs(d));
    d->plan->stale = true; /* until there is memory */
    return plan_place(d->plan);
}

static wil_status compile(wil_plan *plan, const wil_graph *graph, const wil_node *outputs, int n_outputs)
{
    plan_draft draft = {.graph = graph,
        .plan = plan,
        .outputs = outputs,
        .n_outputs = n_outputs,
        .n_nodes = wil_graph_size(graph),
        .value_bytes = plan->config.backend == WIL_BACKEND_REF_F64 ? sizeof(double) : sizeof(float)};
    wil_status status = plan->config.backend == WIL_BACKEND_FAST ? wil_dnnl_new(&plan->dnnl) : WIL_OK;
    if (status == WIL_OK)
        status = fill_plan(&draft);
    draft_free(&draft);
    return status;
}

/* The plan of the graph in which late readers have their inputs computed again. */
static wil_status compile_copy(wil_plan *plan, const wil_graph *graph, const wil_node *outputs, int n_outputs)
{
    wil_graph *copy = NULL;
    wil_node *copied = NULL;
    WIL_TRY(wil_alloc((void **)&copied, (size_t)n_outputs, sizeof *copied));
    wil_status status = wil_graph_recompute(&copy, graph, outputs, n_outputs, copied);
    if (status == WIL_OK)
        status = compile(plan, copy, copied, n_outputs);
    wil_graph_free(copy);
    wil_free(copied);
    return status;
}

wil_status wil_plan_compile(wil_plan **out, const wil_graph *graph, const wil_node *outputs, int n_outputs,
    const wil_plan_config *config)
{
    *out = NULL;
    WIL_TRY(wil_graph_status(graph));
    WIL_REQUIRE(n_outputs > 0, WIL_ERR_ARG, "a plan needs an output");
    for (int i = 0; i < n_outputs; i++)
        WIL_REQUIRE(outputs[i] >= 0 && outputs[i] < wil_graph_size(graph), WIL_ERR_ARG,
            "output %d of the plan is not a node of the graph (%d of %d)", i, outputs[i],
            wil_graph_size(graph));
    if (config != NULL && config->precision == WIL_PRECISION_BF16) {
        WIL_REQUIRE(config->backend == WIL_BACKEND_FAST, WIL_ERR_ARG,
            "only the fast kernels know bfloat16, not the reference");
        WIL_REQUIRE(wil_kernel_has_bf16(), WIL_ERR_ARG,
            "this processor has no bfloat16 instructions (or WILLIS_ISA forbids them): use precision f32");
    }
    wil_plan *plan = NULL;
    WIL_TRY(wil_alloc((void **)&plan, 1, sizeof *plan));
    plan->config = config == NULL ? wil_plan_config_default() : *config;
    const wil_status status = plan->config.recompute ? compile_copy(plan, graph, outputs, n_outputs)
                                                     : compile(plan, graph, outputs, n_outputs);
    if (status != WIL_OK) {
        wil_plan_free(plan);
        return wil_fail_context(status, "compiling a plan");
    }
    plan->config.takes = NULL; /* the caller's */
    *out = plan;
    return WIL_OK;
}
