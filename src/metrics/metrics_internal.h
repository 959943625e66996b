/* What the files of metrics share: two masks cut down to the box that holds them. */
#ifndef WILLIS_METRICS_INTERNAL_H
#define WILLIS_METRICS_INTERNAL_H

#include "willis/metrics.h"

/* within: NULL, or the region mask. Fails: WIL_ERR_INPUT, naming which one is away from the truth; a region
 * without a voxel, in which any two masks would agree. */
WIL_NODISCARD wil_status check_grids_and_region(
    const wil_grid *truth, const wil_grid *prediction, const wil_mask *within);

/* Both masks within the region, on the box around them plus a margin of one voxel where the volume has it:
 * whatever depends on distances between them, or to the nearest background voxel, is the same there. Axes run
 * right, anterior, superior, as thinning goes side by side and its result with the order of the sides. */
typedef struct mask_pair {
    wil_mask truth, prediction;
    size_t n_truth, n_prediction; /* voxels */
    bool axis_exists[3];          /* false where the whole volume has one voxel */
} mask_pair;

/* Grids are compared; within may be NULL. Two empty masks get a box of one voxel. */
WIL_NODISCARD wil_status mask_pair_make(
    mask_pair *out, const wil_mask *truth, const wil_mask *prediction, const wil_mask *within);
void mask_pair_clear(mask_pair *pair);
WIL_OWNED_VALUE(mask_pair, mask_pair_clear)

/* Surface voxels of a mask: with a face neighbour, along the axes that exist, outside the mask. */
WIL_NODISCARD wil_status surface_make(wil_mask *out, const wil_mask *mask, const bool axis_exists[3]);

WIL_NODISCARD wil_status pair_distances(wil_distances *out, const mask_pair *pair, double nsd_tolerance_mm);
/* What the settings may ask for beside the distances. */
typedef struct surface_options {
    double nsd[WIL_SEG_MOST_TOLERANCES];
    double hd95_pooled_mm, boundary_iou;
} surface_options;
WIL_NODISCARD wil_status pair_surface_options(
    surface_options *out, const mask_pair *pair, const wil_seg_config *config);
/* Surface Dice weighted by area: out [config->n_tolerances]. */
WIL_NODISCARD wil_status pair_area_dice(double *out, const mask_pair *pair, const wil_seg_config *config);
/* Area in mm^2 of the surface through the eight voxels around a corner, bit x + 2 y + 4 z of each. */
double cell_area_mm2(unsigned pattern, const double spacing_mm[3]);

/* Pieces of the masks, and which of them are found. */
typedef struct instance_counts {
    int n_truth, n_prediction;
    int n_found;          /* true pieces that have a match */
    int n_false_positive; /* predicted ones without */
} instance_counts;
WIL_NODISCARD wil_status pair_instances(instance_counts *out, const mask_pair *pair, double least_iou);

/* The first column of each group; as many as the group before leaves room for. */
typedef struct seg_layout {
    int nsd, nsd_area, hd95_pooled, boundary, betti, instances, end; /* nsd: of the second tolerance on */
} seg_layout;
seg_layout seg_layout_of(const wil_seg_config *config);

void cldice_of_skeletons(wil_cldice *out, const mask_pair *pair, const wil_mask *truth_skeleton,
    const wil_mask *prediction_skeleton);
WIL_NODISCARD wil_status pair_cldice_2d(wil_cldice *out, const mask_pair *pair);
WIL_NODISCARD wil_status skeleton_make(wil_mask *out, const wil_mask *mask, const bool axis_exists[3]);
WIL_NODISCARD wil_status pair_calibre_dice(double *dice_out, const mask_pair *pair,
    const wil_mask *truth_skeleton, const double *edges_mm, int n_edges);
WIL_NODISCARD wil_status calibre_edges_check(const double *edges_mm, int n_edges);

/* Quantile of ascending values by linear interpolation between order statistics; n > 0. */
double sorted_quantile(const double *sorted, size_t n, double frac);

/* Sum of SSIM over the windows of a slice whose middle slice it is, and how many windows. */
typedef struct ssim_sum {
    double sum;
    size_t n;
} ssim_sum;
typedef struct ssim_window {
    int width, depth;  /* voxels in the slice, and slices: 1 or as many */
    double weight[11]; /* of one axis, sum 1 */
    double covariance; /* factor of variances: n / (n - 1) for samples, 1 for populations */
} ssim_window;
ssim_window ssim_window_uniform(int depth);
ssim_window ssim_window_gaussian(int depth);
/* sums: [nz], zero where no window fits. Fails: WIL_ERR_MEMORY. */
WIL_NODISCARD wil_status ssim_slices(ssim_sum *sums, const ssim_window *window, const wil_volume *truth,
    const wil_volume *prediction, const wil_mask *within, double range);

/* ---- samples of features ------------------------------------------------------------------------------ */

/* Fails WIL_ERR_INPUT: fewer than n_least samples, a NaN or infinite feature; `what` names the set. */
WIL_NODISCARD wil_status points_check(const wil_points *points, size_t n_least, const char *what);
WIL_NODISCARD wil_status points_check_same_width(int d_a, int d_b);
/* Sum of squared differences of two samples. */
double points_squared_distance(const float *a, const float *b, int d);

/* For each query: how many balls hold it, by two sets of squared radii [n_centres] (the second may be NULL),
 * and the squared distance to the nearest centre. Outputs [n_queries]; any but the first may be NULL. */
WIL_NODISCARD wil_status balls_count(int32_t *count_a, int32_t *count_b, double *nearest_squared,
    const wil_points *queries, const wil_points *centres, const double *radius_a, const double *radius_b);

#endif
