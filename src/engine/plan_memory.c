/* Memory: which results share a buffer, and where each buffer lies in the arena. */
#include "engine_internal.h"

#include <stdlib.h>

#define ALIGNMENT 64

wil_status plan_add_buffer(wil_plan *plan, plan_buffer buffer, int *out)
{
    WIL_TRY(wil_grow(
        (void **)&plan->buffers, &plan->buffer_capacity, plan->n_buffers + 1, sizeof *plan->buffers));
    plan->buffers[plan->n_buffers] = buffer;
    *out = (int)plan->n_buffers++;
    return WIL_OK;
}

void plan_extend(wil_plan *plan, int buffer, int moment)
{
    if (plan->buffers[buffer].last < moment)
        plan->buffers[buffer].last = moment;
}

wil_status draft_new_copy(plan_draft *d, int moment, wil_node root, size_t bytes, int *out)
{
    const bool stays = d->fixed[root];
    return plan_add_buffer(d->plan,
        (plan_buffer){
            .bytes = bytes, .first = stays ? 0 : moment, .last = stays ? ALWAYS : moment, .leaf = -1},
        out);
}

/* ---- lifetimes ---------------------------------------------------------------------------------------- */

static void find_last_uses(plan_draft *d)
{
    for (int moment = 0; moment < d->n_moments; moment++)
        for (int i = d->moments[moment].begin; i < d->moments[moment].end; i++) {
            const wil_node_info *info = wil_graph_node(d->graph, d->members[i]);
            for (int k = 0; k < info->n_inputs; k++) {
                const wil_node root = d->root[info->inputs[k]];
                d->last_use[root] = moment;
                if (d->by_stats[root]) /* and what it normalises */
                    d->last_use[d->root[wil_graph_input(d->graph, root, 0)]] = moment;
            }
        }
    for (int i = 0; i < d->n_outputs; i++)
        if (d->take_after[i] > d->last_use[d->root[d->outputs[i]]])
            d->last_use[d->root[d->outputs[i]]] = d->take_after[i];
    for (int i = 0; i < d->n_outputs; i++)
        if (d->take_after[i] < 0)
            d->last_use[d->root[d->outputs[i]]] = ALWAYS;
}

static bool reads_root(const plan_draft *d, wil_node node, wil_node root)
{
    const wil_node_info *info = wil_graph_node(d->graph, node);
    for (int k = 0; k < info->n_inputs; k++) {
        const wil_node read = d->root[info->inputs[k]];
        if (read == root || (d->by_stats[read] && d->root[wil_graph_input(d->graph, read, 0)] == root))
            return true;
    }
    return false;
}

/* true if root's memory, which is in the arena and dies at this moment, can hold the result node. */
static bool fits(const plan_draft *d, int moment, wil_node root, wil_shape as_read, wil_node node)
{
    if (d->buffer[root] == NO_BUFFER || d->by_stats[root] || d->by_stats[node] ||
        d->half[root] != d->half[node] || !wil_shape_equal(as_read, wil_graph_shape(d->graph, node)))
        return false;
    const plan_buffer *buffer = &d->plan->buffers[d->buffer[root]];
    return buffer->leaf < 0 && buffer->last == moment && buffer->first != moment &&
           !draft_is_taken_at(d, root, moment);
}

/* true if a single operation may write over its input k, which it must not need in another way. */
static bool may_overwrite(const plan_draft *d, int moment, wil_node node, int k)
{
    const wil_node_info *info = wil_graph_node(d->graph, node);
    const wil_node root = d->root[info->inputs[k]];
    if ((wil_op_row(info->kind)->in_place >> k & 1u) == 0 ||
        !fits(d, moment, root, wil_graph_shape(d->graph, info->inputs[k]), node))
        return false;
    for (int other = 0; other < info->n_inputs; other++)
        if (other != k && d->root[info->inputs[other]] == root &&
            (wil_op_row(info->kind)->class != WIL_OP_CLASS_POINTWISE ||
                !wil_shape_equal(wil_graph_shape(d->graph, info->inputs[other]), info->shape)))
            return false;
    return true;
}

/* true if member i of a fused pass may write over what input k of member `reader`, which is not behind it,
 * reads: a tile is read before it is written, unless a member behind i reads it. */
static bool may_take_over(const plan_draft *d, int moment, int i, int reader, int k)
{
    const wil_node_info *info = wil_graph_node(d->graph, d->members[reader]);
    const wil_node root = d->root[info->inputs[k]];
    if (!fits(d, moment, root, wil_graph_shape(d->graph, info->inputs[k]), d->members[i]))
        return false;
    for (int later = i + 1; later < d->moments[moment].end; later++)
        if (reads_root(d, d->members[later], root))
            return false;
    return true;
}

