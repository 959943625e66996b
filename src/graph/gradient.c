/* Reverse-mode differentiation, symbolically: the backward pass becomes nodes of the same graph. */
#include "graph_internal.h"

#include <string.h>

/* needed[i]: node i depends on one of wrt, so a gradient has to pass through it. */
static void mark_needed(const wil_graph *g, wil_node last, const wil_node *wrt, int n_wrt, bool *needed)
{
    for (int i = 0; i < n_wrt; i++)
        if (wrt[i] <= last)
            needed[wrt[i]] = true;
    for (wil_node node = 0; node <= last; node++) {
        const wil_node_info *info = &g->nodes[node];
        for (int k = 0; k < info->n_inputs && wil_op_row(info->kind)->has_derivative; k++)
            needed[node] = needed[node] || needed[info->inputs[k]];
    }
}

static wil_node sum_of_shares(wil_graph *g, wil_node a, wil_node b)
{
    wil_node joined = graph_join_conv_dw(g, a, b);
    if (joined == WIL_NODE_NONE)
        joined = graph_join_embeds(g, a, b);
    return joined != WIL_NODE_NONE ? joined : wil_op_add(g, a, b);
}

static void pass_back(wil_graph *g, wil_node node, const bool *needed, wil_node *adjoint)
{
    const wil_node_info info = g->nodes[node]; /* a copy: the array moves when nodes are appended */
    const graph_vjp vjp = graph_vjp_of(info.kind);
    if (vjp == NULL)
        return;
    for (int k = 0; k < info.n_inputs; k++) {
        const wil_node input = info.inputs[k];
        if (!needed[input])
            continue;
        const wil_node share = vjp(g, node, adjoint[node], k);
        if (share == WIL_NODE_NONE)
            continue;
        adjoint[input] = adjoint[input] == WIL_NODE_NONE ? share : sum_of_shares(g, adjoint[input], share);
    }
}

static wil_status differentiate(wil_graph *g, wil_node loss, const wil_node *wrt, int n_wrt, wil_node *out)
{
    const int n_nodes = g->n_nodes; /* of the part that is differentiated */
    WIL_OWN(void) *memory = NULL;
    WIL_OWN(wil_node) *adjoint = NULL;
    WIL_TRY(wil_alloc(&memory, (size_t)n_nodes, sizeof(bool)));
    WIL_TRY(wil_alloc((void **)&adjoint, (size_t)n_nodes, sizeof *adjoint));
    bool *needed = memory;
    for (int i = 0; i < n_nodes; i++)
        adjoint[i] = WIL_NODE_NONE;
    mark_needed(g, loss, wrt, n_wrt, needed);
    adjoint[loss] = wil_op_fill(g, g->nodes[loss].shape, 1.0);
    for (wil_node node = loss; node >= 0 && g->status == WIL_OK; node--)
        if (adjoint[node] != WIL_NODE_NONE && needed[node])
            pass_back(g, node, needed, adjoint);
    for (int i = 0; i < n_wrt; i++) {
        const wil_node found = wrt[i] < n_nodes ? adjoint[wrt[i]] : WIL_NODE_NONE;
        out[i] = found != WIL_NODE_NONE ? found : wil_op_fill(g, g->nodes[wrt[i]].shape, 0.0);
    }
    return WIL_OK;
}

void wil_graph_gradient(
    wil_graph *graph, wil_node loss, const wil_node *wrt, int n_wrt, wil_node *gradients_out)
{
    for (int i = 0; i < n_wrt; i++)
        gradients_out[i] = WIL_NODE_NONE;
    for (int i = 0; i < n_wrt; i++)
        if (!graph_has(graph, wrt[i], WIL_OP_PARAM))
            return;
    if (!graph_has(graph, loss, WIL_OP_SUM))
        return;
    if (wil_shape_count(graph->nodes[loss].shape) != 1) {
        (void)wil_graph_fail(graph, "gradient: the loss must be one number, got %s",
            wil_shape_say(graph->nodes[loss].shape).text);
        return;
    }
    const wil_status status = differentiate(graph, loss, wrt, n_wrt, gradients_out);
    if (status != WIL_OK)
        (void)wil_graph_fail_as(graph, wil_fail_context(status, "gradient"));
}
