/* How fast each operation is, under each instruction set, and which back end has it. */
#include <stdio.h>
#include <stdlib.h>

#include "ops.h"

#define LONG_ENOUGH_S 0.05 /* of timing one case, which runs at least LEAST times */
#define LEAST 5
#define MOST 200

static const struct {
    const char *word;
    wil_backend backend;
    wil_precision precision;
} BACKENDS[] = {{"fast", WIL_BACKEND_FAST, WIL_PRECISION_F32}, {"bf16", WIL_BACKEND_FAST, WIL_PRECISION_BF16},
    {"ref", WIL_BACKEND_REF, WIL_PRECISION_F32}, {"f64", WIL_BACKEND_REF_F64, WIL_PRECISION_F32}};
#define N_BACKENDS ((int)(sizeof BACKENDS / sizeof BACKENDS[0]))

typedef struct timing {
    double median_s, flops, bytes; /* median 0: not timed */
} timing;

static timing (*timings)[WIL_ISA_AVX512 + 1]; /* of each case, under each set */

static timing time_case(const op_case *c, wil_backend backend, wil_precision precision)
{
    double seconds[MOST];
    double total_s = 0;
    int n = 0;
    WIL_OWN(case_graph) g = {0};
    case_graph_make(&g, c, false);
    WIL_OWN(wil_plan) *plan = case_plan(&g, 1, backend, precision);
    OK(wil_plan_run(plan));
    while (n < LEAST || (n < MOST && total_s < LONG_ENOUGH_S)) {
        const double started_s = wil_time_s();
        OK(wil_plan_run(plan));
        seconds[n] = wil_time_s() - started_s;
        total_s += seconds[n++];
    }
    qsort(seconds, (size_t)n, sizeof *seconds, wil_compare_doubles);
    int64_t values = g.counts[0];
    for (int i = 0; i < c->n_inputs; i++)
        values += wil_shape_count(c->shape[i]);
    return (timing){seconds[n / 2], wil_plan_flops(plan), 4.0 * (double)values};
}

/* Small cases tell nothing, so they are timed only where no large one was chosen. */
static bool has_large(const ops_choice *choice)
{
    for (int i = 0; i < choice->n; i++)
        if (choice->list[i].large)
            return true;
    return false;
}

static void time_all(void *context, wil_isa isa)
{
    const ops_choice *choice = context;
    const bool only_large = has_large(choice);
    for (int k = 0; k < N_BACKENDS; k++)
        for (int i = 0; i < choice->n; i++)
            if (strcmp(choice->backend, BACKENDS[k].word) == 0 && choice->list[i].large == only_large &&
                wil_backend_has(BACKENDS[k].backend, BACKENDS[k].precision))
                timings[i][isa] = time_case(choice->list[i].c, BACKENDS[k].backend, BACKENDS[k].precision);
}

int ops_perf(const ops_choice *choice)
{
    ops_choice one = *choice;
    one.backend = choice->backend != NULL ? choice->backend : "fast";
    timings = ops_shared_memory(((size_t)choice->n + 1) * sizeof *timings);
    for (wil_isa isa = WIL_ISA_BASE; isa <= wil_kernel_isa(); isa++)
        ops_under(isa, time_all, &one);
    printf("%-72s %-6s %9s %8s %8s\n", one.backend, "set", "median ms", "GFLOP/s", "GB/s");
    for (int i = 0; i < choice->n; i++)
        for (wil_isa isa = WIL_ISA_BASE; isa <= wil_kernel_isa(); isa++) {
            const timing *t = &timings[i][isa];
            if (t->median_s > 0)
                printf("%-72s %-6s %9.3f %8.1f %8.2f\n", choice->list[i].words, wil_isa_name(isa),
                    t->median_s * 1e3, t->flops / t->median_s * 1e-9, t->bytes / t->median_s * 1e-9);
        }
    return 0;
}

/* ---- support ------------------------------------------------------------------------------------------ */

/* How the fast back end has it, in the words of ops.def; what others have is compiled and run. */
static const char *way(const wil_op_info *row, int k)
{
    static const char *const words[] = {[WIL_OP_FAST_NONE] = "in float",
        [WIL_OP_FAST_TILE] = "tile",
        [WIL_OP_FAST_LOOP] = "loop",
        [WIL_OP_FAST_REF] = "reference",
        [WIL_OP_FAST_OWN] = "own"};
    if (row->fast == WIL_OP_FAST_NONE)
        return "nothing to do";
    return k > 1 ? "yes" : k == 0 || row->fast == WIL_OP_FAST_OWN ? words[row->fast] : words[row->fast_bf16];
}

static const char *support(wil_op_kind kind, const op_case *c, int k)
{
    WIL_OWN(case_graph) g = {0};
    WIL_OWN(wil_plan) *plan = NULL;
    const wil_plan_config config = {.backend = BACKENDS[k].backend, .precision = BACKENDS[k].precision};
    if (!wil_backend_has(config.backend, config.precision))
        return "not on this machine";
    case_graph_make(&g, c, false);
    if (wil_plan_compile(&plan, g.graph, g.outputs, 1, &config) != WIL_OK)
        return "no";
    wil_plan_free(plan);
    plan = case_plan(&g, 1, config.backend, config.precision);
    return wil_plan_run(plan) == WIL_OK ? way(wil_op_row(kind), k) : "no";
}

int ops_support(const ops_choice *choice)
{
    printf("%-14s", "operation");
    for (int k = 0; k < N_BACKENDS; k++)
        printf("  %-19s", ops_wants(choice, BACKENDS[k].word) ? BACKENDS[k].word : "");
    printf("derivative\n");
    for (wil_op_kind kind = 0; kind < WIL_OP_KINDS; kind++) {
        const op_case *c = NULL;
        for (int i = 0; i < choice->n && c == NULL; i++)
            c = case_has(choice->list[i].c, kind) ? choice->list[i].c : NULL;
        if (c == NULL || wil_op_row(kind)->class == WIL_OP_CLASS_LEAF)
            continue;
        printf("%-14s", wil_op_name(kind));
        for (int k = 0; k < N_BACKENDS; k++)
            printf("  %-19s", ops_wants(choice, BACKENDS[k].word) ? support(kind, c, k) : "");
        printf("%s\n", !wil_op_row(kind)->has_derivative ? "zero" : c->no_gradient ? "refused" : "rule");
    }
    return 0;
}
