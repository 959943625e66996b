/* From the words of a command line to the fields of its struct. */
#include "cli.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#include "willis/model.h"

static const wil_field COMMON[] = {
    {"json", WIL_BOOL, offsetof(cli_common, json),
        .help = "print one JSON object on standard output, for scripts"},
    {"threads", WIL_INT, offsetof(cli_common, threads), "0", 0, 1024, .help = "processor threads; 0: all"},
    {"quiet", WIL_BOOL, offsetof(cli_common, quiet),
        .help = "no progress and no information on standard error, only warnings"},
    {"help", WIL_BOOL, offsetof(cli_common, help), .help = "this text"},
};
const wil_fields cli_common_fields = WIL_FIELDS(cli_common, COMMON);

typedef struct cli_word {
    const wil_field *field;
    void *in; /* the struct that it is a field of */
    bool *given;
    char name[96];
} cli_word;

typedef struct parser {
    const cli_command *command;
    cli_word options[CLI_MOST_OPTIONS + CLI_COUNT(COMMON)];
    bool common_given[CLI_COUNT(COMMON)];
    int n_own; /* of the command; the others are common to all */
    int n;
} parser;

/* ---- names --------------------------------------------------------------------------------------------- */

static bool is_positional(const wil_field *field)
{
    return isupper((unsigned char)field->name[0]);
}

static bool is_true_at_first(const wil_field *field)
{
    return field->initial != NULL && strcmp(field->initial, "true") == 0;
}

const char *cli_option_name(char name[96], const wil_field *field)
{
    const char *no = field->type == WIL_BOOL && is_true_at_first(field) ? "no-" : "";
    snprintf(name, 96, is_positional(field) ? "%.0s%s" : "--%s%s", no, field->name);
    for (char *c = name; *c != '\0'; c++)
        *c = *c == '_' ? '-' : *c;
    return name;
}

bool cli_is_required(const wil_field *field)
{
    return field->initial == NULL && field->type != WIL_BOOL;
}

/* ---- mistakes ------------------------------------------------------------------------------------------ */

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

static wil_status unknown_option(const parser *p, const char *word)
{
    const char *names[CLI_COUNT(p->options)];
    int n = 0;
    for (int i = 0; i < p->n; i++)
        if (!is_positional(p->options[i].field))
            names[n++] = p->options[i].name;
    const char *near = wil_nearest_word(word, names, n);
    if (near != NULL)
        return wrong(p, "unknown option '%s'; did you mean %s?", word, near);
    return wrong(p, "unknown option '%s'", word);
}

/* ---- words --------------------------------------------------------------------------------------------- */

/* name: of n letters, without "=value". */
static cli_word *find_option(parser *p, const char *name, size_t n)
{
    for (int i = 0; i < p->n; i++) {
        cli_word *o = &p->options[i];
        const char *also = o->field->also;
        if (!is_positional(o->field) &&
            ((strlen(o->name) == n && memcmp(o->name, name, n) == 0) ||
                (also != NULL && strlen(also) == n && memcmp(also, name, n) == 0)))
            return o;
    }
    return NULL;
}

static wil_status set(cli_word *o, const char *text)
{
    *o->given = true;
    /* a variable that a script forgot to fill is not the wish for nothing */
    const bool may_be_empty =
        o->field->type == WIL_LIST || (o->field->initial != NULL && o->field->initial[0] == '\0');
    WIL_REQUIRE(text[0] != '\0' || !may_be_empty, WIL_ERR_ARG, "%s is empty", o->name);
    return wil_field_set(o->field, o->in, text, o->name);
}

/* The word behind an option is its value, unless it is another option: then the value was forgotten. */
static wil_status take_value(parser *p, const cli_word *o, int argc, char **argv, int *at, const char **out)
{
    const char *next = *at + 1 < argc ? argv[*at + 1] : NULL;
    if (next == NULL || (next[0] == '-' && find_option(p, next, strcspn(next, "=")) != NULL))
        return wrong(p, "%s takes a value, %s", o->name, cli_option_value(o->field));
    (*at)++;
    *out = next;
    return WIL_OK;
}

static wil_status take_option(parser *p, int argc, char **argv, int *at)
{
    char word[128];
    snprintf(word, sizeof word, "%.*s", (int)strcspn(argv[*at], "="), argv[*at]);
    cli_word *o = find_option(p, word, strlen(word));
    const char *equals = strchr(argv[*at], '=');
    const char *value = equals == NULL ? NULL : equals + 1;
    if (o == NULL)
        return unknown_option(p, word);
    if (*o->given && o->field->type != WIL_LIST)
        return wrong(p, "%s is given twice", o->name);
    if (o->field->type == WIL_BOOL && value != NULL)
        return wrong(p, "%s takes no value", o->name);
    if (o->field->type == WIL_BOOL)
        value = is_true_at_first(o->field) ? "false" : "true";
    if (value == NULL)
        WIL_TRY(take_value(p, o, argc, argv, at, &value));
    return set(o, value);
}

