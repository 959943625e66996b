/* willis config defaults: a run file with every setting. */
#include "commands.h"

#include "willis/train.h"

static wil_status print_json(void)
{
    json_t *all = json_object();
    for (wil_field_walk w = wil_fields_walk(&wil_run_fields); wil_field_next(&w);) {
        char choices[160] = "";
        if (w.field->type == WIL_CHOICE)
            wil_field_choices(choices, w.field);
        (void)json_object_set_new(all, w.name,
            json_pack("{s:s, s:s?, s:s}", "default", w.field->initial, "choices",
                choices[0] == '\0' ? NULL : choices, "help", w.field->help));
    }
    return cli_print_json(all);
}

static wil_status print_yaml(void)
{
    WIL_OWN(wil_run_config) config = {0};
    WIL_OWN(char) *text = NULL;
    WIL_TRY(wil_run_config_load(&config, NULL, NULL, 0));
    WIL_TRY(wil_fields_yaml(&text, &wil_run_fields, &config, NULL));
    fputs(text, stdout);
    return WIL_OK;
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
    .purpose = "prints a run file with every setting, its default and what it means",
    .example = "willis config defaults > run.yaml",
    .run = run,
};
