/* The same head and scanner around vessels that are given as a mask. */
#include "tof_internal.h"

#include <math.h>

#define HEAD_FIELD_MM 110.0 /* a grid narrower than this in the axial plane is filled with brain */
#define NORMAL_FIELD_X_MM 156.0
#define NORMAL_FIELD_Y_MM 192.0
#define SCALP_SHARE 0.25 /* largest share of the lumen above the base that may belong to the scalp */
#define TORTUOUS 1.4     /* way of the blood over the height it gains */

typedef struct painted {
    const float *occupancy; /* [nz,ny,nx] the mask, smoothed below the voxel */
    const float *calibre;   /* [nz,ny,nx] radius in mm near the mask */
    const wil_grid *grid;
    wil_tof_site_facts site;
} painted;

static void blood_at(const void *user, size_t voxel, float *occupancy_out, float *blood_out)
{
    const painted *p = user;
    const size_t slice = (size_t)p->grid->size[0] * (size_t)p->grid->size[1];
    const size_t z = voxel / slice, n_z = (size_t)p->grid->size[2];
    const size_t up =
        p->grid->affine[2][2] < 0 ? n_z - 1 - z : z; /* slices from the feet, whatever their order */
    const double height = fmod(((double)up + 0.5) * p->grid->spacing_mm[2], p->site.slab_mm);
    *occupancy_out = p->occupancy[voxel];
    *blood_out = 0;
    if (*occupancy_out <= 0)
        return;
    const double seconds = TORTUOUS * height / tof_flow_speed_mm_s((double)p->calibre[voxel]);
    *blood_out = (float)tof_flow_blood(&p->site, 1000 * seconds / p->site.tr_ms);
}

static wil_status check_vessels(const wil_mask *vessels)
{
    const wil_grid *grid = &vessels->grid;
    for (int i = 0; i < 3; i++) {
        WIL_REQUIRE(grid->size[i] >= 8, WIL_ERR_ARG,
            "TOF phantom: the vessel mask is %d x %d x %d voxels; each side must be 8 or more", grid->size[0],
            grid->size[1], grid->size[2]);
        WIL_REQUIRE(fabs(fabs(grid->affine[i][i]) - grid->spacing_mm[i]) <= 0.02 * grid->spacing_mm[i],
            WIL_ERR_ARG,
            "TOF phantom: the vessel mask's grid is rotated against the head; resample it to upright axes "
            "first: willis conform LABEL --upright --label --out UPRIGHT.nii.gz");
    }
    WIL_REQUIRE(wil_mask_count(vessels) > 0, WIL_ERR_ARG,
        "TOF phantom: the vessel mask is empty; there is nothing to paint");
    return WIL_OK;
}

typedef struct spreading {
    float *out;
    const float *in;
    const wil_grid *grid;
} spreading;

static float largest_neighbour(const spreading *s, int x, int y, int z)
{
    const int nx = s->grid->size[0], ny = s->grid->size[1], nz = s->grid->size[2];
    float best = 0;
    for (int c = z > 0 ? z - 1 : 0; c <= z + 1 && c < nz; c++)
        for (int b = y > 0 ? y - 1 : 0; b <= y + 1 && b < ny; b++)
            for (int a = x > 0 ? x - 1 : 0; a <= x + 1 && a < nx; a++)
                best = fmaxf(best, s->in[((size_t)c * (size_t)ny + (size_t)b) * (size_t)nx + (size_t)a]);
    return best;
}

static void spread_slices(int64_t begin, int64_t end, void *context)
{
    const spreading *s = context;
    const int nx = s->grid->size[0], ny = s->grid->size[1];
    for (int z = (int)begin; z < end; z++)
        for (int y = 0; y < ny; y++)
            for (int x = 0; x < nx; x++)
                s->out[((size_t)z * (size_t)ny + (size_t)y) * (size_t)nx + (size_t)x] =
                    largest_neighbour(s, x, y, z);
}

/* Radius of the lumen: depth below its wall, carried from the middle of the vessel to its edge. */
static wil_status estimate_calibre(float *calibre, const wil_mask *vessels)
{
    WIL_OWN(wil_mask) outside = {0};
    WIL_OWN(float) *depth = NULL;
    const size_t n = wil_grid_count(&vessels->grid);
    WIL_TRY(wil_mask_make(&outside, &vessels->grid));
    WIL_TRY(wil_alloc_f32(&depth, n));
    for (size_t i = 0; i < n; i++)
        outside.voxels[i] = !vessels->voxels[i];
    WIL_TRY(wil_mask_distance_mm(depth, &outside));
    for (size_t i = 0; i < n; i++) /* from centre to centre; an all-vessel grid has no outside */
        depth[i] = isfinite(depth[i]) ? fmaxf(depth[i] - 0.25f * (float)vessels->grid.spacing_mm[0], 0) : 3;
    for (int pass = 0; pass < 2; pass++) {
        spreading s = {.out = calibre, .in = depth, .grid = &vessels->grid};
        wil_parallel_for(vessels->grid.size[2], 1, spread_slices, &s);
        for (size_t i = 0; i < n; i++)
            depth[i] = calibre[i];
    }
    return WIL_OK;
}

