/* The operation behind per-sample norms; tests/ops compares its forms with its definition. */
#include "test.h"

#include <math.h>

#include "outcome.h"
#include "willis/engine.h"

TEST(of_one_sample_it_is_the_length_of_the_weight_gradient)
{
    WIL_OWN(wil_graph) *g = NULL;
    WIL_OWN(wil_plan) *plan = NULL;
    double x[40];
    double d_y[20];
    const int64_t kernel = 3, stride = 2, pad = 1;
    OK(wil_graph_new(&g));
    const wil_node nx = wil_graph_input_node(g, "x", wil_shape_of(3, 2, 10, 2));
    const wil_node ng = wil_graph_input_node(g, "g", wil_shape_of(3, 2, 5, 2));
    const wil_node sum = wil_op_conv_dw(g, nx, ng, &stride, &pad, &kernel);
    const wil_node outputs[2] = {wil_op_sum_all(g, wil_op_square(g, sum)),
        wil_op_conv_dw_norm2(g, &nx, &ng, 1, 1, &stride, &pad, &kernel, false)};
    const wil_plan_config config = {.backend = WIL_BACKEND_REF_F64};
    OK(wil_plan_compile(&plan, g, outputs, 2, &config));
    for (int i = 0; i < 40; i++)
        x[i] = wil_rng_normal(wil_rng_at(4, WIL_RNG_TEST, 0), (uint64_t)i);
    for (int i = 0; i < 20; i++)
        d_y[i] = wil_rng_normal(wil_rng_at(4, WIL_RNG_TEST, 1), (uint64_t)i);
    OK(wil_plan_bind(plan, "x", x));
    OK(wil_plan_bind(plan, "g", d_y));
    OK(wil_plan_run(plan));
    const double expected = *(const double *)wil_plan_output(plan, 0);
    /* the same products and squares, in another order of at most 12 sums of 10 */
    assert_true(fabs(*(const double *)wil_plan_output(plan, 1) - expected) <= 1e-13 * expected);
}
