/* MedicalNet's ResNet-10 [Chen2019, "Med3D: transfer learning for 3D medical image analysis"] up to its last
 * block, averaged over the volume: 512 values. Shortcuts of kind B; layers 3 and 4 keep the size and are
 * dilated by 2 and 4. Layers are named as in its code, with batch norms folded into the convolutions before
 * them. */
#include <stdio.h>

#include "nets_internal.h"
#include "nets_pool.h"

static wil_node convolve(
    wil_nn *nn, const char *layer, const char *name, wil_node x, wil_nn_conv_config config)
{
    char full[64];
    config.bias = true;
    config.init = (wil_init){WIL_INIT_KAIMING, 0.0, 0.0};
    snprintf(full, sizeof full, "%s%s", layer, name);
    return wil_nn_conv(nn, full, x, &config);
}

/* ---- dilation ----------------------------------------------------------------------------------------- */

/* [N,S0,S1,S2,C], sizes that `by` divides -> [N by^3, S0/by, ..]: voxels `by` apart become neighbours, one
 * axis after another; back: the other way, to the sizes in `shape`. */
static wil_node comb(wil_graph *g, wil_node x, int64_t by, wil_shape shape)
{
    int64_t n = shape.dim[0];
    int64_t before = 1; /* voxels of a sample along the axes that are done */
    int64_t behind = wil_shape_count(shape) / n;
    for (int axis = 1; axis <= 3; axis++) {
        const int64_t size = shape.dim[axis];
        static const int order[] = {0, 3, 1, 2, 4};
        behind /= size;
        x = wil_op_reshape(g, x, (wil_shape){.rank = 5, .dim = {n, before, size / by, by, behind}});
        x = wil_op_permute(g, x, order);
        n *= by;
        before *= size / by;
    }
    return wil_op_reshape(g, x,
        (wil_shape){
            .rank = 5, .dim = {n, shape.dim[1] / by, shape.dim[2] / by, shape.dim[3] / by, shape.dim[4]}});
}

static wil_node uncomb(wil_graph *g, wil_node x, int64_t by, wil_shape shape)
{
    static const int order[] = {0, 2, 3, 1, 4};
    int64_t n = shape.dim[0] * by * by * by;
    int64_t before = shape.dim[1] / by * (shape.dim[2] / by) * (shape.dim[3] / by);
    int64_t behind = shape.dim[4];
    for (int axis = 3; axis >= 1; axis--) {
        const int64_t size = shape.dim[axis];
        n /= by;
        before /= size / by;
        x = wil_op_reshape(g, x, (wil_shape){.rank = 5, .dim = {n, by, before, size / by, behind}});
        x = wil_op_permute(g, x, order);
        behind *= size;
    }
    return wil_op_reshape(g, x, shape);
}

/* Kernel 3 with its taps `by` voxels apart, pad `by`: the same convolution, without gaps, of every residue
 * class of voxels by itself. Zeros that fill up the last incomplete class are those of the pad. */
static wil_node dilated(wil_nn *nn, const char *layer, const char *name, wil_node x, int64_t out, int64_t by)
{
    const wil_nn_conv_config plain = {.out = out, .kernel = 3, .pad = 1};
    if (by == 1 || wil_graph_status(nn->graph) != WIL_OK)
        return convolve(nn, layer, name, x, plain);
    const wil_shape given = wil_graph_shape(nn->graph, x);
    for (int axis = 1; axis <= 3; axis++)
        if (given.dim[axis] % by != 0)
            x = wil_op_embed(nn->graph, x, axis, 0, (given.dim[axis] / by + 1) * by);
    if (wil_graph_status(nn->graph) != WIL_OK)
        return WIL_NODE_NONE;
    wil_shape whole = wil_graph_shape(nn->graph, x);
    x = convolve(nn, layer, name, comb(nn->graph, x, by, whole), plain);
    whole.dim[4] = out;
    x = uncomb(nn->graph, x, by, whole);
    for (int axis = 1; axis <= 3; axis++)
        x = wil_op_slice(nn->graph, x, axis, 0, given.dim[axis]);
    return x;
}

/* ---- the network -------------------------------------------------------------------------------------- */

static wil_node layer(wil_nn *nn, int number, wil_node x, int64_t out, int64_t stride, int64_t dilation)
{
    char name[16];
    snprintf(name, sizeof name, "layer%d.0.", number);
    wil_node h = stride == 1 ? dilated(nn, name, "conv1", x, out, dilation)
                             : convolve(nn, name, "conv1", x,
                                   (wil_nn_conv_config){.out = out, .kernel = 3, .stride = stride, .pad = 1});
    h = dilated(nn, name, "conv2", wil_op_relu(nn->graph, h), out, dilation);
    if (number > 1)
        x = convolve(
            nn, name, "downsample.0", x, (wil_nn_conv_config){.out = out, .kernel = 1, .stride = stride});
    return wil_op_relu(nn->graph, wil_op_add(nn->graph, h, x));
}

wil_node wil_nets_medicalnet(wil_nn *nn, wil_node volume)
{
    if (wil_graph_status(nn->graph) != WIL_OK ||
        nets_shape_differs(nn, "MedicalNet's volume", volume, (wil_shape){.rank = 5, .dim = {0, 0, 0, 0, 1}}))
        return WIL_NODE_NONE;
    const int64_t n = wil_graph_shape(nn->graph, volume).dim[0];
    wil_node h = convolve(
        nn, "", "conv1", volume, (wil_nn_conv_config){.out = 64, .kernel = 7, .stride = 2, .pad = 3});
    h = nets_max_pool3(nn->graph, wil_op_relu(nn->graph, h), 2, 1); /* a quarter of the size */
    h = layer(nn, 1, h, 64, 1, 1);
    h = layer(nn, 2, h, 128, 2, 1);
    h = layer(nn, 3, h, 256, 1, 2);
    h = layer(nn, 4, h, 512, 1, 4); /* [N,D/8,H/8,W/8,512] */
    const wil_node mean = wil_op_mean(nn->graph, h, 1u << 1 | 1u << 2 | 1u << 3);
    return wil_op_reshape(nn->graph, mean, (wil_shape){.rank = 2, .dim = {n, WIL_MEDICALNET_FEATURES}});
}
