/* metrics: how well a mask or an image agrees with another, of arrays and volumes, never of models; and what
 * the scores of many cases say together.
 *
 *     wil_seg_config config = wil_seg_config_default();
 *     wil_seg_scores scores;
 *     WIL_TRY(wil_seg_evaluate(&scores, &truth, &prediction, &brain, &config));
 *     printf("Dice %.3f, HD95 %.2f mm\n", scores.value[WIL_SEG_DSC], scores.value[WIL_SEG_HD95_MM]);
 *
 * Conventions, which the names of columns repeat: distances run between voxel centres; a surface is the
 * voxels of a mask that have a face neighbour outside it (or the volume); an axis along which the volume has
 * one voxel does not exist, so a slice is a picture. NaN means undefined, INFINITY a missed structure.
 */
#ifndef WILLIS_METRICS_H
#define WILLIS_METRICS_H

#include "willis/base.h"
#include "willis/base_fields.h"
#include "willis/image.h"

#pragma GCC visibility push(default)

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

/* Centrelines of each slice along z by itself [Zhang1984], as scikit-image's skeletonize makes them of a
 * picture; rows are y. Axes are taken as they are in memory: masks that were read have axial slices. */
WIL_NODISCARD wil_status wil_metrics_skeleton_2d(wil_mask *out, const wil_mask *mask);

/* Centreline Dice [Shit2021]. */
typedef struct wil_cldice {
    double cldice;      /* harmonic mean of the two; 1 when both masks are empty, 0 when one is */
    double precision;   /* share of the predicted centreline that lies in the true mask */
    double sensitivity; /* share of the true centreline that lies in the predicted mask */
} wil_cldice;
WIL_NODISCARD wil_status wil_metrics_cldice(
    wil_cldice *out, const wil_mask *truth, const wil_mask *prediction);
/* The same of the centrelines of axial slices, counted over all of them. */
WIL_NODISCARD wil_status wil_metrics_cldice_2d(
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
#define WIL_SEG_MOST_TOLERANCES 4

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
    WIL_SEG_NSD, /* of the first tolerance */
    WIL_SEG_CLDICE,
    WIL_SEG_BETTI0_ERROR, /* |components of P - components of G| */
    WIL_SEG_BETTI1_ERROR, /* |tunnels of P - tunnels of G| */
    WIL_SEG_CALIBRE,      /* the first band; the others follow, then what the settings ask for */
    WIL_SEG_MOST = WIL_SEG_CALIBRE + WIL_SEG_MOST_EDGES + 1 + 2 * WIL_SEG_MOST_TOLERANCES + 14
} wil_seg_metric;

typedef enum wil_seg_status {
    WIL_SEG_OK,
    WIL_SEG_BOTH_EMPTY,       /* nothing to find, nothing found: overlap is 1 by definition */
    WIL_SEG_TRUTH_EMPTY,      /* distances are undefined: NaN */
    WIL_SEG_PREDICTION_EMPTY, /* the structure was missed, a failure: overlap 0, distances INFINITY */
} wil_seg_status;

typedef enum wil_centreline { WIL_CENTRELINE_VOLUME, WIL_CENTRELINE_SLICES } wil_centreline;

typedef struct wil_seg_config {
    wil_centreline centreline; /* of cldice: of the volume, or of axial slices (cldice_2d) */
    double nsd_tolerance_mm[WIL_SEG_MOST_TOLERANCES]; /* one column each; 1 */
    double calibre_mm[WIL_SEG_MOST_EDGES];            /* edges between bands of calibre, rising; 1.5 3 */
    int n_tolerances, n_calibre;                      /* of them: 1 or more; 0 or more */
    double penalty_mm;   /* distance where one mask alone is empty, in voxels by their volume; NaN: none */
    double boundary_mm;  /* width of the bands of the boundary IoU [Cheng2021]; NaN: no such column */
    double instance_iou; /* pieces match from this IoU on, each once; 0: where they share a voxel */
    bool nsd_area, hd95_pooled, betti, instances; /* further columns, see docs/metrics.md */
} wil_seg_config;
extern const wil_fields wil_seg_fields;
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

/* Masks of several labels (whole numbers, 0: nothing), each against its own. */
#define WIL_SEG_MOST_CLASSES 255
typedef struct wil_seg_classes {
    int n, *label;          /* [n] labels that the truth or the prediction has, rising, from 1 */
    wil_seg_scores *scores; /* [n] */
    wil_seg_scores mean;    /* of the defined values; infinite where a label was missed; no counts */
    wil_seg_scores merged;  /* of all labels as one mask */
} wil_seg_classes;
/* Fails: as wil_seg_evaluate; WIL_ERR_INPUT for other values or too many labels. */
WIL_NODISCARD wil_status wil_seg_evaluate_classes(wil_seg_classes *out, const wil_volume *truth,
    const wil_volume *prediction, const wil_mask *within, const wil_seg_config *config);
void wil_seg_classes_clear(wil_seg_classes *classes);
WIL_OWNED_VALUE(wil_seg_classes, wil_seg_classes_clear)

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

