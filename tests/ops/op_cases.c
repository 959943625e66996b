/* Every case once: operations, and ways of using them, each in small shapes for finite differences and in
 * larger, awkward ones for fast kernels. A case builds one node from its inputs; what stands before the node
 * of a linear operation, or is done to its result, gives it a second derivative. */
#include "ops.h"

#define ALL_AXES (~0u)

#define BUILD(name, expression)                                                                              \
    static wil_node build_##name(wil_graph *g, const op_case *c, const wil_node *x)                          \
    {                                                                                                        \
        (void)c;                                                                                             \
        return (expression);                                                                                 \
    }

static const int TURN[4] = {0, 3, 1, 2};

BUILD(scale, wil_op_scale(g, x[0], -2.5))
BUILD(add_scalar, wil_op_square(g, wil_op_add_scalar(g, x[0], 0.75)))
BUILD(leaky_relu, wil_op_square(g, wil_op_leaky_relu(g, x[0], 0.2)))
BUILD(bent, wil_op_square(g, wil_op_leaky_relu(g, x[0], -0.3)))
BUILD(relu, wil_op_square(g, wil_op_relu(g, x[0])))
BUILD(step, wil_op_mul(g, wil_op_step(g, x[0], 0.3), wil_op_square(g, x[0])))
BUILD(abs, wil_op_mul(g, wil_op_abs(g, x[0]), x[0]))
BUILD(sign, wil_op_mul(g, wil_op_sign(g, x[0]), wil_op_square(g, x[0])))
BUILD(tanh, wil_op_tanh(g, x[0]))
BUILD(sigmoid, wil_op_sigmoid(g, x[0]))
BUILD(softplus, wil_op_softplus(g, x[0]))
BUILD(exp, wil_op_exp(g, x[0]))
BUILD(log, wil_op_log(g, x[0]))
BUILD(sqrt, wil_op_sqrt(g, x[0]))
BUILD(reciprocal, wil_op_reciprocal(g, x[0]))
BUILD(add, wil_op_square(g, wil_op_add(g, x[0], x[1])))
BUILD(sub, wil_op_square(g, wil_op_sub(g, x[0], x[1])))
BUILD(mul, wil_op_mul(g, x[0], x[1]))
BUILD(div, wil_op_div(g, x[0], x[1]))
BUILD(keep_mask, wil_op_mul(g, wil_op_square(g, x[0]), wil_op_keep_mask(g, wil_graph_shape(g, x[0]), 0.4, 7)))
BUILD(reshape, wil_op_square(g, wil_op_reshape(g, wil_op_exp(g, x[0]), wil_shape_of(2, 6, 10))))
BUILD(permute, wil_op_square(g, wil_op_permute(g, x[0], TURN)))
BUILD(broadcast, wil_op_square(g, wil_op_broadcast(g, wil_op_exp(g, x[0]), wil_shape_of(4, 2, 3, 4, 5))))
BUILD(broadcast_row, wil_op_broadcast(g, wil_op_exp(g, x[0]), wil_shape_of(3, 70, 33, 57)))
BUILD(sum, wil_op_square(g, wil_op_sum(g, x[0], c->axes)))
BUILD(sum_of_exp, wil_op_square(g, wil_op_sum(g, wil_op_exp(g, x[0]), c->axes)))
BUILD(mean, wil_op_square(g, wil_op_mean(g, x[0], c->axes)))
BUILD(mean_all, wil_op_square(g, wil_op_mean_all(g, wil_op_exp(g, x[0]))))
BUILD(concat, wil_op_square(g, wil_op_concat(g, x[0], x[1], (int)c->axes)))
BUILD(slice, wil_op_square(g, wil_op_slice(g, x[0], (int)c->axes, 1, 2)))
BUILD(embed, wil_op_square(g, wil_op_embed(g, x[0], (int)c->axes, 2, 9)))
BUILD(matmul_nn, wil_op_matmul(g, x[0], x[1], false, false))
BUILD(matmul_nt, wil_op_matmul(g, x[0], x[1], false, true))
BUILD(matmul_tn, wil_op_matmul(g, x[0], x[1], true, false))
BUILD(matmul_tt, wil_op_matmul(g, x[0], x[1], true, true))
BUILD(conv, wil_op_conv(g, x[0], x[1], c->stride, c->pad))
BUILD(conv_dx, wil_op_conv_dx(g, x[0], x[1], c->stride, c->pad, c->spatial))
BUILD(conv_dw, wil_op_conv_dw(g, x[0], x[1], c->stride, c->pad, c->kernel))
BUILD(upsample, wil_op_square(g, wil_op_upsample(g, x[0], c->kernel)))
BUILD(sum_pool, wil_op_square(g, wil_op_sum_pool(g, x[0], c->kernel)))
BUILD(average_pool, wil_op_square(g, wil_op_average_pool(g, x[0], c->kernel)))
BUILD(max_pool, wil_op_square(g, wil_op_max_pool(g, x[0], c->kernel)))
BUILD(pool_scatter,
    wil_op_square(g, wil_op_pool_scatter(g, wil_op_max_pool(g, x[0], c->kernel), x[0], c->kernel)))
