/* Operations that move values without changing them, and sums over axes. */
#include "graph_internal.h"

static wil_node one_input(
    wil_graph *g, wil_op_kind kind, wil_node x, wil_shape shape, const wil_op_attr *attr)
{
    wil_node_info info = graph_describe(kind, shape, x, WIL_NODE_NONE);
    if (attr != NULL)
        info.attr = *attr;
    return graph_append(g, &info);
}

static wil_shape input_shape(const wil_graph *g, wil_node y, int which)
{
    return g->nodes[g->nodes[y].inputs[which]].shape;
}

/* ---- reshape, permute, broadcast ---------------------------------------------------------------------- */

wil_node wil_op_reshape(wil_graph *g, wil_node x, wil_shape shape)
{
    if (!graph_has(g, x, WIL_OP_RESHAPE) || !graph_shape_is_sound(g, WIL_OP_RESHAPE, "", shape))
        return WIL_NODE_NONE;
    const wil_node_info *info = &g->nodes[x];
    if (wil_shape_count(info->shape) != wil_shape_count(shape))
        return wil_graph_fail(g, "reshape: %s does not hold as many values as %s", wil_shape_say(shape).text,
            wil_shape_say(info->shape).text);
    if (wil_shape_equal(info->shape, shape))
        return x;
    if (info->kind == WIL_OP_FILL)
        return wil_op_fill(g, shape, info->attr.scalar);
    if (info->kind == WIL_OP_RESHAPE)
        return wil_op_reshape(g, info->inputs[0], shape);
    return one_input(g, WIL_OP_RESHAPE, x, shape, NULL);
}

VJP(reshape)
{
    return wil_op_reshape(g, d_y, input_shape(g, y, which));
}

wil_node wil_op_permute(wil_graph *g, wil_node x, const int *permutation)
{
    if (!graph_has(g, x, WIL_OP_PERMUTE))
        return WIL_NODE_NONE;
    const wil_shape from = g->nodes[x].shape;
    wil_shape to = from;
    wil_op_attr attr = {0};
    uint32_t seen = 0;
    for (int i = 0; i < from.rank; i++) {
        const int axis = permutation[i];
        if (axis < 0 || axis >= from.rank || (seen >> axis & 1u) != 0)
            return wil_graph_fail(
                g, "permute: axis %d of a rank-%d node appears twice or does not exist", axis, from.rank);
        seen |= 1u << axis;
        to.dim[i] = from.dim[axis];
        attr.permutation[i] = axis;
    }
    return one_input(g, WIL_OP_PERMUTE, x, to, &attr);
}

VJP(permute)
{
    int inverse[WIL_MAX_RANK] = {0};
    for (int i = 0; i < g->nodes[y].shape.rank; i++)
        inverse[g->nodes[y].attr.permutation[i]] = i;
    return wil_op_permute(g, d_y, inverse);
}

wil_node wil_op_broadcast(wil_graph *g, wil_node x, wil_shape shape)
{
    if (!graph_has(g, x, WIL_OP_BROADCAST) || !graph_shape_is_sound(g, WIL_OP_BROADCAST, "", shape))
        return WIL_NODE_NONE;
    const wil_node_info *info = &g->nodes[x];
    if (info->kind == WIL_OP_FILL)
        return wil_op_fill(g, shape, info->attr.scalar);
    if (info->shape.rank == 0 && shape.rank > 0) {
        wil_shape ones = shape;
        for (int i = 0; i < shape.rank; i++)
            ones.dim[i] = 1;
        return wil_op_broadcast(g, wil_op_reshape(g, x, ones), shape);
    }
    bool fits = info->shape.rank == shape.rank;
    for (int i = 0; fits && i < shape.rank; i++)
        fits = info->shape.dim[i] == shape.dim[i] || info->shape.dim[i] == 1;
    if (!fits)
        return wil_graph_fail(g, "broadcast: %s cannot be repeated to %s", wil_shape_say(info->shape).text,
            wil_shape_say(shape).text);
    if (wil_shape_equal(info->shape, shape))
        return x;
    return one_input(g, WIL_OP_BROADCAST, x, shape, NULL);
}

VJP(broadcast)
{
    const wil_shape from = input_shape(g, y, which);
    uint32_t axes = 0;
    for (int i = 0; i < from.rank; i++)
        if (from.dim[i] == 1 && g->nodes[y].shape.dim[i] > 1)
            axes |= 1u << i;
    return wil_op_sum(g, d_y, axes);
}

/* ---- sums --------------------------------------------------------------------------------------------- */

wil_node wil_op_sum(wil_graph *g, wil_node x, uint32_t axes)
{
    if (!graph_has(g, x, WIL_OP_SUM))
        return WIL_NODE_NONE;
    wil_shape shape = g->nodes[x].shape;
    wil_op_attr attr = {0};
    double count = 1;
    for (int i = 0; i < shape.rank; i++) {
        if ((axes >> i & 1u) == 0 || shape.dim[i] == 1)
            continue; /* nothing to sum along this axis */
        count *= (double)shape.dim[i];
        attr.axes |= 1u << i;
        shape.dim[i] = 1;
    }
    if (g->nodes[x].kind == WIL_OP_FILL)
        return wil_op_fill(g, shape, count * g->nodes[x].attr.scalar);
    return attr.axes == 0 ? x : one_input(g, WIL_OP_SUM, x, shape, &attr);
}

VJP(sum)
{
    return wil_op_broadcast(g, d_y, input_shape(g, y, which));
}

