/* Recomputation: a copy of a graph in which results that are needed again much later are computed again where
 * they are needed, rather than kept in memory meanwhile [Chen2016, Training deep nets with sublinear memory
 * cost]. Everything but convolutions and products is cheap and is computed again; of the convolutions every
 * second one is, from a result that is kept. */
#include "graph_internal.h"

#define LATE 24      /* nodes from a result to a reader for which it is computed again */
#define SMALL 4096   /* values; keeping fewer costs nothing */
#define MOST_CONVS 1 /* computed again for one result, one after another */

typedef struct recompute {
    const wil_graph *from;
    wil_graph *to;
    int n;
    int *last_reader; /* of each node, -1: none */
    bool *again;      /* computed again for late readers */
    int *n_convs;     /* that have to be computed again for it */
    wil_node *first;  /* the node's copy, at its own place */
    wil_node *latest; /* its newest copy, and for which reader that was made */
    int *latest_reader;
    uint64_t n_copies;
} recompute;

static bool is_product(wil_op_kind kind)
{
    const wil_op_class class = wil_op_row(kind)->class;
    return class == WIL_OP_CLASS_CONV || class == WIL_OP_CLASS_PRODUCT || class == WIL_OP_CLASS_NORM2;
}

/* Leaves lie in the user's memory; constants and masks need none. */
static bool needs_no_memory(wil_op_kind kind)
{
    const wil_op_class class = wil_op_row(kind)->class;
    return class == WIL_OP_CLASS_LEAF || class == WIL_OP_CLASS_SOURCE;
}

static bool is_late(int node, int reader)
{
    return reader - node > LATE;
}

static void find_last_readers(recompute *r, const wil_node *outputs, int n_outputs)
{
    for (int i = 0; i < r->n; i++)
        r->last_reader[i] = -1;
    for (int i = 0; i < r->n; i++)
        for (int k = 0; k < r->from->nodes[i].n_inputs; k++)
            r->last_reader[r->from->nodes[i].inputs[k]] = i;
    for (int i = 0; i < n_outputs; i++)
        r->last_reader[outputs[i]] = -1; /* kept for the user */
}

/* What a copy reads must itself be there late: kept for a late reader of its own, or computed again too. */
static bool can_be_computed_again(recompute *r, int node)
{
    const wil_node_info *info = &r->from->nodes[node];
    r->n_convs[node] = 0;
    for (int k = 0; k < info->n_inputs; k++) {
        const int input = info->inputs[k];
        if (needs_no_memory(r->from->nodes[input].kind))
            continue;
        if (!r->again[input] && !is_late(input, r->last_reader[input]) &&
            wil_shape_count(r->from->nodes[input].shape) > SMALL)
            return false;
        if (r->again[input] && r->n_convs[input] > r->n_convs[node])
            r->n_convs[node] = r->n_convs[input];
    }
    r->n_convs[node] += info->kind == WIL_OP_CONV || info->kind == WIL_OP_CONV_DX;
    return r->n_convs[node] <= MOST_CONVS;
}

static void choose(recompute *r)
{
    int n_late_convs = 0;
    for (int i = 0; i < r->n; i++) {
        const wil_node_info *info = &r->from->nodes[i];
        if (needs_no_memory(info->kind) || !is_late(i, r->last_reader[i]) ||
            (wil_shape_count(info->shape) <= SMALL && info->kind != WIL_OP_RESHAPE))
            continue;
        const bool product = is_product(info->kind);
        const bool conv = info->kind == WIL_OP_CONV || info->kind == WIL_OP_CONV_DX;
        if (conv)
            n_late_convs++;
        r->again[i] = (!product || (conv && n_late_convs % 2 == 0)) && can_be_computed_again(r, i);
    }
}

static wil_node append_copy(recompute *r, int node, bool again, int reader);

/* The copy of input that a reader at this place of the old graph is to read. */
static wil_node read_at(recompute *r, int input, int reader)
{
    if (!r->again[input] || !is_late(input, reader))
        return r->first[input];
    if (r->latest[input] == WIL_NODE_NONE || is_late(r->latest_reader[input], reader)) {
        r->latest[input] = append_copy(r, input, true, reader);
        r->latest_reader[input] = reader;
    }
    return r->latest[input];
}

static wil_node append_copy(recompute *r, int node, bool again, int reader)
{
    wil_node_info info = r->from->nodes[node];
    for (int k = 0; k < info.n_inputs; k++)
        info.inputs[k] = read_at(r, info.inputs[k], again ? reader : node);
    if (again) /* so that it is not found to be the same as the first */
        info.attr.key = UINT64_C(1) << 63 | ++r->n_copies;
    return graph_append(r->to, &info);
}

static wil_status make_room(recompute *r)
{
    const size_t n = (size_t)r->n;
    WIL_TRY(wil_alloc((void **)&r->last_reader, n, sizeof *r->last_reader));
    WIL_TRY(wil_alloc((void **)&r->again, n, sizeof *r->again));
    WIL_TRY(wil_alloc((void **)&r->n_convs, n, sizeof *r->n_convs));
    WIL_TRY(wil_alloc((void **)&r->first, n, sizeof *r->first));
    WIL_TRY(wil_alloc((void **)&r->latest, n, sizeof *r->latest));
    return wil_alloc((void **)&r->latest_reader, n, sizeof *r->latest_reader);
}

static void recompute_clear(recompute *r)
{
    wil_free(r->last_reader);
    wil_free(r->again);
    wil_free(r->n_convs);
    wil_free(r->first);
    wil_free(r->latest);
    wil_free(r->latest_reader);
}

WIL_OWNED_VALUE(recompute, recompute_clear)

wil_status wil_graph_recompute(
    wil_graph **out, const wil_graph *graph, const wil_node *outputs, int n_outputs, wil_node *outputs_out)
{
    WIL_OWN(wil_graph) *copy = NULL;
    *out = NULL;
    WIL_TRY(wil_graph_status(graph));
    WIL_TRY(wil_graph_new(&copy));
    WIL_OWN(recompute) r = {.from = graph, .to = copy, .n = graph->n_nodes};
    WIL_TRY(make_room(&r));
    find_last_readers(&r, outputs, n_outputs);
    choose(&r);
    for (int i = 0; i < r.n; i++) {
        r.latest[i] = WIL_NODE_NONE;
        r.first[i] = append_copy(&r, i, false, i);
    }
    WIL_TRY(wil_graph_status(copy));
    for (int i = 0; i < n_outputs; i++)
        outputs_out[i] = r.first[outputs[i]];
    return wil_give(out, &copy);
}
