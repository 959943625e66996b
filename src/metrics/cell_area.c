/* Area of the surface through eight voxels: marching cubes [Lorensen1987] with vertices half-way between
 * voxel centres. Where a face has two ones at opposite corners they stay apart; of more than four ones the
 * zeros are looked at instead. A polygon that is not flat is cut so that its area in the unit cube is
 * largest, which gives the areas of the tables that others weigh surfaces by. */
#include "metrics_internal.h"

#include <math.h>
#include <string.h>

#define N_CORNERS 8
#define N_EDGES 24 /* numbered 8 axis + the corner it begins at; half of the numbers are used */
#define MOST_VERTICES 12

/* Each edge between a one and a zero has a neighbour on either of its faces. */
typedef struct links {
    int to[N_EDGES][2];
    int n[N_EDGES];
} links;

static int edge_between(int a, int b)
{
    const int axis = (a ^ b) == 1 ? 0 : (a ^ b) == 2 ? 1 : 2;
    return N_CORNERS * axis + (a < b ? a : b);
}

static void link_edges(links *l, int a, int b)
{
    l->to[a][l->n[a]++] = b;
    l->to[b][l->n[b]++] = a;
}

static void link_face(links *l, unsigned pattern, const int corner[4])
{
    int edge[4], crossed[4], n = 0;
    for (int i = 0; i < 4; i++) {
        const int next = corner[(i + 1) % 4];
        edge[i] = edge_between(corner[i], next);
        if ((pattern >> corner[i] & 1) != (pattern >> next & 1))
            crossed[n++] = i;
    }
    if (n == 2)
        link_edges(l, edge[crossed[0]], edge[crossed[1]]);
    for (int i = 0; i < 4 && n == 4; i++)
        if (pattern >> corner[i] & 1)
            link_edges(l, edge[(i + 3) % 4], edge[i]);
}

static void link_all(links *l, unsigned pattern)
{
    memset(l, 0, sizeof *l);
    for (int axis = 0; axis < 3; axis++) {
        const int u = 1 << (axis + 1) % 3, v = 1 << (axis + 2) % 3;
        for (int side = 0; side <= 1 << axis; side += 1 << axis)
            link_face(l, pattern, (const int[]){side, side | u, side | u | v, side | v});
    }
}

typedef struct polygon {
    double at[MOST_VERTICES][3]; /* in the unit cube */
    int n;
} polygon;

/* The polygon through an edge; its edges are taken out of the links. */
static polygon trace(links *l, int first)
{
    polygon p = {.n = 0};
    for (int edge = first, next = -1; edge >= 0 && p.n < MOST_VERTICES; edge = next) {
        for (int axis = 0; axis < 3; axis++)
            p.at[p.n][axis] = edge / N_CORNERS == axis ? 0.5 : edge >> axis & 1;
        p.n++;
        l->n[edge] = 0;
        next = l->n[l->to[edge][0]] > 0 ? l->to[edge][0] : l->n[l->to[edge][1]] > 0 ? l->to[edge][1] : -1;
    }
    return p;
}

typedef struct area {
    double unit, mm2; /* in the unit cube, and with the spacing */
} area;

static area of_triangle(const double a[3], const double b[3], const double c[3], const double mm[3])
{
    double unit = 0, mm2 = 0;
    for (int axis = 0; axis < 3; axis++) {
        const int u = (axis + 1) % 3, v = (axis + 2) % 3;
        const double normal = 0.5 * ((b[u] - a[u]) * (c[v] - a[v]) - (b[v] - a[v]) * (c[u] - a[u]));
        unit += normal * normal;
        mm2 += normal * mm[u] * mm[v] * (normal * mm[u] * mm[v]);
    }
    return (area){sqrt(unit), sqrt(mm2)};
}

/* Of the vertices first .. last. */
static area of_polygon(const polygon *p, int first, int last, const double mm[3])
{
    area best = {0};
    for (int k = first + 1; k < last; k++) {
        const area parts[3] = {of_triangle(p->at[first], p->at[k], p->at[last], mm),
            of_polygon(p, first, k, mm), of_polygon(p, k, last, mm)};
        const area sum = {
            parts[0].unit + parts[1].unit + parts[2].unit, parts[0].mm2 + parts[1].mm2 + parts[2].mm2};
        if (sum.unit > best.unit + 1e-9)
            best = sum;
    }
    return best;
}

double cell_area_mm2(unsigned pattern, const double spacing_mm[3])
{
    links l;
    double sum = 0;
    int n_ones = 0;
    for (int corner = 0; corner < N_CORNERS; corner++)
        n_ones += (int)(pattern >> corner & 1);
    link_all(&l, n_ones > 4 ? ~pattern & 0xFF : pattern);
    for (int edge = 0; edge < N_EDGES; edge++) {
        if (l.n[edge] == 0)
            continue;
        const polygon p = trace(&l, edge);
        sum += of_polygon(&p, 0, p.n - 1, spacing_mm).mm2;
    }
    return sum;
}
