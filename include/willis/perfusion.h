/* perfusion: maps of blood flow from a DSC-MRI series (bolus tracking), by deconvolution.
 *
 * Signal becomes concentration, an arterial input function (AIF) is found or given, each voxel's curve is
 * deconvolved by it, and the residue function gives CBF, CBV, MTT, Tmax; the curve itself TTP. One call does
 * it all, and every step can be called by itself:
 *
 *     wil_perfusion_config config = wil_perfusion_config_default();
 *     wil_perfusion_inputs inputs = {0};
 *     wil_perfusion_result result = {0};
 *     config.te_s = 0.029;
 *     config.tr_s = 1.243;
 *     WIL_TRY(wil_perfusion_run(&result, &series, &inputs, &config, NULL));
 *     WIL_TRY(wil_perfusion_write(&result, "out"));
 *     wil_perfusion_clear(&result);
 *
 * Frames are counted from 0 in the series as given; times are seconds. Concentrations are in mM if the
 * relaxivities are, otherwise in a common arbitrary unit, and only ratios of tissue to artery matter.
 */
#ifndef WILLIS_PERFUSION_H
#define WILLIS_PERFUSION_H

#include "willis/base.h"
#include "willis/base_fields.h"
#include "willis/image.h"

#pragma GCC visibility push(default)

/* ---- settings ----------------------------------------------------------------------------------------- */

typedef enum wil_perfusion_method {
    WIL_PERFUSION_SSVD,      /* [Ostergaard1996]: depends on delay */
    WIL_PERFUSION_CSVD,      /* block-circulant [Wu2003] */
    WIL_PERFUSION_OSVD,      /* ... with a threshold per voxel by the oscillation index [Wu2003] */
    WIL_PERFUSION_TIKHONOV,  /* block-circulant, Tikhonov's regularisation with a parameter per voxel */
    WIL_PERFUSION_PARAMETRIC /* gamma-distributed transit times, posterior mode by EM [Mouridsen2014] */
} wil_perfusion_method;

typedef enum wil_perfusion_lambda { WIL_PERFUSION_GCV, WIL_PERFUSION_LCURVE } wil_perfusion_lambda;
typedef enum wil_perfusion_search {
    WIL_PERFUSION_CLUSTER,     /* [Mouridsen2006] */
    WIL_PERFUSION_HIERARCHICAL /* [Peruzzo2011] */
} wil_perfusion_search;
typedef enum wil_perfusion_side { WIL_SIDE_ANY, WIL_SIDE_LEFT, WIL_SIDE_RIGHT } wil_perfusion_side;
/* What relative maps are divided by: the mean of healthy tissue everywhere, in the healthier half of the
 * brain, or in white matter. */
typedef enum wil_perfusion_relative {
    WIL_RELATIVE_GLOBAL,
    WIL_RELATIVE_SIDE,
    WIL_RELATIVE_WHITE
} wil_perfusion_relative;
typedef enum wil_perfusion_mask_rule {
    WIL_PERFUSION_MASK_AUTO, /* the head's brightest component, closed (wil_perfusion_brain_mask) */
    WIL_PERFUSION_MASK_NONE  /* every voxel */
} wil_perfusion_mask_rule;

/* What is done about frames that a bolus cannot explain: those within the series are interpolated, those at
 * its end left out; or all are kept. */
typedef enum wil_perfusion_bad_frames { WIL_BAD_FRAMES_REPAIR, WIL_BAD_FRAMES_KEEP } wil_perfusion_bad_frames;

