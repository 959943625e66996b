/* Timing, phases, mask, concentration, motion, arterial files and fits, each by itself. */
#include "test.h"

#include "willis/num.h"
#include "perfusion_fixture.h"

/* ---- timing -------------------------------------------------------------------------------------------- */

TEST_IN_FOLDER(options_come_before_sidecar_before_header)
{
    wil_perfusion_config config = wil_perfusion_config_default();
    const char *series = in_folder(*state, "dsc.nii.gz");
    write_text(in_folder(*state, "dsc.json"), "{\"EchoTime\": 0.03, \"RepetitionTime\": 1.5}");
    OK(wil_perfusion_protocol_find(&config, series, NULL, 1.5));
    assert_true(config.te_s == 0.03 && config.tr_s == 1.5);
    config.te_s = 0.0301; /* within a percent: the option counts */
    OK(wil_perfusion_protocol_find(&config, series, NULL, 0));
    assert_true(config.te_s == 0.0301);
    config = wil_perfusion_config_default();
    config.te_s = 0.03;
    OK(wil_perfusion_protocol_find(&config, in_folder(*state, "other.nii"), NULL, 2));
    assert_true(config.tr_s == 2.0);
}

TEST_IN_FOLDER(milliseconds_are_named)
{
    wil_perfusion_config config = wil_perfusion_config_default();
    const char *series = in_folder(*state, "dsc.nii");
    config.te_s = 30;
    config.tr_s = 1.5;
    REFUSED(WIL_ERR_ARG, wil_perfusion_protocol_find(&config, series, NULL, 0), "TE of 30 s", "milliseconds",
        "--te 0.03");
    config.te_s = 0.03;
    config.tr_s = 1500;
    REFUSED(WIL_ERR_ARG, wil_perfusion_protocol_find(&config, series, NULL, 0), "TR of 1500 s", "--tr 1.5");
    REFUSED(WIL_ERR_INPUT, wil_perfusion_protocol_find(&config, series, NULL, 1.5), "--tr says", "1500",
        "milliseconds");
    config.tr_s = 0;
    REFUSED(WIL_ERR_INPUT, wil_perfusion_protocol_find(&config, series, NULL, 1500), "dsc.nii: the header",
        "1500 s", "--tr 1.5", "mend the header");
    config.tr_s = 1.5; /* the advice helps */
    OK(wil_perfusion_protocol_find(&config, series, NULL, 1500));
    assert_true(config.tr_s == 1.5);
    OK(wil_perfusion_protocol_find(&config, series, NULL, 1)); /* what converters leave there */
    assert_true(config.tr_s == 1.5);
    config.tr_s = 1.5;
    write_text(in_folder(*state, "dsc.json"), "{\"EchoTime\": 30}");
    REFUSED(WIL_ERR_INPUT, wil_perfusion_protocol_find(&config, series, NULL, 0), "dsc.json",
        "EchoTime is 30", "write 0.03");
}

TEST_IN_FOLDER(missing_times_are_asked_for)
{
    wil_perfusion_config config = wil_perfusion_config_default();
    const char *series = in_folder(*state, "dsc.nii");
    REFUSED(WIL_ERR_ARG, wil_perfusion_protocol_find(&config, series, NULL, 1.5),
        "dsc.nii: the echo time (TE)", "--te 0.03");
    config.te_s = 0.03;
    config.tr_s = 0;
    REFUSED(WIL_ERR_ARG, wil_perfusion_protocol_find(&config, series, NULL, 0), "repetition time (TR)",
        "--tr 1.5");
    write_text(in_folder(*state, "dsc.json"), "{\"RepetitionTime\": 1.4}");
    config.tr_s = 1.5;
    REFUSED(WIL_ERR_INPUT, wil_perfusion_protocol_find(&config, series, NULL, 1.5), "1.4", "1.5",
        "which is right");
    write_text(in_folder(*state, "dsc.json"), "{\"RepetitionTime\": \"1.4\"}");
    REFUSED(WIL_ERR_INPUT, wil_perfusion_protocol_find(&config, series, NULL, 1.5), "not a number");
}

