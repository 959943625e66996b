/* metrics: how well a mask or an image agrees with another, of arrays and volumes, never of models; and what
 * the scores of many cases say together.
 *
 *     wil_seg_config config = wil_seg_config_default();
 *     wil_seg_scores scores;
 *     WIL_TRY(wil_seg_evaluate(&scores, &truth, &prediction, &brain, &config));
 *     printf("Dice %.3f, HD95 %.2f mm\n", scores.value[WIL_SEG_DSC], scores.value[WIL_SEG_HD95_MM]);
 *
 * Conventions, which the names of columns repeat: distances run between voxel centres; a surface is the
 * voxels of a mask that have a face neighbour outside it (or outside the volume); an axis along which the
 * volume has one voxel does not exist, so a slice is a picture. NaN means undefined, INFINITY a missed
 * structure.
 */
#ifndef WILLIS_METRICS_H
#define WILLIS_METRICS_H

#include "willis/base.h"
#include "willis/image.h"

/* ---- overlap ------------------------------------------------------------------------------------------ */

/* Voxel counts of two masks against each other, and what follows from them (definitions in [Taha2015]). */
typedef struct wil_overlap {
    size_t true_positive, false_positive, false_negative, true_negative;
    double dice; /* 2 TP / (2 TP + FP + FN), the overlap measure of [Dice1945]; 1 when both masks are empty */
    double jaccard;           /* TP / (TP + FP + FN); 1 when both are empty */
    double sensitivity;       /* TP / (TP + FN); 1 when both are empty, NaN when only the truth is */
    double precision;         /* TP / (TP + FP); 1 when both are empty, 0 when only the prediction is */
    double specificity;       /* TN / (TN + FP); NaN when the truth leaves no voxel out */
    double volume_similarity; /* 1 - |FN - FP| / (2 TP + FP + FN); 1 when both are empty */
    bool both_empty;          /* then these are 1 by definition, and say nothing */
} wil_overlap;

/* Counts over the voxels of `within` (NULL: everywhere). Fails: WIL_ERR_INPUT when the masks differ in size,
 * or lie more than 0.01 mm apart. */
WIL_NODISCARD wil_status wil_metrics_overlap(
    wil_overlap *out, const wil_mask *truth, const wil_mask *prediction, const wil_mask *within);

/* ---- distances ---------------------------------------------------------------------------------------- */

/* G: true mask, P: predicted mask, S(.): its surface voxels, d(a, B): distance from voxel a to the nearest
 * one of B. One empty mask: INFINITY where the prediction is empty (a miss), NaN where the truth is; nsd is 0
 * for both. Two empty masks: NaN, and an nsd of 1. */
typedef struct wil_distances {
    double hd_mm;   /* Hausdorff: largest d(s, S(other)) over both surfaces [Huttenlocher1993] */
    double hd95_mm; /* 95 % quantile per direction, by linear interpolation, then the larger of the two */
    double assd_mm; /* mean of d(s, S(other)) over the voxels of both surfaces together [Heimann2009] */
    double avd_mm;  /* (mean over G of d(g, P) + mean over P of d(p, G)) / 2, all voxels of the sets */
    double avd_vox; /* the same where all spacings are 1 */
    double bavd_mm; /* balanced: both sums divided by the size of G [Aydin2021] */
    double bavd_vox;
    double nsd; /* share of the voxels of both surfaces that lie within the tolerance of the other one
                   [Nikolov2021], in voxels of surface rather than in mm^2 */
} wil_distances;

/* Fails: WIL_ERR_INPUT when the masks do not share a grid, WIL_ERR_ARG for a negative tolerance. */
WIL_NODISCARD wil_status wil_metrics_distances(
    wil_distances *out, const wil_mask *truth, const wil_mask *prediction, double nsd_tolerance_mm);

/* ---- topology ----------------------------------------------------------------------------------------- */

/* Betti numbers of a mask whose voxels are joined by faces, edges and corners (26), its background by faces
 * (6). components + cavities - tunnels is the Euler characteristic of the union of closed voxels. */
typedef struct wil_betti {
    int64_t components; /* Betti 0 */
    int64_t tunnels;    /* Betti 1: handles, holes of a ring */
    int64_t cavities;   /* Betti 2 */
} wil_betti;
WIL_NODISCARD wil_status wil_metrics_betti(wil_betti *out, const wil_mask *mask);

