/* JSON files, and values that JSON has no number for. */
#include "willis/base.h"

#include <math.h>

#include <stdlib.h>
#include <string.h>

/* Jansson leaves out what it has no memory for, or calls a text wrong that it could not read. So it takes its
 * memory here, where a refusal is remembered by the thread until it is asked about. */
static _Thread_local bool refused;

static void *take(size_t n)
{
    void *memory = malloc(n);
    refused = refused || memory == NULL;
    return memory;
}

__attribute__((constructor)) static void watch_jansson(void)
{
    json_set_alloc_funcs(take, free); /* what was taken before is given back alike */
}

static wil_status check_memory(const char *what)
{
    const bool missing = refused;
    refused = false;
    WIL_REQUIRE(!missing, WIL_ERR_MEMORY, "%s: out of memory for its JSON", what);
    return WIL_OK;
}

wil_status wil_json_format(char **out, const json_t *value, size_t flags, const char *name)
{
    *out = json_dumps(value, flags);
    const wil_status status = check_memory(name);
    if (status != WIL_OK) {
        free(*out);
        *out = NULL;
        return status;
    }
    WIL_REQUIRE(
        *out != NULL, WIL_ERR_INTERNAL, "%s: this value cannot be written as JSON (a NaN in it?)", name);
    return WIL_OK;
}

wil_status wil_json_save(const json_t *value, const char *path)
{
    WIL_OWN(char) *text = NULL, *lines = NULL;
    WIL_TRY(wil_json_format(&text, value, WIL_JSON_PRETTY, path));
    WIL_TRY(wil_string_format(&lines, "%s\n", text));
    return wil_file_write(path, lines, strlen(lines));
}

wil_status wil_json_parse(json_t **out, const char *text, size_t n, const char *name)
{
    json_error_t error;
    *out = NULL;
    refused = false;
    WIL_OWN(json_t) *read = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
    WIL_TRY(check_memory(name)); /* even of what was read: a text may lack a letter */
    if (read != NULL)
        return wil_give(out, &read);
    return wil_fail(WIL_ERR_INPUT, "%s:%d:%d: not JSON: %s", name, error.line, error.column, error.text);
}

wil_status wil_json_load(json_t **out, const char *path)
{
    WIL_OWN(char) *text = NULL;
    size_t n = 0;
    *out = NULL;
    WIL_TRY(wil_file_read_most(path, WIL_JSON_MOST, &text, &n));
    return wil_json_parse(out, text, n, path);
}

json_t *wil_json_real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

/* Names of files may be in any encoding, JSON is not. */
json_t *wil_json_text(const char *text)
{
    char *copy = NULL;
    if (text == NULL)
        return json_null();
    json_t *value = json_string(text);
    if (value != NULL || wil_string_copy(&copy, text) != WIL_OK)
        return value;
    for (char *c = copy; *c != '\0'; c++)
        if ((unsigned char)*c >= 128)
            *c = '?';
    value = json_string(copy);
    wil_free(copy);
    return value;
}

json_t *wil_json_u64(uint64_t value)
{
    char text[24];
    if (value <= INT64_MAX)
        return json_integer((json_int_t)value);
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    return json_string(text);
}
