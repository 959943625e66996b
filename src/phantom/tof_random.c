/* A protocol and vessels of its own for every subject: the domain that a network is to work in anywhere
 * [Tobin2017, Billot2023]. Ranges are those of clinical TOF protocols at 1.5 to 7 T and somewhat beyond, set
 * beforehand and not by what any site's phantoms score. */
#include "tof_internal.h"

#include <math.h>

#define SITE_SEED 0x73697465u /* "site": apart from the head's shape */

static wil_rng_cursor dice_of(const wil_tof_config *config, int subject, uint64_t first)
{
    return (wil_rng_cursor){
        .rng = wil_rng_at(config->seed ^ SITE_SEED, WIL_RNG_PHANTOM_SHAPE, (uint32_t)subject), .next = first};
}

static double between(wil_rng_cursor *dice, double low, double high)
{
    return low + (high - low) * wil_rng_next_uniform(dice);
}

/* Even on the scale of factors. */
static double about(wil_rng_cursor *dice, double low, double high)
{
    return low * exp(log(high / low) * wil_rng_next_uniform(dice));
}

wil_tof_site_facts tof_random_site(const wil_tof_config *config, int subject)
{
    wil_rng_cursor dice = dice_of(config, subject, 0);
    wil_tof_site_facts s = {.site = 'r'};
    s.field_t = wil_rng_next_uniform(&dice) < 0.5 ? 3.0 : between(&dice, 1.5, 7);
    s.t1_blood_ms = 1300 + 130 * s.field_t; /* [Rooney2007]: grows with the field, about 1500 to 2200 */
    s.tr_ms = between(&dice, 16, 38);
    s.te_ms = between(&dice, 2.5, 7.5);
    s.flip_deg = between(&dice, 14, 30);
    s.noise_frac = about(&dice, 0.008, 0.07);
    s.blur_mm = between(&dice, 0.15, 0.9);
    s.bias_frac = between(&dice, 0, 0.45);
    s.slab_mm = between(&dice, 16, 70);
    s.fat_frac = between(&dice, 0.1, 1);
    s.transfer_frac = between(&dice, 0.55, 1);
    s.stripped = wil_rng_next_uniform(&dice) < 0.3;
    return s;
}

wil_tof_config tof_subject_config(const wil_tof_config *config, int subject)
{
    wil_tof_config own = *config;
    if (config->site != WIL_TOF_SITE_RANDOM)
        return own;
    wil_rng_cursor dice = dice_of(config, subject, 1000);
    own.vessel_density *= about(&dice, 0.6, 1.5);
    own.vessel_calibre *= about(&dice, 0.75, 1.35);
    own.tortuosity *= about(&dice, 0.6, 1.8);
    return own;
}
