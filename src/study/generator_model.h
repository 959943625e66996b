/* A generator outside training: preview, frozen statistics, its file, samples. */
#ifndef WILLIS_STUDY_GENERATOR_MODEL_H
#define WILLIS_STUDY_GENERATOR_MODEL_H

#include "willis/engine.h"
#include "willis/nets.h"
#include "willis/nn.h"
#include "willis/study.h"

/* The fixed micro-batch of everything outside training: sample i always stands in slot i % this, among its
 * own neighbours, so that its bits depend on the seed and i alone. */
#define GENERATOR_SLOTS 32

typedef struct generator_facts {
    wil_wgan_config net; /* first: model_params.h */
    double label_threshold;
    double spacing_mm[3];
    int precision; /* wil_precision */
    int64_t steps; /* generator updates it had */
    uint64_t seed; /* of its training */
} generator_facts;

/* Runs the generator with batch statistics on the first n latents of (seed, purpose): a picture of training.
 * engine: NULL for the default, here and below. */
WIL_NODISCARD wil_status generator_preview(float *pairs_out, int n, wil_params *params,
    const wil_wgan_config *net, uint64_t seed, const wil_plan_config *engine);
/* Sets every running_mean and running_var from n_samples latents (correctness.md, G8). */
WIL_NODISCARD wil_status generator_calibrate(wil_params *params, const wil_wgan_config *net, uint64_t seed,
    int n_samples, const wil_plan_config *engine);
/* What the plan of these two needs; its set needs no memory for that. */
WIL_NODISCARD wil_status generator_batch_bytes(
    size_t *out, wil_params *params, const wil_wgan_config *net, const wil_plan_config *engine);
WIL_NODISCARD wil_status generator_save(
    const wil_params *params, const generator_facts *facts, const char *path);
WIL_NODISCARD wil_status generator_load(
    wil_params **params_out, generator_facts *facts_out, const char *path);

/* Names and shapes of a generator's weights; the first without memory, the second allocated. */
WIL_NODISCARD wil_status generator_params_declare(wil_params **out, const wil_wgan_config *net);
WIL_NODISCARD wil_status generator_params_new(wil_params **out, const wil_wgan_config *net);

#endif
