/* Inception v3 [Szegedy2016] up to its last pooling, 2048 values an image: what Frechet Inception distances
 * are computed from. Layers are named as in torchvision, with batch norms folded into the convolutions before
 * them (nets_fold.c). */
#include <stdio.h>

#include "nets_internal.h"
#include "nets_pool.h"

enum { SMALLEST = 75 }; /* leaves 1x1 at the end */

/* One convolution of a block: kernel and output channels; the pad keeps the size unless stride is 2. */
typedef struct inception_conv {
    const char *name;
    int64_t out, height, width, stride;
} inception_conv;

/* A block under construction. */
typedef struct inception_block {
    wil_nn *nn;
    const char *name; /* "Mixed_5b" */
    bool fid;
} inception_block;

static wil_node convolve(
    wil_nn *nn, const char *name, wil_node x, const inception_conv *conv, int64_t pad_h, int64_t pad_w)
{
    const wil_nn_conv_config config = {.out = conv->out,
        .kernel_axes = {conv->height, conv->width},
        .stride_axes = {conv->stride, conv->stride},
        .pad_axes = {pad_h, pad_w},
        .bias = true,
        .init = {WIL_INIT_KAIMING, 0.0, 0.0}};
    return wil_op_relu(nn->graph, wil_nn_conv(nn, name, x, &config));
}

/* Convolutions one after another. */
static wil_node branch(const inception_block *block, wil_node x, const inception_conv *convs, int n)
{
    char name[64];
    for (int i = 0; i < n; i++) {
        const bool keeps = convs[i].stride == 1;
        snprintf(name, sizeof name, "%s.%s.conv", block->name, convs[i].name);
        x = convolve(
            block->nn, name, x, &convs[i], keeps ? convs[i].height / 2 : 0, keeps ? convs[i].width / 2 : 0);
    }
    return x;
}
#define BRANCH(block, x, ...)                                                                                \
    branch(block, x, (const inception_conv[]){__VA_ARGS__},                                                  \
        (int)(sizeof(const inception_conv[]){__VA_ARGS__} / sizeof(inception_conv)))

static wil_node join(wil_graph *g, const wil_node *parts, int n)
{
    wil_node all = parts[0];
    for (int i = 1; i < n; i++)
        all = wil_op_concat(g, all, parts[i], 3);
    return all;
}

static wil_node pool_branch(const inception_block *block, wil_node x, int64_t out)
{
    return BRANCH(block, nets_average_pool3(block->nn->graph, x, !block->fid), {"branch_pool", out, 1, 1, 1});
}

/* ---- blocks, by their letters in torchvision
 * ---------------------------------------------------------------
 */

static wil_node block_a(const inception_block *b, wil_node x, int64_t pool_out)
{
    const wil_node parts[] = {BRANCH(b, x, {"branch1x1", 64, 1, 1, 1}),
        BRANCH(b, x, {"branch5x5_1", 48, 1, 1, 1}, {"branch5x5_2", 64, 5, 5, 1}),
        BRANCH(b, x, {"branch3x3dbl_1", 64, 1, 1, 1}, {"branch3x3dbl_2", 96, 3, 3, 1},
            {"branch3x3dbl_3", 96, 3, 3, 1}),
        pool_branch(b, x, pool_out)};
    return join(b->nn->graph, parts, 4);
}

static wil_node block_b(const inception_block *b, wil_node x)
{
    const wil_node parts[] = {BRANCH(b, x, {"branch3x3", 384, 3, 3, 2}),
        BRANCH(b, x, {"branch3x3dbl_1", 64, 1, 1, 1}, {"branch3x3dbl_2", 96, 3, 3, 1},
            {"branch3x3dbl_3", 96, 3, 3, 2}),
        nets_max_pool3(b->nn->graph, x, 2, 0)};
    return join(b->nn->graph, parts, 3);
}

static wil_node block_c(const inception_block *b, wil_node x, int64_t c7)
{
    const wil_node parts[] = {BRANCH(b, x, {"branch1x1", 192, 1, 1, 1}),
        BRANCH(
            b, x, {"branch7x7_1", c7, 1, 1, 1}, {"branch7x7_2", c7, 1, 7, 1}, {"branch7x7_3", 192, 7, 1, 1}),
        BRANCH(b, x, {"branch7x7dbl_1", c7, 1, 1, 1}, {"branch7x7dbl_2", c7, 7, 1, 1},
            {"branch7x7dbl_3", c7, 1, 7, 1}, {"branch7x7dbl_4", c7, 7, 1, 1},
            {"branch7x7dbl_5", 192, 1, 7, 1}),
        pool_branch(b, x, 192)};
    return join(b->nn->graph, parts, 4);
}

