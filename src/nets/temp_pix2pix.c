/* temp-pix2pix, the study's chapter 7: six convolutions over time alone reduce a slice's time points to one
 * image of features, from which the U-Net of pix2pix makes the map. */
#include <stdio.h>

#include "nets_pix2pix.h"

enum { N_TIME = 6 };

static int time_left(int time_points)
{
    for (int i = 0; i < N_TIME; i++)
        time_points /= 2; /* kernel 4, stride 2, pad 1 */
    return time_points;
}

wil_status wil_temp_pix2pix_config_check(const wil_pix2pix_config *config)
{
    WIL_TRY(wil_pix2pix_config_check(config));
    WIL_TRY(nets_check_count("time_filters of temp-pix2pix", config->time_filters, 1024, 16));
    WIL_REQUIRE(time_left(config->time_points) == 1, WIL_ERR_ARG,
        "temp-pix2pix halves time six times and must end with one point: %d time points leave %d; resample "
        "the series to between 64 and 127 points (the study: 80)",
        config->time_points, time_left(config->time_points));
    return WIL_OK;
}

/* Time lies along the first of two axes, as space is not mixed: x [N,T,HW,C] -> [N,T/2,HW,out]. */
static wil_node time_layer(
    wil_nn *nn, int i, wil_node x, const wil_pix2pix_config *config, wil_nn_stats *stats)
{
    char name[32];
    const wil_nn_conv_config layer = {.out = (int64_t)config->time_filters << (i < 3 ? i : 3),
        .kernel_axes = {4, 1, 1},
        .stride_axes = {2, 1, 1},
        .pad_axes = {1, 0, 0}};
    snprintf(name, sizeof name, "time%d.conv", i + 1);
    wil_node h = wil_nn_conv(nn, name, x, &layer);
    snprintf(name, sizeof name, "time%d.norm", i + 1);
    h = wil_nn_batch_norm(nn, name, h, config->norm_scale, stats);
    return wil_op_leaky_relu(nn->graph, h, 0.2);
}

wil_node wil_nets_temp_pix2pix_generator(
    wil_nn *nn, wil_node source, const wil_pix2pix_config *config, wil_nn_stats *stats)
{
    const wil_shape expected = {.rank = 5, .dim = {0, config->time_points, config->height, config->width, 1}};
    if (wil_graph_status(nn->graph) != WIL_OK || nets_refused(nn, wil_temp_pix2pix_config_check(config)) ||
        nets_shape_differs(nn, "the source slice of temp-pix2pix", source, expected))
        return WIL_NODE_NONE;
    wil_node h = source; /* [N,T,H,W,1] */
    for (int i = 0; i < N_TIME; i++)
        h = time_layer(nn, i, h, config, stats);
    if (wil_graph_status(nn->graph) != WIL_OK)
        return WIL_NODE_NONE;
    wil_shape image = wil_graph_shape(nn->graph, h); /* [N,1,H,W,8m] */
    image = (wil_shape){.rank = 4, .dim = {image.dim[0], image.dim[2], image.dim[3], image.dim[4]}};
    const pix2pix_place place = {.prefix = "unet.", .stats = stats};
    return pix2pix_unet(nn, &place, wil_op_reshape(nn->graph, h, image), config);
}
