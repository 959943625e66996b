/* Linear layers: between vectors, from a vector to an activation, from an activation to a vector. */
#include "nn_internal.h"

wil_node wil_nn_linear(
    wil_nn *nn, const char *name, wil_node x, int64_t out, bool bias, bool spectral, wil_init init)
{
    if (nn_cannot_build(nn, x, name))
        return WIL_NODE_NONE;
    wil_shape in = wil_graph_shape(nn->graph, x);
    if (in.rank != 2 || out < 1)
        return wil_graph_fail(nn->graph, "layer %s needs [N,I] and at least 1 output", name);
    wil_shape shape = {.rank = 2, .dim = {out, in.dim[1]}};
    const nn_spec spec = nn_conv_spec(shape, in.dim[1], out, init);
    wil_node w = nn_weight_node(nn, name, &spec, spectral);
    wil_node y = wil_op_matmul(nn->graph, x, w, false, true);
    return bias ? nn_add_bias(nn, name, y, out) : y;
}

wil_node wil_nn_linear_to_space(wil_nn *nn, const char *name, wil_node x, const int64_t *spatial,
    int n_spatial, int64_t out, wil_init init)
{
    if (nn_cannot_build(nn, x, name))
        return WIL_NODE_NONE;
    wil_graph *g = nn->graph;
    const wil_shape in = wil_graph_shape(g, x);
    if (in.rank != 2 || n_spatial < 1 || n_spatial > 3 || out < 1)
        return wil_graph_fail(g, "layer %s needs [N,I], 1 to 3 spatial axes and at least 1 channel", name);
    const int64_t length = in.dim[1];
    wil_shape shape = {.rank = n_spatial + 2}; /* [S..,C,I] */
    for (int i = 0; i < n_spatial; i++)
        shape.dim[i] = spatial[i];
    shape.dim[n_spatial] = out;
    shape.dim[n_spatial + 1] = length;
    const int64_t n_out = wil_shape_count(shape) / length;
    const nn_spec weight = {
        .shape = shape, .layout = WIL_LAYOUT_TO_SPACE, .init = init, .fan_in = length, .fan_out = n_out};
    shape.rank--;
    const nn_spec bias = {.shape = shape, .role = WIL_PARAM_WEIGHT, .layout = WIL_LAYOUT_SPACE_VECTOR};
    wil_node w = nn_weight_node(nn, name, &weight, false);
    wil_node b = nn_param_node(nn, name, "bias", &bias, NULL);
    if (wil_graph_status(g) != WIL_OK)
        return WIL_NODE_NONE;
    const wil_shape matrix = {.rank = 2, .dim = {n_out, length}}, row = {.rank = 2, .dim = {1, n_out}};
    wil_node y = wil_op_matmul(g, x, wil_op_reshape(g, w, matrix), false, true); /* [N, S.. C] */
    y = wil_op_add(g, y, wil_op_reshape(g, b, row));
    wil_shape activation = {.rank = n_spatial + 2, .dim = {in.dim[0]}};
    for (int i = 0; i <= n_spatial; i++)
        activation.dim[1 + i] = shape.dim[i];
    return wil_op_reshape(g, y, activation);
}

wil_node wil_nn_linear_from_space(
    wil_nn *nn, const char *name, wil_node x, int64_t out, bool spectral, wil_init init)
{
    if (nn_cannot_build(nn, x, name))
        return WIL_NODE_NONE;
    wil_shape shape = wil_graph_shape(nn->graph, x);
    if (shape.rank < 3 || out < 1)
        return wil_graph_fail(nn->graph, "layer %s needs [N, spatial axes, C] and at least 1 output", name);
    const int64_t length = wil_shape_count(shape) / shape.dim[0];
    shape.dim[0] = out; /* [O,S..,C] */
    const nn_spec spec = {
        .shape = shape, .layout = WIL_LAYOUT_FROM_SPACE, .init = init, .fan_in = length, .fan_out = out};
    wil_node w = nn_weight_node(nn, name, &spec, spectral);
    wil_node y = wil_op_matmul(nn->graph, nn_flatten(nn->graph, x), nn_flatten(nn->graph, w), false, true);
    return nn_add_bias(nn, name, y, out);
}
