/* The site that is another one for every subject. */
#include "test.h"

#include <string.h>

#include "willis/phantom.h"

static wil_tof_config small(void)
{
    wil_tof_config config = wil_tof_config_default();
    wil_tof_config_set_matrix(&config, 96, 120, 48);
    config.site = WIL_TOF_SITE_RANDOM;
    config.seed = 7;
    return config;
}

TEST(protocols_differ_between_subjects_and_are_those_of_the_seed)
{
    wil_tof_config config = small();
    const wil_tof_site_facts one = wil_tof_site_of(&config, 1), two = wil_tof_site_of(&config, 2);
    const wil_tof_site_facts again = wil_tof_site_of(&config, 1);
    assert_true(one.tr_ms == again.tr_ms && one.noise_frac == again.noise_frac);
    assert_true(one.tr_ms != two.tr_ms && one.noise_frac != two.noise_frac && one.fat_frac != two.fat_frac);
    config.seed = 8;
    assert_true(wil_tof_site_of(&config, 1).tr_ms != one.tr_ms);
}

TEST(the_two_sites_lie_within_the_ranges_of_the_random_one)
{
    const wil_tof_config config = small();
    double low[4] = {1e9, 1e9, 1e9, 1e9}, high[4] = {0};
    int n_stripped = 0;
    for (int subject = 1; subject <= 300; subject++) {
        const wil_tof_site_facts s = wil_tof_site_of(&config, subject);
        const double value[4] = {s.tr_ms, s.noise_frac, s.blur_mm, s.transfer_frac};
        for (int k = 0; k < 4; k++) {
            low[k] = value[k] < low[k] ? value[k] : low[k];
            high[k] = value[k] > high[k] ? value[k] : high[k];
        }
        n_stripped += s.stripped;
    }
    for (int site = 0; site < 2; site++) {
        wil_tof_config fixed = config;
        fixed.site = (wil_tof_site)site;
        const wil_tof_site_facts s = wil_tof_site_of(&fixed, 1);
        const double value[4] = {s.tr_ms, s.noise_frac, s.blur_mm, s.transfer_frac};
        for (int k = 0; k < 4; k++)
            assert_true(low[k] < value[k] && value[k] < high[k]);
    }
    assert_in_range(n_stripped, 60, 120);
}

TEST(a_stripped_head_has_nothing_outside_the_brain)
{
    const wil_tof_config config = small();
    int subject = 1;
    while (!wil_tof_site_of(&config, subject).stripped)
        subject++;
    WIL_OWN(wil_tof_subject) s = {0};
    assert_int_equal(wil_phantom_tof(&s, &config, subject), WIL_OK);
    size_t n_vessel = 0;
    for (size_t i = 0; i < wil_grid_count(&s.image.grid); i++) {
        n_vessel += s.label.voxels[i];
        if (s.brain.voxels[i] == 0)
            assert_true(s.image.voxels[i] == 0 && s.label.voxels[i] == 0);
    }
    assert_true(n_vessel > 500);
}

TEST(labels_alone_are_stripped_alike)
{
    wil_tof_config config = small();
    int subject = 1;
    while (!wil_tof_site_of(&config, subject).stripped)
        subject++;
    WIL_OWN(wil_tof_subject) whole = {0}, labels = {0};
    assert_int_equal(wil_phantom_tof(&whole, &config, subject), WIL_OK);
    config.labels_only = true;
    assert_int_equal(wil_phantom_tof(&labels, &config, subject), WIL_OK);
    assert_memory_equal(whole.label.voxels, labels.label.voxels, wil_grid_count(&whole.label.grid));
}
