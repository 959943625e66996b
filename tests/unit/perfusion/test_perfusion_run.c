/* The whole way on small series of known truth: maps, theorems, warnings, refusals. */
#include "test.h"

#include "perfusion_fixture.h"

static void run(
    wil_perfusion_result *r, const series_recipe *recipe, const wil_perfusion_config *config, bool true_aif)
{
    WIL_OWN(wil_volume) series = {0};
    WIL_OWN(wil_perfusion_aif_file) aif = true_artery();
    const wil_perfusion_inputs inputs = {.aif = true_aif ? &aif : NULL};
    make_series(&series, recipe);
    OK(wil_perfusion_run(r, &series, &inputs, config, NULL));
}

/* Mean of a map over grey (0) or white (1) matter, in the lesion or outside of it; no artery. */
static double mean_of(const wil_perfusion_result *r, wil_perfusion_map_kind kind, int white, bool lesion)
{
    double sum = 0;
    int n = 0;
    for (int z = 0; z < NZ; z++)
        for (int y = 0; y < NY; y++)
            for (int x = 0; x < NX; x++)
                if ((x + y) % 2 == white && (x >= 14) == lesion && !in_artery(x, y, z) &&
                    r->mask.voxels[voxel_at(x, y, z)] != 0) {
                    sum += (double)r->maps[kind].voxels[voxel_at(x, y, z)];
                    n++;
                }
    return sum / n;
}

static const series_recipe healthy = {.noise = 4, .head = true, .seed = 1};

TEST(maps_have_their_units)
{
    WIL_OWN(wil_perfusion_result) r = {0};
    wil_perfusion_config config = test_config();
    config.method = WIL_PERFUSION_PARAMETRIC;
    run(&r, &healthy, &config, true);
    /* noise is 1 % of the signal, 6 % of the tissue's peak: the priors (wider spread of transit times is
     * taken to be rarer than an exponential's) then move flow and MTT by up to 15 %; volumes have no prior */
    assert_float_equal(mean_of(&r, WIL_MAP_CBF, 0, false), 60, 9);
    assert_float_equal(mean_of(&r, WIL_MAP_CBF, 1, false), 25, 4);
    assert_float_equal(mean_of(&r, WIL_MAP_CBV, 0, false), 4, 0.15);
    assert_float_equal(mean_of(&r, WIL_MAP_CBV, 1, false), 2, 0.15);
    assert_float_equal(mean_of(&r, WIL_MAP_MTT, 0, false), 4, 0.8);
    assert_float_equal(mean_of(&r, WIL_MAP_TMAX, 0, false), 0, 0.4);
    const double from_arrival = mean_of(&r, WIL_MAP_TTP, 0, false);
    assert_float_equal(
        mean_of(&r, WIL_MAP_TTP_START, 0, false) - from_arrival, r.phases.arrival * TR_S, 1e-3);
    for (int kind = 0; kind < WIL_MAP_COUNT; kind++)
        for (size_t i = 0; r.maps[kind].voxels != NULL && i < wil_grid_count(&r.grid); i++) {
            assert_true(isfinite(r.maps[kind].voxels[i]));
            assert_true(r.mask.voxels[i] != 0 || r.maps[kind].voxels[i] == 0.0F);
        }
}

TEST(hematocrit_and_density_scale_flow_and_volume)
{
    WIL_OWN(wil_perfusion_result) one = {0}, other = {0};
    wil_perfusion_config config = test_config();
    run(&one, &healthy, &config, true);
    config.hematocrit_factor = 0.733;
    config.density_g_ml = 1.04;
    run(&other, &healthy, &config, true);
    const double scale = 0.733 / 1.04;
    assert_float_equal(
        mean_of(&other, WIL_MAP_CBF, 0, false) / mean_of(&one, WIL_MAP_CBF, 0, false), scale, 1e-5);
    assert_float_equal(
        mean_of(&other, WIL_MAP_CBV, 0, false) / mean_of(&one, WIL_MAP_CBV, 0, false), scale, 1e-5);
    assert_float_equal(mean_of(&other, WIL_MAP_MTT, 0, false), mean_of(&one, WIL_MAP_MTT, 0, false), 1e-4);
}

