#include "test.h"

#include "volume_check.h"

#define NX 72
#define NY 64
#define NZ 40
#define TISSUE 60.0
#define BLOOD 160.0
#define NOISE_SD 6.0

typedef struct scene {
    wil_volume tof;
    wil_mask truth; /* the tubes */
    wil_mask brain; /* all but a shell of 6 voxels */
} scene;

/* Distance in mm from the nearer of two winding tubes (radii 1.8 and 1 mm), minus its radius. */
static double outside_tubes(const double mm[3])
{
    const double thick =
        hypot(mm[0] + 7 - 2 * sin(mm[2] / 4), mm[1] - 3 * cos(mm[2] / 5)) - 1.8; /* runs along z */
    const double thin = hypot(mm[1] + 6 - 2 * sin(mm[0] / 5), mm[2] - 2 * cos(mm[0] / 6)) - 1; /* along x */
    return fmin(thick, thin);
}

/* A head without a skull: an ellipsoid of tissue in air, tubes through it, all with noise. */
static scene make_scene(void)
{
    scene s = {.tof = make_volume(NX, NY, NZ, 0.6, 0.6, 0.6)};
    OK(wil_mask_make(&s.truth, &s.tof.grid));
    OK(wil_mask_make(&s.brain, &s.tof.grid));
    const wil_rng noise = wil_rng_at(7, WIL_RNG_TEST, 0);
    for (int z = 0; z < NZ; z++)
        for (int y = 0; y < NY; y++)
            for (int x = 0; x < NX; x++) {
                const size_t i = voxel_at(&s.tof.grid, x, y, z);
                double mm[3];
                place_of(mm, &s.tof.grid, x, y, z);
                const double out = outside_tubes(mm);
                const bool head = hypot(mm[0] / 20, mm[1] / 18) < 1;
                const double lumen = fmin(fmax(0.5 - out / 0.6, 0), 1); /* partial volume at the wall */
                const double mean = head ? TISSUE + lumen * (BLOOD - TISSUE) : 5;
                s.tof.voxels[i] = (float)fmax(0, floor(mean + NOISE_SD * wil_rng_normal(noise, i) + 0.5));
                s.truth.voxels[i] = head && out <= 0;
                s.brain.voxels[i] = x >= 20 && x < NX - 6 && y >= 6 && y < NY - 6 && z >= 6 && z < NZ - 6;
            }
    return s;
}

static void clear_scene(scene *s)
{
    wil_volume_clear(&s->tof);
    wil_mask_clear(&s->truth);
    wil_mask_clear(&s->brain);
}

static double dice_of(const wil_mask *a, const wil_mask *b)
{
    size_t both = 0;
    for (size_t i = 0; i < wil_grid_count(&a->grid); i++)
        both += a->voxels[i] && b->voxels[i];
    return 2.0 * (double)both / (double)(wil_mask_count(a) + wil_mask_count(b));
}

static wil_mask label_of(const wil_volume *tof, const wil_mask *brain, const wil_label_config *config)
{
    wil_mask mask = {0};
    OK(wil_label_vessels(&mask, NULL, tof, brain, config));
    return mask;
}

TEST(the_defaults_find_tubes_in_noise)
{
    scene s = make_scene();
    const wil_label_config config = wil_label_config_default();
    wil_mask mask = label_of(&s.tof, NULL, &config);
    /* Half a voxel more or less all around a tube of radius 1.8 mm and one of 1 mm (3 and 1.7 voxels) gives
     * a Dice of about 0.8; missing either tube, or a growth into tissue, less than 0.7. */
    assert_true(dice_of(&mask, &s.truth) > 0.8);
    wil_mask_clear(&mask);
    clear_scene(&s);
}

TEST(suppressed_background_leaves_the_same_tubes)
{
    scene s = make_scene();
    const wil_label_config config = wil_label_config_default();
    for (size_t i = 0; i < wil_grid_count(&s.tof.grid); i++)
        if (s.tof.voxels[i] < TISSUE + 5 * NOISE_SD)
            s.tof.voxels[i] = 0;
    wil_mask mask = label_of(&s.tof, NULL, &config);
    assert_true(dice_of(&mask, &s.truth) > 0.8); /* as above */
    wil_mask_clear(&mask);
    mask = label_of(&s.tof, &s.brain, &config);
    for (size_t i = 0; i < wil_grid_count(&s.tof.grid); i++)
        s.truth.voxels[i] &= s.brain.voxels[i];
    assert_true(dice_of(&mask, &s.truth) > 0.8);
    wil_mask_clear(&mask);
    clear_scene(&s);
}

