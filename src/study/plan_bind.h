/* Compiling graphs as a study's engine settings say, and against parameter sets. */
#ifndef WILLIS_STUDY_PLAN_BIND_H
#define WILLIS_STUDY_PLAN_BIND_H

#include "willis/engine.h"
#include "willis/nn.h"
#include "willis/study.h"

/* The settings of a plan. Where the processor has no bfloat16 instructions, f32 takes the place of bf16, and
 * the monitor is told so. */
wil_plan_config plan_config_of(const wil_engine_config *engine, const wil_monitor *monitor);
const char *precision_name(wil_precision precision); /* "f32", "bf16" */

/* Compiles outputs of graph and binds every leaf that one of the sets has; inputs are left to the caller. The
 * sets have memory. config: NULL for the default. */
WIL_NODISCARD wil_status plan_compile_bound(wil_plan **out, const wil_graph *graph, const wil_node *outputs,
    int n_outputs, wil_params *const *sets, int n_sets, const wil_plan_config *config);
/* The second half of it. */
WIL_NODISCARD wil_status plan_bind_sets(wil_plan *plan, wil_params *const *sets, int n_sets);

#endif
