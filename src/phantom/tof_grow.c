/* Growing branches into the territories of the arteries.
 *
 * Attractors are spread over a territory (cortical convexity, medial surface, ...) and served one by one,
 * each next the farthest from all vessels so far, so that main branches come first and twigs later. A branch
 * leaves the tree where that is cheapest (near, and without turning back), bends from its parent's direction
 * towards the attractor and keeps to the surface. Every branching is a bifurcation; the ends need equal flow.
 */
#include "tof_internal.h"

#include <math.h>
#include <string.h>

#define STEP_MM 1.5
#define N_CANDIDATES 700
#define MAX_STEPS 160
#define CROWDED_MM                                                                                           \
    1.0 /* what every end already fed through an entry costs there, so that all entries serve */

/* A node that branches may leave. */
typedef struct member {
    int node;
    double along[3]; /* direction of flow */
    int origin;      /* the first member upstream: where its branch enters the territory */
    int n_served;    /* of an entry: ends fed through it */
} member;

typedef double place[3];
WIL_OWNED_POINTER(place, wil_free)

typedef struct grower {
    wil_tof_tree *tree;
    const tof_head *head;
    const tof_territory *land;
    wil_rng_cursor *dice;
    int side;
    member *members;
    int n_members;
    size_t capacity;
} grower;

static void grower_clear(grower *g)
{
    wil_free(g->members);
}
WIL_OWNED_VALUE(grower, grower_clear)

static double norm(double v[3])
{
    const double length = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]) + 1e-9;
    for (int i = 0; i < 3; i++)
        v[i] /= length;
    return length;
}

/* origin < 0: an entry of its own. */
static wil_status add_member(grower *g, int node, const double along[3], int origin)
{
    WIL_TRY(wil_grow((void **)&g->members, &g->capacity, (size_t)g->n_members + 1, sizeof *g->members));
    g->members[g->n_members] = (member){
        .node = node, .along = {along[0], along[1], along[2]}, .origin = origin < 0 ? g->n_members : origin};
    g->n_members++;
    return WIL_OK;
}

/* Keeps a point on the territory's surface; vessels dip into the sulci. */
static void hold(const grower *g, double at[3])
{
    const float dip =
        tof_noise_at(&g->head->noise, (float)at[0] * 0.08f, (float)at[1] * 0.08f, (float)at[2] * 0.08f + 5);
    if (g->land->surface == TOF_CONVEXITY)
        tof_head_to_depth(g->head, at, g->head->rim + g->land->depth_mm * (1 + 1.6 * (double)dip));
    else if (g->land->surface == TOF_UNDER_SKIN)
        tof_head_to_depth(g->head, at, -(double)g->head->skull - 0.45 * (double)g->head->scalp);
    else if (g->land->surface == TOF_MIDLINE)
        at[0] = g->side * (2.2 + 1.4 * (double)dip);
}

static bool fits(const grower *g, const double at[3])
{
    const float p[3] = {(float)at[0], (float)at[1], (float)at[2]};
    if (g->land->surface == TOF_UNDER_SKIN || g->land->segment == WIL_TOF_OPHTH)
        return true;
    if (tof_head_depth(g->head, p) < 1.5f || p[2] - tof_head_base(p[0], p[1]) < 1.5f)
        return false;
    if (g->land->surface == TOF_MIDLINE) { /* not within callosum and core */
        const double y = (at[1] + 8) / 38, z = (at[2] - 20) / 29;
        return y * y + z * z > 1 && (at[2] > 8 || at[1] > 12);
    }
    if (g->land->surface == TOF_CONVEXITY) /* the watersheds to the anterior and posterior cerebral */
        return fabs(at[0]) > 22 + 0.25 * fmax(at[2] - 40, 0);
    if (g->land->segment == WIL_TOF_P3) /* medial and lower face of the occipital and temporal lobes */
        return fabs(at[0]) < 8 || (at[2] < 8 && fabs(at[0]) > 12);
    return true;
}

