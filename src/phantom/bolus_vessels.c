/* Large vessels: the TOF phantom's arterial tree, and the venous sinuses. */
#include "bolus_internal.h"

#include <math.h>
#include <string.h>

#define FINE_MM 1.75 /* slices are cut so thin for the occupancy of a lumen */

static inline float square(float v)
{
    return v * v;
}

bool bolus_in_vein(const tof_head *head, const float at[3])
{
    const float side = fabsf(at[0]);
    const float tentorium = -8 + 0.25f * (at[1] + 78); /* height at the vault */
    const float depth = side < 6 || fabsf(at[2] - tentorium) < 7 ? tof_head_depth(head, at) : -1;
    if (depth > 0 && depth < 8 && side + 0.5f * depth < 4.6f && at[2] > -4)
        return true; /* superior sagittal: a triangle under the vault */
    if (depth > 0 && depth < 8 && at[1] < -42 && fabsf(at[2] - tentorium) + 0.5f * depth < 4.2f)
        return true;
    /* straight sinus, from the great vein to the confluence */
    const float t = fminf(fmaxf((-44 - at[1]) / 46, 0), 1);
    const float gap = sqrtf(square(side) + square(at[2] - (19 - 24 * t)) + square(at[1] + 44 + 46 * t));
    return gap < 2.6f;
}

static int group_of(const wil_tof_edge *edge)
{
    const bool left = edge->side < 0;
    switch (edge->segment) {
    case WIL_TOF_M2:
    case WIL_TOF_M4:
        return left ? BOLUS_MCA_LEFT : BOLUS_MCA_RIGHT;
    case WIL_TOF_A2:
    case WIL_TOF_A3:
        return left ? BOLUS_ACA_LEFT : BOLUS_ACA_RIGHT;
    case WIL_TOF_P2:
    case WIL_TOF_P3:
        return left ? BOLUS_PCA_LEFT : BOLUS_PCA_RIGHT;
    case WIL_TOF_CBL:
        return BOLUS_FOSSA;
    case WIL_TOF_SCALP:
    case WIL_TOF_OPHTH:
        return BOLUS_SCALP;
    default:
        return BOLUS_TRUNK;
    }
}

static wil_grid fine_grid(const wil_grid *grid, int *per_slice_out)
{
    const int per_slice = (int)ceil(grid->spacing_mm[2] / FINE_MM - 1e-9);
    wil_grid fine = *grid;
    fine.size[2] *= per_slice;
    fine.spacing_mm[2] /= per_slice;
    fine.affine[2][2] /= per_slice;
    fine.affine[2][3] -= 0.5 * (per_slice - 1) * fine.affine[2][2];
    *per_slice_out = per_slice;
    return fine;
}

/* Occupancy by one group of arteries, added to what others have; the largest names the voxel's territory. */
static wil_status add_group(bolus_anatomy *anatomy, float *largest, const wil_tof_tree *group,
    const wil_tof_site_facts *site, const wil_grid *grid, int which)
{
    int per_slice = 1;
    const wil_grid fine = fine_grid(grid, &per_slice);
    const size_t n_slice = (size_t)grid->size[0] * (size_t)grid->size[1];
    WIL_OWN(tof_lumen) lumen = {0};
    WIL_TRY(tof_lumen_make(&lumen, group, site, &fine));
    for (int z = 0; z < grid->size[2]; z++)
        for (size_t i = 0; i < n_slice; i++) {
            int n = 0;
            for (int k = 0; k < per_slice; k++)
                n += __builtin_popcount(lumen.bits[(size_t)(z * per_slice + k) * n_slice + i]);
            const float share = (float)n / (float)(per_slice * TOF_SUB * TOF_SUB * TOF_SUB);
            const size_t voxel = (size_t)z * n_slice + i;
            anatomy->artery[voxel] += share;
            if (share > largest[voxel]) {
                largest[voxel] = share;
                anatomy->vessel[voxel] = (uint8_t)which;
            }
        }
    return WIL_OK;
}

/* What the lumen takes, the rest of the voxel gives. */
static void make_room(bolus_anatomy *a, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!(a->artery[i] > 0))
            continue;
        a->artery[i] = fminf(a->artery[i], 1);
        const float left = 1 - a->artery[i];
        a->part[0][i] *= left;
        a->part[1][i] *= left;
        a->fluid[i] *= left;
        a->vein[i] *= left;
        a->rest[i] *= left;
    }
}

static wil_status add_groups(
    bolus_anatomy *anatomy, const wil_tof_tree *tree, const wil_tof_site_facts *site, const wil_grid *grid)
{
    WIL_OWN(float) *largest = NULL;
    WIL_OWN(wil_tof_edge) *edges = NULL;
    WIL_TRY(wil_alloc_f32(&largest, wil_grid_count(grid)));
    WIL_TRY(wil_alloc((void **)&edges, (size_t)tree->n_edges + 1, sizeof *edges));
    wil_tof_tree group = *tree; /* the same nodes, some of the edges */
    group.edges = edges;
    for (int which = 0; which < BOLUS_N_TERRITORIES; which++) {
        group.n_edges = 0;
        for (int i = 0; i < tree->n_edges; i++)
            if (group_of(&tree->edges[i]) == which)
                edges[group.n_edges++] = tree->edges[i];
        WIL_TRY(add_group(anatomy, largest, &group, site, grid, which));
    }
    make_room(anatomy, wil_grid_count(grid));
    return WIL_OK;
}

wil_status bolus_arteries(bolus_anatomy *anatomy, const bolus_plan *plan, const wil_grid *grid, int subject)
{
    wil_tof_config tof = wil_tof_config_default();
    WIL_OWN(wil_tof_tree) tree = {0};
    wil_tof_facts facts;
    tof.seed = plan->config->seed;
    tof.disease_share = 0; /* the DSC phantom has its own */
    WIL_TRY(wil_phantom_tof_tree(&tree, &facts, &tof, subject));
    const wil_tof_site_facts site = wil_tof_site_of(&tof, 0);
    return add_groups(anatomy, &tree, &site, grid);
}
