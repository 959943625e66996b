/* Where the mean signal curve is not yet steady, where its baseline lies, where the bolus begins and peaks.
 */
#include "perfusion_math.h"
#include "willis/num.h"
#include "willis/perfusion.h"

#include <math.h>
#include <stdlib.h>

#define MOST_DISCARDED 6   /* frames; T1 saturation is over in a few */
#define STEADY_SDS 4.0     /* a leading frame is unsteady when it lies so many SDs above the baseline ... */
#define STEADY_FRAC 0.02   /* ... and so much of it */
#define LEAST_FOR_NOISE 6  /* frames before the bolus; with fewer the series' end tells the noise */
#define LEAST_BASELINE 3   /* frames */
#define ONSET_FRAC 0.05    /* of the drop at the peak: below it, the bolus has not begun */
#define ONSET_SDS 3.0      /* nor within the noise */
#define BOLUS_SDS 6.0      /* the largest of 80 frames of noise lies within 2.5 SDs; a bolus stands clear */
#define BOLUS_FRAC 0.01    /* of the baseline: less is drift */
#define LEAST_AFTER_PEAK 3 /* frames that must follow the peak */
#define MEDIAN_TO_SD 1.048358 /* of |difference of two normals|: 1 / (0.6745 sqrt 2) */

/* Noise of a curve from its differences, so that neither a slope nor a step counts. work [n]. */
static double noise_of(const double *signal, int first, int last, double *work)
{
    const int n = last - first;
    if (n < 1)
        return 0;
    for (int i = 0; i < n; i++)
        work[i] = fabs(signal[first + i + 1] - signal[first + i]);
    return MEDIAN_TO_SD * wil_num_median_in_place(work, (size_t)n);
}

/* The least of three-frame means, so that a spike is no peak; then the least frame of the three. */
static int find_peak(const double *signal, int n_time)
{
    int best = 1;
    double least = INFINITY;
    for (int i = 1; i + 1 < n_time; i++) {
        const double mean = signal[i - 1] + signal[i] + signal[i + 1];
        if (mean < least) {
            least = mean;
            best = i;
        }
    }
    int peak = best;
    for (int i = best - 1; i <= best + 1; i++)
        if (signal[i] < signal[peak])
            peak = i;
    return peak;
}

/* Back from the peak to the last frame that lies below the onset's level. */
static int find_arrival(const double *signal, int peak, double level)
{
    int arrival = peak;
    while (arrival > 0 && signal[arrival - 1] < level)
        arrival--;
    return arrival;
}

static int find_discard(const double *signal, int arrival, double baseline, double noise_sd)
{
    const double step = fmax(STEADY_SDS * noise_sd, STEADY_FRAC * baseline);
    int n = 0;
    while (n < MOST_DISCARDED && n + LEAST_BASELINE < arrival && signal[n] > baseline + step)
        n++;
    return n;
}

/* A baseline without knowledge of the bolus: the median of the frames before half of the peak's drop. */
static double rough_baseline(const double *signal, int peak, double *work)
{
    const int n = peak < 1 ? 1 : peak;
    for (int i = 0; i < n; i++)
        work[i] = signal[i];
    return wil_num_median_in_place(work, (size_t)n);
}

static wil_status check_bolus(const wil_perfusion_phases *p, const double *signal, int n_time)
{
    const double drop = p->baseline - signal[p->peak];
    WIL_REQUIRE(p->baseline > 0, WIL_ERR_INPUT,
        "the mean signal before the bolus is %g; a signal above 0 was expected", p->baseline);
    double highest = p->baseline;
    for (int t = p->n_discard + LEAST_BASELINE; t < n_time; t++)
        highest = fmax(highest, signal[t]);
    const double rise = highest - p->baseline;
    WIL_REQUIRE(drop > BOLUS_SDS * p->noise_sd && drop > BOLUS_FRAC * p->baseline, WIL_ERR_INPUT,
        rise > 2 * drop && rise > BOLUS_SDS * p->noise_sd && rise > BOLUS_FRAC * p->baseline
            ? "no bolus of DSC-MRI: the mean signal falls by %.2g %% of its baseline at most (noise %.2g "
              "%%), but it "
              "rises, as in CT perfusion or T1-weighted (DCE) series, which are not handled"
            : "no bolus: the mean signal falls by %.2g %% of its baseline at most (noise %.2g %%), and a "
              "passage "
              "of contrast agent lowers it by several percent; is this a DSC series, and the mask on the "
              "brain?",
        100 * drop / p->baseline, 100 * p->noise_sd / p->baseline);
    WIL_REQUIRE(n_time - 1 - p->peak >= LEAST_AFTER_PEAK, WIL_ERR_INPUT,
        "the bolus is cut off: its peak is frame %d of 0 .. %d, and its outflow was not measured", p->peak,
        n_time - 1);
    return WIL_OK;
}

