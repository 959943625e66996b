/* Measures that are computed when they are asked for, against NumPy, SciPy and scikit-image, and closed
 * forms. */
#include "test.h"

#include "metrics_fixture.h"
#include "metrics_internal.h"

static wil_seg_config everything(void)
{
    wil_seg_config config = wil_seg_config_default();
    config.n_tolerances = 3;
    for (int k = 0; k < 3; k++)
        config.nsd_tolerance_mm[k] = 0.5 * (1 << k);
    config.boundary_mm = 1;
    config.nsd_area = config.hd95_pooled = config.betti = config.instances = true;
    return config;
}

/* The value of a column by its name. */
static double column(const wil_seg_scores *s, const wil_seg_config *config, const char *name)
{
    char text[48];
    for (int i = 0; i < wil_seg_columns(config); i++)
        if (strcmp(wil_seg_column(text, config, i), name) == 0)
            return s->value[i];
    fail_msg("there is no column %s", name);
    return NAN;
}

static wil_seg_scores evaluated(
    const wil_mask *truth, const wil_mask *prediction, const wil_seg_config *config)
{
    wil_seg_scores s;
    OK(wil_seg_evaluate(&s, truth, prediction, NULL, config));
    return s;
}

/* Quotients of counts are equal; sums of areas and quantiles round in another order. */
static void compare_surfaces(
    const wil_seg_scores *s, const wil_seg_config *config, const char *shape, int seed)
{
    for (int k = 0; k < 3; k++) {
        const double tolerance = config->nsd_tolerance_mm[k];
        char name[48];
        snprintf(name, sizeof name, "nsd_%gmm", tolerance);
        assert_true(column(s, config, name) == vector("%s%d_nsd_%g", shape, seed, tolerance));
        snprintf(name, sizeof name, "nsd_area_%gmm", tolerance);
        NEAR(column(s, config, name), vector("%s%d_nsd_area_%g", shape, seed, tolerance), 1e-12);
    }
    NEAR(column(s, config, "hd95_pooled_mm"), vector("%s%d_hd95_pooled", shape, seed), 1e-12);
    assert_true(column(s, config, "boundary_iou_1mm") == vector("%s%d_boundary_iou", shape, seed));
}

TEST(tolerances_area_pooled_quantile_and_boundary_are_those_of_numpy)
{
    const wil_seg_config config = everything();
    for (int seed = 1; seed <= 4; seed++) {
        WIL_OWN(wil_mask) truth = blob_mask(seed, 1, 32, 30, 28), prediction = blob_mask(seed, 2, 32, 30, 28);
        WIL_OWN(wil_mask) flat = blob_mask(seed, 1, 64, 60, 1), other = blob_mask(seed, 2, 64, 60, 1);
        const wil_seg_scores solid = evaluated(&truth, &prediction, &config);
        const wil_seg_scores picture = evaluated(&flat, &other, &config);
        compare_surfaces(&solid, &config, "blob", seed);
        compare_surfaces(&picture, &config, "flat", seed);
    }
}

TEST(betti_numbers_and_pieces_are_those_of_scikit_image)
{
    wil_seg_config config = everything();
    for (int seed = 1; seed <= 4; seed++) {
        WIL_OWN(wil_mask) truth = blob_mask(seed, 1, 32, 30, 28), prediction = blob_mask(seed, 2, 32, 30, 28);
        static const char *const names[] = {"betti0_truth", "betti1_truth", "betti2_truth",
            "betti0_prediction", "betti1_prediction", "betti2_prediction"};
        config.instance_iou = 0;
        wil_seg_scores s = evaluated(&truth, &prediction, &config);
        for (int k = 0; k < 6; k++)
            assert_true(column(&s, &config, names[k]) == vector("blob%d_%s", seed, names[k]));
        assert_true(column(&s, &config, "instances_truth") == column(&s, &config, "betti0_truth"));
        assert_true(column(&s, &config, "instance_false_positives") == vector("blob%d_instance_fp", seed));
        assert_true(column(&s, &config, "instance_f1") == vector("blob%d_instance_f1", seed));
        config.instance_iou = 0.5;
        s = evaluated(&truth, &prediction, &config);
        assert_true(column(&s, &config, "instance_f1") == vector("blob%d_instance_f1_iou", seed));
    }
}

