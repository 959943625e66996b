/* `willis cohort check`: subject by subject, then what only shows between subjects. */
#include "check_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SPACING_TOLERANCE 0.2 /* of the cohort's median */

/* Median spacing of the readable scans along each axis; false if there are fewer than 3, which tell nothing.
 */
static wil_status median_spacing(double out[3], bool *known_out, const wil_subject_facts *facts, int n)
{
    WIL_OWN(double) *values = NULL;
    WIL_TRY(wil_alloc_f64(&values, (size_t)n));
    int n_read = 0;
    for (int axis = 0; axis < 3; axis++) {
        n_read = 0;
        for (int i = 0; i < n; i++)
            if (facts[i].readable)
                values[n_read++] = facts[i].spacing_mm[axis];
        if (n_read > 0)
            qsort(values, (size_t)n_read, sizeof *values, wil_compare_doubles);
        out[axis] = n_read > 0 ? values[n_read / 2] : 0;
    }
    *known_out = n_read >= 3;
    return WIL_OK;
}

static wil_status check_spacings(
    finding_list *findings, const wil_cohort *cohort, const wil_subject_facts *facts)
{
    double median[3];
    bool known = false;
    WIL_TRY(median_spacing(median, &known, facts, cohort->n_subjects));
    for (int i = 0; i < cohort->n_subjects && known; i++) {
        const double *mm = facts[i].spacing_mm;
        bool odd = false;
        for (int axis = 0; axis < 3; axis++)
            odd = odd || fabs(mm[axis] - median[axis]) > SPACING_TOLERANCE * median[axis];
        if (facts[i].readable && odd)
            WIL_TRY(finding_add(findings, i, WIL_FINDING_WARNING,
                "%s: voxels of %.3gx%.3gx%.3g mm differ by more than %.0f %% from the cohort's median of "
                "%.3gx%.3gx%.3g mm; vessels will show at another size in its patches",
                cohort->subjects[i].id, mm[0], mm[1], mm[2], 100 * SPACING_TOLERANCE, median[0], median[1],
                median[2]));
    }
    return WIL_OK;
}

static wil_status check_splits(finding_list *findings, const wil_cohort *cohort)
{
    const int n_none = wil_cohort_count(cohort, WIL_SPLIT_NONE);
    if (n_none == 0)
        return WIL_OK;
    return finding_add(findings, -1, WIL_FINDING_NOTE,
        "%d of %d subjects have no split; write train, val or test into the column 'split', or have them "
        "drawn at random",
        n_none, cohort->n_subjects);
}

/* An id that stands twice would overwrite its first picture. */
static const char *overlay_for(const wil_cohort *cohort, int i, const char *folder)
{
    return i > 0 && strcmp(cohort->subjects[i - 1].id, cohort->subjects[i].id) == 0 ? NULL : folder;
}

typedef struct print_list {
    scan_print *items;
    int n;
} print_list;

static void print_list_clear(print_list *list)
{
    for (int i = 0; i < list->n && list->items != NULL; i++)
        wil_free(list->items[i].cells);
    wil_free(list->items);
}
WIL_OWNED_VALUE(print_list, print_list_clear)

static wil_status check_all(wil_cohort_report *out, finding_list *findings, const wil_cohort *cohort,
    const char *overlay_folder, const wil_monitor *monitor)
{
    const int n = cohort->n_subjects;
    const double started_s = wil_time_s();
    WIL_OWN(print_list) prints = {.n = n};
    WIL_TRY(wil_alloc((void **)&out->facts, (size_t)n, sizeof *out->facts));
    WIL_TRY(wil_alloc((void **)&prints.items, (size_t)n, sizeof *prints.items));
    for (int i = 0; i < n; i++) {
        WIL_TRY(check_subject(
            findings, &out->facts[i], &prints.items[i], cohort, i, overlay_for(cohort, i, overlay_folder)));
        wil_monitor_progress(
            monitor, "check cohort", i + 1, n, wil_time_s() - started_s, cohort->subjects[i].id);
        WIL_REQUIRE(!wil_monitor_stop_requested(monitor), WIL_ERR_INTERRUPTED,
            "interrupted after %d of %d subjects", i + 1, n);
    }
    WIL_TRY(check_doubles(findings, cohort, prints.items));
    WIL_TRY(check_spacings(findings, cohort, out->facts));
    return check_splits(findings, cohort);
}

static int compare_findings(const void *a, const void *b)
{
    const wil_finding *x = a;
    const wil_finding *y = b;
    if (x->subject != y->subject)
        return (x->subject > y->subject) - (x->subject < y->subject);
    if (x->level != y->level)
        return (x->level < y->level) - (x->level > y->level); /* errors first */
    return strcmp(x->text, y->text);
}

static wil_status check_cohort(wil_cohort_report *out, wil_cohort *cohort_out, const char *path,
    const wil_mask_rule *rule, const char *overlay_folder, const wil_monitor *monitor)
{
    WIL_OWN(finding_list) findings = {0};
    wil_mask_values values;
    WIL_TRY(wil_mask_rule_parse(&values, rule)); /* a word that nobody reads is no finding */
    WIL_TRY(cohort_read_collecting(cohort_out, path, &findings));
    wil_cohort_set_rule(cohort_out, rule);
    if (overlay_folder != NULL)
        WIL_TRY(wil_folder_make(overlay_folder));
    WIL_TRY(check_all(out, &findings, cohort_out, overlay_folder, monitor));
    if (findings.n > 1)
        qsort(findings.items, (size_t)findings.n, sizeof *findings.items, compare_findings);
    for (int i = 0; i < findings.n; i++) {
        out->n_errors += findings.items[i].level == WIL_FINDING_ERROR;
        out->n_warnings += findings.items[i].level == WIL_FINDING_WARNING;
    }
    out->findings = findings.items;
    out->n_findings = findings.n;
    findings = (finding_list){0};
    return WIL_OK;
}

wil_status wil_cohort_check(wil_cohort_report *out, wil_cohort *cohort_out, const char *path,
    const wil_mask_rule *rule, const char *overlay_folder, const wil_monitor *monitor)
{
    memset(out, 0, sizeof *out);
    memset(cohort_out, 0, sizeof *cohort_out);
    const wil_status status = check_cohort(out, cohort_out, path, rule, overlay_folder, monitor);
    if (status != WIL_OK) {
        wil_cohort_report_clear(out);
        wil_cohort_clear(cohort_out);
    }
    return status;
}

void wil_cohort_report_clear(wil_cohort_report *report)
{
    for (int i = 0; i < report->n_findings; i++)
        wil_free(report->findings[i].text);
    wil_free(report->findings);
    wil_free(report->facts);
    memset(report, 0, sizeof *report);
}
