/* The vessel segmentation U-Net of [Livne2019], the study's measure of what generated patches are worth. */
#include <stdio.h>

#include "willis/nets.h"

enum { MAX_LEVELS = 8 };

wil_unet_config wil_unet_config_default(void)
{
    return (wil_unet_config){.filters = 32, .levels = 5, .dropout = 0.1, .n_spatial = 2};
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

/* Two convolutions with ReLU, dropout between them. side: "down1", "up1"; key: this place's random numbers.
 */
static wil_node double_conv(
    wil_nn *nn, const char *side, wil_node x, int64_t filters, double dropout, uint64_t key)
{
    /* variance is kept through ReLU layers [He2015] */
    wil_nn_conv_config layer = {
        .out = filters, .kernel = 3, .pad = 1, .bias = true, .init = {WIL_INIT_KAIMING, 0.0, 0.0}};
    char name[32];
    snprintf(name, sizeof name, "%s.conv1", side);
    x = wil_op_relu(nn->graph, wil_nn_conv(nn, name, x, &layer));
    x = wil_nn_dropout(nn, x, dropout, key);
    snprintf(name, sizeof name, "%s.conv2", side);
    return wil_op_relu(nn->graph, wil_nn_conv(nn, name, x, &layer));
}

static bool input_is_impossible(wil_nn *nn, wil_node x, const wil_unet_config *config)
{
    if (wil_graph_status(nn->graph) != WIL_OK)
        return true;
    wil_status status =
        x >= 0 ? check_numbers(config) : wil_fail(WIL_ERR_ARG, "the U-Net was given no input node");
    if (status == WIL_OK) {
        wil_shape shape = wil_graph_shape(nn->graph, x);
        if (shape.rank != config->n_spatial + 2)
            status = wil_fail(WIL_ERR_ARG, "a U-Net of %d spatial axes was given an image of rank %d",
                config->n_spatial, shape.rank);
        for (int i = 0; status == WIL_OK && i < config->n_spatial; i++)
            status = check_side(config, (long long)shape.dim[1 + i]);
    }
    if (status == WIL_OK)
        return false;
    char reason[256]; /* a copy, as the graph records its own message in the same place */
    snprintf(reason, sizeof reason, "%s", wil_status_message());
    wil_graph_fail(nn->graph, "%s", reason);
    return true;
}

wil_node wil_nets_unet(wil_nn *nn, wil_node x, const wil_unet_config *config)
{
    static const int64_t two[3] = {2, 2, 2};
    if (input_is_impossible(nn, x, config))
        return WIL_NODE_NONE;
    wil_graph *g = nn->graph;
    wil_node skip[MAX_LEVELS];
    char side[16];
    wil_node h = x;
    for (int level = 0; level < config->levels; level++) {
        if (level > 0)
            h = wil_op_max_pool(g, h, two);
        snprintf(side, sizeof side, "down%d", level + 1);
        h = double_conv(
            nn, side, h, (int64_t)config->filters << level, config->dropout, 1u + (unsigned)level);
        skip[level] = h; /* [N,H/2^level,W/2^level,f 2^level] */
    }
    for (int level = config->levels - 2; level >= 0; level--) {
        h = wil_op_concat(g, skip[level], wil_op_upsample(g, h, two), config->n_spatial + 1);
        snprintf(side, sizeof side, "up%d", level + 1);
        h = double_conv(nn, side, h, (int64_t)config->filters << level, config->dropout,
            1u + MAX_LEVELS + (unsigned)level);
    }
    wil_nn_conv_config last = {.out = 1, .kernel = 1, .bias = true, .init = {.kind = WIL_INIT_GLOROT}};
    return wil_nn_conv(nn, "out", h, &last); /* [N,H,W,1] logits */
}
