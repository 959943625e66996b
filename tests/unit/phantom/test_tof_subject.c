#include "willis/phantom.h"

#include <math.h>
#include <omp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static wil_tof_config small(wil_tof_site site)
{
    wil_tof_config config = wil_tof_config_default();
    wil_tof_config_set_matrix(&config, 96, 120, 48);
    config.site = site;
    config.seed = 7;
    return config;
}

static wil_tof_subject make(const wil_tof_config *config, int number)
{
    wil_tof_subject subject = {0};
    assert_int_equal(wil_phantom_tof(&subject, config, number), WIL_OK);
    return subject;
}

static void the_same_seed_gives_the_same_bits_on_any_number_of_threads(void **state)
{
    (void)state;
    const wil_tof_config config = small(WIL_TOF_SITE_A);
    const int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    wil_tof_subject one = make(&config, 3);
    omp_set_num_threads(3);
    wil_tof_subject three = make(&config, 3);
    omp_set_num_threads(threads);
    const size_t n = wil_grid_count(&one.image.grid);
    assert_memory_equal(one.image.voxels, three.image.voxels, n * sizeof(float));
    assert_memory_equal(one.label.voxels, three.label.voxels, n);
    assert_memory_equal(one.brain.voxels, three.brain.voxels, n);
    wil_tof_subject_clear(&one);
    wil_tof_subject_clear(&three);
}

static void subjects_and_seeds_differ(void **state)
{
    (void)state;
    wil_tof_config config = small(WIL_TOF_SITE_A);
    wil_tof_subject a = make(&config, 1), b = make(&config, 2);
    config.seed = 8;
    wil_tof_subject c = make(&config, 1);
    const size_t n = wil_grid_count(&a.image.grid);
    assert_memory_not_equal(a.label.voxels, b.label.voxels, n);
    assert_memory_not_equal(a.label.voxels, c.label.voxels, n);
    assert_memory_not_equal(a.brain.voxels, b.brain.voxels, n);
    wil_tof_subject_clear(&a);
    wil_tof_subject_clear(&b);
    wil_tof_subject_clear(&c);
}

static void grey_values_are_whole_numbers_of_eight_bits_and_masks_are_binary(void **state)
{
    (void)state;
    const wil_tof_config config = small(WIL_TOF_SITE_B);
    wil_tof_subject s = make(&config, 0);
    for (size_t i = 0; i < wil_grid_count(&s.image.grid); i++) {
        assert_true(s.image.voxels[i] >= 0 && s.image.voxels[i] <= 255);
        assert_true(s.image.voxels[i] == floorf(s.image.voxels[i]));
        assert_true(s.label.voxels[i] <= 1 && s.brain.voxels[i] <= 1);
    }
    wil_tof_subject_clear(&s);
}

static double mean_where(const wil_tof_subject *s, bool label)
{
    double sum = 0, n = 0;
    for (size_t i = 0; i < wil_grid_count(&s->image.grid); i++)
        if (label ? s->label.voxels[i] : (s->brain.voxels[i] && !s->label.voxels[i])) {
            sum += (double)s->image.voxels[i];
            n++;
        }
    return sum / n;
}

static void about_one_voxel_in_a_hundred_is_vessel_and_vessels_are_bright(void **state)
{
    (void)state;
    wil_tof_config config = small(WIL_TOF_SITE_A);
    wil_tof_config_set_matrix(&config, 128, 160, 64);
    for (int number = 1; number <= 4; number++) {
        wil_tof_subject s = make(&config, number);
        assert_true(s.facts.vessel_frac > 0.006 && s.facts.vessel_frac < 0.016);
        /* in TOF, flow doubles the brain's signal or more; at this voxel size partial volume takes some back
         */
        assert_true(mean_where(&s, true) > 2 * mean_where(&s, false));
        wil_tof_subject_clear(&s);
    }
}

static void most_of_the_label_hangs_together(void **state)
{
    (void)state;
    wil_tof_config config = small(WIL_TOF_SITE_A);
    wil_tof_config_set_matrix(&config, 128, 160, 64);
    config.disease_share = 0;
    wil_tof_subject s = make(&config, 2);
    int32_t *parts = NULL;
    int n_parts = 0;
    assert_int_equal(wil_alloc_i32(&parts, wil_grid_count(&s.label.grid)), WIL_OK);
    assert_int_equal(wil_mask_components(parts, &n_parts, &s.label, WIL_CONNECT_26), WIL_OK);
    size_t n_in_six = 0;
    for (size_t i = 0; i < wil_grid_count(&s.label.grid); i++)
        n_in_six += parts[i] >= 1 && parts[i] <= 6;
    /* thin branches break up at 1.2 mm; the circle and its trunks must not */
    assert_true((double)n_in_six > 0.6 * (double)wil_mask_count(&s.label));
    wil_free(parts);
    wil_tof_subject_clear(&s);
}

