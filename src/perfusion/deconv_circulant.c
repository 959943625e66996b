/* cSVD and oSVD [Wu2003, MRM 50:164]. A circulant matrix is diagonalised by the Fourier transform: its
 * singular values are the magnitudes of the AIF's spectrum, so cutting singular values is leaving out
 * frequencies. */
#include "willis/num.h"
#include "deconv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TMAX_OI 0.02 /* measured on the shared phantom: docs/perfusion.md */

/* ---- cSVD ---------------------------------------------------------------------------------------------- */

static wil_status csvd_prepare(deconv_plan *plan, const wil_perfusion_config *config)
{
    (void)config;
    plan->n_work = (size_t)plan->length + 8 + deconv_spectrum_doubles(plan);
    return WIL_OK;
}

/* k of the frequencies at or above the threshold; spectrum is left holding tissue / kernel of those, else 0.
 */
static void cut_and_invert(
    const deconv_plan *plan, double *k, double _Complex *spectrum, const double *tissue)
{
    deconv_spectrum(plan, spectrum, tissue, k);
    for (int f = 0; f < plan->n_frequencies; f++)
        spectrum[f] = plan->magnitude[f] >= plan->psvd ? spectrum[f] / plan->kernel[f] : 0;
    const wil_status status = wil_fft_inverse(plan->fft, k, spectrum);
    (void)status; /* fails for unaligned memory only */
}

static void csvd_solve(
    const deconv_plan *plan, double *k, wil_perfusion_peak *peak, const double *tissue, double *work)
{
    cut_and_invert(plan, k, (double _Complex *)work, tissue);
    *peak = deconv_peak(k, plan->length, plan->n_time, true, plan->dt_s);
    peak->parameter = plan->psvd;
}

const deconv_method deconv_csvd = {csvd_prepare, csvd_solve, NULL, NULL};

/* ---- oSVD ---------------------------------------------------------------------------------------------- */

/* Tables in plan->own: order [n_frequencies] (as doubles) of frequencies by rising magnitude, then cosines
 * and sines [n_frequencies, length], scaled so that k = sum of Re(q_f) cos - Im(q_f) sin. */
typedef struct osvd_tables {
    const double *order, *cosine, *sine;
} osvd_tables;

static osvd_tables tables_of(const deconv_plan *plan)
{
    const size_t n = (size_t)plan->n_frequencies;
    return (osvd_tables){plan->own, plan->own + n, plan->own + n + n * (size_t)plan->length};
}

typedef struct ranked {
    double magnitude;
    int frequency;
} ranked;
WIL_OWNED_POINTER(ranked, wil_free)

static int compare_ranked(const void *a, const void *b)
{
    const ranked *x = a;
    const ranked *y = b;
    if (x->magnitude != y->magnitude)
        return x->magnitude < y->magnitude ? -1 : 1;
    return y->frequency - x->frequency; /* of equals the higher goes first */
}

static wil_status fill_order(const deconv_plan *plan, double *order)
{
    WIL_OWN(ranked) *ranks = NULL;
    WIL_TRY(wil_alloc((void **)&ranks, (size_t)plan->n_frequencies, sizeof *ranks));
    for (int f = 0; f < plan->n_frequencies; f++)
        ranks[f] = (ranked){plan->magnitude[f], f};
    qsort(ranks, (size_t)plan->n_frequencies, sizeof *ranks, compare_ranked);
    for (int f = 0; f < plan->n_frequencies; f++)
        order[f] = ranks[f].frequency;
    return WIL_OK;
}

