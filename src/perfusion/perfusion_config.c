/* Settings: defaults, names, what is possible. */
#include "willis/perfusion.h"

#include <math.h>

#define MOST_TE_S 0.2 /* longer echoes leave no signal */
#define MOST_TR_S 20.0

static const char *const METHODS[] = {"ssvd", "csvd", "osvd", "tikhonov", "parametric", NULL};

#define AT(member) offsetof(wil_perfusion_config, member)
static const wil_field FIELDS[] = {
    {"te", WIL_REAL, AT(te_s), "", .unit = "s", .help = "echo time; otherwise from the sidecar"},
    {"tr", WIL_REAL, AT(tr_s), "", .unit = "s",
        .help = "between frames; otherwise from the sidecar or the header"},
    {"te2", WIL_REAL, AT(te_second_s), "", .unit = "s", .help = "echo time of the second echo"},
    {"method", WIL_CHOICE, AT(method), "osvd", .choices = METHODS, .help = "deconvolution"},
    {"psvd", WIL_REAL, AT(psvd), "auto", 0, 1, .open = WIL_OPEN_MAX,
        .help = "singular values below this share of the largest are cut; auto: 0.2 (ssvd), 0.1 (csvd), 0.02 "
                "(osvd, where its search starts)"},
    {"oi", WIL_REAL, AT(oi), "auto", 0, 10, .open = WIL_OPEN_MIN,
        .help = "limit of the oscillation index (osvd); auto: 0.035 at SNR 100 to 0.095 at SNR 20"},
    {"lambda", WIL_CHOICE, AT(lambda_rule), "gcv", .choices = WIL_CHOICES("gcv", "lcurve"),
        .help = "how tikhonov chooses its parameter"},
    {"aif_search", WIL_CHOICE, AT(search), "cluster", .choices = WIL_CHOICES("cluster", "hierarchical"),
        .help = "how the arterial input is found"},
    {"aif_hemisphere", WIL_CHOICE, AT(aif_side), "any", .choices = WIL_CHOICES("any", "left", "right"),
        .help = "half of the brain where it is sought"},
    {"aif_fit", WIL_BOOL, AT(aif_gamma_fit), "false",
        .help = "replace it by a fitted gamma-variate with recirculation"},
    {"bolus", WIL_INT, AT(bolus), "1", 1, 8, .help = "which of several boluses in a series is used"},
    {"discard", WIL_INT, AT(n_discard), "auto", 0, 999, .help = "leading frames before steady state"},
    {"bad_frames", WIL_CHOICE, AT(bad_frames), "repair", .choices = WIL_CHOICES("repair", "keep"),
        .help = "frames that a bolus cannot explain: interpolate them (at the end: leave them out), or keep "
                "them"},
    {"motion", WIL_BOOL, AT(correct_motion), "false",
        .help = "move every frame rigidly onto the baseline first"},
    {"leakage", WIL_BOOL, AT(correct_leakage), "false",
        .help = "correct leakage (Boxerman, Schmainda, Weisskoff); writes k2.nii.gz"},
    {"r2_tissue", WIL_REAL, AT(r2_tissue), "auto", 0, INFINITY, .open = WIL_OPEN_MIN, .unit = "1/s per mM",
        .help = "relaxivity of tissue, or relative; auto: from the sidecar, or 1"},
    {"r2_blood", WIL_REAL, AT(r2_blood), "auto", 0, INFINITY, .open = WIL_OPEN_MIN, .unit = "1/s per mM",
        .help = "the same of arterial blood; auto: from the sidecar, or 1"},
    {"blood_quadratic", WIL_REAL, AT(blood_quadratic), "auto", 0, INFINITY, .unit = "1/s per mM^2",
        .help = "quadratic term of whole blood; auto: from the sidecar, or 0"},
    {"hematocrit_factor", WIL_REAL, AT(hematocrit_factor), "auto", 0, INFINITY, .open = WIL_OPEN_MIN,
        .help = "(1 - hematocrit of large) / (1 - of small vessels); auto: from the sidecar, or 0.733"},
    {"density", WIL_REAL, AT(density_g_ml), "auto", 0, INFINITY, .open = WIL_OPEN_MIN, .unit = "g/ml",
        .help = "of brain; auto: from the sidecar, or 1.04"},
    {"relative", WIL_CHOICE, AT(relative_to), "global",
        .choices = WIL_CHOICES("global", "contralateral", "white"), .help = "reference of relative maps"},
    {"extra_maps", WIL_BOOL, AT(extra_maps), "false", .help = "also arrival, first moment and fit residual"},
    {"residue", WIL_BOOL, AT(residue), "false", .help = "also the residue functions"},
    {"bootstrap", WIL_INT, AT(n_bootstrap), "0", 0, 10000,
        .help = "also standard deviations of the maps from so many residual bootstraps"},
    {"bias", WIL_BOOL, AT(method_bias), "true", .help = "do not simulate the method's bias"},
    {"seed", WIL_U64, AT(seed), "1", .help = "of bootstrap and simulation"},
};
const wil_fields wil_perfusion_fields = WIL_FIELDS(wil_perfusion_config, FIELDS);

