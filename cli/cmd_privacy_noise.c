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

static wil_status run(const cli_command *self, int argc, char **argv)
{
    cli_mechanism m = cli_mechanism_default();
    double target = 0;
    double epsilon = 0;
    int accountant = WIL_PRIVACY_RDP;
    cli_common common;
    cli_option options[] = {
        {"--target-epsilon", CLI_REAL, &target, "EPSILON", .help = "to keep to", .required = true},
        CLI_PRIVACY_RATE(&m),
        CLI_PRIVACY_STEPS(&m),
        CLI_PRIVACY_DELTA(&m),
        CLI_PRIVACY_RELEASES(&m),
        {"--accountant", CLI_CHOICE, &accountant, "NAME", .help = "pld needs less noise, and some minutes",
            .choices = "rdp|pld"},
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
    wil_status status = wil_privacy_noise_for(
        &m.mechanism.noise_multiplier, chosen, &m.mechanism, &m.orders, m.delta, target);
    if (status == WIL_OK)
        status = cli_mechanism_epsilon(&epsilon, &m, chosen, &warnings.monitor);
    if (status == WIL_OK)
        status = report(&common, &m, target, epsilon, warnings.texts);
    json_decref(warnings.texts);
    return status;
}

const cli_command cmd_privacy_noise = {
    .name = "privacy noise",
    .purpose = "finds the smallest noise multiplier that keeps to an epsilon",
    .example = "willis privacy noise --target-epsilon 8 --sampling-rate 0.04 --steps 2250 --delta 1e-5",
    .run = run,
    .computes = true,
};
