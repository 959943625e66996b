/* The vessel segmentation U-Net of [Livne2019], the study's measure of what generated patches are worth. */
#include <stdio.h>

#include "nets_internal.h"

enum { MAX_LEVELS = 8 };

wil_unet_config wil_unet_config_default(void)
{
    return (wil_unet_config){.filters = 32, .levels = 5, .dropout = 0.1, .n_spatial = 2};
}

wil_unet_config wil_unet3d_config_default(void)
{
    return (wil_unet_config){.filters = 16, .levels = 4, .n_spatial = 3, .batch_norm = true};
}

static wil_status check_numbers(const wil_unet_config *config)
{
    WIL_REQUIRE(config->filters >= 1 && config->filters <= 4096, WIL_ERR_ARG,
        "U-Net filters is %d but must be between 1 and 4096 (the study: 32)", config->filters);
    WIL_REQUIRE(config->levels >= 1 && config->levels <= MAX_LEVELS, WIL_ERR_ARG,
        "U-Net levels is %d but must be between 1 and %d (the study: 5)", config->levels, MAX_LEVELS);
    WIL_REQUIRE(config->dropout >= 0.0 && config->dropout < 1.0, WIL_ERR_ARG,
        "U-Net dropout is %g but must be at least 0 and below 1", config->dropout);
    WIL_REQUIRE(config->n_spatial == 2 || config->n_spatial == 3, WIL_ERR_ARG,
        "U-Net n_spatial is %d but must be 2 or 3", config->n_spatial);
    return WIL_OK;
}

static wil_status check_side(const wil_unet_config *config, long long side)
{
    int unit = 1 << (config->levels - 1);
    WIL_REQUIRE(side >= unit && side % unit == 0, WIL_ERR_ARG,
        "a side of %lld cannot be halved %d times: it must be a multiple of %d, or use fewer levels", side,
        config->levels - 1, unit);
    return WIL_OK;
}

wil_status wil_unet_config_check(const wil_unet_config *config, int height, int width)
{
    WIL_TRY(check_numbers(config));
    WIL_TRY(check_side(config, height));
    return check_side(config, width);
}

wil_status wil_unet3d_config_check(const wil_unet_config *config, int depth, int height, int width)
{
    WIL_TRY(check_numbers(config));
    WIL_REQUIRE(config->n_spatial == 3, WIL_ERR_ARG,
        "a U-Net for volumes has n_spatial 3, but this one has %d", config->n_spatial);
    WIL_TRY(check_side(config, depth));
    WIL_TRY(check_side(config, height));
    return check_side(config, width);
}

/* A level's place: "down1" or "up1", its width, and the key of its random numbers. */
typedef struct unet_level {
    char side[16];
    int64_t filters;
    uint64_t key;
    wil_nn_stats *stats;
} unet_level;

static wil_nn_conv_config layer_of(const unet_level *level, const wil_unet_config *config)
{
    /* variance is kept through ReLU layers [He2015]; a batch norm takes a bias away */
    return (wil_nn_conv_config){.out = level->filters,
        .kernel = 3,
        .pad = 1,
        .bias = !config->batch_norm,
        .init = {WIL_INIT_KAIMING, 0.0, 0.0}};
}

/* The batch norm of convolution `which` (1 or 2) of a level. */
static wil_node norm(
    wil_nn *nn, const unet_level *level, int which, wil_node h, const wil_unet_config *config)
{
    char name[32];
    snprintf(name, sizeof name, "%s.norm%d", level->side, which);
    return config->batch_norm ? wil_nn_batch_norm(nn, name, h, (wil_init){0}, level->stats) : h;
}

/* All of a level behind its first convolution. */
static wil_node rest_of_level(wil_nn *nn, const unet_level *level, wil_node h, const wil_unet_config *config)
{
    char name[32];
    const wil_nn_conv_config layer = layer_of(level, config);
    /* a mask is never negative, so ReLU may come behind it: then only its result is kept for the way back */
    h = wil_nn_dropout(nn, norm(nn, level, 1, h, config), config->dropout, level->key);
    snprintf(name, sizeof name, "%s.conv2", level->side);
    h = wil_nn_conv(nn, name, wil_op_relu(nn->graph, h), &layer);
    return wil_op_relu(nn->graph, norm(nn, level, 2, h, config));
}

static wil_status check_input(wil_nn *nn, wil_node x, const wil_unet_config *config)
{
    WIL_REQUIRE(x >= 0, WIL_ERR_ARG, "the U-Net was given no input node");
    WIL_TRY(check_numbers(config));
    const wil_shape shape = wil_graph_shape(nn->graph, x);
    WIL_REQUIRE(shape.rank == config->n_spatial + 2, WIL_ERR_ARG,
        "a U-Net of %d spatial axes was given an image of rank %d", config->n_spatial, shape.rank);
    for (int i = 0; i < config->n_spatial; i++)
        WIL_TRY(check_side(config, (long long)shape.dim[1 + i]));
    return WIL_OK;
}

wil_node wil_nets_unet_with_stats(wil_nn *nn, wil_node x, const wil_unet_config *config, wil_nn_stats *stats)
{
    static const int64_t two[3] = {2, 2, 2};
    if (wil_graph_status(nn->graph) != WIL_OK || nets_refused(nn, check_input(nn, x, config)))
        return WIL_NODE_NONE;
    wil_node skip[MAX_LEVELS];
    char name[32];
    wil_node h = x;
    for (int i = 0; i < config->levels; i++) {
        unet_level level = {
            .filters = (int64_t)config->filters << i, .key = 1u + (unsigned)i, .stats = stats};
        const wil_nn_conv_config layer = layer_of(&level, config);
        snprintf(level.side, sizeof level.side, "down%d", i + 1);
        snprintf(name, sizeof name, "%s.conv1", level.side);
        if (i > 0)
            h = wil_op_max_pool(nn->graph, h, two);
        skip[i] = h = rest_of_level(nn, &level, wil_nn_conv(nn, name, h, &layer), config);
        /* [N,H/2^i,W/2^i,f 2^i] */
    }
    for (int i = config->levels - 2; i >= 0; i--) {
        unet_level level = {
            .filters = (int64_t)config->filters << i, .key = 1u + MAX_LEVELS + (unsigned)i, .stats = stats};
        const wil_nn_conv_config layer = layer_of(&level, config);
        snprintf(level.side, sizeof level.side, "up%d", i + 1);
        snprintf(name, sizeof name, "%s.conv1", level.side);
        h = rest_of_level(nn, &level, wil_nn_conv_skip_up(nn, name, skip[i], h, &layer), config);
    }
    wil_nn_conv_config last = {.out = 1, .kernel = 1, .bias = true, .init = {.kind = WIL_INIT_GLOROT}};
    return wil_nn_conv(nn, "out", h, &last); /* [N,H,W,1] logits */
}

wil_node wil_nets_unet(wil_nn *nn, wil_node x, const wil_unet_config *config)
{
    return wil_nets_unet_with_stats(nn, x, config, NULL);
}
