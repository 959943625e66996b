/* The fast kernels, oneDNN and fused passes against the obvious loops in double: values, first and second
 * derivatives of every case, in the small shapes of the derivative tests and in larger, awkward ones. */
#include "case_graph.h"

#include <math.h>
#include <omp.h>

/* Float has 24 bits (6e-8); sums here have up to some thousand terms, in another order, whose error grows
 * like their root. Relative to the largest entry of each result. */
#define FAST_TOLERANCE 2e-5
/* The obvious loops add one value after another: up to 1e5 terms, each rounded at 6e-8 of the growing sum. */
#define REF_TOLERANCE 5e-4

static const op_case LARGE_CASES[] = {
    CONV(conv, 3, 1, 1, 0, S4(2, 33, 17, 17), S4(3, 3, 3, 17)),
    CONV(conv, 4, 2, 1, 0, S4(4, 32, 32, 2), S4(48, 4, 4, 2)),
    CONV(conv, 5, 2, 2, 0, S4(2, 28, 20, 64), S4(32, 5, 5, 64)),
    CONV(conv, 4, 2, 1, 0, S5(1, 12, 10, 8, 3), S5(17, 4, 4, 4, 3)),
    CONV(conv, 3, 1, 1, 0, S3(3, 101, 2), S3(16, 3, 2)),
    CONV(conv_dx, 4, 2, 1, 24, S4(2, 12, 12, 64), S4(64, 4, 4, 3)),
    CONV(conv_dx, 3, 2, 1, 12, S5(1, 6, 6, 6, 17), S5(17, 3, 3, 3, 2)),
    CONV(conv_dw, 5, 2, 2, 0, S4(3, 21, 14, 3), S4(3, 11, 7, 17)),
    CONV(layer, 3, 1, 1, 0, S4(3, 40, 33, 17), S4(17, 3, 3, 17)),
    TWO(matmul_nt, S2(37, 129), S2(65, 129)),
    TWO(matmul_nn, S2(8, 100), S2(100, 640)),
    TWO(matmul_nt, S2(64, 129), S2(1, 129)),
    TWO(matmul_tn, S2(7, 1), S2(7, 50)),
    TWO(matmul_tt, S2(33, 17), S2(5, 33)),
    TWO(matmul_tt, S2(1, 1), S2(1, 1)),
    TWO(matmul_tn, S2(129, 17), S2(129, 1)),
    TWO(mul, S4(3, 37, 41, 17), S4(1, 1, 1, 17)),
    TWO(mul, S4(3, 37, 41, 17), S4(3, 37, 41, 1)),
    TWO(mul, S4(3, 37, 41, 17), S4(3, 1, 1, 1)),
    TWO(add, S2(7, 4099), S2(1, 4099)),
    TWO(sub, S0, S3(21, 77, 31)),
    ONE(tanh, S3(5, 101, 97)),
    ONE(sigmoid, S3(5, 101, 97)),
    ONE(softplus, S3(5, 101, 97)),
    ONE(leaky_relu, S1(50021)),
    ONE(keep_mask, S1(50021)),
    AXES(sum, 1, 7u, S4(3, 37, 41, 17)),
    AXES(sum, 1, 8u, S4(3, 37, 41, 17)),
    AXES(mean, 1, 6u, S4(3, 37, 41, 3)),
    AXES(mean, 1, ALL_AXES, S4(3, 37, 41, 3)),
    AXES(normalize, 1, 7u, S4(3, 37, 41, 17)),
    AXES(normalize, 1, 6u, S4(3, 37, 41, 3)),
    AXES(normalize, 1, 14u, S4(3, 19, 21, 5)),
    TWO(group_norm, S4(3, 19, 21, 34), S4(1, 1, 1, 34)),
    CONV(conv, 3, 2, 1, 0, S5(2, 9, 13, 11, 17), S5(33, 3, 3, 3, 17)),
    CONV(conv, 3, 1, 1, 0, S5(1, 7, 9, 10, 16), S5(2, 3, 3, 3, 16)),
    CONV_AXES(conv, 4, 1, 1, 2, 1, 0, S5(1, 11, 13, 9, 16), S5(33, 4, 1, 1, 16)),
    CONV_AXES(conv, 4, 1, 1, 2, 1, 0, S5(2, 10, 13, 9, 1), S5(16, 4, 1, 1, 1)),
    CONV(conv_folded, 4, 2, 1, 14, S4(3, 7, 7, 34), S4(17, 3, 3, 34)),
    CONV(conv_folded, 4, 2, 1, 10, S5(2, 5, 5, 5, 18), S5(33, 3, 3, 3, 18)),
    CONV(conv_spectral, 3, 2, 1, 0, S5(2, 9, 8, 7, 17), S5(16, 3, 3, 3, 17)),
    AXES(normalize, 1, 15u, S5(2, 11, 13, 7, 17)),
    AXES(normalize, 1, 14u, S5(2, 11, 13, 7, 3)),
    TWO(group_norm, S5(2, 5, 7, 9, 34), S5(1, 1, 1, 1, 34)),
    POOL(max_pool, 2, 2, 2, S5(2, 10, 8, 6, 17)),
    POOL(average_pool, 2, 2, 2, S5(2, 10, 8, 6, 3)),
    POOL(max_pool, 2, 2, 0, S4(3, 38, 42, 17)),
    POOL(upsample, 2, 2, 2, S5(1, 9, 7, 5, 3)),
    ONE(fold_up, S4(65, 3, 3, 34)), /* tiles of 16 x 16 channels, whole and cut */
    ONE(fold_up, S5(17, 3, 3, 3, 32)),
    ONE(unfold_up, S4(34, 4, 4, 65)),
    ONE(unfold_up, S5(32, 4, 4, 4, 17)),
};

