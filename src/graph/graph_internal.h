/* What the operation files share: appending nodes, checked shapes, the table of operations. */
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

typedef struct graph_op {
    const char *name;
    graph_vjp vjp; /* NULL: the derivative is zero everywhere */
} graph_op;
const graph_op *graph_op_row(wil_op_kind kind);

/* A description with nothing set but kind and shape. */
wil_node_info graph_describe(wil_op_kind kind, wil_shape shape);
/* Appends, or finds an identical node. */
wil_node graph_append(wil_graph *g, const wil_node_info *info);
/* true if the graph is well and the node is one of its nodes; otherwise the graph is or becomes sick. */
bool graph_has(wil_graph *g, wil_node node, wil_op_kind for_op);
/* true if the rank is possible and every dimension is 1 or more; otherwise the graph becomes sick. */
bool graph_shape_is_sound(wil_graph *g, wil_op_kind kind, const char *name, wil_shape shape);
/* op_conv.c: the sum of two weight gradients as one convolution, or WIL_NODE_NONE where that does not pay. */
wil_node graph_join_conv_dw(wil_graph *g, wil_node a, wil_node b);
/* op_shape.c: the sum of two embedded parts that are neighbours as one part, else WIL_NODE_NONE. */
wil_node graph_join_embeds(wil_graph *g, wil_node a, wil_node b);

wil_node vjp_scale(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_add_scalar(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_leaky_relu(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_abs(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_tanh(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_sigmoid(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_softplus(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_exp(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_log(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_sqrt(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_reciprocal(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_add(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_sub(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_mul(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_div(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_reshape(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_permute(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_broadcast(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_sum(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_concat(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_slice(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_embed(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_matmul(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_conv(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_conv_dx(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_conv_dw(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_upsample(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_sum_pool(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_pool_gather(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_pool_scatter(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_fold_up(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_unfold_up(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_normalize(wil_graph *g, wil_node y, wil_node d_y, int which);
wil_node vjp_normalize_dx(wil_graph *g, wil_node y, wil_node d_y, int which);

#endif
