/* Flow, volume, delay and dispersion of a point of the brain: its territory, its place in the lesion, and
 * what varies from place to place. */
#include "bolus_internal.h"

#include <math.h>

#define BLEND 0.06f    /* half width of the borders of core and penumbra, in severity */
#define RIM_WIDTH 0.8f /* severity over which the rim fades into well supplied tissue */
#define LEAK_MM 16.0f

static float square(float v)
{
    return v * v;
}

int bolus_territory(const bolus_plan *plan, const float at[3])
{
    const float wobble = tof_noise_at(&plan->noise, at[0] * 0.05f, at[1] * 0.05f + 40, at[2] * 0.05f);
    const float side = fabsf(at[0]) + 5 * wobble, y = at[1] + 6 * wobble, z = at[2];
    const bool left = at[0] < 0;
    const float tent = 3 + 15 * expf(-square(side / 24)) + (y + 45) * 0.25f; /* as in tof_tissue.c */
    const float behind = fminf(tent - z, -19 - 0.5f * fmaxf(side - 12, 0) - fmaxf(z, 0) - y);
    const float stem = 13 - sqrtf(square(side / 1.15f) + square(y + 26));
    if (behind > 0 || (z < 7 && stem > 0))
        return BOLUS_FOSSA;
    const bool occipital = y < -56 + 0.25f * (z - 10), under_temporal = z < 0 && y < -26 && side < 34;
    const bool thalamus = square(side - 9) / 81 + square((y + 18) / 14) + square((z - 13) / 9) < 1;
    if (occipital || under_temporal || thalamus)
        return left ? BOLUS_PCA_LEFT : BOLUS_PCA_RIGHT;
    const float edge =
        z > 20 ? 17 : 12; /* the anterior cerebral artery keeps to the midline, and the frontal pole */
    if (side < edge + (y > 40 ? 12 : 0))
        return left ? BOLUS_ACA_LEFT : BOLUS_ACA_RIGHT;
    return left ? BOLUS_MCA_LEFT : BOLUS_MCA_RIGHT;
}

/* 0 at the centre of the core, growing outwards; 1 about 30 mm away. */
static float severity(const bolus_plan *plan, const float at[3])
{
    const float r = sqrtf(square((at[0] - plan->core_mm[0]) / 24) + square((at[1] - plan->core_mm[1]) / 36) +
                          square((at[2] - plan->core_mm[2]) / 27));
    return r + 0.22f * tof_noise_at(&plan->noise, at[0] * 0.06f + 90, at[1] * 0.06f, at[2] * 0.06f);
}

bool bolus_in_division(const bolus_plan *plan, const float at[3])
{
    const float valley = 14 - 0.3f * (at[1] - 6); /* between the upper and the lower division */
    return plan->division == 0 || (at[2] > valley) == (plan->division > 0);
}

/* Shares of the worst, by severity: knots at the middle and the edges of the zones. */
typedef struct knot {
    float at;
    double flow, volume, late;
} knot;

static knot between(const knot *knots, int n, float u)
{
    int i = 0;
    while (i + 2 < n && u > knots[i + 1].at)
        i++;
    const knot *a = &knots[i], *b = &knots[i + 1];
    const double t = fmin(fmax((double)((u - a->at) / (b->at - a->at)), 0), 1);
    return (knot){u, a->flow + t * (b->flow - a->flow), a->volume + t * (b->volume - a->volume),
        a->late + t * (b->late - a->late)};
}

/* Core: flow under a fifth, volume down. Penumbra: flow a third to a half, volume kept. Rim: little less
 * flow, a dilated bed. */
