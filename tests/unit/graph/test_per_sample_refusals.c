/* What per-sample gradients refuse: samples that mix, gradients that do not split, impossible settings. */
#include "test.h"

#include "outcome.h"
#include "graph_check.h"

static const int64_t ONE[2] = {1, 1}, TWO[2] = {2, 2}, ZERO[2] = {0, 0};

/* The clipped gradient of one parameter. */
static void clip(wil_graph *g, wil_node loss, wil_node parameter, const wil_clip_config *config)
{
    wil_node gradient = WIL_NODE_NONE;
    wil_node norms = WIL_NODE_NONE;
    wil_graph_gradient_clipped(g, loss, &parameter, 1, config, &gradient, &norms);
    if (wil_graph_status(g) == WIL_OK)
        return;
    assert_int_equal(gradient, WIL_NODE_NONE);
    assert_int_equal(norms, WIL_NODE_NONE);
}

static wil_node rows_to_loss(wil_graph *g, wil_node y)
{
    return wil_op_reshape(
        g, wil_op_sum(g, wil_op_square(g, y), ~1u), wil_shape_of(1, (int)wil_graph_shape(g, y).dim[0]));
}

typedef struct leaves {
    wil_graph *g;
    wil_node x; /* [4,6,6,2] */
    wil_node w; /* [3,3,3,2] */
} leaves;

static void free_leaves(leaves *l)
{
    wil_graph_free(l->g);
}
WIL_OWNED_VALUE(leaves, free_leaves)

static leaves make_leaves(void)
{
    wil_graph *g = new_graph();
    return (leaves){g, wil_graph_input_node(g, "x", wil_shape_of(4, 4, 6, 6, 2)),
        wil_graph_param_node(g, "critic.w", wil_shape_of(4, 3, 3, 3, 2))};
}

/* ---- mixing samples ----------------------------------------------------------------------------------- */

static wil_node mixed_by_batch_norm(const leaves *l)
{
    return rows_to_loss(l->g, wil_op_normalize(l->g, wil_op_conv(l->g, l->x, l->w, ONE, ONE), 7u, 1e-5));
}

static wil_node mixed_by_a_mean(const leaves *l)
{
    const wil_node y = wil_op_conv(l->g, l->x, l->w, ONE, ONE);
    return rows_to_loss(l->g, wil_op_sub(l->g, y, wil_op_mean(l->g, y, 1u)));
}

static wil_node mixed_by_reshape(const leaves *l)
{
    const wil_node y = wil_op_conv(l->g, l->x, l->w, ONE, ONE);
    const wil_node halves = wil_op_tanh(l->g, wil_op_reshape(l->g, y, wil_shape_of(2, 8, 54)));
    return rows_to_loss(l->g, wil_op_reshape(l->g, halves, wil_shape_of(2, 4, 108)));
}

static wil_node mixed_by_permute(const leaves *l)
{
    const int turn[4] = {1, 0, 2, 3};
    const wil_node y = wil_op_permute(l->g, wil_op_conv(l->g, l->x, l->w, ONE, ONE), turn);
    return rows_to_loss(l->g, wil_op_permute(l->g, y, turn));
}

static wil_node mixed_by_shifted_rows(const leaves *l)
{
    const wil_node y = wil_op_conv(l->g, l->x, l->w, ONE, ONE);
    const wil_node shifted =
        wil_op_concat(l->g, wil_op_slice(l->g, y, 0, 1, 3), wil_op_slice(l->g, y, 0, 0, 1), 0);
    return rows_to_loss(l->g, wil_op_mul(l->g, y, shifted));
}

static wil_node mixed_by_attention(const leaves *l)
{
    const wil_node y = wil_op_reshape(l->g, wil_op_conv(l->g, l->x, l->w, ONE, ONE), wil_shape_of(2, 4, 108));
    return rows_to_loss(l->g, wil_op_matmul(l->g, y, y, false, true));
}

