/* Memory: which results share a buffer, and where each buffer lies in the arena. */
#include "engine_internal.h"

#include <stdlib.h>

#define ALIGNMENT 64

/* ---- lifetimes ---------------------------------------------------------------------------------------- */

static void find_last_uses(wil_draft *d)
{
    for (int tick = 0; tick < d->n_ticks; tick++)
        for (int i = d->ticks[tick].begin; i < d->ticks[tick].end; i++) {
            const wil_node_info *info = wil_graph_node(d->graph, d->members[i]);
            for (int k = 0; k < info->n_inputs; k++) {
                const wil_node root = d->root[info->inputs[k]];
                d->last_use[root] = tick;
                if (d->by_stats[root]) /* and what it normalises */
                    d->last_use[d->root[wil_graph_input(d->graph, root, 0)]] = tick;
            }
        }
    for (int i = 0; i < d->n_outputs; i++)
        if (d->hook_tick[i] > d->last_use[d->root[d->outputs[i]]])
            d->last_use[d->root[d->outputs[i]]] = d->hook_tick[i];
    for (int i = 0; i < d->n_outputs; i++)
        if (d->hook_tick[i] < 0)
            d->last_use[d->root[d->outputs[i]]] = WIL_ALWAYS;
}

static bool reads_root(const wil_draft *d, wil_node node, wil_node root)
{
    const wil_node_info *info = wil_graph_node(d->graph, node);
    for (int k = 0; k < info->n_inputs; k++) {
        const wil_node read = d->root[info->inputs[k]];
        if (read == root || (d->by_stats[read] && d->root[wil_graph_input(d->graph, read, 0)] == root))
            return true;
    }
    return false;
}

/* true if root's memory, which is in the arena and dies at this tick, can hold the result node. */
static bool fits(const wil_draft *d, int tick, wil_node root, wil_shape as_read, wil_node node)
{
    if (d->buffer[root] == WIL_NO_BUFFER || d->by_stats[root] || d->by_stats[node] ||
        d->type[root] != d->type[node] || !wil_shape_equal(as_read, wil_graph_shape(d->graph, node)))
        return false;
    const wil_buffer *buffer = &d->buffers[d->buffer[root]];
    return buffer->leaf < 0 && buffer->last == tick && buffer->first != tick &&
           !plan_is_hooked_at(d, root, tick);
}

/* true if a single operation may write over its input k, which it must not need in another way. */
static bool may_overwrite(const wil_draft *d, int tick, wil_node node, int k)
{
    const wil_node_info *info = wil_graph_node(d->graph, node);
    const wil_node root = d->root[info->inputs[k]];
    if ((wil_op_row(info->kind)->in_place >> k & 1u) == 0 ||
        !fits(d, tick, root, wil_graph_shape(d->graph, info->inputs[k]), node))
        return false;
    for (int other = 0; other < info->n_inputs; other++)
        if (other != k && d->root[info->inputs[other]] == root &&
            (wil_op_row(info->kind)->class != WIL_OP_CLASS_POINTWISE ||
                !wil_shape_equal(wil_graph_shape(d->graph, info->inputs[other]), info->shape)))
            return false;
    return true;
}

/* true if member i of a fused pass may write over what input k of member `reader`, which does not come later,
 * reads: a tile is read before it is written, unless a later member reads it. */
static bool may_take_over(const wil_draft *d, int tick, int i, int reader, int k)
{
    const wil_node_info *info = wil_graph_node(d->graph, d->members[reader]);
    const wil_node root = d->root[info->inputs[k]];
    if (!fits(d, tick, root, wil_graph_shape(d->graph, info->inputs[k]), d->members[i]))
        return false;
    for (int later = i + 1; later < d->ticks[tick].end; later++)
        if (reads_root(d, d->members[later], root))
            return false;
    return true;
}

/* The input whose memory member i of the tick can take, as its root; WIL_NODE_NONE if there is none. */
static wil_node find_dying_input(const wil_draft *d, int tick, int i)
{
    const wil_tick m = d->ticks[tick];
    const bool single = m.end - m.begin == 1;
    for (int reader = i; reader >= m.begin; reader--) {
        const wil_node_info *info = wil_graph_node(d->graph, d->members[reader]);
        for (int k = 0; k < info->n_inputs; k++)
            if (single ? may_overwrite(d, tick, d->members[i], k) : may_take_over(d, tick, i, reader, k))
                return d->root[info->inputs[k]];
    }
    return WIL_NODE_NONE;
}

