#include "data_fixture.h"

static void a_scan_is_read_with_label_and_mask(void **state)
{
    wil_scan scan;
    write_numbered(*state, "p", 3);
    wil_subject subject = subject_of(*state, "p", true, true);
    OK(wil_scan_read(&scan, &subject));
    assert_int_equal(wil_mask_count(&scan.label), 9 * NZ);
    assert_true(wil_mask_count(&scan.brain) > wil_mask_count(&scan.label));
    assert_int_equal(scan.image.grid.size[0], NX);
    wil_scan_clear(&scan);
    assert_null(scan.image.voxels);
    drop_subject(&subject);
}

static void a_subject_may_have_an_image_only(void **state)
{
    wil_scan scan;
    write_numbered(*state, "p", 3);
    wil_subject subject = subject_of(*state, "p", false, false);
    OK(wil_scan_read(&scan, &subject));
    assert_null(scan.label.voxels);
    assert_null(scan.brain.voxels);
    wil_scan_clear(&scan);
    drop_subject(&subject);
}

/* Reads subject p of the folder and expects a refusal that names it. */
#define SCAN_REFUSED(folder, ...)                                                                            \
    do {                                                                                                     \
        wil_scan read_;                                                                                      \
        wil_subject subject_ = subject_of(folder, "p", true, true);                                          \
        REFUSED(WIL_ERR_INPUT, wil_scan_read(&read_, &subject_), "p: ", __VA_ARGS__);                        \
        assert_null(read_.image.voxels);                                                                     \
        drop_subject(&subject_);                                                                             \
    } while (0)

static void voxels_that_are_not_finite_are_refused_with_their_number(void **state)
{
    write_numbered(*state, "p", 3);
    /* the writer refuses NaN, so three are put into the file behind its header (float voxels end the file) */
    FILE *file = fopen(in_folder(*state, "p_image.nii"), "r+b");
    const float bad[3] = {NAN, INFINITY, -INFINITY};
    assert_non_null(file);
    assert_int_equal(fseek(file, -(long)sizeof bad, SEEK_END), 0);
    assert_int_equal(fwrite(bad, sizeof *bad, 3, file), 3);
    fclose(file);
    SCAN_REFUSED(*state, "p_image.nii", "3 NaN or infinite voxels of 2400");
}

static void a_label_of_other_values_is_refused(void **state)
{
    wil_scan scan;
    make_scan(&scan, 3);
    write_scan(*state, "p", &scan);
    OK(wil_volume_write(&scan.image, in_folder(*state, "p_label.nii"), WIL_NIFTI_F32, ""));
    wil_scan_clear(&scan);
    SCAN_REFUSED(*state, "p_label.nii");
}

static void an_empty_label_is_refused(void **state)
{
    wil_scan scan;
    make_scan(&scan, 3);
    memset(scan.label.voxels, 0, wil_grid_count(&scan.label.grid));
    write_scan(*state, "p", &scan);
    wil_scan_clear(&scan);
    SCAN_REFUSED(*state, "label", "p_label.nii", "is empty", "2400");
}

static void a_label_of_another_size_is_refused(void **state)
{
    wil_mask small = {0};
    const wil_grid grid = wil_grid_make(NX, NY, NZ - 1, 0.5, 0.5, 0.7);
    write_numbered(*state, "p", 3);
    OK(wil_mask_make(&small, &grid));
    small.voxels[0] = 1;
    OK(wil_mask_write(&small, in_folder(*state, "p_label.nii"), ""));
    wil_mask_clear(&small);
    SCAN_REFUSED(*state, "24x20x4", "24x20x5", "resample");
}

static void a_mask_that_lies_elsewhere_is_refused_with_the_distance(void **state)
{
    wil_scan scan;
    make_scan(&scan, 3);
    scan.brain.grid.affine[2][3] += 0.05;
    write_scan(*state, "p", &scan);
    wil_scan_clear(&scan);
    SCAN_REFUSED(*state, "brain mask", "0.05 mm away", "copy the image's affine");
}

