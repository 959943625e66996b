#include "unet_fixture.h"

static void fill_noise(wil_volume *volume, uint32_t number)
{
    const wil_rng rng = wil_rng_at(11, WIL_RNG_TEST, number);
    for (size_t k = 0; k < wil_grid_count(&volume->grid); k++)
        volume->voxels[k] = (float)(-50 + 700 * wil_rng_uniform(rng, k));
}

/* What the network made by hand must say of a voxel, in double. */
static double expected_probability(float value, const float range[2])
{
    const double byte = 255 * ((double)value - range[0]) / ((double)range[1] - range[0]);
    const double clipped = byte < 0 ? 0 : byte > 255 ? 255 : byte;
    return 1 / (1 + exp(-(clipped - EDGE)));
}

static void assert_voxels_as_expected(
    const wil_volume *tof, const wil_mask *brain, const wil_mask *mask, const wil_volume *probability)
{
    float range[2];
    OK(wil_scan_range(range, tof, brain));
    for (size_t k = 0; k < wil_grid_count(&tof->grid); k++) {
        const bool inside = brain == NULL || brain->voxels[k] != 0;
        const double p = inside ? expected_probability(tof->voxels[k], range) : 0;
        /* the byte, up to 255, is rounded three times by 1.5e-5, its sigmoid has a slope of 1/4 */
        assert_float_equal(probability->voxels[k], p, 2e-5);
        assert_int_equal(mask->voxels[k], probability->voxels[k] > 0.5f);
    }
}

static void a_network_that_sees_one_voxel_says_the_same_in_every_size_of_volume(void **state)
{
    static const int sizes[][3] = {{20, 17, 3}, {32, 32, 1}, {33, 100, 2}, {70, 45, 2}, {1, 40, 1}};
    wil_segmenter *segmenter = voxel_segmenter(*state);
    assert_true(wil_segmenter_threshold(segmenter) == 0.5);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        const wil_grid grid = wil_grid_make(sizes[s][0], sizes[s][1], sizes[s][2], 0.5, 0.5, 0.7);
        wil_volume tof = {0};
        wil_volume probability = {0};
        wil_mask mask = {0};
        OK(wil_volume_make(&tof, &grid, 1));
        fill_noise(&tof, (uint32_t)s);
        OK(wil_segmenter_run(segmenter, &mask, &probability, &tof, NULL, NULL));
        assert_voxels_as_expected(&tof, NULL, &mask, &probability);
        wil_mask_clear(&mask);
        wil_volume_clear(&probability);
        wil_volume_clear(&tof);
    }
    wil_segmenter_free(segmenter);
}

static void only_the_brain_is_looked_at(void **state)
{
    const wil_grid grid = wil_grid_make(100, 90, 2, 0.5, 0.5, 0.7);
    wil_segmenter *segmenter = voxel_segmenter(*state);
    wil_volume tof = {0};
    wil_volume probability = {0};
    wil_mask brain = {0};
    wil_mask mask = {0};
    OK(wil_volume_make(&tof, &grid, 1));
    OK(wil_mask_make(&brain, &grid));
    fill_noise(&tof, 1);
    for (int y = 40; y < 60; y++) /* in one slice only, and not in every tile */
        for (int x = 50; x < 77; x++)
            brain.voxels[y * 100 + x] = 1;
    OK(wil_segmenter_run(segmenter, &mask, &probability, &tof, &brain, NULL));
    assert_voxels_as_expected(&tof, &brain, &mask, &probability);
    assert_true(wil_mask_count(&mask) > 0);
    wil_mask_clear(&mask);
    wil_volume_clear(&probability);
    const wil_mask none = {0}; /* as wil_scan_read gives it for a subject without brain mask */
    OK(wil_segmenter_run(segmenter, &mask, &probability, &tof, &none, NULL));
    assert_voxels_as_expected(&tof, NULL, &mask, &probability);
    wil_mask_clear(&mask);
    wil_volume_clear(&probability);
    wil_mask_clear(&brain);
    wil_volume_clear(&tof);
    wil_segmenter_free(segmenter);
}