typedef struct wil_perfusion_config {
    double te_s, tr_s;        /* must be given, see wil_perfusion_protocol_find; 0 */
    double te_second_s;       /* of the second echo, where there is one; 0 */
    double r2_tissue;         /* relaxivities, 1/s per mM (or relative): C = dR2* / r2; NaN: 1 */
    double r2_blood;          /* NaN: 1 */
    double blood_quadratic;   /* > 0: dR2* = r2_blood C + this C^2 in the artery, 1/s per mM^2; NaN: 0 */
    double hematocrit_factor; /* (1 - hematocrit of large) / (1 - of small vessels); NaN: 0.733 */
    double density_g_ml;      /* of brain; NaN: 1.04 */
    int bolus;                /* which of several is used, from 1 */
    int n_discard;            /* frames before steady state; -1: found */
    int baseline_first;       /* frames before the bolus, both included; -1: found */
    int baseline_last;
    wil_perfusion_mask_rule mask_rule; /* where no mask is given */
    wil_perfusion_method method;       /* OSVD */
    double psvd;                       /* singular values below this share of the largest are cut; NaN: 0.2
                                          (SSVD), 0.1 (CSVD), 0.02 (OSVD, where its search starts) */
    double oi;                        /* limit of the oscillation index; NaN: by SNR, see docs/perfusion.md */
    wil_perfusion_lambda lambda_rule; /* GCV */
    wil_perfusion_search search;      /* CLUSTER */
    wil_perfusion_side aif_side;      /* half of the brain where the AIF is sought; ANY */
    bool aif_gamma_fit;               /* replace the AIF by a gamma-variate with recirculation; false */
    wil_perfusion_bad_frames bad_frames; /* REPAIR */
    bool correct_motion;                 /* rigid, to the baseline mean; false */
    bool correct_leakage;                /* [Boxerman2006]; false */
    wil_perfusion_relative relative_to;  /* GLOBAL */
    bool extra_maps;                     /* arrival, first moment, fit residual; false */
    bool residue;                        /* keep residue functions; false */
    int n_bootstrap;                     /* residual bootstrap for standard deviations; 0: none */
    bool method_bias;                    /* simulate the bias at this TR, SNR and AIF; true */
    uint64_t seed;                       /* of the bootstrap and the simulation; 1 */
} wil_perfusion_config;

extern const wil_fields wil_perfusion_fields;
wil_perfusion_config wil_perfusion_config_default(void);
/* Names as the command line has them: "osvd". Borrowed. */
const char *wil_perfusion_method_name(wil_perfusion_method method);
/* Fails: WIL_ERR_ARG with the setting, what it is and what was expected (a TR of 1243 is told to be ms). */
WIL_NODISCARD wil_status wil_perfusion_config_check(const wil_perfusion_config *config);

/* Gives the constants that are NaN their usual values, as named in the struct; wil_perfusion_run does. */
void wil_perfusion_config_settle(wil_perfusion_config *config);

/* What a series' files say of how it was made. Fills te_s and tr_s where they are 0: from the BIDS sidecar
 * beside the series (EchoTime, RepetitionTime in s; NULL: looked for at <series without .nii[.gz]>.json),
 * then from the header's TR (header_tr_s, 0 if unknown). What user and sidecar say must agree to 1 %; a
 * header that says otherwise is passed over, and wil_perfusion_run warns of it. Fills the constants where
 * they are NaN: from the sidecar's RelaxivityTissue, RelaxivityBlood, RelaxivityBloodQuadratic,
 * HematocritFactor, DensityGramPerMl, which `willis phantom dsc` writes; what it lacks stays NaN. Fails:
 * WIL_ERR_ARG (a time neither given nor found: says what to give; ms for s), WIL_ERR_INPUT (the sources
 * contradict each other, the sidecar is not JSON, a constant in it is no number or impossible). */
WIL_NODISCARD wil_status wil_perfusion_protocol_find(
    wil_perfusion_config *config, const char *series_path, const char *sidecar_path, double header_tr_s);

/* When frames and slices were measured, where that is not every tr_s at once. */
typedef struct wil_perfusion_timing {
    double *volume_s; /* [n_volumes] start of each frame, owned; NULL: every tr_s */
    int n_volumes;
    double *slice_s; /* [n_slices] after the frame's start, in the grid's order, owned; NULL: all at once */
    int n_slices;
    int slice_axis; /* of the grid: 0 x, 1 y, 2 z */
} wil_perfusion_timing;
void wil_perfusion_timing_clear(wil_perfusion_timing *timing); /* fine on a zeroed struct */
WIL_OWNED_VALUE(wil_perfusion_timing, wil_perfusion_timing_clear)
/* From the sidecar's VolumeTiming, SliceTiming and SliceEncodingDirection (BIDS; axes of the file); the
 * sidecar as in wil_perfusion_protocol_find, which takes tr_s from the mean step. Fails: WIL_ERR_INPUT (other
 * numbers of frames or slices, times that fall, slices later than tr_s). */
