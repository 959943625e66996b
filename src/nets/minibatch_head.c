/* Minibatch discrimination [Salimans2016, section 3.2]: a critic that sees how alike the samples of a batch
 * are. Sizes are those of the study's code; docs/nets.md. */
#include "nets_internal.h"

enum { CHANNELS = 50, KERNELS = 100, NUMBERS = 16, LEAST_FOR_PAD_1 = 3 };

wil_node nets_minibatch_features(wil_nn *nn, wil_node h)
{
    if (wil_graph_status(nn->graph) != WIL_OK)
        return WIL_NODE_NONE;
    const wil_shape in = wil_graph_shape(nn->graph, h);
    wil_nn_conv_config layer = {.out = CHANNELS, .kernel_axes = {5, 5}, .stride_axes = {2, 2}};
    for (int i = 0; i < 2; i++)
        layer.pad_axes[i] = in.dim[1 + i] >= LEAST_FOR_PAD_1 ? 1 : 2;
    return wil_nn_conv(nn, "conv5", h, &layer);
}

/* of [N,C B]: numbers c of all kernels, [N,B] -> |M_ib - M_jb|, [N,N,B]. */
static wil_node apart_in(wil_graph *g, wil_node of, int64_t n, int c)
{
    const wil_node m = wil_op_slice(g, of, 1, (int64_t)c * KERNELS, KERNELS);
    const wil_node a = wil_op_reshape(g, m, wil_shape_of(3, (int)n, 1, KERNELS));
    const wil_node b = wil_op_reshape(g, m, wil_shape_of(3, 1, (int)n, KERNELS));
    return wil_op_abs(g, wil_op_sub(g, a, b));
}

wil_node nets_minibatch_scores(wil_nn *nn, wil_node features)
{
    wil_graph *g = nn->graph;
    if (wil_graph_status(g) != WIL_OK)
        return WIL_NODE_NONE;
    const wil_shape in = wil_graph_shape(g, features);
    const int64_t n = in.dim[0];
    const wil_node x =
        wil_nn_linear_from_space(nn, "linear1", features, wil_shape_count(in) / n, false, (wil_init){0});
    const wil_node of =
        wil_nn_linear(nn, "discrimination", x, (int64_t)KERNELS * NUMBERS, false, false, (wil_init){0});
    wil_node apart = apart_in(g, of, n, 0);
    for (int c = 1; c < NUMBERS; c++) /* one at a time: all at once are 1.7 GB for a batch of 512 */
        apart = wil_op_add(g, apart, apart_in(g, of, n, c));
    const wil_node alike = wil_op_sum(g, wil_op_exp(g, wil_op_neg(g, apart)), 1u << 1); /* [N,1,B] */
    const wil_node others =
        wil_op_add_scalar(g, wil_op_reshape(g, alike, wil_shape_of(2, (int)n, KERNELS)), -1.0);
    return wil_nn_linear(nn, "linear2", wil_op_concat(g, x, others, 1), 1, true, false, (wil_init){0});
}
