/* Batch, instance and group normalisation, and dropout. */
#include <stdio.h>

#include "nn_internal.h"

static const wil_init SCALE_INIT = {WIL_INIT_NORMAL, 1.0, 0.02};
static const double EPS_NUM = 1e-5; /* PyTorch's */

/* y * weight + bias, per channel. */
static wil_node scale_and_shift(wil_nn *nn, const char *name, wil_node y, wil_init scale_init)
{
    if (nn_cannot_build(nn, y, name))
        return WIL_NODE_NONE;
    wil_shape shape = wil_graph_shape(nn->graph, y);
    nn_spec spec = {.shape = nn_vector_shape(shape.dim[shape.rank - 1]),
        .role = WIL_PARAM_WEIGHT,
        .init = nn_init_or(scale_init, SCALE_INIT)};
    wil_node scale = nn_param_node(nn, name, "weight", &spec, NULL);
    spec.init = (wil_init){WIL_INIT_CONSTANT, 0.0, 0.0};
    wil_node shift = nn_param_node(nn, name, "bias", &spec, NULL);
    y = wil_op_mul(nn->graph, y, nn_channel_vector(nn->graph, scale, shape.rank));
    return wil_op_add(nn->graph, y, nn_channel_vector(nn->graph, shift, shape.rank));
}

static wil_node state_node(wil_nn *nn, const char *name, const char *suffix, int64_t channels, double value)
{
    nn_spec spec = {
        .shape = nn_vector_shape(channels), .role = WIL_PARAM_STATE, .init = {WIL_INIT_CONSTANT, value, 0.0}};
    return nn_param_node(nn, name, suffix, &spec, NULL);
}

static void append_stats(wil_nn *nn, const char *name, wil_node x, uint32_t axes, wil_nn_stats *stats)
{
    wil_graph *g = nn->graph;
    if (wil_graph_status(g) != WIL_OK)
        return;
    if (stats->n >= NN_LIST_MAX) {
        wil_graph_fail(
            g, "layer %s: statistics of at most %d batch norms can be followed", name, NN_LIST_MAX);
        return;
    }
    char full[NN_NAME_MAX];
    const char *prefix = nn->prefix != NULL ? nn->prefix : "";
    const char *kept = NULL;
    snprintf(full, sizeof full, "%s%s%s", prefix, prefix[0] != 0 ? "." : "", name);
    if (nn_params_keep_text(nn->params, full, &kept) != WIL_OK) {
        wil_graph_fail(g, "layer %s: out of memory for its name", name);
        return;
    }
    wil_shape shape = wil_graph_shape(g, x);
    wil_shape channels = nn_vector_shape(shape.dim[shape.rank - 1]);
    wil_node mean = wil_op_mean(g, x, axes);
    wil_node var = wil_op_mean(g, wil_op_square(g, wil_op_sub(g, x, mean)), axes);
    stats->mean[stats->n] = wil_op_reshape(g, mean, channels);
    stats->var[stats->n] = wil_op_reshape(g, var, channels);
    stats->name[stats->n++] = kept;
}

wil_node wil_nn_batch_norm(wil_nn *nn, const char *name, wil_node x, wil_init scale_init, wil_nn_stats *stats)
{
    if (nn_cannot_build(nn, x, name))
        return WIL_NODE_NONE;
    wil_graph *g = nn->graph;
    wil_shape shape = wil_graph_shape(g, x);
    if (shape.rank < 2)
        return wil_graph_fail(g, "layer %s needs [N, .., C]", name);
    uint32_t axes = (1u << (shape.rank - 1)) - 1u; /* all but the channels */
    int64_t channels = shape.dim[shape.rank - 1];
    wil_node mean = state_node(nn, name, "running_mean", channels, 0.0);
    wil_node var = state_node(nn, name, "running_var", channels, 1.0);
    wil_node y;
    if (nn->training) {
        y = wil_op_normalize(g, x, axes, EPS_NUM);
        if (stats != NULL)
            append_stats(nn, name, x, axes, stats);
    } else {
        wil_node spread = wil_op_reciprocal(g, wil_op_sqrt(g, wil_op_add_scalar(g, var, EPS_NUM)));
        y = wil_op_sub(g, x, nn_channel_vector(g, mean, shape.rank));
        y = wil_op_mul(g, y, nn_channel_vector(g, spread, shape.rank));
    }
    return scale_and_shift(nn, name, y, scale_init);
}

wil_node wil_nn_instance_norm(wil_nn *nn, wil_node x)
{
    if (nn_cannot_build(nn, x, "instance norm"))
        return WIL_NODE_NONE;
    wil_shape shape = wil_graph_shape(nn->graph, x);
    if (shape.rank < 3)
        return wil_graph_fail(nn->graph, "instance norm needs [N, spatial axes, C]");
    uint32_t axes = ((1u << (shape.rank - 1)) - 1u) & ~1u; /* space: neither N nor C */
    return wil_op_normalize(nn->graph, x, axes, EPS_NUM);
}

wil_node wil_nn_group_norm(wil_nn *nn, const char *name, wil_node x, int64_t groups, wil_init scale_init)
{
    if (nn_cannot_build(nn, x, name))
        return WIL_NODE_NONE;
    wil_shape shape = wil_graph_shape(nn->graph, x);
    int64_t channels = shape.rank > 0 ? shape.dim[shape.rank - 1] : 0;
    if (shape.rank < 2 || shape.rank >= WIL_MAX_RANK || groups < 1 || channels % groups != 0)
        return wil_graph_fail(nn->graph, "layer %s: %lld channels do not divide into %lld groups", name,
            (long long)channels, (long long)groups);
    wil_shape split = shape; /* [N,S..,G,C/G] */
    split.dim[split.rank - 1] = groups;
    split.dim[split.rank++] = channels / groups;
    uint32_t all = (1u << split.rank) - 1u;
    uint32_t axes = all & ~1u & ~(1u << (split.rank - 2)); /* neither N nor G */
    wil_node y = wil_op_normalize(nn->graph, wil_op_reshape(nn->graph, x, split), axes, EPS_NUM);
    return scale_and_shift(nn, name, wil_op_reshape(nn->graph, y, shape), scale_init);
}

wil_node wil_nn_dropout(wil_nn *nn, wil_node x, double drop_probability, uint64_t key)
{
    if (nn_cannot_build(nn, x, "dropout"))
        return WIL_NODE_NONE;
    if (!(drop_probability >= 0.0 && drop_probability < 1.0))
        return wil_graph_fail(
            nn->graph, "dropout with probability %g: it must be at least 0 and below 1", drop_probability);
    if (!nn->training || drop_probability == 0.0)
        return x;
    wil_shape shape = wil_graph_shape(nn->graph, x);
    return wil_op_mul(nn->graph, x, wil_op_keep_mask(nn->graph, shape, drop_probability, key));
}
