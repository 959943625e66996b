/* Clipped sums of per-sample gradients [Abadi2016], algorithm 1, without per-sample gradients:
 *   1. the ordinary gradient of the sum of the losses is taken, and each parameter's is traced to where it
 *      adds up samples (per_sample_view.c, per_sample_parts.c);
 *   2. norms come from the two operands there [Goodfellow2015, Rochette2019], cross terms of several uses
 *      included (per_sample_norm.c);
 *   3. the same operations with one operand scaled per sample give the clipped sum. */
#include "per_sample.h"

wil_clip_config wil_clip_config_default(void)
{
    return (wil_clip_config){.bound = 1.0, .mask = WIL_NODE_NONE, .form = WIL_CLIP_CHEAPER};
}

/* ---- weights of the samples --------------------------------------------------------------------------- */

/* mask bound / max(norm, bound), with max(a, b) = b + relu(a - b): exactly mask where nothing is cut. */
static wil_node clip_weights(wil_graph *g, wil_node norm, const wil_clip_config *config)
{
    const wil_node excess = wil_op_relu(g, wil_op_add_scalar(g, norm, -config->bound));
    const wil_node factor =
        wil_op_scale(g, wil_op_reciprocal(g, wil_op_add_scalar(g, excess, config->bound)), config->bound);
    return config->mask == WIL_NODE_NONE ? factor : wil_op_mul(g, factor, config->mask);
}

/* ---- clipped sums ------------------------------------------------------------------------------------- */

static wil_node scale_rows(sample_split *s, wil_node rows, wil_node weights, int blocks)
{
    return wil_op_mul(s->g, rows, sample_repeat(s, weights, blocks, wil_graph_shape(s->g, rows).rank));
}

/* The smaller operand is scaled. */
static wil_node clipped_weight(sample_split *s, const sample_part *part, wil_node weights)
{
    const wil_op_kind kind = s->g->nodes[part->op].kind;
    const wil_op_attr attr = s->g->nodes[part->op].attr;
    wil_node x = part->x;
    wil_node g = part->g;
    if (wil_shape_count(wil_graph_shape(s->g, x)) < wil_shape_count(wil_graph_shape(s->g, g)))
        x = scale_rows(s, x, weights, part->blocks);
    else
        g = scale_rows(s, g, weights, part->blocks);
    return kind == WIL_OP_MATMUL ? wil_op_matmul(s->g, g, x, true, false)
                                 : wil_op_conv_dw(s->g, x, g, attr.stride, attr.pad, attr.kernel);
}

static wil_node times_factor(sample_split *s, const sample_part *part, wil_node sum)
{
    sum = wil_op_scale(s->g, sum, part->scale);
    if (part->factor == WIL_NODE_NONE)
        return sum;
    wil_shape ones = wil_graph_shape(s->g, sum);
    for (int i = 0; i < ones.rank; i++)
        ones.dim[i] = 1;
    return wil_op_mul(s->g, sum, wil_op_reshape(s->g, part->factor, ones));
}

static wil_node add_share(wil_graph *g, wil_node sum, wil_node share)
{
    if (sum == WIL_NODE_NONE)
        return share;
    const wil_node joined = graph_join_conv_dw(g, sum, share);
    return joined != WIL_NODE_NONE ? joined : wil_op_add(g, sum, share);
}

static wil_node clipped_weights(sample_split *s, int parts, wil_node weights, wil_shape shape)
{
    const bool common = sample_one_factor(s, parts);
    sample_part last = {.kind = PART_ROWS};
    wil_node sum = WIL_NODE_NONE;
    for (int i = parts; i >= 0; i = s->parts[i].next) {
        const sample_part part = s->parts[i];
        if (part.kind != PART_WEIGHT)
            continue;
        wil_node share = clipped_weight(s, &part, weights);
        if (!common)
            share = wil_op_reshape(s->g, times_factor(s, &part, share), shape);
        sum = add_share(s->g, sum, share);
        last = part;
    }
    if (sum != WIL_NODE_NONE && common)
        sum = times_factor(s, &last, sum);
    return sum == WIL_NODE_NONE ? sum : wil_op_reshape(s->g, sum, shape);
}

/* sum_i weights_i f_i value, or sum_i weights_i rows_i */
static wil_node clipped_small(sample_split *s, const sample_part *part, wil_node weights, wil_shape shape)
{
    wil_graph *g = s->g;
    if (part->kind == PART_ROWS)
        return wil_op_reshape(g, wil_op_sum(g, scale_rows(s, part->rows, weights, 1), 1u), shape);
    const wil_node f = wil_op_sum_all(g, wil_op_mul(g, part->f, weights));
    return wil_op_reshape(g, wil_op_mul(g, part->value, f), shape);
}