TEST_IN_FOLDER(constants_come_from_options_then_sidecar_then_usage)
{
    wil_perfusion_config config = wil_perfusion_config_default();
    const char *series = in_folder(*state, "dsc.nii.gz");
    write_text(in_folder(*state, "dsc.json"),
        "{\"EchoTime\": 0.03, \"RepetitionTime\": 1.5, \"RelaxivityTissue\": 44, \"RelaxivityBlood\": 7.62, "
        "\"RelaxivityBloodQuadratic\": 0.5, \"HematocritFactor\": 0.8}");
    config.r2_blood = 5;
    config.blood_quadratic = 0; /* an option that says none, whatever the sidecar says */
    OK(wil_perfusion_protocol_find(&config, series, NULL, 0));
    assert_true(config.r2_tissue == 44 && config.r2_blood == 5 && config.blood_quadratic == 0);
    assert_true(config.hematocrit_factor == 0.8 && isnan(config.density_g_ml));
    wil_perfusion_config_settle(&config);
    assert_true(config.r2_tissue == 44 && config.hematocrit_factor == 0.8 && config.density_g_ml == 1.04);
    config = wil_perfusion_config_default();
    OK(wil_perfusion_protocol_find(&config, series, NULL, 0));
    assert_true(config.r2_blood == 7.62 && config.blood_quadratic == 0.5);
    config = wil_perfusion_config_default();
    wil_perfusion_config_settle(&config);
    assert_true(config.r2_tissue == 1 && config.r2_blood == 1 && config.blood_quadratic == 0);
    assert_true(config.hematocrit_factor == 0.733);
}

TEST_IN_FOLDER(impossible_constants_in_the_sidecar_are_refused)
{
    static const char *const wrong[][2] = {{"RelaxivityTissue", "0"}, {"RelaxivityBlood", "\"7\""},
        {"RelaxivityBloodQuadratic", "-1"}, {"HematocritFactor", "null"}, {"DensityGramPerMl", "-1.04"}};
    const char *series = in_folder(*state, "dsc.nii");
    char text[200];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        wil_perfusion_config config = wil_perfusion_config_default();
        snprintf(text, sizeof text, "{\"EchoTime\": 0.03, \"%s\": %s}", wrong[i][0], wrong[i][1]);
        write_text(in_folder(*state, "dsc.json"), text);
        REFUSED(WIL_ERR_INPUT, wil_perfusion_protocol_find(&config, series, NULL, 1.5), "dsc.json",
            wrong[i][0], "is not a number", "as an option");
    }
    wil_perfusion_config config = test_config(); /* what is given as an option is not read */
    OK(wil_perfusion_protocol_find(&config, series, NULL, 1.5));
    assert_true(config.density_g_ml == 1);
}

TEST(impossible_settings_are_refused)
{
    wil_perfusion_config config = test_config();
    OK(wil_perfusion_config_check(&config));
    config.te_s = 0.1;
    config.tr_s = 0.09;
    REFUSED(WIL_ERR_ARG, wil_perfusion_config_check(&config), "not shorter than the TR");
    config = test_config();
    config.r2_blood = 0;
    REFUSED(WIL_ERR_ARG, wil_perfusion_config_check(&config), "r2_blood must be a number above 0");
    config = test_config();
    config.psvd = 1;
    REFUSED(WIL_ERR_ARG, wil_perfusion_config_check(&config),
        "psvd must be a number from 0 to below 1, or auto, got '1'");
    config = test_config();
    config.n_bootstrap = 1;
    REFUSED(WIL_ERR_ARG, wil_perfusion_config_check(&config), "one bootstrap has no standard deviation");
    config = test_config();
    config.te_second_s = 0.01;
    REFUSED(WIL_ERR_ARG, wil_perfusion_config_check(&config), "second echo");
}

/* ---- phases -------------------------------------------------------------------------------------------- */

