/* Resampling by whole factors: nearest upsampling and sums over windows are each other's adjoint; maximum
 * pooling picks by position, and picking and putting back are each other's adjoint too. */
#include "graph_internal.h"

/* Checks x against the factors and gives the coarser (or finer) shape. */
static bool resampled_shape(
    wil_graph *g, wil_op_kind kind, wil_node x, const int64_t *factor, bool finer, wil_shape *out)
{
    if (!graph_has(g, x, kind))
        return false;
    *out = g->nodes[x].shape;
    const int n_spatial = out->rank - 2;
    bool fits = n_spatial >= 1 && n_spatial <= 3;
    for (int i = 0; fits && i < n_spatial; i++) {
        fits = factor[i] >= 1 && (finer || out->dim[1 + i] % factor[i] == 0);
        if (fits)
            out->dim[1 + i] = finer ? out->dim[1 + i] * factor[i] : out->dim[1 + i] / factor[i];
    }
    if (!fits)
        (void)wil_graph_fail(g,
            "%s: %s does not divide into its windows (expected [N,spatial..,C] and whole factors of 1 or "
            "more)",
            wil_op_name(kind), wil_shape_say(g->nodes[x].shape).text);
    return fits;
}

static wil_node append_pool(
    wil_graph *g, wil_op_kind kind, wil_shape shape, wil_node a, wil_node b, const int64_t *factor)
{
    wil_node_info info = graph_describe(kind, shape, a, b);
    info.attr.n_spatial = shape.rank - 2;
    for (int i = 0; i < info.attr.n_spatial; i++)
        info.attr.kernel[i] = factor[i];
    return graph_append(g, &info);
}

static wil_node different_shapes(wil_graph *g, wil_op_kind kind, wil_shape got, wil_shape expected)
{
    return wil_graph_fail(g, "%s: the first input is %s, but its windows ask for %s", wil_op_name(kind),
        wil_shape_say(got).text, wil_shape_say(expected).text);
}

wil_node wil_op_upsample(wil_graph *g, wil_node x, const int64_t *factor)
{
    wil_shape shape;
    if (!resampled_shape(g, WIL_OP_UPSAMPLE, x, factor, true, &shape))
        return WIL_NODE_NONE;
    return append_pool(g, WIL_OP_UPSAMPLE, shape, x, WIL_NODE_NONE, factor);
}

VJP(upsample)
{
    const wil_op_attr attr = g->nodes[y].attr;
    return wil_op_sum_pool(g, d_y, attr.kernel);
}

wil_node wil_op_sum_pool(wil_graph *g, wil_node x, const int64_t *window)
{
    wil_shape shape;
    if (!resampled_shape(g, WIL_OP_SUM_POOL, x, window, false, &shape))
        return WIL_NODE_NONE;
    return append_pool(g, WIL_OP_SUM_POOL, shape, x, WIL_NODE_NONE, window);
}

VJP(sum_pool)
{
    const wil_op_attr attr = g->nodes[y].attr;
    return wil_op_upsample(g, d_y, attr.kernel);
}

wil_node wil_op_average_pool(wil_graph *g, wil_node x, const int64_t *window)
{
    const wil_node sum = wil_op_sum_pool(g, x, window);
    if (sum == WIL_NODE_NONE)
        return sum;
    double count = 1;
    for (int i = 0; i < g->nodes[sum].attr.n_spatial; i++)
        count *= (double)window[i];
    return wil_op_scale(g, sum, 1.0 / count);
}

wil_node wil_op_max_pool(wil_graph *g, wil_node x, const int64_t *window)
{
    return wil_op_pool_gather(g, x, x, window);
}

wil_node wil_op_pool_gather(wil_graph *g, wil_node h, wil_node x, const int64_t *window)
{
    wil_shape shape;
    if (!graph_has(g, h, WIL_OP_POOL_GATHER) ||
        !resampled_shape(g, WIL_OP_POOL_GATHER, x, window, false, &shape))
        return WIL_NODE_NONE;
    if (!wil_shape_equal(g->nodes[h].shape, g->nodes[x].shape))
        return different_shapes(g, WIL_OP_POOL_GATHER, g->nodes[h].shape, g->nodes[x].shape);
    return append_pool(g, WIL_OP_POOL_GATHER, shape, h, x, window);
}

/* Linear in the first input. The position of a maximum does not move for a small change, so the second input
 * contributes nothing; for max pooling both are the same node and the first carries the gradient. */
VJP(pool_gather)
{
    const wil_op_attr attr = g->nodes[y].attr;
    return which == 0 ? wil_op_pool_scatter(g, d_y, g->nodes[y].inputs[1], attr.kernel) : WIL_NODE_NONE;
}

wil_node wil_op_pool_scatter(wil_graph *g, wil_node gradient, wil_node x, const int64_t *window)
{
    wil_shape shape;
    if (!graph_has(g, gradient, WIL_OP_POOL_SCATTER) ||
        !resampled_shape(g, WIL_OP_POOL_SCATTER, x, window, false, &shape))
        return WIL_NODE_NONE;
    if (!wil_shape_equal(g->nodes[gradient].shape, shape))
        return different_shapes(g, WIL_OP_POOL_SCATTER, g->nodes[gradient].shape, shape);
    return append_pool(g, WIL_OP_POOL_SCATTER, g->nodes[x].shape, gradient, x, window);
}

VJP(pool_scatter)
{
    const wil_op_attr attr = g->nodes[y].attr;
    return which == 0 ? wil_op_pool_gather(g, d_y, g->nodes[y].inputs[1], attr.kernel) : WIL_NODE_NONE;
}
