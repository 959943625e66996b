/* A synthetic set against real ones: distances between distributions, their floor, and memorisation. */
#include <math.h>
#include <string.h>

#include "distribution_internal.h"

#define HELD_OUT_LEAST 2
#define HALF_LEAST 2 /* subjects: the spread within a half is then one of patients too */

#define AT(member) offsetof(wil_distribution_config, member)
static const wil_field FIELDS[] = {
    {"samples", WIL_I64, AT(most_samples), "10000", 0, 1e9,
        .help = "of each set at most, drawn by the seed, for all but frechet; 0: all"},
    {NULL, WIL_SECTION, AT(kid_config), .fields = &wil_kid_fields},
    {NULL, WIL_SECTION, AT(prd_config), .fields = &wil_prd_fields},
    {NULL, WIL_SECTION, AT(manifold_config), .fields = &wil_manifold_fields},
    {"seed", WIL_U64, AT(seed), "1", .help = "of draws, halves, subsets and clusterings"},
};
const wil_fields wil_distribution_fields = WIL_FIELDS(wil_distribution_config, FIELDS);

wil_distribution_config wil_distribution_config_default(void)
{
    wil_distribution_config config;
    wil_fields_defaults_of_numbers(&wil_distribution_fields, &config);
    config.frechet = config.kid = config.prd = config.manifold = true;
    config.kid_config = wil_kid_config_default();
    config.prd_config = wil_prd_config_default();
    return config;
}

static wil_distribution_figures no_figures(void)
{
    return (wil_distribution_figures){.frechet = {NAN, NAN, NAN},
        .kid = {.kid = NAN, .sd = NAN, .low = NAN, .high = NAN},
        .prd_auc = NAN,
        .prd_f8 = NAN,
        .prd_f1_8 = NAN,
        .manifold = {NAN, NAN, NAN, NAN}};
}

void wil_distribution_clear(wil_distribution *distribution)
{
    wil_free(distribution->features);
    wil_prd_clear(&distribution->curve);
    wil_prd_clear(&distribution->floor_curve);
    memset(distribution, 0, sizeof *distribution);
}

/* ---- Frechet distances -------------------------------------------------------------------------------- */

/* Groups of real samples: bit 0 the half, bit 1 whether it stands for training beside the test set. */
enum { REAL_GROUPS = 4, GROUP_HALF = 1, GROUP_MATCHED = 2 };

typedef struct all_moments {
    wil_moments real[REAL_GROUPS];
    wil_moments synthetic, test;
} all_moments;

static void moments_clear(all_moments *m)
{
    for (int g = 0; g < REAL_GROUPS; g++)
        wil_moments_clear(&m->real[g]);
    wil_moments_clear(&m->synthetic);
    wil_moments_clear(&m->test);
}
WIL_OWNED_VALUE(all_moments, moments_clear)

typedef struct sources {
    feature_source real, synthetic, test;
    bool has_test;
    uint8_t *half;    /* [real.n] */
    uint8_t *matched; /* [real.n] 1: of as many training samples as there are test samples */
} sources;

/* Merged moments of the groups whose bits under `mask` are `bits`. */
static wil_status merged(wil_moments *out, const all_moments *m, int mask, int bits)
{
    WIL_TRY(wil_moments_make(out, m->real[0].d));
    for (int g = 0; g < REAL_GROUPS; g++)
        if ((g & mask) == bits)
            wil_moments_merge(out, &m->real[g]);
    return WIL_OK;
}

static wil_status frechet_to_real(
    wil_frechet *out, const wil_moments *synthetic, const all_moments *m, int mask, int bits)
{
    WIL_OWN(wil_moments) real = {0};
    WIL_TRY(merged(&real, m, mask, bits));
    return wil_frechet_distance(out, synthetic, &real);
}

/* Of halves with too few samples there is none. */
static wil_status frechet_floor(wil_distribution_figures *floor, const all_moments *m)
{
    WIL_OWN(wil_moments) half = {0};
    WIL_TRY(merged(&half, m, GROUP_HALF, 0));
    floor->n_real = half.n;
    floor->n_synthetic = m->real[GROUP_HALF].n + m->real[GROUP_HALF | GROUP_MATCHED].n;
    return floor->n_real > half.d && floor->n_synthetic > half.d
               ? frechet_to_real(&floor->frechet, &half, m, GROUP_HALF, GROUP_HALF)
               : WIL_OK;
}

static wil_status frechet_gap(wil_distribution *out, const all_moments *m)
{
    out->train.n_synthetic = out->test.n_synthetic = m->synthetic.n;
    out->test.n_real = m->test.n;
    out->train.n_real = m->real[GROUP_MATCHED].n + m->real[GROUP_MATCHED | GROUP_HALF].n;
    if (out->test.n_real <= m->test.d || out->train.n_real <= m->test.d)
        return WIL_OK;
    WIL_TRY(frechet_to_real(&out->train.frechet, &m->synthetic, m, GROUP_MATCHED, GROUP_MATCHED));
    return wil_frechet_distance(&out->test.frechet, &m->synthetic, &m->test);
}