/* Correctness.md, E4: the prediction lies where the scan lies. */
static void the_scans_grid_is_kept(void **state)
{
    wil_grid grid = wil_grid_make(40, 36, 2, 0.5, 0.6, 0.7);
    const double turned[3][4] = {{0.3, -0.48, 0, 17}, {0.4, 0.36, 0, -4}, {0, 0, -0.7, 99}};
    memcpy(grid.affine, turned, sizeof turned);
    wil_segmenter *segmenter = voxel_segmenter(*state);
    wil_volume tof = {0};
    wil_volume probability = {0};
    wil_mask mask = {0};
    OK(wil_volume_make(&tof, &grid, 1));
    fill_noise(&tof, 2);
    OK(wil_segmenter_run(segmenter, &mask, &probability, &tof, NULL, NULL));
    assert_memory_equal(mask.grid.affine, grid.affine, sizeof grid.affine);
    assert_memory_equal(mask.grid.size, grid.size, sizeof grid.size);
    assert_memory_equal(probability.grid.affine, grid.affine, sizeof grid.affine);
    assert_memory_equal(probability.grid.spacing_mm, grid.spacing_mm, sizeof grid.spacing_mm);
    wil_mask_clear(&mask);
    OK(wil_segmenter_run(segmenter, &mask, NULL, &tof, NULL, NULL)); /* the probability is not wanted */
    for (size_t k = 0; k < wil_grid_count(&grid); k++)
        assert_int_equal(mask.voxels[k], probability.voxels[k] > 0.5f);
    wil_mask_clear(&mask);
    wil_volume_clear(&probability);
    wil_volume_clear(&tof);
    wil_segmenter_free(segmenter);
}

static wil_segmenter *random_segmenter(const char *folder, int n_filters, double threshold)
{
    wil_unet_facts facts = fixture_facts();
    wil_params *params = NULL;
    wil_segmenter *segmenter = NULL;
    const char *path = in_folder(folder, "random.safetensors");
    facts.net.filters = n_filters;
    facts.mean = 120;
    facts.sd = 70;
    facts.threshold = threshold;
    OK(wil_unet_params_new(&params, &facts.net));
    OK(wil_params_initialize(params, 3));
    OK(wil_unet_save(params, &facts, NULL, path));
    wil_params_free(params);
    OK(wil_segmenter_open(&segmenter, path));
    return segmenter;
}

/* Tiles of 32 that overlap by 8 start every 24 voxels. A volume of 104 that is turned round by 24 has its
 * tiles 0, 1, 2 as the tiles 1, 2, 3: where no other tile has a say, the answers are those of before. */
static void what_is_moved_by_a_tiles_step_gets_the_same_answer(void **state)
{
    enum { SIDE = 104, STEP = 24 };
    const wil_grid grid = wil_grid_make(SIDE, SIDE, 1, 0.5, 0.5, 0.7);
    wil_segmenter *segmenter = random_segmenter(*state, 4, 0.5);
    wil_volume tof = {0};
    wil_volume moved = {0};
    wil_volume p[2];
    wil_mask mask = {0};
    OK(wil_volume_make(&tof, &grid, 1));
    OK(wil_volume_make(&moved, &grid, 1));
    fill_noise(&tof, 3);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            moved.voxels[(y + STEP) % SIDE * SIDE + (x + STEP) % SIDE] = tof.voxels[y * SIDE + x];
    OK(wil_segmenter_run(segmenter, &mask, &p[0], &tof, NULL, NULL));
    wil_mask_clear(&mask);
    OK(wil_segmenter_run(segmenter, &mask, &p[1], &moved, NULL, NULL));
    for (int y = 8; y < SIDE - 32; y++)
        for (int x = 8; x < SIDE - 32; x++)
            assert_true(p[0].voxels[y * SIDE + x] == p[1].voxels[(y + STEP) * SIDE + x + STEP]);
    assert_true(p[0].voxels[50 * SIDE + 50] != p[0].voxels[50 * SIDE + 51]); /* it says something */
    wil_mask_clear(&mask);
    wil_volume_clear(&p[0]);
    wil_volume_clear(&p[1]);
    wil_volume_clear(&tof);
    wil_volume_clear(&moved);
    wil_segmenter_free(segmenter);
}

