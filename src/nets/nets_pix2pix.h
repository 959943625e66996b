/* What pix2pix, temp-pix2pix and their discriminator share. */
#ifndef WILLIS_NETS_PIX2PIX_H
#define WILLIS_NETS_PIX2PIX_H

#include "nets_internal.h"

/* Where its layers lie. */
typedef struct pix2pix_place {
    const char *prefix;  /* before each layer's name: "" or "unet." */
    wil_nn_stats *stats; /* may be NULL */
} pix2pix_place;

/* x [N,H,W,C] -> map [N,H,W,1] in [-1,1]; config is checked by the caller. */
wil_node pix2pix_unet(wil_nn *nn, const pix2pix_place *place, wil_node x, const wil_pix2pix_config *config);
/* source [N,H,W,T], or [N,T,H,W,1] turned round, as [N,H,W,T]; else WIL_NODE_NONE and the graph has failed.
 */
wil_node pix2pix_source(wil_nn *nn, const char *what, wil_node source, const wil_pix2pix_config *config);

#endif