/* Centreline by thinning [Lee1994]: border voxels are taken away from six sides in turn (four in a single
 * slice) while they are simple and no line ends, first all that qualify, then each looked at again. Unlike
 * in common implementations the second look is at full simplicity ([Malandain1993]: one 26-component of
 * neighbours, one 6-component of background that touches), so the skeleton has the Betti numbers of the
 * mask. Counts voxels, knows no spacing. *out is made here. */
WIL_NODISCARD wil_status wil_metrics_skeleton(wil_mask *out, const wil_mask *mask);

/* Centreline Dice [Shit2021]. */
typedef struct wil_cldice {
    double cldice;      /* harmonic mean of the two; 1 when both masks are empty, 0 when one is */
    double precision;   /* share of the predicted centreline that lies in the true mask */
    double sensitivity; /* share of the true centreline that lies in the predicted mask */
} wil_cldice;
WIL_NODISCARD wil_status wil_metrics_cldice(
    wil_cldice *out, const wil_mask *truth, const wil_mask *prediction);

/* Dice of the thin and the thick vessels apart. The calibre of a voxel is that of the nearest voxel of the
 * true centreline: 2 d - s, d its distance to the nearest background voxel and s the smallest spacing (a
 * boundary lies half-way between voxels). A voxel of either mask counts in its band; band b holds calibres
 * from edges_mm[b - 1] to below edges_mm[b]. dice_out: [n_edges + 1]; NaN where neither mask has a voxel. A
 * truth without voxels gives NaN throughout. Fails: WIL_ERR_ARG when edges are not above 0 and rising. */
WIL_NODISCARD wil_status wil_metrics_calibre_dice(
    double *dice_out, const wil_mask *truth, const wil_mask *prediction, const double *edges_mm, int n_edges);

/* ---- a segmentation, all together --------------------------------------------------------------------- */

#define WIL_SEG_MOST_EDGES 4

typedef enum wil_seg_metric {
    WIL_SEG_DSC,
    WIL_SEG_JACCARD,
    WIL_SEG_SENSITIVITY,
    WIL_SEG_PRECISION,
    WIL_SEG_SPECIFICITY,
    WIL_SEG_VOLUME_SIMILARITY,
    WIL_SEG_HD_MM,
    WIL_SEG_HD95_MM,
    WIL_SEG_ASSD_MM,
    WIL_SEG_AVD_VOX,
    WIL_SEG_AVD_MM,
    WIL_SEG_BAVD_VOX,
    WIL_SEG_BAVD_MM,
    WIL_SEG_NSD,
    WIL_SEG_CLDICE,
    WIL_SEG_BETTI0_ERROR, /* |components of P - components of G| */
    WIL_SEG_BETTI1_ERROR, /* |tunnels of P - tunnels of G| */
    WIL_SEG_CALIBRE,      /* the first band; the others follow */
    WIL_SEG_MOST = WIL_SEG_CALIBRE + WIL_SEG_MOST_EDGES + 1
} wil_seg_metric;

typedef enum wil_seg_status {
    WIL_SEG_OK,
    WIL_SEG_BOTH_EMPTY,       /* nothing to find, nothing found: overlap is 1 by definition */
    WIL_SEG_TRUTH_EMPTY,      /* distances are undefined: NaN */
    WIL_SEG_PREDICTION_EMPTY, /* the structure was missed, a failure: overlap 0, distances INFINITY */
} wil_seg_status;

typedef struct wil_seg_config {
    double nsd_tolerance_mm;               /* 1 */
    double calibre_mm[WIL_SEG_MOST_EDGES]; /* edges between bands of calibre, rising; 1.5 3 */
    int n_calibre;                         /* of them; 0: no bands, one column of all */
} wil_seg_config;
wil_seg_config wil_seg_config_default(void);

typedef struct wil_seg_scores {
    double value[WIL_SEG_MOST];
    wil_seg_status status;
    size_t true_positive, false_positive, false_negative, true_negative;
} wil_seg_scores;

/* All of the above, of both masks within `within` (NULL: everywhere). Works on the box around both masks, so
 * memory is about 40 bytes per voxel of that box. Fails: WIL_ERR_INPUT when grids differ (by how much),
 * WIL_ERR_ARG for impossible settings. Empty masks are no failure but a status. */
