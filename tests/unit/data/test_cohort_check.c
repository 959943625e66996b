#include "data_fixture.h"

static const char *const FOUR[] = {"train", "train", "val", "test"};

/* How many findings of a subject (-1: the cohort) and level hold the words. */
static int count(const wil_cohort_report *report, int subject, wil_finding_level level, const char *words)
{
    int n = 0;
    for (int i = 0; i < report->n_findings; i++)
        n += report->findings[i].subject == subject && report->findings[i].level == level &&
             strstr(report->findings[i].text, words) != NULL;
    return n;
}

static void expect(const wil_cohort_report *report, int subject, wil_finding_level level, const char *words)
{
    if (count(report, subject, level, words) == 1)
        return;
    for (int i = 0; i < report->n_findings; i++)
        print_message("%d %d %s\n", report->findings[i].subject, (int)report->findings[i].level,
            report->findings[i].text);
    fail_msg("not exactly one finding of subject %d with \"%s\"", subject, words);
}

static void drop(wil_cohort_report *report, wil_cohort *cohort)
{
    wil_cohort_report_clear(report);
    wil_cohort_clear(cohort);
}

/* Subject i of a cohort of four, changed by the test, checked again. */
static void check(wil_cohort_report *report, wil_cohort *cohort, const char *folder)
{
    OK(wil_cohort_check(report, cohort, folder, NULL, NULL, NULL));
}

/* A label of n vessel voxels, about 1.9 % of 2400, so that nothing is odd. */
static void a_clean_cohort_has_no_findings_and_its_facts(void **state)
{
    wil_cohort cohort;
    wil_cohort_report report;
    write_cohort(*state, 4, FOUR);
    check(&report, &cohort, *state);
    assert_int_equal(report.n_findings, 0);
    assert_int_equal(report.n_errors + report.n_warnings, 0);
    assert_int_equal(cohort.n_subjects, 4);
    for (int i = 0; i < 4; i++) {
        const wil_subject_facts *facts = &report.facts[i];
        assert_true(facts->readable);
        assert_int_equal(facts->size[0], NX);
        assert_int_equal(facts->size[2], NZ);
        assert_float_equal(facts->spacing_mm[2], 0.7, 1e-6); /* float in the header */
        assert_float_equal(facts->vessel_frac, 9.0 / (NX * NY), 1e-12);
        assert_float_equal(facts->label_disagreement_mm, 0, 1e-9);
        assert_float_equal(facts->mask_disagreement_mm, 0, 1e-9);
        assert_true(facts->intensity_min == 0 && facts->intensity_max > 200 && facts->intensity_max < 240);
        assert_int_equal(facts->n_not_finite, 0);
    }
    drop(&report, &cohort);
}

static void unreadable_and_missing_files_do_not_stop_the_check(void **state)
{
    wil_cohort cohort;
    wil_cohort_report report;
    struct stat info;
    write_cohort(*state, 4, FOUR);
    write_text(in_folder(*state, "a_image.nii"), "this is no image");
    assert_int_equal(unlink(in_folder(*state, "b_label.nii")), 0);
    const char *cut = in_folder(*state, "d_image.nii");
    assert_int_equal(stat(cut, &info), 0);
    assert_int_equal(truncate(cut, info.st_size / 2), 0);
    check(&report, &cohort, *state);
    expect(&report, 0, WIL_FINDING_ERROR, "a_image.nii");
    expect(&report, 1, WIL_FINDING_ERROR, "label of b does not exist");
    expect(&report, 3, WIL_FINDING_ERROR, "d_image.nii");
    assert_int_equal(report.n_errors, 3);
    assert_false(report.facts[0].readable);
    assert_true(isnan(report.facts[0].intensity_max));
    assert_true(report.facts[1].readable && isnan(report.facts[1].vessel_frac));
    assert_true(report.facts[2].readable);
    drop(&report, &cohort);
}

static void a_mask_of_another_size_is_an_error(void **state)
{
    wil_cohort cohort;
    wil_cohort_report report;
    wil_mask small = {0};
    const wil_grid grid = wil_grid_make(NX, NY, 4, 0.5, 0.5, 0.7);
    write_cohort(*state, 4, FOUR);
    OK(wil_mask_make(&small, &grid));
    small.voxels[5] = 1;
    OK(wil_mask_write(&small, in_folder(*state, "c_mask.nii"), ""));
    wil_mask_clear(&small);
    check(&report, &cohort, *state);
    expect(&report, 2, WIL_FINDING_ERROR, "24x20x4 voxels, the image 24x20x5");
    drop(&report, &cohort);
}

