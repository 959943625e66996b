/* What a subject is like: artery, flow and volume of its tissues, supply of the territories, disease. */
#include "bolus_internal.h"

#include <math.h>

#define DISEASE_DICE ((uint64_t)1 << 32) /* disease does not depend on how much was drawn before */

static double spread(wil_rng_cursor *dice, double middle, double half, double variation)
{
    return middle + half * fmin(variation, 1.3) * (2 * wil_rng_next_uniform(dice) - 1);
}

/* Grey matter 60 ml/100g/min and 4 ml/100g, white matter 25 and 2 [Calamante1999, Leenders1990]; subjects
 * differ by a common factor and one of each tissue. */
static void draw_tissues(wil_dsc_facts *f, double variation, wil_rng_cursor *dice)
{
    const double flow = 0.12 * wil_rng_next_normal(dice), volume = 0.08 * wil_rng_next_normal(dice);
    double own[4];
    for (int i = 0; i < 4; i++)
        own[i] = 0.05 * fmax(-2, fmin(2, wil_rng_next_normal(dice)));
    f->grey_cbf = 60 * exp(variation * (fmax(-0.25, fmin(0.25, flow)) + own[0]));
    f->white_cbf = 25 * exp(variation * (fmax(-0.25, fmin(0.25, flow)) + own[1]));
    f->grey_cbv = 4 * exp(variation * (fmax(-0.16, fmin(0.16, volume)) + own[2]));
    f->white_cbv = 2 * exp(variation * (fmax(-0.16, fmin(0.16, volume)) + own[3]));
}

/* Blood reaches the tissue of a territory some tenths of a second behind the circle of Willis, the posterior
 * ones later. */
static void draw_supply(bolus_plan *p, double variation, wil_rng_cursor *dice)
{
    const double mean_s = p->config->dispersion_s;
    static const double delay_s[BOLUS_N_TERRITORIES] = {0, 0.4, 0.4, 0.5, 0.5, 0.9, 0.9, 0.7, 0.8};
    for (int i = 0; i < BOLUS_N_TERRITORIES; i++) {
        const double delay = spread(dice, delay_s[i], 0.3, variation);
        const double dispersion = spread(dice, mean_s, mean_s * (0.2 / 0.35), variation);
        p->tissue[i] = i == BOLUS_TRUNK ? (bolus_supply){0, 0} : (bolus_supply){delay, dispersion};
    }
    p->vein = (bolus_supply){spread(dice, 1.5, 0.5, variation), spread(dice, 1.0, 0.4, variation)};
}

/* Arteries that can be seen lie half way to the tissue. Behind a closed one blood arrives by way of others.
 */
bolus_supply bolus_vessel_supply(const bolus_plan *plan, int territory, const float at[3])
{
    bolus_supply s = {0.5 * plan->tissue[territory].delay_s, 0.3 * plan->tissue[territory].dispersion_s};
    if (plan->ill[territory] && bolus_in_division(plan, at)) {
        const double share = plan->facts.mode == WIL_DSC_ACUTE ? 0.6 : 0.8;
        s.delay_s += share * plan->worst.delay_s;
        s.dispersion_s += share * plan->worst.dispersion_s;
    }
    return s;
}

static void draw_residue(wil_dsc_facts *f, const wil_dsc_config *config, wil_rng_cursor *dice)
{
    const wil_dsc_residue any = (wil_dsc_residue)wil_rng_next_below(dice, 4);
    f->residue = config->residue == WIL_DSC_ANY_RESIDUE ? any : config->residue;
    f->gamma_shape = 2 + (int)wil_rng_next_below(dice, 3);
}

/* A closed M1 or one division of M2. */
static void draw_acute(bolus_plan *p, double variation, wil_rng_cursor *dice)
{
    const bool branch = wil_rng_next_uniform(dice) < 0.35, upper = wil_rng_next_uniform(dice) < 0.6;
    p->division = !branch ? 0 : upper ? 1 : -1;
    p->facts.artery = branch ? "M2" : "M1";
    p->ill[p->facts.side < 0 ? BOLUS_MCA_LEFT : BOLUS_MCA_RIGHT] = true;
    p->core_mm[0] = (float)(p->facts.side * spread(dice, 33, 5, variation));
    p->core_mm[1] = (float)spread(dice, -2, 12, variation);
    p->core_mm[2] = (float)(spread(dice, 20, 6, variation) + 14 * p->division);
    p->core_end = spread(dice, 0.5, 0.25, variation);
    p->pen_end = p->core_end + spread(dice, 0.55, 0.25, variation);
    p->flow = spread(dice, 0.14, 0.06, variation);
    p->volume = spread(dice, 0.35, 0.12, variation);
    p->worst.delay_s = spread(dice, 7.5, 1.5, variation);
    p->worst.dispersion_s = spread(dice, 1.8, 0.7, variation);
}

/* A narrowed carotid or M1, with blood coming by longer ways. */
static void draw_chronic(bolus_plan *p, double variation, wil_rng_cursor *dice)
{
    const bool carotid = wil_rng_next_uniform(dice) < 0.55, left = p->facts.side < 0;
    p->facts.artery = carotid ? "ICA" : "M1";
    p->ill[left ? BOLUS_MCA_LEFT : BOLUS_MCA_RIGHT] = true;
    p->ill[left ? BOLUS_ACA_LEFT : BOLUS_ACA_RIGHT] = carotid;
    p->flow = spread(dice, 0.78, 0.1, variation);
    p->volume = spread(dice, 1.15, 0.1, variation);
    p->worst.delay_s = spread(dice, 2.4, 1.2, variation);
    p->worst.dispersion_s = spread(dice, 1.5, 0.7, variation);
}

static void draw_disease(bolus_plan *p, double variation, wil_rng_cursor *dice)
{
    const int side = wil_rng_next_uniform(dice) < 0.5 ? -1 : 1;
    p->facts.artery = "none";
    p->flow = p->volume = 1;
    p->leak_mm[0] = 28 * (float)side;
    p->leak_mm[1] = 8;
    p->leak_mm[2] = 27;
    if (p->facts.mode == WIL_DSC_HEALTHY)
        return;
    p->facts.side = side;
    if (p->facts.mode == WIL_DSC_ACUTE)
        draw_acute(p, variation, dice);
    else
        draw_chronic(p, variation, dice);
}

void bolus_plan_make(bolus_plan *out, const wil_dsc_config *config, int subject)
{
    wil_rng_cursor dice = {.rng = wil_rng_at(config->seed, WIL_RNG_PHANTOM_BOLUS, (uint32_t)subject)};
    *out = (bolus_plan){.config = config};
    out->facts.mode = config->mode == WIL_DSC_MIXED ? (wil_dsc_mode)(subject % 3) : config->mode;
    out->facts.tr_s = config->tr_s;
    out->facts.dose = config->dose;
    out->facts.dispersion_s = config->dispersion_s;
    out->facts.snr = config->snr;
    bolus_artery_make(&out->facts, config, &dice);
    draw_tissues(&out->facts, config->variation, &dice);
    draw_supply(out, config->variation, &dice);
    draw_residue(&out->facts, config, &dice);
    dice.next = DISEASE_DICE;
    draw_disease(out, config->variation, &dice);
    out->voxel = wil_rng_at(config->seed ^ 0x766f78656cu, WIL_RNG_PHANTOM_BOLUS, (uint32_t)subject);
    tof_noise_make(
        &out->noise, wil_rng_at(config->seed ^ 0x626f6c7573u, WIL_RNG_PHANTOM_BOLUS, (uint32_t)subject));
}
