/* The series without noise, and the truth that belongs to it.
 *
 * A voxel's signal is the sum over what it is made of, by volume, of S0 exp(-TE dR2*): grey and white matter,
 * whose concentration is the arterial curve convolved with their residue functions; CSF; blood in arteries
 * and veins. Where contrast agent leaks, C_e = Ktrans * integral of the plasma's concentration shortens T1:
 *     R1 = R10 + r1 C_e,   S ~ (1 - E1) / (1 - E1 cos a),   E1 = exp(-TR R1) [Boxerman2006] */
#include "bolus_internal.h"
#include "willis/num.h"

#include <math.h>
#include <string.h>

#define CHUNK 512
#define R1_PER_MM 4.5          /* relaxivity r1 of agent in tissue, 1/s per mM */
#define HEMATOCRIT 0.45        /* of large vessels: leakage is driven by plasma */
#define LEAST_PART 0.002f      /* smaller shares of a voxel are not worth a curve */
#define LEAST_TISSUE 0.1f      /* less grey and white matter has no maps */
#define VESSEL 0.3f            /* share of a voxel in the masks of arteries and veins */
#define VENOUS_T2S_RATIO 0.75f /* signal of venous blood over arterial */
#define FILE_LEVEL 8000.0f     /* signal of unsaturated blood in the file */
#define RISE_S 60 /* no dispersed residue function has its peak later: dispersion and MTT stay below 30 s */

typedef struct signal_task {
    wil_dsc_subject *subject;
    const bolus_plan *plan;
    const bolus_anatomy *anatomy;
    const float *shading;
    const float *signal; /* [TOF_N_TISSUES] steady state, relative to unsaturated blood */
    const wil_tof_site_facts *site;
    bolus_times times;
    bolus_times short_times; /* as long as a residue function may rise */
    float *artery;           /* [times.n] at the circle of Willis, mM */
    float *vein;             /* [times.n] */
    float *settling[3];      /* [n_frames] over steady state: grey, white, CSF */
    bool failed;
} signal_task;

static void signal_task_clear(signal_task *t)
{
    wil_free(t->artery);
    wil_free(t->settling[0]);
}
WIL_OWNED_VALUE(signal_task, signal_task_clear)

/* ---- shared curves ------------------------------------------------------------------------------------- */

/* Frame f has met n_dummies + f excitations before its own: M_n over M_ss. */
static void settle(float *out, const signal_task *t, int tissue)
{
    const double e1 = exp(-t->site->tr_ms / tof_flow_t1_ms(tissue, t->site));
    const double c = cos(t->site->flip_deg * WIL_NUM_PI / 180);
    const double steady = (1 - e1) / (1 - e1 * c);
    for (int f = 0; f < t->times.n_frames; f++)
        out[f] = (float)(1 + (1 / steady - 1) * pow(e1 * c, t->plan->config->n_dummies + f));
}

static wil_status shared_curves(signal_task *t)
{
    static const int tissues[3] = {TOF_GREY, TOF_WHITE, TOF_CSF};
    const bolus_plan *plan = t->plan;
    const size_t n = (size_t)t->times.n;
    WIL_OWN(float) *work = NULL;
    WIL_TRY(wil_alloc_f32(&t->artery, 2 * n));
    t->vein = t->artery + n;
    WIL_TRY(wil_alloc_f32(&t->settling[0], 3 * (size_t)t->times.n_frames));
    for (int i = 0; i < 3; i++) {
        t->settling[i] = t->settling[0] + i * t->times.n_frames;
        settle(t->settling[i], t, tissues[i]);
    }
    for (size_t i = 0; i < n; i++)
        t->artery[i] = (float)wil_dsc_aif_at(&plan->facts, (double)i * t->times.step_s);
    for (int f = 0; f < t->times.n_frames; f++)
        t->subject->aif[f] = wil_dsc_aif_at(&plan->facts, f * t->times.tr_s);
    /* outflow of an exponential bed is its response over its mean; a sinus smears it once more */
    const double mtt_s = 60 * plan->facts.grey_cbv / plan->facts.grey_cbf;
    bolus_lanes lanes = {.n = 1};
    for (int k = 0; k < BOLUS_LANES; k++) {
        lanes.mtt_s[k] = (float)mtt_s;
        lanes.dispersion_s[k] = (float)plan->vein.dispersion_s;
    }
    WIL_TRY(wil_alloc_f32(&work, 3 * n * BOLUS_LANES));
    bolus_respond(work, work + n * BOLUS_LANES, t->artery, &t->times, &lanes, WIL_DSC_EXPONENTIAL, 1);
    for (size_t i = 0; i < n; i++)
        t->vein[i] = (float)(bolus_value(work, BOLUS_LANES, &t->times,
                                 (double)i * t->times.step_s - plan->vein.delay_s) /
                             mtt_s);
    return WIL_OK;
}

