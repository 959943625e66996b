#include "data_fixture.h"

/* Writes text as cohort.tsv beside the scan x and expects a refusal with the words. */
#define TABLE_REFUSED(folder, text, ...)                                                                     \
    do {                                                                                                     \
        wil_cohort cohort_;                                                                                  \
        write_numbered(folder, "x", 1);                                                                      \
        write_text(in_folder(folder, "cohort.tsv"), text);                                                   \
        REFUSED(WIL_ERR_INPUT, wil_cohort_read(&cohort_, in_folder(folder, "cohort.tsv")), __VA_ARGS__);     \
        assert_null(cohort_.subjects);                                                                       \
    } while (0)

static void a_missing_cohort_is_refused(void **state)
{
    wil_cohort cohort;
    REFUSED(WIL_ERR_INPUT, wil_cohort_read(&cohort, in_folder(*state, "nowhere")), "nowhere",
        "no such file or folder", "cohort.tsv");
    REFUSED(WIL_ERR_ARG, wil_cohort_read(&cohort, ""), "no path");
}

static void a_missing_image_is_refused_with_its_line(void **state)
{
    TABLE_REFUSED(*state, "subject\timage\np1\tx_image.nii\np2\tgone.nii\n", "cohort.tsv:3:", "image of p2",
        "does not exist", "gone.nii");
}

static void a_missing_label_is_refused_with_its_line(void **state)
{
    TABLE_REFUSED(*state, "subject\timage\tlabel\np1\tx_image.nii\tgone.nii\n",
        "cohort.tsv:2:", "label of p1", "does not exist");
}

static void a_row_without_image_is_refused(void **state)
{
    TABLE_REFUSED(*state, "subject\timage\np1\t\n", "cohort.tsv:2:", "p1 has no image");
}

static void an_unknown_split_is_refused(void **state)
{
    TABLE_REFUSED(*state, "subject\tsplit\timage\np1\ttraining\tx_image.nii\n",
        "cohort.tsv:2:", "unknown split 'training'", "train, val, test");
}

static void a_subject_that_stands_twice_is_refused(void **state)
{
    TABLE_REFUSED(*state,
        "subject\tsplit\timage\np1\ttrain\tx_image.nii\np0\ttrain\tx_image.nii\np1\ttrain\tx_image.nii\n",
        "cohort.tsv:4:", "p1 stands here again", "line 2");
}

static void a_subject_in_two_splits_is_refused(void **state)
{
    TABLE_REFUSED(*state, "subject\tsplit\timage\np1\ttrain\tx_image.nii\np1\ttest\tx_image.nii\n",
        "cohort.tsv:3:", "p1 is in two splits", "train (line 2)", "test");
}

static void a_misspelt_column_is_refused_with_the_right_name(void **state)
{
    TABLE_REFUSED(*state, "subject\timage\tlable\np1\tx_image.nii\tx_label.nii\n", "unknown column 'lable'",
        "did you mean 'label'");
}

static void a_table_without_an_image_column_is_refused(void **state)
{
    TABLE_REFUSED(
        *state, "subject\tscan_of_the_head\np1\tx_image.nii\n", "no column 'image'", "separated by tabs");
}

static void a_table_without_rows_is_refused(void **state)
{
    TABLE_REFUSED(*state, "subject\timage\n", "no subject found");
}

static void an_id_that_cannot_name_a_file_is_refused(void **state)
{
    TABLE_REFUSED(*state, "subject\timage\n../p1\tx_image.nii\n", "cohort.tsv:2:", "'../p1'");
    TABLE_REFUSED(*state, "subject\timage\n\tx_image.nii\n", "cohort.tsv:2:", "must not be empty");
}

static void an_empty_folder_is_refused(void **state)
{
    wil_cohort cohort;
    REFUSED(
        WIL_ERR_INPUT, wil_cohort_read(&cohort, *state), "no subject found", "sub-*/anat/sub-*_angio.nii");
}

static void make_bids(const char *folder)
{
    OK(wil_folder_make(in_folder(folder, "sub-1/anat")));
    write_text(in_folder(folder, "sub-1/anat/sub-1_angio.nii"), "not read here");
}

