/* graph: a network as a static graph of operations with known shapes, differentiated symbolically.
 *
 * Nodes are appended by the wil_op_ functions and never change; a node is its position in the graph. The
 * gradient is appended as ordinary nodes, so it can be differentiated again: a gradient penalty is
 * wil_graph_gradient inside the loss. Nothing here computes: the engine compiles a graph into a plan.
 *
 *     wil_graph *g = NULL;
 *     WIL_TRY(wil_graph_new(&g));
 *     wil_node x = wil_graph_input_node(g, "x", wil_shape_of(2, 8, 3));     [8,3]
 *     wil_node w = wil_graph_param_node(g, "w", wil_shape_of(2, 3, 1));     [3,1]
 *     wil_node loss = wil_op_sum_all(g, wil_op_square(g, wil_op_matmul(g, x, w, false, false)));
 *     wil_node dw = WIL_NODE_NONE;
 *     wil_graph_gradient(g, loss, &w, 1, &dw);
 *     WIL_TRY(wil_graph_status(g));
 *
 * Graph building is sticky: the first failure fails the graph, later operations return WIL_NODE_NONE and
 * do nothing, and wil_graph_status says what failed first. A graph owns its nodes.
 *
 * Layout: activations are channels last, [N, spatial..., C] with one, two or three spatial axes; convolution
 * weights are [out, kernel..., in]; all dense, last axis fastest.
 */
#ifndef WILLIS_GRAPH_H
#define WILLIS_GRAPH_H

#include "willis/tensor.h"

#pragma GCC visibility push(default)

#define WIL_NODE_NONE (-1)

typedef int32_t wil_node;
typedef struct wil_graph wil_graph;
WIL_OWNED_POINTER(wil_node, wil_free)

typedef struct wil_node_info {
    wil_op_kind kind;
    int n_inputs;
    wil_node inputs[WIL_MAX_INPUTS];
    wil_shape shape;
    wil_op_attr attr;
    const char *name; /* INPUT and PARAM; owned by the graph; else NULL */
} wil_node_info;

WIL_NODISCARD wil_status wil_graph_new(wil_graph **out);
void wil_graph_free(wil_graph *graph);
WIL_OWNED_POINTER(wil_graph, wil_graph_free)
WIL_NODISCARD wil_status wil_graph_status(
    const wil_graph *graph); /* and this thread's message, if it has failed */
int wil_graph_size(const wil_graph *graph);
const wil_node_info *wil_graph_node(
    const wil_graph *graph, wil_node node); /* borrowed until the graph grows */
wil_shape wil_graph_shape(const wil_graph *graph, wil_node node);
wil_node wil_graph_input(const wil_graph *graph, wil_node node, int which);
/* Fails the graph with a message, for builders above this module; returns WIL_NODE_NONE. */
wil_node wil_graph_fail(wil_graph *graph, const char *format, ...) WIL_PRINTF(2, 3);
/* The same for a failure that was just told (wil_fail): its status and message. */
wil_node wil_graph_fail_as(wil_graph *graph, wil_status status);

/* Appends nodes that compute d(loss)/d(wrt[i]) into gradients_out[i]. loss must have one element. A node that
 * the loss does not depend on gets zeros of its shape. Sums of several paths are added in a fixed order. */
void wil_graph_gradient(
    wil_graph *graph, wil_node loss, const wil_node *wrt, int n_wrt, wil_node *gradients_out);

/* A copy of a graph in which results that are read again much later are computed again for these readers, so
 * that they need not be kept: less memory for more time, the same values. outputs_out[i] is outputs[i] in the
 * copy, which the caller frees. Everything but convolutions and products is computed again, and every second
 * convolution. */
WIL_NODISCARD wil_status wil_graph_recompute(
    wil_graph **out, const wil_graph *graph, const wil_node *outputs, int n_outputs, wil_node *outputs_out);

/* ---- gradients per sample ------------------------------------------------------------------------------ */

/* How the length of one sample's weight gradient is found: by what is cheaper in each layer, or always in one
 * way (to compare them). */
typedef enum wil_clip_form { WIL_CLIP_CHEAPER, WIL_CLIP_GRAM, WIL_CLIP_DIRECT } wil_clip_form;

