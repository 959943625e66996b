/* The same plans under every instruction set of the machine: values, first and second derivatives. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ops.h"

/* What ops_values.c grants the fast kernels against double: oneDNN sums up to some thousand terms in another
 * order and, above base, with fused multiply-adds. Relative to the largest entry of each result. */
#define DNNL_TOLERANCE 2e-5

void ops_under(wil_isa isa, void (*work)(void *context, wil_isa isa), void *context)
{
    int status = -1;
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        if (setenv("WILLIS_ISA", wil_isa_name(isa), 1) != 0 || wil_kernel_isa() != isa)
            _exit(1);
        work(context, isa);
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "the process for %s did not finish\n", wil_isa_name(isa));
        exit(1);
    }
}

void *ops_shared_memory(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        perror("ops_runner");
        exit(1);
    }
    return memory;
}

static float *values[WIL_ISA_AVX512 + 1]; /* of all cases, under each set */

static void compute(void *context, wil_isa isa)
{
    const ops_choice *choice = context;
    for (int i = 0; i < choice->n; i++) {
        WIL_OWN(case_graph) g = {0};
        case_graph_make(&g, choice->list[i].c, true);
        WIL_OWN(wil_plan) *plan = case_plan(&g, g.n_outputs, WIL_BACKEND_FAST, WIL_PRECISION_F32);
        OK(wil_plan_run(plan));
        float *out = values[isa] + choice->list[i].at;
        for (int k = 0; k < g.n_outputs; out += g.counts[k++])
            memcpy(out, wil_plan_output(plan, k), (size_t)g.counts[k] * sizeof *out);
    }
}

/* Products of oneDNN anywhere in the graph; everything else is ours. */
static bool uses_dnnl(const op_case *c)
{
    return strncmp(c->name, "conv", 4) == 0 || strncmp(c->name, "matmul", 6) == 0 ||
           strcmp(c->name, "layer") == 0 || strcmp(c->name, "shared_weights") == 0 || c->no_gradient;
}

static void compare_output(const op_case *c, const float *got, const float *best, int64_t n, wil_isa isa)
{
    double largest = 1e-3;
    if (!uses_dnnl(c)) {
        if (memcmp(got, best, (size_t)n * sizeof *got) != 0)
            fail_msg("other bits under %s", wil_isa_name(isa));
        return;
    }
    for (int64_t i = 0; i < n; i++)
        largest = fmax(largest, fabs((double)best[i]));
    for (int64_t i = 0; i < n; i++)
        if (!(fabs((double)got[i] - (double)best[i]) <= DNNL_TOLERANCE * largest))
            fail_msg("at %d: %.9g under %s instead of %.9g (largest %.3g)", (int)i, (double)got[i],
                wil_isa_name(isa), (double)best[i], largest);
}

static void agrees_under_every_set_and_in_bits_where_onednn_has_no_part(void **state)
{
    const ops_test *t = *state;
    const wil_isa most = wil_kernel_isa();
    WIL_OWN(case_graph) g = {0};
    case_graph_make(&g, t->c, true);
    for (wil_isa isa = WIL_ISA_BASE; isa < most; isa++) {
        int64_t at = t->at;
        for (int k = 0; k < g.n_outputs; at += g.counts[k++])
            compare_output(t->c, values[isa] + at, values[most] + at, g.counts[k], isa);
    }
}

int ops_isa(const ops_choice *choice)
{
    int64_t n = 0;
    for (int i = 0; i < choice->n; i++) {
        WIL_OWN(case_graph) g = {0};
        case_graph_make(&g, choice->list[i].c, true);
        choice->list[i].at = n;
        for (int k = 0; k < g.n_outputs; k++)
            n += g.counts[k];
    }
    for (wil_isa isa = WIL_ISA_BASE; isa <= wil_kernel_isa(); isa++) {
        values[isa] = ops_shared_memory((size_t)n * sizeof(float));
        ops_under(isa, compute, (void *)choice);
    }
    return ops_run(choice, "isa", agrees_under_every_set_and_in_bits_where_onednn_has_no_part, NULL);
}
