#include "config_internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void *field(void *config, const wil_config_key *key)
{
    return (char *)config + key->offset;
}

static const void *const_field(const void *config, const wil_config_key *key)
{
    return (const char *)config + key->offset;
}

/* "from 1 to 1024" or "of 1 or more" into text. */
static const char *range_text(const wil_config_key *key, char *text, size_t n)
{
    if (key->min == key->max)
        text[0] = '\0';
    else
        snprintf(text, n, " from %.10g to %.10g", key->min, key->max);
    return text;
}

static wil_status refuse(const wil_config_key *key, const char *kind, const char *text)
{
    char range[80];
    return wil_fail(WIL_ERR_ARG, "%s must be a %s%s, got '%s'", key->name, kind,
        range_text(key, range, sizeof range), text);
}

static bool out_of_range(const wil_config_key *key, double value)
{
    return key->min != key->max && !(value >= key->min && value <= key->max);
}

static wil_status set_int(void *config, const wil_config_key *key, const char *text)
{
    char *end = NULL;
    errno = 0;
    const long long value = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || value != (int)value || out_of_range(key, (double)value))
        return refuse(key, "whole number", text);
    if (key->choices != NULL && key->choices[0] == '%') {
        const int step = atoi(key->choices + 1);
        WIL_REQUIRE(
            value % step == 0, WIL_ERR_ARG, "%s must be a multiple of %d, got %lld", key->name, step, value);
    }
    *(int *)field(config, key) = (int)value;
    return WIL_OK;
}

static wil_status set_u64(void *config, const wil_config_key *key, const char *text)
{
    char *end = NULL;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || strchr(text, '-') != NULL ||
        out_of_range(key, (double)value))
        return refuse(key, "whole number of 0 or more", text);
    *(uint64_t *)field(config, key) = value;
    return WIL_OK;
}

static wil_status set_real(void *config, const wil_config_key *key, const char *text)
{
    char *end = NULL;
    const double value = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(value) || out_of_range(key, value))
        return refuse(key, "number", text);
    *(double *)field(config, key) = value;
    return WIL_OK;
}

static wil_status set_bool(void *config, const wil_config_key *key, const char *text)
{
    const bool yes = strcmp(text, "true") == 0;
    WIL_REQUIRE(yes || strcmp(text, "false") == 0, WIL_ERR_ARG, "%s must be true or false, got '%s'",
        key->name, text);
    *(bool *)field(config, key) = yes;
    return WIL_OK;
}

static wil_status set_string(void *config, const wil_config_key *key, const char *text)
{
    char *copy = NULL;
    WIL_TRY(wil_string_copy(&copy, text));
    char **place = field(config, key);
    wil_free(*place);
    *place = copy;
    return WIL_OK;
}

static wil_status set_choice(void *config, const wil_config_key *key, const char *text)
{
    const size_t n = strlen(text);
    int position = 0;
    for (const char *word = key->choices; word != NULL; position++) {
        const char *bar = strchr(word, '|');
        const size_t n_word = bar == NULL ? strlen(word) : (size_t)(bar - word);
        if (n_word == n && memcmp(word, text, n) == 0) {
            *(int *)field(config, key) = position;
            return WIL_OK;
        }
        word = bar == NULL ? NULL : bar + 1;
    }
    return wil_fail(WIL_ERR_ARG, "%s must be one of %s, got '%s'", key->name, key->choices, text);
}

wil_status config_value_set(void *config, const wil_config_key *key, const char *text)
{
    static wil_status (*const set[])(void *, const wil_config_key *, const char *) = {
        [WIL_CONFIG_INT] = set_int,
        [WIL_CONFIG_U64] = set_u64,
        [WIL_CONFIG_REAL] = set_real,
        [WIL_CONFIG_BOOL] = set_bool,
        [WIL_CONFIG_STRING] = set_string,
        [WIL_CONFIG_CHOICE] = set_choice,
    };
    return set[key->type](config, key, text);
}

static wil_status choice_text(char **out, const wil_config_key *key, int position)
{
    const char *word = key->choices;
    for (; position > 0; position--)
        word = strchr(word, '|') + 1;
    return wil_string_format(out, "%.*s", (int)strcspn(word, "|"), word);
}

/* The shortest decimal that reads back as the same number. */
static wil_status real_text(char **out, double value)
{
    char text[64];
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return wil_string_copy(out, text);
}

wil_status config_value_text(char **out, const void *config, const wil_config_key *key)
{
    const void *place = const_field(config, key);
    switch (key->type) {
    case WIL_CONFIG_INT:
        return wil_string_format(out, "%d", *(const int *)place);
    case WIL_CONFIG_U64:
        return wil_string_format(out, "%llu", (unsigned long long)*(const uint64_t *)place);
    case WIL_CONFIG_REAL:
        return real_text(out, *(const double *)place);
    case WIL_CONFIG_BOOL:
        return wil_string_copy(out, *(const bool *)place ? "true" : "false");
    case WIL_CONFIG_STRING:
        return wil_string_copy(out, *(char *const *)place == NULL ? "" : *(char *const *)place);
    case WIL_CONFIG_CHOICE:
        return choice_text(out, key, *(const int *)place);
    }
    return wil_fail(WIL_ERR_INTERNAL, "%s: unknown kind of value", key->name);
}
