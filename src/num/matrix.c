/* Products and decompositions of dense matrices: OpenBLAS and LAPACK within one thread, tiles among threads.
 */
#include "willis/num.h"

#include <assert.h>
#include <cblas.h>
#include <math.h>
#include <pthread.h>

#include "willis/base_library.h"

#define TILE 256 /* columns; two tiles of 1024 rows fit in a second-level cache's company */

#define BUFFER_BYTES ((size_t)136 << 20) /* OpenBLAS's of 128 MiB, aligned */

/* ---- OpenBLAS ----------------------------------------------------------------------------------------- */

/* Fortran's functions take pointers, and behind all arguments the lengths of texts. */
static struct blas_table {
    __typeof__(&cblas_dgemm) dgemm;
    __typeof__(&openblas_set_num_threads) set_num_threads;
    void (*dsyevd)(const char *job, const char *triangle, const int *n, double *a, const int *row,
        double *values, double *work, const int *n_work, int *iwork, const int *n_iwork, int *info, size_t,
        size_t);
    void (*dgesdd)(const char *job, const int *m, const int *n, double *a, const int *row, double *values,
        double *u, const int *row_u, double *vt, const int *row_vt, double *work, const int *n_work,
        int *iwork, int *info, size_t);
} blas;
static const char *const names[] = {"cblas_dgemm", "openblas_set_num_threads", "dsyevd_", "dgesdd_"};
static wil_library library = WIL_LIBRARY("OpenBLAS", OPENBLAS_FILE, "libopenblas0", 64, names, blas);

static void hold_to_one_thread(void)
{
    blas.set_num_threads(1);
}

/* OpenBLAS splits sums by its number of threads, so bits would change with it. Each of our threads that is in
 * it holds a buffer, and where there is no memory for one it asks again for ever. */
wil_status wil_num_load_blas(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    WIL_TRY(wil_library_load(&library));
    (void)pthread_once(&once, hold_to_one_thread);
    return wil_memory_require((size_t)wil_thread_count(0) * BUFFER_BYTES, "OpenBLAS");
}

/* ---- products ----------------------------------------------------------------------------------------- */

static int tile_end(int begin, int d)
{
    return begin + TILE < d ? begin + TILE : d;
}

void wil_num_scatter_add(double *scatter, const double *rows, size_t n, int d)
{
    const int n_tiles = (d + TILE - 1) / TILE;
    assert(blas.dgemm != NULL); /* wil_num_load_blas comes first */
#pragma omp parallel for schedule(dynamic, 1) if (n_tiles > 1)
    for (int tile = 0; tile < n_tiles * n_tiles; tile++) {
        const int i = tile / n_tiles * TILE, j = tile % n_tiles * TILE;
        if (j < i)
            continue;
        blas.dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, tile_end(i, d) - i, tile_end(j, d) - j, (int)n,
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
    assert(blas.dgemm != NULL); /* wil_num_load_blas comes first */
#pragma omp parallel for schedule(dynamic, 1) if (n_tiles > 1)
    for (int64_t tile = 0; tile < n_tiles; tile++) {
        const size_t i = (size_t)tile * TILE;
        const size_t rows = i + TILE < n_a ? TILE : n_a - i;
        blas.dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)n_b, k, 1.0, a + i * (size_t)k, k,
            b, k, 0.0, out + i * n_b, (int)n_b);
    }
}

/* ---- decompositions ----------------------------------------------------------------------------------- */

static wil_status ready(const double *matrix, int d, const char *what)
{
    for (size_t i = 0; i < (size_t)d * (size_t)d; i++)
        WIL_REQUIRE(!isnan(matrix[i]), WIL_ERR_NUMERIC, "a %dx%d matrix holds NaN and has no %s", d, d, what);
    return wil_num_load_blas();
}

/* The matrix is its own transpose, so LAPACK's columns are our rows. The first call asks how much memory the
 * second wants. */
wil_status wil_num_eigen_symmetric(double *values_out, double *matrix, int d)
{
    const int ask = -1;
    WIL_OWN(double) *work = NULL;
    WIL_OWN(int32_t) *iwork = NULL;
    double n_work = 0;
    int n_iwork = 0, info = 0;
    WIL_TRY(ready(matrix, d, "eigenvalues"));
    blas.dsyevd("V", "L", &d, matrix, &d, values_out, &n_work, &ask, &n_iwork, &ask, &info, 1, 1);
    const int n = (int)n_work;
    WIL_TRY(wil_alloc_f64(&work, (size_t)n));
    WIL_TRY(wil_alloc((void **)&iwork, (size_t)n_iwork, sizeof *iwork));
    blas.dsyevd("V", "L", &d, matrix, &d, values_out, work, &n, iwork, &n_iwork, &info, 1, 1);
    WIL_REQUIRE(info == 0, WIL_ERR_NUMERIC, "the eigenvalues of a %dx%d matrix did not converge", d, d);
    return WIL_OK;
}

/* A matrix and its transpose have the same. */
wil_status wil_num_singular_values(double *values_out, double *matrix, int d)
{
    const int ask = -1, one = 1;
    WIL_OWN(double) *work = NULL;
    WIL_OWN(int32_t) *iwork = NULL;
    double n_work = 0, unused = 0;
    int info = 0;
    WIL_TRY(ready(matrix, d, "singular values"));
    WIL_TRY(wil_alloc((void **)&iwork, 8 * (size_t)d, sizeof *iwork));
    blas.dgesdd(
        "N", &d, &d, matrix, &d, values_out, &unused, &one, &unused, &one, &n_work, &ask, iwork, &info, 1);
    const int n = (int)n_work;
    WIL_TRY(wil_alloc_f64(&work, (size_t)n));
    blas.dgesdd("N", &d, &d, matrix, &d, values_out, &unused, &one, &unused, &one, work, &n, iwork, &info, 1);
    WIL_REQUIRE(info == 0, WIL_ERR_NUMERIC, "the singular values of a %dx%d matrix did not converge", d, d);
    return WIL_OK;
}
