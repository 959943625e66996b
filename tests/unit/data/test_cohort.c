#include "data_fixture.h"

static const char *const SPLITS[] = {"val", "train", "", "test"};

static void a_table_gives_its_subjects_in_the_order_of_their_ids(void **state)
{
    const char *folder = *state;
    wil_cohort cohort;
    write_numbered(folder, "x", 1);
    write_text(in_folder(folder, "cohort.tsv"), "subject\tsplit\timage\tage\n"
                                                "p2\ttrain\tx_image.nii\t70\n"
                                                "p1\ttest\tx_image.nii\t61\n"
                                                "p3\tn/a\tx_image.nii\tn/a\n");
    OK(wil_cohort_read(&cohort, folder)); /* the folder that holds the table */
    assert_int_equal(cohort.n_subjects, 3);
    assert_string_equal(cohort.source, in_folder(folder, "cohort.tsv"));
    assert_string_equal(cohort.subjects[0].id, "p1");
    assert_string_equal(cohort.subjects[2].id, "p3");
    assert_int_equal(cohort.subjects[0].split, WIL_SPLIT_TEST);
    assert_int_equal(cohort.subjects[2].split, WIL_SPLIT_NONE);
    assert_string_equal(cohort.subjects[0].image, in_folder(folder, "x_image.nii"));
    assert_null(cohort.subjects[0].label);
    assert_null(cohort.subjects[0].mask);
    wil_cohort_clear(&cohort);
}

static void subjects_are_counted_by_split(void **state)
{
    wil_cohort cohort;
    OK(wil_cohort_read(&cohort, write_cohort(*state, 4, SPLITS)));
    for (int split = 0; split <= WIL_SPLIT_NONE; split++)
        assert_int_equal(wil_cohort_count(&cohort, (wil_split)split), 1);
    assert_string_equal(wil_split_name(WIL_SPLIT_VAL), "val");
    wil_cohort_clear(&cohort);
}

static bool name_ends(const char *path, const char *end)
{
    return path != NULL && strlen(path) >= strlen(end) && strcmp(path + strlen(path) - strlen(end), end) == 0;
}

static void write_bids_subject(const char *folder, const char *id, unsigned number)
{
    wil_scan scan;
    make_scan(&scan, number);
    OK(wil_folder_make(in_folder(folder, "%s/anat", id)));
    OK(wil_folder_make(in_folder(folder, "derivatives/manual/%s/anat", id)));
    OK(wil_folder_make(in_folder(folder, "derivatives/bet/%s/anat", id)));
    OK(wil_volume_write(
        &scan.image, in_folder(folder, "%s/anat/%s_acq-tof_angio.nii.gz", id, id), WIL_NIFTI_F32, ""));
    OK(wil_mask_write(
        &scan.label, in_folder(folder, "derivatives/manual/%s/anat/%s_desc-vessel_mask.nii.gz", id, id), ""));
    OK(wil_mask_write(
        &scan.brain, in_folder(folder, "derivatives/bet/%s/anat/%s_desc-brain_mask.nii", id, id), ""));
    wil_scan_clear(&scan);
}

static void a_bids_folder_is_read_with_labels_masks_and_splits(void **state)
{
    const char *folder = *state;
    wil_cohort cohort;
    write_bids_subject(folder, "sub-002", 2);
    write_bids_subject(folder, "sub-001", 1);
    OK(wil_folder_make(in_folder(folder, "sub-003/anat"))); /* no angiography: another modality's subject */
    write_text(in_folder(folder, "participants.tsv"), "participant_id\tage\tsplit\nsub-002\t50\ttest\n");
    OK(wil_cohort_read(&cohort, folder));
    assert_int_equal(cohort.n_subjects, 2);
    const wil_subject *first = &cohort.subjects[0];
    assert_string_equal(first->id, "sub-001");
    assert_int_equal(first->split, WIL_SPLIT_NONE);
    assert_int_equal(cohort.subjects[1].split, WIL_SPLIT_TEST);
    assert_string_equal(first->image, in_folder(folder, "sub-001/anat/sub-001_acq-tof_angio.nii.gz"));
    assert_string_equal(
        first->label, in_folder(folder, "derivatives/manual/sub-001/anat/sub-001_desc-vessel_mask.nii.gz"));
    assert_string_equal(
        first->mask, in_folder(folder, "derivatives/bet/sub-001/anat/sub-001_desc-brain_mask.nii"));
    wil_cohort_clear(&cohort);
}

