/* Everything adversarial training holds between two steps, and how it is saved and restored. */
#ifndef WILLIS_STUDY_GAN_STATE_H
#define WILLIS_STUDY_GAN_STATE_H

#include "gan_plans.h"
#include "run_folder.h"
#include "willis/data.h"
#include "willis/train.h"

typedef struct gan_state {
    const wil_run_config *config; /* borrowed */
    wil_plan_config engine;
    wil_wgan_config net;
    wil_samples patches;
    run_facts facts;
    float *low, *high; /* [n] intensity limits of each patch */
    wil_sampler *order;

    wil_params *generator, *critic;
    wil_params *averaged; /* NULL without weight averaging */
    wil_optimizer *generator_optimizer, *critic_optimizer;
    net_step critic_step, generator_step;

    float *real, *z, *mix; /* [N,H,W,2], [N,latent], [N] : bound to the plans */
    size_t *indices;       /* [N] */
} gan_state;

/* Reads the patch set, builds both networks and their plans. Tells what memory that takes before it is taken.
 * Fails: WIL_ERR_INPUT (patch set), WIL_ERR_ARG (less memory than needed). */
WIL_NODISCARD wil_status gan_state_new(
    gan_state *out, const wil_run_config *config, const wil_monitor *monitor);
void gan_state_clear(gan_state *state);

/* After a generator step: moves the averaged weights. */
void gan_state_average(gan_state *state);
/* The generator that samples are drawn from. */
wil_params *gan_state_sampled(gan_state *state);

WIL_NODISCARD wil_status gan_state_save(const gan_state *state, int64_t step);
/* Fails: WIL_ERR_INPUT when the checkpoint is of another architecture. */
WIL_NODISCARD wil_status gan_state_restore(gan_state *state, int64_t *step_out, const wil_monitor *monitor);

#endif