static void a_header_rounding_away_is_accepted(void **state)
{
    wil_scan scan;
    make_scan(&scan, 3);
    scan.label.grid.affine[0][3] += 0.005;
    write_scan(*state, "p", &scan);
    wil_scan_clear(&scan);
    wil_subject subject = subject_of(*state, "p", true, true);
    OK(wil_scan_read(&scan, &subject));
    wil_scan_clear(&scan);
    drop_subject(&subject);
}

/* A label whose file has an axis reversed lies on the image all the same, as a drawing program may store it.
 */
static void a_label_stored_with_other_axes_is_turned_and_told(void **state)
{
    wil_scan scan, back;
    make_scan(&scan, 3);
    scan.label.voxels[voxel(2, 3, 1)] = 1; /* nothing symmetric */
    write_scan(*state, "p", &scan);
    OK(storage_write_mask(in_folder(*state, "p_label.nii"), &scan.label, "LAS"));
    OK(storage_write_mask(in_folder(*state, "p_mask.nii"), &scan.brain, "SPL"));
    wil_subject subject = subject_of(*state, "p", true, true);
    OK(wil_scan_read(&back, &subject));
    assert_memory_equal(back.label.voxels, scan.label.voxels, NX * NY * NZ);
    assert_memory_equal(back.brain.voxels, scan.brain.voxels, NX * NY * NZ);
    assert_memory_equal(back.image.voxels, scan.image.voxels, NX * NY * NZ * sizeof(float));
    assert_non_null(back.notes);
    SAYS(back.notes, "p: label", "is stored LAS, the image RAS; it was turned", "brain mask", "stored SPL");
    wil_scan_clear(&back);
    wil_scan_clear(&scan);
    drop_subject(&subject);
}

/* At 45 degrees two files of one grid may come out with other axes; the label is laid on the image. */
static void a_label_of_an_image_at_45_degrees_lies_on_it_however_stored(void **state)
{
    static const char *const codes[] = {"RAS", "LPS", "ARS", "PRI", "SAR", "IRA"};
    wil_scan scan;
    make_scan(&scan, 3);
    wil_grid grid = wil_grid_make(NX, NY, NZ, 0.5, 0.5, 0.7);
    for (int k = 0; k < 2; k++) {
        grid.affine[k][0] = 0.5 * sqrt(0.5);
        grid.affine[k][1] = (k == 0 ? -0.5 : 0.5) * sqrt(0.5);
    }
    scan.image.grid = scan.label.grid = scan.brain.grid = grid;
    for (int k = 0; k < 6; k++) {
        wil_scan back;
        write_scan(*state, "p", &scan);
        OK(storage_write_mask(in_folder(*state, "p_label.nii"), &scan.label, codes[k]));
        OK(storage_write_volume(in_folder(*state, "p_image.nii"), &scan.image, WIL_NIFTI_F32, codes[5 - k]));
        wil_subject subject = subject_of(*state, "p", true, true);
        OK(wil_scan_read(&back, &subject));
        for (size_t i = 0; i < (size_t)NX * NY * NZ; i++)
            assert_true(back.label.voxels[i] == 0 || back.image.voxels[i] >= 200); /* bright on the vessel */
        assert_int_equal(wil_mask_count(&back.label), 9 * NZ);
        wil_scan_clear(&back);
        drop_subject(&subject);
    }
    wil_scan_clear(&scan);
}

