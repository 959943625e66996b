/* Nearest neighbours among samples, and balls that hold samples. Every pair is looked at: in tens to
 * thousands of dimensions no tree is faster. What lies within rounding of a decision is computed again as a
 * sum of squared differences, so equal samples are equal. */
#include "point_pairs.h"

#include <math.h>
#include <string.h>

/* ---- the k nearest ------------------------------------------------------------------------------------ */

typedef struct nearest_pass {
    const wil_points *queries, *targets;
    double *squared; /* [n_queries,k], rising */
    int32_t *index;  /* [n_queries,k] */
    int k;
    bool other_than_self;
} nearest_pass;

static void insert(double *squared, int32_t *index, int k, double value, size_t target)
{
    int at = k - 1;
    for (; at > 0 && squared[at - 1] > value; at--) {
        squared[at] = squared[at - 1];
        index[at] = index[at - 1];
    }
    squared[at] = value;
    index[at] = (int32_t)target;
}

static void visit_nearest(
    void *context, size_t query, size_t first, const double *squared, const double *slack, size_t n)
{
    const nearest_pass *pass = context;
    const size_t k = (size_t)pass->k, d = (size_t)pass->queries->d;
    double *kept = pass->squared + query * k;
    int32_t *index = pass->index + query * k;
    for (size_t j = 0; j < n; j++) {
        if (squared[j] - slack[j] >= kept[k - 1] || (pass->other_than_self && first + j == query))
            continue;
        const double exact = points_squared_distance(
            pass->queries->values + query * d, pass->targets->values + (first + j) * d, (int)d);
        if (exact < kept[k - 1])
            insert(kept, index, pass->k, exact, first + j);
    }
}

wil_status wil_nearest_points(double *squared_out, int32_t *index_out, const wil_points *queries,
    const wil_points *targets, int k, bool other_than_self)
{
    WIL_OWN(int32_t) *own_index = NULL;
    int32_t *index = index_out;
    WIL_REQUIRE(k >= 1, WIL_ERR_ARG, "%d nearest neighbours were asked for; at least 1", k);
    WIL_TRY(points_check_same_width(queries->d, targets->d));
    WIL_TRY(points_check(queries, 1, "samples"));
    WIL_TRY(points_check(targets, (size_t)k + (other_than_self ? 1 : 0), "their neighbours"));
    if (index == NULL) {
        WIL_TRY(wil_alloc_i32(&own_index, queries->n * (size_t)k));
        index = own_index;
    }
    for (size_t i = 0; i < queries->n * (size_t)k; i++)
        squared_out[i] = INFINITY;
    nearest_pass pass = {.queries = queries,
        .targets = targets,
        .squared = squared_out,
        .index = index,
        .k = k,
        .other_than_self = other_than_self};
    return point_pairs_visit(queries, targets, visit_nearest, &pass);
}

/* ---- balls -------------------------------------------------------------------------------------------- */

typedef struct balls_pass {
    const wil_points *queries, *centres;
    const double *radius_a, *radius_b;
    int32_t *count_a, *count_b;
    double *nearest;
} balls_pass;

static double exact_pair(const balls_pass *pass, size_t query, size_t centre)
{
    const size_t d = (size_t)pass->queries->d;
    return points_squared_distance(
        pass->queries->values + query * d, pass->centres->values + centre * d, (int)d);
}

static bool is_close(double a, double b, double slack)
{
    return fabs(a - b) <= slack;
}

static void visit_balls(
    void *context, size_t query, size_t first, const double *squared, const double *slack, size_t n)
{
    const balls_pass *pass = context;
    for (size_t j = 0; j < n; j++) {
        const size_t centre = first + j;
        const double a = pass->radius_a[centre];
        const double b = pass->radius_b != NULL ? pass->radius_b[centre] : a;
        double value = squared[j];
        if (is_close(value, a, slack[j]) || is_close(value, b, slack[j]) ||
            (pass->nearest != NULL && value - slack[j] < pass->nearest[query]))
            value = exact_pair(pass, query, centre);
        pass->count_a[query] += value <= a;
        if (pass->count_b != NULL)
            pass->count_b[query] += value <= b;
        if (pass->nearest != NULL && value < pass->nearest[query])
            pass->nearest[query] = value;
    }
}

wil_status balls_count(int32_t *count_a, int32_t *count_b, double *nearest_squared, const wil_points *queries,
    const wil_points *centres, const double *radius_a, const double *radius_b)
{
    balls_pass pass = {.queries = queries,
        .centres = centres,
        .radius_a = radius_a,
        .radius_b = radius_b,
        .count_a = count_a,
        .count_b = count_b,
        .nearest = nearest_squared};
    memset(count_a, 0, queries->n * sizeof *count_a);
    if (count_b != NULL)
        memset(count_b, 0, queries->n * sizeof *count_b);
    for (size_t i = 0; nearest_squared != NULL && i < queries->n; i++)
        nearest_squared[i] = INFINITY;
    return point_pairs_visit(queries, centres, visit_balls, &pass);
}
