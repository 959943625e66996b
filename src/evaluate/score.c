/* Dice of a segmenter on the labelled patients of a split. */
#include <string.h>

#include "willis/evaluate.h"
#include "willis/metrics.h"
#include "willis/num.h"

wil_status wil_score_check_labels(const wil_cohort *cohort, wil_split split)
{
    for (int i = 0; i < cohort->n_subjects; i++) {
        const wil_subject *subject = &cohort->subjects[i];
        WIL_REQUIRE(subject->split != split || subject->label != NULL, WIL_ERR_INPUT,
            "%s: %s of the %s split has no label to score against; add one, or take it out of the split",
            cohort->source, subject->id, wil_split_name(split));
    }
    return WIL_OK;
}

static wil_status write_prediction(const wil_mask *mask, const char *folder, const char *subject)
{
    WIL_OWN(char) *name = NULL, *path = NULL;
    WIL_TRY(wil_string_format(&name, "%s_pred.nii.gz", subject));
    WIL_TRY(wil_path_join(&path, folder, name));
    return wil_mask_write(mask, path, "vessel mask predicted by willis");
}

/* An empty label would enter the mean as a perfect or a hopeless case and says nothing (docs/differences.md,
 * E6).
 */
static wil_status check_label(const wil_scan *scan, const char *subject)
{
    const uint8_t *brain = scan->brain.voxels;
    for (size_t k = 0; k < wil_grid_count(&scan->label.grid); k++)
        if (scan->label.voxels[k] != 0 && (brain == NULL || brain[k] != 0))
            return WIL_OK;
    return wil_fail(
        WIL_ERR_INPUT, "%s: its label has no voxel inside its brain mask; mend one of them", subject);
}

/* measures_out: NULL, or takes all measures. */
static wil_status score_subject(double *dice_out, wil_seg_scores *measures_out, wil_segmenter *segmenter,
    const wil_subject *subject, const char *prediction_folder, const wil_monitor *monitor)
{
    const wil_seg_config config = wil_seg_config_default();
    WIL_OWN(wil_scan) scan = {0};
    WIL_OWN(wil_mask) prediction = {0};
    wil_overlap overlap;
    WIL_TRY(wil_scan_read(&scan, subject));
    wil_scan_tell(&scan, monitor);
    const wil_mask *brain = scan.brain.voxels != NULL ? &scan.brain : NULL;
    WIL_TRY(check_label(&scan, subject->id));
    WIL_TRY(wil_fail_context(
        wil_segmenter_run(segmenter, &prediction, NULL, &scan.image, brain, monitor), "%s", subject->id));
    WIL_TRY(wil_metrics_overlap(&overlap, &scan.label, &prediction, brain));
    *dice_out = overlap.dice;
    if (measures_out != NULL)
        WIL_TRY(wil_seg_evaluate(measures_out, &scan.label, &prediction, brain, &config));
    return prediction_folder != NULL ? write_prediction(&prediction, prediction_folder, subject->id) : WIL_OK;
}

static wil_status score_split(wil_score *out, bool fully, wil_segmenter *segmenter, const wil_cohort *cohort,
    wil_split split, const char *prediction_folder, const wil_monitor *monitor)
{
    const int n = wil_cohort_count(cohort, split);
    const double started_s = wil_time_s();
    /* progress is counted in subjects: slices would only flicker between */
    const wil_monitor within = wil_monitor_without_progress(monitor);
    WIL_TRY(wil_alloc((void **)&out->subjects, (size_t)n, sizeof *out->subjects));
    WIL_TRY(wil_alloc_f64(&out->dice, (size_t)n));
    if (fully)
        WIL_TRY(wil_alloc((void **)&out->measures, (size_t)n, sizeof *out->measures));
    for (int i = 0; i < cohort->n_subjects; i++) {
        const wil_subject *subject = &cohort->subjects[i];
        if (subject->split != split)
            continue;
        WIL_TRY(wil_string_copy(&out->subjects[out->n], subject->id));
        out->n++;
        WIL_TRY(score_subject(&out->dice[out->n - 1], fully ? &out->measures[out->n - 1] : NULL, segmenter,
            subject, prediction_folder, &within));
        wil_monitor_progress(monitor, "score", out->n, n, wil_time_s() - started_s, subject->id);
    }
    out->mean = wil_num_mean(out->dice, (size_t)n);
    out->sd = wil_num_sd(out->dice, (size_t)n);
    return WIL_OK;
}

static wil_status score_cohort(wil_score *out, bool fully, wil_segmenter *segmenter, const wil_cohort *cohort,
    wil_split split, const char *prediction_folder, const wil_monitor *monitor)
{
    memset(out, 0, sizeof *out);
    WIL_REQUIRE(wil_cohort_count(cohort, split) > 0, WIL_ERR_INPUT, "%s has no subject in the %s split",
        cohort->source, wil_split_name(split));
    WIL_TRY(wil_score_check_labels(cohort, split));
    if (prediction_folder != NULL)
        WIL_TRY(wil_folder_make(prediction_folder));
    WIL_OWN(wil_score) made = {0};
    WIL_TRY(score_split(&made, fully, segmenter, cohort, split, prediction_folder, monitor));
    return wil_give_value(out, &made);
}

wil_status wil_score_cohort(wil_score *out, wil_segmenter *segmenter, const wil_cohort *cohort,
    wil_split split, const char *prediction_folder, const wil_monitor *monitor)
{
    return score_cohort(out, false, segmenter, cohort, split, prediction_folder, monitor);
}

wil_status wil_score_cohort_fully(wil_score *out, wil_segmenter *segmenter, const wil_cohort *cohort,
    wil_split split, const char *prediction_folder, const wil_monitor *monitor)
{
    return score_cohort(out, true, segmenter, cohort, split, prediction_folder, monitor);
}

void wil_score_clear(wil_score *score)
{
    for (int i = 0; i < score->n; i++)
        wil_free(score->subjects[i]);
    wil_free(score->subjects);
    wil_free(score->dice);
    wil_free(score->measures);
    memset(score, 0, sizeof *score);
}
