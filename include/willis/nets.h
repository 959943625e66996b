/* nets: the networks, one builder a file. A builder appends a network to a graph through a wil_nn and returns
 * its output node; weights land in nn->params under nn->prefix.
 *
 * All activations are channels last; "image" below is [N,H,W,2]: channel 0 the TOF intensity in [-1,1],
 * channel 1 the vessel label. A volume is [N,D,H,W,C] with D, H, W along z, y, x: x runs fastest, as in
 * NIfTI, so the study's patch of 128 x 128 x 64 voxels has D = 64.
 */
#ifndef WILLIS_NETS_H
#define WILLIS_NETS_H

#include "willis/base.h"
#include "willis/base_fields.h"
#include "willis/graph.h"
#include "willis/nn.h"

#pragma GCC visibility push(default)

typedef enum wil_critic_norm {
    WIL_CRITIC_INSTANCE_NORM,
    WIL_CRITIC_SPECTRAL_NORM,
    WIL_CRITIC_NO_NORM,
    WIL_CRITIC_BATCH_NORM
} wil_critic_norm;

/* What a generator draws: image and label from z, or the image around a label that it is given. */
typedef enum wil_gan_labels { WIL_LABELS_JOINT, WIL_LABELS_GIVEN } wil_gan_labels;
/* How the generator doubles the size of its arrays: by a transposed convolution of kernel 5 and stride 2 (the
 * study), whose outputs are reached by 9, 6, 6 or 4 taps in turn, a grid of period two in what it draws; or
 * by nearest upsampling and a convolution of kernel 3 [Odena2016], where all are reached alike. */
typedef enum wil_wgan_growth { WIL_GROWTH_TRANSPOSED, WIL_GROWTH_UPSAMPLE } wil_wgan_growth;

typedef struct wil_wgan_config {
    int height, width; /* of a patch; multiples of 32 */
    int latent;        /* length of z; 100 in the study's text */
    int filters;       /* f; 96 in the study */
    int channels;      /* 2: image and label */
    wil_critic_norm
        norm;       /* critic: instance norm (WGAN-GP), spectral norm (WGAN-GP-SN), batch norm (DCGAN) */
    bool minibatch; /* critic of the DCGAN: ends in minibatch discrimination */
    wil_wgan_growth growth; /* generator */
    bool noise; /* generator: takes a second input "noise" [N,H,W,1], white and normal, from which it makes
                   the image's noise: coloured by a trained filter, as strong at each voxel as it says there.
                   A latent vector alone has too few numbers to draw a scanner's noise from */
    wil_init
        norm_scale; /* generator's batch norm scales; zeroed: N(1, 0.02). The study's code had N(0, 0.05) */
    wil_gan_labels labels;
} wil_wgan_config;
wil_wgan_config wil_wgan_config_default(void); /* 96x96, z 100, f 96, 2 channels, instance norm */
/* Refuses impossible values (not a multiple of 32, filters < 1, ...) with a sentence. */
WIL_NODISCARD
wil_status wil_wgan_config_check(const wil_wgan_config *config);

/* z [N,latent] -> image [N,H,W,channels] in [-1,1]. Six bias-free transposed convolutions "conv1".."conv6":
 * z -> 16f at H/32 x W/32 (a kernel of that size; at 96x96 these are the 3x3 taps of the study's 5x5 kernel
 * that reach its 3x3 output) -> 8f -> 4f -> 2f -> f -> channels, 5x5, each doubling the size; batch norm
 * "norm1".."norm5" + ReLU after each but the last; tanh. With growth upsample "conv2".."conv6" are
 * wil_nn_upsample_conv. With noise n the last layer gives four more channels a, and the image is
 * tanh(x + sum a_k (w_k * n)), w the 3x3 filters "noise". stats: as wil_nn_batch_norm; may be NULL.
 *
 * With labels given there is one more input, "guide" [N,H,W,2] (wil_batch_guide): the label, and its signed
 * distance. Its averages over squares of 32, 16, ... 2 voxels are joined to what "conv2".."conv6" take;
 * "conv6" gives max(f/4, 8) channels, with "norm6" and ReLU, which the guide itself is joined to; "conv7",
 * 5x5 and bias-free, is the last layer and makes the image; the label stands beside it as it was given. */
