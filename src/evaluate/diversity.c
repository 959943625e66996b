/* Whether a generator repeats itself, or its training set. */
#include <math.h>
#include <stdlib.h>

#include "feature_source.h"

#define PIXEL_RANGE 2 /* of [-1,1] */

#define AT(member) offsetof(wil_diversity_config, member)
static const wil_field FIELDS[] = {
    {"samples", WIL_I64, AT(n_samples), "1000", 2, 100000, .help = "synthetic samples, drawn by the seed"},
    {"references", WIL_I64, AT(n_references), "10000", 1, 1e9,
        .help = "training and held-out samples at most, equally many"},
    {"seed", WIL_U64, AT(seed), "1", .help = "of the draws"},
};
const wil_fields wil_diversity_fields = WIL_FIELDS(wil_diversity_config, FIELDS);

wil_diversity_config wil_diversity_config_default(void)
{
    wil_diversity_config config;
    wil_fields_defaults_of_numbers(&wil_diversity_fields, &config);
    return config;
}

/* Sorts. */
static double median(double *values, size_t n)
{
    qsort(values, n, sizeof *values, wil_compare_doubles);
    return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* Root mean square distance of each sample to its nearest reference: out [n]. */
static wil_status nearest(double *out, const wil_points *samples, const wil_points *references)
{
    WIL_TRY(wil_nearest_points(out, NULL, samples, references, 1, false));
    for (size_t i = 0; i < samples->n; i++)
        out[i] = sqrt(out[i] / samples->d);
    return WIL_OK;
}

static void summarise(wil_diversity *out, double *train, double *test, size_t n)
{
    double nearer = 0;
    for (size_t i = 0; i < n; i++)
        nearer += train[i] < test[i] ? 1 : train[i] > test[i] ? 0 : 0.5;
    out->nearer_to_train = nearer / (double)n;
    out->train_distance = median(train, n);
    out->test_distance = median(test, n);
    out->ratio = out->test_distance > 0 ? out->train_distance / out->test_distance : NAN;
}

/* Both reference sets as large as the smaller one: the nearest of more samples is nearer by itself. */
static wil_status compare(wil_diversity *out, const wil_points *samples, feature_source *train,
    feature_source *test, const wil_diversity_config *config)
{
    WIL_OWN(feature_draw) near_train = {0}, near_test = {0};
    WIL_OWN(double) *distances = NULL;
    int64_t most = train->n < test->n ? train->n : test->n;
    most = config->n_references < most ? config->n_references : most;
    out->n_references = most;
    WIL_TRY(feature_draw_make(&near_train, train, most, config->seed, DRAW_NEAREST_TRAIN));
    WIL_TRY(feature_draw_make(&near_test, test, most, config->seed, DRAW_NEAREST_TEST));
    WIL_TRY(wil_alloc_f64(&distances, 2 * samples->n));
    WIL_TRY(nearest(distances, samples, &near_train.points));
    WIL_TRY(nearest(distances + samples->n, samples, &near_test.points));
    summarise(out, distances, distances + samples->n, samples->n);
    return WIL_OK;
}

static wil_status compare_sources(wil_diversity *out, const wil_points *samples,
    const feature_source *synthetic, const wil_sample_source *train, const wil_sample_source *test,
    const wil_diversity_config *config)
{
    WIL_OWN(feature_source) train_source = {0}, test_source = {0};
    WIL_TRY(feature_source_open(&train_source, train, FEATURE_PIXELS, NULL));
    WIL_TRY(feature_source_match(synthetic, &train_source));
    WIL_TRY(feature_source_open(&test_source, test, FEATURE_PIXELS, NULL));
    WIL_TRY(feature_source_match(synthetic, &test_source));
    return compare(out, samples, &train_source, &test_source, config);
}

wil_status wil_diversity_evaluate(wil_diversity *out, const wil_sample_source *synthetic,
    const wil_sample_source *train, const wil_sample_source *test, const wil_diversity_config *config)
{
    WIL_OWN(feature_source) source = {0};
    WIL_OWN(feature_draw) draw = {0};
    *out = (wil_diversity){.ssim_mean = NAN,
        .ssim_sd = NAN,
        .train_distance = NAN,
        .test_distance = NAN,
        .ratio = NAN,
        .nearer_to_train = NAN};
    WIL_REQUIRE((train == NULL) == (test == NULL), WIL_ERR_ARG,
        "the distance to training samples says something only beside that to held-out ones; give both sets");
    WIL_TRY(feature_source_open(&source, synthetic, FEATURE_PIXELS, NULL));
    WIL_REQUIRE(source.height > 0 || train != NULL, WIL_ERR_ARG,
        "%s is a matrix of features, which has no SSIM: give training and held-out samples, or a patch set",
        source.path);
    WIL_TRY(feature_draw_make(&draw, &source, config->n_samples, config->seed, DRAW_DIVERSITY));
    out->n_samples = (int64_t)draw.points.n;
    if (source.height > 0)
        WIL_TRY(wil_fail_context(wil_pairwise_ssim(&out->ssim_mean, &out->ssim_sd, draw.values, draw.points.n,
                                     source.height, source.width, PIXEL_RANGE),
            "%s", source.path));
    return train != NULL ? compare_sources(out, &draw.points, &source, train, test, config) : WIL_OK;
}