static wil_status group_real(uint8_t **out, const sources *s)
{
    WIL_TRY(wil_alloc_u8(out, (size_t)s->real.n));
    for (int64_t i = 0; i < s->real.n; i++)
        (*out)[i] = (uint8_t)(s->half[i] * GROUP_HALF + (s->has_test ? s->matched[i] * GROUP_MATCHED : 0));
    return WIL_OK;
}

static wil_status check_counts(const feature_source *source)
{
    WIL_REQUIRE(source->n > source->d, WIL_ERR_INPUT,
        "%s has %lld samples of %d features: the Frechet distance needs more samples than features, else its "
        "covariance is singular; give more samples, or leave it out and take the kernel distance (KID), "
        "which needs no covariance",
        source->path, (long long)source->n, source->d);
    return WIL_OK;
}

static wil_status frechet_all(wil_distribution *out, sources *s, const wil_monitor *monitor)
{
    WIL_OWN(all_moments) m = {0};
    WIL_OWN(uint8_t) *group = NULL;
    WIL_TRY(check_counts(&s->real));
    WIL_TRY(check_counts(&s->synthetic));
    WIL_TRY(group_real(&group, s));
    WIL_TRY(distribution_moments(m.real, REAL_GROUPS, &s->real, group, monitor));
    WIL_TRY(distribution_moments(&m.synthetic, 1, &s->synthetic, NULL, monitor));
    out->figures.n_real = s->real.n;
    out->figures.n_synthetic = s->synthetic.n;
    WIL_TRY(frechet_to_real(&out->figures.frechet, &m.synthetic, &m, 0, 0));
    WIL_TRY(frechet_floor(&out->floor, &m));
    if (!s->has_test)
        return WIL_OK;
    WIL_TRY(distribution_moments(&m.test, 1, &s->test, NULL, monitor));
    return frechet_gap(out, &m);
}

/* ---- what looks at drawn samples ---------------------------------------------------------------------- */

/* curve_out: NULL, or takes the curve of precision and recall. */
static wil_status compare_points(wil_distribution_figures *out, wil_prd *curve_out, const wil_points *real,
    const wil_points *synthetic, const wil_distribution_config *config)
{
    WIL_OWN(wil_prd) curve = {0};
    out->n_real_drawn = (int64_t)real->n;
    out->n_synthetic_drawn = (int64_t)synthetic->n;
    if (config->kid)
        WIL_TRY(wil_kernel_distance(&out->kid, real, synthetic, &config->kid_config));
    if (config->manifold)
        WIL_TRY(wil_manifold_evaluate(&out->manifold, real, synthetic, &config->manifold_config));
    if (!config->prd)
        return WIL_OK;
    WIL_TRY(wil_prd_evaluate(&curve, synthetic, real, &config->prd_config));
    out->prd_auc = curve.auc;
    out->prd_f8 = curve.f8;
    out->prd_f1_8 = curve.f1_8;
    return curve_out != NULL ? wil_give_value(curve_out, &curve) : WIL_OK;
}

/* The drawn samples of one half, one behind the other. */
static wil_points gather_half(float *out, const feature_draw *draw, const uint8_t *half, int which)
{
    const size_t d = (size_t)draw->points.d;
    size_t n = 0;
    for (size_t i = 0; i < draw->points.n; i++)
        if (half[draw->index[i]] == which)
            memcpy(out + n++ * d, draw->values + i * d, d * sizeof *out);
    return (wil_points){.values = out, .n = n, .d = draw->points.d};
}

static bool is_enough(size_t n, const wil_distribution_config *config)
{
    const int k = config->manifold_config.k_density > config->manifold_config.k_precision
                      ? config->manifold_config.k_density
                      : config->manifold_config.k_precision;
    return n >= 2 && (!config->manifold || n > (size_t)k) &&
           (!config->prd || n >= (size_t)config->prd_config.n_clusters);
}

/* A half may be refused for repeated samples though the whole is not: then it has no neighbours. */
static wil_status compare_halves(
    wil_distribution *out, const wil_points *a, const wil_points *b, const wil_distribution_config *config)
{
    wil_distribution_config without = *config;
    const wil_status status = compare_points(&out->floor, &out->floor_curve, a, b, config);
    if (status != WIL_ERR_INPUT || !config->manifold)
        return status;
    without.manifold = false;
    return compare_points(&out->floor, &out->floor_curve, a, b, &without);
}

static wil_status floor_points(wil_distribution *out, const feature_draw *real, const uint8_t *half,
    const wil_distribution_config *config)
{
    WIL_OWN(float) *values = NULL;
    WIL_TRY(wil_alloc_f32(&values, real->points.n * (size_t)real->points.d));
    const wil_points a = gather_half(values, real, half, 0);
    const wil_points b = gather_half(values + a.n * (size_t)a.d, real, half, 1);
    return is_enough(a.n, config) && is_enough(b.n, config) ? compare_halves(out, &a, &b, config) : WIL_OK;
}

