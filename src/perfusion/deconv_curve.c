/* What the deconvolution methods do with single curves. */
#include "deconv.h"

#include <string.h>

void deconv_volume_weights(double *out, const double *aif, int n_time)
{
    for (int i = 0; i < n_time; i++) {
        const double before = i > 0 ? aif[i - 1] : 0;
        const double after = i + 1 < n_time ? aif[i + 1] : 0;
        out[i] = (before + 4 * aif[i] + after) / 6;
    }
}

void deconv_spectrum(const deconv_plan *plan, double _Complex *spectrum, const double *curve, double *row)
{
    memcpy(row, curve, (size_t)plan->n_time * sizeof *row);
    memset(row + plan->n_time, 0, (size_t)(plan->length - plan->n_time) * sizeof *row);
    const wil_status status = wil_fft_forward(plan->fft, spectrum, row);
    (void)status; /* fails for unaligned memory only, and work is aligned */
}

wil_perfusion_peak deconv_peak(const double *k, int length, int n_time, bool circular, double dt_s)
{
    int at = 0;
    for (int i = 1; i < length; i++)
        if (k[i] > k[at])
            at = i;
    wil_perfusion_peak peak = {.height_per_s = k[at]};
    double lag = at;
    if (circular || (at > 0 && at + 1 < length)) {
        const double before = k[(at + length - 1) % length], after = k[(at + 1) % length];
        const double bend = before - 2 * k[at] + after;
        lag += bend < 0 ? 0.5 * (before - after) / bend : 0;
    }
    peak.time_s = dt_s * (circular && lag > n_time ? lag - length : lag);
    return peak;
}
