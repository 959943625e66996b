/* The convolution triple. With <y, conv(x, w)> read as one trilinear form of x, w and y, each operation is
 * its derivative with respect to one argument, so their derivatives are made of each other. */
#include "graph_internal.h"

#include <string.h>

wil_node_info graph_describe_conv(wil_op_kind kind, wil_shape shape, wil_node a, wil_node b, int n_spatial,
    const int64_t *kernel, const int64_t *stride, const int64_t *pad)
{
    wil_node_info info = graph_describe(kind, shape, a, b);
    info.attr.n_spatial = n_spatial;
    for (int i = 0; i < n_spatial; i++) {
        info.attr.kernel[i] = kernel[i];
        info.attr.stride[i] = stride[i];
        info.attr.pad[i] = pad[i];
    }
    return info;
}

/* Spatial size of conv's result along one axis; 0 if the kernel does not fit. */
static int64_t conv_size(int64_t size, int64_t kernel, int64_t stride, int64_t pad)
{
    const int64_t room = size + 2 * pad - kernel;
    return room < 0 || stride < 1 || pad < 0 || pad >= kernel ? 0 : room / stride + 1;
}

static wil_node refuse(wil_graph *g, wil_op_kind kind, wil_shape a, wil_shape b, const char *why)
{
    return wil_graph_fail(
        g, "%s of %s and %s: %s", wil_op_name(kind), wil_shape_say(a).text, wil_shape_say(b).text, why);
}

wil_node wil_op_conv(wil_graph *g, wil_node x, wil_node w, const int64_t *stride, const int64_t *pad)
{
    if (!graph_has(g, x, WIL_OP_CONV) || !graph_has(g, w, WIL_OP_CONV))
        return WIL_NODE_NONE;
    const wil_shape sx = g->nodes[x].shape; /* [N,S..,I] */
    const wil_shape sw = g->nodes[w].shape; /* [O,K..,I] */
    const int n_spatial = sx.rank - 2;
    if (sx.rank != sw.rank || n_spatial < 1 || n_spatial > 3)
        return refuse(
            g, WIL_OP_CONV, sx, sw, "expected [N,spatial..,I] and [O,kernel..,I] with 1 to 3 spatial axes");
    if (sx.dim[sx.rank - 1] != sw.dim[sw.rank - 1])
        return refuse(g, WIL_OP_CONV, sx, sw, "the numbers of input channels differ");
    wil_shape shape = sx;
    shape.dim[shape.rank - 1] = sw.dim[0];
    for (int i = 0; i < n_spatial; i++) {
        shape.dim[1 + i] = conv_size(sx.dim[1 + i], sw.dim[1 + i], stride[i], pad[i]);
        if (shape.dim[1 + i] < 1)
            return refuse(
                g, WIL_OP_CONV, sx, sw, "the kernel does not fit, or stride or padding is impossible");
    }
    const wil_node_info info =
        graph_describe_conv(WIL_OP_CONV, shape, x, w, n_spatial, sw.dim + 1, stride, pad);
    return graph_append(g, &info);
}

wil_node wil_op_conv_dx(wil_graph *g, wil_node gradient, wil_node w, const int64_t *stride,
    const int64_t *pad, const int64_t *spatial)
{
    if (!graph_has(g, gradient, WIL_OP_CONV_DX) || !graph_has(g, w, WIL_OP_CONV_DX))
        return WIL_NODE_NONE;
    const wil_shape sg = g->nodes[gradient].shape; /* [N,T..,O] */
    const wil_shape sw = g->nodes[w].shape;        /* [O,K..,I] */
    const int n_spatial = sg.rank - 2;
    if (sg.rank != sw.rank || n_spatial < 1 || n_spatial > 3)
        return refuse(g, WIL_OP_CONV_DX, sg, sw,
            "expected [N,spatial..,O] and [O,kernel..,I] with 1 to 3 spatial axes");
    if (sg.dim[sg.rank - 1] != sw.dim[0])
        return refuse(g, WIL_OP_CONV_DX, sg, sw, "the numbers of output channels differ");
    wil_shape shape = sg;
    shape.dim[shape.rank - 1] = sw.dim[sw.rank - 1];
    for (int i = 0; i < n_spatial; i++) {
        shape.dim[1 + i] = spatial[i];
        if (conv_size(spatial[i], sw.dim[1 + i], stride[i], pad[i]) != sg.dim[1 + i])
            return refuse(g, WIL_OP_CONV_DX, sg, sw, "no convolution takes the wanted sizes to these");
    }
    const wil_node_info info =
        graph_describe_conv(WIL_OP_CONV_DX, shape, gradient, w, n_spatial, sw.dim + 1, stride, pad);
    return graph_append(g, &info);
}

