/* Two forms of one layer, compared: values, first and second derivatives. For cmocka tests. */
#ifndef LAYER_FORMS_H
#define LAYER_FORMS_H

#include "test.h"

#include <math.h>
#include <string.h>

#include "outcome.h"
#include "willis/engine.h"
#include "willis/nn.h"

enum { FORM_LEAVES = 12, FORM_OUTPUTS = 8 };

typedef struct layer_form {
    wil_graph *graph;
    wil_params *params;
    wil_nn nn;
    wil_node outputs[FORM_OUTPUTS];
    int n_outputs;
} layer_form;

static inline void form_begin(layer_form *f)
{
    *f = (layer_form){0};
    OK(wil_graph_new(&f->graph));
    OK(wil_params_new(&f->params));
    f->nn = (wil_nn){.graph = f->graph, .params = f->params, .training = true};
}

/* Outputs: y; the gradients of sum(r y^2) by the weights and the n inputs; with second = the sum of those
 * gradients' squares, its gradients by the first weight and the first input. */
static inline void form_finish(layer_form *f, wil_node y, const wil_node *inputs, int n)
{
    wil_graph *g = f->graph;
    wil_node wrt[FORM_OUTPUTS], first[FORM_OUTPUTS];
    const wil_node r = wil_graph_input_node(g, "r", wil_graph_shape(g, y));
    const wil_node loss = wil_op_sum_all(g, wil_op_mul(g, r, wil_op_square(g, y)));
    const int n_weights = wil_params_trained_nodes(f->params, g, wrt);
    for (int i = 0; i < n; i++)
        wrt[n_weights + i] = inputs[i];
    wil_graph_gradient(g, loss, wrt, n_weights + n, first);
    wil_node second = wil_op_fill(g, wil_shape_of(0), 0.0);
    f->outputs[f->n_outputs++] = y;
    for (int i = 0; i < n_weights + n; i++) {
        second = wil_op_add(g, second, wil_op_sum_all(g, wil_op_square(g, first[i])));
        f->outputs[f->n_outputs++] = first[i];
    }
    const wil_node both[2] = {wrt[0], inputs[0]};
    wil_graph_gradient(g, second, both, 2, f->outputs + f->n_outputs);
    f->n_outputs += 2;
    OK(wil_graph_status(g));
}

static inline void form_end(layer_form *f)
{
    wil_graph_free(f->graph);
    wil_params_free(f->params);
}

/* Numbers in [-0.5, 0.5) that follow from the name alone; float or double. Freed with wil_free. */
static inline void *form_values(const char *name, size_t n, bool is_double)
{
    float *f32 = NULL;
    double *f64 = NULL;
    uint32_t step = 0;
    for (const char *c = name; *c != 0; c++)
        step = step * 31u + (uint32_t)*c;
    OK(wil_alloc_f32(&f32, n));
    OK(wil_alloc_f64(&f64, n));
    wil_rng_fill_uniform_f32(wil_rng_at(5, WIL_RNG_TEST, step), 0, n, f32);
    for (size_t k = 0; k < n; k++)
        f64[k] = (double)(f32[k] -= 0.5f);
    wil_free(is_double ? (void *)f32 : (void *)f64);
    return is_double ? (void *)f64 : (void *)f32;
}

static inline wil_plan *form_run(const layer_form *f, wil_backend backend, void **memory)
{
    wil_plan *plan = NULL;
    const wil_plan_config config = {.backend = backend};
    OK(wil_plan_compile(&plan, f->graph, f->outputs, f->n_outputs, &config));
    for (int i = 0; i < wil_plan_n_leaves(plan); i++) {
        assert_true(i < FORM_LEAVES);
        const char *name = wil_plan_leaf_name(plan, i);
        const size_t n = (size_t)wil_shape_count(wil_plan_leaf_shape(plan, i));
        memory[i] = form_values(name, n, backend == WIL_BACKEND_REF_F64);
        OK(wil_plan_bind(plan, name, memory[i]));
    }
    OK(wil_plan_run(plan));
    return plan;
}

static inline double form_value(const wil_plan *plan, wil_backend backend, int output, int64_t i)
{
    const void *values = wil_plan_output(plan, output);
    return backend == WIL_BACKEND_REF_F64 ? ((const double *)values)[i] : (double)((const float *)values)[i];
}

/* form on backend against definition on the reference kernels in double; within tolerance of each output's
 * largest value. which: the case, for the message. */
static inline void forms_agree(
    const layer_form *form, const layer_form *definition, int which, wil_backend backend, double tolerance)
{
    void *memory[2][FORM_LEAVES] = {{NULL}, {NULL}};
    assert_int_equal(form->n_outputs, definition->n_outputs);
    wil_plan *got = form_run(form, backend, memory[0]);
    wil_plan *expected = form_run(definition, WIL_BACKEND_REF_F64, memory[1]);
    for (int output = 0; output < form->n_outputs; output++) {
        const int64_t n = wil_shape_count(wil_graph_shape(definition->graph, definition->outputs[output]));
        assert_int_equal(wil_shape_count(wil_graph_shape(form->graph, form->outputs[output])), n);
        double scale = 0.0;
        for (int64_t i = 0; i < n; i++)
            scale = fmax(scale, fabs(form_value(expected, WIL_BACKEND_REF_F64, output, i)));
        assert_true(scale > 0.0);
        for (int64_t i = 0; i < n; i++) {
            const double is = form_value(got, backend, output, i);
            const double should = form_value(expected, WIL_BACKEND_REF_F64, output, i);
            if (!(fabs(is - should) <= tolerance * scale))
                fail_msg(
                    "case %d, output %d at %d: %.17g, expected %.17g", which, output, (int)i, is, should);
        }
    }
    wil_plan_free(got);
    wil_plan_free(expected);
    for (int i = 0; i < 2 * FORM_LEAVES; i++)
        wil_free(memory[i / FORM_LEAVES][i % FORM_LEAVES]);
}

/* Nodes of a kind that the first n_outputs need. */
static inline int form_count_needed(const layer_form *f, wil_op_kind kind, int n_outputs)
{
    static bool needed[4096];
    int n = 0;
    memset(needed, 0, sizeof needed);
    assert_true(wil_graph_size(f->graph) <= 4096);
    for (int i = 0; i < n_outputs; i++)
        needed[f->outputs[i]] = true;
    for (int node = wil_graph_size(f->graph) - 1; node >= 0; node--) {
        const wil_node_info *info = wil_graph_node(f->graph, node);
        n += needed[node] && info->kind == kind;
        for (int k = 0; needed[node] && k < info->n_inputs; k++)
            needed[info->inputs[k]] = true;
    }
    return n;
}

#endif