static int scatter(grower *g, place *points)
{
    int n = 0;
    for (int tries = 0; tries < 20 * N_CANDIDATES && n < N_CANDIDATES; tries++) {
        double at[3];
        for (int i = 0; i < 3; i++)
            at[i] = g->land->low[i] + (g->land->high[i] - g->land->low[i]) * wil_rng_next_uniform(g->dice);
        at[0] *= g->side;
        hold(g, at);
        if (fits(g, at))
            memcpy(points[n++], at, sizeof at);
    }
    return n;
}

/* The member from which the attractor is reached at the least cost; -1 if none can. */
static int choose_start(const grower *g, const double goal[3])
{
    int best = -1;
    double least = INFINITY;
    for (int i = 0; i < g->n_members; i++) {
        const member *m = &g->members[i];
        const wil_tof_node *node = &g->tree->nodes[m->node];
        if (node->n_out >= 2)
            continue;
        double way[3];
        for (int k = 0; k < 3; k++)
            way[k] = goal[k] - node->at_mm[k];
        const double length = norm(way);
        const double turn = way[0] * m->along[0] + way[1] * m->along[1] + way[2] * m->along[2];
        const double cost = length * (1 + 0.55 * (1 - turn)) + (node->n_out == 0 ? -4 : 0) +
                            CROWDED_MM * g->members[m->origin].n_served;
        if (cost < least) {
            least = cost;
            best = i;
        }
    }
    return best;
}

static wil_status reach(grower *g, int start, const double goal[3], double demand)
{
    int node = g->members[start].node;
    const int origin = g->members[start].origin;
    double heading[3], at[3], nearest = INFINITY;
    memcpy(heading, g->members[start].along, sizeof heading);
    memcpy(at, g->tree->nodes[node].at_mm, sizeof at);
    for (int step = 0; step < MAX_STEPS; step++) {
        double way[3], before[3];
        for (int k = 0; k < 3; k++)
            way[k] = goal[k] - at[k];
        const double left = norm(way);
        if (left < STEP_MM || (left < 7 && left > nearest)) /* there, or circling it */
            break;
        nearest = fmin(nearest, left);
        const double pull = left < 8 ? 0.6 : 0.28; /* soft bends on the way, no overshoot at the end */
        memcpy(before, at, sizeof before);
        for (int k = 0; k < 3; k++)
            heading[k] = (1 - pull) * heading[k] + pull * way[k];
        norm(heading);
        for (int k = 0; k < 3; k++)
            at[k] += STEP_MM * heading[k];
        hold(g, at);
        int next;
        WIL_TRY(tof_tree_node(g->tree, &next, at));
        WIL_TRY(tof_tree_edge(g->tree, node, next, g->land->segment, g->side));
        for (int k = 0; k < 3; k++)
            heading[k] = at[k] - before[k];
        norm(heading);
        WIL_TRY(add_member(g, next, heading, origin));
        node = next;
    }
    g->tree->nodes[node].demand += demand;
    g->members[origin].n_served++;
    return WIL_OK;
}

static wil_status gather_roots(grower *g, int first, int last)
{
    for (int i = 0; i < g->tree->n_edges; i++) {
        const wil_tof_edge *edge = &g->tree->edges[i];
        if (edge->to < first || edge->to >= last)
            continue;
        const float at[3] = {(float)g->tree->nodes[edge->to].at_mm[0],
            (float)g->tree->nodes[edge->to].at_mm[1], (float)g->tree->nodes[edge->to].at_mm[2]};
        if (g->land->surface == TOF_CONVEXITY && tof_head_depth(g->head, at) > 9 &&
            g->tree->nodes[edge->to].n_out > 0)
            continue; /* in the depth of the fissure nothing leaves */
        double along[3];
        for (int k = 0; k < 3; k++)
            along[k] = g->tree->nodes[edge->to].at_mm[k] - g->tree->nodes[edge->from].at_mm[k];
        norm(along);
        int origin = -1;
        for (int k = 0; k < g->n_members; k++)
            if (g->members[k].node == edge->from)
                origin = g->members[k].origin;
        WIL_TRY(add_member(g, edge->to, along, origin));
    }
    return WIL_OK;
}

