/* Squared norms of the samples' shares of one gradient:
 *     |sum of parts|^2 = |weights|^2 + |rows|^2 + sum over outer parts k, l of f_k f_l <v_k, v_l>
 *                        + 2 sum over outer parts k of f_k (<weights, v_k> + <rows, v_k>). */
#include "per_sample.h"

#include <string.h>

bool sample_one_factor(const sample_split *s, int parts)
{
    const sample_part *first = NULL;
    for (int i = parts; i >= 0; i = s->parts[i].next) {
        const sample_part *part = &s->parts[i];
        if (part->kind != PART_WEIGHT)
            continue;
        if (first != NULL && (part->scale != first->scale || part->factor != first->factor))
            return false;
        first = part;
    }
    return true;
}

/* ---- weights ------------------------------------------------------------------------------------------ */

/* A matmul as a convolution of one position. */
static wil_node one_position(sample_split *s, wil_node rows)
{
    const wil_shape flat = wil_graph_shape(s->g, rows);
    if (flat.rank != 2)
        return rows;
    return wil_op_reshape(s->g, rows, (wil_shape){3, {flat.dim[0], 1, flat.dim[1]}});
}

static wil_op_attr geometry_of(const sample_split *s, const sample_part *part)
{
    const wil_node_info *op = &s->g->nodes[part->op];
    return op->kind == WIL_OP_CONV_DW
               ? op->attr
               : (wil_op_attr){.n_spatial = 1, .kernel = {1}, .stride = {1}, .pad = {0}};
}

static bool same_geometry(const wil_op_attr *a, const wil_op_attr *b)
{
    return a->n_spatial == b->n_spatial && memcmp(a->kernel, b->kernel, sizeof a->kernel) == 0 &&
           memcmp(a->stride, b->stride, sizeof a->stride) == 0 && memcmp(a->pad, b->pad, sizeof a->pad) == 0;
}

typedef struct weight_pairs {
    wil_node x[WIL_MAX_INPUTS / 2], g[WIL_MAX_INPUTS / 2];
    int n;
    wil_op_attr attr;
} weight_pairs;

static bool same_rows(const sample_split *s, wil_node a, wil_node b)
{
    wil_shape shape = wil_graph_shape(s->g, a);
    shape.dim[0] = wil_graph_shape(s->g, b).dim[0];
    return wil_shape_equal(shape, wil_graph_shape(s->g, b));
}

/* Adds a pair; when all places are taken, side by side with one of the same sizes. */
static bool add_pair(sample_split *s, weight_pairs *pairs, wil_node x, wil_node g)
{
    if (pairs->n < WIL_MAX_INPUTS / 2) {
        pairs->x[pairs->n] = x;
        pairs->g[pairs->n++] = g;
        return true;
    }
    for (int k = 0; k < pairs->n; k++)
        if (same_rows(s, pairs->x[k], x) && same_rows(s, pairs->g[k], g)) {
            pairs->x[k] = wil_op_concat(s->g, pairs->x[k], x, 0);
            pairs->g[k] = wil_op_concat(s->g, pairs->g[k], g, 0);
            return true;
        }
    return false;
}

/* The pairs of all WEIGHT parts, with scale and factor taken into g unless they are common to all. */
static const char *collect_pairs(sample_split *s, int parts, weight_pairs *pairs)
{
    const bool common = sample_one_factor(s, parts);
    for (int i = parts; i >= 0; i = s->parts[i].next) {
        const sample_part part = s->parts[i];
        if (part.kind != PART_WEIGHT)
            continue;
        const wil_op_attr attr = geometry_of(s, &part);
        wil_node g = one_position(s, part.g);
        if (part.pattern != WIL_NODE_NONE)
            return "it is multiplied by a mask or another weight";
        if (!common)
            g = wil_op_scale(s->g, g, part.scale);
        if (!common && part.factor != WIL_NODE_NONE) {
            wil_shape ones = wil_graph_shape(s->g, g);
            for (int axis = 0; axis < ones.rank; axis++)
                ones.dim[axis] = 1;
            g = wil_op_mul(s->g, g, wil_op_reshape(s->g, part.factor, ones));
        }
        if (pairs->n == 0)
            pairs->attr = attr;
        if (!same_geometry(&pairs->attr, &attr))
            return "it is the weight of layers with different kernel, stride or padding";
        if (!add_pair(s, pairs, one_position(s, part.x), g))
            return "it is used more than four times in layers of different sizes";
    }
    return NULL;
}

static double positions(const sample_split *s, wil_node g)
{
    const wil_shape shape = wil_graph_shape(s->g, g); /* [bN,T..,O] */
    return (double)(wil_shape_count(shape) / shape.dim[shape.rank - 1] / s->n);
}

/* Multiply-adds: R T.. rows of patches [R,K I] and gradients [R,O] either are multiplied with each other,
 * R K I O, or each with itself, R (R + 1) / 2 (K I + O). */
