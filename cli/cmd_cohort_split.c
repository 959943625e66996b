/* willis cohort split: gives subjects without a split one. */
#include "commands.h"

#include "willis/data.h"

static wil_status report(const cli_common *common, const wil_cohort *cohort, int n_drawn, const char *path)
{
    const int n_train = wil_cohort_count(cohort, WIL_SPLIT_TRAIN);
    const int n_val = wil_cohort_count(cohort, WIL_SPLIT_VAL);
    const int n_test = wil_cohort_count(cohort, WIL_SPLIT_TEST);
    if (common->json)
        return cli_print_json(json_pack("{s:o, s:i, s:i, s:i, s:i}", "output", wil_json_text(path), "n_drawn",
            n_drawn, "train", n_train, "val", n_val, "test", n_test));
    printf("%s: train %d, val %d, test %d; %d of them drawn now\n", path, n_train, n_val, n_test, n_drawn);
    return WIL_OK;
}

static wil_status run(const cli_command *self, int argc, char **argv)
{
    const char *path = NULL;
    const char *out = NULL;
    double train_frac = 0.7;
    double val_frac = 0.1;
    uint64_t seed = 1;
    wil_cohort cohort = {0};
    cli_common common;
    cli_option options[] = {
        {"COHORT", CLI_INPUT, &path, .help = "cohort.tsv, or a folder in BIDS layout"},
        {"--out", CLI_OUTPUT, &out, "FILE.tsv", .help = "cohort table to write, its paths relative to it",
            .required = true},
        {"--train", CLI_REAL, &train_frac, "F", .help = "share of patients to train on", .min = 0, .max = 1},
        {"--val", CLI_REAL, &val_frac, "F", .help = "share to choose settings by; the rest is for testing",
            .min = 0, .max = 1},
        {"--seed", CLI_U64, &seed, "N", .help = "another seed draws other patients"},
    };
    WIL_TRY(cli_parse(self, options, CLI_COUNT(options), argc, argv, &common));
    if (common.help_printed)
        return WIL_OK;
    WIL_TRY(wil_cohort_read(&cohort, path));
    const int n_drawn = wil_cohort_count(&cohort, WIL_SPLIT_NONE);
    wil_status status = wil_cohort_split(&cohort, train_frac, val_frac, seed);
    if (status == WIL_OK)
        status = wil_cohort_write(&cohort, out);
    if (status == WIL_OK)
        status = report(&common, &cohort, n_drawn, out);
    wil_cohort_clear(&cohort);
    return status;
}

const cli_command cmd_cohort_split = {
    .name = "cohort split",
    .purpose = "draws train, val or test for the subjects that have no split, whole patients at random",
    .example = "willis cohort split bids-folder/ --train 0.7 --val 0.1 --seed 1 --out cohort.tsv",
    .run = run,
    .notes = "Subjects that have a split keep it.",
};
