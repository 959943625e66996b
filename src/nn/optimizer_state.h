/* What an optimiser remembers, for its update and for its checkpoints. */
#ifndef WILLIS_OPTIMIZER_STATE_H
#define WILLIS_OPTIMIZER_STATE_H

#include "willis/nn.h"

/* One trained weight and its moments; a moment that the kind does not keep is NULL. */
typedef struct nn_slot {
    wil_param *param; /* borrowed */
    float *m, *v;
} nn_slot;

struct wil_optimizer {
    wil_optimizer_config config;
    const char *m_name, *v_name; /* of the moments in files; NULL: not kept */
    nn_slot *slots;
    int n_slots;
    int64_t n_steps;
};

#endif
