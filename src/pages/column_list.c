/* Columns of scores by their names. */
#include "column_list.h"

#include <string.h>

static wil_status unknown_column(const wil_seg_results *r, const char *name)
{
    char names[WIL_SEG_MOST][48];
    const char *known[WIL_SEG_MOST];
    const int n = wil_seg_columns(&r->config);
    for (int i = 0; i < n; i++)
        known[i] = wil_seg_column(names[i], &r->config, i);
    const char *nearest = wil_nearest_word(name, known, n);
    return nearest != NULL ? wil_fail(WIL_ERR_ARG, "--columns: there is no column '%s'; did you mean '%s'?",
                                 name, nearest)
                           : wil_fail(WIL_ERR_ARG,
                                 "--columns: there is no column '%s'; the head of --csv names all", name);
}

static wil_status add_column(column_list *out, const wil_seg_results *r, const char *name)
{
    char text[48];
    WIL_REQUIRE(out->n < MOST_LISTED, WIL_ERR_ARG, "--columns names more than %d columns", MOST_LISTED);
    for (int i = 0; i < wil_seg_columns(&r->config); i++)
        if (strcmp(wil_seg_column(text, &r->config, i), name) == 0) {
            out->index[out->n] = i;
            memcpy(out->name[out->n++], text, sizeof text);
            return WIL_OK;
        }
    return unknown_column(r, name);
}

wil_status column_list_parse(column_list *out, const wil_seg_results *r, const char *list)
{
    out->n = 0;
    for (const char *at = list;; at++) {
        const size_t n = strcspn(at, ",");
        WIL_OWN(char) *name = NULL;
        WIL_TRY(wil_string_format(&name, "%.*s", (int)n, at));
        WIL_TRY(add_column(out, r, name));
        at += n;
        if (*at == '\0')
            return WIL_OK; /* "a," names an empty column, which there is none of */
    }
}