typedef struct wil_clip_config {
    double bound;  /* C > 0: the largest norm with which a sample's gradient counts */
    wil_node mask; /* [N], 1 for a sample and 0 for an empty slot; WIL_NODE_NONE: all are samples */
    wil_clip_form form;
    const wil_node *given; /* nodes [bN,..] whose row b N + i is taken to belong to sample i, however it was
                              made: fakes of a generator with batch norm. Never for what depends on data that
                              the clipping is to protect. Borrowed for the call */
    int n_given;
} wil_clip_config;
wil_clip_config wil_clip_config_default(void); /* bound 1, no mask, the cheaper form, nothing given */

/* Appends nodes that compute the sum of clipped per-sample gradients [Abadi2016, algorithm 1],
 *
 *     gradients_out[p] = sum_i mask_i min(1, bound / norm_i) g_ip,    norm_i^2 = sum_p |g_ip|^2,
 *
 * where g_ip = d(loss_i)/d(wrt[p]), and norms_out [N], the norms before clipping. No g_ip is ever stored:
 * norms come from layer inputs and output gradients, and the sum from the same with each sample's output
 * gradient scaled, without a second backward pass (docs/graph.md).
 *
 * loss: [N] or [N,1..]; entry i may depend on sample i alone. An INPUT of b N rows holds samples, row b N + i
 * that of sample i (real and fake images side by side are 2 N rows); all other inputs, and parameters, are
 * common to the samples. wrt: parameters. A gradient inside the loss (a penalty) is fine. config NULL: the
 * default. norms_out may be NULL.
 *
 * A slot that is masked out must hold finite numbers, best zeros: it then adds exactly 0. A clipped gradient
 * keeps within the bound to the rounding of its norm (in float 5e-5, relative; docs/graph.md).
 *
 * Fails the graph, naming the parameter and the operation, where samples mix (batch normalisation) or
 * where the gradient does not split by samples: a weight used in convolutions of different stride, or through
 * a map that is not a scaling or a scalar product (spectral norm is fine). */
void wil_graph_gradient_clipped(wil_graph *graph, wil_node loss, const wil_node *wrt, int n_wrt,
    const wil_clip_config *config, wil_node *gradients_out, wil_node *norms_out);

/* Identical nodes (same kind, inputs, attributes) are shared as they are appended, INPUT excepted: a PARAM of
 * the same name is the same node (its shape must agree). */
wil_node wil_graph_input_node(wil_graph *graph, const char *name, wil_shape shape);
wil_node wil_graph_param_node(wil_graph *graph, const char *name, wil_shape shape);

/* ---- operations: shapes in comments; every one returns WIL_NODE_NONE on a failed graph -------------------
 */

wil_node wil_op_fill(wil_graph *g, wil_shape shape, double value);
wil_node wil_op_keep_mask(wil_graph *g, wil_shape shape, double drop_probability, uint64_t key);
wil_node wil_op_scale(wil_graph *g, wil_node x, double a);
wil_node wil_op_add_scalar(wil_graph *g, wil_node x, double a);
wil_node wil_op_neg(wil_graph *g, wil_node x);
wil_node wil_op_relu(wil_graph *g, wil_node x);
wil_node wil_op_leaky_relu(wil_graph *g, wil_node x, double slope);
wil_node wil_op_step(wil_graph *g, wil_node x, double low);
/* abs, sign, tanh, sigmoid, softplus, exp, log, sqrt, reciprocal: the FN rows of ops.def. */
#define FN(kind, name, derivative) wil_node wil_op_##name(wil_graph *g, wil_node x);
#include "willis/ops.def"
wil_node wil_op_square(wil_graph *g, wil_node x);
wil_node wil_op_stop_gradient(wil_graph *g, wil_node x);

/* Two inputs: same rank, dimensions equal or 1; a scalar (rank 0) goes with anything. */
wil_node wil_op_add(wil_graph *g, wil_node a, wil_node b);
wil_node wil_op_sub(wil_graph *g, wil_node a, wil_node b);
wil_node wil_op_mul(wil_graph *g, wil_node a, wil_node b);
wil_node wil_op_div(wil_graph *g, wil_node a, wil_node b);

