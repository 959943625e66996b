/* The order of work. Nodes run in graph order, except that elementwise operations which feed each other are
 * gathered into fused passes: a chain then reads and writes memory once instead of once per operation. */
#include "engine_internal.h"

#define LOOK_AHEAD 64 /* nodes; a pass that waits longer would keep its inputs in memory for too long */

static bool is_computed(const plan_draft *d, wil_node node)
{
    const wil_op_kind kind = wil_graph_node(d->graph, node)->kind;
    return d->live[node] && !draft_is_leaf(kind) && !draft_is_view(kind) && !d->inlined[node];
}

static void find_roots(plan_draft *d)
{
    for (wil_node node = 0; node < d->n_nodes; node++) {
        const wil_node_info *info = wil_graph_node(d->graph, node);
        d->root[node] = draft_is_view(info->kind) ? d->root[info->inputs[0]] : node;
        d->group[node] = -1;
        d->buffer[node] = NO_BUFFER;
    }
}

bool draft_is_pointwise(const plan_draft *d, wil_node node)
{
    const wil_node_info *info = wil_graph_node(d->graph, node);
    if (wil_op_row(info->kind)->class != WIL_OP_CLASS_POINTWISE)
        return false;
    for (int k = 0; k < info->n_inputs; k++)
        if (!fused_reads(info->shape, wil_graph_shape(d->graph, info->inputs[k])))
            return false;
    return true;
}

/* ---- constants and masks ------------------------------------------------------------------------------ */

static bool reads_in_tiles(const plan_draft *d, wil_node reader, wil_node node)
{
    return draft_is_pointwise(d, reader) &&
           (wil_graph_node(d->graph, node)->kind == WIL_OP_FILL ||
               wil_shape_equal(wil_graph_shape(d->graph, reader), wil_graph_shape(d->graph, node)));
}

/* Normalisations that only fused passes read are computed there, from what they normalise and its statistics;
 * their own moment makes the statistics. */
static void find_by_stats(plan_draft *d)
{
    for (wil_node node = 0; node < d->n_nodes; node++)
        d->by_stats[node] = d->live[node] && fused_normalizes(d, node);
    for (wil_node reader = 0; reader < d->n_nodes; reader++) {
        const wil_node_info *info = wil_graph_node(d->graph, reader);
        for (int k = 0; k < info->n_inputs && d->live[reader]; k++)
            if (d->by_stats[info->inputs[k]] &&
                (!draft_is_pointwise(d, reader) ||
                    !wil_shape_equal(info->shape, wil_graph_shape(d->graph, info->inputs[k]))))
                d->by_stats[info->inputs[k]] = false;
    }
    for (int i = 0; i < d->n_outputs; i++)
        d->by_stats[d->root[d->outputs[i]]] = false;
}

/* Those that only fused passes read are made there, tile by tile. */
static void find_inlined(plan_draft *d)
{
    for (wil_node node = 0; node < d->n_nodes; node++) {
        const wil_op_kind kind = wil_graph_node(d->graph, node)->kind;
        d->inlined[node] = d->live[node] && wil_op_row(kind)->class == WIL_OP_CLASS_SOURCE;
    }
    for (wil_node reader = 0; reader < d->n_nodes; reader++) {
        const wil_node_info *info = wil_graph_node(d->graph, reader);
        for (int k = 0; k < info->n_inputs && d->live[reader]; k++)
            if (d->inlined[info->inputs[k]] && !reads_in_tiles(d, reader, info->inputs[k]))
                d->inlined[info->inputs[k]] = false;
    }
    for (int i = 0; i < d->n_outputs; i++)
        d->inlined[d->root[d->outputs[i]]] = false;
}

/* ---- fusing ------------------------------------------------------------------------------------------- */

static bool reads_group(const plan_draft *d, wil_node node, int group)
{
    const wil_node_info *info = wil_graph_node(d->graph, node);
    for (int k = 0; k < info->n_inputs; k++)
        if (d->group[d->root[info->inputs[k]]] == group)
            return true;
    return false;
}

/* A member reads other members as they are: whole, in the shape of the pass. */
static bool joins(const plan_draft *d, wil_node node, wil_shape shape, int group)
{
    const wil_node_info *info = wil_graph_node(d->graph, node);
    if (d->group[node] >= 0 || !draft_is_pointwise(d, node) || !wil_shape_equal(info->shape, shape))
        return false;
    for (int k = 0; k < info->n_inputs; k++)
        if (d->group[d->root[info->inputs[k]]] == group &&
            !wil_shape_equal(wil_graph_shape(d->graph, info->inputs[k]), shape))
            return false;
    return true;
}

