/* Critic steps beyond the WGAN-GP: weight clipping in place of a gradient penalty, gradients clipped per
 * sample. */
#ifndef WILLIS_STUDY_CRITIC_STEP_H
#define WILLIS_STUDY_CRITIC_STEP_H

#include "gan_plans.h"
#include "net_step.h"

typedef struct critic_step_config {
    const gan_nets *nets; /* borrowed */
    int batch;
    double gradient_penalty; /* lambda; 0: none */
    double clip_bound;       /* largest norm of a sample's gradient; 0: ordinary gradients */
} critic_step_config;

/* Adds to step: the loss (output 0; mean of D(fake) - D(real) + penalty) and the gradients of critic. With
 * clip_bound they are the sum of clipped per-sample gradients (wil_graph_gradient_clipped) over batch. Inputs
 * "real" [N,S..,C], "z" [N,latent]; "mix" [N,1..,1] with a penalty; "mask" [N] with clip_bound. */
void critic_step_build(net_step *step, wil_graph *graph, wil_params *generator, wil_params *critic,
    const critic_step_config *config);

#endif
