/* t-SNE [vanderMaaten2008, "Visualizing data using t-SNE"] with Barnes and Hut's sums [vanderMaaten2014]. The
 * step length is n / (4 early_factor), at least 50 [Belkina2019]. */
#include "tsne_internal.h"

#include <math.h>
#include <string.h>

#define AT(member) offsetof(wil_tsne_config, member)
static const wil_field FIELDS[] = {
    {"perplexity", WIL_REAL, AT(perplexity), "30", 2, 1000, .help = "how many neighbours count"},
    {"early_factor", WIL_REAL, AT(early_factor), "12", 1, 1000, .help = "exaggeration in the first quarter"},
    {"theta", WIL_REAL, AT(theta), "0.5", 0, 1, .help = "of Barnes and Hut; 0: every pair"},
    {"iterations", WIL_INT, AT(n_iterations), "1000", 1, 1000000, .help = "steps of descent"},
    {"seed", WIL_U64, AT(seed), "1", .help = "of draws and first places"},
};
const wil_fields wil_tsne_fields = WIL_FIELDS(wil_tsne_config, FIELDS);

WIL_FIELDS_DEFAULT(wil_tsne_config, wil_tsne_config_default, wil_tsne_fields)

typedef struct tsne {
    const tsne_affinities *affinities;
    tsne_tree tree;
    double *places;           /* [n,2], the caller's */
    double *velocity, *gains; /* [n,2] */
    double *repulsion;        /* [n,2] */
    double *sums;             /* [n] of q */
    double theta;
    size_t n;
} tsne;

static wil_status tsne_make(tsne *t, double *places, const tsne_affinities *affinities, double theta)
{
    *t = (tsne){.affinities = affinities, .theta = theta, .n = affinities->n};
    t->places = places;
    WIL_TRY(wil_alloc_f64(&t->velocity, 2 * t->n));
    WIL_TRY(wil_alloc_f64(&t->gains, 2 * t->n));
    WIL_TRY(wil_alloc_f64(&t->repulsion, 2 * t->n));
    return wil_alloc_f64(&t->sums, t->n);
}

static void tsne_clear(tsne *t)
{
    tsne_tree_clear(&t->tree);
    wil_free(t->velocity);
    wil_free(t->gains);
    wil_free(t->repulsion);
    wil_free(t->sums);
}
WIL_OWNED_VALUE(tsne, tsne_clear)

/* Sum of q over all ordered pairs; forces into t->repulsion. Added up in order, for any number of threads. */
static wil_status repel(tsne *t, double *sum_out)
{
    WIL_TRY(tsne_tree_build(&t->tree, t->places, t->n));
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < t->n; i++)
        t->sums[i] = tsne_tree_repulsion(&t->tree, t->places + 2 * i, t->theta, t->repulsion + 2 * i);
    *sum_out = 0;
    for (size_t i = 0; i < t->n; i++)
        *sum_out += t->sums[i];
    return WIL_OK;
}

static double kernel(const double *a, const double *b)
{
    return 1 / (1 + (a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]));
}

static void attract(const tsne *t, size_t i, double force[2])
{
    const tsne_affinities *a = t->affinities;
    force[0] = force[1] = 0;
    for (size_t e = a->start[i]; e < a->start[i + 1]; e++) {
        const double *other = t->places + 2 * (size_t)a->column[e];
        const double weight = a->p[e] * kernel(t->places + 2 * i, other);
        for (int k = 0; k < 2; k++)
            force[k] += weight * (t->places[2 * i + (size_t)k] - other[k]);
    }
}

/* One step of gradient descent with momentum and gains [Jacobs1988]. The forces of all points are taken
 * before any is moved: t->repulsion becomes the gradient. */
static wil_status step(tsne *t, double exaggeration, double momentum, double rate)
{
    double sum = 0;
    WIL_TRY(repel(t, &sum));
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < t->n; i++) {
        double force[2];
        attract(t, i, force);
        for (size_t k = 0; k < 2; k++)
            t->repulsion[2 * i + k] = 4 * (exaggeration * force[k] - t->repulsion[2 * i + k] / sum);
    }
    for (size_t i = 0; i < 2 * t->n; i++) {
        const double gradient = t->repulsion[i];
        const bool turned = gradient * t->velocity[i] > 0; /* uphill of where it was going */
        t->gains[i] = fmax(turned ? t->gains[i] * 0.8 : t->gains[i] + 0.2, 0.01);
        t->velocity[i] = momentum * t->velocity[i] - rate * t->gains[i] * gradient;
        t->places[i] += t->velocity[i];
    }
    return WIL_OK;
}

static void centre(double *places, size_t n)
{
    double mean[2] = {0, 0};
    for (size_t i = 0; i < 2 * n; i++)
        mean[i % 2] += places[i] / (double)n;
    for (size_t i = 0; i < 2 * n; i++)
        places[i] -= mean[i % 2];
}

static wil_status divergence(tsne *t, double *out)
{
    const tsne_affinities *a = t->affinities;
    double sum = 0;
    WIL_TRY(repel(t, &sum));
    *out = 0;
    for (size_t i = 0; i < t->n; i++)
        for (size_t e = a->start[i]; e < a->start[i + 1]; e++)
            if (a->p[e] > 0)
                *out += a->p[e] *
                        log(a->p[e] * sum / kernel(t->places + 2 * i, t->places + 2 * (size_t)a->column[e]));
    return WIL_OK;
}

static wil_status descend(tsne *t, const wil_tsne_config *config, const wil_monitor *monitor)
{
    const double rate = fmax((double)t->n / (4 * config->early_factor), 50);
    const int n_early = config->n_iterations / 4;
    const double start_s = wil_time_s();
    for (size_t i = 0; i < 2 * t->n; i++) {
        t->places[i] = 1e-4 * wil_rng_normal(wil_rng_at(config->seed, WIL_RNG_EMBED, 0), i);
        t->gains[i] = 1;
    }
    for (int it = 0; it < config->n_iterations; it++) {
        WIL_REQUIRE(!wil_monitor_stop_requested(monitor), WIL_ERR_INTERRUPTED,
            "interrupted after %d of %d iterations", it, config->n_iterations);
        const bool early = it < n_early;
        WIL_TRY(step(t, early ? config->early_factor : 1, early ? 0.5 : 0.8, rate));
        centre(t->places, t->n);
        if ((it + 1) % 50 == 0)
            wil_monitor_progress(monitor, "embed", it + 1, config->n_iterations, wil_time_s() - start_s, "");
    }
    return WIL_OK;
}

wil_status wil_tsne_embed(double *out, double *divergence_out, const wil_points *points,
    const wil_tsne_config *config, const wil_monitor *monitor)
{
    WIL_OWN(tsne_affinities) affinities = {0};
    WIL_OWN(tsne) t = {0};
    WIL_TRY(wil_fail_context(wil_fields_check(&wil_tsne_fields, config), "t-SNE"));
    WIL_TRY(points_check(points, 2, "samples"));
    WIL_REQUIRE((double)points->n > 3 * config->perplexity, WIL_ERR_INPUT,
        "%zu samples are too few for a perplexity of %g, which looks at %d neighbours of each; give more "
        "samples or a smaller perplexity",
        points->n, config->perplexity, (int)(3 * config->perplexity));
    WIL_TRY(tsne_affinities_make(&affinities, points, config->perplexity));
    WIL_TRY(tsne_make(&t, out, &affinities, config->theta));
    WIL_TRY(descend(&t, config, monitor));
    return divergence_out != NULL ? divergence(&t, divergence_out) : WIL_OK;
}
