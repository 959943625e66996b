/* willis evaluate distribution: how far synthetic samples are from real ones, as distributions. */
#include "commands.h"

#include <string.h>

#include "cli_distribution.h"

static bool has_word(const char *list, const char *word)
{
    const size_t n = strlen(word);
    for (const char *at = list; *at != '\0'; at += strcspn(at, ",")) {
        at += *at == ',';
        if (strcspn(at, ",") == n && memcmp(at, word, n) == 0)
            return true;
    }
    return false;
}

static wil_status choose(wil_distribution_config *config, const char *list)
{
    static const char *const words[] = {"frechet", "kid", "prd", "neighbours"};
    bool *const chosen[] = {&config->frechet, &config->kid, &config->prd, &config->manifold};
    size_t n_bytes = 0; /* of the words that are known, with their commas */
    for (int i = 0; i < CLI_COUNT(words); i++) {
        *chosen[i] = has_word(list, words[i]);
        n_bytes += *chosen[i] ? strlen(words[i]) + 1 : 0;
    }
    WIL_REQUIRE(n_bytes == strlen(list) + 1, WIL_ERR_ARG,
        "--metrics is '%s'; give some of frechet,kid,prd,neighbours, each once, with commas between", list);
    return WIL_OK;
}

typedef struct request {
    wil_distribution_config config;
    wil_sample_source real;
    char *synthetic, *test, *metrics, *table, *label, *curve, *svg;
} request;

#define AT(member) offsetof(request, member)
static const wil_field FIELDS[] = {
    {"real", WIL_INPUT, AT(real.path),
        .help = "the real samples: a patch set, a matrix of features [samples,features] (.npy, HDF5), or "
                "with --weights a cohort of scans"},
    {"synthetic", WIL_INPUT, AT(synthetic), .help = "the synthetic samples, likewise"},
    {"test", WIL_INPUT, AT(test), "",
        .help = "real samples the generator never saw: adds the train-versus-test gap"},
    {"dataset", WIL_TEXT, AT(real.dataset), "", .value = "NAME",
        .help = "HDF5 files hold a matrix of features of this name, and are no patch sets"},
    {"extractor", WIL_TEXT, AT(real.extractor), "",
        .help = "what made the features, with its weights and preprocessing; hashed into names"},
    {"weights", WIL_INPUT, AT(real.weights), "",
        .help = "take the features of the network in this file (tools/convert_weights.py): Inception v3 of "
                "patch sets, MedicalNet of cohorts of scans"},
    {"metrics", WIL_TEXT, AT(metrics), "frechet,kid,prd,neighbours", .value = "LIST",
        .help = "which of these are computed"},
    {NULL, WIL_SECTION, AT(config), .fields = &wil_distribution_fields},
    {"table", WIL_OUTPUT, AT(table), "", .value = "FILE.csv",
        .help = "adds a row; refused where the table holds figures of other features or settings"},
    {"label", WIL_TEXT, AT(label), "synthetic", .help = "what the row is called"},
    {"curve", WIL_OUTPUT, AT(curve), "", .value = "FILE.csv", .help = "where to write the curve of prd"},
    {"svg", WIL_OUTPUT, AT(svg), "", .value = "FILE.svg", .help = "where to draw it"},
};

static wil_status tell(const wil_distribution *result, const request *to, const cli_common *common)
{
    const wil_distribution_config *config = &to->config;
    if (to->table != NULL)
        WIL_TRY(cli_distribution_add_row(result, config, to->table, to->label));
    if (to->curve != NULL)
        WIL_TRY(cli_distribution_write_curve(result, to->curve));
    if (to->svg != NULL)
        WIL_TRY(cli_distribution_draw_curve(result, to->svg));
    return common->json ? cli_distribution_print_json(result, config)
                        : cli_distribution_print_text(result, config);
}

static wil_status run(void *settings, const cli_common *common)
{
    request *r = settings;
    wil_distribution_config *config = &r->config;
    wil_distribution result;
    WIL_TRY(choose(config, r->metrics));
    WIL_REQUIRE((r->curve == NULL && r->svg == NULL) || config->prd, WIL_ERR_ARG,
        "--curve and --svg are of prd, which --metrics leaves out");
    wil_sample_source synthetic = r->real;
    wil_sample_source test = r->real;
    synthetic.path = r->synthetic;
    test.path = r->test;
    config->kid_config.seed = config->prd_config.seed = config->seed;
    wil_status status = wil_distribution_evaluate(
        &result, &r->real, &synthetic, r->test == NULL ? NULL : &test, config, cli_monitor_start(common));
    if (status == WIL_OK)
        status = tell(&result, r, common);
    wil_distribution_clear(&result);
    return status;
}

const cli_command cmd_evaluate_distribution = {
    .name = "evaluate distribution",
    .purpose = "distances between real and synthetic samples as distributions",
    .example = "willis evaluate distribution --real train.h5 --synthetic generated.h5 --test test.h5\n"
               "willis evaluate distribution --real real.npy --synthetic fake.npy --extractor \"Inception-v3 "
               "pool3, 299x299 bilinear\" --table table.csv --label run-7",
    .fields = WIL_FIELDS(request, FIELDS),
    .run = run,
    .computes = true,
    .notes =
        "frechet: Frechet distance of Gaussians (FID for Inception features); kid: unbiased kernel distance; "
        "prd: precision and recall for distributions (auc, f8, f1_8); neighbours: improved precision and "
        "recall, density and coverage. Of patch sets 74 statistics of image and label are taken, by the "
        "limits of each scan; docs/metrics.md lists them. Names of figures end in the hash of the features.",
};
