/* Frames that are no measurement of the bolus: found by what a bolus cannot do.
 *
 * Each frame's log signals are compared with the median of two frames on either side, voxel by voxel. A bolus
 * changes voxels by how strongly they respond to it, so the change y of a voxel is fitted by
 *     y = a + b * response
 * and a, the change of a voxel without blood, is the frame's own: a gain that jumped, a shot that was lost.
 * The spread around the line is the frame's noise. Both are judged by their medians over all frames. */
#include "run_internal.h"
#include "willis/num.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_SAMPLES 1500
#define LEAST_SAMPLES 40
#define BRIGHT_FRAC 0.25   /* of the bright voxels' signal (their 0.95 quantile): below is air */
#define EMPTY_FRAC 0.1     /* of the voxels without a number, or all 0: there is no frame */
#define GAIN_LEAST 0.05    /* change of a voxel without blood: less is no fault ... */
#define GAIN_SDS 6.0       /* ... nor what other frames do too */
#define NOISE_TIMES 2.2    /* as much as the median frame */
#define NOISE_OF_BOLUS 1.0 /* spread that a bolus' differing delays make, over what it does to the mean */
#define LEADING 6          /* first frames may be brighter: the way to steady state is found later */
#define TRUSTED                                                                                              \
    0.5 /* share of the responses' variance that is not noise: below it a and b cannot be parted */
#define LEAST_SPREAD 0.15 /* of the responses, over their median: less leads to no voxel without blood */
#define PASSES 3

typedef struct sampled {
    int n, n_time;
    double *logs;                 /* [n, n_time] */
    double *response;             /* [n] mean fall of the log signal while the bolus passes */
    double *y, *work;             /* [n] */
    double *gain, *noise, *slope; /* [n_time] */
    double spread, trusted;       /* of the responses: SD, share that is no noise */
    int passes_from, passes_to;   /* frames of the bolus: at half of its depth and more ... */
    int shows_from, shows_to;     /* ... at a tenth and more */
} sampled;

static void sampled_clear(sampled *s)
{
    wil_free(s->logs);
    wil_free(s->response);
    wil_free(s->gain);
}
WIL_OWNED_VALUE(sampled, sampled_clear)

/* ---- medians --------------------------------------------------------------------------------------------
 */

/* By selection [Hoare1961], as some thousand medians of some thousand values are taken; of an even number the
 * upper of the two in the middle. In place. */
static double median_in_place(double *v, size_t n)
{
    const ptrdiff_t middle = (ptrdiff_t)(n / 2);
    ptrdiff_t low = 0, high = (ptrdiff_t)n - 1;
    while (low < high) {
        const double pivot = v[middle];
        ptrdiff_t i = low, j = high;
        while (i <= j) {
            while (v[i] < pivot)
                i++;
            while (pivot < v[j])
                j--;
            if (i <= j) {
                const double held = v[i];
                v[i++] = v[j];
                v[j--] = held;
            }
        }
        if (j < middle)
            low = i;
        if (middle < i)
            high = j;
    }
    return v[middle];
}

/* ---- frames without numbers -----------------------------------------------------------------------------
 */

/* A few voxels without a number are not the frame's fault, and refused elsewhere. */
static void mark_empty(uint8_t *bad, const wil_volume *series)
{
    const size_t n = wil_grid_count(&series->grid);
#pragma omp parallel for
    for (int t = 0; t < series->n_time; t++) {
        const float *frame = series->voxels + (size_t)t * n;
        size_t none = 0, zero = 0;
        for (size_t i = 0; i < n; i++) {
            none += !isfinite(frame[i]);
            zero += frame[i] == 0.0F;
        }
        if ((double)none > EMPTY_FRAC * (double)n || zero == n)
            bad[t] = WIL_FRAME_EMPTY;
    }
}

/* ---- the sample -----------------------------------------------------------------------------------------
 */

