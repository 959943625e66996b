/* The parts of t-SNE: neighbours' affinities, and a tree that sums far repulsion. */
#ifndef WILLIS_METRICS_TSNE_INTERNAL_H
#define WILLIS_METRICS_TSNE_INTERNAL_H

#include "metrics_internal.h"

/* Symmetric affinities of sum 1, row by row: those of i are p[start[i]] .. p[start[i + 1] - 1]. */
typedef struct tsne_affinities {
    size_t n;
    size_t *start;   /* [n + 1] */
    int32_t *column; /* rising within a row */
    double *p;
} tsne_affinities;
/* Of the 3 * perplexity nearest neighbours [vanderMaaten2014, equations 6 and 7]. */
WIL_NODISCARD wil_status tsne_affinities_make(
    tsne_affinities *out, const wil_points *points, double perplexity);
void tsne_affinities_clear(tsne_affinities *affinities);
WIL_OWNED_VALUE(tsne_affinities, tsne_affinities_clear)

/* A quadtree over places in the plane [Barnes1986]. */
typedef struct tsne_cell {
    double centre[2], half; /* of the square */
    double mass[2];         /* mean place of its points */
    int64_t n;              /* points in it */
    int32_t child[4];       /* -1: none */
    bool is_leaf;
} tsne_cell;
typedef struct tsne_tree {
    tsne_cell *cells;
    size_t n_cells, capacity;
} tsne_tree;
/* places: [n,2]. Rebuilds the tree in place; zeroed at first. */
WIL_NODISCARD wil_status tsne_tree_build(tsne_tree *tree, const double *places, size_t n);
/* Repulsion on a place, up to the common divisor: force = sum q^2 (place - other), returns sum q, with
 * q = 1 / (1 + distance^2), over all points but one at the place itself. A cell counts as one place when its
 * width is below theta times its distance. */
double tsne_tree_repulsion(const tsne_tree *tree, const double place[2], double theta, double force[2]);
void tsne_tree_clear(tsne_tree *tree);

#endif
