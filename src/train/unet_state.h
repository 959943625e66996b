/* Everything segmentation training holds between two steps, and how it is saved and restored. */
#ifndef WILLIS_STUDY_UNET_STATE_H
#define WILLIS_STUDY_UNET_STATE_H

#include "net_step.h"
#include "run_folder.h"
#include "willis/model.h"
#include "willis/data.h"
#include "willis/engine.h"
#include "willis/train.h"

typedef struct unet_state {
    const wil_run_config *config; /* borrowed */
    wil_plan_config engine;
    wil_unet_facts facts;
    run_facts run;
    wil_samples patches; /* intensities already in 0..255 by each scan's range */
    wil_augment_config augment;
    wil_sampler *order;
    int steps_per_epoch;

    wil_params *params, *best; /* best: weights of the best epoch so far */
    double best_dice;          /* NaN before the first validation */
    int best_epoch;
    double epoch_loss;   /* sum over the steps of the current epoch */
    bool validation_due; /* the epoch's steps are done, its validation is not */

    wil_optimizer *optimizer;
    net_step step;        /* output 0: the loss */
    float *image, *label; /* [N,H,W,1], bound */
    size_t *indices;      /* [N] */
} unet_state;

/* Reads the patch set, builds the network and its plan. Tells what memory that takes before it is taken.
 * Fails: WIL_ERR_INPUT (patch set), WIL_ERR_ARG (less memory than needed). */
WIL_NODISCARD wil_status unet_state_new(
    unet_state *out, const wil_run_config *config, const wil_monitor *monitor);
void unet_state_clear(unet_state *state);
WIL_NODISCARD wil_status unet_state_save(const unet_state *state, int64_t step);
WIL_NODISCARD wil_status unet_state_restore(unet_state *state, int64_t *step_out, const wil_monitor *monitor);

#endif
