/* Settings of the DSC phantom: defaults, what is possible, names. */
#include "bolus_internal.h"

#include <math.h>

static const char *const SHAPES[] = {"head", "slab", NULL};
static const char *const MODES[] = {"healthy", "acute", "chronic", "mixed", NULL};
static const char *const RESIDUES[] = {"exponential", "boxcar", "gamma", "biexponential", "any", NULL};

#define AT(member) offsetof(wil_dsc_config, member)
static const wil_field FIELDS[] = {
    {"shape", WIL_CHOICE, AT(shape), "head", .choices = SHAPES,
        .help = "the TOF phantom's head, or a block of tissue"},
    {"mode", WIL_CHOICE, AT(mode), "mixed", .choices = MODES,
        .help = "acute: a middle cerebral artery closed; chronic: one or a carotid narrowed; mixed: all "
                "three in turn"},
    {"residue", WIL_CHOICE, AT(residue), "any", .choices = RESIDUES,
        .help = "residue function of tissue; any: one by subject"},
    {"matrix", WIL_INTS, AT(matrix), "128x128x21", 1, 512, .n = 3, .help = "voxels"},
    {"spacing", WIL_REALS, AT(spacing_mm), "1.75x1.75x5", 0.5, 20, .n = 3, .unit = "mm", .help = "of voxels"},
    {"frames", WIL_INT, AT(n_frames), "80", 16, BOLUS_MOST_FRAMES, .help = "time points"},
    {"tr", WIL_REAL, AT(tr_s), "1.5", 0.2, 5, .unit = "s", .help = "between frames"},
    {"tr_to", WIL_REAL, AT(tr_to_s), "auto", 0.2, 5, .unit = "s",
        .help = "each subject has its own, from --tr evenly to this; auto: --tr for all"},
    {"te", WIL_REAL, AT(te_s), "0.03", 0.005, 0.1, .unit = "s", .help = "echo time"},
    {"flip", WIL_REAL, AT(flip_deg), "90", 1, 90, .unit = "degrees", .help = "flip angle"},
    {"dummies", WIL_INT, AT(n_dummies), "4", 0, 1000,
        .help = "excitations before the first frame; 0 shows the way to steady state"},
    {"r2_tissue", WIL_REAL, AT(r2_tissue), "44", 0.1, 10000, .unit = "1/s per mM",
        .help = "relaxivity (kappa) of tissue"},
    {"r2_blood", WIL_REAL, AT(r2_blood), "7.62", 0.1, 10000, .unit = "1/s per mM",
        .help = "the same of blood in vessels"},
    {"blood_quadratic", WIL_REAL, AT(blood_quadratic), "0", 0, 1000, .unit = "1/s per mM^2",
        .help = "quadratic term of blood"},
    {"blood_floor", WIL_REAL, AT(blood_floor), "0.08", 0, 0.5,
        .help = "share of a vessel's signal that stays at any concentration: blur, ghosts, saturation"},
    {"hematocrit_factor", WIL_REAL, AT(hematocrit_factor), "0.733", 0.1, 2,
        .help = "(1 - hematocrit of large) / (1 - of small vessels)"},
    {"density", WIL_REAL, AT(density_g_ml), "1.04", 0.5, 2, .unit = "g/ml", .help = "of brain"},
    {"bolus", WIL_REAL, AT(bolus_s), "18", 4, 600, .unit = "s",
        .help = "when it reaches the head, +- 1.5 s by subject"},
    {"dose", WIL_REAL, AT(dose), "0.1", 0.01, 0.5, .unit = "mmol/kg",
        .help = "of agent; 0.1 gives an arterial peak of 15 mM, +- 2.4 by subject"},
    {"dose_to", WIL_REAL, AT(dose_to), "auto", 0.01, 0.5, .unit = "mmol/kg",
        .help = "each subject has its own, from --dose evenly to this; auto: --dose for all"},
    {"dispersion", WIL_REAL, AT(dispersion_s), "0.35", 0, 10, .unit = "s",
        .help = "mean of the exponential that smears blood on its way to healthy tissue, +- 57 % by "
                "territory"},
    {"dispersion_to", WIL_REAL, AT(dispersion_to_s), "auto", 0, 10, .unit = "s",
        .help = "each subject has its own, from --dispersion evenly to this; auto: --dispersion for all"},
    {"snr", WIL_REAL, AT(snr), "60", 0, 10000,
        .help = "baseline signal of brain tissue over the noise's SD; 0: no noise"},
    {"snr_to", WIL_REAL, AT(snr_to), "auto", 0, 10000,
        .help = "each subject has its own, from --snr evenly to this; auto: --snr for all"},
    {"drift", WIL_REAL, AT(drift_frac), "0", -0.5, 0.5, .help = "share of the signal over the series"},
    {"motion", WIL_REAL, AT(motion_mm), "0", 0, 20, .unit = "mm", .help = "size of the head's movements"},
    {"leakage", WIL_REAL, AT(leakage_per_min), "0", 0, 1, .unit = "1/min",
        .help = "Ktrans, in the core (acute) or a ball in one hemisphere"},
    {"variation", WIL_REAL, AT(variation), "1", 0, 2,
        .help = "between subjects and voxels, relative; 0: the literature's values"},
    {"seed", WIL_U64, AT(seed), "1", .help = "another seed gives other patients"},
};
const wil_fields wil_dsc_fields = WIL_FIELDS(wil_dsc_config, FIELDS);

