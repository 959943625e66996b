/* willis privacy steps: how long one may train. */
#include "cli_privacy.h"
#include "commands.h"

static wil_status report(
    const cli_common *common, const cli_mechanism *m, double target, double epsilon, json_t *warnings)
{
    const int64_t steps = m->mechanism.steps;
    if (common->json)
        return cli_print_json(json_pack("{s:I, s:o, s:o, s:O}", "steps", (json_int_t)steps, "epsilon",
            wil_json_real(epsilon), "delta", wil_json_real(m->delta), "warnings", warnings));
    if (steps == 0)
        printf("not even one draw keeps to epsilon %.5g at delta %.4g; more noise is needed\n", target,
            m->delta);
    else
        printf("%lld draw%s keep%s to epsilon %.5g at delta %.4g (epsilon %.6g)\n", (long long)steps,
            cli_plural(steps), steps == 1 ? "s" : "", target, m->delta, epsilon);
    return WIL_OK;
}

typedef struct request {
    cli_mechanism m;
    double target;
    int64_t most;
    wil_privacy_accountant accountant;
} request;

#define AT(member) offsetof(request, member)
static const wil_field FIELDS[] = {
    {"target_epsilon", WIL_REAL, AT(target), .value = "EPSILON", .help = "to keep to"},
    {NULL, WIL_SECTION, AT(m), .fields = &cli_privacy_draw_fields},
    {NULL, WIL_SECTION, AT(m), .fields = &cli_privacy_noise_fields},
    {"most", WIL_I64, AT(most), "1000000000000", 1, 1e12, .value = "T", .help = "where the search ends"},
    {"accountant", WIL_CHOICE, AT(accountant), "rdp", .choices = WIL_CHOICES("rdp", "pld"),
        .help = "pld allows more draws (found to 0.1 %), and takes some minutes"},
    {NULL, WIL_SECTION, AT(m), .fields = &cli_privacy_orders_fields},
};

static wil_status run(void *settings, const cli_common *common)
{
    request *r = settings;
    wil_privacy_mechanism *mechanism = &r->m.mechanism;
    double epsilon = 0;
    WIL_TRY(cli_mechanism_check(&r->m));
    cli_warnings warnings;
    cli_warnings_start(&warnings, cli_monitor_start(common));
    wil_status status = wil_privacy_steps_for(
        &mechanism->steps, r->accountant, mechanism, &r->m.orders, r->m.delta, r->target, r->most);
    if (status == WIL_OK)
        status = cli_mechanism_epsilon(&epsilon, &r->m, r->accountant, &warnings.monitor);
    if (status == WIL_OK && mechanism->steps == r->most)
        wil_monitor_warn(&warnings.monitor,
            "the search ended at %lld draws (--most), which still keep to epsilon %.5g: more may do so, too",
            (long long)r->most, r->target);
    if (status == WIL_OK)
        status = report(common, &r->m, r->target, epsilon, warnings.texts);
    json_decref(warnings.texts);
    return status;
}

const cli_command cmd_privacy_steps = {
    .name = "privacy steps",
    .purpose = "finds the largest number of draws that keeps to an epsilon",
    .example = "willis privacy steps --target-epsilon 8 --sampling-rate 0.04 --noise 1.5 --delta 1e-5",
    .fields = WIL_FIELDS(request, FIELDS),
    .run = run,
    .computes = true,
};
