/* Small networks with one loss a sample, for the tests of per-sample gradients: every way in which a
 * parameter's gradient adds up samples, and combinations of them. */
#ifndef PER_SAMPLE_NETS_H
#define PER_SAMPLE_NETS_H

#include "willis/graph.h"

#define NET_PARAMS 12

typedef struct net_graph {
    wil_graph *g;
    int n; /* samples */
    wil_node loss, params[NET_PARAMS], given[1];
    int n_params, n_given;
} net_graph;

typedef struct per_sample_net {
    const char *name;
    void (*build)(net_graph *net);
} per_sample_net;

static const int64_t ONE[3] = {1, 1, 1}, TWO[3] = {2, 2, 2}, ZERO[3] = {0, 0, 0};

static wil_node weight(net_graph *net, const char *name, wil_shape shape)
{
    const wil_node node = wil_graph_param_node(net->g, name, shape);
    for (int i = 0; i < net->n_params; i++)
        if (net->params[i] == node)
            return node;
    net->params[net->n_params++] = node;
    return node;
}

static wil_node flat(wil_graph *g, wil_node x)
{
    const wil_shape s = wil_graph_shape(g, x);
    return wil_op_reshape(g, x, wil_shape_of(2, (int)s.dim[0], (int)(wil_shape_count(s) / s.dim[0])));
}

/* sum of squares over all but the first axis, [N] */
static wil_node square_loss(net_graph *net, wil_node y)
{
    const wil_node sums = wil_op_sum(net->g, wil_op_square(net->g, y), ~1u);
    return wil_op_reshape(net->g, sums, wil_shape_of(1, net->n));
}

/* ---- layers ------------------------------------------------------------------------------------------- */

static void build_convolutions(net_graph *net)
{
    wil_graph *g = net->g;
    wil_node h = wil_graph_input_node(g, "x", wil_shape_of(4, net->n, 9, 8, 2));
    h = wil_op_conv(g, h, weight(net, "a", wil_shape_of(4, 4, 3, 3, 2)), TWO, ONE); /* [N,5,4,4] */
    h = wil_op_add(g, h, weight(net, "a_bias", wil_shape_of(4, 1, 1, 1, 4)));
    h = wil_op_leaky_relu(g, wil_op_normalize(g, h, 6u, 1e-5), 0.2);
    h = wil_op_conv(g, h, weight(net, "b", wil_shape_of(4, 3, 3, 2, 4)), ONE, ONE); /* [N,5,5,3] */
    h = wil_op_max_pool(g, wil_op_tanh(g, wil_op_slice(g, h, 1, 0, 4)), (int64_t[]){2, 5});
    h = wil_op_matmul(g, flat(g, h), weight(net, "c", wil_shape_of(2, 6, 2)), false, false);
    h = wil_op_add(g, h, weight(net, "c_bias", wil_shape_of(2, 1, 2)));
    h = wil_op_matmul(g, wil_op_softplus(g, h), weight(net, "d", wil_shape_of(2, 1, 2)), false, true);
    net->loss = wil_op_add(g, h, weight(net, "d_bias", wil_shape_of(2, 1, 1))); /* [N,1] */
}

static void build_volumes(net_graph *net)
{
    wil_graph *g = net->g;
    wil_node h = wil_graph_input_node(g, "x", wil_shape_of(5, net->n, 5, 4, 6, 2));
    h = wil_op_conv(g, h, weight(net, "a", wil_shape_of(5, 4, 3, 3, 3, 2)), TWO, ONE); /* [N,3,2,3,4] */
    wil_node groups = wil_op_reshape(g, h, wil_shape_of(4, net->n, 18, 2, 2));
    h = wil_op_reshape(g, wil_op_normalize(g, groups, 10u, 1e-5), wil_graph_shape(g, h));
    wil_node scale =
        wil_op_reshape(g, weight(net, "scale", wil_shape_of(1, 4)), wil_shape_of(5, 1, 1, 1, 1, 4));
    wil_node shift =
        wil_op_reshape(g, weight(net, "shift", wil_shape_of(1, 4)), wil_shape_of(5, 1, 1, 1, 1, 4));
    h = wil_op_relu(g, wil_op_add(g, wil_op_mul(g, h, scale), shift));
    h = wil_op_mul(g, h, weight(net, "place", wil_shape_of(5, 1, 3, 2, 3, 1)));
    net->loss = square_loss(net, h);
}

