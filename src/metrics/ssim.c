/* Structural similarity, "Image quality assessment: from error visibility to structural similarity"
 * [Wang2004, equation 13]. A slice is filtered along the third axis first, so that flat and solid windows are
 * one code and scratch is five slices. */
#include "metrics_internal.h"

#include <math.h>

#define N_FIELDS 5 /* x, y, xx, yy, xy */
#define MOST_WIDTH 11
#define SIGMA 1.5
#define K1 0.01
#define K2 0.03

/* ---- windows ------------------------------------------------------------------------------------------- */

ssim_window ssim_window_uniform(int depth)
{
    ssim_window window = {.width = 7, .depth = depth};
    const double n = 7.0 * 7.0 * depth;
    for (int k = 0; k < window.width; k++)
        window.weight[k] = 1.0 / 7;
    window.covariance = n / (n - 1);
    return window;
}

ssim_window ssim_window_gaussian(int depth)
{
    ssim_window window = {.width = MOST_WIDTH, .depth = depth, .covariance = 1};
    const int middle = MOST_WIDTH / 2;
    double sum = 0;
    for (int k = 0; k < MOST_WIDTH; k++) {
        const double d = (k - middle) / SIGMA;
        window.weight[k] = exp(-0.5 * d * d);
        sum += window.weight[k];
    }
    for (int k = 0; k < MOST_WIDTH; k++)
        window.weight[k] /= sum;
    return window;
}

/* ---- one slice ----------------------------------------------------------------------------------------- */

typedef struct ssim_pass {
    ssim_sum *sums;
    const ssim_window *window;
    const wil_volume *truth, *prediction;
    const wil_mask *within;
    double c1, c2;
    int n_failed; /* slices, of memory */
} ssim_pass;

/* Weighted sums along the third axis of row y: fields [N_FIELDS, nx]. */
static void filter_through(double *fields, const ssim_pass *pass, int y, int z)
{
    const int *size = pass->truth->grid.size;
    const ssim_window *window = pass->window;
    const int nx = size[0];
    for (int k = 0; k < N_FIELDS * nx; k++)
        fields[k] = 0;
    for (int k = 0; k < window->depth; k++) {
        const double w = window->depth == 1 ? 1 : window->weight[k];
        const size_t row = ((size_t)(z - window->depth / 2 + k) * (size_t)size[1] + (size_t)y) * (size_t)nx;
        const float *x_row = pass->truth->voxels + row, *y_row = pass->prediction->voxels + row;
        for (int i = 0; i < nx; i++) {
            const double a = x_row[i], b = y_row[i];
            fields[i] += w * a;
            fields[nx + i] += w * b;
            fields[2 * nx + i] += w * a * a;
            fields[3 * nx + i] += w * b * b;
            fields[4 * nx + i] += w * a * b;
        }
    }
}

/* from: n + width - 1 values. */
static void filter_row(double *out, const double *from, int n, const ssim_window *window)
{
    for (int i = 0; i < n; i++)
        out[i] = 0;
    for (int k = 0; k < window->width; k++)
        for (int i = 0; i < n; i++)
            out[i] += window->weight[k] * from[i + k];
}

/* means: of the five fields in one window. */
static double similarity_of(const double means[N_FIELDS], const ssim_pass *pass)
{
    const double norm = pass->window->covariance, ux = means[0], uy = means[1];
    const double vx = norm * (means[2] - ux * ux), vy = norm * (means[3] - uy * uy);
    const double vxy = norm * (means[4] - ux * uy);
    return (2 * ux * uy + pass->c1) * (2 * vxy + pass->c2) /
           ((ux * ux + uy * uy + pass->c1) * (vx + vy + pass->c2));
}

/* rows: [ny, N_FIELDS, n_columns], filtered along the first and third axis; y: the window's first row. */
static void add_row(ssim_sum *sum, const ssim_pass *pass, const double *rows, int n_columns, int y, int z)
{
    const int *size = pass->truth->grid.size;
    const ssim_window *window = pass->window;
    const int half = window->width / 2;
    const size_t centre = ((size_t)z * (size_t)size[1] + (size_t)(y + half)) * (size_t)size[0] + (size_t)half;
    for (int i = 0; i < n_columns; i++) {
        if (pass->within != NULL && pass->within->voxels[centre + (size_t)i] == 0)
            continue;
        double means[N_FIELDS] = {0};
        for (int k = 0; k < window->width; k++)
            for (int f = 0; f < N_FIELDS; f++)
                means[f] += window->weight[k] *
                            rows[((size_t)(y + k) * N_FIELDS + (size_t)f) * (size_t)n_columns + (size_t)i];
        sum->sum += similarity_of(means, pass);
        sum->n++;
    }
}

static wil_status sum_slice(ssim_sum *sum, const ssim_pass *pass, int z)
{
    const int *size = pass->truth->grid.size;
    const int n_columns = size[0] - pass->window->width + 1;
    const int n_rows = size[1] - pass->window->width + 1;
    WIL_OWN(double) *fields = NULL, *rows = NULL;
    WIL_TRY(wil_alloc_f64(&fields, N_FIELDS * (size_t)size[0]));
    WIL_TRY(wil_alloc_f64(&rows, (size_t)size[1] * N_FIELDS * (size_t)n_columns));
    for (int y = 0; y < size[1]; y++) {
        filter_through(fields, pass, y, z);
        for (int f = 0; f < N_FIELDS; f++)
            filter_row(rows + ((size_t)y * N_FIELDS + (size_t)f) * (size_t)n_columns,
                fields + (size_t)f * (size_t)size[0], n_columns, pass->window);
    }
    for (int y = 0; y < n_rows; y++)
        add_row(sum, pass, rows, n_columns, y, z);
    return WIL_OK;
}

/* ---- all slices ---------------------------------------------------------------------------------------- */

static void sum_slices(int64_t begin, int64_t end, void *context)
{
    ssim_pass *pass = context;
    const int *size = pass->truth->grid.size;
    const int half_depth = pass->window->depth / 2;
    for (int64_t z = begin; z < end; z++)
        if (z >= half_depth && z + half_depth < size[2] &&
            sum_slice(&pass->sums[z], pass, (int)z) != WIL_OK) {
#pragma omp atomic
            pass->n_failed++;
        }
}

wil_status ssim_slices(ssim_sum *sums, const ssim_window *window, const wil_volume *truth,
    const wil_volume *prediction, const wil_mask *within, double range)
{
    const int *size = truth->grid.size;
    ssim_pass pass = {.sums = sums,
        .window = window,
        .truth = truth,
        .prediction = prediction,
        .within = within,
        .c1 = K1 * range * (K1 * range),
        .c2 = K2 * range * (K2 * range)};
    for (int z = 0; z < size[2]; z++)
        sums[z] = (ssim_sum){0};
    if (size[0] < window->width || size[1] < window->width || size[2] < window->depth)
        return WIL_OK;
    wil_parallel_for(size[2], 1, sum_slices, &pass);
    WIL_REQUIRE(pass.n_failed == 0, WIL_ERR_MEMORY,
        "out of memory for the structural similarity of %d slices", pass.n_failed);
    return WIL_OK;
}
