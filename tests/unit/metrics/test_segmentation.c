#include "test.h"

#include <omp.h>

#include "metrics_fixture.h"

static wil_seg_scores evaluated(const wil_mask *truth, const wil_mask *prediction, const wil_mask *within)
{
    const wil_seg_config config = wil_seg_config_default();
    wil_seg_scores s;
    OK(wil_seg_evaluate(&s, truth, prediction, within, &config));
    return s;
}

TEST(columns_carry_convention_and_unit)
{
    const char *const expected[] = {"dsc", "jaccard", "sensitivity", "precision", "specificity",
        "volume_similarity", "hd_mm", "hd95_mm", "assd_mm", "avd_vox", "avd_mm", "bavd_vox", "bavd_mm",
        "nsd_0.5mm", "cldice", "betti0_error", "betti1_error", "dsc_calibre_below_1.5mm",
        "dsc_calibre_1.5_3mm", "dsc_calibre_from_3mm"};
    wil_seg_config config = wil_seg_config_default();
    char text[48];
    config.nsd_tolerance_mm[0] = 0.5;
    assert_int_equal(wil_seg_columns(&config), 20);
    for (int i = 0; i < 20; i++)
        assert_string_equal(wil_seg_column(text, &config, i), expected[i]);
    config.n_calibre = 0;
    assert_int_equal(wil_seg_columns(&config), 17);
    assert_string_equal(wil_seg_status_name(WIL_SEG_PREDICTION_EMPTY), "prediction_empty");
}

TEST(centrelines_of_slices_have_a_column_of_their_own)
{
    WIL_OWN(wil_mask) truth = blob_mask(7, 1, 26, 24, 22);
    WIL_OWN(wil_mask) prediction = blob_mask(7, 2, 26, 24, 22);
    wil_seg_config config = wil_seg_config_default();
    wil_seg_scores s;
    wil_cldice c;
    char text[48];
    assert_int_equal(config.centreline, WIL_CENTRELINE_VOLUME);
    config.centreline = WIL_CENTRELINE_SLICES;
    OK(wil_seg_evaluate(&s, &truth, &prediction, NULL, &config));
    OK(wil_metrics_cldice_2d(&c, &truth, &prediction));
    assert_string_equal(wil_seg_column(text, &config, WIL_SEG_CLDICE), "cldice_2d");
    assert_true(s.value[WIL_SEG_CLDICE] == c.cldice && c.cldice > 0);
}

/* The sum of its parts, which have their own tests. */
TEST(every_value_is_that_of_its_own_function)
{
    WIL_OWN(wil_mask) truth = blob_mask(7, 1, 26, 24, 22);
    WIL_OWN(wil_mask) prediction = blob_mask(7, 2, 26, 24, 22);
    const wil_seg_scores s = evaluated(&truth, &prediction, NULL);
    wil_overlap o;
    wil_distances d;
    wil_betti g, p;
    wil_cldice c;
    double bands[3];
    OK(wil_metrics_overlap(&o, &truth, &prediction, NULL));
    OK(wil_metrics_distances(&d, &truth, &prediction, 1));
    OK(wil_metrics_betti(&g, &truth));
    OK(wil_metrics_betti(&p, &prediction));
    OK(wil_metrics_cldice(&c, &truth, &prediction));
    OK(wil_metrics_calibre_dice(bands, &truth, &prediction, (const double[]){1.5, 3}, 2));
    const double expected[20] = {o.dice, o.jaccard, o.sensitivity, o.precision, o.specificity,
        o.volume_similarity, d.hd_mm, d.hd95_mm, d.assd_mm, d.avd_vox, d.avd_mm, d.bavd_vox, d.bavd_mm, d.nsd,
        c.cldice, (double)llabs(p.components - g.components), (double)llabs(p.tunnels - g.tunnels), bands[0],
        bands[1], bands[2]};
    for (int i = 0; i < 20; i++)
        assert_true(s.value[i] == expected[i] || (isnan(s.value[i]) && isnan(expected[i])));
    assert_true(s.status == WIL_SEG_OK && s.value[WIL_SEG_BETTI0_ERROR] > 0);
    assert_int_equal(s.true_positive + s.false_negative, wil_mask_count(&truth));
}

