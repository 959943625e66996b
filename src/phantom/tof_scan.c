/* The scanner: tissue and blood mixed by volume, point spread, coil shading, Rician noise, 8 bits. */
#include "tof_internal.h"

#include <math.h>

#define UNSATURATED_GREY 235.0f /* grey value of unsaturated blood without shading */

typedef struct scan {
    wil_volume *image;
    wil_mask *brain;
    const tof_head *head;
    const wil_tof_config *config;
    wil_tof_site_facts site;
    float signal[TOF_N_TISSUES];
    float soft_mm;
    tof_blood_at blood_at;
    const void *user;
    wil_rng noise;
    float tilt[3]; /* of the coil shading */
} scan;

static void head_point(float out[3], const scan *s, int x, int y, int z)
{
    const wil_grid *grid = &s->brain->grid;
    const int v[3] = {x, y, z};
    for (int k = 0; k < 3; k++) {
        const float mm = (float)(grid->affine[k][k] * v[k] + grid->affine[k][3]);
        out[k] = (mm - s->head->shift[k]) / s->head->scale;
    }
}

static void draw_spins(int64_t begin, int64_t end, void *context)
{
    const scan *s = context;
    const int nx = s->image->grid.size[0], ny = s->image->grid.size[1];
    for (int z = (int)begin; z < end; z++)
        for (int y = 0; y < ny; y++)
            for (int x = 0; x < nx; x++) {
                const size_t voxel = ((size_t)z * (size_t)ny + (size_t)y) * (size_t)nx + (size_t)x;
                float at[3], inside, occupancy, blood;
                head_point(at, s, x, y, z);
                const float tissue = tof_tissue_at(s->head, s->signal, at, s->soft_mm, &inside);
                s->blood_at(s->user, voxel, &occupancy, &blood);
                s->image->voxels[voxel] = tissue + occupancy * (blood - tissue);
                s->brain->voxels[voxel] = inside > 0;
            }
}

/* Receive sensitivity of a head coil: brighter towards the elements, tilted, with a slow swell. */
static float shading(const scan *s, const float at[3])
{
    const float x = at[0] / 75, y = (at[1] + 17) / 92, z = (at[2] - 10) / 60;
    const float swell = tof_noise_at(&s->head->noise, at[0] / 90 + 7, at[1] / 90, at[2] / 90);
    const float amount = (float)(s->site.bias_frac * s->config->bias_scale);
    const float shape =
        0.55f * (x * x + y * y - 0.55f) + s->tilt[0] * x + s->tilt[1] * y + s->tilt[2] * z + 0.7f * swell;
    return expf(amount * shape);
}

static void receive(int64_t begin, int64_t end, void *context)
{
    const scan *s = context;
    const int nx = s->image->grid.size[0], ny = s->image->grid.size[1];
    const double sd = s->site.noise_frac * s->config->noise_scale;
    for (int z = (int)begin; z < end; z++)
        for (int y = 0; y < ny; y++)
            for (int x = 0; x < nx; x++) {
                const size_t voxel = ((size_t)z * (size_t)ny + (size_t)y) * (size_t)nx + (size_t)x;
                float at[3];
                uint32_t block[4];
                head_point(at, s, x, y, z);
                wil_rng_block(s->noise, voxel, block);
                const double u = ((double)block[0] + 0.5) * 0x1.0p-32, turn = (double)block[1] * 0x1.0p-32;
                const double size = sd * sqrt(-2 * log(u));
                const double re =
                    (double)(s->image->voxels[voxel] * shading(s, at)) + size * cos(6.283185307179586 * turn);
                const double im = size * sin(6.283185307179586 * turn);
                const float grey = UNSATURATED_GREY * (float)sqrt(re * re + im * im);
                s->image->voxels[voxel] = fminf(floorf(grey + 0.5f), 255);
            }
}

static void mark_brain(int64_t begin, int64_t end, void *context)
{
    const scan *s = context;
    const int nx = s->brain->grid.size[0], ny = s->brain->grid.size[1];
    uint8_t *voxel = s->brain->voxels + (size_t)begin * (size_t)ny * (size_t)nx;
    for (int z = (int)begin; z < end; z++)
        for (int y = 0; y < ny; y++)
            for (int x = 0; x < nx; x++) {
                float at[3];
                head_point(at, s, x, y, z);
                *voxel++ = tof_inside(s->head, at);
            }
}

void tof_scan_brain(wil_mask *brain, const tof_head *head)
{
    scan s = {.brain = brain, .head = head};
    wil_parallel_for(brain->grid.size[2], 1, mark_brain, &s);
}

wil_status tof_scan(wil_volume *image, wil_mask *brain, const tof_head *head, const wil_tof_config *config,
    int subject, tof_blood_at blood_at, const void *user)
{
    scan s = {
        .image = image, .brain = brain, .head = head, .config = config, .blood_at = blood_at, .user = user};
    s.site = wil_tof_site_of(config, subject);
    tof_flow_tissues(s.signal, &s.site);
    const double *spacing = image->grid.spacing_mm;
    s.soft_mm = (float)(0.5 * cbrt(spacing[0] * spacing[1] * spacing[2])) / head->scale;
    s.noise = wil_rng_at(config->seed, WIL_RNG_PHANTOM_NOISE, (uint32_t)subject);
    for (int k = 0; k < 3; k++)
        s.tilt[k] = (float)(1.4 * wil_rng_uniform(s.noise, ((uint64_t)1 << 40) + (uint64_t)k) - 0.7);
    const int nz = image->grid.size[2];
    wil_parallel_for(nz, 1, draw_spins, &s);
    WIL_TRY(wil_volume_smooth(image, s.site.blur_mm));
    wil_parallel_for(nz, 1, receive, &s);
    return WIL_OK;
}
