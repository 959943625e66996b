/* Refusals that a table of fields generates: each of its fields is given what it cannot take, by whatever way
 * values come (an assignment, a file, an option), and the sentence names the field, the range and the value.
 */
#ifndef WILLIS_TEST_REFUSALS_H
#define WILLIS_TEST_REFUSALS_H

#include <math.h>

#include "outcome.h"
#include "willis/base_fields.h"

/* How one value comes to its place. */
typedef struct refusal_way {
    wil_status (*give)(void *context, const wil_field_walk *w, const char *text);
    void (*name)(char name[128], const wil_field_walk *w); /* what messages call it; NULL: w->name */
    wil_status status;                                     /* that a refusal has */
    void *context;
    int n_refused, n_taken; /* counted here */
} refusal_way;

static inline void check_refused(refusal_way *way, const wil_field_walk *w, const char *text)
{
    char name[128];
    char words[160];
    if (way->name != NULL)
        way->name(name, w);
    else
        snprintf(name, sizeof name, "%s", w->name);
    if (way->give(way->context, w, text) != way->status)
        fail_msg("%s took '%s', or refused it otherwise: %s", name, text, wil_status_message());
    SAYS(wil_status_message(), name);
    if (text[0] != '\0' || w->field->type < WIL_TEXT) {
        snprintf(words, sizeof words, "got '%s'", text);
        SAYS(wil_status_message(), words);
    }
    if (w->field->type < WIL_CHOICE && w->field->min != w->field->max)
        SAYS(wil_status_message(), wil_field_range(words, w->field));
    if (w->field->type == WIL_CHOICE)
        SAYS(wil_status_message(), wil_field_choices(words, w->field));
    way->n_refused++;
}

static inline void check_taken(refusal_way *way, const wil_field_walk *w, const char *text)
{
    const wil_status status = way->give(way->context, w, text);
    if (status != WIL_OK)
        fail_msg("%s did not take '%s': %s", w->name, text, wil_status_message());
    way->n_taken++;
}

/* Both ends of the range, and what lies just beyond them. */
static inline void check_ends(refusal_way *way, const wil_field_walk *w)
{
    const wil_field *f = w->field;
    const bool whole = f->type != WIL_REAL && f->type != WIL_REALS;
    const double ends[2] = {f->min, f->max};
    for (int i = 0; i < 2 && f->min != f->max; i++) {
        char text[40];
        const bool open = f->open & (i == 0 ? WIL_OPEN_MIN : WIL_OPEN_MAX);
        const double away = i == 0 ? -1 : 1;
        const double step = whole ? fmax(1, ceil(fabs(ends[i]) * 1e-6)) : (1 + fabs(ends[i])) * 1e-6;
        const double beyond = open ? ends[i] : ends[i] + away * step;
        if (!isfinite(ends[i]))
            continue;
        snprintf(text, sizeof text, whole ? "%.0f" : "%.17g", beyond);
        if (beyond != 0 || f->initial == NULL || f->initial[0] != '\0') /* where 0 says none */
            check_refused(way, w, text);
        snprintf(text, sizeof text, whole ? "%.0f" : "%.17g", ends[i]);
        if (!open)
            check_taken(way, w, text);
    }
}

static inline void check_number(refusal_way *way, const wil_field_walk *w)
{
    static const char *const wrong[] = {"many", "3x", "3.0.0", "0x10", "0x1p-1", "nan", "NAN", "inf", "-inf",
        "1e999", "+1", "1,,2", "99999999999999999999999", "--1"};
    static const char *const no_whole[] = {"1.5", "1e1", "."};
    const wil_field *f = w->field;
    const bool whole = f->type != WIL_REAL && f->type != WIL_REALS;
    const bool none = f->initial != NULL && f->initial[0] == '\0';
    const bool is_auto = f->initial != NULL && strcmp(f->initial, "auto") == 0;
    const double sound = f->min == f->max ? 1 : f->open || isinf(f->max) ? f->min + 0.5 : f->max;
    char text[64];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (strcmp(wrong[i], "99999999999999999999999") != 0 || whole)
            check_refused(way, w, wrong[i]);
    for (size_t i = 0; whole && i < sizeof no_whole / sizeof *no_whole; i++)
        check_refused(way, w, no_whole[i]);
    for (int i = 0; i < 3; i++) {
        snprintf(text, sizeof text, i == 0 ? " %.10g" : i == 1 ? "%.10g " : "%.10g\t", sound);
        check_refused(way, w, text);
    }
    if (!none)
        check_refused(way, w, "");
    if (!is_auto)
        check_refused(way, w, "auto");
    else
        check_taken(way, w, "auto");
    if (f->type == WIL_INT) /* 1 in the low half of 64 bits */
        check_refused(way, w, "4294967297");
    if (f->type == WIL_U64)
        check_refused(way, w, "-1");
    if (f->n > 1)
        check_refused(way, w, "1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1");
    check_ends(way, w);
}

static inline void check_field_refusals(refusal_way *way, const wil_field_walk *w)
{
    const wil_field *f = w->field;
    char words[160];
    if (f->type == WIL_BOOL) {
        check_refused(way, w, "yes");
        check_refused(way, w, "True");
        check_refused(way, w, "");
    } else if (f->type < WIL_CHOICE) {
        check_number(way, w);
    } else if (f->type == WIL_CHOICE) {
        check_refused(way, w, "no-such-word");
        check_refused(way, w, "");
        if (f->choices[1] != NULL)
            check_refused(way, w, wil_field_choices(words, f));
        for (int i = 0; f->choices[i] != NULL; i++)
            check_taken(way, w, f->choices[i]);
    } else if (f->type < WIL_LIST && (f->initial == NULL || f->initial[0] != '\0')) {
        check_refused(way, w, "");
    }
}

/* All of a table, each with defaults that can be had; how many were refused. */
static inline void check_all_refusals(refusal_way *way, const wil_fields *fields)
{
    for (wil_field_walk w = wil_fields_walk(fields); wil_field_next(&w);)
        check_field_refusals(way, &w);
}

#endif