static void a_label_stored_with_other_axes_is_a_note_and_its_affine_is_not_to_be_copied(void **state)
{
    wil_cohort cohort;
    wil_cohort_report report;
    wil_scan scan;
    write_cohort(*state, 4, FOUR);
    make_scan(&scan, 1);
    OK(storage_write_mask(in_folder(*state, "b_label.nii"), &scan.label, "LPS"));
    wil_scan_clear(&scan);
    make_scan(&scan, 2);
    scan.label.grid.affine[1][3] += 3;
    OK(storage_write_mask(in_folder(*state, "c_label.nii"), &scan.label, "LPS"));
    wil_scan_clear(&scan);
    check(&report, &cohort, *state);
    expect(&report, 1, WIL_FINDING_NOTE, "is stored LPS, the image RAS; it was turned to lie on it");
    expect(&report, 2, WIL_FINDING_ERROR, "would mirror or turn it: resample it (willis conform --like)");
    assert_int_equal(report.n_errors, 1);
    drop(&report, &cohort);
}

static void shift_label(const char *folder, const char *id, unsigned number, double mm)
{
    wil_scan scan;
    make_scan(&scan, number);
    scan.label.grid.affine[1][3] += mm;
    write_scan(folder, id, &scan);
    wil_scan_clear(&scan);
}

static void affines_that_disagree_are_judged_in_millimetres(void **state)
{
    wil_cohort cohort;
    wil_cohort_report report;
    write_cohort(*state, 4, FOUR);
    shift_label(*state, "a", 0, 2e-4);
    shift_label(*state, "b", 1, 0.1);
    shift_label(*state, "c", 2, 0.3); /* voxels of 0.5 mm */
    shift_label(*state, "d", 3, 0.005);
    check(&report, &cohort, *state);
    expect(&report, 0, WIL_FINDING_NOTE, "rounding and does not matter");
    expect(&report, 1, WIL_FINDING_WARNING,
        "0.1 mm away from the image, less than half a voxel; training refuses");
    expect(&report, 2, WIL_FINDING_ERROR, "0.3 mm away from the image, more than half a voxel");
    expect(&report, 3, WIL_FINDING_WARNING, "0.005 mm away from the image, less than half a voxel; harmless");
    assert_float_equal(report.facts[1].label_disagreement_mm, 0.1, 1e-5); /* float in the header */
    assert_int_equal(report.n_errors, 1);
    assert_int_equal(report.n_warnings, 2);
    drop(&report, &cohort);
}

static void wrong_label_values_are_told_with_their_numbers(void **state)
{
    wil_cohort cohort;
    wil_cohort_report report;
    wil_volume label = {0};
    const wil_grid grid = test_grid();
    write_cohort(*state, 4, FOUR);
    OK(wil_volume_make(&label, &grid, 1));
    for (int i = 0; i < 30; i++)
        label.voxels[i] = i < 20 ? 255 : 2;
    OK(wil_volume_write(&label, in_folder(*state, "a_label.nii"), WIL_NIFTI_U8, ""));
    wil_volume_clear(&label);
    check(&report, &cohort, *state);
    expect(&report, 0, WIL_FINDING_ERROR, "0 and 1 only, but holds 255 (20 voxels), 2 (10 voxels);");
    assert_float_equal(report.facts[0].vessel_frac, 30.0 / 2400, 1e-12);
    drop(&report, &cohort);
}

