/* Which parts of the voxels are lumen: every edge is a tapered capsule, tested at TOF_SUB^3 points per voxel.
 * Edges are sorted into slices; slices are independent, so threads cannot change the result. */
#include "tof_internal.h"

#include <math.h>

typedef struct capsule {
    float a[3], d[3], length2; /* in mm from the centre of voxel (0, 0, 0) */
    float radius[2], blood[2];
    int low[3], high[3]; /* voxels it may touch, inclusive */
} capsule;
WIL_OWNED_POINTER(capsule, wil_free)

typedef struct painter {
    const capsule *capsules;
    const int *first, *list; /* capsules of slice z: list[first[z]] .. list[first[z + 1] - 1] */
    const wil_grid *grid;
    tof_lumen *lumen;
} painter;

/* Square of the distance from a point to a capsule's axis; *along_out: where on it, 0 .. 1. */
static inline float gap2(const capsule *c, const float point[3], float *along_out)
{
    float dot = 0, gap = 0;
    for (int k = 0; k < 3; k++)
        dot += (point[k] - c->a[k]) * c->d[k];
    *along_out = fminf(fmaxf(dot / c->length2, 0), 1);
    for (int k = 0; k < 3; k++) {
        const float e = point[k] - c->a[k] - *along_out * c->d[k];
        gap += e * e;
    }
    return gap;
}

static void paint_voxel(const painter *p, const capsule *c, int x, int y, int z)
{
    const size_t voxel =
        ((size_t)z * (size_t)p->grid->size[1] + (size_t)y) * (size_t)p->grid->size[0] + (size_t)x;
    const float s[3] = {
        (float)p->grid->spacing_mm[0], (float)p->grid->spacing_mm[1], (float)p->grid->spacing_mm[2]};
    const float centre[3] = {(float)x * s[0], (float)y * s[1], (float)z * s[2]};
    const float reach = fmaxf(c->radius[0], c->radius[1]) + 0.51f * (s[0] + s[1] + s[2]);
    uint32_t bits = p->lumen->bits[voxel];
    float t;
    if (gap2(c, centre, &t) > reach * reach)
        return;
    for (int i = 0; i < TOF_SUB * TOF_SUB * TOF_SUB; i++) {
        if (bits >> i & 1)
            continue;
        const int sub[3] = {i % TOF_SUB, i / TOF_SUB % TOF_SUB, i / (TOF_SUB * TOF_SUB)};
        const int v[3] = {x, y, z};
        float point[3];
        for (int k = 0; k < 3; k++)
            point[k] = ((float)v[k] + ((float)sub[k] + 0.5f) / TOF_SUB - 0.5f) * s[k];
        const float gap = gap2(c, point, &t);
        const float radius = c->radius[0] + t * (c->radius[1] - c->radius[0]);
        if (gap <= radius * radius) {
            bits |= 1u << i;
            p->lumen->signal[voxel] += c->blood[0] + t * (c->blood[1] - c->blood[0]);
        }
    }
    p->lumen->bits[voxel] = bits;
}

static void paint_slices(int64_t begin, int64_t end, void *context)
{
    const painter *p = context;
    for (int z = (int)begin; z < end; z++)
        for (int i = p->first[z]; i < p->first[z + 1]; i++) {
            const capsule *c = &p->capsules[p->list[i]];
            for (int y = c->low[1]; y <= c->high[1]; y++)
                for (int x = c->low[0]; x <= c->high[0]; x++)
                    paint_voxel(p, c, x, y, z);
        }
}

