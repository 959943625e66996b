/* willis cohort list: the subjects of a cohort and their files. */
#include "commands.h"

#include "willis/data.h"

static json_t *cohort_json(const wil_cohort *cohort)
{
    json_t *subjects = json_array();
    for (int i = 0; i < cohort->n_subjects; i++) {
        const wil_subject *s = &cohort->subjects[i];
        (void)json_array_append_new(
            subjects, json_pack("{s:o, s:s, s:o, s:o, s:o}", "subject", wil_json_text(s->id), "split",
                          wil_split_name(s->split), "image", wil_json_text(s->image), "label",
                          wil_json_text(s->label), "mask", wil_json_text(s->mask)));
    }
    json_t *skipped = json_array();
    for (int i = 0; i < cohort->n_skipped; i++)
        (void)json_array_append_new(skipped, wil_json_text(cohort->skipped[i]));
    return json_pack(
        "{s:o, s:o, s:o}", "cohort", wil_json_text(cohort->source), "subjects", subjects, "skipped", skipped);
}

static const char *or_dash(const char *path)
{
    return path == NULL ? "-" : path;
}

static wil_status print_cohort(const wil_cohort *cohort)
{
    WIL_OWN(wil_lines) lines = {0};
    WIL_TRY(wil_lines_add(&lines, "subject\tsplit\timage\tlabel\tmask\n"));
    for (int i = 0; i < cohort->n_subjects; i++) {
        const wil_subject *s = &cohort->subjects[i];
        WIL_OWN(char) *row = NULL;
        WIL_TRY(wil_string_format(&row, "%s\t%s\t%s\t%s\t%s\n", s->id, wil_split_name(s->split),
            or_dash(s->image), or_dash(s->label), or_dash(s->mask)));
        WIL_TRY(wil_lines_add(&lines, row));
    }
    WIL_TRY(cli_print_table(lines.text));
    printf(cohort->n_skipped > 0 ? "\nleft out:\n" : "");
    for (int i = 0; i < cohort->n_skipped; i++)
        printf("%s\n", cohort->skipped[i]);
    return WIL_OK;
}

typedef struct request {
    char *path;
} request;

static const wil_field FIELDS[] = {
    {"COHORT", WIL_INPUT, offsetof(request, path),
        .help = "cohort.tsv, or a folder in BIDS or nnU-Net layout"},
};

static wil_status run(void *settings, const cli_common *common)
{
    const request *r = settings;
    WIL_OWN(wil_cohort) cohort = {0};
    WIL_TRY(wil_cohort_read(&cohort, r->path));
    return common->json ? cli_print_json(cohort_json(&cohort)) : print_cohort(&cohort);
}

const cli_command cmd_cohort_list = {
    .name = "cohort list",
    .purpose = "lists the subjects of a cohort with their splits and files",
    .example = "willis cohort list bids-folder/",
    .fields = WIL_FIELDS(request, FIELDS),
    .run = run,
};
