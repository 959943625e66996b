/* Nearest upsampling by 2 followed by a 3-wide convolution. */
#include "nn_internal.h"

static const int64_t TWO[3] = {2, 2, 2};

static bool is_three_wide(const wil_nn_conv_config *config)
{
    return config->out >= 1 && config->kernel == 3 && config->pad == 1 && config->stride <= 1 &&
           config->stride >= 0 && config->output_pad == 0 && !config->spectral && config->kernel_axes[0] == 0;
}

wil_node wil_nn_upsample_conv(wil_nn *nn, const char *name, wil_node x, const wil_nn_conv_config *config)
{
    if (nn_cannot_build(nn, x, name))
        return WIL_NODE_NONE;
    if (!is_three_wide(config))
        return wil_graph_fail(nn->graph,
            "layer %s: upsampling goes with a convolution of kernel 3, stride 1 and pad 1 without spectral "
            "norm",
            name);
    return wil_nn_conv(nn, name, wil_op_upsample(nn->graph, x, TWO), config);
}

wil_node wil_nn_conv_skip_up(
    wil_nn *nn, const char *name, wil_node skip, wil_node x, const wil_nn_conv_config *config)
{
    if (nn_cannot_build(nn, x, name) || nn_cannot_build(nn, skip, name))
        return WIL_NODE_NONE;
    wil_node up = wil_op_upsample(nn->graph, x, TWO);
    wil_node both = wil_op_concat(nn->graph, skip, up, wil_graph_shape(nn->graph, skip).rank - 1);
    return wil_nn_conv(nn, name, both, config);
}