static void make_signal(double signal[N_TIME], double noise)
{
    const wil_rng rng = wil_rng_at(1, WIL_RNG_TEST, 0);
    for (int i = 0; i < N_TIME; i++)
        signal[i] = 400 * exp(-0.1 * artery_at(i * TR_S)) + noise * wil_rng_normal(rng, (uint64_t)i);
}

TEST(phases_are_found)
{
    double signal[N_TIME];
    wil_perfusion_phases p;
    const wil_perfusion_config config = test_config();
    make_signal(signal, 1);
    signal[0] += 100; /* not yet steady */
    signal[1] += 40;
    OK(wil_perfusion_find_phases(&p, signal, N_TIME, &config));
    assert_int_equal(p.n_discard, 2);
    assert_int_equal(p.baseline_first, 2);
    assert_true(p.arrival >= 10 && p.arrival <= 12); /* the bolus begins at frame 10, slowly */
    assert_int_equal(p.baseline_last, p.arrival - 1);
    assert_int_equal(p.peak, 13);           /* 19.5 s */
    assert_float_equal(p.baseline, 400, 2); /* noise 1 over 9 frames, and the first trace of the bolus */
    assert_true(p.remaining_frac < 0.05);
}

TEST(given_phases_are_kept)
{
    double signal[N_TIME];
    wil_perfusion_phases p;
    wil_perfusion_config config = test_config();
    make_signal(signal, 1);
    config.n_discard = 3;
    config.baseline_first = 4;
    config.baseline_last = 8;
    OK(wil_perfusion_find_phases(&p, signal, N_TIME, &config));
    assert_true(p.n_discard == 3 && p.baseline_first == 4 && p.baseline_last == 8);
    config.baseline_last = 14;
    REFUSED(WIL_ERR_ARG, wil_perfusion_find_phases(&p, signal, N_TIME, &config), "4:14",
        "reaches into the bolus");
    config.baseline_first = 1;
    config.baseline_last = 5;
    REFUSED(WIL_ERR_ARG, wil_perfusion_find_phases(&p, signal, N_TIME, &config), "1:5", "used frames 3");
}

TEST(series_without_use_are_refused)
{
    double signal[N_TIME];
    wil_perfusion_phases p;
    const wil_perfusion_config config = test_config();
    const wil_rng rng = wil_rng_at(2, WIL_RNG_TEST, 0);
    for (int i = 0; i < N_TIME; i++)
        signal[i] = 400;
    REFUSED(WIL_ERR_INPUT, wil_perfusion_find_phases(&p, signal, N_TIME, &config), "no bolus");
    for (int i = 0; i < N_TIME; i++)
        signal[i] = 400 + 5 * wil_rng_normal(rng, (uint64_t)i);
    REFUSED(WIL_ERR_INPUT, wil_perfusion_find_phases(&p, signal, N_TIME, &config), "no bolus");
    make_signal(signal, 1);
    REFUSED(WIL_ERR_INPUT, wil_perfusion_find_phases(&p, signal, 15, &config), "cut off", "frame 13");
    REFUSED(WIL_ERR_INPUT, wil_perfusion_find_phases(&p, signal + 9, N_TIME - 9, &config),
        "too few baseline frames");
    REFUSED(WIL_ERR_INPUT, wil_perfusion_find_phases(&p, signal, 5, &config), "5 time points");
    signal[3] = NAN;
    REFUSED(WIL_ERR_INPUT, wil_perfusion_find_phases(&p, signal, N_TIME, &config), "frame 3", "not finite");
}

/* ---- concentration, mask ------------------------------------------------------------------------------ */

TEST(concentration_inverts_the_signal)
{
    double signal[N_TIME];
    double concentration[N_TIME];
    for (int i = 0; i < N_TIME; i++)
        signal[i] = 300 * exp(-TE_S * 7 * artery_at(i * TR_S));
    wil_perfusion_concentration(concentration, signal, N_TIME, 300, TE_S, 7);
    for (int i = 0; i < N_TIME; i++)
        assert_float_equal(concentration[i], artery_at(i * TR_S), 1e-12); /* rounding of exp and log */
}

