/* What the scanner adds: steady state, coil shading, drift, Rician noise, whole numbers. */
#include "bolus_internal.h"

#include <math.h>

#define CHUNK 1024
#define PURE 0.9f /* share of grey and white matter in the voxels that SNR is measured by */
#define SHADING 0.12f

/* 3 T; fat is suppressed, and EPI transfers no magnetisation. */
void bolus_site(wil_tof_site_facts *out, const wil_dsc_config *config)
{
    *out = (wil_tof_site_facts){.site = 'd',
        .field_t = 3,
        .tr_ms = 1000 * config->tr_s,
        .te_ms = 1000 * config->te_s,
        .flip_deg = config->flip_deg,
        .t1_blood_ms = 1650,
        .fat_frac = 0.1,
        .transfer_frac = 1};
}

void bolus_shade(float *out, const bolus_plan *plan, const wil_grid *grid)
{
    const float amount = SHADING * (float)plan->config->variation;
    const size_t n = wil_grid_count(grid);
    for (size_t i = 0; i < n; i++) {
        float at[3];
        bolus_point(at, grid, i, NULL);
        const float x = at[0] / 75, y = (at[1] + 17) / 92;
        const float swell = tof_noise_at(&plan->noise, at[0] / 90 + 7, at[1] / 90, at[2] / 90);
        out[i] = expf(amount * (0.6f * (x * x + y * y - 0.55f) + swell));
    }
}

/* Mean signal of brain tissue in the last frame before the bolus. */
static double tissue_level(const wil_dsc_subject *subject, const bolus_anatomy *a, double tr_s)
{
    const size_t n = wil_grid_count(&subject->series.grid);
    const size_t frame = (size_t)fmax(0, floor(subject->facts.arrival_s / tr_s) - 1);
    double sum = 0, count = 0;
    for (size_t i = 0; i < n; i++)
        if (a->part[0][i] + a->part[1][i] >= PURE) {
            sum += (double)subject->series.voxels[frame * n + i];
            count++;
        }
    return count > 0 ? sum / count : 0;
}

typedef struct noise_task {
    float *voxels;
    size_t n;
    int n_frames;
    float sd, drift;
    wil_rng rng;
} noise_task;

/* A complex sample with noise on both channels [Gudbjartsson1995]; one block of random bits serves two
 * frames. */
static void add_noise(int64_t begin, int64_t end, void *context)
{
    const noise_task *t = context;
    const uint64_t per_voxel = (uint64_t)(t->n_frames + 1) / 2;
    for (int pair = 0; 2 * pair < t->n_frames; pair++)
        for (int64_t i = begin; i < end; i++) {
            uint32_t bits[4];
            wil_rng_block(t->rng, (uint64_t)i * per_voxel + (uint64_t)pair, bits);
            for (int k = 0; k < 2 && 2 * pair + k < t->n_frames; k++) {
                const int frame = 2 * pair + k;
                float *v = &t->voxels[(size_t)frame * t->n + (size_t)i];
                const float u = ((float)(bits[2 * k] >> 8) + 0.5f) * 0x1.0p-24f;
                const float turn = 6.2831853f * (float)(bits[2 * k + 1] >> 8) * 0x1.0p-24f;
                const float size = t->sd * sqrtf(-2 * logf(u));
                const float real = *v * (1 + t->drift * (float)frame / (float)(t->n_frames - 1));
                const float re = real + size * cosf(turn), im = size * sinf(turn);
                *v = floorf(sqrtf(re * re + im * im) + 0.5f);
            }
        }
}

void bolus_receive(
    wil_dsc_subject *subject, const bolus_anatomy *anatomy, const wil_dsc_config *config, int number)
{
    const double level = tissue_level(subject, anatomy, config->tr_s);
    subject->facts.noise_sd = config->snr > 0 ? level / config->snr : 0;
    noise_task task = {.voxels = subject->series.voxels,
        .n = wil_grid_count(&subject->series.grid),
        .n_frames = config->n_frames,
        .sd = (float)subject->facts.noise_sd,
        .drift = (float)config->drift_frac,
        .rng = wil_rng_at(config->seed ^ 0x62637364u, WIL_RNG_PHANTOM_NOISE, (uint32_t)number)};
    wil_parallel_for((int64_t)task.n, CHUNK, add_noise, &task);
}
