/* Words into values, strictly: the whole word counts, and the range. */
#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static wil_status refuse(const cli_option *option, const char *kind, const char *text)
{
    if (option->min == option->max)
        return wil_fail(WIL_ERR_ARG, "%s must be %s, got '%s'", option->name, kind, text);
    return wil_fail(WIL_ERR_ARG, "%s must be %s from %.10g to %.10g, got '%s'", option->name, kind,
        option->min, option->max, text);
}

static bool in_range(const cli_option *option, double value)
{
    return option->min == option->max || (value >= option->min && value <= option->max);
}

/* strtoll and its kin skip blanks; a word that begins with one is no number. */
static bool begins_as_number(const char *text)
{
    return text[0] != '\0' && !isspace((unsigned char)text[0]);
}

static bool parse_whole(long long *out, const char *text)
{
    char *end = NULL;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return begins_as_number(text) && *end == '\0' && errno == 0;
}

/* Decimal numbers only: strtod also takes "nan", "inf" and "0x1p3". */
static bool parse_real(double *out, const char *text)
{
    char *end = NULL;
    *out = strtod(text, &end);
    return begins_as_number(text) && *end == '\0' && isfinite(*out) && strpbrk(text, "xX") == NULL;
}

static wil_status set_int(const cli_option *option, const char *text)
{
    long long value = 0;
    if (!parse_whole(&value, text) || value != (int)value || !in_range(option, (double)value))
        return refuse(option, "a whole number", text);
    *(int *)option->target = (int)value;
    return WIL_OK;
}

static wil_status set_i64(const cli_option *option, const char *text)
{
    long long value = 0;
    if (!parse_whole(&value, text) || !in_range(option, (double)value))
        return refuse(option, "a whole number", text);
    *(int64_t *)option->target = value;
    return WIL_OK;
}

static wil_status set_u64(const cli_option *option, const char *text)
{
    char *end = NULL;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 || !in_range(option, (double)value))
        return refuse(option, "a whole number of 0 or more", text);
    *(uint64_t *)option->target = value;
    return WIL_OK;
}

static wil_status set_real(const cli_option *option, const char *text)
{
    double value = 0;
    if (!parse_real(&value, text) || !in_range(option, value))
        return refuse(option, "a number", text);
    *(double *)option->target = value;
    return WIL_OK;
}

/* ---- several numbers in a word: 312x384x127 ------------------------------------------------------------ */

#define MOST_VALUES 16

/* Cuts text at 'x' or ','; false if there are more than most parts or one is no number in range. */
static bool parse_values(double *values, int *n_out, const cli_option *option, const char *text, bool whole)
{
    char part[64];
    *n_out = 0;
    for (const char *at = text;; at++) {
        const size_t n = strcspn(at, "x,");
        double value = 0;
        long long number = 0;
        if (n == 0 || n >= sizeof part || *n_out >= option->n || *n_out >= MOST_VALUES)
            return false;
        memcpy(part, at, n);
        part[n] = '\0';
        if (whole ? !parse_whole(&number, part) || number != (int)number : !parse_real(&value, part))
            return false;
        values[*n_out] = whole ? (double)number : value;
        if (!in_range(option, values[(*n_out)++]))
            return false;
        at += n;
        if (*at == '\0')
            return true;
    }
}

static wil_status set_values(const cli_option *option, const char *text)
{
    const bool whole = option->kind == CLI_INTS;
    double values[MOST_VALUES];
    char kind[64];
    int n = 0;
    const bool sound = parse_values(values, &n, option, text, whole);
    if (!sound || (option->n_given == NULL && n != 1 && n != option->n)) {
        snprintf(kind, sizeof kind, "%s %d %s joined by %s%s", option->n_given != NULL ? "1 to" : "1 or",
            option->n, whole ? "whole numbers" : "numbers", option->n_given != NULL ? "','" : "'x'",
            option->min != option->max ? ", each" : "");
        return refuse(option, kind, text);
    }
    const int n_wanted = option->n_given != NULL ? n : option->n;
    for (int i = 0; i < n_wanted; i++) {
        if (whole)
            ((int *)option->target)[i] = (int)values[n == 1 ? 0 : i];
        else
            ((double *)option->target)[i] = values[n == 1 ? 0 : i];
    }
    if (option->n_given != NULL)
        *option->n_given = n;
    return WIL_OK;
}