static void apply_acute(bolus_tissue *out, const bolus_plan *plan, const float at[3])
{
    const float u = severity(plan, at), core = (float)plan->core_end, pen = (float)plan->pen_end;
    const knot knots[] = {{0, plan->flow, plan->volume, 1},
        {core - BLEND, 1.2 * plan->flow, 1.2 * plan->volume, 1}, {core + BLEND, 0.34, 0.95, 0.95},
        {pen - BLEND, 0.52, 1.1, 0.75}, {pen + BLEND, 0.72, 1.1, 0.45}, {pen + RIM_WIDTH, 0.95, 1.02, 0.12}};
    const knot k = between(knots, sizeof knots / sizeof knots[0], u);
    out->zone = u < core ? BOLUS_CORE : u < pen ? BOLUS_PENUMBRA : BOLUS_RIM;
    for (int i = 0; i < 2; i++) {
        out->cbf[i] *= k.flow;
        out->cbv[i] *= k.volume;
    }
    out->delay_s += k.late * plan->worst.delay_s;
    out->dispersion_s += k.late * plan->worst.dispersion_s;
}

/* Worst where three territories meet. */
static void apply_chronic(bolus_tissue *out, const bolus_plan *plan, const float at[3])
{
    const float side = fabsf(at[0]);
    const float front = at[2] > 15 ? expf(-square((side - 19) / 8)) : 0;
    const float back = expf(-square((at[1] + 54) / 9));
    const double late = 0.7 + 0.5 * (double)fmaxf(front, back);
    const double loss = 0.6 + 0.6 * (double)fmaxf(front, back);
    out->zone = BOLUS_RIM;
    for (int i = 0; i < 2; i++) {
        out->cbf[i] *= 1 - loss * (1 - plan->flow);
        out->cbv[i] *= 1 + loss * (plan->volume - 1);
    }
    out->delay_s += late * plan->worst.delay_s;
    out->dispersion_s += late * plan->worst.dispersion_s;
}

/* Slow swells of 20 mm, and a little from voxel to voxel; volume follows flow in part. */
static void vary(bolus_tissue *out, const bolus_plan *plan, const float at[3], size_t voxel)
{
    const double v = plan->config->variation;
    const double swell =
        (double)tof_noise_at(&plan->noise, at[0] * 0.05f + 7, at[1] * 0.05f + 7, at[2] * 0.05f + 7);
    const double other = (double)tof_noise_at(&plan->noise, at[0] * 0.06f - 31, at[1] * 0.06f, at[2] * 0.06f);
    const double flow = exp(v * (0.14 * swell + 0.05 * wil_rng_normal(plan->voxel, 2 * voxel)));
    const double volume =
        exp(v * (0.07 * swell + 0.06 * other + 0.04 * wil_rng_normal(plan->voxel, 2 * voxel + 1)));
    for (int i = 0; i < 2; i++) {
        out->cbf[i] *= flow;
        out->cbv[i] *= volume;
    }
    out->delay_s = fmax(0, out->delay_s + 0.25 * v * other);
}

static bool within_leak(const bolus_plan *plan, const float at[3], int zone)
{
    float gap = 0;
    for (int k = 0; k < 3; k++)
        gap += square(at[k] - plan->leak_mm[k]);
    return plan->config->leakage_per_min > 0 &&
           (plan->facts.mode == WIL_DSC_ACUTE ? zone == BOLUS_CORE : gap < square(LEAK_MM));
}

void bolus_tissue_at(
    bolus_tissue *out, const bolus_plan *plan, const float at[3], int territory, size_t voxel)
{
    const wil_dsc_facts *f = &plan->facts;
    *out = (bolus_tissue){.cbf = {f->grey_cbf, f->white_cbf},
        .cbv = {f->grey_cbv, f->white_cbv},
        .delay_s = plan->tissue[territory].delay_s,
        .dispersion_s = plan->tissue[territory].dispersion_s,
        .zone = BOLUS_WELL};
    out->ill = plan->ill[territory] && bolus_in_division(plan, at);
    if (out->ill && f->mode == WIL_DSC_ACUTE)
        apply_acute(out, plan, at);
    else if (out->ill)
        apply_chronic(out, plan, at);
    vary(out, plan, at, voxel);
    out->leaks = within_leak(plan, at, out->zone);
}
