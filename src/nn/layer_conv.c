/* Convolution, transposed convolution, and their forms as large as the image. */
#include "nn_internal.h"

static const wil_init STUDY_INIT = {WIL_INIT_NORMAL, 0.0, 0.05};

static int64_t spatial_count(wil_shape weight)
{
    int64_t n = 1;
    for (int i = 1; i < weight.rank - 1; i++)
        n *= weight.dim[i];
    return n;
}

nn_spec nn_conv_spec(wil_shape shape, int64_t in, int64_t out, wil_init init)
{
    int64_t taps = spatial_count(shape);
    return (nn_spec){.shape = shape,
        .layout = shape.rank > 2 ? WIL_LAYOUT_CONV : WIL_LAYOUT_PLAIN,
        .init = init,
        .fan_in = in * taps,
        .fan_out = out * taps};
}

wil_node nn_weight_node(wil_nn *nn, const char *layer, const nn_spec *spec, bool spectral)
{
    nn_spec weight_spec = *spec;
    weight_spec.role = WIL_PARAM_WEIGHT;
    weight_spec.init = nn_init_or(spec->init, STUDY_INIT);
    wil_node weight = nn_param_node(nn, layer, spectral ? "weight_orig" : "weight", &weight_spec, NULL);
    if (!spectral)
        return weight;
    char name[NN_NAME_MAX];
    if (snprintf(name, sizeof name, "%s.weight", layer) >= (int)sizeof name)
        return wil_graph_fail(nn->graph, "the name of layer %s is too long", layer);
    return wil_nn_spectral_weight(nn, name, weight);
}

/* A weight [O,K..,I]; fans as seen from a layer that computes `out` channels from `in`. */
static wil_node weight_node(
    wil_nn *nn, const char *layer, wil_shape shape, int64_t in, int64_t out, bool spectral, wil_init init)
{
    const nn_spec spec = nn_conv_spec(shape, in, out, init);
    return nn_weight_node(nn, layer, &spec, spectral);
}

wil_node nn_add_bias(wil_nn *nn, const char *layer, wil_node y, int64_t out)
{
    nn_spec spec = {.shape = nn_vector_shape(out), .role = WIL_PARAM_WEIGHT};
    wil_node bias = nn_param_node(nn, layer, "bias", &spec, NULL);
    if (nn_cannot_build(nn, y, layer))
        return WIL_NODE_NONE;
    int rank = wil_graph_shape(nn->graph, y).rank;
    return wil_op_add(nn->graph, y, nn_channel_vector(nn->graph, bias, rank));
}

/* Kernel, stride and pad of each spatial axis. */
typedef struct conv_axes {
    int64_t kernel[3], stride[3], pad[3];
} conv_axes;

static conv_axes axes_of(const wil_nn_conv_config *config)
{
    conv_axes axes = {{0}, {0}, {0}};
    const bool own = config->kernel_axes[0] != 0;
    for (int i = 0; i < 3; i++) {
        const int64_t stride = own ? config->stride_axes[i] : config->stride;
        axes.kernel[i] = own ? config->kernel_axes[i] : config->kernel;
        axes.stride[i] = stride == 0 ? 1 : stride;
        axes.pad[i] = own ? config->pad_axes[i] : config->pad;
    }
    return axes;
}

/* Fails the graph and says so if x or config cannot be. */
static bool conv_is_impossible(wil_nn *nn, const char *layer, wil_shape x, const wil_nn_conv_config *config)
{
    int n_spatial = x.rank - 2;
    if (n_spatial < 1 || n_spatial > 3) {
        char text[96];
        wil_graph_fail(nn->graph, "layer %s needs [N, 1 to 3 spatial axes, C], got %s", layer,
            wil_shape_text(x, text, sizeof text));
        return true;
    }
    const conv_axes axes = axes_of(config);
    for (int i = 0; i < n_spatial; i++) {
        if (config->out >= 1 && axes.kernel[i] >= 1 && axes.stride[i] >= 1 && axes.pad[i] >= 0 &&
            config->output_pad >= 0)
            continue;
        wil_graph_fail(nn->graph,
            "layer %s: %lld channels, kernel %lld, stride %lld, pad %lld, output pad %lld is impossible",
            layer, (long long)config->out, (long long)axes.kernel[i], (long long)axes.stride[i],
            (long long)axes.pad[i], (long long)config->output_pad);
        return true;
    }
    return false;
}

wil_shape nn_kernel_shape(int64_t out, const int64_t *kernel, int64_t in, int n_spatial)
{
    wil_shape shape = {.rank = n_spatial + 2, .dim = {out}};
    for (int i = 0; i < n_spatial; i++)
        shape.dim[1 + i] = kernel[i];
    shape.dim[n_spatial + 1] = in;
    return shape;
}