/* Three lesions; one is found, one cut in two, one missed; one is invented. */
TEST(pieces_are_counted_as_by_hand)
{
    wil_seg_config config = everything();
    WIL_OWN(wil_mask) truth = empty_mask(40, 20, 10), prediction = empty_mask(40, 20, 10);
    set_box(&truth, 1, 4, 1, 4, 1, 4, 1);
    set_box(&truth, 10, 19, 1, 4, 1, 4, 1);
    set_box(&truth, 30, 33, 1, 4, 1, 4, 1);
    set_box(&prediction, 1, 4, 1, 4, 1, 4, 1);
    set_box(&prediction, 10, 12, 1, 4, 1, 4, 1); /* 48 of 160 voxels, IoU 0.3 */
    set_box(&prediction, 16, 19, 1, 4, 1, 4, 1); /* 64 of 160, IoU 0.4 */
    set_box(&prediction, 1, 4, 12, 14, 1, 4, 1);
    const double ious[] = {0, 0.35, 0.5};
    const double found[] = {2, 2, 1}, false_positives[] = {1, 2, 3};
    for (int k = 0; k < 3; k++) {
        config.instance_iou = ious[k];
        const wil_seg_scores s = evaluated(&truth, &prediction, &config);
        assert_true(column(&s, &config, "instances_truth") == 3);
        assert_true(column(&s, &config, "instances_prediction") == 4);
        assert_true(column(&s, &config, "instance_missed") == 3 - found[k]);
        assert_true(column(&s, &config, "instance_false_positives") == false_positives[k]);
        assert_true(column(&s, &config, "instance_sensitivity") == found[k] / 3);
        assert_true(column(&s, &config, "instance_precision") == found[k] / (found[k] + false_positives[k]));
        NEAR(column(&s, &config, "instance_f1"), 2 * found[k] / (found[k] + false_positives[k] + 3), 1e-15);
    }
}

/* One voxel is an octahedron with diagonals as long as the spacing, two a longer one: areas of surfaces in
 * closed form, in a spacing of 0.5, 0.75 and 1.25 mm. */
TEST(areas_of_small_bodies_are_those_of_their_faces)
{
    const wil_seg_config config = everything();
    const double a = 0.5, b = 0.75, c = 1.25;
    const double one = sqrt(a * b * a * b + b * c * b * c + c * a * c * a);
    const double two = one + 2 * a * sqrt(b * b + c * c);
    WIL_OWN(wil_mask) truth = empty_mask(40, 20, 10), prediction = empty_mask(40, 20, 10);
    set_box(&truth, 2, 2, 3, 3, 4, 4, 1);
    set_box(&prediction, 2, 2, 3, 3, 4, 4, 1);
    set_box(&truth, 20, 21, 3, 3, 4, 4, 1); /* far away */
    const wil_seg_scores s = evaluated(&truth, &prediction, &config);
    NEAR(column(&s, &config, "nsd_area_0.5mm"), 2 * one / (2 * one + two), 1e-15);
    assert_true(column(&s, &config, "nsd_0.5mm") == 0.5); /* two of four voxels */
}

/* Every pattern of eight voxels has the area of its shape however it is turned, and of its opposite; a plane
 * between voxels that of their faces. */
