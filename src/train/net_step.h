/* One step of training any network: a plan with its losses and gradients, the optimisers that follow, and the
 * states that move with it (power-iteration vectors, running statistics). Built in this order:
 *
 *     net_step step = {0};
 *     int loss_at = net_step_output(&step, graph, loss);
 *     net_step_train(&step, graph, loss, params);
 *     WIL_TRY(net_step_compile(&step, graph, NULL));        the memory that it takes is known now
 *     WIL_TRY(net_step_bind(&step, sets, n_sets));          the sets are allocated here
 *     step.trained[0].optimizer = optimizer;
 *     WIL_TRY(policy_update(&policy, &step));               once a step
 */
#ifndef WILLIS_STUDY_NET_STEP_H
#define WILLIS_STUDY_NET_STEP_H

#include "willis/engine.h"
#include "willis/nn.h"

#define NET_STEP_OUTPUTS 512
#define NET_STEP_SETS 2 /* a generator and what judges it */

/* A set of weights that the step trains, and where their gradients stand among the plan's outputs. */
typedef struct net_step_trained {
    wil_params *set;          /* borrowed */
    wil_optimizer *optimizer; /* borrowed; put here before the first run */
    wil_gradient_sum *sum;    /* owned; of POLICY_SUM, from its first run on */
    bool has_begun;           /* its optimiser has counted the step that is running */
    int first, n;
} net_step_trained;

typedef struct net_step {
    const char *name;                   /* "critic step" */
    wil_plan *plan;                     /* owned */
    wil_node outputs[NET_STEP_OUTPUTS]; /* while building */
    int n_outputs;
    net_step_trained trained[NET_STEP_SETS];
    int n_trained;
    wil_nn_power power; /* filled by the networks' builders; outputs first_power .. */
    wil_nn_stats stats; /* the same; mean and variance of each layer in turn from first_stats on */
    int first_power, first_stats;
    float weight_limit; /* weights are cut to [-limit, limit] after each update [Arjovsky2017]; 0: not */
} net_step;

/* Adds an output and returns its place; the graph fails when there are too many. */
int net_step_output(net_step *step, wil_graph *graph, wil_node node);
/* Adds the gradients of loss with respect to the trained weights of set. */
void net_step_train(net_step *step, wil_graph *graph, wil_node loss, wil_params *set);
/* The same with gradients that the caller has made, one for each of the n trained weights in their order. */
void net_step_add_gradients(
    net_step *step, wil_graph *graph, wil_params *set, const wil_node *gradients, int n);
/* Adds what power and stats hold, and compiles. config: NULL for the default; hooks are set here. On failure
 * the step must still be cleared. */
WIL_NODISCARD wil_status net_step_compile(net_step *step, wil_graph *graph, const wil_plan_config *config);
/* Allocates the sets and binds the plan to them. Inputs are left to the caller. */
WIL_NODISCARD wil_status net_step_bind(const net_step *step, wil_params *const *sets, int n_sets);
void net_step_clear(net_step *step);

/* The k-th weight of a set that is trained. */
const wil_param *net_step_weight(const net_step_trained *trained, int k);
/* After a run: the new power-iteration vectors and running statistics. */
void net_step_store_states(const net_step *step);

#endif