/* The two forms of one header: programs that take the qform see the patient mirrored. */
static void a_qform_that_mirrors_the_sform_is_told(void **state)
{
    wil_scan scan;
    uint8_t *bytes = NULL;
    size_t n = 0;
    const float one = 1;
    const char *path = in_folder(*state, "p_image.nii");
    make_scan(&scan, 3);
    write_scan(*state, "p", &scan);
    wil_scan_clear(&scan);
    wil_subject subject = subject_of(*state, "p", true, true);
    OK(wil_scan_read(&scan, &subject));
    assert_null(scan.notes);
    wil_scan_clear(&scan);
    OK(wil_file_read(path, (char **)&bytes, &n));
    memcpy(bytes + 260, &one, sizeof one); /* quatern_c = 1: half a turn about y; x and z are reversed */
    OK(wil_file_write(path, bytes, n));
    wil_free(bytes);
    OK(wil_scan_read(&scan, &subject));
    assert_non_null(scan.notes);
    SAYS(scan.notes, "p: ", "p_image.nii: its qform has the axes LAI, its sform RAS", "willis conform");
    wil_scan_clear(&scan);
    drop_subject(&subject);
}

static void the_range_is_robust_against_a_few_voxels(void **state)
{
    (void)state;
    const wil_grid grid = wil_grid_make(100, 100, 10, 1, 1, 1);
    wil_volume image = {0};
    float range[2];
    OK(wil_volume_make(&image, &grid, 1));
    for (int i = 0; i < 100000; i++)
        image.voxels[i] = (float)i;
    image.voxels[99999] = 1e9f;
    OK(wil_scan_range(range, &image, NULL));
    /* order statistics of 0, 1, 2, ...: the quantiles are 0.001 and 0.999 of 99999, exact in float to 0.01 */
    assert_float_equal(range[0], 99.999, 0.01);
    assert_float_equal(range[1], 99899.001, 0.01);
    wil_volume_clear(&image);
}

static void the_range_is_taken_within_the_brain(void **state)
{
    (void)state;
    wil_scan scan;
    float range[2];
    make_scan(&scan, 3);
    for (size_t i = 0; i < wil_grid_count(&scan.image.grid); i++)
        scan.image.voxels[i] = scan.brain.voxels[i] ? 50.0f + (float)(i % 3) : 1000.0f;
    OK(wil_scan_range(range, &scan.image, &scan.brain));
    assert_true(range[0] == 50.0f && range[1] == 52.0f);
    memset(scan.brain.voxels, 0, wil_grid_count(&scan.brain.grid));
    REFUSED(WIL_ERR_INPUT, wil_scan_range(range, &scan.image, &scan.brain), "brain mask is empty");
    scan.image.voxels[7] = NAN;
    REFUSED(WIL_ERR_INPUT, wil_scan_range(range, &scan.image, NULL), "1 NaN or infinite voxels");
    wil_scan_clear(&scan);
}

static void a_constant_scan_has_a_range_that_can_be_divided_by(void **state)
{
    (void)state;
    const wil_grid grid = test_grid();
    wil_volume image = {0};
    float range[2];
    OK(wil_volume_make(&image, &grid, 1));
    OK(wil_scan_range(range, &image, NULL));
    assert_true(range[0] == 0.0f && range[1] == 1.0f);
    wil_volume_clear(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_scan_is_read_with_label_and_mask),
        CASE(a_subject_may_have_an_image_only),
        CASE(voxels_that_are_not_finite_are_refused_with_their_number),
        CASE(a_label_of_other_values_is_refused),
        CASE(an_empty_label_is_refused),
        CASE(a_label_of_another_size_is_refused),
        CASE(a_mask_that_lies_elsewhere_is_refused_with_the_distance),
        CASE(a_header_rounding_away_is_accepted),
        CASE(a_label_stored_with_other_axes_is_turned_and_told),
        CASE(a_label_of_an_image_at_45_degrees_lies_on_it_however_stored),
        CASE(a_qform_that_mirrors_the_sform_is_told),
        cmocka_unit_test(the_range_is_robust_against_a_few_voxels),
        cmocka_unit_test(the_range_is_taken_within_the_brain),
        cmocka_unit_test(a_constant_scan_has_a_range_that_can_be_divided_by),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
