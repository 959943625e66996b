/* Precision and recall for distributions [Sajjadi2018, "Assessing generative models via precision and
 * recall", algorithm 1 and equations 8 and 9]. */
#include "metrics_internal.h"

#include <math.h>
#include <string.h>

#include "willis/num.h"

#define SMALLEST_ANGLE 1e-10 /* as the authors' program: tan(0) and tan(pi/2) are left out */
#define HALF_PI 1.5707963267948966

#define AT(member) offsetof(wil_prd_config, member)
static const wil_field FIELDS[] = {
    {"clusters", WIL_INT, AT(n_clusters), "20", 1, 10000, .help = "clusters of prd"},
    {"runs", WIL_INT, AT(n_runs), "10", 1, 1000, .help = "clusterings that are averaged"},
    {"restarts", WIL_INT, AT(n_restarts), "1", 1, 1000,
        .help = "k-means of which the best is taken, in each of them"},
    {"most_iterations", WIL_INT, AT(max_iterations), "100", 1, 1000000, .help = "of each k-means, at most"},
    {"angles", WIL_INT, AT(n_angles), "1001", 3, 100000, .help = "points of the curve"},
};
const wil_fields wil_prd_fields = WIL_FIELDS(wil_prd_config, FIELDS);

wil_prd_config wil_prd_config_default(void)
{
    wil_prd_config config;
    wil_fields_defaults_of_numbers(&wil_prd_fields, &config);
    config.seed = 1;
    return config;
}

void wil_prd_clear(wil_prd *prd)
{
    wil_free(prd->precision);
    wil_free(prd->recall);
    memset(prd, 0, sizeof *prd);
}

/* ---- curve -------------------------------------------------------------------------------------------- */

void wil_prd_curve(double *precision_out, double *recall_out, const double *evaluated_share,
    const double *reference_share, int n_clusters, int n_angles)
{
    for (int a = 0; a < n_angles; a++) {
        const double angle = SMALLEST_ANGLE + (HALF_PI - 2 * SMALLEST_ANGLE) * a / (n_angles - 1);
        const double slope = tan(angle);
        double sum = 0;
        for (int c = 0; c < n_clusters; c++)
            sum += fmin(slope * reference_share[c], evaluated_share[c]);
        precision_out[a] = fmin(sum, 1); /* above 1 only by rounding */
        recall_out[a] = fmin(sum / slope, 1);
    }
}

static double f_score(double precision, double recall, double beta)
{
    const double weighted = beta * beta * precision + recall;
    return weighted > 0 ? (1 + beta * beta) * precision * recall / weighted : 0;
}

void wil_prd_summarise(wil_prd *prd)
{
    prd->auc = prd->f8 = prd->f1_8 = 0;
    for (int a = 0; a < prd->n_angles; a++) {
        prd->f8 = fmax(prd->f8, f_score(prd->precision[a], prd->recall[a], 8));
        prd->f1_8 = fmax(prd->f1_8, f_score(prd->precision[a], prd->recall[a], 1.0 / 8));
        if (a > 0)
            prd->auc +=
                (prd->recall[a - 1] - prd->recall[a]) * (prd->precision[a - 1] + prd->precision[a]) / 2;
    }
}

/* ---- clusters ----------------------------------------------------------------------------------------- */

/* n random samples of points, or all in order if there are no more. */
static wil_status take(float *out, const wil_points *points, size_t n, uint64_t seed)
{
    const size_t d = (size_t)points->d;
    WIL_OWN(size_t) *order = NULL;
    if (points->n == n) {
        memcpy(out, points->values, n * d * sizeof *out);
        return WIL_OK;
    }
    WIL_TRY(wil_alloc((void **)&order, points->n, sizeof *order));
    wil_rng_permutation(wil_rng_at(seed, WIL_RNG_SUBSET, 0), points->n, order);
    for (size_t i = 0; i < n; i++)
        memcpy(out + i * d, points->values + order[i] * d, d * sizeof *out);
    return WIL_OK;
}