wil_perfusion_config wil_perfusion_config_default(void)
{
    wil_perfusion_config config;
    wil_fields_defaults_of_numbers(&wil_perfusion_fields, &config);
    config.baseline_first = config.baseline_last = -1;
    return config;
}

static double given_or(double value, double usual)
{
    return isnan(value) ? usual : value;
}

void wil_perfusion_config_settle(wil_perfusion_config *config)
{
    config->r2_tissue = given_or(config->r2_tissue, 1);
    config->r2_blood = given_or(config->r2_blood, 1);
    config->blood_quadratic = given_or(config->blood_quadratic, 0);
    config->hematocrit_factor = given_or(config->hematocrit_factor, 0.733);
    config->density_g_ml = given_or(config->density_g_ml, 1.04);
}

const char *wil_perfusion_method_name(wil_perfusion_method method)
{
    return METHODS[method];
}

static wil_status check_times(const wil_perfusion_config *c)
{
    WIL_REQUIRE(c->te_s > 0 && isfinite(c->te_s), WIL_ERR_ARG,
        "the echo time (TE) is not known; give it in seconds: --te 0.029");
    WIL_REQUIRE(c->te_s <= MOST_TE_S, WIL_ERR_ARG,
        "a TE of %g s is impossible; is it in milliseconds? Give seconds: --te %g", c->te_s, c->te_s / 1000);
    WIL_REQUIRE(c->tr_s > 0 && isfinite(c->tr_s), WIL_ERR_ARG,
        "the repetition time (TR) is not known; give the seconds between frames: --tr 1.5");
    WIL_REQUIRE(c->tr_s <= MOST_TR_S, WIL_ERR_ARG,
        "a TR of %g s is impossible; is it in milliseconds? Give seconds: --tr %g", c->tr_s, c->tr_s / 1000);
    WIL_REQUIRE(c->te_s < c->tr_s, WIL_ERR_ARG,
        "a TE of %g s is not shorter than the TR of %g s; give both in seconds", c->te_s, c->tr_s);
    WIL_REQUIRE(c->te_second_s == 0 || (c->te_second_s > c->te_s && c->te_second_s <= MOST_TE_S), WIL_ERR_ARG,
        "the second echo's TE is %g s; a time in seconds above the first one's %g s was expected",
        c->te_second_s, c->te_s);
    return WIL_OK;
}

wil_status wil_perfusion_config_check(const wil_perfusion_config *c)
{
    WIL_TRY(check_times(c));
    WIL_TRY(wil_fail_context(wil_fields_check(&wil_perfusion_fields, c), "perfusion"));
    WIL_REQUIRE(c->n_bootstrap != 1, WIL_ERR_ARG,
        "perfusion: one bootstrap has no standard deviation; take 0 (none) or from 2 to 10000");
    return WIL_OK;
}
