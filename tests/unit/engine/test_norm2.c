/* The operation behind per-sample norms, fast against its definition in double, in both forms. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <omp.h>
#include <string.h>

#include "willis/engine.h"

/* Products of up to 1e4 terms in float (6e-8 each, growing like the root), squared and summed. */
#define TOLERANCE 1e-5

#define MAX_PAIRS 4

typedef struct norm2_case {
    const char *name;
    int n_samples, n_pairs;
    wil_shape x[MAX_PAIRS], g[MAX_PAIRS];
    int64_t kernel[3], stride[3], pad[3];
} norm2_case;

#define S(n_axes, ...)                                                                                       \
    {                                                                                                        \
        .rank = (n_axes), .dim = { __VA_ARGS__ }                                                             \
    }

static const norm2_case CASES[] = {
    {"product", 3, 1, {S(3, 3, 1, 37)}, {S(3, 3, 1, 5)}, {1}, {1}, {0}},
    {"line", 2, 1, {S(3, 4, 31, 3)}, {S(3, 4, 15, 7)}, {4}, {2}, {1}},
    {"stride that leaves a rest", 2, 1, {S(4, 2, 11, 10, 3)}, {S(4, 2, 3, 3, 4)}, {3, 4}, {4, 3}, {1, 0}},
    {"pairs of different sizes", 3, 3, {S(4, 6, 12, 11, 3), S(4, 3, 5, 6, 3), S(4, 9, 12, 11, 3)},
        {S(4, 6, 12, 11, 5), S(4, 3, 5, 6, 5), S(4, 9, 12, 11, 5)}, {3, 3}, {1, 1}, {1, 1}},
    {"four pairs of one by one", 2, 4,
        {S(4, 2, 9, 9, 6), S(4, 2, 9, 9, 6), S(4, 2, 3, 2, 6), S(4, 4, 1, 1, 6)},
        {S(4, 2, 9, 9, 4), S(4, 2, 9, 9, 4), S(4, 2, 3, 2, 4), S(4, 4, 1, 1, 4)}, {1, 1}, {1, 1}, {0, 0}},
    {"several tiles of patches", 2, 1, {S(4, 2, 60, 55, 20)}, {S(4, 2, 60, 55, 3)}, {5, 5}, {1, 1}, {2, 2}},
    {"volume", 3, 2, {S(5, 3, 7, 6, 9, 3), S(5, 6, 7, 6, 9, 3)}, {S(5, 3, 4, 3, 5, 6), S(5, 6, 4, 3, 5, 6)},
        {3, 4, 3}, {2, 2, 2}, {1, 1, 1}},
};
#define N_CASES (sizeof CASES / sizeof CASES[0])

typedef struct case_run {
    wil_graph *graph;
    wil_plan *plan;
    void *leaf[2 * MAX_PAIRS];
} case_run;

static void make(case_run *run, const norm2_case *c, wil_backend backend, bool gram)
{
    static const char *const names[2 * MAX_PAIRS] = {"x0", "g0", "x1", "g1", "x2", "g2", "x3", "g3"};
    wil_node xs[MAX_PAIRS];
    wil_node gs[MAX_PAIRS];
    memset(run, 0, sizeof *run);
    assert_int_equal(wil_graph_new(&run->graph), WIL_OK);
    for (int k = 0; k < c->n_pairs; k++) {
        xs[k] = wil_graph_input_node(run->graph, names[2 * k], c->x[k]);
        gs[k] = wil_graph_input_node(run->graph, names[2 * k + 1], c->g[k]);
    }
    const wil_node norm2 = wil_op_conv_dw_norm2(
        run->graph, xs, gs, c->n_pairs, c->n_samples, c->stride, c->pad, c->kernel, gram);
    const wil_plan_config config = {.backend = backend};
    if (wil_plan_compile(&run->plan, run->graph, &norm2, 1, &config) != WIL_OK)
        fail_msg("%s: %s", c->name, wil_status_message());
    for (int i = 0; i < 2 * c->n_pairs; i++) {
        const bool f64 = backend == WIL_BACKEND_REF_F64;
        const int64_t n = wil_shape_count(wil_plan_leaf_shape(run->plan, i));
        assert_int_equal(wil_alloc(&run->leaf[i], (size_t)n, f64 ? sizeof(double) : sizeof(float)), WIL_OK);
        for (int64_t j = 0; j < n; j++) {
            const float value = (float)wil_rng_normal(wil_rng_at(3, WIL_RNG_TEST, (uint32_t)i), (uint64_t)j);
            if (f64)
                ((double *)run->leaf[i])[j] = (double)value;
            else
                ((float *)run->leaf[i])[j] = value;
        }
        assert_int_equal(wil_plan_bind(run->plan, wil_plan_leaf_name(run->plan, i), run->leaf[i]), WIL_OK);
    }
    assert_int_equal(wil_plan_run(run->plan), WIL_OK);
}