WIL_NODISCARD wil_status wil_seg_evaluate(wil_seg_scores *out, const wil_mask *truth,
    const wil_mask *prediction, const wil_mask *within, const wil_seg_config *config);
/* How many of value[] there are, and their names with convention and unit: "hd95_mm", "nsd_1mm",
 * "dsc_calibre_1.5_3mm". text: of at least 48 bytes; returned. */
int wil_seg_columns(const wil_seg_config *config);
const char *wil_seg_column(char *text, const wil_seg_config *config, int column);
const char *wil_seg_status_name(wil_seg_status status); /* "ok", "both_empty", ... */

/* ---- many cases --------------------------------------------------------------------------------------- */

typedef struct wil_summary {
    double mean, sd;  /* of the n cases with a number; NaN for n = 0; the sd also for n = 1 */
    double median;    /* of these and the infinite ones (failures are worst of all); NaN if there are none */
    double low, high; /* 95 % interval of the mean: percentiles of its bootstrap; NaN for n < 2 */
    int n;            /* finite values */
    int n_failed;     /* cases whose structure was missed, or whose value is infinite */
    int n_undefined;  /* NaN */
} wil_summary;

/* failed: [n], 1 for a missed structure, or NULL. The bootstrap draws 10000 times with replacement
 * [Efron1993] by the address (seed, WIL_RNG_BOOTSTRAP). Fails: WIL_ERR_MEMORY. */
WIL_NODISCARD wil_status wil_metrics_summary(
    wil_summary *out, const double *values, const uint8_t *failed, int n, uint64_t seed);

/* Wilcoxon's signed-rank test of two runs on the same cases [Wilcoxon1945], two-sided. */
typedef struct wil_paired {
    int n;                    /* pairs with both numbers; a failure (INFINITY) counts as the worst number */
    int n_equal;              /* of them without a difference, which the test leaves out */
    int n_undefined;          /* pairs with a NaN, left out */
    double mean_difference;   /* b - a over the pairs where both are finite; NaN if there are none */
    double median_difference; /* b - a over all n pairs; NaN if there are none */
    double rank_sum_up, rank_sum_down; /* of pairs with b > a and b < a, mid-ranks for ties */
    double p;                          /* 1 when nothing differs */
    bool exact;           /* by the permutation distribution of these ranks (n <= 50); else normal, with
                             corrections for ties and continuity */
    double rank_biserial; /* effect size (up - down) / (up + down), -1 .. 1 [Kerby2014]; 0 without any */
} wil_paired;
WIL_NODISCARD wil_status wil_metrics_paired(wil_paired *out, const double *a, const double *b, int n);

/* ---- similarity of images ----------------------------------------------------------------------------- */

/* NaN where undefined: no voxel, or a field smaller than the window. SSIM [Wang2004] is K1 = 0.01, K2 = 0.03;
 * u7: uniform 7-wide window, sample covariance; g11: Gaussian of sigma 1.5 over 11, population covariance;
 * only windows that lie wholly in the image. With a mask those count whose centre lies in it. */
typedef struct wil_similarity {
    double mae, mse; /* mean |y - x|, mean (y - x)^2; in units of the image and their square */
    double nrmse;    /* sqrt(mse) / sqrt(mean x^2), x the truth: depends on where its zero lies */
    double psnr;     /* 10 log10(range^2 / mse) dB; INFINITY for equal images */
    double ssim_u7;  /* slice by slice along the third axis, every window the same weight */
    double ssim_g11;
    double ssim_u7_3d; /* windows of 7x7x7 and 11x11x11; of a patient only, NaN for slices */
    double ssim_g11_3d;
    size_t n_voxels; /* compared */
} wil_similarity;

/* range: of possible values (255 for 8 bits), for PSNR and SSIM. out: the patient; slices_out: [nz] slices,
 * or NULL. within: NULL, or the voxels that count. Fails: WIL_ERR_INPUT (grids differ, 4D, NaN or infinite
 * voxels, nothing within the mask), WIL_ERR_ARG (range not above 0). */
WIL_NODISCARD wil_status wil_similarity_evaluate(wil_similarity *out, wil_similarity *slices_out,
    const wil_volume *truth, const wil_volume *prediction, const wil_mask *within, double range);
/* Largest minus smallest value within the mask (NULL: everywhere); 0 for a constant image. */
WIL_NODISCARD wil_status wil_similarity_range(double *out, const wil_volume *truth, const wil_mask *within);

#endif
