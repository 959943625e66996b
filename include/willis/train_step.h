/* train: one step of a training, or the use of its network, built with random weights and inputs. What is
 * timed is what trains: the same parts and steps. */
#ifndef WILLIS_TRAIN_STEP_H
#define WILLIS_TRAIN_STEP_H

#include "willis/base.h"
#include "willis/engine.h"

#pragma GCC visibility push(default)

typedef enum wil_timed_kind {
    WIL_TIMED_CRITIC,
    WIL_TIMED_GENERATOR,
    WIL_TIMED_UNET,
    WIL_TIMED_UNET_USE, /* vessel probabilities of batch tiles, a few a run */
    WIL_TIMED_MAPS,     /* temp-pix2pix */
    WIL_TIMED_MAPS_USE  /* a map of batch slices, one a run */
} wil_timed_kind;

typedef struct wil_timed_config {
    wil_timed_kind kind;
    int batch, filters;
    int n_size, size[3];  /* HxW, HxWxD; of maps HxWxT */
    bool spectral;        /* critics: spectral norm in place of instance norm */
    bool weight_clip;     /* critics: weights in [-0.01, 0.01] and RMSprop in place of the gradient penalty */
    bool per_sample_clip; /* critics: gradients clipped per sample (wil_graph_gradient_clipped) */
    wil_plan_config plan;
} wil_timed_config;

typedef struct wil_timed_step wil_timed_step;
/* monitor: borrowed; who may stop it. Fails: WIL_ERR_ARG for a size that the network cannot take. */
WIL_NODISCARD wil_status wil_timed_step_new(
    wil_timed_step **out, const wil_timed_config *config, const wil_monitor *monitor);
void wil_timed_step_free(wil_timed_step *step); /* NULL is fine */
WIL_OWNED_POINTER(wil_timed_step, wil_timed_step_free)
/* All samples once: forward, backward, optimiser, running statistics, or what is used. Fails:
 * WIL_ERR_NUMERIC (a loss that is not finite), WIL_ERR_INTERRUPTED. */
WIL_NODISCARD wil_status wil_timed_step_run(wil_timed_step *step);
const wil_plan *wil_timed_step_plan(const wil_timed_step *step); /* borrowed */
int wil_timed_step_n_runs(const wil_timed_step *step);           /* of the plan, for all samples */

#pragma GCC visibility pop

#endif
