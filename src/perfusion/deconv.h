/* What deconvolution methods share: a plan for one AIF, made once and used by many curves at once. */
#ifndef WILLIS_PERFUSION_DECONV_H
#define WILLIS_PERFUSION_DECONV_H

#include <complex.h>

#include "willis/num.h"
#include "willis/perfusion.h"

typedef struct deconv_plan deconv_plan;

typedef struct deconv_method {
    /* Fills plan->own; plan is complete otherwise. */
    wil_status (*prepare)(deconv_plan *plan, const wil_perfusion_config *config);
    /* One curve [n_time]: k [length] in 1/s, lags circular beyond n_time. work: plan->n_work doubles. */
    void (*solve)(
        const deconv_plan *plan, double *k, wil_perfusion_peak *peak, const double *tissue, double *work);
    /* Of methods with a model; NULL: solve gives k, and the fit follows from it. Both take what solve left in
     * work: k [length], and the curve that the model explains [n_time]. */
    void (*sample)(const deconv_plan *plan, double *k, double *work);
    void (*fit)(const deconv_plan *plan, double *fit, double *work);
} deconv_method;

struct deconv_plan {
    const deconv_method *method;
    int n_time;
    int length;        /* 2 n_time, so that nothing wraps round */
    int n_frequencies; /* length / 2 + 1 */
    double dt_s;
    double *aif;             /* [n_time], as given */
    double _Complex *kernel; /* [n_frequencies]: dt_s times the spectrum of the volume-weighted AIF, padded */
    double *magnitude;       /* [n_frequencies]: |kernel| over its largest: the singular values of the
                                block-circulant matrix */
    double largest;          /* of |kernel| */
    wil_fft *fft;            /* one row of length */
    size_t n_work;           /* doubles that solve needs */
    double *own;             /* of the method: tables in one allocation */
    double oi, psvd;         /* settings, resolved */
    wil_perfusion_lambda lambda_rule;
};

/* All functions below fail as wil_perfusion_deconvolve does. */
wil_status deconv_plan_make(
    deconv_plan *plan, const double *aif, int n_time, double dt_s, const wil_perfusion_config *config);
void deconv_plan_clear(deconv_plan *plan);
WIL_OWNED_VALUE(deconv_plan, deconv_plan_clear)
/* wil_perfusion_deconvolve with the plan at hand; may be called from within a parallel loop. */
wil_status deconv_run(const deconv_plan *plan, wil_perfusion_peak *peaks_out, float *residue_out,
    float *fit_out, const float *tissue, int64_t n);

extern const deconv_method deconv_ssvd;
extern const deconv_method deconv_csvd;
extern const deconv_method deconv_osvd;
extern const deconv_method deconv_tikhonov;
extern const deconv_method deconv_parametric;

/* Spectrum of a curve padded to length; row: [length] of work. */
void deconv_spectrum(const deconv_plan *plan, double _Complex *spectrum, const double *curve, double *row);
/* Signed maximum of k, by a parabola between samples; circular lags beyond n_time count as negative. */
wil_perfusion_peak deconv_peak(const double *k, int length, int n_time, bool circular, double dt_s);
/* (a[i-1] + 4 a[i] + a[i+1]) / 6: curve and residue function linear between samples [Ostergaard1996]. */
void deconv_volume_weights(double *out, const double *aif, int n_time);

/* Doubles that hold a spectrum. */
static inline size_t deconv_spectrum_doubles(const deconv_plan *plan)
{
    return 2 * (size_t)plan->n_frequencies + 8; /* and rounded to 64 bytes */
}

#endif
