/* willis evaluate: Dice of a segmentation network, patient by patient. */
#include "commands.h"

#include <string.h>

#include "willis/evaluate.h"

static json_t *score_json(const wil_score *score, const char *model, const char *cohort, int split)
{
    json_t *subjects = json_array();
    for (int i = 0; i < score->n; i++)
        (void)json_array_append_new(
            subjects, json_pack("{s:o, s:o}", "subject", wil_json_text(score->subjects[i]), "dice",
                          wil_json_real(score->dice[i])));
    return json_pack("{s:o, s:o, s:s, s:i, s:o, s:o, s:o}", "model", wil_json_text(model), "cohort",
        wil_json_text(cohort), "split", wil_split_name((wil_split)split), "n", score->n, "dice_mean",
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

static wil_status print_score(const wil_score *score, int split)
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
        printf("\nDice %.4f (the only %s patient)\n", score->mean, wil_split_name((wil_split)split));
    else
        printf("\nDice %.4f +- %.4f (mean and standard deviation of %d %s patients)\n", score->mean,
            score->sd, score->n, wil_split_name((wil_split)split));
    return WIL_OK;
}

static wil_status evaluate(wil_score *out, const char *model, const char *cohort_path, int split,
    const char *predictions, const wil_monitor *monitor)
{
    wil_segmenter *segmenter = NULL;
    wil_cohort cohort = {0};
    wil_status status = WIL_OK;
    WIL_TRY(wil_segmenter_open(&segmenter, model));
    WIL_TRY_GOTO(status, wil_cohort_read(&cohort, cohort_path), done);
    status = wil_score_cohort(out, segmenter, &cohort, (wil_split)split, predictions, monitor);
done:
    wil_cohort_clear(&cohort);
    wil_segmenter_free(segmenter);
    return status;
}

static wil_status run(const cli_command *self, int argc, char **argv)
{
    const char *model = NULL;
    const char *cohort = NULL;
    const char *predictions = NULL;
    const char *csv = NULL;
    int split = WIL_SPLIT_TEST;
    wil_score score = {0};
    cli_common common;
    cli_option options[] = {
        {"UNET", CLI_INPUT, &model, .help = "unet.safetensors of a segmentation run"},
        {"COHORT", CLI_INPUT, &cohort, .help = "cohort.tsv, or a folder in BIDS layout"},
        {"--split", CLI_CHOICE, &split, "NAME", .help = "whose scans are scored",
            .choices = "train|val|test"},
        {"--predictions", CLI_OUTPUT_FOLDER, &predictions, "FOLDER",
            .help = "where to write the masks, <subject>_pred.nii.gz"},
        {"--csv", CLI_OUTPUT, &csv, "FILE.csv", .help = "where to write subject and Dice"},
    };
    WIL_TRY(cli_parse(self, options, CLI_COUNT(options), argc, argv, &common));
    if (common.help_printed)
        return WIL_OK;
    WIL_TRY(evaluate(&score, model, cohort, split, predictions, cli_monitor_start(&common)));
    wil_status status = csv == NULL ? WIL_OK : write_csv(&score, csv);
    if (status == WIL_OK)
        status = common.json ? cli_print_json(score_json(&score, model, cohort, split))
                             : print_score(&score, split);
    wil_score_clear(&score);
    return status;
}

const cli_command cmd_evaluate = {
    .name = "evaluate",
    .purpose = "scores a segmentation network on labelled patients, each as a whole",
    .example = "willis evaluate run-unet/unet.safetensors cohort.tsv --split test --csv scores.csv",
    .run = run,
    .computes = true,
    .notes =
        "Dice = 2 |A and B| / (|A| + |B|) of label and prediction, within the brain mask where the cohort "
        "has one.",
};