/* The input whose memory member i of the moment can take, as its root; WIL_NODE_NONE if there is none. */
static wil_node find_dying_input(const plan_draft *d, int moment, int i)
{
    const plan_moment m = d->moments[moment];
    const bool single = m.end - m.begin == 1;
    for (int reader = i; reader >= m.begin; reader--) {
        const wil_node_info *info = wil_graph_node(d->graph, d->members[reader]);
        for (int k = 0; k < info->n_inputs; k++)
            if (single ? may_overwrite(d, moment, d->members[i], k) : may_take_over(d, moment, i, reader, k))
                return d->root[info->inputs[k]];
    }
    return WIL_NODE_NONE;
}

static wil_status give_buffer(plan_draft *d, int moment, int i)
{
    /* the reference reuses nothing, so that it shows mistakes made here */
    const bool reuse = d->plan->config.backend == WIL_BACKEND_FAST;
    const wil_node node = d->members[i];
    const bool stays = !reuse || d->fixed[node];
    const wil_node dying = stays ? WIL_NODE_NONE : find_dying_input(d, moment, i);
    if (dying != WIL_NODE_NONE) {
        d->buffer[node] = d->buffer[dying];
        d->plan->buffers[d->buffer[node]].last = d->last_use[node];
        return WIL_OK;
    }
    const plan_buffer buffer = {.bytes = draft_bytes(d, node),
        .first = stays ? 0 : moment,
        .last = stays ? ALWAYS : d->last_use[node],
        .leaf = -1};
    return plan_add_buffer(d->plan, buffer, &d->buffer[node]);
}

wil_status draft_buffers(plan_draft *d)
{
    find_last_uses(d);
    for (int moment = 0; moment < d->n_moments; moment++)
        for (int i = d->moments[moment].begin; i < d->moments[moment].end; i++)
            if (d->group[d->members[i]] < 0 || d->outside[d->members[i]])
                WIL_TRY(give_buffer(d, moment, i));
    return WIL_OK;
}

/* ---- the arena ---------------------------------------------------------------------------------------- */

static int larger_first(const void *a, const void *b)
{
    const plan_buffer *x = *(plan_buffer *const *)a;
    const plan_buffer *y = *(plan_buffer *const *)b;
    if (x->bytes != y->bytes)
        return x->bytes > y->bytes ? -1 : 1;
    return (x > y) - (x < y); /* by position: the same layout every time */
}

static size_t padded(const plan_buffer *b)
{
    return (b->bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* The smallest gap that holds b between the placed buffers that live at the same time; they are in order of
 * their offset. */
static size_t best_offset(plan_buffer *const *placed, size_t n_placed, const plan_buffer *b)
{
    size_t end = 0;
    size_t best = SIZE_MAX;
    size_t best_gap = SIZE_MAX;
    for (size_t i = 0; i < n_placed; i++) {
        const plan_buffer *p = placed[i];
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

static void insert_by_offset(plan_buffer **placed, size_t n_placed, plan_buffer *b)
{
    size_t at = n_placed;
    for (; at > 0 && placed[at - 1]->offset > b->offset; at--)
        placed[at] = placed[at - 1];
    placed[at] = b;
}

/* Greedy by size: the largest buffers first, each where it fits best. */
wil_status plan_place(wil_plan *plan)
{
    plan_buffer **order = NULL;
    plan_buffer **placed = NULL;
    size_t n = 0;
    wil_status status = wil_alloc((void **)&order, plan->n_buffers, sizeof *order);
    if (status == WIL_OK)
        status = wil_alloc((void **)&placed, plan->n_buffers, sizeof *placed);
    for (size_t i = 0; status == WIL_OK && i < plan->n_buffers; i++)
        if (plan->buffers[i].leaf < 0)
            order[n++] = &plan->buffers[i];
    if (status == WIL_OK && n > 0)
        qsort(order, n, sizeof *order, larger_first);
    for (size_t i = 0; i < n; i++) {
        order[i]->offset = best_offset(placed, i, order[i]);
        insert_by_offset(placed, i, order[i]);
        if (order[i]->offset + padded(order[i]) > plan->arena_bytes)
            plan->arena_bytes = order[i]->offset + padded(order[i]);
    }
    wil_free(order);
    wil_free(placed);
    return status;
}

#define MIB 1048576.0

wil_status wil_plan_allocate(wil_plan *plan)
{
    if (plan->arena != NULL)
        return WIL_OK;
    const size_t available = wil_memory_available_bytes();
    WIL_REQUIRE(plan->arena_bytes <= available, WIL_ERR_MEMORY,
        "the intermediate results need %.1f MiB, but this machine has %.1f MiB of memory left: take a "
        "smaller "
        "batch or fewer filters, or let results be computed again (engine.recompute: true)",
        (double)plan->arena_bytes / MIB, (double)available / MIB);
    WIL_TRY(wil_fail_context(wil_alloc((void **)&plan->arena, plan->arena_bytes, 1),
        "memory of the intermediate results (%.1f MiB)", (double)plan->arena_bytes / MIB));
    plan->stale = true;
    return WIL_OK;
}
