#include "net_step.h"

#include <string.h>

#include "willis/model.h"

#define MOMENTUM 0.1f /* of running statistics: PyTorch's */

/* ---- building ----------------------------------------------------------------------------------------- */

int net_step_output(net_step *step, wil_graph *graph, wil_node node)
{
    if (step->n_outputs >= NET_STEP_OUTPUTS) {
        (void)wil_graph_fail(graph, "a step of training has at most %d outputs", NET_STEP_OUTPUTS);
        return 0;
    }
    step->outputs[step->n_outputs] = node;
    return step->n_outputs++;
}

void net_step_add_gradients(
    net_step *step, wil_graph *graph, wil_params *set, const wil_node *gradients, int n)
{
    if (step->n_trained >= NET_STEP_SETS) {
        (void)wil_graph_fail(graph, "a step of training has at most %d sets", NET_STEP_SETS);
        return;
    }
    step->trained[step->n_trained++] = (net_step_trained){.set = set, .first = step->n_outputs, .n = n};
    for (int i = 0; i < n; i++)
        (void)net_step_output(step, graph, gradients[i]);
}

void net_step_train(net_step *step, wil_graph *graph, wil_node loss, wil_params *set)
{
    wil_node weights[NET_STEP_OUTPUTS];
    wil_node gradients[NET_STEP_OUTPUTS];
    const int n = wil_params_trained_nodes(set, graph, NULL);
    if (wil_graph_status(graph) != WIL_OK)
        return;
    if (n > NET_STEP_OUTPUTS) {
        (void)wil_graph_fail(graph, "a step of training has at most %d weights", NET_STEP_OUTPUTS);
        return;
    }
    (void)wil_params_trained_nodes(set, graph, weights);
    if (n > 0)
        wil_graph_gradient(graph, loss, weights, n, gradients);
    net_step_add_gradients(step, graph, set, gradients, n);
}

/* How many values the sum behind a mean adds up for each of its results; 1 if there is none. */
static int64_t n_averaged(const wil_graph *graph, wil_node node)
{
    while (node >= 0 && wil_graph_node(graph, node)->n_inputs == 1) {
        const wil_node from = wil_graph_input(graph, node, 0);
        if (wil_graph_node(graph, node)->kind == WIL_OP_SUM)
            return wil_shape_count(wil_graph_shape(graph, from)) /
                   wil_shape_count(wil_graph_shape(graph, node));
        node = from;
    }
    return 1;
}

/* Running variances follow n / (n - 1) times the batch's, as PyTorch keeps them. */
static wil_node unbiased(wil_graph *graph, wil_node var)
{
    const int64_t n = n_averaged(graph, var);
    return n > 1 ? wil_op_scale(graph, var, (double)n / (double)(n - 1)) : var;
}

static void add_states(net_step *step, wil_graph *graph)
{
    if (wil_graph_status(graph) != WIL_OK)
        return;
    step->first_power = step->n_outputs;
    for (int i = 0; i < step->power.n; i++)
        (void)net_step_output(step, graph, step->power.u[i]);
    step->first_stats = step->n_outputs;
    for (int i = 0; i < step->stats.n; i++) {
        (void)net_step_output(step, graph, step->stats.mean[i]);
        (void)net_step_output(step, graph, unbiased(graph, step->stats.var[i]));
    }
}

const wil_param *net_step_weight(const net_step_trained *trained, int k)
{
    int at = 0;
    while (wil_params_at(trained->set, at)->role != WIL_PARAM_WEIGHT || k-- > 0)
        at++;
    return wil_params_at(trained->set, at);
}

static int list_hooks(const net_step *step, wil_plan_hook *hooks)
{
    int n = 0;
    for (int i = 0; i < step->n_trained; i++)
        for (int k = 0; k < step->trained[i].n; k++)
            hooks[n++] = (wil_plan_hook){
                .output = step->trained[i].first + k, .changes = net_step_weight(&step->trained[i], k)->name};
    return n;
}

wil_status net_step_compile(net_step *step, wil_graph *graph, const wil_plan_config *config)
{
    wil_plan_hook hooks[NET_STEP_OUTPUTS];
    wil_plan_config with_hooks = config == NULL ? wil_plan_config_default() : *config;
    add_states(step, graph);
    WIL_TRY(wil_graph_status(graph));
    with_hooks.hooks = hooks;
    with_hooks.n_hooks = list_hooks(step, hooks);
    return wil_plan_compile(&step->plan, graph, step->outputs, step->n_outputs, &with_hooks);
}

wil_status net_step_bind(const net_step *step, wil_params *const *sets, int n_sets)
{
    for (int i = 0; i < n_sets; i++)
        WIL_TRY(wil_params_allocate(sets[i]));
    return wil_plan_bind_sets(step->plan, sets, n_sets);
}

void net_step_clear(net_step *step)
{
    for (int i = 0; i < step->n_trained; i++)
        wil_gradient_sum_free(step->trained[i].sum);
    wil_plan_free(step->plan);
    memset(step, 0, sizeof *step);
}

/* ---- states ------------------------------------------------------------------------------------------- */

static wil_param *find_state(const net_step *step, const char *layer, const char *suffix)
{
    char name[256];
    wil_param *found = NULL;
    snprintf(name, sizeof name, "%s%s", layer, suffix);
    for (int i = 0; i < step->n_trained && found == NULL; i++)
        found = wil_params_find(step->trained[i].set, name);
    return found;
}

static void store_power(const net_step *step)
{
    for (int i = 0; i < step->power.n; i++) {
        wil_param *u = find_state(step, step->power.name[i], "");
        if (u != NULL)
            memcpy(u->value, wil_plan_output(step->plan, step->first_power + i),
                (size_t)wil_shape_count(u->shape) * sizeof(float));
    }
}

static void move_towards(wil_param *running, const float *batch)
{
    const int64_t n = running == NULL ? 0 : wil_shape_count(running->shape);
    for (int64_t c = 0; c < n; c++)
        running->value[c] += MOMENTUM * (batch[c] - running->value[c]);
}

static void store_stats(const net_step *step)
{
    for (int i = 0; i < step->stats.n; i++) {
        const int at = step->first_stats + 2 * i;
        move_towards(find_state(step, step->stats.name[i], ".running_mean"), wil_plan_output(step->plan, at));
        move_towards(
            find_state(step, step->stats.name[i], ".running_var"), wil_plan_output(step->plan, at + 1));
    }
}

void net_step_store_states(const net_step *step)
{
    store_power(step);
    store_stats(step);
}