TEST(a_mask_scores_perfectly_against_itself)
{
    WIL_OWN(wil_mask) mask = blob_mask(8, 1, 20, 18, 16);
    const wil_seg_scores s = evaluated(&mask, &mask, NULL);
    for (int i = WIL_SEG_DSC; i <= WIL_SEG_VOLUME_SIMILARITY; i++)
        assert_true(s.value[i] == 1);
    for (int i = WIL_SEG_HD_MM; i <= WIL_SEG_BAVD_MM; i++)
        assert_true(s.value[i] == 0);
    assert_true(s.value[WIL_SEG_NSD] == 1 && s.value[WIL_SEG_CLDICE] == 1);
    assert_true(s.value[WIL_SEG_BETTI0_ERROR] == 0 && s.value[WIL_SEG_BETTI1_ERROR] == 0);
}

/* As if both masks had been cut before; and specificity knows no voxel outside. */
TEST(a_region_restricts_both_masks)
{
    WIL_OWN(wil_mask) truth = blob_mask(9, 1, 26, 24, 22);
    WIL_OWN(wil_mask) prediction = blob_mask(9, 2, 26, 24, 22);
    WIL_OWN(wil_mask) within = empty_mask(26, 24, 22);
    set_ball(&within, 12, 11, 10, 8, 1);
    const wil_seg_scores s = evaluated(&truth, &prediction, &within);
    assert_int_equal(
        s.true_positive + s.false_positive + s.false_negative + s.true_negative, wil_mask_count(&within));
    for (size_t i = 0; i < wil_grid_count(&within.grid); i++) {
        truth.voxels[i] &= within.voxels[i];
        prediction.voxels[i] &= within.voxels[i];
    }
    const wil_seg_scores cut = evaluated(&truth, &prediction, NULL);
    for (int i = 0; i < 20; i++)
        if (i != WIL_SEG_SPECIFICITY)
            assert_true(s.value[i] == cut.value[i] || (isnan(s.value[i]) && isnan(cut.value[i])));
    assert_true(s.value[WIL_SEG_SPECIFICITY] < cut.value[WIL_SEG_SPECIFICITY]);
}

TEST(a_missed_structure_is_a_failure_with_the_worst_values)
{
    WIL_OWN(wil_mask) some = blob_mask(1, 1, 12, 11, 10);
    WIL_OWN(wil_mask) none = empty_mask(12, 11, 10);
    wil_seg_scores s = evaluated(&some, &none, NULL);
    assert_int_equal(s.status, WIL_SEG_PREDICTION_EMPTY);
    assert_true(s.value[WIL_SEG_DSC] == 0 && s.value[WIL_SEG_JACCARD] == 0 &&
                s.value[WIL_SEG_SENSITIVITY] == 0 && s.value[WIL_SEG_PRECISION] == 0 &&
                s.value[WIL_SEG_SPECIFICITY] == 1 && s.value[WIL_SEG_VOLUME_SIMILARITY] == 0);
    for (int i = WIL_SEG_HD_MM; i <= WIL_SEG_BAVD_MM; i++)
        assert_true(isinf(s.value[i]));
    assert_true(s.value[WIL_SEG_NSD] == 0 && s.value[WIL_SEG_CLDICE] == 0);
    assert_true(s.value[WIL_SEG_BETTI0_ERROR] > 0);

    s = evaluated(&none, &some, NULL);
    assert_int_equal(s.status, WIL_SEG_TRUTH_EMPTY);
    assert_true(s.value[WIL_SEG_DSC] == 0 && isnan(s.value[WIL_SEG_SENSITIVITY]) &&
                s.value[WIL_SEG_PRECISION] == 0 && isnan(s.value[WIL_SEG_BAVD_VOX]));
}

TEST(two_empty_masks_are_1_and_flagged)
{
    WIL_OWN(wil_mask) none = empty_mask(12, 11, 10);
    const wil_seg_scores s = evaluated(&none, &none, NULL);
    assert_int_equal(s.status, WIL_SEG_BOTH_EMPTY);
    for (int i = WIL_SEG_DSC; i <= WIL_SEG_VOLUME_SIMILARITY; i++)
        assert_true(s.value[i] == 1);
    assert_true(isnan(s.value[WIL_SEG_HD95_MM]) && isnan(s.value[WIL_SEG_BAVD_MM]));
    assert_true(s.value[WIL_SEG_NSD] == 1 && s.value[WIL_SEG_CLDICE] == 1);
    assert_true(s.value[WIL_SEG_BETTI0_ERROR] == 0 && isnan(s.value[WIL_SEG_CALIBRE]));
}

