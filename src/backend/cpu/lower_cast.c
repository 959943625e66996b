/* Conversions between float and bfloat16, where an operation reads what is stored in the other. */
#include "cpu.h"

#define CHUNK 16384

typedef struct cast_step {
    wil_node root; /* whose values are converted */
    wil_type type; /* into which */
    int64_t n;
    wil_tile_moves moves;
} cast_step;

static wil_status run_cast(wil_step *step)
{
    const cast_step *cast = step->own;
#pragma omp parallel for schedule(static) if (cast->n > CHUNK)
    for (int64_t i = 0; i < cast->n; i += CHUNK) {
        const int64_t count = cast->n - i < CHUNK ? cast->n - i : CHUNK;
        if (cast->type == WIL_TYPE_BF16)
            cast->moves.narrow((uint16_t *)step->out_at + i, (const float *)step->in_at[0] + i, count);
        else
            cast->moves.widen((float *)step->out_at + i, (const uint16_t *)step->in_at[0] + i, count);
    }
    return WIL_OK;
}

wil_status cpu_cast(wil_draft *d, wil_node root, int from, int to, wil_type type)
{
    cast_step *own = NULL;
    wil_step step = wil_step_empty("cast");
    WIL_TRY(wil_alloc((void **)&own, 1, sizeof *own));
    *own = (cast_step){.root = root,
        .type = type,
        .n = wil_shape_count(wil_graph_shape(d->graph, root)),
        .moves = wil_tile_moves_find()};
    step.own = own;
    step.clear = wil_free;
    step.run = run_cast;
    step.once = d->fixed[root];
    step.in[0] = from;
    step.out = to;
    return wil_draft_add_step(d, &step);
}

/* The copy in another type that an earlier reader asked for; WIL_NO_BUFFER if there is none. */
static int find_cast(const wil_draft *d, wil_node root, wil_type type)
{
    for (size_t i = 0; i < d->n_steps; i++) {
        const cast_step *cast = d->steps[i].run == run_cast ? d->steps[i].own : NULL;
        if (cast != NULL && cast->root == root && cast->type == type)
            return d->steps[i].out;
    }
    return WIL_NO_BUFFER;
}

wil_status cpu_read_as(wil_draft *d, int tick, wil_node input, wil_type type, int *out)
{
    const wil_node root = d->root[input];
    *out = d->buffer[root];
    if (d->type[root] == type)
        return WIL_OK;
    *out = find_cast(d, root, type);
    if (*out != WIL_NO_BUFFER) {
        wil_draft_extend(d, *out, tick);
        return WIL_OK;
    }
    const size_t bytes = (size_t)wil_shape_count(wil_graph_shape(d->graph, root)) * wil_type_bytes(type);
    WIL_TRY(wil_draft_add_copy(d, tick, root, bytes, out));
    return cpu_cast(d, root, d->buffer[root], *out, type);
}
