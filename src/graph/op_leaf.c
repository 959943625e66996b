#include "graph_internal.h"

#include <string.h>

bool graph_shape_is_sound(wil_graph *g, wil_op_kind kind, const char *name, wil_shape shape)
{
    bool sound = shape.rank >= 0 && shape.rank <= WIL_MAX_RANK;
    for (int i = 0; sound && i < shape.rank; i++)
        sound = shape.dim[i] >= 1;
    if (!sound)
        (void)wil_graph_fail(g, "%s '%s': every dimension must be 1 or more, got %s", wil_op_name(kind), name,
            wil_shape_say(shape).text);
    return sound;
}

static wil_node leaf(wil_graph *g, wil_op_kind kind, const char *name, wil_shape shape)
{
    if (g->status != WIL_OK || !graph_shape_is_sound(g, kind, name == NULL ? "" : name, shape))
        return WIL_NODE_NONE;
    if (name == NULL || name[0] == 0)
        return wil_graph_fail(g, "%s: needs a name, as memory is bound to it by name", wil_op_name(kind));
    for (int i = 0; i < g->n_nodes; i++)
        if (g->nodes[i].name != NULL && g->nodes[i].kind != kind && strcmp(g->nodes[i].name, name) == 0)
            return wil_graph_fail(g, "%s '%s': that name is taken by another kind of leaf (%s)",
                wil_op_name(kind), name, wil_op_name(g->nodes[i].kind));
    wil_node_info info = graph_describe(kind, shape, WIL_NODE_NONE, WIL_NODE_NONE);
    info.name = name;
    const wil_node node = graph_append(g, &info);
    if (node != WIL_NODE_NONE && !wil_shape_equal(g->nodes[node].shape, shape))
        return wil_graph_fail(g, "%s '%s' is %s, but was %s before", wil_op_name(kind), name,
            wil_shape_say(shape).text, wil_shape_say(g->nodes[node].shape).text);
    return node;
}

wil_node wil_graph_input_node(wil_graph *graph, const char *name, wil_shape shape)
{
    return leaf(graph, WIL_OP_INPUT, name, shape);
}

wil_node wil_graph_param_node(wil_graph *graph, const char *name, wil_shape shape)
{
    return leaf(graph, WIL_OP_PARAM, name, shape);
}

wil_node wil_op_fill(wil_graph *g, wil_shape shape, double value)
{
    if (g->status != WIL_OK || !graph_shape_is_sound(g, WIL_OP_FILL, "", shape))
        return WIL_NODE_NONE;
    wil_node_info info = graph_describe(WIL_OP_FILL, shape, WIL_NODE_NONE, WIL_NODE_NONE);
    info.attr.scalar = value;
    return graph_append(g, &info);
}

wil_node wil_op_keep_mask(wil_graph *g, wil_shape shape, double drop_probability, uint64_t key)
{
    if (g->status != WIL_OK || !graph_shape_is_sound(g, WIL_OP_KEEP_MASK, "", shape))
        return WIL_NODE_NONE;
    if (!(drop_probability >= 0 && drop_probability < 1))
        return wil_graph_fail(g, "keep_mask: a drop probability lies in [0, 1), got %g", drop_probability);
    wil_node_info info = graph_describe(WIL_OP_KEEP_MASK, shape, WIL_NODE_NONE, WIL_NODE_NONE);
    info.attr.scalar = drop_probability;
    info.attr.key = key;
    return graph_append(g, &info);
}
