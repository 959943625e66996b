#include "point_pairs.h"

#include "willis/num.h"

#define QUERIES 128 /* per block: shares the conversion of a target block to double */
#define TARGETS 512
/* Of |x|^2 + |y|^2: an inner product of thousands of terms is off by less than 1e-12 of it. */
#define RELATIVE_SLACK 1e-11

typedef struct pairs {
    const wil_points *queries, *targets;
    double *mean;         /* [d] of the targets */
    double *query_norms;  /* [n] |x - mean|^2 */
    double *target_norms; /* [n] */
    pairs_visit visit;
    void *context;
} pairs;

/* Rows first .. first + n - 1 around the mean. */
static void centred_rows(double *out, const wil_points *points, const double *mean, size_t first, size_t n)
{
    const size_t d = (size_t)points->d;
    const float *rows = points->values + first * d;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < d; j++)
            out[i * d + j] = (double)rows[i * d + j] - mean[j];
}

static void norms_of(double *out, const wil_points *points, const double *mean)
{
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < points->n; i++) {
        const float *row = points->values + i * (size_t)points->d;
        double sum = 0;
        for (int j = 0; j < points->d; j++)
            sum += ((double)row[j] - mean[j]) * ((double)row[j] - mean[j]);
        out[i] = sum;
    }
}

static wil_status pairs_make(pairs *p)
{
    const size_t d = (size_t)p->targets->d;
    WIL_TRY(wil_alloc_f64(&p->mean, d));
    WIL_TRY(wil_alloc_f64(&p->query_norms, p->queries->n));
    WIL_TRY(wil_alloc_f64(&p->target_norms, p->targets->n));
    for (size_t i = 0; i < p->targets->n; i++)
        for (size_t j = 0; j < d; j++)
            p->mean[j] += (double)p->targets->values[i * d + j] / (double)p->targets->n;
    norms_of(p->query_norms, p->queries, p->mean);
    norms_of(p->target_norms, p->targets, p->mean);
    return WIL_OK;
}

static void pairs_clear(pairs *p)
{
    wil_free(p->mean);
    wil_free(p->query_norms);
    wil_free(p->target_norms);
}
WIL_OWNED_VALUE(pairs, pairs_clear)

/* products: [QUERIES,TARGETS] of inner products, n_targets a row. */
static void visit_rows(const pairs *p, double *products, size_t first_query, size_t n_queries,
    size_t first_target, size_t n_targets)
{
    double slack[TARGETS];
    for (size_t i = 0; i < n_queries; i++) {
        double *row = products + i * n_targets;
        const double norm = p->query_norms[first_query + i];
        for (size_t j = 0; j < n_targets; j++) {
            const double sum = norm + p->target_norms[first_target + j];
            row[j] = sum - 2 * row[j];
            slack[j] = RELATIVE_SLACK * sum;
        }
        p->visit(p->context, first_query + i, first_target, row, slack, n_targets);
    }
}

/* scratch: [(QUERIES + TARGETS) * d + QUERIES * TARGETS] */
static void visit_block(const pairs *p, double *scratch, size_t first_query)
{
    const size_t d = (size_t)p->queries->d, left = p->queries->n - first_query;
    const size_t n_queries = left < QUERIES ? left : QUERIES;
    double *x = scratch, *y = x + QUERIES * d, *products = y + TARGETS * d;
    centred_rows(x, p->queries, p->mean, first_query, n_queries);
    for (size_t first = 0; first < p->targets->n; first += TARGETS) {
        const size_t n = p->targets->n - first < TARGETS ? p->targets->n - first : TARGETS;
        centred_rows(y, p->targets, p->mean, first, n);
        wil_num_multiply_transposed(products, x, n_queries, y, n, (int)d);
        visit_rows(p, products, first_query, n_queries, first, n);
    }
}

/* false: out of memory. */
static bool visit_all(const pairs *p)
{
    const size_t d = (size_t)p->queries->d;
    const int64_t n_blocks = (int64_t)((p->queries->n + QUERIES - 1) / QUERIES);
    int n_failed = 0;
#pragma omp parallel reduction(+ : n_failed)
    {
        WIL_OWN(double) *scratch = NULL; /* of each thread */
        if (wil_alloc_f64(&scratch, (QUERIES + TARGETS) * d + QUERIES * TARGETS) != WIL_OK)
            n_failed++;
#pragma omp for schedule(dynamic, 1)
        for (int64_t block = 0; block < n_blocks; block++)
            if (scratch != NULL)
                visit_block(p, scratch, (size_t)block * QUERIES);
    }
    return n_failed == 0;
}

wil_status point_pairs_visit(
    const wil_points *queries, const wil_points *targets, pairs_visit visit, void *context)
{
    WIL_OWN(pairs) p = {.queries = queries, .targets = targets, .visit = visit, .context = context};
    WIL_TRY(wil_num_load_blas());
    WIL_TRY(pairs_make(&p));
    return !visit_all(&p) ? wil_fail(WIL_ERR_MEMORY, "out of memory for the distances of %zu and %zu samples",
                                queries->n, targets->n)
                          : WIL_OK;
}