/* A slice smaller than a tile gets the answer it has as the corner of a slice that is dark around it. */
static void what_lies_around_a_small_slice_counts_as_dark(void **state)
{
    enum { W = 20, H = 17, SIDE = 32 };
    const wil_grid small = wil_grid_make(W, H, 1, 0.5, 0.5, 0.7);
    const wil_grid large = wil_grid_make(SIDE, SIDE, 1, 0.5, 0.5, 0.7);
    wil_segmenter *segmenter = random_segmenter(*state, 4, 0.5);
    wil_volume tof[2];
    wil_volume p[2];
    wil_mask mask[2];
    wil_mask brain;
    OK(wil_volume_make(&tof[0], &small, 1));
    OK(wil_volume_make(&tof[1], &large, 1));
    OK(wil_mask_make(&brain, &large));
    fill_noise(&tof[0], 8);
    for (int k = 0; k < SIDE * SIDE; k++) {
        const int x = k % SIDE;
        const int y = k / SIDE;
        brain.voxels[k] = x < W && y < H; /* so that the intensity range is that of the small one */
        tof[1].voxels[k] = brain.voxels[k] ? tof[0].voxels[y * W + x] : -1000;
    }
    OK(wil_segmenter_run(segmenter, &mask[0], &p[0], &tof[0], NULL, NULL));
    OK(wil_segmenter_run(segmenter, &mask[1], &p[1], &tof[1], &brain, NULL));
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            assert_true(p[0].voxels[y * W + x] == p[1].voxels[y * SIDE + x]);
    for (int i = 0; i < 2; i++) {
        wil_volume_clear(&tof[i]);
        wil_volume_clear(&p[i]);
        wil_mask_clear(&mask[i]);
    }
    wil_mask_clear(&brain);
    wil_segmenter_free(segmenter);
}

static void the_threshold_is_the_models(void **state)
{
    const wil_grid grid = wil_grid_make(40, 40, 1, 0.5, 0.5, 0.7);
    wil_volume tof = {0};
    wil_volume p = {0};
    wil_mask mask = {0};
    OK(wil_volume_make(&tof, &grid, 1));
    fill_noise(&tof, 4);
    wil_segmenter *segmenter = random_segmenter(*state, 4, 0.5);
    OK(wil_segmenter_run(segmenter, &mask, &p, &tof, NULL, NULL));
    wil_segmenter_free(segmenter);
    wil_mask_clear(&mask);
    double middle = 0;
    OK(wil_quantile(&middle, p.voxels, 1600, 0.7));
    segmenter = random_segmenter(*state, 4, middle);
    assert_true(wil_segmenter_threshold(segmenter) == middle);
    OK(wil_segmenter_run(segmenter, &mask, NULL, &tof, NULL, NULL));
    assert_float_equal((double)wil_mask_count(&mask), 0.3 * 1600, 1); /* by the quantile's definition */
    wil_segmenter_free(segmenter);
    wil_mask_clear(&mask);
    wil_volume_clear(&p);
    wil_volume_clear(&tof);
}

