/* Pooling by overlapping windows of 3, one axis after another.
 *
 * The engine's own pooling takes windows side by side. Feature extractors have a handful of overlapping ones,
 * which cost little beside their convolutions, so they are made of shifts, sums and ReLUs. */
#include "nets_pool.h"

/* x with a zero at both ends of an axis. */
static wil_node padded(wil_graph *g, wil_node x, int axis)
{
    const int64_t size = wil_graph_status(g) == WIL_OK ? wil_graph_shape(g, x).dim[axis] : 1;
    return wil_op_embed(g, x, axis, 1, size + 2);
}

/* Elements begin, begin + 1, .. of the axis, as many as windows of 3 of stride 1 there are. */
static wil_node shifted(wil_graph *g, wil_node x, int axis, int64_t begin)
{
    const int64_t size = wil_graph_status(g) == WIL_OK ? wil_graph_shape(g, x).dim[axis] : 3;
    if (size < 3)
        return wil_graph_fail(g, "a side of %lld is too small for windows of 3", (long long)size);
    return wil_op_slice(g, x, axis, begin, size - 2);
}

/* ---- average ------------------------------------------------------------------------------------------ */

static wil_node sum3(wil_graph *g, wil_node x, int n_spatial)
{
    for (int axis = 1; axis <= n_spatial; axis++) {
        x = padded(g, x, axis);
        x = wil_op_add(
            g, wil_op_add(g, shifted(g, x, axis, 0), shifted(g, x, axis, 1)), shifted(g, x, axis, 2));
    }
    return x;
}

wil_node nets_average_pool3(wil_graph *g, wil_node x, bool count_pad)
{
    if (wil_graph_status(g) != WIL_OK)
        return WIL_NODE_NONE;
    wil_shape shape = wil_graph_shape(g, x);
    const int n_spatial = shape.rank - 2;
    const wil_node sum = sum3(g, x, n_spatial);
    if (count_pad)
        return wil_op_scale(g, sum, n_spatial == 3 ? 1.0 / 27 : n_spatial == 2 ? 1.0 / 9 : 1.0 / 3);
    shape.dim[0] = shape.dim[shape.rank - 1] = 1;
    const wil_node inside = sum3(g, wil_op_fill(g, shape, 1), n_spatial);
    return wil_op_mul(g, sum, wil_op_reciprocal(g, inside));
}

/* ---- maximum ------------------------------------------------------------------------------------------ */

/* max(a, b) = a + ReLU(b - a); right to the rounding of b - a. */
static wil_node larger(wil_graph *g, wil_node a, wil_node b)
{
    return wil_op_add(g, a, wil_op_relu(g, wil_op_sub(g, b, a)));
}

/* Every second element of each spatial axis, from the first. Where all of a window are equal, the position of
 * its maximum is the first, so picking h there by constants is what is asked for. */
static wil_node every_second(wil_graph *g, wil_node h)
{
    static const int64_t two[3] = {2, 2, 2};
    if (wil_graph_status(g) != WIL_OK)
        return WIL_NODE_NONE;
    for (int axis = 1; axis < wil_graph_shape(g, h).rank - 1; axis++) {
        const int64_t size = wil_graph_shape(g, h).dim[axis];
        if (size % 2 == 1)
            h = wil_op_embed(g, h, axis, 0, size + 1);
    }
    return wil_op_pool_gather(g, h, wil_op_fill(g, wil_graph_shape(g, h), 0), two);
}

wil_node nets_max_pool3(wil_graph *g, wil_node x, int64_t stride, int64_t pad)
{
    if (wil_graph_status(g) != WIL_OK)
        return WIL_NODE_NONE;
    const int n_spatial = wil_graph_shape(g, x).rank - 2;
    for (int axis = 1; axis <= n_spatial; axis++) {
        x = pad == 1 ? padded(g, x, axis) : x;
        x = larger(g, larger(g, shifted(g, x, axis, 0), shifted(g, x, axis, 1)), shifted(g, x, axis, 2));
    }
    return stride == 2 ? every_second(g, x) : x;
}
