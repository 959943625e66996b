/* willis evaluate: a segmentation network, patient by patient. */
#include "commands.h"

#include <math.h>
#include <string.h>

#include "willis/evaluate.h"

/* What stands beside Dice. */
typedef struct measure {
    wil_seg_metric metric;
    const char *name, *title;
} measure;
static const measure measures[] = {
    {WIL_SEG_CLDICE, "cldice", "clDice"},
    {WIL_SEG_HD95_MM, "hd95_mm", "HD95 (mm)"},
    {WIL_SEG_SENSITIVITY, "sensitivity", "sensitivity"},
};

static wil_status summarise(wil_summary *out, const wil_score *score, const measure *m)
{
    WIL_OWN(double) *values = NULL;
    WIL_TRY(wil_alloc_f64(&values, (size_t)score->n));
    for (int i = 0; i < score->n; i++)
        values[i] = score->measures[i].value[m->metric];
    return wil_metrics_summary(out, values, NULL, score->n, 1);
}

static json_t *subject_json(const wil_score *score, int i)
{
    json_t *subject = json_pack(
        "{s:o, s:o}", "subject", wil_json_text(score->subjects[i]), "dice", wil_json_real(score->dice[i]));
    for (int k = 0; k < CLI_COUNT(measures); k++)
        (void)json_object_set_new(
            subject, measures[k].name, wil_json_real(score->measures[i].value[measures[k].metric]));
    return subject;
}

/* Passed on as it is, so files are named by their role. */
static wil_status print_json(const wil_score *score, wil_split split)
{
    json_t *subjects = json_array();
    for (int i = 0; i < score->n; i++)
        (void)json_array_append_new(subjects, subject_json(score, i));
    WIL_OWN(json_t) *root = json_pack("{s:o, s:o, s:s, s:i, s:o, s:o, s:o}", "model", json_string("NETWORK"),
        "cohort", json_string("COHORT"), "split", wil_split_name(split), "n", score->n, "dice_mean",
        wil_json_real(score->mean), "dice_sd", score->n > 1 ? wil_json_real(score->sd) : json_null(),
        "subjects", subjects);
    for (int k = 0; k < CLI_COUNT(measures); k++) {
        wil_summary s;
        char name[48];
        WIL_TRY(summarise(&s, score, &measures[k]));
        snprintf(name, sizeof name, "%s_mean", measures[k].name);
        (void)json_object_set_new(root, name, wil_json_real(s.mean));
        snprintf(name, sizeof name, "%s_sd", measures[k].name);
        (void)json_object_set_new(root, name, wil_json_real(s.sd));
    }
    return cli_print_json(json_incref(root));
}

static wil_status csv_text(char **text, const wil_score *score)
{
    WIL_TRY(wil_text_append(text, "subject,dice"));
    for (int k = 0; k < CLI_COUNT(measures); k++)
        WIL_TRY(wil_text_append(text, ",%s", measures[k].name));
    for (int i = 0; i < score->n; i++) {
        WIL_TRY(wil_text_append(text, "\n"));
        WIL_TRY(wil_csv_cell(text, score->subjects[i]));
        WIL_TRY(wil_text_append(text, ",%.6f", score->dice[i]));
        for (int k = 0; k < CLI_COUNT(measures); k++)
            WIL_TRY(wil_csv_number(text, score->measures[i].value[measures[k].metric]));
    }
    return wil_text_append(text, "\n");
}

static wil_status write_csv(const wil_score *score, const char *path)
{
    WIL_OWN(char) *text = NULL;
    WIL_TRY(csv_text(&text, score));
    return wil_file_write(path, text, strlen(text));
}

static wil_status table_text(char **lines, const wil_score *score)
{
    WIL_TRY(wil_text_append(lines, "subject\tDice"));
    for (int k = 0; k < CLI_COUNT(measures); k++)
        WIL_TRY(wil_text_append(lines, "\t%s", measures[k].title));
    for (int i = 0; i < score->n; i++) {
        WIL_TRY(wil_text_append(lines, "\n%s\t%.4f", score->subjects[i], score->dice[i]));
        for (int k = 0; k < CLI_COUNT(measures); k++)
            WIL_TRY(wil_text_append(lines, "\t%.4f", score->measures[i].value[measures[k].metric]));
    }
    return wil_text_append(lines, "\n");
}

