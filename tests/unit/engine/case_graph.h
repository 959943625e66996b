/* A case of op_cases.h as a graph with first and second derivatives, and values for its leaves. */
#ifndef CASE_GRAPH_H
#define CASE_GRAPH_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "willis/engine.h"

#include "op_cases.h"

#define CASE_LEAVES (2 * CASE_INPUTS + 1)
#define CASE_OUTPUTS (3 + CASE_INPUTS + CASE_LEAVES)

/* first = sum(r * op(x)); second = sum over inputs of sum(v * d first / dx). Leaves: x0, x1, r, v0, v1. */
typedef struct case_graph {
    wil_graph *graph;
    int n_leaves, n_outputs;
    wil_node leaves[CASE_LEAVES];
    wil_node outputs[CASE_OUTPUTS]; /* first, second, d first / d inputs, d second / d leaves, op(x) */
    int64_t counts[CASE_OUTPUTS];
} case_graph;

static void case_graph_make(case_graph *out, const op_case *c)
{
    static const char *const names[CASE_LEAVES] = {"x0", "x1", "r", "v0", "v1"};
    memset(out, 0, sizeof *out);
    assert_int_equal(wil_graph_new(&out->graph), WIL_OK);
    wil_graph *g = out->graph;
    const int n = c->n_inputs;
    for (int i = 0; i < n; i++)
        out->leaves[i] = wil_graph_param_node(g, names[i], c->shape[i]);
    const wil_node y = c->build(g, c, out->leaves);
    const wil_node r = wil_graph_input_node(g, "r", wil_graph_shape(g, y));
    const wil_node first = wil_op_sum_all(g, wil_op_mul(g, y, r));
    wil_node gradients[CASE_INPUTS];
    wil_graph_gradient(g, first, out->leaves, n, gradients);
    wil_node second = wil_op_fill(g, wil_shape_of(0), 0);
    out->leaves[n] = r;
    out->n_leaves = n + 1;
    for (int i = 0; i < n; i++) {
        const wil_node v = wil_graph_input_node(g, names[CASE_INPUTS + 1 + i], c->shape[i]);
        out->leaves[out->n_leaves++] = v;
        second = wil_op_add(g, second, wil_op_sum_all(g, wil_op_mul(g, v, gradients[i])));
    }
    wil_node *at = out->outputs;
    *at++ = first;
    *at++ = second;
    for (int i = 0; i < n; i++)
        *at++ = gradients[i];
    wil_graph_gradient(g, second, out->leaves, out->n_leaves, at);
    at += out->n_leaves;
    *at++ = y;
    out->n_outputs = (int)(at - out->outputs);
    if (wil_graph_status(g) != WIL_OK)
        fail_msg("%s: %s", c->name, wil_status_message());
    for (int i = 0; i < out->n_outputs; i++)
        out->counts[i] = wil_shape_count(wil_graph_shape(g, out->outputs[i]));
}

/* Values of leaf i: inputs in the case's range, the others in [-1, 1]. */
static void case_fill(double *out, int64_t n, const op_case *c, int leaf)
{
    const wil_rng rng = wil_rng_at(11, WIL_RNG_TEST, (uint32_t)leaf);
    const double low = leaf < c->n_inputs ? c->low : -1.0;
    const double high = leaf < c->n_inputs ? c->high : 1.0;
    for (int64_t i = 0; i < n; i++)
        out[i] = low + (high - low) * wil_rng_uniform(rng, (uint64_t)i);
}

static wil_plan *case_plan(const case_graph *g, int n_outputs, wil_backend backend, void *const *values)
{
    wil_plan *plan = NULL;
    const wil_plan_config config = {.backend = backend};
    if (wil_plan_compile(&plan, g->graph, g->outputs, n_outputs, &config) != WIL_OK)
        fail_msg("%s", wil_status_message());
    for (int i = 0; i < g->n_leaves; i++) {
        const char *name = wil_graph_node(g->graph, g->leaves[i])->name;
        for (int k = 0; k < wil_plan_n_leaves(plan); k++)
            if (strcmp(wil_plan_leaf_name(plan, k), name) == 0)
                assert_int_equal(wil_plan_bind(plan, name, values[i]), WIL_OK);
    }
    return plan;
}

#endif