static wil_node block_d(const inception_block *b, wil_node x)
{
    const wil_node parts[] = {BRANCH(b, x, {"branch3x3_1", 192, 1, 1, 1}, {"branch3x3_2", 320, 3, 3, 2}),
        BRANCH(b, x, {"branch7x7x3_1", 192, 1, 1, 1}, {"branch7x7x3_2", 192, 1, 7, 1},
            {"branch7x7x3_3", 192, 7, 1, 1}, {"branch7x7x3_4", 192, 3, 3, 2}),
        nets_max_pool3(b->nn->graph, x, 2, 0)};
    return join(b->nn->graph, parts, 3);
}

/* last: where the networks of Frechet distances have a maximum for the average. */
static wil_node block_e(const inception_block *b, wil_node x, bool last)
{
    wil_graph *g = b->nn->graph;
    const wil_node three = BRANCH(b, x, {"branch3x3_1", 384, 1, 1, 1});
    const wil_node twice = BRANCH(b, x, {"branch3x3dbl_1", 448, 1, 1, 1}, {"branch3x3dbl_2", 384, 3, 3, 1});
    const wil_node pooled = last && b->fid
                                ? BRANCH(b, nets_max_pool3(g, x, 1, 1), {"branch_pool", 192, 1, 1, 1})
                                : pool_branch(b, x, 192);
    const wil_node parts[] = {BRANCH(b, x, {"branch1x1", 320, 1, 1, 1}),
        BRANCH(b, three, {"branch3x3_2a", 384, 1, 3, 1}), BRANCH(b, three, {"branch3x3_2b", 384, 3, 1, 1}),
        BRANCH(b, twice, {"branch3x3dbl_3a", 384, 1, 3, 1}),
        BRANCH(b, twice, {"branch3x3dbl_3b", 384, 3, 1, 1}), pooled};
    return join(g, parts, 6);
}

/* ---- the network -------------------------------------------------------------------------------------- */

static wil_node stem(wil_nn *nn, wil_node x)
{
    static const inception_conv first[] = {{"Conv2d_1a_3x3.conv", 32, 3, 3, 2},
        {"Conv2d_2a_3x3.conv", 32, 3, 3, 1}, {"Conv2d_2b_3x3.conv", 64, 3, 3, 1},
        {"Conv2d_3b_1x1.conv", 80, 1, 1, 1}, {"Conv2d_4a_3x3.conv", 192, 3, 3, 1}};
    for (int i = 0; i < 5; i++) {
        const int64_t pad = i == 2 ? 1 : 0;
        x = convolve(nn, first[i].name, x, &first[i], pad, pad);
        if (i == 2 || i == 4)
            x = nets_max_pool3(nn->graph, x, 2, 0);
    }
    return x; /* [N,35,35,192] of 299x299 */
}

static wil_node body(wil_nn *nn, wil_node x, bool fid)
{
    static const char *const a_names[] = {"Mixed_5b", "Mixed_5c", "Mixed_5d"};
    static const int64_t a_pool[] = {32, 64, 64};
    static const char *const c_names[] = {"Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"};
    static const int64_t c_inner[] = {128, 160, 160, 192};
    for (int i = 0; i < 3; i++)
        x = block_a(&(inception_block){nn, a_names[i], fid}, x, a_pool[i]);
    x = block_b(&(inception_block){nn, "Mixed_6a", fid}, x); /* [N,17,17,768] */
    for (int i = 0; i < 4; i++)
        x = block_c(&(inception_block){nn, c_names[i], fid}, x, c_inner[i]);
    x = block_d(&(inception_block){nn, "Mixed_7a", fid}, x); /* [N,8,8,1280] */
    x = block_e(&(inception_block){nn, "Mixed_7b", fid}, x, false);
    return block_e(&(inception_block){nn, "Mixed_7c", fid}, x, true); /* [N,8,8,2048] */
}

wil_node wil_nets_inception(wil_nn *nn, wil_node image, wil_inception_variant variant)
{
    if (wil_graph_status(nn->graph) != WIL_OK ||
        nets_shape_differs(nn, "Inception's image", image, (wil_shape){.rank = 4, .dim = {0, 0, 0, 3}}))
        return WIL_NODE_NONE;
    const wil_shape shape = wil_graph_shape(nn->graph, image);
    if (shape.dim[1] < SMALLEST || shape.dim[2] < SMALLEST)
        return wil_graph_fail(nn->graph, "Inception needs images of at least %dx%d, got %lldx%lld", SMALLEST,
            SMALLEST, (long long)shape.dim[1], (long long)shape.dim[2]);
    const wil_node last = body(nn, stem(nn, image), variant == WIL_INCEPTION_FID);
    const wil_node mean = wil_op_mean(nn->graph, last, 1u << 1 | 1u << 2);
    return wil_op_reshape(
        nn->graph, mean, (wil_shape){.rank = 2, .dim = {shape.dim[0], WIL_INCEPTION_FEATURES}});
}
