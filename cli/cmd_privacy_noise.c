/* willis privacy noise: the noise that keeps to an epsilon. */
#include "cli_privacy.h"
#include "commands.h"

static wil_status report(
    const cli_common *common, const cli_mechanism *m, double target, double epsilon, json_t *warnings)
{
    const double noise = m->mechanism.noise_multiplier;
    if (common->json)
        return cli_print_json(json_pack("{s:o, s:o, s:o, s:O}", "noise_multiplier", wil_json_real(noise),
            "epsilon", wil_json_real(epsilon), "delta", wil_json_real(m->delta), "warnings", warnings));
    printf("noise multiplier %.5g keeps to epsilon %.5g at delta %.4g (epsilon %.6g)\n", noise, target,
        m->delta, epsilon);
    return WIL_OK;
}

typedef struct request {
    cli_mechanism m;
    double target;
    wil_privacy_accountant accountant;
} request;

#define AT(member) offsetof(request, member)
static const wil_field FIELDS[] = {
    {"target_epsilon", WIL_REAL, AT(target), .value = "EPSILON", .help = "to keep to"},
    {NULL, WIL_SECTION, AT(m), .fields = &cli_privacy_draw_fields},
    {NULL, WIL_SECTION, AT(m), .fields = &cli_privacy_steps_fields},
    {"accountant", WIL_CHOICE, AT(accountant), "rdp", .choices = WIL_CHOICES("rdp", "pld"),
        .help = "pld needs less noise, and some minutes"},
    {NULL, WIL_SECTION, AT(m), .fields = &cli_privacy_orders_fields},
};

static wil_status run(void *settings, const cli_common *common)
{
    request *r = settings;
    wil_privacy_mechanism *mechanism = &r->m.mechanism;
    double epsilon = 0;
    mechanism->noise_multiplier = 1; /* is what is sought */
    WIL_TRY(cli_mechanism_check(&r->m));
    cli_warnings warnings;
    cli_warnings_start(&warnings, cli_monitor_start(common));
    wil_status status = wil_privacy_noise_for(
        &mechanism->noise_multiplier, r->accountant, mechanism, &r->m.orders, r->m.delta, r->target);
    if (status == WIL_OK)
        status = cli_mechanism_epsilon(&epsilon, &r->m, r->accountant, &warnings.monitor);
    if (status == WIL_OK)
        status = report(common, &r->m, r->target, epsilon, warnings.texts);
    json_decref(warnings.texts);
    return status;
}

const cli_command cmd_privacy_noise = {
    .name = "privacy noise",
    .purpose = "finds the smallest noise multiplier that keeps to an epsilon",
    .example = "willis privacy noise --target-epsilon 8 --sampling-rate 0.04 --steps 2250 --delta 1e-5",
    .fields = WIL_FIELDS(request, FIELDS),
    .run = run,
    .computes = true,
};
