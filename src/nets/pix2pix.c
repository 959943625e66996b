/* pix2pix [Isola2017] as the study has it, chapter 7, section 2.3: a U-Net from a slice's time points to a
 * map, and a discriminator of patches.
 *
 * "The original U-Net generator as proposed in the paper" has no norm on its first and last down layer; at
 * 128x128 the latter holds 2x2 pixels. Its code bends the skip tensors in place with the leaky ReLU that
 * follows; as every skip meets a ReLU before anything else, and ReLU(leaky(x)) = ReLU(x), that changes
 * nothing. Kernel 4 and stride 2 are the text's for the discriminator too, the last layer included. */
#include <stdio.h>

#include "nets_pix2pix.h"

enum { N_LEVELS = 6, N_DROPOUT = 3, UNIT = 1 << N_LEVELS };

wil_pix2pix_config wil_pix2pix_config_default(void)
{
    return (wil_pix2pix_config){.height = 128,
        .width = 128,
        .time_points = 80,
        .filters = 16,
        .time_filters = 16,
        .discriminator_filters = 64};
}

wil_status wil_pix2pix_config_check(const wil_pix2pix_config *config)
{
    WIL_REQUIRE(config->height >= UNIT && config->height % UNIT == 0 && config->width >= UNIT &&
                    config->width % UNIT == 0,
        WIL_ERR_ARG,
        "a slice of %d x %d cannot be halved six times: both sides must be multiples of %d, so resample it "
        "(the study: 128 x 128)",
        config->height, config->width, UNIT);
    WIL_TRY(nets_check_count("time_points of pix2pix", config->time_points, 65536, 80));
    WIL_TRY(nets_check_count("filters of pix2pix", config->filters, 1024, 16));
    WIL_TRY(nets_check_count("discriminator_filters of pix2pix", config->discriminator_filters, 1024, 64));
    WIL_REQUIRE(config->dropout >= 0.0 && config->dropout < 1.0, WIL_ERR_ARG,
        "dropout of pix2pix is %g but must be at least 0 and below 1 (the study: 0)", config->dropout);
    return WIL_OK;
}

/* n, 2n, 4n, 8n, 8n, 8n */
static int64_t level_filters(const wil_pix2pix_config *config, int level)
{
    return (int64_t)config->filters << (level < 3 ? level : 3);
}

/* Leaky ReLU, convolution, norm: level 0 is the outermost. */
static wil_node down(
    wil_nn *nn, const pix2pix_place *place, int level, wil_node h, const wil_pix2pix_config *config)
{
    char name[64];
    const wil_nn_conv_config layer = {
        .out = level_filters(config, level), .kernel = 4, .stride = 2, .pad = 1};
    if (level > 0)
        h = wil_op_leaky_relu(nn->graph, h, 0.2);
    snprintf(name, sizeof name, "%sdown%d.conv", place->prefix, level + 1);
    h = wil_nn_conv(nn, name, h, &layer);
    if (level == 0 || level == N_LEVELS - 1)
        return h;
    snprintf(name, sizeof name, "%sdown%d.norm", place->prefix, level + 1);
    return wil_nn_batch_norm(nn, name, h, config->norm_scale, place->stats);
}

/* ReLU, transposed convolution, norm, dropout; the outermost one ends with its convolution. */
static wil_node up(
    wil_nn *nn, const pix2pix_place *place, int level, wil_node h, const wil_pix2pix_config *config)
{
    char name[64];
    const bool outermost = level == 0;
    const wil_nn_conv_config layer = {.out = outermost ? 1 : level_filters(config, level - 1),
        .kernel = 4,
        .stride = 2,
        .pad = 1,
        .bias = outermost};
    snprintf(name, sizeof name, "%sup%d.conv", place->prefix, level + 1);
    h = wil_nn_conv_transpose(nn, name, wil_op_relu(nn->graph, h), &layer);
    if (outermost)
        return h;
    snprintf(name, sizeof name, "%sup%d.norm", place->prefix, level + 1);
    h = wil_nn_batch_norm(nn, name, h, config->norm_scale, place->stats);
    return level < N_LEVELS - N_DROPOUT ? h : wil_nn_dropout(nn, h, config->dropout, 1u + (unsigned)level);
}

wil_node pix2pix_unet(wil_nn *nn, const pix2pix_place *place, wil_node x, const wil_pix2pix_config *config)
{
    wil_node skip[N_LEVELS];
    wil_node h = x;
    for (int level = 0; level < N_LEVELS; level++)
        skip[level] = h = down(nn, place, level, h, config); /* [N,H/2^(level+1),W/2^(level+1),C] */
    for (int level = N_LEVELS - 1; level >= 0; level--) {
        if (level < N_LEVELS - 1)
            h = wil_op_concat(nn->graph, skip[level], h, 3);
        h = up(nn, place, level, h, config); /* [N,H/2^level,W/2^level,C] */
    }
    return wil_op_tanh(nn->graph, h); /* [N,H,W,1] */
}

wil_node wil_nets_pix2pix_generator(
    wil_nn *nn, wil_node source, const wil_pix2pix_config *config, wil_nn_stats *stats)
{
    const wil_shape expected = {.rank = 4, .dim = {0, config->height, config->width, config->time_points}};
    if (wil_graph_status(nn->graph) != WIL_OK || nets_refused(nn, wil_pix2pix_config_check(config)) ||
        nets_shape_differs(nn, "the source slice of pix2pix", source, expected))
        return WIL_NODE_NONE;
    const pix2pix_place place = {.prefix = "", .stats = stats};
    return pix2pix_unet(nn, &place, source, config);
}
