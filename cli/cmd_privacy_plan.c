/* willis privacy plan: what a guarantee would cost, before anything is trained. */
#include "cli_privacy.h"
#include "commands.h"

#include <math.h>

#define MOST_TARGETS 8

static json_t *claim_json(const wil_privacy_claim *claim, double target)
{
    const wil_privacy_mechanism *m = &claim->mechanism;
    return json_pack("{s:o, s:s, s:I, s:o, s:I, s:o, s:o, s:o, s:o, s:o}", "target_epsilon",
        wil_json_real(target), "unit", claim->unit, "n_units", (json_int_t)claim->n_units, "sampling_rate",
        wil_json_real(m->sampling_rate), "steps", (json_int_t)m->steps, "delta", wil_json_real(claim->delta),
        "noise_multiplier", wil_json_real(m->noise_multiplier), "epsilon", wil_json_real(claim->epsilon),
        "noise_per_coordinate", wil_json_real(claim->noise_per_coordinate), "patient_epsilon",
        wil_json_real(claim->patient_epsilon));
}

static wil_status add_line(char **lines, const wil_privacy_claim *claim, double target)
{
    const wil_privacy_mechanism *m = &claim->mechanism;
    WIL_TRY(wil_text_append(lines, "%.4g\t%s\t%lld\t%.4g\t%lld\t%.3g\t%.5g\t%.3g\t", target, claim->unit,
        (long long)claim->n_units, m->sampling_rate, (long long)m->steps, claim->delta, m->noise_multiplier,
        claim->noise_per_coordinate));
    if (isinf(claim->patient_epsilon))
        return wil_text_append(lines, "no guarantee\n");
    if (claim->patient_epsilon > WIL_PRIVACY_EPSILON_MEANINGLESS)
        return wil_text_append(lines, "no guarantee (epsilon %.3g)\n", claim->patient_epsilon);
    return wil_text_append(lines, "epsilon %.4g\n", claim->patient_epsilon);
}

typedef struct outcome {
    char *lines;
    json_t *claims;
} outcome;

static wil_status add_target(
    outcome *o, const wil_privacy_plan *plan, double target, const wil_monitor *monitor)
{
    wil_privacy_claim claims[2];
    WIL_TRY(wil_privacy_plan_claims(claims, plan, target));
    for (int i = 0; i < 2; i++) {
        WIL_TRY(add_line(&o->lines, &claims[i], target));
        (void)json_array_append_new(o->claims, claim_json(&claims[i], target));
        wil_privacy_warn(monitor, claims[i].epsilon, claims[i].delta, claims[i].n_units, NULL, NULL);
    }
    return WIL_OK;
}

static wil_status make(outcome *o, const wil_privacy_plan *plan, const double *targets, int n_targets,
    const wil_monitor *monitor)
{
    WIL_TRY(wil_text_append(&o->lines, "target epsilon\tunit\tunits\tsampling rate\tdraws\tdelta\tnoise "
                                       "multiplier\tnoise per coordinate\tfor a "
                                       "whole patient\n"));
    for (int i = 0; i < n_targets; i++)
        WIL_TRY(add_target(o, plan, targets[i], monitor));
    return WIL_OK;
}

typedef struct request {
    wil_privacy_plan plan;
    double targets[MOST_TARGETS];
    int n_targets;
} request;

#define AT(member) offsetof(request, member)
static const wil_field FIELDS[] = {
    {NULL, WIL_SECTION, AT(plan), .fields = &wil_privacy_plan_fields},
    {"target_epsilon", WIL_REALS, AT(targets), "1,3,8", .n = MOST_TARGETS, .count_offset = AT(n_targets),
        .value = "EPSILON,EPSILON", .help = "claims to reach"},
};

static wil_status run(void *settings, const cli_common *common)
{
    const request *r = settings;
    outcome o = {.claims = json_array()};
    wil_status status = make(&o, &r->plan, r->targets, r->n_targets, cli_monitor_start(common));
    if (status == WIL_OK && common->json)
        status = cli_print_json(json_pack("{s:O}", "claims", o.claims));
    else if (status == WIL_OK)
        status = cli_print_table(o.lines);
    wil_free(o.lines);
    json_decref(o.claims);
    return status;
}

const cli_command cmd_privacy_plan = {
    .name = "privacy plan",
    .purpose = "says before training what a patch-level and a patient-level claim cost in noise",
    .example = "willis privacy plan --patients 41 --patches-per-patient 1000 --epochs 50\n"
               "willis privacy plan --patients 1000 --epochs 50 --batch 128 --target-epsilon 8\n"
               "willis privacy plan --patients 500 --patches-per-patient 4 --target-epsilon 1",
    .fields = WIL_FIELDS(request, FIELDS),
    .run = run,
    .computes = true,
    .notes =
        "Patch: each patch is drawn and clipped by itself. Patient: each patient is drawn, and what its "
        "patches contribute is averaged and then clipped once. Noise per coordinate is that of the averaged "
        "gradient, sigma C / (q n), to be compared with gradients of norm C at most. The last column is "
        "what the claim says of a whole patient: of a patch-level claim, by what the draws give away of all "
        "its "
        "patches together, or by group privacy where that is less.",
};
