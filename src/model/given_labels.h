/* Labels that are given to a generator, from whatever file they lie in. */
#ifndef WILLIS_MODEL_GIVEN_LABELS_H
#define WILLIS_MODEL_GIVEN_LABELS_H

#include "willis/model.h"

/* The patches of config->labels, as large as net's: a patch set's labels, or patches cut from a volume. Warns
 * of other voxel sizes than spacing_mm. Clear with wil_samples_clear. Fails: WIL_ERR_INPUT. */
WIL_NODISCARD wil_status given_labels_read(wil_samples *out, const wil_generate_config *config,
    const wil_generator_facts *facts, const wil_monitor *monitor);
/* Whether they are known to be phantoms': nothing but the set's own word counts. */
bool given_labels_are_phantoms(const wil_samples *labels);

#endif
