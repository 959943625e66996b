/* Compiling: what the outputs need, in which order, in which memory, by which steps of the back end. */
#include "engine_internal.h"

#include <stdlib.h>

static void mark_live(wil_draft *d)
{
    for (int i = 0; i < d->n_outputs; i++)
        d->live[d->outputs[i]] = true;
    for (wil_node node = d->n_nodes - 1; node >= 0; node--) {
        const wil_node_info *info = wil_graph_node(d->graph, node);
        for (int k = 0; d->live[node] && k < info->n_inputs; k++)
            d->live[info->inputs[k]] = true;
    }
}

/* Parameters, constants, and what is made of these alone. */
static void mark_fixed(wil_draft *d)
{
    for (wil_node node = 0; node < d->n_nodes; node++) {
        const wil_node_info *info = wil_graph_node(d->graph, node);
        d->fixed[node] = info->kind != WIL_OP_INPUT && info->kind != WIL_OP_KEEP_MASK;
        for (int k = 0; k < info->n_inputs; k++)
            d->fixed[node] = d->fixed[node] && d->fixed[info->inputs[k]];
    }
}

/* The arrays of a draft, an entry a node. */
#define FOR_ARRAYS(DO)                                                                                       \
    DO(live)                                                                                                 \
    DO(root)                                                                                                 \
    DO(fusing)                                                                                               \
    DO(group)                                                                                                \
    DO(outside) DO(inlined) DO(type) DO(by_stats) DO(fixed) DO(last_use) DO(buffer) DO(members) DO(ticks)

static wil_status draft_new(wil_draft *d)
{
#define NEW_ARRAY(name) WIL_TRY(wil_alloc((void **)&d->name, (size_t)d->n_nodes, sizeof *d->name));
    FOR_ARRAYS(NEW_ARRAY)
    return wil_alloc((void **)&d->hook_tick, (size_t)d->n_outputs, sizeof *d->hook_tick);
}

static void draft_clear(wil_draft *d)
{
#define FREE_ARRAY(name) wil_free(d->name);
    FOR_ARRAYS(FREE_ARRAY)
    wil_free(d->hook_tick);
}
WIL_OWNED_VALUE(wil_draft, draft_clear)

static wil_status add_leaves(wil_draft *d, wil_plan *plan)
{
    for (wil_node node = 0; node < d->n_nodes; node++) {
        const wil_node_info *info = wil_graph_node(d->graph, node);
        if (!d->live[node] || !plan_is_leaf(d, node))
            continue;
        WIL_TRY(
            wil_grow((void **)&plan->leaves, &plan->leaf_capacity, plan->n_leaves + 1, sizeof *plan->leaves));
        plan_leaf leaf = {.shape = info->shape, .is_param = info->kind == WIL_OP_PARAM};
        WIL_TRY(wil_string_copy(&leaf.name, info->name));
        plan->leaves[plan->n_leaves++] = leaf;
        const wil_buffer buffer = {.bytes = wil_draft_bytes(d, node), .leaf = (int)plan->n_leaves - 1};
        WIL_TRY(wil_draft_add_buffer(d, buffer, &d->buffer[node]));
    }
    return WIL_OK;
}

static wil_status add_results(const wil_draft *d, wil_plan *plan)
{
    WIL_TRY(wil_alloc((void **)&plan->results, (size_t)d->n_outputs, sizeof *plan->results));
    plan->n_results = d->n_outputs;
    for (int i = 0; i < d->n_outputs; i++) {
        const wil_node root = d->root[d->outputs[i]];
        plan->results[i] = (plan_result){.buffer = d->hook_tick[i] < 0 ? d->buffer[root] : WIL_NO_BUFFER,
            .bytes = wil_draft_bytes(d, root)};
    }
    return WIL_OK;
}

/* ---- steps -------------------------------------------------------------------------------------------- */

static double flops_of(const wil_graph *graph, wil_node node)
{
    const wil_node_info *info = wil_graph_node(graph, node);
    wil_shape in[WIL_MAX_INPUTS] = {{0}};
    for (int k = 0; k < info->n_inputs; k++)
        in[k] = wil_graph_shape(graph, info->inputs[k]);
    return wil_op_flops(info->kind, &info->attr, in, info->shape);
}

