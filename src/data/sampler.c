/* Which samples a training sees, in which order. */
#include "willis/data.h"

static void shuffle(wil_sampler *sampler, uint64_t epoch)
{
    const wil_rng rng = wil_rng_at(sampler->seed, WIL_RNG_BATCH, (uint32_t)epoch);
    wil_rng_permutation(rng, sampler->n, sampler->permutation);
    sampler->epoch = epoch;
}

wil_status wil_sampler_new(wil_sampler **out, size_t n, uint64_t seed)
{
    WIL_OWN(wil_sampler) *sampler = NULL;
    *out = NULL;
    WIL_REQUIRE(n > 0, WIL_ERR_ARG, "no samples to put in order");
    WIL_TRY(wil_alloc((void **)&sampler, 1, sizeof *sampler));
    sampler->n = n;
    sampler->seed = seed;
    WIL_TRY(wil_alloc((void **)&sampler->permutation, n, sizeof *sampler->permutation));
    shuffle(sampler, 0);
    return wil_give(out, &sampler);
}

void wil_sampler_free(wil_sampler *sampler)
{
    if (sampler == NULL)
        return;
    wil_free(sampler->permutation);
    wil_free(sampler);
}

void wil_sampler_indices(wil_sampler *sampler, uint64_t first, int count, size_t *indices_out)
{
    for (int i = 0; i < count; i++) {
        const uint64_t sample = first + (uint64_t)i;
        if (sample / sampler->n != sampler->epoch)
            shuffle(sampler, sample / sampler->n);
        indices_out[i] = sampler->permutation[sample % sampler->n];
    }
}
