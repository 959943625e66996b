/* One interface for all deconvolution methods: a plan for the AIF, then curve by curve, in fixed chunks. */
#include "deconv.h"

#include <math.h>
#include <string.h>

#define CHUNK 64 /* curves; their work stays in the cache */

static const deconv_method *find_method(wil_perfusion_method method)
{
    static const deconv_method *const methods[] = {
        [WIL_PERFUSION_SSVD] = &deconv_ssvd,
        [WIL_PERFUSION_CSVD] = &deconv_csvd,
        [WIL_PERFUSION_OSVD] = &deconv_osvd,
        [WIL_PERFUSION_TIKHONOV] = &deconv_tikhonov,
        [WIL_PERFUSION_PARAMETRIC] = &deconv_parametric,
    };
    return methods[method];
}

static double default_psvd(wil_perfusion_method method)
{
    return method == WIL_PERFUSION_SSVD ? 0.2 : method == WIL_PERFUSION_CSVD ? 0.1 : 0.02;
}

static wil_status check_aif(const double *aif, int n_time)
{
    double sum = 0, largest = 0;
    for (int i = 0; i < n_time; i++) {
        WIL_REQUIRE(isfinite(aif[i]), WIL_ERR_NUMERIC,
            "the arterial input is not finite at frame %d of 0 .. %d", i, n_time - 1);
        sum += aif[i];
        largest = fmax(largest, fabs(aif[i]));
    }
    WIL_REQUIRE(largest > 0, WIL_ERR_NUMERIC,
        "the arterial input is 0 everywhere; give a curve with a bolus, or another region");
    WIL_REQUIRE(sum > 0, WIL_ERR_NUMERIC,
        "the arterial input has the area %g, a positive one was expected; is it a signal that was said to be "
        "a concentration, or the wrong region?",
        sum);
    return WIL_OK;
}

static wil_status fill_kernel(deconv_plan *plan)
{
    WIL_OWN(double) *row = NULL, *weighted = NULL;
    WIL_TRY(wil_alloc_f64(&row, (size_t)plan->length));
    WIL_TRY(wil_alloc_f64(&weighted, (size_t)plan->n_time));
    deconv_volume_weights(weighted, plan->aif, plan->n_time);
    deconv_spectrum(plan, plan->kernel, weighted, row);
    for (int f = 0; f < plan->n_frequencies; f++) {
        plan->kernel[f] *= plan->dt_s;
        plan->magnitude[f] = cabs(plan->kernel[f]);
        plan->largest = fmax(plan->largest, plan->magnitude[f]);
    }
    for (int f = 0; f < plan->n_frequencies; f++)
        plan->magnitude[f] /= plan->largest;
    return WIL_OK;
}

static wil_status fill(deconv_plan *plan, const double *aif, const wil_perfusion_config *config)
{
    const size_t n = (size_t)plan->n_frequencies;
    WIL_TRY(wil_fft_new(&plan->fft, plan->length, 1));
    WIL_TRY(wil_alloc_f64(&plan->aif, (size_t)plan->n_time));
    WIL_TRY(wil_alloc((void **)&plan->kernel, n, sizeof *plan->kernel));
    WIL_TRY(wil_alloc_f64(&plan->magnitude, n));
    memcpy(plan->aif, aif, (size_t)plan->n_time * sizeof *aif);
    WIL_TRY(fill_kernel(plan));
    return plan->method->prepare(plan, config);
}

wil_status deconv_plan_make(
    deconv_plan *plan, const double *aif, int n_time, double dt_s, const wil_perfusion_config *config)
{
    *plan = (deconv_plan){0};
    WIL_REQUIRE(
        n_time >= 4, WIL_ERR_ARG, "curves of %d time points cannot be deconvolved; 4 are needed", n_time);
    WIL_REQUIRE(dt_s > 0 && isfinite(dt_s), WIL_ERR_ARG, "a time step of %g s is impossible", dt_s);
    WIL_TRY(check_aif(aif, n_time));
    WIL_OWN(deconv_plan) made = {.n_time = n_time, .length = 2 * n_time, .dt_s = dt_s};
    made.n_frequencies = n_time + 1;
    made.method = find_method(config->method);
    made.oi = isnan(config->oi) ? 0.035 : config->oi;
    made.psvd = isnan(config->psvd) ? default_psvd(config->method) : config->psvd;
    made.lambda_rule = config->lambda_rule;
    WIL_TRY(fill(&made, aif, config));
    return wil_give_value(plan, &made);
}

