/* How each node depends on the samples: one walk in graph order, one rule an operation. What is not known to
 * keep samples apart is taken to mix them. */
#include "per_sample.h"

#include <string.h>

static sample_view rows_of(int64_t blocks)
{
    return (sample_view){.is = SAMPLE_ROWS, .blocks = (int)blocks, .parts = -1};
}

static int64_t first_dim(const sample_split *s, wil_node node)
{
    const wil_shape *shape = &s->g->nodes[node].shape;
    return shape->rank > 0 ? shape->dim[0] : 1;
}

static sample_view as_many_rows(sample_split *s, wil_node node)
{
    return rows_of(first_dim(s, node) / s->n);
}

/* Along other axes rows stay rows; along the first, whole blocks may come and go. */
static sample_view rows_along_axis(sample_split *s, wil_node node)
{
    const wil_node_info *info = &s->g->nodes[node];
    bool whole = first_dim(s, node) % s->n == 0 && info->attr.begin % s->n == 0;
    for (int k = 0; k < info->n_inputs; k++)
        whole = whole && first_dim(s, info->inputs[k]) % s->n == 0;
    return info->attr.axis != 0 || whole ? as_many_rows(s, node)
                                         : sample_mixed(node, "takes some samples out of the batch");
}

static sample_view rows_of_matmul(sample_split *s, wil_node node)
{
    const wil_node_info *info = &s->g->nodes[node];
    if (!info->attr.transpose[0] && s->views[info->inputs[1]].is != SAMPLE_ROWS)
        return as_many_rows(s, node);
    if (info->attr.transpose[0] && !info->attr.transpose[1] && first_dim(s, info->inputs[0]) % s->n == 0)
        return sample_total_of_rows(s, node);
    return sample_mixed(node, "multiplies samples with each other");
}

static sample_view rows_of_conv(sample_split *s, wil_node node)
{
    return s->views[s->g->nodes[node].inputs[1]].is != SAMPLE_ROWS
               ? as_many_rows(s, node)
               : sample_mixed(node, "uses samples as weights of a convolution");
}

static sample_view rows_same_first_axis(sample_split *s, wil_node node)
{
    return first_dim(s, node) == first_dim(s, s->g->nodes[node].inputs[0])
               ? as_many_rows(s, node)
               : sample_mixed(node, "changes which rows belong to a sample");
}

static sample_view rows_turned(sample_split *s, wil_node node)
{
    return s->g->nodes[node].attr.permutation[0] == 0
               ? as_many_rows(s, node)
               : sample_mixed(node, "moves the samples to another axis");
}

static sample_view rows_over_axes(sample_split *s, wil_node node)
{
    return (s->g->nodes[node].attr.axes & 1u) == 0
               ? as_many_rows(s, node)
               : sample_mixed(node, "normalises over the batch, so each sample changes all others");
}

static sample_view rows_of_sum(sample_split *s, wil_node node)
{
    return (s->g->nodes[node].attr.axes & 1u) == 0 ? as_many_rows(s, node) : sample_total_of_rows(s, node);
}

static sample_view rows_mixed(sample_split *s, wil_node node)
{
    (void)s;
    return sample_mixed(node, "is not known to keep samples apart");
}

/* Of a node that has rows, and neither sums nor mixed ones, among its inputs. */
static sample_view view_of_rows(sample_split *s, wil_node node)
{
    static sample_view (*const rules[WIL_OP_SAMPLES_RULES])(sample_split *, wil_node) = {
        [WIL_OP_SAMPLES_MIXES] = rows_mixed,
        [WIL_OP_SAMPLES_ROWS] = as_many_rows,
        [WIL_OP_SAMPLES_FIRST_AXIS] = rows_same_first_axis,
        [WIL_OP_SAMPLES_AXIS] = rows_along_axis,
        [WIL_OP_SAMPLES_TURN] = rows_turned,
        [WIL_OP_SAMPLES_OVER_AXES] = rows_over_axes,
        [WIL_OP_SAMPLES_SUM] = rows_of_sum,
        [WIL_OP_SAMPLES_MATMUL] = rows_of_matmul,
        [WIL_OP_SAMPLES_CONV] = rows_of_conv,
        [WIL_OP_SAMPLES_TOTAL] = sample_total_of_rows,
    };
    return rules[wil_op_row(s->g->nodes[node].kind)->samples](s, node);
}

/* Of a node without rows or sums among its inputs. */
static sample_view view_of_shared(sample_split *s, wil_node node)
{
    const bool is_batch = s->g->nodes[node].kind == WIL_OP_INPUT && s->g->nodes[node].shape.rank > 0 &&
                          first_dim(s, node) % s->n == 0;
    return is_batch ? as_many_rows(s, node) : (sample_view){.is = SAMPLE_SHARED, .parts = -1};
}

static bool is_given(const sample_split *s, wil_node node)
{
    for (int i = 0; i < s->config->n_given; i++)
        if (s->config->given[i] == node)
            return true;
    return false;
}

static sample_view view_of(sample_split *s, wil_node node)
{
    const wil_node_info *info = &s->g->nodes[node];
    int n_of[SAMPLE_MIXED + 1] = {0};
    if (is_given(s, node))
        return as_many_rows(s, node);
    for (int k = 0; k < info->n_inputs; k++) {
        const sample_view *input = &s->views[info->inputs[k]];
        if (input->is == SAMPLE_MIXED)
            return *input;
        n_of[input->is]++;
    }
    if (n_of[SAMPLE_TOTAL] > 0)
        return n_of[SAMPLE_ROWS] == 0 ? sample_total_of_total(s, node)
                                      : sample_mixed(node, "gives each sample a sum over all samples");
    return n_of[SAMPLE_ROWS] > 0 ? view_of_rows(s, node) : view_of_shared(s, node);
}

static void mark_live(sample_split *s, const wil_node *roots, int n_roots)
{
    for (int i = 0; i < n_roots; i++)
        s->live[roots[i]] = true;
    for (wil_node node = s->n_nodes - 1; node >= 0; node--)
        for (int k = 0; s->live[node] && !is_given(s, node) && k < s->g->nodes[node].n_inputs; k++)
            s->live[s->g->nodes[node].inputs[k]] = true;
}

wil_status sample_split_new(sample_split *s, const wil_node *roots, int n_roots)
{
    s->n_nodes = s->g->n_nodes;
    WIL_TRY(wil_alloc((void **)&s->live, (size_t)s->n_nodes, sizeof *s->live));
    WIL_TRY(wil_alloc((void **)&s->views, (size_t)s->n_nodes, sizeof *s->views));
    mark_live(s, roots, n_roots);
    for (wil_node node = 0; node < s->n_nodes && s->g->status == WIL_OK; node++)
        if (s->live[node])
            s->views[node] = view_of(s, node);
    return WIL_OK;
}

void sample_split_clear(sample_split *s)
{
    wil_free(s->live);
    wil_free(s->views);
    wil_free(s->parts);
}
