/* Compiling graphs against parameter sets. */
#ifndef WILLIS_STUDY_PLAN_BIND_H
#define WILLIS_STUDY_PLAN_BIND_H

#include "willis/engine.h"
#include "willis/nn.h"

/* Compiles outputs of graph and binds every leaf that one of the sets has; inputs are left to the caller.
 * config: NULL for the default. */
WIL_NODISCARD wil_status plan_compile_bound(wil_plan **out, const wil_graph *graph, const wil_node *outputs,
    int n_outputs, wil_params *const *sets, int n_sets, const wil_plan_config *config);

#endif