static wil_status give_buffer(wil_draft *d, int tick, int i)
{
    /* the reference reuses nothing, so that it shows mistakes made here */
    const bool reuse = d->table->reuses;
    const wil_node node = d->members[i];
    const bool stays = !reuse || d->fixed[node];
    const wil_node dying = stays ? WIL_NODE_NONE : find_dying_input(d, tick, i);
    if (dying != WIL_NODE_NONE) {
        d->buffer[node] = d->buffer[dying];
        d->buffers[d->buffer[node]].last = d->last_use[node];
        return WIL_OK;
    }
    const wil_buffer buffer = {.bytes = wil_draft_bytes(d, node),
        .first = stays ? 0 : tick,
        .last = stays ? WIL_ALWAYS : d->last_use[node],
        .leaf = -1};
    return wil_draft_add_buffer(d, buffer, &d->buffer[node]);
}

wil_status plan_buffers(wil_draft *d)
{
    find_last_uses(d);
    for (int tick = 0; tick < d->n_ticks; tick++)
        for (int i = d->ticks[tick].begin; i < d->ticks[tick].end; i++)
            if (d->group[d->members[i]] < 0 || d->outside[d->members[i]])
                WIL_TRY(give_buffer(d, tick, i));
    return WIL_OK;
}

/* ---- the arena ---------------------------------------------------------------------------------------- */

static int larger_first(const void *a, const void *b)
{
    const wil_buffer *x = *(wil_buffer *const *)a;
    const wil_buffer *y = *(wil_buffer *const *)b;
    if (x->bytes != y->bytes)
        return x->bytes > y->bytes ? -1 : 1;
    return (x > y) - (x < y); /* by position: the same layout every time */
}

static size_t padded(const wil_buffer *b)
{
    return (b->bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* The smallest gap that holds b between the placed buffers that live at the same time; they are in order of
 * their offset. */
static size_t best_offset(wil_buffer *const *placed, size_t n_placed, const wil_buffer *b)
{
    size_t end = 0;
    size_t best = SIZE_MAX;
    size_t best_gap = SIZE_MAX;
    for (size_t i = 0; i < n_placed; i++) {
        const wil_buffer *p = placed[i];
        if (p->last < b->first || p->first > b->last)
            continue;
        if (p->offset >= end + padded(b) && p->offset - end < best_gap) {
            best = end;
            best_gap = p->offset - end;
        }
        if (p->offset + padded(p) > end)
            end = p->offset + padded(p);
    }
    return best != SIZE_MAX ? best : end;
}

static void insert_by_offset(wil_buffer **placed, size_t n_placed, wil_buffer *b)
{
    size_t at = n_placed;
    for (; at > 0 && placed[at - 1]->offset > b->offset; at--)
        placed[at] = placed[at - 1];
    placed[at] = b;
}

/* Greedy by size: the largest buffers first, each where it fits best. */
wil_status plan_place(wil_plan *plan)
{
    WIL_OWN(void) *memory = NULL;
    size_t n = 0;
    WIL_TRY(wil_alloc(&memory, 2 * plan->n_buffers, sizeof(wil_buffer *)));
    wil_buffer **order = memory;
    wil_buffer **placed = order + plan->n_buffers;
    for (size_t i = 0; i < plan->n_buffers; i++)
        if (plan->buffers[i].leaf < 0)
            order[n++] = &plan->buffers[i];
    if (n > 0)
        qsort(order, n, sizeof *order, larger_first);
    for (size_t i = 0; i < n; i++) {
        order[i]->offset = best_offset(placed, i, order[i]);
        insert_by_offset(placed, i, order[i]);
        if (order[i]->offset + padded(order[i]) > plan->arena_bytes)
            plan->arena_bytes = order[i]->offset + padded(order[i]);
    }
    return WIL_OK;
}

#define MIB 1048576.0

wil_status wil_plan_allocate(wil_plan *plan)
{
    if (plan->arena != NULL)
        return WIL_OK;
    const size_t available = plan->table->bytes_left(plan->device);
    WIL_REQUIRE(plan->arena_bytes <= available, WIL_ERR_MEMORY,
        "the intermediate results need %.1f MiB, but this machine has %.1f MiB of memory left: take a "
        "smaller "
        "batch or fewer filters, or let results be computed again (engine.recompute: true)",
        (double)plan->arena_bytes / MIB, (double)available / MIB);
    WIL_TRY(wil_fail_context(plan->table->take(plan->device, plan->arena_bytes, &plan->arena),
        "memory of the intermediate results (%.1f MiB)", (double)plan->arena_bytes / MIB));
    plan->stale = true;
    return WIL_OK;
}
