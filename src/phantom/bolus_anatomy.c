/* What each voxel is made of, by volume: places within it are asked for their tissue. */
#include "bolus_internal.h"

#include <math.h>

#define MOST_SAMPLES 4
#define SAMPLE_MM 1.2   /* distance of the places, at most */
#define FAR_MM (-33.0f) /* so far outside of the skull there is air */
#define CENTRE_Y_MM (-17.0)
#define CENTRE_Z_MM 20.0

typedef struct anatomy_task {
    bolus_anatomy *out;
    const bolus_plan *plan;
    const wil_grid *grid;
    tof_head head;
    const float *signal; /* [TOF_N_TISSUES] */
    float grey[TOF_N_TISSUES], white[TOF_N_TISSUES], rest[TOF_N_TISSUES];
    float soft_mm;
    int n[3]; /* places along each axis */
} anatomy_task;

/* Volumes found so far at the places of one voxel. */
typedef struct makeup {
    float grey, white, fluid, artery, vein, rest, inside;
    int vessel;
} makeup;

wil_grid bolus_grid(const wil_dsc_config *config)
{
    wil_grid grid = wil_grid_make(config->matrix[0], config->matrix[1], config->matrix[2],
        config->spacing_mm[0], config->spacing_mm[1], config->spacing_mm[2]);
    grid.affine[1][3] += CENTRE_Y_MM;
    grid.affine[2][3] += CENTRE_Z_MM;
    return grid;
}

void bolus_point(float out[3], const wil_grid *grid, size_t voxel, const double beside[3])
{
    const size_t nx = (size_t)grid->size[0], ny = (size_t)grid->size[1];
    const size_t at[3] = {voxel % nx, voxel / nx % ny, voxel / nx / ny};
    for (int k = 0; k < 3; k++)
        out[k] = (float)(grid->affine[k][k] * ((double)at[k] + (beside == NULL ? 0 : beside[k])) +
                         grid->affine[k][3]);
}

/* The tissue model blends signals linearly, so a signal of 1 for one tissue and 0 for all others gives its
 * share. */
static void sample_head(makeup *m, const anatomy_task *t, const float at[3])
{
    float inside = 0, ignored = 0;
    const float grey = tof_tissue_at(&t->head, t->grey, at, t->soft_mm, &inside);
    if (inside < t->soft_mm)
        m->rest += tof_tissue_at(&t->head, t->rest, at, t->soft_mm, &ignored);
    if (inside <= -t->soft_mm)
        return;
    const float share = fminf(0.5f + 0.5f * inside / t->soft_mm, 1);
    m->inside += share;
    if (bolus_in_vein(&t->head, at)) {
        m->vein += share;
        return;
    }
    const float white = tof_tissue_at(&t->head, t->white, at, t->soft_mm, &ignored);
    m->grey += grey;
    m->white += white;
    m->fluid += fmaxf(share - grey - white, 0);
}

static bool in_column(const float at[3], float x, float y, float radius)
{
    return (fabsf(at[0]) - x) * (fabsf(at[0]) - x) + (at[1] - y) * (at[1] - y) < radius * radius;
}

/* A block of tissue: tiles of grey and white matter, a lake of CSF, arteries and a vein as columns along z.
 */
static void sample_slab(makeup *m, const anatomy_task *t, const float at[3])
{
    const bool left = at[0] < 0;
    (void)t;
    if (fabsf(at[0]) > 46 || fabsf(at[1] + 17) > 60)
        return;
    m->inside += 1;
    if (in_column(at, 30, 5, 4)) {
        m->artery += 1;
        m->vessel = left ? BOLUS_MCA_LEFT : BOLUS_MCA_RIGHT;
    } else if (in_column(at, 6, 28, 3.5f)) {
        m->artery += 1;
        m->vessel = left ? BOLUS_ACA_LEFT : BOLUS_ACA_RIGHT;
    } else if (in_column(at, 0, -64, 5)) {
        m->vein += 1;
    } else if (fabsf(at[0]) < 7 && fabsf(at[1] + 17) < 20) {
        m->fluid += 1;
    } else if ((((int)floorf(at[0] / 23) + (int)floorf((at[1] + 17) / 20)) & 1) != 0) {
        m->grey += 1;
    } else {
        m->white += 1;
    }
}

