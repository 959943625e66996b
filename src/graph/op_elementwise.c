/* Operations on one value at a time. */
#include "graph_internal.h"

static wil_node unary(wil_graph *g, wil_op_kind kind, wil_node x, double scalar)
{
    if (!graph_has(g, x, kind))
        return WIL_NODE_NONE;
    wil_node_info info = graph_describe(kind, g->nodes[x].shape);
    info.n_inputs = 1;
    info.inputs[0] = x;
    info.attr.scalar = scalar;
    return graph_append(g, &info);
}

/* The node's only input. */
static wil_node input_of(const wil_graph *g, wil_node y)
{
    return g->nodes[y].inputs[0];
}

wil_node wil_op_scale(wil_graph *g, wil_node x, double a)
{
    if (!graph_has(g, x, WIL_OP_SCALE))
        return WIL_NODE_NONE;
    if (a == 1.0)
        return x;
    const wil_node_info *info = &g->nodes[x];
    if (info->kind == WIL_OP_SCALE)
        return wil_op_scale(g, info->inputs[0], a * info->attr.scalar);
    if (info->kind == WIL_OP_FILL)
        return wil_op_fill(g, info->shape, a * info->attr.scalar);
    return unary(g, WIL_OP_SCALE, x, a);
}

wil_node vjp_scale(wil_graph *g, wil_node y, wil_node d_y, int which)
{
    (void)which;
    return wil_op_scale(g, d_y, g->nodes[y].attr.scalar);
}

wil_node wil_op_neg(wil_graph *g, wil_node x)
{
    return wil_op_scale(g, x, -1.0);
}

wil_node wil_op_add_scalar(wil_graph *g, wil_node x, double a)
{
    if (!graph_has(g, x, WIL_OP_ADD_SCALAR))
        return WIL_NODE_NONE;
    if (g->nodes[x].kind == WIL_OP_FILL)
        return wil_op_fill(g, g->nodes[x].shape, a + g->nodes[x].attr.scalar);
    return a == 0.0 ? x : unary(g, WIL_OP_ADD_SCALAR, x, a);
}

wil_node vjp_add_scalar(wil_graph *g, wil_node y, wil_node d_y, int which)
{
    (void)g;
    (void)y;
    (void)which;
    return d_y;
}

wil_node wil_op_leaky_relu(wil_graph *g, wil_node x, double slope)
{
    return unary(g, WIL_OP_LEAKY_RELU, x, slope);
}

wil_node wil_op_relu(wil_graph *g, wil_node x)
{
    return wil_op_leaky_relu(g, x, 0.0);
}

/* The result is positive where the input is, unless the slope is negative. Reading the result lets go of the
 * input: mostly the result is kept anyway, for the next convolution. */
wil_node vjp_leaky_relu(wil_graph *g, wil_node y, wil_node d_y, int which)
{
    const double slope = g->nodes[y].attr.scalar;
    (void)which;
    return wil_op_mul(g, d_y, wil_op_step(g, slope < 0 ? input_of(g, y) : y, slope));
}

wil_node wil_op_step(wil_graph *g, wil_node x, double low)
{
    return unary(g, WIL_OP_STEP, x, low);
}

wil_node wil_op_abs(wil_graph *g, wil_node x)
{
    return unary(g, WIL_OP_ABS, x, 0.0);
}

wil_node vjp_abs(wil_graph *g, wil_node y, wil_node d_y, int which)
{
    (void)which;
    return wil_op_mul(g, d_y, wil_op_sign(g, input_of(g, y)));
}

wil_node wil_op_sign(wil_graph *g, wil_node x)
{
    return unary(g, WIL_OP_SIGN, x, 0.0);
}

wil_node wil_op_tanh(wil_graph *g, wil_node x)
{
    return unary(g, WIL_OP_TANH, x, 0.0);
}

wil_node vjp_tanh(wil_graph *g, wil_node y, wil_node d_y, int which) /* 1 - y^2 */
{
    (void)which;
    return wil_op_mul(g, d_y, wil_op_add_scalar(g, wil_op_neg(g, wil_op_square(g, y)), 1.0));
}

wil_node wil_op_sigmoid(wil_graph *g, wil_node x)
{
    return unary(g, WIL_OP_SIGMOID, x, 0.0);
}

wil_node vjp_sigmoid(wil_graph *g, wil_node y, wil_node d_y, int which) /* y (1 - y) */
{
    (void)which;
    return wil_op_mul(g, d_y, wil_op_mul(g, y, wil_op_add_scalar(g, wil_op_neg(g, y), 1.0)));
}

wil_node wil_op_softplus(wil_graph *g, wil_node x)
{
    return unary(g, WIL_OP_SOFTPLUS, x, 0.0);
}

wil_node vjp_softplus(wil_graph *g, wil_node y, wil_node d_y, int which)
{
    (void)which;
    return wil_op_mul(g, d_y, wil_op_sigmoid(g, input_of(g, y)));
}

wil_node wil_op_exp(wil_graph *g, wil_node x)
{
    return unary(g, WIL_OP_EXP, x, 0.0);
}

wil_node vjp_exp(wil_graph *g, wil_node y, wil_node d_y, int which)
{
    (void)which;
    return wil_op_mul(g, d_y, y);
}

wil_node wil_op_log(wil_graph *g, wil_node x)
{
    return unary(g, WIL_OP_LOG, x, 0.0);
}

wil_node vjp_log(wil_graph *g, wil_node y, wil_node d_y, int which)
{
    (void)which;
    return wil_op_div(g, d_y, input_of(g, y));
}

wil_node wil_op_sqrt(wil_graph *g, wil_node x)
{
    return unary(g, WIL_OP_SQRT, x, 0.0);
}

wil_node vjp_sqrt(wil_graph *g, wil_node y, wil_node d_y, int which) /* 1 / (2 y) */
{
    (void)which;
    return wil_op_scale(g, wil_op_div(g, d_y, y), 0.5);
}

wil_node wil_op_reciprocal(wil_graph *g, wil_node x)
{
    return unary(g, WIL_OP_RECIPROCAL, x, 0.0);
}

wil_node vjp_reciprocal(wil_graph *g, wil_node y, wil_node d_y, int which) /* -y^2 */
{
    (void)which;
    return wil_op_neg(g, wil_op_mul(g, d_y, wil_op_square(g, y)));
}

wil_node wil_op_square(wil_graph *g, wil_node x)
{
    return wil_op_mul(g, x, x);
}

wil_node wil_op_stop_gradient(wil_graph *g, wil_node x)
{
    return unary(g, WIL_OP_STOP_GRADIENT, x, 0.0);
}
