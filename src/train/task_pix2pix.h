/* The step of perfusion map training: temp-pix2pix (or pix2pix) and its discriminator. */
#ifndef WILLIS_TRAIN_TASK_PIX2PIX_H
#define WILLIS_TRAIN_TASK_PIX2PIX_H

#include "trainer.h"
#include "willis/nets.h"

/* Where the losses of the step stand among its outputs; gradients follow. */
enum { PIX2PIX_GENERATOR_LOSS, PIX2PIX_L1, PIX2PIX_DISCRIMINATOR_LOSS };

typedef struct pix2pix_spec {
    const wil_pix2pix_config *net; /* borrowed */
    bool temporal;                 /* temp-pix2pix; source [N,T,H,W,1] in place of [N,H,W,T] */
    int batch;
    double lambda;                         /* weight of L1 beside the adversarial loss; 1 in the study */
    wil_params *generator, *discriminator; /* borrowed; gain what they lack */
} pix2pix_spec;

/* The losses, then the gradients of generator and discriminator, in this order of trained sets. Inputs
 * "source" and "map" [N,H,W,1]. Generator: BCE(D(source, fake), 1) + lambda |fake - map|; discriminator: half
 * of BCE(D(source, map), 1) + BCE(D(source, fake), 0) [Isola2017]. Both gradients are taken at the same
 * weights, so that each network passes over the fake map once. */
void pix2pix_step(net_step *step, wil_graph *graph, const void *pix2pix_spec);
/* The generator alone, with stored statistics: "source" -> map [N,H,W,1] (output 0). */
void pix2pix_apply(net_step *step, wil_graph *graph, const void *pix2pix_spec);

/* Parts and step of the training: both sets from seed on, Adam at rate with beta1 0.5 [Isola2017]. spec's
 * sets are filled in. */
WIL_NODISCARD wil_status pix2pix_add(train *t, pix2pix_spec *spec, uint64_t seed, double rate);

#endif
