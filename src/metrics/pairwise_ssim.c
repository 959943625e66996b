/* Mean SSIM over all pairs of images [Wang2004, equation 13]: the means and variances of each image are made
 * once, and a pair costs the window sums of one product. */
#include "willis/metrics.h"

#include <math.h>

#include "willis/num.h"

#define WIDTH 7
#define K1 0.01
#define K2 0.03

typedef struct gallery {
    const float *images; /* [n,height,width] */
    size_t n;
    int height, width;
    size_t n_windows; /* of an image */
    double *mean;     /* [n,n_windows]; double, as a covariance is what two products leave */
    double *variance; /* [n,n_windows], of samples */
    double c1, c2;
    double *pair_sums; /* [n] of SSIM over the pairs (i, j > i) */
    double *pair_squares;
} gallery;

static const float *image_of(const gallery *g, size_t i)
{
    return g->images + i * (size_t)g->height * (size_t)g->width;
}

/* Sums of a[k] b[k] over windows: out [n_windows]; rows: [height, width - 6] scratch. */
static void window_sums(double *out, double *rows, const float *a, const float *b, int height, int width)
{
    const int n_columns = width - WIDTH + 1;
    for (int y = 0; y < height; y++) {
        const float *a_row = a + (size_t)y * (size_t)width, *b_row = b + (size_t)y * (size_t)width;
        double *sums = rows + (size_t)y * (size_t)n_columns;
        for (int x = 0; x < n_columns; x++) {
            double sum = 0;
            for (int k = 0; k < WIDTH; k++)
                sum += (double)a_row[x + k] * (double)b_row[x + k];
            sums[x] = sum;
        }
    }
    for (int y = 0; y + WIDTH <= height; y++)
        for (int x = 0; x < n_columns; x++) {
            double sum = 0;
            for (int k = 0; k < WIDTH; k++)
                sum += rows[(size_t)(y + k) * (size_t)n_columns + (size_t)x];
            out[(size_t)y * (size_t)n_columns + (size_t)x] = sum;
        }
}

/* Of one image: means and variances of its windows. ones: an image of 1. */
static void prepare(gallery *g, double *sums, double *rows, const float *ones, size_t i)
{
    const double n = WIDTH * WIDTH;
    double *mean = g->mean + i * g->n_windows, *variance = g->variance + i * g->n_windows;
    window_sums(sums, rows, image_of(g, i), ones, g->height, g->width);
    for (size_t k = 0; k < g->n_windows; k++)
        mean[k] = sums[k] / n;
    window_sums(sums, rows, image_of(g, i), image_of(g, i), g->height, g->width);
    for (size_t k = 0; k < g->n_windows; k++)
        variance[k] = (sums[k] / n - mean[k] * mean[k]) * n / (n - 1);
}

static double pair_ssim(const gallery *g, double *sums, double *rows, size_t i, size_t j)
{
    const double n = WIDTH * WIDTH;
    double total = 0;
    window_sums(sums, rows, image_of(g, i), image_of(g, j), g->height, g->width);
    for (size_t k = 0; k < g->n_windows; k++) {
        const double ux = g->mean[i * g->n_windows + k], uy = g->mean[j * g->n_windows + k];
        const double vx = g->variance[i * g->n_windows + k], vy = g->variance[j * g->n_windows + k];
        const double vxy = (sums[k] / n - ux * uy) * n / (n - 1);
        total +=
            (2 * ux * uy + g->c1) * (2 * vxy + g->c2) / ((ux * ux + uy * uy + g->c1) * (vx + vy + g->c2));
    }
    return total / (double)g->n_windows;
}

static void one_against_later(gallery *g, double *sums, double *rows, size_t i)
{
    for (size_t j = i + 1; j < g->n; j++) {
        const double ssim = pair_ssim(g, sums, rows, i, j);
        g->pair_sums[i] += ssim;
        g->pair_squares[i] += ssim * ssim;
    }
}

/* false: out of memory. */
static bool compare_all(gallery *g)
{
    const size_t n_pixels = (size_t)g->height * (size_t)g->width;
    int n_failed = 0;
#pragma omp parallel reduction(+ : n_failed)
    {
        WIL_OWN(double) *sums = NULL; /* of each thread */
        WIL_OWN(double) *rows = NULL;
        WIL_OWN(float) *ones = NULL;
        const bool made = wil_alloc_f64(&sums, g->n_windows) == WIL_OK &&
                          wil_alloc_f64(&rows, n_pixels) == WIL_OK &&
                          wil_alloc_f32(&ones, n_pixels) == WIL_OK;
        n_failed += !made;
        for (size_t k = 0; made && k < n_pixels; k++)
            ones[k] = 1;
#pragma omp for schedule(static)
        for (size_t i = 0; i < g->n; i++)
            if (made)
                prepare(g, sums, rows, ones, i);
#pragma omp for schedule(dynamic, 1)
        for (size_t i = 0; i < g->n; i++)
            if (made)
                one_against_later(g, sums, rows, i);
    }
    return n_failed == 0;
}

static wil_status gallery_make(gallery *g)
{
    WIL_TRY(wil_alloc_f64(&g->mean, g->n * g->n_windows));
    WIL_TRY(wil_alloc_f64(&g->variance, g->n * g->n_windows));
    WIL_TRY(wil_alloc_f64(&g->pair_sums, g->n));
    return wil_alloc_f64(&g->pair_squares, g->n);
}

static void gallery_clear(gallery *g)
{
    wil_free(g->mean);
    wil_free(g->variance);
    wil_free(g->pair_sums);
    wil_free(g->pair_squares);
}
WIL_OWNED_VALUE(gallery, gallery_clear)

wil_status wil_pairwise_ssim(
    double *mean_out, double *sd_out, const float *images, size_t n, int height, int width, double range)
{
    WIL_REQUIRE(n >= 2, WIL_ERR_INPUT, "pairs need two images at least, got %zu", n);
    WIL_REQUIRE(height >= WIDTH && width >= WIDTH, WIL_ERR_INPUT,
        "images of %dx%d pixels are smaller than the window of SSIM, 7x7", height, width);
    WIL_REQUIRE(range > 0, WIL_ERR_ARG, "the range of possible values must be above 0, got %g", range);
    WIL_OWN(gallery) g = {.images = images, .n = n, .height = height, .width = width};
    g.n_windows = (size_t)(height - WIDTH + 1) * (size_t)(width - WIDTH + 1);
    g.c1 = K1 * range * (K1 * range);
    g.c2 = K2 * range * (K2 * range);
    WIL_TRY(gallery_make(&g));
    WIL_REQUIRE(compare_all(&g), WIL_ERR_MEMORY, "out of memory for the pairs of %zu images", n);
    const double n_pairs = (double)n * (double)(n - 1) / 2;
    const double mean = wil_num_mean(g.pair_sums, n) * (double)n / n_pairs;
    const double squares = wil_num_mean(g.pair_squares, n) * (double)n / n_pairs;
    *mean_out = mean;
    if (sd_out != NULL)
        *sd_out = squares > mean * mean ? sqrt(squares - mean * mean) : 0;
    return WIL_OK;
}
