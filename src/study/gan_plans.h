/* The compiled steps of adversarial training. */
#ifndef WILLIS_STUDY_GAN_PLANS_H
#define WILLIS_STUDY_GAN_PLANS_H

#include "willis/engine.h"
#include "willis/nets.h"
#include "willis/nn.h"
#include "willis/study.h"

/* Where the scalars of a critic step stand among its outputs; gradients and power vectors follow. */
enum { CRITIC_LOSS, CRITIC_WASSERSTEIN, CRITIC_PENALTY, CRITIC_SCALARS };
enum { GENERATOR_LOSS, GENERATOR_SCALARS };

typedef struct gan_step {
    wil_plan *plan;
    int first_gradient, n_gradients;
    wil_nn_power power; /* critic with spectral norm: outputs behind the gradients; names are the set's */
} gan_step;

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
 * memory yet: what it takes is known first. config: NULL for the default. */
WIL_NODISCARD wil_status gan_critic_step_new(gan_step *out, wil_params *generator, wil_params *critic,
    const gan_nets *nets, int batch, double gradient_penalty, const wil_plan_config *config);
/* Generator step: input "z" [N,latent]. */
WIL_NODISCARD wil_status gan_generator_step_new(gan_step *out, wil_params *generator, wil_params *critic,
    const gan_nets *nets, int batch, const wil_plan_config *config);
/* Allocates the sets and binds the plan to them. */
WIL_NODISCARD wil_status gan_step_bind(const gan_step *step, wil_params *generator, wil_params *critic);
void gan_step_clear(gan_step *step);

/* Points gradients[i] at the step's results, in the order of the trained weights. */
void gan_step_gradients(const gan_step *step, const float **gradients);

#endif
