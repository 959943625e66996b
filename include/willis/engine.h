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
 * A plan owns its memory and copies what it needs of the graph, which may be freed. Bound buffers are
 * borrowed and must outlive the plan; what they hold may change between runs.
 */
#ifndef WILLIS_ENGINE_H
#define WILLIS_ENGINE_H

#include "willis/base.h"
#include "willis/graph.h"

typedef struct wil_plan wil_plan;

typedef enum wil_backend {
    WIL_BACKEND_FAST,   /* float: oneDNN and fused loops */
    WIL_BACKEND_REF,    /* float: obvious loops */
    WIL_BACKEND_REF_F64 /* double: obvious loops, for finite differences; all buffers are double */
} wil_backend;

typedef enum wil_precision {
    WIL_PRECISION_F32,
    WIL_PRECISION_BF16 /* FAST only: activations are stored and convolved in bfloat16, sums are float */
} wil_precision;

/* A result that the plan hands over during the run, to wil_plan_set_taker's function, rather than keeping it
 * until the next: as soon as it is known and nothing further reads the parameter named changes, which the
 * taker may therefore change. A gradient and its weight, so that gradients never lie in memory together. */
typedef struct wil_plan_take {
    int output;          /* among the plan's; wil_plan_output gives NULL for it */
    const char *changes; /* a PARAM of the graph; NULL: none */
} wil_plan_take;
typedef void (*wil_plan_taker)(void *context, int output, const void *values);

typedef struct wil_plan_config {
    wil_backend backend;
    bool profile; /* measure the time of each step: wil_plan_profile */
    wil_precision precision;
    bool recompute;    /* compute cheap results again where they are needed rather than keep them */
    bool fixed_params; /* PARAMs hold the same values in every run until one is bound anew: what depends on
                          them alone (packed weights, say) is computed by the first run and kept */
    const wil_plan_take *takes; /* read while compiling */
    int n_takes;
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
/* Who gets the results that the plan hands over; called in the thread of wil_plan_run, in the order of the
 * plan, which is the same in every run. values: as wil_plan_output, until the function returns. */
void wil_plan_set_taker(wil_plan *plan, wil_plan_taker taker, void *context);
/* Who may stop a run (monitor->stop_requested); borrowed. NULL: nobody, as at first. */
void wil_plan_set_monitor(wil_plan *plan, const wil_monitor *monitor);
/* Fails: WIL_ERR_ARG naming a leaf that is not bound, or where a plan that hands over has no taker;
 * WIL_ERR_INTERNAL from oneDNN; WIL_ERR_INTERRUPTED, which is asked for between operations until the first
 * result is handed over: a run that was stopped has changed nothing, as if it had not begun. */
WIL_NODISCARD wil_status wil_plan_run(wil_plan *plan);
/* Result i, after the memory was taken and until the next run; borrowed. float (double for REF_F64). */
const void *wil_plan_output(const wil_plan *plan, int i);

size_t wil_plan_bytes(const wil_plan *plan); /* arena, packed weights and scratch */
double wil_plan_flops(const wil_plan *plan); /* multiply-adds of convolutions and products, times two */
int wil_plan_n_steps(const wil_plan *plan);
/* With config.profile: a table of seconds per operation kind since compile, largest first; freed with
 * wil_free. */
WIL_NODISCARD wil_status wil_plan_profile(char **out, const wil_plan *plan);

#endif
