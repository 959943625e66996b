/* The shapes of the head: a superellipsoidal vault, narrower in front, over a modelled skull base. */
#include "tof_internal.h"

#include <math.h>

void tof_head_make(tof_head *out, const wil_tof_config *config, int subject)
{
    wil_rng_cursor dice = {.rng = wil_rng_at(config->seed, WIL_RNG_PHANTOM_SHAPE, (uint32_t)subject)};
    static const float half[3] = {62.5f, 79, 63};
    static const float centre[3] = {0, -17, 13};
    *out = (tof_head){.scale = 1};
    for (int i = 0; i < 3; i++) {
        out->half[i] = half[i] * (float)(1 + 0.05 * (wil_rng_next_uniform(&dice) - 0.6));
        out->centre[i] = centre[i] + (i > 0 ? (float)(3 * (wil_rng_next_uniform(&dice) - 0.5)) : 0);
    }
    out->skull = (float)(4.5 + 2 * wil_rng_next_uniform(&dice));
    out->scalp = (float)(4 + 3 * wil_rng_next_uniform(&dice));
    out->rim = (float)(1 + 1.8 * wil_rng_next_uniform(&dice));
    out->sulcus = (float)(0.5 + 0.5 * wil_rng_next_uniform(&dice));
    out->ventricle = (float)(0.8 + 0.5 * wil_rng_next_uniform(&dice));
    out->fold = (float)(9.5 + 2.5 * wil_rng_next_uniform(&dice));
    tof_noise_make(
        &out->noise, wil_rng_at(config->seed ^ 0x68656164u, WIL_RNG_PHANTOM_SHAPE, (uint32_t)subject));
}

static inline float power_5_2(float v) /* |v|^2.5 */
{
    v = fabsf(v);
    return v * v * sqrtf(v);
}

/* rho^2.5 */
static float powered_rho(const tof_head *head, const float at[3])
{
    const float y = (at[1] - head->centre[1]) / head->half[1];
    float z = (at[2] - head->centre[2]) / head->half[2];
    if (z < 0)
        z *= 0.62f; /* below its widest level the vault narrows slowly; the base cuts it off */
    const float front = y > 0 ? 1 + 0.13f * y : 1 + 0.03f * y;
    const float x = (at[0] - head->centre[0]) / head->half[0] * front;
    return power_5_2(x) + power_5_2(y) + power_5_2(z);
}

float tof_head_rho(const tof_head *head, const float at[3])
{
    return powf(powered_rho(head, at), 0.4f);
}

bool tof_head_in_vault(const tof_head *head, const float at[3])
{
    const float powered = powered_rho(head, at);
    return powered < 0.99f || (powered < 1.01f && tof_head_depth(head, at) > 0);
}

float tof_head_depth(const tof_head *head, const float at[3])
{
    const float dx = at[0] - head->centre[0], dy = at[1] - head->centre[1], dz = at[2] - head->centre[2];
    const float rho = tof_head_rho(head, at) + 1e-6f;
    return sqrtf(dx * dx + dy * dy + dz * dz + 1e-6f) * (1 / rho - 1);
}

static inline float step_up(float low, float high, float v)
{
    const float t = fminf(fmaxf((v - low) / (high - low), 0), 1);
    return t * t * (3 - 2 * t);
}

static inline float square(float v)
{
    return v * v;
}

float tof_head_base(float x, float y)
{
    const float side = fabsf(x);
    const float orbit = expf(-square((side - 28) / 14)); /* the orbits push the floor up */
    const float anterior = -7 + 8 * orbit, temporal = -25 + 7 * square((side - 38) / 30);
    const float middle = -9 + (temporal + 9) * step_up(11, 20, side);
    const float posterior = -58 + 26 * square(square(side / 52)) + 26 * square(square((y + 54) / 46));
    const float petrous = -13 - 0.55f * fmaxf(side - 8, 0); /* y of the ridge between the fossae */
    const float wing = 13 - 0.012f * square(side - 28);     /* y of the sphenoid's edge */
    const float upper = middle + (anterior - middle) * step_up(wing - 5, wing + 3, y);
    const float floor = upper + (posterior - upper) * step_up(petrous + 4, petrous - 4, y);
    const float pyramid =
        -15 - 0.16f * square(y - petrous) - 0.25f * fmaxf(12 - side, 0) * fmaxf(12 - side, 0);
    return fmaxf(floor, pyramid);
}

void tof_head_to_depth(const tof_head *head, double at[3], double depth_mm)
{
    const float p[3] = {(float)at[0], (float)at[1], (float)at[2]};
    const double rho = tof_head_rho(head, p) + 1e-6;
    double d[3], length = 0;
    for (int i = 0; i < 3; i++) {
        d[i] = at[i] - head->centre[i];
        length += d[i] * d[i];
    }
    length = sqrt(length) + 1e-6;
    const double k = 1 / rho - depth_mm / length; /* |d| / rho is the radius of the inner table on this ray */
    for (int i = 0; i < 3; i++)
        at[i] = head->centre[i] + d[i] * k;
}
