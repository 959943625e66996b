/* What a sum over samples is made of, and how its parts pass through operations that are linear in it. */
#include "per_sample.h"

#include <string.h>

static wil_shape ones_shape(int rank)
{
    wil_shape shape = wil_shape_of(0);
    shape.rank = rank;
    for (int i = 0; i < rank; i++)
        shape.dim[i] = 1;
    return shape;
}

static wil_shape shape_at(const sample_split *s, wil_node node)
{
    return wil_graph_shape(s->g, node);
}

/* ---- per-sample numbers ------------------------------------------------------------------------------- */

/* [bN,count] -> [N,count] */
static wil_node add_blocks(sample_split *s, wil_node rows, int blocks, int64_t count)
{
    const wil_node side_by_side = wil_op_reshape(s->g, rows, (wil_shape){2, {blocks, s->n * count}});
    return wil_op_reshape(s->g, wil_op_sum(s->g, side_by_side, 1u), (wil_shape){2, {s->n, count}});
}

wil_node sample_row_sums(sample_split *s, wil_node rows, int blocks)
{
    const wil_node sums = wil_op_sum(s->g, rows, ~1u);
    return wil_op_reshape(s->g, add_blocks(s, sums, blocks, 1), (wil_shape){1, {s->n}});
}

wil_node sample_repeat(sample_split *s, wil_node per_sample, int blocks, int rank)
{
    wil_node all = per_sample;
    for (int b = 1; b < blocks; b++)
        all = wil_op_concat(s->g, all, per_sample, 0);
    wil_shape shape = ones_shape(rank);
    shape.dim[0] = blocks * s->n;
    return wil_op_reshape(s->g, all, shape);
}

/* <dw(x, g), m> = <conv(x, m), g>, and <g^T x, m> = <x m^T, g>: one product for all samples. */
wil_node sample_weight_product(sample_split *s, const sample_part *part, wil_node m)
{
    const wil_op_kind kind = s->g->nodes[part->op].kind;
    const wil_op_attr attr = s->g->nodes[part->op].attr;
    m = wil_op_reshape(s->g, m, shape_at(s, part->op));
    if (part->pattern != WIL_NODE_NONE)
        m = wil_op_mul(s->g, m, part->pattern);
    const wil_node y = kind == WIL_OP_MATMUL ? wil_op_matmul(s->g, part->x, m, false, true)
                                             : wil_op_conv(s->g, part->x, m, attr.stride, attr.pad);
    return sample_row_sums(s, wil_op_mul(s->g, y, part->g), part->blocks);
}

/* ---- lists -------------------------------------------------------------------------------------------- */

static int push(sample_split *s, sample_part part, int next)
{
    part.next = next;
    const wil_status status =
        wil_grow((void **)&s->parts, &s->part_capacity, s->n_parts + 1, sizeof *s->parts);
    if (status != WIL_OK) {
        (void)wil_graph_fail_as(s->g, wil_fail_context(status, "per-sample gradients"));
        return next;
    }
    s->parts[s->n_parts] = part;
    return (int)s->n_parts++;
}

static sample_view total(int parts)
{
    return (sample_view){.is = SAMPLE_TOTAL, .parts = parts};
}

static sample_part outer_part(wil_node f, wil_node value)
{
    return (sample_part){.kind = PART_OUTER, .f = f, .value = value};
}

/* ---- where rows are added up -------------------------------------------------------------------------- */

static sample_view total_of_sum(sample_split *s, wil_node node)
{
    const wil_node input = s->g->nodes[node].inputs[0];
    const int blocks = s->views[input].blocks;
    const wil_shape shape = shape_at(s, node);
    const int64_t count = wil_shape_count(shape);
    const wil_node sums = wil_op_sum(s->g, input, s->g->nodes[node].attr.axes & ~1u);
    const wil_node rows = add_blocks(s, sums, blocks, count);
    if (count == 1)
        return total(push(s,
            outer_part(wil_op_reshape(s->g, rows, (wil_shape){1, {s->n}}), wil_op_fill(s->g, shape, 1.0)),
            -1));
    return total(push(s, (sample_part){.kind = PART_ROWS, .rows = rows}, -1));
}