TEST(the_artery_is_found_by_both_searches)
{
    for (int search = 0; search < 2; search++)
        for (uint64_t seed = 1; seed <= 5; seed++) {
            WIL_OWN(wil_perfusion_result) r = {0};
            wil_perfusion_config config = test_config();
            series_recipe recipe = healthy;
            recipe.seed = seed;
            config.search = (wil_perfusion_search)search;
            run(&r, &recipe, &config, false);
            double cross = 0, found = 0, truth = 0;
            for (int t = 0; t < r.n_time; t++) {
                const double a = artery_at((t + r.phases.n_discard) * TR_S);
                cross += a * r.aif.measured[t];
                found += r.aif.measured[t] * r.aif.measured[t];
                truth += a * a;
            }
            assert_true(cross / sqrt(found * truth) >= 0.98); /* as issue 4 asks on phantoms */
            assert_float_equal(r.aif.quality.time_to_peak_s, BOLUS_S + 4.5, TR_S);
            int inside = 0;
            for (int i = 0; i < r.aif.n_voxels; i++)
                inside += in_artery(r.aif.voxels[i][0], r.aif.voxels[i][1], r.aif.voxels[i][2]);
            assert_true(inside == r.aif.n_voxels && inside > 0);
        }
}

TEST(the_artery_keeps_to_its_side)
{
    WIL_OWN(wil_perfusion_result) r = {0};
    wil_perfusion_config config = test_config();
    config.aif_side = WIL_SIDE_RIGHT; /* x rises to the right in RAS; the artery lies left of the middle */
    run(&r, &healthy, &config, false);
    for (int i = 0; i < r.aif.n_voxels; i++)
        assert_true(r.aif.voxels[i][0] >= 11);
    wil_perfusion_clear(&r);
    config.aif_side = WIL_SIDE_LEFT;
    run(&r, &healthy, &config, false);
    for (int i = 0; i < r.aif.n_voxels; i++)
        assert_true(in_artery(r.aif.voxels[i][0], r.aif.voxels[i][1], r.aif.voxels[i][2]));
}

TEST(a_delayed_lesion_is_read_out)
{
    WIL_OWN(wil_perfusion_result) r = {0};
    wil_perfusion_config config = test_config();
    const series_recipe recipe = {.noise = 4, .head = true, .lesion_delay_s = 9, .seed = 2};
    config.relative_to = WIL_RELATIVE_SIDE;
    config.extra_maps = true;
    config.residue = true;
    run(&r, &recipe, &config, true);
    size_t lesion = 0;
    for (int z = 0; z < NZ; z++)
        for (int y = 0; y < NY; y++)
            for (int x = 14; x < NX; x++)
                lesion += r.mask.voxels[voxel_at(x, y, z)] != 0;
    assert_float_equal(r.readouts.tmax_above_ml[1], (double)lesion * 0.02, 0.05 * (double)lesion * 0.02);
    assert_int_equal(r.reference_side, WIL_SIDE_LEFT);
    assert_float_equal(mean_of(&r, WIL_MAP_TMAX, 0, true) - mean_of(&r, WIL_MAP_TMAX, 0, false), 9, 0.3);
    assert_float_equal(
        mean_of(&r, WIL_MAP_ARRIVAL, 0, true) - mean_of(&r, WIL_MAP_ARRIVAL, 0, false), 9, 0.5);
    assert_float_equal(mean_of(&r, WIL_MAP_CBF, 0, true) / mean_of(&r, WIL_MAP_CBF, 0, false), 1, 0.05);
    assert_true(mean_of(&r, WIL_MAP_FIT_RESIDUAL, 0, false) < 0.2);
    assert_int_equal(r.residue.n_time, r.n_time);
}

TEST(discarding_frames_changes_nothing_else)
{
    WIL_OWN(wil_perfusion_result) a = {0}, b = {0};
    wil_perfusion_config config = test_config();
    config.oi = 0.05;
    config.baseline_first = 3;
    config.baseline_last = 8;
    config.n_discard = 0;
    run(&a, &healthy, &config, true);
    config.n_discard = 2;
    run(&b, &healthy, &config, true);
    /* two frames of noise fewer: within the noise of the volume */
    assert_float_equal(mean_of(&b, WIL_MAP_CBV, 0, false), mean_of(&a, WIL_MAP_CBV, 0, false), 0.02);
    assert_float_equal(
        mean_of(&b, WIL_MAP_TTP_START, 0, false), mean_of(&a, WIL_MAP_TTP_START, 0, false), 1e-3);
}