wil_node wil_nets_wgan_generator(wil_nn *nn, wil_node z, const wil_wgan_config *config, wil_nn_stats *stats);
/* image [N,H,W,channels] -> score [N,1]. Five bias-free 5x5 convolutions of stride 2 "conv1".."conv5" to f,
 * 2f, 4f, 8f, 16f channels, each followed by instance norm (or carrying spectral norm) and leaky ReLU 0.2;
 * then "conv6", a kernel as large as what is left, to one score. power: as wil_nn_spectral_weight; NULL when
 * the critic is only read.
 *
 * With batch norm ("norm1".. beside each convolution but the last) scores are logits, and hang on the other
 * samples of the batch: for training alone, whose running statistics are not followed. With minibatch, for
 * which the study's code has the head, "conv5" goes to 50 channels without norm (kernel 5, stride 2, pad 1;
 * of two pixels pad 2) and the head stands for the rest: "linear1", as wide as what it reads; 100 kernels of
 * 16 numbers "discrimination" [1600,I], number c of kernel b in row 100 c + b; "linear2" of the two joined.
 * [Salimans2016]: o_b(x_i) = sum_j exp(-|M_ib - M_jb|_1), here over j other than i, as a sample's own
 * likeness, always 1, belongs to the bias.
 *
 * The second one tells besides what generators can be held to. */
typedef struct wil_critic_seen {
    wil_node features; /* what the last layer without a head, or the head, reads: [N,h,w,16f], [N,h,w,50] */
    wil_node last;     /* what the last convolution gives: scores [N,1], or [N,h,w,50] before a head */
} wil_critic_seen;
wil_node wil_nets_wgan_critic(wil_nn *nn, wil_node image, const wil_wgan_config *config, wil_nn_power *power);
wil_node wil_nets_wgan_critic_seen(wil_nn *nn, wil_node image, const wil_wgan_config *config,
    wil_nn_power *power, wil_critic_seen *seen_out);

/* ---- WGAN-GP in three dimensions ---------------------------------------------------------------------- */

typedef struct wil_wgan3d_config {
    int depth, height, width; /* of a patch; multiples of 8 */
    int latent;               /* length of z; 128 */
    int filters;              /* n; 512, of the larger model 1024; a multiple of 8 */
    int channels;             /* 2: image and label */
    wil_critic_norm norm;     /* critic */
    bool spectral_linear; /* spectral norm: on the critic's last, linear layer too. The study had it on the
                             convolutions only, so that its last product is not bounded */
    wil_init norm_scale;  /* as in wil_wgan_config */
} wil_wgan3d_config;
wil_wgan3d_config wil_wgan3d_config_default(void); /* 64x128x128, z 128, n 512, instance norm */
/* Refuses impossible values with a sentence: WIL_ERR_ARG. */
WIL_NODISCARD
wil_status wil_wgan3d_config_check(const wil_wgan3d_config *config);

/* z [N,latent] -> volume [N,D,H,W,channels] in [-1,1]: "linear" (with bias) to n channels at an eighth of the
 * size, batch norm "norm1" + ReLU; three times upsampling by 2, convolution "conv1".."conv3" of kernel 3 to
 * n/2, n/4, n/8 channels, batch norm "norm2".."norm4" + ReLU; "conv4", kernel 3 with bias, tanh. The other
 * convolutions stand before a batch norm, which takes a bias away, and have none. stats: as
 * wil_nn_batch_norm; may be NULL. */
wil_node wil_nets_wgan3d_generator(
    wil_nn *nn, wil_node z, const wil_wgan3d_config *config, wil_nn_stats *stats);
/* volume [N,D,H,W,channels] -> score [N,1]: "conv1".."conv4" of kernel 3, stride 2 and pad 1 to n/8, n/4,
 * n/2, n channels, with bias unless instance norm follows, norm or spectral norm, leaky ReLU 0.2; "linear"
 * with bias. power: as wil_nn_spectral_weight; NULL when the critic is only read. */
wil_node wil_nets_wgan3d_critic(
    wil_nn *nn, wil_node volume, const wil_wgan3d_config *config, wil_nn_power *power);

