/* What the engine's files share: the plan, and the stages that fill a draft (backend.h). */
#ifndef WILLIS_ENGINE_INTERNAL_H
#define WILLIS_ENGINE_INTERNAL_H

#include "willis/engine.h"

typedef struct plan_leaf {
    char *name;
    wil_shape shape;
    bool is_param;
    const void *memory; /* borrowed; NULL until bound */
    const void *at;     /* where the device reads it */
    bool is_new;        /* bound since it was last put there */
} plan_leaf;

typedef struct plan_result {
    int buffer; /* WIL_NO_BUFFER: given to a hook */
    size_t bytes;
    const void *host; /* where the user reads it */
} plan_result;

/* A value that is written to a file after the step, where WILLIS_DUMP asks for it. */
typedef struct plan_dump {
    size_t step;
    char *name;
    int buffer;
    wil_shape shape;
    wil_type type;
    const void *host;
} plan_dump;

struct wil_plan {
    wil_plan_config config;
    const wil_backend_table *table;
    void *device;
    wil_buffer *buffers;
    size_t n_buffers;
    wil_step *steps;
    size_t n_steps;
    plan_leaf *leaves;
    size_t n_leaves, leaf_capacity;
    plan_result *results;
    int n_results;
    char *dump_folder; /* NULL: nothing is written */
    plan_dump *dumps;
    size_t n_dumps, dump_capacity;
    void *arena;
    size_t arena_bytes;
    double flops;
    bool stale;     /* addresses changed since the steps' were resolved */
    bool has_fixed; /* the results of steps to be done once are there */
    wil_plan_output_fn on_output;
    void *on_output_context;
    const wil_monitor *monitor; /* borrowed; who may stop a run */
    bool has_given;             /* results to a hook, in this run, which is to end now */
    wil_draws draws;
    int64_t n_runs;
};

/* Where a buffer lies. */
static inline void *plan_address(const wil_plan *plan, int buffer)
{
    if (buffer == WIL_NO_BUFFER)
        return NULL;
    const wil_buffer *b = &plan->buffers[buffer];
    return b->leaf >= 0 ? (void *)plan->leaves[b->leaf].at
                        : (char *)plan->arena + b->offset; /* leaves are only read */
}
/* plan_order.c: fills root, fusing, group, outside, inlined, by_stats, members, ticks. */
void plan_order(wil_draft *d);
bool plan_is_leaf(const wil_draft *d, wil_node node);
/* plan_precision.c: the types of results. */
WIL_NODISCARD wil_status plan_precision(wil_draft *d);
/* plan_memory.c: gives every root a buffer, in place where possible; lays the buffers into one arena. */
WIL_NODISCARD wil_status plan_buffers(wil_draft *d);
WIL_NODISCARD wil_status plan_place(wil_plan *plan);
/* plan_hooks.c: after which ticks results are given to hooks; whether root is, after this one; the steps. */
WIL_NODISCARD wil_status plan_hook_ticks(wil_draft *d, const wil_plan_config *config);
bool plan_is_hooked_at(const wil_draft *d, wil_node root, int tick);
WIL_NODISCARD wil_status plan_hook_steps(wil_draft *d, wil_plan *plan, int tick);
/* plan_dump.c: notes the results of a tick, whose last step has been added; writes those of a step that ran.
 */
WIL_NODISCARD wil_status plan_dump_note(wil_plan *plan, const wil_draft *d, int tick);
WIL_NODISCARD wil_status plan_dump_step(wil_plan *plan, size_t step);
void plan_dump_clear(wil_plan *plan);

#endif