/* ---- distributions of features ------------------------------------------------------------------------- */

/* n samples of d features each. Borrowed. */
typedef struct wil_points {
    const float *values; /* [n,d] */
    size_t n;
    int d;
} wil_points;

/* Mean and scatter of samples that arrive in pieces. The pieces, not the thread count, decide the bits. */
typedef struct wil_moments {
    int64_t n;
    int d;
    double *mean;    /* [d] */
    double *scatter; /* [d,d] sum of (x - mean)(x - mean)^T; above the diagonal only */
} wil_moments;
WIL_NODISCARD wil_status wil_moments_make(wil_moments *out, int d);
void wil_moments_clear(wil_moments *moments);
WIL_OWNED_VALUE(wil_moments, wil_moments_clear)
/* rows: [n,d]. Fails: WIL_ERR_INPUT (NaN or infinity; which feature), WIL_ERR_MEMORY. */
WIL_NODISCARD wil_status wil_moments_add(wil_moments *moments, const double *rows, size_t n);
/* Puts the samples of `other`, of as many features, to those of moments [Chan1983, equation 2.1]. */
void wil_moments_merge(wil_moments *moments, const wil_moments *other);
/* Unbiased covariance (n - 1), whole matrix: covariance_out [d,d]; n must be above 1. */
void wil_moments_covariance(double *covariance_out, const wil_moments *moments);

/* Frechet distance of the Gaussians of two sets of samples [Dowson1982, Heusel2017]:
 * |m - w|^2 + tr(S + C - 2 (S C)^1/2). The trace of the root is the sum of singular values of F_S F_C^T,
 * where S = F_S^T F_S from the eigenvalues of the symmetric S: nothing is squared, no root of a product is
 * taken. Zero or above; 0 to rounding for equal Gaussians. */
typedef struct wil_frechet {
    double distance;   /* mean + covariance */
    double mean;       /* |m - w|^2 */
    double covariance; /* tr(S + C - 2 (S C)^1/2) */
} wil_frechet;
/* Fails: WIL_ERR_INPUT when features differ in number, or there are not more samples than features (the
 * covariance would be singular and the distance biased without bound; the message offers the kernel
 * distance). */
WIL_NODISCARD wil_status wil_frechet_distance(wil_frechet *out, const wil_moments *a, const wil_moments *b);
/* The same of Gaussians that are given: means [d], covariances [d,d]. Fails: WIL_ERR_NUMERIC for NaN. */
WIL_NODISCARD wil_status wil_frechet_gaussians(wil_frechet *out, const double *mean_a,
    const double *covariance_a, const double *mean_b, const double *covariance_b, int d);

/* Kernel distance (KID) [Binkowski2018]: unbiased squared maximum mean discrepancy under (x.y / d + 1)^3, of
 * n_subsets random subsets of subset_size samples from each side. */
typedef struct wil_kid_config {
    int n_subsets;   /* 100 */
    int subset_size; /* 1000; at most half of the smaller side, so that subsets differ; all of it for a single
                        subset */
    uint64_t seed;
} wil_kid_config;
extern const wil_fields wil_kid_fields;
wil_kid_config wil_kid_config_default(void);
typedef struct wil_kid {
    double kid, sd;   /* mean and standard deviation over the subsets; may be below 0, as it is unbiased */
    double low, high; /* 2.5 % and 97.5 % quantile of the subsets' values */
    int subset_size;  /* that was used */
} wil_kid;
/* Fails: WIL_ERR_INPUT (features differ in number, fewer than 2 samples, NaN or infinity). */
WIL_NODISCARD wil_status wil_kernel_distance(
    wil_kid *out, const wil_points *a, const wil_points *b, const wil_kid_config *config);

/* Precision and recall for distributions (PRD) [Sajjadi2018]. The union of both sets is clustered; with the
 * shares e and r of the clusters in evaluated and reference samples, precision(l) = sum min(l r, e) and
 * recall(l) = precision(l) / l for l = tan(angle), angles spread evenly over (0, pi/2). The curve is the mean
 * over n_runs clusterings. */
typedef struct wil_prd_config {
    int n_clusters;     /* 20, as in the original; the reference study took 10 */
    int n_runs;         /* 10 */
    int n_restarts;     /* of k-means within a run; 1 */
    int max_iterations; /* of k-means; 100 */
    int n_angles;       /* 1001 */
    uint64_t seed;
} wil_prd_config;
extern const wil_fields wil_prd_fields;
wil_prd_config wil_prd_config_default(void);
typedef struct wil_prd {
    double *precision, *recall; /* [n_angles]; precision rises, recall falls */
    int n_angles;
    double auc;       /* area under precision over recall, by trapezoids */
    double f8, f1_8;  /* largest F score of the curve for beta 8 (recall counts) and 1/8 (precision counts) */
    size_t n_samples; /* of each side */
} wil_prd;
/* evaluated: the synthetic samples, reference: the real ones; in this order. Of the larger set a random part
 * as large as the smaller one is taken. Fails: WIL_ERR_INPUT (features differ in number, fewer samples than
 * clusters, NaN or infinity), WIL_ERR_ARG (settings). */