WIL_FIELDS_DEFAULT(wil_dsc_config, wil_dsc_config_default, wil_dsc_fields)

static wil_status check_field(const wil_dsc_config *c)
{
    static const double least_mm[3] = {100, 130, 0};
    for (int i = 0; i < 3; i++) {
        WIL_REQUIRE(c->matrix[i] >= (i < 2 ? 8 : 1), WIL_ERR_ARG,
            "DSC phantom: matrix %d x %d x %d; it must be 8 voxels or more in a slice", c->matrix[0],
            c->matrix[1], c->matrix[2]);
        const double field = c->matrix[i] * c->spacing_mm[i];
        WIL_REQUIRE(field >= least_mm[i] && field <= 500, WIL_ERR_ARG,
            "DSC phantom: %d voxels of %g mm along %c see %.0f mm, but a head needs %.0f to 500 mm; take "
            "more "
            "or larger voxels",
            c->matrix[i], c->spacing_mm[i], "xyz"[i], field, least_mm[i]);
    }
    return WIL_OK;
}

/* A baseline of 4 frames, and the first pass with half a minute behind it. */
static wil_status check_times(const wil_dsc_config *c, double tr_s)
{
    WIL_REQUIRE(c->bolus_s - 1.5 * c->variation >= 4 * tr_s, WIL_ERR_ARG,
        "DSC phantom: the bolus comes after %g s (+- %g s), which leaves no baseline of 4 frames at a TR of "
        "%g s; "
        "let it come later",
        c->bolus_s, 1.5 * c->variation, tr_s);
    WIL_REQUIRE(c->n_frames * tr_s >= c->bolus_s + 30, WIL_ERR_ARG,
        "DSC phantom: %d frames of %g s end at %g s, but the bolus comes at %g s and needs 30 s to pass; "
        "take "
        "more frames",
        c->n_frames, tr_s, c->n_frames * tr_s, c->bolus_s);
    return WIL_OK;
}

wil_status wil_dsc_config_check(const wil_dsc_config *config)
{
    WIL_REQUIRE(config != NULL, WIL_ERR_ARG, "DSC phantom: no configuration given");
    WIL_TRY(wil_fail_context(wil_fields_check(&wil_dsc_fields, config), "DSC phantom"));
    WIL_TRY(check_field(config));
    WIL_TRY(check_times(config, config->tr_s));
    return isnan(config->tr_to_s) ? WIL_OK : check_times(config, config->tr_to_s);
}

/* One number a subject and setting; the places in the stream are the settings', so that a range of one does
 * not move another. */
static void draw(double *value, double *to, wil_rng rng, uint64_t place)
{
    wil_rng_cursor dice = {.rng = rng, .next = place};
    if (!isnan(*to))
        *value += (*to - *value) * wil_rng_next_uniform(&dice);
    *to = NAN;
}

wil_dsc_config bolus_config_of(const wil_dsc_config *config, int subject)
{
    wil_dsc_config own = *config;
    const wil_rng rng = wil_rng_at(config->seed ^ 0x72616e6765u, WIL_RNG_PHANTOM_BOLUS, (uint32_t)subject);
    draw(&own.tr_s, &own.tr_to_s, rng, 0);
    draw(&own.dose, &own.dose_to, rng, 8);
    draw(&own.dispersion_s, &own.dispersion_to_s, rng, 16);
    draw(&own.snr, &own.snr_to, rng, 24);
    return own;
}

const char *wil_dsc_mode_name(wil_dsc_mode mode)
{
    return mode <= WIL_DSC_MIXED ? MODES[mode] : "?";
}

const char *wil_dsc_residue_name(wil_dsc_residue residue)
{
    return residue <= WIL_DSC_ANY_RESIDUE ? RESIDUES[residue] : "?";
}

static const struct {
    const char *name, *unit;
} maps[WIL_DSC_N_MAPS] = {{"cbf", "ml/100g/min"}, {"cbv", "ml/100g"}, {"mtt", "s"}, {"delay", "s"},
    {"dispersion", "s"}, {"tmax", "s"}, {"ttp", "s from first frame"}, {"ktrans", "1/min"}};

const char *wil_dsc_map_name(wil_dsc_map map)
{
    return map < WIL_DSC_N_MAPS ? maps[map].name : "?";
}

const char *wil_dsc_map_unit(wil_dsc_map map)
{
    return map < WIL_DSC_N_MAPS ? maps[map].unit : "?";
}

const char *wil_dsc_mask_name(wil_dsc_mask mask)
{
    static const char *const names[WIL_DSC_N_MASKS] = {
        "brain", "grey", "white", "csf", "artery", "vein", "core", "penumbra", "territory", "leak"};
    return mask < WIL_DSC_N_MASKS ? names[mask] : "?";
}
