/* The step of perfusion map training: temp-pix2pix (or pix2pix) and its discriminator. */
#ifndef WILLIS_STUDY_PIX2PIX_STEP_H
#define WILLIS_STUDY_PIX2PIX_STEP_H

#include "net_step.h"
#include "willis/nets.h"

/* Where the losses of a step stand among its outputs; gradients follow. */
enum { PIX2PIX_GENERATOR_LOSS, PIX2PIX_L1, PIX2PIX_DISCRIMINATOR_LOSS };

typedef struct pix2pix_step_config {
    const wil_pix2pix_config *net; /* borrowed */
    bool temporal;                 /* temp-pix2pix; source [N,T,H,W,1] in place of [N,H,W,T] */
    int batch;
    double lambda; /* weight of L1 beside the adversarial loss; 1 in the study */
} pix2pix_step_config;

/* Shape of the step's input "source". */
wil_shape pix2pix_source_shape(const pix2pix_step_config *config);

/* Adds to step: the losses, then the gradients of generator and discriminator, in this order of trained sets.
 * Inputs "source" and "map" [N,H,W,1]. Generator: BCE(D(source, fake), 1) + lambda |fake - map|;
 * discriminator: half of BCE(D(source, map), 1) + BCE(D(source, fake), 0) [Isola2017]. Both gradients are
 * taken at the same weights, so that each network passes over the fake map once. */
void pix2pix_step_build(net_step *step, wil_graph *graph, wil_params *generator, wil_params *discriminator,
    const pix2pix_step_config *config);

/* The generator alone, with stored statistics: "source" -> map [N,H,W,1]. */
wil_node pix2pix_apply_build(wil_graph *graph, wil_params *generator, const pix2pix_step_config *config);

#endif
