/* What happens between a gradient and its optimiser. */
#ifndef WILLIS_TRAIN_POLICY_H
#define WILLIS_TRAIN_POLICY_H

#include "net_step.h"

typedef enum policy_kind {
    POLICY_PLAIN, /* each weight is updated while the plan runs, so that gradients never lie in memory
                     together */
    POLICY_SUM    /* gradients are collected: summed over runs of the plan, reduced, noised, divided; then all
                     weights are updated */
} policy_kind;

/* Called once an update for each trained set, in their order; may change the sum. */
typedef wil_status (*policy_hook)(void *context, int set, wil_gradient_sum *sum);

typedef struct train_policy {
    policy_kind kind;
    /* of POLICY_SUM: */
    int runs;       /* of the plan that make one update; 0 counts as 1 */
    double divisor; /* of the sum: the number of shards, or the expected batch; 0 counts as 1 */
    wil_status (*feed)(void *context, int run); /* fills the inputs of a run; NULL: they are filled */
    policy_hook reduce;                         /* over machines; NULL: none */
    policy_hook noise;                          /* after that; NULL: none */
    void *context;                              /* of the three */
} train_policy;

/* Runs the step's plan, updates its sets by their optimisers, cuts weights to the step's limit, and stores
 * the new power-iteration vectors and running statistics (of several runs: those of the last). Fails with
 * WIL_ERR_INTERRUPTED before anything was changed; another failure in the middle leaves weights of before and
 * of after the step. */
WIL_NODISCARD wil_status policy_update(const train_policy *policy, net_step *step);

#endif
