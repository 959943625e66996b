/* Whether a generator repeats itself, or its training set. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "feature_source.h"

#define PIXEL_RANGE 2 /* of [-1,1] */
#define NULL_TAIL 0.05
#define NULL_LEAST 20 /* held-out samples: below these a 5 % quantile is the smallest of them */

#define AT(member) offsetof(wil_diversity_config, member)
static const wil_field FIELDS[] = {
    {"samples", WIL_I64, AT(n_samples), "1000", 2, 100000, .help = "synthetic samples, drawn by the seed"},
    {"references", WIL_I64, AT(n_references), "10000", 1, 1e9,
        .help = "training and held-out samples at most, equally many"},
    {"seed", WIL_U64, AT(seed), "1", .help = "of the draws"},
};
const wil_fields wil_diversity_fields = WIL_FIELDS(wil_diversity_config, FIELDS);

WIL_FIELDS_DEFAULT(wil_diversity_config, wil_diversity_config_default, wil_diversity_fields)

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

/* Sorted values by linear interpolation between order statistics, as wil_quantile does floats. */
static double quantile(const double *sorted, size_t n, double frac)
{
    const double at = frac * (double)(n - 1);
    const size_t before = (size_t)at, after = before + 1 < n ? before + 1 : before;
    return sorted[before] + (at - (double)before) * (sorted[after] - sorted[before]);
}

/* Held-out samples against training ones, as many as there are synthetic ones, spread evenly over the set. */
static wil_status null_distances(
    double **out, size_t *n_out, const wil_points *train, const wil_points *test, size_t n_most)
{
    const size_t n = test->n < n_most ? test->n : n_most, d = (size_t)test->d;
    WIL_OWN(float) *values = NULL;
    WIL_OWN(double) *distances = NULL;
    WIL_TRY(wil_alloc_f32(&values, n * d));
    WIL_TRY(wil_alloc_f64(&distances, n));
    for (size_t i = 0; i < n; i++)
        memcpy(values + i * d, test->values + i * test->n / n * d, d * sizeof *values);
    const wil_points samples = {.values = values, .n = n, .d = test->d};
    WIL_TRY(nearest(distances, &samples, train));
    qsort(distances, n, sizeof *distances, wil_compare_doubles);
    *n_out = n;
    return wil_give(out, &distances);
}

/* Whether more samples are close to training than chance gives: three standard errors of a share of 5 % among
 * the samples and of that quantile of the null, and twice as many at least. */
static wil_diversity_verdict judge(const wil_diversity *d, size_t n_like_real)
{
    const double n = (double)d->n_samples, n_null = (double)d->n_null;
    const double error = sqrt(NULL_TAIL * (1 - NULL_TAIL) * (1 / n + 1 / n_null));
    if (d->n_null < NULL_LEAST)
        return WIL_DIVERSITY_TOO_FEW;
    if (2 * n_like_real < (size_t)d->n_samples)
        return WIL_DIVERSITY_UNLIKE;
    return d->close_to_train > fmax(2 * NULL_TAIL, NULL_TAIL + 3 * error) ? WIL_DIVERSITY_NEARER
                                                                          : WIL_DIVERSITY_NOT_NEARER;
}

static wil_status compare_with_null(wil_diversity *out, const double *to_train, const double *to_test,
    const wil_points *train, const wil_points *test)
{
    WIL_OWN(double) *distances = NULL;
    const size_t n = (size_t)out->n_samples;
    size_t n_null = 0, n_close = 0, n_like_real = 0;
    WIL_TRY(null_distances(&distances, &n_null, train, test, n));
    out->n_null = (int64_t)n_null;
    out->null_distance = quantile(distances, n_null, 0.5);
    out->null_low = quantile(distances, n_null, NULL_TAIL);
    out->null_high = quantile(distances, n_null, 1 - NULL_TAIL);
    for (size_t i = 0; i < n; i++) {
        n_close += to_train[i] < out->null_low;
        n_like_real += fmin(to_train[i], to_test[i]) <= out->null_high;
    }
    out->close_to_train = (double)n_close / (double)n;
    out->verdict = judge(out, n_like_real);
    return WIL_OK;
}

const char *wil_diversity_verdict_name(wil_diversity_verdict verdict)
{
    static const char *const names[] = {"no_sets", "too_few", "unlike", "nearer", "not_nearer"};
    return names[verdict];
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
    WIL_TRY(compare_with_null(out, distances, distances + samples->n, &near_train.points, &near_test.points));
    summarise(out, distances, distances + samples->n, samples->n); /* sorts */
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
        .nearer_to_train = NAN,
        .null_distance = NAN,
        .null_low = NAN,
        .null_high = NAN,
        .close_to_train = NAN};
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
