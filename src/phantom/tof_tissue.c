/* Which tissue is where. Everything is an implicit function of position; neighbours are blended over about a
 * voxel, so that boundaries look sampled, not stamped. */
#include "tof_internal.h"

#include <math.h>

static inline float square(float v)
{
    return v * v;
}

static inline float mix(float a, float b, float t)
{
    return a + t * (b - a);
}

/* 0 where d is well below 0, 1 well above, blended over +- soft */
static inline float cover(float d, float soft)
{
    return fminf(fmaxf(0.5f + 0.5f * d / soft, 0), 1);
}

/* Approximate distance to an ellipsoid's surface, positive inside. */
static inline float ellipsoid(const float at[3], float side, float y, float z, float a, float b, float c)
{
    const float rho =
        sqrtf(square((fabsf(at[0]) - side) / a) + square((at[1] - y) / b) + square((at[2] - z) / c));
    return (1 - rho) * fminf(a, fminf(b, c));
}

/* Positive inside the lateral ventricles: a chain of tapered capsules on each side. */
static float ventricle(const tof_head *head, const float at[3])
{
    static const float chain[][4] = {/* x, y, z, radius */
        {6.5f, 22, 15, 2.5f}, {7.5f, 10, 22, 4.8f}, {9, -10, 27, 5.0f}, {14, -30, 22, 6.2f},
        {21, -40, 14, 6.0f}, {21, -54, 14, 3.2f}, {19, -66, 14, 0.8f}};
    const float side = fabsf(at[0]);
    if (side > 34 || at[1] > 32 || at[1] < -74 || at[2] < 2 || at[2] > 40)
        return -9;
    float best = -9;
    for (int i = 0; i + 1 < (int)(sizeof chain / sizeof chain[0]); i++) {
        const float *p = chain[i], *q = chain[i + 1];
        const float d[3] = {q[0] - p[0], q[1] - p[1], q[2] - p[2]};
        const float e[3] = {side - p[0], at[1] - p[1], at[2] - p[2]};
        float t = (d[0] * e[0] + d[1] * e[1] + d[2] * e[2]) / (d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
        t = fminf(fmaxf(t, 0), 1);
        const float gap = sqrtf(square(e[0] - t * d[0]) + square(e[1] - t * d[1]) + square(e[2] - t * d[2]));
        best = fmaxf(best, head->ventricle * mix(p[3], q[3], t) - gap);
    }
    const float third =
        fminf(1.6f * head->ventricle - side, 9 - fmaxf(fabsf(at[1] + 12) - 4, fabsf(at[2] - 9) + 1));
    return fmaxf(best, third);
}

/* Positive within the CSF around the base: suprasellar, Sylvian, prepontine, ambient, interhemispheric. */
static float cistern(const float at[3])
{
    const float side = fabsf(at[0]);
    float d = ellipsoid(at, 0, -2, -1, 16, 13, 8);
    const float valley = 4 - 0.42f * (at[1] - 6); /* height of the Sylvian fissure */
    const float lip =
        fminf(fminf(side - 39, 1.3f - 0.9f * fabsf(at[2] - valley)), fminf(22 - at[1], at[1] + 36));
    const float trunk =
        fminf(fminf(side - 12, 41 - side), 3 - sqrtf(square(0.5f * (at[1] - 2)) + square(at[2] - 4)));
    const float insula = fminf(1.4f - fabsf(side - 41 + 0.012f * square(at[1] + 2)),
        13 - sqrtf(square(at[1] + 5) * 0.35f + square(at[2] - valley - 6)));
    d = fmaxf(d, fmaxf(lip, fmaxf(trunk, insula)));
    const float stem = sqrtf(square(side / 1.15f) + square(at[1] + 26)); /* round the midbrain and the pons */
    if (at[2] < 9 && at[1] < -8 && at[1] > -44)
        d = fmaxf(d, 2.2f - fabsf(stem - (at[2] < -6 ? 14.5f : 13)));
    const float bridge =
        1 - sqrtf(square((at[1] + 6) / 40) + square((at[2] - 20) / 28)); /* > 0: callosum, core */
    if (at[2] > 0 && bridge < 0)
        d = fmaxf(d, fminf(1.3f - side, -20 * bridge));
    return d;
}

static float sulcus_mm(const tof_head *head, const float at[3], float depth)
{
    const float keep = 1 / (1 + 0.8f * depth / 50); /* folds run almost straight inwards */
    float p[3];
    for (int i = 0; i < 3; i++)
        p[i] = (at[i] - head->centre[i]) / keep;
    p[0] += at[0] > 0 ? 300 : 0; /* the hemispheres differ */
    const float wave = 1 / head->fold;
    const float coarse = tof_noise_at(&head->noise, p[0] * wave, p[1] * wave, p[2] * wave);
    const float fine =
        tof_noise_at(&head->noise, p[0] * wave * 2.1f + 50, p[1] * wave * 2.1f, p[2] * wave * 2.1f);
    return fabsf(coarse + 0.35f * fine) * head->fold * 0.62f;
}

static float cerebellum(const tof_head *head, const float s[TOF_N_TISSUES], const float at[3], float soft)
{
    const float warp = tof_noise_at(&head->noise, at[0] * 0.07f, at[1] * 0.07f, at[2] * 0.07f);
    const float level = (at[2] - 0.9f * at[1] - 0.3f * fabsf(at[0])) * 0.19f + 1.1f * warp;
    const float leaf = fabsf(level - floorf(level) - 0.5f) * 7.5f; /* mm from the middle of a folium */
    const float core = ellipsoid(at, 16, -52, -18, 16, 14, 10);
    const float tissue = mix(s[TOF_GREY], s[TOF_WHITE], cover(fmaxf(core, leaf - 2.6f), soft + 0.5f));
    const float fourth = ellipsoid(at, 0, -42, -18, 5, 4, 9);
    return mix(mix(tissue, s[TOF_CSF], 0.6f * cover(0.45f - leaf, soft)), s[TOF_CSF], cover(fourth, soft));
}

static float cerebrum(
    const tof_head *head, const float s[TOF_N_TISSUES], const float model[3], float depth, float soft)
{
    float at[3]; /* no fissure is straight */
    for (int i = 0; i < 3; i++)
        at[i] =
            model[i] + (i == 0 ? 1.0f : 3.0f) * tof_noise_at(&head->noise, model[0] * 0.06f + 20 * (float)i,
                                                    model[1] * 0.06f, model[2] * 0.06f);
    const float fold = sulcus_mm(head, at, depth);
    const float reach = fmaxf(20 - depth, 0) / 20; /* sulci end 20 mm under the skull */
    const float lake = cistern(at);
    const float gap = fminf(fold + 9 * (1 - reach) * (1 - reach), fminf(depth - head->rim, -lake));
    float v = mix(s[TOF_GREY], s[TOF_WHITE], cover(gap - 3.4f, soft));
    const float nuclei =
        fmaxf(fmaxf(ellipsoid(at, 9, -18, 13, 8, 14, 9), ellipsoid(at, 24, 2, 10, 7, 17, 10)),
            ellipsoid(at, 12, 14, 16, 4.5f, 9, 9));
    v = mix(v, s[TOF_GREY], cover(nuclei, soft));
    v = mix(v, s[TOF_CSF], cover(head->sulcus * (0.6f + reach) - fold, soft) * cover(reach - 0.12f, 0.1f));
    v = mix(v, s[TOF_CSF], cover(ventricle(head, at), soft));
    return mix(v, s[TOF_CSF], cover(fmaxf(lake, head->rim - depth), soft));
}

static float intracranial(
    const tof_head *head, const float s[TOF_N_TISSUES], const float at[3], float depth, float soft)
{
    const float side = fabsf(at[0]);
    const float tent = 3 + 15 * expf(-square(side / 24)) + (at[1] + 45) * 0.25f; /* height of the tentorium */
    const float low = tent - at[2];
    const float stem = 13 - sqrtf(square(side / 1.15f) + square(at[1] + 26));
    const float behind = fminf(low, -19 - 0.5f * fmaxf(side - 12, 0) - fmaxf(at[2], 0) - at[1]);
    if (stem > -soft && at[2] < 7) { /* brain stem in its cistern */
        const float v = mix(s[TOF_CSF], s[TOF_WHITE], cover(stem, soft));
        return mix(v, s[TOF_CSF], cover(cistern(at), soft));
    }
    const float up = cerebrum(head, s, at, depth, soft);
    if (behind < -3)
        return up;
    float v = mix(up,
        mix(cerebellum(head, s, at, soft), s[TOF_CSF], cover(fmaxf(cistern(at), head->rim - depth), soft)),
        cover(behind, soft));
    return mix(v, s[TOF_CSF], cover(1.0f - fabsf(behind), soft));
}

/* Muscle, fat, air and bone under the skull base; orbits in front. */
static float face(const tof_head *head, const float s[TOF_N_TISSUES], const float at[3], float soft)
{
    const float side = fabsf(at[0]);
    const float n = tof_noise_at(&head->noise, at[0] * 0.09f, at[1] * 0.09f, at[2] * 0.07f + 9);
    float v = mix(s[TOF_MUSCLE], s[TOF_FAT], cover(n * 14 - 1.0f, soft + 1));
    const float under = tof_head_base(at[0], at[1]) - at[2];
    v = mix(v, s[TOF_BONE], cover(5 + 4 * n - under, soft + 0.5f)); /* the base itself */
    const float petrous = 9 - fabsf(at[1] + 16 + 0.55f * (side - 8)) - 0.2f * fmaxf(side - 40, 0);
    v = mix(v, mix(s[TOF_BONE], s[TOF_AIR], cover(side - 38 + 8 * n, 4)), cover(petrous, soft + 1));
    const float clivus = fminf(12 - side, fminf(at[1] + 14, 6 - at[1]));
    v = mix(v, s[TOF_MARROW], cover(clivus, soft + 1));
    const float sinus = fmaxf(ellipsoid(at, 6, 16, -18, 9, 13, 9), ellipsoid(at, 6, 42, -22, 10, 24, 22));
    v = mix(v, s[TOF_AIR], cover(sinus + 2 * n, soft));
    const float orbit = ellipsoid(at, 30, 38, -17, 17, 26, 16);
    v = mix(v, s[TOF_FAT], cover(orbit, soft));
    const float muscle = 1.6f - fabsf(sqrtf(square(side - 27) + square(at[2] + 17)) - 9);
    v = mix(v, s[TOF_MUSCLE], cover(fminf(orbit, fminf(muscle, 46 - at[1])), soft));
    return mix(v, s[TOF_EYE], cover(ellipsoid(at, 31, 50, -17, 12, 12, 12), soft));
}

static float outer_layers(
    const tof_head *head, const float s[TOF_N_TISSUES], const float at[3], float out, float soft)
{
    const float n = tof_noise_at(&head->noise, at[0] * 0.05f + 31, at[1] * 0.05f, at[2] * 0.05f);
    const float skull = head->skull * (1 + 0.25f * n);
    const float diploe = 0.22f * skull - fabsf(out - 0.5f * skull);
    float v = mix(s[TOF_BONE], s[TOF_MARROW], 0.7f * cover(diploe, soft));
    const float temple =
        7.5f * expf(-square((at[1] - 12) / 24) - square((at[2] + 4) / 26)); /* temporal muscle */
    v = mix(v, s[TOF_MUSCLE], cover(out - skull, soft));
    v = mix(v, s[TOF_FAT], cover(out - skull - temple, soft));
    const float skin = skull + head->scalp + 0.55f * temple;
    v = mix(v, s[TOF_MUSCLE], cover(out - skin + 1.6f, soft));
    return mix(v, s[TOF_AIR], cover(out - skin, soft));
}

/* Height in mm above the base of the skull. */
static float above_base(const tof_head *head, const float at[3])
{
    float bend = 0; /* the base is not made of straight walls */
    if (at[2] < 12)
        bend = tof_noise_at(&head->noise, at[0] * 0.07f, at[1] * 0.07f + 60, at[2] * 0.07f);
    return at[2] - tof_head_base(at[0] + 5 * bend, at[1] - 5 * bend) + 2 * bend;
}

bool tof_inside(const tof_head *head, const float at[3])
{
    return head->brain_only || (tof_head_in_vault(head, at) && above_base(head, at) > 0);
}

float tof_tissue_at(const tof_head *head, const float signal[TOF_N_TISSUES], const float at[3], float soft_mm,
    float *inside_mm_out)
{
    if (head->brain_only) {
        *inside_mm_out = 9;
        return cerebrum(head, signal, at, 12, soft_mm);
    }
    const float depth = tof_head_depth(head, at);
    const float above = above_base(head, at);
    const float inside = fminf(depth, above);
    *inside_mm_out = inside;
    if (depth < -30)
        return signal[TOF_AIR];
    if (inside > soft_mm)
        return intracranial(head, signal, at, inside, soft_mm);
    float out = signal[TOF_BONE];
    if (depth < soft_mm)
        out = outer_layers(head, signal, at, -depth, soft_mm);
    if (above < soft_mm && depth > -2)
        out = mix(out, face(head, signal, at, soft_mm), cover(depth, 2));
    if (inside < -soft_mm)
        return out;
    return mix(out, intracranial(head, signal, at, fmaxf(inside, 0), soft_mm), cover(inside, soft_mm));
}
