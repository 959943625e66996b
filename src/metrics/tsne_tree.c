/* [vanderMaaten2014, "Accelerating t-SNE using tree-based algorithms", section 4.2] */
#include "tsne_internal.h"

#include <math.h>
#include <string.h>

#define DEEPEST 48 /* squares of 2^-48 of the whole: points that share one stay together */

void tsne_tree_clear(tsne_tree *tree)
{
    wil_free(tree->cells);
    memset(tree, 0, sizeof *tree);
}

static wil_status add_cell(tsne_tree *tree, int32_t *out, double x, double y, double half)
{
    WIL_TRY(wil_grow((void **)&tree->cells, &tree->capacity, tree->n_cells + 1, sizeof *tree->cells));
    tree->cells[tree->n_cells] =
        (tsne_cell){.centre = {x, y}, .half = half, .child = {-1, -1, -1, -1}, .is_leaf = true};
    *out = (int32_t)tree->n_cells++;
    return WIL_OK;
}

static int quadrant(const tsne_cell *cell, const double place[2])
{
    return (place[0] >= cell->centre[0] ? 1 : 0) + (place[1] >= cell->centre[1] ? 2 : 0);
}

static wil_status child_for(tsne_tree *tree, int32_t *out, int32_t cell, const double place[2])
{
    const int q = quadrant(&tree->cells[cell], place);
    if (tree->cells[cell].child[q] < 0) {
        const tsne_cell parent = tree->cells[cell];
        const double half = parent.half / 2;
        int32_t made = -1;
        WIL_TRY(add_cell(tree, &made, parent.centre[0] + (q & 1 ? half : -half),
            parent.centre[1] + (q & 2 ? half : -half), half));
        tree->cells[cell].child[q] = made;
    }
    *out = tree->cells[cell].child[q];
    return WIL_OK;
}

static void put(tsne_cell *cell, const double place[2], int64_t n)
{
    const double share = (double)n / (double)(cell->n + n);
    for (int k = 0; k < 2; k++)
        cell->mass[k] += share * (place[k] - cell->mass[k]);
    cell->n += n;
}

/* A leaf holds one place (of one or more points), which moves down when another one comes. */
static wil_status insert(tsne_tree *tree, const double place[2])
{
    int32_t at = 0;
    for (int depth = 0;; depth++) {
        const tsne_cell old = tree->cells[at];
        const bool same = old.mass[0] == place[0] && old.mass[1] == place[1];
        put(&tree->cells[at], place, 1);
        if (old.n == 0 || (old.is_leaf && (same || depth >= DEEPEST)))
            return WIL_OK;
        if (old.is_leaf) {
            int32_t below = -1;
            tree->cells[at].is_leaf = false;
            WIL_TRY(child_for(tree, &below, at, old.mass));
            put(&tree->cells[below], old.mass, old.n);
        }
        WIL_TRY(child_for(tree, &at, at, place));
    }
}

wil_status tsne_tree_build(tsne_tree *tree, const double *places, size_t n)
{
    double low[2] = {INFINITY, INFINITY};
    double high[2] = {-INFINITY, -INFINITY};
    int32_t root = -1;
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < 2; k++) {
            low[k] = fmin(low[k], places[2 * i + (size_t)k]);
            high[k] = fmax(high[k], places[2 * i + (size_t)k]);
        }
    const double half = fmax(high[0] - low[0], high[1] - low[1]) / 2 + 1e-12;
    tree->n_cells = 0;
    WIL_TRY(add_cell(tree, &root, (low[0] + high[0]) / 2, (low[1] + high[1]) / 2, half));
    for (size_t i = 0; i < n; i++)
        WIL_TRY(insert(tree, places + 2 * i));
    return WIL_OK;
}

/* The stack holds three siblings a level at most, and four at the last one. */
double tsne_tree_repulsion(const tsne_tree *tree, const double place[2], double theta, double force[2])
{
    int32_t stack[3 * (DEEPEST + 2) + 4];
    int n = 0;
    double sum = 0;
    force[0] = force[1] = 0;
    stack[n++] = 0;
    while (n > 0) {
        const tsne_cell *cell = &tree->cells[stack[--n]];
        const double dx = place[0] - cell->mass[0], dy = place[1] - cell->mass[1];
        const double squared = dx * dx + dy * dy;
        if (!cell->is_leaf && 4 * cell->half * cell->half >= theta * theta * squared) {
            for (int k = 3; k >= 0; k--)
                if (cell->child[k] >= 0)
                    stack[n++] = cell->child[k];
            continue;
        }
        /* the place itself is in a leaf at distance 0, and repels nothing */
        const double count = (double)cell->n - (squared == 0 ? 1 : 0);
        const double q = 1 / (1 + squared);
        sum += count * q;
        force[0] += count * q * q * dx;
        force[1] += count * q * q * dy;
    }
    return sum;
}
