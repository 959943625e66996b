/* Order statistics by selection on the bits of the floats: two histograms of half a word each find any rank
 * exactly, in time proportional to n whatever the values, and without a copy of them. */
#include "willis/image.h"

#include <math.h>
#include <string.h>

#define N_BINS 65536

/* Bits that as unsigned numbers have the order of the floats. */
static uint32_t ordered_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

static float value_of(uint32_t ordered)
{
    const uint32_t bits = ordered & 0x80000000u ? ordered & 0x7FFFFFFFu : ~ordered;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The bin that holds the value of that rank; *rank becomes the rank within the bin. */
static uint32_t find_bin(const size_t *counts, size_t *rank)
{
    uint32_t bin = 0;
    while (*rank >= counts[bin])
        *rank -= counts[bin++];
    return bin;
}

/* The values of rank (from 0) and of rank + 1, the latter as the former if there is none. */
static void select_pair(float pair_out[2], const float *values, size_t n, size_t rank, size_t *counts)
{
    memset(counts, 0, N_BINS * sizeof *counts);
    for (size_t i = 0; i < n; i++)
        counts[ordered_bits(values[i]) >> 16]++;
    const uint32_t high = find_bin(counts, &rank);
    memset(counts, 0, N_BINS * sizeof *counts);
    uint32_t next = UINT32_MAX; /* the least one in the bins above */
    for (size_t i = 0; i < n; i++) {
        const uint32_t bits = ordered_bits(values[i]);
        if (bits >> 16 == high)
            counts[bits & 0xFFFFu]++;
        else if (bits >> 16 > high && bits < next)
            next = bits;
    }
    uint32_t low = find_bin(counts, &rank);
    pair_out[0] = pair_out[1] = value_of(high << 16 | low);
    if (rank + 1 < counts[low])
        return;
    do
        low++;
    while (low < N_BINS && counts[low] == 0);
    if (low < N_BINS)
        pair_out[1] = value_of(high << 16 | low);
    else if (next != UINT32_MAX)
        pair_out[1] = value_of(next);
}

wil_status wil_quantile(double *out, const float *values, size_t n, double frac)
{
    *out = NAN;
    WIL_REQUIRE(n > 0, WIL_ERR_ARG, "no values to take a quantile of");
    WIL_REQUIRE(
        frac >= 0 && frac <= 1, WIL_ERR_ARG, "the fraction of a quantile must be from 0 to 1, got %g", frac);
    size_t n_nan = 0;
    for (size_t i = 0; i < n; i++)
        n_nan += isnan(values[i]) != 0;
    WIL_REQUIRE(n_nan == 0, WIL_ERR_INPUT,
        "%zu of %zu values are NaN, which have no place in an order; replace or leave them out", n_nan, n);
    WIL_OWN(size_t) *counts = NULL;
    WIL_TRY(wil_alloc((void **)&counts, N_BINS, sizeof *counts));
    const double place = frac * (double)(n - 1);
    const size_t rank = (size_t)place;
    float pair[2];
    select_pair(pair, values, n, rank, counts);
    const double between = place - (double)rank;
    *out = between == 0 || pair[0] == pair[1] ? pair[0] : pair[0] + between * ((double)pair[1] - pair[0]);
    WIL_REQUIRE(
        !isnan(*out), WIL_ERR_INPUT, "the quantile %g lies beside an infinite value and is undefined", frac);
    return WIL_OK;
}