WIL_NODISCARD wil_status wil_perfusion_timing_find(wil_perfusion_timing *out, const char *series_path,
    const char *sidecar_path, const wil_grid *grid, int n_time, double tr_s);

/* ---- the steps ---------------------------------------------------------------------------------------- */

/* What became of a frame, or what is wrong with it. */
typedef enum wil_perfusion_frame {
    WIL_FRAME_USED,
    WIL_FRAME_EMPTY,   /* more than a tenth of it has no number, or all of it is 0 */
    WIL_FRAME_GAIN,    /* voxels that no blood reaches are brighter or darker than in the frames around it */
    WIL_FRAME_NOISY,   /* noisier than others */
    WIL_FRAME_EXCLUDED /* by the user */
} wil_perfusion_frame;
/* Finds frames that a bolus cannot explain: bad_out [n_time], a wil_perfusion_frame each. In logarithms each
 * voxel is compared with the median of two frames on either side; a line over the voxels' responses to the
 * bolus parts it from a change of all (docs/perfusion.md). Fails: WIL_ERR_MEMORY. */
WIL_NODISCARD wil_status wil_perfusion_find_bad_frames(uint8_t *bad_out, const wil_volume *series);
/* Moves the series, in place, to times k tr_s (plus the middle of the slices' times), by cubic interpolation
 * between frames that are not bad. timing may be NULL (regular), bad may be (none). Frames that are there
 * already keep their bits. Fails: WIL_ERR_INPUT (another number of times), WIL_ERR_MEMORY. */
WIL_NODISCARD wil_status wil_perfusion_resample(
    wil_volume *series, const wil_perfusion_timing *timing, const uint8_t *bad, double tr_s);

/* Where a mean signal curve has its bolus. */
typedef struct wil_perfusion_phases {
    int n_discard;      /* leading frames above steady state */
    int baseline_first; /* frames before the bolus, both included */
    int baseline_last;
    int arrival;           /* the first frame in which the bolus shows */
    int peak;              /* the frame of least signal */
    double baseline;       /* mean signal of the baseline */
    double noise_sd;       /* of the curve, from differences in the baseline */
    double remaining_frac; /* of the drop at the peak, in the last frames */
} wil_perfusion_phases;

/* Finds them in signal [n_time]; config's n_discard and baseline_* are kept where set. Fails: WIL_ERR_INPUT
 * (no bolus; fewer than 3 baseline frames; the peak at the end of the series), WIL_ERR_ARG (a baseline
 * outside of the series or in the bolus). */
WIL_NODISCARD wil_status wil_perfusion_find_phases(
    wil_perfusion_phases *out, const double *signal, int n_time, const wil_perfusion_config *config);
/* Mean signal of the frames in [first, last], thresholded [Otsu1979]; of what is bright, the pieces of each
 * slice through which the bolus passes, with a margin of 6 mm, opened, without single pieces under 2 ml;
 * holes of each slice filled. Without a bolus the largest piece. A volume without dark background gives all
 * of it. *out is made here. */
WIL_NODISCARD wil_status wil_perfusion_brain_mask(
    wil_mask *out, const wil_volume *series, int first, int last);
/* concentration_out[i] = -ln(signal[i] / baseline) / (te_s r2); signal and baseline must be > 0. */
void wil_perfusion_concentration(
    double *concentration_out, const double *signal, int n_time, double baseline, double te_s, double r2);

/* A rigid movement: rotation about the volume's centre (x, then y, then z), then translation. */
typedef struct wil_perfusion_movement {
    double translation_mm[3];
    double rotation_deg[3];
} wil_perfusion_movement;
/* Moves every frame onto the mean of frames [first, last], by normalised correlation, in place.
 * movements_out: [n_time], what was found (and undone). Fails: WIL_ERR_INPUT for a single slice thinner than
 * 4 voxels in x or y, WIL_ERR_INTERRUPTED. */
