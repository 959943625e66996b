/* Masks of several labels: each label's mask against its own, their mean, and all labels as one mask. */
#include "metrics_internal.h"

#include <math.h>
#include <string.h>

#define LARGEST_LABEL 65535
#define WHOLE_WITHIN 1e-3 /* of a whole number: what scaling in a header leaves of it */

/* Marks the labels that a volume has. */
static wil_status mark_labels(
    uint8_t *has, const wil_volume *volume, const wil_mask *within, const char *name)
{
    const size_t n = wil_grid_count(&volume->grid);
    for (size_t i = 0; i < n; i++) {
        const float value = volume->voxels[i];
        const float label = rintf(value);
        WIL_REQUIRE(fabsf(value - label) <= (float)WHOLE_WITHIN && label >= 0 && label <= LARGEST_LABEL,
            WIL_ERR_INPUT,
            "%s has a voxel of value %g; labels are whole numbers from 0 (nothing) to %d: give a mask of "
            "labels, or leave --labels out",
            name, value, LARGEST_LABEL);
        if (within == NULL || within->voxels[i] != 0)
            has[(int)label] = 1;
    }
    return WIL_OK;
}

static wil_status list_labels(
    wil_seg_classes *out, const wil_volume *truth, const wil_volume *prediction, const wil_mask *within)
{
    WIL_OWN(uint8_t) *has = NULL;
    WIL_TRY(wil_alloc_u8(&has, LARGEST_LABEL + 1));
    WIL_TRY(mark_labels(has, truth, within, "the truth"));
    WIL_TRY(mark_labels(has, prediction, within, "the prediction"));
    int n = 0;
    for (int label = 1; label <= LARGEST_LABEL; label++)
        n += has[label];
    WIL_REQUIRE(n <= WIL_SEG_MOST_CLASSES, WIL_ERR_INPUT,
        "the truth and the prediction have %d labels, more than %d: an image rather than a mask of labels?",
        n, WIL_SEG_MOST_CLASSES);
    WIL_TRY(wil_alloc((void **)&out->label, (size_t)n + 1, sizeof *out->label));
    WIL_TRY(wil_alloc((void **)&out->scores, (size_t)n + 1, sizeof *out->scores));
    for (int label = 1; label <= LARGEST_LABEL; label++)
        if (has[label])
            out->label[out->n++] = label;
    return WIL_OK;
}

/* label 0: all of them. */
static void take_label(wil_mask *out, const wil_volume *volume, int label)
{
    const size_t n = wil_grid_count(&volume->grid);
    for (size_t i = 0; i < n; i++) {
        const int value = (int)rintf(volume->voxels[i]);
        out->voxels[i] = label == 0 ? value > 0 : value == label;
    }
}

static void average(wil_seg_classes *out, const wil_seg_config *config)
{
    for (int i = 0; i < wil_seg_columns(config); i++) {
        double sum = 0;
        int n = 0;
        for (int k = 0; k < out->n; k++) {
            const double value = out->scores[k].value[i];
            sum += isnan(value) ? 0 : value;
            n += !isnan(value);
        }
        out->mean.value[i] = n > 0 ? sum / n : NAN;
    }
    out->mean.status = out->n > 0 ? WIL_SEG_OK : WIL_SEG_BOTH_EMPTY;
}

static wil_status evaluate(wil_seg_classes *out, const wil_volume *truth, const wil_volume *prediction,
    const wil_mask *within, const wil_seg_config *config)
{
    WIL_OWN(wil_mask) true_mask = {0}, predicted_mask = {0};
    WIL_TRY(list_labels(out, truth, prediction, within));
    WIL_TRY(wil_mask_make(&true_mask, &truth->grid));
    WIL_TRY(wil_mask_make(&predicted_mask, &prediction->grid));
    for (int k = 0; k <= out->n; k++) {
        const int label = k < out->n ? out->label[k] : 0;
        wil_seg_scores *scores = k < out->n ? &out->scores[k] : &out->merged;
        take_label(&true_mask, truth, label);
        take_label(&predicted_mask, prediction, label);
        WIL_TRY(wil_seg_evaluate(scores, &true_mask, &predicted_mask, within, config));
    }
    average(out, config);
    return WIL_OK;
}

wil_status wil_seg_evaluate_classes(wil_seg_classes *out, const wil_volume *truth,
    const wil_volume *prediction, const wil_mask *within, const wil_seg_config *config)
{
    WIL_OWN(wil_seg_classes) made = {0};
    memset(out, 0, sizeof *out);
    WIL_TRY(check_grids_and_region(&truth->grid, &prediction->grid, within));
    WIL_TRY(evaluate(&made, truth, prediction, within, config));
    return wil_give_value(out, &made);
}

void wil_seg_classes_clear(wil_seg_classes *classes)
{
    wil_free(classes->label);
    wil_free(classes->scores);
    memset(classes, 0, sizeof *classes);
}
