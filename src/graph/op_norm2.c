/* The squared length of each sample's share of a weight gradient, without that share. */
#include "graph_internal.h"

/* Refuses what conv_dw would refuse, pairs that do not lead to one weight, and batches that are not whole
 * numbers of samples. */
static bool pairs_are_sound(wil_graph *g, const wil_node *xs, const wil_node *gs, int n_pairs,
    int64_t n_samples, const int64_t *stride, const int64_t *pad, const int64_t *kernel)
{
    wil_shape weight = wil_shape_of(0);
    for (int k = 0; k < n_pairs; k++) {
        const wil_node sum =
            wil_op_conv_dw(g, xs[k], gs[k], stride, pad, kernel); /* no output: not computed */
        if (sum == WIL_NODE_NONE)
            return false;
        const wil_shape shape = g->nodes[sum].shape;
        if (k == 0)
            weight = shape;
        if (!wil_shape_equal(weight, shape))
            (void)wil_graph_fail(g, "conv_dw_norm2: the pairs lead to weights %s and %s",
                wil_shape_say(weight).text, wil_shape_say(shape).text);
        else if (n_samples < 1 || g->nodes[xs[k]].shape.dim[0] % n_samples != 0)
            (void)wil_graph_fail(g, "conv_dw_norm2: a batch of %lld does not divide into %lld samples",
                (long long)g->nodes[xs[k]].shape.dim[0], (long long)n_samples);
    }
    return g->status == WIL_OK;
}

wil_node wil_op_conv_dw_norm2(wil_graph *g, const wil_node *xs, const wil_node *gs, int n_pairs,
    int64_t n_samples, const int64_t *stride, const int64_t *pad, const int64_t *kernel, bool gram)
{
    if (g->status == WIL_OK && (n_pairs < 1 || n_pairs > WIL_MAX_INPUTS / 2))
        return wil_graph_fail(g, "conv_dw_norm2: takes 1 to %d pairs, got %d", WIL_MAX_INPUTS / 2, n_pairs);
    if (!pairs_are_sound(g, xs, gs, n_pairs, n_samples, stride, pad, kernel))
        return WIL_NODE_NONE;
    wil_node_info info = graph_describe_conv(WIL_OP_CONV_DW_NORM2, (wil_shape){1, {n_samples}}, WIL_NODE_NONE,
        WIL_NODE_NONE, g->nodes[xs[0]].shape.rank - 2, kernel, stride, pad);
    info.n_inputs = 2 * n_pairs;
    for (int k = 0; k < info.n_inputs; k++)
        info.inputs[k] = k % 2 == 0 ? xs[k / 2] : gs[k / 2];
    info.attr.axis = gram ? 1 : 0;
    return graph_append(g, &info);
}

/* A derivative taken as zero would be a wrong one. */
VJP(conv_dw_norm2)
{
    return wil_graph_fail(g, "conv_dw_norm2: norms of per-sample gradients cannot be differentiated");
}