void deconv_plan_clear(deconv_plan *plan)
{
    wil_fft_free(plan->fft);
    wil_free(plan->aif);
    wil_free(plan->kernel);
    wil_free(plan->magnitude);
    wil_free(plan->own);
    *plan = (deconv_plan){0};
}

/* ---- many curves --------------------------------------------------------------------------------------- */

typedef struct deconv_task {
    const deconv_plan *plan;
    wil_perfusion_peak *peaks;
    float *residue, *fit;
    const float *tissue;
    bool out_of_memory;
} deconv_task;

static void put_row(float *out, const double *values, int n)
{
    for (int i = 0; i < n; i++)
        out[i] = (float)values[i];
}

/* The curve that k explains: dt (aif * k), as the method saw the AIF. */
static void convolve(const deconv_plan *plan, double *fit, double *k, double _Complex *spectrum)
{
    wil_status status = wil_fft_forward(plan->fft, spectrum, k);
    for (int f = 0; f < plan->n_frequencies; f++)
        spectrum[f] *= plan->kernel[f];
    if (status == WIL_OK)
        status = wil_fft_inverse(plan->fft, fit, spectrum);
    (void)status; /* aligned memory, so neither fails */
}

/* work: k, row, spectrum, then the method's, each at a multiple of 64 bytes. */
static void solve_rows(deconv_task *task, int64_t begin, int64_t end, double *work)
{
    const deconv_plan *plan = task->plan;
    const size_t n_time = (size_t)plan->n_time, stride = ((size_t)plan->length + 7) / 8 * 8;
    double *k = work, *row = work + stride;
    double _Complex *spectrum = (double _Complex *)(work + 2 * stride);
    double *own = work + 2 * stride + deconv_spectrum_doubles(plan) / 8 * 8;
    for (int64_t i = begin; i < end; i++) {
        const float *tissue = task->tissue + (size_t)i * n_time;
        double *curve = row;
        for (size_t t = 0; t < n_time; t++)
            curve[t] = (double)tissue[t];
        plan->method->solve(plan, k, &task->peaks[i], curve, own);
        if (task->residue != NULL && plan->method->sample != NULL)
            plan->method->sample(plan, k, own);
        if (task->residue != NULL)
            put_row(task->residue + (size_t)i * n_time, k, plan->n_time);
        if (task->fit == NULL)
            continue;
        if (plan->method->fit != NULL)
            plan->method->fit(plan, row, own);
        else
            convolve(plan, row, k, spectrum);
        put_row(task->fit + (size_t)i * n_time, row, plan->n_time);
    }
}

static void solve_chunk(int64_t begin, int64_t end, void *context)
{
    deconv_task *task = context;
    const size_t stride = ((size_t)task->plan->length + 7) / 8 * 8;
    WIL_OWN(double) *work = NULL;
    if (wil_alloc_f64(&work, 2 * stride + deconv_spectrum_doubles(task->plan) + task->plan->n_work) !=
        WIL_OK) {
#pragma omp atomic write
        task->out_of_memory = true;
        return;
    }
    solve_rows(task, begin, end, work);
}

wil_status deconv_run(const deconv_plan *plan, wil_perfusion_peak *peaks_out, float *residue_out,
    float *fit_out, const float *tissue, int64_t n)
{
    deconv_task task = {.plan = plan, .peaks = peaks_out, .tissue = tissue};
    task.residue = residue_out;
    task.fit = fit_out;
    wil_parallel_for(n, CHUNK, solve_chunk, &task);
    WIL_REQUIRE(
        !task.out_of_memory, WIL_ERR_MEMORY, "out of memory while deconvolving %lld curves", (long long)n);
    return WIL_OK;
}

wil_status wil_perfusion_deconvolve(wil_perfusion_peak *peaks_out, float *residue_out, float *fit_out,
    const float *tissue, int64_t n, const double *aif, int n_time, double dt_s,
    const wil_perfusion_config *config)
{
    WIL_OWN(deconv_plan) plan = {0};
    WIL_TRY(deconv_plan_make(&plan, aif, n_time, dt_s, config));
    return deconv_run(&plan, peaks_out, residue_out, fit_out, tissue, n);
}