typedef struct work {
    float *both;                /* [2 n,d] evaluated, then reference */
    int32_t *cluster;           /* [2 n] */
    double *shares;             /* [2,n_clusters] */
    double *precision, *recall; /* [n_angles] of one run */
} work;

static wil_status work_make(
    work *w, const wil_points *evaluated, const wil_points *reference, size_t n, const wil_prd_config *config)
{
    const size_t d = (size_t)evaluated->d;
    WIL_TRY(wil_alloc_f32(&w->both, 2 * n * d));
    WIL_TRY(take(w->both, evaluated, n, config->seed));
    WIL_TRY(take(w->both + n * d, reference, n, config->seed));
    WIL_TRY(wil_alloc_i32(&w->cluster, 2 * n));
    WIL_TRY(wil_alloc_f64(&w->shares, 2 * (size_t)config->n_clusters));
    WIL_TRY(wil_alloc_f64(&w->precision, (size_t)config->n_angles));
    return wil_alloc_f64(&w->recall, (size_t)config->n_angles);
}

static void work_clear(work *w)
{
    wil_free(w->both);
    wil_free(w->cluster);
    wil_free(w->shares);
    wil_free(w->precision);
    wil_free(w->recall);
}
WIL_OWNED_VALUE(work, work_clear)

static wil_status add_run(wil_prd *prd, work *w, size_t n, int d, const wil_prd_config *config, int run)
{
    const wil_kmeans_config kmeans = {.n_clusters = config->n_clusters,
        .n_restarts = config->n_restarts,
        .max_iterations = config->max_iterations,
        .seed = config->seed,
        .run = (uint32_t)run};
    const int k = config->n_clusters;
    WIL_TRY(wil_num_kmeans(w->cluster, NULL, w->both, 2 * n, d, &kmeans));
    memset(w->shares, 0, 2 * (size_t)k * sizeof *w->shares);
    for (size_t i = 0; i < 2 * n; i++)
        w->shares[(i < n ? 0 : k) + w->cluster[i]] += 1.0 / (double)n;
    wil_prd_curve(w->precision, w->recall, w->shares, w->shares + k, k, prd->n_angles);
    for (int a = 0; a < prd->n_angles; a++) {
        prd->precision[a] += w->precision[a] / config->n_runs;
        prd->recall[a] += w->recall[a] / config->n_runs;
    }
    return WIL_OK;
}

static wil_status check(
    const wil_points *evaluated, const wil_points *reference, const wil_prd_config *config)
{
    WIL_TRY(
        wil_fail_context(wil_fields_check(&wil_prd_fields, config), "precision and recall of distributions"));
    WIL_TRY(points_check_same_width(evaluated->d, reference->d));
    WIL_TRY(points_check(evaluated, (size_t)config->n_clusters, "evaluated samples"));
    return points_check(reference, (size_t)config->n_clusters, "reference samples");
}

wil_status wil_prd_evaluate(
    wil_prd *out, const wil_points *evaluated, const wil_points *reference, const wil_prd_config *config)
{
    WIL_OWN(work) w = {0};
    memset(out, 0, sizeof *out);
    WIL_TRY(check(evaluated, reference, config));
    const size_t n = evaluated->n < reference->n ? evaluated->n : reference->n;
    WIL_OWN(wil_prd) made = {.n_angles = config->n_angles, .n_samples = n};
    WIL_TRY(wil_alloc_f64(&made.precision, (size_t)config->n_angles));
    WIL_TRY(wil_alloc_f64(&made.recall, (size_t)config->n_angles));
    WIL_TRY(work_make(&w, evaluated, reference, n, config));
    for (int run = 0; run < config->n_runs; run++)
        WIL_TRY(add_run(&made, &w, n, evaluated->d, config, run));
    wil_prd_summarise(&made);
    return wil_give_value(out, &made);
}