WIL_NODISCARD wil_status wil_perfusion_correct_motion(wil_perfusion_movement *movements_out,
    wil_volume *series, int first, int last, const wil_monitor *monitor);

/* ---- arterial input ----------------------------------------------------------------------------------- */

typedef struct wil_perfusion_aif_quality {
    double peak;           /* concentration */
    double time_to_peak_s; /* from the first frame of the series */
    double arrival_s;      /* first time above 10 % of the peak on its flank, from there too */
    double width_s;        /* full width at half maximum; NaN if it never falls to half */
    double first_moment_s; /* of the first pass, from arrival */
    double irregularity;   /* sum of squared second differences, of the curve over its peak */
    double end_frac;       /* mean of the last tenth over the peak */
    double noise_frac;     /* SD of the baseline over the peak */
    bool late, broad, clipped, truncated, noisy;
} wil_perfusion_aif_quality;

typedef struct wil_perfusion_aif {
    int n_time;            /* of used frames */
    double *concentration; /* [n_time], owned; what the deconvolution takes */
    double *measured;      /* [n_time], owned; before fit and clearing of the tail */
    double *signal;        /* [n_time], owned; NaN where a concentration was given */
    int n_voxels;          /* where it was found; 0 for a given curve */
    int32_t (*voxels)[3];  /* x, y, z, owned */
    bool tail_cleared;     /* what lies outside of the first pass was noise and was set to 0 */
    wil_perfusion_aif_quality quality;
} wil_perfusion_aif;
void wil_perfusion_aif_clear(wil_perfusion_aif *aif);

/* A curve, a region or a list of voxels from a file: NIfTI with one curve, NIfTI of the series' size (0/1),
 * CSV with a column signal or concentration, CSV with columns x, y, z (voxels, from 0, as the series' file
 * stores them). wil_perfusion_aif_read fails with WIL_ERR_INPUT and file and line (another size, no such
 * columns, a word for a number, a voxel outside of grid, an empty region). */
typedef struct wil_perfusion_aif_file {
    double *curve; /* [n], owned; or NULL */
    int n;
    bool is_concentration; /* as the CSV's column says; else false */
    wil_mask region;       /* voxels NULL unless a region was given */
    int32_t (*voxels)[3];  /* owned; or NULL */
    int n_voxels;
} wil_perfusion_aif_file;
WIL_NODISCARD wil_status wil_perfusion_aif_read(
    wil_perfusion_aif_file *out, const char *path, const wil_grid *grid);
void wil_perfusion_aif_file_clear(wil_perfusion_aif_file *file);
WIL_OWNED_VALUE(wil_perfusion_aif_file, wil_perfusion_aif_file_clear)

/* Gamma-variate A (t - t0)^alpha exp(-(t - t0) / beta), and a recirculation: the first pass delayed by
 * delay_s, scaled by share and smeared by an exponential of smear_s. */
typedef struct wil_perfusion_gamma {
    double amplitude, arrival_s, alpha, beta_s;
    double share, delay_s, smear_s;
} wil_perfusion_gamma;
/* Least squares (Levenberg-Marquardt); fit_out [n_time]. Fails: WIL_ERR_NUMERIC when there is no peak. */
WIL_NODISCARD wil_status wil_perfusion_gamma_fit(
    wil_perfusion_gamma *out, double *fit_out, const double *curve, int n_time, double dt_s);
/* The model at n_time times, dt_s apart from 0. */
void wil_perfusion_gamma_curve(double *out, const wil_perfusion_gamma *gamma, int n_time, double dt_s);

/* ---- deconvolution ------------------------------------------------------------------------------------ */

typedef struct wil_perfusion_peak {
    double height_per_s; /* of the residue function, signed maximum */
    double time_s;       /* of it, between samples; negative where the tissue leads the artery */
    double parameter;    /* the threshold (SVD), lambda over the largest singular value (Tikhonov), alpha
                            (parametric) */
} wil_perfusion_peak;
WIL_OWNED_POINTER(wil_perfusion_peak, wil_free)