wil_node wil_nn_conv(wil_nn *nn, const char *name, wil_node x, const wil_nn_conv_config *config)
{
    if (nn_cannot_build(nn, x, name))
        return WIL_NODE_NONE;
    wil_shape in = wil_graph_shape(nn->graph, x);
    if (conv_is_impossible(nn, name, in, config))
        return WIL_NODE_NONE;
    if (config->output_pad != 0)
        return wil_graph_fail(nn->graph, "layer %s: output_pad is for transposed convolutions", name);
    int64_t channels = in.dim[in.rank - 1];
    const conv_axes axes = axes_of(config);
    wil_shape shape = nn_kernel_shape(config->out, axes.kernel, channels, in.rank - 2);
    wil_node w = weight_node(nn, name, shape, channels, config->out, config->spectral, config->init);
    wil_node y = wil_op_conv(nn->graph, x, w, axes.stride, axes.pad);
    return config->bias ? nn_add_bias(nn, name, y, config->out) : y;
}

wil_node wil_nn_conv_transpose(wil_nn *nn, const char *name, wil_node x, const wil_nn_conv_config *config)
{
    if (nn_cannot_build(nn, x, name))
        return WIL_NODE_NONE;
    wil_shape in = wil_graph_shape(nn->graph, x);
    if (conv_is_impossible(nn, name, in, config))
        return WIL_NODE_NONE;
    if (config->spectral)
        return wil_graph_fail(
            nn->graph, "layer %s: spectral norm is for convolutions that are not transposed", name);
    int64_t channels = in.dim[in.rank - 1], spatial[3] = {0};
    const conv_axes axes = axes_of(config);
    for (int i = 0; i < in.rank - 2; i++) {
        if (config->output_pad >= axes.stride[i])
            return wil_graph_fail(nn->graph, "layer %s: output pad %lld must be less than the stride %lld",
                name, (long long)config->output_pad, (long long)axes.stride[i]);
        spatial[i] =
            (in.dim[1 + i] - 1) * axes.stride[i] - 2 * axes.pad[i] + axes.kernel[i] + config->output_pad;
        if (spatial[i] < 1)
            return wil_graph_fail(
                nn->graph, "layer %s: pad %lld leaves nothing of the output", name, (long long)axes.pad[i]);
    }
    wil_shape shape = nn_kernel_shape(channels, axes.kernel, config->out, in.rank - 2);
    wil_node w = weight_node(nn, name, shape, channels, config->out, false, config->init);
    wil_node y = wil_op_conv_dx(nn->graph, x, w, axes.stride, axes.pad, spatial);
    return config->bias ? nn_add_bias(nn, name, y, config->out) : y;
}

wil_node nn_flatten(wil_graph *g, wil_node x)
{
    if (wil_graph_status(g) != WIL_OK)
        return WIL_NODE_NONE;
    wil_shape in = wil_graph_shape(g, x);
    wil_shape flat = {.rank = 2, .dim = {in.dim[0], wil_shape_count(in) / in.dim[0]}};
    return wil_op_reshape(g, x, flat);
}

wil_node wil_nn_conv_to_point(
    wil_nn *nn, const char *name, wil_node x, int64_t out, bool spectral, wil_init init)
{
    if (nn_cannot_build(nn, x, name))
        return WIL_NODE_NONE;
    wil_shape shape = wil_graph_shape(nn->graph, x);
    if (shape.rank < 3 || out < 1)
        return wil_graph_fail(nn->graph, "layer %s needs [N, spatial axes, C] and at least 1 channel", name);
    shape.dim[0] = out;
    wil_node w = weight_node(nn, name, shape, shape.dim[shape.rank - 1], out, spectral, init);
    return wil_op_matmul(nn->graph, nn_flatten(nn->graph, x), nn_flatten(nn->graph, w), false, true);
}

wil_node wil_nn_conv_from_point(wil_nn *nn, const char *name, wil_node x, const int64_t *spatial,
    int n_spatial, int64_t out, wil_init init)
{
    if (nn_cannot_build(nn, x, name))
        return WIL_NODE_NONE;
    wil_shape in = wil_graph_shape(nn->graph, x);
    if (in.rank != 2 || n_spatial < 1 || n_spatial > 3 || out < 1)
        return wil_graph_fail(
            nn->graph, "layer %s needs [N,I], 1 to 3 spatial axes and at least 1 channel", name);
    wil_shape shape = nn_kernel_shape(in.dim[1], spatial, out, n_spatial);
    wil_node w = weight_node(nn, name, shape, in.dim[1], out, false, init);
    wil_node y = wil_op_matmul(nn->graph, x, nn_flatten(nn->graph, w), false, false);
    shape.dim[0] = in.dim[0];
    return wil_op_reshape(nn->graph, y, shape);
}
