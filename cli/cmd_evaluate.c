/* willis evaluate: Dice of a segmentation network, patient by patient. */
#include "commands.h"

#include <string.h>

#include "willis/evaluate.h"

static json_t *score_json(const wil_score *score, const char *model, const char *cohort, wil_split split)
{
    json_t *subjects = json_array();
    for (int i = 0; i < score->n; i++)
        (void)json_array_append_new(
            subjects, json_pack("{s:o, s:o}", "subject", wil_json_text(score->subjects[i]), "dice",
                          wil_json_real(score->dice[i])));
    return json_pack("{s:o, s:o, s:s, s:i, s:o, s:o, s:o}", "model", wil_json_text(model), "cohort",
        wil_json_text(cohort), "split", wil_split_name(split), "n", score->n, "dice_mean",
        wil_json_real(score->mean), "dice_sd", score->n > 1 ? wil_json_real(score->sd) : json_null(),
        "subjects", subjects);
}

static wil_status write_csv(const wil_score *score, const char *path)
{
    char *text = NULL;
    wil_status status = wil_text_append(&text, "subject,dice\n");
    for (int i = 0; i < score->n && status == WIL_OK; i++) {
        status = wil_csv_cell(&text, score->subjects[i]);
        if (status == WIL_OK)
            status = wil_text_append(&text, ",%.6f\n", score->dice[i]);
    }
    if (status == WIL_OK)
        status = wil_file_write(path, text, strlen(text));
    wil_free(text);
    return status;
}

static wil_status print_score(const wil_score *score, wil_split split)
{
    char *lines = NULL;
    wil_status status = wil_text_append(&lines, "subject\tDice\n");
    for (int i = 0; i < score->n && status == WIL_OK; i++)
        status = wil_text_append(&lines, "%s\t%.4f\n", score->subjects[i], score->dice[i]);
    if (status == WIL_OK)
        status = cli_print_table(lines);
    wil_free(lines);
    WIL_TRY(status);
    if (score->n == 1) /* one value has no standard deviation */
        printf("\nDice %.4f (the only %s patient)\n", score->mean, wil_split_name(split));
    else
        printf("\nDice %.4f +- %.4f (mean and standard deviation of %d %s patients)\n", score->mean,
            score->sd, score->n, wil_split_name(split));
    return WIL_OK;
}

typedef struct request {
    char *model, *cohort, *predictions, *csv;
    wil_split split;
    wil_mask_rule rule;
} request;

#define AT(member) offsetof(request, member)
static const wil_field FIELDS[] = {
    {"UNET", WIL_INPUT, AT(model), .help = "unet.safetensors of a unet run"},
    {"COHORT", WIL_INPUT, AT(cohort), .help = "cohort.tsv, or a folder in BIDS or nnU-Net layout"},
    {"split", WIL_CHOICE, AT(split), "test", .choices = WIL_CHOICES("train", "val", "test"),
        .help = "whose scans are scored"},
    {"predictions", WIL_OUTPUT_FOLDER, AT(predictions), "",
        .help = "where to write the masks, <subject>_pred.nii.gz"},
    {"csv", WIL_OUTPUT, AT(csv), "", .value = "FILE.csv", .help = "where to write subject and Dice"},
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
    return wil_score_cohort(out, segmenter, &cohort, r->split, r->predictions, monitor);
}

static wil_status run(void *settings, const cli_common *common)
{
    const request *r = settings;
    wil_score score = {0};
    WIL_TRY(evaluate(&score, r, cli_monitor_start(common)));
    wil_status status = r->csv == NULL ? WIL_OK : write_csv(&score, r->csv);
    if (status == WIL_OK)
        status = common->json ? cli_print_json(score_json(&score, r->model, r->cohort, r->split))
                              : print_score(&score, r->split);
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
        "has one.",
};