/* ---- one block of voxels ------------------------------------------------------------------------------- */

/* A block holds up to BOLUS_LANES / 2 voxels, grey and white matter of one voxel in neighbouring lanes. */
#define BLOCK (BOLUS_LANES / 2)
typedef struct block {
    size_t voxel[BLOCK];
    int territory[BLOCK];
    bolus_tissue tissue[BLOCK];
    int n;
    bolus_lanes lanes;
    float *tissue_s; /* [times.n][LANES] the arterial curve convolved with residue functions of height 1 */
    float *residue;  /* the same shape */
    float *work;     /* two of it */
    float *vessel;   /* [times.n] */
} block;

static double tissue_scale(const wil_dsc_config *c, double cbf)
{
    return c->density_g_ml / c->hematocrit_factor * cbf / 6000;
}

static void blood_signal(float *out, const signal_task *t, const float *curve, double delay_s, float amount)
{
    const wil_dsc_config *c = t->plan->config;
    const float floor = (float)c->blood_floor;
    for (int f = 0; f < t->times.n_frames; f++) {
        const double mm = bolus_value(curve, 1, &t->times, f * t->times.tr_s - delay_s);
        const float fall = expf((float)(-c->te_s * mm * (c->r2_blood + c->blood_quadratic * mm)));
        out[f] += amount * (floor + (1 - floor) * fall);
    }
}

/* Blood in an artery that is fed late: the same filter as for tissue, in one lane. */
static void artery_signal(float *out, const signal_task *t, block *b, size_t voxel, float amount)
{
    const int which = t->anatomy->vessel[voxel];
    float at[3];
    bolus_point(at, &t->subject->series.grid, voxel, NULL);
    const bolus_supply supply = bolus_vessel_supply(t->plan, which, at);
    const double keep = supply.dispersion_s > 1e-6 ? exp(-t->times.step_s / supply.dispersion_s) : 0;
    const double now =
        supply.dispersion_s > 1e-6 ? 1 - supply.dispersion_s / t->times.step_s * (1 - keep) : 1;
    double state = 0;
    b->vessel[0] = 0;
    for (int i = 1; i < t->times.n; i++) {
        state = keep * state + (1 - keep - now) * (double)t->artery[i - 1] + now * (double)t->artery[i];
        b->vessel[i] = (float)state;
    }
    blood_signal(out, t, b->vessel, supply.delay_s, amount);
}

/* Steady-state signal over that without agent. */
static double t1_gain(const signal_task *t, int part, double leaked_mm)
{
    const double tr_s = t->site->tr_ms / 1000, c = cos(t->site->flip_deg * WIL_NUM_PI / 180);
    const double r10 = 1000 / tof_flow_t1_ms(part == BOLUS_GREY ? TOF_GREY : TOF_WHITE, t->site);
    const double before = exp(-tr_s * r10), after = exp(-tr_s * (r10 + R1_PER_MM * leaked_mm));
    return (1 - after) / (1 - after * c) * (1 - before * c) / (1 - before);
}

/* Ktrans times the integral of the plasma's concentration, per frame. */
static void leak(double *out, const signal_task *t, double delay_s)
{
    const double per_s = t->plan->config->leakage_per_min / 60 / (1 - HEMATOCRIT);
    double sum = 0, before = 0;
    for (int f = 0, i = 0; f < t->times.n_frames; f++) {
        for (; i <= f * t->times.per_frame; i++) {
            const double now = bolus_value(t->artery, 1, &t->times, i * t->times.step_s - delay_s);
            sum += i > 0 ? 0.5 * t->times.step_s * (before + now) : 0;
            before = now;
        }
        out[f] = per_s * sum;
    }
}

