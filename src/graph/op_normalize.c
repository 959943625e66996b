/* Normalisation over a set of axes, its derivative, and the derivative of that.
 *
 * Per group of M values: y = (x - mean) r, r = 1 / sqrt(var + eps). The Jacobian applied to g is
 *     J g = r (g - mean(g) - y mean(g y)),
 * which is symmetric, so J serves backwards as it does forwards. With a = mean(h y), b = mean(g y) and
 *     S = mean(h g) - mean(h) mean(g) - a b,      <h, J g> = M r S,
 * and dr/dx = -r^2 y / M, dS/dy = -(h b + g a) / M, dy/dx = J:
 *     d<h, J g>/dx = -r^2 y S - r J(h b + g a). */
#include "graph_internal.h"

static wil_node append_normalize(
    wil_graph *g, wil_op_kind kind, wil_node a, wil_node b, wil_node x, uint32_t axes, double eps)
{
    wil_node_info info = graph_describe(kind, g->nodes[x].shape, a, b);
    info.attr.scalar = eps;
    info.attr.axes = axes & ((1u << g->nodes[x].shape.rank) - 1u);
    return graph_append(g, &info);
}

static bool axes_are_sound(wil_graph *g, wil_op_kind kind, wil_node x, uint32_t axes, double eps)
{
    if (!graph_has(g, x, kind))
        return false;
    if ((axes & ((1u << g->nodes[x].shape.rank) - 1u)) == 0 || !(eps >= 0))
        (void)wil_graph_fail(
            g, "%s: needs an axis to normalise over and eps of 0 or more", wil_op_name(kind));
    return g->status == WIL_OK;
}

wil_node wil_op_normalize(wil_graph *g, wil_node x, uint32_t axes, double eps)
{
    if (!axes_are_sound(g, WIL_OP_NORMALIZE, x, axes, eps))
        return WIL_NODE_NONE;
    return append_normalize(g, WIL_OP_NORMALIZE, x, WIL_NODE_NONE, x, axes, eps);
}

wil_node wil_op_normalize_dx(wil_graph *g, wil_node gradient, wil_node x, uint32_t axes, double eps)
{
    if (!graph_has(g, gradient, WIL_OP_NORMALIZE_DX) || !axes_are_sound(g, WIL_OP_NORMALIZE_DX, x, axes, eps))
        return WIL_NODE_NONE;
    if (!wil_shape_equal(g->nodes[gradient].shape, g->nodes[x].shape))
        return wil_graph_fail(g, "normalize_dx: the gradient is %s, but the input is %s",
            wil_shape_say(g->nodes[gradient].shape).text, wil_shape_say(g->nodes[x].shape).text);
    return append_normalize(g, WIL_OP_NORMALIZE_DX, gradient, x, x, axes, eps);
}

VJP(normalize)
{
    const wil_op_attr attr = g->nodes[y].attr;
    return wil_op_normalize_dx(g, d_y, g->nodes[y].inputs[0], attr.axes, attr.scalar);
}

static wil_node mean_of_product(wil_graph *g, wil_node a, wil_node b, uint32_t axes)
{
    return wil_op_mean(g, wil_op_mul(g, a, b), axes);
}

/* r = 1 / sqrt(var + eps), one value a group */
static wil_node inverse_sd(wil_graph *g, wil_node x, uint32_t axes, double eps)
{
    const wil_node centred = wil_op_sub(g, x, wil_op_mean(g, x, axes));
    const wil_node var = mean_of_product(g, centred, centred, axes);
    return wil_op_reciprocal(g, wil_op_sqrt(g, wil_op_add_scalar(g, var, eps)));
}

wil_node vjp_normalize_dx(wil_graph *g, wil_node out, wil_node h, int which)
{
    const uint32_t axes = g->nodes[out].attr.axes;
    const double eps = g->nodes[out].attr.scalar;
    const wil_node gradient = g->nodes[out].inputs[0];
    const wil_node x = g->nodes[out].inputs[1];
    if (which == 0)
        return wil_op_normalize_dx(g, h, x, axes, eps);
    const wil_node y = wil_op_normalize(g, x, axes, eps);
    const wil_node r = inverse_sd(g, x, axes, eps);
    const wil_node a = mean_of_product(g, h, y, axes);
    const wil_node b = mean_of_product(g, gradient, y, axes);
    const wil_node means = wil_op_mul(g, wil_op_mean(g, h, axes), wil_op_mean(g, gradient, axes));
    const wil_node s =
        wil_op_sub(g, wil_op_sub(g, mean_of_product(g, h, gradient, axes), means), wil_op_mul(g, a, b));
    const wil_node mixed = wil_op_add(g, wil_op_mul(g, h, b), wil_op_mul(g, gradient, a));
    const wil_node through_y = wil_op_mul(g, r, wil_op_normalize_dx(g, mixed, x, axes, eps));
    const wil_node through_r = wil_op_mul(g, y, wil_op_mul(g, s, wil_op_square(g, r)));
    return wil_op_neg(g, wil_op_add(g, through_r, through_y));
}
