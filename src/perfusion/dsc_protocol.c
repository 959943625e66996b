/* How a series was made. TE and TR: from the user, the BIDS sidecar, the header, in that order; user
 * and sidecar must agree. Relaxivities and constants of tissue: from the user, else the sidecar. */
#include "dsc_sidecar.h"

#include <math.h>

#define MAX_DISAGREEMENT 0.01 /* sidecars round to about three digits */
#define MOST_TE_S 0.5         /* no echo is later, and no frame of a bolus longer: larger numbers are ms */
#define MOST_TR_S 20.0

typedef struct timing_source {
    const char *name; /* "--te", "sub-1_perf.json" */
    double value_s;   /* 0: not given */
    bool yields; /* the header, whose time step converters often leave at 1: what was said elsewhere counts,
                    and wil_perfusion_run warns */
} timing_source;

/* The value of a key in seconds; 0 if there is none. BIDS knows seconds only, so milliseconds are an error of
 * whoever wrote the file, found by size. */
static wil_status sidecar_value(
    double *out, const json_t *sidecar, const char *key, double most_s, const char *path)
{
    const json_t *value = json_object_get(sidecar, key);
    *out = 0;
    if (value == NULL)
        return WIL_OK;
    WIL_REQUIRE(json_is_number(value) && json_number_value(value) > 0, WIL_ERR_INPUT,
        "%s: %s is not a number above 0; seconds were expected", path, key);
    *out = json_number_value(value);
    WIL_REQUIRE(*out <= most_s, WIL_ERR_INPUT,
        "%s: %s is %g, which would be seconds and seems to be milliseconds; write %g, or give the right "
        "value as an option",
        path, key, *out, *out / 1000);
    return WIL_OK;
}

/* Takes the first source's value; the others must agree, or yield to a possible one. */
static wil_status settle(double *out, const char *what, const timing_source *sources, int n, double most_s)
{
    const timing_source *taken = NULL;
    *out = 0;
    for (int i = 0; i < n; i++) {
        if (!(sources[i].value_s > 0))
            continue;
        if (taken == NULL) {
            taken = &sources[i];
            *out = taken->value_s;
            continue;
        }
        if (sources[i].yields && *out <= most_s)
            continue;
        const double ratio = sources[i].value_s / *out;
        const bool thousand =
            fabs(ratio / 1000 - 1) < MAX_DISAGREEMENT || fabs(ratio * 1000 - 1) < MAX_DISAGREEMENT;
        WIL_REQUIRE(!thousand, WIL_ERR_INPUT,
            "%s says the %s is %g s, %s says %g s: one of them means milliseconds; give the right one in "
            "seconds, and mend the other",
            taken->name, what, *out, sources[i].name, sources[i].value_s);
        WIL_REQUIRE(fabs(ratio - 1) <= MAX_DISAGREEMENT, WIL_ERR_INPUT,
            "%s says the %s is %g s, %s says %g s; find out which is right, and mend the other", taken->name,
            what, *out, sources[i].name, sources[i].value_s);
    }
    return WIL_OK;
}

/* The time between frames. VolumeTiming's mean step is it; RepetitionTime is, unless it is the time between
 * excitations, of which a frame of several shots has many. */
static wil_status sidecar_frame_time(double *out, const json_t *sidecar, double header_tr_s, const char *path)
{
    double excitation_s = 0;
    int n = 0;
    WIL_OWN(double) *volumes = NULL;
    WIL_TRY(sidecar_times(&volumes, &n, sidecar, "VolumeTiming", path));
    if (n > 1) {
        *out = (volumes[n - 1] - volumes[0]) / (n - 1);
        WIL_REQUIRE(*out > 0 && *out <= MOST_TR_S, WIL_ERR_INPUT,
            "%s: VolumeTiming has frames %g s apart; rising times in seconds were expected", path, *out);
        return WIL_OK;
    }
    WIL_TRY(sidecar_value(out, sidecar, "RepetitionTime", MOST_TR_S, path));
    WIL_TRY(sidecar_value(&excitation_s, sidecar, "RepetitionTimeExcitation", MOST_TR_S, path));
    const bool of_excitation = *out > 0 && fabs(*out - excitation_s) <= MAX_DISAGREEMENT * *out;
    if (of_excitation && header_tr_s > 0 && fabs(header_tr_s / *out - 1) > MAX_DISAGREEMENT)
        *out = 0;
    return WIL_OK;
}