TEST(the_bootstrap_knows_the_noise)
{
    WIL_OWN(wil_perfusion_result) r = {0};
    wil_perfusion_config config = test_config();
    config.n_bootstrap = 40;
    run(&r, &healthy, &config, true);
    double squares = 0, claimed = 0;
    int n = 0;
    const double mean = mean_of(&r, WIL_MAP_CBV, 0, false);
    for (int z = 0; z < NZ; z++)
        for (int y = 0; y < NY; y++)
            for (int x = 0; x < 14; x++) {
                const size_t i = voxel_at(x, y, z);
                if ((x + y) % 2 != 0 || in_artery(x, y, z) || r.mask.voxels[i] == 0)
                    continue;
                const double d = (double)r.maps[WIL_MAP_CBV].voxels[i] - mean;
                squares += d * d;
                claimed += (double)r.maps[WIL_MAP_CBV_SD].voxels[i];
                n++;
            }
    /* the real spread also holds the baseline's error, which no residual shows: all frames shift alike. It is
     * sqrt(1 + 60 / 11) times larger here, and the claim lies between the two */
    const double spread = sqrt(squares / (n - 1));
    assert_true(claimed / n > 0.25 * spread && claimed / n < 1.2 * spread);
    assert_true(mean_of(&r, WIL_MAP_CBF_SD, 0, false) > 0.5 && mean_of(&r, WIL_MAP_CBF_SD, 0, false) < 20);
}

/* Adds leakage to the grey matter of a quarter: K2 times the running integral of white matter's curve. */
TEST(leakage_is_taken_out)
{
    WIL_OWN(wil_volume) series = {0};
    WIL_OWN(wil_perfusion_aif_file) aif = true_artery();
    const wil_perfusion_inputs inputs = {.aif = &aif};
    wil_perfusion_config config = test_config();
    WIL_OWN(wil_perfusion_result) with = {0}, without = {0};
    float curve[N_TIME];
    make_tissue(curve, per_s(42), 4.3, 0); /* near the mean of the brain */
    make_series(&series, &healthy);
    double integral = 0;
    for (int t = 0; t < N_TIME; t++) {
        integral += (double)curve[t] * TR_S;
        for (int z = 0; z < NZ; z++)
            for (int y = 0; y < NY; y++)
                for (int x = 18; x < NX; x++) /* T1 leakage: the signal rises above the baseline */
                    series.voxels[(size_t)t * NX * NY * NZ + voxel_at(x, y, z)] *=
                        (float)exp(TE_S * R2_TISSUE * 0.03 * integral);
    }
    OK(wil_perfusion_run(&without, &series, &inputs, &config, NULL));
    config.correct_leakage = true;
    OK(wil_perfusion_run(&with, &series, &inputs, &config, NULL));
    const size_t i = voxel_at(19, 9, 1);
    assert_true(with.maps[WIL_MAP_CBV].voxels[i] > without.maps[WIL_MAP_CBV].voxels[i] + 1);
    assert_float_equal(
        with.maps[WIL_MAP_CBV].voxels[i], 4, 1); /* white matter's shape differs from the mean's */
    assert_true(with.maps[WIL_MAP_K2].voxels[i] > 0.015F);
    assert_float_equal(with.maps[WIL_MAP_K2].voxels[voxel_at(6, 6, 1)], 0, 0.01);
    assert_null(without.maps[WIL_MAP_K2].voxels);
}

TEST(doubtful_input_is_told_and_mapped)
{
    WIL_OWN(wil_volume) series = {0};
    WIL_OWN(wil_perfusion_aif_file) aif = true_artery();
    const wil_perfusion_inputs inputs = {.aif = &aif};
    wil_perfusion_config config = test_config();
    wil_perfusion_result r;
    make_series(&series, &healthy);
    config.n_discard = 0;
    series.tr_s = 1;
    series.voxels[7 * NX * NY * NZ + voxel_at(12, 9, 0)] = 0;
    series.voxels[8 * NX * NY * NZ + voxel_at(12, 9, 1)] = -3;
    for (int t = 0; t < N_TIME; t++)
        aif.curve[t] = fmin(aif.curve[t], 3); /* a saturated artery */
    OK(wil_perfusion_run(&r, &series, &inputs, &config, NULL));
    assert_int_equal(r.n_refused, 2);
    assert_true(r.maps[WIL_MAP_CBF].voxels[voxel_at(12, 9, 0)] == 0.0F);
    SAYS(r.warnings, "2 of", "0 or negative", "clipped", "header says", "is 1 s; 1.5 s was taken");
    wil_perfusion_clear(&r);
    aif.n = 17;
    series.n_time = 20; /* the bolus peaks at 15 and is hardly gone; the artery has another length */
    REFUSED(WIL_ERR_INPUT, wil_perfusion_run(&r, &series, &inputs, &config, NULL), "17 frames", "series 20");
    aif.n = 20;
    aif.curve[18] = aif.curve[19] = 1.5; /* of a peak of 3 */
    OK(wil_perfusion_run(&r, &series, &inputs, &config, NULL));
    SAYS(r.warnings, "cut off", "truncated");
    wil_perfusion_clear(&r);
    series.n_time = N_TIME;
}

