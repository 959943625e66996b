/* num: double-precision mathematics that the imaging modules share. */
#ifndef WILLIS_NUM_H
#define WILLIS_NUM_H

#include "willis/base.h"

#pragma GCC visibility push(default)

/* Eigenvalues of a symmetric 3x3 matrix (a00 a01 a02 a11 a12 a22), ordered by increasing magnitude
 * [Smith1961]. Accurate to a few units of the last place of the largest one; where two coincide, to 1e-7 of
 * it. A NaN or infinity in the matrix gives NaN. */
void wil_num_eigenvalues_sym3(double out[3], const double matrix[6]);
double wil_num_mean(const double *values, size_t n); /* NaN for n = 0 */
/* Sorts the values, which may be infinite; NaN for n = 0. */
double wil_num_median_in_place(double *values, size_t n);
double wil_num_sd(const double *values, size_t n); /* sample standard deviation (n - 1); 0 for n < 2 */

#define WIL_NUM_PI 3.14159265358979323846
#define WIL_NUM_OTSU_BINS 256
/* The bin whose upper edge best parts the histogram counts [WIL_NUM_OTSU_BINS] in two [Otsu1979]; the class
 * means, in bins, come back too. */
int wil_num_otsu_bin(const double *counts, double *dark_out, double *bright_out);

/* ---- Fourier transforms of real rows (FFTW) ----------------------------------------------------------- */

/* A plan for n_rows rows of one length. It never changes once made, so one plan may be used by many threads
 * at once; each call runs in the caller's thread. FFTW's estimating planner is used, which measures nothing:
 * the same machine gives the same bits every time.
 *
 *     wil_fft *fft = NULL;
 *     WIL_TRY(wil_fft_new(&fft, 256, 1));
 *     status = wil_fft_forward(fft, spectrum, row);   -- row: double[256], spectrum: double _Complex[129]
 *     ...
 *     wil_fft_free(fft);
 *
 * Rows lie behind one another, [n_rows, length], and so do spectra, [n_rows, length / 2 + 1]: the elements
 * k = 0 .. length/2 of sum_j row[j] exp(-2 pi i j k / length); the others are their conjugates.
 * Memory from wil_alloc serves; elsewhere rows and spectra must start at a multiple of 16 bytes. */
typedef struct wil_fft wil_fft;

/* Fails: WIL_ERR_ARG (length or n_rows below 1), WIL_ERR_MEMORY. Threads may make plans at the same time, but
 * a program that also calls FFTW's planner itself must not do so meanwhile. */
WIL_NODISCARD wil_status wil_fft_new(wil_fft **out, int length, int n_rows);
void wil_fft_free(wil_fft *fft);
WIL_OWNED_POINTER(wil_fft, wil_fft_free) /* NULL is fine */
/* rows are kept. Fails: WIL_ERR_ARG (memory not at a multiple of 16 bytes). */
WIL_NODISCARD wil_status wil_fft_forward(
    const wil_fft *fft, double _Complex *spectra_out, const double *rows);
/* The inverse, divided by length: gives back what forward was given. The imaginary parts of element 0, and of
 * element length/2 for an even length, are taken as 0. spectra are kept. Fails: as forward. */
WIL_NODISCARD wil_status wil_fft_inverse(
    const wil_fft *fft, double *rows_out, const double _Complex *spectra);
/* The smallest even length >= at_least without other prime factors than 2, 3, 5: lengths for which FFTW is
 * fast. at_least up to 1.5e9. */
int wil_fft_good_length(int at_least);

/* ---- singular values ---------------------------------------------------------------------------------- */

/* matrix = sum over s of values[s] * left[s] (a column) * right[s] (a row). */
typedef struct wil_svd {
    int n_rows, n_columns;
    double *values; /* [n_columns], falling, >= 0 */
    double *left; /* [n_columns, n_rows]: row s is the left singular vector of values[s]; 0 where that is 0 */
    double *right; /* [n_columns, n_columns]: row s is the right one */
} wil_svd;
/* Of matrix [n_rows, n_columns], n_rows >= n_columns, row by row, borrowed; one-sided Jacobi, the same bits
 * for any number of threads. Meant for hundreds of columns. Fails: WIL_ERR_ARG (sizes), WIL_ERR_NUMERIC (an
 * element that is not finite), WIL_ERR_MEMORY; out is zeroed then. */
WIL_NODISCARD wil_status wil_num_svd(wil_svd *out, const double *matrix, int n_rows, int n_columns);
void wil_svd_clear(wil_svd *svd);
WIL_OWNED_VALUE(wil_svd, wil_svd_clear)

/* ---- special functions -------------------------------------------------------------------------------- */

/* Regularised upper incomplete gamma function Q(a, x), a > 0, x >= 0, to about 1e-14; NaN elsewhere. */
double wil_num_gamma_q(double a, double x);

/* ---- linear algebra (OpenBLAS, LAPACK) ---------------------------------------------------------------- */

/* Matrices lie row by row. OpenBLAS is held to one thread for the whole process from the first of these calls
 * on: work is shared out here, over fixed tiles, so that results have the same bits for any number of
 * threads. */

/* Loads OpenBLAS, which the two products below need before they are called; the decompositions load it
 * themselves. Fails: WIL_ERR_IO (not there). */
WIL_NODISCARD wil_status wil_num_load_blas(void);
/* scatter += rows^T rows; rows [n,d], scatter [d,d]. Only tiles on and above the diagonal are kept: elements
 * with column >= row are right, those below need wil_num_mirror. */
void wil_num_scatter_add(double *scatter, const double *rows, size_t n, int d);
/* Copies what is above the diagonal below it; matrix [d,d]. */
void wil_num_mirror(double *matrix, int d);
/* out = a b^T; a [n_a,k], b [n_b,k], out [n_a,n_b]. */
void wil_num_multiply_transposed(
    double *out, const double *a, size_t n_a, const double *b, size_t n_b, int k);
/* Eigenvalues, rising, and orthonormal eigenvectors of a symmetric matrix by divide and conquer (dsyevd).
 * matrix [d,d] is overwritten: row i becomes the vector of values_out[i]. Fails: WIL_ERR_NUMERIC (NaN, no
 * convergence), WIL_ERR_MEMORY, WIL_ERR_IO (no OpenBLAS). */
WIL_NODISCARD wil_status wil_num_eigen_symmetric(double *values_out, double *matrix, int d);
/* Singular values, falling, of a square matrix [d,d], which is destroyed (dgesdd). Fails: as above. */
WIL_NODISCARD wil_status wil_num_singular_values(double *values_out, double *matrix, int d);

/* ---- clusters ------------------------------------------------------------------------------------------ */

typedef struct wil_kmeans_config {
    int n_clusters;
    int n_restarts;     /* the clustering with the smallest sum of squares of so many is kept */
    int max_iterations; /* of each; it ends earlier when no point changes its cluster */
    uint64_t seed;
    uint32_t run; /* with the seed the address of its random numbers */
} wil_kmeans_config;
/* Lloyd's algorithm from k-means++ centres [Arthur2007]. points [n,d]; cluster_out [n], 0 .. n_clusters - 1;
 * sum_of_squares_out may be NULL. A cluster that loses all its points takes the point farthest from its
 * centre. Fails: WIL_ERR_ARG (fewer points than clusters), WIL_ERR_MEMORY. */
WIL_NODISCARD wil_status wil_num_kmeans(int32_t *cluster_out, double *sum_of_squares_out, const float *points,
    size_t n, int d, const wil_kmeans_config *config);

#pragma GCC visibility pop
#endif
