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

static wil_status bind(float **out, wil_plan *plan, const char *name, size_t size)
{
    WIL_TRY(wil_alloc_f32(out, (size_t)WIL_GENERATOR_SLOTS * size));
    return wil_plan_bind(plan, name, *out);
}

wil_status model_bind_draw(
    float **z, float **noise, float **guide, wil_plan *plan, const wil_wgan_config *net)
{
    WIL_TRY(bind(z, plan, "z", (size_t)net->latent));
    if (net->noise)
        WIL_TRY(bind(noise, plan, "noise", noise_size(net)));
    return net->labels == WIL_LABELS_GIVEN ? bind(guide, plan, "guide", 2 * noise_size(net)) : WIL_OK;
}
