/* Every operation's first and second derivative against central differences, in double on the reference
 * kernels. */
#include "case_graph.h"

#include <math.h>

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
    assert_int_equal(wil_plan_run(plan), WIL_OK);
    return *(const double *)wil_plan_output(plan, which);
}

/* Compares d loss[which] / d leaf with differences. */
static void check_leaf(const op_case *c, wil_plan *losses, int which, double *values, const double *gradient,
    int64_t n, int leaf)
{
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
            fail_msg("%s: derivative of order %d by leaf %d at %d is %.12g, differences say %.12g", c->name,
                which + 1, leaf, (int)i, gradient[i], difference);
    }
}

static void check_case(const op_case *c)
{
    case_graph g;
    double *values[CASE_LEAVES] = {NULL};
    int64_t counts[CASE_LEAVES];
    case_graph_make(&g, c);
    for (int i = 0; i < g.n_leaves; i++) {
        counts[i] = wil_shape_count(wil_graph_shape(g.graph, g.leaves[i]));
        assert_int_equal(wil_alloc_f64(&values[i], (size_t)counts[i]), WIL_OK);
        case_fill(values[i], counts[i], c, i);
    }
    wil_plan *all = case_plan(&g, g.n_outputs, WIL_BACKEND_REF_F64, (void *const *)values);
    wil_plan *losses = case_plan(&g, 2, WIL_BACKEND_REF_F64, (void *const *)values);
    assert_int_equal(wil_plan_run(all), WIL_OK);
    for (int i = 0; i < c->n_inputs && c->build != build_stop_gradient; i++)
        check_leaf(c, losses, 0, values[i], wil_plan_output(all, 2 + i), counts[i], i);
    for (int i = 0; i < g.n_leaves && c->build != build_stop_gradient; i++)
        check_leaf(c, losses, 1, values[i], wil_plan_output(all, 2 + c->n_inputs + i), counts[i], i);
    if (c->build == build_stop_gradient)
        assert_true(largest(wil_plan_output(all, 3), counts[1]) == 0.0);
    wil_plan_free(all);
    wil_plan_free(losses);
    for (int i = 0; i < g.n_leaves; i++)
        wil_free(values[i]);
    wil_graph_free(g.graph);
}

static void first_and_second_derivatives_agree_with_differences(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_CASES; i++)
        check_case(&CASES[i]);
}

/* Of a new row of ops.def, too. conv_dw_norm2, which has no derivative, is tested in test_norm2.c. */
static void every_operation_has_a_case(void **state)
{
    bool seen[WIL_OP_KINDS] = {[WIL_OP_CONV_DW_NORM2] = true};
    (void)state;
    for (size_t i = 0; i < N_CASES; i++) {
        case_graph g;
        case_graph_make(&g, &CASES[i]);
        for (wil_node node = 0; node < wil_graph_size(g.graph); node++)
            seen[wil_graph_node(g.graph, node)->kind] = true;
        wil_graph_free(g.graph);
    }
    for (wil_op_kind kind = 0; kind < WIL_OP_KINDS; kind++)
        if (!seen[kind])
            fail_msg("no case of op_cases.h has the operation '%s'", wil_op_name(kind));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_has_a_case),
        cmocka_unit_test(first_and_second_derivatives_agree_with_differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