static wil_node clipped_sum(sample_split *s, int parts, wil_node weights, wil_shape shape)
{
    wil_node sum = clipped_weights(s, parts, weights, shape);
    for (int i = parts; i >= 0; i = s->parts[i].next) {
        const sample_part part = s->parts[i];
        if (part.kind != PART_WEIGHT)
            sum = add_share(s->g, sum, clipped_small(s, &part, weights, shape));
    }
    return sum == WIL_NODE_NONE ? wil_op_fill(s->g, shape, 0.0) : sum;
}

/* ---- refusals ----------------------------------------------------------------------------------------- */

static void refuse(wil_graph *g, wil_node parameter, wil_node culprit, const char *why)
{
    const char *name = g->nodes[parameter].name;
    if (culprit == WIL_NODE_NONE)
        (void)wil_graph_fail(g, "per-sample gradients of '%s' cannot be had: %s", name, why);
    else
        (void)wil_graph_fail(g, "per-sample gradients of '%s' cannot be had: '%s' (node %d) %s", name,
            wil_op_name(g->nodes[culprit].kind), culprit, why);
}

static bool loss_is_per_sample(sample_split *s, wil_node loss)
{
    const sample_view view = s->views[loss];
    if (view.is == SAMPLE_MIXED)
        (void)wil_graph_fail(s->g,
            "per-sample gradients: the samples' losses depend on each other: '%s' (node %d) %s",
            wil_op_name(s->g->nodes[view.culprit].kind), view.culprit, view.why);
    else if (view.is != SAMPLE_ROWS || view.blocks != 1)
        (void)wil_graph_fail(s->g,
            "per-sample gradients: the loss has %lld values, but no input has as many rows that it depends "
            "on",
            (long long)s->n);
    return s->g->status == WIL_OK;
}

/* A gradient is a sum over samples, or zeros where the loss does not see the parameter. */
static bool splits(sample_split *s, wil_node parameter, wil_node gradient)
{
    const sample_view view = s->views[gradient];
    const wil_node_info *info = &s->g->nodes[gradient];
    if (view.is == SAMPLE_TOTAL || (info->kind == WIL_OP_FILL && info->attr.scalar == 0.0))
        return true;
    if (view.is == SAMPLE_MIXED)
        refuse(s->g, parameter, view.culprit, view.why);
    else
        refuse(s->g, parameter, gradient, "is no sum over samples");
    return false;
}

/* ---- putting it together ------------------------------------------------------------------------------ */

static int parts_of(const sample_split *s, wil_node gradient)
{
    return s->views[gradient].is == SAMPLE_TOTAL ? s->views[gradient].parts : -1;
}

static wil_node norms(sample_split *s, const wil_node *wrt, int n_wrt, const wil_node *gradients)
{
    wil_node norm2 = WIL_NODE_NONE;
    for (int p = 0; p < n_wrt && s->g->status == WIL_OK; p++) {
        const char *why = NULL;
        if (!splits(s, wrt[p], gradients[p]))
            return WIL_NODE_NONE;
        const wil_node own = sample_norm2(s, parts_of(s, gradients[p]), &why);
        if (why != NULL)
            refuse(s->g, wrt[p], WIL_NODE_NONE, why);
        else if (own != WIL_NODE_NONE)
            norm2 = norm2 == WIL_NODE_NONE ? own : wil_op_add(s->g, norm2, own);
    }
    if (norm2 == WIL_NODE_NONE)
        return wil_op_fill(s->g, (wil_shape){1, {s->n}}, 0.0);
    return wil_op_sqrt(s->g, wil_op_relu(s->g, norm2)); /* rounding of cross terms may end below 0 */
}

static wil_node clip_split(
    sample_split *s, wil_node loss, const wil_node *wrt, int n_wrt, wil_node *gradients)
{
    if (!loss_is_per_sample(s, loss))
        return WIL_NODE_NONE;
    const wil_node norm = norms(s, wrt, n_wrt, gradients);
    const wil_node weights = clip_weights(s->g, norm, s->config);
    for (int p = 0; p < n_wrt && s->g->status == WIL_OK; p++)
        gradients[p] = clipped_sum(s, parts_of(s, gradients[p]), weights, wil_graph_shape(s->g, wrt[p]));
    return norm;
}

static wil_node clip_many(wil_graph *g, wil_node loss, const wil_node *wrt, int n_wrt,
    const wil_clip_config *config, wil_node *gradients)
{
    WIL_OWN(sample_split) s = {.g = g, .n = g->nodes[loss].shape.dim[0], .config = config};
    WIL_OWN(wil_node) *roots = NULL;
    wil_status status = wil_alloc((void **)&roots, (size_t)n_wrt + 1, sizeof *roots);
    for (int i = 0; i <= n_wrt && status == WIL_OK; i++)
        roots[i] = i == 0 ? loss : gradients[i - 1];
    if (status == WIL_OK)
        status = sample_split_new(&s, roots, n_wrt + 1);
    return status == WIL_OK ? clip_split(&s, loss, wrt, n_wrt, gradients)
                            : wil_graph_fail_as(g, wil_fail_context(status, "per-sample gradients"));
}

