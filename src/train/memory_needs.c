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
    WIL_OWN(char) *text = NULL;
    *total_out = 0;
    for (int i = 0; i < n_needs; i++) {
        if (needs[i].bytes == 0)
            continue;
        const char *before = text == NULL ? "" : ", ";
        WIL_TRY(wil_text_append(&text, "%s%s %s", before, needs[i].what, size_text(size, needs[i].bytes)));
        *total_out += needs[i].bytes;
    }
    return wil_give(out, &text);
}

wil_status memory_check_against(
    const memory_need *needs, int n_needs, size_t available, const char *advice, const wil_monitor *monitor)
{
    WIL_OWN(char) *text = NULL;
    char has[32];
    char wants[32];
    size_t total = 0;
    WIL_TRY(needs_text(&text, &total, needs, n_needs));
    WIL_REQUIRE(total <= available, WIL_ERR_ARG, "training needs %s of memory (%s), but %s are available; %s",
        size_text(wants, total), text, size_text(has, available), advice);
    if (available == SIZE_MAX)
        wil_monitor_info(monitor, "memory: %s", text);
    else
        wil_monitor_info(monitor, "memory: %s; %s available", text, size_text(has, available));
    return WIL_OK;
}

wil_status memory_check(const memory_need *needs, int n_needs, const char *advice, const wil_monitor *monitor)
{
    return memory_check_against(needs, n_needs, wil_memory_available_bytes(), advice, monitor);
}