wil_node wil_op_conv_dw(wil_graph *g, wil_node x, wil_node gradient, const int64_t *stride,
    const int64_t *pad, const int64_t *kernel)
{
    if (!graph_has(g, x, WIL_OP_CONV_DW) || !graph_has(g, gradient, WIL_OP_CONV_DW))
        return WIL_NODE_NONE;
    const wil_shape sx = g->nodes[x].shape;        /* [N,S..,I] */
    const wil_shape sg = g->nodes[gradient].shape; /* [N,T..,O] */
    const int n_spatial = sx.rank - 2;
    if (sx.rank != sg.rank || n_spatial < 1 || n_spatial > 3 || sx.dim[0] != sg.dim[0])
        return refuse(g, WIL_OP_CONV_DW, sx, sg, "expected [N,spatial..,I] and [N,spatial..,O]");
    wil_shape shape = sx;
    shape.dim[0] = sg.dim[sg.rank - 1];
    for (int i = 0; i < n_spatial; i++) {
        shape.dim[1 + i] = kernel[i];
        if (conv_size(sx.dim[1 + i], kernel[i], stride[i], pad[i]) != sg.dim[1 + i])
            return refuse(
                g, WIL_OP_CONV_DW, sx, sg, "no convolution with this kernel takes one to the other");
    }
    const wil_node_info info =
        graph_describe_conv(WIL_OP_CONV_DW, shape, x, gradient, n_spatial, kernel, stride, pad);
    return graph_append(g, &info);
}

/* ---- derivatives -------------------------------------------------------------------------------------- */

VJP(conv)
{
    const wil_op_attr attr = g->nodes[y].attr;
    const wil_node x = g->nodes[y].inputs[0];
    const wil_node w = g->nodes[y].inputs[1];
    const wil_shape sx = g->nodes[x].shape;
    return which == 0 ? wil_op_conv_dx(g, d_y, w, attr.stride, attr.pad, sx.dim + 1)
                      : wil_op_conv_dw(g, x, d_y, attr.stride, attr.pad, attr.kernel);
}

VJP(conv_dx)
{
    const wil_op_attr attr = g->nodes[y].attr;
    const wil_node gradient = g->nodes[y].inputs[0];
    const wil_node w = g->nodes[y].inputs[1];
    return which == 0 ? wil_op_conv(g, d_y, w, attr.stride, attr.pad)
                      : wil_op_conv_dw(g, d_y, gradient, attr.stride, attr.pad, attr.kernel);
}

VJP(conv_dw)
{
    const wil_op_attr attr = g->nodes[y].attr;
    const wil_node x = g->nodes[y].inputs[0];
    const wil_node gradient = g->nodes[y].inputs[1];
    const wil_shape sx = g->nodes[x].shape;
    return which == 0 ? wil_op_conv_dx(g, gradient, d_y, attr.stride, attr.pad, sx.dim + 1)
                      : wil_op_conv(g, x, d_y, attr.stride, attr.pad);
}

/* ---- adding weight gradients -------------------------------------------------------------------------- */

static int64_t operands_count(const wil_graph *g, const wil_node_info *info)
{
    return wil_shape_count(g->nodes[info->inputs[0]].shape) +
           wil_shape_count(g->nodes[info->inputs[1]].shape);
}

/* conv_dw is a sum over the batch: the sum of two is one over both batches. Worth it where the weights are
 * more than the activations that have to be copied side by side, as in deep layers. */
wil_node graph_join_conv_dw(wil_graph *g, wil_node a, wil_node b)
{
    if (!graph_has(g, a, WIL_OP_CONV_DW) || !graph_has(g, b, WIL_OP_CONV_DW))
        return WIL_NODE_NONE;
    const wil_node_info first = g->nodes[a];
    const wil_node_info second = g->nodes[b];
    if (first.kind != WIL_OP_CONV_DW || second.kind != WIL_OP_CONV_DW || a == b)
        return WIL_NODE_NONE;
    for (int k = 0; k < 2; k++) {
        wil_shape one = g->nodes[first.inputs[k]].shape;
        one.dim[0] = g->nodes[second.inputs[k]].shape.dim[0];
        if (!wil_shape_equal(one, g->nodes[second.inputs[k]].shape))
            return WIL_NODE_NONE;
    }
    if (memcmp(first.attr.kernel, second.attr.kernel, sizeof first.attr.kernel) != 0 ||
        memcmp(first.attr.stride, second.attr.stride, sizeof first.attr.stride) != 0 ||
        memcmp(first.attr.pad, second.attr.pad, sizeof first.attr.pad) != 0 ||
        operands_count(g, &first) + operands_count(g, &second) > wil_shape_count(first.shape))
        return WIL_NODE_NONE;
    return wil_op_conv_dw(g, wil_op_concat(g, first.inputs[0], second.inputs[0], 0),
        wil_op_concat(g, first.inputs[1], second.inputs[1], 0), first.attr.stride, first.attr.pad,
        first.attr.kernel);
}
