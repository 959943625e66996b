/* Philox4x32-10 [Salmon2011, "Parallel random numbers: as easy as 1, 2, 3"]. */
#include "willis/base.h"

#include <math.h>

#define ROUNDS 10
#define TWO_PI 6.283185307179586476925286766559

wil_rng wil_rng_at(uint64_t seed, wil_rng_purpose purpose, uint32_t step)
{
    return (wil_rng){.seed = seed, .purpose = (uint32_t)purpose, .step = step};
}

static void philox_round(uint32_t x[4], uint32_t k0, uint32_t k1)
{
    const uint64_t p0 = 0xD2511F53u * (uint64_t)x[0];
    const uint64_t p1 = 0xCD9E8D57u * (uint64_t)x[2];
    const uint32_t y0 = (uint32_t)(p1 >> 32) ^ x[1] ^ k0;
    const uint32_t y2 = (uint32_t)(p0 >> 32) ^ x[3] ^ k1;
    x[1] = (uint32_t)p1;
    x[3] = (uint32_t)p0;
    x[0] = y0;
    x[2] = y2;
}

/* counter = (index low, index high, step, purpose), key = seed */
void wil_rng_block(wil_rng rng, uint64_t index, uint32_t out[4])
{
    uint32_t k0 = (uint32_t)rng.seed;
    uint32_t k1 = (uint32_t)(rng.seed >> 32);
    out[0] = (uint32_t)index;
    out[1] = (uint32_t)(index >> 32);
    out[2] = rng.step;
    out[3] = rng.purpose;
    for (int i = 0; i < ROUNDS; i++) {
        philox_round(out, k0, k1);
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
}

static double to_unit(uint32_t high, uint32_t low) /* 53 bits: [0, 1) */
{
    const uint64_t bits = ((uint64_t)high << 32 | low) >> 11;
    return (double)bits * 0x1.0p-53;
}

double wil_rng_uniform(wil_rng rng, uint64_t index)
{
    uint32_t block[4];
    wil_rng_block(rng, index, block);
    return to_unit(block[0], block[1]);
}

double wil_rng_normal(wil_rng rng, uint64_t index) /* Box-Muller on one block */
{
    uint32_t block[4];
    wil_rng_block(rng, index, block);
    const double radius = sqrt(-2.0 * log(1.0 - to_unit(block[0], block[1])));
    return radius * cos(TWO_PI * to_unit(block[2], block[3]));
}

uint64_t wil_rng_below(wil_rng rng, uint64_t index, uint64_t n)
{
    uint32_t block[4];
    wil_rng_block(rng, index, block);
    const uint64_t bits = (uint64_t)block[0] << 32 | block[1];
    return (uint64_t)(((unsigned __int128)bits * n) >> 64); /* bias below n / 2^64 */
}

void wil_rng_fill_uniform_f32(wil_rng rng, uint64_t first, size_t n, float *out)
{
#pragma omp parallel for schedule(static) if (n > 4096)
    for (size_t i = 0; i < n; i++) {
        uint32_t block[4];
        wil_rng_block(rng, first + i, block);
        out[i] = (float)(block[0] >> 8) * 0x1.0p-24f; /* 24 bits: never rounds up to 1 */
    }
}

void wil_rng_fill_normal_f32(wil_rng rng, uint64_t first, size_t n, float *out)
{
#pragma omp parallel for schedule(static) if (n > 4096)
    for (size_t i = 0; i < n; i++)
        out[i] = (float)wil_rng_normal(rng, first + i);
}

void wil_rng_permutation(wil_rng rng, size_t n, size_t *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = i;
    for (size_t i = n; i > 1; i--) {
        const size_t j = wil_rng_below(rng, i, i);
        const size_t swap = out[i - 1];
        out[i - 1] = out[j];
        out[j] = swap;
    }
}

double wil_rng_next_uniform(wil_rng_cursor *cursor)
{
    return wil_rng_uniform(cursor->rng, cursor->next++);
}

double wil_rng_next_normal(wil_rng_cursor *cursor)
{
    return wil_rng_normal(cursor->rng, cursor->next++);
}

uint64_t wil_rng_next_below(wil_rng_cursor *cursor, uint64_t n)
{
    return wil_rng_below(cursor->rng, cursor->next++, n);
}
