/* What a method makes of tissue whose flow is known, at this sampling, this noise and this arterial input. */
#include "run_internal.h"

#include <math.h>

#define N_TRIALS 100
#define FINE 8        /* steps between samples */
#define VOLUME 4.0    /* ml/100g */
#define NOISE_STEP 77 /* keeps these random numbers apart from the bootstrap's */

static const double flows[WIL_PERFUSION_BIAS_FLOWS] = {10, 20, 40, 60};

/* The AIF between its samples by a cubic through four of them [Catmull1974]: as smooth as a bolus is. */
static double aif_between(const double *aif, int n_time, int i, double u)
{
    const double a = i > 0 ? aif[i - 1] : aif[i];
    const double b = aif[i];
    const double c = i + 1 < n_time ? aif[i + 1] : b;
    const double d = i + 2 < n_time ? aif[i + 2] : c;
    return b + 0.5 * u * (c - a + u * (2 * a - 5 * b + 4 * c - d + u * (3 * (b - c) + d - a)));
}

/* Convolution with an exponential residue function by recursion, exact for the AIF linear between fine steps.
 */
static void exponential_tissue(
    double *out, const double *aif, int n_time, double dt_s, double flow_per_s, double mtt_s)
{
    const double x = dt_s / FINE / mtt_s, decay = exp(-x), past = mtt_s * (1 - decay * (1 + x)) / x;
    const double now = mtt_s * (1 - decay) - past;
    double sum = 0;
    out[0] = 0;
    for (int i = 0; i + 1 < n_time; i++) {
        for (int k = 0; k < FINE; k++)
            sum = decay * sum + past * aif_between(aif, n_time, i, (double)k / FINE) +
                  now * aif_between(aif, n_time, i, (k + 1.0) / FINE);
        out[i + 1] = flow_per_s * sum;
    }
}

static double peak_of(const double *curve, int n)
{
    double most = 0;
    for (int i = 0; i < n; i++)
        most = fmax(most, curve[i]);
    return most;
}

static void summarise(
    wil_perfusion_bias *out, int which, const wil_perfusion_peak *peaks, const wil_perfusion_config *config)
{
    double values[N_TRIALS];
    double times[N_TRIALS];
    for (int i = 0; i < N_TRIALS; i++) {
        values[i] = perfusion_flow(config, peaks[i].height_per_s);
        times[i] = peaks[i].time_s;
    }
    out->cbf_true[which] = flows[which];
    out->cbf_mean[which] = wil_num_mean(values, N_TRIALS);
    out->cbf_sd[which] = wil_num_sd(values, N_TRIALS);
    out->tmax_mean_s[which] = wil_num_mean(times, N_TRIALS);
}

static wil_status simulate(wil_perfusion_bias *out, const deconv_plan *plan, double noise_sd,
    const wil_perfusion_config *config, double *clean, float *noisy, wil_perfusion_peak *peaks)
{
    const int n_time = plan->n_time;
    const wil_rng rng = wil_rng_at(config->seed, WIL_RNG_BOOTSTRAP, NOISE_STEP);
    for (int which = 0; which < WIL_PERFUSION_BIAS_FLOWS; which++) {
        const double height = flows[which] / perfusion_flow(config, 1);
        exponential_tissue(clean, plan->aif, n_time, plan->dt_s, height, 60 * VOLUME / flows[which]);
        out->noise_frac = noise_sd / peak_of(clean, n_time); /* of the last flow */
        for (int i = 0; i < N_TRIALS; i++)
            for (int t = 0; t < n_time; t++)
                noisy[i * n_time + t] =
                    (float)(clean[t] +
                            noise_sd * wil_rng_normal(rng,
                                           ((uint64_t)which * N_TRIALS + (uint64_t)i) * (uint64_t)n_time +
                                               (uint64_t)t));
        WIL_TRY(deconv_run(plan, peaks, NULL, NULL, noisy, N_TRIALS));
        summarise(out, which, peaks, config);
    }
    return WIL_OK;
}

wil_status wil_perfusion_simulate_bias(wil_perfusion_bias *out, const double *aif, int n_time, double dt_s,
    double noise_sd, const wil_perfusion_config *config)
{
    wil_perfusion_config settled = *config;
    WIL_OWN(deconv_plan) plan = {0};
    WIL_OWN(double) *clean = NULL;
    WIL_OWN(float) *noisy = NULL;
    WIL_OWN(wil_perfusion_peak) *peaks = NULL;
    *out = (wil_perfusion_bias){0};
    wil_perfusion_config_settle(&settled);
    WIL_REQUIRE(noise_sd >= 0 && isfinite(noise_sd), WIL_ERR_ARG, "a noise of %g is impossible", noise_sd);
    WIL_TRY(deconv_plan_make(&plan, aif, n_time, dt_s, &settled));
    WIL_TRY(wil_alloc_f64(&clean, (size_t)n_time));
    WIL_TRY(wil_alloc_f32(&noisy, N_TRIALS * (size_t)n_time));
    WIL_TRY(wil_alloc((void **)&peaks, N_TRIALS, sizeof *peaks));
    return simulate(out, &plan, noise_sd, &settled, clean, noisy, peaks);
}