TEST(a_cell_has_the_same_area_however_it_is_turned)
{
    static const double unit[3] = {1, 1, 1}, mm[3] = {0.5, 0.75, 1.25};
    const double known[][2] = {{0x01, sqrt(3) / 8}, {0x03, sqrt(2) / 2}, {0x06, sqrt(3) / 4},
        {0x07, 0.5 + 3 * sqrt(3) / 8}, {0x0F, 1}, {0x17, 3 * sqrt(3) / 4}, {0x1B, sqrt(2) / 2 + sqrt(3) / 2},
        {0x18, sqrt(3) / 4}, {0x69, sqrt(3) / 2}};
    for (int k = 0; k < (int)(sizeof known / sizeof *known); k++)
        NEAR(cell_area_mm2((unsigned)known[k][0], unit), known[k][1], 1e-15);
    NEAR(cell_area_mm2(0x0F, mm), 0.5 * 0.75, 1e-15);
    NEAR(cell_area_mm2(0x33, mm), 0.5 * 1.25, 1e-15);
    for (unsigned pattern = 0; pattern < 256; pattern++) {
        unsigned turned = 0;
        for (unsigned k = 0; k < 8; k++) /* x to y to z to x */
            turned |= (pattern >> k & 1) << ((k & 1) << 1 | (k & 2) << 1 | k >> 2);
        const double turned_mm[3] = {mm[2], mm[0], mm[1]};
        NEAR(cell_area_mm2(turned, turned_mm), cell_area_mm2(pattern, mm), 1e-15);
        if (pattern != 0 && pattern != 255)
            NEAR(cell_area_mm2(~pattern & 0xFF, mm), cell_area_mm2(pattern, mm), 1e-15);
        assert_true((cell_area_mm2(pattern, mm) > 0) == (pattern != 0 && pattern != 255));
    }
}

TEST(a_penalty_stands_for_the_distances_of_a_missed_structure)
{
    wil_seg_config config = everything();
    WIL_OWN(wil_mask) some = blob_mask(1, 1, 12, 11, 10), none = empty_mask(12, 11, 10);
    config.penalty_mm = 90;
    wil_seg_scores s = evaluated(&some, &none, &config);
    assert_int_equal(s.status, WIL_SEG_PREDICTION_EMPTY);
    assert_true(s.value[WIL_SEG_HD95_MM] == 90 && column(&s, &config, "hd95_pooled_mm") == 90);
    NEAR(s.value[WIL_SEG_BAVD_VOX], 90 / cbrt(0.5 * 0.75 * 1.25), 1e-12);
    assert_true(s.value[WIL_SEG_DSC] == 0 && column(&s, &config, "nsd_area_1mm") == 0 &&
                column(&s, &config, "boundary_iou_1mm") == 0 && column(&s, &config, "instance_f1") == 0);
    s = evaluated(&none, &some, &config);
    assert_true(s.value[WIL_SEG_HD95_MM] == 90);
    assert_true(isnan(column(&s, &config, "instance_sensitivity")));
    s = evaluated(&none, &none, &config);
    assert_true(isnan(s.value[WIL_SEG_HD95_MM]) && column(&s, &config, "instance_f1") == 1 &&
                column(&s, &config, "boundary_iou_1mm") == 1 && column(&s, &config, "nsd_area_2mm") == 1);
    config.penalty_mm = NAN;
    s = evaluated(&some, &none, &config);
    assert_true(isinf(s.value[WIL_SEG_HD95_MM]) && isinf(column(&s, &config, "hd95_pooled_mm")));
}

/* ---- several labels ------------------------------------------------------------------------------------ */

static wil_volume labels_of(const wil_mask *const masks[], int n)
{
    wil_volume volume = {0};
    OK(wil_volume_make(&volume, &masks[0]->grid, 1));
    for (int k = 0; k < n; k++)
        for (size_t i = 0; i < wil_grid_count(&volume.grid); i++)
            if (masks[k]->voxels[i] != 0 && volume.voxels[i] == 0)
                volume.voxels[i] = (float)(2 * k + 1); /* 1, 3, 5 */
    return volume;
}

