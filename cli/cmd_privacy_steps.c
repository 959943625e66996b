/* willis privacy steps: how long one may train. */
#include "cli_privacy.h"
#include "commands.h"

static wil_status report(
    const cli_common *common, const cli_mechanism *m, double target, double epsilon, json_t *warnings)
{
    const int64_t steps = m->mechanism.steps;
    if (common->json)
        return cli_print_json(json_pack("{s:I, s:o, s:o, s:O}", "steps", (json_int_t)steps, "epsilon",
            cli_json_real(epsilon), "delta", cli_json_real(m->delta), "warnings", warnings));
    if (steps == 0)
        printf("not even one draw keeps to epsilon %.5g at delta %.4g; more noise is needed\n", target,
            m->delta);
    else
        printf("%lld draw%s keep%s to epsilon %.5g at delta %.4g (epsilon %.6g)\n", (long long)steps,
            cli_plural(steps), steps == 1 ? "s" : "", target, m->delta, epsilon);
    return WIL_OK;
}

static wil_status run(const cli_command *self, int argc, char **argv)
{
    cli_mechanism m = cli_mechanism_default();
    double target = 0;
    double epsilon = 0;
    int64_t most = 1000000000000; /* what the accountants take */
    int accountant = WIL_PRIVACY_RDP;
    cli_common common;
    cli_option options[] = {
        {"--target-epsilon", CLI_REAL, &target, "EPSILON", .help = "to keep to", .required = true},
        CLI_PRIVACY_RATE(&m),
        CLI_PRIVACY_NOISE(&m),
        CLI_PRIVACY_DELTA(&m),
        CLI_PRIVACY_RELEASES(&m),
        {"--most", CLI_I64, &most, "T", .help = "where the search ends", .min = 1, .max = 1e12},
        {"--accountant", CLI_CHOICE, &accountant, "NAME",
            .help = "pld allows more draws (found to 0.1 %), and takes some minutes", .choices = "rdp|pld"},
        CLI_PRIVACY_ORDERS(&m),
        CLI_PRIVACY_UNITS(&m),
    };
    WIL_TRY(cli_parse(self, options, CLI_COUNT(options), argc, argv, &common));
    if (common.help_printed)
        return WIL_OK;
    WIL_TRY(cli_mechanism_check(&m));
    cli_warnings warnings;
    cli_warnings_start(&warnings, cli_monitor_start(&common));
    const wil_privacy_accountant chosen = (wil_privacy_accountant)accountant;
    wil_status status =
        wil_privacy_steps_for(&m.mechanism.steps, chosen, &m.mechanism, &m.orders, m.delta, target, most);
    if (status == WIL_OK)
        status = cli_mechanism_epsilon(&epsilon, &m, chosen, &warnings.monitor);
    if (status == WIL_OK && m.mechanism.steps == most)
        wil_monitor_warn(&warnings.monitor,
            "the search ended at %lld draws (--most), which still keep to epsilon %.5g: more may do so, too",
            (long long)most, target);
    if (status == WIL_OK)
        status = report(&common, &m, target, epsilon, warnings.texts);
    json_decref(warnings.texts);
    return status;
}

const cli_command cmd_privacy_steps = {
    .name = "privacy steps",
    .purpose = "finds the largest number of draws that keeps to an epsilon",
    .example = "willis privacy steps --target-epsilon 8 --sampling-rate 0.04 --noise 1.5 --delta 1e-5",
    .run = run,
    .computes = true,
};
