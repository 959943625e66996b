#include "gan_loss.h"

/* D(fake) - D(real) [Arjovsky2017]. */
static wil_node wasserstein_each(wil_graph *g, wil_node real, wil_node fake, double smoothing)
{
    (void)smoothing;
    return wil_op_sub(g, fake, real);
}

/* -log s(D(real)) - log(1 - s(D(fake))) [Goodfellow2014], with a real target t = 1 - s:
 * softplus(l) - t l, which cannot overflow. */
static wil_node bce_each(wil_graph *g, wil_node real, wil_node fake, double smoothing)
{
    const wil_node of_real = wil_op_sub(g, wil_op_softplus(g, real), wil_op_scale(g, real, 1.0 - smoothing));
    return wil_op_add(g, of_real, wil_op_softplus(g, fake));
}

wil_node gan_bce_drawn(wil_graph *g, wil_node real, wil_node fake, wil_node target_real, wil_node target_fake)
{
    const wil_node of_real = wil_op_sub(g, wil_op_softplus(g, real), wil_op_mul(g, target_real, real));
    const wil_node of_fake = wil_op_sub(g, wil_op_softplus(g, fake), wil_op_mul(g, target_fake, fake));
    return wil_op_add(g, of_real, of_fake);
}

wil_node gan_matching_loss(wil_graph *g, gan_matching matching, wil_node of_real, wil_node of_fake)
{
    if (matching == GAN_MATCH_L1)
        return wil_loss_l1(g, of_real, of_fake);
    const wil_node apart = wil_op_mean(g, wil_op_sub(g, of_real, of_fake), 1u); /* the difference of means */
    return wil_op_sum_all(g, wil_op_square(g, apart));
}

/* -log s(D(fake)): the generator's loss that does not fade where the critic is sure [Goodfellow2014]. */
static wil_node bce_generator(wil_graph *g, wil_node fake)
{
    return wil_op_mean_all(g, wil_op_softplus(g, wil_op_neg(g, fake)));
}

/* ((D(real) - t)^2 + D(fake)^2) / 2, t = 1 - s [Mao2017, equation 9]. */
static wil_node least_squares_each(wil_graph *g, wil_node real, wil_node fake, double smoothing)
{
    const wil_node of_real = wil_op_square(g, wil_op_add_scalar(g, real, smoothing - 1.0));
    return wil_op_scale(g, wil_op_add(g, of_real, wil_op_square(g, fake)), 0.5);
}

static wil_node least_squares_generator(wil_graph *g, wil_node fake)
{
    return wil_op_scale(g, wil_op_mean_all(g, wil_op_square(g, wil_op_add_scalar(g, fake, -1.0))), 0.5);
}

const gan_loss gan_losses[GAN_LOSSES] = {
    [GAN_WASSERSTEIN] = {"wasserstein", true, wasserstein_each, wil_loss_wasserstein_critic,
        wil_loss_wasserstein_generator},
    [GAN_BCE] = {"bce", false, bce_each, NULL, bce_generator},
    [GAN_LEAST_SQUARES] = {"least-squares", false, least_squares_each, NULL, least_squares_generator},
};

wil_node gan_critic_loss(wil_graph *g, const gan_loss *loss, wil_node real, wil_node fake, double smoothing)
{
    return loss->critic != NULL ? loss->critic(g, real, fake)
                                : wil_op_mean_all(g, loss->each(g, real, fake, smoothing));
}
