/* The step of segmentation training: Dice loss and its gradients. */
#ifndef WILLIS_TRAIN_UNET_STEP_H
#define WILLIS_TRAIN_UNET_STEP_H

#include "net_step.h"
#include "willis/nets.h"

typedef struct unet_spec {
    const wil_unet_config *net; /* borrowed, as the set */
    wil_params *params;
    wil_shape image; /* [N,S..,1] */
} unet_spec;

/* The loss (output 0), gradients, statistics of batch norms. Inputs "image" and "label", both of shape image.
 */
void unet_step(net_step *step, wil_graph *graph, const void *unet_spec);

#endif