/* ---- words --------------------------------------------------------------------------------------------- */

static wil_status set_choice(const cli_option *option, const char *text)
{
    const size_t n = strlen(text);
    int position = 0;
    for (const char *word = option->choices; word != NULL; position++) {
        const size_t n_word = strcspn(word, "|");
        if (n_word == n && memcmp(word, text, n) == 0) {
            *(int *)option->target = position;
            return WIL_OK;
        }
        word = word[n_word] == '|' ? word + n_word + 1 : NULL;
    }
    return wil_fail(WIL_ERR_ARG, "%s must be one of %s, got '%s'", option->name, option->choices, text);
}

static wil_status set_text(const cli_option *option, const char *text)
{
    WIL_REQUIRE(text[0] != '\0', WIL_ERR_ARG, "%s is empty", option->name);
    *(const char **)option->target = text;
    return WIL_OK;
}

static wil_status add_to_list(const cli_option *option, const char *text)
{
    cli_list *list = option->target;
    WIL_REQUIRE(
        list->n < CLI_LIST_MOST, WIL_ERR_ARG, "%s is given more than %d times", option->name, CLI_LIST_MOST);
    list->items[list->n++] = text;
    return WIL_OK;
}

wil_status cli_value_set(const cli_option *option, const char *text)
{
    switch (option->kind) {
    case CLI_FLAG:
        *(bool *)option->target = true;
        return WIL_OK;
    case CLI_INT:
        return set_int(option, text);
    case CLI_I64:
        return set_i64(option, text);
    case CLI_U64:
        return set_u64(option, text);
    case CLI_REAL:
        return set_real(option, text);
    case CLI_INTS:
    case CLI_REALS:
        return set_values(option, text);
    case CLI_CHOICE:
        return set_choice(option, text);
    case CLI_LIST:
        return add_to_list(option, text);
    case CLI_TEXT:
    case CLI_INPUT:
    case CLI_OUTPUT:
    case CLI_OUTPUT_NIFTI:
    case CLI_OUTPUT_FOLDER:
        return set_text(option, text);
    }
    return wil_fail(WIL_ERR_INTERNAL, "%s: unknown kind of option", option->name);
}

/* ---- defaults as text ---------------------------------------------------------------------------------- */

static wil_status values_text(char **out, const cli_option *option)
{
    const int n = option->n_given != NULL ? *option->n_given : option->n;
    const bool whole = option->kind == CLI_INTS;
    wil_status status = wil_text_append(out, "%s", "");
    for (int i = 0; i < n && status == WIL_OK; i++) {
        const double value = whole ? ((const int *)option->target)[i] : ((const double *)option->target)[i];
        if (value == 0)
            break; /* all zero: no default */
        status = wil_text_append(out, "%s%.10g", i == 0 ? "" : option->n_given != NULL ? "," : "x", value);
    }
    return status;
}

static wil_status choice_text(char **out, const cli_option *option)
{
    const char *word = option->choices;
    for (int position = *(const int *)option->target; position > 0; position--)
        word = strchr(word, '|') + 1;
    return wil_string_format(out, "%.*s", (int)strcspn(word, "|"), word);
}

wil_status cli_value_text(char **out, const cli_option *option)
{
    const void *target = option->target;
    *out = NULL;
    switch (option->kind) {
    case CLI_INT:
        return wil_string_format(out, "%d", *(const int *)target);
    case CLI_I64:
        return wil_string_format(out, "%lld", (long long)*(const int64_t *)target);
    case CLI_U64:
        return wil_string_format(out, "%llu", (unsigned long long)*(const uint64_t *)target);
    case CLI_REAL:
        return isnan(*(const double *)target) ? wil_string_copy(out, "")
                                              : wil_string_format(out, "%.10g", *(const double *)target);
    case CLI_INTS:
    case CLI_REALS:
        return values_text(out, option);
    case CLI_CHOICE:
        return choice_text(out, option);
    case CLI_FLAG:
    case CLI_LIST:
        return wil_string_copy(out, "");
    default:
        return wil_string_copy(out, *(const char *const *)target == NULL ? "" : *(const char *const *)target);
    }
}
