/* What engine and back ends lay a plan out with: buffers and steps of a draft. */
#include "willis/backend.h"

size_t wil_draft_bytes(const wil_draft *d, wil_node node)
{
    return d->by_stats[node]
               ? (size_t)wil_draft_groups(d, node) * 3 * sizeof(float)
               : (size_t)wil_shape_count(wil_graph_shape(d->graph, node)) * wil_type_bytes(d->type[node]);
}

int64_t wil_draft_groups(const wil_draft *d, wil_node node)
{
    const wil_node_info *info = wil_graph_node(d->graph, node);
    int64_t n = 1;
    for (int i = 0; i < info->shape.rank; i++)
        n *= (info->attr.axes >> i & 1u) != 0 ? 1 : info->shape.dim[i];
    return n;
}

wil_status wil_draft_add_buffer(wil_draft *d, wil_buffer buffer, int *out)
{
    WIL_TRY(wil_grow((void **)&d->buffers, &d->buffer_capacity, d->n_buffers + 1, sizeof *d->buffers));
    d->buffers[d->n_buffers] = buffer;
    *out = (int)d->n_buffers++;
    return WIL_OK;
}

wil_status wil_draft_add_scratch(wil_draft *d, int tick, size_t bytes, int *out)
{
    *out = WIL_NO_BUFFER;
    const wil_buffer buffer = {.bytes = bytes, .first = tick, .last = tick, .leaf = -1};
    return bytes == 0 ? WIL_OK : wil_draft_add_buffer(d, buffer, out);
}

wil_status wil_draft_add_copy(wil_draft *d, int tick, wil_node root, size_t bytes, int *out)
{
    const bool stays = d->fixed[root];
    const wil_buffer buffer = {
        .bytes = bytes, .first = stays ? 0 : tick, .last = stays ? WIL_ALWAYS : tick, .leaf = -1};
    return wil_draft_add_buffer(d, buffer, out);
}

void wil_draft_extend(wil_draft *d, int buffer, int tick)
{
    if (d->buffers[buffer].last < tick)
        d->buffers[buffer].last = tick;
}

wil_step wil_step_empty(const char *name)
{
    wil_step step = {.name = name, .out = WIL_NO_BUFFER, .scratch = WIL_NO_BUFFER};
    for (int k = 0; k < WIL_MAX_INPUTS; k++)
        step.in[k] = WIL_NO_BUFFER;
    return step;
}

wil_status wil_draft_add_step(wil_draft *d, const wil_step *step)
{
    const wil_status status =
        wil_grow((void **)&d->steps, &d->step_capacity, d->n_steps + 1, sizeof *d->steps);
    if (status == WIL_OK) {
        d->steps[d->n_steps] = *step;
        d->steps[d->n_steps++].draws = d->draws;
    } else if (step->clear != NULL) {
        step->clear(step->own);
    }
    return status;
}
