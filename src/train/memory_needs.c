#include "memory_needs.h"

#define MIB 1048576.0
#define GIB (1024 * MIB)

size_t memory_of_values(const wil_params *params)
{
    size_t n = 0;
    for (int i = 0; i < wil_params_count(params); i++)
        n += (size_t)wil_shape_count(wil_params_at(params, i)->shape);
    return n * sizeof(float);
}

/* "210 MiB", "21.3 GiB" */
static const char *size_text(char out[32], size_t bytes)
{
    if ((double)bytes < 10 * GIB)
        snprintf(out, 32, "%.0f MiB", (double)bytes / MIB);
    else
        snprintf(out, 32, "%.1f GiB", (double)bytes / GIB);
    return out;
}

static wil_status needs_text(char **out, size_t *total_out, const memory_need *needs, int n_needs)
{
    char size[32];
    size_t total = 0;
    *out = NULL;
    for (int i = 0; i < n_needs; i++) {
        if (needs[i].bytes == 0)
            continue;
        const char *before = *out == NULL ? "" : ", ";
        const wil_status status =
            wil_text_append(out, "%s%s %s", before, needs[i].what, size_text(size, needs[i].bytes));
        if (status != WIL_OK) {
            wil_free(*out);
            *out = NULL;
            return status;
        }
        total += needs[i].bytes;
    }
    *total_out = total;
    return WIL_OK;
}

wil_status memory_check_against(
    const memory_need *needs, int n_needs, size_t available, const char *advice, const wil_monitor *monitor)
{
    char *text = NULL;
    char has[32];
    char wants[32];
    size_t total = 0;
    WIL_TRY(needs_text(&text, &total, needs, n_needs));
    wil_status status = WIL_OK;
    if (total > available)
        status = wil_fail(WIL_ERR_ARG, "training needs %s of memory (%s), but %s are available; %s",
            size_text(wants, total), text, size_text(has, available), advice);
    else if (available == SIZE_MAX)
        wil_monitor_info(monitor, "memory: %s", text);
    else
        wil_monitor_info(monitor, "memory: %s; %s available", text, size_text(has, available));
    wil_free(text);
    return status;
}

wil_status memory_check(const memory_need *needs, int n_needs, const char *advice, const wil_monitor *monitor)
{
    return memory_check_against(needs, n_needs, wil_memory_available_bytes(), advice, monitor);
}