/* A sum of a member, taken along while the member is in cache. Nothing in the pass reads it. */
static bool joins_as_sum(const plan_draft *d, wil_node node, int group)
{
    const wil_node input = wil_graph_node(d->graph, node)->inputs[0];
    return fused_sums(d->graph, node) && d->root[input] == input && d->group[input] == group;
}

/* true if nobody between node and `until` reads node, other than members. */
static bool is_read_late(const plan_draft *d, wil_node node, wil_node until, int group)
{
    for (wil_node reader = node + 1; reader < until; reader++) {
        const wil_node_info *info = wil_graph_node(d->graph, reader);
        for (int k = 0; k < info->n_inputs && d->live[reader] && d->group[reader] != group; k++)
            if (d->root[info->inputs[k]] == node && is_computed(d, reader))
                return false;
    }
    return true;
}

/* What a new member reads, computed since the first member and not yet in a pass, joins too where it can: it
 * reads no member itself (or it would be one), so only its readers matter. */
static int pull_producers(plan_draft *d, wil_node member, wil_node first, int group, int room)
{
    const wil_node_info *info = wil_graph_node(d->graph, member);
    int n_pulled = 0;
    for (int k = 0; k < info->n_inputs && n_pulled < room; k++) {
        const wil_node producer = info->inputs[k];
        if (producer <= first || !is_computed(d, producer) || !joins(d, producer, info->shape, group) ||
            !is_read_late(d, producer, member, group))
            continue;
        d->group[producer] = group;
        n_pulled++;
    }
    return n_pulled;
}

/* Gathers what follows first. The pass runs where its last member stands, so it ends before the first
 * operation that needs a member and cannot join: then everything it reads comes before, and all who read it
 * after. */
static void grow_group(plan_draft *d, wil_node first)
{
    const wil_shape shape = wil_graph_shape(d->graph, first);
    const int group = d->n_groups;
    int n_members = 1;
    d->group[first] = group;
    for (wil_node node = first + 1; node < d->n_nodes && node <= first + LOOK_AHEAD && n_members < FUSED_MAX;
         node++) {
        if (!is_computed(d, node) || !reads_group(d, node, group))
            continue;
        const bool is_sum = joins_as_sum(d, node, group);
        if (!is_sum && !joins(d, node, shape, group))
            break;
        d->group[node] = group;
        n_members++;
        if (is_sum)
            continue;
        n_members += pull_producers(d, node, first, group, FUSED_MAX - n_members);
    }
    if (n_members > 1)
        d->n_groups++;
    else
        d->group[first] = -1;
}

static void find_groups(plan_draft *d)
{
    for (wil_node node = 0; node < d->n_nodes; node++)
        if (is_computed(d, node) && d->group[node] < 0 && draft_is_pointwise(d, node))
            grow_group(d, node);
}

static void find_outside_uses(plan_draft *d)
{
    for (int i = 0; i < d->n_outputs; i++)
        d->outside[d->root[d->outputs[i]]] = true;
    for (wil_node node = 0; node < d->n_nodes; node++) {
        const wil_node_info *info = wil_graph_node(d->graph, node);
        if (!is_computed(d, node))
            continue;
        for (int k = 0; k < info->n_inputs; k++) {
            const wil_node root = d->root[info->inputs[k]];
            if (d->group[node] < 0 || d->group[root] != d->group[node])
                d->outside[root] = true;
        }
    }
}

/* ---- moments ------------------------------------------------------------------------------------------ */

static bool is_last_of_group(const plan_draft *d, wil_node node)
{
    for (wil_node later = node + 1; later < d->n_nodes && later <= node + LOOK_AHEAD; later++)
        if (d->group[later] == d->group[node])
            return false;
    return true;
}

static void list_moment(plan_draft *d, wil_node node, int *n_members)
{
    plan_moment *moment = &d->moments[d->n_moments++];
    moment->begin = *n_members;
    const wil_node from = d->group[node] < 0 || node < LOOK_AHEAD ? 0 : node - LOOK_AHEAD;
    for (wil_node member = from; d->group[node] >= 0 && member < node; member++)
        if (d->group[member] == d->group[node])
            d->members[(*n_members)++] = member;
    d->members[(*n_members)++] = node;
    moment->end = *n_members;
}

void draft_order(plan_draft *d)
{
    int n_members = 0;
    find_roots(d);
    if (d->plan->config.backend == WIL_BACKEND_FAST) { /* the reference stays one operation at a time */
        find_inlined(d);
        find_by_stats(d);
        find_groups(d);
    }
    find_outside_uses(d);
    for (wil_node node = 0; node < d->n_nodes; node++)
        if (is_computed(d, node) && (d->group[node] < 0 || is_last_of_group(d, node)))
            list_moment(d, node, &n_members);
}
