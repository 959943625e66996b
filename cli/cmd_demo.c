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
    static const char *const arms[][2] = {{"real", "real patches"}, {"synthetic", "synthetic patches"},
        {"public", "other phantoms (tof-vessels)"}};
    printf("Dice on the test phantoms, mean and standard deviation:\n");
    for (int i = 0; i < 3; i++)
        if (json_object_get(result, arms[i][0]) != NULL)
            printf("  trained on %-30s %.3f +- %.3f\n", arms[i][1], number_at(result, arms[i][0], "dsc_mean"),
                number_at(result, arms[i][0], "dsc_sd"));
    printf("in %s; open %s in a browser\n", cli_duration(duration, number_at(result, "seconds", "total")),
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
    .notes = "Makes phantoms, cuts patches, trains a WGAN-GP, draws a synthetic set around vessel trees of "
             "other phantoms, trains one U-Net on real "
             "and one on synthetic patches, and scores both on test patients.",
};
