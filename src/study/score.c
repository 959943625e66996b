/* Dice of a segmenter on the labelled patients of a split. */
#include <string.h>

#include "willis/metrics.h"
#include "willis/num.h"
#include "willis/study.h"

static wil_status write_prediction(const wil_mask *mask, const char *folder, const char *subject)
{
    char name[256];
    char *path = NULL;
    snprintf(name, sizeof name, "%s_pred.nii.gz", subject);
    WIL_TRY(wil_path_join(&path, folder, name));
    const wil_status status = wil_mask_write(mask, path, "vessel mask predicted by willis");
    wil_free(path);
    return status;
}

static wil_status score_subject(
    double *dice_out, wil_segmenter *segmenter, const wil_subject *subject, const char *prediction_folder)
{
    wil_scan scan = {0};
    wil_mask prediction = {0};
    wil_overlap overlap;
    wil_status status = WIL_OK;
    WIL_TRY(wil_scan_read(&scan, subject));
    const wil_mask *brain = scan.brain.voxels != NULL ? &scan.brain : NULL;
    if (scan.label.voxels == NULL)
        WIL_TRY_GOTO(status, wil_fail(WIL_ERR_INPUT, "%s has no label to score against", subject->id), done);
    WIL_TRY_GOTO(status, wil_segmenter_run(segmenter, &prediction, NULL, &scan.image, brain, NULL), done);
    WIL_TRY_GOTO(status, wil_metrics_overlap(&overlap, &scan.label, &prediction, brain), done);
    *dice_out = overlap.dice;
    if (prediction_folder != NULL)
        status = write_prediction(&prediction, prediction_folder, subject->id);
done:
    wil_mask_clear(&prediction);
    wil_scan_clear(&scan);
    return status;
}

wil_status wil_score_cohort(wil_score *out, wil_segmenter *segmenter, const wil_cohort *cohort,
    wil_split split, const char *prediction_folder, const wil_monitor *monitor)
{
    memset(out, 0, sizeof *out);
    const int n = wil_cohort_count(cohort, split);
    const double started_s = wil_time_s();
    WIL_REQUIRE(
        n > 0, WIL_ERR_INPUT, "%s has no subject in the %s split", cohort->source, wil_split_name(split));
    wil_status status = wil_alloc((void **)&out->subjects, (size_t)n, sizeof *out->subjects);
    if (status == WIL_OK)
        status = wil_alloc_f64(&out->dice, (size_t)n);
    if (status == WIL_OK && prediction_folder != NULL)
        status = wil_folder_make(prediction_folder);
    for (int i = 0; i < cohort->n_subjects && status == WIL_OK; i++) {
        if (cohort->subjects[i].split != split)
            continue;
        status = wil_string_copy(&out->subjects[out->n], cohort->subjects[i].id);
        if (status == WIL_OK)
            status = score_subject(&out->dice[out->n], segmenter, &cohort->subjects[i], prediction_folder);
        out->n++;
        wil_monitor_progress(monitor, "score", out->n, n, wil_time_s() - started_s, cohort->subjects[i].id);
    }
    if (status != WIL_OK) {
        wil_score_clear(out);
        return status;
    }
    out->mean = wil_num_mean(out->dice, (size_t)n);
    out->sd = wil_num_sd(out->dice, (size_t)n);
    return WIL_OK;
}

void wil_score_clear(wil_score *score)
{
    for (int i = 0; i < score->n; i++)
        wil_free(score->subjects[i]);
    wil_free(score->subjects);
    wil_free(score->dice);
    memset(score, 0, sizeof *score);
}
