/* Parameter sets of whole networks: what is common to a generator and a U-Net. */
#ifndef WILLIS_STUDY_MODEL_PARAMS_H
#define WILLIS_STUDY_MODEL_PARAMS_H

#include "willis/base_fields.h"
#include "willis/model.h"

/* Adds the network that net describes to nn, so that its set knows all weights; nn's prefix is the builder's.
 */
typedef void (*model_builder)(wil_nn *nn, const void *net);
/* Fills facts_out from a file's metadata. facts_out begins with what the builder takes as net. */
typedef wil_status (*model_facts_reader)(void *facts_out, const json_t *metadata, const char *path);

/* Names and shapes of a network's weights, which have no memory yet. */
WIL_NODISCARD wil_status model_params_declare(wil_params **out, model_builder build, const void *net);
/* The same with memory, zeroed. */
WIL_NODISCARD wil_status model_params_new(wil_params **out, model_builder build, const void *net);
/* Facts and weights of a network's file. Fails: WIL_ERR_INPUT, as the reader does, or when a weight is
 * missing, too much or of another shape. */
WIL_NODISCARD wil_status model_load(
    wil_params **params_out, void *facts_out, model_facts_reader read, model_builder build, const char *path);

/* What a network's file says of itself is architecture; otherwise WIL_ERR_INPUT: it is not what is wanted ("a
 * generator"), which is found in file. */
WIL_NODISCARD wil_status model_check_architecture(
    const json_t *metadata, const char *architecture, const char *wanted, const char *file, const char *path);
/* Weights, with what is in_model of facts as metadata, and with more, which may be NULL. */
WIL_NODISCARD wil_status model_save(const wil_params *params, const char *architecture,
    const wil_fields *fields, const void *facts, const json_t *more, const char *path);

/* Takes what wil_generator_draw and wil_batch_guide fill for WIL_GENERATOR_SLOTS samples and binds it to a
 * generator's plan; NULL stays where it takes none. */
WIL_NODISCARD wil_status model_bind_draw(
    float **z, float **noise, float **guide, wil_plan *plan, const wil_wgan_config *net);

#endif
