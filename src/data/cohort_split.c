/* Splits at random, whole patients. */
#include "willis/data.h"

#include <math.h>

/* n subjects in the given shares, rounded; a share above 0 gets at least one subject while there are enough.
 */
static void share_out(int counts[3], int n, const double frac[3])
{
    counts[0] = (int)lround(frac[0] * n);
    counts[1] = (int)lround(frac[1] * n);
    if (counts[0] + counts[1] > n)
        counts[1] = n - counts[0];
    counts[2] = n - counts[0] - counts[1];
    for (int k = 0; k < 3; k++) {
        int largest = 0;
        for (int i = 1; i < 3; i++)
            largest = counts[i] > counts[largest] ? i : largest;
        if (counts[k] == 0 && frac[k] > 1e-9 && counts[largest] > 1) {
            counts[largest]--;
            counts[k]++;
        }
    }
}

static wil_split split_at(const int counts[3], size_t place)
{
    if (place < (size_t)counts[0])
        return WIL_SPLIT_TRAIN;
    return place < (size_t)(counts[0] + counts[1]) ? WIL_SPLIT_VAL : WIL_SPLIT_TEST;
}

wil_status wil_cohort_split(wil_cohort *cohort, double train_frac, double val_frac, uint64_t seed)
{
    WIL_REQUIRE(train_frac >= 0 && val_frac >= 0 && train_frac + val_frac <= 1 + 1e-9, WIL_ERR_ARG,
        "shares of %g train and %g val are impossible: both must be 0 or more, and together at most 1",
        train_frac, val_frac);
    const int n = wil_cohort_count(cohort, WIL_SPLIT_NONE);
    const double frac[3] = {train_frac, val_frac, 1 - train_frac - val_frac};
    int counts[3];
    WIL_OWN(size_t) *place = NULL;
    WIL_TRY(wil_alloc((void **)&place, (size_t)n + 1, sizeof *place));
    wil_rng_permutation(wil_rng_at(seed, WIL_RNG_SPLIT, 0), (size_t)n, place);
    share_out(counts, n, frac);
    for (int i = 0, k = 0; i < cohort->n_subjects; i++)
        if (cohort->subjects[i].split == WIL_SPLIT_NONE)
            cohort->subjects[i].split = split_at(counts, place[k++]);
    return WIL_OK;
}