static wil_status take_argument(parser *p, const char *word)
{
    for (int i = 0; i < p->n_own; i++)
        if (is_positional(p->options[i].field) && !*p->options[i].given)
            return set(&p->options[i], word);
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
            WIL_TRY(take_option(p, argc, argv, &i));
        else
            WIL_TRY(take_argument(p, word));
    }
    for (int i = 0; i < p->n_own; i++) {
        const cli_word *o = &p->options[i];
        if (!*o->given && cli_is_required(o->field))
            return wrong(p, "%s is missing (%s)", o->name, o->field->help);
    }
    return WIL_OK;
}

/* ---- files --------------------------------------------------------------------------------------------- */

static bool is_output_file(const cli_word *o)
{
    return o->field->type == WIL_OUTPUT || o->field->type == WIL_OUTPUT_NIFTI;
}

/* NULL for what is no path, or was not given. */
static const char *path_of(const cli_word *o)
{
    return wil_field_is_path(o->field) ? *(char **)((char *)o->in + o->field->offset) : NULL;
}

static bool is_input(const cli_word *o)
{
    return o->field->type == WIL_INPUT || o->field->type == WIL_NETWORK;
}

/* Puts the file in the place of its name. */
static wil_status find_network(const cli_word *o)
{
    char *path = NULL, **at = (char **)((char *)o->in + o->field->offset);
    WIL_TRY(wil_network_find(&path, *at));
    wil_free(*at);
    *at = path;
    return WIL_OK;
}

static wil_status check_path(const cli_word *o, const char *path)
{
    switch (o->field->type) {
    case WIL_INPUT:
    case WIL_NETWORK:
        WIL_REQUIRE(wil_file_exists(path) || wil_folder_exists(path), WIL_ERR_INPUT,
            "%s: no such file or folder (given as %s)", path, o->name);
        return wil_folder_exists(path) ? WIL_OK : wil_file_check(path);
    case WIL_OUTPUT:
        return cli_check_output(o->name, path);
    case WIL_OUTPUT_NIFTI:
        return cli_check_output_nifti(o->name, path);
    default:
        return cli_check_output_folder(o->name, path);
    }
}

static wil_status check_paths(const parser *p)
{
    for (int i = 0; i < p->n_own; i++) {
        const cli_word *o = &p->options[i];
        if (path_of(o) == NULL)
            continue;
        if (o->field->type == WIL_NETWORK)
            WIL_TRY(find_network(o));
        const char *path = path_of(o);
        WIL_TRY(check_path(o, path));
        for (int k = 0; k < p->n_own && is_output_file(o); k++) {
            const cli_word *other = &p->options[k];
            const bool both = is_input(other) || (k < i && is_output_file(other));
            WIL_REQUIRE(!both || path_of(other) == NULL || !cli_same_file(path, path_of(other)), WIL_ERR_ARG,
                "%s and %s are one file, %s; it would be overwritten; give another %s", other->name, o->name,
                path, o->name);
        }
    }
    return WIL_OK;
}

/* ---- the whole ----------------------------------------------------------------------------------------- */

static void add(parser *p, const wil_fields *fields, void *settings, bool *given)
{
    for (wil_field_walk w = wil_fields_walk(fields); wil_field_next(&w);) {
        cli_word *o = &p->options[p->n++];
        *o = (cli_word){.field = w.field, .in = (char *)settings + w.offset, .given = &given[w.number]};
        cli_option_name(o->name, w.field);
    }
}

wil_status cli_parse(const cli_command *command, void *settings, int argc, char **argv, cli_common *common)
{
    parser p = {.command = command};
    *common = (cli_common){.command = command};
    add(&p, &command->fields, settings, common->given);
    p.n_own = p.n;
    add(&p, &cli_common_fields, common, p.common_given);
    if (!command->computes) { /* only --json and --help */
        p.options[p.n_own + 1] = p.options[p.n - 1];
        p.n = p.n_own + 2;
    }
    if (asks_for_help(argc, argv)) {
        cli_print_help(command, settings);
        common->help = true;
        return WIL_OK;
    }
    WIL_TRY(take_words(&p, argc, argv));
    WIL_TRY(check_paths(&p));
    return command->computes ? wil_thread_start(common->threads) : WIL_OK;
}

bool cli_given(const cli_common *common, const char *option)
{
    char name[96];
    for (wil_field_walk w = wil_fields_walk(&common->command->fields); wil_field_next(&w);)
        if (strcmp(cli_option_name(name, w.field), option) == 0)
            return common->given[w.number];
    return false;
}

wil_status cli_call(const cli_command *command, int argc, char **argv)
{
    void *settings = NULL;
    cli_common common;
    WIL_TRY(wil_alloc(&settings, 1, command->fields.size + 1));
    wil_status status = wil_fields_defaults(&command->fields, settings);
    if (status == WIL_OK)
        status = cli_parse(command, settings, argc, argv, &common);
    if (status == WIL_OK && !common.help)
        status = command->run(settings, &common);
    wil_fields_clear(&command->fields, settings);
    wil_free(settings);
    return status;
}