static void a_training_set_of_one_grey_value_makes_no_nan(void **state)
{
    const wil_grid grid = wil_grid_make(20, 20, 1, 0.5, 0.5, 0.7);
    wil_unet_facts facts = fixture_facts();
    wil_params *params = NULL;
    wil_segmenter *segmenter = NULL;
    wil_volume tof = {0};
    wil_mask mask = {0};
    facts.sd = 0;
    OK(wil_unet_params_new(&params, &facts.net));
    OK(wil_params_initialize(params, 3));
    OK(wil_unet_save(params, &facts, NULL, in_folder(*state, "flat.safetensors")));
    OK(wil_segmenter_open(&segmenter, in_folder(*state, "flat.safetensors")));
    OK(wil_volume_make(&tof, &grid, 1));
    fill_noise(&tof, 5);
    OK(wil_segmenter_run(segmenter, &mask, NULL, &tof, NULL, NULL));
    wil_mask_clear(&mask);
    wil_volume_clear(&tof);
    wil_segmenter_free(segmenter);
    wil_params_free(params);
}

/* ---- failures ----------------------------------------------------------------------------------------- */

static void volumes_that_cannot_be_segmented_are_refused(void **state)
{
    const wil_grid grid = wil_grid_make(20, 20, 2, 0.5, 0.5, 0.7);
    wil_grid other = grid;
    wil_segmenter *segmenter = voxel_segmenter(*state);
    wil_volume tof = {0};
    wil_mask brain = {0};
    wil_mask mask = {0};
    OK(wil_volume_make(&tof, &grid, 1));
    other.affine[0][3] += 0.5;
    OK(wil_mask_make(&brain, &other));
    REFUSED(
        WIL_ERR_INPUT, wil_segmenter_run(segmenter, &mask, NULL, &tof, &brain, NULL), "0.5 mm", "resample");
    brain.grid = grid;
    REFUSED(
        WIL_ERR_INPUT, wil_segmenter_run(segmenter, &mask, NULL, &tof, &brain, NULL), "brain mask is empty");
    brain.voxels[0] = 1;
    tof.voxels[700] = NAN; /* far from the brain, yet within reach of a convolution */
    REFUSED(WIL_ERR_INPUT, wil_segmenter_run(segmenter, &mask, NULL, &tof, &brain, NULL), "1 NaN", "800");
    assert_null(mask.voxels);
    wil_volume_clear(&tof);
    OK(wil_volume_make(&tof, &grid, 3));
    REFUSED(
        WIL_ERR_INPUT, wil_segmenter_run(segmenter, &mask, NULL, &tof, NULL, NULL), "3D", "3 time points");
    wil_volume_clear(&tof);
    wil_mask_clear(&brain);
    wil_segmenter_free(segmenter);
}

static void an_interruption_leaves_nothing(void **state)
{
    const wil_grid grid = wil_grid_make(20, 20, 4, 0.5, 0.5, 0.7);
    wil_segmenter *segmenter = voxel_segmenter(*state);
    listener heard;
    wil_monitor monitor = listen_with(&heard, 2);
    wil_volume tof = {0};
    wil_volume probability = {0};
    wil_mask mask = {0};
    OK(wil_volume_make(&tof, &grid, 1));
    fill_noise(&tof, 6);
    REFUSED(WIL_ERR_INTERRUPTED, wil_segmenter_run(segmenter, &mask, &probability, &tof, NULL, &monitor),
        "slice 2 of 4");
    assert_true(mask.voxels == NULL && probability.voxels == NULL && heard.done == 2 && heard.total == 4);
    monitor = listen_with(&heard, 4); /* too late: the last slice is done */
    OK(wil_segmenter_run(segmenter, &mask, NULL, &tof, NULL, &monitor));
    wil_mask_clear(&mask);
    wil_volume_clear(&tof);
    wil_segmenter_free(segmenter);
}

