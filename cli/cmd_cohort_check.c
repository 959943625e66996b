/* willis cohort check: everything that could be wrong with a cohort, before anything is computed from it. */
#include "commands.h"

#include <math.h>

#include "willis/data.h"

static const char *level_name(wil_finding_level level)
{
    static const char *const names[] = {"note", "warning", "error"};
    return names[level];
}

/* ---- JSON ---------------------------------------------------------------------------------------------- */

static json_t *subject_json(const wil_subject *subject, const wil_subject_facts *facts)
{
    if (!facts->readable)
        return json_pack("{s:o, s:s, s:b}", "subject", wil_json_text(subject->id), "split",
            wil_split_name(subject->split), "readable", 0);
    return json_pack("{s:o, s:s, s:b, s:[iii], s:[fff], s:o, s:o, s:o, s:o, s:o, s:I}", "subject",
        wil_json_text(subject->id), "split", wil_split_name(subject->split), "readable", 1, "size",
        facts->size[0], facts->size[1], facts->size[2], "spacing_mm", facts->spacing_mm[0],
        facts->spacing_mm[1], facts->spacing_mm[2], "vessel_frac", wil_json_real(facts->vessel_frac),
        "label_disagreement_mm", wil_json_real(facts->label_disagreement_mm), "mask_disagreement_mm",
        wil_json_real(facts->mask_disagreement_mm), "intensity_min", wil_json_real(facts->intensity_min),
        "intensity_max", wil_json_real(facts->intensity_max), "n_not_finite",
        (json_int_t)facts->n_not_finite);
}

static json_t *report_json(const wil_cohort_report *report, const wil_cohort *cohort)
{
    json_t *subjects = json_array();
    json_t *findings = json_array();
    for (int i = 0; i < cohort->n_subjects; i++)
        (void)json_array_append_new(subjects, subject_json(&cohort->subjects[i], &report->facts[i]));
    for (int i = 0; i < report->n_findings; i++) {
        const wil_finding *finding = &report->findings[i];
        const char *id = finding->subject < 0 ? NULL : cohort->subjects[finding->subject].id;
        (void)json_array_append_new(
            findings, json_pack("{s:s, s:o, s:o}", "level", level_name(finding->level), "subject",
                          wil_json_text(id), "text", wil_json_text(finding->text)));
    }
    return json_pack("{s:o, s:i, s:i, s:o, s:o}", "cohort", wil_json_text(cohort->source), "n_errors",
        report->n_errors, "n_warnings", report->n_warnings, "findings", findings, "subjects", subjects);
}

/* ---- text ---------------------------------------------------------------------------------------------- */

/* A number, or a dash where there is none. */
static wil_status append_number(char **lines, const char *format, double value)
{
    char text[32] = "-";
    if (!isnan(value))
        snprintf(text, sizeof text, format, value);
    return wil_text_append(lines, "\t%s", text);
}

static wil_status append_subject(char **lines, const wil_subject *subject, const wil_subject_facts *facts)
{
    const double *mm = facts->spacing_mm;
    WIL_TRY(wil_text_append(lines, "%s\t%s", subject->id, wil_split_name(subject->split)));
    if (!facts->readable)
        return wil_text_append(lines, "\tunreadable\t-\t-\t-\t-\n");
    WIL_TRY(wil_text_append(lines, "\t%dx%dx%d\t%.3gx%.3gx%.3g", facts->size[0], facts->size[1],
        facts->size[2], mm[0], mm[1], mm[2]));
    WIL_TRY(append_number(lines, "%.2f", 100 * facts->vessel_frac));
    WIL_TRY(append_number(lines, "%.3g", facts->label_disagreement_mm));
    WIL_TRY(append_number(lines, "%.3g", facts->mask_disagreement_mm));
    return wil_text_append(lines, "\n");
}

static wil_status print_report(const wil_cohort_report *report, const wil_cohort *cohort)
{
    char *lines = NULL;
    wil_status status =
        wil_text_append(&lines, "subject\tsplit\tvoxels\tspacing mm\tvessel %%\tlabel off mm\tmask off mm\n");
    for (int i = 0; i < cohort->n_subjects && status == WIL_OK; i++)
        status = append_subject(&lines, &cohort->subjects[i], &report->facts[i]);
    if (status == WIL_OK)
        status = cli_print_table(lines);
    wil_free(lines);
    WIL_TRY(status);
    printf(report->n_findings > 0 ? "\n" : "");
    for (int i = 0; i < report->n_findings; i++)
        printf("%s: %s\n", level_name(report->findings[i].level), report->findings[i].text);
    printf("\n%d subject%s: train %d, val %d, test %d, none %d; %d error%s, %d warning%s\n",
        cohort->n_subjects, cli_plural(cohort->n_subjects), wil_cohort_count(cohort, WIL_SPLIT_TRAIN),
        wil_cohort_count(cohort, WIL_SPLIT_VAL), wil_cohort_count(cohort, WIL_SPLIT_TEST),
        wil_cohort_count(cohort, WIL_SPLIT_NONE), report->n_errors, cli_plural(report->n_errors),
        report->n_warnings, cli_plural(report->n_warnings));
    return WIL_OK;
}

/* ---- the command --------------------------------------------------------------------------------------- */

typedef struct request {
    char *path, *overlays;
    wil_mask_rule rule;
} request;

#define AT(member) offsetof(request, member)
static const wil_field FIELDS[] = {
    {"COHORT", WIL_INPUT, AT(path), .help = "cohort.tsv, or a folder in BIDS or nnU-Net layout"},
    {"overlays", WIL_OUTPUT_FOLDER, AT(overlays), "",
        .help = "where to write <subject>.png: slices and projection with the label's outline"},
    {NULL, WIL_SECTION, AT(rule), .fields = &wil_mask_rule_fields},
};

static wil_status run(void *settings, const cli_common *common)
{
    const request *r = settings;
    WIL_OWN(wil_cohort) cohort = {0};
    wil_cohort_report report = {0};
    WIL_TRY(wil_cohort_check(&report, &cohort, r->path, &r->rule, r->overlays, cli_monitor_start(common)));
    wil_status status =
        common->json ? cli_print_json(report_json(&report, &cohort)) : print_report(&report, &cohort);
    if (status == WIL_OK && report.n_errors > 0)
        status = wil_fail(WIL_ERR_INPUT, "%s: %d error%s; the cohort cannot be used as it is", cohort.source,
            report.n_errors, cli_plural(report.n_errors));
    wil_cohort_report_clear(&report);
    return status;
}

const cli_command cmd_cohort_check = {
    .name = "cohort check",
    .purpose = "checks geometry, labels and splits of every subject; exit status 2 when there are errors",
    .example = "willis cohort check cohort.tsv --overlays check/",
    .fields = WIL_FIELDS(request, FIELDS),
    .run = run,
    .computes = true,
    .notes = "\"off\" is the largest distance between corresponding corners of image and mask, by their "
             "affines.",
};