TEST(a_brain_mask_bounds_the_search_and_its_quantiles)
{
    scene s = make_scene();
    const wil_label_config config = wil_label_config_default();
    for (size_t i = 0; i < wil_grid_count(&s.tof.grid); i++)
        if (!s.brain.voxels[i])
            s.tof.voxels[i] += 200;                          /* would lift every quantile of the whole */
    s.brain.voxels[voxel_at(&s.brain.grid, 24, 36, 20)] = 0; /* a hole in the mask, amid the thick tube */
    wil_mask mask = label_of(&s.tof, &s.brain, &config);
    for (size_t i = 0; i < wil_grid_count(&s.tof.grid); i++) {
        assert_true(mask.voxels[i] <= s.brain.voxels[i]);
        s.truth.voxels[i] &= s.brain.voxels[i];
    }
    assert_true(dice_of(&mask, &s.truth) > 0.75); /* the step at the brain's edge takes vesselness nearby */
    wil_mask_clear(&mask);
    clear_scene(&s);
}

/* A bright slab, as fat is, that touches the thick tube. */
TEST(growth_stops_at_what_is_no_tube)
{
    scene s = make_scene();
    wil_label_config config = wil_label_config_default();
    config.seed_threshold = 120;
    config.grow_threshold = 90;
    size_t n_slab = 0;
    for (int z = 0; z < 8; z++)
        for (int y = 8; y < NY - 8; y++)
            for (int x = 10; x < NX - 10; x++) {
                *voxel(&s.tof, x, y, z) = 110;
                n_slab++;
            }
    for (int gated = 0; gated < 2; gated++) {
        size_t n_grown = 0;
        config.grow_vesselness = gated ? wil_label_config_default().grow_vesselness : 0;
        wil_mask mask = label_of(&s.tof, NULL, &config);
        for (int z = 0; z < 8; z++)
            for (int y = 8; y < NY - 8; y++)
                for (int x = 10; x < NX - 10; x++)
                    n_grown += mask.voxels[voxel_at(&mask.grid, x, y, z)];
        if (gated)
            assert_true(n_grown < n_slab / 10);
        else
            assert_true(n_grown == n_slab);
        wil_mask_clear(&mask);
    }
    clear_scene(&s);
}

TEST(what_is_bright_but_no_tube_does_not_seed)
{
    scene s = make_scene();
    wil_label_config config = wil_label_config_default();
    config.seed_threshold = 140;
    config.grow_threshold = 100;
    config.grow_vesselness = 0;
    for (int z = 0; z < NZ; z++) /* a plate through the whole field, outside of the head */
        for (int y = 0; y < NY; y++)
            for (int x = 0; x < 2; x++)
                *voxel(&s.tof, x, y, z) = 170;
    wil_mask mask = label_of(&s.tof, NULL, &config);
    for (int z = 0; z < NZ; z++)
        for (int y = 0; y < NY; y++)
            for (int x = 0; x < 2; x++)
                assert_int_equal(mask.voxels[voxel_at(&mask.grid, x, y, z)], 0);
    wil_mask_clear(&mask);
    clear_scene(&s);
}

/* A saturated aneurysm, say: flat inside, so without vesselness at a scale far below its radius. */
TEST(wide_flat_lumen_is_filled)
{
    wil_volume tof = make_volume(40, 40, 40, 0.5, 0.5, 0.5);
    wil_label_config config = wil_label_config_default();
    config.sigmas_mm[0] = 0.5;
    config.n_sigmas = 1;
    config.seed_threshold = 100;
    config.grow_threshold = 100;
    config.grow_vesselness = 1e-6; /* any at all: the wall has some, the inside 0 */
    size_t n_lumen = 0;
    for (int z = 0; z < 40; z++)
        for (int y = 0; y < 40; y++)
            for (int x = 0; x < 40; x++)
                if (hypot(hypot(x - 20, y - 20), z - 20) < 10) {
                    *voxel(&tof, x, y, z) = 254;
                    n_lumen++;
                }
    wil_mask mask = label_of(&tof, NULL, &config);
    assert_int_equal(mask.voxels[voxel_at(&mask.grid, 20, 20, 20)], 1);
    assert_int_equal(wil_mask_count(&mask), n_lumen);
    wil_mask_clear(&mask);
    wil_volume_clear(&tof);
}