/* One sample cannot mix with others: its gradient is the gradient. */
static wil_node clip_one(wil_graph *g, int n_wrt, const wil_clip_config *config, wil_node *gradients)
{
    wil_node norm2 = wil_op_fill(g, wil_shape_of(1, 1), 0.0);
    for (int p = 0; p < n_wrt; p++)
        norm2 = wil_op_add(g, norm2,
            wil_op_reshape(g, wil_op_sum_all(g, wil_op_square(g, gradients[p])), wil_shape_of(1, 1)));
    const wil_node norm = wil_op_sqrt(g, norm2);
    const wil_node weight = wil_op_reshape(g, clip_weights(g, norm, config), wil_shape_of(0));
    for (int p = 0; p < n_wrt; p++)
        gradients[p] = wil_op_mul(g, gradients[p], weight);
    return norm;
}

static bool config_is_sound(wil_graph *g, wil_node loss, const wil_clip_config *config)
{
    const wil_shape shape = g->nodes[loss].shape;
    const wil_shape mask = wil_graph_shape(g, config->mask);
    if (shape.rank < 1 || wil_shape_count(shape) != shape.dim[0])
        (void)wil_graph_fail(g,
            "per-sample gradients: the loss must have one value a sample, [N] or [N,1], got %s",
            wil_shape_say(shape).text);
    else if (!(config->bound > 0))
        (void)wil_graph_fail(g, "per-sample gradients: the bound must be above 0, got %g", config->bound);
    else if (config->mask != WIL_NODE_NONE && (mask.rank != 1 || mask.dim[0] != shape.dim[0]))
        (void)wil_graph_fail(g, "per-sample gradients: the mask must be [%lld], got %s",
            (long long)shape.dim[0], wil_shape_say(mask).text);
    for (int i = 0; i < config->n_given && g->status == WIL_OK; i++) {
        const wil_shape given = wil_graph_shape(g, config->given[i]);
        if (given.rank < 1 || given.dim[0] % shape.dim[0] != 0)
            (void)wil_graph_fail(g,
                "per-sample gradients: given node %d is %s, expected rows of %lld samples", config->given[i],
                wil_shape_say(given).text, (long long)shape.dim[0]);
    }
    return g->status == WIL_OK;
}

static bool parameters_are_sound(wil_graph *g, const wil_node *wrt, int n_wrt)
{
    for (int i = 0; i < n_wrt; i++) {
        if (!graph_has(g, wrt[i], WIL_OP_PARAM))
            return false;
        if (g->nodes[wrt[i]].kind != WIL_OP_PARAM)
            (void)wil_graph_fail(g, "per-sample gradients: node %d is no parameter ('%s')", wrt[i],
                wil_op_name(g->nodes[wrt[i]].kind));
    }
    return g->status == WIL_OK;
}

void wil_graph_gradient_clipped(wil_graph *graph, wil_node loss, const wil_node *wrt, int n_wrt,
    const wil_clip_config *config, wil_node *gradients_out, wil_node *norms_out)
{
    const wil_clip_config standard = wil_clip_config_default();
    const wil_clip_config *c = config != NULL ? config : &standard;
    wil_node norm = WIL_NODE_NONE;
    for (int i = 0; i < n_wrt; i++)
        gradients_out[i] = WIL_NODE_NONE;
    if (norms_out != NULL)
        *norms_out = WIL_NODE_NONE;
    if (!graph_has(graph, loss, WIL_OP_SUM) || !config_is_sound(graph, loss, c) ||
        !parameters_are_sound(graph, wrt, n_wrt))
        return;
    /* one for each sample, in a form that is not simplified to a constant: what starts from it stays split */
    const wil_node ones = wil_op_step(graph, loss, 1.0);
    wil_graph_gradient(
        graph, wil_op_sum_all(graph, wil_op_mul(graph, loss, ones)), wrt, n_wrt, gradients_out);
    if (graph->status == WIL_OK)
        norm = graph->nodes[loss].shape.dim[0] == 1 ? clip_one(graph, n_wrt, c, gradients_out)
                                                    : clip_many(graph, loss, wrt, n_wrt, c, gradients_out);
    if (norms_out != NULL)
        *norms_out = norm;
    for (int i = 0; i < n_wrt && graph->status != WIL_OK; i++)
        gradients_out[i] = WIL_NODE_NONE;
}
