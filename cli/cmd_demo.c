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

#define AT(member) offsetof(wil_demo_config, member)
static const wil_field FIELDS[] = {
    {"out", WIL_OUTPUT_FOLDER, AT(folder), "demo", .help = "where everything is written"},
    {NULL, WIL_SECTION, 0, .fields = &wil_demo_fields},
};

static wil_status run(void *settings, const cli_common *common)
{
    json_t *result = NULL;
    WIL_TRY(wil_demo_run(settings, cli_monitor_start(common), &result));
    return report(common, result);
}

const cli_command cmd_demo = {
    .name = "demo",
    .purpose = "everything once, small, on a phantom cohort; ends in a report",
    .example = "willis demo --out demo",
    .fields = WIL_FIELDS(wil_demo_config, FIELDS),
    .run = run,
    .computes = true,
    .notes =
        "Makes phantoms, cuts patches, trains a WGAN-GP, draws a synthetic set, trains one U-Net on real "
        "and one on synthetic patches, and scores both on test patients.",
};