typedef struct case_values {
    double *f64[CASE_LEAVES];
    float *f32[CASE_LEAVES];
} case_values;

/* The same numbers in both precisions: floats first, so that rounding the inputs is no difference. */
static void make_values(case_values *v, const case_graph *g, const op_case *c)
{
    for (int i = 0; i < g->n_leaves; i++) {
        const int64_t n = wil_shape_count(wil_graph_shape(g->graph, g->leaves[i]));
        assert_int_equal(wil_alloc_f64(&v->f64[i], (size_t)n), WIL_OK);
        assert_int_equal(wil_alloc_f32(&v->f32[i], (size_t)n), WIL_OK);
        case_fill(v->f64[i], n, c, i);
        for (int64_t k = 0; k < n; k++) {
            v->f32[i][k] = (float)v->f64[i][k];
            v->f64[i][k] = (double)v->f32[i][k];
        }
    }
}

static void free_values(case_values *v, const case_graph *g)
{
    for (int i = 0; i < g->n_leaves; i++) {
        wil_free(v->f64[i]);
        wil_free(v->f32[i]);
    }
}

static void compare(const op_case *c, const char *backend, int output, const float *got,
    const double *expected, int64_t n, double tolerance)
{
    double scale = 1e-3;
    for (int64_t i = 0; i < n; i++)
        scale = fmax(scale, fabs(expected[i]));
    for (int64_t i = 0; i < n; i++)
        if (!(fabs((double)got[i] - expected[i]) <= tolerance * scale))
            fail_msg("%s on %s: output %d at %d is %.9g, expected %.9g (largest %.3g)", c->name, backend,
                output, (int)i, (double)got[i], expected[i], scale);
}