TEST(results_have_the_same_bits_for_any_number_of_threads)
{
    WIL_OWN(wil_mask) truth = blob_mask(10, 1, 40, 36, 20);
    WIL_OWN(wil_mask) prediction = blob_mask(10, 2, 40, 36, 20);
    const int before = omp_get_max_threads();
    omp_set_num_threads(1);
    const wil_seg_scores one = evaluated(&truth, &prediction, NULL);
    for (int n_threads = 2; n_threads <= 5; n_threads++) {
        omp_set_num_threads(n_threads);
        const wil_seg_scores many = evaluated(&truth, &prediction, NULL);
        assert_memory_equal(one.value, many.value, sizeof one.value);
    }
    omp_set_num_threads(before);
}

/* A prediction on a larger field, the same voxels: nothing but specificity notices. */
TEST(the_size_of_the_field_changes_nothing)
{
    wil_mask small[2], large[2];
    for (int k = 0; k < 2; k++) {
        small[k] = blob_mask(11, k + 1, 20, 18, 16);
        set_box(&small[k], 0, 19, 0, 17, 0, 0, 0); /* nothing at the borders, where the fields differ */
        set_box(&small[k], 0, 19, 0, 17, 15, 15, 0);
        set_box(&small[k], 0, 19, 0, 0, 0, 15, 0);
        set_box(&small[k], 0, 19, 17, 17, 0, 15, 0);
        set_box(&small[k], 0, 0, 0, 17, 0, 15, 0);
        set_box(&small[k], 19, 19, 0, 17, 0, 15, 0);
        large[k] = empty_mask(31, 29, 24);
        for (int z = 0; z < 16; z++)
            for (int y = 0; y < 18; y++)
                for (int x = 0; x < 20; x++)
                    large[k].voxels[voxel_at(&large[k].grid, x + 7, y + 5, z + 3)] =
                        small[k].voxels[voxel_at(&small[k].grid, x, y, z)];
    }
    const wil_seg_scores a = evaluated(&small[0], &small[1], NULL);
    const wil_seg_scores b = evaluated(&large[0], &large[1], NULL);
    for (int i = 0; i < 20; i++)
        if (i != WIL_SEG_SPECIFICITY)
            assert_true(a.value[i] == b.value[i] || (isnan(a.value[i]) && isnan(b.value[i])));
    for (int k = 0; k < 2; k++) {
        wil_mask_clear(&small[k]);
        wil_mask_clear(&large[k]);
    }
}

TEST(wrong_grids_and_settings_are_refused)
{
    wil_seg_config config = wil_seg_config_default();
    wil_seg_scores s;
    WIL_OWN(wil_mask) a = blob_mask(1, 1, 12, 11, 10);
    WIL_OWN(wil_mask) b = blob_mask(1, 1, 12, 11, 9);
    WIL_OWN(wil_mask) shifted = copy_of(&a);
    shifted.grid.affine[2][3] -= 0.25;
    REFUSED(WIL_ERR_INPUT, wil_seg_evaluate(&s, &a, &b, NULL, &config), "12x11x10", "12x11x9");
    REFUSED(WIL_ERR_INPUT, wil_seg_evaluate(&s, &a, &shifted, NULL, &config), "prediction", "0.25 mm away");
    REFUSED(WIL_ERR_INPUT, wil_seg_evaluate(&s, &a, &a, &shifted, &config), "region mask", "0.25 mm away");
    config.nsd_tolerance_mm[0] = -2;
    REFUSED(WIL_ERR_ARG, wil_seg_evaluate(&s, &a, &a, NULL, &config), "tolerance", "-2");
    config = wil_seg_config_default();
    config.calibre_mm[1] = 1;
    REFUSED(WIL_ERR_ARG, wil_seg_evaluate(&s, &a, &a, NULL, &config), "calibre", "rise");
}