/* One line a measure, over the patients whose vessels were found at all. */
static wil_status print_means(const wil_score *score)
{
    for (int k = 0; k < CLI_COUNT(measures); k++) {
        wil_summary s;
        WIL_TRY(summarise(&s, score, &measures[k]));
        printf("%s %.4f", measures[k].title, s.mean);
        if (s.n > 1)
            printf(" +- %.4f", s.sd);
        if (s.n < score->n)
            printf(" (of %d patients; %d missed)", s.n, s.n_failed);
        printf("\n");
    }
    return WIL_OK;
}

static wil_status print_score(const wil_score *score, wil_split split)
{
    WIL_OWN(char) *lines = NULL;
    WIL_TRY(table_text(&lines, score));
    WIL_TRY(cli_print_table(lines));
    if (score->n == 1) /* one value has no standard deviation */
        printf("\nDice %.4f (the only %s patient)\n", score->mean, wil_split_name(split));
    else
        printf("\nDice %.4f +- %.4f (mean and standard deviation of %d %s patients)\n", score->mean,
            score->sd, score->n, wil_split_name(split));
    return print_means(score);
}

typedef struct request {
    char *model, *cohort, *predictions, *csv;
    wil_split split;
    wil_mask_rule rule;
} request;

#define AT(member) offsetof(request, member)
static const wil_field FIELDS[] = {
    {"NETWORK", WIL_NETWORK, AT(model),
        .help = "unet.safetensors of a unet run, or the public network vessels"},
    {"COHORT", WIL_INPUT, AT(cohort), .help = "cohort.tsv, or a folder in BIDS or nnU-Net layout"},
    {"split", WIL_CHOICE, AT(split), "test", .choices = WIL_CHOICES("train", "val", "test"),
        .help = "whose scans are scored"},
    {"predictions", WIL_OUTPUT_FOLDER, AT(predictions), "",
        .help = "where to write the masks, <subject>_pred.nii.gz"},
    {"csv", WIL_OUTPUT, AT(csv), "", .value = "FILE.csv",
        .help = "where to write the scores, one row a patient"},
    {NULL, WIL_SECTION, AT(rule), .fields = &wil_mask_rule_fields},
};

static wil_status evaluate(wil_score *out, const request *r, const wil_monitor *monitor)
{
    WIL_OWN(wil_segmenter) *segmenter = NULL;
    WIL_OWN(wil_cohort) cohort = {0};
    WIL_TRY(wil_segmenter_open(&segmenter, r->model));
    WIL_TRY(wil_cohort_read(&cohort, r->cohort));
    wil_cohort_set_rule(&cohort, &r->rule);
    wil_cohort_tell(&cohort, monitor);
    return wil_score_cohort_fully(out, segmenter, &cohort, r->split, r->predictions, monitor);
}

static wil_status run(void *settings, const cli_common *common)
{
    const request *r = settings;
    wil_score score = {0};
    WIL_TRY(evaluate(&score, r, cli_monitor_start(common)));
    wil_status status = r->csv == NULL ? WIL_OK : write_csv(&score, r->csv);
    if (status == WIL_OK)
        status = common->json ? print_json(&score, r->split) : print_score(&score, r->split);
    wil_score_clear(&score);
    return status;
}

const cli_command cmd_evaluate = {
    .name = "evaluate",
    .purpose = "scores a segmentation network on labelled patients, each as a whole",
    .example = "willis evaluate run-unet/unet.safetensors cohort.tsv --split test --csv scores.csv",
    .fields = WIL_FIELDS(request, FIELDS),
    .run = run,
    .computes = true,
    .notes =
        "Dice = 2 |A and B| / (|A| + |B|) of label and prediction, within the brain mask where the cohort "
        "has one, as all measures; HD95 is infinite where nothing was found, which the mean leaves out and "
        "says. For every measure, or several labels, write --predictions and score them by willis evaluate "
        "segmentation.",
};
