/* --help of a command, from its table. */
#include "cli.h"

#include <string.h>

#define LINE_WIDTH 100
#define HELP_COLUMN 28

/* Prints text from the present column on, continued at column indent; returns nothing, ends the line. */
static void print_wrapped(const char *text, int column, int indent)
{
    while (*text != '\0') {
        const int n = (int)strcspn(text, " ");
        if (column > indent && column + 1 + n > LINE_WIDTH) {
            printf("\n%*s", indent, "");
            column = indent;
        } else if (column > indent) {
            putchar(' ');
            column++;
        }
        printf("%.*s", n, text);
        column += n;
        text += n;
        text += strspn(text, " ");
    }
    putchar('\n');
}

const char *cli_option_value(const wil_field *field)
{
    static const char *const by_type[] = {[WIL_BOOL] = "",
        [WIL_INT] = "N",
        [WIL_I64] = "N",
        [WIL_U64] = "N",
        [WIL_REAL] = "X",
        [WIL_REALS] = "XxYxZ",
        [WIL_INTS] = "XxYxZ",
        [WIL_CHOICE] = "WORD",
        [WIL_TEXT] = "TEXT",
        [WIL_INPUT] = "FILE",
        [WIL_NETWORK] = "NETWORK",
        [WIL_OUTPUT] = "FILE",
        [WIL_OUTPUT_NIFTI] = "FILE.nii.gz",
        [WIL_OUTPUT_FOLDER] = "FOLDER",
        [WIL_LIST] = "TEXT"};
    if (field->type == WIL_BOOL || (field->name[0] >= 'A' && field->name[0] <= 'Z'))
        return "";
    return field->value != NULL ? field->value : by_type[field->type];
}

/* Help, then what the table knows: choices, range, default, whether it must be given. */
static wil_status describe(char **out, const wil_field *field, const void *in)
{
    char words[160];
    WIL_OWN(char) *value = NULL;
    WIL_TRY(wil_text_append(out, "%s", field->help));
    if (field->type == WIL_CHOICE)
        WIL_TRY(wil_text_append(out, ": %s", wil_field_choices(words, field)));
    if (field->type < WIL_CHOICE && field->min != field->max)
        WIL_TRY(wil_text_append(out, " [%s]", wil_field_range(words, field)));
    else if (field->type < WIL_CHOICE && field->unit != NULL)
        WIL_TRY(wil_text_append(out, " [%s]", field->unit));
    if (cli_is_required(field))
        return wil_text_append(out, field->name[0] >= 'A' && field->name[0] <= 'Z' ? "" : " (required)");
    WIL_TRY(wil_field_text(&value, field, in));
    if (field->type != WIL_BOOL && value[0] != '\0' && field->initial[0] != '\0')
        return wil_text_append(out, " (default %s)", value);
    return WIL_OK;
}

static void print_option(const wil_field *field, const void *in)
{
    char left[128];
    char name[96];
    WIL_OWN(char) *text = NULL;
    const char *value = cli_option_value(field);
    snprintf(left, sizeof left, "  %s%s%s%s%s", field->also != NULL ? field->also : "",
        field->also != NULL ? ", " : "", cli_option_name(name, field), value[0] != '\0' ? " " : "", value);
    const int n = (int)strlen(left);
    if (n + 2 <= HELP_COLUMN)
        printf("%-*s", HELP_COLUMN, left);
    else
        printf("%s\n%*s", left, HELP_COLUMN, "");
    print_wrapped(describe(&text, field, in) == WIL_OK ? text : field->help, HELP_COLUMN, HELP_COLUMN);
}

static void print_options(const wil_fields *fields, const void *settings, bool computes)
{
    for (wil_field_walk w = wil_fields_walk(fields); wil_field_next(&w);)
        if (computes || (strcmp(w.name, "threads") != 0 && strcmp(w.name, "quiet") != 0))
            print_option(w.field, (const char *)settings + w.offset);
}

static void print_usage(const cli_command *command)
{
    char name[96];
    printf("usage: willis %s", command->name);
    for (int required = 0; required < 2; required++)
        for (wil_field_walk w = wil_fields_walk(&command->fields); wil_field_next(&w);) {
            const bool positional = w.field->name[0] >= 'A' && w.field->name[0] <= 'Z';
            if (required == 0 ? positional : !positional && cli_is_required(w.field))
                printf(" %s%s%s", cli_option_name(name, w.field), positional ? "" : " ",
                    cli_option_value(w.field));
        }
    printf(" [options]\n\n");
}

static void print_examples(const char *lines)
{
    printf("\nEXAMPLE\n");
    while (*lines != '\0') {
        const int n = (int)strcspn(lines, "\n");
        printf("  %.*s\n", n, lines);
        lines += n + (lines[n] == '\n');
    }
}

void cli_print_help(const cli_command *command, const void *settings)
{
    const cli_common common = {0};
    printf("willis %s: %s\n\n", command->name, command->purpose);
    print_usage(command);
    print_options(&command->fields, settings, true);
    printf(command->fields.n > 0 ? "\n" : "");
    print_options(&cli_common_fields, &common, command->computes);
    if (command->notes != NULL) {
        putchar('\n');
        print_wrapped(command->notes, 0, 0);
    }
    print_examples(command->example);
}