WIL_NODISCARD wil_status wil_prd_evaluate(
    wil_prd *out, const wil_points *evaluated, const wil_points *reference, const wil_prd_config *config);
/* One curve from shares that are known: evaluated_share and reference_share [n_clusters], each of sum 1. */
void wil_prd_curve(double *precision_out, double *recall_out, const double *evaluated_share,
    const double *reference_share, int n_clusters, int n_angles);
/* auc, f8, f1_8 from the curve. */
void wil_prd_summarise(wil_prd *prd);
void wil_prd_clear(wil_prd *prd);
WIL_OWNED_VALUE(wil_prd, wil_prd_clear)

/* By balls around samples that reach to the k-th nearest neighbour in the own set. */
typedef struct wil_manifold {
    double precision; /* share of synthetic samples in a ball of a real one [Kynkaanniemi2019] */
    double recall;    /* share of real samples in a ball of a synthetic one */
    double density;   /* real balls that hold a synthetic sample, mean, over k [Naeem2020]; may exceed 1 */
    double coverage;  /* share of real balls that hold a synthetic sample [Naeem2020] */
} wil_manifold;
typedef struct wil_manifold_config {
    int k_precision; /* of precision and recall; 3 */
    int k_density;   /* of density and coverage; 5 */
} wil_manifold_config;
extern const wil_fields wil_manifold_fields;
wil_manifold_config wil_manifold_config_default(void);
/* Fails: WIL_ERR_INPUT (features differ in number, not more than k samples, NaN or infinity). */
WIL_NODISCARD wil_status wil_manifold_evaluate(wil_manifold *out, const wil_points *real,
    const wil_points *synthetic, const wil_manifold_config *config);

/* Squared distances to the k nearest targets of every query, rising: squared_out [n_queries,k], index_out the
 * same or NULL. other_than_self: query i is not its own neighbour (queries and targets are one set). The
 * distances are sums of squared differences, so equal points are at 0. Fails: WIL_ERR_INPUT (features differ
 * in number, too few targets, NaN or infinity). */
WIL_NODISCARD wil_status wil_nearest_points(double *squared_out, int32_t *index_out,
    const wil_points *queries, const wil_points *targets, int k, bool other_than_self);

/* ---- features of patches without a network ------------------------------------------------------------ */

/* 74 numbers of a patch and its label that need no download and no training: distribution, gradients and
 * correlation of intensities at three scales, a coarse map of intensity and label, and the vessels' share,
 * outline, brightness and pieces. docs/metrics.md lists them. */
#define WIL_PATCH_FEATURES 74
/* The definition in words, versioned: what is computed changes only together with this text. */
const char *wil_patch_features_definition(void);
/* out [n,74]; image [n,height,width], scaled to [-1,1]; label [n,height,width], 0/1. Fails: WIL_ERR_INPUT for
 * patches below 16x16, WIL_ERR_MEMORY. */
WIL_NODISCARD wil_status wil_patch_features(
    float *out, const float *image, const uint8_t *label, int64_t n, int height, int width);
/* Eight hexadecimal digits of text (32-bit FNV-1a), by which names of figures tell features apart. */
void wil_feature_hash(char out[9], const char *text);

/* ---- diversity ---------------------------------------------------------------------------------------- */

/* Mean SSIM (uniform 7x7 window, sample covariance, as ssim_u7) over all pairs of n images [n,height,width]
 * of the given range: near 1 when a generator repeats itself. sd_out (NULL is fine): over the pairs. Fails:
 * WIL_ERR_INPUT (fewer than 2 images, below 7x7). */
WIL_NODISCARD wil_status wil_pairwise_ssim(
    double *mean_out, double *sd_out, const float *images, size_t n, int height, int width, double range);

/* ---- embedding ---------------------------------------------------------------------------------------- */

typedef struct wil_tsne_config {
    double perplexity;   /* 30 */
    double theta;        /* of Barnes and Hut; 0.5; 0: exact */
    double early_factor; /* exaggeration in the first quarter; 12 */
    int n_iterations;    /* 1000 */
    uint64_t seed;
} wil_tsne_config;
extern const wil_fields wil_tsne_fields;
wil_tsne_config wil_tsne_config_default(void);
/* t-SNE in the plane by Barnes and Hut's tree [vanderMaaten2014]: out [n,2], centred. The same bits for any
 * number of threads. divergence_out (NULL is fine): Kullback-Leibler divergence reached, in nats. Fails:
 * WIL_ERR_INPUT (not more than 3 times the perplexity samples, NaN or infinity), WIL_ERR_INTERRUPTED. */
WIL_NODISCARD wil_status wil_tsne_embed(double *out, double *divergence_out, const wil_points *points,
    const wil_tsne_config *config, const wil_monitor *monitor);

#pragma GCC visibility pop
#endif
