/* What the columns of a segmentation's scores are called, and the settings that choose them. */
#include "metrics_internal.h"

#include <math.h>
#include <stdio.h>

#define N_BETTI 6
#define N_INSTANCES 7

#define AT(member) offsetof(wil_seg_config, member)
static const wil_field FIELDS[] = {
    {"tolerance", WIL_REALS, AT(nsd_tolerance_mm), "1", 0, 1000, .n = WIL_SEG_MOST_TOLERANCES,
        .count_offset = AT(n_tolerances), .unit = "mm", .value = "MM,MM",
        .help = "of the normalised surface Dice, one column each"},
    {"centreline", WIL_CHOICE, AT(centreline), "volume", .choices = WIL_CHOICES("volume", "slices"),
        .help = "cldice by centrelines of the volume (Lee), or cldice_2d by those of axial slices (Zhang and "
                "Suen, as scikit-image)"},
    {"calibre", WIL_REALS, AT(calibre_mm), "1.5,3", 0.001, 1000, .n = WIL_SEG_MOST_EDGES,
        .count_offset = AT(n_calibre), .unit = "mm", .value = "MM,MM",
        .help = "edges between bands of calibre"},
    {"penalty", WIL_REAL, AT(penalty_mm), "auto", 0, 1e6, .unit = "mm",
        .help = "distance of a structure that was missed, or found where there is none, so that it enters "
                "the mean; auto: infinite and undefined"},
    {"nsd_area", WIL_BOOL, AT(nsd_area),
        .help = "surface Dice weighted by area (mm^2) too, not by voxels of the surface alone"},
    {"hd95_pooled", WIL_BOOL, AT(hd95_pooled),
        .help = "HD95 of both directions' distances together too, not the larger of the two alone"},
    {"boundary_iou", WIL_REAL, AT(boundary_mm), "auto", 0, 1000, .unit = "mm",
        .help = "IoU of the bands of this width inside both surfaces; auto: no such column"},
    {"betti", WIL_BOOL, AT(betti), .help = "Betti numbers of both masks, not their differences alone"},
    {"instances", WIL_BOOL, AT(instances),
        .help = "detection of connected pieces: F1, sensitivity, precision, false positives, missed ones"},
    {"instance_iou", WIL_REAL, AT(instance_iou), "0", 0, 1,
        .help = "pieces match from this IoU on, each once; 0: where they share a voxel"},
};
const wil_fields wil_seg_fields = WIL_FIELDS(wil_seg_config, FIELDS);

WIL_FIELDS_DEFAULT(wil_seg_config, wil_seg_config_default, wil_seg_fields)

static const char *const fixed_columns[WIL_SEG_CALIBRE] = {"dsc", "jaccard", "sensitivity", "precision",
    "specificity", "volume_similarity", "hd_mm", "hd95_mm", "assd_mm", "avd_vox", "avd_mm", "bavd_vox",
    "bavd_mm", NULL /* nsd, with its tolerance */, "cldice", "betti0_error", "betti1_error"};
static const char *const betti_columns[N_BETTI] = {"betti0_truth", "betti1_truth", "betti2_truth",
    "betti0_prediction", "betti1_prediction", "betti2_prediction"};
static const char *const instance_columns[N_INSTANCES] = {"instances_truth", "instances_prediction",
    "instance_f1", "instance_sensitivity", "instance_precision", "instance_false_positives",
    "instance_missed"};

seg_layout seg_layout_of(const wil_seg_config *config)
{
    seg_layout at;
    at.nsd = WIL_SEG_CALIBRE + (config->n_calibre == 0 ? 0 : config->n_calibre + 1);
    at.nsd_area = at.nsd + config->n_tolerances - 1;
    at.hd95_pooled = at.nsd_area + (config->nsd_area ? config->n_tolerances : 0);
    at.boundary = at.hd95_pooled + (config->hd95_pooled ? 1 : 0);
    at.betti = at.boundary + (isnan(config->boundary_mm) ? 0 : 1);
    at.instances = at.betti + (config->betti ? N_BETTI : 0);
    at.end = at.instances + (config->instances ? N_INSTANCES : 0);
    return at;
}

int wil_seg_columns(const wil_seg_config *config)
{
    return seg_layout_of(config).end;
}

static void calibre_column(char *text, size_t n, const wil_seg_config *config, int band)
{
    const double *edges = config->calibre_mm;
    if (band == 0)
        snprintf(text, n, "dsc_calibre_below_%gmm", edges[0]);
    else if (band < config->n_calibre)
        snprintf(text, n, "dsc_calibre_%g_%gmm", edges[band - 1], edges[band]);
    else
        snprintf(text, n, "dsc_calibre_from_%gmm", edges[band - 1]);
}

/* The columns behind the bands of calibre. */
static void optional_column(char *text, size_t n, const wil_seg_config *config, int column)
{
    const seg_layout at = seg_layout_of(config);
    if (column < at.nsd_area)
        snprintf(text, n, "nsd_%gmm", config->nsd_tolerance_mm[column - at.nsd + 1]);
    else if (column < at.hd95_pooled)
        snprintf(text, n, "nsd_area_%gmm", config->nsd_tolerance_mm[column - at.nsd_area]);
    else if (column < at.boundary)
        snprintf(text, n, "hd95_pooled_mm");
    else if (column < at.betti)
        snprintf(text, n, "boundary_iou_%gmm", config->boundary_mm);
    else if (column < at.instances)
        snprintf(text, n, "%s", betti_columns[column - at.betti]);
    else
        snprintf(text, n, "%s", instance_columns[column - at.instances]);
}

const char *wil_seg_column(char *text, const wil_seg_config *config, int column)
{
    const size_t n = 48;
    if (column == WIL_SEG_NSD)
        snprintf(text, n, "nsd_%gmm", config->nsd_tolerance_mm[0]);
    else if (column == WIL_SEG_CLDICE && config->centreline == WIL_CENTRELINE_SLICES)
        snprintf(text, n, "cldice_2d");
    else if (column < WIL_SEG_CALIBRE)
        snprintf(text, n, "%s", fixed_columns[column]);
    else if (column < seg_layout_of(config).nsd)
        calibre_column(text, n, config, column - WIL_SEG_CALIBRE);
    else
        optional_column(text, n, config, column);
    return text;
}

const char *wil_seg_status_name(wil_seg_status status)
{
    static const char *const names[] = {"ok", "both_empty", "truth_empty", "prediction_empty"};
    return names[status];
}