/* Training and test samples as many as the smaller set has, against the synthetic ones. */
static wil_status gap_points(
    wil_distribution *out, sources *s, const feature_draw *synthetic, const wil_distribution_config *config)
{
    WIL_OWN(feature_draw) train = {0}, test = {0};
    int64_t n = s->real.n < s->test.n ? s->real.n : s->test.n;
    if (config->most_samples > 0 && config->most_samples < n)
        n = config->most_samples;
    WIL_TRY(feature_draw_make(&train, &s->real, n, config->seed, DRAW_TRAIN));
    WIL_TRY(feature_draw_make(&test, &s->test, n, config->seed, DRAW_TEST));
    WIL_TRY(compare_points(&out->train, NULL, &train.points, &synthetic->points, config));
    return wil_fail_context(
        compare_points(&out->test, NULL, &test.points, &synthetic->points, config), "%s", s->test.path);
}

static wil_status compare_drawn(wil_distribution *out, sources *s, const wil_distribution_config *config)
{
    WIL_OWN(feature_draw) real = {0}, synthetic = {0};
    const int64_t most = config->most_samples;
    WIL_TRY(feature_draw_make(&real, &s->real, most, config->seed, DRAW_REAL));
    WIL_TRY(feature_draw_make(&synthetic, &s->synthetic, most, config->seed, DRAW_SYNTHETIC));
    WIL_TRY(compare_points(&out->figures, &out->curve, &real.points, &synthetic.points, config));
    WIL_TRY(floor_points(out, &real, s->half, config));
    return s->has_test ? gap_points(out, s, &synthetic, config) : WIL_OK;
}

/* How many subjects each half has, and whether that makes a floor. */
static wil_status judge_halves(wil_distribution *out, const sources *s)
{
    const feature_source *real = &s->real;
    WIL_OWN(uint8_t) *seen = NULL; /* [n_subjects] bit of each half */
    out->floor_is_usable = true;
    if (real->subject == NULL || real->n_subjects < 1)
        return WIL_OK;
    WIL_TRY(wil_alloc_u8(&seen, (size_t)real->n_subjects));
    for (int64_t i = 0; i < real->n; i++)
        seen[real->subject[i]] |= (uint8_t)(1 << s->half[i]);
    for (int h = 0; h < 2; h++) {
        for (int k = 0; k < real->n_subjects; k++)
            out->n_subjects_in_half[h] += seen[k] >> h & 1;
        out->floor_is_usable = out->floor_is_usable && out->n_subjects_in_half[h] >= HALF_LEAST;
    }
    return WIL_OK;
}

/* ---- the whole ---------------------------------------------------------------------------------------- */

static wil_status sources_open(sources *s, wil_distribution *out, const wil_sample_source *real,
    const wil_sample_source *synthetic, const wil_sample_source *test, uint64_t seed,
    const wil_monitor *monitor)
{
    WIL_TRY(feature_source_open(&s->real, real, feature_kind_of(real), monitor));
    WIL_TRY(feature_source_open(&s->synthetic, synthetic, feature_kind_of(synthetic), monitor));
    WIL_TRY(feature_source_match(&s->real, &s->synthetic));
    s->has_test = test != NULL;
    if (s->has_test) {
        WIL_TRY(feature_source_open(&s->test, test, feature_kind_of(test), monitor));
        WIL_TRY(feature_source_match(&s->real, &s->test));
        WIL_REQUIRE(
            s->test.n >= HELD_OUT_LEAST, WIL_ERR_INPUT, "%s: one sample is no test set", s->test.path);
        WIL_TRY(distribution_choice(&s->matched, s->real.n, s->test.n, seed));
    }
    WIL_TRY(distribution_halves(&s->half, &out->halves_are_subjects, &s->real, seed));
    WIL_TRY(judge_halves(out, s));
    out->d = s->real.d;
    wil_feature_hash(out->hash, s->real.identity);
    return wil_string_copy(&out->features, s->real.identity);
}

static void sources_close(sources *s)
{
    feature_source_close(&s->real);
    feature_source_close(&s->synthetic);
    feature_source_close(&s->test);
    wil_free(s->half);
    wil_free(s->matched);
}
WIL_OWNED_VALUE(sources, sources_close)

wil_status wil_distribution_evaluate(wil_distribution *out, const wil_sample_source *real,
    const wil_sample_source *synthetic, const wil_sample_source *test, const wil_distribution_config *config,
    const wil_monitor *monitor)
{
    WIL_OWN(sources) s = {0};
    WIL_OWN(wil_distribution) made = {0};
    memset(out, 0, sizeof *out);
    made.figures = made.floor = made.train = made.test = no_figures();
    WIL_TRY(sources_open(&s, &made, real, synthetic, test, config->seed, monitor));
    if (config->frechet)
        WIL_TRY(frechet_all(&made, &s, monitor));
    if (config->kid || config->prd || config->manifold)
        WIL_TRY(compare_drawn(&made, &s, config));
    return wil_give_value(out, &made);
}
