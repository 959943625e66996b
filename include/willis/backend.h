/* backend: where a plan computes. The engine plans and a back end computes; all that the engine knows of it
 * is one table of functions.
 *
 * A plan is laid out in a draft: which nodes of the graph are computed, in which ticks (one operation each,
 * or several that run in one pass), of which type each result is, and in which buffer it lies. Then `lower`
 * appends the steps of every tick, with what they need beside (packed weights, scratch). A plan that runs is
 * a flat list of steps.
 *
 * A back end with memory of its own takes the plan's memory by `take`, brings what the user bound by `put`
 * and gives back what he reads by `get`; on the host these hand the pointer through. For the engine and for
 * back ends, not for users of plans, who need the two enumerations alone.
 */
#ifndef WILLIS_BACKEND_H
#define WILLIS_BACKEND_H

#include <limits.h>

#include "willis/graph.h"

#pragma GCC visibility push(default)

typedef enum wil_backend {
    WIL_BACKEND_FAST,    /* float, on the CPU: oneDNN and fused loops */
    WIL_BACKEND_REF,     /* float: obvious loops */
    WIL_BACKEND_REF_F64, /* double: obvious loops, for finite differences; all buffers are double */
    WIL_BACKENDS
} wil_backend;

typedef enum wil_precision {
    WIL_PRECISION_F32,
    WIL_PRECISION_BF16 /* FAST only: activations are stored and convolved in bfloat16, sums are float */
} wil_precision;

/* true if this machine can compute so (bfloat16 needs AVX512_BF16, and WILLIS_ISA must not forbid it). */
bool wil_backend_has(wil_backend backend, wil_precision precision);

/* ---- steps -------------------------------------------------------------------------------------------- */

#define WIL_NO_BUFFER (-1)
#define WIL_ALWAYS INT_MAX /* a tick after all */

/* A piece of memory: of the plan's arena, or bound by the user (leaf). */
typedef struct wil_buffer {
    size_t bytes;
    int first, last; /* the ticks between which it is in use */
    size_t offset;   /* in the arena */
    int leaf;        /* position among the leaves, or -1 */
} wil_buffer;

/* Address of the random numbers of dropout masks. */
typedef struct wil_draws {
    uint64_t seed;
    uint32_t step;
} wil_draws;

/* One call. The buffers it names are resolved by the engine before a run, when their addresses have changed.
 */
typedef struct wil_step wil_step;
struct wil_step {
    const char *name; /* for profiles; not owned */
    wil_status (*run)(wil_step *step);
    void (*clear)(void *own); /* frees own; NULL: there is nothing to free */
    void *own;                /* the back end's */
    int in[WIL_MAX_INPUTS], out, scratch;
    int *more; /* further buffers, in own, and where their addresses go */
    void **more_at;
    int n_more;
    const void *in_at[WIL_MAX_INPUTS];
    void *out_at, *scratch_at;
    const wil_draws *draws;
    bool once; /* needed by the first run only: its result is fixed */
    double seconds;
};

/* ---- the draft ---------------------------------------------------------------------------------------- */

/* One operation, or several in one pass: members [begin, end) of the draft's list. */
typedef struct wil_tick {
    int begin, end;
} wil_tick;

/* How a back end can take part in a pass over several operations. */
typedef enum wil_fusing {
    WIL_FUSING_NONE,
    WIL_FUSING_POINT, /* gives a value from the values at the same place */
    WIL_FUSING_SUM,   /* a sum that is taken along with the member it sums */
    WIL_FUSING_STATS  /* its readers in passes compute it from its input and statistics, all that is stored */
} wil_fusing;

typedef struct wil_backend_table wil_backend_table;