static wil_status lower_tick(wil_draft *d, wil_plan *plan, int tick)
{
    const size_t before = d->n_steps;
    bool fixed = true;
    for (int i = d->ticks[tick].begin; i < d->ticks[tick].end; i++) {
        fixed = fixed && d->fixed[d->members[i]];
        plan->flops += flops_of(d->graph, d->members[i]);
    }
    WIL_TRY(d->table->lower(d, tick));
    for (size_t i = before; i < d->n_steps && fixed; i++)
        d->steps[i].once = true;
    if (plan->dump_folder != NULL)
        WIL_TRY(plan_dump_note(plan, d, tick));
    return plan_hook_steps(d, plan, tick);
}

static wil_status fill_draft(wil_draft *d, wil_plan *plan)
{
    WIL_TRY(draft_new(d));
    mark_live(d);
    if (plan->config.fixed_params)
        mark_fixed(d);
    plan_order(d);
    WIL_TRY(plan_hook_ticks(d, &plan->config));
    WIL_TRY(plan_precision(d));
    WIL_TRY(add_leaves(d, plan));
    WIL_TRY(plan_buffers(d));
    for (int tick = 0; tick < d->n_ticks; tick++)
        WIL_TRY(lower_tick(d, plan, tick));
    return add_results(d, plan);
}

static wil_status compile(wil_plan *plan, const wil_graph *graph, const wil_node *outputs, int n_outputs)
{
    WIL_OWN(wil_draft)
    draft = {.graph = graph,
        .outputs = outputs,
        .n_outputs = n_outputs,
        .n_nodes = wil_graph_size(graph),
        .table = plan->table,
        .device = plan->device,
        .precision = plan->config.precision,
        .draws = &plan->draws};
    const wil_status status = fill_draft(&draft, plan);
    plan->buffers = draft.buffers;
    plan->n_buffers = draft.n_buffers;
    plan->steps = draft.steps;
    plan->n_steps = draft.n_steps;
    plan->stale = true; /* until there is memory */
    WIL_TRY(status);
    return plan_place(plan);
}

/* The plan of the graph in which late readers have their inputs computed again. */
static wil_status compile_copy(wil_plan *plan, const wil_graph *graph, const wil_node *outputs, int n_outputs)
{
    WIL_OWN(wil_graph) *copy = NULL;
    WIL_OWN(wil_node) *copied = NULL;
    WIL_TRY(wil_alloc((void **)&copied, (size_t)n_outputs, sizeof *copied));
    WIL_TRY(wil_graph_recompute(&copy, graph, outputs, n_outputs, copied));
    return compile(plan, copy, copied, n_outputs);
}

static wil_status check_outputs(const wil_graph *graph, const wil_node *outputs, int n_outputs)
{
    WIL_TRY(wil_graph_status(graph));
    WIL_REQUIRE(n_outputs > 0, WIL_ERR_ARG, "a plan needs an output");
    for (int i = 0; i < n_outputs; i++)
        WIL_REQUIRE(outputs[i] >= 0 && outputs[i] < wil_graph_size(graph), WIL_ERR_ARG,
            "output %d of the plan is not a node of the graph (%d of %d)", i, outputs[i],
            wil_graph_size(graph));
    return WIL_OK;
}

static wil_status plan_new(wil_plan *plan, const wil_graph *graph, const wil_node *outputs, int n_outputs)
{
    const char *dump = getenv("WILLIS_DUMP");
    plan->table = plan->config.own != NULL ? plan->config.own : wil_backend_of(plan->config.backend);
    WIL_TRY(plan->table->open(&plan->device, plan->config.precision));
    if (dump != NULL && dump[0] != '\0')
        WIL_TRY(wil_string_copy(&plan->dump_folder, dump));
    return plan->config.recompute ? compile_copy(plan, graph, outputs, n_outputs)
                                  : compile(plan, graph, outputs, n_outputs);
}

wil_status wil_plan_compile(wil_plan **out, const wil_graph *graph, const wil_node *outputs, int n_outputs,
    const wil_plan_config *config)
{
    WIL_OWN(wil_plan) *plan = NULL;
    *out = NULL;
    WIL_TRY(check_outputs(graph, outputs, n_outputs));
    WIL_TRY(wil_alloc((void **)&plan, 1, sizeof *plan));
    plan->config = config == NULL ? wil_plan_config_default() : *config;
    WIL_TRY(wil_fail_context(plan_new(plan, graph, outputs, n_outputs), "compiling a plan"));
    plan->config.hooks = NULL; /* the caller's */
    return wil_give(out, &plan);
}
