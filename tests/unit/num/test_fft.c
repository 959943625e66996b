#include "test.h"

#include <complex.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "willis/num.h"

#define OK(call)                                                                                             \
    do {                                                                                                     \
        const wil_status ok_status_ = (call);                                                                \
        if (ok_status_ != WIL_OK)                                                                            \
            fail_msg("%s: %s", #call, wil_status_message());                                                 \
    } while (0)

#define REFUSED(expected, call, words)                                                                       \
    do {                                                                                                     \
        assert_int_equal((call), (expected));                                                                \
        if (strstr(wil_status_message(), (words)) == NULL)                                                   \
            fail_msg("no \"%s\" in: %s", (words), wil_status_message());                                     \
    } while (0)

/* FFTW's error grows like sqrt(log length), and sums of length standard normal numbers are of size
 * sqrt(length); the direct sum adds up to length roundings. Both stay below this. */
static double rounding(int length)
{
    return 16 * DBL_EPSILON * length;
}

/* n standard normal numbers */
static double *random_rows(size_t n, uint32_t step)
{
    double *rows = NULL;
    OK(wil_alloc_f64(&rows, n));
    for (size_t i = 0; i < n; i++)
        rows[i] = wil_rng_normal(wil_rng_at(7, WIL_RNG_TEST, step), i);
    return rows;
}

static double _Complex *new_spectra(size_t n_rows, int length)
{
    double _Complex *spectra = NULL;
    OK(wil_alloc((void **)&spectra, n_rows * ((size_t)length / 2 + 1), sizeof *spectra));
    return spectra;
}

/* The definition, in long double. */
static double _Complex sum_at(const double *row, int length, int k)
{
    const long double turn = -2 * 3.141592653589793238462643383279502884L / length;
    long double re = 0;
    long double im = 0;
    for (int j = 0; j < length; j++) {
        const long double angle = turn * (long double)((int64_t)j * k % length);
        re += row[j] * cosl(angle);
        im += row[j] * sinl(angle);
    }
    return (double)re + (double)im * I; /* CMPLX is not known to every compiler */
}

TEST(spectra_are_the_sums_of_the_definition)
{
    const int lengths[] = {1, 2, 3, 4, 5, 7, 16, 30, 37, 64, 97, 160, 243};
    for (size_t c = 0; c < sizeof lengths / sizeof *lengths; c++) {
        const int n = lengths[c], n_rows = 3;
        WIL_OWN(wil_fft) *fft = NULL;
        OK(wil_fft_new(&fft, n, n_rows));
        WIL_OWN(double) *rows = random_rows((size_t)(n * n_rows), (uint32_t)n);
        double _Complex *spectra = new_spectra((size_t)n_rows, n);
        OK(wil_fft_forward(fft, spectra, rows));
        for (int r = 0; r < n_rows; r++)
            for (int k = 0; k <= n / 2; k++)
                assert_true(cabs(spectra[r * (n / 2 + 1) + k] - sum_at(rows + r * n, n, k)) <= rounding(n));
        wil_free(spectra);
    }
}

TEST(the_inverse_gives_back_the_rows_and_both_keep_their_input)
{
    const int lengths[] = {1, 2, 5, 96, 101, 160, 1024};
    for (size_t c = 0; c < sizeof lengths / sizeof *lengths; c++) {
        const int n = lengths[c];
        const size_t n_values = (size_t)n * 5;
        const size_t n_bytes = 5 * ((size_t)n / 2 + 1) * sizeof(double _Complex);
        WIL_OWN(wil_fft) *fft = NULL;
        OK(wil_fft_new(&fft, n, 5));
        WIL_OWN(double) *rows = random_rows(n_values, (uint32_t)n);
        WIL_OWN(double) *copy = random_rows(n_values, (uint32_t)n);
        WIL_OWN(double) *back = random_rows(n_values, 1);
        double _Complex *spectra = new_spectra(5, n);
        double _Complex *spectra_copy = new_spectra(5, n);
        OK(wil_fft_forward(fft, spectra, rows));
        assert_memory_equal(rows, copy, n_values * sizeof *rows);
        memcpy(spectra_copy, spectra, n_bytes);
        OK(wil_fft_inverse(fft, back, spectra));
        assert_memory_equal(spectra, spectra_copy, n_bytes);
        for (size_t i = 0; i < n_values; i++)
            assert_true(fabs(back[i] - rows[i]) <= 32 * DBL_EPSILON); /* values up to 4, error a few ulp */
        wil_free(spectra);
        wil_free(spectra_copy);
    }
}

TEST(a_product_of_spectra_is_a_circular_convolution)
{
    const int n = 60;
    WIL_OWN(wil_fft) *fft = NULL;
    OK(wil_fft_new(&fft, n, 2));
    WIL_OWN(double) *rows = random_rows(2 * (size_t)n, 3);
    double _Complex *spectra = new_spectra(2, n);
    OK(wil_fft_forward(fft, spectra, rows));
    for (int k = 0; k <= n / 2; k++) {
        spectra[k] *= spectra[n / 2 + 1 + k];
        spectra[n / 2 + 1 + k] = 0;
    }
    WIL_OWN(double) *product = random_rows(2 * (size_t)n, 4);
    OK(wil_fft_inverse(fft, product, spectra));
    for (int i = 0; i < n; i++) {
        double sum = 0;
        for (int j = 0; j < n; j++)
            sum += rows[j] * rows[n + (i - j + n) % n];
        assert_true(fabs(product[i] - sum) <= rounding(n));
        assert_true(product[n + i] == 0.0);
    }
    wil_free(spectra);
}

/* Many threads make plans and use a shared one; under the thread sanitizer this shows a missing lock. */
TEST(threads_may_make_plans_and_share_one)
{
    enum { N = 96, N_THREADS = 4, N_ROUNDS = 8 };
    WIL_OWN(wil_fft) *shared = NULL;
    OK(wil_fft_new(&shared, N, 1));
    WIL_OWN(double) *row = random_rows(N, 5);
    double _Complex *expected = new_spectra(1, N);
    OK(wil_fft_forward(shared, expected, row));
    bool same[N_THREADS] = {false};
#pragma omp parallel for num_threads(N_THREADS) schedule(static)
    for (int t = 0; t < N_THREADS; t++) {
        double _Complex *spectrum = NULL;
        bool good = wil_alloc((void **)&spectrum, N / 2 + 1, sizeof *spectrum) == WIL_OK;
        for (int i = 0; i < N_ROUNDS && good; i++) {
            wil_fft *own = NULL;
            good = wil_fft_new(&own, N + t * N_ROUNDS + i, 2) == WIL_OK;
            wil_fft_free(own);
            good = good && wil_fft_forward(shared, spectrum, row) == WIL_OK &&
                   memcmp(spectrum, expected, (N / 2 + 1) * sizeof *spectrum) == 0;
        }
        wil_free(spectrum);
        same[t] = good;
    }
    for (int t = 0; t < N_THREADS; t++)
        assert_true(same[t]);
    wil_free(expected);
}

TEST(good_lengths_are_even_smooth_and_the_next_ones)
{
    const int pairs[][2] = {
        {-3, 2}, {0, 2}, {1, 2}, {2, 2}, {3, 4}, {7, 8}, {13, 16}, {97, 100}, {101, 108}, {1025, 1080}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        assert_int_equal(wil_fft_good_length(pairs[i][0]), pairs[i][1]);
    assert_int_equal(wil_fft_good_length(1 << 30), 1 << 30);
}

TEST(impossible_shapes_and_misplaced_memory_are_refused)
{
    WIL_OWN(wil_fft) *fft = NULL;
    REFUSED(WIL_ERR_ARG, wil_fft_new(&fft, 0, 1), "length of at least 1, got 0");
    assert_null(fft);
    REFUSED(WIL_ERR_ARG, wil_fft_new(&fft, 8, -1), "at least 1 row, got -1");
    OK(wil_fft_new(&fft, 7, 1));
    WIL_OWN(double) *rows = random_rows(16, 6);
    double _Complex *spectra = new_spectra(1, 7);
    REFUSED(WIL_ERR_ARG, wil_fft_forward(fft, spectra, rows + 7), "multiple of 16 bytes");
    REFUSED(WIL_ERR_ARG, wil_fft_inverse(fft, rows + 7, spectra), "multiple of 16 bytes");
    wil_free(spectra);
    wil_fft_free(NULL);
}
