/* Results that are handed over during the run, so that their memory serves what follows: weight gradients,
 * which together are as large as the weights. */
#include "engine_internal.h"

#include <string.h>

static wil_node find_param(const plan_draft *d, const char *name)
{
    for (wil_node node = 0; node < d->n_nodes; node++) {
        const wil_node_info *info = wil_graph_node(d->graph, node);
        if (info->kind == WIL_OP_PARAM && strcmp(info->name, name) == 0)
            return node;
    }
    return WIL_NODE_NONE;
}

/* The moment that makes root, and the last that reads leaf: what is handed over may change the leaf. */
static int hand_over_moment(const plan_draft *d, wil_node root, wil_node leaf)
{
    int moment = 0;
    for (int m = 0; m < d->n_moments; m++)
        for (int i = d->moments[m].begin; i < d->moments[m].end; i++) {
            const wil_node_info *info = wil_graph_node(d->graph, d->members[i]);
            moment = d->members[i] == root ? m : moment;
            for (int k = 0; k < info->n_inputs; k++)
                moment = d->root[info->inputs[k]] == leaf ? m : moment;
        }
    return moment;
}

static wil_status check_take(const plan_draft *d, const wil_plan_take *take, wil_node leaf)
{
    WIL_REQUIRE(take->output >= 0 && take->output < d->n_outputs, WIL_ERR_ARG,
        "result %d is to be handed over, but the plan has %d", take->output, d->n_outputs);
    WIL_REQUIRE(
        d->take_after[take->output] < 0, WIL_ERR_ARG, "result %d is to be handed over twice", take->output);
    WIL_REQUIRE(take->changes == NULL || leaf != WIL_NODE_NONE, WIL_ERR_ARG,
        "result %d is to be handed over behind the last reader of '%s', but the graph has no such parameter",
        take->output, take->changes);
    WIL_REQUIRE(take->changes == NULL || !d->plan->config.fixed_params, WIL_ERR_ARG,
        "'%s' is to change, but the parameters of the plan are fixed", take->changes);
    return WIL_OK;
}

wil_status draft_takes(plan_draft *d)
{
    const wil_plan_config *config = &d->plan->config;
    for (int i = 0; i < d->n_outputs; i++)
        d->take_after[i] = -1;
    for (int i = 0; i < config->n_takes; i++) {
        const wil_plan_take *take = &config->takes[i];
        const wil_node leaf = take->changes == NULL ? WIL_NODE_NONE : find_param(d, take->changes);
        WIL_TRY(check_take(d, take, leaf));
        d->take_after[take->output] = hand_over_moment(d, d->root[d->outputs[take->output]], leaf);
    }
    return WIL_OK;
}

bool draft_is_taken_at(const plan_draft *d, wil_node root, int moment)
{
    for (int i = 0; i < d->n_outputs; i++)
        if (d->take_after[i] == moment && d->root[d->outputs[i]] == root)
            return true;
    return false;
}

static wil_status run_take(plan_step *step)
{
    wil_plan *plan = step->plan;
    plan->has_handed_over = true;
    plan->taker(plan->taker_context, step->taken_output, step->call.in[0]);
    return WIL_OK;
}

wil_status draft_take_steps(plan_draft *d, int moment)
{
    for (int i = 0; i < d->n_outputs; i++) {
        if (d->take_after[i] != moment)
            continue;
        plan_step step = plan_empty_step("hand over");
        step.run = run_take;
        step.plan = d->plan;
        step.taken_output = i;
        step.in[0] = d->buffer[d->root[d->outputs[i]]];
        WIL_TRY(plan_add_step(d->plan, &step));
    }
    return WIL_OK;
}

void wil_plan_set_taker(wil_plan *plan, wil_plan_taker taker, void *context)
{
    plan->taker = taker;
    plan->taker_context = context;
}
