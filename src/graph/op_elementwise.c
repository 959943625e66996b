/* Operations on one value at a time. */
#include "graph_internal.h"

static wil_node unary(wil_graph *g, wil_op_kind kind, wil_node x, double scalar)
{
    if (!graph_has(g, x, kind))
        return WIL_NODE_NONE;
    wil_node_info info = graph_describe(kind, g->nodes[x].shape, x, WIL_NODE_NONE);
    info.attr.scalar = scalar;
    return graph_append(g, &info);
}

/* The rule of a derivative, from the node y, its input x, its scalar a and the gradient d of its result. */
#define RULE(name, expression)                                                                               \
    VJP(name)                                                                                                \
    {                                                                                                        \
        const wil_node x = g->nodes[y].inputs[0];                                                            \
        const wil_node d = d_y;                                                                              \
        const double a = g->nodes[y].attr.scalar;                                                            \
        (void)x, (void)a;                                                                                    \
        return (expression);                                                                                 \
    }

/* ---- f(x), as the FN rows of ops.def list them -------------------------------------------------------- */

#define FN(kind, name, derivative)                                                                           \
    wil_node wil_op_##name(wil_graph *g, wil_node x)                                                         \
    {                                                                                                        \
        return unary(g, WIL_OP_##kind, x, 0.0);                                                              \
    }
#include "willis/ops.def"

static wil_node one_minus(wil_graph *g, wil_node x)
{
    return wil_op_add_scalar(g, wil_op_neg(g, x), 1.0);
}

RULE(abs, wil_op_mul(g, d, wil_op_sign(g, x)))
RULE(tanh, wil_op_mul(g, d, one_minus(g, wil_op_square(g, y))))
RULE(sigmoid, wil_op_mul(g, d, wil_op_mul(g, y, one_minus(g, y))))
RULE(softplus, wil_op_mul(g, d, wil_op_sigmoid(g, x)))
RULE(exp, wil_op_mul(g, d, y))
RULE(log, wil_op_div(g, d, x))
RULE(sqrt, wil_op_scale(g, wil_op_div(g, d, y), 0.5))
RULE(reciprocal, wil_op_neg(g, wil_op_mul(g, d, wil_op_square(g, y))))

/* ---- with a scalar ------------------------------------------------------------------------------------ */

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

RULE(scale, wil_op_scale(g, d, a))

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

RULE(add_scalar, d)

wil_node wil_op_leaky_relu(wil_graph *g, wil_node x, double slope)
{
    return unary(g, WIL_OP_LEAKY_RELU, x, slope);
}

/* The result is positive where the input is, unless the slope is negative. Reading the result lets go of the
 * input: mostly the result is kept anyway, for the next convolution. */
RULE(leaky_relu, wil_op_mul(g, d, wil_op_step(g, a < 0 ? x : y, a)))

wil_node wil_op_relu(wil_graph *g, wil_node x)
{
    return wil_op_leaky_relu(g, x, 0.0);
}

wil_node wil_op_step(wil_graph *g, wil_node x, double low)
{
    return unary(g, WIL_OP_STEP, x, low);
}

wil_node wil_op_square(wil_graph *g, wil_node x)
{
    return wil_op_mul(g, x, x);
}

wil_node wil_op_stop_gradient(wil_graph *g, wil_node x)
{
    return unary(g, WIL_OP_STOP_GRADIENT, x, 0.0);
}
