#include "willis/base.h"

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
    WIL_TRY(wil_file_read(path, &text, &n));
    *out = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
    wil_free(text);
    WIL_REQUIRE(
        *out != NULL, WIL_ERR_INPUT, "%s:%d:%d: not JSON: %s", path, error.line, error.column, error.text);
    return WIL_OK;
}