TEST(given_thresholds_are_exceeded_and_seeds_connected)
{
    scene s = make_scene();
    wil_label_config config = wil_label_config_default();
    config.seed_threshold = 150;
    config.grow_threshold = 100;
    wil_mask mask = label_of(&s.tof, NULL, &config);
    for (size_t i = 0; i < wil_grid_count(&mask.grid); i++) /* no cavity in tubes as thin as these */
        assert_true(!mask.voxels[i] || s.tof.voxels[i] > 100);
    int32_t *labels = calloc(wil_grid_count(&mask.grid), sizeof *labels);
    bool has_seed[64] = {false};
    int n = 0;
    OK(wil_mask_components(labels, &n, &mask, WIL_CONNECT_26));
    assert_true(n >= 1 && n < 64);
    for (size_t i = 0; i < wil_grid_count(&mask.grid); i++)
        if (labels[i] > 0 && s.tof.voxels[i] > 150)
            has_seed[labels[i]] = true;
    for (int k = 1; k <= n; k++)
        assert_true(has_seed[k]);
    free(labels);
    wil_mask_clear(&mask);
    clear_scene(&s);
}

TEST(small_components_are_dropped_by_their_volume)
{
    scene s = make_scene();
    wil_label_config config = wil_label_config_default();
    memset(s.truth.voxels, 0, wil_grid_count(&s.truth.grid));
    for (int x = 50; x < 60; x++) /* 3 x 3 x 10 voxels of 0.216 mm3: 19 mm3 */
        for (int k = 0; k < 9; k++) {
            s.truth.voxels[voxel_at(&s.truth.grid, x, 48 + k % 3, 10 + k / 3)] = 1;
            *voxel(&s.tof, x, 48 + k % 3, 10 + k / 3) = 170;
        }
    for (int kept = 0; kept < 2; kept++) {
        size_t found = 0;
        config.min_volume_mm3 = kept ? 15 : 30;
        wil_mask mask = label_of(&s.tof, NULL, &config);
        for (size_t i = 0; i < wil_grid_count(&mask.grid); i++)
            found += mask.voxels[i] && s.truth.voxels[i];
        assert_true(kept ? found >= 80 : found == 0);
        wil_mask_clear(&mask);
    }
    clear_scene(&s);
}

TEST(the_facts_tell_thresholds_and_pieces)
{
    scene s = make_scene();
    wil_mask mask = {0};
    wil_label_facts facts = {0};
    wil_label_config config = wil_label_config_default();
    config.seed_threshold = 140;
    config.grow_quantile = 0.9;
    OK(wil_label_vessels(&mask, &facts, &s.tof, &s.brain, &config));
    assert_true(facts.seed_threshold == 140); /* as given */
    /* 0.9 quantile: at most a tenth of the mask's voxels lie above it, at least a tenth not below; the two
     * voxels it lies between are the leeway */
    size_t n_brain = 0;
    size_t n_above = 0;
    size_t n_not_below = 0;
    for (size_t i = 0; i < wil_grid_count(&s.brain.grid); i++) {
        const double value = (double)s.tof.voxels[i];
        n_brain += s.brain.voxels[i];
        n_above += s.brain.voxels[i] && value > facts.grow_threshold;
        n_not_below += s.brain.voxels[i] && value >= facts.grow_threshold;
    }
    assert_int_equal(facts.n_looked_at, n_brain);
    assert_true((double)n_above <= 0.1 * (double)n_brain + 2);
    assert_true((double)n_not_below >= 0.1 * (double)n_brain - 2);
    int n = 0;
    int32_t *labels = calloc(wil_grid_count(&mask.grid), sizeof *labels);
    OK(wil_mask_components(labels, &n, &mask, WIL_CONNECT_26));
    assert_int_equal(facts.n_pieces, n);
    free(labels);
    wil_mask_clear(&mask);
    OK(wil_label_vessels(&mask, &facts, &s.tof, NULL, &config));
    assert_int_equal(facts.n_looked_at, NX * NY * NZ);
    wil_mask_clear(&mask);
    clear_scene(&s);
}