TEST(each_label_is_scored_as_its_own_mask)
{
    const wil_seg_config config = everything();
    WIL_OWN(wil_mask) a = empty_mask(30, 20, 10), b = empty_mask(30, 20, 10), c = empty_mask(30, 20, 10);
    WIL_OWN(wil_mask) a2 = empty_mask(30, 20, 10), b2 = empty_mask(30, 20, 10), c2 = empty_mask(30, 20, 10);
    set_box(&a, 1, 8, 1, 8, 1, 8, 1);
    set_box(&a2, 2, 8, 1, 9, 1, 8, 1);
    set_box(&b, 11, 18, 1, 8, 1, 8, 1);  /* missed */
    set_box(&c2, 21, 25, 1, 8, 1, 8, 1); /* invented */
    WIL_OWN(wil_volume) truth = labels_of((const wil_mask *const[]){&a, &b, &c}, 3);
    WIL_OWN(wil_volume) prediction = labels_of((const wil_mask *const[]){&a2, &b2, &c2}, 3);
    WIL_OWN(wil_seg_classes) classes = {0};
    OK(wil_seg_evaluate_classes(&classes, &truth, &prediction, NULL, &config));
    assert_int_equal(classes.n, 3);
    const wil_seg_scores alone = evaluated(&a, &a2, &config);
    assert_memory_equal(classes.scores[0].value, alone.value, sizeof alone.value);
    assert_true(classes.label[1] == 3 && classes.scores[1].status == WIL_SEG_PREDICTION_EMPTY);
    assert_true(classes.label[2] == 5 && classes.scores[2].status == WIL_SEG_TRUTH_EMPTY);
    assert_true(classes.mean.value[WIL_SEG_DSC] == alone.value[WIL_SEG_DSC] / 3);
    assert_true(isinf(classes.mean.value[WIL_SEG_HD95_MM]));
    assert_true(classes.mean.value[WIL_SEG_SENSITIVITY] == alone.value[WIL_SEG_SENSITIVITY] / 2);
    set_box(&a, 11, 18, 1, 8, 1, 8, 1);
    set_box(&a2, 21, 25, 1, 8, 1, 8, 1);
    const wil_seg_scores merged = evaluated(&a, &a2, &config);
    assert_memory_equal(classes.merged.value, merged.value, sizeof merged.value);
}

TEST(labels_outside_the_region_do_not_exist_and_other_values_are_refused)
{
    const wil_seg_config config = wil_seg_config_default();
    WIL_OWN(wil_mask) a = empty_mask(12, 11, 10), b = empty_mask(12, 11, 10), region = empty_mask(12, 11, 10);
    set_box(&a, 1, 3, 1, 3, 1, 3, 1);
    set_box(&b, 7, 9, 1, 3, 1, 3, 1);
    set_box(&region, 0, 5, 0, 10, 0, 9, 1);
    WIL_OWN(wil_volume) labels = labels_of((const wil_mask *const[]){&a, &b}, 2);
    WIL_OWN(wil_volume) other = labels_of((const wil_mask *const[]){&a, &b}, 2);
    WIL_OWN(wil_seg_classes) classes = {0};
    OK(wil_seg_evaluate_classes(&classes, &labels, &labels, &region, &config));
    assert_true(classes.n == 1 && classes.label[0] == 1 && classes.mean.value[WIL_SEG_DSC] == 1);
    wil_seg_classes_clear(&classes);
    other.voxels[0] = 2.5F;
    REFUSED(WIL_ERR_INPUT, wil_seg_evaluate_classes(&classes, &labels, &other, NULL, &config),
        "the prediction has a voxel of value 2.5", "whole numbers");
    other.voxels[0] = -1;
    REFUSED(
        WIL_ERR_INPUT, wil_seg_evaluate_classes(&classes, &other, &labels, NULL, &config), "the truth", "-1");
    for (int i = 0; i < 300; i++)
        other.voxels[i] = (float)i;
    REFUSED(WIL_ERR_INPUT, wil_seg_evaluate_classes(&classes, &labels, &other, NULL, &config), "299 labels",
        "255");
}

TEST(impossible_options_are_refused)
{
    wil_seg_config config = everything();
    WIL_OWN(wil_mask) mask = blob_mask(1, 1, 12, 11, 10);
    wil_seg_scores s;
    config.nsd_tolerance_mm[2] = 1;
    REFUSED(WIL_ERR_ARG, wil_seg_evaluate(&s, &mask, &mask, NULL, &config), "tolerances", "rise");
    config = everything();
    config.boundary_mm = -1;
    REFUSED(WIL_ERR_ARG, wil_seg_evaluate(&s, &mask, &mask, NULL, &config), "boundary");
    config = everything();
    config.instance_iou = 2;
    REFUSED(WIL_ERR_ARG, wil_seg_evaluate(&s, &mask, &mask, NULL, &config), "IoU", "2");
}
