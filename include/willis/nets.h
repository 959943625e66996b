/* nets: the networks, one builder a file. A builder appends a network to a graph through a wil_nn and returns
 * its output node; weights land in nn->params under nn->prefix.
 *
 * All activations are channels last; "image" below is [N,H,W,2]: channel 0 the TOF intensity in [-1,1],
 * channel 1 the vessel label.
 */
#ifndef WILLIS_NETS_H
#define WILLIS_NETS_H

#include "willis/base.h"
#include "willis/graph.h"
#include "willis/nn.h"

typedef enum wil_critic_norm {
    WIL_CRITIC_INSTANCE_NORM,
    WIL_CRITIC_SPECTRAL_NORM,
    WIL_CRITIC_NO_NORM
} wil_critic_norm;

typedef struct wil_wgan_config {
    int height, width;    /* of a patch; multiples of 32 */
    int latent;           /* length of z; 100 in the study's text */
    int filters;          /* f; 96 in the study */
    int channels;         /* 2: image and label */
    wil_critic_norm norm; /* critic: instance norm (WGAN-GP) or spectral norm (WGAN-GP-SN) */
    wil_init
        norm_scale; /* generator's batch norm scales; zeroed: N(1, 0.02). The study's code had N(0, 0.05) */
} wil_wgan_config;
wil_wgan_config wil_wgan_config_default(void); /* 96x96, z 100, f 96, 2 channels, instance norm */
/* Refuses impossible values (not a multiple of 32, filters < 1, ...) with a sentence. */
WIL_NODISCARD
wil_status wil_wgan_config_check(const wil_wgan_config *config);

/* z [N,latent] -> image [N,H,W,channels] in [-1,1]. Six bias-free transposed convolutions "conv1".."conv6":
 * z -> 16f at H/32 x W/32 (a kernel of that size; at 96x96 these are the 3x3 taps of the study's 5x5 kernel
 * that reach its 3x3 output) -> 8f -> 4f -> 2f -> f -> channels, 5x5, each doubling the size; batch norm
 * "norm1".."norm5" + ReLU after each but the last; tanh. stats: as wil_nn_batch_norm; may be NULL. */
wil_node wil_nets_wgan_generator(wil_nn *nn, wil_node z, const wil_wgan_config *config, wil_nn_stats *stats);
/* image [N,H,W,channels] -> score [N,1]. Five bias-free 5x5 convolutions of stride 2 "conv1".."conv5" to f,
 * 2f, 4f, 8f, 16f channels, each followed by instance norm (or carrying spectral norm) and leaky ReLU 0.2;
 * then "conv6", a kernel as large as what is left, to one score. power: as wil_nn_spectral_weight; NULL when
 * the critic is only read. */
wil_node wil_nets_wgan_critic(wil_nn *nn, wil_node image, const wil_wgan_config *config, wil_nn_power *power);

typedef struct wil_unet_config {
    int filters;    /* of the first level; 32 */
    int levels;     /* 5: 32-64-128-256-512; spatial sizes must be divisible by 2^(levels-1) */
    double dropout; /* drop probability between the two convolutions of a level; 0.1 */
    int n_spatial;  /* 2; 3 for volumes */
} wil_unet_config;
wil_unet_config wil_unet_config_default(void);
/* Refuses impossible values, and a height or width that the levels cannot halve. */
WIL_NODISCARD
wil_status wil_unet_config_check(const wil_unet_config *config, int height, int width);
/* x [N,H,W,1] (or [N,D,H,W,1]) -> vessel logits of the same shape; the "half U-Net" of [Livne2019]: two 3x3
 * same-padding convolutions with bias + ReLU per level and dropout between them, 2x2 max pooling, nearest
 * upsampling + concatenation, 1x1. */
wil_node wil_nets_unet(wil_nn *nn, wil_node x, const wil_unet_config *config);

#endif