TEST(the_mask_is_the_brain_without_its_holes)
{
    WIL_OWN(wil_volume) series = {0};
    wil_mask mask;
    const series_recipe recipe = {.noise = 4, .head = true, .seed = 1};
    make_series(&series, &recipe);
    for (int t = 0; t < N_TIME; t++) /* a ventricle without signal */
        series.voxels[(size_t)t * NX * NY * NZ + voxel_at(12, 12, 1)] = 1;
    OK(wil_perfusion_brain_mask(&mask, &series, 0, 9));
    size_t wrong = 0;
    for (int z = 0; z < NZ; z++)
        for (int y = 0; y < NY; y++)
            for (int x = 0; x < NX; x++)
                wrong += (mask.voxels[voxel_at(x, y, z)] != 0) != in_head(x, y);
    assert_true(wrong <= 4 * 8); /* the opening rounds corners: some voxels a slice */
    assert_true(mask.voxels[voxel_at(12, 12, 1)] == 1);
    wil_mask_clear(&mask);
    REFUSED(WIL_ERR_ARG, wil_perfusion_brain_mask(&mask, &series, 0, N_TIME), "0 to 59");
}

TEST(without_background_all_is_mask)
{
    WIL_OWN(wil_volume) series = {0};
    wil_mask mask;
    const series_recipe recipe = {.noise = 20, .seed = 1};
    make_series(&series, &recipe);
    OK(wil_perfusion_brain_mask(&mask, &series, 0, 9));
    assert_int_equal(wil_mask_count(&mask), NX * NY * NZ);
    wil_mask_clear(&mask);
    memset(series.voxels, 0, sizeof(float) * NX * NY * NZ * N_TIME);
    REFUSED(WIL_ERR_INPUT, wil_perfusion_brain_mask(&mask, &series, 0, 9), "no signal");
}

/* ---- motion -------------------------------------------------------------------------------------------- */

#define MOVED_N 32

/* A smooth blob pattern, moved: analytic, so that no interpolation of ours enters. */
static double pattern(double x, double y, double z)
{
    const double r2 = (x * x + y * y) / 500 + z * z / 300;
    return 400 * exp(-r2) * (1.2 + sin(0.25 * x) * cos(0.2 * y) + 0.3 * sin(0.3 * z + 0.1 * x));
}

TEST(movements_are_found_and_undone)
{
    enum { T = 4 };
    static const double shift[T][3] = {{0, 0, 0}, {0, 0, 0}, {1.5, -0.8, 0.6}, {-0.5, 2.2, -1}};
    static const double turn_deg[T] = {0, 0, 2, -3}; /* about z */
    const wil_grid grid = wil_grid_make(MOVED_N, MOVED_N, 12, 2, 2, 3);
    const size_t n = wil_grid_count(&grid);
    WIL_OWN(wil_volume) series = {0};
    wil_perfusion_movement found[T];
    OK(wil_volume_make(&series, &grid, T));
    for (int t = 0; t < T; t++) {
        const double c = cos(turn_deg[t] * WIL_NUM_PI / 180), s = sin(turn_deg[t] * WIL_NUM_PI / 180);
        for (size_t i = 0; i < n; i++) {
            const double x = 2 * ((double)(i % MOVED_N) - 15.5) - shift[t][0];
            const double y = 2 * ((double)(i / MOVED_N % MOVED_N) - 15.5) - shift[t][1];
            const double z = 3 * ((double)(i / MOVED_N / MOVED_N) - 5.5) - shift[t][2];
            /* brightness differs by frame, as it does in a bolus */
            series.voxels[(size_t)t * n + i] =
                (float)((1 - 0.1 * t) * pattern(c * x + s * y, -s * x + c * y, z));
        }
    }
    OK(wil_perfusion_correct_motion(found, &series, 0, 1, NULL));
    for (int t = 0; t < T; t++) {
        for (int axis = 0; axis < 3; axis++)
            /* trilinear interpolation of a smoothed pattern: a twentieth of a voxel */
            assert_float_equal(found[t].translation_mm[axis], shift[t][axis], 0.1);
        assert_float_equal(found[t].rotation_deg[2], turn_deg[t], 0.2);
        assert_float_equal(found[t].rotation_deg[0], 0, 0.2);
    }
    const size_t centre = (6 * MOVED_N + 16) * (size_t)MOVED_N + 16;
    for (int t = 2; t < T; t++)
        assert_float_equal(series.voxels[(size_t)t * n + centre] / (1 - 0.1 * t), series.voxels[centre],
            0.04 * 630); /* interpolation flattens the crest */
}

