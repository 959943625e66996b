/* The operations runner: one table of cases (op_cases.c) is tested, differentiated, timed and listed.
 *
 * A new operation is a row of ops.def and a row of op_cases.c; `ops_runner --missing` names what lacks one.
 */
#ifndef OPS_H
#define OPS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "outcome.h"
#include "willis/engine.h"
#include "willis/kernel.h"

#define CASE_INPUTS WIL_MAX_INPUTS
#define CASE_LEAVES (2 * CASE_INPUTS + 1)
#define CASE_OUTPUTS (3 + CASE_INPUTS + CASE_LEAVES)

typedef struct op_case {
    const char *name;
    wil_node (*build)(wil_graph *g, const struct op_case *c, const wil_node *x);
    int n_inputs;
    wil_shape shape[CASE_INPUTS];
    double low, high; /* of the inputs */
    int64_t kernel[3], stride[3], pad[3], spatial[3];
    uint32_t axes;
    bool no_gradient;
} op_case;

const op_case *op_case_at(int i, bool *large_out); /* NULL behind the last; large_out may be NULL */

/* A case as a graph: first = sum(r * op(x)); second = sum over inputs of sum(v * d first / dx). Leaves: x0,
 * x1.., r, v0, v1.. */
typedef struct case_graph {
    wil_graph *graph;
    int n_leaves, n_outputs;
    wil_node leaves[CASE_LEAVES];
    wil_node
        outputs[CASE_OUTPUTS]; /* first, second, d first / d inputs, d second / d leaves, op(x); or op(x) */
    int64_t counts[CASE_OUTPUTS];
    double *f64[CASE_LEAVES]; /* values of the leaves, which are the same in both precisions */
    float *f32[CASE_LEAVES];
} case_graph;
void case_graph_clear(case_graph *g);
WIL_OWNED_VALUE(case_graph, case_graph_clear)

/* gradients: false where only op(x) is asked for. They end the program's test if they fail. */
void case_graph_make(case_graph *out, const op_case *c, bool gradients);
wil_plan *case_plan(const case_graph *g, int n_outputs, wil_backend backend, wil_precision precision);

/* ---- modes: each runs the cases that were chosen, and returns an exit status -----------------------------
 */

typedef struct ops_test {
    const op_case *c;
    bool large;
    char words[200]; /* "conv k3 s1 p1 [2,5,7,3] [2,3,3,3]" */
    const struct ops_choice *choice;
    int64_t at; /* of its values in those of all (ops_isa.c) */
} ops_test;

typedef struct ops_choice {
    ops_test *list;
    int n;
    const char *backend; /* "fast", "bf16", "ref", "f64"; NULL: all that the mode has */
} ops_choice;

bool ops_wants(const ops_choice *choice, const char *backend);
bool case_has(const op_case *c, wil_op_kind kind); /* the value of the case is made with it */
/* As one test a case; fits NULL: of all that were chosen. */
int ops_run(
    const ops_choice *choice, const char *mode, CMUnitTestFunction test, bool (*fits)(const ops_test *));
/* Runs work in a process of its own under an instruction set, as oneDNN chooses once in a process. */
void ops_under(wil_isa isa, void (*work)(void *context, wil_isa isa), void *context);
void *ops_shared_memory(size_t bytes); /* that these processes see; zeroed; unmapped by nobody */

int ops_values(const ops_choice *choice);  /* fast and ref against double; threads */
int ops_grad(const ops_choice *choice);    /* derivatives against differences, in double */
int ops_isa(const ops_choice *choice);     /* fast under every instruction set of the machine */
int ops_perf(const ops_choice *choice);    /* milliseconds, GFLOP/s, GB/s under each */
int ops_support(const ops_choice *choice); /* which back end computes what, and how */

#endif