/* A curve that stands at 1000 and dips: a signal in a column that is called concentration. */
TEST(a_signal_taken_for_a_concentration_is_told)
{
    WIL_OWN(wil_volume) series = {0};
    WIL_OWN(wil_perfusion_aif_file) aif = true_artery();
    const wil_perfusion_inputs inputs = {.aif = &aif};
    const wil_perfusion_config config = test_config();
    WIL_OWN(wil_perfusion_result) r = {0};
    make_series(&series, &healthy);
    for (int t = 0; t < N_TIME; t++)
        aif.curve[t] = 1000 * exp(-0.1 * aif.curve[t]);
    OK(wil_perfusion_run(&r, &series, &inputs, &config, NULL));
    assert_true(isnan(r.aif.quality.width_s));
    SAYS(r.warnings, "does not fall to half", "--aif-kind");
}

TEST(wrong_input_is_refused)
{
    WIL_OWN(wil_volume) series = {0};
    WIL_OWN(wil_mask) mask = {0};
    WIL_OWN(wil_perfusion_aif_file) aif = true_artery();
    wil_perfusion_inputs inputs = {.aif = &aif};
    wil_perfusion_config config = test_config();
    wil_perfusion_result r;
    const wil_grid other = wil_grid_make(NX, NY, NZ + 1, 2, 2, 5);
    make_series(&series, &healthy);
    OK(wil_mask_make(&mask, &other));
    inputs.mask = &mask;
    REFUSED(WIL_ERR_INPUT, wil_perfusion_run(&r, &series, &inputs, &config, NULL), "mask", "24x20x5");
    wil_mask_clear(&mask);
    OK(wil_mask_make(&mask, &series.grid));
    REFUSED(WIL_ERR_INPUT, wil_perfusion_run(&r, &series, &inputs, &config, NULL), "mask is empty", "with 1");
    inputs.mask = NULL;
    memset(aif.curve, 0, N_TIME * sizeof *aif.curve);
    REFUSED(WIL_ERR_INPUT, wil_perfusion_run(&r, &series, &inputs, &config, NULL), "0 in all 60 frames");
    aif.is_concentration = false;
    aif.curve[5] = 1;
    REFUSED(WIL_ERR_INPUT, wil_perfusion_run(&r, &series, &inputs, &config, NULL), "signal is above 0",
        "--aif-kind");
    config.tr_s = 1500;
    REFUSED(WIL_ERR_ARG, wil_perfusion_run(&r, &series, &inputs, &config, NULL), "TR of 1500 s");
    config = test_config();
    config.te_second_s = 0.06;
    REFUSED(WIL_ERR_ARG, wil_perfusion_run(&r, &series, &inputs, &config, NULL), "second echo");
    config = test_config();
    series.n_time = 1;
    REFUSED(WIL_ERR_INPUT, wil_perfusion_run(&r, &series, &inputs, &config, NULL), "1 time point", "3D");
    series.n_time = N_TIME;
    series.voxels[17] = NAN;
    REFUSED(WIL_ERR_INPUT, wil_perfusion_run(&r, &series, &inputs, &config, NULL), "1 NaN");
}