TEST(nothing_found_says_with_which_thresholds)
{
    scene s = make_scene();
    wil_mask mask = {0};
    wil_label_config config = wil_label_config_default();
    config.seed_threshold = 1000;
    config.grow_threshold = 100;
    REFUSED(WIL_ERR_INPUT, wil_label_vessels(&mask, NULL, &s.tof, NULL, &config), "no vessel found",
        "above 1000", "0.2 of the largest vesselness", "give a seed threshold");
    config.seed_threshold = 140;
    config.min_volume_mm3 = 1e6;
    REFUSED(WIL_ERR_INPUT, wil_label_vessels(&mask, NULL, &s.tof, NULL, &config), "no vessel found",
        "above 140", "above 100", "1e+06 mm3");
    config = wil_label_config_default();
    for (size_t i = 0; i < wil_grid_count(&s.tof.grid); i++)
        s.tof.voxels[i] = 50;
    REFUSED(
        WIL_ERR_INPUT, wil_label_vessels(&mask, NULL, &s.tof, NULL, &config), "no vessel found", "above 50");
    assert_null(mask.voxels);
    clear_scene(&s);
}

TEST(impossible_settings_are_refused_by_name)
{
    scene s = make_scene();
    wil_mask mask = {0};
    const wil_label_config good = wil_label_config_default();
    wil_label_config config = good;
    config.seed_quantile = 1.5;
    REFUSED(WIL_ERR_ARG, wil_label_vessels(&mask, NULL, &s.tof, NULL, &config),
        "seed_quantile must be a number from 0 to 1, got '1.5'");
    config = good;
    config.grow_quantile = NAN;
    REFUSED(WIL_ERR_ARG, wil_label_vessels(&mask, NULL, &s.tof, NULL, &config), "grow_quantile must be",
        "got 'nan'");
    config = good;
    config.n_sigmas = 9;
    REFUSED(
        WIL_ERR_ARG, wil_label_vessels(&mask, NULL, &s.tof, NULL, &config), "scales must be 1 to 8 numbers");
    config = good;
    config.seed_threshold = 80;
    config.grow_threshold = 90;
    REFUSED(WIL_ERR_ARG, wil_label_vessels(&mask, NULL, &s.tof, NULL, &config), "above 80", "more than 90");
    clear_scene(&s);
}

TEST(a_brain_mask_must_fit_and_hold_something)
{
    scene s = make_scene();
    wil_mask mask = {0};
    wil_mask other = {0};
    const wil_label_config config = wil_label_config_default();
    const wil_grid grid = wil_grid_make(NX, NY, NZ - 1, 0.6, 0.6, 0.6);
    OK(wil_mask_make(&other, &grid));
    REFUSED(WIL_ERR_INPUT, wil_label_vessels(&mask, NULL, &s.tof, &other, &config), "72x64x39", "72x64x40",
        "resample");
    s.brain.grid.affine[0][3] += 0.3;
    REFUSED(
        WIL_ERR_INPUT, wil_label_vessels(&mask, NULL, &s.tof, &s.brain, &config), "0.3 mm away", "affine");
    s.brain.grid.affine[0][3] -= 0.3;
    memset(s.brain.voxels, 0, wil_grid_count(&s.brain.grid));
    REFUSED(WIL_ERR_INPUT, wil_label_vessels(&mask, NULL, &s.tof, &s.brain, &config), "brain mask is empty");
    wil_mask_clear(&other);
    clear_scene(&s);
}

TEST(a_real_scan_gives_its_arteries)
{
    const char *path = WILLIS_SHARED_DATA "/tof_chris_mra/chris_MRA.nii.gz";
    if (!wil_file_exists(path)) {
        print_message("skipped: no %s\n", path);
        skip();
    }
    wil_volume tof = {0};
    const wil_label_config config = wil_label_config_default();
    OK(wil_volume_read_3d(&tof, path));
    wil_mask mask = label_of(&tof, NULL, &config);
    const size_t n = wil_grid_count(&tof.grid);
    size_t bright = 0;
    size_t bright_found = 0;
    for (size_t i = 0; i < n; i++) {
        bright += tof.voxels[i] > 150;
        bright_found += tof.voxels[i] > 150 && mask.voxels[i];
    }
    const double share = (double)wil_mask_count(&mask) / (double)n;
    /* Seen by eye in the maximum projections: bright voxels are arteries, and the circle of Willis with its
     * feeders is one piece; about 1 % of the voxels are not suppressed, some half of them grey tissue. */
    assert_true(share > 0.003 && share < 0.007);
    assert_true((double)bright_found > 0.95 * (double)bright);
    OK(wil_mask_keep_components(&mask, WIL_CONNECT_26, 1, 1));
    assert_true((double)wil_mask_count(&mask) > 0.9 * share * (double)n);
    wil_mask_clear(&mask);
    wil_volume_clear(&tof);
}
