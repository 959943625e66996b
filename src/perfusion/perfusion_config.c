/* Settings: defaults, names, what is possible. */
#include "willis/perfusion.h"

#include <math.h>

#define MOST_TE_S 0.2 /* longer echoes leave no signal */
#define MOST_TR_S 20.0

wil_perfusion_config wil_perfusion_config_default(void)
{
    return (wil_perfusion_config){
        .r2_tissue = NAN,
        .r2_blood = NAN,
        .blood_quadratic = NAN,
        .hematocrit_factor = NAN,
        .density_g_ml = NAN,
        .n_discard = -1,
        .baseline_first = -1,
        .baseline_last = -1,
        .method = WIL_PERFUSION_OSVD,
        .psvd = NAN,
        .oi = NAN,
        .method_bias = true,
        .seed = 1,
    };
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
    static const char *const names[] = {"ssvd", "csvd", "osvd", "tikhonov", "parametric"};
    return names[method];
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

/* NaN is what was not given. */
static wil_status check_positive(double value, const char *name, const char *option)
{
    WIL_REQUIRE(isnan(value) || (value > 0 && isfinite(value)), WIL_ERR_ARG,
        "%s is %g; a number above 0 was expected (%s)", name, value, option);
    return WIL_OK;
}

static bool is_share(double value)
{
    return isnan(value) || (value >= 0 && value < 1);
}

wil_status wil_perfusion_config_check(const wil_perfusion_config *c)
{
    WIL_TRY(check_times(c));
    WIL_TRY(check_positive(c->r2_tissue, "the relaxivity of tissue", "--r2-tissue"));
    WIL_TRY(check_positive(c->r2_blood, "the relaxivity of blood", "--r2-blood"));
    WIL_TRY(check_positive(c->hematocrit_factor, "the hematocrit factor", "--hematocrit-factor"));
    WIL_TRY(check_positive(c->density_g_ml, "the density of brain", "--density"));
    WIL_REQUIRE(isnan(c->blood_quadratic) || (c->blood_quadratic >= 0 && isfinite(c->blood_quadratic)),
        WIL_ERR_ARG, "the quadratic relaxivity of blood is %g; 0 or more was expected (--blood-quadratic)",
        c->blood_quadratic);
    WIL_REQUIRE(is_share(c->psvd), WIL_ERR_ARG, "the threshold --psvd is %g; from 0 to below 1 was expected",
        c->psvd);
    WIL_REQUIRE(isnan(c->oi) || (c->oi > 0 && c->oi <= 10), WIL_ERR_ARG,
        "the limit --oi is %g; above 0 (0.035 to 0.095 are usual) was expected", c->oi);
    WIL_REQUIRE(c->n_bootstrap >= 0 && c->n_bootstrap <= 10000 && c->n_bootstrap != 1, WIL_ERR_ARG,
        "--bootstrap is %d; 0 (none) or from 2 to 10000 was expected", c->n_bootstrap);
    return WIL_OK;
}