static void empty_sparse_and_missing_labels_are_found(void **state)
{
    wil_cohort cohort;
    wil_cohort_report report;
    wil_scan scan;
    write_cohort(*state, 3, FOUR);
    make_scan(&scan, 0);
    memset(scan.label.voxels, 0, wil_grid_count(&scan.label.grid));
    write_scan(*state, "a", &scan);
    wil_scan_clear(&scan);
    make_scan(&scan, 1);
    memset(scan.label.voxels, 0, wil_grid_count(&scan.label.grid));
    scan.label.voxels[99] = 1;
    write_scan(*state, "b", &scan);
    wil_scan_clear(&scan);
    write_text(in_folder(*state, "cohort.tsv"), "subject\tsplit\timage\tlabel\n"
                                                "a\ttrain\ta_image.nii\ta_label.nii\n"
                                                "b\ttrain\tb_image.nii\tb_label.nii\n"
                                                "c\tval\tc_image.nii\t\n");
    check(&report, &cohort, *state);
    expect(&report, 0, WIL_FINDING_ERROR, "a_label.nii is empty");
    expect(&report, 1, WIL_FINDING_WARNING, "0.0417 % of the voxels are vessel");
    expect(&report, 2, WIL_FINDING_WARNING, "is in the split val but has no label");
    assert_int_equal(report.n_findings, 3);
    drop(&report, &cohort);
}

static void nan_and_constant_images_are_errors(void **state)
{
    wil_cohort cohort;
    wil_cohort_report report;
    wil_scan scan;
    const float bad[2] = {NAN, INFINITY};
    write_cohort(*state, 4, FOUR);
    FILE *file = fopen(in_folder(*state, "a_image.nii"), "r+b"); /* voxels end the file */
    assert_non_null(file);
    assert_int_equal(fseek(file, -(long)sizeof bad, SEEK_END), 0);
    assert_int_equal(fwrite(bad, sizeof *bad, 2, file), 2);
    fclose(file);
    make_scan(&scan, 1);
    for (size_t i = 0; i < wil_grid_count(&scan.image.grid); i++)
        scan.image.voxels[i] = 12;
    write_scan(*state, "b", &scan);
    wil_scan_clear(&scan);
    check(&report, &cohort, *state);
    expect(&report, 0, WIL_FINDING_ERROR, "2 NaN or infinite voxels of 2400");
    assert_int_equal(report.facts[0].n_not_finite, 2);
    expect(&report, 1, WIL_FINDING_ERROR, "is constant: every voxel is 12");
    drop(&report, &cohort);
}

static void an_odd_spacing_is_a_warning(void **state)
{
    wil_cohort cohort;
    wil_cohort_report report;
    wil_scan scan;
    write_cohort(*state, 4, FOUR);
    make_scan(&scan, 2);
    scan.image.grid = scan.label.grid = scan.brain.grid = wil_grid_make(NX, NY, NZ, 0.5, 0.5, 0.9);
    write_scan(*state, "c", &scan);
    wil_scan_clear(&scan);
    check(&report, &cohort, *state);
    expect(&report, 2, WIL_FINDING_WARNING, "0.5x0.5x0.9 mm differ by more than 20 %");
    assert_int_equal(report.n_findings, 1);
    drop(&report, &cohort);
}

static void one_patient_in_two_splits_is_found_by_its_voxels(void **state)
{
    wil_cohort cohort;
    wil_cohort_report report;
    write_cohort(*state, 4, FOUR);
    write_numbered(*state, "d", 0); /* the scan of a, under another name, in the test split */
    check(&report, &cohort, *state);
    expect(&report, 3, WIL_FINDING_ERROR,
        "a (train) and d (test) are the same scan: their images are identical voxel by voxel; one patient in "
        "two splits");
    assert_int_equal(report.n_errors, 1);
    drop(&report, &cohort);
}

