/* The random numbers that a generator draws its samples from. */
#include "willis/model.h"

#include "model_params.h"

#define NOISE_SEED 0x6e6f697365u /* "noise": keeps it apart from the latents of the same stream */

static size_t noise_size(const wil_wgan_config *net)
{
    return (size_t)net->height * (size_t)net->width;
}

void wil_generator_draw(float *z, float *noise, const wil_wgan_config *net, int n, uint64_t seed,
    wil_rng_purpose purpose, uint32_t address, int64_t first)
{
    const size_t latent = (size_t)net->latent, voxels = noise_size(net);
    wil_rng_fill_normal_f32(
        wil_rng_at(seed, purpose, address), (uint64_t)first * latent, (size_t)n * latent, z);
    if (noise != NULL)
        wil_rng_fill_normal_f32(wil_rng_at(seed ^ NOISE_SEED, purpose, address), (uint64_t)first * voxels,
            (size_t)n * voxels, noise);
}

wil_status model_bind_draw(float **z, float **noise, wil_plan *plan, const wil_wgan_config *net)
{
    WIL_TRY(wil_alloc_f32(z, (size_t)WIL_GENERATOR_SLOTS * (size_t)net->latent));
    WIL_TRY(wil_plan_bind(plan, "z", *z));
    if (!net->noise)
        return WIL_OK;
    WIL_TRY(wil_alloc_f32(noise, (size_t)WIL_GENERATOR_SLOTS * noise_size(net)));
    return wil_plan_bind(plan, "noise", *noise);
}
