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

typedef struct request {
    char *path, *out;
    double train_frac, val_frac;
    uint64_t seed;
} request;

#define AT(member) offsetof(request, member)
static const wil_field FIELDS[] = {
    {"COHORT", WIL_INPUT, AT(path), .help = "cohort.tsv, or a folder in BIDS or nnU-Net layout"},
    {"out", WIL_OUTPUT, AT(out), .value = "FILE.tsv",
        .help = "cohort table to write, its paths relative to it"},
    {"train", WIL_REAL, AT(train_frac), "0.7", 0, 1, .help = "share of patients to train on"},
    {"val", WIL_REAL, AT(val_frac), "0.1", 0, 1,
        .help = "share to choose settings by; the rest is for testing"},
    {"seed", WIL_U64, AT(seed), "1", .help = "another seed draws other patients"},
};

static wil_status run(void *settings, const cli_common *common)
{
    const request *r = settings;
    WIL_OWN(wil_cohort) cohort = {0};
    WIL_TRY(wil_cohort_read(&cohort, r->path));
    wil_cohort_tell(&cohort, cli_monitor_start(common));
    const int n_drawn = wil_cohort_count(&cohort, WIL_SPLIT_NONE);
    WIL_TRY(wil_cohort_split(&cohort, r->train_frac, r->val_frac, r->seed));
    WIL_TRY(wil_cohort_write(&cohort, r->out));
    return report(common, &cohort, n_drawn, r->out);
}

const cli_command cmd_cohort_split = {
    .name = "cohort split",
    .purpose = "draws train, val or test for the subjects that have no split, whole patients at random",
    .example = "willis cohort split bids-folder/ --train 0.7 --val 0.1 --seed 1 --out cohort.tsv",
    .fields = WIL_FIELDS(request, FIELDS),
    .run = run,
    .notes = "Subjects that have a split keep it.",
};
