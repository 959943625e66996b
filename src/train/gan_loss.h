/* The losses of adversarial training, a row each: a new one is one row. */
#ifndef WILLIS_TRAIN_GAN_LOSS_H
#define WILLIS_TRAIN_GAN_LOSS_H

#include "willis/nn.h"

typedef enum gan_loss_kind { GAN_WASSERSTEIN, GAN_BCE, GAN_LEAST_SQUARES, GAN_LOSSES } gan_loss_kind;

/* Scores are logits D(x) of any shape with dim 0 = N; real and fake ones of the same. smoothing s: real ones
 * are to be 1 - s [Salimans2016]; of no meaning to wasserstein. */
typedef struct gan_loss {
    const char *name;
    bool penalised; /* takes a gradient penalty, as its critic must be Lipschitz [Gulrajani2017] */
    /* What each score of a pair adds to the critic's loss; the loss is the mean. */
    wil_node (*each)(wil_graph *g, wil_node real, wil_node fake, double smoothing);
    /* That mean, where it is not taken of each; NULL: it is. */
    wil_node (*critic)(wil_graph *g, wil_node real, wil_node fake);
    wil_node (*generator)(wil_graph *g, wil_node fake);
} gan_loss;
extern const gan_loss gan_losses[GAN_LOSSES]; /* by kind */

/* bce_each with targets of its own for each score, between 0 and 1 or not. */
wil_node gan_bce_drawn(
    wil_graph *g, wil_node real, wil_node fake, wil_node target_real, wil_node target_fake);

/* What the generator follows in place of the scores: what the critic sees in real and fake samples, [N,..].
 * |mean f(real) - mean f(fake)|^2 [Salimans2016, section 3.1]; or the study's mean |f(real_i) - f(fake_i)|
 * of samples that have nothing to do with each other, which is least where all fakes are the median. */
typedef enum gan_matching { GAN_MATCH_NONE, GAN_MATCH_MEANS, GAN_MATCH_L1 } gan_matching;
wil_node gan_matching_loss(wil_graph *g, gan_matching matching, wil_node of_real, wil_node of_fake);

wil_node gan_critic_loss(
    wil_graph *g, const gan_loss *loss, wil_node real, wil_node fake, double smoothing); /* rank 0 */

#endif
