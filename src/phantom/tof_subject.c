/* One TOF subject: its tree, its scan, its label. */
#include "tof_internal.h"

#include <math.h>

const char *wil_tof_segment_name(wil_tof_segment segment)
{
    static const char *const names[WIL_TOF_N_SEGMENTS] = {"ICA", "M1", "M2", "M4", "A1", "A2", "A3", "ACom",
        "PCom", "P1", "P2", "P3", "BA", "VA", "CBL", "OphthA", "STA"};
    return segment >= 0 && segment < WIL_TOF_N_SEGMENTS ? names[segment] : "?";
}

void wil_tof_subject_clear(wil_tof_subject *subject)
{
    wil_volume_clear(&subject->image);
    wil_mask_clear(&subject->label);
    wil_mask_clear(&subject->brain);
    *subject = (wil_tof_subject){0};
}

static void count_pieces(wil_tof_facts *facts, const wil_tof_tree *tree)
{
    facts->n_bifurcations = 0;
    facts->n_segments = 0;
    for (int i = 0; i < tree->n_nodes; i++)
        facts->n_bifurcations += tree->nodes[i].n_out > 1;
    for (int i = 0; i < tree->n_edges; i++) /* a piece ends where its end branches or ends */
        facts->n_segments += tree->nodes[tree->edges[i].to].n_out != 1;
}

static wil_status make_tree(
    wil_tof_tree *out, wil_tof_facts *facts, const tof_head *head, const wil_tof_config *config, int subject)
{
    wil_rng_cursor dice = {.rng = wil_rng_at(config->seed, WIL_RNG_PHANTOM_TREE, (uint32_t)subject)};
    tof_roots roots;
    *facts = (wil_tof_facts){0};
    WIL_TRY(tof_circle_make(out, &roots, facts, head, &dice));
    WIL_TRY(tof_grow(out, &roots, head, config, &dice));
    WIL_TRY(tof_tree_murray(out));
    dice.next = (uint64_t)1 << 32; /* disease does not depend on how many branches were grown */
    WIL_TRY(tof_disease_apply(out, facts, config->disease_share, &dice));
    count_pieces(facts, out);
    return WIL_OK;
}

static wil_status check_subject(const wil_tof_config *config, int subject)
{
    WIL_TRY(wil_tof_config_check(config));
    WIL_REQUIRE(subject >= 0, WIL_ERR_ARG, "TOF phantom: subject number %d; it must be 0 or more", subject);
    return WIL_OK;
}

static double slab_bottom(const wil_grid *grid)
{
    return grid->affine[2][3] - 0.5 * grid->spacing_mm[2];
}

wil_status wil_phantom_tof_tree(
    wil_tof_tree *out, wil_tof_facts *facts_out, const wil_tof_config *cohort, int subject)
{
    WIL_TRY(check_subject(cohort, subject));
    const wil_tof_config own = tof_subject_config(cohort, subject), *config = &own;
    tof_head head;
    tof_head_make(&head, config, subject);
    WIL_OWN(wil_tof_tree) tree = {0};
    const wil_tof_site_facts site = wil_tof_site_of(config, subject);
    const wil_grid grid = tof_grid(config);
    WIL_TRY(make_tree(&tree, facts_out, &head, config, subject));
    WIL_TRY(tof_flow_pulses(&tree, &site, slab_bottom(&grid)));
    return wil_give_value(out, &tree);
}

static void lumen_at(const void *user, size_t voxel, float *occupancy_out, float *blood_out)
{
    const tof_lumen *lumen = user;
    const int n = __builtin_popcount(lumen->bits[voxel]);
    *occupancy_out = (float)n / (TOF_SUB * TOF_SUB * TOF_SUB);
    *blood_out = n > 0 ? lumen->signal[voxel] / (float)n : 0;
}

static void label_lumen(wil_mask *label, const tof_lumen *lumen)
{
    const size_t n = wil_grid_count(&label->grid);
    for (size_t i = 0; i < n; i++) /* 14 of 27 samples are the first count above one half */
        label->voxels[i] = 2 * __builtin_popcount(lumen->bits[i]) >= TOF_SUB * TOF_SUB * TOF_SUB;
}

static void strip(wil_tof_subject *made)
{
    const size_t n = wil_grid_count(&made->label.grid);
    for (size_t i = 0; i < n; i++) {
        made->label.voxels[i] &= made->brain.voxels[i];
        if (made->image.voxels != NULL) /* NULL: labels alone */
            made->image.voxels[i] *= (float)made->brain.voxels[i];
    }
}

wil_status wil_phantom_tof(wil_tof_subject *out, const wil_tof_config *cohort, int subject)
{
    WIL_TRY(check_subject(cohort, subject));
    const wil_tof_config own = tof_subject_config(cohort, subject), *config = &own;
    WIL_OWN(wil_tof_subject) made = {0};
    WIL_OWN(wil_tof_tree) tree = {0};
    WIL_OWN(tof_lumen) lumen = {0};
    tof_head head;
    const wil_grid grid = tof_grid(config);
    const wil_tof_site_facts site = wil_tof_site_of(config, subject);
    tof_head_make(&head, config, subject);
    WIL_TRY(make_tree(&tree, &made.facts, &head, config, subject));
    WIL_TRY(tof_flow_pulses(&tree, &site, slab_bottom(&grid)));
    WIL_TRY(tof_lumen_make(&lumen, &tree, &site, &grid));
    WIL_TRY(wil_mask_make(&made.label, &grid));
    WIL_TRY(wil_mask_make(&made.brain, &grid));
    if (config->labels_only) {
        tof_scan_brain(&made.brain, &head);
    } else {
        WIL_TRY(wil_volume_make(&made.image, &grid, 1));
        WIL_TRY(tof_scan(&made.image, &made.brain, &head, config, subject, lumen_at, &lumen));
    }
    label_lumen(&made.label, &lumen);
    if (site.stripped)
        strip(&made);
    made.facts.vessel_frac =
        (double)wil_mask_count(&made.label) / fmax(1, (double)wil_mask_count(&made.brain));
    return wil_give_value(out, &made);
}
