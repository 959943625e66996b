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

/* Help, then what the table knows: range, default, whether it must be given. */
static wil_status describe(char **out, const cli_option *option)
{
    char *value = NULL;
    WIL_TRY(wil_text_append(out, "%s", option->help));
    if (option->kind == CLI_CHOICE)
        WIL_TRY(wil_text_append(out, ": %s", option->choices));
    if (option->min != option->max)
        WIL_TRY(wil_text_append(out, " [%.10g to %.10g]", option->min, option->max));
    if (option->required)
        return wil_text_append(out, " (required)");
    WIL_TRY(cli_value_text(&value, option));
    wil_status status = WIL_OK;
    if (value[0] != '\0')
        status = wil_text_append(out, " (default %s)", value);
    wil_free(value);
    return status;
}

static void print_option(const cli_option *option)
{
    char left[80];
    char *text = NULL;
    snprintf(left, sizeof left, "  %s%s%s", option->name, option->value != NULL ? " " : "",
        option->value != NULL ? option->value : "");
    const int n = (int)strlen(left);
    if (n + 2 <= HELP_COLUMN)
        printf("%-*s", HELP_COLUMN, left);
    else
        printf("%s\n%*s", left, HELP_COLUMN, "");
    print_wrapped(describe(&text, option) == WIL_OK ? text : option->help, HELP_COLUMN, HELP_COLUMN);
    wil_free(text);
}

static void print_usage(const cli_command *self, const cli_option *options, int n_options)
{
    printf("usage: willis %s", self->name);
    for (int i = 0; i < n_options; i++)
        if (options[i].name[0] != '-')
            printf(" %s", options[i].name);
    for (int i = 0; i < n_options; i++)
        if (options[i].required)
            printf(" %s %s", options[i].name, options[i].value);
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

void cli_print_help(
    const cli_command *self, const cli_option *options, int n_options, const cli_option *shared, int n_shared)
{
    printf("willis %s: %s\n\n", self->name, self->purpose);
    print_usage(self, options, n_options);
    for (int i = 0; i < n_options; i++)
        print_option(&options[i]);
    printf(n_options > 0 ? "\n" : "");
    for (int i = 0; i < n_shared; i++)
        print_option(&shared[i]);
    if (self->notes != NULL) {
        putchar('\n');
        print_wrapped(self->notes, 0, 0);
    }
    print_examples(self->example);
}
