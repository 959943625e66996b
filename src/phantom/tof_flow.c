/* Time of flight: a pulse train saturates the static tissue of the slab being excited; blood arrives
 * unsaturated and fades with every pulse it meets on its way through that slab.
 *
 * Spoiled gradient echo [Ernst1966]: M_ss = (1 - E1) / (1 - E1 cos a), E1 = exp(-TR / T1), signal M sin a
 * exp(-TE / T2*). After n pulses M_n = M_ss + (1 - M_ss)(E1 cos a)^n. Flow q ~ r^3 (Murray) through pi r^2
 * gives a mean speed proportional to the radius; the factor makes a middle cerebral of 1.6 mm run at 0.32
 * m/s. */
#include "tof_internal.h"
#include "willis/num.h"

#include <math.h>

#define SPEED_PER_MM 200.0 /* mm/s per mm of radius */
#define OVERLAP                                                                                              \
    0.25 /* share of the pulses that counts again in the next slab: slabs overlap and have soft edges */
#define LEAST_SPEED 70.0
#define BLOOD_DENSITY 0.85
#define BLOOD_T2S_MS 50.0

double tof_flow_speed_mm_s(double radius_mm)
{
    return fmax(SPEED_PER_MM * radius_mm, LEAST_SPEED);
}

static double steady(const wil_tof_site_facts *site, double t1_ms)
{
    const double e1 = exp(-site->tr_ms / t1_ms), c = cos(site->flip_deg * WIL_NUM_PI / 180);
    return (1 - e1) / (1 - e1 * c);
}

double tof_flow_blood(const wil_tof_site_facts *site, double pulses)
{
    const double kept = exp(-site->tr_ms / site->t1_blood_ms) * cos(site->flip_deg * WIL_NUM_PI / 180);
    const double last = steady(site, site->t1_blood_ms);
    return last + (1 - last) * pow(kept, pulses);
}

/* proton density, T1 at 1.5 and 3 T, T2* at 3 T in ms [Stanisz2005, Wansapura1999]; bone has no signal at TE
 */
static const struct {
    double density, t1_15, t1_30, t2s;
} spins[TOF_N_TISSUES] = {[TOF_AIR] = {0, 1, 1, 1},
    [TOF_BONE] = {0.12, 300, 350, 2},
    [TOF_MARROW] = {0.5, 320, 370, 14},
    [TOF_FAT] = {0.9, 290, 370, 30},
    [TOF_MUSCLE] = {0.75, 1000, 1400, 30},
    [TOF_CSF] = {1, 4000, 4200, 400},
    [TOF_GREY] = {0.82, 1100, 1450, 55},
    [TOF_WHITE] = {0.70, 750, 950, 48},
    [TOF_EYE] = {0.95, 3500, 3800, 200}};

double tof_flow_t1_ms(int tissue, const wil_tof_site_facts *site)
{
    return site->field_t > 2 ? spins[tissue].t1_30 : spins[tissue].t1_15;
}

void tof_flow_tissues(float signal_out[TOF_N_TISSUES], const wil_tof_site_facts *site)
{
    const double blood = BLOOD_DENSITY * exp(-site->te_ms / BLOOD_T2S_MS);
    for (int i = 0; i < TOF_N_TISSUES; i++) {
        double v = spins[i].density * steady(site, tof_flow_t1_ms(i, site)) *
                   exp(-site->te_ms / spins[i].t2s) / blood;
        if (i == TOF_FAT || i == TOF_MARROW)
            v *= site->fat_frac;
        if (i == TOF_GREY || i == TOF_WHITE || i == TOF_MUSCLE)
            v *= site->transfer_frac;
        signal_out[i] = (float)v;
    }
}

static int slab_of(double z, double bottom_mm, double slab_mm)
{
    return (int)floor((z - bottom_mm) / slab_mm);
}

wil_status tof_flow_pulses(wil_tof_tree *tree, const wil_tof_site_facts *site, double bottom_mm)
{
    WIL_OWN(int32_t) *order = NULL, *inlet = NULL;
    WIL_TRY(wil_alloc_i32(&order, (size_t)tree->n_nodes));
    WIL_TRY(wil_alloc_i32(&inlet, (size_t)tree->n_nodes));
    WIL_TRY(tof_tree_order(order, tree));
    for (int i = 0; i < tree->n_nodes; i++)
        inlet[i] = -1;
    for (int i = 0; i < tree->n_edges; i++) { /* the inlet that brings most blood counts */
        const wil_tof_edge *edge = &tree->edges[i];
        if (inlet[edge->to] < 0 || edge->radius_mm > tree->edges[inlet[edge->to]].radius_mm)
            inlet[edge->to] = i;
    }
    for (int i = 0; i < tree->n_nodes; i++) {
        wil_tof_node *node = &tree->nodes[order[i]];
        node->pulses = 0;
        if (inlet[order[i]] < 0 || node->at_mm[2] < bottom_mm)
            continue;
        const wil_tof_edge *edge = &tree->edges[inlet[order[i]]];
        const wil_tof_node *before = &tree->nodes[edge->from];
        const bool crossed = slab_of(before->at_mm[2], bottom_mm, site->slab_mm) !=
                             slab_of(node->at_mm[2], bottom_mm, site->slab_mm);
        double way = 0;
        for (int k = 0; k < 3; k++)
            way += (node->at_mm[k] - before->at_mm[k]) * (node->at_mm[k] - before->at_mm[k]);
        const double speed = tof_flow_speed_mm_s(edge->radius_mm) * fmax(node->speed, 0.05);
        node->pulses = before->pulses * (crossed ? OVERLAP : 1) + 1000 * sqrt(way) / speed / site->tr_ms;
    }
    return WIL_OK;
}