static void tissue_signal(float *out, const signal_task *t, const block *b, int k, int part)
{
    const wil_dsc_config *c = t->plan->config;
    const bolus_tissue *tissue = &b->tissue[k];
    const float share = t->anatomy->part[part][b->voxel[k]];
    const float *curve = b->tissue_s + 2 * k + part;
    const float s0 = share * t->signal[part == BOLUS_GREY ? TOF_GREY : TOF_WHITE];
    const double rate = c->te_s * c->r2_tissue * tissue_scale(c, tissue->cbf[part]);
    double leaked[BOLUS_MOST_FRAMES] = {0};
    if (share < LEAST_PART)
        return;
    if (tissue->leaks)
        leak(leaked, t, tissue->delay_s);
    for (int f = 0; f < t->times.n_frames; f++) {
        const double mm_s = bolus_value(curve, BOLUS_LANES, &t->times, f * t->times.tr_s - tissue->delay_s);
        const double gain = tissue->leaks ? t1_gain(t, part, leaked[f]) : 1;
        out[f] += s0 * t->settling[part][f] * (float)gain * expf((float)(-rate * mm_s));
    }
}

static void write_signal(const signal_task *t, block *b, int k, size_t voxel, bool has_tissue)
{
    const bolus_anatomy *a = t->anatomy;
    const size_t n = wil_grid_count(&t->subject->series.grid);
    float signal[BOLUS_MOST_FRAMES];
    for (int f = 0; f < t->times.n_frames; f++)
        signal[f] = a->rest[voxel] + a->fluid[voxel] * t->signal[TOF_CSF] * t->settling[2][f];
    for (int part = 0; has_tissue && part < 2; part++)
        tissue_signal(signal, t, b, k, part);
    if (a->artery[voxel] > 0)
        artery_signal(signal, t, b, voxel, a->artery[voxel]);
    if (a->vein[voxel] > 0)
        blood_signal(signal, t, t->vein, 0, VENOUS_T2S_RATIO * a->vein[voxel]);
    const float level = FILE_LEVEL * t->shading[voxel];
    for (int f = 0; f < t->times.n_frames; f++)
        t->subject->series.voxels[(size_t)f * n + voxel] = level * signal[f];
}

/* ---- truth --------------------------------------------------------------------------------------------- */

static void write_maps(const signal_task *t, const block *b, int k)
{
    const size_t v = b->voxel[k];
    const bolus_tissue *tissue = &b->tissue[k];
    const double grey = (double)t->anatomy->part[BOLUS_GREY][v];
    const double white = (double)t->anatomy->part[BOLUS_WHITE][v];
    wil_volume *maps = t->subject->maps;
    if (grey + white < (double)LEAST_TISSUE)
        return;
    const double flow[2] = {grey * tissue->cbf[0], white * tissue->cbf[1]};
    const double volume = grey * tissue->cbv[0] + white * tissue->cbv[1];
    const float *residue = b->residue + 2 * k, *curve = b->tissue_s + 2 * k;
    maps[WIL_DSC_CBF].voxels[v] = (float)(flow[0] + flow[1]);
    maps[WIL_DSC_CBV].voxels[v] = (float)volume;
    maps[WIL_DSC_MTT].voxels[v] = (float)(60 * volume / (flow[0] + flow[1]));
    maps[WIL_DSC_DELAY].voxels[v] = (float)tissue->delay_s;
    maps[WIL_DSC_DISPERSION].voxels[v] = (float)tissue->dispersion_s;
    maps[WIL_DSC_TMAX].voxels[v] = (float)(tissue->delay_s + bolus_peak_s(residue, flow[0], residue + 1,
                                                                 flow[1], BOLUS_LANES, &t->short_times));
    maps[WIL_DSC_TTP].voxels[v] =
        (float)(tissue->delay_s + bolus_peak_s(curve, flow[0], curve + 1, flow[1], BOLUS_LANES, &t->times));
    if (tissue->leaks)
        maps[WIL_DSC_KTRANS].voxels[v] = (float)t->plan->config->leakage_per_min;
}

static void write_masks(const signal_task *t, size_t v, int territory, const bolus_tissue *tissue)
{
    const bolus_anatomy *a = t->anatomy;
    wil_mask *masks = t->subject->masks;
    const float grey = a->part[BOLUS_GREY][v], white = a->part[BOLUS_WHITE][v], fluid = a->fluid[v];
    if (!(a->inside[v] >= 0.5f))
        return;
    masks[WIL_DSC_BRAIN].voxels[v] = 1;
    t->subject->territories.voxels[v] = (float)territory;
    const bool artery = a->artery[v] >= VESSEL, vein = !artery && a->vein[v] >= VESSEL;
    const bool matter = grey + white > fluid;
    masks[WIL_DSC_ARTERY].voxels[v] = artery;
    masks[WIL_DSC_VEIN].voxels[v] = vein;
    if (artery || vein)
        return;
    masks[WIL_DSC_FLUID].voxels[v] = !matter;
    masks[WIL_DSC_GREY].voxels[v] = matter && grey >= white;
    masks[WIL_DSC_WHITE].voxels[v] = matter && grey < white;
    if (!matter)
        return;
    masks[WIL_DSC_CORE].voxels[v] = tissue->zone == BOLUS_CORE;
    masks[WIL_DSC_PENUMBRA].voxels[v] = tissue->zone == BOLUS_PENUMBRA;
    masks[WIL_DSC_TERRITORY].voxels[v] = tissue->ill;
    masks[WIL_DSC_LEAK].voxels[v] = tissue->leaks;
}