/* Solves tissue = dt_s * (aif convolved with k) for each of n curves. All in one unit; tissue [n, n_time],
 * aif [n_time], borrowed. peaks_out [n]; residue_out NULL or [n, n_time], k in 1/s at lags 0, dt_s, ...;
 * fit_out NULL or [n, n_time], the tissue curve that k explains. config: method, psvd, oi (NaN counts as
 * 0.035), lambda_rule. The same bits for any number of threads. Fails: WIL_ERR_ARG (n_time < 4, dt_s <= 0),
 * WIL_ERR_NUMERIC (AIF all zero, without positive area, or not finite), WIL_ERR_MEMORY. */
WIL_NODISCARD wil_status wil_perfusion_deconvolve(wil_perfusion_peak *peaks_out, float *residue_out,
    float *fit_out, const float *tissue, int64_t n, const double *aif, int n_time, double dt_s,
    const wil_perfusion_config *config);

/* ---- the whole way ------------------------------------------------------------------------------------ */

typedef struct wil_perfusion_inputs {
    const wil_volume *second_echo;      /* NULL, or of the series' size */
    const wil_mask *mask;               /* brain; NULL: by config.mask_rule */
    const wil_perfusion_aif_file *aif;  /* NULL: found automatically */
    const wil_mask *core;               /* infarct core, for the mismatch; NULL */
    const wil_mask *white;              /* white matter, for relative maps; NULL: found by its low volume */
    const wil_perfusion_timing *timing; /* NULL: all slices of a frame at once, every tr_s */
    const uint8_t *excluded;            /* [n_time], not 0: the frame is not to be used; NULL: none */
    wil_perfusion_side lesion_side;     /* for contralateral normalisation; ANY: the side of longer Tmax */
} wil_perfusion_inputs;

typedef enum wil_perfusion_map_kind {
    WIL_MAP_CBF,          /* ml/100g/min */
    WIL_MAP_CBV,          /* ml/100g */
    WIL_MAP_MTT,          /* s */
    WIL_MAP_TMAX,         /* s */
    WIL_MAP_TTP,          /* s, from bolus arrival (in the mean curve) */
    WIL_MAP_TTP_START,    /* s, from the first frame of the file */
    WIL_MAP_ARRIVAL,      /* s, of the tissue curve from bolus arrival in the mean curve */
    WIL_MAP_MOMENT,       /* s, first moment of the tissue curve from bolus arrival */
    WIL_MAP_SNR,          /* baseline mean over SD */
    WIL_MAP_FIT_RESIDUAL, /* RMS of tissue curve minus fit, over the tissue peak */
    WIL_MAP_RCBF,         /* share of the reference region's mean */
    WIL_MAP_RCBV,
    WIL_MAP_K2,     /* leakage, 1/s relative to the mean curve; NULL without correction */
    WIL_MAP_CBF_SD, /* by bootstrap; NULL without */
    WIL_MAP_CBV_SD,
    WIL_MAP_MTT_SD,
    WIL_MAP_TMAX_SD,
    WIL_MAP_TTP_SD,
    WIL_MAP_COUNT
} wil_perfusion_map_kind;
/* "cbf", and "ml/100g/min". Borrowed. */
const char *wil_perfusion_map_name(wil_perfusion_map_kind kind);
const char *wil_perfusion_map_unit(wil_perfusion_map_kind kind);

typedef struct wil_perfusion_readouts {
    double tmax_above_ml[4];              /* volumes at Tmax > 4, 6, 8, 10 s */
    double rcbf_below_30_ml;              /* relative CBF < 30 % where Tmax > 6 s */
    double hypoperfusion_intensity_ratio; /* volume Tmax > 10 s over Tmax > 6 s; NaN if there is none */
    double core_ml;                       /* of the given core, or rCBF < 30 %; */
    double mismatch_ml;                   /* Tmax > 6 s outside of the core */
    double mismatch_ratio;                /* volume Tmax > 6 s over core; NaN without core */
    double brain_ml;
    bool core_given;
} wil_perfusion_readouts;
/* From maps on one grid in a mask; core may be NULL. Single voxels are dropped: pieces (26-connected) under
 * min_piece_ml do not count. */