/* A label of several structures, one of 0 and 255, a brain mask of 0 and 255, and a label that is all 1. */
static void labels_are_read_by_the_rule_that_is_given(void **state)
{
    wil_cohort cohort;
    wil_cohort_report report;
    wil_scan scan;
    WIL_OWN(wil_volume) values = {0};
    const wil_grid grid = test_grid();
    const wil_mask_rule binarise = {.binarise = true}, second = {.foreground = (char *)"2"};
    write_cohort(*state, 4, FOUR);
    make_scan(&scan, 0);
    OK(wil_volume_make(&values, &grid, 1));
    for (size_t i = 0; i < NX * NY * NZ; i++)
        values.voxels[i] = scan.label.voxels[i] ? 255 : 0;
    OK(wil_volume_write(&values, in_folder(*state, "a_label.nii"), WIL_NIFTI_U8, ""));
    for (size_t i = 0; i < NX * NY * NZ; i++)
        values.voxels[i] = scan.brain.voxels[i] ? 255 : 0;
    OK(wil_volume_write(&values, in_folder(*state, "b_mask.nii"), WIL_NIFTI_U8, ""));
    check(&report, &cohort, *state);
    expect(&report, 0, WIL_FINDING_ERROR, "255 (45 voxels); set what is foreground");
    expect(&report, 1, WIL_FINDING_ERROR, "holds 255");
    drop(&report, &cohort);
    OK(wil_cohort_check(&report, &cohort, *state, &binarise, NULL, NULL));
    assert_int_equal(report.n_errors, 0);
    wil_scan back;
    OK(wil_scan_read(&back, &cohort.subjects[0]));
    assert_memory_equal(back.label.voxels, scan.label.voxels, NX * NY * NZ);
    wil_scan_clear(&back);
    OK(wil_scan_read(&back, &cohort.subjects[1]));
    assert_memory_equal(back.brain.voxels, scan.brain.voxels, NX * NY * NZ);
    wil_scan_clear(&back);
    drop(&report, &cohort);
    write_cohort(*state, 4, FOUR);
    for (size_t i = 0; i < NX * NY * NZ; i++)
        values.voxels[i] = scan.label.voxels[i] ? 2 : scan.brain.voxels[i] ? 1 : 0;
    OK(wil_volume_write(&values, in_folder(*state, "c_label.nii"), WIL_NIFTI_U8, ""));
    for (int k = 0; k < 4; k++) /* the others as structure 2 too */
        if (k != 2)
            OK(wil_volume_write(&values, in_folder(*state, "%c_label.nii", 'a' + k), WIL_NIFTI_U8, ""));
    OK(wil_cohort_check(&report, &cohort, *state, &second, NULL, NULL));
    assert_int_equal(report.n_errors, 0);
    assert_float_equal(report.facts[2].vessel_frac, 45.0 / (NX * NY * NZ), 1e-12);
    drop(&report, &cohort);
    wil_scan_clear(&scan);
}

static void a_label_that_is_1_everywhere_is_refused(void **state)
{
    wil_cohort cohort;
    wil_cohort_report report;
    wil_scan scan;
    write_cohort(*state, 4, FOUR);
    make_scan(&scan, 0);
    memset(scan.label.voxels, 1, NX * NY * NZ);
    memset(scan.brain.voxels, 1, NX * NY * NZ); /* a brain may fill the field */
    write_scan(*state, "a", &scan);
    wil_scan_clear(&scan);
    check(&report, &cohort, *state);
    expect(&report, 0, WIL_FINDING_ERROR, "a_label.nii is 1 everywhere");
    assert_int_equal(report.n_errors, 1);
    REFUSED(
        WIL_ERR_INPUT, wil_scan_read(&scan, &cohort.subjects[0]), "a_label.nii is 1 everywhere", "inverted");
    drop(&report, &cohort);
}

/* Anonymised copies come mirrored, turned, or with intensities of another range; what is another patient of
 * the same shape stays one. */
static void a_copy_in_another_split_is_found_though_flipped_exchanged_or_rescaled(void **state)
{
    static const char *const codes[] = {"LAS", "ARS", "RAS", "PSL"};
    for (int k = 0; k < 4; k++) {
        wil_cohort cohort;
        wil_cohort_report report;
        wil_scan scan;
        write_cohort(*state, 4, FOUR);
        make_scan(&scan, 0);
        const wil_orientation turn = storage_turn(codes[k]);
        OK(wil_volume_turn(&scan.image, &turn));
        OK(wil_mask_turn(&scan.label, &turn));
        OK(wil_mask_turn(&scan.brain, &turn));
        const int *size = scan.image.grid.size;
        const wil_grid grid =
            wil_grid_make(size[0], size[1], size[2], 0.5, 0.5, 0.7); /* the mirror is lost */
        scan.image.grid = scan.label.grid = scan.brain.grid = grid;
        for (size_t i = 0; i < wil_grid_count(&grid); i++)
            scan.image.voxels[i] = roundf(sqrtf(scan.image.voxels[i]) * (k >= 2 ? 100 : 1000));
        write_scan(*state, "d", &scan);
        wil_scan_clear(&scan);
        check(&report, &cohort, *state);
        expect(&report, 3, WIL_FINDING_ERROR, "a (train) and d (test) are the same scan");
        expect(&report, 3, WIL_FINDING_ERROR,
            k == 0   ? "copy of the first with axes reversed (rank"
            : k == 1 ? "copy of the first with axes exchanged (rank"
            : k == 2 ? "copy of the first with other intensities (rank"
                     : "copy of the first with axes exchanged and reversed (rank");
        assert_int_equal(report.n_errors, 1);
        drop(&report, &cohort);
    }
}