static void a_network_of_nan_is_said_to_be_one(void **state)
{
    (void)state;
    const wil_grid grid = wil_grid_make(20, 20, 1, 0.5, 0.5, 0.7);
    const wil_unet_facts facts = fixture_facts();
    wil_params *params = NULL;
    wil_segmenter *segmenter = NULL;
    wil_volume tof = {0};
    wil_mask mask = {0};
    OK(wil_unet_params_new(&params, &facts.net));
    wil_params_find(params, "unet.out.bias")->value[0] = NAN;
    OK(wil_segmenter_borrow(&segmenter, params, &facts, true));
    OK(wil_volume_make(&tof, &grid, 1));
    fill_noise(&tof, 7);
    REFUSED(WIL_ERR_NUMERIC, wil_segmenter_run(segmenter, &mask, NULL, &tof, NULL, NULL), "not finite",
        "train it");
    assert_null(mask.voxels);
    wil_volume_clear(&tof);
    wil_segmenter_free(segmenter);
    wil_params_free(params);
}

/* The network made by hand with one fact of its file changed (NULL: taken out). */
static wil_status open_changed(const char *folder, const char *key, const char *value)
{
    const char *path = in_folder(folder, "changed.safetensors");
    wil_segmenter *segmenter = NULL;
    wil_tensor_file file;
    save_voxel_network(path);
    OK(wil_tensor_file_read(&file, path));
    if (value == NULL)
        json_object_del(file.metadata, key);
    else
        json_object_set_new(file.metadata, key, json_string(value));
    OK(wil_tensor_file_write(path, file.tensors, file.n_tensors, file.metadata));
    wil_tensor_file_clear(&file);
    const wil_status status = wil_segmenter_open(&segmenter, path);
    if (status != WIL_OK)
        assert_null(segmenter);
    wil_segmenter_free(segmenter);
    return status;
}

static void files_that_are_no_unet_are_refused(void **state)
{
    const char *folder = *state;
    wil_segmenter *segmenter = NULL;
    OK(open_changed(folder, "tile", "64"));
    REFUSED(WIL_ERR_INPUT, wil_segmenter_open(&segmenter, in_folder(folder, "absent.safetensors")), "absent");
    REFUSED(WIL_ERR_INPUT, open_changed(folder, "architecture", "willis wgan generator"),
        "changed.safetensors", "not a segmentation network", "willis wgan generator", "unet.safetensors");
    REFUSED(
        WIL_ERR_INPUT, open_changed(folder, "architecture", NULL), "not a segmentation network", "unknown");
    REFUSED(WIL_ERR_INPUT, open_changed(folder, "tile", NULL), "changed.safetensors", "'tile'", "missing");
    REFUSED(WIL_ERR_INPUT, open_changed(folder, "tile", "1e300"), "'tile'", "1e300");
    REFUSED(WIL_ERR_INPUT, open_changed(folder, "tile", "33"), "33", "multiple of 2");
    REFUSED(WIL_ERR_INPUT, open_changed(folder, "filters", "2.5"), "'filters'", "whole number", "2.5");
    REFUSED(WIL_ERR_INPUT, open_changed(folder, "filters", "4"), "unet.down1.conv1.weight", "shape");
    REFUSED(WIL_ERR_INPUT, open_changed(folder, "levels", "3"), "another architecture");
    REFUSED(WIL_ERR_INPUT, open_changed(folder, "intensity_sd", "-1"), "'intensity_sd'", "-1");
    REFUSED(WIL_ERR_INPUT, open_changed(folder, "intensity_mean", "nan"), "'intensity_mean'", "nan");
    REFUSED(WIL_ERR_INPUT, open_changed(folder, "threshold", "0.5x"), "'threshold'", "0.5x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_network_that_sees_one_voxel_says_the_same_in_every_size_of_volume),
        CASE(only_the_brain_is_looked_at),
        CASE(the_scans_grid_is_kept),
        CASE(what_is_moved_by_a_tiles_step_gets_the_same_answer),
        CASE(what_lies_around_a_small_slice_counts_as_dark),
        CASE(the_threshold_is_the_models),
        CASE(a_training_set_of_one_grey_value_makes_no_nan),
        CASE(volumes_that_cannot_be_segmented_are_refused),
        CASE(an_interruption_leaves_nothing),
        CASE(a_network_of_nan_is_said_to_be_one),
        CASE(files_that_are_no_unet_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
