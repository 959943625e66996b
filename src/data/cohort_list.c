/* Cohorts as lists of subjects. */
#include "finding.h"

#include <string.h>

static const char *const SPLIT_NAMES[] = {"train", "val", "test", "none"};

const char *wil_split_name(wil_split split)
{
    return SPLIT_NAMES[split];
}

bool cohort_split_parse(wil_split *out, const char *word)
{
    *out = WIL_SPLIT_NONE;
    if (word[0] == '\0' || strcmp(word, "n/a") == 0)
        return true;
    for (int i = 0; i <= WIL_SPLIT_NONE; i++) {
        if (strcmp(word, SPLIT_NAMES[i]) == 0) {
            *out = (wil_split)i;
            return true;
        }
    }
    return false;
}

/* Ids name files and stand in tables and messages. */
static bool is_plain(const char *id)
{
    for (const unsigned char *c = (const unsigned char *)id; *c != '\0'; c++)
        if (*c < ' ' || *c == 0x7f || *c == '"')
            return false;
    return true;
}

wil_status cohort_reader_add(cohort_reader *reader, const char *id)
{
    WIL_REQUIRE(is_plain(id), WIL_ERR_INPUT,
        "%s: '%s' cannot be the name of a subject: it holds a quote or a control character",
        reader->cohort->source, id);
    wil_cohort *cohort = reader->cohort;
    WIL_TRY(wil_grow((void **)&cohort->subjects, &reader->capacity, (size_t)cohort->n_subjects + 1,
        sizeof *cohort->subjects));
    wil_subject *subject = &cohort->subjects[cohort->n_subjects];
    memset(subject, 0, sizeof *subject);
    subject->split = WIL_SPLIT_NONE;
    WIL_TRY(wil_string_copy(&subject->id, id));
    cohort->n_subjects++;
    return WIL_OK;
}

void wil_cohort_set_rule(wil_cohort *cohort, const wil_mask_rule *rule)
{
    for (int i = 0; i < cohort->n_subjects; i++)
        cohort->subjects[i].rule = rule;
}

void wil_cohort_clear(wil_cohort *cohort)
{
    for (int i = 0; i < cohort->n_subjects; i++) {
        wil_subject *subject = &cohort->subjects[i];
        wil_free(subject->id);
        wil_free(subject->image);
        wil_free(subject->label);
        wil_free(subject->mask);
    }
    wil_free(cohort->subjects);
    for (int i = 0; i < cohort->n_skipped; i++)
        wil_free(cohort->skipped[i]);
    wil_free(cohort->skipped);
    wil_free(cohort->source);
    memset(cohort, 0, sizeof *cohort);
}

int wil_cohort_count(const wil_cohort *cohort, wil_split split)
{
    int n = 0;
    for (int i = 0; i < cohort->n_subjects; i++)
        n += cohort->subjects[i].split == split;
    return n;
}

void wil_cohort_tell(const wil_cohort *cohort, const wil_monitor *monitor)
{
    for (int i = 0; i < cohort->n_skipped; i++)
        wil_monitor_warn(monitor, "%s", cohort->skipped[i]);
}