/* The same head stored in another order is the same voxels. */
static void a_copy_stored_otherwise_is_identical(void **state)
{
    wil_cohort cohort;
    wil_cohort_report report;
    wil_scan scan;
    write_cohort(*state, 4, FOUR);
    make_scan(&scan, 0);
    OK(storage_write_scan(*state, "d", &scan, "PSR"));
    wil_scan_clear(&scan);
    check(&report, &cohort, *state);
    expect(&report, 3, WIL_FINDING_ERROR, "identical voxel by voxel");
    assert_int_equal(report.n_errors, 1);
    drop(&report, &cohort);
}

/* Smooth noise, as a head is at the size of a cell. */
static void write_smooth(wil_volume *out, const char *path, uint64_t number)
{
    const wil_grid grid = wil_grid_make(48, 40, 30, 1, 1, 1);
    OK(wil_volume_make(out, &grid, 1));
    wil_rng_fill_uniform_f32(wil_rng_at(number, WIL_RNG_TEST, 1), 0, wil_grid_count(&grid), out->voxels);
    OK(wil_volume_smooth(out, 2));
    OK(wil_volume_write(out, path, WIL_NIFTI_F32, ""));
}

static void a_resampled_copy_is_a_warning(void **state)
{
    wil_cohort cohort;
    wil_cohort_report report;
    const wil_grid fine = wil_grid_make(72, 60, 45, 2. / 3, 2. / 3, 2. / 3);
    WIL_OWN(wil_volume) first = {0}, second = {0}, copy = {0};
    write_smooth(&first, in_folder(*state, "a.nii"), 1);
    write_smooth(&second, in_folder(*state, "b.nii"), 2);
    OK(wil_volume_resample(&copy, &first, &fine));
    OK(wil_volume_write(&copy, in_folder(*state, "c.nii"), WIL_NIFTI_F32, ""));
    write_text(in_folder(*state, "cohort.tsv"),
        "subject\tsplit\timage\na\ttrain\ta.nii\nb\ttrain\tb.nii\nc\ttest\tc.nii\n");
    check(&report, &cohort, *state);
    expect(&report, 2, WIL_FINDING_WARNING, "c looks like a on another grid");
    assert_int_equal(report.n_errors, 0);
    drop(&report, &cohort);
}

static void one_file_under_two_subjects_is_found(void **state)
{
    wil_cohort cohort;
    wil_cohort_report report;
    write_cohort(*state, 2, FOUR);
    write_text(in_folder(*state, "cohort.tsv"), "subject\tsplit\timage\n"
                                                "p1\t\ta_image.nii\n"
                                                "p2\t\t./a_image.nii\n");
    check(&report, &cohort, *state);
    expect(&report, 1, WIL_FINDING_ERROR, "p1 and p2 are the same scan: their images are one file");
    expect(&report, -1, WIL_FINDING_NOTE, "2 of 2 subjects have no split");
    drop(&report, &cohort);
}

static void table_errors_become_findings(void **state)
{
    wil_cohort cohort;
    wil_cohort_report report;
    write_cohort(*state, 4, FOUR);
    write_text(in_folder(*state, "cohort.tsv"), "subject\tsplit\timage\tlabel\n"
                                                "a\ttrain\ta_image.nii\ta_label.nii\n"
                                                "a\ttest\ta_image.nii\ta_label.nii\n"
                                                "b\ttrian\tb_image.nii\tb_label.nii\n"
                                                "c\tval\tgone.nii\tc_label.nii\n");
    check(&report, &cohort, *state);
    assert_int_equal(cohort.n_subjects, 4);
    expect(&report, 1, WIL_FINDING_ERROR, "cohort.tsv:3: a is in two splits, train (line 2) and test");
    expect(&report, 2, WIL_FINDING_ERROR, "cohort.tsv:4: unknown split 'trian' of b");
    expect(&report, 3, WIL_FINDING_ERROR, "cohort.tsv:5: the image of c does not exist");
    assert_int_equal(report.n_errors, 3);
    drop(&report, &cohort);
}

