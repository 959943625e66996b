/* The order of work. Nodes run in graph order, except that elementwise operations which feed each other are
 * gathered into fused passes: a chain then reads and writes memory once instead of once per operation. */
#include "engine_internal.h"

#define LOOK_AHEAD 64 /* nodes; a pass that waits longer would keep its inputs in memory for too long */

static wil_op_class class_of(const wil_draft *d, wil_node node)
{
    return wil_op_row(wil_graph_node(d->graph, node)->kind)->class;
}

bool plan_is_leaf(const wil_draft *d, wil_node node)
{
    return class_of(d, node) == WIL_OP_CLASS_LEAF;
}

static bool is_view(const wil_draft *d, wil_node node)
{
    return class_of(d, node) == WIL_OP_CLASS_VIEW;
}

static bool is_computed(const wil_draft *d, wil_node node)
{
    return d->live[node] && !plan_is_leaf(d, node) && !is_view(d, node) && !d->inlined[node];
}

static bool is_point(const wil_draft *d, wil_node node)
{
    return d->fusing[node] == WIL_FUSING_POINT;
}

static void find_roots(wil_draft *d)
{
    for (wil_node node = 0; node < d->n_nodes; node++) {
        const wil_node_info *info = wil_graph_node(d->graph, node);
        d->root[node] = is_view(d, node) ? d->root[info->inputs[0]] : node;
        d->fusing[node] = d->table->fuses == NULL ? WIL_FUSING_NONE : d->table->fuses(d, node);
        d->group[node] = -1;
        d->buffer[node] = WIL_NO_BUFFER;
    }
}

/* ---- what readers make for themselves ----------------------------------------------------------------- */

/* Whether this reader makes the node's values tile by tile, in a pass: a constant always, a mask or a
 * normalisation place by place. */
static bool reads_in_tiles(const wil_draft *d, wil_node reader, wil_node node)
{
    return is_point(d, reader) &&
           (wil_graph_node(d->graph, node)->kind == WIL_OP_FILL ||
               wil_shape_equal(wil_graph_shape(d->graph, reader), wil_graph_shape(d->graph, node)));
}

/* Constants and masks that only passes read are made there; normalisations too, from what they normalise and
 * its statistics, which are all that their own tick makes. */
static void find_made_by_readers(wil_draft *d)
{
    for (wil_node node = 0; node < d->n_nodes; node++) {
        d->inlined[node] = d->live[node] && class_of(d, node) == WIL_OP_CLASS_SOURCE;
        d->by_stats[node] = d->live[node] && d->fusing[node] == WIL_FUSING_STATS;
    }
    for (wil_node reader = 0; reader < d->n_nodes; reader++) {
        const wil_node_info *info = wil_graph_node(d->graph, reader);
        for (int k = 0; k < info->n_inputs && d->live[reader]; k++)
            if (!reads_in_tiles(d, reader, info->inputs[k]))
                d->inlined[info->inputs[k]] = d->by_stats[info->inputs[k]] = false;
    }
    for (int i = 0; i < d->n_outputs; i++)
        d->inlined[d->root[d->outputs[i]]] = d->by_stats[d->root[d->outputs[i]]] = false;
}

/* ---- fusing ------------------------------------------------------------------------------------------- */

static bool reads_group(const wil_draft *d, wil_node node, int group)
{
    const wil_node_info *info = wil_graph_node(d->graph, node);
    for (int k = 0; k < info->n_inputs; k++)
        if (d->group[d->root[info->inputs[k]]] == group)
            return true;
    return false;
}

/* A member reads other members as they are: whole, in the shape of the pass. */
static bool joins(const wil_draft *d, wil_node node, wil_shape shape, int group)
{
    const wil_node_info *info = wil_graph_node(d->graph, node);
    if (d->group[node] >= 0 || !is_point(d, node) || !wil_shape_equal(info->shape, shape))
        return false;
    for (int k = 0; k < info->n_inputs; k++)
        if (d->group[d->root[info->inputs[k]]] == group &&
            !wil_shape_equal(wil_graph_shape(d->graph, info->inputs[k]), shape))
            return false;
    return true;
}

/* A sum of a member, taken along while the member is in cache. Nothing in the pass reads it. */
static bool joins_as_sum(const wil_draft *d, wil_node node, int group)
{
    const wil_node input = wil_graph_node(d->graph, node)->inputs[0];
    if (d->fusing[node] != WIL_FUSING_SUM)
        return false;
    return d->root[input] == input && d->group[input] == group;
}

/* true if nobody between node and `until` reads node, other than members. */
static bool is_read_late(const wil_draft *d, wil_node node, wil_node until, int group)
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
static int pull_producers(wil_draft *d, wil_node member, wil_node first, int group, int room)
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
static void grow_group(wil_draft *d, wil_node first)
{
    const wil_shape shape = wil_graph_shape(d->graph, first);
    const int group = d->n_groups;
    int n_members = 1;
    d->group[first] = group;
    for (wil_node node = first + 1;
         node < d->n_nodes && node <= first + LOOK_AHEAD && n_members < d->table->most_fused; node++) {
        if (!is_computed(d, node) || !reads_group(d, node, group))
            continue;
        const bool is_sum = joins_as_sum(d, node, group);
        if (!is_sum && !joins(d, node, shape, group))
            break;
        d->group[node] = group;
        n_members++;
        if (is_sum)
            continue;
        n_members += pull_producers(d, node, first, group, d->table->most_fused - n_members);
    }
    if (n_members > 1)
        d->n_groups++;
    else
        d->group[first] = -1;
}

static void find_groups(wil_draft *d)
{
    for (wil_node node = 0; node < d->n_nodes; node++)
        if (is_computed(d, node) && d->group[node] < 0 && is_point(d, node))
            grow_group(d, node);
}

static void find_outside_uses(wil_draft *d)
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

/* ---- ticks ------------------------------------------------------------------------------------------ */

static bool is_last_of_group(const wil_draft *d, wil_node node)
{
    for (wil_node later = node + 1; later < d->n_nodes && later <= node + LOOK_AHEAD; later++)
        if (d->group[later] == d->group[node])
            return false;
    return true;
}

static void list_tick(wil_draft *d, wil_node node, int *n_members)
{
    wil_tick *tick = &d->ticks[d->n_ticks++];
    tick->begin = *n_members;
    const wil_node from = d->group[node] < 0 || node < LOOK_AHEAD ? 0 : node - LOOK_AHEAD;
    for (wil_node member = from; d->group[node] >= 0 && member < node; member++)
        if (d->group[member] == d->group[node])
            d->members[(*n_members)++] = member;
    d->members[(*n_members)++] = node;
    tick->end = *n_members;
}

void plan_order(wil_draft *d)
{
    int n_members = 0;
    find_roots(d);
    if (d->table->fuses != NULL) { /* the reference stays one operation at a time */
        find_made_by_readers(d);
        find_groups(d);
    }
    find_outside_uses(d);
    for (wil_node node = 0; node < d->n_nodes; node++)
        if (is_computed(d, node) && (d->group[node] < 0 || is_last_of_group(d, node)))
            list_tick(d, node, &n_members);
}