static wil_status osvd_prepare(deconv_plan *plan, const wil_perfusion_config *config)
{
    const size_t n = (size_t)plan->n_frequencies, length = (size_t)plan->length;
    WIL_TRY(csvd_prepare(plan, config));
    WIL_TRY(wil_alloc_f64(&plan->own, n + 2 * n * length));
    WIL_TRY(fill_order(plan, plan->own));
    double *cosine = plan->own + n, *sine = cosine + n * length;
    for (size_t f = 0; f < n; f++) {
        const double scale = (f == 0 || 2 * f == length ? 1.0 : 2.0) / (double)length;
        for (size_t j = 0; j < length; j++) {
            const double angle = 2 * WIL_NUM_PI * (double)(f * j % length) / (double)length;
            cosine[f * length + j] = scale * cos(angle);
            sine[f * length + j] = scale * sin(angle);
        }
    }
    return WIL_OK;
}

/* (1/L) sum |second differences| / max [Gobbel1994]; in four lanes, which the compiler keeps side by side. */
static double oscillation_index(const double *k, int length)
{
    double sum[4] = {0};
    double most[4] = {k[0], k[1], k[0], k[1]};
    int j = 2;
    for (; j + 4 <= length; j += 4)
        for (int lane = 0; lane < 4; lane++) {
            const int i = j + lane;
            sum[lane] += fabs(k[i] - 2 * k[i - 1] + k[i - 2]);
            most[lane] = most[lane] > k[i] ? most[lane] : k[i];
        }
    for (; j < length; j++) {
        sum[0] += fabs(k[j] - 2 * k[j - 1] + k[j - 2]);
        most[0] = most[0] > k[j] ? most[0] : k[j];
    }
    const double peak = fmax(fmax(most[0], most[1]), fmax(most[2], most[3]));
    return peak > 0 ? (sum[0] + sum[1] + sum[2] + sum[3]) / length / peak : INFINITY;
}

static void take_out(double *k, const deconv_plan *plan, const osvd_tables *tables, int f, double _Complex q)
{
    const double *cosine = tables->cosine + (size_t)f * (size_t)plan->length;
    const double *sine = tables->sine + (size_t)f * (size_t)plan->length;
    const double re = creal(q), im = cimag(q);
    for (int j = 0; j < plan->length; j++)
        k[j] -= re * cosine[j] - im * sine[j];
}

/* Raises the threshold, one frequency after another from *next in the order, until the oscillation index
 * falls below limit. Returns the threshold; spectrum: tissue / kernel of the frequencies that k still has. */
static double smooth_to(
    const deconv_plan *plan, double *k, int *next, const double _Complex *spectrum, double limit)
{
    const osvd_tables tables = tables_of(plan);
    for (; *next + 1 < plan->n_frequencies; ++*next) {
        const int f = (int)tables.order[*next];
        if (plan->magnitude[f] < plan->psvd)
            continue;
        if (oscillation_index(k, plan->length) < limit)
            break;
        take_out(k, plan, &tables, f, spectrum[f]);
    }
    return fmax(plan->psvd, plan->magnitude[(int)tables.order[*next]]);
}

/* The height of the residue function comes from the limit that was asked for. Where its peak lies is more
 * sensitive to noise than how high it is, so that is read from a smoother one. */
static void osvd_solve(
    const deconv_plan *plan, double *k, wil_perfusion_peak *peak, const double *tissue, double *work)
{
    double _Complex *spectrum = (double _Complex *)work;
    double *smoother = work + deconv_spectrum_doubles(plan);
    int next = 0;
    cut_and_invert(plan, k, spectrum, tissue);
    const double threshold = smooth_to(plan, k, &next, spectrum, plan->oi);
    *peak = deconv_peak(k, plan->length, plan->n_time, true, plan->dt_s);
    peak->parameter = threshold;
    if (plan->oi <= TMAX_OI)
        return;
    memcpy(smoother, k, (size_t)plan->length * sizeof *k);
    (void)smooth_to(plan, smoother, &next, spectrum, TMAX_OI);
    peak->time_s = deconv_peak(smoother, plan->length, plan->n_time, true, plan->dt_s).time_s;
}

const deconv_method deconv_osvd = {osvd_prepare, osvd_solve, NULL, NULL};
