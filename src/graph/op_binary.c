/* Arithmetic of two nodes, with broadcasting of dimensions that are 1. */
#include "graph_internal.h"

/* The shape both broadcast to; false if they do not agree. */
static bool common_shape(wil_shape a, wil_shape b, wil_shape *out)
{
    *out = a;
    if (a.rank != b.rank)
        return false;
    for (int i = 0; i < a.rank; i++) {
        if (a.dim[i] != b.dim[i] && a.dim[i] != 1 && b.dim[i] != 1)
            return false;
        out->dim[i] = a.dim[i] > b.dim[i] ? a.dim[i] : b.dim[i];
    }
    return true;
}

/* A scalar takes the rank of its partner, so that kernels see one rank. */
static wil_node raise_scalar(wil_graph *g, wil_node x, int rank)
{
    if (g->nodes[x].shape.rank != 0 || rank == 0)
        return x;
    wil_shape ones = wil_shape_of(0);
    ones.rank = rank;
    for (int i = 0; i < rank; i++)
        ones.dim[i] = 1;
    return wil_op_reshape(g, x, ones);
}

/* Arithmetic repeats dimensions of 1 itself: an operand that was repeated only to fit its partner is taken as
 * it was before. */
static wil_node unrepeated(const wil_graph *g, wil_node x, wil_node partner, wil_shape shape)
{
    wil_shape without;
    const wil_node_info *info = &g->nodes[x];
    if (info->kind != WIL_OP_BROADCAST ||
        !common_shape(g->nodes[info->inputs[0]].shape, g->nodes[partner].shape, &without) ||
        !wil_shape_equal(without, shape))
        return x;
    return info->inputs[0];
}

static wil_node binary(wil_graph *g, wil_op_kind kind, wil_node a, wil_node b)
{
    wil_shape shape;
    if (!graph_has(g, a, kind) || !graph_has(g, b, kind))
        return WIL_NODE_NONE;
    a = raise_scalar(g, a, g->nodes[b].shape.rank);
    b = raise_scalar(g, b, g->nodes[a].shape.rank);
    if (!common_shape(g->nodes[a].shape, g->nodes[b].shape, &shape))
        return wil_graph_fail(g, "%s: shapes %s and %s do not go together", wil_op_name(kind),
            wil_shape_say(g->nodes[a].shape).text, wil_shape_say(g->nodes[b].shape).text);
    a = unrepeated(g, a, b, shape);
    b = unrepeated(g, b, a, shape);
    const wil_node_info info = graph_describe(kind, shape, a, b);
    return graph_append(g, &info);
}

/* Sums a gradient of the broadcast shape back to the shape of the operand it belongs to. */
static wil_node sum_to(wil_graph *g, wil_node d, wil_node operand)
{
    if (!graph_has(g, d, WIL_OP_SUM))
        return WIL_NODE_NONE;
    const wil_shape from = g->nodes[d].shape;
    const wil_shape to = g->nodes[operand].shape;
    uint32_t axes = 0;
    for (int i = 0; i < from.rank; i++)
        if (to.dim[i] == 1 && from.dim[i] > 1)
            axes |= 1u << i;
    return wil_op_sum(g, d, axes);
}

/* true if node is a constant that the other operand's shape absorbs. */
static bool absorbed_fill(const wil_graph *g, wil_node node, wil_node other)
{
    wil_shape shape;
    const wil_node_info *info = &g->nodes[node];
    if (info->kind != WIL_OP_FILL)
        return false;
    if (info->shape.rank == 0)
        return true;
    return common_shape(info->shape, g->nodes[other].shape, &shape) &&
           wil_shape_equal(shape, g->nodes[other].shape);
}

wil_node wil_op_add(wil_graph *g, wil_node a, wil_node b)
{
    if (!graph_has(g, a, WIL_OP_ADD) || !graph_has(g, b, WIL_OP_ADD))
        return WIL_NODE_NONE;
    if (absorbed_fill(g, a, b))
        return wil_op_add_scalar(g, b, g->nodes[a].attr.scalar);
    if (absorbed_fill(g, b, a))
        return wil_op_add_scalar(g, a, g->nodes[b].attr.scalar);
    if (a == b)
        return wil_op_scale(g, a, 2.0);
    return binary(g, WIL_OP_ADD, a, b);
}

VJP(add)
{
    return sum_to(g, d_y, g->nodes[y].inputs[which]);
}

wil_node wil_op_sub(wil_graph *g, wil_node a, wil_node b)
{
    if (!graph_has(g, a, WIL_OP_SUB) || !graph_has(g, b, WIL_OP_SUB))
        return WIL_NODE_NONE;
    if (absorbed_fill(g, b, a))
        return wil_op_add_scalar(g, a, -g->nodes[b].attr.scalar);
    return binary(g, WIL_OP_SUB, a, b);
}

VJP(sub)
{
    const wil_node d = which == 0 ? d_y : wil_op_neg(g, d_y);
    return sum_to(g, d, g->nodes[y].inputs[which]);
}

wil_node wil_op_mul(wil_graph *g, wil_node a, wil_node b)
{
    if (!graph_has(g, a, WIL_OP_MUL) || !graph_has(g, b, WIL_OP_MUL))
        return WIL_NODE_NONE;
    if (absorbed_fill(g, a, b))
        return wil_op_scale(g, b, g->nodes[a].attr.scalar);
    if (absorbed_fill(g, b, a))
        return wil_op_scale(g, a, g->nodes[b].attr.scalar);
    return binary(g, WIL_OP_MUL, a, b);
}

VJP(mul)
{
    const wil_node operand = g->nodes[y].inputs[which];
    const wil_node other = g->nodes[y].inputs[1 - which];
    return sum_to(g, wil_op_mul(g, d_y, other), operand);
}

wil_node wil_op_div(wil_graph *g, wil_node a, wil_node b)
{
    if (!graph_has(g, a, WIL_OP_DIV) || !graph_has(g, b, WIL_OP_DIV))
        return WIL_NODE_NONE;
    if (absorbed_fill(g, a, b) && g->nodes[a].attr.scalar == 1.0)
        return wil_op_reciprocal(g, b);
    return binary(g, WIL_OP_DIV, a, b);
}

VJP(div) /* d(a/b) = (da - y db) / b */
{
    const wil_node operand = g->nodes[y].inputs[which];
    const wil_node divisor = g->nodes[y].inputs[1];
    const wil_node d = which == 0 ? d_y : wil_op_neg(g, wil_op_mul(g, d_y, y));
    return sum_to(g, wil_op_div(g, d, divisor), operand);
}
