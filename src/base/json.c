/* JSON files, and values that JSON has no number for. */
#include "willis/base.h"

#include <math.h>

#include <stdlib.h>
#include <string.h>

wil_status wil_json_save(const json_t *value, const char *path)
{
    char *text = json_dumps(value, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12));
    char *lines = NULL;
    WIL_REQUIRE(
        text != NULL, WIL_ERR_INTERNAL, "%s: this value cannot be written as JSON (a NaN in it?)", path);
    wil_status status = wil_string_format(&lines, "%s\n", text);
    if (status == WIL_OK)
        status = wil_file_write(path, lines, strlen(lines));
    wil_free(lines);
    free(text);
    return status;
}

wil_status wil_json_load(json_t **out, const char *path)
{
    char *text = NULL;
    size_t n = 0;
    json_error_t error;
    *out = NULL;
    WIL_TRY(wil_file_read_most(path, WIL_JSON_MOST, &text, &n));
    *out = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
    wil_free(text);
    WIL_REQUIRE(
        *out != NULL, WIL_ERR_INPUT, "%s:%d:%d: not JSON: %s", path, error.line, error.column, error.text);
    return WIL_OK;
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