static void write_mask_at(const char *path)
{
    wil_scan scan;
    make_scan(&scan, 1);
    OK(wil_mask_write(&scan.label, path, ""));
    wil_scan_clear(&scan);
}

static void a_bids_folder_may_have_sessions_and_labels_of_several_names(void **state)
{
    static const char *const names[][2] = {
        {"sub-1", "derivatives/x/sub-1/ses-1/anat/sub-1_ses-1_dseg.nii.gz"},
        {"sub-2", "derivatives/x/sub-2/anat/sub-2_ses-1_label-artery_mask.nii.gz"},
        {"sub-3", "derivatives/x/sub-3/ses-1/anat/sub-3_ses-1_label-vessel_dseg.nii"}};
    const char *folder = *state;
    wil_cohort cohort;
    for (int k = 0; k < 3; k++) {
        const char *id = names[k][0];
        OK(wil_folder_make(in_folder(folder, "%s/ses-1/anat", id)));
        write_mask_at(in_folder(folder, "%s/ses-1/anat/%s_ses-1_angio.nii.gz", id, id));
        OK(wil_folder_make(in_folder(folder, "derivatives/x/%s/ses-1/anat", id)));
        OK(wil_folder_make(in_folder(folder, "derivatives/x/%s/anat", id)));
        write_mask_at(in_folder(folder, "%s", names[k][1]));
        write_mask_at(in_folder(folder, "derivatives/x/%s/anat/%s_label-brain_mask.nii.gz", id, id));
    }
    OK(wil_cohort_read(&cohort, folder));
    assert_int_equal(cohort.n_subjects, 3);
    assert_int_equal(cohort.n_skipped, 0);
    for (int k = 0; k < 3; k++) {
        const wil_subject *s = &cohort.subjects[k];
        assert_string_equal(
            s->image, in_folder(folder, "%s/ses-1/anat/%s_ses-1_angio.nii.gz", names[k][0], names[k][0]));
        assert_string_equal(s->label, in_folder(folder, "%s", names[k][1]));
        assert_true(name_ends(s->mask, "label-brain_mask.nii.gz"));
    }
    wil_cohort_clear(&cohort);
    /* the plain name goes before the others */
    write_mask_at(in_folder(folder, "derivatives/x/sub-1/anat/sub-1_desc-vessel_mask.nii.gz"));
    OK(wil_cohort_read(&cohort, folder));
    assert_true(name_ends(cohort.subjects[0].label, "sub-1_desc-vessel_mask.nii.gz"));
    wil_cohort_clear(&cohort);
}

/* Nothing that lies there vanishes without a word. */
static void what_a_bids_folder_has_and_is_not_read_is_said(void **state)
{
    const char *folder = *state;
    wil_cohort cohort;
    write_bids_subject(folder, "sub-1", 1);
    write_bids_subject(folder, "sub-4", 1);
    OK(wil_folder_make(in_folder(folder, "sub-2/anat")));
    write_mask_at(in_folder(folder, "sub-2/anat/sub-2_T1w.nii.gz"));
    OK(wil_folder_make(in_folder(folder, "patient7/anat")));
    write_text(in_folder(folder, "participants.tsv"), "participant_id\tage\nsub-1\t50\nsub-3\t60\n");
    assert_int_equal(
        unlink(in_folder(folder, "derivatives/manual/sub-4/anat/sub-4_desc-vessel_mask.nii.gz")), 0);
    write_mask_at(in_folder(folder, "derivatives/manual/sub-4/anat/sub-4_vessels.nii.gz"));
    OK(wil_cohort_read(&cohort, folder));
    assert_int_equal(cohort.n_subjects, 2);
    assert_int_equal(cohort.n_skipped, 4);
    SAYS(cohort.skipped[0], "sub-2 has no image anat/sub-2_*angio.nii[.gz] and is left out",
        "sub-2_T1w.nii.gz");
    SAYS(cohort.skipped[1], "sub-4 has no label", "sub-4_vessels.nii.gz is left out", "_dseg");
    SAYS(cohort.skipped[2], "participants.tsv:3: sub-3 has no folder");
    SAYS(cohort.skipped[3], "patient7 is left out", "sub-");
    wil_cohort_clear(&cohort);
}

