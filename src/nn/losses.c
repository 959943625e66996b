/* Losses: nodes with one element (rank 0), to be differentiated by wil_graph_gradient, and one per sample. */
#include "nn_internal.h"

wil_node wil_loss_wasserstein_critic(wil_graph *g, wil_node score_real, wil_node score_fake)
{
    return wil_op_sub(g, wil_op_mean_all(g, score_fake), wil_op_mean_all(g, score_real));
}

wil_node wil_loss_wasserstein_generator(wil_graph *g, wil_node score_fake)
{
    return wil_op_neg(g, wil_op_mean_all(g, score_fake));
}

wil_node wil_loss_gradient_penalties(wil_graph *g, wil_node score, wil_node x, double lambda)
{
    if (wil_graph_status(g) != WIL_OK)
        return WIL_NODE_NONE;
    /* scores are independent, so the gradient of their sum holds each sample's own gradient */
    wil_node gradient = WIL_NODE_NONE;
    wil_graph_gradient(g, wil_op_sum_all(g, score), &x, 1, &gradient);
    if (wil_graph_status(g) != WIL_OK)
        return WIL_NODE_NONE;
    const wil_node norm2 = wil_op_sum(g, wil_op_square(g, gradient), ~1u);
    const wil_node norm = wil_op_sqrt(g, wil_op_add_scalar(g, norm2, 1e-12));
    const wil_node penalties = wil_op_scale(g, wil_op_square(g, wil_op_add_scalar(g, norm, -1.0)), lambda);
    return wil_op_reshape(g, penalties, (wil_shape){.rank = 2, .dim = {wil_graph_shape(g, x).dim[0], 1}});
}

wil_node wil_loss_gradient_penalty(wil_graph *g, wil_node score, wil_node x, double lambda)
{
    return wil_op_mean_all(g, wil_loss_gradient_penalties(g, score, x, lambda));
}

wil_node wil_loss_bce_logits(wil_graph *g, wil_node logits, wil_node target)
{
    /* -t log s(l) - (1 - t) log(1 - s(l)) = softplus(l) - t l, which cannot overflow */
    return wil_op_mean_all(g, wil_op_sub(g, wil_op_softplus(g, logits), wil_op_mul(g, target, logits)));
}

wil_node wil_loss_l1(wil_graph *g, wil_node a, wil_node b)
{
    return wil_op_mean_all(g, wil_op_abs(g, wil_op_sub(g, a, b)));
}

wil_node wil_loss_dice(wil_graph *g, wil_node probability, wil_node target)
{
    wil_node overlap = wil_op_sum_all(g, wil_op_mul(g, target, probability));
    wil_node sizes = wil_op_add(g, wil_op_sum_all(g, target), wil_op_sum_all(g, probability));
    wil_node top = wil_op_add_scalar(g, wil_op_scale(g, overlap, 2.0), 1.0);
    return wil_op_neg(g, wil_op_div(g, top, wil_op_add_scalar(g, sizes, 1.0)));
}
