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

typedef struct outputs {
    const char *table, *label, *curve, *svg;
} outputs;

static wil_status tell(const wil_distribution *result, const wil_distribution_config *config,
    const outputs *to, const cli_common *common)
{
    if (to->table != NULL)
        WIL_TRY(cli_distribution_add_row(result, config, to->table, to->label));
    if (to->curve != NULL)
        WIL_TRY(cli_distribution_write_curve(result, to->curve));
    if (to->svg != NULL)
        WIL_TRY(cli_distribution_draw_curve(result, to->svg));
    return common->json ? cli_distribution_print_json(result, config)
                        : cli_distribution_print_text(result, config);
}

static wil_status run(const cli_command *self, int argc, char **argv)
{
    wil_sample_source real = {0};
    wil_distribution_config config = wil_distribution_config_default();
    const char *synthetic_path = NULL;
    const char *test_path = NULL;
    const char *metrics = "frechet,kid,prd,neighbours";
    outputs to = {.label = "synthetic"};
    wil_distribution result;
    cli_common common;
    cli_option options[] = {
        {"--real", CLI_INPUT, &real.path, "FILE",
            .help = "the real samples: a patch set, a matrix of features [samples,features] (.npy, HDF5), or "
                    "with --weights a cohort of scans",
            .required = true},
        {"--synthetic", CLI_INPUT, &synthetic_path, "FILE", .help = "the synthetic samples, likewise",
            .required = true},
        {"--test", CLI_INPUT, &test_path, "FILE",
            .help = "real samples the generator never saw: adds the train-versus-test gap"},
        {"--dataset", CLI_TEXT, &real.dataset, "NAME",
            .help = "HDF5 files hold a matrix of features of this name, and are no patch sets"},
        {"--extractor", CLI_TEXT, &real.extractor, "TEXT",
            .help = "what made the features, with its weights and preprocessing; hashed into names"},
        {"--weights", CLI_INPUT, &real.weights, "FILE",
            .help =
                "take the features of the network in this file (tools/convert_weights.py): Inception v3 of "
                "patch sets, MedicalNet of cohorts of scans"},
        {"--metrics", CLI_TEXT, &metrics, "LIST", .help = "which of these are computed"},
        {"--samples", CLI_I64, &config.most_samples, "N",
            .help = "samples drawn of each set for all but the Frechet distance; 0: all", .max = 1e9},
        {"--subsets", CLI_INT, &config.kid_config.n_subsets, "N", .help = "subsets of the kernel distance",
            .min = 1, .max = 100000},
        {"--subset-size", CLI_INT, &config.kid_config.subset_size, "N", .help = "samples in each", .min = 2,
            .max = 20000},
        {"--clusters", CLI_INT, &config.prd_config.n_clusters, "K", .help = "clusters of prd", .min = 1,
            .max = 10000},
        {"--runs", CLI_INT, &config.prd_config.n_runs, "N", .help = "clusterings that are averaged", .min = 1,
            .max = 1000},
        {"--restarts", CLI_INT, &config.prd_config.n_restarts, "N",
            .help = "k-means of which the best is taken, in each of them", .min = 1, .max = 1000},
        {"--angles", CLI_INT, &config.prd_config.n_angles, "N", .help = "points of the curve", .min = 3,
            .max = 100000},
        {"--k-precision", CLI_INT, &config.manifold_config.k_precision, "K",
            .help = "neighbour that bounds the balls of precision and recall", .min = 1, .max = 1000},
        {"--k-density", CLI_INT, &config.manifold_config.k_density, "K",
            .help = "... of density and coverage", .min = 1, .max = 1000},
        {"--seed", CLI_U64, &config.seed, "N", .help = "of draws, halves, subsets and clusterings"},
        {"--table", CLI_OUTPUT, &to.table, "FILE.csv",
            .help = "adds a row; refused where the table holds figures of other features or settings"},
        {"--label", CLI_TEXT, &to.label, "TEXT", .help = "what the row is called"},
        {"--curve", CLI_OUTPUT, &to.curve, "FILE.csv", .help = "where to write the curve of prd"},
        {"--svg", CLI_OUTPUT, &to.svg, "FILE.svg", .help = "where to draw it"},
    };
    WIL_TRY(cli_parse(self, options, CLI_COUNT(options), argc, argv, &common));
    if (common.help_printed)
        return WIL_OK;
    WIL_TRY(choose(&config, metrics));
    WIL_REQUIRE((to.curve == NULL && to.svg == NULL) || config.prd, WIL_ERR_ARG,
        "--curve and --svg are of prd, which --metrics leaves out");
    wil_sample_source synthetic = real;
    wil_sample_source test = real;
    synthetic.path = synthetic_path;
    test.path = test_path;
    config.kid_config.seed = config.prd_config.seed = config.seed;
    wil_status status = wil_distribution_evaluate(
        &result, &real, &synthetic, test_path == NULL ? NULL : &test, &config, cli_monitor_start(&common));
    if (status == WIL_OK)
        status = tell(&result, &config, &to, &common);
    wil_distribution_clear(&result);
    return status;
}

const cli_command cmd_evaluate_distribution = {
    .name = "evaluate distribution",
    .purpose = "distances between real and synthetic samples as distributions",
    .example = "willis evaluate distribution --real train.h5 --synthetic generated.h5 --test test.h5\n"
               "willis evaluate distribution --real real.npy --synthetic fake.npy --extractor \"Inception-v3 "
               "pool3, 299x299 bilinear\" --table table.csv --label run-7",
    .run = run,
    .computes = true,
    .notes =
        "frechet: Frechet distance of Gaussians (FID for Inception features); kid: unbiased kernel distance; "
        "prd: precision and recall for distributions (auc, f8, f1_8); neighbours: improved precision and "
        "recall, density and coverage. Of patch sets 74 statistics of image and label are taken, by the "
        "limits of each scan; docs/metrics.md lists them. Names of figures end in the hash of the features.",
};