static void an_nnunet_folder_is_a_cohort(void **state)
{
    const char *folder = *state;
    wil_cohort cohort;
    OK(wil_folder_make(in_folder(folder, "imagesTr")));
    OK(wil_folder_make(in_folder(folder, "labelsTr")));
    OK(wil_folder_make(in_folder(folder, "imagesTs")));
    write_text(in_folder(folder, "dataset.json"), "{\"channel_names\": {\"0\": \"MRA\"}, \"labels\": "
                                                  "{\"background\": 0, \"vessel\": 1}, \"numTraining\": 2, "
                                                  "\"file_ending\": \".nii.gz\"}");
    write_mask_at(in_folder(folder, "imagesTr/mr_002_0000.nii.gz"));
    write_mask_at(in_folder(folder, "imagesTr/mr_001_0000.nii.gz"));
    write_mask_at(in_folder(folder, "imagesTr/mr_001_0001.nii.gz"));
    write_mask_at(in_folder(folder, "imagesTr/mr_003.mha.nii"));
    write_mask_at(in_folder(folder, "labelsTr/mr_001.nii.gz"));
    write_mask_at(in_folder(folder, "labelsTr/mr_009.nii.gz"));
    write_mask_at(in_folder(folder, "imagesTs/case.nii.gz")); /* version 1: no channel */
    OK(wil_cohort_read(&cohort, folder));
    assert_int_equal(cohort.n_subjects, 3);
    assert_string_equal(cohort.subjects[0].id, "case");
    assert_int_equal(cohort.subjects[0].split, WIL_SPLIT_TEST);
    assert_string_equal(cohort.subjects[1].id, "mr_001");
    assert_int_equal(cohort.subjects[1].split, WIL_SPLIT_TRAIN);
    assert_string_equal(cohort.subjects[1].image, in_folder(folder, "imagesTr/mr_001_0000.nii.gz"));
    assert_string_equal(cohort.subjects[1].label, in_folder(folder, "labelsTr/mr_001.nii.gz"));
    assert_null(cohort.subjects[2].label);
    assert_int_equal(cohort.n_skipped, 3);
    SAYS(cohort.skipped[0], "imagesTr/mr_001_0001.nii.gz is left out", "first channel");
    SAYS(cohort.skipped[1], "imagesTr/mr_003.mha.nii is left out", "end in .nii.gz");
    SAYS(cohort.skipped[2], "labelsTr/mr_009.nii.gz has no image");
    wil_cohort_clear(&cohort);
    write_mask_at(in_folder(folder, "imagesTs/mr_001_0000.nii.gz"));
    REFUSED(WIL_ERR_INPUT, wil_cohort_read(&cohort, folder), "the case mr_001 is there twice");
    write_text(in_folder(folder, "dataset.json"), "{\"file_ending\": 3}");
    REFUSED(WIL_ERR_INPUT, wil_cohort_read(&cohort, folder), "dataset.json", "file_ending");
}

static void a_written_cohort_reads_back_from_another_folder(void **state)
{
    const char *folder = *state;
    wil_cohort cohort;
    wil_cohort again;
    OK(wil_cohort_read(&cohort, write_cohort(folder, 4, SPLITS)));
    OK(wil_folder_make(in_folder(folder, "deep/er")));
    OK(wil_cohort_write(&cohort, in_folder(folder, "deep/er/list.tsv")));
    char *text = NULL;
    size_t n = 0;
    OK(wil_file_read(in_folder(folder, "deep/er/list.tsv"), &text, &n));
    assert_non_null(strstr(text, "\na\tval\t../../a_image.nii\t../../a_label.nii\t../../a_mask.nii\n"));
    assert_non_null(strstr(text, "\nc\t\t../../c_image.nii\t"));
    wil_free(text);
    OK(wil_cohort_read(&again, in_folder(folder, "deep/er/list.tsv")));
    assert_int_equal(again.n_subjects, 4);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(again.subjects[i].split, cohort.subjects[i].split);
        assert_true(wil_file_exists(again.subjects[i].mask));
    }
    wil_cohort_clear(&again);
    wil_cohort_clear(&cohort);
}

