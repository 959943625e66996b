#include "willis/data.h"

static void shuffle(wil_order *order, uint64_t epoch)
{
    const wil_rng rng = wil_rng_at(order->seed, WIL_RNG_BATCH, (uint32_t)epoch);
    wil_rng_permutation(rng, order->n, order->permutation);
    order->epoch = epoch;
}

wil_status wil_order_new(wil_order **out, size_t n, uint64_t seed)
{
    wil_order *order = NULL;
    *out = NULL;
    WIL_REQUIRE(n > 0, WIL_ERR_ARG, "no samples to put in order");
    WIL_TRY(wil_alloc((void **)&order, 1, sizeof *order));
    order->n = n;
    order->seed = seed;
    const wil_status status = wil_alloc((void **)&order->permutation, n, sizeof *order->permutation);
    if (status != WIL_OK) {
        wil_order_free(order);
        return status;
    }
    shuffle(order, 0);
    *out = order;
    return WIL_OK;
}

void wil_order_free(wil_order *order)
{
    if (order == NULL)
        return;
    wil_free(order->permutation);
    wil_free(order);
}

void wil_order_indices(wil_order *order, uint64_t first, int count, size_t *indices_out)
{
    for (int i = 0; i < count; i++) {
        const uint64_t sample = first + (uint64_t)i;
        if (sample / order->n != order->epoch)
            shuffle(order, sample / order->n);
        indices_out[i] = order->permutation[sample % order->n];
    }
}
