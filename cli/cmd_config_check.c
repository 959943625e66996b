/* willis config check: whether a study file is sound, and what it changes. */
#include "commands.h"

#include <string.h>

#include "willis/train.h"

/* Calls for each line of the study's YAML that differs from the defaults'. Both texts come from one table, so
 * their lines correspond. */
static void print_changes(const char *text, const char *defaults)
{
    char section[64] = "";
    while (*text != '\0' && *defaults != '\0') {
        const int n = (int)strcspn(text, "\n");
        const int n_default = (int)strcspn(defaults, "\n");
        const char *comment = strstr(text, "  # ");
        const int n_value = comment != NULL && comment - text < n ? (int)(comment - text) : n;
        if (text[0] != ' ')
            snprintf(section, sizeof section, "%.*s", (int)strcspn(text, ":\n"), text);
        else if (n != n_default || memcmp(text, defaults, (size_t)n) != 0)
            printf("  %s.%.*s\n", section, n_value - 2, text + 2);
        text += n + (text[n] == '\n');
        defaults += n_default + (defaults[n_default] == '\n');
    }
}

static wil_status print_check(const char *path, const wil_run_config *config)
{
    int n = 0;
    const wil_config_key *keys = wil_run_config_keys(&n);
    wil_run_config defaults;
    char *text = NULL;
    char *default_text = NULL;
    WIL_TRY(wil_run_config_load(&defaults, NULL, NULL, 0));
    wil_status status = wil_config_text(&text, config, keys, n);
    if (status == WIL_OK)
        status = wil_config_text(&default_text, &defaults, keys, n);
    if (status == WIL_OK) {
        printf("%s: sound; a %s study that differs from the defaults in\n", path,
            config->kind == WIL_RUN_GAN ? "gan" : "segmentation");
        print_changes(text, default_text);
    }
    wil_free(default_text);
    wil_free(text);
    wil_run_config_clear(&defaults);
    return status;
}

static wil_status run(const cli_command *self, int argc, char **argv)
{
    const char *path = NULL;
    cli_list set = {0};
    wil_run_config config;
    cli_common common;
    cli_option options[] = {
        {"STUDY", CLI_INPUT, &path, .help = "study file (YAML)"},
        {"--set", CLI_LIST, &set, "KEY=VALUE", .help = "overrides one setting; may be given several times"},
    };
    WIL_TRY(cli_parse(self, options, CLI_COUNT(options), argc, argv, &common));
    if (common.help_printed)
        return WIL_OK;
    WIL_TRY(wil_run_config_load(&config, path, set.items, set.n));
    const wil_status status =
        common.json ? cli_print_json(json_pack("{s:o, s:s, s:o, s:o}", "study", wil_json_text(path), "kind",
                          config.kind == WIL_RUN_GAN ? "gan" : "segmentation", "output",
                          wil_json_text(config.output), "patches", wil_json_text(config.patches)))
                    : print_check(path, &config);
    wil_run_config_clear(&config);
    return status;
}

const cli_command cmd_config_check = {
    .name = "config check",
    .purpose = "checks a study file: unknown keys, wrong types, impossible values",
    .example = "willis config check study.yaml --set gan.filters=32",
    .run = run,
};