/* The mask, softened by half a voxel as the edge of a lumen would be: voxels of the mask stay at one half or
 * more. */
static wil_status soften(wil_volume *occupancy, const wil_mask *vessels)
{
    const double *spacing = vessels->grid.spacing_mm;
    const size_t n = wil_grid_count(&vessels->grid);
    WIL_TRY(wil_volume_make(occupancy, &vessels->grid, 1));
    for (size_t i = 0; i < n; i++)
        occupancy->voxels[i] = vessels->voxels[i];
    WIL_TRY(wil_volume_smooth(occupancy, 0.5 * cbrt(spacing[0] * spacing[1] * spacing[2])));
    for (size_t i = 0; i < n; i++) {
        const float soft = occupancy->voxels[i];
        occupancy->voxels[i] = vessels->voxels[i] ? fminf(0.5f + 0.7f * soft, 1) : fminf(0.8f * soft, 0.45f);
    }
    return WIL_OK;
}

static double field(const wil_grid *grid, int axis)
{
    return grid->size[axis] * grid->spacing_mm[axis];
}

/* Centres the head on the grid and scales it to the field; too small a grid is all brain. */
static void place_head(tof_head *head, const wil_grid *grid)
{
    head->brain_only = field(grid, 0) < HEAD_FIELD_MM || field(grid, 1) < HEAD_FIELD_MM;
    const double scale = fmin(field(grid, 0) / NORMAL_FIELD_X_MM, field(grid, 1) / NORMAL_FIELD_Y_MM);
    head->scale = head->brain_only ? 1 : (float)fmin(fmax(scale, 0.85), 1.1);
    static const double model[3] = {0, -17, 8.5};
    for (int k = 0; k < 3; k++) {
        const double centre = grid->affine[k][k] * 0.5 * (grid->size[k] - 1) + grid->affine[k][3];
        head->shift[k] = (float)(centre - model[k] * (double)head->scale);
    }
}

/* Grows the vault until it holds the vessels that lie above the skull base, but for those of the scalp. */
static void enclose(tof_head *head, const wil_mask *vessels)
{
    const wil_grid *grid = &vessels->grid;
    for (int round = 0; !head->brain_only && round < 12; round++) {
        size_t out = 0, above = 0;
        for (size_t i = 0; i < wil_grid_count(grid); i++) {
            if (!vessels->voxels[i])
                continue;
            const size_t nx = (size_t)grid->size[0], ny = (size_t)grid->size[1];
            const double v[3] = {(double)(i % nx), (double)(i / nx % ny), (double)(i / (nx * ny))};
            float at[3];
            for (int k = 0; k < 3; k++)
                at[k] =
                    ((float)(grid->affine[k][k] * v[k] + grid->affine[k][3]) - head->shift[k]) / head->scale;
            if (at[2] < 0)
                continue;
            above++;
            out += tof_head_depth(head, at) <= 0;
        }
        if ((double)out <= SCALP_SHARE * (double)above)
            return;
        for (int k = 0; k < 3; k++)
            head->half[k] *= 1.03f;
    }
}

static wil_status paint(
    wil_tof_subject *made, const wil_mask *vessels, const wil_tof_config *config, int subject)
{
    WIL_OWN(wil_volume) occupancy = {0};
    WIL_OWN(float) *calibre = NULL;
    tof_head head;
    const size_t n = wil_grid_count(&vessels->grid);
    tof_head_make(&head, config, subject);
    place_head(&head, &vessels->grid);
    enclose(&head, vessels);
    WIL_TRY(wil_alloc_f32(&calibre, n));
    WIL_TRY(estimate_calibre(calibre, vessels));
    WIL_TRY(soften(&occupancy, vessels));
    WIL_TRY(wil_volume_make(&made->image, &vessels->grid, 1));
    WIL_TRY(wil_mask_make(&made->label, &vessels->grid));
    WIL_TRY(wil_mask_make(&made->brain, &vessels->grid));
    painted p = {.occupancy = occupancy.voxels, .calibre = calibre, .grid = &vessels->grid};
    p.site = wil_tof_site_of(config, subject);
    WIL_TRY(tof_scan(&made->image, &made->brain, &head, config, subject, blood_at, &p));
    for (size_t i = 0; i < n; i++)
        made->label.voxels[i] = vessels->voxels[i];
    made->facts.vessel_frac =
        (double)wil_mask_count(&made->label) / fmax(1, (double)wil_mask_count(&made->brain));
    return WIL_OK;
}

wil_status wil_phantom_tof_paint(
    wil_tof_subject *out, const wil_mask *vessels, const wil_tof_config *config, int subject)
{
    WIL_REQUIRE(vessels != NULL && vessels->voxels != NULL, WIL_ERR_ARG, "TOF phantom: no vessel mask given");
    WIL_TRY(check_vessels(vessels));
    WIL_TRY(wil_tof_config_check(config));
    WIL_REQUIRE(subject >= 0, WIL_ERR_ARG, "TOF phantom: subject number %d; it must be 0 or more", subject);
    WIL_OWN(wil_tof_subject) made = {0};
    WIL_TRY(paint(&made, vessels, config, subject));
    return wil_give_value(out, &made);
}