/* A cohort of n subjects without files or splits. */
static void make_bare(wil_cohort *cohort, int n)
{
    memset(cohort, 0, sizeof *cohort);
    OK(wil_alloc((void **)&cohort->subjects, (size_t)n, sizeof *cohort->subjects));
    cohort->n_subjects = n;
    for (int i = 0; i < n; i++) {
        cohort->subjects[i].split = WIL_SPLIT_NONE;
        OK(wil_string_format(&cohort->subjects[i].id, "s%03d", i));
    }
}

static void a_random_split_has_the_shares_asked_for(void **state)
{
    (void)state;
    wil_cohort cohort;
    make_bare(&cohort, 66); /* as PEGASUS: 41, 11, 14 */
    OK(wil_cohort_split(&cohort, 41.0 / 66, 11.0 / 66, 5));
    assert_int_equal(wil_cohort_count(&cohort, WIL_SPLIT_TRAIN), 41);
    assert_int_equal(wil_cohort_count(&cohort, WIL_SPLIT_VAL), 11);
    assert_int_equal(wil_cohort_count(&cohort, WIL_SPLIT_TEST), 14);
    wil_cohort_clear(&cohort);
}

static void a_random_split_depends_on_the_seed_only(void **state)
{
    (void)state;
    wil_cohort cohorts[3];
    int differ = 0;
    for (int k = 0; k < 3; k++) {
        make_bare(&cohorts[k], 40);
        OK(wil_cohort_split(&cohorts[k], 0.5, 0.25, k == 2 ? 8 : 7));
    }
    for (int i = 0; i < 40; i++) {
        assert_int_equal(cohorts[0].subjects[i].split, cohorts[1].subjects[i].split);
        differ += cohorts[0].subjects[i].split != cohorts[2].subjects[i].split;
    }
    assert_true(differ > 0);
    for (int k = 0; k < 3; k++)
        wil_cohort_clear(&cohorts[k]);
}

static void a_small_share_still_gets_a_subject_and_given_splits_stay(void **state)
{
    (void)state;
    wil_cohort cohort;
    make_bare(&cohort, 5);
    cohort.subjects[3].split = WIL_SPLIT_TEST;
    OK(wil_cohort_split(&cohort, 0.9, 0.05, 1));
    assert_int_equal(cohort.subjects[3].split, WIL_SPLIT_TEST);
    assert_int_equal(wil_cohort_count(&cohort, WIL_SPLIT_NONE), 0);
    assert_int_equal(wil_cohort_count(&cohort, WIL_SPLIT_TRAIN), 2);
    assert_int_equal(wil_cohort_count(&cohort, WIL_SPLIT_VAL), 1);
    assert_int_equal(wil_cohort_count(&cohort, WIL_SPLIT_TEST), 2);
    wil_cohort_clear(&cohort);
}

static void impossible_shares_are_refused(void **state)
{
    (void)state;
    wil_cohort cohort;
    make_bare(&cohort, 3);
    REFUSED(WIL_ERR_ARG, wil_cohort_split(&cohort, 0.8, 0.3, 1), "0.8 train", "0.3 val", "at most 1");
    REFUSED(WIL_ERR_ARG, wil_cohort_split(&cohort, -0.1, 0.3, 1), "-0.1 train");
    REFUSED(WIL_ERR_ARG, wil_cohort_split(&cohort, NAN, 0.3, 1), "impossible");
    wil_cohort_clear(&cohort);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_table_gives_its_subjects_in_the_order_of_their_ids),
        CASE(subjects_are_counted_by_split),
        CASE(a_bids_folder_is_read_with_labels_masks_and_splits),
        CASE(a_bids_folder_may_have_sessions_and_labels_of_several_names),
        CASE(what_a_bids_folder_has_and_is_not_read_is_said),
        CASE(an_nnunet_folder_is_a_cohort),
        CASE(a_written_cohort_reads_back_from_another_folder),
        cmocka_unit_test(a_random_split_has_the_shares_asked_for),
        cmocka_unit_test(a_random_split_depends_on_the_seed_only),
        cmocka_unit_test(a_small_share_still_gets_a_subject_and_given_splits_stay),
        cmocka_unit_test(impossible_shares_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