/* The median of a voxel's good frames; 0 if one of them is not above 0. */
static double level_of(double *work, const wil_volume *series, const uint8_t *empty, size_t voxel)
{
    const size_t n_grid = wil_grid_count(&series->grid);
    size_t n = 0;
    for (int t = 0; t < series->n_time; t++)
        if (empty[t] == WIL_FRAME_USED) {
            work[n] = (double)series->voxels[(size_t)t * n_grid + voxel];
            if (!(work[n++] > 0))
                return 0;
        }
    return n > 0 ? median_in_place(work, n) : 0;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Evenly spread voxels that are not air, as log signals over their own median. */
static wil_status take_sample(sampled *s, const wil_volume *series, const uint8_t *empty)
{
    const size_t n_grid = wil_grid_count(&series->grid), n_time = (size_t)series->n_time;
    const size_t step = 1 + n_grid / (4 * (size_t)MOST_SAMPLES), n = n_grid / step;
    WIL_OWN(double) *level = NULL, *work = NULL;
    WIL_TRY(wil_alloc_f64(&level, 2 * n + 1));
    WIL_TRY(wil_alloc_f64(&work, n_time));
    double *sorted = level + n;
    size_t n_found = 0;
    for (size_t i = 0; i < n; i++) {
        level[i] = level_of(work, series, empty, i * step);
        if (level[i] > 0)
            sorted[n_found++] = level[i];
    }
    qsort(sorted, n_found, sizeof *sorted, by_size);
    const double least = n_found > 0 ? BRIGHT_FRAC * sorted[(n_found - 1) * 19 / 20] : INFINITY;
    WIL_TRY(wil_alloc_f64(&s->logs, (n_found + 1) * n_time));
    WIL_TRY(wil_alloc_f64(&s->response, 3 * (n_found + 1)));
    WIL_TRY(wil_alloc_f64(&s->gain, 3 * n_time));
    s->y = s->response + n_found + 1;
    s->work = s->y + n_found + 1;
    s->noise = s->gain + n_time;
    s->slope = s->noise + n_time;
    s->n_time = series->n_time;
    for (size_t i = 0; i < n; i++) {
        if (!(level[i] > 0 && level[i] >= least))
            continue;
        for (size_t t = 0; t < n_time; t++)
            s->logs[(size_t)s->n * n_time + t] =
                empty[t] == WIL_FRAME_USED ? log((double)series->voxels[t * n_grid + i * step] / level[i])
                                           : 0;
        s->n++;
    }
    return WIL_OK;
}

/* ---- the bolus ------------------------------------------------------------------------------------------
 */

static double median_of(sampled *s, const double *values)
{
    memcpy(s->work, values, (size_t)s->n * sizeof *values);
    return median_in_place(s->work, (size_t)s->n);
}

static double sd_of(sampled *s, const double *values, double middle)
{
    for (int i = 0; i < s->n; i++)
        s->work[i] = fabs(values[i] - middle);
    return 1.4826 * median_in_place(s->work, (size_t)s->n);
}

/* Up to four good frames around t, two on each side where there are so many. */
static int around(int out[4], int t, const uint8_t *bad, int n_time)
{
    int n = 0;
    for (int side = -1; side <= 1; side += 2) {
        int found = 0;
        for (int u = t + side; u >= 0 && u < n_time && found < 2; u += side)
            if (bad[u] == WIL_FRAME_USED) {
                out[n++] = u;
                found++;
            }
    }
    return n;
}

static double median_around(const double *row, const int *frames, int n)
{
    double v[4];
    for (int i = 0; i < n; i++)
        v[i] = row[frames[i]];
    return n > 0 ? wil_num_median_in_place(v, (size_t)n) : 0;
}

/* Median curve, with spikes taken out; its deepest place, and where it is at half and at a tenth of that. */
static void find_passage(sampled *s, const uint8_t *bad)
{
    double *curve = s->gain, *smooth = s->noise;
    int peak = 0;
    for (int t = 0; t < s->n_time; t++) {
        for (int i = 0; i < s->n; i++)
            s->y[i] = s->logs[(size_t)i * (size_t)s->n_time + (size_t)t];
        curve[t] = median_of(s, s->y);
    }
    for (int t = 0; t < s->n_time; t++) {
        int near[5];
        double v[5];
        int n = around(near, t, bad, s->n_time);
        if (bad[t] == WIL_FRAME_USED)
            near[n++] = t;
        for (int i = 0; i < n; i++)
            v[i] = curve[near[i]];
        smooth[t] = n > 0 ? wil_num_median_in_place(v, (size_t)n) : 0;
        peak = smooth[t] < smooth[peak] ? t : peak;
    }
    for (int k = 0; k < 2; k++) {
        int *from = k == 0 ? &s->passes_from : &s->shows_from, *to = k == 0 ? &s->passes_to : &s->shows_to;
        const double level = (k == 0 ? 0.5 : 0.1) * smooth[peak];
        *from = *to = peak;
        while (*from > 0 && smooth[*from - 1] < level)
            --*from;
        while (*to + 1 < s->n_time && smooth[*to + 1] < level)
            ++*to;
    }
}

/* Responses, and how much of their spread is noise: that of the mean over so many frames. */
static void find_responses(sampled *s, const uint8_t *bad)
{
    double noise = 0;
    int n_frames = 0, n_steps = 0;
    memset(s->response, 0, (size_t)s->n * sizeof *s->response);
    for (int t = s->passes_from; t <= s->passes_to; t++) {
        n_frames += bad[t] == WIL_FRAME_USED;
        for (int i = 0; bad[t] == WIL_FRAME_USED && i < s->n; i++)
            s->response[i] -= s->logs[(size_t)i * (size_t)s->n_time + (size_t)t];
    }
    for (int i = 0; i < s->n; i++)
        s->response[i] /= n_frames > 0 ? n_frames : 1;
    for (int t = 1; t < s->n_time; t++) {
        if (bad[t] != WIL_FRAME_USED || bad[t - 1] != WIL_FRAME_USED ||
            (t >= s->passes_from - 2 && t <= s->passes_to + 2))
            continue;
        for (int i = 0; i < s->n; i++)
            s->y[i] = s->logs[(size_t)i * (size_t)s->n_time + (size_t)t] -
                      s->logs[(size_t)i * (size_t)s->n_time + (size_t)t - 1];
        noise += sd_of(s, s->y, median_of(s, s->y)) / sqrt(2);
        n_steps++;
    }
    const double usual = median_of(s, s->response);
    s->spread = sd_of(s, s->response, usual);
    const double of_mean = (n_steps > 0 ? noise / n_steps : 0) / sqrt(n_frames > 0 ? n_frames : 1);
    s->trusted =
        s->spread > LEAST_SPREAD * usual ? fmax(0, 1 - of_mean * of_mean / (s->spread * s->spread)) : 0;
}

/* ---- one frame ------------------------------------------------------------------------------------------
 */

/* Values far from the middle are drawn to 3 SDs, so that single voxels do not turn the line. */
static double drawn(double value, double middle, double sd)
{
    return fmax(-3 * sd, fmin(3 * sd, value - middle));
}

static void fit_frame(sampled *s, int t, const uint8_t *bad)
{
    int near[4];
    const int n_near = around(near, t, bad, s->n_time);
    for (int i = 0; i < s->n; i++) {
        const double *row = s->logs + (size_t)i * (size_t)s->n_time;
        s->y[i] = row[t] - median_around(row, near, n_near);
    }
    const double middle = median_of(s, s->y), sd = sd_of(s, s->y, middle);
    const double usual = median_of(s, s->response);
    double across = 0, along = 0;
    for (int i = 0; i < s->n; i++) {
        const double r = drawn(s->response[i], usual, s->spread);
        across += r * drawn(s->y[i], middle, sd);
        along += r * r;
    }
    /* noise in the responses flattens the line; below TRUSTED there is none */
    s->slope[t] = along > 0 && s->trusted > TRUSTED ? across / along / s->trusted : 0;
    for (int i = 0; i < s->n; i++)
        s->y[i] -= s->slope[t] * s->response[i];
    s->gain[t] = median_of(s, s->y);
    s->noise[t] = sd_of(s, s->y, s->gain[t]);
}

static double median_of_good(double *work, const double *values, const uint8_t *bad, int n_time)
{
    size_t n = 0;
    for (int t = 0; t < n_time; t++)
        if (bad[t] == WIL_FRAME_USED)
            work[n++] = fabs(values[t]);
    return n > 0 ? median_in_place(work, n) : 0;
}

static void judge(uint8_t *bad, sampled *s, const uint8_t *empty, double *work)
{
    for (int t = 0; t < s->n_time; t++)
        if (empty[t] == WIL_FRAME_USED)
            fit_frame(s, t, bad);
    const double gain_sd = 1.4826 * median_of_good(work, s->gain, bad, s->n_time);
    const double noise = median_of_good(work, s->noise, bad, s->n_time);
    const double least = fmax(GAIN_LEAST, GAIN_SDS * gain_sd);
    memcpy(bad, empty, (size_t)s->n_time);
    for (int t = 0; t < s->n_time; t++) {
        const bool passes = t >= s->passes_from - 3 && t <= s->passes_to + 3;
        const bool shows = t >= s->shows_from - 3 && t <= s->shows_to + 3;
        double bent = 0;
        for (int u = t > 0 ? t - 1 : 0; u <= t + 1 && u < s->n_time; u++)
            bent = fmax(bent, fabs(s->slope[u]) * s->spread);
        if (empty[t] != WIL_FRAME_USED || (shows && s->trusted <= TRUSTED))
            continue;
        if (s->noise[t] > NOISE_TIMES * noise + 0.01 + (passes ? NOISE_OF_BOLUS * bent : 0))
            bad[t] = WIL_FRAME_NOISY;
        else if (fabs(s->gain[t]) > least && !(t < LEADING && s->gain[t] > 0))
            bad[t] = WIL_FRAME_GAIN;
    }
}

wil_status wil_perfusion_find_bad_frames(uint8_t *bad_out, const wil_volume *series)
{
    WIL_OWN(sampled) s = {0};
    WIL_OWN(uint8_t) *empty = NULL, *before = NULL;
    WIL_OWN(double) *work = NULL;
    const size_t n_time = (size_t)series->n_time;
    memset(bad_out, 0, n_time);
    mark_empty(bad_out, series);
    WIL_TRY(wil_alloc_u8(&empty, n_time));
    WIL_TRY(wil_alloc_u8(&before, n_time));
    WIL_TRY(wil_alloc_f64(&work, n_time));
    memcpy(empty, bad_out, n_time);
    WIL_TRY(take_sample(&s, series, empty));
    if (s.n < LEAST_SAMPLES || series->n_time < 8)
        return WIL_OK;
    for (int pass = 0; pass < PASSES && (pass == 0 || memcmp(before, bad_out, n_time) != 0); pass++) {
        memcpy(before, bad_out, n_time);
        find_passage(&s, bad_out);
        find_responses(&s, bad_out);
        judge(bad_out, &s, empty, work);
    }
    return WIL_OK;
}
