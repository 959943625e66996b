/* Results that are given away during the run, so that their memory serves what follows: weight gradients,
 * which together are as large as the weights. */
#include "engine_internal.h"

#include <string.h>

static wil_node find_param(const wil_draft *d, const char *name)
{
    for (wil_node node = 0; node < d->n_nodes; node++) {
        const wil_node_info *info = wil_graph_node(d->graph, node);
        if (info->kind == WIL_OP_PARAM && strcmp(info->name, name) == 0)
            return node;
    }
    return WIL_NODE_NONE;
}

/* The tick that makes root, or the last that reads leaf, whichever is later: the hook may change the leaf. */
static int tick_of_hook(const wil_draft *d, wil_node root, wil_node leaf)
{
    int tick = 0;
    for (int t = 0; t < d->n_ticks; t++)
        for (int i = d->ticks[t].begin; i < d->ticks[t].end; i++) {
            const wil_node_info *info = wil_graph_node(d->graph, d->members[i]);
            tick = d->members[i] == root ? t : tick;
            for (int k = 0; k < info->n_inputs; k++)
                tick = d->root[info->inputs[k]] == leaf ? t : tick;
        }
    return tick;
}

static wil_status check_hook(
    const wil_draft *d, const wil_plan_config *config, const wil_plan_hook *hook, wil_node leaf)
{
    WIL_REQUIRE(hook->output >= 0 && hook->output < d->n_outputs, WIL_ERR_ARG,
        "result %d has a hook, but the plan has %d results", hook->output, d->n_outputs);
    WIL_REQUIRE(d->hook_tick[hook->output] < 0, WIL_ERR_ARG, "result %d has two hooks", hook->output);
    WIL_REQUIRE(hook->changes == NULL || leaf != WIL_NODE_NONE, WIL_ERR_ARG,
        "the hook of result %d changes '%s', but the graph has no such parameter", hook->output,
        hook->changes);
    WIL_REQUIRE(hook->changes == NULL || !config->fixed_params, WIL_ERR_ARG,
        "a hook changes '%s', but the parameters of the plan are fixed", hook->changes);
    return WIL_OK;
}

wil_status plan_hook_ticks(wil_draft *d, const wil_plan_config *config)
{
    for (int i = 0; i < d->n_outputs; i++)
        d->hook_tick[i] = -1;
    for (int i = 0; i < config->n_hooks; i++) {
        const wil_plan_hook *hook = &config->hooks[i];
        const wil_node leaf = hook->changes == NULL ? WIL_NODE_NONE : find_param(d, hook->changes);
        WIL_TRY(check_hook(d, config, hook, leaf));
        d->hook_tick[hook->output] = tick_of_hook(d, d->root[d->outputs[hook->output]], leaf);
    }
    return WIL_OK;
}

bool plan_is_hooked_at(const wil_draft *d, wil_node root, int tick)
{
    for (int i = 0; i < d->n_outputs; i++)
        if (d->hook_tick[i] == tick && d->root[d->outputs[i]] == root)
            return true;
    return false;
}

typedef struct hook_step {
    wil_plan *plan;
    int output;
    size_t bytes;
    const void *host;
} hook_step;

static wil_status run_hook(wil_step *step)
{
    hook_step *hook = step->own;
    wil_plan *plan = hook->plan;
    plan->has_given = true;
    WIL_TRY(plan->table->get(plan->device, step->in_at[0], hook->bytes, &hook->host));
    plan->on_output(plan->on_output_context, hook->output, hook->host);
    return WIL_OK;
}

wil_status plan_hook_steps(wil_draft *d, wil_plan *plan, int tick)
{
    for (int i = 0; i < d->n_outputs; i++) {
        if (d->hook_tick[i] != tick)
            continue;
        const wil_node root = d->root[d->outputs[i]];
        wil_step step = wil_step_empty("hook");
        WIL_TRY(wil_alloc(&step.own, 1, sizeof(hook_step)));
        *(hook_step *)step.own = (hook_step){.plan = plan, .output = i, .bytes = wil_draft_bytes(d, root)};
        step.clear = wil_free;
        step.run = run_hook;
        step.in[0] = d->buffer[root];
        WIL_TRY(wil_draft_add_step(d, &step));
    }
    return WIL_OK;
}

void wil_plan_on_output(wil_plan *plan, wil_plan_output_fn function, void *context)
{
    plan->on_output = function;
    plan->on_output_context = context;
}