/* ---- U-Net -------------------------------------------------------------------------------------------- */

typedef struct wil_unet_config {
    int filters;     /* of the first level; 32 */
    int levels;      /* 5: 32-64-128-256-512; spatial sizes must be divisible by 2^(levels-1) */
    double dropout;  /* drop probability between the two convolutions of a level; 0.1 */
    int n_spatial;   /* 2; 3 for volumes */
    bool batch_norm; /* after each 3-wide convolution, which then has no bias */
} wil_unet_config;
wil_unet_config wil_unet_config_default(void);
/* [Hilbert2020]: volumes, 4 levels from 16 filters, batch norm, no dropout. */
wil_unet_config wil_unet3d_config_default(void);
/* Refuses impossible values, and a height or width that the levels cannot halve. */
WIL_NODISCARD
wil_status wil_unet_config_check(const wil_unet_config *config, int height, int width);
/* The same for volumes; refuses n_spatial other than 3. */
WIL_NODISCARD
wil_status wil_unet3d_config_check(const wil_unet_config *config, int depth, int height, int width);
/* x [N,H,W,1] (or [N,D,H,W,1]) -> vessel logits of the same shape; the "half U-Net" of [Livne2019]: two 3x3
 * same-padding convolutions with bias + ReLU per level and dropout between them, 2x2 max pooling, nearest
 * upsampling + concatenation, 1x1. With batch norm: convolution, norm, ReLU, and "down1.norm1" stands beside
 * "down1.conv1". */
wil_node wil_nets_unet(wil_nn *nn, wil_node x, const wil_unet_config *config);
/* The same, and collects the batch norms' statistics as wil_nn_batch_norm does; stats may be NULL. */
wil_node wil_nets_unet_with_stats(wil_nn *nn, wil_node x, const wil_unet_config *config, wil_nn_stats *stats);

/* ---- pix2pix and temp-pix2pix ------------------------------------------------------------------------- */

typedef struct wil_pix2pix_config {
    int height, width;         /* of a slice; multiples of 64 */
    int time_points;           /* T; temp-pix2pix: 64 to 127, so that six halvings leave one */
    int filters;               /* n of the generator's U-Net: n, 2n, 4n, 8n, 8n, 8n */
    int time_filters;          /* m of temp-pix2pix: m, 2m, 4m, 8m, 8m, 8m */
    int discriminator_filters; /* of the discriminator's first layer; 64 */
    double dropout;            /* after the three innermost up layers [Isola2017]; 0 in the study */
    wil_init norm_scale;       /* batch norm scales; zeroed: N(1, 0.02). The study's code had N(0, 0.05) */
} wil_pix2pix_config;
wil_pix2pix_config wil_pix2pix_config_default(void); /* 128x128, T 80, n 16, m 16, 64, no dropout */
/* Refuses impossible values with a sentence: WIL_ERR_ARG. The second one for temp-pix2pix: T and m too. */
WIL_NODISCARD
wil_status wil_pix2pix_config_check(const wil_pix2pix_config *config);
WIL_NODISCARD
wil_status wil_temp_pix2pix_config_check(const wil_pix2pix_config *config);

/* source [N,H,W,T] -> map [N,H,W,1] in [-1,1]; the U-Net of [Isola2017] with six levels: "down1".."down6" of
 * kernel 4, stride 2, pad 1, leaky ReLU 0.2 before each but the first, batch norm after each but the first
 * and the last; "up6".."up1", transposed, ReLU before, batch norm after each but up1, whose convolution has a
 * bias and whose result goes through tanh; up5 to up1 read [skip, up] joined along the channels. Names:
 * "down2.conv", "down2.norm". stats: as wil_nn_batch_norm; may be NULL. */
wil_node wil_nets_pix2pix_generator(
    wil_nn *nn, wil_node source, const wil_pix2pix_config *config, wil_nn_stats *stats);
/* source [N,T,H,W,1], or, without turning it round, [N,H,W,T] -> map [N,H,W,1] in [-1,1]: "time1".."time6",
 * convolutions over time alone of kernel (4,1,1), stride (2,1,1), pad (1,0,0), each with batch norm and leaky
 * ReLU 0.2, then the same U-Net on 8m channels under "unet": "time1.conv", "time1.norm", "unet.down1.conv".
 */
