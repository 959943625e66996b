/* The BIDS sidecar of a series, and lists of times in it. */
#include "dsc_sidecar.h"

#include <string.h>

/* <series without .nii or .nii.gz>.json, if it exists; *out is NULL otherwise. */
static wil_status sidecar_beside(char **out, const char *series_path)
{
    size_t n = strlen(series_path);
    *out = NULL;
    if (n > 3 && strcmp(series_path + n - 3, ".gz") == 0)
        n -= 3;
    if (n > 4 && strncmp(series_path + n - 4, ".nii", 4) == 0)
        n -= 4;
    WIL_OWN(char) *name = NULL;
    WIL_TRY(wil_string_format(&name, "%.*s.json", (int)n, series_path));
    return wil_file_exists(name) ? wil_give(out, &name) : WIL_OK;
}

wil_status sidecar_load(json_t **out, char **path_out, const char *series_path, const char *sidecar_path)
{
    *out = NULL;
    *path_out = NULL;
    if (sidecar_path != NULL)
        WIL_TRY(wil_string_format(path_out, "%s", sidecar_path));
    else if (series_path != NULL)
        WIL_TRY(sidecar_beside(path_out, series_path));
    return *path_out == NULL ? WIL_OK : wil_json_load(out, *path_out);
}

wil_status sidecar_times(double **out, int *n_out, const json_t *sidecar, const char *key, const char *path)
{
    const json_t *list = json_object_get(sidecar, key);
    WIL_OWN(double) *times = NULL;
    *out = NULL;
    *n_out = 0;
    if (list == NULL)
        return WIL_OK;
    const size_t n = json_array_size(list);
    WIL_REQUIRE(n > 0, WIL_ERR_INPUT, "%s: %s is not a list of times in seconds", path, key);
    WIL_TRY(wil_alloc_f64(&times, n));
    for (size_t i = 0; i < n; i++) {
        const json_t *value = json_array_get(list, i);
        times[i] = json_number_value(value);
        WIL_REQUIRE(json_is_number(value) && times[i] >= 0, WIL_ERR_INPUT,
            "%s: %s has an entry (number %zu) that is no time in seconds", path, key, i);
    }
    *n_out = (int)n;
    return wil_give(out, &times);
}
