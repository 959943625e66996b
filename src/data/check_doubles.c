/* One scan under two subjects: the same file, the same voxels, or a copy that was turned, mirrored, rescaled
 * or resampled. */
#include "check_internal.h"

#include <stdlib.h>
#include <string.h>

#define SAME_VOXELS 0.98 /* rank correlation; rounding leaves 0.999, another scan of the head stays below */
#define SAME_CELLS 0.99  /* on another grid; heads of the phantom reach 0.970 */

/* Whether two paths are one file. */
static bool same_file(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return false;
    char *real_a = realpath(a, NULL);
    char *real_b = realpath(b, NULL);
    const bool same = real_a != NULL && real_b != NULL && strcmp(real_a, real_b) == 0;
    free(real_a);
    free(real_b);
    return same;
}

static wil_status report_same(finding_list *findings, const wil_cohort *cohort, int i, int k, const char *how)
{
    const wil_subject *first = &cohort->subjects[i];
    const wil_subject *second = &cohort->subjects[k];
    if (first->split != second->split)
        return finding_add(findings, k, WIL_FINDING_ERROR,
            "%s (%s) and %s (%s) are the same scan: %s; one patient in two splits makes test results "
            "meaningless. Keep one of them",
            first->id, wil_split_name(first->split), second->id, wil_split_name(second->split), how);
    return finding_add(findings, k, WIL_FINDING_ERROR,
        "%s and %s are the same scan: %s; one patient under two names is counted twice. Keep one of them",
        first->id, second->id, how);
}

/* In words, what the turn of canonical axes did. */
static const char *turn_words(const wil_orientation *turn)
{
    int n_exchanged = 0, n_reversed = 0;
    for (int k = 0; k < 3; k++) {
        n_exchanged += turn->voxel_axis[k] != k;
        n_reversed += !turn->positive[k];
    }
    return n_exchanged > 0 && n_reversed > 0 ? " with axes exchanged and reversed"
           : n_exchanged > 0                 ? " with axes exchanged"
           : n_reversed > 0                  ? " with axes reversed"
                                             : "";
}

/* Of one size after the turn: voxel by voxel. */
static wil_status compare_voxels(finding_list *findings, bool *same_out, const wil_cohort *cohort, int i,
    int k, const wil_orientation *turn)
{
    WIL_OWN(wil_volume) a = {0}, b = {0};
    double like = 0;
    char how[160];
    *same_out = false;
    if (wil_volume_read_3d(&a, cohort->subjects[i].image) != WIL_OK ||
        wil_volume_read_3d(&b, cohort->subjects[k].image) != WIL_OK)
        return WIL_OK; /* it was read a moment ago; if it went since, others will say so */
    WIL_TRY(scan_likeness(&like, &a, &b, turn));
    if (like < SAME_VOXELS)
        return WIL_OK;
    *same_out = true;
    snprintf(how, sizeof how, "the second is a copy of the first%s%s (rank correlation of their voxels %.4f)",
        turn_words(turn), *turn_words(turn) == '\0' ? " with other intensities" : "", like);
    return report_same(findings, cohort, i, k, how);
}

static wil_status report_resampled(
    finding_list *findings, const wil_cohort *cohort, int i, int k, double likeness)
{
    return finding_add(findings, k, WIL_FINDING_WARNING,
        "%s looks like %s on another grid (rank correlation of their coarse pictures %.4f); if it is a "
        "resampled copy, keep one of them",
        cohort->subjects[k].id, cohort->subjects[i].id, likeness);
}

static wil_status compare(
    finding_list *findings, bool *found_out, const wil_cohort *cohort, const scan_print *prints, int i, int k)
{
    wil_orientation turn;
    double likeness = 0;
    bool same_size = true;
    *found_out = prints[i].known && prints[k].known && prints[i].hash == prints[k].hash;
    if (*found_out)
        return report_same(findings, cohort, i, k,
            same_file(cohort->subjects[i].image, cohort->subjects[k].image)
                ? "their images are one file"
                : "their images are identical voxel by voxel");
    if (!scan_print_alike(&prints[i], &prints[k], &turn, &likeness))
        return WIL_OK;
    for (int axis = 0; axis < 3; axis++)
        same_size = same_size && prints[k].size[turn.voxel_axis[axis]] == prints[i].size[axis];
    if (same_size)
        return compare_voxels(findings, found_out, cohort, i, k, &turn);
    *found_out = likeness >= SAME_CELLS;
    return *found_out ? report_resampled(findings, cohort, i, k, likeness) : WIL_OK;
}

wil_status check_doubles(finding_list *findings, const wil_cohort *cohort, const scan_print *prints)
{
    for (int k = 1; k < cohort->n_subjects; k++) {
        bool found = false; /* one finding for each copy */
        for (int i = 0; i < k && !found; i++)
            if (strcmp(cohort->subjects[i].id, cohort->subjects[k].id) != 0) /* found by reading otherwise */
                WIL_TRY(compare(findings, &found, cohort, prints, i, k));
    }
    return WIL_OK;
}