static void check_case(const op_case *c)
{
    case_graph g;
    case_values v = {{NULL}, {NULL}};
    case_graph_make(&g, c);
    make_values(&v, &g, c);
    wil_plan *f64 = case_plan(&g, g.n_outputs, WIL_BACKEND_REF_F64, (void *const *)v.f64);
    wil_plan *ref = case_plan(&g, g.n_outputs, WIL_BACKEND_REF, (void *const *)v.f32);
    wil_plan *fast = case_plan(&g, g.n_outputs, WIL_BACKEND_FAST, (void *const *)v.f32);
    assert_int_equal(wil_plan_run(f64), WIL_OK);
    assert_int_equal(wil_plan_run(ref), WIL_OK);
    assert_int_equal(wil_plan_run(fast), WIL_OK);
    for (int i = 0; i < g.n_outputs; i++) {
        compare(c, "fast", i, wil_plan_output(fast, i), wil_plan_output(f64, i), g.counts[i], FAST_TOLERANCE);
        compare(c, "ref", i, wil_plan_output(ref, i), wil_plan_output(f64, i), g.counts[i], REF_TOLERANCE);
    }
    wil_plan_free(f64);
    wil_plan_free(ref);
    wil_plan_free(fast);
    free_values(&v, &g);
    wil_graph_free(g.graph);
}

static void fast_and_ref_agree_with_double_in_small_shapes(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_CASES; i++)
        check_case(&CASES[i]);
}

static void fast_and_ref_agree_with_double_in_large_awkward_shapes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof LARGE_CASES / sizeof LARGE_CASES[0]; i++)
        check_case(&LARGE_CASES[i]);
}

/* ---- threads ------------------------------------------------------------------------------------------ */

static bool starts_with(const op_case *c, const char *name)
{
    return strncmp(c->name, name, strlen(name)) == 0;
}

/* Two plans, run with these numbers of threads, must give the same bits. */
static void check_threads(const op_case *c, const int n_threads[2], bool only_value)
{
    case_graph g;
    case_values v = {{NULL}, {NULL}};
    wil_plan *plans[2];
    case_graph_make(&g, c);
    make_values(&v, &g, c);
    for (int i = 0; i < 2; i++) {
        omp_set_num_threads(n_threads[i]);
        plans[i] = case_plan(&g, g.n_outputs, WIL_BACKEND_FAST, (void *const *)v.f32);
        assert_int_equal(wil_plan_run(plans[i]), WIL_OK);
    }
    for (int i = only_value ? g.n_outputs - 1 : 0; i < g.n_outputs; i++)
        if (memcmp(wil_plan_output(plans[0], i), wil_plan_output(plans[1], i),
                (size_t)g.counts[i] * sizeof(float)) != 0)
            fail_msg(
                "%s: output %d differs between %d and %d threads", c->name, i, n_threads[0], n_threads[1]);
    wil_plan_free(plans[0]);
    wil_plan_free(plans[1]);
    free_values(&v, &g);
    wil_graph_free(g.graph);
}

/* All but weight gradients of convolutions: oneDNN adds those up per thread, so they agree within
 * FAST_TOLERANCE only (and have the same bits for the same number of threads). */
static void one_and_two_threads_give_the_same_bits(void **state)
{
    const int n_threads[2] = {1, 2};
    (void)state;
    for (size_t i = 0; i < sizeof LARGE_CASES / sizeof LARGE_CASES[0]; i++) {
        const op_case *c = &LARGE_CASES[i];
        if (!starts_with(c, "conv_dw"))
            check_threads(c, n_threads, starts_with(c, "conv") || starts_with(c, "layer"));
    }
}

static void another_run_with_as_many_threads_gives_the_same_bits(void **state)
{
    const int n_threads[2] = {2, 2};
    (void)state;
    for (size_t i = 0; i < sizeof LARGE_CASES / sizeof LARGE_CASES[0]; i++)
        check_threads(&LARGE_CASES[i], n_threads, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fast_and_ref_agree_with_double_in_small_shapes),
        cmocka_unit_test(fast_and_ref_agree_with_double_in_large_awkward_shapes),
        cmocka_unit_test(one_and_two_threads_give_the_same_bits),
        cmocka_unit_test(another_run_with_as_many_threads_gives_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
