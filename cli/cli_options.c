/* From argv to the targets of an option table. */
#include "cli.h"

#include <stdarg.h>
#include <string.h>

#define MOST_OPTIONS 64

typedef struct parser {
    const cli_command *command;
    cli_option *options; /* of the command */
    int n_options;
    cli_option shared[4]; /* of every command */
    int n_shared;
} parser;

static cli_option *option_at(parser *p, int i)
{
    return i < p->n_options ? &p->options[i] : &p->shared[i - p->n_options];
}

static bool is_named(const cli_option *option)
{
    return option->name[0] == '-';
}

/* Every mistake in the words of a command ends with where to look. */
static wil_status wrong(const parser *p, const char *format, ...) WIL_PRINTF(2, 3);
static wil_status wrong(const parser *p, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return wil_fail(WIL_ERR_ARG, "%s (`willis %s --help` lists the options)", text, p->command->name);
}

/* ---- words --------------------------------------------------------------------------------------------- */

/* name: without "=value". */
static cli_option *find_named(parser *p, const char *name, size_t n)
{
    for (int i = 0; i < p->n_options + p->n_shared; i++) {
        cli_option *option = option_at(p, i);
        if (is_named(option) && strlen(option->name) == n && memcmp(option->name, name, n) == 0)
            return option;
    }
    return NULL;
}

static wil_status unknown_option(parser *p, const char *name, size_t n)
{
    const char *names[MOST_OPTIONS];
    char word[128];
    int n_names = 0;
    snprintf(word, sizeof word, "%.*s", (int)n, name);
    for (int i = 0; i < p->n_options + p->n_shared && n_names < MOST_OPTIONS; i++)
        if (is_named(option_at(p, i)))
            names[n_names++] = option_at(p, i)->name;
    const char *near = wil_nearest_word(word, names, n_names);
    if (near != NULL)
        return wrong(p, "unknown option '%s'; did you mean %s?", word, near);
    return wrong(p, "unknown option '%s'", word);
}

/* The word behind an option is its value, unless it is another option: then the value was forgotten. */
static wil_status take_value(
    parser *p, const cli_option *option, int argc, char **argv, int *at, const char **out)
{
    const char *next = *at + 1 < argc ? argv[*at + 1] : NULL;
    if (next == NULL || (next[0] == '-' && find_named(p, next, strcspn(next, "=")) != NULL))
        return wrong(p, "%s takes a value, %s", option->name, option->value);
    (*at)++;
    *out = next;
    return WIL_OK;
}

static wil_status take_named(parser *p, int argc, char **argv, int *at)
{
    const char *word = argv[*at];
    const size_t n = strcspn(word, "=");
    cli_option *option = find_named(p, word, n);
    const char *value = word[n] == '=' ? word + n + 1 : NULL;
    if (option == NULL)
        return unknown_option(p, word, n);
    if (option->given && option->kind != CLI_LIST)
        return wrong(p, "%s is given twice", option->name);
    if (option->kind == CLI_FLAG && value != NULL)
        return wrong(p, "%s takes no value", option->name);
    if (option->kind != CLI_FLAG && value == NULL)
        WIL_TRY(take_value(p, option, argc, argv, at, &value));
    option->given = true;
    return cli_value_set(option, value);
}

static wil_status take_positional(parser *p, const char *word)
{
    for (int i = 0; i < p->n_options; i++) {
        cli_option *option = &p->options[i];
        if (is_named(option) || option->given)
            continue;
        option->given = true;
        return cli_value_set(option, word);
    }
    return wrong(p, "'%s' is one argument too many", word);
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static wil_status take_words(parser *p, int argc, char **argv)
{
    bool only_arguments = false; /* behind "--" */
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i];
        if (!only_arguments && strcmp(word, "--") == 0)
            only_arguments = true;
        else if (!only_arguments && word[0] == '-' && word[1] != '\0')
            WIL_TRY(take_named(p, argc, argv, &i));
        else
            WIL_TRY(take_positional(p, word));
    }
    for (int i = 0; i < p->n_options; i++) {
        const cli_option *option = &p->options[i];
        if (!option->given && (option->required || !is_named(option)))
            return wrong(p, "%s is missing (%s)", option->name, option->help);
    }
    return WIL_OK;
}

/* ---- files --------------------------------------------------------------------------------------------- */

static bool is_output_file(const cli_option *option)
{
    return option->kind == CLI_OUTPUT || option->kind == CLI_OUTPUT_NIFTI;
}

static const char *path_of(const cli_option *option)
{
    return *(const char *const *)option->target;
}

static wil_status check_path(const cli_option *option)
{
    const char *path = path_of(option);
    switch (option->kind) {
    case CLI_INPUT:
        WIL_REQUIRE(wil_file_exists(path) || wil_folder_exists(path), WIL_ERR_INPUT,
            "%s: no such file or folder (given as %s)", path, option->name);
        return WIL_OK;
    case CLI_OUTPUT:
        return cli_check_output(option->name, path);
    case CLI_OUTPUT_NIFTI:
        return cli_check_output_nifti(option->name, path);
    default:
        return cli_check_output_folder(option->name, path);
    }
}

static wil_status check_paths(const parser *p)
{
    for (int i = 0; i < p->n_options; i++) {
        const cli_option *option = &p->options[i];
        if (option->kind < CLI_INPUT || path_of(option) == NULL)
            continue;
        WIL_TRY(check_path(option));
        for (int k = 0; k < p->n_options && is_output_file(option); k++) {
            const cli_option *other = &p->options[k];
            const bool both = other->kind == CLI_INPUT || (k < i && is_output_file(other));
            WIL_REQUIRE(!both || path_of(other) == NULL || !cli_same_file(path_of(option), path_of(other)),
                WIL_ERR_ARG, "%s and %s are one file, %s; it would be overwritten; give another %s",
                other->name, option->name, path_of(option), option->name);
        }
    }
    return WIL_OK;
}

/* ---- the whole ----------------------------------------------------------------------------------------- */

static void add_shared(parser *p, cli_common *common)
{
    p->shared[p->n_shared++] = (cli_option){
        "--json", CLI_FLAG, &common->json, .help = "print one JSON object on standard output, for scripts"};
    if (p->command->computes) {
        p->shared[p->n_shared++] = (cli_option){"--threads", CLI_INT, &common->threads, "N",
            .help = "processor threads; 0: all", .min = 0, .max = 1024};
        p->shared[p->n_shared++] = (cli_option){"--quiet", CLI_FLAG, &common->quiet,
            .help = "no progress and no information on standard error, only warnings"};
    }
    p->shared[p->n_shared++] = (cli_option){"--help", CLI_FLAG, &common->help_printed, .help = "this text"};
}

wil_status cli_parse(
    const cli_command *self, cli_option *options, int n_options, int argc, char **argv, cli_common *common)
{
    memset(common, 0, sizeof *common);
    parser p = {.command = self, .options = options, .n_options = n_options};
    add_shared(&p, common);
    if (asks_for_help(argc, argv)) {
        cli_print_help(self, options, n_options, p.shared, p.n_shared);
        common->help_printed = true;
        return WIL_OK;
    }
    WIL_TRY(take_words(&p, argc, argv));
    WIL_TRY(check_paths(&p));
    cli_use_threads(common->threads);
    return WIL_OK;
}

bool cli_given(const cli_option *options, int n_options, const char *name)
{
    for (int i = 0; i < n_options; i++)
        if (strcmp(options[i].name, name) == 0)
            return options[i].given;
    return false;
}