static void build_transposed(net_graph *net)
{
    wil_graph *g = net->g;
    const wil_node z = wil_graph_input_node(g, "z", wil_shape_of(2, net->n, 3));
    wil_node h = wil_op_matmul(g, z, weight(net, "a", wil_shape_of(2, 3, 24)), false, false);
    h = wil_op_relu(g, wil_op_reshape(g, h, wil_shape_of(4, net->n, 2, 3, 4)));
    const int64_t to[2] = {4, 6};
    h = wil_op_conv_dx(g, h, weight(net, "b", wil_shape_of(4, 4, 3, 3, 2)), TWO, ONE, to); /* [N,4,6,2] */
    h = wil_op_upsample(g, h, TWO);
    h = wil_op_conv(g, h, weight(net, "c", wil_shape_of(4, 2, 1, 1, 2)), ONE, ZERO);
    const wil_node target = wil_graph_input_node(g, "target", wil_shape_of(4, net->n, 8, 12, 2));
    net->loss = square_loss(net, wil_op_sub(g, wil_op_tanh(g, h), target));
}

/* ---- one parameter in several places ------------------------------------------------------------------ */

static void build_used_often(net_graph *net)
{
    wil_graph *g = net->g;
    const wil_node w = weight(net, "w", wil_shape_of(4, 3, 3, 3, 3));
    wil_node h = wil_graph_input_node(g, "x", wil_shape_of(4, net->n, 4, 4, 3));
    for (int i = 0; i < 5; i++) /* more pairs than the operation takes, of two sizes */
        h = wil_op_tanh(g, wil_op_conv(g, i == 3 ? wil_op_average_pool(g, h, TWO) : h, w, ONE, ONE));
    net->loss = square_loss(net, h);
}

static void build_weight_decay(net_graph *net)
{
    wil_graph *g = net->g;
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(4, net->n, 4, 5, 2));
    const wil_node w = weight(net, "w", wil_shape_of(4, 3, 3, 3, 2));
    const wil_node scale = weight(net, "scale", wil_shape_of(4, 1, 1, 1, 3));
    const wil_node gain = weight(net, "gain", wil_shape_of(0));
    wil_node loss = square_loss(net, wil_op_mul(g, wil_op_conv(g, x, w, ONE, ONE), scale));
    const wil_node decay = wil_op_add(g, wil_op_sum_all(g, wil_op_square(g, w)),
        wil_op_sum_all(g, wil_op_mul(g, wil_op_exp(g, scale), gain)));
    loss = wil_op_mul(g, wil_op_add(g, loss, wil_op_scale(g, decay, 0.3)), wil_op_square(g, gain));
    net->loss = wil_op_sub(g, loss, wil_op_reshape(g, gain, wil_shape_of(1, 1)));
}

static void build_unequal_factors(net_graph *net)
{
    wil_graph *g = net->g;
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(3, net->n, 6, 2));
    const wil_node w = weight(net, "w", wil_shape_of(3, 4, 3, 2));
    const wil_node gain = weight(net, "gain", wil_shape_of(3, 1, 1, 1));
    const wil_node a = wil_op_tanh(g, wil_op_conv(g, x, wil_op_mul(g, w, gain), ONE, ONE));
    const wil_node b = wil_op_conv(g, x, wil_op_scale(g, w, -0.5), ONE, ONE);
    net->loss = square_loss(net, wil_op_mul(g, a, b));
}

/* ---- critics ------------------------------------------------------------------------------------------ */

static wil_node unit(wil_graph *g, wil_node v)
{
    return wil_op_div(g, v, wil_op_sqrt(g, wil_op_sum(g, wil_op_square(g, v), 3u)));
}

/* As the nn module writes it, with the power iteration's vectors from a leaf. */
static wil_node spectral(wil_graph *g, const char *u_name, wil_node w)
{
    const wil_shape shape = wil_graph_shape(g, w);
    const int rows = (int)shape.dim[0];
    const wil_node matrix = wil_op_reshape(g, w, wil_shape_of(2, rows, (int)wil_shape_count(shape) / rows));
    const wil_node fixed = wil_op_stop_gradient(g, matrix);
    wil_node u = wil_graph_param_node(g, u_name, wil_shape_of(2, rows, 1));
    const wil_node v = unit(g, wil_op_matmul(g, fixed, u, true, false));
    u = unit(g, wil_op_matmul(g, fixed, v, false, false));
    const wil_node sigma = wil_op_matmul(g, u, wil_op_matmul(g, matrix, v, false, false), true, false);
    return wil_op_reshape(g, wil_op_div(g, matrix, sigma), shape);
}

typedef enum critic_kind { CRITIC_PLAIN, CRITIC_INSTANCE, CRITIC_SPECTRAL } critic_kind;

