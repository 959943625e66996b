#include "graph_internal.h"

wil_node wil_op_matmul(wil_graph *g, wil_node a, wil_node b, bool transpose_a, bool transpose_b)
{
    if (!graph_has(g, a, WIL_OP_MATMUL) || !graph_has(g, b, WIL_OP_MATMUL))
        return WIL_NODE_NONE;
    const wil_shape sa = g->nodes[a].shape;
    const wil_shape sb = g->nodes[b].shape;
    if (sa.rank != 2 || sb.rank != 2 || sa.dim[transpose_a ? 0 : 1] != sb.dim[transpose_b ? 1 : 0])
        return wil_graph_fail(g, "matmul: %s%s and %s%s do not multiply", wil_shape_say(sa).text,
            transpose_a ? "^T" : "", wil_shape_say(sb).text, transpose_b ? "^T" : "");
    wil_shape shape = sa;
    shape.dim[0] = sa.dim[transpose_a ? 1 : 0];
    shape.dim[1] = sb.dim[transpose_b ? 0 : 1];
    wil_node_info info = graph_describe(WIL_OP_MATMUL, shape, a, b);
    info.attr.transpose[0] = transpose_a;
    info.attr.transpose[1] = transpose_b;
    return graph_append(g, &info);
}

/* y = A B: dA = dy B^T, dB = A^T dy; transposed operands turn the product round. */
VJP(matmul)
{
    const wil_node a = g->nodes[y].inputs[0];
    const wil_node b = g->nodes[y].inputs[1];
    const bool ta = g->nodes[y].attr.transpose[0];
    const bool tb = g->nodes[y].attr.transpose[1];
    if (which == 0)
        return ta ? wil_op_matmul(g, b, d_y, tb, true) : wil_op_matmul(g, d_y, b, false, !tb);
    return tb ? wil_op_matmul(g, d_y, a, true, ta) : wil_op_matmul(g, a, d_y, !ta, false);
}
