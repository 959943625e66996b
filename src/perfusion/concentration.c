/* From signal to concentration: log-linear, or with the quadratic relation of whole blood. */
#include "concentration.h"

#include <math.h>

void wil_perfusion_concentration(
    double *concentration_out, const double *signal, int n_time, double baseline, double te_s, double r2)
{
    const double scale = -1 / (te_s * r2);
    for (int i = 0; i < n_time; i++)
        concentration_out[i] = scale * log(signal[i] / baseline);
}

/* dR2* = r2 C + q C^2 has one root that is 0 where dR2* is; below -r2^2/4q (noise) the vertex is the nearest.
 */
static double solve_quadratic(double rate, double r2, double q)
{
    const double inside = r2 * r2 + 4 * q * rate;
    return inside <= 0 ? -r2 / (2 * q) : 2 * rate / (r2 + sqrt(inside));
}

void blood_concentration(double *rate_in_concentration_out, int n_time, const wil_perfusion_config *config)
{
    for (int i = 0; i < n_time; i++) {
        const double rate = rate_in_concentration_out[i];
        rate_in_concentration_out[i] = config->blood_quadratic > 0
                                           ? solve_quadratic(rate, config->r2_blood, config->blood_quadratic)
                                           : rate / config->r2_blood;
    }
}

/* Two echoes: the ratio of their signals falls with exp(-(TE2 - TE1) R2*), whatever T1 does. */
bool rate_row(float *rate_out, const float *first, const float *second, const dsc_frames *frames)
{
    double baseline = 0;
    for (int i = 0; i < frames->n_time; i++) {
        if (!(first[i] > 0) || (second != NULL && !(second[i] > 0)))
            return false;
        rate_out[i] = second == NULL ? first[i] : second[i] / first[i];
    }
    for (int i = frames->baseline_first; i <= frames->baseline_last; i++)
        baseline += (double)rate_out[i];
    baseline /= frames->baseline_last - frames->baseline_first + 1;
    const float scale = (float)(-1 / frames->te_s), over = (float)(1 / baseline);
    for (int i = 0; i < frames->n_time; i++)
        rate_out[i] = scale * logf(rate_out[i] * over);
    return isfinite(baseline);
}

double row_snr(const float *signal, const dsc_frames *frames)
{
    const int n = frames->baseline_last - frames->baseline_first + 1;
    double mean = 0, squares = 0;
    for (int i = frames->baseline_first; i <= frames->baseline_last; i++)
        mean += (double)signal[i];
    mean /= n;
    for (int i = frames->baseline_first; i <= frames->baseline_last; i++)
        squares += ((double)signal[i] - mean) * ((double)signal[i] - mean);
    return squares > 0 ? mean / sqrt(squares / (n - 1)) : INFINITY;
}
