/* The settings of a run against those it is to be resumed with: what may change says the table of fields. */
#include <string.h>

#include "run_folder.h"

static wil_status compare(const wil_run_config *now, const wil_run_config *before, const wil_field_walk *w,
    const wil_monitor *monitor)
{
    WIL_OWN(char) *is = NULL;
    WIL_OWN(char) *was = NULL;
    WIL_TRY(wil_field_text(&is, w->field, (const char *)now + w->offset));
    WIL_TRY(wil_field_text(&was, w->field, (const char *)before + w->offset));
    if (strcmp(is, was) == 0)
        return WIL_OK;
    WIL_REQUIRE(w->field->on_resume != WIL_RESUME_REFUSED, WIL_ERR_ARG,
        "%s: this run was started with %s = %s and cannot be continued with %s; put that back, or start "
        "anew in another run.output",
        now->output, w->name, was, is);
    const char *quote = w->field->type == WIL_TEXT ? "\"" : "";
    wil_monitor_warn(monitor, "%s: %s was %s%s%s and is %s%s%s from here on", now->output, w->name, quote,
        was, quote, quote, is, quote);
    return WIL_OK;
}

wil_status run_config_compare(const wil_run_config *config, const wil_monitor *monitor)
{
    WIL_OWN(char) *path = NULL;
    WIL_OWN(wil_run_config) before = {0};
    WIL_TRY(wil_path_join(&path, config->output, "config.yaml"));
    const wil_status status = wil_run_config_load(&before, path, NULL, 0);
    if (status == WIL_ERR_INPUT || status == WIL_ERR_ARG) {
        /* the checkpoints say themselves whether they fit */
        wil_monitor_warn(monitor, "the run's former settings are not known: %s", wil_status_message());
        return WIL_OK;
    }
    WIL_TRY(status);
    for (wil_field_walk w = wil_fields_walk(&wil_run_fields); wil_field_next(&w);)
        if (w.field->on_resume != WIL_RESUME_FREE && wil_run_section_used(config, w.section))
            WIL_TRY(compare(config, &before, &w, monitor));
    return WIL_OK;
}
