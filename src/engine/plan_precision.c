/* Which results are stored in bfloat16: activations, which are many and pass through convolutions. What is
 * made of weights alone, sums, scores and images of few channels stay float, as losses and updates are taken
 * from them. */
#include "engine_internal.h"

#define LEAST_CHANNELS 8 /* images, labels, logits have fewer */

static bool is_activation(const plan_draft *d, const bool *activation, wil_node node)
{
    const wil_node_info *info = wil_graph_node(d->graph, node);
    const wil_op_bf16 rule = wil_op_row(info->kind)->bf16;
    if (rule == WIL_OP_BF16_IMAGES)
        return info->shape.rank >= 3;
    for (int k = 0; k < info->n_inputs && rule == WIL_OP_BF16_FOLLOWS; k++)
        if (activation[info->inputs[k]])
            return true;
    return rule == WIL_OP_BF16_ALWAYS;
}

wil_status draft_precision(plan_draft *d)
{
    if (d->plan->config.precision != WIL_PRECISION_BF16)
        return WIL_OK;
    bool *activation = NULL;
    WIL_TRY(wil_alloc((void **)&activation, (size_t)d->n_nodes, sizeof *activation));
    for (wil_node node = 0; node < d->n_nodes; node++) {
        const wil_node_info *info = wil_graph_node(d->graph, node);
        activation[node] = is_activation(d, activation, node);
        d->half[node] = activation[node] && d->root[node] == node && !draft_is_leaf(info->kind) &&
                        info->shape.rank >= 3 && info->shape.dim[info->shape.rank - 1] >= LEAST_CHANNELS;
    }
    wil_free(activation);
    for (int i = 0; i < d->n_outputs; i++) /* the user reads floats */
        d->half[d->root[d->outputs[i]]] = false;
    return WIL_OK;
}

/* ---- conversions -------------------------------------------------------------------------------------- */

static wil_status run_cast(plan_step *step)
{
    const int64_t n = step->call.out_shape.dim[0];
    const int64_t chunk = 16384;
#pragma omp parallel for schedule(static) if (n > chunk)
    for (int64_t i = 0; i < n; i += chunk) {
        const int64_t count = n - i < chunk ? n - i : chunk;
        if (step->narrows)
            step->moves.narrow((uint16_t *)step->call.out + i, (const float *)step->call.in[0] + i, count);
        else
            step->moves.widen((float *)step->call.out + i, (const uint16_t *)step->call.in[0] + i, count);
    }
    return WIL_OK;
}

wil_status draft_cast(plan_draft *d, wil_node root, int from, int to, bool narrows)
{
    plan_step step = plan_empty_step("cast");
    step.run = run_cast;
    step.narrows = narrows;
    step.cast_node = root;
    step.once = d->fixed[root];
    step.moves = wil_tile_moves_find();
    step.in[0] = from;
    step.out = to;
    step.call.out_shape.rank = 1;
    step.call.out_shape.dim[0] = wil_shape_count(wil_graph_shape(d->graph, root));
    return plan_add_step(d->plan, &step);
}

/* The copy in another precision that an earlier reader asked for; NO_BUFFER if there is none. */
static int find_cast(const wil_plan *plan, wil_node root, bool narrows)
{
    for (size_t i = 0; i < plan->n_steps; i++)
        if (plan->steps[i].run == run_cast && plan->steps[i].cast_node == root &&
            plan->steps[i].narrows == narrows)
            return plan->steps[i].out;
    return NO_BUFFER;
}

wil_status draft_read_as(plan_draft *d, int moment, wil_node input, bool half, int *out)
{
    wil_plan *plan = d->plan;
    const wil_node root = d->root[input];
    *out = d->buffer[root];
    if (d->half[root] == half)
        return WIL_OK;
    *out = find_cast(plan, root, half);
    if (*out != NO_BUFFER) {
        plan_extend(plan, *out, moment);
        return WIL_OK;
    }
    const size_t bytes =
        (size_t)wil_shape_count(wil_graph_shape(d->graph, root)) * (half ? sizeof(uint16_t) : sizeof(float));
    WIL_TRY(draft_new_copy(d, moment, root, bytes, out));
    return draft_cast(d, root, d->buffer[root], *out, half);
}
