/* Where the time of a plan goes: seconds by the name of the step. */
#include "engine_internal.h"

#include <stdlib.h>
#include <string.h>

typedef struct profile_row {
    const char *name;
    int n_steps;
    double seconds;
} profile_row;

static int slower_first(const void *a, const void *b)
{
    const profile_row *x = a;
    const profile_row *y = b;
    return (x->seconds < y->seconds) - (x->seconds > y->seconds);
}

static int add_row(profile_row *rows, int n_rows, const wil_step *step)
{
    int i = 0;
    while (i < n_rows && strcmp(rows[i].name, step->name) != 0)
        i++;
    rows[i].name = step->name;
    rows[i].n_steps++;
    rows[i].seconds += step->seconds;
    return i < n_rows ? n_rows : n_rows + 1;
}

static wil_status write_table(char **out, const wil_plan *plan, const profile_row *rows, int n_rows)
{
    double total = 0;
    for (int i = 0; i < n_rows; i++)
        total += rows[i].seconds;
    const double n_runs = plan->n_runs > 0 ? (double)plan->n_runs : 1.0;
    WIL_TRY(wil_text_append(out, "%-14s %6s %12s %7s\n", "operation", "steps", "ms per run", "share"));
    for (int i = 0; i < n_rows; i++)
        WIL_TRY(wil_text_append(out, "%-14s %6d %12.3f %6.1f%%\n", rows[i].name, rows[i].n_steps,
            1e3 * rows[i].seconds / n_runs, total > 0 ? 100 * rows[i].seconds / total : 0.0));
    return wil_text_append(out, "%-14s %6zu %12.3f   %.1f GFLOP/s, %.1f MiB, %lld runs\n", "all",
        plan->n_steps, 1e3 * total / n_runs, total > 0 ? 1e-9 * plan->flops * n_runs / total : 0.0,
        (double)plan->arena_bytes / 1048576.0, (long long)plan->n_runs);
}

wil_status wil_plan_profile(char **out, const wil_plan *plan)
{
    *out = NULL;
    profile_row rows[WIL_OP_KINDS + 8]; /* operations, and steps beside them */
    memset(rows, 0, sizeof rows);
    int n_rows = 0;
    WIL_REQUIRE(plan->config.profile, WIL_ERR_ARG, "the plan was compiled without the profile option");
    for (size_t i = 0; i < plan->n_steps; i++)
        n_rows = add_row(rows, n_rows, &plan->steps[i]);
    qsort(rows, (size_t)n_rows, sizeof rows[0], slower_first);
    const wil_status status = write_table(out, plan, rows, n_rows);
    if (status != WIL_OK) {
        wil_free(*out);
        *out = NULL;
    }
    return status;
}
