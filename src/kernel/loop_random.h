/* Random numbers of many neighbouring indices at once, side by side so that it vectorises. */
#ifndef WILLIS_LOOP_RANDOM_H
#define WILLIS_LOOP_RANDOM_H

#include "willis/base.h"

#define BLOCKS_AT_ONCE 64

/* wil_rng_block of indices first .. first + BLOCKS_AT_ONCE - 1 [Salmon2011]. The test holds it to the
 * reference, which calls wil_rng_block. */
static inline void random_blocks(uint32_t out[4][BLOCKS_AT_ONCE], wil_rng rng, uint64_t first)
{
    for (int i = 0; i < BLOCKS_AT_ONCE; i++) {
        uint32_t x0 = (uint32_t)(first + (uint64_t)i);
        uint32_t x1 = (uint32_t)((first + (uint64_t)i) >> 32);
        uint32_t x2 = rng.step;
        uint32_t x3 = rng.purpose;
        uint32_t k0 = (uint32_t)rng.seed;
        uint32_t k1 = (uint32_t)(rng.seed >> 32);
        for (int round = 0; round < 10; round++) {
            const uint64_t p0 = 0xD2511F53u * (uint64_t)x0;
            const uint64_t p1 = 0xCD9E8D57u * (uint64_t)x2;
            x0 = (uint32_t)(p1 >> 32) ^ x1 ^ k0;
            x2 = (uint32_t)(p0 >> 32) ^ x3 ^ k1;
            x1 = (uint32_t)p1;
            x3 = (uint32_t)p0;
            k0 += 0x9E3779B9u;
            k1 += 0xBB67AE85u;
        }
        out[0][i] = x0;
        out[1][i] = x1;
        out[2][i] = x2;
        out[3][i] = x3;
    }
}

#endif
