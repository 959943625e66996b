/* willis demo: a whole study on phantoms. */
#include "commands.h"

#include "willis/study.h"

static double number_at(const json_t *result, const char *arm, const char *key)
{
    return json_number_value(json_object_get(json_object_get(result, arm), key));
}

static wil_status report(const cli_common *common, json_t *result)
{
    char duration[32];
    if (common->json)
        return cli_print_json(result);
    printf("Dice on the test phantoms, mean and standard deviation:\n"
           "  trained on real patches       %.3f +- %.3f\n"
           "  trained on synthetic patches  %.3f +- %.3f\n"
           "in %s; open %s in a browser\n",
        number_at(result, "real", "dsc_mean"), number_at(result, "real", "dsc_sd"),
        number_at(result, "synthetic", "dsc_mean"), number_at(result, "synthetic", "dsc_sd"),
        cli_duration(duration, number_at(result, "seconds", "total")),
        json_string_value(json_object_get(result, "report")));
    json_decref(result);
    return WIL_OK;
}

static wil_status run(const cli_command *self, int argc, char **argv)
{
    wil_demo_config config = wil_demo_config_default();
    json_t *result = NULL;
    cli_common common;
    cli_option options[] = {
        {"--out", CLI_OUTPUT_FOLDER, &config.folder, "FOLDER", .help = "where everything is written"},
        {"--seed", CLI_U64, &config.seed, "N", .help = "seed of everything random"},
        {"--train", CLI_INT, &config.n_train, "N", .help = "phantoms to train on", .min = 1, .max = 9999},
        {"--val", CLI_INT, &config.n_val, "N", .help = "phantoms to choose the best epoch by", .min = 1,
            .max = 9999},
        {"--test", CLI_INT, &config.n_test, "N", .help = "phantoms to test on", .min = 1, .max = 9999},
        {"--matrix", CLI_INTS, config.matrix, "XxYxZ", .help = "voxels of a phantom", .n = 3, .min = 32,
            .max = 2048},
        {"--effort", CLI_REAL, &config.effort, "F",
            .help = "scales the training steps; 1: about ten minutes on two cores", .min = 0.001,
            .max = 1000},
    };
    WIL_TRY(cli_parse(self, options, CLI_COUNT(options), argc, argv, &common));
    if (common.help_printed)
        return WIL_OK;
    WIL_TRY(wil_demo_run(&config, cli_monitor_start(&common), &result));
    return report(&common, result);
}

const cli_command cmd_demo = {
    .name = "demo",
    .purpose = "everything once, small, on a phantom cohort; ends in a report",
    .example = "willis demo --out demo",
    .run = run,
    .computes = true,
    .notes =
        "Makes phantoms, cuts patches, trains a WGAN-GP, draws a synthetic set, trains one U-Net on real "
        "and one on synthetic patches, and scores both on test patients.",
};