static void clear(case_run *run)
{
    for (size_t i = 0; i < sizeof run->leaf / sizeof run->leaf[0]; i++)
        wil_free(run->leaf[i]);
    wil_plan_free(run->plan);
    wil_graph_free(run->graph);
}

static void both_forms_agree_with_the_definition_in_double(void **state)
{
    static const wil_backend backends[3] = {WIL_BACKEND_FAST, WIL_BACKEND_FAST, WIL_BACKEND_REF};
    static const char *const words[3] = {"direct", "Gram", "reference"};
    (void)state;
    for (size_t i = 0; i < N_CASES; i++) {
        case_run f64;
        make(&f64, &CASES[i], WIL_BACKEND_REF_F64, false);
        const double *expected = wil_plan_output(f64.plan, 0);
        for (int k = 0; k < 3; k++) {
            case_run run;
            make(&run, &CASES[i], backends[k], k == 1);
            const float *got = wil_plan_output(run.plan, 0);
            for (int n = 0; n < CASES[i].n_samples; n++)
                if (!(fabs((double)got[n] - expected[n]) <= TOLERANCE * expected[n]))
                    fail_msg("%s, %s: sample %d has %.9g, expected %.9g", CASES[i].name, words[k], n,
                        (double)got[n], expected[n]);
            clear(&run);
        }
        clear(&f64);
    }
}

/* Of one sample it is the squared length of conv_dw. */
static void of_one_sample_it_is_the_length_of_the_weight_gradient(void **state)
{
    (void)state;
    wil_graph *g = NULL;
    wil_plan *plan = NULL;
    double x[40];
    double d_y[20];
    const int64_t kernel = 3, stride = 2, pad = 1;
    assert_int_equal(wil_graph_new(&g), WIL_OK);
    const wil_node nx = wil_graph_input_node(g, "x", wil_shape_of(3, 2, 10, 2));
    const wil_node ng = wil_graph_input_node(g, "g", wil_shape_of(3, 2, 5, 2));
    const wil_node sum = wil_op_conv_dw(g, nx, ng, &stride, &pad, &kernel);
    const wil_node outputs[2] = {wil_op_sum_all(g, wil_op_square(g, sum)),
        wil_op_conv_dw_norm2(g, &nx, &ng, 1, 1, &stride, &pad, &kernel, false)};
    const wil_plan_config config = {.backend = WIL_BACKEND_REF_F64};
    assert_int_equal(wil_plan_compile(&plan, g, outputs, 2, &config), WIL_OK);
    for (int i = 0; i < 40; i++)
        x[i] = wil_rng_normal(wil_rng_at(4, WIL_RNG_TEST, 0), (uint64_t)i);
    for (int i = 0; i < 20; i++)
        d_y[i] = wil_rng_normal(wil_rng_at(4, WIL_RNG_TEST, 1), (uint64_t)i);
    assert_int_equal(wil_plan_bind(plan, "x", x), WIL_OK);
    assert_int_equal(wil_plan_bind(plan, "g", d_y), WIL_OK);
    assert_int_equal(wil_plan_run(plan), WIL_OK);
    const double expected = *(const double *)wil_plan_output(plan, 0);
    /* the same products and squares, in another order of at most 12 sums of 10 */
    assert_true(fabs(*(const double *)wil_plan_output(plan, 1) - expected) <= 1e-13 * expected);
    wil_plan_free(plan);
    wil_graph_free(g);
}

static void one_and_two_threads_give_the_same_bits(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_CASES; i++)
        for (int gram = 0; gram < 2; gram++) {
            case_run runs[2];
            for (int k = 0; k < 2; k++) {
                omp_set_num_threads(k + 1);
                make(&runs[k], &CASES[i], WIL_BACKEND_FAST, gram == 1);
            }
            assert_memory_equal(wil_plan_output(runs[0].plan, 0), wil_plan_output(runs[1].plan, 0),
                (size_t)CASES[i].n_samples * sizeof(float));
            clear(&runs[0]);
            clear(&runs[1]);
        }
}

static void a_plan_made_under_two_threads_runs_under_any_number(void **state)
{
    (void)state;
    case_run run;
    float before[3];
    omp_set_num_threads(2);
    make(&run, &CASES[3], WIL_BACKEND_FAST, true);
    memcpy(before, wil_plan_output(run.plan, 0), sizeof before);
    for (int n_threads = 1; n_threads <= 4; n_threads += 3) {
        omp_set_num_threads(n_threads);
        assert_int_equal(wil_plan_run(run.plan), WIL_OK);
        assert_memory_equal(wil_plan_output(run.plan, 0), before, sizeof before);
    }
    omp_set_num_threads(2);
    clear(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_agree_with_the_definition_in_double),
        cmocka_unit_test(of_one_sample_it_is_the_length_of_the_weight_gradient),
        cmocka_unit_test(one_and_two_threads_give_the_same_bits),
        cmocka_unit_test(a_plan_made_under_two_threads_runs_under_any_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
