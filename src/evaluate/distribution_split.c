/* Parts of a set: halves that share no subject, and as many samples as another set has. */
#include <string.h>

#include "distribution_internal.h"

static wil_status permutation(size_t **out, size_t n, uint64_t seed, uint32_t step)
{
    WIL_TRY(wil_alloc((void **)out, n, sizeof **out));
    wil_rng_permutation(wil_rng_at(seed, WIL_RNG_SUBSET, step), n, *out);
    return WIL_OK;
}

static wil_status halve_samples(uint8_t *half, int64_t n, uint64_t seed)
{
    WIL_OWN(size_t) *order = NULL;
    WIL_TRY(permutation(&order, (size_t)n, seed, DRAW_HALVES));
    for (int64_t i = 0; i < n; i++)
        half[order[i]] = (uint8_t)(i % 2);
    return WIL_OK;
}

static wil_status halve_subjects(uint8_t *half, const feature_source *source, uint64_t seed)
{
    const size_t n_subjects = (size_t)source->n_subjects;
    int64_t in_half[2] = {0, 0};
    WIL_OWN(size_t) *order = NULL;
    WIL_OWN(int64_t) *size = NULL;
    WIL_OWN(uint8_t) *half_of = NULL;
    WIL_TRY(permutation(&order, n_subjects, seed, DRAW_HALVES));
    WIL_TRY(wil_alloc((void **)&size, n_subjects, sizeof *size));
    WIL_TRY(wil_alloc_u8(&half_of, n_subjects));
    for (int64_t i = 0; i < source->n; i++)
        size[source->subject[i]]++;
    for (size_t k = 0; k < n_subjects; k++) {
        const int h = in_half[1] < in_half[0];
        half_of[order[k]] = (uint8_t)h;
        in_half[h] += size[order[k]];
    }
    for (int64_t i = 0; i < source->n; i++)
        half[i] = half_of[source->subject[i]];
    return WIL_OK;
}

wil_status distribution_halves(uint8_t **out, bool *by_subject, const feature_source *source, uint64_t seed)
{
    *out = NULL;
    *by_subject = source->subject != NULL && source->n_subjects >= 2;
    WIL_TRY(wil_alloc_u8(out, (size_t)source->n));
    return *by_subject ? halve_subjects(*out, source, seed) : halve_samples(*out, source->n, seed);
}

wil_status distribution_choice(uint8_t **out, int64_t n, int64_t n_chosen, uint64_t seed)
{
    WIL_OWN(size_t) *order = NULL;
    *out = NULL;
    WIL_TRY(wil_alloc_u8(out, (size_t)n));
    WIL_TRY(permutation(&order, (size_t)n, seed, DRAW_MATCHED));
    for (int64_t i = 0; i < n_chosen && i < n; i++)
        (*out)[order[i]] = 1;
    return WIL_OK;
}
