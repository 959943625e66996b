#include "test.h"

#include "unet_fixture.h"
#include "willis/evaluate.h"

/* Scans of 20 x 16 x 2 voxels: voxels first .. first + 39 are bright, which is what the network made by hand
 * will find; the label is a range of its own. Dark is 0, bright 200; more than 0.1 % are bright, so the
 * scan's robust range is [0, 200] exactly. */
static void write_subject(const char *folder, const char *id, int label_first, int label_n, int brain_from)
{
    const wil_grid grid = wil_grid_make(20, 16, 2, 0.5, 0.5, 0.7);
    WIL_OWN(wil_volume) image = {0};
    WIL_OWN(wil_mask) label = {0}, brain = {0};
    OK(wil_volume_make(&image, &grid, 1));
    OK(wil_mask_make(&label, &grid));
    OK(wil_mask_make(&brain, &grid));
    for (int k = 0; k < 640; k++) {
        image.voxels[k] = k >= 100 && k < 140 ? 200 : 0;
        label.voxels[k] = k >= label_first && k < label_first + label_n;
        brain.voxels[k] = k >= brain_from;
    }
    OK(wil_volume_write(&image, in_folder(folder, "%s_image.nii", id), WIL_NIFTI_F32, ""));
    OK(wil_mask_write(&label, in_folder(folder, "%s_label.nii", id), ""));
    OK(wil_mask_write(&brain, in_folder(folder, "%s_mask.nii", id), ""));
}

static void read_cohort(wil_cohort *out, const char *folder, const char *lines)
{
    WIL_OWN(char) *text = NULL;
    OK(wil_text_append(&text, "subject\tsplit\timage\tlabel\tmask\n%s", lines));
    write_text(in_folder(folder, "cohort.tsv"), text);
    OK(wil_cohort_read(out, in_folder(folder, "cohort.tsv")));
}

TEST_IN_FOLDER(mean_and_sd_are_those_worked_by_hand)
{
    const char *folder = *state;
    WIL_OWN(wil_segmenter) *segmenter = voxel_segmenter(folder);
    WIL_OWN(wil_cohort) cohort = {0};
    wil_score score;
    listener heard;
    const wil_monitor monitor = listen_with(&heard, 0);
    write_subject(folder, "a", 100, 40, 0); /* all of it: Dice 1 */
    write_subject(folder, "b", 120, 40, 0); /* 20 of 40 found, 20 too many: 40 / 80 */
    write_subject(folder, "c", 130, 30, 0); /* 10 of 30 found, 30 too many: 20 / 70 */
    write_subject(folder, "t", 300, 10, 0);
    read_cohort(&cohort, folder,
        "c\ttest\tc_image.nii\tc_label.nii\t\na\ttest\ta_image.nii\ta_label.nii\t\n"
        "t\ttrain\tt_image.nii\tt_label.nii\t\nb\ttest\tb_image.nii\tb_label.nii\tb_mask.nii\n");
    OK(wil_score_cohort(
        &score, segmenter, &cohort, WIL_SPLIT_TEST, in_folder(folder, "predictions"), &monitor));
    assert_int_equal(score.n, 3);
    const double dice[3] = {1.0, 0.5, 2.0 / 7.0};
    const double mean = (dice[0] + dice[1] + dice[2]) / 3;
    double squares = 0;
    for (int i = 0; i < 3; i++) {
        assert_true(score.subjects[i][0] == "abc"[i]);
        assert_true(score.dice[i] == dice[i]); /* one rounded quotient of whole numbers */
        squares += (dice[i] - mean) * (dice[i] - mean);
    }
    assert_float_equal(score.mean, mean, 1e-15); /* a handful of double roundings */
    assert_float_equal(score.sd, sqrt(squares / 2), 1e-15);
    assert_true(heard.done == 3 && heard.total == 3);
    wil_score_clear(&score);
    wil_score_clear(&score); /* harmless */
}

TEST_IN_FOLDER(predictions_are_written_where_the_scan_lies)
{
    const char *folder = *state;
    WIL_OWN(wil_segmenter) *segmenter = voxel_segmenter(folder);
    WIL_OWN(wil_cohort) cohort = {0};
    WIL_OWN(wil_score) score = {0};
    WIL_OWN(wil_mask) written = {0};
    WIL_OWN(wil_volume) image = {0};
    write_subject(folder, "a", 100, 40, 0);
    read_cohort(&cohort, folder, "a\tval\ta_image.nii\ta_label.nii\t\n");
    OK(wil_score_cohort(
        &score, segmenter, &cohort, WIL_SPLIT_VAL, in_folder(folder, "new/predictions"), NULL));
    OK(wil_mask_read(&written, in_folder(folder, "new/predictions/a_pred.nii.gz")));
    OK(wil_volume_read(&image, in_folder(folder, "a_image.nii")));
    assert_true(wil_grid_disagreement_mm(&written.grid, &image.grid) == 0);
    for (int k = 0; k < 640; k++)
        assert_int_equal(written.voxels[k], k >= 100 && k < 140);
    assert_true(score.n == 1 && score.mean == 1 && score.sd == 0);
}

