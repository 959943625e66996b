/* A graph as text: a listing, or a drawing for Graphviz. */
#include <string.h>

#include "graph_internal.h"

static wil_status append_node(char **out, const wil_graph *g, wil_node node)
{
    const wil_node_info *info = &g->nodes[node];
    WIL_TRY(wil_text_append(out, "%d: %s", node, wil_op_name(info->kind)));
    if (info->name != NULL)
        WIL_TRY(wil_text_append(out, " '%s'", info->name));
    for (int i = 0; i < info->n_inputs; i++)
        WIL_TRY(wil_text_append(out, i == 0 ? "(%d" : ", %d", info->inputs[i]));
    return wil_text_append(out, "%s -> %s\n", info->n_inputs > 0 ? ")" : "", wil_shape_say(info->shape).text);
}

wil_status wil_graph_text(char **out, const wil_graph *graph)
{
    WIL_OWN(char) *text = NULL;
    WIL_TRY(wil_text_append(&text, "%s", ""));
    for (wil_node node = 0; node < graph->n_nodes; node++)
        WIL_TRY(append_node(&text, graph, node));
    return wil_give(out, &text);
}

/* Names of layers hold no quotes, but those of users might. */
static wil_status append_label(char **out, const char *name)
{
    for (const char *c = name; *c != '\0'; c++)
        WIL_TRY(wil_text_append(out, strchr("\"\\", *c) != NULL ? "\\%c" : "%c", *c));
    return WIL_OK;
}

static wil_status append_box(char **out, const wil_graph *g, wil_node node)
{
    const wil_node_info *info = &g->nodes[node];
    const bool leaf = wil_op_row(info->kind)->class == WIL_OP_CLASS_LEAF;
    WIL_TRY(wil_text_append(out, "  n%d [label=\"", node));
    WIL_TRY(append_label(out, info->name != NULL ? info->name : wil_op_name(info->kind)));
    WIL_TRY(wil_text_append(out, "\\n%s\"%s];\n", wil_shape_say(info->shape).text,
        leaf ? ", style=filled, fillcolor=lightgrey" : ""));
    for (int i = 0; i < info->n_inputs; i++)
        WIL_TRY(wil_text_append(out, "  n%d -> n%d;\n", info->inputs[i], node));
    return WIL_OK;
}

wil_status wil_graph_dot(char **out, const wil_graph *graph)
{
    WIL_OWN(char) *text = NULL;
    WIL_TRY(wil_text_append(&text, "digraph network {\n  node [shape=box, fontname=\"sans-serif\"];\n"));
    for (wil_node node = 0; node < graph->n_nodes; node++)
        WIL_TRY(append_box(&text, graph, node));
    WIL_TRY(wil_text_append(&text, "}\n"));
    return wil_give(out, &text);
}
