/* Every operation's first and second derivative against central differences, in double on the reference
 * kernels. */
#include <math.h>

#include "ops.h"

#define STEP 1e-5      /* truncation about STEP^2, rounding about 1e-16 / STEP: both near 1e-11 */
#define TOLERANCE 1e-6 /* of the largest entry of a gradient; a wrong rule is wrong by O(1) */
#define MOST_PROBES 24 /* entries of a leaf that are perturbed */

static double largest(const double *a, int64_t n)
{
    double most = 0;
    for (int64_t i = 0; i < n; i++)
        most = fmax(most, fabs(a[i]));
    return most;
}

static double loss(wil_plan *plan, int which)
{
    OK(wil_plan_run(plan));
    return *(const double *)wil_plan_output(plan, which);
}

/* Compares d loss[which] / d leaf, the plan's output at, with differences. */
static void check_leaf(
    const case_graph *g, const wil_plan *all, wil_plan *losses, int which, int leaf, int at)
{
    const double *gradient = wil_plan_output(all, at);
    double *values = g->f64[leaf];
    const int64_t n = g->counts[at];
    const double scale = fmax(largest(gradient, n), 1e-2);
    const int64_t stride = n > MOST_PROBES ? n / MOST_PROBES : 1;
    for (int64_t i = 0; i < n; i += stride) {
        const double kept = values[i];
        values[i] = kept + STEP;
        const double above = loss(losses, which);
        values[i] = kept - STEP;
        const double below = loss(losses, which);
        values[i] = kept;
        const double difference = (above - below) / (2 * STEP);
        if (!(fabs(difference - gradient[i]) <= TOLERANCE * scale))
            fail_msg("derivative of order %d by leaf %d at %d is %.12g, differences say %.12g", which + 1,
                leaf, (int)i, gradient[i], difference);
    }
}

static void derivatives_agree_with_differences(void **state)
{
    const ops_test *t = *state;
    WIL_OWN(case_graph) g = {0};
    case_graph_make(&g, t->c, true);
    WIL_OWN(wil_plan) *all = case_plan(&g, g.n_outputs, WIL_BACKEND_REF_F64, WIL_PRECISION_F32);
    WIL_OWN(wil_plan) *losses = case_plan(&g, 2, WIL_BACKEND_REF_F64, WIL_PRECISION_F32);
    OK(wil_plan_run(all));
    if (strcmp(t->c->name, "stop_gradient") == 0) { /* not by its second input, whatever differences say */
        assert_true(largest(wil_plan_output(all, 3), g.counts[3]) == 0.0);
        return;
    }
    for (int i = 0; i < t->c->n_inputs; i++)
        check_leaf(&g, all, losses, 0, i, 2 + i);
    for (int i = 0; i < g.n_leaves; i++)
        check_leaf(&g, all, losses, 1, i, 2 + t->c->n_inputs + i);
}

/* conv_dw_norm2 has none; differences of large cases would take long and say no more. */
static bool has_small_derivatives(const ops_test *t)
{
    return !t->large && !t->c->no_gradient;
}

int ops_grad(const ops_choice *choice)
{
    return ops_run(choice, "grad", derivatives_agree_with_differences, has_small_derivatives);
}