static wil_node mixed_by_sample_weights(const leaves *l)
{
    const wil_node y = wil_op_conv(l->g, l->x, l->w, ONE, ONE);
    return rows_to_loss(l->g, wil_op_conv(l->g, y, y, ONE, ZERO));
}

TEST(networks_that_mix_samples_are_refused_with_the_place_where_they_do)
{
    static const struct {
        wil_node (*loss)(const leaves *l);
        const char *op, *why;
    } cases[] = {
        {mixed_by_batch_norm, "'normalize'", "normalises over the batch"},
        {mixed_by_a_mean, "'sub'", "a sum over all samples"},
        {mixed_by_reshape, "'reshape'", "which rows belong to a sample"},
        {mixed_by_permute, "'permute'", "moves the samples"},
        {mixed_by_shifted_rows, "'slice'", "takes some samples out of the batch"},
        {mixed_by_attention, "'matmul'", "multiplies samples with each other"},
        {mixed_by_sample_weights, "'conv'", "samples as weights"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        WIL_OWN(leaves) l = make_leaves();
        clip(l.g, cases[i].loss(&l), l.w, NULL);
        assert_failed(l.g, "losses depend on each other", cases[i].op, cases[i].why);
    }
}

TEST(what_is_given_may_come_from_a_batch_norm)
{
    for (int given = 0; given < 2; given++) {
        WIL_OWN(leaves) l = make_leaves();
        const wil_node fake = wil_op_stop_gradient(l.g, wil_op_normalize(l.g, l.x, 7u, 1e-5));
        wil_clip_config config = wil_clip_config_default();
        config.given = &fake;
        config.n_given = given;
        clip(l.g, rows_to_loss(l.g, wil_op_conv(l.g, fake, l.w, ONE, ONE)), l.w, &config);
        if (given == 1)
            OK(wil_graph_status(l.g));
        else
            assert_failed(l.g, "'normalize'", "normalises over the batch", "");
    }
}

/* ---- gradients that do not split ---------------------------------------------------------------------- */

static wil_node strides_differ(const leaves *l)
{
    return wil_op_add(l->g, rows_to_loss(l->g, wil_op_conv(l->g, l->x, l->w, ONE, ONE)),
        rows_to_loss(l->g, wil_op_conv(l->g, l->x, l->w, TWO, ONE)));
}

static wil_node weight_is_masked(const leaves *l)
{
    const wil_node mask = wil_op_keep_mask(l->g, wil_graph_shape(l->g, l->w), 0.5, 1);
    return rows_to_loss(l->g, wil_op_conv(l->g, l->x, wil_op_mul(l->g, l->w, mask), ONE, ONE));
}

static wil_node weight_is_a_part(const leaves *l)
{
    return rows_to_loss(l->g, wil_op_conv(l->g, l->x, wil_op_slice(l->g, l->w, 0, 0, 2), ONE, ONE));
}

static wil_node weight_is_bent(const leaves *l)
{
    const wil_node rows = wil_op_normalize(l->g, l->w, 14u, 1e-5);
    return rows_to_loss(l->g, wil_op_conv(l->g, l->x, rows, ONE, ONE));
}

static wil_node weight_is_also_a_scale(const leaves *l)
{
    const wil_node y = wil_op_conv(l->g, l->x, l->w, TWO, ONE); /* [4,3,3,3] */
    const wil_node w = wil_op_slice(l->g, l->w, 3, 0, 1);       /* [3,3,3,1] */
    return rows_to_loss(l->g, wil_op_mul(l->g, y, wil_op_reshape(l->g, w, wil_shape_of(4, 1, 3, 3, 3))));
}

TEST(gradients_that_do_not_split_are_refused_with_the_parameter)
{
    static const struct {
        wil_node (*loss)(const leaves *l);
        const char *why;
    } cases[] = {
        {strides_differ, "different kernel, stride or padding"},
        {weight_is_masked, "multiplied by a mask"},
        {weight_is_a_part, "'embed'"},
        {weight_is_bent, "'normalize_dx'"},
        {weight_is_also_a_scale, "'embed'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        WIL_OWN(leaves) l = make_leaves();
        clip(l.g, cases[i].loss(&l), l.w, NULL);
        assert_failed(l.g, "per-sample gradients of 'critic.w' cannot be had", cases[i].why, "");
    }
}

TEST(a_parameter_with_a_row_for_each_sample_is_refused)
{
    WIL_OWN(leaves) l = make_leaves();
    const wil_node place = wil_graph_param_node(l.g, "place", wil_shape_of(4, 4, 6, 6, 2));
    clip(l.g, rows_to_loss(l.g, wil_op_mul(l.g, l.x, place)), place, NULL);
    assert_failed(l.g, "'place'", "is no sum over samples", "");
}

/* ---- settings ----------------------------------------------------------------------------------------- */

TEST(impossible_settings_are_refused)
{
    for (int i = 0; i < 6; i++) {
        WIL_OWN(leaves) l = make_leaves();
        const wil_node y = wil_op_conv(l.g, l.x, l.w, ONE, ONE);
        const wil_node foreign = wil_graph_input_node(l.g, "three", wil_shape_of(1, 3));
        wil_clip_config config = wil_clip_config_default();
        config.bound = i == 0 ? 0.0 : 1.0;
        config.mask = i == 1 ? foreign : WIL_NODE_NONE;
        config.given = &foreign;
        config.n_given = i == 2;
        const wil_node loss = i == 3   ? wil_op_sum_all(l.g, y)
                              : i == 4 ? wil_op_fill(l.g, wil_shape_of(1, 4), 2.0)
                                       : rows_to_loss(l.g, y);
        clip(l.g, loss, i == 5 ? y : l.w, &config);
        static const char *const words[6] = {"the bound must be above 0, got 0",
            "the mask must be [4], got [3]", "is [3], expected rows of 4 samples",
            "one value a sample, [N] or [N,1], got []", "the loss has 4 values, but no input",
            "is no parameter ('conv')"};
        assert_failed(l.g, words[i], "per-sample gradients", "");
    }
}

TEST(norms_of_gradients_are_not_differentiated_as_if_constant)
{
    WIL_OWN(leaves) l = make_leaves();
    const wil_node loss = rows_to_loss(l.g, wil_op_conv(l.g, l.x, l.w, ONE, ONE));
    wil_node gradient = WIL_NODE_NONE;
    wil_node norms = WIL_NODE_NONE;
    wil_graph_gradient_clipped(l.g, loss, &l.w, 1, NULL, &gradient, &norms);
    OK(wil_graph_status(l.g));
    wil_graph_gradient(l.g, wil_op_sum_all(l.g, norms), &l.w, 1, &gradient);
    assert_failed(l.g, "conv_dw_norm2", "cannot be differentiated", "");
}

/* ---- the operation ------------------------------------------------------------------------------------ */

TEST(pairs_that_lead_to_different_weights_or_broken_batches_are_refused)
{
    for (int i = 0; i < 3; i++) {
        WIL_OWN(leaves) l = make_leaves();
        const int64_t kernel[2] = {3, 3};
        const wil_node xs[2] = {l.x, l.x};
        const wil_node gs[2] = {wil_graph_input_node(l.g, "g", wil_shape_of(4, 4, 6, 6, 3)),
            wil_graph_input_node(l.g, "h", wil_shape_of(4, 4, 6, 6, 5))};
        static const char *const words[3] = {"the pairs lead to weights [3,3,3,2] and [5,3,3,2]",
            "a batch of 4 does not divide into 3 samples", "takes 1 to 4 pairs, got 0"};
        const wil_node got = wil_op_conv_dw_norm2(
            l.g, xs, gs, i == 0 ? 2 : (i == 1 ? 1 : 0), i == 1 ? 3 : 4, ONE, ONE, kernel, false);
        assert_int_equal(got, WIL_NODE_NONE);
        assert_failed(l.g, "conv_dw_norm2", words[i], "");
    }
}