/* x [M,8,8,2] -> [M,1] */
static wil_node critic(net_graph *net, wil_node x, critic_kind kind)
{
    wil_graph *g = net->g;
    const bool divided = kind == CRITIC_SPECTRAL;
    wil_node a = weight(net, "conv1", wil_shape_of(4, 4, 3, 3, 2));
    wil_node b =
        weight(net, "conv2", wil_shape_of(4, 12, 5, 5, 4)); /* more weights than activations: joined */
    wil_node h = wil_op_conv(g, x, divided ? spectral(g, "conv1_u", a) : a, TWO, ONE); /* [M,4,4,4] */
    h = wil_op_add(g, h, weight(net, "bias1", wil_shape_of(4, 1, 1, 1, 4)));
    if (kind == CRITIC_INSTANCE)
        h = wil_op_normalize(g, h, 6u, 1e-5);
    h = wil_op_softplus(g, h);
    h = wil_op_conv(g, h, divided ? spectral(g, "conv2_u", b) : b, TWO, TWO); /* [M,2,2,12] */
    h = wil_op_leaky_relu(g, h, 0.2);
    h = wil_op_matmul(g, flat(g, h), weight(net, "last", wil_shape_of(2, 1, 48)), false, true);
    return wil_op_add(g, h, weight(net, "last_bias", wil_shape_of(2, 1, 1)));
}

/* -D(x_i) + D(fake_i) + 10 (|grad D(between_i)| - 1)^2, [N,1]; real and fake as one batch or as two. */
static void wasserstein(net_graph *net, wil_node real, wil_node fake, critic_kind kind, bool pair)
{
    wil_graph *g = net->g;
    const int n = net->n;
    wil_node score_real = WIL_NODE_NONE, score_fake = WIL_NODE_NONE, gradient = WIL_NODE_NONE;
    if (pair) {
        const wil_node score = critic(net, wil_op_concat(g, real, fake, 0), kind);
        score_real = wil_op_slice(g, score, 0, 0, n);
        score_fake = wil_op_slice(g, score, 0, n, n);
    } else {
        score_real = critic(net, real, kind);
        score_fake = critic(net, fake, kind);
    }
    const wil_node mix = wil_graph_input_node(g, "mix", wil_shape_of(4, n, 1, 1, 1));
    const wil_node between = wil_op_add(g, fake, wil_op_mul(g, mix, wil_op_sub(g, real, fake)));
    wil_graph_gradient(g, wil_op_sum_all(g, critic(net, between, kind)), &between, 1, &gradient);
    const wil_node norm2 = wil_op_sum(g, wil_op_square(g, gradient), ~1u);
    const wil_node norm = wil_op_sqrt(g, wil_op_add_scalar(g, norm2, 1e-12));
    const wil_node penalty = wil_op_square(g, wil_op_add_scalar(g, norm, -1.0));
    const wil_node flat_penalty = wil_op_reshape(g, wil_op_scale(g, penalty, 10.0), wil_shape_of(2, n, 1));
    net->loss = wil_op_add(g, wil_op_sub(g, score_fake, score_real), flat_penalty);
}

static wil_node images(net_graph *net, const char *name)
{
    return wil_graph_input_node(net->g, name, wil_shape_of(4, net->n, 8, 8, 2));
}

static wil_node generated(net_graph *net)
{
    wil_graph *g = net->g;
    const wil_node z = wil_graph_input_node(g, "z", wil_shape_of(2, net->n, 3));
    const wil_node w = wil_graph_param_node(g, "generator", wil_shape_of(2, 3, 128));
    const wil_node y = wil_op_tanh(g, wil_op_matmul(g, z, w, false, false));
    return wil_op_stop_gradient(g, wil_op_reshape(g, y, wil_shape_of(4, net->n, 8, 8, 2)));
}

static void build_critic_penalty(net_graph *net)
{
    wasserstein(net, images(net, "real"), generated(net), CRITIC_INSTANCE, true);
}

static void build_critic_three_passes(net_graph *net)
{
    wasserstein(net, images(net, "real"), generated(net), CRITIC_PLAIN, false);
}

static void build_critic_spectral(net_graph *net)
{
    wasserstein(net, images(net, "real"), generated(net), CRITIC_SPECTRAL, true);
}

static const per_sample_net NETS[] = {
    {"convolutions", build_convolutions},
    {"volumes", build_volumes},
    {"transposed", build_transposed},
    {"used often", build_used_often},
    {"weight decay", build_weight_decay},
    {"unequal factors", build_unequal_factors},
    {"critic with penalty", build_critic_penalty},
    {"critic in three passes", build_critic_three_passes},
    {"spectral critic", build_critic_spectral},
};
#define N_NETS (sizeof NETS / sizeof NETS[0])

#endif
