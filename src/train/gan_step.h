/* The two steps of adversarial training, of any networks, loss and dimension. */
#ifndef WILLIS_TRAIN_GAN_STEP_H
#define WILLIS_TRAIN_GAN_STEP_H

#include "gan_loss.h"
#include "net_step.h"
#include "willis/nets.h"

/* The networks, a row each. config: what the row's functions take. */
typedef struct gan_net {
    const char *name;
    wil_node (*generator)(wil_nn *nn, wil_node z, const void *config);
    /* seen, if not NULL: what the critic sees in the images; NONE where it does not tell. */
    wil_node (*critic)(
        wil_nn *nn, wil_node image, const void *config, wil_nn_power *power, wil_critic_seen *seen);
    wil_shape (*image)(const void *config, int batch); /* [N,S..,C] */
    int (*latent)(const void *config);
} gan_net;
extern const gan_net gan_net_wgan, gan_net_wgan3d; /* of wil_wgan_config, of wil_wgan3d_config */

typedef struct gan_spec {
    const gan_net *net;
    const void *config;   /* the networks' */
    const gan_loss *loss; /* NULL: wasserstein */
    int batch;
    bool apart; /* the critic looks at real and at fake samples in turn, as one with batch norm must: in one
                   batch its means would tell them apart; not with clip_bound */
    double smoothing;
    bool drawn_targets;      /* bce: held against the inputs "target_real" and "target_fake", [N,1] */
    gan_matching matching;   /* the generator follows what the critic sees, and takes the input "real" too */
    double gradient_penalty; /* lambda; 0: none */
    double clip_bound;       /* largest norm of a sample's gradient; 0: ordinary gradients */
    double clip_divisor;     /* of the sum of clipped gradients; 0: batch; 1: the policy divides */
    wil_params *generator, *critic; /* borrowed; gain what they lack */
} gan_spec;

/* Where the numbers stand among a step's outputs: the critic's loss, its part without penalty, the penalty.
 */
enum { CRITIC_LOSS, CRITIC_JUDGED, CRITIC_PENALTY };
enum { GENERATOR_LOSS };

/* Inputs "real" [N,S..,C], "z" [N,latent], "guide" [N,S..,2] where labels are given (which come from
 * protected data: not with clip_bound); "mix" [N,1..,1] with a penalty, "mask" [N] with clip_bound. With
 * clip_bound the gradients are the sum of clipped per-sample gradients (wil_graph_gradient_clipped). */
void gan_critic_step(net_step *step, wil_graph *graph, const void *gan_spec);
/* Input "z"; "real" with matching. */
void gan_generator_step(net_step *step, wil_graph *graph, const void *gan_spec);

#endif