/* Neighbouring parts, in either order: their gradients are joined. */
BUILD(parts,
    wil_op_mul(g, wil_op_slice(g, x[0], (int)c->axes, 3, 2), wil_op_slice(g, x[0], (int)c->axes, 1, 2)))
BUILD(fold_up, wil_op_square(g, wil_op_fold_up(g, x[0])))
BUILD(unfold_up, wil_op_square(g, wil_op_unfold_up(g, x[0])))
BUILD(normalize, wil_op_normalize(g, x[0], c->axes, 1e-2))
BUILD(normalize_dx, wil_op_normalize_dx(g, x[0], x[1], c->axes, 1e-2))
BUILD(stop_gradient, wil_op_mul(g, wil_op_exp(g, x[0]), wil_op_exp(g, wil_op_stop_gradient(g, x[1]))))

/* Group normalisation as the nn module writes it: [N,S..,C] seen as [N,S,G,C/G]. */
static wil_node build_group_norm(wil_graph *g, const op_case *c, const wil_node *x)
{
    const wil_shape s = wil_graph_shape(g, x[0]);
    const int channels = (int)s.dim[s.rank - 1];
    const int places = (int)(wil_shape_count(s) / s.dim[0]) / channels;
    const wil_node grouped = wil_op_reshape(g, x[0], wil_shape_of(4, (int)s.dim[0], places, 2, channels / 2));
    (void)c;
    return wil_op_mul(g, wil_op_reshape(g, wil_op_normalize(g, grouped, 1u << 1 | 1u << 3, 1e-3), s), x[1]);
}

/* A convolution, bias, leaky ReLU and channel scale in one: what a fused pass looks like. */
static wil_node build_layer(wil_graph *g, const op_case *c, const wil_node *x)
{
    const wil_node h = wil_op_conv(g, x[0], x[1], c->stride, c->pad);
    const int channels = (int)wil_graph_shape(g, h).dim[3];
    const wil_node bias = wil_op_fill(g, wil_shape_of(4, 1, 1, 1, channels), 0.1);
    const wil_node first = wil_op_slice(g, h, 0, 0, 1);
    return wil_op_mul(g, wil_op_leaky_relu(g, wil_op_add(g, h, bias), 0.2), wil_op_mean(g, first, 7u));
}

/* Upsampling by 2 and a 3-wide convolution as one, as the nn module writes it. */
static wil_node build_conv_folded(wil_graph *g, const op_case *c, const wil_node *x)
{
    return wil_op_conv_dx(g, x[0], wil_op_fold_up(g, x[1]), c->stride, c->pad, c->spatial);
}

/* A weight over its largest singular value, as the nn module writes it, in a convolution: x[1] is [O,K..,I].
 */
static wil_node build_conv_spectral(wil_graph *g, const op_case *c, const wil_node *x)
{
    const wil_shape shape = wil_graph_shape(g, x[1]);
    const int rows = (int)shape.dim[0];
    const int columns = (int)(wil_shape_count(shape) / rows);
    const wil_node w = wil_op_reshape(g, x[1], wil_shape_of(2, rows, columns));
    const wil_node u = wil_op_fill(g, wil_shape_of(2, 1, rows), 0.6);
    const wil_node v = wil_op_fill(g, wil_shape_of(2, columns, 1), 0.3); /* constants of the gradient */
    const wil_node sigma =
        wil_op_add_scalar(g, wil_op_matmul(g, wil_op_matmul(g, u, w, false, false), v, false, false), 2.0);
    return wil_op_conv(g, x[0], wil_op_reshape(g, wil_op_div(g, w, sigma), shape), c->stride, c->pad);
}

