/* Products and decompositions of dense matrices: OpenBLAS and LAPACK within one thread, tiles among threads.
 */
#include "willis/num.h"

#include <cblas.h>
#include <lapacke.h>
#include <pthread.h>

#define TILE 256 /* columns; two tiles of 1024 rows fit in a second-level cache's company */

static void hold_to_one_thread(void)
{
    openblas_set_num_threads(1);
}

/* OpenBLAS splits sums by its number of threads, so bits would change with it. */
static void one_thread(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, hold_to_one_thread);
}

static int tile_end(int begin, int d)
{
    return begin + TILE < d ? begin + TILE : d;
}

void wil_num_scatter_add(double *scatter, const double *rows, size_t n, int d)
{
    const int n_tiles = (d + TILE - 1) / TILE;
    one_thread();
#pragma omp parallel for schedule(dynamic, 1) if (n_tiles > 1)
    for (int tile = 0; tile < n_tiles * n_tiles; tile++) {
        const int i = tile / n_tiles * TILE;
        const int j = tile % n_tiles * TILE;
        if (j < i)
            continue;
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, tile_end(i, d) - i, tile_end(j, d) - j, (int)n,
            1.0, rows + i, d, rows + j, d, 1.0, scatter + (size_t)i * (size_t)d + j, d);
    }
}

void wil_num_mirror(double *matrix, int d)
{
    const size_t width = (size_t)d;
    for (size_t i = 0; i < width; i++)
        for (size_t j = i + 1; j < width; j++)
            matrix[j * width + i] = matrix[i * width + j];
}

void wil_num_multiply_transposed(double *out, const double *a, size_t n_a, const double *b, size_t n_b, int k)
{
    const int64_t n_tiles = (int64_t)((n_a + TILE - 1) / TILE);
    one_thread();
#pragma omp parallel for schedule(dynamic, 1) if (n_tiles > 1)
    for (int64_t tile = 0; tile < n_tiles; tile++) {
        const size_t i = (size_t)tile * TILE;
        const size_t rows = i + TILE < n_a ? TILE : n_a - i;
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)n_b, k, 1.0, a + i * (size_t)k,
            k, b, k, 0.0, out + i * n_b, (int)n_b);
    }
}

/* LAPACK's answer in words: below 0 an argument (LAPACKE also says so of NaN), above 0 no convergence. */
static wil_status outcome(lapack_int info, const char *what, int d)
{
    WIL_REQUIRE(info != LAPACK_WORK_MEMORY_ERROR, WIL_ERR_MEMORY,
        "out of memory for the %s of a %dx%d matrix", what, d, d);
    WIL_REQUIRE(info >= 0, WIL_ERR_NUMERIC, "a %dx%d matrix holds NaN and has no %s", d, d, what);
    WIL_REQUIRE(info == 0, WIL_ERR_NUMERIC, "the %s of a %dx%d matrix did not converge", what, d, d);
    return WIL_OK;
}

/* The matrix is its own transpose, so LAPACK's columns are our rows. */
wil_status wil_num_eigen_symmetric(double *values_out, double *matrix, int d)
{
    one_thread();
    return outcome(LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'L', d, matrix, d, values_out), "eigenvalues", d);
}

/* A matrix and its transpose have the same. */
wil_status wil_num_singular_values(double *values_out, double *matrix, int d)
{
    double unused = 0;
    one_thread();
    return outcome(LAPACKE_dgesdd(LAPACK_COL_MAJOR, 'N', d, d, matrix, d, values_out, &unused, 1, &unused, 1),
        "singular values", d);
}
