/* The same plans under every instruction set of the machine: values, first and second derivatives. Each set
 * has a process of its own, as oneDNN chooses once in a process. */
#include "case_graph.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "willis/kernel.h"

/* What test_backends.c grants the fast kernels against double: oneDNN sums up to some thousand terms in
 * another order and, above base, with fused multiply-adds. Relative to the largest entry of each result. */
#define DNNL_TOLERANCE 2e-5

static const op_case LARGE_CASES[] = {
    CONV(conv, 5, 2, 2, 0, S4(2, 28, 20, 64), S4(32, 5, 5, 64)),
    CONV(conv, 4, 2, 1, 0, S4(4, 32, 32, 2), S4(48, 4, 4, 2)),
    CONV(conv_dx, 4, 2, 1, 24, S4(2, 12, 12, 64), S4(64, 4, 4, 3)),
    CONV(layer, 3, 1, 1, 0, S4(3, 40, 33, 17), S4(17, 3, 3, 17)),
    TWO(mul, S4(3, 37, 41, 17), S4(1, 1, 1, 17)),
    ONE(softplus, S3(5, 101, 97)),
    AXES(sum, 1, 7u, S4(3, 37, 41, 17)),
    AXES(normalize, 1, 7u, S4(3, 37, 41, 17)),
    TWO(group_norm, S4(3, 19, 21, 34), S4(1, 1, 1, 34)),
    POOL(max_pool, 2, 2, 0, S4(3, 38, 42, 17)),
};
#define N_LARGE_CASES (sizeof LARGE_CASES / sizeof LARGE_CASES[0])
#define N_ALL_CASES (N_CASES + N_LARGE_CASES)

static const op_case *case_at(size_t i)
{
    return i < N_CASES ? &CASES[i] : &LARGE_CASES[i - N_CASES];
}

/* Products of oneDNN anywhere in the graph; everything else is ours. */
static bool uses_dnnl(const op_case *c)
{
    return strncmp(c->name, "conv", 4) == 0 || strncmp(c->name, "matmul", 6) == 0 ||
           strcmp(c->name, "layer") == 0 || strcmp(c->name, "shared_weights") == 0;
}

static int64_t count_values(void)
{
    int64_t count = 0;
    for (size_t i = 0; i < N_ALL_CASES; i++) {
        case_graph g;
        case_graph_make(&g, case_at(i));
        for (int k = 0; k < g.n_outputs; k++)
            count += g.counts[k];
        wil_graph_free(g.graph);
    }
    return count;
}

/* Runs one case and writes its outputs one behind the other; returns the place behind them. */
static float *run_case(float *out, const op_case *c)
{
    case_graph g;
    float *values[CASE_LEAVES] = {NULL};
    case_graph_make(&g, c);
    for (int i = 0; i < g.n_leaves; i++) {
        const int64_t n = wil_shape_count(wil_graph_shape(g.graph, g.leaves[i]));
        double *exact = NULL;
        assert_int_equal(wil_alloc_f64(&exact, (size_t)n), WIL_OK);
        assert_int_equal(wil_alloc_f32(&values[i], (size_t)n), WIL_OK);
        case_fill(exact, n, c, i);
        for (int64_t k = 0; k < n; k++)
            values[i][k] = (float)exact[k];
        wil_free(exact);
    }
    wil_plan *plan = case_plan(&g, g.n_outputs, WIL_BACKEND_FAST, (void *const *)values);
    assert_int_equal(wil_plan_run(plan), WIL_OK);
    for (int i = 0; i < g.n_outputs; i++) {
        memcpy(out, wil_plan_output(plan, i), (size_t)g.counts[i] * sizeof *out);
        out += g.counts[i];
    }
    wil_plan_free(plan);
    for (int i = 0; i < g.n_leaves; i++)
        wil_free(values[i]);
    wil_graph_free(g.graph);
    return out;
}

/* All cases under one set, in a process of its own, into memory that both processes see. */
static void run_all_under(wil_isa isa, float *out)
{
    int status = -1;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (setenv("WILLIS_ISA", wil_isa_name(isa), 1) != 0 || wil_kernel_isa() != isa)
            _exit(1);
        for (size_t i = 0; i < N_ALL_CASES; i++)
            out = run_case(out, case_at(i));
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("the process for %s did not finish", wil_isa_name(isa));
}

static void compare_output(
    const op_case *c, int output, wil_isa isa, const float *got, const float *best, int64_t n)
{
    double largest = 1e-3;
    if (!uses_dnnl(c)) {
        if (memcmp(got, best, (size_t)n * sizeof *got) != 0)
            fail_msg("%s, output %d: other bits under %s", c->name, output, wil_isa_name(isa));
        return;
    }
    for (int64_t i = 0; i < n; i++)
        largest = fmax(largest, fabs((double)best[i]));
    for (int64_t i = 0; i < n; i++)
        if (!(fabs((double)got[i] - (double)best[i]) <= DNNL_TOLERANCE * largest))
            fail_msg("%s, output %d at %d: %.9g under %s instead of %.9g (largest %.3g)", c->name, output,
                (int)i, (double)got[i], wil_isa_name(isa), (double)best[i], largest);
}

static void compare_all(wil_isa isa, const float *got, const float *best)
{
    for (size_t i = 0; i < N_ALL_CASES; i++) {
        case_graph g;
        case_graph_make(&g, case_at(i));
        for (int k = 0; k < g.n_outputs; k++) {
            compare_output(case_at(i), k, isa, got, best, g.counts[k]);
            got += g.counts[k];
            best += g.counts[k];
        }
        wil_graph_free(g.graph);
    }
}

static float *shared_memory(int64_t n)
{
    void *memory =
        mmap(NULL, (size_t)n * sizeof(float), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(memory != MAP_FAILED);
    return memory;
}

static void plans_agree_under_every_set_and_in_bits_where_onednn_has_no_part(void **state)
{
    const wil_isa most = wil_kernel_isa();
    (void)state;
    if (most == WIL_ISA_BASE)
        skip(); /* one set only, nothing to compare */
    const int64_t n = count_values();
    float *best = shared_memory(n);
    float *lower = shared_memory(n);
    run_all_under(most, best);
    for (wil_isa isa = WIL_ISA_BASE; isa < most; isa++) {
        memset(lower, 0, (size_t)n * sizeof *lower);
        run_all_under(isa, lower);
        compare_all(isa, lower, best);
    }
    assert_int_equal(munmap(best, (size_t)n * sizeof *best), 0);
    assert_int_equal(munmap(lower, (size_t)n * sizeof *lower), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans_agree_under_every_set_and_in_bits_where_onednn_has_no_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