static void a_series_where_a_volume_is_needed_is_an_error(void **state)
{
    wil_cohort cohort;
    wil_cohort_report report;
    wil_volume series = {0};
    const wil_grid grid = test_grid();
    write_cohort(*state, 4, FOUR);
    OK(wil_volume_make(&series, &grid, 3));
    series.tr_s = 1.5;
    series.voxels[0] = 1;
    OK(wil_volume_write(&series, in_folder(*state, "a_image.nii"), WIL_NIFTI_F32, ""));
    wil_volume_clear(&series);
    check(&report, &cohort, *state);
    expect(&report, 0, WIL_FINDING_ERROR, "3 time points");
    drop(&report, &cohort);
}

static void overlays_are_written_for_every_readable_scan(void **state)
{
    wil_cohort cohort;
    wil_cohort_report report;
    write_cohort(*state, 4, FOUR);
    write_text(in_folder(*state, "b_image.nii"), "this is no image");
    assert_int_equal(unlink(in_folder(*state, "c_label.nii")), 0);
    OK(wil_cohort_check(&report, &cohort, *state, NULL, in_folder(*state, "views/of"), NULL));
    assert_true(wil_file_exists(in_folder(*state, "views/of/a.png")));
    assert_false(wil_file_exists(in_folder(*state, "views/of/b.png")));
    assert_true(wil_file_exists(in_folder(*state, "views/of/c.png")));
    assert_true(wil_file_exists(in_folder(*state, "views/of/d.png")));
    drop(&report, &cohort);
}

static bool stop_at_once(void *user)
{
    (void)user;
    return true;
}

static void what_cannot_be_checked_at_all_is_refused(void **state)
{
    wil_cohort cohort;
    wil_cohort_report report;
    const wil_monitor impatient = {.stop_requested = stop_at_once};
    REFUSED(WIL_ERR_INPUT, wil_cohort_check(&report, &cohort, in_folder(*state, "gone"), NULL, NULL, NULL),
        "no such file or folder");
    REFUSED(WIL_ERR_INPUT, wil_cohort_check(&report, &cohort, *state, NULL, NULL, NULL), "no subject found");
    write_cohort(*state, 4, FOUR);
    REFUSED(WIL_ERR_ARG,
        wil_cohort_check(&report, &cohort, *state, NULL, in_folder(*state, "cohort.tsv"), NULL),
        "cohort.tsv");
    REFUSED(WIL_ERR_INTERRUPTED, wil_cohort_check(&report, &cohort, *state, NULL, NULL, &impatient),
        "after 1 of 4 subjects");
    assert_null(report.facts);
    assert_null(cohort.subjects);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_clean_cohort_has_no_findings_and_its_facts),
        CASE(unreadable_and_missing_files_do_not_stop_the_check),
        CASE(a_mask_of_another_size_is_an_error),
        CASE(a_label_stored_with_other_axes_is_a_note_and_its_affine_is_not_to_be_copied),
        CASE(affines_that_disagree_are_judged_in_millimetres),
        CASE(wrong_label_values_are_told_with_their_numbers),
        CASE(empty_sparse_and_missing_labels_are_found),
        CASE(nan_and_constant_images_are_errors),
        CASE(an_odd_spacing_is_a_warning),
        CASE(one_patient_in_two_splits_is_found_by_its_voxels),
        CASE(one_file_under_two_subjects_is_found),
        CASE(labels_are_read_by_the_rule_that_is_given),
        CASE(a_label_that_is_1_everywhere_is_refused),
        CASE(a_copy_in_another_split_is_found_though_flipped_exchanged_or_rescaled),
        CASE(a_copy_stored_otherwise_is_identical),
        CASE(a_resampled_copy_is_a_warning),
        CASE(table_errors_become_findings),
        CASE(a_series_where_a_volume_is_needed_is_an_error),
        CASE(overlays_are_written_for_every_readable_scan),
        CASE(what_cannot_be_checked_at_all_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