static wil_status find_times(
    wil_perfusion_config *config, const json_t *sidecar, const char *path, double header_tr_s)
{
    double te_s = 0, tr_s = 0;
    if (sidecar != NULL) {
        WIL_TRY(sidecar_value(&te_s, sidecar, "EchoTime", MOST_TE_S, path));
        WIL_TRY(sidecar_frame_time(&tr_s, sidecar, header_tr_s, path));
    }
    WIL_REQUIRE(header_tr_s != 1 || config->tr_s > 0 || tr_s > 0 || !(config->te_s > 0 || te_s > 0),
        WIL_ERR_INPUT,
        "the header says the repetition time (TR) is exactly 1 s, which converters write where they do not "
        "know "
        "it, and nothing else says what it is%s; give the seconds between frames (--tr 1 if it is right)",
        json_object_get(sidecar, "RepetitionTimeExcitation") != NULL
            ? " (RepetitionTimeExcitation is the time between excitations, not frames)"
            : "");
    const timing_source te[] = {{"--te", config->te_s, false}, {path, te_s, false}};
    const timing_source tr[] = {
        {"--tr", config->tr_s, false}, {path, tr_s, false}, {"the header", header_tr_s, true}};
    WIL_REQUIRE(header_tr_s <= MOST_TR_S || config->tr_s > 0 || tr_s > 0, WIL_ERR_INPUT,
        "the header says the repetition time (TR) is %g s, which seems to be milliseconds; if so, give --tr "
        "%g, or mend the header's step along time",
        header_tr_s, header_tr_s / 1000);
    WIL_TRY(settle(&config->te_s, "echo time (TE)", te, 2, MOST_TE_S));
    return settle(&config->tr_s, "repetition time (TR)", tr, 3, MOST_TR_S);
}

/* BIDS has no keys for these; what a phantom was made with is known best by who made it. */
static wil_status find_constants(wil_perfusion_config *config, const json_t *sidecar, const char *path)
{
    const struct {
        const char *key;
        double *value;
        bool may_be_0;
    } constants[] = {
        {"RelaxivityTissue", &config->r2_tissue, false},
        {"RelaxivityBlood", &config->r2_blood, false},
        {"RelaxivityBloodQuadratic", &config->blood_quadratic, true},
        {"HematocritFactor", &config->hematocrit_factor, false},
        {"DensityGramPerMl", &config->density_g_ml, false},
    };
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
        const json_t *given = json_object_get(sidecar, constants[i].key);
        if (given == NULL || !isnan(*constants[i].value))
            continue;
        const double value = json_number_value(given);
        WIL_REQUIRE(json_is_number(given) && (value > 0 || (constants[i].may_be_0 && value == 0)),
            WIL_ERR_INPUT, "%s: %s is not a number %s; mend it, or give the right value as an option", path,
            constants[i].key, constants[i].may_be_0 ? "of 0 or above" : "above 0");
        *constants[i].value = value;
    }
    return WIL_OK;
}

wil_status wil_perfusion_protocol_find(
    wil_perfusion_config *config, const char *series_path, const char *sidecar_path, double header_tr_s)
{
    WIL_OWN(char) *path = NULL;
    WIL_OWN(json_t) *sidecar = NULL;
    WIL_TRY(sidecar_load(&sidecar, &path, series_path, sidecar_path));
    wil_status status = find_times(config, sidecar, path == NULL ? "sidecar" : path, header_tr_s);
    if (status == WIL_OK && !(config->te_s > 0 && config->tr_s > 0))
        status = wil_fail(WIL_ERR_ARG,
            "the %s is not known: neither given, nor in a sidecar%s%s%s; give seconds: %s",
            config->te_s > 0 ? "repetition time (TR)" : "echo time (TE)", path == NULL ? "" : " (",
            path == NULL ? "" : path, path == NULL ? "" : ")", config->te_s > 0 ? "--tr 1.5" : "--te 0.03");
    if (series_path != NULL)
        status = wil_fail_context(status, "%s", series_path);
    WIL_TRY(status);
    WIL_TRY(find_constants(config, sidecar, path));
    return wil_perfusion_config_check(config);
}