static wil_status check_baseline(const wil_perfusion_phases *p, int n_time, bool given)
{
    const int n = p->baseline_last - p->baseline_first + 1;
    if (given) {
        WIL_REQUIRE(p->baseline_first >= p->n_discard && p->baseline_last < n_time, WIL_ERR_ARG,
            "the baseline %d:%d does not lie within the used frames %d .. %d", p->baseline_first,
            p->baseline_last, p->n_discard, n_time - 1);
        WIL_REQUIRE(p->baseline_last < p->peak, WIL_ERR_ARG,
            "the baseline %d:%d reaches into the bolus, which begins at frame %d and peaks at %d",
            p->baseline_first, p->baseline_last, p->arrival, p->peak);
    }
    WIL_REQUIRE(n >= LEAST_BASELINE, WIL_ERR_INPUT,
        "too few baseline frames: %d between the first steady frame (%d) and the bolus (frame %d), and %d "
        "are needed at least; the signal before the bolus is not known",
        n < 0 ? 0 : n, p->n_discard, p->arrival, LEAST_BASELINE);
    return WIL_OK;
}

/* Fills phases up to the arrival, with the frames of a provisional baseline [first, peak). */
static void locate(wil_perfusion_phases *p, const double *signal, int n_time, double *work)
{
    p->baseline = rough_baseline(signal, p->peak, work);
    const double half = 0.5 * (p->baseline + signal[p->peak]);
    const int before = find_arrival(signal, p->peak, half);
    p->baseline = rough_baseline(signal, before, work);
    p->noise_sd = before >= LEAST_FOR_NOISE ? noise_of(signal, 0, before - 1, work)
                                            : noise_of(signal, n_time - n_time / 4, n_time - 1, work);
    const double drop = p->baseline - signal[p->peak];
    const double onset = fmax(ONSET_FRAC * drop, fmin(ONSET_SDS * p->noise_sd, 0.25 * drop));
    p->arrival = find_arrival(signal, p->peak, p->baseline - onset);
}

static wil_status find(wil_perfusion_phases *p, const double *signal, int n_time,
    const wil_perfusion_config *config, double *work)
{
    const bool given = config->baseline_last >= 0;
    p->peak = find_peak(signal, n_time);
    locate(p, signal, n_time, work);
    p->n_discard = config->n_discard >= 0 ? config->n_discard
                                          : find_discard(signal, p->arrival, p->baseline, p->noise_sd);
    WIL_REQUIRE(p->n_discard < n_time - LEAST_BASELINE, WIL_ERR_ARG,
        "%d of %d frames are to be discarded, which leaves too few", p->n_discard, n_time);
    p->baseline_first = given ? config->baseline_first : p->n_discard;
    p->baseline_last = given ? config->baseline_last : p->arrival - 1;
    WIL_TRY(check_bolus(p, signal, n_time));
    WIL_TRY(check_baseline(p, n_time, given));
    p->baseline = frames_mean(signal, p->baseline_first, p->baseline_last);
    p->noise_sd = noise_of(signal, p->baseline_first, p->baseline_last, work);
    const int n_end = n_time >= 20 ? n_time / 10 : 1;
    p->remaining_frac =
        (p->baseline - frames_mean(signal, n_time - n_end, n_time - 1)) / (p->baseline - signal[p->peak]);
    return WIL_OK;
}

wil_status wil_perfusion_find_phases(
    wil_perfusion_phases *out, const double *signal, int n_time, const wil_perfusion_config *config)
{
    WIL_OWN(double) *work = NULL;
    *out = (wil_perfusion_phases){0};
    WIL_REQUIRE(n_time >= 8, WIL_ERR_INPUT,
        "the series has %d time point%s; a bolus passage of 8 or more was expected", n_time,
        n_time == 1 ? "" : "s");
    for (int i = 0; i < n_time; i++)
        WIL_REQUIRE(isfinite(signal[i]), WIL_ERR_INPUT, "the mean signal of frame %d is not finite", i);
    WIL_TRY(wil_alloc_f64(&work, (size_t)n_time));
    return find(out, signal, n_time, config, work);
}