/* false if the edge carries no signal or lies outside the grid. */
static bool make_capsule(capsule *c, const wil_tof_tree *tree, const wil_tof_edge *edge,
    const wil_tof_site_facts *site, const wil_grid *grid)
{
    const wil_tof_node *from = &tree->nodes[edge->from], *to = &tree->nodes[edge->to];
    if (from->speed <= 0 || to->speed <= 0)
        return false;
    c->length2 = 1e-9f;
    for (int k = 0; k < 3; k++) {
        c->a[k] = (float)(from->at_mm[k] - grid->affine[k][3]);
        c->d[k] = (float)(to->at_mm[k] - from->at_mm[k]);
        c->length2 += c->d[k] * c->d[k];
        const double wide = fmax(edge->lumen_mm[0], edge->lumen_mm[1]) + 0.5 * grid->spacing_mm[k];
        const double a = (double)c->a[k], b = a + (double)c->d[k];
        c->low[k] = (int)fmax(0, ceil((fmin(a, b) - wide) / grid->spacing_mm[k]));
        c->high[k] = (int)fmin(grid->size[k] - 1, floor((fmax(a, b) + wide) / grid->spacing_mm[k]));
        if (c->low[k] > c->high[k])
            return false;
    }
    const double crossed =
        to->pulses < from->pulses ? from->pulses : to->pulses; /* no ramp back at a slab's edge */
    c->blood[0] = (float)tof_flow_blood(site, from->pulses);
    c->blood[1] = (float)tof_flow_blood(site, crossed);
    c->radius[0] = (float)edge->lumen_mm[0];
    c->radius[1] = (float)edge->lumen_mm[1];
    return true;
}

static void sort_into_slices(int *first, int *list, int *fill, const capsule *capsules, int n, int n_slices)
{
    for (int i = 0; i < n; i++)
        for (int z = capsules[i].low[2]; z <= capsules[i].high[2]; z++)
            first[z + 1]++;
    for (int z = 0; z < n_slices; z++)
        first[z + 1] += first[z];
    for (int i = 0; list != NULL && i < n; i++)
        for (int z = capsules[i].low[2]; z <= capsules[i].high[2]; z++)
            list[first[z] + fill[z]++] = i;
}

static wil_status paint_all(tof_lumen *out, const capsule *capsules, int n, const wil_grid *grid)
{
    WIL_OWN(int32_t) *first = NULL, *list = NULL, *fill = NULL;
    size_t n_entries = 1;
    for (int i = 0; i < n; i++)
        n_entries += (size_t)(capsules[i].high[2] - capsules[i].low[2] + 1);
    WIL_TRY(wil_alloc_i32(&first, (size_t)grid->size[2] + 1));
    WIL_TRY(wil_alloc_i32(&fill, (size_t)grid->size[2]));
    WIL_TRY(wil_alloc_i32(&list, n_entries));
    sort_into_slices(first, list, fill, capsules, n, grid->size[2]);
    painter p = {.capsules = capsules, .first = first, .list = list, .grid = grid, .lumen = out};
    wil_parallel_for(grid->size[2], 1, paint_slices, &p);
    return WIL_OK;
}

wil_status tof_lumen_make(
    tof_lumen *out, const wil_tof_tree *tree, const wil_tof_site_facts *site, const wil_grid *grid)
{
    WIL_OWN(capsule) *capsules = NULL;
    WIL_OWN(tof_lumen) made = {0};
    const size_t n_voxels = wil_grid_count(grid);
    *out = (tof_lumen){0};
    WIL_TRY(wil_alloc((void **)&made.bits, n_voxels, sizeof *made.bits));
    WIL_TRY(wil_alloc_f32(&made.signal, n_voxels));
    WIL_TRY(wil_alloc((void **)&capsules, (size_t)tree->n_edges + 1, sizeof *capsules));
    int n = 0;
    for (int i = 0; i < tree->n_edges; i++)
        n += make_capsule(&capsules[n], tree, &tree->edges[i], site, grid);
    WIL_TRY(paint_all(&made, capsules, n, grid));
    return wil_give_value(out, &made);
}

void tof_lumen_clear(tof_lumen *lumen)
{
    wil_free(lumen->bits);
    wil_free(lumen->signal);
    *lumen = (tof_lumen){0};
}
