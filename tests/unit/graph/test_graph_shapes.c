/* Shapes that operations give, and the sentences with which they refuse. */
#include "test.h"

#include "outcome.h"
#include "graph_check.h"

static const int64_t ONE[3] = {1, 1, 1};
static const int64_t TWO[3] = {2, 2, 2};
static const int64_t ZERO[3] = {0, 0, 0};
static const int64_t FOUR[3] = {4, 4, 4};

TEST(convolutions_give_the_sizes_of_their_formula)
{
    WIL_OWN(wil_graph) *g = new_graph();
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(4, 8, 96, 95, 2));
    const wil_node w = wil_graph_param_node(g, "w", wil_shape_of(4, 64, 4, 4, 2));
    const wil_node y = wil_op_conv(g, x, w, TWO, ONE);
    const int64_t back[2] = {97, 95}; /* one more than the smallest that fits: output padding */
    assert_shape(g, y, "[8,48,47,64]");
    assert_shape(g, wil_op_conv_dx(g, y, w, TWO, ONE, back), "[8,97,95,2]");
    assert_shape(g, wil_op_conv_dw(g, x, y, TWO, ONE, FOUR), "[64,4,4,2]");
    const wil_node line = wil_graph_input_node(g, "line", wil_shape_of(3, 2, 9, 1));
    const wil_node solid = wil_graph_input_node(g, "solid", wil_shape_of(5, 2, 9, 8, 7, 1));
    assert_shape(g, wil_op_conv(g, line, wil_graph_param_node(g, "w1", wil_shape_of(3, 5, 3, 1)), ONE, ONE),
        "[2,9,5]");
    assert_shape(g,
        wil_op_conv(g, solid, wil_graph_param_node(g, "w3", wil_shape_of(5, 5, 3, 3, 3, 1)), TWO, ONE),
        "[2,5,4,4,5]");
    OK(wil_graph_status(g));
}

TEST(resampling_and_parts_give_whole_sizes)
{
    WIL_OWN(wil_graph) *g = new_graph();
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(4, 2, 4, 6, 3));
    const int turn[4] = {3, 0, 2, 1};
    assert_shape(g, wil_op_upsample(g, x, TWO), "[2,8,12,3]");
    assert_shape(g, wil_op_max_pool(g, x, TWO), "[2,2,3,3]");
    assert_shape(g, wil_op_average_pool(g, x, TWO), "[2,2,3,3]");
    assert_shape(g, wil_op_permute(g, x, turn), "[3,2,6,4]");
    assert_shape(g, wil_op_sum(g, x, 1u | 4u), "[1,4,1,3]");
    assert_shape(g, wil_op_mean_all(g, x), "[]");
    assert_shape(g, wil_op_concat(g, x, x, 3), "[2,4,6,6]");
    assert_shape(g, wil_op_slice(g, x, 2, 1, 4), "[2,4,4,3]");
    assert_shape(g, wil_op_embed(g, x, 2, 1, 9), "[2,4,9,3]");
    assert_shape(g, wil_op_add(g, wil_op_sum(g, x, 6u), wil_op_sum(g, x, 9u)), "[2,4,6,3]");
    assert_shape(g, wil_op_mul(g, wil_op_sum_all(g, x), x), "[2,4,6,3]");
    OK(wil_graph_status(g));
}

/* ---- refusals: one row each --------------------------------------------------------------------------- */

#define REFUSE(name, ...)                                                                                    \
    static void refuse_##name(wil_graph *g, wil_node x)                                                      \
    {                                                                                                        \
        (void)x;                                                                                             \
        (void)(__VA_ARGS__);                                                                                 \
    }

REFUSE(conv_channels, wil_op_conv(g, x, wil_graph_param_node(g, "w", wil_shape_of(4, 8, 3, 3, 2)), ONE, ONE))
REFUSE(conv_rank, wil_op_conv(g, x, wil_graph_param_node(g, "w", wil_shape_of(3, 8, 3, 3)), ONE, ONE))
REFUSE(conv_size, wil_op_conv(g, x, wil_graph_param_node(g, "w", wil_shape_of(4, 8, 9, 9, 3)), ONE, ONE))
REFUSE(conv_stride, wil_op_conv(g, x, wil_graph_param_node(g, "w", wil_shape_of(4, 8, 3, 3, 3)), ZERO, ONE))
REFUSE(conv_dx_size,
    wil_op_conv_dx(g, x, wil_graph_param_node(g, "w", wil_shape_of(4, 3, 4, 4, 1)), TWO, ONE, FOUR))
REFUSE(conv_dw_kernel, wil_op_conv_dw(g, x, x, ONE, ONE, FOUR))
REFUSE(matmul, wil_op_matmul(g, wil_op_reshape(g, x, wil_shape_of(2, 24, 6)),
                   wil_op_reshape(g, x, wil_shape_of(2, 24, 6)), false, false))