TEST_IN_FOLDER(only_the_brain_counts)
{
    const char *folder = *state;
    WIL_OWN(wil_segmenter) *segmenter = voxel_segmenter(folder);
    WIL_OWN(wil_cohort) cohort = {0};
    WIL_OWN(wil_score) score = {0};
    write_subject(folder, "a", 120, 40, 130); /* inside: found 130..139, label 130..159 */
    read_cohort(&cohort, folder, "a\tval\ta_image.nii\ta_label.nii\ta_mask.nii\n");
    OK(wil_score_cohort(&score, segmenter, &cohort, WIL_SPLIT_VAL, NULL, NULL));
    assert_true(score.dice[0] == 2.0 * 10 / (10 + 30));
}

TEST_IN_FOLDER(all_measures_are_those_of_the_written_prediction_within_the_brain)
{
    const char *folder = *state;
    WIL_OWN(wil_segmenter) *segmenter = voxel_segmenter(folder);
    WIL_OWN(wil_cohort) cohort = {0};
    WIL_OWN(wil_score) plain = {0}, full = {0};
    WIL_OWN(wil_mask) label = {0}, brain = {0}, written = {0};
    const wil_seg_config config = wil_seg_config_default();
    wil_seg_scores expected;
    write_subject(folder, "a", 120, 40, 130);
    read_cohort(&cohort, folder, "a\tval\ta_image.nii\ta_label.nii\ta_mask.nii\n");
    OK(wil_score_cohort(&plain, segmenter, &cohort, WIL_SPLIT_VAL, NULL, NULL));
    OK(wil_score_cohort_fully(
        &full, segmenter, &cohort, WIL_SPLIT_VAL, in_folder(folder, "predictions"), NULL));
    OK(wil_mask_read(&label, in_folder(folder, "a_label.nii")));
    OK(wil_mask_read(&brain, in_folder(folder, "a_mask.nii")));
    OK(wil_mask_read(&written, in_folder(folder, "predictions/a_pred.nii.gz")));
    OK(wil_seg_evaluate(&expected, &label, &written, &brain, &config));
    assert_true(plain.measures == NULL && plain.dice[0] == full.dice[0]);
    assert_memory_equal(full.measures[0].value, expected.value, sizeof expected.value);
    assert_true(full.dice[0] == expected.value[WIL_SEG_DSC] && full.dice[0] < 1);
}

TEST_IN_FOLDER(subjects_that_cannot_be_scored_are_refused)
{
    const char *folder = *state;
    WIL_OWN(wil_segmenter) *segmenter = voxel_segmenter(folder);
    WIL_OWN(wil_cohort) cohort = {0};
    wil_score score;
    write_subject(folder, "a", 100, 40, 0);
    write_subject(folder, "b", 10, 20, 50); /* the label lies outside the brain */
    read_cohort(&cohort, folder, "a\tval\ta_image.nii\ta_label.nii\t\nx\tval\ta_image.nii\t\t\n");
    REFUSED(WIL_ERR_INPUT, wil_score_cohort(&score, segmenter, &cohort, WIL_SPLIT_TEST, NULL, NULL),
        "cohort.tsv", "no subject", "test");
    REFUSED(WIL_ERR_INPUT,
        wil_score_cohort(&score, segmenter, &cohort, WIL_SPLIT_VAL, in_folder(folder, "p"), NULL),
        "cohort.tsv", "x of the val split", "no label");
    assert_false(wil_folder_exists(in_folder(folder, "p"))); /* known before the first is segmented */
    wil_cohort_clear(&cohort);
    read_cohort(&cohort, folder, "b\tval\tb_image.nii\tb_label.nii\tb_mask.nii\n");
    REFUSED(WIL_ERR_INPUT, wil_score_cohort(&score, segmenter, &cohort, WIL_SPLIT_VAL, NULL, NULL),
        "b: ", "no voxel inside its brain mask");
    wil_cohort_clear(&cohort);
    read_cohort(&cohort, folder, "a\tval\ta_image.nii\ta_label.nii\t\nz\tval\ta_image.nii\ta_label.nii\t\n");
    assert_int_equal(unlink(in_folder(folder, "a_label.nii")), 0);
    REFUSED(WIL_ERR_INPUT, wil_score_cohort(&score, segmenter, &cohort, WIL_SPLIT_VAL, NULL, NULL),
        "a_label.nii");
}

TEST_IN_FOLDER(an_interruption_ends_scoring)
{
    const char *folder = *state;
    WIL_OWN(wil_segmenter) *segmenter = voxel_segmenter(folder);
    listener heard;
    const wil_monitor monitor = listen_with(&heard, 2); /* asked once per subject, between its two slices */
    WIL_OWN(wil_cohort) cohort = {0};
    wil_score score;
    write_subject(folder, "a", 100, 40, 0);
    write_subject(folder, "b", 100, 40, 0);
    read_cohort(&cohort, folder, "a\tval\ta_image.nii\ta_label.nii\t\nb\tval\tb_image.nii\tb_label.nii\t\n");
    REFUSED(WIL_ERR_INTERRUPTED, wil_score_cohort(&score, segmenter, &cohort, WIL_SPLIT_VAL, NULL, &monitor),
        "b: interrupted");
    assert_true(heard.done == 1 && heard.total == 2 && score.n == 0);
}
