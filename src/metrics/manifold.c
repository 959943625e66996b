/* Improved precision and recall [Kynkaanniemi2019, "Improved precision and recall metric for assessing
 * generative models", equation 1], density and coverage [Naeem2020, "Reliable fidelity and diversity metrics
 * for generative models", equations 3 and 4]. */
#include "metrics_internal.h"

#define MOST_EMPTY 0.01 /* share of balls without size: each adds at most n / k to the density */

#define AT(member) offsetof(wil_manifold_config, member)
static const wil_field FIELDS[] = {
    {"k_precision", WIL_INT, AT(k_precision), "3", 1, 1000,
        .help = "neighbour that bounds the balls of precision and recall"},
    {"k_density", WIL_INT, AT(k_density), "5", 1, 1000, .help = "... of density and coverage"},
};
const wil_fields wil_manifold_fields = WIL_FIELDS(wil_manifold_config, FIELDS);

WIL_FIELDS_DEFAULT(wil_manifold_config, wil_manifold_config_default, wil_manifold_fields)

/* Squared radii of the balls around the samples of a set, for both k; radii: [2][n]. */
static wil_status radii_make(double *radii[2], const wil_points *points, const wil_manifold_config *config)
{
    const int k_of[2] = {config->k_precision, config->k_density};
    const int most = k_of[0] > k_of[1] ? k_of[0] : k_of[1];
    WIL_OWN(double) *squared = NULL;
    WIL_TRY(wil_alloc_f64(&radii[0], points->n));
    WIL_TRY(wil_alloc_f64(&radii[1], points->n));
    WIL_TRY(wil_alloc_f64(&squared, points->n * (size_t)most));
    WIL_TRY(wil_nearest_points(squared, NULL, points, points, most, true));
    for (int r = 0; r < 2; r++)
        for (size_t i = 0; i < points->n; i++)
            radii[r][i] = squared[i * (size_t)most + (size_t)k_of[r] - 1];
    return WIL_OK;
}

static double share_above_zero(const int32_t *counts, size_t n)
{
    size_t above = 0;
    for (size_t i = 0; i < n; i++)
        above += counts[i] > 0;
    return (double)above / (double)n;
}

typedef struct work {
    double *real_radii[2], *synthetic_radii[2];
    int32_t *in_real_a, *in_real_b; /* [n_synthetic] real balls that hold it */
    int32_t *in_synthetic;          /* [n_real] */
    double *nearest;                /* [n_real] squared, to the synthetic samples */
} work;

static void work_clear(work *w)
{
    for (int r = 0; r < 2; r++) {
        wil_free(w->real_radii[r]);
        wil_free(w->synthetic_radii[r]);
    }
    wil_free(w->in_real_a);
    wil_free(w->in_real_b);
    wil_free(w->in_synthetic);
    wil_free(w->nearest);
}
WIL_OWNED_VALUE(work, work_clear)

/* Balls around samples that equal k others have no size, and synthetic samples that equal them lie in all of
 * them: a density of up to n / k, which says nothing. */
static wil_status check_spread(const work *w, size_t n_real, const wil_manifold_config *config)
{
    size_t n_empty = 0;
    for (size_t i = 0; i < n_real; i++)
        n_empty += w->real_radii[0][i] <= 0 || w->real_radii[1][i] <= 0;
    WIL_REQUIRE((double)n_empty <= MOST_EMPTY * (double)n_real, WIL_ERR_INPUT,
        "%zu of %zu real samples equal %d others or more in all features, so their balls to the nearest "
        "neighbours have no size and density and coverage no meaning (at most %g %% allowed); take repeated "
        "samples out, or leave the neighbours out (--metrics frechet,kid,prd)",
        n_empty, n_real, config->k_precision < config->k_density ? config->k_precision : config->k_density,
        100 * MOST_EMPTY);
    return WIL_OK;
}

static wil_status work_fill(
    work *w, const wil_points *real, const wil_points *synthetic, const wil_manifold_config *config)
{
    WIL_TRY(radii_make(w->real_radii, real, config));
    WIL_TRY(check_spread(w, real->n, config));
    WIL_TRY(radii_make(w->synthetic_radii, synthetic, config));
    WIL_TRY(wil_alloc_i32(&w->in_real_a, synthetic->n));
    WIL_TRY(wil_alloc_i32(&w->in_real_b, synthetic->n));
    WIL_TRY(wil_alloc_i32(&w->in_synthetic, real->n));
    WIL_TRY(wil_alloc_f64(&w->nearest, real->n));
    WIL_TRY(
        balls_count(w->in_real_a, w->in_real_b, NULL, synthetic, real, w->real_radii[0], w->real_radii[1]));
    return balls_count(w->in_synthetic, NULL, w->nearest, real, synthetic, w->synthetic_radii[0], NULL);
}

static void summarise(wil_manifold *out, const work *w, size_t n_real, size_t n_synthetic, int k_density)
{
    double held = 0;
    size_t covered = 0;
    for (size_t i = 0; i < n_synthetic; i++)
        held += w->in_real_b[i];
    for (size_t i = 0; i < n_real; i++)
        covered += w->nearest[i] <= w->real_radii[1][i];
    out->precision = share_above_zero(w->in_real_a, n_synthetic);
    out->recall = share_above_zero(w->in_synthetic, n_real);
    out->density = held / ((double)k_density * (double)n_synthetic);
    out->coverage = (double)covered / (double)n_real;
}

wil_status wil_manifold_evaluate(
    wil_manifold *out, const wil_points *real, const wil_points *synthetic, const wil_manifold_config *config)
{
    const int most = config->k_precision > config->k_density ? config->k_precision : config->k_density;
    WIL_OWN(work) w = {0};
    WIL_TRY(wil_fail_context(wil_fields_check(&wil_manifold_fields, config), "neighbours"));
    WIL_TRY(points_check_same_width(real->d, synthetic->d));
    WIL_TRY(points_check(real, (size_t)most + 1, "real samples"));
    WIL_TRY(points_check(synthetic, (size_t)most + 1, "synthetic samples"));
    WIL_TRY(work_fill(&w, real, synthetic, config));
    summarise(out, &w, real->n, synthetic->n, config->k_density);
    return WIL_OK;
}