wil_node wil_nets_temp_pix2pix_generator(
    wil_nn *nn, wil_node source, const wil_pix2pix_config *config, wil_nn_stats *stats);
/* source [N,H,W,T] or [N,T,H,W,1], map [N,H,W,1] -> logits [N,H/16,W/16,1], one for each patch [Isola2017]:
 * "layer1".."layer4" of kernel 4, stride 2, pad 1 on the two joined along the channels, to f, 2f, 4f and 1;
 * batch norm on layer2 and layer3, leaky ReLU 0.2 after layer1 to layer3, biases on layer1 and layer4. Loss:
 * wil_loss_bce_logits (the study's code put a sigmoid before a loss that has one). */
wil_node wil_nets_patch_discriminator(
    wil_nn *nn, wil_node source, wil_node map, const wil_pix2pix_config *config, wil_nn_stats *stats);

/* ---- feature extractors: weights come from elsewhere, batch norms are folded --------------------------- */

typedef enum wil_inception_variant {
    WIL_INCEPTION_FID, /* of Frechet distances (pytorch-fid): average pools leave the padding out, and the
                          last block's pool is a maximum */
    WIL_INCEPTION_TORCHVISION /* torchvision's inception_v3, without transform_input */
} wil_inception_variant;
#define WIL_INCEPTION_FEATURES 2048
#define WIL_INCEPTION_EPS 1e-3 /* of its batch norms */

/* image [N,H,W,3] in [-1,1], at least 75x75 (made for 299x299) -> [N,2048]: Inception v3 [Szegedy2016] up to
 * its last pooling ("pool3"). Layers "<torchvision's name>.conv" with weight and bias. */
wil_node wil_nets_inception(wil_nn *nn, wil_node image, wil_inception_variant variant);

#define WIL_MEDICALNET_FEATURES 512
#define WIL_MEDICALNET_EPS 1e-5

/* volume [N,D,H,W,1], standardised -> [N,512]: ResNet-10 of MedicalNet [Chen2019], shortcuts of kind B,
 * layers 3 and 4 dilated by 2 and 4, averaged over the volume. Layers "conv1", "layer1.0.conv1",
 * "layer2.0.downsample.0". */
wil_node wil_nets_medicalnet(wil_nn *nn, wil_node volume);

/* Loads a set of convolutions with biases from a file of convolutions without bias, each followed by a batch
 * norm with running statistics, whose affine map goes into the convolution. Names of norms follow from those
 * of convolutions ("x.conv" and "x.bn", "x.conv1" and "x.bn1", "x.0" and "x.1"). The set is allocated; it is
 * changed only if everything fits. Fails: WIL_ERR_INPUT naming the tensor (missing, of another shape or type,
 * unknown). */
WIL_NODISCARD
wil_status wil_nets_load_folded(wil_params *params, const wil_tensor_file *file, double eps_num);

/* ---- all of them --------------------------------------------------------------------------------------- */

/* How large a network is to be; 0: as in its paper. */
typedef struct wil_net_size {
    int batch, filters;
    int size[3]; /* HxW, HxWxD or HxWxT, as many as the network has */
} wil_net_size;
extern const wil_fields wil_net_size_fields; /* batch and filters */

/* A network by name, with the size of its paper. */
typedef struct wil_net {
    const char *name, *what;
    int filters; /* 0: they are fixed */
    int n_size, size[3];
    wil_node (*build)(wil_nn *nn, const wil_net_size *size); /* all of size is given */
} wil_net;

const wil_net *wil_nets_list(int *n_out); /* borrowed, constant */
/* Fails: WIL_ERR_ARG with the nearest name. */
WIL_NODISCARD wil_status wil_nets_find(const wil_net **out, const char *name);
/* Appends the network with its inputs; *out: its result. size NULL: as in its paper. Fails: WIL_ERR_ARG for
 * sizes that the network cannot take. */
WIL_NODISCARD wil_status wil_nets_build(
    wil_node *out, wil_nn *nn, const wil_net *net, const wil_net_size *size);

#pragma GCC visibility pop
#endif
