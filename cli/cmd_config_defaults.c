/* willis config defaults: a study file with every setting. */
#include "commands.h"

#include "willis/train.h"

static wil_status print_json(void)
{
    int n = 0;
    const wil_config_key *keys = wil_run_config_keys(&n);
    json_t *all = json_object();
    for (int i = 0; i < n; i++)
        (void)json_object_set_new(all, keys[i].name,
            json_pack("{s:s, s:s?, s:s}", "default", keys[i].default_text, "choices", keys[i].choices, "help",
                keys[i].help));
    return cli_print_json(all);
}

static wil_status print_yaml(void)
{
    int n = 0;
    const wil_config_key *keys = wil_run_config_keys(&n);
    wil_run_config config;
    char *text = NULL;
    WIL_TRY(wil_run_config_load(&config, NULL, NULL, 0));
    const wil_status status = wil_config_text(&text, &config, keys, n);
    if (status == WIL_OK)
        fputs(text, stdout);
    wil_free(text);
    wil_run_config_clear(&config);
    return status;
}

static wil_status run(const cli_command *self, int argc, char **argv)
{
    cli_common common;
    WIL_TRY(cli_parse(self, NULL, 0, argc, argv, &common));
    if (common.help_printed)
        return WIL_OK;
    return common.json ? print_json() : print_yaml();
}

const cli_command cmd_config_defaults = {
    .name = "config defaults",
    .purpose = "prints a study file with every setting, its default and what it means",
    .example = "willis config defaults > study.yaml",
    .run = run,
};
