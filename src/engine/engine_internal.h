/* What the engine's files share: the plan, and the draft from which it is made. */
#ifndef WILLIS_ENGINE_INTERNAL_H
#define WILLIS_ENGINE_INTERNAL_H

#include <limits.h>

#include "willis/engine.h"
#include "fused.h"
#include "willis/kernel.h"

#define NO_BUFFER (-1)
#define ALWAYS INT_MAX /* a moment after all */

/* A piece of memory: of the arena, or bound by the user (leaf). */
typedef struct plan_buffer {
    size_t bytes;
    int first, last; /* the moments (logical steps) between which it is in use */
    size_t offset;   /* in the arena */
    int leaf;        /* position in leaves, or -1 */
} plan_buffer;

typedef struct plan_leaf {
    char *name;
    wil_shape shape;
    bool is_param;
    const void *memory; /* borrowed; NULL until bound */
} plan_leaf;

typedef struct plan_step plan_step;
struct plan_step {
    wil_status (*run)(plan_step *step);
    const char *name; /* for the profile */
    wil_kernel_fn kernel;
    wil_kernel_call call; /* pointers resolved from the buffers below */
    int in[WIL_MAX_INPUTS], out, scratch;
    void *scratch_at;
    size_t scratch_bytes;
    wil_dnnl_conv *conv; /* convolution and packing */
    bool owns_conv;
    wil_node packed_node; /* of a packing step: whose values are packed */
    wil_node cast_node;   /* of a conversion: whose values are converted */
    bool narrows;         /* to bfloat16 */
    wil_tile_moves moves; /* of a conversion */
    fused_pass *fused;    /* owned */
    wil_plan *plan;       /* of a hand-over, with its output */
    int taken_output;
    bool once; /* needed by the first run only: its result is fixed */
    double seconds;
};

struct wil_plan {
    wil_plan_config config;
    wil_dnnl *dnnl; /* FAST only */
    plan_buffer *buffers;
    size_t n_buffers, buffer_capacity;
    plan_step *steps;
    size_t n_steps, step_capacity;
    plan_leaf *leaves;
    size_t n_leaves, leaf_capacity;
    int *outputs; /* buffers */
    int n_outputs;
    char *arena;
    size_t arena_bytes;
    double flops;
    bool stale;     /* bindings changed since the pointers were resolved */
    bool has_fixed; /* the results of steps to be done once are there */
    wil_plan_taker taker;
    void *taker_context;
    const wil_monitor *monitor; /* borrowed; who may stop a run */
    bool has_handed_over;       /* in this run, which is to end now */
    uint64_t seed;
    uint32_t random_step;
    int64_t n_runs;
};

/* ---- the draft ---------------------------------------------------------------------------------------- */

/* A moment: one operation, or several elementwise ones fused; members [begin, end) of the draft's list. */
typedef struct plan_moment {
    int begin, end;
} plan_moment;

typedef struct plan_draft {
    const wil_graph *graph;
    wil_plan *plan;
    const wil_node *outputs;
    int n_outputs, n_nodes;
    size_t value_bytes; /* 4 or 8 */
    /* per node */
    bool *live;
    wil_node *root;  /* the node whose memory holds this one's values: itself unless it is a view */
    int *group;      /* fused pass, or -1 */
    bool *outside;   /* of a fused member: its values are needed outside of the pass */
    bool *inlined;   /* constants and masks that every reader makes for itself, so that none is stored */
    bool *half;      /* stored in bfloat16 */
    bool *by_stats;  /* normalisations of which only statistics are stored; readers compute the values */
    bool *fixed;     /* the same in every run */
    int *last_use;   /* moment; of roots */
    int *buffer;     /* of roots */
    int *take_after; /* of outputs: the moment behind which it is handed over, or -1 */
    int n_groups;
    wil_node *members;
    plan_moment *moments;
    int n_moments;
} plan_draft;

bool draft_is_leaf(wil_op_kind kind);
/* Of what a node is made: views have the memory of their input. */
bool draft_is_view(wil_op_kind kind);
size_t draft_bytes(const plan_draft *d, wil_node node);
/* Groups of a normalisation: values of its statistics. */
int64_t plan_n_groups(const wil_graph *graph, wil_node node);

/* plan_order.c: fills root, group, outside, members, moments. */
void draft_order(plan_draft *d);
/* plan_fused.c: whether values of shape operand can be read by a fused operation whose result is whole. */
bool fused_reads(wil_shape whole, wil_shape operand);
/* Whether readers can compute a normalisation from its input and statistics. */
bool fused_normalizes(const plan_draft *d, wil_node node);
/* Whether a sum can be taken in the pass that computes its input: along all axes but the first and the last.
 */
bool fused_sums(const wil_graph *graph, wil_node node);
/* plan_order.c: an operation that gives a value from the values at the same place. */
bool draft_is_pointwise(const plan_draft *d, wil_node node);
/* Makes the step of a moment of pointwise operations. */
WIL_NODISCARD wil_status fused_make(const plan_draft *d, plan_moment moment, plan_step *step);
/* plan_memory.c: gives every root a buffer, in place where possible. */
WIL_NODISCARD wil_status draft_buffers(plan_draft *d);
WIL_NODISCARD wil_status plan_add_buffer(wil_plan *plan, plan_buffer buffer, int *out);
/* A buffer for root's values in another form, from this moment on; it stays if they are fixed. */
WIL_NODISCARD wil_status draft_new_copy(plan_draft *d, int moment, wil_node root, size_t bytes, int *out);
/* The buffer is in use at this moment too. */
void plan_extend(wil_plan *plan, int buffer, int moment);
/* Lays the buffers into one arena. */
WIL_NODISCARD wil_status plan_place(wil_plan *plan);
/* plan_precision.c: which values are stored in bfloat16. */
WIL_NODISCARD wil_status draft_precision(plan_draft *d);
/* The buffer of input's values in the precision asked for, converted at this moment if need be. */
WIL_NODISCARD wil_status draft_read_as(plan_draft *d, int moment, wil_node input, bool half, int *out);
/* A step that converts root's values between two buffers. */
WIL_NODISCARD wil_status draft_cast(plan_draft *d, wil_node root, int from, int to, bool narrows);
/* plan_steps.c */
plan_step plan_empty_step(const char *name);
/* Takes what the step owns, also when it fails. */
WIL_NODISCARD wil_status plan_add_step(wil_plan *plan, plan_step *step);
/* plan_take.c: when results are handed over; whether root is, behind this moment; the steps that do it. */
WIL_NODISCARD wil_status draft_takes(plan_draft *d);
bool draft_is_taken_at(const plan_draft *d, wil_node root, int moment);
WIL_NODISCARD wil_status draft_take_steps(plan_draft *d, int moment);
/* plan_steps.c: one or more steps for a moment. */
WIL_NODISCARD wil_status draft_steps(plan_draft *d, int moment);
/* plan_norm2.c: the step of a conv_dw_norm2 whose inputs are float. */
WIL_NODISCARD wil_status draft_norm2(plan_draft *d, int moment, plan_step *step);
/* plan.c */
void plan_resolve(wil_plan *plan);

#endif
