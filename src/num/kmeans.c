/* Lloyd's k-means from k-means++ centres [Arthur2007, "k-means++: the advantages of careful seeding"]. */
#include "willis/num.h"

#include <string.h>

#define CHUNK 512 /* points whose sums are made together; fixed, so that results do not depend on threads */

typedef struct kmeans {
    size_t n;
    int d, k;
    double *x;          /* [n,d] points around their mean, so that |x|^2 - 2xc + |c|^2 keeps its digits */
    double *centres;    /* [k,d] */
    double *products;   /* [n,k] of points and centres */
    double *distances;  /* [n] squared, to the own centre */
    int32_t *cluster;   /* [n] */
    double *chunk_sums; /* [n_chunks,k,d] */
    int32_t *changed;   /* [n_chunks] points that took another cluster */
} kmeans;

static size_t n_chunks_of(size_t n)
{
    return (n + CHUNK - 1) / CHUNK;
}

static const double *point(const kmeans *m, size_t i)
{
    return m->x + i * (size_t)m->d;
}

static void centre_at(kmeans *m, int c, size_t i)
{
    memcpy(m->centres + (size_t)c * (size_t)m->d, point(m, i), (size_t)m->d * sizeof *m->centres);
}

static double squared_norm(const double *x, int d)
{
    double sum = 0;
    for (int j = 0; j < d; j++)
        sum += x[j] * x[j];
    return sum;
}

/* ---- assignment and sums of one chunk ----------------------------------------------------------------- */

static int nearest_centre(double *distance_out, const double *products, const double *centre_norms, int k)
{
    int best = 0;
    double smallest = centre_norms[0] - 2 * products[0];
    for (int c = 1; c < k; c++) {
        const double value = centre_norms[c] - 2 * products[c];
        if (value < smallest) {
            smallest = value;
            best = c;
        }
    }
    *distance_out = smallest;
    return best;
}

typedef struct pass {
    kmeans *m;
    const double *centre_norms;
} pass;

static void assign_chunk(int64_t begin, int64_t end, void *context)
{
    const pass *p = context;
    kmeans *m = p->m;
    const size_t chunk = (size_t)begin / CHUNK, d = (size_t)m->d;
    double *products = m->products + (size_t)begin * (size_t)m->k;
    double *sums = m->chunk_sums + chunk * (size_t)m->k * d;
    memset(sums, 0, (size_t)m->k * d * sizeof *sums);
    wil_num_multiply_transposed(
        products, point(m, (size_t)begin), (size_t)(end - begin), m->centres, (size_t)m->k, m->d);
    m->changed[chunk] = 0;
    for (int64_t i = begin; i < end; i++) {
        const double *at = point(m, (size_t)i);
        double rest = 0;
        const int c =
            nearest_centre(&rest, products + (size_t)(i - begin) * (size_t)m->k, p->centre_norms, m->k);
        const double squared = squared_norm(at, m->d) + rest;
        m->distances[i] = squared > 0 ? squared : 0;
        m->changed[chunk] += m->cluster[i] != c;
        m->cluster[i] = c;
        for (size_t j = 0; j < d; j++)
            sums[(size_t)c * d + j] += at[j];
    }
}

/* Gives every point its nearest centre; returns how many changed. centre_norms: [k] scratch. */
static int64_t assign(kmeans *m, double *centre_norms)
{
    pass p = {.m = m, .centre_norms = centre_norms};
    for (int c = 0; c < m->k; c++)
        centre_norms[c] = squared_norm(m->centres + (size_t)c * (size_t)m->d, m->d);
    wil_parallel_for((int64_t)m->n, CHUNK, assign_chunk, &p);
    int64_t changed = 0;
    for (size_t chunk = 0; chunk < n_chunks_of(m->n); chunk++)
        changed += m->changed[chunk];
    return changed;
}

/* ---- centres ------------------------------------------------------------------------------------------ */

static size_t farthest_point(const kmeans *m)
{
    size_t best = 0;
    for (size_t i = 1; i < m->n; i++)
        if (m->distances[i] > m->distances[best])
            best = i;
    return best;
}

static void move_centres(kmeans *m)
{
    const size_t d = (size_t)m->d;
    for (int c = 0; c < m->k; c++) {
        double *centre = m->centres + (size_t)c * d;
        size_t size = 0;
        for (size_t i = 0; i < m->n; i++)
            size += m->cluster[i] == c;
        if (size == 0) {
            const size_t far = farthest_point(m);
            centre_at(m, c, far);
            m->distances[far] = 0; /* so that a second empty cluster takes another point */
            continue;
        }
        memset(centre, 0, d * sizeof *centre);
        for (size_t chunk = 0; chunk < n_chunks_of(m->n); chunk++)
            for (size_t j = 0; j < d; j++)
                centre[j] += m->chunk_sums[(chunk * (size_t)m->k + (size_t)c) * d + j];
        for (size_t j = 0; j < d; j++)
            centre[j] /= (double)size;
    }
}

typedef struct newest {
    kmeans *m;
    const double *centre;
} newest;