WIL_NODISCARD wil_status wil_perfusion_read_out(wil_perfusion_readouts *out, const wil_volume *tmax,
    const wil_volume *rcbf, const wil_mask *mask, const wil_mask *core, double min_piece_ml);

/* Bias of the method on simulated tissue: exponential residues, CBV 4 ml/100g, this AIF, TR and noise. */
#define WIL_PERFUSION_BIAS_FLOWS 4
typedef struct wil_perfusion_bias {
    double cbf_true[WIL_PERFUSION_BIAS_FLOWS]; /* ml/100g/min */
    double cbf_mean[WIL_PERFUSION_BIAS_FLOWS];
    double cbf_sd[WIL_PERFUSION_BIAS_FLOWS];
    double tmax_mean_s[WIL_PERFUSION_BIAS_FLOWS]; /* the truth is 0 */
    double noise_frac;                            /* SD of noise over the tissue peak at CBF 60 */
} wil_perfusion_bias;
/* noise_sd: of concentration in tissue at one frame. */
WIL_NODISCARD wil_status wil_perfusion_simulate_bias(wil_perfusion_bias *out, const double *aif, int n_time,
    double dt_s, double noise_sd, const wil_perfusion_config *config);

typedef struct wil_perfusion_result {
    wil_perfusion_config config; /* with what was found filled in (oi, psvd, n_discard, ...) */
    wil_perfusion_phases phases; /* of the mean curve of the brain as found, whatever mask is given */
    wil_grid grid;
    wil_mask mask;              /* voxels with maps */
    size_t n_refused;           /* voxels of the brain without usable signal */
    size_t n_without_bolus;     /* voxels in which no bolus shows (CSF): MTT, Tmax and TTP are 0 there */
    size_t n_reference;         /* voxels that relative maps refer to */
    int n_time;                 /* used frames */
    double *mean_signal;        /* [n_time_all] of the brain, owned */
    double *mean_concentration; /* [n_time], owned */
    int n_time_all;
    uint8_t *frames; /* [n_time_all], a wil_perfusion_frame each, owned: which were bad and interpolated */
    int n_left_out;  /* frames at the end that are not used at all: bad, or of another bolus */
    double snr;      /* median of the baseline's SNR */
    wil_perfusion_aif aif;
    wil_volume maps[WIL_MAP_COUNT];    /* voxels NULL where not asked for */
    wil_volume residue;                /* over lags; voxels NULL unless asked for */
    wil_perfusion_movement *movements; /* [n_time_all] or NULL, owned */
    wil_perfusion_readouts readouts;
    wil_perfusion_readouts
        side_readouts[2];              /* of the left and the right half; pieces across the middle are cut */
    wil_perfusion_bias bias;           /* if config.method_bias */
    wil_perfusion_side reference_side; /* of the relative maps; ANY: whole brain */
    char *warnings;                    /* one a line; NULL: none; owned */
    double seconds;                    /* of computing */
} wil_perfusion_result;

/* series: changed by motion correction, and where frames are bad or at odd times, which are mended in it. All
 * of result is made here and freed by clear. Fails with WIL_ERR_INPUT or WIL_ERR_ARG and a sentence for input
 * without use (no bolus, 3D, wrong sizes, AIF all zero, ...); what leaves maps meaningful becomes a warning
 * in result. */
WIL_NODISCARD wil_status wil_perfusion_run(wil_perfusion_result *result, wil_volume *series,
    const wil_perfusion_inputs *inputs, const wil_perfusion_config *config, const wil_monitor *monitor);
void wil_perfusion_clear(wil_perfusion_result *result);
WIL_OWNED_VALUE(wil_perfusion_result, wil_perfusion_clear)
/* The maps as <folder>/<name>.nii.gz, each with a .json sidecar (unit, method, settings), mask.nii.gz,
 * aif.csv. Each file appears whole; folder must exist. */
WIL_NODISCARD wil_status wil_perfusion_write(const wil_perfusion_result *result, const char *folder);
/* Everything but the volumes; NULL when out of memory. The caller's. */
json_t *wil_perfusion_json(const wil_perfusion_result *result);

#pragma GCC visibility pop
#endif
