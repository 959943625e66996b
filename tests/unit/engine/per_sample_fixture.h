/* Runs the networks of per_sample_nets.h: clipped in one batch, and sample by sample. */
#ifndef PER_SAMPLE_FIXTURE_H
#define PER_SAMPLE_FIXTURE_H

#include <math.h>

#include "outcome.h"
#include "willis/engine.h"

#include "per_sample_nets.h"

static uint32_t name_number(const char *name)
{
    uint32_t number = 17;
    for (; *name != 0; name++)
        number = number * 31 + (uint32_t)*name;
    return number;
}

/* Value k of row `row` of a leaf, a function of its name: the same in a batch and alone, and the same in
 * float and double. */
static double leaf_value(const char *name, int64_t row, int64_t n_row, int64_t k)
{
    const wil_rng rng = wil_rng_at(5, WIL_RNG_TEST, name_number(name));
    return (double)(float)(2 * wil_rng_uniform(rng, (uint64_t)(row * n_row + k)) - 1);
}

typedef struct net_run {
    net_graph net;
    wil_plan *plan;
    bool f64;
    void *leaf[32];
    wil_node outputs[NET_PARAMS + 1]; /* gradients, norms */
} net_run;

/* rows[i]: the sample in slot i, -1 for an empty one. */
static void run_bind(net_run *run, const int *rows)
{
    for (int i = 0; i < wil_plan_n_leaves(run->plan); i++) {
        const char *name = wil_plan_leaf_name(run->plan, i);
        const int64_t count = wil_shape_count(wil_plan_leaf_shape(run->plan, i));
        const bool per_sample = !wil_plan_leaf_is_param(run->plan, i);
        const int64_t n_row = per_sample ? count / run->net.n : count;
        if (run->leaf[i] == NULL)
            OK(wil_alloc(&run->leaf[i], (size_t)count, run->f64 ? sizeof(double) : sizeof(float)));
        for (int64_t j = 0; j < count; j++) {
            const int64_t row = per_sample ? rows[j / n_row] : 0;
            double value = row < 0 ? 0.0 : leaf_value(name, row, n_row, j % n_row);
            if (strcmp(name, "mask") == 0)
                value = row < 0 ? 0.0 : 1.0;
            if (run->f64)
                ((double *)run->leaf[i])[j] = value;
            else
                ((float *)run->leaf[i])[j] = (float)value;
        }
        OK(wil_plan_bind(run->plan, name, run->leaf[i]));
    }
    OK(wil_plan_run(run->plan));
}

static void run_free(net_run *run)
{
    for (size_t i = 0; i < sizeof run->leaf / sizeof run->leaf[0]; i++)
        wil_free(run->leaf[i]);
    wil_plan_free(run->plan);
    wil_graph_free(run->net.g);
}

static double run_value(const net_run *run, int output, int64_t i)
{
    const void *values = wil_plan_output(run->plan, output);
    return run->f64 ? ((const double *)values)[i] : (double)((const float *)values)[i];
}

static int64_t param_count(const net_run *run, int p)
{
    return wil_shape_count(wil_graph_shape(run->net.g, run->net.params[p]));
}

static void run_build(net_run *run, const per_sample_net *net, int n, wil_backend backend)
{
    memset(run, 0, sizeof *run);
    run->f64 = backend == WIL_BACKEND_REF_F64;
    run->net.n = n;
    OK(wil_graph_new(&run->net.g));
    net->build(&run->net);
    OK(wil_graph_status(run->net.g));
}

static void run_compile(net_run *run, wil_backend backend, bool with_norms)
{
    const wil_plan_config config = {.backend = backend};
    OK(wil_graph_status(run->net.g));
    OK(wil_plan_compile(
        &run->plan, run->net.g, run->outputs, run->net.n_params + (with_norms ? 1 : 0), &config));
}

/* Clipped gradients and norms of n samples in one plan. */
static void clipped_make(net_run *run, const per_sample_net *net, int n, wil_backend backend, double bound,
    bool masked, wil_clip_form form)
{
    run_build(run, net, n, backend);
    wil_clip_config config = wil_clip_config_default();
    config.bound = bound;
    config.form = form;
    config.given = run->net.given;
    config.n_given = run->net.n_given;
    if (masked)
        config.mask = wil_graph_input_node(run->net.g, "mask", wil_shape_of(1, n));
    wil_graph_gradient_clipped(run->net.g, run->net.loss, run->net.params, run->net.n_params, &config,
        run->outputs, &run->outputs[run->net.n_params]);
    run_compile(run, backend, true);
}

/* The ordinary gradients of the sum of the losses of n samples. */
static void ordinary_make(net_run *run, const per_sample_net *net, int n, wil_backend backend)
{
    run_build(run, net, n, backend);
    wil_graph_gradient(run->net.g, wil_op_sum_all(run->net.g, run->net.loss), run->net.params,
        run->net.n_params, run->outputs);
    run_compile(run, backend, false);
}

/* ---- the definition: one sample after another, in double ---------------------------------------------- */

#define MAX_SAMPLES 8

typedef struct definition {
    double norm[MAX_SAMPLES];
    double *sum[NET_PARAMS]; /* clipped, per parameter */
    int64_t count[NET_PARAMS];
    int n_params;
} definition;

static double sample_norm(const net_run *run)
{
    double norm2 = 0;
    for (int p = 0; p < run->net.n_params; p++)
        for (int64_t k = 0; k < param_count(run, p); k++)
            norm2 += run_value(run, p, k) * run_value(run, p, k);
    return sqrt(norm2);
}

static void define(definition *out, const per_sample_net *net, const int *rows, int n, double bound)
{
    net_run one;
    memset(out, 0, sizeof *out);
    ordinary_make(&one, net, 1, WIL_BACKEND_REF_F64);
    out->n_params = one.net.n_params;
    for (int p = 0; p < out->n_params; p++) {
        out->count[p] = param_count(&one, p);
        OK(wil_alloc_f64(&out->sum[p], (size_t)out->count[p]));
    }
    for (int i = 0; i < n; i++) {
        run_bind(&one, &rows[i]);
        out->norm[i] = sample_norm(&one);
        const double factor = out->norm[i] > bound ? bound / out->norm[i] : 1.0;
        for (int p = 0; p < out->n_params; p++)
            for (int64_t k = 0; k < out->count[p]; k++)
                out->sum[p][k] += factor * run_value(&one, p, k);
    }
    run_free(&one);
}

static void definition_free(definition *d)
{
    for (int p = 0; p < d->n_params; p++)
        wil_free(d->sum[p]);
}

/* A bound that cuts about half of the samples. */
static double middle_norm(const per_sample_net *net, const int *rows, int n)
{
    definition d;
    double low = 1e300;
    double high = 0;
    define(&d, net, rows, n, 1e300);
    for (int i = 0; i < n; i++) {
        low = fmin(low, d.norm[i]);
        high = fmax(high, d.norm[i]);
    }
    definition_free(&d);
    assert_true(low < 0.999 * high); /* or the bound would not tell samples apart */
    return 0.5 * (low + high);
}

#endif
