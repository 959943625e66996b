#include "finding.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* vasprintf into memory of ours. */
static wil_status format_text(char **out, const char *format, va_list arguments)
{
    char *text = NULL;
    *out = NULL;
    WIL_REQUIRE(vasprintf(&text, format, arguments) >= 0, WIL_ERR_MEMORY, "out of memory for a message");
    const wil_status status = wil_string_copy(out, text);
    free(text);
    return status;
}

/* Takes *text over. */
static wil_status add_taken(finding_list *list, int subject, wil_finding_level level, char **text)
{
    WIL_TRY(wil_grow((void **)&list->items, &list->capacity, (size_t)list->n + 1, sizeof *list->items));
    wil_finding *added = &list->items[list->n++];
    *added = (wil_finding){.subject = subject, .level = level};
    return wil_give(&added->text, text);
}

wil_status finding_add(finding_list *list, int subject, wil_finding_level level, const char *format, ...)
{
    WIL_OWN(char) *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    const wil_status status = format_text(&text, format, arguments);
    va_end(arguments);
    WIL_TRY(status);
    return add_taken(list, subject, level, &text);
}

void finding_list_clear(finding_list *list)
{
    for (int i = 0; i < list->n; i++)
        wil_free(list->items[i].text);
    wil_free(list->items);
    memset(list, 0, sizeof *list);
}

wil_status cohort_reader_problem(cohort_reader *reader, int subject, const char *format, ...)
{
    WIL_OWN(char) *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    const wil_status status = format_text(&text, format, arguments);
    va_end(arguments);
    WIL_TRY(status);
    if (reader->findings != NULL)
        return add_taken(reader->findings, subject, WIL_FINDING_ERROR, &text);
    return wil_fail(WIL_ERR_INPUT, "%s", text);
}

wil_status cohort_reader_skip(cohort_reader *reader, const char *format, ...)
{
    wil_cohort *cohort = reader->cohort;
    WIL_OWN(char) *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    const wil_status status = format_text(&text, format, arguments);
    va_end(arguments);
    WIL_TRY(status);
    if (reader->findings != NULL)
        WIL_TRY(finding_add(reader->findings, -1, WIL_FINDING_NOTE, "%s", text));
    WIL_TRY(wil_grow((void **)&cohort->skipped, &cohort->skipped_capacity, (size_t)cohort->n_skipped + 1,
        sizeof *cohort->skipped));
    return wil_give(&cohort->skipped[cohort->n_skipped++], &text);
}