/* One weight array used twice, larger than the activations: its gradients are joined into one convolution. */
static wil_node build_shared_weights(wil_graph *g, const op_case *c, const wil_node *x)
{
    const wil_node first = wil_op_conv(g, x[0], x[1], c->stride, c->pad);
    const wil_node other = wil_op_concat(g, wil_op_tanh(g, x[0]), x[0], 0);
    const wil_node second = wil_op_tanh(g, wil_op_conv(g, other, x[1], c->stride, c->pad));
    return wil_op_mul(g, first, wil_op_sum(g, second, 1u));
}

/* Squared lengths of per-sample weight gradients: inputs are pairs (x, g). */
static wil_node norm2(wil_graph *g, const op_case *c, const wil_node *x, bool gram)
{
    wil_node xs[CASE_INPUTS / 2];
    wil_node gs[CASE_INPUTS / 2];
    for (int k = 0; k < c->n_inputs / 2; k++) {
        xs[k] = x[2 * k];
        gs[k] = x[2 * k + 1];
    }
    return wil_op_conv_dw_norm2(
        g, xs, gs, c->n_inputs / 2, c->spatial[0], c->stride, c->pad, c->kernel, gram);
}
BUILD(norm2_direct, norm2(g, c, x, false))
BUILD(norm2_gram, norm2(g, c, x, true))

/* clang-format off */
#define S0 {0, {0}}
#define S1(a) {1, {a}}
#define S2(a, b) {2, {a, b}}
#define S3(a, b, c) {3, {a, b, c}}
#define S4(a, b, c, d) {4, {a, b, c, d}}
#define S5(a, b, c, d, e) {5, {a, b, c, d, e}}
#define ROW(op, n, least, most) .name = #op, .build = build_##op, .n_inputs = n, .low = least, .high = most
#define ONE(op, ...) {ROW(op, 1, -1, 1), .shape = {__VA_ARGS__}}
#define POSITIVE(op, ...) {ROW(op, 1, 0.5, 1.5), .shape = {__VA_ARGS__}}
#define TWO(op, ...) {ROW(op, 2, -1, 1), .shape = {__VA_ARGS__}}
#define DIVIDE(...) {ROW(div, 2, 0.5, 1.5), .shape = {__VA_ARGS__}}
#define AXES(op, n, set, ...) {ROW(op, n, -1, 1), .axes = set, .shape = {__VA_ARGS__}}
#define POOL(op, k0, k1, k2, ...) {ROW(op, 1, -1, 1), .kernel = {k0, k1, k2}, .shape = {__VA_ARGS__}}
/* kernel, stride, pad, and the sizes that conv_dx is to produce */
#define CONV(op, k, s, p, t, ...)                                                                            \
    {ROW(op, 2, -1, 1), .kernel = {k, k, k}, .stride = {s, s, s}, .pad = {p, p, p}, .spatial = {t, t, t},    \
        .shape = {__VA_ARGS__}}
#define CONV_AXES(op, k, k1, k2, s, s1, p1, ...)                                                             \
    {ROW(op, 2, -1, 1), .kernel = {k, k1, k2}, .stride = {s, s1, s1}, .pad = {1, p1, p1}, .shape = {__VA_ARGS__}}
/* samples, pairs; kernel, stride and pad by axis; both forms */
#define BRACED(...) {__VA_ARGS__}
#define NORM2(samples, pairs, k, s, p, ...)                                                                  \
    NORM2_FORM(direct, samples, pairs, k, s, p, __VA_ARGS__), NORM2_FORM(gram, samples, pairs, k, s, p, __VA_ARGS__)