static void two_images_of_one_bids_subject_are_refused(void **state)
{
    wil_cohort cohort;
    make_bids(*state);
    write_text(in_folder(*state, "sub-1/anat/sub-1_run-2_angio.nii.gz"), "not read here");
    REFUSED(WIL_ERR_INPUT, wil_cohort_read(&cohort, *state), "sub-1 has two files", "sub-1_angio.nii",
        "sub-1_run-2_angio.nii.gz", "cohort.tsv");
}

static void two_labels_of_one_bids_subject_are_refused(void **state)
{
    wil_cohort cohort;
    make_bids(*state);
    OK(wil_folder_make(in_folder(*state, "derivatives/one/sub-1/anat")));
    OK(wil_folder_make(in_folder(*state, "derivatives/two/sub-1/anat")));
    write_text(in_folder(*state, "derivatives/one/sub-1/anat/sub-1_desc-vessel_mask.nii"), "");
    write_text(in_folder(*state, "derivatives/two/sub-1/anat/sub-1_desc-vessel_mask.nii"), "");
    REFUSED(WIL_ERR_INPUT, wil_cohort_read(&cohort, *state), "sub-1 has two files", "derivatives/one",
        "derivatives/two");
}

static void bids_splits_are_checked(void **state)
{
    wil_cohort cohort;
    const char *path = in_folder(*state, "participants.tsv");
    make_bids(*state);
    write_text(path, "participant_id\tsplit\nsub-1\ttrian\n");
    REFUSED(WIL_ERR_INPUT, wil_cohort_read(&cohort, *state),
        "participants.tsv:2:", "unknown split 'trian' of sub-1");
    write_text(path, "participant_id\tsplit\nsub-1\ttrain\nsub-1\tval\n");
    REFUSED(WIL_ERR_INPUT, wil_cohort_read(&cohort, *state), "participants.tsv:3:", "sub-1 is in two splits");
    write_text(path, "name\tsplit\nsub-1\ttrain\n");
    REFUSED(WIL_ERR_INPUT, wil_cohort_read(&cohort, *state), "no column 'participant_id'");
}

static void a_cohort_is_not_written_into_a_missing_folder(void **state)
{
    wil_cohort cohort;
    static const char *const splits[] = {"train"};
    OK(wil_cohort_read(&cohort, write_cohort(*state, 1, splits)));
    REFUSED(WIL_ERR_IO, wil_cohort_write(&cohort, in_folder(*state, "none/cohort.tsv")), "none",
        "does not exist");
    wil_cohort_clear(&cohort);
}

static void a_path_that_a_table_cannot_keep_is_refused(void **state)
{
    wil_cohort cohort;
    static const char *const splits[] = {"train"};
    OK(wil_cohort_read(&cohort, write_cohort(*state, 1, splits)));
    cohort.subjects[0].image[strlen(cohort.subjects[0].image) - 1] = '\t';
    REFUSED(
        WIL_ERR_ARG, wil_cohort_write(&cohort, in_folder(*state, "other.tsv")), "holds a tab", "rename it");
    assert_false(wil_file_exists(in_folder(*state, "other.tsv")));
    wil_cohort_clear(&cohort);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_missing_cohort_is_refused),
        CASE(a_missing_image_is_refused_with_its_line),
        CASE(a_missing_label_is_refused_with_its_line),
        CASE(a_row_without_image_is_refused),
        CASE(an_unknown_split_is_refused),
        CASE(a_subject_that_stands_twice_is_refused),
        CASE(a_subject_in_two_splits_is_refused),
        CASE(a_misspelt_column_is_refused_with_the_right_name),
        CASE(a_table_without_an_image_column_is_refused),
        CASE(a_table_without_rows_is_refused),
        CASE(an_id_that_cannot_name_a_file_is_refused),
        CASE(an_empty_folder_is_refused),
        CASE(two_images_of_one_bids_subject_are_refused),
        CASE(two_labels_of_one_bids_subject_are_refused),
        CASE(bids_splits_are_checked),
        CASE(a_cohort_is_not_written_into_a_missing_folder),
        CASE(a_path_that_a_table_cannot_keep_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
