/* All measures of a segmentation. */
#include "metrics_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the measures -------------------------------------------------------------------------------------- */

static void take_overlap(wil_seg_scores *out, const wil_overlap *overlap)
{
    out->true_positive = overlap->true_positive;
    out->false_positive = overlap->false_positive;
    out->false_negative = overlap->false_negative;
    out->true_negative = overlap->true_negative;
    out->value[WIL_SEG_DSC] = overlap->dice;
    out->value[WIL_SEG_JACCARD] = overlap->jaccard;
    out->value[WIL_SEG_SENSITIVITY] = overlap->sensitivity;
    out->value[WIL_SEG_PRECISION] = overlap->precision;
    out->value[WIL_SEG_SPECIFICITY] = overlap->specificity;
    out->value[WIL_SEG_VOLUME_SIMILARITY] = overlap->volume_similarity;
}

static wil_status take_distances(wil_seg_scores *out, const mask_pair *pair, double tolerance_mm)
{
    wil_distances distances;
    WIL_TRY(pair_distances(&distances, pair, tolerance_mm));
    out->value[WIL_SEG_HD_MM] = distances.hd_mm;
    out->value[WIL_SEG_HD95_MM] = distances.hd95_mm;
    out->value[WIL_SEG_ASSD_MM] = distances.assd_mm;
    out->value[WIL_SEG_AVD_VOX] = distances.avd_vox;
    out->value[WIL_SEG_AVD_MM] = distances.avd_mm;
    out->value[WIL_SEG_BAVD_VOX] = distances.bavd_vox;
    out->value[WIL_SEG_BAVD_MM] = distances.bavd_mm;
    out->value[WIL_SEG_NSD] = distances.nsd;
    return WIL_OK;
}

/* numbers: NULL, or takes those of both masks. */
static wil_status take_betti(wil_seg_scores *out, double *numbers, const mask_pair *pair)
{
    wil_betti truth;
    wil_betti prediction;
    WIL_TRY(wil_metrics_betti(&truth, &pair->truth));
    WIL_TRY(wil_metrics_betti(&prediction, &pair->prediction));
    out->value[WIL_SEG_BETTI0_ERROR] = (double)llabs(prediction.components - truth.components);
    out->value[WIL_SEG_BETTI1_ERROR] = (double)llabs(prediction.tunnels - truth.tunnels);
    for (int k = 0; k < 2 && numbers != NULL; k++) {
        const wil_betti *of = k == 0 ? &truth : &prediction;
        *numbers++ = (double)of->components;
        *numbers++ = (double)of->tunnels;
        *numbers++ = (double)of->cavities;
    }
    return WIL_OK;
}

static wil_status take_centrelines(wil_seg_scores *out, const mask_pair *pair, const wil_seg_config *config)
{
    WIL_OWN(wil_mask) of_truth = {0}, of_prediction = {0};
    wil_cldice cldice = {0};
    WIL_TRY(skeleton_make(&of_truth, &pair->truth, pair->axis_exists));
    WIL_TRY(skeleton_make(&of_prediction, &pair->prediction, pair->axis_exists));
    if (config->centreline == WIL_CENTRELINE_SLICES)
        WIL_TRY(pair_cldice_2d(&cldice, pair));
    else
        cldice_of_skeletons(&cldice, pair, &of_truth, &of_prediction);
    out->value[WIL_SEG_CLDICE] = cldice.cldice;
    return config->n_calibre > 0 ? pair_calibre_dice(out->value + WIL_SEG_CALIBRE, pair, &of_truth,
                                       config->calibre_mm, config->n_calibre)
                                 : WIL_OK;
}

static wil_seg_status status_of(const mask_pair *pair)
{
    if (pair->n_truth == 0)
        return pair->n_prediction == 0 ? WIL_SEG_BOTH_EMPTY : WIL_SEG_TRUTH_EMPTY;
    return pair->n_prediction == 0 ? WIL_SEG_PREDICTION_EMPTY : WIL_SEG_OK;
}