static void site_b_is_noisier_and_shows_vessels_with_less_contrast(void **state)
{
    (void)state;
    const wil_tof_config config_a = small(WIL_TOF_SITE_A), config_b = small(WIL_TOF_SITE_B);
    wil_tof_subject a = make(&config_a, 1), b = make(&config_b, 1);
    assert_true(
        mean_where(&b, true) / mean_where(&b, false) < mean_where(&a, true) / mean_where(&a, false) - 0.3);
    assert_true(mean_where(&b, false) > mean_where(&a, false) + 3);
    double air[2] = {0, 0};
    for (int z = 0; z < 48; z++)
        for (int y = 0; y < 6; y++)
            for (int x = 0; x < 6; x++) {
                const size_t i = (size_t)((z * 120 + y) * 96 + x);
                air[0] += (double)a.image.voxels[i] / (48 * 36);
                air[1] += (double)b.image.voxels[i] / (48 * 36);
            }
    assert_true(air[1] > 1.3 * air[0]); /* the protocols' noise differs by 1.75; 8-bit rounding takes some */
    wil_tof_subject_clear(&a);
    wil_tof_subject_clear(&b);
}

static void noise_in_air_is_rayleigh_distributed(void **state)
{
    (void)state;
    wil_tof_config config = small(WIL_TOF_SITE_A);
    config.noise_scale = 8; /* 38 grey levels: neither rounding nor the ceiling of 255 matters */
    wil_tof_subject s = make(&config, 1);
    double sum = 0, square = 0, n = 0;
    for (int z = 0; z < 48; z++)
        for (int y = 0; y < 8; y++)
            for (int x = 0; x < 96; x++)
                if (x < 10 || x >= 86) {
                    const double v = (double)s.image.voxels[(z * 120 + y) * 96 + x];
                    sum += v;
                    square += v * v;
                    n++;
                }
    const double mean = sum / n, sd = sqrt(square / n - mean * mean);
    const double expected = sqrt(acos(-1) / 2) / sqrt(2 - acos(-1) / 2); /* 1.913 */
    /* 7680 voxels: the standard error of mean / sd is about 0.02; three of them */
    assert_true(fabs(mean / sd - expected) < 0.06);
    wil_tof_subject_clear(&s);
}

static void a_cropped_field_still_shows_the_circle(void **state)
{
    (void)state;
    wil_tof_config config = small(WIL_TOF_SITE_A);
    for (int k = 0; k < 3; k++)
        config.spacing_mm[k] = 1.0;
    wil_tof_subject s = make(&config, 1);
    assert_true(wil_mask_count(&s.label) > 3000);
    wil_tof_subject_clear(&s);
}

static void refused(const wil_tof_config *config, int number, const char *words)
{
    wil_tof_subject s = {0};
    assert_int_equal(wil_phantom_tof(&s, config, number), WIL_ERR_ARG);
    assert_non_null(strstr(wil_status_message(), words));
    assert_null(s.image.voxels);
}

static void impossible_configurations_are_refused_with_a_sentence(void **state)
{
    (void)state;
    wil_tof_config c = small(WIL_TOF_SITE_A);
    c.matrix[1] = 31;
    refused(&c, 0, "matrix must be 1 or 3 whole numbers joined by 'x', each from 32 to 2048, got '96x31x48'");
    c = small(WIL_TOF_SITE_A);
    c.spacing_mm[2] = 0;
    refused(&c, 0, "each from 0.2 to 3 mm");
    c.spacing_mm[2] = (double)NAN;
    refused(&c, 0, "each from 0.2 to 3 mm");
    c = small(WIL_TOF_SITE_A);
    c.spacing_mm[0] = 0.5;
    refused(&c, 0, "96 voxels of 0.5 mm along x see 48 mm");
    c = small((wil_tof_site)7);
    refused(&c, 0, "TOF phantom: site must be one of a|b|random, got '7'");
    c = small(WIL_TOF_SITE_A);
    c.disease_share = 1.5;
    refused(&c, 0, "disease_share must be a number from 0 to 1, got '1.5'");
    c = small(WIL_TOF_SITE_A);
    refused(&c, -1, "subject number -1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_bits_on_any_number_of_threads),
        cmocka_unit_test(subjects_and_seeds_differ),
        cmocka_unit_test(grey_values_are_whole_numbers_of_eight_bits_and_masks_are_binary),
        cmocka_unit_test(about_one_voxel_in_a_hundred_is_vessel_and_vessels_are_bright),
        cmocka_unit_test(most_of_the_label_hangs_together),
        cmocka_unit_test(site_b_is_noisier_and_shows_vessels_with_less_contrast),
        cmocka_unit_test(noise_in_air_is_rayleigh_distributed),
        cmocka_unit_test(a_cropped_field_still_shows_the_circle),
        cmocka_unit_test(impossible_configurations_are_refused_with_a_sentence),
    };
    return cmocka_run_group_tests_name("phantom/tof_subject", tests, NULL, NULL);
}
