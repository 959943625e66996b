#include "graph_internal.h"

static wil_status append_node(char **out, const wil_graph *g, wil_node node)
{
    char shape[128];
    const wil_node_info *info = &g->nodes[node];
    WIL_TRY(wil_text_append(out, "%d: %s", node, wil_op_name(info->kind)));
    if (info->name != NULL)
        WIL_TRY(wil_text_append(out, " '%s'", info->name));
    for (int i = 0; i < info->n_inputs; i++)
        WIL_TRY(wil_text_append(out, i == 0 ? "(%d" : ", %d", info->inputs[i]));
    return wil_text_append(
        out, "%s -> %s\n", info->n_inputs > 0 ? ")" : "", wil_shape_text(info->shape, shape, sizeof shape));
}

wil_status wil_graph_text(char **out, const wil_graph *graph)
{
    *out = NULL;
    WIL_TRY(wil_text_append(out, "%s", ""));
    for (wil_node node = 0; node < graph->n_nodes; node++)
        WIL_TRY(append_node(out, graph, node));
    return WIL_OK;
}
