/* Settings of the DSC phantom: defaults, what is possible, names. */
#include "bolus_internal.h"

#include <math.h>

wil_dsc_config wil_dsc_config_default(void)
{
    return (wil_dsc_config){.shape = WIL_DSC_HEAD,
        .mode = WIL_DSC_MIXED,
        .residue = WIL_DSC_ANY_RESIDUE,
        .matrix = {128, 128, 21},
        .spacing_mm = {1.75, 1.75, 5},
        .n_frames = 80,
        .tr_s = 1.5,
        .te_s = 0.03,
        .flip_deg = 90,
        .n_dummies = 4,
        .r2_tissue = 44,
        .r2_blood = 7.62,
        .hematocrit_factor = 0.733,
        .density_g_ml = 1.04,
        .bolus_s = 18,
        .snr = 60,
        .variation = 1,
        .seed = 1};
}

/* One value, its range, and a word of help where a unit is easily mistaken. */
typedef struct range {
    const char *name;
    double value, low, high;
    const char *hint;
} range;

static wil_status check_ranges(const wil_dsc_config *c)
{
    const range ranges[] = {
        {"TR", c->tr_s, 0.2, 5, " s (not milliseconds)"},
        {"TE", c->te_s, 0.005, 0.1, " s (not milliseconds)"},
        {"the flip angle", c->flip_deg, 1, 90, " degrees"},
        {"the number of dummy excitations", c->n_dummies, 0, 1000, ""},
        {"the relaxivity of tissue", c->r2_tissue, 0.1, 10000, " 1/s per mM"},
        {"the relaxivity of blood", c->r2_blood, 0.1, 10000, " 1/s per mM"},
        {"the quadratic relaxivity of blood", c->blood_quadratic, 0, 1000, " 1/s per mM^2"},
        {"the hematocrit factor", c->hematocrit_factor, 0.1, 2, ""},
        {"the density", c->density_g_ml, 0.5, 2, " g/ml"},
        {"the bolus' arrival", c->bolus_s, 4, 600, " s"},
        {"SNR", c->snr, 0, 10000, " (0: no noise)"},
        {"drift", c->drift_frac, -0.5, 0.5, ", a share of the signal"},
        {"motion", c->motion_mm, 0, 20, " mm"},
        {"leakage", c->leakage_per_min, 0, 1, " per minute"},
        {"variation", c->variation, 0, 2, ""},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        const range *r = &ranges[i];
        WIL_REQUIRE(r->value >= r->low && r->value <= r->high, WIL_ERR_ARG,
            "DSC phantom: %s is %g; it must be %g to %g%s", r->name, r->value, r->low, r->high, r->hint);
    }
    return WIL_OK;
}

static wil_status check_field(const wil_dsc_config *c)
{
    static const double least_mm[3] = {100, 130, 0};
    for (int i = 0; i < 3; i++) {
        WIL_REQUIRE(c->matrix[i] >= (i < 2 ? 8 : 1) && c->matrix[i] <= 512, WIL_ERR_ARG,
            "DSC phantom: matrix %d x %d x %d; it must be 8 to 512 voxels in a slice and 1 to 512 slices",
            c->matrix[0], c->matrix[1], c->matrix[2]);
        WIL_REQUIRE(c->spacing_mm[i] >= 0.5 && c->spacing_mm[i] <= 20, WIL_ERR_ARG,
            "DSC phantom: spacing %g x %g x %g mm; each must be 0.5 to 20 mm", c->spacing_mm[0],
            c->spacing_mm[1], c->spacing_mm[2]);
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
static wil_status check_times(const wil_dsc_config *c)
{
    WIL_REQUIRE(c->n_frames >= 16 && c->n_frames <= BOLUS_MOST_FRAMES, WIL_ERR_ARG,
        "DSC phantom: %d frames; it must be 16 to %d", c->n_frames, BOLUS_MOST_FRAMES);
    WIL_REQUIRE(c->bolus_s - 1.5 * c->variation >= 4 * c->tr_s, WIL_ERR_ARG,
        "DSC phantom: the bolus comes after %g s (+- %g s), which leaves no baseline of 4 frames at a TR of "
        "%g s; "
        "let it come later",
        c->bolus_s, 1.5 * c->variation, c->tr_s);
    WIL_REQUIRE(c->n_frames * c->tr_s >= c->bolus_s + 30, WIL_ERR_ARG,
        "DSC phantom: %d frames of %g s end at %g s, but the bolus comes at %g s and needs 30 s to pass; "
        "take "
        "more frames",
        c->n_frames, c->tr_s, c->n_frames * c->tr_s, c->bolus_s);
    return WIL_OK;
}

wil_status wil_dsc_config_check(const wil_dsc_config *config)
{
    WIL_REQUIRE(config != NULL, WIL_ERR_ARG, "DSC phantom: no configuration given");
    WIL_REQUIRE(config->shape == WIL_DSC_HEAD || config->shape == WIL_DSC_SLAB, WIL_ERR_ARG,
        "DSC phantom: there is no shape %d; take head or slab", (int)config->shape);
    WIL_REQUIRE(config->mode <= WIL_DSC_MIXED, WIL_ERR_ARG,
        "DSC phantom: there is no mode %d; take healthy, acute, chronic or mixed", (int)config->mode);
    WIL_REQUIRE(config->residue <= WIL_DSC_ANY_RESIDUE, WIL_ERR_ARG,
        "DSC phantom: there is no residue function %d; take exponential, boxcar, gamma, biexponential or any",
        (int)config->residue);
    WIL_TRY(check_field(config));
    WIL_TRY(check_ranges(config));
    return check_times(config);
}

const char *wil_dsc_mode_name(wil_dsc_mode mode)
{
    static const char *const names[] = {"healthy", "acute", "chronic", "mixed"};
    return mode <= WIL_DSC_MIXED ? names[mode] : "?";
}

const char *wil_dsc_residue_name(wil_dsc_residue residue)
{
    static const char *const names[] = {"exponential", "boxcar", "gamma", "biexponential", "any"};
    return residue <= WIL_DSC_ANY_RESIDUE ? names[residue] : "?";
}

const char *wil_dsc_shape_name(wil_dsc_shape shape)
{
    return shape == WIL_DSC_HEAD ? "head" : shape == WIL_DSC_SLAB ? "slab" : "?";
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
