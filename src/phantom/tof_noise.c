/* Gradient noise on a lattice [Perlin1985]: smooth, reproducible, no memory of its own. */
#include "tof_internal.h"

#include <math.h>

void tof_noise_make(tof_noise *out, wil_rng rng)
{
    size_t order[256];
    wil_rng_permutation(rng, 256, order);
    for (int i = 0; i < 256; i++) {
        out->order[i] = (uint8_t)order[i];
        const uint64_t at = 1000 + 2 * (uint64_t)i;
        const double z = 2 * wil_rng_uniform(rng, at) - 1; /* uniform on the sphere */
        const double turn = 6.283185307179586 * wil_rng_uniform(rng, at + 1);
        out->gradient[i][0] = (float)(sqrt(1 - z * z) * cos(turn));
        out->gradient[i][1] = (float)(sqrt(1 - z * z) * sin(turn));
        out->gradient[i][2] = (float)z;
    }
}

static inline float ramp(float t)
{
    return t * t * t * (t * (t * 6 - 15) + 10);
}

static inline float corner(const tof_noise *noise, int plane, int z, float dx, float dy, float dz)
{
    const float *g = noise->gradient[noise->order[(plane + z) & 255]];
    return g[0] * dx + g[1] * dy + g[2] * dz;
}

static inline float mix(float a, float b, float t)
{
    return a + t * (b - a);
}

float tof_noise_at(const tof_noise *noise, float x, float y, float z)
{
    const float fx = floorf(x), fy = floorf(y), fz = floorf(z);
    const int iz = (int)fz;
    const uint8_t *order = noise->order;
    const int c0 = order[(int)fx & 255], c1 = order[((int)fx + 1) & 255];
    const int p00 = order[(c0 + (int)fy) & 255], p01 = order[(c0 + (int)fy + 1) & 255];
    const int p10 = order[(c1 + (int)fy) & 255], p11 = order[(c1 + (int)fy + 1) & 255];
    x -= fx, y -= fy, z -= fz;
    const float u = ramp(x), v = ramp(y), w = ramp(z);
    float sheet[2];
    for (int k = 0; k < 2; k++) {
        const float dz = z - (float)k;
        const float low =
            mix(corner(noise, p00, iz + k, x, y, dz), corner(noise, p10, iz + k, x - 1, y, dz), u);
        const float high =
            mix(corner(noise, p01, iz + k, x, y - 1, dz), corner(noise, p11, iz + k, x - 1, y - 1, dz), u);
        sheet[k] = mix(low, high, v);
    }
    return 1.6f * mix(sheet[0], sheet[1], w);
}