REFUSE(add, wil_op_add(g, x, wil_graph_input_node(g, "y", wil_shape_of(4, 2, 4, 5, 3))))
REFUSE(add_rank, wil_op_div(g, x, wil_graph_input_node(g, "y", wil_shape_of(1, 3))))
REFUSE(reshape, wil_op_reshape(g, x, wil_shape_of(2, 7, 7)))
REFUSE(permute, wil_op_permute(g, x, ((const int[4]){0, 1, 1, 3})))
REFUSE(broadcast, wil_op_broadcast(g, x, wil_shape_of(4, 2, 4, 12, 3)))
REFUSE(concat, wil_op_concat(g, x, wil_graph_input_node(g, "y", wil_shape_of(4, 2, 4, 5, 3)), 3))
REFUSE(slice, wil_op_slice(g, x, 2, 4, 3))
REFUSE(embed, wil_op_embed(g, x, 2, 4, 9))
REFUSE(pool, wil_op_max_pool(g, x, FOUR))
REFUSE(gather, wil_op_pool_gather(g, wil_op_upsample(g, x, TWO), x, TWO))
REFUSE(scatter, wil_op_pool_scatter(g, x, x, TWO))
REFUSE(normalize, wil_op_normalize(g, x, 16u, 1e-5))
REFUSE(normalize_dx, wil_op_normalize_dx(g, wil_op_upsample(g, x, TWO), x, 7u, 1e-5))
REFUSE(fold_up, wil_op_fold_up(g, x))
REFUSE(unfold_up, wil_op_unfold_up(g, wil_graph_param_node(g, "w", wil_shape_of(3, 2, 3, 5))))
REFUSE(mask, wil_op_keep_mask(g, wil_graph_shape(g, x), 1.0, 0))

typedef struct refusal {
    void (*build)(wil_graph *g, wil_node x); /* x is [2,4,6,3] */
    const char *parts[3];                    /* of the message */
} refusal;

static const refusal REFUSALS[] = {
    {refuse_conv_channels, {"conv of [2,4,6,3] and [8,3,3,2]", "input channels", ""}},
    {refuse_conv_rank, {"conv of", "[8,3,3]", "expected [N,spatial..,I] and [O,kernel..,I]"}},
    {refuse_conv_size, {"conv of", "[8,9,9,3]", "does not fit"}},
    {refuse_conv_stride, {"conv of", "[8,3,3,3]", "stride"}},
    {refuse_conv_dx_size, {"conv_dx of", "[3,4,4,1]", "sizes"}},
    {refuse_conv_dw_kernel, {"conv_dw of", "[2,4,6,3]", "kernel"}},
    {refuse_matmul, {"matmul", "[24,6]", "do not multiply"}},
    {refuse_add, {"add", "[2,4,6,3]", "[2,4,5,3]"}},
    {refuse_add_rank, {"div", "[2,4,6,3]", "[3]"}},
    {refuse_reshape, {"reshape", "[7,7]", "[2,4,6,3]"}},
    {refuse_permute, {"permute", "axis 1", "twice"}},
    {refuse_broadcast, {"broadcast", "[2,4,6,3]", "[2,4,12,3]"}},
    {refuse_concat, {"concat", "[2,4,5,3]", "axis 3"}},
    {refuse_slice, {"slice", "[4, 7)", "axis 2"}},
    {refuse_embed, {"embed", "axis 2", "9"}},
    {refuse_pool, {"pool_gather", "[2,4,6,3]", "windows"}},
    {refuse_gather, {"pool_gather", "[2,8,12,3]", "[2,4,6,3]"}},
    {refuse_scatter, {"pool_scatter", "[2,4,6,3]", "[2,2,3,3]"}},
    {refuse_normalize, {"normalize", "axis", "eps"}},
    {refuse_normalize_dx, {"normalize_dx", "[2,8,12,3]", "[2,4,6,3]"}},
    {refuse_fold_up, {"fold_up", "[2,4,6,3]", "expected a weight [out,3..,in]"}},
    {refuse_unfold_up, {"unfold_up", "[2,3,5]", "expected a weight [out,4..,in]"}},
    {refuse_mask, {"keep_mask", "[0, 1)", "got 1"}},
};

TEST(bad_shapes_are_refused_in_a_sentence_with_the_shapes)
{
    for (size_t i = 0; i < sizeof REFUSALS / sizeof REFUSALS[0]; i++) {
        WIL_OWN(wil_graph) *g = new_graph();
        REFUSALS[i].build(g, wil_graph_input_node(g, "x", wil_shape_of(4, 2, 4, 6, 3)));
        assert_failed(g, REFUSALS[i].parts[0], REFUSALS[i].parts[1], REFUSALS[i].parts[2]);
    }
}

TEST(folded_weights_are_one_wider_and_turned_round)
{
    WIL_OWN(wil_graph) *g = new_graph();
    const wil_node w = wil_graph_param_node(g, "w", wil_shape_of(5, 7, 3, 3, 3, 2));
    const wil_node v = wil_op_fold_up(g, w);
    assert_shape(g, v, "[2,4,4,4,7]");
    assert_shape(g, wil_op_unfold_up(g, v), "[7,3,3,3,2]");
}

TEST(a_long_shape_is_cut_to_the_room_for_its_text)
{
    char text[8];
    assert_string_equal(wil_shape_text(wil_shape_of(3, 1000, 2000, 3000), text, sizeof text), "[1000,2");
    assert_int_equal(wil_shape_count(wil_shape_of(0)), 1);
    assert_false(wil_shape_equal(wil_shape_of(1, 1), wil_shape_of(0)));
}
