/* The step of segmentation training: Dice loss and its gradients. */
#ifndef WILLIS_STUDY_UNET_STEP_H
#define WILLIS_STUDY_UNET_STEP_H

#include "net_step.h"
#include "willis/nets.h"

/* Adds to step: the loss (output 0), the gradients of all weights, and the statistics of batch norms. Inputs
 * "image" and "label", both of shape image [N,S..,1]. */
void unet_step_build(
    net_step *step, wil_graph *graph, wil_params *params, const wil_unet_config *net, wil_shape image);

#endif
