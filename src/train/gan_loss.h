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

wil_node gan_critic_loss(
    wil_graph *g, const gan_loss *loss, wil_node real, wil_node fake, double smoothing); /* rank 0 */

#endif
