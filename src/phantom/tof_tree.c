/* An arterial tree: nodes, edges, curves and calibres. */
#include "tof_internal.h"

#include <math.h>

#define STEP_MM 1.5

void wil_tof_tree_clear(wil_tof_tree *tree)
{
    wil_free(tree->nodes);
    wil_free(tree->edges);
    *tree = (wil_tof_tree){0};
}

wil_status tof_tree_node(wil_tof_tree *tree, int *out, const double at[3])
{
    WIL_TRY(wil_grow(
        (void **)&tree->nodes, &tree->node_capacity, (size_t)tree->n_nodes + 1, sizeof *tree->nodes));
    tree->nodes[tree->n_nodes] = (wil_tof_node){.at_mm = {at[0], at[1], at[2]}, .speed = 1};
    *out = tree->n_nodes++;
    return WIL_OK;
}

wil_status tof_tree_edge(wil_tof_tree *tree, int from, int to, wil_tof_segment segment, int side)
{
    WIL_TRY(wil_grow(
        (void **)&tree->edges, &tree->edge_capacity, (size_t)tree->n_edges + 1, sizeof *tree->edges));
    tree->edges[tree->n_edges++] =
        (wil_tof_edge){.from = from, .to = to, .segment = segment, .side = side, .share = 1};
    tree->nodes[from].n_out++;
    return WIL_OK;
}

/* Catmull-Rom through p1 and p2. */
static void spline(
    double out[3], const double p0[3], const double p1[3], const double p2[3], const double p3[3], double t)
{
    for (int i = 0; i < 3; i++) {
        const double a = p2[i] - p0[i], b = 2 * p0[i] - 5 * p1[i] + 4 * p2[i] - p3[i];
        const double c = 3 * (p1[i] - p2[i]) + p3[i] - p0[i];
        out[i] = p1[i] + 0.5 * t * (a + t * (b + t * c));
    }
}

static double distance(const double a[3], const double b[3])
{
    return sqrt(
        (a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) + (a[2] - b[2]) * (a[2] - b[2]));
}

static void copy_point(double out[3], const double at[3], double mirror)
{
    out[0] = mirror * at[0];
    out[1] = at[1];
    out[2] = at[2];
}

wil_status tof_tree_curve(wil_tof_tree *tree, int *last_out, int from, const tof_path *path, int end)
{
    double points[12][3]; /* the start, the path's points, the end node */
    int n = 0;
    copy_point(points[n++], tree->nodes[from].at_mm, 1);
    for (int i = 0; i < path->n; i++)
        copy_point(points[n++], path->at[i], path->side < 0 ? -1 : 1);
    if (end >= 0)
        copy_point(points[n++], tree->nodes[end].at_mm, 1);
    int last = from;
    for (int i = 0; i + 1 < n; i++) {
        const double *before = points[i > 0 ? i - 1 : 0], *behind = points[i + 2 < n ? i + 2 : n - 1];
        const int n_steps = (int)ceil(distance(points[i], points[i + 1]) / STEP_MM);
        for (int k = 1; k <= n_steps; k++) {
            int next = end;
            if (end < 0 || i + 2 < n || k < n_steps) {
                double at[3];
                spline(at, before, points[i], points[i + 1], behind, (double)k / n_steps);
                WIL_TRY(tof_tree_node(tree, &next, at));
            }
            WIL_TRY(tof_tree_edge(tree, last, next, path->segment, path->side));
            last = next;
        }
    }
    *last_out = last;
    return WIL_OK;
}

/* Edges grouped by the node they leave: first[n] .. first[n + 1] in list. */
static wil_status group_by_from(const wil_tof_tree *tree, int *first, int *list)
{
    for (int i = 0; i < tree->n_edges; i++)
        first[tree->edges[i].from + 1]++;
    for (int i = 0; i < tree->n_nodes; i++)
        first[i + 1] += first[i];
    WIL_OWN(int32_t) *next = NULL;
    WIL_TRY(wil_alloc_i32(&next, (size_t)tree->n_nodes));
    for (int i = 0; i < tree->n_edges; i++) {
        const int from = tree->edges[i].from;
        list[first[from] + next[from]++] = i;
    }
    return WIL_OK;
}

