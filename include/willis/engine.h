/* engine: compiles a graph into a plan and runs it.
 *
 * Compiling keeps what the outputs need, chooses a kernel per node, lays all intermediate results into one
 * arena by lifetime, and fixes the order. Running a plan is a flat list of kernel calls on that memory: no
 * allocation, no dispatch, no graph walk.
 *
 *     wil_plan *plan = NULL;
 *     wil_plan_config config = wil_plan_config_default();
 *     WIL_TRY(wil_plan_compile(&plan, graph, outputs, n_outputs, &config));
 *     WIL_TRY(wil_plan_bind(plan, "critic.conv1.weight", weights));   every PARAM and INPUT, once
 *     WIL_TRY(wil_plan_run(plan));
 *     const float *loss = wil_plan_output(plan, 0);
 *     wil_plan_free(plan);
 *
 * The environment variable WILLIS_DUMP=FOLDER (an existing one), read when a plan is compiled, has every run
 * write each result as FOLDER/NODES-NODE-OPERATION.npy, NODES being the size of the graph: for whoever looks
 * for a wrong number.
 *
 * A plan owns its memory and copies what it needs of the graph, which may be freed. Bound buffers are
 * borrowed and must outlive the plan; what they hold may change between runs.
 */
#ifndef WILLIS_ENGINE_H
#define WILLIS_ENGINE_H

#include "willis/backend.h"

#pragma GCC visibility push(default)

typedef struct wil_plan wil_plan;

/* A result that the plan gives away during the run, to the function of wil_plan_on_output, rather than
 * keeping it until the next: as soon as it is known and nothing further reads the parameter named changes,
 * which that function may therefore change. A gradient and its weight, so that gradients never lie in memory
 * together. */
typedef struct wil_plan_hook {
    int output;          /* among the plan's; wil_plan_output gives NULL for it */
    const char *changes; /* a PARAM of the graph; NULL: none */
} wil_plan_hook;
typedef void (*wil_plan_output_fn)(void *context, int output, const void *values);

typedef struct wil_plan_config {
    wil_backend backend;
    const wil_backend_table *own; /* a back end of the caller's, in place of `backend`; NULL: none */
    bool profile;                 /* measure the time of each step: wil_plan_profile */
    wil_precision precision;
    bool recompute;    /* compute cheap results again where they are needed rather than keep them */
    bool fixed_params; /* PARAMs hold the same values in every run until one is bound anew: what depends on
                          them alone (packed weights, say) is computed by the first run and kept */
    const wil_plan_hook *hooks; /* read while compiling */
    int n_hooks;
} wil_plan_config;

wil_plan_config wil_plan_config_default(void); /* FAST, F32 */

/* Lays out the memory and makes the kernels, but takes no memory for results yet: wil_plan_bytes says what
 * they will need. Fails: WIL_ERR_ARG (failed graph, no outputs, a precision that the backend lacks, takes
 * that make no sense). */
WIL_NODISCARD wil_status wil_plan_compile(wil_plan **out, const wil_graph *graph, const wil_node *outputs,
    int n_outputs, const wil_plan_config *config);
void wil_plan_free(wil_plan *plan);
WIL_OWNED_POINTER(wil_plan, wil_plan_free)
/* Takes the memory; the first run does it too. Fails: WIL_ERR_MEMORY with what is needed and what the machine
 * has left, before anything is taken. */
WIL_NODISCARD wil_status wil_plan_allocate(wil_plan *plan);

/* Memory of an INPUT or PARAM by name: float (double for REF_F64), dense, in the node's shape. Borrowed.
 * Fails: WIL_ERR_ARG for an unknown name. Binding a name twice replaces the first. */
WIL_NODISCARD wil_status wil_plan_bind(wil_plan *plan, const char *name, const void *memory);
/* Names the plan reads, in graph order. */
int wil_plan_n_leaves(const wil_plan *plan);
const char *wil_plan_leaf_name(const wil_plan *plan, int i);
wil_shape wil_plan_leaf_shape(const wil_plan *plan, int i);
bool wil_plan_leaf_is_param(const wil_plan *plan, int i);

/* Address of the random numbers of dropout masks; default 0, 0. */
void wil_plan_set_random(wil_plan *plan, uint64_t seed, uint32_t step);
/* What is called with the results that have hooks; in the thread of wil_plan_run, in the order of the plan,
 * which is the same in every run. values: as wil_plan_output, until the function returns. */
void wil_plan_on_output(wil_plan *plan, wil_plan_output_fn function, void *context);
/* Who may stop a run (monitor->stop_requested); borrowed. NULL: nobody, as at first. */
void wil_plan_set_monitor(wil_plan *plan, const wil_monitor *monitor);
/* Fails: WIL_ERR_ARG naming a leaf that is not bound, or where a plan with hooks has no function to call;
 * WIL_ERR_INTERNAL from oneDNN; WIL_ERR_INTERRUPTED, which is asked for between steps until the first hook is
 * called: a run that was stopped has changed nothing, as if it had not begun. */
WIL_NODISCARD wil_status wil_plan_run(wil_plan *plan);
/* Result i, after a run and until the next; borrowed. float (double for REF_F64). */
const void *wil_plan_output(const wil_plan *plan, int i);

size_t wil_plan_bytes(const wil_plan *plan); /* arena, packed weights and scratch */
double wil_plan_flops(const wil_plan *plan); /* multiply-adds of convolutions and products, times two */
int wil_plan_n_steps(const wil_plan *plan);
/* With config.profile: a table of seconds per operation kind since compile, largest first; freed with
 * wil_free. */
WIL_NODISCARD wil_status wil_plan_profile(char **out, const wil_plan *plan);

#pragma GCC visibility pop
#endif