/* S1 = S0 exp(-TE1 R2*), S2 = S0 exp(-TE2 R2*), and S0 itself changes with T1: two echoes do not care. */
TEST(two_echoes_cancel_t1)
{
    WIL_OWN(wil_volume) first = {0}, second = {0};
    WIL_OWN(wil_perfusion_aif_file) aif = true_artery();
    const series_recipe quiet = {.noise = 0.5, .seed = 1};
    wil_perfusion_config config = test_config();
    WIL_OWN(wil_perfusion_result) r = {0};
    make_series(&first, &quiet);
    make_series(&second, &quiet);
    const size_t n = (size_t)NX * NY * NZ * N_TIME;
    for (size_t i = 0; i < n; i++) { /* the recipe's signal at TE and 2 TE; T1 raises both alike */
        const double t1 = 1 + 0.2 * artery_at((double)(i / (NX * NY * NZ)) * TR_S) / 5;
        const double once = (double)first.voxels[i];
        first.voxels[i] = (float)(once * t1);
        second.voxels[i] = (float)(once * once / 400 * t1);
    }
    const wil_perfusion_inputs inputs = {.aif = &aif, .second_echo = &second};
    config.te_second_s = 2 * TE_S;
    config.mask_rule = WIL_PERFUSION_MASK_NONE;
    OK(wil_perfusion_run(&r, &first, &inputs, &config, NULL));
    assert_float_equal(mean_of(&r, WIL_MAP_CBV, 0, false), 4, 0.1);
    assert_float_equal(mean_of(&r, WIL_MAP_CBV, 1, false), 2, 0.1);
}

TEST_IN_FOLDER(files_hold_maps_with_units)
{
    WIL_OWN(wil_perfusion_result) r = {0};
    WIL_OWN(wil_volume) map = {0};
    WIL_OWN(json_t) *sidecar = NULL;
    WIL_OWN(wil_table) table = {0};
    const wil_perfusion_config config = test_config();
    run(&r, &healthy, &config, false);
    OK(wil_perfusion_write(&r, *state));
    OK(wil_volume_read_3d(&map, in_folder(*state, "cbf.nii.gz")));
    assert_memory_equal(map.voxels, r.maps[WIL_MAP_CBF].voxels, sizeof(float) * NX * NY * NZ);
    assert_true(wil_grid_disagreement_mm(&map.grid, &r.grid) < 1e-3);
    OK(wil_json_load(&sidecar, in_folder(*state, "cbf.json")));
    assert_string_equal(json_string_value(json_object_get(sidecar, "Units")), "ml/100g/min");
    OK(wil_table_read(&table, in_folder(*state, "aif.csv"), ','));
    assert_int_equal(table.n_rows, r.n_time);
}

/* The header's unit of time is at byte 123, the step at byte 92 (NIfTI-1). */
TEST_IN_FOLDER(milliseconds_and_seconds_in_the_header_give_the_same_maps)
{
    WIL_OWN(wil_volume) series = {0};
    wil_volume back = {0};
    char *bytes = NULL;
    size_t n_bytes = 0;
    WIL_OWN(wil_perfusion_aif_file) aif = true_artery();
    const wil_perfusion_inputs inputs = {.aif = &aif};
    wil_perfusion_result maps[2];
    const char *path = in_folder(*state, "series.nii");
    make_series(&series, &healthy);
    OK(wil_volume_write(&series, path, WIL_NIFTI_F32, ""));
    OK(wil_file_read(path, &bytes, &n_bytes));
    assert_int_equal(bytes[123], 2 | 8); /* mm, s */
    const float step_ms = 1000 * (float)TR_S;
    bytes[123] = 2 | 16; /* mm, ms */
    memcpy(bytes + 92, &step_ms, sizeof step_ms);
    const char *const paths[] = {path, in_folder(*state, "series_ms.nii")};
    OK(wil_file_write(paths[1], bytes, n_bytes));
    wil_free(bytes);
    for (int i = 0; i < 2; i++) {
        wil_perfusion_config config = test_config();
        config.tr_s = 0;
        OK(wil_volume_read(&back, paths[i]));
        OK(wil_perfusion_protocol_find(&config, paths[i], NULL, back.tr_s));
        OK(wil_perfusion_run(&maps[i], &back, &inputs, &config, NULL));
        wil_volume_clear(&back);
    }
    for (int kind = WIL_MAP_CBF; kind <= WIL_MAP_TTP_START; kind++)
        assert_memory_equal(
            maps[0].maps[kind].voxels, maps[1].maps[kind].voxels, sizeof(float) * NX * NY * NZ);
    wil_perfusion_clear(&maps[0]);
    wil_perfusion_clear(&maps[1]);
}