static void store(bolus_anatomy *out, size_t voxel, const makeup *m, float n)
{
    out->part[BOLUS_GREY][voxel] = m->grey / n;
    out->part[BOLUS_WHITE][voxel] = m->white / n;
    out->fluid[voxel] = m->fluid / n;
    out->artery[voxel] = m->artery / n;
    out->vein[voxel] = m->vein / n;
    out->rest[voxel] = m->rest / n;
    out->inside[voxel] = m->inside / n;
    out->vessel[voxel] = (uint8_t)m->vessel;
}

static void sample_voxel(const anatomy_task *t, size_t voxel)
{
    const bool slab = t->plan->config->shape == WIL_DSC_SLAB;
    makeup m = {0};
    float at[3];
    bolus_point(at, t->grid, voxel, NULL);
    if (!slab && tof_head_depth(&t->head, at) < FAR_MM)
        return;
    for (int z = 0; z < t->n[2]; z++)
        for (int y = 0; y < t->n[1]; y++)
            for (int x = 0; x < t->n[0]; x++) {
                const double beside[3] = {
                    (x + 0.5) / t->n[0] - 0.5, (y + 0.5) / t->n[1] - 0.5, (z + 0.5) / t->n[2] - 0.5};
                bolus_point(at, t->grid, voxel, beside);
                if (slab)
                    sample_slab(&m, t, at);
                else
                    sample_head(&m, t, at);
            }
    store(t->out, voxel, &m, (float)(t->n[0] * t->n[1] * t->n[2]));
}

static void sample_voxels(int64_t begin, int64_t end, void *context)
{
    for (int64_t i = begin; i < end; i++)
        sample_voxel(context, (size_t)i);
}

static void prepare(anatomy_task *t, int subject)
{
    wil_tof_config tof = wil_tof_config_default();
    double volume_mm3 = 1;
    tof.seed = t->plan->config->seed;
    tof_head_make(&t->head, &tof, subject);
    for (int k = 0; k < 3; k++) {
        t->n[k] = (int)fmin(fmax(2, ceil(t->grid->spacing_mm[k] / SAMPLE_MM)), MOST_SAMPLES);
        volume_mm3 *= t->grid->spacing_mm[k] / t->n[k];
    }
    t->soft_mm = (float)(0.5 * cbrt(volume_mm3));
    for (int i = 0; i < TOF_N_TISSUES; i++) {
        const bool brain = i == TOF_GREY || i == TOF_WHITE || i == TOF_CSF;
        t->grey[i] = i == TOF_GREY;
        t->white[i] = i == TOF_WHITE;
        t->rest[i] = brain ? 0 : t->signal[i];
    }
}

static wil_status allocate(bolus_anatomy *out, size_t n)
{
    float **const all[] = {
        &out->part[0], &out->part[1], &out->fluid, &out->artery, &out->vein, &out->rest, &out->inside};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        WIL_TRY(wil_alloc_f32(all[i], n));
    return wil_alloc_u8(&out->vessel, n);
}

wil_status bolus_anatomy_make(bolus_anatomy *out, const bolus_plan *plan, const wil_grid *grid,
    const float signal[TOF_N_TISSUES], int subject)
{
    WIL_OWN(bolus_anatomy) made = {0};
    anatomy_task task = {.out = &made, .plan = plan, .grid = grid, .signal = signal};
    *out = (bolus_anatomy){0};
    WIL_TRY(allocate(&made, wil_grid_count(grid)));
    prepare(&task, subject);
    wil_parallel_for((int64_t)wil_grid_count(grid), 512, sample_voxels, &task);
    if (plan->config->shape == WIL_DSC_HEAD)
        WIL_TRY(bolus_arteries(&made, plan, grid, subject));
    return wil_give_value(out, &made);
}

void bolus_anatomy_clear(bolus_anatomy *anatomy)
{
    for (int i = 0; i < 2; i++)
        wil_free(anatomy->part[i]);
    wil_free(anatomy->fluid);
    wil_free(anatomy->artery);
    wil_free(anatomy->vein);
    wil_free(anatomy->rest);
    wil_free(anatomy->inside);
    wil_free(anatomy->vessel);
    *anatomy = (bolus_anatomy){0};
}