static bool gram_is_cheaper(const sample_split *s, const weight_pairs *pairs)
{
    double n_rows = 0;
    double n_patch = 1;
    const wil_shape x = wil_graph_shape(s->g, pairs->x[0]);
    const wil_shape g = wil_graph_shape(s->g, pairs->g[0]);
    for (int k = 0; k < pairs->n; k++)
        n_rows += positions(s, pairs->g[k]);
    for (int i = 0; i < pairs->attr.n_spatial; i++)
        n_patch *= (double)pairs->attr.kernel[i];
    n_patch *= (double)x.dim[x.rank - 1];
    const double n_out = (double)g.dim[g.rank - 1];
    return 0.5 * (n_rows + 1) * (n_patch + n_out) < n_patch * n_out;
}

static wil_node times_factor2(sample_split *s, const sample_part *part, wil_node norm2)
{
    norm2 = wil_op_scale(s->g, norm2, part->scale * part->scale);
    return part->factor == WIL_NODE_NONE ? norm2 : wil_op_mul(s->g, norm2, wil_op_square(s->g, part->factor));
}

static wil_node weights_norm2(sample_split *s, int parts, const char **why)
{
    weight_pairs pairs = {.n = 0};
    *why = collect_pairs(s, parts, &pairs);
    if (*why != NULL || pairs.n == 0 || s->g->status != WIL_OK)
        return WIL_NODE_NONE;
    const wil_clip_form form = s->config->form;
    const bool gram = form == WIL_CLIP_GRAM || (form == WIL_CLIP_CHEAPER && gram_is_cheaper(s, &pairs));
    const wil_node norm2 = wil_op_conv_dw_norm2(
        s->g, pairs.x, pairs.g, pairs.n, s->n, pairs.attr.stride, pairs.attr.pad, pairs.attr.kernel, gram);
    for (int i = parts; i >= 0; i = s->parts[i].next)
        if (s->parts[i].kind == PART_WEIGHT)
            return sample_one_factor(s, parts) ? times_factor2(s, &s->parts[i], norm2) : norm2;
    return norm2;
}

/* ---- all parts ---------------------------------------------------------------------------------------- */

static wil_node add_to(sample_split *s, wil_node sum, wil_node term)
{
    return sum == WIL_NODE_NONE ? term : wil_op_add(s->g, sum, term);
}

static wil_node sum_of_rows(sample_split *s, int parts)
{
    wil_node rows = WIL_NODE_NONE;
    for (int i = parts; i >= 0; i = s->parts[i].next)
        if (s->parts[i].kind == PART_ROWS)
            rows = add_to(s, rows, s->parts[i].rows);
    return rows;
}

/* <share without outer parts, v> per sample; none if there is no other part. */
static wil_node product_with(sample_split *s, int parts, wil_node rows, wil_node v)
{
    wil_graph *g = s->g;
    wil_node sum = WIL_NODE_NONE;
    for (int i = parts; i >= 0; i = s->parts[i].next) {
        const sample_part part = s->parts[i];
        if (part.kind != PART_WEIGHT)
            continue;
        wil_node product = wil_op_scale(g, sample_weight_product(s, &part, v), part.scale);
        if (part.factor != WIL_NODE_NONE)
            product = wil_op_mul(g, product, part.factor);
        sum = add_to(s, sum, product);
    }
    if (rows != WIL_NODE_NONE) {
        const wil_shape flat = {2, {1, wil_shape_count(wil_graph_shape(g, v))}};
        sum = add_to(s, sum, sample_row_sums(s, wil_op_mul(g, rows, wil_op_reshape(g, v, flat)), 1));
    }
    return sum;
}

static wil_node outer_norm2(sample_split *s, int parts, wil_node rows, wil_node norm2)
{
    wil_graph *g = s->g;
    for (int i = parts; i >= 0; i = s->parts[i].next) {
        const sample_part one = s->parts[i];
        if (one.kind != PART_OUTER)
            continue;
        const wil_node product = product_with(s, parts, rows, one.value);
        if (product != WIL_NODE_NONE)
            norm2 = add_to(s, norm2, wil_op_scale(g, wil_op_mul(g, one.f, product), 2.0));
        for (int j = parts; j >= 0; j = s->parts[j].next) {
            const sample_part other = s->parts[j];
            if (other.kind != PART_OUTER)
                continue;
            const wil_node values = wil_op_sum_all(g, wil_op_mul(g, one.value, other.value));
            norm2 = add_to(s, norm2, wil_op_mul(g, wil_op_mul(g, one.f, other.f), values));
        }
    }
    return norm2;
}

wil_node sample_norm2(sample_split *s, int parts, const char **why)
{
    wil_node norm2 = weights_norm2(s, parts, why);
    const wil_node rows = sum_of_rows(s, parts);
    if (*why == NULL && norm2 != WIL_NODE_NONE && rows != WIL_NODE_NONE)
        *why = "it is both the weight of a convolution or product and added or multiplied to activations";
    if (*why != NULL)
        return WIL_NODE_NONE;
    if (rows != WIL_NODE_NONE)
        norm2 = add_to(s, norm2, sample_row_sums(s, wil_op_square(s->g, rows), 1));
    return outer_norm2(s, parts, rows, norm2);
}