static wil_status take_surface_options(
    wil_seg_scores *out, const mask_pair *pair, const wil_seg_config *config, const seg_layout *at)
{
    surface_options options;
    if (config->n_tolerances > 1 || config->hd95_pooled || !isnan(config->boundary_mm)) {
        WIL_TRY(pair_surface_options(&options, pair, config));
        for (int k = 1; k < config->n_tolerances; k++)
            out->value[at->nsd + k - 1] = options.nsd[k];
        if (config->hd95_pooled)
            out->value[at->hd95_pooled] = options.hd95_pooled_mm;
        if (!isnan(config->boundary_mm))
            out->value[at->boundary] = options.boundary_iou;
    }
    return config->nsd_area ? pair_area_dice(out->value + at->nsd_area, pair, config) : WIL_OK;
}

static wil_status take_instances(double *values, const mask_pair *pair, double least_iou)
{
    instance_counts c;
    WIL_TRY(pair_instances(&c, pair, least_iou));
    const double missed = c.n_truth - c.n_found;
    const bool both_empty = c.n_truth == 0 && c.n_prediction == 0;
    values[0] = c.n_truth;
    values[1] = c.n_prediction;
    values[2] = both_empty ? 1 : 2 * c.n_found / (2 * c.n_found + c.n_false_positive + missed);
    values[3] = both_empty ? 1 : c.n_truth == 0 ? NAN : (double)c.n_found / c.n_truth;
    values[4] = both_empty            ? 1
                : c.n_prediction == 0 ? 0
                                      : (double)c.n_found / (c.n_found + c.n_false_positive);
    values[5] = c.n_false_positive;
    values[6] = missed;
    return WIL_OK;
}

/* Distances where one mask is empty. */
static void take_penalty(
    wil_seg_scores *out, const wil_grid *grid, const wil_seg_config *config, const seg_layout *at)
{
    if (isnan(config->penalty_mm) ||
        (out->status != WIL_SEG_PREDICTION_EMPTY && out->status != WIL_SEG_TRUTH_EMPTY))
        return;
    for (int i = WIL_SEG_HD_MM; i <= WIL_SEG_BAVD_MM; i++)
        out->value[i] = config->penalty_mm;
    out->value[WIL_SEG_AVD_VOX] = out->value[WIL_SEG_BAVD_VOX] =
        config->penalty_mm / cbrt(1000 * wil_grid_voxel_ml(grid));
    if (config->hd95_pooled)
        out->value[at->hd95_pooled] = config->penalty_mm;
}

static wil_status check_settings(const wil_seg_config *config)
{
    WIL_TRY(calibre_edges_check(config->calibre_mm, config->n_calibre));
    WIL_REQUIRE(config->n_tolerances >= 1 && config->n_tolerances <= WIL_SEG_MOST_TOLERANCES, WIL_ERR_ARG,
        "%d tolerances of the surface Dice; 1 to %d can be given", config->n_tolerances,
        WIL_SEG_MOST_TOLERANCES);
    for (int k = 1; k < config->n_tolerances; k++)
        WIL_REQUIRE(config->nsd_tolerance_mm[k] > config->nsd_tolerance_mm[k - 1] &&
                        isfinite(config->nsd_tolerance_mm[k]),
            WIL_ERR_ARG, "the tolerances of the surface Dice must rise; number %d is %g mm", k + 1,
            config->nsd_tolerance_mm[k]);
    WIL_REQUIRE(!(config->boundary_mm < 0) && !(config->penalty_mm < 0), WIL_ERR_ARG,
        "a boundary's width and a penalty are 0 mm or more");
    return WIL_OK;
}

wil_status wil_seg_evaluate(wil_seg_scores *out, const wil_mask *truth, const wil_mask *prediction,
    const wil_mask *within, const wil_seg_config *config)
{
    WIL_OWN(mask_pair) pair = {0};
    wil_overlap overlap;
    memset(out, 0, sizeof *out);
    WIL_TRY(check_settings(config));
    const seg_layout at = seg_layout_of(config);
    WIL_TRY(mask_pair_make(&pair, truth, prediction, within));
    out->status = status_of(&pair);
    WIL_TRY(wil_metrics_overlap(&overlap, truth, prediction, within));
    take_overlap(out, &overlap);
    WIL_TRY(take_distances(out, &pair, config->nsd_tolerance_mm[0]));
    WIL_TRY(take_surface_options(out, &pair, config, &at));
    take_penalty(out, &truth->grid, config, &at);
    WIL_TRY(take_betti(out, config->betti ? out->value + at.betti : NULL, &pair));
    if (config->instances)
        WIL_TRY(take_instances(out->value + at.instances, &pair, config->instance_iou));
    return take_centrelines(out, &pair, config);
}
