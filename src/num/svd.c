/* Singular values by one-sided Jacobi rotations [Hestenes1958; Demmel1992 for its accuracy]: columns are
 * turned pairwise until all are orthogonal. For the few hundred columns that we have it is fast enough,
 * accurate for small values too, and has the same bits on every machine and number of threads. */
#include "willis/num.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_SWEEPS 60
#define ORTHOGONAL 1e-15 /* |cosine| of two columns, near the rounding of a dot product */

static double dot(const double *a, const double *b, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static void turn(double *a, double *b, int n, double c, double s)
{
    for (int i = 0; i < n; i++) {
        const double x = a[i];
        a[i] = c * x - s * b[i];
        b[i] = s * x + c * b[i];
    }
}

/* One rotation that makes rows p and q of work orthogonal; false if they were. */
static bool make_orthogonal(double *work, double *right, int p, int q, int n_rows, int n_columns)
{
    double *a = work + (size_t)p * (size_t)n_rows, *b = work + (size_t)q * (size_t)n_rows;
    const double aa = dot(a, a, n_rows);
    const double bb = dot(b, b, n_rows);
    const double ab = dot(a, b, n_rows);
    if (fabs(ab) <= ORTHOGONAL * sqrt(aa) * sqrt(bb) || ab == 0)
        return false;
    const double zeta = (bb - aa) / (2 * ab);
    const double t = (zeta >= 0 ? 1 : -1) / (fabs(zeta) + sqrt(1 + zeta * zeta));
    const double c = 1 / sqrt(1 + t * t);
    turn(a, b, n_rows, c, c * t);
    turn(right + (size_t)p * (size_t)n_columns, right + (size_t)q * (size_t)n_columns, n_columns, c, c * t);
    return true;
}

typedef struct svd_order {
    double value;
    int column;
} svd_order;
WIL_OWNED_POINTER(svd_order, wil_free)

static int compare_order(const void *a, const void *b)
{
    const svd_order *x = a;
    const svd_order *y = b;
    if (x->value != y->value)
        return x->value < y->value ? 1 : -1;
    return x->column - y->column;
}

/* work [n_columns, n_rows]: orthogonal columns of the matrix, as rows. */
static wil_status collect(wil_svd *out, const double *work, const double *right)
{
    const size_t m = (size_t)out->n_rows, n = (size_t)out->n_columns;
    WIL_OWN(svd_order) *order = NULL;
    WIL_TRY(wil_alloc((void **)&order, n, sizeof *order));
    for (size_t i = 0; i < n; i++)
        order[i] = (svd_order){sqrt(dot(work + i * m, work + i * m, out->n_rows)), (int)i};
    qsort(order, n, sizeof *order, compare_order);
    for (size_t i = 0; i < n; i++) {
        const size_t from = (size_t)order[i].column;
        out->values[i] = order[i].value;
        memcpy(out->right + i * n, right + from * n, n * sizeof *right);
        for (size_t r = 0; r < m && order[i].value > 0; r++)
            out->left[i * m + r] = work[from * m + r] / order[i].value;
    }
    return WIL_OK;
}

static void iterate(double *work, double *right, int n_rows, int n_columns)
{
    for (int sweep = 0; sweep < MOST_SWEEPS; sweep++) {
        bool turned = false;
        for (int p = 0; p + 1 < n_columns; p++)
            for (int q = p + 1; q < n_columns; q++)
                turned |= make_orthogonal(work, right, p, q, n_rows, n_columns);
        if (!turned)
            return;
    } /* what still turns does so within rounding */
}

static wil_status decompose(wil_svd *out, const double *matrix)
{
    const size_t m = (size_t)out->n_rows, n = (size_t)out->n_columns;
    WIL_OWN(double) *work = NULL, *right = NULL;
    WIL_TRY(wil_alloc_f64(&work, m * n));
    WIL_TRY(wil_alloc_f64(&right, n * n));
    for (size_t i = 0; i < n; i++) {
        right[i * n + i] = 1;
        for (size_t r = 0; r < m; r++)
            work[i * m + r] = matrix[r * n + i];
    }
    iterate(work, right, out->n_rows, out->n_columns);
    return collect(out, work, right);
}

wil_status wil_num_svd(wil_svd *out, const double *matrix, int n_rows, int n_columns)
{
    *out = (wil_svd){0};
    WIL_REQUIRE(n_columns >= 1 && n_rows >= n_columns, WIL_ERR_ARG,
        "a singular value decomposition of %d x %d was asked for; at least as many rows as columns are "
        "needed",
        n_rows, n_columns);
    const size_t m = (size_t)n_rows, n = (size_t)n_columns;
    for (size_t i = 0; i < m * n; i++)
        WIL_REQUIRE(isfinite(matrix[i]), WIL_ERR_NUMERIC,
            "a matrix element is not finite: row %zu, column %zu", i / n, i % n);
    WIL_OWN(wil_svd) made = {.n_rows = n_rows, .n_columns = n_columns};
    WIL_TRY(wil_alloc_f64(&made.values, n));
    WIL_TRY(wil_alloc_f64(&made.left, m * n));
    WIL_TRY(wil_alloc_f64(&made.right, n * n));
    WIL_TRY(decompose(&made, matrix));
    return wil_give_value(out, &made);
}

void wil_svd_clear(wil_svd *svd)
{
    wil_free(svd->values);
    wil_free(svd->left);
    wil_free(svd->right);
    *svd = (wil_svd){0};
}
