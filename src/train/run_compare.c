/* The settings of a run against those it is to be resumed with. */
#include <string.h>

#include "run_folder.h"
#include "willis/train.h"

typedef enum change { CHANGE_REFUSED, CHANGE_REPORTED, CHANGE_FREE } change;

/* Of settings that stand in neither list a change is reported. */
static const char *const REFUSED[] = {"study.kind", "gan.model", "gan.filters", "gan.latent", "unet.filters",
    "unet.levels", "unet.batch", "unet.patches_per_epoch"};
static const char *const FREE[] = {"study.output", "study.threads", "study.checkpoint_every",
    "study.sample_every", "study.log_every", "engine.recompute", "engine.precision", "gan.steps",
    "unet.epochs"};

static bool is_listed(const char *name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static change kind_of_change(const wil_config_key *key, int kind)
{
    if (!wil_run_key_is_used(key, kind))
        return CHANGE_FREE;
    if (is_listed(key->name, REFUSED, sizeof REFUSED / sizeof *REFUSED))
        return CHANGE_REFUSED;
    return is_listed(key->name, FREE, sizeof FREE / sizeof *FREE) ? CHANGE_FREE : CHANGE_REPORTED;
}

/* One value as it stands in a study file, of which a table of one key gives "section:\n  key: value  # help".
 */
static wil_status value_text(char **out, const wil_run_config *config, const wil_config_key *key)
{
    char *text = NULL;
    WIL_TRY(wil_config_text(&text, config, key, 1));
    const char *value = strchr(strchr(text, '\n'), ':') + 2;
    const char *end = value + strcspn(value, "\n");
    for (const char *mark = strstr(value, "  # "); mark != NULL; mark = strstr(mark + 1, "  # "))
        end = mark;
    const wil_status status = wil_string_format(out, "%.*s", (int)(end - value), value);
    wil_free(text);
    return status;
}

static wil_status compare_key(const wil_run_config *now, const wil_run_config *before,
    const wil_config_key *key, const wil_monitor *monitor)
{
    const change kind = kind_of_change(key, now->kind);
    char *is = NULL;
    char *was = NULL;
    if (kind == CHANGE_FREE)
        return WIL_OK;
    wil_status status = value_text(&is, now, key);
    if (status == WIL_OK)
        status = value_text(&was, before, key);
    const bool changed = status == WIL_OK && strcmp(is, was) != 0;
    if (changed && kind == CHANGE_REFUSED)
        status = wil_fail(WIL_ERR_ARG,
            "%s: this run was started with %s = %s and cannot be continued with %s; put that back, or start "
            "anew in another study.output",
            now->output, key->name, was, is);
    else if (changed)
        wil_monitor_warn(monitor, "%s: %s was %s and is %s from here on", now->output, key->name, was, is);
    wil_free(is);
    wil_free(was);
    return status;
}

wil_status run_config_compare(const wil_run_config *config, const wil_monitor *monitor)
{
    int n_keys = 0;
    const wil_config_key *keys = wil_run_config_keys(&n_keys);
    wil_run_config before;
    char *path = NULL;
    WIL_TRY(wil_path_join(&path, config->output, "config.yaml"));
    wil_status status = wil_run_config_load(&before, path, NULL, 0);
    wil_free(path);
    if (status == WIL_ERR_INPUT || status == WIL_ERR_ARG) {
        /* the checkpoints say themselves whether they fit */
        wil_monitor_warn(monitor, "the run's former settings are not known: %s", wil_status_message());
        return WIL_OK;
    }
    WIL_TRY(status);
    for (int i = 0; i < n_keys && status == WIL_OK; i++)
        status = compare_key(config, &before, &keys[i], monitor);
    wil_run_config_clear(&before);
    return status;
}
