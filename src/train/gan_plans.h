/* The compiled steps of adversarial training. */
#ifndef WILLIS_STUDY_GAN_PLANS_H
#define WILLIS_STUDY_GAN_PLANS_H

#include "net_step.h"
#include "willis/nets.h"
#include "willis/nn.h"
#include "willis/train.h"

/* Where the losses stand among a step's outputs. */
enum { CRITIC_LOSS, CRITIC_WASSERSTEIN, CRITIC_PENALTY };
enum { GENERATOR_LOSS };

/* The two networks of an adversarial training, in whatever dimension. */
typedef struct gan_nets {
    wil_shape image; /* of one sample: [1,S..,C] */
    int latent;
    const void *config; /* borrowed; what the builders take */
    wil_node (*generator)(wil_nn *nn, wil_node z, const void *config);
    wil_node (*critic)(wil_nn *nn, wil_node image, const void *config, wil_nn_power *power);
} gan_nets;

gan_nets gan_nets_2d(const wil_wgan_config *net);
gan_nets gan_nets_3d(const wil_wgan3d_config *net);

/* Critic step: inputs "real" [N,S..,C], "z" [N,latent], "mix" [N,1..,1]. The sets gain what they lack, but no
 * memory yet: net_step_bind(step, {generator, critic}, 2) is left to the caller, as what it takes is known
 * first. config: NULL for the default. */
WIL_NODISCARD wil_status gan_critic_step_new(net_step *out, wil_params *generator, wil_params *critic,
    const gan_nets *nets, int batch, double gradient_penalty, const wil_plan_config *config);
/* Generator step: input "z" [N,latent]. */
WIL_NODISCARD wil_status gan_generator_step_new(net_step *out, wil_params *generator, wil_params *critic,
    const gan_nets *nets, int batch, const wil_plan_config *config);

#endif