TEST(too_few_voxels_cannot_be_moved)
{
    WIL_OWN(wil_volume) series = {0};
    wil_perfusion_movement found[2];
    const wil_grid grid = wil_grid_make(3, 9, 1, 1, 1, 1);
    OK(wil_volume_make(&series, &grid, 2));
    REFUSED(WIL_ERR_INPUT, wil_perfusion_correct_motion(found, &series, 0, 1, NULL), "3x9");
}

/* ---- arterial files and fits -------------------------------------------------------------------------- */

TEST_IN_FOLDER(arteries_are_read_from_tables)
{
    wil_perfusion_aif_file file;
    const wil_grid grid = wil_grid_make(4, 5, 6, 1, 1, 1);
    const char *path = in_folder(*state, "a.csv");
    write_text(path, "time_s,concentration\n0,0.5\n1.5,2\n");
    OK(wil_perfusion_aif_read(&file, path, &grid));
    assert_true(file.n == 2 && file.is_concentration && file.curve[1] == 2.0);
    wil_perfusion_aif_file_clear(&file);
    write_text(path, "signal\n100\n90\n95\n");
    OK(wil_perfusion_aif_read(&file, path, &grid));
    assert_true(file.n == 3 && !file.is_concentration && file.curve[2] == 95.0);
    wil_perfusion_aif_file_clear(&file);
    write_text(path, "x,y,z\n3,4,5\n0,0,0\n");
    OK(wil_perfusion_aif_read(&file, path, &grid));
    assert_true(file.n_voxels == 2 && file.voxels[0][2] == 5);
    wil_perfusion_aif_file_clear(&file);
    write_text(path, "x,y,z\n3,4,6\n");
    REFUSED(WIL_ERR_INPUT, wil_perfusion_aif_read(&file, path, &grid), "a.csv:2", "z = 6", "from 0 to 5");
    write_text(path, "value\n3\n");
    REFUSED(WIL_ERR_INPUT, wil_perfusion_aif_read(&file, path, &grid), "neither", "signal", "concentration");
    write_text(path, "signal\n3\nfour\n");
    REFUSED(WIL_ERR_INPUT, wil_perfusion_aif_read(&file, path, &grid), "a.csv:3", "'four'");
    write_text(path, "signal\n");
    REFUSED(WIL_ERR_INPUT, wil_perfusion_aif_read(&file, path, &grid), "no rows");
}

TEST_IN_FOLDER(arteries_are_read_from_images)
{
    wil_perfusion_aif_file file;
    WIL_OWN(wil_volume) curve = {0};
    WIL_OWN(wil_mask) region = {0};
    const wil_grid grid = wil_grid_make(4, 5, 6, 1, 1, 1);
    const wil_grid row = wil_grid_make(1, 9, 1, 1, 1, 1);
    const char *path = in_folder(*state, "a.nii");
    OK(wil_volume_make(&curve, &row, 1));
    curve.voxels[8] = 7;
    OK(wil_volume_write(&curve, path, WIL_NIFTI_F32, ""));
    OK(wil_perfusion_aif_read(&file, path, &grid));
    assert_true(file.n == 9 && file.curve[8] == 7.0);
    wil_perfusion_aif_file_clear(&file);
    OK(wil_mask_make(&region, &grid));
    OK(wil_mask_write(&region, path, ""));
    REFUSED(WIL_ERR_INPUT, wil_perfusion_aif_read(&file, path, &grid), "region is empty");
    region.voxels[3] = 1;
    OK(wil_mask_write(&region, path, ""));
    OK(wil_perfusion_aif_read(&file, path, &grid));
    assert_int_equal(wil_mask_count(&file.region), 1);
    wil_perfusion_aif_file_clear(&file);
    const wil_grid other = wil_grid_make(4, 5, 7, 1, 1, 1);
    REFUSED(WIL_ERR_INPUT, wil_perfusion_aif_read(&file, path, &other), "4x5x6", "4x5x7");
}

