#include "test.h"

#include "tof_fixture.h"

#include <math.h>
#include <omp.h>
#include <string.h>

static wil_tof_config small(char site)
{
    wil_tof_config config = wil_tof_config_default();
    wil_tof_config_set_matrix(&config, 96, 120, 48);
    config.site = site;
    config.seed = 7;
    return config;
}

TEST(the_same_seed_gives_the_same_bits_on_any_number_of_threads)
{
    const wil_tof_config config = small('a');
    const int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    WIL_OWN(wil_tof_subject) one = make_subject(&config, 3);
    omp_set_num_threads(3);
    WIL_OWN(wil_tof_subject) three = make_subject(&config, 3);
    omp_set_num_threads(threads);
    const size_t n = wil_grid_count(&one.image.grid);
    assert_memory_equal(one.image.voxels, three.image.voxels, n * sizeof(float));
    assert_memory_equal(one.label.voxels, three.label.voxels, n);
    assert_memory_equal(one.brain.voxels, three.brain.voxels, n);
}

TEST(subjects_and_seeds_differ)
{
    wil_tof_config config = small('a');
    WIL_OWN(wil_tof_subject) a = make_subject(&config, 1), b = make_subject(&config, 2);
    config.seed = 8;
    WIL_OWN(wil_tof_subject) c = make_subject(&config, 1);
    const size_t n = wil_grid_count(&a.image.grid);
    assert_memory_not_equal(a.label.voxels, b.label.voxels, n);
    assert_memory_not_equal(a.label.voxels, c.label.voxels, n);
    assert_memory_not_equal(a.brain.voxels, b.brain.voxels, n);
}

TEST(grey_values_are_whole_numbers_of_eight_bits_and_masks_are_binary)
{
    const wil_tof_config config = small('b');
    WIL_OWN(wil_tof_subject) s = make_subject(&config, 0);
    for (size_t i = 0; i < wil_grid_count(&s.image.grid); i++) {
        assert_true(s.image.voxels[i] >= 0 && s.image.voxels[i] <= 255);
        assert_true(s.image.voxels[i] == floorf(s.image.voxels[i]));
        assert_true(s.label.voxels[i] <= 1 && s.brain.voxels[i] <= 1);
    }
}

TEST(about_one_voxel_in_a_hundred_is_vessel_and_vessels_are_bright)
{
    wil_tof_config config = small('a');
    wil_tof_config_set_matrix(&config, 128, 160, 64);
    for (int number = 1; number <= 4; number++) {
        WIL_OWN(wil_tof_subject) s = make_subject(&config, number);
        assert_true(s.facts.vessel_frac > 0.006 && s.facts.vessel_frac < 0.016);
        /* in TOF, flow doubles the brain's signal or more; at this voxel size partial volume takes some back
         */
        assert_true(mean_where(&s, true) > 2 * mean_where(&s, false));
    }
}

TEST(most_of_the_label_hangs_together)
{
    wil_tof_config config = small('a');
    wil_tof_config_set_matrix(&config, 128, 160, 64);
    config.disease_share = 0;
    WIL_OWN(wil_tof_subject) s = make_subject(&config, 2);
    WIL_OWN(int32_t) *parts = NULL;
    int n_parts = 0;
    OK(wil_alloc_i32(&parts, wil_grid_count(&s.label.grid)));
    OK(wil_mask_components(parts, &n_parts, &s.label, WIL_CONNECT_26));
    size_t n_in_six = 0;
    for (size_t i = 0; i < wil_grid_count(&s.label.grid); i++)
        n_in_six += parts[i] >= 1 && parts[i] <= 6;
    /* thin branches break up at 1.2 mm; the circle and its trunks must not */
    assert_true((double)n_in_six > 0.6 * (double)wil_mask_count(&s.label));
}

TEST(site_b_is_noisier_and_shows_vessels_with_less_contrast)
{
    const wil_tof_config config_a = small('a'), config_b = small('b');
    WIL_OWN(wil_tof_subject) a = make_subject(&config_a, 1), b = make_subject(&config_b, 1);
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
}

TEST(noise_in_air_is_rayleigh_distributed)
{
    wil_tof_config config = small('a');
    config.noise_scale = 8; /* 38 grey levels: neither rounding nor the ceiling of 255 matters */
    WIL_OWN(wil_tof_subject) s = make_subject(&config, 1);
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
}

TEST(a_cropped_field_still_shows_the_circle)
{
    wil_tof_config config = small('a');
    for (int k = 0; k < 3; k++)
        config.spacing_mm[k] = 1.0;
    WIL_OWN(wil_tof_subject) s = make_subject(&config, 1);
    assert_true(wil_mask_count(&s.label) > 3000);
}

TEST(impossible_configurations_are_refused_with_a_sentence)
{
    const wil_tof_config good = small('a');
    wil_tof_config c = good;
    const struct {
        void *field;
        double value;
        bool whole;
        const char *words;
    } rows[] = {
        {&c.matrix[1], 31, true, "matrix 96 x 31 x 48; each side must be 32 to 2048"},
        {&c.spacing_mm[2], 0, false, "each must be 0.2 to 3 mm"},
        {&c.spacing_mm[2], (double)NAN, false, "each must be 0.2 to 3 mm"},
        {&c.spacing_mm[0], 0.5, false, "96 voxels of 0.5 mm along x see 48 mm"},
        {&c.disease_share, 1.5, false, "disease_share is 1.5; it must be 0 to 1"},
        {&c.noise_scale, -1, false, "noise_scale is -1"},
    };
    wil_tof_subject s = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        c = good;
        if (rows[i].whole)
            *(int *)rows[i].field = (int)rows[i].value;
        else
            *(double *)rows[i].field = rows[i].value;
        REFUSED(WIL_ERR_ARG, wil_phantom_tof(&s, &c, 0), rows[i].words);
    }
    c = small('c');
    REFUSED(WIL_ERR_ARG, wil_phantom_tof(&s, &c, 0), "there is no site 'c'; take a or b");
    REFUSED(WIL_ERR_ARG, wil_phantom_tof(&s, &good, -1), "subject number -1");
    assert_null(s.image.voxels);
}
