/* What makes an arterial input good or doubtful, and when its tail is noise. */
#include "perfusion_math.h"
#include "aif_internal.h"

#include <math.h>

#define LATE_S 6.0    /* after the mean tissue curve's arrival an artery does not begin */
#define BROAD_S 12.0  /* full width at half maximum; healthy arteries have 5 to 8 s at 5 ml/s */
#define FLAT_FRAMES 3 /* so many frames within FLAT_FRAC of the peak are a clipped peak ... */
#define FLAT_FRAC 0.01
#define TRUNCATED_FRAC 0.3 /* of the peak, in the last tenth */
#define NOISY_FRAC 0.1     /* SD of the baseline over the peak */
#define TAIL_SDS 2.0       /* a tail within so many standard errors of 0 is noise */
#define TAIL_AREA 0.05     /* and disturbs, if its standard error is so much of the area */
#define PASS_SHARE 0.03    /* of the peak, where the first pass ends */

static double smooth_at(const double *curve, int n_time, int i)
{
    const int a = i > 0 ? i - 1 : i;
    const int b = i + 1 < n_time ? i + 1 : i;
    return (curve[a] + curve[i] + curve[b]) / 3;
}

int aif_peak_frame(const double *curve, int n_time)
{
    int best = 0;
    for (int i = 1; i < n_time; i++)
        if (smooth_at(curve, n_time, i) > smooth_at(curve, n_time, best))
            best = i;
    int peak = best;
    for (int i = best > 0 ? best - 1 : 0; i <= best + 1 && i < n_time; i++)
        if (curve[i] > curve[peak])
            peak = i;
    return peak;
}

void aif_first_pass(int *first_out, int *last_out, const double *curve, int n_time, double share)
{
    const int peak = aif_peak_frame(curve, n_time);
    const double level = share * curve[peak];
    int first = peak, last = peak;
    while (first > 0 && smooth_at(curve, n_time, first - 1) > level)
        first--;
    while (last + 1 < n_time && smooth_at(curve, n_time, last + 1) > level)
        last++;
    *first_out = first;
    *last_out = last;
}

static double frames_sd(const double *curve, int first, int last)
{
    const double mean = frames_mean(curve, first, last);
    double squares = 0;
    for (int i = first; i <= last; i++)
        squares += (curve[i] - mean) * (curve[i] - mean);
    return last > first ? sqrt(squares / (last - first)) : 0;
}

/* Where the curve crosses level between frames i and i + 1, in frames. */
static double crossing(const double *curve, int i, double level)
{
    const double rise = curve[i + 1] - curve[i];
    return rise != 0 ? i + (level - curve[i]) / rise : i;
}

static double width_frames(const double *curve, int n_time, int peak)
{
    const double half = 0.5 * curve[peak];
    int left = peak, right = peak;
    while (left > 0 && curve[left] > half)
        left--;
    while (right + 1 < n_time && curve[right] > half)
        right++;
    if (curve[left] > half || curve[right] > half)
        return NAN;
    return crossing(curve, right - 1, half) - crossing(curve, left, half);
}

static double arrival_frames(const double *curve, int peak)
{
    const double level = 0.1 * curve[peak];
    int i = peak;
    while (i > 0 && curve[i - 1] > level)
        i--;
    return i > 0 ? crossing(curve, i - 1, level) : 0;
}

static double first_moment_frames(const double *curve, int n_time, double arrival)
{
    int first = 0, last = 0;
    double area = 0, moment = 0;
    aif_first_pass(&first, &last, curve, n_time, 0.1);
    for (int i = first; i <= last; i++) {
        area += curve[i];
        moment += curve[i] * (i - arrival);
    }
    return area > 0 ? moment / area : NAN;
}

wil_perfusion_aif_quality aif_quality(const double *curve, int n_time, double dt_s, const dsc_frames *frames)
{
    const int peak = aif_peak_frame(curve, n_time);
    const double arrival = arrival_frames(curve, peak);
    const int n_end = n_time >= 20 ? n_time / 10 : 1;
    int n_flat = 0;
    double bends = 0;
    for (int i = 0; i < n_time; i++)
        n_flat += curve[i] >= (1 - FLAT_FRAC) * curve[peak];
    for (int i = 2; i < n_time; i++) {
        const double bend = (curve[i] - 2 * curve[i - 1] + curve[i - 2]) / curve[peak];
        bends += bend * bend;
    }
    wil_perfusion_aif_quality q = {
        .peak = curve[peak],
        .time_to_peak_s = peak * dt_s,
        .arrival_s = arrival * dt_s,
        .width_s = width_frames(curve, n_time, peak) * dt_s,
        .first_moment_s = first_moment_frames(curve, n_time, arrival) * dt_s,
        .irregularity = bends,
        .end_frac = frames_mean(curve, n_time - n_end, n_time - 1) / curve[peak],
        .noise_frac = frames_sd(curve, frames->baseline_first, frames->baseline_last) / curve[peak],
    };
    q.late = q.arrival_s > (frames->baseline_last + 1) * dt_s + LATE_S;
    q.broad = !(q.width_s <= BROAD_S);
    q.clipped = n_flat >= FLAT_FRAMES;
    q.truncated = q.end_frac > TRUNCATED_FRAC || peak + 3 >= n_time;
    q.noisy = q.noise_frac > NOISY_FRAC;
    return q;
}

/* A frame's noise is the baseline's; an error of the baseline's mean shifts all frames alike. In an artery of
 * one noisy voxel that sum can be as large as the area of the bolus, and flow, which goes with its inverse,
 * would be as wrong. A recirculation that can be told from noise stays. */
bool aif_clear_tail(double *curve, int n_time, const dsc_frames *frames)
{
    int first = 0, last = 0;
    aif_first_pass(&first, &last, curve, n_time, PASS_SHARE);
    const int n_tail = n_time - 1 - last;
    const int n_base = frames->baseline_last - frames->baseline_first + 1;
    if (n_tail < 3 || n_base < 3)
        return false;
    const double sd = frames_sd(curve, frames->baseline_first, frames->baseline_last);
    const double error = sd * sqrt(1.0 / n_tail + 1.0 / n_base); /* of the tail's mean */
    const double tail = frames_mean(curve, last + 1, n_time - 1);
    const double area = frames_mean(curve, first, last) * (last - first + 1);
    if (fabs(tail) > TAIL_SDS * error || error * n_tail < TAIL_AREA * area)
        return false;
    for (int i = 0; i < n_time; i++)
        if (i < first || i > last)
            curve[i] = 0;
    return true;
}
