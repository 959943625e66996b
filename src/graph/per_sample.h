/* Gradients per sample: how nodes depend on the samples, and what a sum over samples is made of.
 *
 * Every node is seen in one of four ways. Rows along axis 0 that belong to one sample each stay apart under
 * most operations; a few add them up, which is where parameter gradients come from (total); and some let one
 * sample into the row of another (mixed), where a per-sample gradient has no meaning. */
#ifndef WILLIS_PER_SAMPLE_H
#define WILLIS_PER_SAMPLE_H

#include "graph_internal.h"

typedef enum sample_class {
    SAMPLE_SHARED, /* no sample behind it; where rows are wanted, its rows are some too */
    SAMPLE_ROWS,   /* row b N + i depends on sample i alone */
    SAMPLE_TOTAL,  /* a sum over samples, whose terms are known: parts */
    SAMPLE_MIXED   /* anything else */
} sample_class;

typedef struct sample_view {
    sample_class is;
    int blocks;       /* ROWS: b, so that axis 0 has b N rows */
    int parts;        /* TOTAL: the first part, or -1 */
    wil_node culprit; /* MIXED: the node where it happens, and why */
    const char *why;
} sample_view;

/* A sum over samples is the sum of its parts. Sample i's share of a part is
 *   WEIGHT  scale * factor * pattern * (sample i's share of a conv_dw or matmul over the batch)
 *   OUTER   f[i] * value
 *   ROWS    rows[i,:] */
typedef enum sample_part_kind { PART_WEIGHT, PART_OUTER, PART_ROWS } sample_part_kind;

typedef struct sample_part {
    sample_part_kind kind;
    int next; /* in the same sum, or -1 */
    /* WEIGHT */
    wil_node op;      /* the conv_dw or matmul */
    wil_node x, g;    /* layer inputs [bN,..,I] and output gradients [bN,..,O] */
    int blocks;       /* b */
    double scale;     /* */
    wil_node factor;  /* shared, [1]; or none */
    wil_node pattern; /* shared, in the shape of op; or none */
    /* OUTER */
    wil_node f;     /* [N] */
    wil_node value; /* shared, in the shape of the sum */
    /* ROWS */
    wil_node rows; /* [N,count] */
} sample_part;

typedef struct sample_split {
    wil_graph *g;
    int64_t n; /* samples, 2 or more */
    const wil_clip_config *config;
    int n_nodes; /* that are looked at */
    bool *live;
    sample_view *views;
    sample_part *parts;
    size_t n_parts, part_capacity;
} sample_split;

/* per_sample_view.c: looks at the roots and all they are made of. */
WIL_NODISCARD wil_status sample_split_new(sample_split *s, const wil_node *roots, int n_roots);
void sample_split_clear(sample_split *s);
WIL_OWNED_VALUE(sample_split, sample_split_clear)
static inline sample_view sample_mixed(wil_node culprit, const char *why)
{
    return (sample_view){.is = SAMPLE_MIXED, .parts = -1, .culprit = culprit, .why = why};
}

/* per_sample_parts.c: the parts of a node that adds up rows, and of one that takes a sum further. */
sample_view sample_total_of_rows(sample_split *s, wil_node node);
sample_view sample_total_of_total(sample_split *s, wil_node node);
/* [bN,..] summed to one number a sample, [N]. */
wil_node sample_row_sums(sample_split *s, wil_node rows, int blocks);
/* [N] repeated for b blocks, [bN,1..] of this rank. */
wil_node sample_repeat(sample_split *s, wil_node per_sample, int blocks, int rank);
/* <share of a WEIGHT part, m> per sample, [N], without its scale and factor; m shared, as many values. */
wil_node sample_weight_product(sample_split *s, const sample_part *part, wil_node m);

/* per_sample_norm.c: squared norms [N] of the shares of a parameter's gradient; *why says what prevents it.
 */
wil_node sample_norm2(sample_split *s, int parts, const char **why);
/* true if all WEIGHT parts have one scale and factor. */
bool sample_one_factor(const sample_split *s, int parts);

#endif