typedef struct wil_draft {
    const wil_graph *graph;
    const wil_node *outputs;
    int n_outputs, n_nodes;
    const wil_backend_table *table;
    void *device;
    wil_precision precision;
    const wil_draws *draws; /* of all steps */
    /* per node */
    bool *live;
    wil_node *root;     /* the node whose memory holds this one's values: itself unless it is a view */
    wil_fusing *fusing; /* NONE throughout where the back end fuses nothing */
    int *group;         /* pass of several, or -1 */
    bool *outside;      /* of a member: its values are needed outside of the pass */
    bool *inlined;      /* constants and masks that every reader makes for itself, so that none is stored */
    wil_type *type;     /* that it is stored in */
    bool *by_stats;     /* normalisations of which only statistics are stored */
    bool *fixed;        /* the same in every run */
    int *last_use;      /* tick; of roots */
    int *buffer;        /* of roots */
    int *hook_tick;     /* of outputs: the tick after which it is given to its hook, or -1 */
    int n_groups;
    wil_node *members;
    wil_tick *ticks;
    int n_ticks;
    /* what becomes of it: goes to the plan */
    wil_buffer *buffers;
    size_t n_buffers, buffer_capacity;
    wil_step *steps;
    size_t n_steps, step_capacity;
} wil_draft;

size_t wil_draft_bytes(const wil_draft *d, wil_node node);   /* as it is stored */
int64_t wil_draft_groups(const wil_draft *d, wil_node node); /* of a normalisation */
WIL_NODISCARD wil_status wil_draft_add_buffer(wil_draft *d, wil_buffer buffer, int *out);
/* Memory of this tick alone; WIL_NO_BUFFER for 0 bytes. */
WIL_NODISCARD wil_status wil_draft_add_scratch(wil_draft *d, int tick, size_t bytes, int *out);
/* A buffer for root's values in another form, from this tick on; it stays if they are fixed. */
WIL_NODISCARD wil_status wil_draft_add_copy(wil_draft *d, int tick, wil_node root, size_t bytes, int *out);
/* The buffer is in use at this tick too. */
void wil_draft_extend(wil_draft *d, int buffer, int tick);
wil_step wil_step_empty(const char *name); /* no buffers */
/* Takes what the step owns, also when it fails. */
WIL_NODISCARD wil_status wil_draft_add_step(wil_draft *d, const wil_step *step);

/* ---- the table ---------------------------------------------------------------------------------------- */

struct wil_backend_table {
    const char *name;
    wil_type type;  /* of leaves, results and everything else that is not stored in bfloat16 */
    bool reuses;    /* results may share memory, and be written over inputs as their rows say; a pass reads a
                       place before it writes it */
    int most_fused; /* operations in a pass */
    /* Fails: WIL_ERR_ARG for a precision that it, or the machine, lacks. */
    wil_status (*open)(void **device, wil_precision precision);
    void (*close)(void *device);
    wil_status (*take)(void *device, size_t bytes, void **out);
    void (*drop)(void *device, void *memory);
    size_t (*bytes_left)(void *device);
    /* Brings values to where steps read them. *at: as the last call left it, NULL at first; it belongs to the
     * device. Called before every run, as what is bound may change. */
    wil_status (*put)(void *device, const void *host, size_t bytes, const void **at);
    /* Brings values to where the user reads them, in the same way. */
    wil_status (*get)(void *device, const void *at, size_t bytes, const void **host);
    wil_fusing (*fuses)(const wil_draft *draft, wil_node node); /* NULL: nothing */
    /* Appends the steps of a tick. */
    wil_status (*lower)(wil_draft *draft, int tick);
};

const wil_backend_table *wil_backend_of(wil_backend backend);

/* ---- measuring ---------------------------------------------------------------------------------------- */

/* Runs one convolution of the FAST back end (CONV, CONV_DX or CONV_DW; x [N,S..,I], w [O,K..,I], y [N,T..,O])
 * on made-up values, without anything around it: seconds[i] of `repeats` runs behind one that does not count;
 * *bytes_out: the memory it took. */
WIL_NODISCARD wil_status wil_backend_time_conv(wil_op_kind kind, const wil_op_attr *attr, wil_shape x,
    wil_shape w, wil_shape y, wil_precision precision, double *seconds, int repeats, size_t *bytes_out);

#pragma GCC visibility pop

#endif
