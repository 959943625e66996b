/* Nearest upsampling by 2 followed by a 3-wide convolution, as one transposed convolution of kernel 4 and
 * stride 2 whose weight is a linear map of the layer's (wil_op_fold_up): 4 instead of 9 products a pixel in
 * the plane, 8 instead of 27 in a volume, and the upsampled array is never made. The trained weight keeps its
 * shape. */
#include "nn_internal.h"

static const int64_t ONE[3] = {1, 1, 1}, TWO[3] = {2, 2, 2}, THREE[3] = {3, 3, 3};

static bool is_impossible(wil_nn *nn, const char *name, wil_node x, const wil_nn_conv_config *config)
{
    if (nn_cannot_build(nn, x, name))
        return true;
    const wil_shape shape = wil_graph_shape(nn->graph, x);
    char text[96];
    if (shape.rank < 3 || shape.rank > 5) {
        wil_graph_fail(nn->graph, "layer %s needs [N, 1 to 3 spatial axes, C], got %s", name,
            wil_shape_text(shape, text, sizeof text));
        return true;
    }
    if (config->out >= 1 && config->kernel == 3 && config->pad == 1 && config->stride >= 0 &&
        config->stride <= 1 && config->output_pad == 0 && !config->spectral && config->kernel_axes[0] == 0)
        return false;
    wil_graph_fail(nn->graph,
        "layer %s: upsampling goes with a convolution of at least 1 channel, kernel 3, stride 1 and pad 1, "
        "without spectral norm",
        name);
    return true;
}

static wil_node weight_of(
    wil_nn *nn, const char *name, wil_node x, int64_t channels, const wil_nn_conv_config *config)
{
    const int n_spatial = wil_graph_shape(nn->graph, x).rank - 2;
    const wil_shape shape = nn_kernel_shape(config->out, THREE, channels, n_spatial);
    const nn_spec spec = nn_conv_spec(shape, channels, config->out, config->init);
    return nn_weight_node(nn, name, &spec, false);
}

static wil_node folded(wil_graph *g, wil_node x, wil_node w)
{
    if (wil_graph_status(g) != WIL_OK)
        return WIL_NODE_NONE;
    const wil_shape shape = wil_graph_shape(g, x);
    int64_t spatial[3] = {0};
    for (int i = 0; i < shape.rank - 2; i++)
        spatial[i] = 2 * shape.dim[1 + i];
    return wil_op_conv_dx(g, x, wil_op_fold_up(g, w), TWO, ONE, spatial);
}

wil_node wil_nn_upsample_conv(wil_nn *nn, const char *name, wil_node x, const wil_nn_conv_config *config)
{
    if (is_impossible(nn, name, x, config))
        return WIL_NODE_NONE;
    const wil_shape shape = wil_graph_shape(nn->graph, x);
    const wil_node w = weight_of(nn, name, x, shape.dim[shape.rank - 1], config);
    const wil_node y = folded(nn->graph, x, w);
    return config->bias ? nn_add_bias(nn, name, y, config->out) : y;
}

/* The skip lies on the upsampled x. */
static bool skip_fits(wil_nn *nn, const char *name, wil_shape skip, wil_shape x)
{
    char is[96], other[96];
    bool fits = skip.rank == x.rank && skip.dim[0] == x.dim[0];
    for (int i = 1; fits && i < x.rank - 1; i++)
        fits = skip.dim[i] == 2 * x.dim[i];
    if (!fits)
        wil_graph_fail(nn->graph, "layer %s: the skip is %s, which is not twice the size of %s", name,
            wil_shape_text(skip, is, sizeof is), wil_shape_text(x, other, sizeof other));
    return fits;
}

/* conv([skip, up(x)], W) = conv(skip, W's channels of skip) + fold(x, W's channels of x). */
wil_node wil_nn_conv_skip_up(
    wil_nn *nn, const char *name, wil_node skip, wil_node x, const wil_nn_conv_config *config)
{
    if (nn_cannot_build(nn, skip, name) || is_impossible(nn, name, x, config))
        return WIL_NODE_NONE;
    wil_graph *g = nn->graph;
    const wil_shape sx = wil_graph_shape(g, x), sa = wil_graph_shape(g, skip);
    if (!skip_fits(nn, name, sa, sx))
        return WIL_NODE_NONE;
    const int last = sx.rank - 1;
    const wil_node w = weight_of(nn, name, x, sa.dim[last] + sx.dim[last], config); /* [O,3..,J+I] */
    const wil_node of_skip = wil_op_slice(g, w, last, 0, sa.dim[last]);
    const wil_node of_x = wil_op_slice(g, w, last, sa.dim[last], sx.dim[last]);
    const wil_node y = wil_op_add(g, wil_op_conv(g, skip, of_skip, ONE, ONE), folded(g, x, of_x));
    return config->bias ? nn_add_bias(nn, name, y, config->out) : y;
}
