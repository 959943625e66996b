/* A case as a graph with first and second derivatives, values for its leaves, and plans. */
#include "ops.h"

void case_graph_clear(case_graph *g)
{
    for (int i = 0; i < g->n_leaves; i++) {
        wil_free(g->f64[i]);
        wil_free(g->f32[i]);
    }
    wil_graph_free(g->graph);
}

static void add_derivatives(case_graph *out, const op_case *c, wil_node y)
{
    static const char *const names[CASE_INPUTS] = {"v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7"};
    wil_graph *g = out->graph;
    const int n = c->n_inputs;
    const wil_node r = wil_graph_input_node(g, "r", wil_graph_shape(g, y));
    const wil_node first = wil_op_sum_all(g, wil_op_mul(g, y, r));
    wil_node gradients[CASE_INPUTS];
    wil_graph_gradient(g, first, out->leaves, n, gradients);
    wil_node second = wil_op_fill(g, wil_shape_of(0), 0);
    out->leaves[out->n_leaves++] = r;
    for (int i = 0; i < n; i++) {
        const wil_node v = wil_graph_input_node(g, names[i], c->shape[i]);
        out->leaves[out->n_leaves++] = v;
        second = wil_op_add(g, second, wil_op_sum_all(g, wil_op_mul(g, v, gradients[i])));
    }
    out->outputs[0] = first;
    out->outputs[1] = second;
    memcpy(out->outputs + 2, gradients, (size_t)n * sizeof *gradients);
    wil_graph_gradient(g, second, out->leaves, out->n_leaves, out->outputs + 2 + n);
    out->n_outputs = 2 + n + out->n_leaves;
}

/* Values of leaf i: inputs in the case's range, the others in [-1, 1]; floats, so that no rounding differs.
 */
static void fill(case_graph *g, const op_case *c, int i)
{
    const int64_t n = wil_shape_count(wil_graph_shape(g->graph, g->leaves[i]));
    const wil_rng rng = wil_rng_at(11, WIL_RNG_TEST, (uint32_t)i);
    const double low = i < c->n_inputs ? c->low : -1.0;
    const double high = i < c->n_inputs ? c->high : 1.0;
    OK(wil_alloc_f64(&g->f64[i], (size_t)n));
    OK(wil_alloc_f32(&g->f32[i], (size_t)n));
    for (int64_t k = 0; k < n; k++) {
        g->f32[i][k] = (float)(low + (high - low) * wil_rng_uniform(rng, (uint64_t)k));
        g->f64[i][k] = (double)g->f32[i][k];
    }
}

void case_graph_make(case_graph *out, const op_case *c, bool gradients)
{
    static const char *const names[CASE_INPUTS] = {"x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7"};
    memset(out, 0, sizeof *out);
    OK(wil_graph_new(&out->graph));
    for (int i = 0; i < c->n_inputs; i++)
        out->leaves[out->n_leaves++] = wil_graph_param_node(out->graph, names[i], c->shape[i]);
    const wil_node y = c->build(out->graph, c, out->leaves);
    if (gradients && !c->no_gradient)
        add_derivatives(out, c, y);
    out->outputs[out->n_outputs++] = y;
    if (wil_graph_status(out->graph) != WIL_OK)
        fail_msg("%s: %s", c->name, wil_status_message());
    for (int i = 0; i < out->n_outputs; i++)
        out->counts[i] = wil_shape_count(wil_graph_shape(out->graph, out->outputs[i]));
    for (int i = 0; i < out->n_leaves; i++)
        fill(out, c, i);
}

wil_plan *case_plan(const case_graph *g, int n_outputs, wil_backend backend, wil_precision precision)
{
    wil_plan *plan = NULL;
    const wil_plan_config config = {.backend = backend, .precision = precision};
    OK(wil_plan_compile(&plan, g->graph, g->outputs, n_outputs, &config));
    for (int i = 0; i < g->n_leaves; i++) {
        const char *name = wil_graph_node(g->graph, g->leaves[i])->name;
        for (int k = 0; k < wil_plan_n_leaves(plan); k++)
            if (strcmp(wil_plan_leaf_name(plan, k), name) == 0)
                OK(wil_plan_bind(
                    plan, name, backend == WIL_BACKEND_REF_F64 ? (void *)g->f64[i] : (void *)g->f32[i]));
    }
    return plan;
}

bool case_has(const op_case *c, wil_op_kind kind)
{
    WIL_OWN(wil_graph) *g = NULL;
    wil_node leaves[CASE_INPUTS];
    OK(wil_graph_new(&g));
    for (int i = 0; i < c->n_inputs; i++)
        leaves[i] = wil_graph_input_node(g, (char[]){'x', (char)('0' + i), '\0'}, c->shape[i]);
    (void)c->build(g, c, leaves);
    for (wil_node node = 0; node < wil_graph_size(g); node++)
        if (wil_graph_node(g, node)->kind == kind)
            return true;
    return false;
}
