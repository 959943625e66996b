/* The state of one run, and its stages in their order. Frames are counted from the first used one. */
#ifndef WILLIS_PERFUSION_RUN_INTERNAL_H
#define WILLIS_PERFUSION_RUN_INTERNAL_H

#include "aif_internal.h"
#include "deconv.h"

typedef struct dsc_run {
    wil_perfusion_result *result;
    wil_volume *series;
    const wil_perfusion_inputs *inputs;
    wil_perfusion_inputs own_inputs; /* these, with a second echo that was mended */
    wil_volume second_echo;
    const wil_monitor *monitor;
    dsc_frames frames;
    wil_mask region; /* the brain as the series shows it, whatever mask was given: there phases and artery are
                        looked for */
    double centre_mm; /* of it, from left to right */
    bool told_boluses;
    int n_mended_out; /* bad frames at the end */
    int32_t *voxels;  /* [n] index in the grid, of the usable voxels */
    int n;
    float *curves;             /* [n, n_time] dR2* in 1/s; after the AIF was found tissue concentration */
    float *snr;                /* [n] */
    uint8_t *shows;            /* [n] whether a bolus shows */
    wil_perfusion_peak *peaks; /* [n] */
    float *residue;            /* [n, n_time] or NULL */
    float *fit;                /* [n, n_time] or NULL */
    float *k2;                 /* [n] or NULL */
} dsc_run;
void dsc_run_clear(dsc_run *run); /* what the run owns; not the result */
WIL_OWNED_VALUE(dsc_run, dsc_run_clear)

/* Appends a line to the result's warnings and tells the monitor. */
wil_status perfusion_run_warn(dsc_run *run, const char *format, ...) WIL_PRINTF(2, 3);

/* Frames that are bad, or at odd times, mended in the series; warnings say which. */
wil_status perfusion_run_mend_frames(dsc_run *run);
/* Where a voxel lies from right to left: x in mm, which rises towards the patient's right in RAS. */
double perfusion_run_x_mm(const wil_grid *grid, int32_t voxel);
double perfusion_run_centre_mm(const wil_mask *mask);
/* Mean signal of each frame in a mask, of all frames. */
wil_status perfusion_run_mean_signal(double *mean_out, const wil_volume *series, const wil_mask *mask);
/* Rates of all usable voxels of mask: fills voxels, n, curves, snr; result->mask, n_refused, snr. */
wil_status perfusion_run_make_curves(dsc_run *run, const wil_mask *brain);
/* The AIF from where the inputs say, judged, with warnings. */
wil_status perfusion_run_find_aif(dsc_run *run);
/* Takes leakage out of the curves, fills k2 [Boxerman2006]. */
wil_status perfusion_run_correct_leakage(dsc_run *run);
/* Which voxels show a bolus: fills shows; result->n_without_bolus. */
wil_status perfusion_run_find_bolus(dsc_run *run);
/* Maps from peaks, curves, fit. */
wil_status perfusion_run_fill_maps(dsc_run *run);
/* rCBF and rCBV from CBF, CBV and Tmax; absent, with a warning, where there is no reference tissue. */
wil_status perfusion_run_relative_maps(dsc_run *run);
/* Read-outs of the left and the right half. */
wil_status perfusion_run_side_readouts(dsc_run *run);
/* Standard deviations by residual bootstrap. */
wil_status perfusion_run_bootstrap(dsc_run *run, const deconv_plan *plan);

/* ml/100g/min from the height of a residue function, ml/100g from areas. */
double perfusion_flow(const wil_perfusion_config *config, double height_per_s);
double perfusion_volume(const wil_perfusion_config *config, double tissue_area, double aif_area);
double curve_area(const double *curve, int n_time);
double row_area(const float *curve, int n_time); /* the same of floats */
/* Time of the largest value from frame first on, between samples, in frames. */
double curve_peak_frame(const float *curve, int n_time, int first);
/* Makes map kind of the result, background 0, and scatters values [n]. */
wil_status perfusion_run_put_map(dsc_run *run, wil_perfusion_map_kind kind, const float *values);

#endif
