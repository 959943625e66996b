/* All measures of a segmentation, and what their columns are called. */
#include "metrics_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(wil_seg_config, member)
static const wil_field FIELDS[] = {
    {"tolerance", WIL_REAL, AT(nsd_tolerance_mm), "1", 0, 1000, .unit = "mm",
        .help = "of the normalised surface Dice"},
    {"centreline", WIL_CHOICE, AT(centreline), "volume", .choices = WIL_CHOICES("volume", "slices"),
        .help = "cldice by centrelines of the volume (Lee), or cldice_2d by those of axial slices (Zhang and "
                "Suen, as scikit-image)"},
    {"calibre", WIL_REALS, AT(calibre_mm), "1.5,3", 0.001, 1000, .n = WIL_SEG_MOST_EDGES,
        .count_offset = AT(n_calibre), .unit = "mm", .value = "MM,MM",
        .help = "edges between bands of calibre"},
};
const wil_fields wil_seg_fields = WIL_FIELDS(wil_seg_config, FIELDS);

wil_seg_config wil_seg_config_default(void)
{
    wil_seg_config config;
    wil_fields_defaults_of_numbers(&wil_seg_fields, &config);
    return config;
}

/* ---- columns ------------------------------------------------------------------------------------------- */

static const char *const fixed_columns[WIL_SEG_CALIBRE] = {"dsc", "jaccard", "sensitivity", "precision",
    "specificity", "volume_similarity", "hd_mm", "hd95_mm", "assd_mm", "avd_vox", "avd_mm", "bavd_vox",
    "bavd_mm", NULL /* nsd, with its tolerance */, "cldice", "betti0_error", "betti1_error"};

int wil_seg_columns(const wil_seg_config *config)
{
    return config->n_calibre == 0 ? WIL_SEG_CALIBRE : WIL_SEG_CALIBRE + config->n_calibre + 1;
}

const char *wil_seg_column(char *text, const wil_seg_config *config, int column)
{
    const size_t n = 48;
    const double *edges = config->calibre_mm;
    const int band = column - WIL_SEG_CALIBRE;
    if (column == WIL_SEG_NSD)
        snprintf(text, n, "nsd_%gmm", config->nsd_tolerance_mm);
    else if (column == WIL_SEG_CLDICE && config->centreline == WIL_CENTRELINE_SLICES)
        snprintf(text, n, "cldice_2d");
    else if (band < 0)
        snprintf(text, n, "%s", fixed_columns[column]);
    else if (band == 0)
        snprintf(text, n, "dsc_calibre_below_%gmm", edges[0]);
    else if (band < config->n_calibre)
        snprintf(text, n, "dsc_calibre_%g_%gmm", edges[band - 1], edges[band]);
    else
        snprintf(text, n, "dsc_calibre_from_%gmm", edges[band - 1]);
    return text;
}

const char *wil_seg_status_name(wil_seg_status status)
{
    static const char *const names[] = {"ok", "both_empty", "truth_empty", "prediction_empty"};
    return names[status];
}

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

static wil_status take_betti(wil_seg_scores *out, const mask_pair *pair)
{
    wil_betti truth;
    wil_betti prediction;
    WIL_TRY(wil_metrics_betti(&truth, &pair->truth));
    WIL_TRY(wil_metrics_betti(&prediction, &pair->prediction));
    out->value[WIL_SEG_BETTI0_ERROR] = (double)llabs(prediction.components - truth.components);
    out->value[WIL_SEG_BETTI1_ERROR] = (double)llabs(prediction.tunnels - truth.tunnels);
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

wil_status wil_seg_evaluate(wil_seg_scores *out, const wil_mask *truth, const wil_mask *prediction,
    const wil_mask *within, const wil_seg_config *config)
{
    WIL_OWN(mask_pair) pair = {0};
    wil_overlap overlap;
    memset(out, 0, sizeof *out);
    WIL_TRY(calibre_edges_check(config->calibre_mm, config->n_calibre));
    WIL_TRY(mask_pair_make(&pair, truth, prediction, within));
    out->status = status_of(&pair);
    WIL_TRY(wil_metrics_overlap(&overlap, truth, prediction, within));
    take_overlap(out, &overlap);
    WIL_TRY(take_distances(out, &pair, config->nsd_tolerance_mm));
    WIL_TRY(take_betti(out, &pair));
    return take_centrelines(out, &pair, config);
}