static void shorten_distances(int64_t begin, int64_t end, void *context)
{
    const newest *last = context;
    kmeans *m = last->m;
    for (int64_t i = begin; i < end; i++) {
        const double *at = point(m, (size_t)i);
        double sum = 0;
        for (int j = 0; j < m->d; j++) {
            const double step = at[j] - last->centre[j];
            sum += step * step;
        }
        if (sum < m->distances[i])
            m->distances[i] = sum;
    }
}

/* The point up to which the share u of all squared distances lies; one at a distance of 0 only if all are. */
static size_t drawn_by_distance(const kmeans *m, double u)
{
    double total = 0;
    for (size_t i = 0; i < m->n; i++)
        total += m->distances[i];
    if (!(total > 0))
        return (size_t)(u * (double)m->n);
    double left = u * total;
    size_t last = 0;
    for (size_t i = 0; i < m->n; i++) {
        if (m->distances[i] > 0)
            last = i;
        left -= m->distances[i];
        if (left < 0)
            return i;
    }
    return last;
}

static void first_centres(kmeans *m, wil_rng_cursor *cursor)
{
    for (size_t i = 0; i < m->n; i++) {
        m->cluster[i] = -1;
        m->distances[i] = 1e300;
    }
    centre_at(m, 0, wil_rng_next_below(cursor, m->n));
    for (int c = 1; c < m->k; c++) {
        newest last = {.m = m, .centre = m->centres + (size_t)(c - 1) * (size_t)m->d};
        wil_parallel_for((int64_t)m->n, CHUNK, shorten_distances, &last);
        centre_at(m, c, drawn_by_distance(m, wil_rng_next_uniform(cursor)));
    }
}

/* ---- the whole ---------------------------------------------------------------------------------------- */

static wil_status kmeans_make(kmeans *m, const float *points, size_t n, int d, int k)
{
    const size_t width = (size_t)d;
    WIL_OWN(double) *mean = NULL;
    *m = (kmeans){.n = n, .d = d, .k = k};
    WIL_TRY(wil_alloc_f64(&m->x, n * width));
    WIL_TRY(wil_alloc_f64(&m->centres, (size_t)k * width));
    WIL_TRY(wil_alloc_f64(&m->products, n * (size_t)k));
    WIL_TRY(wil_alloc_f64(&m->distances, n));
    WIL_TRY(wil_alloc_i32(&m->cluster, n));
    WIL_TRY(wil_alloc_f64(&m->chunk_sums, n_chunks_of(n) * (size_t)k * width));
    WIL_TRY(wil_alloc_i32(&m->changed, n_chunks_of(n)));
    WIL_TRY(wil_alloc_f64(&mean, width));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < width; j++)
            mean[j] += (double)points[i * width + j] / (double)n;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < width; j++)
            m->x[i * width + j] = (double)points[i * width + j] - mean[j];
    return WIL_OK;
}

static void kmeans_clear(kmeans *m)
{
    wil_free(m->x);
    wil_free(m->centres);
    wil_free(m->products);
    wil_free(m->distances);
    wil_free(m->cluster);
    wil_free(m->chunk_sums);
    wil_free(m->changed);
}
WIL_OWNED_VALUE(kmeans, kmeans_clear)

static double cluster_once(kmeans *m, double *centre_norms, int max_iterations, wil_rng_cursor *cursor)
{
    first_centres(m, cursor);
    for (int t = 0; t < max_iterations && assign(m, centre_norms) > 0; t++)
        move_centres(m);
    double sum = 0;
    for (size_t i = 0; i < m->n; i++)
        sum += m->distances[i];
    return sum;
}

wil_status wil_num_kmeans(int32_t *cluster_out, double *sum_of_squares_out, const float *points, size_t n,
    int d, const wil_kmeans_config *config)
{
    WIL_OWN(kmeans) m = {0};
    WIL_OWN(double) *centre_norms = NULL;
    WIL_REQUIRE(config->n_clusters >= 1 && config->n_restarts >= 1 && config->max_iterations >= 1 && d >= 1,
        WIL_ERR_ARG, "k-means needs one cluster, restart, iteration and dimension at least");
    WIL_REQUIRE(n >= (size_t)config->n_clusters, WIL_ERR_ARG,
        "%zu points cannot be put into %d clusters; ask for fewer", n, config->n_clusters);
    WIL_TRY(wil_num_load_blas());
    wil_rng_cursor cursor = {.rng = wil_rng_at(config->seed, WIL_RNG_CLUSTER, config->run)};
    WIL_TRY(kmeans_make(&m, points, n, d, config->n_clusters));
    WIL_TRY(wil_alloc_f64(&centre_norms, (size_t)config->n_clusters));
    double best = 0;
    for (int r = 0; r < config->n_restarts; r++) {
        const double sum = cluster_once(&m, centre_norms, config->max_iterations, &cursor);
        if (r > 0 && !(sum < best))
            continue;
        best = sum;
        memcpy(cluster_out, m.cluster, n * sizeof *cluster_out);
    }
    if (sum_of_squares_out != NULL)
        *sum_of_squares_out = best;
    return WIL_OK;
}
