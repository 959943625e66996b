/* willis config check: whether a run file is sound, and what it changes. */
#include "commands.h"

#include <string.h>

#include "willis/train.h"

static wil_status print_change(
    const wil_field_walk *w, const wil_run_config *config, const wil_run_config *defaults)
{
    WIL_OWN(char) *is = NULL;
    WIL_OWN(char) *usual = NULL;
    WIL_TRY(wil_field_text(&is, w->field, (const char *)config + w->offset));
    WIL_TRY(wil_field_text(&usual, w->field, (const char *)defaults + w->offset));
    const char *quote = w->field->type == WIL_TEXT ? "\"" : "";
    if (strcmp(is, usual) != 0)
        printf("  %s: %s%s%s\n", w->name, quote, is, quote);
    return WIL_OK;
}

static wil_status print_check(const char *path, const wil_run_config *config)
{
    WIL_OWN(wil_run_config) defaults = {0};
    WIL_TRY(wil_run_config_load(&defaults, NULL, NULL, 0));
    printf("%s: sound; a %s run that differs from the defaults in\n", path, wil_run_kind_name(config->kind));
    for (wil_field_walk w = wil_fields_walk(&wil_run_fields); wil_field_next(&w);)
        WIL_TRY(print_change(&w, config, &defaults));
    return WIL_OK;
}

static wil_status run(const cli_command *self, int argc, char **argv)
{
    const char *path = NULL;
    cli_list set = {0};
    WIL_OWN(wil_run_config) config = {0};
    cli_common common;
    cli_option options[] = {
        {"STUDY", CLI_INPUT, &path, .help = "run file (YAML)"},
        {"--set", CLI_LIST, &set, "KEY=VALUE", .help = "overrides one setting; may be given several times"},
    };
    WIL_TRY(cli_parse(self, options, CLI_COUNT(options), argc, argv, &common));
    if (common.help_printed)
        return WIL_OK;
    WIL_TRY(wil_run_config_load(&config, path, set.items, set.n));
    return common.json ? cli_print_json(json_pack("{s:o, s:s, s:o, s:o}", "study", wil_json_text(path),
                             "kind", wil_run_kind_name(config.kind), "output", wil_json_text(config.output),
                             "patches", wil_json_text(config.patches)))
                       : print_check(path, &config);
}

const cli_command cmd_config_check = {
    .name = "config check",
    .purpose = "checks a run file: unknown keys, wrong types, impossible values",
    .example = "willis config check run.yaml --set gan.filters=32",
    .run = run,
};
