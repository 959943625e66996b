#include "config_internal.h"

#include <string.h>

#define MOST_KEYS 512

const wil_config_key *config_key_find(const wil_config_key *keys, int n_keys, const char *name)
{
    const char *names[MOST_KEYS];
    const int n = n_keys < MOST_KEYS ? n_keys : MOST_KEYS;
    for (int i = 0; i < n; i++) {
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
        names[i] = keys[i].name;
    }
    const char *near = wil_nearest_word(name, names, n);
    if (near != NULL)
        (void)wil_fail(WIL_ERR_ARG, "unknown key '%s'; did you mean '%s'?", name, near);
    else
        (void)wil_fail(WIL_ERR_ARG, "unknown key '%s'; 'willis config defaults' lists all keys", name);
    return NULL;
}

wil_status wil_config_defaults(void *config, const wil_config_key *keys, int n_keys)
{
    for (int i = 0; i < n_keys; i++) /* all of them first: after a failure the strings can be freed */
        if (keys[i].type == WIL_CONFIG_STRING)
            *(char **)((char *)config + keys[i].offset) = NULL;
    for (int i = 0; i < n_keys; i++)
        WIL_TRY(config_value_set(config, &keys[i], keys[i].default_text));
    return WIL_OK;
}

wil_status wil_config_set(void *config, const wil_config_key *keys, int n_keys, const char *assignment)
{
    const char *equals = strchr(assignment, '=');
    WIL_REQUIRE(equals != NULL && equals > assignment, WIL_ERR_ARG,
        "'%s': expected key=value, as in gan.filters=32", assignment);
    char *name = NULL;
    WIL_TRY(wil_string_format(&name, "%.*s", (int)(equals - assignment), assignment));
    const wil_config_key *key = config_key_find(keys, n_keys, name);
    wil_free(name);
    return key == NULL ? WIL_ERR_ARG : config_value_set(config, key, equals + 1);
}

void wil_config_clear(void *config, const wil_config_key *keys, int n_keys)
{
    for (int i = 0; i < n_keys; i++) {
        if (keys[i].type != WIL_CONFIG_STRING)
            continue;
        char **place = (char **)((char *)config + keys[i].offset);
        wil_free(*place);
        *place = NULL;
    }
}

/* A text that YAML would read as something else, or not at all, stands in double quotes. */
static wil_status append_text_value(char **out, const char *value)
{
    WIL_TRY(wil_text_append(out, "\""));
    for (const char *c = value; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == '\x7f')
            WIL_TRY(wil_text_append(out, "\\x%02x", (unsigned)*c));
        else
            WIL_TRY(wil_text_append(out, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c));
    }
    return wil_text_append(out, "\"");
}

static wil_status append_key(char **out, const void *config, const wil_config_key *key, const char *section)
{
    const size_t n = strlen(section);
    char *value = NULL;
    WIL_TRY(config_value_text(&value, config, key));
    wil_status status =
        wil_text_append(out, "%s%s: ", n > 0 ? "  " : "", n > 0 ? key->name + n + 1 : key->name);
    if (status == WIL_OK)
        status = key->type == WIL_CONFIG_STRING ? append_text_value(out, value)
                                                : wil_text_append(out, "%s", value);
    wil_free(value);
    if (status == WIL_OK && key->type == WIL_CONFIG_CHOICE)
        status = wil_text_append(out, "  # %s: %s", key->choices, key->help);
    else if (status == WIL_OK && key->help[0] != '\0')
        status = wil_text_append(out, "  # %s", key->help);
    return status != WIL_OK ? status : wil_text_append(out, "\n");
}

static wil_status append_keys(char **out, const void *config, const wil_config_key *keys, int n_keys)
{
    char section[64] = "";
    for (int i = 0; i < n_keys; i++) {
        const char *dot = strchr(keys[i].name, '.');
        const size_t n = dot == NULL ? 0 : (size_t)(dot - keys[i].name);
        if (n > 0 && (strlen(section) != n || strncmp(section, keys[i].name, n) != 0)) {
            snprintf(section, sizeof section, "%.*s", (int)n, keys[i].name);
            WIL_TRY(wil_text_append(out, "%s%s:\n", i > 0 ? "\n" : "", section));
        }
        WIL_TRY(append_key(out, config, &keys[i], n > 0 ? section : ""));
    }
    return WIL_OK;
}

wil_status wil_config_text(char **out, const void *config, const wil_config_key *keys, int n_keys)
{
    *out = NULL;
    const wil_status status = append_keys(out, config, keys, n_keys);
    if (status != WIL_OK) {
        wil_free(*out);
        *out = NULL;
    }
    return status;
}
