/* A plan in use: binding memory, running, reading results. */
#include "engine_internal.h"

#include <string.h>

wil_plan_config wil_plan_config_default(void)
{
    return (wil_plan_config){.backend = WIL_BACKEND_FAST, .profile = false};
}

void wil_plan_free(wil_plan *plan)
{
    if (plan == NULL)
        return;
    for (size_t i = 0; i < plan->n_steps; i++)
        if (plan->steps[i].clear != NULL)
            plan->steps[i].clear(plan->steps[i].own);
    for (size_t i = 0; i < plan->n_leaves; i++)
        wil_free(plan->leaves[i].name);
    if (plan->arena != NULL)
        plan->table->drop(plan->device, plan->arena);
    plan->table->close(plan->device);
    plan_dump_clear(plan);
    wil_free(plan->steps);
    wil_free(plan->buffers);
    wil_free(plan->leaves);
    wil_free(plan->results);
    wil_free(plan);
}

/* ---- binding ------------------------------------------------------------------------------------------ */

static wil_status unknown_leaf(const wil_plan *plan, const char *name)
{
    if (plan->n_leaves == 0)
        return wil_fail(WIL_ERR_ARG, "this plan reads nothing, so '%s' cannot be bound", name);
    WIL_OWN(void) *memory = NULL;
    WIL_TRY(wil_alloc(&memory, plan->n_leaves, sizeof(char *)));
    const char **names = memory;
    for (size_t i = 0; i < plan->n_leaves; i++)
        names[i] = plan->leaves[i].name;
    const char *near = wil_nearest_word(name, names, (int)plan->n_leaves);
    if (near != NULL)
        return wil_fail(WIL_ERR_ARG, "this plan does not read '%s'; did you mean '%s'?", name, near);
    return wil_fail(WIL_ERR_ARG,
        "this plan does not read '%s' (it reads %zu inputs and parameters, first '%s')", name, plan->n_leaves,
        names[0]);
}

wil_status wil_plan_bind(wil_plan *plan, const char *name, const void *memory)
{
    WIL_REQUIRE(memory != NULL, WIL_ERR_ARG, "'%s' was bound to no memory", name);
    for (size_t i = 0; i < plan->n_leaves; i++) {
        if (strcmp(plan->leaves[i].name, name) != 0)
            continue;
        plan->leaves[i].memory = memory;
        plan->leaves[i].is_new = true;
        plan->has_fixed = plan->has_fixed && !plan->leaves[i].is_param;
        return WIL_OK;
    }
    return unknown_leaf(plan, name);
}

static void resolve(wil_plan *plan)
{
    for (size_t i = 0; i < plan->n_steps; i++) {
        wil_step *step = &plan->steps[i];
        for (int k = 0; k < WIL_MAX_INPUTS; k++)
            step->in_at[k] = plan_address(plan, step->in[k]);
        step->out_at = plan_address(plan, step->out);
        step->scratch_at = plan_address(plan, step->scratch);
        for (int k = 0; k < step->n_more; k++)
            step->more_at[k] = plan_address(plan, step->more[k]);
    }
    plan->stale = false;
}

void wil_plan_set_random(wil_plan *plan, uint64_t seed, uint32_t step)
{
    plan->draws = (wil_draws){seed, step};
}

/* ---- running ------------------------------------------------------------------------------------------ */

void wil_plan_set_monitor(wil_plan *plan, const wil_monitor *monitor)
{
    plan->monitor = monitor;
}

/* What is bound may have changed since the last run, but for fixed parameters. */
static wil_status put_leaves(wil_plan *plan)
{
    for (size_t i = 0; i < plan->n_leaves; i++) {
        plan_leaf *leaf = &plan->leaves[i];
        WIL_REQUIRE(leaf->memory != NULL, WIL_ERR_ARG, "%s '%s' is not bound to memory",
            leaf->is_param ? "parameter" : "input", leaf->name);
        if (leaf->is_param && plan->config.fixed_params && !leaf->is_new)
            continue;
        const void *before = leaf->at;
        const size_t bytes = (size_t)wil_shape_count(leaf->shape) * wil_type_bytes(plan->table->type);
        WIL_TRY(plan->table->put(plan->device, leaf->memory, bytes, &leaf->at));
        plan->stale = plan->stale || leaf->at != before;
        leaf->is_new = false;
    }
    return WIL_OK;
}

static wil_status run_steps(wil_plan *plan)
{
    double before = plan->config.profile ? wil_time_s() : 0;
    for (size_t i = 0; i < plan->n_steps; i++) {
        wil_step *step = &plan->steps[i];
        if (plan->has_fixed && step->once)
            continue;
        WIL_REQUIRE(plan->has_given || !wil_monitor_stop_requested(plan->monitor), WIL_ERR_INTERRUPTED,
            "interrupted");
        WIL_TRY(step->run(step));
        if (plan->dump_folder != NULL)
            WIL_TRY(plan_dump_step(plan, i));
        if (plan->config.profile) {
            const double now = wil_time_s();
            step->seconds += now - before;
            before = now;
        }
    }
    return WIL_OK;
}

/* Lets the user read the results. */
static wil_status get_results(wil_plan *plan)
{
    for (int i = 0; i < plan->n_results; i++)
        if (plan->results[i].buffer != WIL_NO_BUFFER)
            WIL_TRY(plan->table->get(plan->device, plan_address(plan, plan->results[i].buffer),
                plan->results[i].bytes, &plan->results[i].host));
    return WIL_OK;
}

wil_status wil_plan_run(wil_plan *plan)
{
    WIL_REQUIRE(plan->config.n_hooks == 0 || plan->on_output != NULL, WIL_ERR_ARG,
        "this plan has hooks for %d results, but no function to call (wil_plan_on_output)",
        plan->config.n_hooks);
    WIL_TRY(wil_plan_allocate(plan));
    WIL_TRY(put_leaves(plan));
    if (plan->stale)
        resolve(plan);
    plan->n_runs++;
    plan->has_given = false;
    WIL_TRY(run_steps(plan));
    plan->has_fixed = true;
    return get_results(plan);
}

/* ---- reading ------------------------------------------------------------------------------------------ */

const void *wil_plan_output(const wil_plan *plan, int i)
{
    return plan->results[i].host;
}

int wil_plan_n_leaves(const wil_plan *plan)
{
    return (int)plan->n_leaves;
}

const char *wil_plan_leaf_name(const wil_plan *plan, int i)
{
    return plan->leaves[i].name;
}

wil_shape wil_plan_leaf_shape(const wil_plan *plan, int i)
{
    return plan->leaves[i].shape;
}

bool wil_plan_leaf_is_param(const wil_plan *plan, int i)
{
    return plan->leaves[i].is_param;
}

size_t wil_plan_bytes(const wil_plan *plan)
{
    return plan->arena_bytes;
}

double wil_plan_flops(const wil_plan *plan)
{
    return plan->flops;
}

int wil_plan_n_steps(const wil_plan *plan)
{
    return (int)plan->n_steps;
}
