/* The fast kernels, oneDNN and fused passes, and the obvious loops in float, against the obvious loops in
 * double: values, first and second derivatives. Large cases also under several numbers of threads. */
#include <math.h>
#include <omp.h>

#include "ops.h"

/* Float has 24 bits (6e-8); sums here have up to some thousand terms, in another order, whose error grows
 * like their root. Relative to the largest entry of each result. */
#define FAST_TOLERANCE 2e-5
/* The obvious loops add one value after another: up to 1e5 terms, each rounded at 6e-8 of the growing sum. */
#define REF_TOLERANCE 5e-4
/* conv_dw_norm2: products of up to 1e4 terms, squared and summed in double; relative to each entry, none
 * negative. */
#define NORM2_TOLERANCE 1e-5

static void compare(
    const op_case *c, const case_graph *g, const wil_plan *plan, const wil_plan *f64, wil_backend backend)
{
    const bool fast = backend == WIL_BACKEND_FAST;
    const double tolerance = c->no_gradient ? NORM2_TOLERANCE : fast ? FAST_TOLERANCE : REF_TOLERANCE;
    for (int k = 0; k < g->n_outputs; k++) {
        const float *got = wil_plan_output(plan, k);
        const double *expected = wil_plan_output(f64, k);
        double scale = 1e-3;
        for (int64_t i = 0; i < g->counts[k]; i++)
            scale = fmax(scale, fabs(expected[i]));
        for (int64_t i = 0; i < g->counts[k]; i++)
            if (!(fabs((double)got[i] - expected[i]) <=
                    tolerance * (c->no_gradient ? fabs(expected[i]) : scale)))
                fail_msg("%s: output %d at %d is %.9g, expected %.9g (largest %.3g)", fast ? "fast" : "ref",
                    k, (int)i, (double)got[i], expected[i], scale);
    }
}

static void same_bits(const case_graph *g, const wil_plan *a, const wil_plan *b, int from, const char *what)
{
    for (int i = from; i < g->n_outputs; i++)
        if (memcmp(wil_plan_output(a, i), wil_plan_output(b, i), (size_t)g->counts[i] * sizeof(float)) != 0)
            fail_msg("output %d has other bits %s", i, what);
}

static bool starts_with(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Weight gradients of convolutions are added up by oneDNN per thread: they agree within FAST_TOLERANCE only
 * (and have the same bits for the same number of threads). Plans without oneDNN run under any number. */
static void check_threads(const op_case *c, const case_graph *g, const wil_plan *two)
{
    WIL_OWN(wil_plan) *again = case_plan(g, g->n_outputs, WIL_BACKEND_FAST, WIL_PRECISION_F32);
    OK(wil_plan_run(again));
    same_bits(g, two, again, 0, "in another run with two threads");
    for (int n = 1; c->no_gradient && n <= 4; n += 3) {
        omp_set_num_threads(n);
        OK(wil_plan_run(again));
        same_bits(g, two, again, 0, "where a plan made under two threads runs under 1 or 4");
    }
    if (!starts_with(c->name, "conv_dw")) {
        omp_set_num_threads(1);
        WIL_OWN(wil_plan) *one = case_plan(g, g->n_outputs, WIL_BACKEND_FAST, WIL_PRECISION_F32);
        OK(wil_plan_run(one));
        const bool value_only = starts_with(c->name, "conv") || starts_with(c->name, "layer");
        same_bits(g, two, one, value_only ? g->n_outputs - 1 : 0, "with one thread");
    }
    omp_set_num_threads(2);
}

static void agrees_with_double(void **state)
{
    const ops_test *t = *state;
    WIL_OWN(case_graph) g = {0};
    case_graph_make(&g, t->c, true);
    omp_set_num_threads(2);
    WIL_OWN(wil_plan) *f64 = case_plan(&g, g.n_outputs, WIL_BACKEND_REF_F64, WIL_PRECISION_F32);
    WIL_OWN(wil_plan) *ref = case_plan(&g, g.n_outputs, WIL_BACKEND_REF, WIL_PRECISION_F32);
    WIL_OWN(wil_plan) *fast = case_plan(&g, g.n_outputs, WIL_BACKEND_FAST, WIL_PRECISION_F32);
    OK(wil_plan_run(f64));
    if (ops_wants(t->choice, "ref")) {
        OK(wil_plan_run(ref));
        compare(t->c, &g, ref, f64, WIL_BACKEND_REF);
    }
    if (ops_wants(t->choice, "fast")) {
        OK(wil_plan_run(fast));
        compare(t->c, &g, fast, f64, WIL_BACKEND_FAST);
        if (t->large)
            check_threads(t->c, &g, fast);
    }
}

int ops_values(const ops_choice *choice)
{
    return ops_run(choice, "test", agrees_with_double, NULL);
}
