/* The PatchGAN discriminator of pix2pix: scores of overlapping patches of (source, map). */
#include <stdio.h>

#include "nets_pix2pix.h"

enum { N_LAYERS = 4 };

wil_node pix2pix_source(wil_nn *nn, const char *what, wil_node source, const wil_pix2pix_config *config)
{
    static const int order[] = {0, 2, 3, 1};
    const int t = config->time_points, h = config->height, w = config->width;
    const wil_shape channels = {.rank = 4, .dim = {0, h, w, t}}, series = {.rank = 5, .dim = {0, t, h, w, 1}};
    if (source < 0 || wil_graph_shape(nn->graph, source).rank != 5)
        return nets_shape_differs(nn, what, source, channels) ? WIL_NODE_NONE : source;
    if (nets_shape_differs(nn, what, source, series))
        return WIL_NODE_NONE;
    wil_shape flat = wil_graph_shape(nn->graph, source);
    flat.rank = 4;
    return wil_op_permute(nn->graph, wil_op_reshape(nn->graph, source, flat), order);
}

wil_node wil_nets_patch_discriminator(
    wil_nn *nn, wil_node source, wil_node map, const wil_pix2pix_config *config, wil_nn_stats *stats)
{
    const wil_shape map_shape = {.rank = 4, .dim = {0, config->height, config->width, 1}};
    if (wil_graph_status(nn->graph) != WIL_OK || nets_refused(nn, wil_pix2pix_config_check(config)) ||
        nets_shape_differs(nn, "the discriminator's map", map, map_shape))
        return WIL_NODE_NONE;
    char name[32];
    wil_node h = wil_op_concat(nn->graph, pix2pix_source(nn, "the discriminator's source", source, config),
        map, 3); /* [N,H,W,T+1] */
    for (int i = 0; i < N_LAYERS; i++) {
        const bool has_norm = i > 0 && i < N_LAYERS - 1;
        const wil_nn_conv_config layer = {
            .out = i < N_LAYERS - 1 ? (int64_t)config->discriminator_filters << i : 1,
            .kernel = 4,
            .stride = 2,
            .pad = 1,
            .bias = !has_norm};
        snprintf(name, sizeof name, "layer%d.conv", i + 1);
        h = wil_nn_conv(nn, name, h, &layer);
        snprintf(name, sizeof name, "layer%d.norm", i + 1);
        if (has_norm)
            h = wil_nn_batch_norm(nn, name, h, config->norm_scale, stats);
        if (i < N_LAYERS - 1)
            h = wil_op_leaky_relu(nn->graph, h, 0.2);
    }
    return h; /* [N,H/16,W/16,1] logits */
}