static int order_nodes(int *order, int *n_in, const wil_tof_tree *tree, const int *first, const int *list)
{
    for (int i = 0; i < tree->n_edges; i++)
        n_in[tree->edges[i].to]++;
    int n = 0;
    for (int i = 0; i < tree->n_nodes; i++)
        if (n_in[i] == 0)
            order[n++] = i;
    for (int done = 0; done < n; done++)
        for (int k = first[order[done]]; k < first[order[done] + 1]; k++) {
            const int to = tree->edges[list[k]].to;
            if (--n_in[to] == 0)
                order[n++] = to;
        }
    return n;
}

wil_status tof_tree_order(int *order_out, const wil_tof_tree *tree)
{
    WIL_OWN(int32_t) *first = NULL, *list = NULL, *n_in = NULL;
    WIL_TRY(wil_alloc_i32(&first, (size_t)tree->n_nodes + 1));
    WIL_TRY(wil_alloc_i32(&list, (size_t)tree->n_edges + 1));
    WIL_TRY(wil_alloc_i32(&n_in, (size_t)tree->n_nodes));
    WIL_TRY(group_by_from(tree, first, list));
    const int n = order_nodes(order_out, n_in, tree, first, list);
    WIL_REQUIRE(n == tree->n_nodes, WIL_ERR_INTERNAL, "TOF phantom: the arterial tree has a cycle of flow");
    return WIL_OK;
}

/* Flow through each edge into radius_mm (as radius cubed), upstream from the ends. */
static wil_status collect_flow(wil_tof_tree *tree, const int *order, double *need)
{
    WIL_OWN(int32_t) *first = NULL, *list = NULL;
    WIL_TRY(wil_alloc_i32(&first, (size_t)tree->n_nodes + 1));
    WIL_TRY(wil_alloc_i32(&list, (size_t)tree->n_edges + 1));
    WIL_TRY(group_by_from(tree, first, list));
    for (int i = tree->n_nodes - 1; i >= 0; i--) {
        const int node = order[i];
        need[node] = tree->nodes[node].demand;
        for (int k = first[node]; k < first[node + 1]; k++) {
            wil_tof_edge *edge = &tree->edges[list[k]];
            edge->radius_mm = edge->share * need[edge->to];
            need[node] += edge->radius_mm;
        }
    }
    return WIL_OK;
}

/* How much wider than Murray's radius a named artery is: the carotid narrows from the neck to its terminus.
 */
static double lumen_factor(const wil_tof_edge *edge, const double at[3])
{
    if (edge->segment == WIL_TOF_ICA)
        return 1.12 + 0.20 * fmin(fmax(-at[2] / 28, 0), 1);
    if (edge->segment == WIL_TOF_BA || edge->segment == WIL_TOF_VA)
        return 1.05;
    return 1.0;
}

wil_status tof_tree_murray(wil_tof_tree *tree)
{
    WIL_OWN(int32_t) *order = NULL;
    WIL_OWN(double) *need = NULL;
    WIL_TRY(wil_alloc_i32(&order, (size_t)tree->n_nodes));
    WIL_TRY(wil_alloc_f64(&need, (size_t)tree->n_nodes));
    WIL_TRY(tof_tree_order(order, tree));
    WIL_TRY(collect_flow(tree, order, need));
    for (int i = 0; i < tree->n_edges; i++) {
        wil_tof_edge *edge = &tree->edges[i];
        edge->radius_mm = cbrt(edge->radius_mm);
        edge->lumen_mm[0] = edge->radius_mm * lumen_factor(edge, tree->nodes[edge->from].at_mm);
        edge->lumen_mm[1] = edge->radius_mm * lumen_factor(edge, tree->nodes[edge->to].at_mm);
    }
    return WIL_OK;
}
