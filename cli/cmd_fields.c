/* willis fields: the settings of a command, or of a section of run files, as a table for docs/. */
#include "commands.h"

#include <string.h>

#include "willis/train.h"

typedef struct request {
    char *name;
} request;

static const wil_field FIELDS[] = {
    {"NAME", WIL_TEXT, offsetof(request, name),
        .help = "of a command (\"phantom tof\"), or of a section of run files (\"gan\")"},
};

/* resume: "", or what becomes of a run that is resumed with another value, in a column of its own. */
static wil_status describe(char **out, const wil_field *field, const void *in, const char *resume)
{
    char words[160];
    WIL_OWN(char) *usual = NULL;
    if (field->initial != NULL && field->initial[0] != '\0')
        WIL_TRY(wil_field_text(&usual, field, in));
    if (field->type == WIL_CHOICE)
        wil_field_choices(words, field);
    else
        wil_field_range(words, field);
    if (field->type >= WIL_CHOICE && field->type != WIL_CHOICE)
        words[0] = '\0';
    else if (words[0] == '\0' && field->unit != NULL)
        snprintf(words, sizeof words, "%s", field->unit);
    for (char *c = words; *c != '\0'; c++)
        *c = *c == '|' ? ' ' : *c; /* which would end a cell */
    return wil_text_append(out, " | %s | %s%s | %s |\n",
        usual != NULL            ? usual
        : cli_is_required(field) ? "must be given"
                                 : "",
        words, resume, field->help);
}

static wil_status table_of_command(char **out, const cli_command *command)
{
    char name[96];
    WIL_OWN(void) *settings = NULL;
    WIL_TRY(wil_alloc(&settings, 1, command->fields.size + 1));
    WIL_TRY(wil_fields_defaults(&command->fields, settings));
    WIL_TRY(wil_text_append(out, "| option | default | range | |\n|---|---|---|---|\n"));
    for (wil_field_walk w = wil_fields_walk(&command->fields); wil_field_next(&w);) {
        const char *value = cli_option_value(w.field);
        WIL_TRY(wil_text_append(out, "| `%s%s", cli_option_name(name, w.field), value[0] == '\0' ? "" : " "));
        for (const char *c = value; *c != '\0'; c++)
            WIL_TRY(wil_text_append(out, *c == '|' ? "\\%c" : "%c", *c));
        WIL_TRY(wil_text_append(out, "`"));
        WIL_TRY(describe(out, w.field, (const char *)settings + w.offset, ""));
    }
    wil_fields_clear(&command->fields, settings);
    return WIL_OK;
}

static wil_status table_of_section(char **out, const char *section)
{
    static const char *const on_resume[] = {[WIL_RESUME_REPORTED] = " | told",
        [WIL_RESUME_REFUSED] = " | refused",
        [WIL_RESUME_FREE] = " | fine"};
    WIL_OWN(wil_run_config) config = {0};
    WIL_TRY(wil_run_config_load(&config, NULL, NULL, 0));
    for (wil_field_walk w = wil_fields_walk(&wil_run_fields); wil_field_next(&w);) {
        if (strcmp(w.section, section) != 0)
            continue;
        if (*out == NULL)
            WIL_TRY(wil_text_append(
                out, "| `%s` | default | range | changed on resuming | |\n|---|---|---|---|---|\n", section));
        WIL_TRY(wil_text_append(out, "| `%s`", w.field->name));
        WIL_TRY(describe(out, w.field, (const char *)&config + w.offset, on_resume[w.field->on_resume]));
    }
    WIL_REQUIRE(*out != NULL, WIL_ERR_ARG,
        "'%s' is neither a command nor a section of run files; `willis --help` and `willis config defaults` "
        "list them",
        section);
    return WIL_OK;
}

static wil_status run(void *settings, const cli_common *common)
{
    const request *r = settings;
    WIL_OWN(char) *text = NULL;
    for (int i = 0; i < cli_n_commands && text == NULL; i++)
        if (strcmp(cli_commands[i]->name, r->name) == 0)
            WIL_TRY(table_of_command(&text, cli_commands[i]));
    if (text == NULL)
        WIL_TRY(table_of_section(&text, r->name));
    if (common->json)
        return cli_print_json(json_pack("{s:s, s:o}", "name", r->name, "markdown", wil_json_text(text)));
    fputs(text, stdout);
    return WIL_OK;
}

const cli_command cmd_fields = {
    .name = "fields",
    .purpose = "prints the settings of a command or of a section of run files as a Markdown table",
    .example = "willis fields gan\nwillis fields \"phantom tof\"",
    .fields = WIL_FIELDS(request, FIELDS),
    .run = run,
    .notes = "The tables of docs/ are written so: tools/doc_tables.sh.",
};