wil_node wil_op_reshape(wil_graph *g, wil_node x, wil_shape shape); /* same count */
wil_node wil_op_permute(wil_graph *g, wil_node x, const int *permutation);
wil_node wil_op_broadcast(wil_graph *g, wil_node x, wil_shape shape);
wil_node wil_op_sum(wil_graph *g, wil_node x, uint32_t axes);  /* summed axes stay as 1 */
wil_node wil_op_mean(wil_graph *g, wil_node x, uint32_t axes); /* summed axes stay as 1 */
wil_node wil_op_sum_all(wil_graph *g, wil_node x);             /* -> scalar, rank 0 */
wil_node wil_op_mean_all(wil_graph *g, wil_node x);            /* -> scalar, rank 0 */
wil_node wil_op_concat(wil_graph *g, wil_node a, wil_node b, int axis);
wil_node wil_op_slice(wil_graph *g, wil_node x, int axis, int64_t begin, int64_t size);
wil_node wil_op_embed(wil_graph *g, wil_node x, int axis, int64_t begin, int64_t size);

wil_node wil_op_matmul(wil_graph *g, wil_node a, wil_node b, bool transpose_a, bool transpose_b);

/* stride and pad: one value per spatial axis. T = (S + 2 pad - K) / stride + 1, rounded down. */
wil_node wil_op_conv(wil_graph *g, wil_node x, wil_node w, const int64_t *stride, const int64_t *pad);
/* spatial: the sizes S to produce, any for which conv gives back g's sizes (this is "output padding"). */
wil_node wil_op_conv_dx(wil_graph *g, wil_node gradient, wil_node w, const int64_t *stride,
    const int64_t *pad, const int64_t *spatial);
wil_node wil_op_conv_dw(wil_graph *g, wil_node x, wil_node gradient, const int64_t *stride,
    const int64_t *pad, const int64_t *kernel);

/* xs[k] [bN,S..,I], gs[k] [bN,T..,O] (b and the sizes may differ between the 1 to 4 pairs) -> [n_samples] */
wil_node wil_op_conv_dw_norm2(wil_graph *g, const wil_node *xs, const wil_node *gs, int n_pairs,
    int64_t n_samples, const int64_t *stride, const int64_t *pad, const int64_t *kernel, bool gram);

wil_node wil_op_upsample(wil_graph *g, wil_node x, const int64_t *factor);
wil_node wil_op_sum_pool(wil_graph *g, wil_node x, const int64_t *window); /* sizes must divide */
wil_node wil_op_average_pool(wil_graph *g, wil_node x, const int64_t *window);
wil_node wil_op_max_pool(wil_graph *g, wil_node x, const int64_t *window); /* = pool_gather(x, x) */
wil_node wil_op_pool_gather(wil_graph *g, wil_node h, wil_node x, const int64_t *window);
wil_node wil_op_pool_scatter(wil_graph *g, wil_node gradient, wil_node x, const int64_t *window);

/* conv(upsample(x, 2), w, stride 1, pad 1) = conv_dx(x, fold_up(w), stride 2, pad 1) for a 3-wide w. Along
 * each axis, with u the upsampled x: y[o] = sum_j w[j] u[o+j-1] and u[q] = x[q/2] give y[o] = sum_i x[i]
 * v[o-2i+1] with v = [w2, w1+w2, w0+w1, w0]: 4 products an axis for two outputs instead of 6, and no
 * upsampled array. */
wil_node wil_op_fold_up(wil_graph *g, wil_node w);   /* [O,3..,I] -> [I,4..,O]; 1 to 3 spatial axes */
wil_node wil_op_unfold_up(wil_graph *g, wil_node v); /* its adjoint: [I,4..,O] -> [O,3..,I] */

wil_node wil_op_normalize(wil_graph *g, wil_node x, uint32_t axes, double eps);
wil_node wil_op_normalize_dx(wil_graph *g, wil_node gradient, wil_node x, uint32_t axes, double eps);

/* A reader's listing: one line a node. Returned, freed with wil_free. */
WIL_NODISCARD wil_status wil_graph_text(char **out, const wil_graph *graph);
/* The same as a drawing, in the language of Graphviz: boxes with shapes, leaves grey. */
WIL_NODISCARD wil_status wil_graph_dot(char **out, const wil_graph *graph);

#pragma GCC visibility pop
#endif