wil_node wil_op_mean(wil_graph *g, wil_node x, uint32_t axes)
{
    if (!graph_has(g, x, WIL_OP_SUM))
        return WIL_NODE_NONE;
    const wil_shape shape = g->nodes[x].shape;
    double count = 1;
    for (int i = 0; i < shape.rank; i++)
        if ((axes >> i & 1u) != 0)
            count *= (double)shape.dim[i];
    return wil_op_scale(g, wil_op_sum(g, x, axes), 1.0 / count);
}

wil_node wil_op_sum_all(wil_graph *g, wil_node x)
{
    return wil_op_reshape(g, wil_op_sum(g, x, ~0u), wil_shape_of(0));
}

wil_node wil_op_mean_all(wil_graph *g, wil_node x)
{
    if (!graph_has(g, x, WIL_OP_SUM))
        return WIL_NODE_NONE;
    const double count = (double)wil_shape_count(g->nodes[x].shape);
    return wil_op_scale(g, wil_op_sum_all(g, x), 1.0 / count);
}

/* ---- parts along one axis ----------------------------------------------------------------------------- */

wil_node wil_op_concat(wil_graph *g, wil_node a, wil_node b, int axis)
{
    if (!graph_has(g, a, WIL_OP_CONCAT) || !graph_has(g, b, WIL_OP_CONCAT))
        return WIL_NODE_NONE;
    wil_shape shape = g->nodes[a].shape;
    const wil_shape other = g->nodes[b].shape;
    bool fits = shape.rank == other.rank && axis >= 0 && axis < shape.rank;
    for (int i = 0; fits && i < shape.rank; i++)
        fits = i == axis || shape.dim[i] == other.dim[i];
    if (!fits)
        return wil_graph_fail(g, "concat: %s and %s do not join along axis %d", wil_shape_say(shape).text,
            wil_shape_say(other).text, axis);
    shape.dim[axis] += other.dim[axis];
    wil_node_info info = graph_describe(WIL_OP_CONCAT, shape, a, b);
    info.attr.axis = axis;
    return graph_append(g, &info);
}

VJP(concat)
{
    const int axis = g->nodes[y].attr.axis;
    const int64_t first = input_shape(g, y, 0).dim[axis];
    return wil_op_slice(g, d_y, axis, which == 0 ? 0 : first, input_shape(g, y, which).dim[axis]);
}

wil_node wil_op_slice(wil_graph *g, wil_node x, int axis, int64_t begin, int64_t size)
{
    if (!graph_has(g, x, WIL_OP_SLICE))
        return WIL_NODE_NONE;
    wil_shape shape = g->nodes[x].shape;
    if (axis < 0 || axis >= shape.rank || begin < 0 || size < 1 || begin + size > shape.dim[axis])
        return wil_graph_fail(g, "slice: [%lld, %lld) does not lie within axis %d of a rank-%d node",
            (long long)begin, (long long)(begin + size), axis, shape.rank);
    if (size == shape.dim[axis])
        return x;
    shape.dim[axis] = size;
    const wil_op_attr attr = {.axis = axis, .begin = begin};
    return one_input(g, WIL_OP_SLICE, x, shape, &attr);
}

VJP(slice)
{
    const int axis = g->nodes[y].attr.axis;
    return wil_op_embed(g, d_y, axis, g->nodes[y].attr.begin, input_shape(g, y, which).dim[axis]);
}

wil_node wil_op_embed(wil_graph *g, wil_node x, int axis, int64_t begin, int64_t size)
{
    if (!graph_has(g, x, WIL_OP_EMBED))
        return WIL_NODE_NONE;
    wil_shape shape = g->nodes[x].shape;
    if (axis < 0 || axis >= shape.rank || begin < 0 || begin + shape.dim[axis] > size)
        return wil_graph_fail(
            g, "embed: axis %d at %lld does not fit into %lld", axis, (long long)begin, (long long)size);
    if (size == shape.dim[axis])
        return x;
    shape.dim[axis] = size;
    const wil_op_attr attr = {.axis = axis, .begin = begin};
    return one_input(g, WIL_OP_EMBED, x, shape, &attr);
}

VJP(embed)
{
    const int axis = g->nodes[y].attr.axis;
    return wil_op_slice(g, d_y, axis, g->nodes[y].attr.begin, input_shape(g, y, which).dim[axis]);
}

/* Two neighbouring parts put in their places and added are the two side by side. */
wil_node graph_join_embeds(wil_graph *g, wil_node a, wil_node b)
{
    if (!graph_has(g, a, WIL_OP_EMBED) || !graph_has(g, b, WIL_OP_EMBED))
        return WIL_NODE_NONE;
    const wil_node_info first = g->nodes[a];
    const wil_node_info second = g->nodes[b];
    if (first.kind != WIL_OP_EMBED || second.kind != WIL_OP_EMBED || first.attr.axis != second.attr.axis ||
        !wil_shape_equal(first.shape, second.shape))
        return WIL_NODE_NONE;
    if (first.attr.begin > second.attr.begin)
        return graph_join_embeds(g, b, a);
    const int axis = first.attr.axis;
    const int64_t behind = first.attr.begin + input_shape(g, a, 0).dim[axis];
    if (second.attr.begin != behind)
        return WIL_NODE_NONE;
    const wil_node both = wil_op_concat(g, first.inputs[0], second.inputs[0], axis);
    return wil_op_embed(g, both, axis, first.attr.begin, first.shape.dim[axis]);
}
