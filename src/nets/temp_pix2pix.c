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

/* x [N H W,T,C] -> [N H W,T/2,out] */
static wil_node time_layer(
    wil_nn *nn, int i, wil_node x, const wil_pix2pix_config *config, wil_nn_stats *stats)
{
    char name[32];
    snprintf(name, sizeof name, "time%d.conv", i + 1);
    wil_node h =
        wil_nn_time_conv(nn, name, x, (int64_t)config->time_filters << (i < 3 ? i : 3), (wil_init){0});
    snprintf(name, sizeof name, "time%d.norm", i + 1);
    h = wil_nn_batch_norm(nn, name, h, config->norm_scale, stats);
    return wil_op_leaky_relu(nn->graph, h, 0.2);
}

/* Time behind space, as time_layer wants it: [N,T,H,W,1] or [N,H,W,T] -> [N H W,T,1]; WIL_NODE_NONE if it is
 * neither. */
static wil_node series(wil_nn *nn, wil_node source, const wil_pix2pix_config *config)
{
    wil_node h = pix2pix_source(nn, "the source slice of temp-pix2pix", source, config);
    if (h == WIL_NODE_NONE)
        return h;
    const wil_shape shape = wil_graph_shape(nn->graph, h);
    const wil_shape places = {.rank = 3, .dim = {wil_shape_count(shape) / shape.dim[3], shape.dim[3], 1}};
    return wil_op_reshape(nn->graph, h, places);
}

wil_node wil_nets_temp_pix2pix_generator(
    wil_nn *nn, wil_node source, const wil_pix2pix_config *config, wil_nn_stats *stats)
{
    if (wil_graph_status(nn->graph) != WIL_OK || nets_refused(nn, wil_temp_pix2pix_config_check(config)))
        return WIL_NODE_NONE;
    wil_node h = series(nn, source, config);
    for (int i = 0; i < N_TIME; i++)
        h = time_layer(nn, i, h, config, stats);
    if (wil_graph_status(nn->graph) != WIL_OK)
        return WIL_NODE_NONE;
    const int64_t n = wil_graph_shape(nn->graph, source).dim[0];
    const int64_t channels = wil_graph_shape(nn->graph, h).dim[2];
    const wil_shape image = {.rank = 4, .dim = {n, config->height, config->width, channels}};
    const pix2pix_place place = {.prefix = "unet.", .stats = stats};
    return pix2pix_unet(nn, &place, wil_op_reshape(nn->graph, h, image), config);
}
