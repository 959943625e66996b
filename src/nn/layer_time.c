/* Convolution over time alone, kernel 4, stride 2, pad 1: what PyTorch writes as Conv3d(kernel (4,1,1),
 * stride (2,1,1), padding (1,0,0)). Time lies innermost, so that each place's series is one piece of memory:
 * oneDNN's derivatives are then twice as fast as with time in front, and a series that is short enough is
 * multiplied by a banded matrix, which is faster still although part of it is zero. */
#include "nn_internal.h"

enum { TAPS = 4, STRIDE = 2, PAD = 1 };

/* Series of at most this length make two time points: 10 blocks of weights in the matrix for 7 products. */
enum { LONGEST_PRODUCT = 5 };

/* Row t of the banded matrix: w [O,4,C], tap k at time 2t + k - 1 of [O,T,C]; taps outside meet zero padding.
 */
static wil_node band(wil_graph *g, wil_node w, int64_t t, int64_t length)
{
    const int64_t start = STRIDE * t - PAD;
    const int64_t first = start < 0 ? -start : 0;
    const int64_t last = start + TAPS > length ? length - start : TAPS;
    return wil_op_embed(g, wil_op_slice(g, w, 1, first, last - first), 1, start + first, length);
}

/* [P,T,C] with w [O,4,C] as one product: [P, T C] times [T' O, T C] transposed. */
static wil_node product(wil_graph *g, wil_node x, wil_node w, int64_t n_out)
{
    const wil_shape in = wil_graph_shape(g, x), weight = wil_graph_shape(g, w);
    const int64_t out = weight.dim[0];
    wil_node rows = band(g, w, 0, in.dim[1]);
    for (int64_t t = 1; t < n_out; t++)
        rows = wil_op_concat(g, rows, band(g, w, t, in.dim[1]), 0);
    const int64_t length = in.dim[1] * in.dim[2];
    const wil_shape matrix = {.rank = 2, .dim = {n_out * out, length}};
    const wil_shape series = {.rank = 2, .dim = {in.dim[0], length}};
    const wil_shape result = {.rank = 3, .dim = {in.dim[0], n_out, out}};
    wil_node y = wil_op_matmul(g, wil_op_reshape(g, x, series), wil_op_reshape(g, rows, matrix), false, true);
    return wil_op_reshape(g, y, result);
}

wil_node wil_nn_time_conv(wil_nn *nn, const char *name, wil_node x, int64_t out, wil_init init)
{
    static const int64_t stride[1] = {STRIDE}, pad[1] = {PAD};
    if (nn_cannot_build(nn, x, name))
        return WIL_NODE_NONE;
    wil_graph *g = nn->graph;
    const wil_shape in = wil_graph_shape(g, x);
    char text[96];
    if (in.rank != 3 || in.dim[1] < STRIDE || out < 1)
        return wil_graph_fail(g,
            "layer %s needs series [places,T,C] of at least 2 time points and at least 1 output, got %s",
            name, wil_shape_text(in, text, sizeof text));
    const int64_t channels = in.dim[2];
    const wil_shape stored = {.rank = 5, .dim = {out, TAPS, 1, 1, channels}};
    const wil_shape taps = {.rank = 3, .dim = {out, TAPS, channels}};
    const nn_spec spec = nn_conv_spec(stored, channels, out, init);
    wil_node w = wil_op_reshape(g, nn_weight_node(nn, name, &spec, false), taps);
    if (in.dim[1] > LONGEST_PRODUCT)
        return wil_op_conv(g, x, w, stride, pad);
    return wil_graph_status(g) != WIL_OK ? WIL_NODE_NONE : product(g, x, w, in.dim[1] / STRIDE);
}
