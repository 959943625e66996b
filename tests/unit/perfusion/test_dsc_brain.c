/* Where the brain is, where the artery is sought, and what is no DSC series. */
#include "test.h"

#include "perfusion_fixture.h"

/* ---- a head of discs ------------------------------------------------------------------------------------
 */

#define SIDE 80 /* voxels of 2.5 mm */

typedef struct disc {
    double x, y, radius; /* mm from the middle */
    double fall;         /* of the signal at the bolus' peak */
} disc;

/* Slices of discs of signal 400 in darkness; one later on lies over one before. */
static void make_discs(wil_volume *series, const disc *const *slices, const int *n_discs, int n_slices)
{
    const wil_grid grid = wil_grid_make(SIDE, SIDE, n_slices, 2.5, 2.5, 5);
    const wil_rng rng = wil_rng_at(3, WIL_RNG_TEST, 0);
    const size_t n = wil_grid_count(&grid);
    OK(wil_volume_make(series, &grid, N_TIME));
    for (size_t i = 0; i < n; i++) {
        const int z = (int)(i / (SIDE * SIDE));
        const double x = 2.5 * ((double)(i % SIDE) - 0.5 * (SIDE - 1));
        const double y = 2.5 * ((double)(i / SIDE % SIDE) - 0.5 * (SIDE - 1));
        double base = 5, fall = 0;
        for (int k = 0; k < n_discs[z]; k++)
            if (hypot(x - slices[z][k].x, y - slices[z][k].y) <= slices[z][k].radius) {
                base = 400;
                fall = slices[z][k].fall;
            }
        for (int t = 0; t < N_TIME; t++)
            series->voxels[(size_t)t * n + i] =
                magnitude(base * (1 - fall * artery_at(t * TR_S) / 5), 16, rng, (uint64_t)t * n + i);
    }
}

/* Share of a disc's voxels in the mask. */
static double held(const wil_mask *mask, int z, const disc *d)
{
    double inside = 0, all = 0;
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            if (hypot(2.5 * (x - 0.5 * (SIDE - 1)) - d->x, 2.5 * (y - 0.5 * (SIDE - 1)) - d->y) <=
                d->radius) {
                all++;
                inside += mask->voxels[((size_t)z * SIDE + (size_t)y) * SIDE + (size_t)x];
            }
    return inside / all;
}

/* Two temporal lobes and a cerebellum apart from one another, eyes in front, one of them touching a lobe. */
static const disc low_slice[] = {
    {-45, 5, 24, 0.3}, {45, 5, 24, 0.25}, {0, -55, 28, 0.3}, {-32, 40, 12, 0}, {32, 62, 12, 0}};
static const disc high_slice[] = {{0, 0, 70, 0.3}, {0, 0, 12, 0}, {40, 0, 20, 0.08}};

/* At 14aa8ab one lobe alone was kept (1850 of 3256 voxels in a real slice), or eyes were. */
TEST(lobes_are_kept_and_eyes_dropped)
{
    static const disc *const slices[] = {low_slice, high_slice, high_slice};
    static const int n_discs[] = {5, 3, 3};
    for (int n_slices = 1; n_slices <= 3; n_slices += 2) {
        WIL_OWN(wil_volume) series = {0};
        WIL_OWN(wil_mask) mask = {0};
        make_discs(&series, slices, n_discs, n_slices);
        OK(wil_perfusion_brain_mask(&mask, &series, 0, N_TIME - 1));
        for (int k = 0; k < 3; k++)
            assert_true(held(&mask, 0, &low_slice[k]) > 0.96);
        print_message(
            "eyes held: %.2f, %.2f\n", held(&mask, 0, &low_slice[3]), held(&mask, 0, &low_slice[4]));
        assert_true(held(&mask, 0, &low_slice[3]) < 0.3); /* it touches the lobe: fluid of the margin */
        assert_true(held(&mask, 0, &low_slice[4]) == 0);
        for (int k = 0; k < 3 && n_slices > 1; k++) /* ventricle and infarct are brain */
            assert_true(held(&mask, 1, &high_slice[k]) > 0.99);
    }
}

