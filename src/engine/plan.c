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
    for (size_t i = 0; i < plan->n_steps; i++) {
        if (plan->steps[i].owns_conv)
            wil_dnnl_conv_free(plan->steps[i].conv);
        wil_free(plan->steps[i].fused);
    }
    for (size_t i = 0; i < plan->n_leaves; i++)
        wil_free(plan->leaves[i].name);
    wil_dnnl_free(plan->dnnl);
    wil_free(plan->steps);
    wil_free(plan->buffers);
    wil_free(plan->leaves);
    wil_free(plan->outputs);
    wil_free(plan->arena);
    wil_free(plan);
}

/* ---- binding ------------------------------------------------------------------------------------------ */

static wil_status unknown_leaf(const wil_plan *plan, const char *name)
{
    if (plan->n_leaves == 0)
        return wil_fail(WIL_ERR_ARG, "this plan reads nothing, so '%s' cannot be bound", name);
    const char **names = NULL;
    WIL_TRY(wil_alloc((void **)&names, plan->n_leaves, sizeof *names));
    for (size_t i = 0; i < plan->n_leaves; i++)
        names[i] = plan->leaves[i].name;
    const char *near = wil_nearest_word(name, names, (int)plan->n_leaves);
    const wil_status status =
        near == NULL ? wil_fail(WIL_ERR_ARG,
                           "this plan does not read '%s' (it reads %zu inputs and parameters, first '%s')",
                           name, plan->n_leaves, names[0])
                     : wil_fail(WIL_ERR_ARG, "this plan does not read '%s'; did you mean '%s'?", name, near);
    wil_free(names);
    return status;
}

wil_status wil_plan_bind(wil_plan *plan, const char *name, const void *memory)
{
    WIL_REQUIRE(memory != NULL, WIL_ERR_ARG, "'%s' was bound to no memory", name);
    for (size_t i = 0; i < plan->n_leaves; i++) {
        if (strcmp(plan->leaves[i].name, name) != 0)
            continue;
        plan->leaves[i].memory = memory;
        plan->stale = true;
        plan->has_fixed = plan->has_fixed && !plan->leaves[i].is_param;
        return WIL_OK;
    }
    return unknown_leaf(plan, name);
}

static void *address(const wil_plan *plan, int buffer)
{
    if (buffer == NO_BUFFER)
        return NULL;
    const plan_buffer *b = &plan->buffers[buffer];
    return b->leaf >= 0 ? (void *)plan->leaves[b->leaf].memory
                        : plan->arena + b->offset; /* leaves are only read */
}

void plan_resolve(wil_plan *plan)
{
    for (size_t i = 0; i < plan->n_steps; i++) {
        plan_step *step = &plan->steps[i];
        for (int k = 0; k < WIL_MAX_INPUTS; k++)
            step->call.in[k] = address(plan, step->in[k]);
        step->call.out = address(plan, step->out);
        step->scratch_at = address(plan, step->scratch);
        step->call.seed = plan->seed;
        step->call.step = plan->random_step;
        for (int k = 0; step->fused != NULL && k < step->fused->n_external; k++)
            step->fused->external[k] = address(plan, step->fused->buffers[k]);
    }
    plan->stale = false;
}

void wil_plan_set_random(wil_plan *plan, uint64_t seed, uint32_t step)
{
    plan->seed = seed;
    plan->random_step = step;
    for (size_t i = 0; i < plan->n_steps; i++) {
        plan->steps[i].call.seed = seed;
        plan->steps[i].call.step = step;
    }
}

/* ---- running ------------------------------------------------------------------------------------------ */

void wil_plan_set_monitor(wil_plan *plan, const wil_monitor *monitor)
{
    plan->monitor = monitor;
}

static wil_status run_steps(wil_plan *plan)
{
    double before = plan->config.profile ? wil_time_s() : 0;
    for (size_t i = 0; i < plan->n_steps; i++) {
        if (plan->has_fixed && plan->steps[i].once)
            continue;
        WIL_REQUIRE(plan->has_handed_over || !wil_monitor_stop_requested(plan->monitor), WIL_ERR_INTERRUPTED,
            "interrupted");
        WIL_TRY(plan->steps[i].run(&plan->steps[i]));
        if (!plan->config.profile)
            continue;
        const double now = wil_time_s();
        plan->steps[i].seconds += now - before;
        before = now;
    }
    return WIL_OK;
}

wil_status wil_plan_run(wil_plan *plan)
{
    WIL_REQUIRE(plan->config.n_takes == 0 || plan->taker != NULL, WIL_ERR_ARG,
        "this plan hands over %d results during the run, but nobody takes them", plan->config.n_takes);
    WIL_TRY(wil_plan_allocate(plan));
    if (plan->stale) {
        for (size_t i = 0; i < plan->n_leaves; i++)
            WIL_REQUIRE(plan->leaves[i].memory != NULL, WIL_ERR_ARG, "%s '%s' is not bound to memory",
                plan->leaves[i].is_param ? "parameter" : "input", plan->leaves[i].name);
        plan_resolve(plan);
    }
    plan->n_runs++;
    plan->has_handed_over = false;
    WIL_TRY(run_steps(plan));
    plan->has_fixed = true;
    return WIL_OK;
}

/* ---- reading ------------------------------------------------------------------------------------------ */

const void *wil_plan_output(const wil_plan *plan, int i)
{
    return address(plan, plan->outputs[i]);
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
