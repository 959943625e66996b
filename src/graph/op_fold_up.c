/* Weights of a 3-wide convolution behind nearest upsampling by 2, as those of one transposed convolution of
 * kernel 4, stride 2 and pad 1 (graph.h has the derivation). A linear map of the weights and its adjoint,
 * which are each other's derivative. */
#include "graph_internal.h"

/* [A,from..,B] -> [B,to..,A] */
static wil_node map_weight(wil_graph *g, wil_op_kind kind, wil_node w, int64_t from, int64_t to)
{
    if (!graph_has(g, w, kind))
        return WIL_NODE_NONE;
    const wil_shape is = g->nodes[w].shape;
    const int n_spatial = is.rank - 2;
    bool fits = n_spatial >= 1 && n_spatial <= 3;
    for (int i = 0; fits && i < n_spatial; i++)
        fits = is.dim[1 + i] == from;
    if (!fits)
        return wil_graph_fail(g, "%s: got %s, expected a weight [out,%lld..,in] with 1 to 3 spatial axes",
            wil_op_name(kind), wil_shape_say(is).text, (long long)from);
    wil_shape shape = is;
    shape.dim[0] = is.dim[is.rank - 1];
    shape.dim[is.rank - 1] = is.dim[0];
    for (int i = 0; i < n_spatial; i++)
        shape.dim[1 + i] = to;
    wil_node_info info = graph_describe(kind, shape, w, WIL_NODE_NONE);
    info.attr.n_spatial = n_spatial;
    return graph_append(g, &info);
}

wil_node wil_op_fold_up(wil_graph *g, wil_node w)
{
    return map_weight(g, WIL_OP_FOLD_UP, w, 3, 4);
}

VJP(fold_up)
{
    return wil_op_unfold_up(g, d_y);
}

wil_node wil_op_unfold_up(wil_graph *g, wil_node v)
{
    return map_weight(g, WIL_OP_UNFOLD_UP, v, 4, 3);
}

VJP(unfold_up)
{
    return wil_op_fold_up(g, d_y);
}