TEST(without_a_bolus_the_largest_piece_is_taken)
{
    static const disc flat[] = {{-45, 5, 24, 0}, {45, 5, 26, 0}};
    static const disc *const slices[] = {flat};
    static const int n_discs[] = {2};
    WIL_OWN(wil_volume) series = {0};
    WIL_OWN(wil_mask) mask = {0};
    make_discs(&series, slices, n_discs, 1);
    OK(wil_perfusion_brain_mask(&mask, &series, 0, N_TIME - 1));
    assert_true(held(&mask, 0, &flat[0]) == 0 && held(&mask, 0, &flat[1]) > 0.96);
}

/* ---- the artery and the mask ----------------------------------------------------------------------------
 */

static const series_recipe head = {.noise = 4, .head = true, .lesion_delay_s = 6, .seed = 1};

/* At 14aa8ab the artery's amplitude followed the mask: flow up to 1.41 times as high. */
TEST(the_artery_does_not_depend_on_the_mask)
{
    WIL_OWN(wil_volume) series = {0};
    double peak[4], flow[4];
    make_series(&series, &head);
    for (int k = 0; k < 4; k++) {
        WIL_OWN(wil_mask) mask = {0};
        WIL_OWN(wil_perfusion_result) r = {0};
        const wil_perfusion_inputs inputs = {.mask = k > 1 ? &mask : NULL};
        wil_perfusion_config config = test_config();
        config.mask_rule = k == 1 ? WIL_PERFUSION_MASK_NONE : WIL_PERFUSION_MASK_AUTO;
        config.oi = 0.05;
        OK(wil_mask_make(&mask, &series.grid));
        for (int z = 0; z < NZ; z++) /* the delayed part, and a corner of the rest: neither has the artery */
            for (int y = 0; y < NY; y++)
                for (int x = 0; x < NX; x++)
                    mask.voxels[voxel_at(x, y, z)] = in_head(x, y) && (k == 2 ? x >= 14 : x < 7);
        OK(wil_perfusion_run(&r, &series, &inputs, &config, NULL));
        peak[k] = r.aif.quality.peak;
        flow[k] = (double)r.maps[WIL_MAP_CBF].voxels[k == 2 ? voxel_at(16, 10, 1) : voxel_at(5, 10, 1)];
        assert_true(flow[k] > 5);
    }
    for (int k = 1; k < 4; k++)
        assert_float_equal(peak[k] / peak[0], 1, 1e-6);
    assert_float_equal(flow[3] / flow[0], 1, 1e-3);
    assert_float_equal(flow[1] / flow[0], 1, 1e-3);
}

TEST(half_a_brain_has_no_other_half)
{
    WIL_OWN(wil_volume) series = {0};
    WIL_OWN(wil_mask) mask = {0};
    wil_perfusion_result r = {0};
    const wil_perfusion_inputs inputs = {.mask = &mask};
    wil_perfusion_config config = test_config();
    make_series(&series, &head);
    OK(wil_mask_make(&mask, &series.grid));
    for (int z = 0; z < NZ; z++)
        for (int y = 0; y < NY; y++)
            for (int x = 0; x < NX; x++)
                mask.voxels[voxel_at(x, y, z)] = in_head(x, y) && x >= 12;
    config.relative_to = WIL_RELATIVE_SIDE;
    REFUSED(WIL_ERR_ARG, wil_perfusion_run(&r, &series, &inputs, &config, NULL), "0 voxels left",
        "--relative contralateral", "both");
    config.relative_to = WIL_RELATIVE_GLOBAL;
    OK(wil_perfusion_run(&r, &series, &inputs, &config, NULL));
    wil_perfusion_clear(&r);
}

/* ---- several boluses ------------------------------------------------------------------------------------
 */

