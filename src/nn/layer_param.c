/* How layers turn names into parameters and parameters into nodes. */
#include <stdio.h>

#include "nn_internal.h"

bool nn_cannot_build(wil_nn *nn, wil_node x, const char *layer)
{
    if (wil_graph_status(nn->graph) != WIL_OK)
        return true;
    if (x >= 0 && x < wil_graph_size(nn->graph))
        return false;
    wil_graph_fail(nn->graph, "layer %s was given no input node", layer);
    return true;
}

wil_shape nn_vector_shape(int64_t n)
{
    return (wil_shape){.rank = 1, .dim = {n}};
}

wil_node nn_channel_vector(wil_graph *g, wil_node vector, int rank)
{
    if (wil_graph_status(g) != WIL_OK)
        return WIL_NODE_NONE;
    wil_shape shape = {.rank = rank};
    for (int i = 0; i < rank - 1; i++)
        shape.dim[i] = 1;
    shape.dim[rank - 1] = wil_shape_count(wil_graph_shape(g, vector));
    return wil_op_reshape(g, vector, shape);
}

wil_node nn_param_node(
    wil_nn *nn, const char *layer, const char *suffix, const nn_spec *spec, const wil_param **param_out)
{
    if (wil_graph_status(nn->graph) != WIL_OK)
        return WIL_NODE_NONE;
    char name[NN_NAME_MAX];
    const char *prefix = nn->prefix != NULL ? nn->prefix : "";
    int length = snprintf(name, sizeof name, "%s%s%s.%s", prefix, prefix[0] != 0 ? "." : "", layer, suffix);
    if (length < 0 || length >= (int)sizeof name)
        return wil_graph_fail(nn->graph, "the name of parameter %s of layer %s is longer than %d characters",
            suffix, layer, NN_NAME_MAX - 1);
    const wil_param *param = NULL;
    const wil_status status = nn_params_register(nn->params, name, spec, &param);
    if (status != WIL_OK)
        return wil_graph_fail_as(nn->graph, status);
    if (param_out != NULL)
        *param_out = param;
    return wil_graph_param_node(nn->graph, param->name, param->shape);
}