static double squared_gap(const double a[3], const double b[3])
{
    return (a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) + (a[2] - b[2]) * (a[2] - b[2]);
}

/* Serves n_ends attractors; gap: [n_points] squared distance of each to the vessels. */
static wil_status fill(grower *g, place *points, double *gap, int n_points, int n_ends, double demand)
{
    for (int i = 0; i < n_points; i++)
        gap[i] = INFINITY;
    int seen = 0, n_open = 0;
    const int n_roots = g->n_members;
    for (int i = 0; i < n_roots; i++) /* ends that nature laid must use flow as well */
        n_open += g->tree->nodes[g->members[i].node].n_out == 0;
    const double part = demand / (n_ends > n_open ? n_ends : n_open + 1);
    for (int served = 0; served < n_ends && n_points > 0; served++) {
        for (; seen < g->n_members; seen++)
            for (int i = 0; i < n_points; i++)
                gap[i] = fmin(gap[i], squared_gap(points[i], g->tree->nodes[g->members[seen].node].at_mm));
        int far = 0;
        for (int i = 1; i < n_points; i++)
            if (gap[i] > gap[far])
                far = i;
        const int from = choose_start(g, points[far]);
        if (from < 0)
            break;
        WIL_TRY(reach(g, from, points[far], part));
    }
    for (int i = 0; i < n_roots; i++)
        if (g->tree->nodes[g->members[i].node].n_out == 0 && g->tree->nodes[g->members[i].node].demand == 0)
            g->tree->nodes[g->members[i].node].demand = part;
    return WIL_OK;
}

static wil_status grow_territory(grower *g, int first, int last, double density, double calibre)
{
    const double vary = exp(0.09 * wil_rng_next_normal(g->dice)) * calibre;
    const double demand = pow(g->land->radius_mm * vary, 3), end = pow(g->land->terminal_mm, 3);
    const int n_ends = (int)fmax(1, round(pow(g->land->radius_mm, 3) / end * density));
    WIL_OWN(place) *points = NULL;
    WIL_OWN(double) *gap = NULL;
    WIL_TRY(wil_alloc((void **)&points, N_CANDIDATES, sizeof *points));
    WIL_TRY(wil_alloc_f64(&gap, N_CANDIDATES));
    WIL_TRY(gather_roots(g, first, last));
    const int n_points = scatter(g, points);
    return fill(g, points, gap, n_points, n_ends, demand);
}

/* Bends that neighbours share: a smooth displacement of space itself. */
static void sway(wil_tof_tree *tree, const tof_head *head, double amount)
{
    for (int i = 0; i < tree->n_nodes; i++) {
        double *at = tree->nodes[i].at_mm;
        const double x = at[0], y = at[1], z = at[2];
        const double centre = exp(-(x * x + y * y + z * z) / (2 * 18.0 * 18.0));
        const double midline = 1 - 0.6 * exp(-x * x / 18.0);
        for (int k = 0; k < 3; k++) {
            const float o = 40.0f * (float)(k + 1);
            const float slow = tof_noise_at(&head->noise, (float)x / 13 + o, (float)y / 13, (float)z / 13);
            const float fast = tof_noise_at(&head->noise, (float)x / 6 + o, (float)y / 6 + o, (float)z / 6);
            at[k] += amount * (1 - 0.4 * centre) * (k == 0 ? midline : 1) *
                     (3.0 * (double)slow + 1.3 * (double)fast);
        }
    }
}

wil_status tof_grow(wil_tof_tree *tree, const tof_roots *roots, const tof_head *head,
    const wil_tof_config *config, wil_rng_cursor *dice)
{
    WIL_OWN(grower) g = {.tree = tree, .head = head, .dice = dice};
    for (int t = 0; t < TOF_N_TERRITORIES; t++)
        for (int s = 0; s < 2; s++) {
            g.land = tof_territory_get(t);
            g.side = s ? 1 : -1;
            g.n_members = 0;
            WIL_TRY(grow_territory(
                &g, roots->first[t][s], roots->last[t][s], config->vessel_density, config->vessel_calibre));
        }
    sway(tree, head, config->tortuosity);
    return WIL_OK;
}
