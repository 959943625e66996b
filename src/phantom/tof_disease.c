/* Stenosis and occlusion. What flow does behind them is said in tof_node.speed; lumen is narrowed in place.
 */
#include "tof_internal.h"

#include <math.h>

#define PLAQUE_MM 2.5 /* half width of a stenosis */
#define CLOT_MM 5.0
#define THROUGH_CIRCLE 0.4 /* speed behind a closed carotid that the circle bypasses */

const char *wil_tof_disease_name(wil_tof_disease disease)
{
    static const char *const names[] = {"healthy", "stenosis", "occlusion"};
    return names[disease];
}

static const struct {
    wil_tof_segment segment;
    double share; /* of the diseased; steno-occlusive cohorts are mostly carotid and middle cerebral */
} sites[] = {{WIL_TOF_M1, 0.36}, {WIL_TOF_ICA, 0.26}, {WIL_TOF_M2, 0.14}, {WIL_TOF_P2, 0.10},
    {WIL_TOF_A2, 0.07}, {WIL_TOF_BA, 0.07}};

static wil_tof_segment choose_segment(double luck)
{
    int i = 0;
    for (; i < 5 && luck >= sites[i].share; i++)
        luck -= sites[i].share;
    return sites[i].segment;
}

/* An edge of the segment somewhere in its middle; -1 if there is none. */
static int choose_edge(const wil_tof_tree *tree, wil_tof_segment segment, int side, double where)
{
    int n = 0, wanted;
    for (int i = 0; i < tree->n_edges; i++)
        n += tree->edges[i].segment == segment && (tree->edges[i].side == side || tree->edges[i].side == 0);
    wanted = (int)(n * where);
    for (int i = 0; i < tree->n_edges; i++)
        if (tree->edges[i].segment == segment && (tree->edges[i].side == side || tree->edges[i].side == 0))
            if (wanted-- == 0)
                return i;
    return -1;
}

static double narrowing(const double at[3], const double plaque[3], double frac)
{
    double gap = 0;
    for (int k = 0; k < 3; k++)
        gap += (at[k] - plaque[k]) * (at[k] - plaque[k]);
    return 1 - frac * exp(-gap / (2 * PLAQUE_MM * PLAQUE_MM));
}

static void narrow(wil_tof_tree *tree, int edge, double frac)
{
    double plaque[3];
    for (int k = 0; k < 3; k++)
        plaque[k] = tree->nodes[tree->edges[edge].to].at_mm[k];
    for (int i = 0; i < tree->n_edges; i++) {
        wil_tof_edge *e = &tree->edges[i];
        if (e->segment != tree->edges[edge].segment || e->side != tree->edges[edge].side)
            continue;
        e->lumen_mm[0] *= narrowing(tree->nodes[e->from].at_mm, plaque, frac);
        e->lumen_mm[1] *= narrowing(tree->nodes[e->to].at_mm, plaque, frac);
    }
}

/* Speed behind edge becomes `behind`; a node with another, open inlet keeps at least THROUGH_CIRCLE. */
static wil_status slow_down(wil_tof_tree *tree, int edge, double behind)
{
    WIL_OWN(int32_t) *order = NULL;
    WIL_OWN(double) *open = NULL; /* fastest inlet of each node that the disease reaches; -1 elsewhere */
    WIL_TRY(wil_alloc_i32(&order, (size_t)tree->n_nodes));
    WIL_TRY(wil_alloc_f64(&open, (size_t)tree->n_nodes));
    WIL_TRY(tof_tree_order(order, tree));
    tree->nodes[tree->edges[edge].to].speed = behind;
    for (int i = 0; i < tree->n_nodes; i++)
        open[i] = -1;
    open[tree->edges[edge].to] = behind;
    for (int i = 0; i < tree->n_nodes; i++) {
        const int node = order[i];
        for (int k = 0; open[node] < 0 && k < tree->n_edges; k++) {
            const wil_tof_edge *e = &tree->edges[k];
            if (e->to != node || open[e->from] < 0)
                continue;
            tree->nodes[node].speed = open[node] = tree->nodes[e->from].speed;
            if (e->share < 1) /* another inlet helps */
                tree->nodes[node].speed = open[node] = fmax(open[node], 1 - 0.6 * e->share);
        }
    }
    return WIL_OK;
}

/* The clot itself: nothing flows in the diseased segment within CLOT_MM of the edge. */
static void put_clot(wil_tof_tree *tree, int edge)
{
    const double *clot = tree->nodes[tree->edges[edge].to].at_mm;
    for (int i = 0; i < tree->n_edges; i++) {
        const wil_tof_edge *e = &tree->edges[i];
        wil_tof_node *to = &tree->nodes[e->to];
        double gap = 0;
        for (int k = 0; k < 3; k++)
            gap += (to->at_mm[k] - clot[k]) * (to->at_mm[k] - clot[k]);
        if (e->segment == tree->edges[edge].segment && e->side == tree->edges[edge].side &&
            gap < CLOT_MM * CLOT_MM)
            to->speed = 0;
    }
}

static wil_status occlude(wil_tof_tree *tree, wil_tof_facts *facts, int edge, wil_rng_cursor *dice)
{
    const bool collateral = wil_rng_next_uniform(dice) < 0.5;
    facts->collateral_frac = collateral ? 0.1 + 0.25 * wil_rng_next_uniform(dice) : 0;
    facts->narrowing_frac = 1;
    if (facts->segment == WIL_TOF_ICA)
        facts->collateral_frac = THROUGH_CIRCLE;
    WIL_TRY(slow_down(tree, edge, facts->collateral_frac));
    if (facts->segment != WIL_TOF_ICA) {
        put_clot(tree, edge);
        return WIL_OK;
    }
    for (int i = 0; i < tree->n_edges; i++) { /* closed in the neck: no signal up to its top */
        const wil_tof_edge *e = &tree->edges[i];
        if ((e->segment == WIL_TOF_ICA || e->segment == WIL_TOF_OPHTH) && e->side == facts->side)
            tree->nodes[e->from].speed = 0;
    }
    return WIL_OK;
}

wil_status tof_disease_apply(wil_tof_tree *tree, wil_tof_facts *facts, double share, wil_rng_cursor *dice)
{
    facts->disease = WIL_TOF_HEALTHY;
    const bool ill = wil_rng_next_uniform(dice) < share, closed = wil_rng_next_uniform(dice) < 0.45;
    const wil_tof_segment segment = choose_segment(wil_rng_next_uniform(dice));
    const int side = wil_rng_next_uniform(dice) < 0.5 ? -1 : 1;
    const int edge = choose_edge(tree, segment, side, 0.2 + 0.5 * wil_rng_next_uniform(dice));
    if (!ill || edge < 0)
        return WIL_OK;
    facts->disease = closed ? WIL_TOF_OCCLUSION : WIL_TOF_STENOSIS;
    facts->segment = segment;
    facts->side = tree->edges[edge].side;
    if (closed)
        return occlude(tree, facts, edge, dice);
    facts->narrowing_frac = 0.5 + 0.4 * wil_rng_next_uniform(dice);
    narrow(tree, edge, facts->narrowing_frac);
    const double severe = fmax(0, facts->narrowing_frac - 0.6); /* below 60 % the flow is as before */
    return slow_down(tree, edge, 1 - 1.6 * severe);
}