sample_view sample_total_of_rows(sample_split *s, wil_node node)
{
    const wil_node_info *info = &s->g->nodes[node];
    if (info->kind == WIL_OP_SUM)
        return total_of_sum(s, node);
    const bool product = info->kind == WIL_OP_MATMUL; /* g^T x */
    const sample_part part = {.kind = PART_WEIGHT,
        .op = node,
        .x = info->inputs[product ? 1 : 0],
        .g = info->inputs[product ? 0 : 1],
        .blocks = (int)(s->g->nodes[info->inputs[0]].shape.dim[0] / s->n),
        .scale = 1.0,
        .factor = WIL_NODE_NONE,
        .pattern = WIL_NODE_NONE};
    return total(push(s, part, -1));
}

/* ---- one part through one operation ------------------------------------------------------------------- */

/* The operation, and its operand that is not a sum over samples. */
typedef struct part_step {
    const wil_node_info *info; /* a copy */
    wil_shape from;            /* of the sum that goes in */
    wil_node other;            /* or none */
    int which;                 /* input that is the sum */
} part_step;

/* Changes the part, or says why it cannot. */
typedef const char *(*part_rule)(sample_split *s, sample_part *part, const part_step *step);

static const char not_linear[] =
    "is not a scaling or a scalar product, so a gradient through it does not split "
    "by samples";

static const char *through_scale(sample_split *s, sample_part *part, const part_step *step)
{
    const double a = step->info->kind == WIL_OP_SCALE ? step->info->attr.scalar : 1.0;
    if (part->kind == PART_WEIGHT)
        part->scale *= a;
    else if (part->kind == PART_OUTER)
        part->value = wil_op_scale(s->g, part->value, a);
    else
        part->rows = wil_op_scale(s->g, part->rows, a);
    return NULL;
}

static const char *through_mul(sample_split *s, sample_part *part, const part_step *step)
{
    wil_graph *g = s->g;
    const wil_node m = step->info->kind == WIL_OP_DIV ? wil_op_reciprocal(g, step->other) : step->other;
    const int64_t n_m = wil_shape_count(shape_at(s, m));
    if (part->kind == PART_OUTER) {
        part->value = wil_op_mul(g, part->value, m);
        return NULL;
    }
    if (!wil_shape_equal(step->from, step->info->shape))
        return not_linear;
    if (part->kind == PART_ROWS) {
        const wil_node whole = n_m == 1 ? m : wil_op_broadcast(g, m, step->from);
        part->rows = wil_op_mul(g, part->rows,
            wil_op_reshape(g, whole, (wil_shape){2, {1, wil_shape_count(shape_at(s, whole))}}));
        return NULL;
    }
    wil_node *at = n_m == 1 ? &part->factor : &part->pattern;
    const wil_node whole = n_m == 1
                               ? wil_op_reshape(g, m, (wil_shape){1, {1}})
                               : wil_op_reshape(g, wil_op_broadcast(g, m, step->from), shape_at(s, part->op));
    *at = *at == WIL_NODE_NONE ? whole : wil_op_mul(g, *at, whole);
    return NULL;
}

static const char *through_reshape(sample_split *s, sample_part *part, const part_step *step)
{
    if (part->kind == PART_OUTER)
        part->value = wil_op_reshape(s->g, part->value, step->info->shape);
    return NULL;
}

static const char *through_matmul(sample_split *s, sample_part *part, const part_step *step)
{
    const bool *turned = step->info->attr.transpose;
    if (part->kind != PART_OUTER)
        return not_linear;
    part->value = step->which == 0 ? wil_op_matmul(s->g, part->value, step->other, turned[0], turned[1])
                                   : wil_op_matmul(s->g, step->other, part->value, turned[0], turned[1]);
    return NULL;
}

static const char *through_broadcast(sample_split *s, sample_part *part, const part_step *step)
{
    if (part->kind != PART_OUTER)
        return not_linear;
    part->value = wil_op_broadcast(s->g, part->value, step->info->shape);
    return NULL;
}