/* ---- all voxels ---------------------------------------------------------------------------------------- */

static void run_block(const signal_task *t, block *b)
{
    const wil_dsc_facts *facts = &t->plan->facts;
    if (b->n == 0)
        return;
    for (int lane = 0; lane < BOLUS_LANES; lane++) { /* lanes without a voxel repeat the first */
        const bolus_tissue *tissue = &b->tissue[lane / 2 < b->n ? lane / 2 : 0];
        b->lanes.mtt_s[lane] = (float)(60 * tissue->cbv[lane % 2] / tissue->cbf[lane % 2]);
        b->lanes.dispersion_s[lane] = (float)tissue->dispersion_s;
    }
    bolus_respond(b->tissue_s, b->work, t->artery, &t->times, &b->lanes, facts->residue, facts->gamma_shape);
    bolus_residue(b->residue, &t->short_times, &b->lanes, facts->residue, facts->gamma_shape);
    for (int k = 0; k < b->n; k++) {
        write_signal(t, b, k, b->voxel[k], true);
        write_maps(t, b, k);
        write_masks(t, b->voxel[k], b->territory[k], &b->tissue[k]);
    }
    b->n = 0;
}

static void take_voxel(const signal_task *t, block *b, size_t voxel)
{
    const bolus_anatomy *a = t->anatomy;
    const bool any = a->inside[voxel] > 0 || a->rest[voxel] > 0 || a->artery[voxel] > 0;
    float at[3];
    if (!any)
        return;
    bolus_point(at, &t->subject->series.grid, voxel, NULL);
    if (a->part[0][voxel] + a->part[1][voxel] < LEAST_PART) {
        const bolus_tissue none = {0};
        write_signal(t, b, 0, voxel, false);
        write_masks(t, voxel, a->inside[voxel] >= 0.5f ? bolus_territory(t->plan, at) : 0, &none);
        return;
    }
    b->voxel[b->n] = voxel;
    b->territory[b->n] = bolus_territory(t->plan, at);
    bolus_tissue_at(&b->tissue[b->n], t->plan, at, b->territory[b->n], voxel);
    if (++b->n == BLOCK)
        run_block(t, b);
}

static void run_voxels(int64_t begin, int64_t end, void *context)
{
    signal_task *t = context;
    const size_t n = (size_t)t->times.n * BOLUS_LANES;
    WIL_OWN(float) *work = NULL;
    if (wil_alloc_f32(&work, 4 * n + (size_t)t->times.n) != WIL_OK) {
#pragma omp atomic write
        t->failed = true;
        return;
    }
    block b = {.work = work, .tissue_s = work + 2 * n, .residue = work + 3 * n, .vessel = work + 4 * n};
    for (int64_t i = begin; i < end; i++)
        take_voxel(t, &b, (size_t)i);
    run_block(t, &b);
}

wil_status bolus_signal(wil_dsc_subject *subject, const bolus_plan *plan, const bolus_anatomy *anatomy,
    const float *shading, const float signal[TOF_N_TISSUES], const wil_tof_site_facts *site)
{
    WIL_OWN(signal_task) task = {.subject = subject, .plan = plan, .anatomy = anatomy, .site = site};
    task.shading = shading;
    task.signal = signal;
    task.times = bolus_times_make(plan->config->n_frames, plan->config->tr_s);
    task.short_times = task.times;
    task.short_times.n = (int)fmin(task.times.n, ceil(RISE_S / task.times.step_s));
    WIL_TRY(shared_curves(&task));
    wil_parallel_for((int64_t)wil_grid_count(&subject->series.grid), CHUNK, run_voxels, &task);
    WIL_REQUIRE(!task.failed, WIL_ERR_MEMORY, "no memory for the DSC phantom's curves");
    return WIL_OK;
}