/* The series twice, one behind the other; the second pass is as long and 0.8 as deep. */
TEST(two_boluses_are_named_and_one_is_used)
{
    WIL_OWN(wil_volume) once = {0}, twice = {0};
    WIL_OWN(wil_perfusion_result) single = {0};
    const wil_perfusion_inputs inputs = {0};
    const size_t n = (size_t)NX * NY * NZ;
    wil_perfusion_config config = test_config();
    config.oi = 0.05;
    make_series(&once, &head);
    OK(wil_volume_make(&twice, &once.grid, 2 * N_TIME));
    memcpy(twice.voxels, once.voxels, n * N_TIME * sizeof(float));
    for (size_t i = 0; i < n * N_TIME; i++)
        twice.voxels[n * N_TIME + i] = 400 + 0.8F * (once.voxels[i] - 400);
    for (size_t i = 0; i < n * N_TIME; i++) /* darkness stays */
        if (once.voxels[i % n] < 40)
            twice.voxels[n * N_TIME + i] = once.voxels[i];
    OK(wil_perfusion_run(&single, &once, &inputs, &config, NULL));
    for (int which = 1; which <= 2; which++) {
        WIL_OWN(wil_perfusion_result) r = {0};
        config.bolus = which;
        OK(wil_perfusion_run(&r, &twice, &inputs, &config, NULL));
        SAYS(r.warnings, "shows 2 boluses", which == 1 ? "number 1 is used" : "number 2 is used", "--bolus");
        assert_int_equal(r.phases.arrival - single.phases.arrival, which == 1 ? 0 : N_TIME);
        assert_true(r.phases.n_discard >= (which == 1 ? 0 : 20));
        const size_t i = voxel_at(5, 10, 1);
        assert_float_equal(r.maps[WIL_MAP_TTP_START].voxels[i] - single.maps[WIL_MAP_TTP_START].voxels[i],
            which == 1 ? 0 : N_TIME * TR_S, 0.3);
    }
    wil_perfusion_result none;
    config.bolus = 2;
    REFUSED(WIL_ERR_ARG, wil_perfusion_run(&none, &once, &inputs, &config, NULL), "bolus 2 was asked for",
        "shows 1");
}

/* ---- what is no DSC series ------------------------------------------------------------------------------
 */

TEST(other_kinds_of_series_are_named)
{
    WIL_OWN(wil_volume) series = {0}, tiles = {0};
    const wil_perfusion_inputs inputs = {0};
    const wil_perfusion_config config = test_config();
    const size_t n = (size_t)NX * NY * NZ;
    wil_perfusion_result r;
    make_series(&series, &head);
    for (size_t i = 0; i < n * N_TIME; i++) /* a signal that rises */
        series.voxels[i] = series.voxels[i % n] > 40 ? 600 - series.voxels[i] / 2 : series.voxels[i];
    REFUSED(WIL_ERR_INPUT, wil_perfusion_run(&r, &series, &inputs, &config, NULL), "no bolus of DSC-MRI",
        "rises", "CT perfusion");
    for (size_t i = 0; i < n * N_TIME; i++)
        series.voxels[i] = series.voxels[i % n] > 40 ? 40 + series.voxels[i] / 40 : -1000;
    REFUSED(
        WIL_ERR_INPUT, wil_perfusion_run(&r, &series, &inputs, &config, NULL), "Hounsfield", "CT perfusion");
    const wil_grid one = wil_grid_make(4 * 48, 4 * 48, 1, 2, 2, 5);
    OK(wil_volume_make(&tiles, &one, 20));
    for (size_t i = 0; i < wil_grid_count(&one) * 20; i++) {
        const double x = (double)(i % 192 % 48) - 23.5, y = (double)(i / 192 % 192 % 48) - 23.5;
        tiles.voxels[i] = hypot(x, y) < 20 ? 400 : 3;
    }
    REFUSED(WIL_ERR_INPUT, wil_perfusion_run(&r, &tiles, &inputs, &config, NULL), "mosaic", "4 x 4 tiles",
        "dcm2niix");
}
