/* Spectral normalisation [Miyato2018, algorithm 1]: the weight, as a matrix [O, rest], over its largest
 * singular value, estimated by one power iteration per step that starts where the last one ended. */
#include <stdio.h>

#include "nn_internal.h"

/* PyTorch's guard against a zero vector is max(|v|, 1e-12); under the root it has a derivative everywhere. */
static wil_node unit_vector(wil_graph *g, wil_node v)
{
    wil_node length2 = wil_op_sum(g, wil_op_square(g, v), 3u);
    wil_node length = wil_op_sqrt(g, wil_op_add_scalar(g, length2, 1e-24));
    return wil_op_div(g, v, length);
}

static void record(wil_nn *nn, const wil_param *state, wil_node u)
{
    wil_nn_power *power = nn->power;
    for (int i = 0; i < power->n; i++)
        if (power->name[i] == state->name)
            return; /* the layer is used again in this graph: the same nodes */
    if (power->n >= NN_LIST_MAX) {
        wil_graph_fail(nn->graph, "%s: at most %d spectral layers can be followed", state->name, NN_LIST_MAX);
        return;
    }
    power->u[power->n] = wil_op_reshape(nn->graph, u, state->shape);
    power->name[power->n++] = state->name;
}

wil_node wil_nn_spectral_weight(wil_nn *nn, const char *weight_name, wil_node weight)
{
    if (nn_cannot_build(nn, weight, weight_name))
        return WIL_NODE_NONE;
    wil_graph *g = nn->graph;
    wil_shape shape = wil_graph_shape(g, weight);
    if (shape.rank < 2)
        return wil_graph_fail(g, "spectral norm of %s needs a weight [O, rest..]", weight_name);
    int64_t rows = shape.dim[0];
    nn_spec spec = {.shape = nn_vector_shape(rows), .role = WIL_PARAM_STATE, .init = {.kind = WIL_INIT_UNIT}};
    const wil_param *state = NULL;
    /* "conv1.weight" + "_u": the layer is what stands before the last dot */
    char layer[NN_NAME_MAX], suffix[NN_NAME_MAX];
    const char *dot = NULL;
    for (const char *c = weight_name; *c != 0; c++)
        dot = *c == '.' ? c : dot;
    if (dot == NULL ||
        snprintf(layer, sizeof layer, "%.*s", (int)(dot - weight_name), weight_name) >= NN_NAME_MAX)
        return wil_graph_fail(g, "%s is not a weight's name such as conv1.weight", weight_name);
    snprintf(suffix, sizeof suffix, "%s_u", dot + 1);
    wil_node stored = nn_param_node(nn, layer, suffix, &spec, &state);
    if (stored == WIL_NODE_NONE)
        return WIL_NODE_NONE;

    wil_shape matrix = {.rank = 2, .dim = {rows, wil_shape_count(shape) / rows}};
    wil_shape column = {.rank = 2, .dim = {rows, 1}};
    wil_node w = wil_op_reshape(g, weight, matrix);
    wil_node fixed = wil_op_stop_gradient(g, w);
    wil_node u = wil_op_reshape(g, stored, column);                                                /* [O,1] */
    wil_node v = unit_vector(g, wil_op_matmul(g, fixed, wil_op_stop_gradient(g, u), true, false)); /* [R,1] */
    u = unit_vector(g, wil_op_matmul(g, fixed, v, false, false));
    wil_node sigma = wil_op_matmul(g, u, wil_op_matmul(g, w, v, false, false), true, false); /* [1,1] */
    if (nn->power != NULL)
        record(nn, state, u);
    return wil_op_reshape(g, wil_op_div(g, w, sigma), shape);
}
