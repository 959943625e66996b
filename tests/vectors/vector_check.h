/* Running a graph on closed-form numbers and comparing results with stored ones. For cmocka tests. */
#ifndef VECTOR_CHECK_H
#define VECTOR_CHECK_H

#include <stdlib.h>

#include "willis/engine.h"

#include "closed_form.h"

#define assert_near(a, b, tolerance) assert_true(fabs((double)(a) - (double)(b)) <= (tolerance))

/* A plan with the memory bound to it. */
typedef struct vector_run {
    wil_plan *plan;
    bool is_double;
    void *memory[128]; /* doubles made for REF_F64 */
    int n_memory;
} vector_run;

typedef struct vector_input {
    const char *name;
    const float *values;
} vector_input;

static inline void vector_bind(vector_run *run, const char *name, const float *values, wil_shape shape)
{
    const void *bound = values;
    if (run->is_double) {
        size_t n = (size_t)wil_shape_count(shape);
        double *copy = malloc(n * sizeof *copy);
        assert_non_null(copy);
        assert_true(run->n_memory < 128);
        for (size_t i = 0; i < n; i++)
            copy[i] = values[i];
        bound = run->memory[run->n_memory++] = copy;
    }
    assert_int_equal(wil_plan_bind(run->plan, name, bound), WIL_OK);
}

/* Compiles and binds: parameters from the sets, inputs by name. */
static inline void vector_compile(vector_run *run, const wil_graph *g, wil_backend backend,
    const wil_node *outputs, int n_outputs, wil_params *const *sets, int n_sets, const vector_input *inputs,
    int n_inputs)
{
    if (wil_graph_status(g) != WIL_OK)
        fail_msg("%s", wil_status_message());
    *run = (vector_run){.is_double = backend == WIL_BACKEND_REF_F64};
    wil_plan_config config = wil_plan_config_default();
    config.backend = backend;
    if (wil_plan_compile(&run->plan, g, outputs, n_outputs, &config) != WIL_OK)
        fail_msg("%s", wil_status_message());
    for (int i = 0; i < wil_plan_n_leaves(run->plan); i++) {
        const char *name = wil_plan_leaf_name(run->plan, i);
        const float *values = NULL;
        for (int s = 0; s < n_sets; s++) {
            const wil_param *param = wil_params_find(sets[s], name);
            values = param != NULL ? param->value : values;
        }
        for (int j = 0; j < n_inputs; j++)
            values = strcmp(inputs[j].name, name) == 0 ? inputs[j].values : values;
        assert_non_null(values);
        vector_bind(run, name, values, wil_plan_leaf_shape(run->plan, i));
    }
}

static inline void vector_run_once(vector_run *run)
{
    if (wil_plan_run(run->plan) != WIL_OK)
        fail_msg("%s", wil_status_message());
}

static inline void vector_free(vector_run *run)
{
    wil_plan_free(run->plan);
    for (int i = 0; i < run->n_memory; i++)
        free(run->memory[i]);
}

static inline double vector_output(const vector_run *run, int which, int64_t i)
{
    const void *values = wil_plan_output(run->plan, which);
    return run->is_double ? ((const double *)values)[i] : (double)((const float *)values)[i];
}

static inline const double *vector_expected(
    const wil_tensor_file *file, const char *section, const char *name, int64_t *n)
{
    char full[256];
    snprintf(full, sizeof full, "%s.%s", section, name);
    const wil_tensor *tensor = wil_tensor_file_find(file, full);
    if (tensor == NULL)
        fail_msg("the vectors have no %s", full);
    if (n != NULL)
        *n = wil_shape_count(tensor->shape);
    return tensor->data;
}

/* The position in memory, channels last, of value i of a file, channels before space. */
static inline int64_t vector_memory_position(const wil_param *param, int64_t i)
{
    const int64_t *dim = param->shape.dim;
    const int last = param->shape.rank - 1;
    int64_t before = 1, channels = 1, behind = 1; /* memory [before,taps,channels,behind] */
    switch (param->layout) {
    case WIL_LAYOUT_PLAIN:
        return i;
    case WIL_LAYOUT_CONV:
    case WIL_LAYOUT_FROM_SPACE:
        before = dim[0];
        channels = dim[last];
        break;
    case WIL_LAYOUT_TO_SPACE:
        channels = dim[last - 1];
        behind = dim[last];
        break;
    case WIL_LAYOUT_SPACE_VECTOR:
        channels = dim[last];
        break;
    }
    const int64_t taps = wil_shape_count(param->shape) / (before * channels * behind);
    const int64_t rest = i / behind, tap = rest % taps, c = rest / taps % channels,
                  o = rest / taps / channels;
    return ((o * taps + tap) * channels + c) * behind + i % behind;
}

/* Output `which` is the gradient of param: stored samples within tolerance of its largest magnitude, the norm
 * within tolerance of itself, the sum within what errors of that norm can add up to (Cauchy and Schwarz). */
static inline void vector_check_gradient(const vector_run *run, int which, const wil_param *param,
    const wil_tensor_file *file, const char *section, double tolerance)
{
    char name[160];
    int64_t n_kept = 0, n = wil_shape_count(param->shape);
    snprintf(name, sizeof name, "sample.%s", param->name);
    const double *sample = vector_expected(file, section, name, &n_kept);
    snprintf(name, sizeof name, "summary.%s", param->name);
    const double *summary = vector_expected(file, section, name, NULL); /* norm, sum, largest */
    double worst = 0.0, sum = 0.0, sum2 = 0.0;
    for (int64_t k = 0; k < n_kept; k++) {
        int64_t at = vector_memory_position(param, n_kept == n ? k : k * n / n_kept);
        worst = fmax(worst, fabs(vector_output(run, which, at) - sample[k]));
    }
    for (int64_t i = 0; i < n; i++) {
        double value = vector_output(run, which, i);
        sum += value;
        sum2 += value * value;
    }
    if (!(worst <= tolerance * summary[2]))
        fail_msg(
            "%s: gradient of %s is off by %g of its largest value", section, param->name, worst / summary[2]);
    assert_near(sqrt(sum2), summary[0], tolerance * summary[0]);
    assert_near(sum, summary[1], tolerance * summary[0] * sqrt((double)n));
}

/* All trained weights of a set; their gradients are the outputs from `first` on. */
static inline void vector_check_gradients(const vector_run *run, int first, wil_params *params,
    const wil_tensor_file *file, const char *section, double tolerance)
{
    int which = first;
    for (int i = 0; i < wil_params_count(params); i++)
        if (wil_params_at(params, i)->role == WIL_PARAM_WEIGHT)
            vector_check_gradient(run, which++, wil_params_at(params, i), file, section, tolerance);
}

static inline double vector_metadata_real(const wil_tensor_file *file, const char *key)
{
    const char *text = json_string_value(json_object_get(file->metadata, key));
    assert_non_null(text);
    return strtod(text, NULL);
}

static inline int vector_metadata(const wil_tensor_file *file, const char *key)
{
    return (int)vector_metadata_real(file, key);
}

#endif
