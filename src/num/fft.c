/* A thin layer over FFTW: plans for real rows, executed on any suitable memory. */
#include "willis/num.h"

#include <complex.h> /* before fftw3.h, which then takes C's complex numbers */
#include <fftw3.h>
#include <pthread.h>

/* FFTW's planner shares tables between plans and is not safe among threads, so whatever plans or frees waits
 * here: state of FFTW's, not of ours. */
static pthread_mutex_t planner_lock = PTHREAD_MUTEX_INITIALIZER;

struct wil_fft {
    fftw_plan forward;
    fftw_plan inverse;
    int length;
    int n_rows;
};

/* Estimating looks at the alignment of the memory and touches nothing. */
static wil_status make_plans(wil_fft *fft, double *rows, double _Complex *spectra)
{
    const int *length = &fft->length;
    const int n_frequencies = fft->length / 2 + 1;
    pthread_mutex_lock(&planner_lock);
    fft->forward = fftw_plan_many_dft_r2c(1, length, fft->n_rows, rows, NULL, 1, fft->length, spectra, NULL,
        1, n_frequencies, FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
    fft->inverse = fftw_plan_many_dft_c2r(1, length, fft->n_rows, spectra, NULL, 1, n_frequencies, rows, NULL,
        1, fft->length, FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
    pthread_mutex_unlock(&planner_lock);
    WIL_REQUIRE(fft->forward != NULL && fft->inverse != NULL, WIL_ERR_MEMORY,
        "FFTW could not plan %d transforms of length %d", fft->n_rows, fft->length);
    return WIL_OK;
}

static wil_status plan_on_spare_memory(wil_fft *fft)
{
    const size_t n_rows = (size_t)fft->n_rows;
    WIL_OWN(double) *rows = NULL;
    WIL_OWN(void) *spectra = NULL;
    WIL_TRY(wil_alloc_f64(&rows, n_rows * (size_t)fft->length));
    WIL_TRY(wil_alloc(&spectra, n_rows * ((size_t)fft->length / 2 + 1), sizeof(double _Complex)));
    return make_plans(fft, rows, spectra);
}

wil_status wil_fft_new(wil_fft **out, int length, int n_rows)
{
    *out = NULL;
    WIL_REQUIRE(length >= 1, WIL_ERR_ARG, "a Fourier transform needs a length of at least 1, got %d", length);
    WIL_REQUIRE(n_rows >= 1, WIL_ERR_ARG, "a Fourier transform needs at least 1 row, got %d", n_rows);
    WIL_OWN(wil_fft) *fft = NULL;
    WIL_TRY(wil_alloc((void **)&fft, 1, sizeof *fft));
    fft->length = length;
    fft->n_rows = n_rows;
    WIL_TRY(plan_on_spare_memory(fft));
    return wil_give(out, &fft);
}

void wil_fft_free(wil_fft *fft)
{
    if (fft == NULL)
        return;
    pthread_mutex_lock(&planner_lock);
    fftw_destroy_plan(fft->forward); /* NULL is fine */
    fftw_destroy_plan(fft->inverse);
    pthread_mutex_unlock(&planner_lock);
    wil_free(fft);
}

/* The plans were made on memory from wil_alloc, and FFTW wants the same alignment ever after. */
static wil_status check_alignment(const double *rows, const double _Complex *spectra)
{
    WIL_REQUIRE(fftw_alignment_of((double *)rows) == 0 && fftw_alignment_of((double *)spectra) == 0,
        WIL_ERR_ARG,
        "memory for a Fourier transform must start at a multiple of 16 bytes; rows of an odd length inside "
        "an array do not: pad them, or make one plan for all rows");
    return WIL_OK;
}

wil_status wil_fft_forward(const wil_fft *fft, double _Complex *spectra_out, const double *rows)
{
    WIL_TRY(check_alignment(rows, spectra_out));
    fftw_execute_dft_r2c(fft->forward, (double *)rows, spectra_out); /* preserves rows, see the plan */
    return WIL_OK;
}

wil_status wil_fft_inverse(const wil_fft *fft, double *rows_out, const double _Complex *spectra)
{
    WIL_TRY(check_alignment(rows_out, spectra));
    fftw_execute_dft_c2r(fft->inverse, (double _Complex *)spectra, rows_out);
    const size_t n = (size_t)fft->n_rows * (size_t)fft->length;
    for (size_t i = 0; i < n; i++)
        rows_out[i] /= fft->length;
    return WIL_OK;
}

static bool is_good(int half)
{
    for (int prime = 2; prime <= 5; prime++)
        while (half % prime == 0)
            half /= prime;
    return half == 1;
}

int wil_fft_good_length(int at_least)
{
    int half = at_least < 2 ? 1 : at_least / 2 + at_least % 2;
    while (!is_good(half))
        half++;
    return 2 * half;
}