/* A sum of all values is a scalar product with the pattern, one number a sample. */
static const char *through_sum(sample_split *s, sample_part *part, const part_step *step)
{
    wil_graph *g = s->g;
    const wil_shape shape = step->info->shape;
    if (part->kind == PART_OUTER) {
        part->value = wil_op_sum(g, part->value, step->info->attr.axes);
        return NULL;
    }
    if (wil_shape_count(shape) > 1)
        return not_linear;
    if (part->kind == PART_ROWS) {
        *part = outer_part(sample_row_sums(s, part->rows, 1), wil_op_fill(g, shape, 1.0));
        return NULL;
    }
    wil_node value = wil_op_fill(g, shape, part->scale);
    if (part->factor != WIL_NODE_NONE)
        value = wil_op_mul(g, value, wil_op_reshape(g, part->factor, shape));
    const wil_node f = sample_weight_product(s, part, wil_op_fill(g, shape_at(s, part->op), 1.0));
    *part = outer_part(f, value);
    return NULL;
}

/* What is linear in a sum; NULL for all others. */
static const part_rule RULES[WIL_OP_KINDS] = {
    [WIL_OP_SCALE] = through_scale,
    [WIL_OP_STOP_GRADIENT] = through_scale,
    [WIL_OP_MUL] = through_mul,
    [WIL_OP_DIV] = through_mul,
    [WIL_OP_RESHAPE] = through_reshape,
    [WIL_OP_BROADCAST] = through_broadcast,
    [WIL_OP_MATMUL] = through_matmul,
    [WIL_OP_SUM] = through_sum,
};

static sample_view pass_parts(sample_split *s, wil_node node, part_rule rule, const part_step *step)
{
    int parts = -1;
    for (int i = s->views[step->info->inputs[step->which]].parts; i >= 0; i = s->parts[i].next) {
        sample_part part = s->parts[i];
        const char *why = rule(s, &part, step);
        if (why != NULL)
            return sample_mixed(node, why);
        parts = push(s, part, parts);
    }
    return total(parts);
}

/* Both operands are sums. */
static sample_view total_of_two(sample_split *s, wil_node node, const wil_node_info *info)
{
    if (!wil_shape_equal(shape_at(s, info->inputs[0]), info->shape) ||
        !wil_shape_equal(shape_at(s, info->inputs[1]), info->shape))
        return sample_mixed(node, not_linear);
    int parts = -1;
    for (int k = 0; k < 2; k++)
        for (int i = s->views[info->inputs[k]].parts; i >= 0; i = s->parts[i].next) {
            sample_part part = s->parts[i];
            const wil_node_info minus = {.kind = WIL_OP_SCALE, .attr = {.scalar = -1.0}};
            if (k == 1 && info->kind == WIL_OP_SUB)
                (void)through_scale(s, &part, &(part_step){.info = &minus});
            parts = push(s, part, parts);
        }
    return total(parts);
}

sample_view sample_total_of_total(sample_split *s, wil_node node)
{
    const wil_node_info info = s->g->nodes[node]; /* a copy: the array moves */
    int n_totals = 0;
    int which = 0;
    for (int k = 0; k < info.n_inputs; k++)
        if (s->views[info.inputs[k]].is == SAMPLE_TOTAL) {
            which = k;
            n_totals++;
        }
    if (n_totals == 2 && (info.kind == WIL_OP_ADD || info.kind == WIL_OP_SUB))
        return total_of_two(s, node, &info);
    const part_rule rule = RULES[info.kind];
    if (n_totals != 1 || rule == NULL || (info.kind == WIL_OP_DIV && which == 1))
        return sample_mixed(node, not_linear);
    const part_step step = {.info = &info,
        .from = shape_at(s, info.inputs[which]),
        .other = info.n_inputs == 2 ? info.inputs[1 - which] : WIL_NODE_NONE,
        .which = which};
    return pass_parts(s, node, rule, &step);
}
