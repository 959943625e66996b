/* What the operation files share: appending nodes, checked shapes, the rules of derivatives. */
#ifndef WILLIS_GRAPH_INTERNAL_H
#define WILLIS_GRAPH_INTERNAL_H

#include "willis/graph.h"

struct wil_graph {
    wil_node_info *nodes;
    int n_nodes;
    size_t node_capacity;
    int32_t *buckets; /* open addressing: node + 1, 0 empty; finds identical nodes */
    size_t n_buckets; /* a power of two */
    wil_status status;
    char message[1024];
};

/* Gradient of one input: d_y belongs to node y; the contribution to its input `which`, written in operations.
 * WIL_NODE_NONE says that there is none (the derivative is zero). */
typedef wil_node (*graph_vjp)(wil_graph *g, wil_node y, wil_node d_y, int which);

/* NULL: the derivative is zero everywhere. */
graph_vjp graph_vjp_of(wil_op_kind kind);

/* A description with nothing set but kind, shape and up to two inputs. */
wil_node_info graph_describe(wil_op_kind kind, wil_shape shape, wil_node a, wil_node b);
/* op_conv.c: the same with the geometry of a convolution. */
wil_node_info graph_describe_conv(wil_op_kind kind, wil_shape shape, wil_node a, wil_node b, int n_spatial,
    const int64_t *kernel, const int64_t *stride, const int64_t *pad);
/* Appends, or finds an identical node. */
wil_node graph_append(wil_graph *g, const wil_node_info *info);
/* true if the graph has not failed and the node is one of its nodes; otherwise it has failed or fails now. */
bool graph_has(wil_graph *g, wil_node node, wil_op_kind for_op);
/* true if the rank is possible and every dimension is 1 or more; otherwise the graph fails. */
bool graph_shape_is_sound(wil_graph *g, wil_op_kind kind, const char *name, wil_shape shape);
/* op_conv.c: the sum of two weight gradients as one convolution, or WIL_NODE_NONE where that does not pay. */
wil_node graph_join_conv_dw(wil_graph *g, wil_node a, wil_node b);
/* op_shape.c: the sum of two embedded parts that are neighbours as one part, else WIL_NODE_NONE. */
wil_node graph_join_embeds(wil_graph *g, wil_node a, wil_node b);

/* The head of a rule; it may leave some of its arguments alone. */
#define VJP(name)                                                                                            \
    wil_node vjp_##name(wil_graph *g, wil_node y __attribute__((unused)),                                    \
        wil_node d_y __attribute__((unused)), int which __attribute__((unused)))
#define OP(kind, name, ...) VJP(name);
#include "willis/ops.def"

#endif