#define NORM2_FORM(form, samples, pairs, k, s, p, ...)                                                       \
    {ROW(norm2_##form, 2 * pairs, -1, 1), .kernel = BRACED k, .stride = BRACED s, .pad = BRACED p, .spatial = {samples},          \
        .no_gradient = true, .shape = {__VA_ARGS__}}
/* clang-format on */

static const op_case SMALL[] = {
    ONE(scale, S3(2, 3, 4)),
    ONE(add_scalar, S1(7)),
    ONE(leaky_relu, S4(2, 3, 3, 2)),
    ONE(bent, S2(5, 3)),
    ONE(relu, S2(5, 3)),
    ONE(step, S2(5, 3)),
    ONE(abs, S2(5, 3)),
    ONE(sign, S2(5, 3)),
    ONE(tanh, S2(5, 3)),
    ONE(sigmoid, S2(5, 3)),
    ONE(softplus, S2(5, 3)),
    ONE(exp, S2(5, 3)),
    POSITIVE(log, S2(5, 3)),
    POSITIVE(sqrt, S2(5, 3)),
    POSITIVE(reciprocal, S2(5, 3)),
    ONE(keep_mask, S3(3, 5, 7)),
    TWO(stop_gradient, S2(3, 3), S2(3, 3)),
    TWO(add, S3(2, 3, 4), S3(2, 3, 4)),
    TWO(add, S4(2, 3, 4, 5), S4(1, 1, 1, 5)),
    TWO(add, S4(2, 1, 1, 5), S4(1, 3, 4, 1)),
    TWO(add, S2(4, 3), S0),
    TWO(sub, S4(2, 3, 4, 5), S4(2, 1, 1, 5)),
    TWO(sub, S4(2, 1, 1, 1), S4(2, 3, 4, 5)),
    TWO(sub, S0, S3(2, 3, 2)),
    TWO(mul, S3(2, 3, 4), S3(2, 3, 4)),
    TWO(mul, S4(2, 3, 4, 5), S4(1, 1, 1, 5)),
    TWO(mul, S4(2, 3, 4, 5), S4(2, 3, 4, 1)),
    TWO(mul, S4(2, 3, 4, 5), S4(2, 1, 1, 1)),
    TWO(mul, S4(2, 3, 4, 5), S4(1, 3, 1, 5)),
    TWO(mul, S5(2, 1, 3, 1, 2), S5(1, 2, 1, 2, 1)),
    TWO(mul, S0, S0),
    DIVIDE(S3(2, 3, 4), S3(2, 3, 4)),
    DIVIDE(S4(2, 3, 4, 5), S4(1, 1, 1, 5)),
    DIVIDE(S4(1, 1, 1, 5), S4(2, 3, 4, 5)),
    DIVIDE(S0, S2(3, 3)),
    ONE(reshape, S3(3, 4, 5)),
    ONE(permute, S4(2, 3, 4, 5)),
    ONE(broadcast, S4(1, 3, 1, 5)),
    ONE(broadcast, S4(2, 1, 1, 1)),
    ONE(broadcast, S0),
    AXES(sum, 1, 7u, S4(2, 3, 4, 5)),
    AXES(sum, 1, 8u, S4(2, 3, 4, 5)),
    AXES(sum, 1, 5u, S4(2, 3, 4, 5)),
    AXES(sum, 1, 6u, S4(2, 3, 4, 5)),
    AXES(sum_of_exp, 1, 1u, S2(4, 7)),
    AXES(sum_of_exp, 1, 2u, S2(4, 7)),
    AXES(sum_of_exp, 1, 6u, S4(2, 3, 1, 5)),
    AXES(mean, 1, 10u, S4(2, 3, 4, 5)),
    AXES(mean, 1, ALL_AXES, S4(2, 3, 4, 5)),
    ONE(mean_all, S3(2, 3, 4)),
    AXES(concat, 2, 3u, S4(2, 3, 2, 1), S4(2, 3, 2, 3)),
    AXES(concat, 2, 0u, S3(2, 3, 2), S3(1, 3, 2)),
    AXES(slice, 1, 3u, S4(2, 3, 2, 4)),
    AXES(slice, 1, 1u, S3(2, 4, 3)),
    AXES(embed, 1, 2u, S3(2, 3, 4)),
    AXES(embed, 1, 0u, S2(3, 4)),
    TWO(matmul_nn, S2(3, 4), S2(4, 5)),
    TWO(matmul_nt, S2(3, 4), S2(5, 4)),
    TWO(matmul_tn, S2(4, 3), S2(4, 5)),
    TWO(matmul_tt, S2(4, 3), S2(5, 4)),
    CONV(conv, 3, 1, 1, 0, S4(2, 5, 7, 3), S4(2, 3, 3, 3)),
    CONV(conv, 3, 2, 1, 0, S4(1, 5, 7, 1), S4(3, 3, 3, 1)),
    CONV(conv, 4, 2, 1, 0, S4(2, 6, 8, 2), S4(1, 4, 4, 2)),
    CONV(conv, 5, 2, 2, 0, S4(1, 7, 6, 2), S4(3, 5, 5, 2)),
    CONV(conv, 5, 1, 0, 0, S4(1, 7, 5, 1), S4(2, 5, 5, 1)),
    CONV(conv, 1, 1, 0, 0, S4(2, 1, 1, 17), S4(3, 1, 1, 17)),
    CONV(conv, 1, 2, 0, 0, S4(1, 4, 5, 2), S4(3, 1, 1, 2)),
    CONV(conv, 3, 2, 1, 0, S3(2, 9, 2), S3(3, 3, 2)),
    CONV(conv, 4, 1, 2, 0, S3(2, 5, 1), S3(2, 4, 1)),
    CONV(conv, 3, 1, 1, 0, S5(1, 3, 4, 3, 2), S5(2, 3, 3, 3, 2)),
    CONV(conv, 4, 2, 1, 0, S5(1, 4, 4, 6, 1), S5(2, 4, 4, 4, 1)),
    CONV(conv_dx, 3, 1, 1, 5, S4(2, 5, 5, 2), S4(2, 3, 3, 3)),
    CONV(conv_dx, 4, 2, 1, 8, S4(1, 4, 4, 3), S4(3, 4, 4, 1)),
    CONV(conv_dx, 3, 2, 1, 8, S4(1, 4, 4, 3), S4(3, 3, 3, 2)), /* output padding 1 */
    CONV(conv_dx, 3, 2, 1, 7, S4(1, 4, 4, 3), S4(3, 3, 3, 2)), /* output padding 0 */
    CONV(conv_dx, 5, 2, 2, 6, S4(1, 3, 3, 2), S4(2, 5, 5, 1)),
    CONV(conv_dx, 4, 1, 0, 4, S4(2, 1, 1, 5), S4(5, 4, 4, 2)), /* from one pixel */
    CONV(conv_dx, 4, 2, 1, 6, S3(2, 3, 2), S3(2, 4, 3)),
    CONV(conv_dx, 4, 2, 1, 4, S5(1, 2, 2, 2, 3), S5(3, 4, 4, 4, 1)),
    CONV(conv_dx, 3, 1, 1, 3, S5(2, 3, 3, 3, 2), S5(2, 3, 3, 3, 2)),
    CONV(conv_dx, 3, 2, 1, 4, S5(1, 2, 2, 2, 2), S5(2, 3, 3, 3, 3)), /* output padding 1 */
    CONV(conv_dx, 4, 1, 0, 4, S5(1, 1, 1, 1, 3), S5(3, 4, 4, 4, 2)), /* from one voxel */
    CONV(conv_dw, 3, 1, 1, 0, S4(2, 5, 7, 3), S4(2, 5, 7, 2)),
    CONV(conv_dw, 4, 2, 1, 0, S4(2, 6, 8, 1), S4(2, 3, 4, 3)),
    CONV(conv_dw, 5, 2, 2, 0, S3(2, 8, 2), S3(2, 4, 3)),
    CONV(conv_dw, 3, 2, 1, 0, S5(1, 3, 4, 5, 1), S5(1, 2, 2, 3, 2)),
    CONV(conv_dw, 4, 2, 1, 0, S5(1, 4, 4, 6, 2), S5(1, 2, 2, 3, 2)),
    CONV_AXES(conv, 4, 1, 1, 2, 1, 0, S5(1, 6, 2, 3, 2), S5(3, 4, 1, 1, 2)), /* over time alone */
    CONV_AXES(conv, 4, 1, 1, 2, 1, 0, S5(2, 5, 2, 2, 1), S5(2, 4, 1, 1, 1)), /* with a rest */
    CONV(conv_folded, 4, 2, 1, 6, S4(2, 3, 3, 2), S4(3, 3, 3, 2)),
    CONV(conv_folded, 4, 2, 1, 6, S5(1, 3, 3, 3, 2), S5(3, 3, 3, 3, 2)),
    CONV(conv_folded, 4, 2, 1, 2, S5(2, 1, 1, 1, 3), S5(2, 3, 3, 3, 3)),
    CONV(conv_spectral, 3, 2, 1, 0, S4(2, 5, 4, 2), S4(3, 3, 3, 2)),
    CONV(conv_spectral, 3, 2, 1, 0, S5(1, 5, 4, 3, 2), S5(3, 3, 3, 3, 2)),
    POOL(upsample, 2, 2, 0, S4(2, 2, 3, 3)),
    POOL(upsample, 2, 2, 2, S5(2, 2, 3, 1, 3)),
    POOL(sum_pool, 2, 2, 2, S5(2, 2, 4, 2, 3)),
    POOL(average_pool, 2, 2, 2, S5(2, 2, 4, 2, 3)),
    POOL(pool_scatter, 2, 2, 2, S5(1, 2, 4, 2, 3)),
    POOL(upsample, 3, 0, 0, S3(2, 3, 2)),
    POOL(upsample, 2, 1, 3, S5(1, 2, 2, 1, 2)),
    POOL(sum_pool, 2, 3, 0, S4(2, 4, 6, 3)),
    POOL(sum_pool, 2, 1, 3, S5(1, 2, 2, 3, 2)),
    POOL(average_pool, 2, 2, 0, S4(2, 4, 6, 3)),
    POOL(max_pool, 2, 2, 0, S4(2, 4, 6, 3)),
    POOL(max_pool, 3, 0, 0, S3(2, 9, 1)),
    POOL(max_pool, 2, 2, 2, S5(1, 2, 4, 2, 2)),
    POOL(pool_scatter, 2, 2, 0, S4(2, 4, 6, 3)),
    AXES(parts, 1, 0u, S2(6, 3)),
    AXES(parts, 1, 2u, S3(2, 3, 5)),
    ONE(fold_up, S3(3, 3, 2)),
    ONE(fold_up, S4(3, 3, 3, 2)),
    ONE(fold_up, S5(2, 3, 3, 3, 3)),
    ONE(unfold_up, S3(2, 4, 3)),
    ONE(unfold_up, S4(2, 4, 4, 3)),
    ONE(unfold_up, S5(3, 4, 4, 4, 2)),
    AXES(normalize, 1, 7u, S4(2, 3, 4, 3)),     /* batch */
    AXES(normalize, 1, 6u, S4(2, 3, 4, 3)),     /* instance */
    AXES(normalize, 1, 14u, S4(2, 3, 4, 3)),    /* layer */
    AXES(normalize, 1, 15u, S5(2, 3, 2, 2, 3)), /* batch, of volumes */
    AXES(normalize, 1, 14u, S5(2, 3, 2, 2, 3)), /* instance */
    AXES(normalize, 1, 30u, S5(2, 2, 2, 2, 3)), /* layer */
    AXES(normalize_dx, 2, 15u, S5(2, 3, 2, 2, 2), S5(2, 3, 2, 2, 2)),
    AXES(normalize_dx, 2, 14u, S5(2, 3, 2, 2, 2), S5(2, 3, 2, 2, 2)),
    AXES(normalize, 1, 1u, S2(5, 3)),
    AXES(normalize, 1, 10u, S4(2, 6, 2, 2)), /* groups */
    AXES(normalize_dx, 2, 7u, S4(2, 3, 4, 3), S4(2, 3, 4, 3)),
    AXES(normalize_dx, 2, 14u, S4(2, 2, 3, 2), S4(2, 2, 3, 2)),
    AXES(normalize_dx, 2, 10u, S4(2, 4, 2, 2), S4(2, 4, 2, 2)),
    TWO(group_norm, S4(2, 3, 2, 4), S4(1, 1, 1, 4)),
    TWO(group_norm, S5(2, 2, 3, 2, 4), S5(1, 1, 1, 1, 4)),
    CONV(layer, 3, 2, 1, 0, S4(2, 5, 7, 3), S4(2, 3, 3, 3)),
    CONV(shared_weights, 4, 2, 1, 0, S4(1, 4, 4, 2), S4(9, 4, 4, 2)),
};

static const op_case LARGE[] = {
    CONV(conv, 3, 1, 1, 0, S4(2, 33, 17, 17), S4(3, 3, 3, 17)),
    CONV(conv, 4, 2, 1, 0, S4(4, 32, 32, 2), S4(48, 4, 4, 2)),
    CONV(conv, 5, 2, 2, 0, S4(2, 28, 20, 64), S4(32, 5, 5, 64)),
    CONV(conv, 4, 2, 1, 0, S5(1, 12, 10, 8, 3), S5(17, 4, 4, 4, 3)),
    CONV(conv, 3, 1, 1, 0, S3(3, 101, 2), S3(16, 3, 2)),
    CONV(conv_dx, 4, 2, 1, 24, S4(2, 12, 12, 64), S4(64, 4, 4, 3)),
    CONV(conv_dx, 3, 2, 1, 12, S5(1, 6, 6, 6, 17), S5(17, 3, 3, 3, 2)),
    CONV(conv_dw, 5, 2, 2, 0, S4(3, 21, 14, 3), S4(3, 11, 7, 17)),
    CONV(layer, 3, 1, 1, 0, S4(3, 40, 33, 17), S4(17, 3, 3, 17)),
    TWO(matmul_nt, S2(37, 129), S2(65, 129)),
    TWO(matmul_nn, S2(8, 100), S2(100, 640)),
    TWO(matmul_nt, S2(64, 129), S2(1, 129)),
    TWO(matmul_tn, S2(7, 1), S2(7, 50)),
    TWO(matmul_tt, S2(33, 17), S2(5, 33)),
    TWO(matmul_tt, S2(1, 1), S2(1, 1)),
    TWO(matmul_tn, S2(129, 17), S2(129, 1)),
    TWO(mul, S4(3, 37, 41, 17), S4(1, 1, 1, 17)),
    TWO(mul, S4(3, 37, 41, 17), S4(3, 37, 41, 1)),
    TWO(mul, S4(3, 37, 41, 17), S4(3, 1, 1, 1)),
    TWO(add, S2(7, 4099), S2(1, 4099)),
    TWO(sub, S0, S3(21, 77, 31)),
    ONE(tanh, S3(5, 101, 97)),
    ONE(sigmoid, S3(5, 101, 97)),
    ONE(softplus, S3(5, 101, 97)),
    ONE(leaky_relu, S1(50021)),
    ONE(keep_mask, S1(50021)),
    AXES(sum, 1, 7u, S4(3, 37, 41, 17)),
    AXES(sum, 1, 8u, S4(3, 37, 41, 17)),
    AXES(mean, 1, 6u, S4(3, 37, 41, 3)),
    AXES(mean, 1, ALL_AXES, S4(3, 37, 41, 3)),
    AXES(normalize, 1, 7u, S4(3, 37, 41, 17)),
    AXES(normalize, 1, 6u, S4(3, 37, 41, 3)),
    AXES(normalize, 1, 14u, S4(3, 19, 21, 5)),
    TWO(group_norm, S4(3, 19, 21, 34), S4(1, 1, 1, 34)),
    CONV(conv, 3, 2, 1, 0, S5(2, 9, 13, 11, 17), S5(33, 3, 3, 3, 17)),
    CONV(conv, 3, 1, 1, 0, S5(1, 7, 9, 10, 16), S5(2, 3, 3, 3, 16)),
    CONV_AXES(conv, 4, 1, 1, 2, 1, 0, S5(1, 11, 13, 9, 16), S5(33, 4, 1, 1, 16)),
    CONV_AXES(conv, 4, 1, 1, 2, 1, 0, S5(2, 10, 13, 9, 1), S5(16, 4, 1, 1, 1)),
    CONV(conv_folded, 4, 2, 1, 14, S4(3, 7, 7, 34), S4(17, 3, 3, 34)),
    CONV(conv_folded, 4, 2, 1, 10, S5(2, 5, 5, 5, 18), S5(33, 3, 3, 3, 18)),
    CONV(conv_spectral, 3, 2, 1, 0, S5(2, 9, 8, 7, 17), S5(16, 3, 3, 3, 17)),
    AXES(normalize, 1, 15u, S5(2, 11, 13, 7, 17)),
    AXES(normalize, 1, 14u, S5(2, 11, 13, 7, 3)),
    TWO(group_norm, S5(2, 5, 7, 9, 34), S5(1, 1, 1, 1, 34)),
    POOL(max_pool, 2, 2, 2, S5(2, 10, 8, 6, 17)),
    POOL(average_pool, 2, 2, 2, S5(2, 10, 8, 6, 3)),
    POOL(max_pool, 2, 2, 0, S4(3, 38, 42, 17)),
    POOL(upsample, 2, 2, 2, S5(1, 9, 7, 5, 3)),
    ONE(fold_up, S4(65, 3, 3, 34)), /* tiles of 16 x 16 channels, whole and cut */
    ONE(fold_up, S5(17, 3, 3, 3, 32)),
    ONE(unfold_up, S4(34, 4, 4, 65)),
    ONE(unfold_up, S5(32, 4, 4, 4, 17)),
    ONE(scale, S3(5, 101, 97)),
    ONE(add_scalar, S3(5, 101, 97)),
    ONE(step, S3(5, 101, 97)),
    ONE(abs, S3(5, 101, 97)),
    ONE(sign, S3(5, 101, 97)),
    ONE(exp, S3(5, 101, 97)),
    POSITIVE(log, S3(5, 101, 97)),
    POSITIVE(sqrt, S3(5, 101, 97)),
    POSITIVE(reciprocal, S3(5, 101, 97)),
    DIVIDE(S4(3, 37, 41, 17), S4(1, 1, 1, 17)),
    ONE(permute, S4(5, 33, 29, 17)),
    ONE(broadcast_row, S3(1, 33, 1)),
    AXES(concat, 2, 3u, S4(3, 37, 41, 17), S4(3, 37, 41, 3)),
    AXES(slice, 1, 3u, S4(3, 37, 41, 17)),
    AXES(embed, 1, 2u, S4(3, 37, 5, 17)),
    POOL(sum_pool, 2, 2, 0, S4(3, 38, 42, 17)),
    POOL(pool_scatter, 2, 2, 0, S4(3, 38, 42, 17)),
    AXES(normalize_dx, 2, 7u, S4(3, 37, 41, 17), S4(3, 37, 41, 17)),
    NORM2(3, 1, (1), (1), (0), S3(3, 1, 37), S3(3, 1, 5)),
    NORM2(2, 1, (4), (2), (1), S3(4, 31, 3), S3(4, 15, 7)),
    NORM2(2, 1, (3, 4), (4, 3), (1, 0), S4(2, 11, 10, 3), S4(2, 3, 3, 4)), /* stride that leaves a rest */
    NORM2(3, 3, (3, 3), (1, 1), (1, 1), S4(6, 12, 11, 3), S4(6, 12, 11, 5), S4(3, 5, 6, 3), S4(3, 5, 6, 5),
        S4(9, 12, 11, 3), S4(9, 12, 11, 5)),
    NORM2(2, 4, (1, 1), (1, 1), (0, 0), S4(2, 9, 9, 6), S4(2, 9, 9, 4), S4(2, 9, 9, 6), S4(2, 9, 9, 4),
        S4(2, 3, 2, 6), S4(2, 3, 2, 4), S4(4, 1, 1, 6), S4(4, 1, 1, 4)),
    NORM2(2, 1, (5, 5), (1, 1), (2, 2), S4(2, 60, 55, 20), S4(2, 60, 55, 3)), /* several tiles of patches */
    NORM2(3, 2, (3, 4, 3), (2, 2, 2), (1, 1, 1), S5(3, 7, 6, 9, 3), S5(3, 4, 3, 5, 6), S5(6, 7, 6, 9, 3),
        S5(6, 4, 3, 5, 6)),
};

const op_case *op_case_at(int i, bool *large_out)
{
    const int n_small = (int)(sizeof SMALL / sizeof SMALL[0]), n = (int)(sizeof LARGE / sizeof LARGE[0]);
    if (large_out != NULL)
        *large_out = i >= n_small;
    return i < n_small ? &SMALL[i] : i - n_small < n ? &LARGE[i - n_small] : NULL;
}
