#include "graph_internal.h"

#include <stdarg.h>
#include <string.h>

#define FIRST_BUCKETS 1024

wil_status wil_graph_new(wil_graph **out)
{
    WIL_OWN(wil_graph) *graph = NULL;
    *out = NULL;
    WIL_TRY(wil_alloc((void **)&graph, 1, sizeof *graph));
    WIL_TRY(wil_alloc((void **)&graph->buckets, FIRST_BUCKETS, sizeof(int32_t)));
    graph->n_buckets = FIRST_BUCKETS;
    return wil_give(out, &graph);
}

void wil_graph_free(wil_graph *graph)
{
    if (graph == NULL)
        return;
    for (int i = 0; i < graph->n_nodes; i++)
        wil_free((char *)graph->nodes[i].name);
    wil_free(graph->nodes);
    wil_free(graph->buckets);
    wil_free(graph);
}

wil_status wil_graph_status(const wil_graph *graph)
{
    return graph->status == WIL_OK ? WIL_OK : wil_fail(graph->status, "%s", graph->message);
}

wil_node wil_graph_fail_as(wil_graph *graph, wil_status status)
{
    if (graph->status != WIL_OK)
        return WIL_NODE_NONE; /* the first failure is the one to hear about */
    graph->status = status;
    snprintf(graph->message, sizeof graph->message, "%s", wil_status_message());
    return WIL_NODE_NONE;
}

wil_node wil_graph_fail(wil_graph *graph, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return wil_graph_fail_as(graph, wil_fail(WIL_ERR_ARG, "%s", text));
}

int wil_graph_size(const wil_graph *graph)
{
    return graph->n_nodes;
}

const wil_node_info *wil_graph_node(const wil_graph *graph, wil_node node)
{
    return &graph->nodes[node];
}

wil_shape wil_graph_shape(const wil_graph *graph, wil_node node)
{
    wil_shape none = {0};
    return node < 0 || node >= graph->n_nodes ? none : graph->nodes[node].shape;
}

wil_node wil_graph_input(const wil_graph *graph, wil_node node, int which)
{
    return graph->nodes[node].inputs[which];
}

bool graph_has(wil_graph *g, wil_node node, wil_op_kind for_op)
{
    if (g->status == WIL_OK && (node < 0 || node >= g->n_nodes))
        (void)wil_graph_fail(g, "%s: given a node that is not of this graph (%d of %d)", wil_op_name(for_op),
            node, g->n_nodes);
    return g->status == WIL_OK;
}

/* ---- appending, and finding what is already there ----------------------------------------------------- */

wil_node_info graph_describe(wil_op_kind kind, wil_shape shape, wil_node a, wil_node b)
{
    wil_node_info info;
    memset(&info, 0, sizeof info);
    info.kind = kind;
    info.shape.rank = shape.rank;
    memcpy(info.shape.dim, shape.dim, (size_t)shape.rank * sizeof shape.dim[0]);
    for (int i = 0; i < WIL_MAX_INPUTS; i++)
        info.inputs[i] = i == 0 ? a : i == 1 ? b : WIL_NODE_NONE;
    info.n_inputs = (a != WIL_NODE_NONE) + (b != WIL_NODE_NONE);
    return info;
}

static uint64_t hash_node(const wil_node_info *info)
{
    const wil_op_attr *attr = &info->attr;
    uint64_t hash = wil_hash_bytes(WIL_HASH_START, &info->kind, sizeof info->kind);
    if (info->name != NULL)
        return wil_hash_bytes(hash, info->name, strlen(info->name));
    hash = wil_hash_bytes(hash, info->inputs, sizeof info->inputs);
    hash = wil_hash_bytes(hash, info->shape.dim, (size_t)info->shape.rank * sizeof info->shape.dim[0]);
    hash = wil_hash_bytes(hash, &attr->scalar, sizeof attr->scalar);
    hash = wil_hash_bytes(hash, &attr->axes, sizeof attr->axes);
    hash = wil_hash_bytes(hash, &attr->begin, sizeof attr->begin);
    return wil_hash_bytes(hash, &attr->key, sizeof attr->key);
}

/* Field by field, as padding may hold anything; the scalar by its bits, so that -0 is not 0 and NaN is NaN.
 */
static bool same_attr(const wil_op_attr *a, const wil_op_attr *b)
{
    return memcmp(&a->scalar, &b->scalar, sizeof a->scalar) == 0 && a->axes == b->axes &&
           a->axis == b->axis && a->begin == b->begin && a->transpose[0] == b->transpose[0] &&
           a->transpose[1] == b->transpose[1] &&
           memcmp(a->permutation, b->permutation, sizeof a->permutation) == 0 &&
           a->n_spatial == b->n_spatial && memcmp(a->kernel, b->kernel, sizeof a->kernel) == 0 &&
           memcmp(a->stride, b->stride, sizeof a->stride) == 0 &&
           memcmp(a->pad, b->pad, sizeof a->pad) == 0 && a->key == b->key;
}

static bool same_node(const wil_node_info *a, const wil_node_info *b)
{
    if (a->kind != b->kind || (a->name == NULL) != (b->name == NULL))
        return false;
    if (a->name != NULL) /* leaves are their names; a shape that differs is the caller's to judge */
        return strcmp(a->name, b->name) == 0;
    return memcmp(a->inputs, b->inputs, sizeof a->inputs) == 0 && wil_shape_equal(a->shape, b->shape) &&
           same_attr(&a->attr, &b->attr);
}

static int32_t *find_bucket(const wil_graph *g, const wil_node_info *info)
{
    size_t at = hash_node(info) & (g->n_buckets - 1);
    while (g->buckets[at] != 0 && !same_node(&g->nodes[g->buckets[at] - 1], info))
        at = (at + 1) & (g->n_buckets - 1);
    return &g->buckets[at];
}

static wil_status grow_buckets(wil_graph *g)
{
    if ((size_t)g->n_nodes * 2 < g->n_buckets)
        return WIL_OK;
    int32_t *larger = NULL;
    WIL_TRY(wil_alloc((void **)&larger, g->n_buckets * 2, sizeof *larger));
    wil_free(g->buckets);
    g->buckets = larger;
    g->n_buckets *= 2;
    for (int i = 0; i < g->n_nodes; i++)
        *find_bucket(g, &g->nodes[i]) = i + 1;
    return WIL_OK;
}

wil_node graph_append(wil_graph *g, const wil_node_info *info)
{
    if (g->status != WIL_OK)
        return WIL_NODE_NONE;
    const int32_t *known = find_bucket(g, info);
    if (*known != 0)
        return *known - 1;
    wil_status status = grow_buckets(g);
    if (status == WIL_OK)
        status = wil_grow((void **)&g->nodes, &g->node_capacity, (size_t)g->n_nodes + 1, sizeof *g->nodes);
    char *name = NULL;
    if (status == WIL_OK && info->name != NULL)
        status = wil_string_copy(&name, info->name);
    if (status != WIL_OK)
        return wil_graph_fail_as(g, status);
    int32_t *bucket = find_bucket(g, info);
    g->nodes[g->n_nodes] = *info;
    g->nodes[g->n_nodes].name = name;
    *bucket = ++g->n_nodes;
    return g->n_nodes - 1;
}