TEST(a_gamma_variate_finds_its_own_parameters)
{
    const wil_perfusion_gamma truth = {.amplitude = 0.4,
        .arrival_s = 15.2,
        .alpha = 2.8,
        .beta_s = 1.6,
        .share = 0.15,
        .delay_s = 10,
        .smear_s = 4};
    wil_perfusion_gamma found;
    double curve[N_TIME];
    double fit[N_TIME];
    wil_perfusion_gamma_curve(curve, &truth, N_TIME, 1.0);
    OK(wil_perfusion_gamma_fit(&found, fit, curve, N_TIME, 1.0));
    /* the first pass is fitted alone, where recirculation counts up to a percent: that is the precision */
    assert_float_equal(found.arrival_s, 15.2, 0.2);
    assert_float_equal(found.alpha * found.beta_s, 2.8 * 1.6, 0.15);
    assert_float_equal(found.share, 0.15, 0.05);
    double worst = 0;
    for (int i = 0; i < N_TIME; i++)
        worst = fmax(worst, fabs(fit[i] - curve[i]));
    double peak = 0;
    for (int i = 0; i < N_TIME; i++)
        peak = fmax(peak, curve[i]);
    assert_true(worst < 0.03 * peak);
    memset(curve, 0, sizeof curve);
    REFUSED(WIL_ERR_NUMERIC, wil_perfusion_gamma_fit(&found, fit, curve, N_TIME, 1.0), "no peak");
}

TEST(read_outs_count_volumes)
{
    const wil_grid grid = wil_grid_make(10, 10, 10, 2, 2, 5); /* 0.02 ml a voxel */
    WIL_OWN(wil_volume) tmax = {0}, rcbf = {0};
    WIL_OWN(wil_mask) mask = {0}, core = {0};
    wil_perfusion_readouts v;
    OK(wil_volume_make(&tmax, &grid, 1));
    OK(wil_volume_make(&rcbf, &grid, 1));
    OK(wil_mask_make(&mask, &grid));
    OK(wil_mask_make(&core, &grid));
    for (size_t i = 0; i < 1000; i++) {
        mask.voxels[i] = 1;
        tmax.voxels[i] = i < 100 ? 11 : i < 300 ? 7 : i < 400 ? 5 : 1; /* whole slices */
        rcbf.voxels[i] = i < 50 || i >= 900 ? 0.2F : 1;                /* low flow without delay is no core */
        core.voxels[i] = i < 60;
    }
    tmax.voxels[999] = 12; /* a single voxel of noise */
    OK(wil_perfusion_read_out(&v, &tmax, &rcbf, &mask, NULL, 0.1));
    assert_float_equal(v.tmax_above_ml[0], 400 * 0.02, 1e-9);
    assert_float_equal(v.tmax_above_ml[1], 300 * 0.02, 1e-9);
    assert_float_equal(v.tmax_above_ml[2], 100 * 0.02, 1e-9);
    assert_float_equal(v.tmax_above_ml[3], 100 * 0.02, 1e-9);
    assert_float_equal(v.rcbf_below_30_ml, 50 * 0.02, 1e-9);
    assert_float_equal(v.hypoperfusion_intensity_ratio, 1.0 / 3, 1e-9);
    assert_float_equal(v.mismatch_ml, 250 * 0.02, 1e-9);
    assert_float_equal(v.mismatch_ratio, 6, 1e-9);
    OK(wil_perfusion_read_out(&v, &tmax, NULL, &mask, &core, 0.1));
    assert_true(v.core_given && isnan(v.rcbf_below_30_ml));
    assert_float_equal(v.core_ml, 60 * 0.02, 1e-9);
    assert_float_equal(v.mismatch_ml, 240 * 0.02, 1e-9);
}
