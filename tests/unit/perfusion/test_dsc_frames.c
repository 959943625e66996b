/* Frames that are no measurement, and frames and slices at odd times: found, mended, told. */
#include "test.h"

#include "perfusion_fixture.h"

#define N_GRID ((size_t)NX * NY * NZ)

static const series_recipe noisy_head = {.noise = 12, .head = true, .lesion_delay_s = 4, .seed = 5};

static void scale_frame(wil_volume *series, int frame, double by)
{
    for (size_t i = 0; i < N_GRID; i++)
        series->voxels[(size_t)frame * N_GRID + i] *= (float)by;
}

static void add_noise(wil_volume *series, int first, int last, double sd)
{
    const wil_rng rng = wil_rng_at(9, WIL_RNG_TEST, 1);
    for (size_t i = (size_t)first * N_GRID; i < (size_t)(last + 1) * N_GRID; i++)
        series->voxels[i] = (float)fabs((double)series->voxels[i] + sd * wil_rng_normal(rng, i));
}

static void map(wil_perfusion_result *r, wil_volume *series, const wil_perfusion_inputs *extra)
{
    WIL_OWN(wil_perfusion_aif_file) aif = true_artery();
    wil_perfusion_inputs inputs = extra == NULL ? (wil_perfusion_inputs){0} : *extra;
    wil_perfusion_config config = test_config();
    config.oi = 0.05;
    inputs.aif = &aif;
    OK(wil_perfusion_run(r, series, &inputs, &config, NULL));
}

/* Mean flow over that of the untouched series, and the correlation of Tmax with its. */
static void compare(
    double *flow_out, double *tmax_out, const wil_perfusion_result *r, const wil_perfusion_result *whole)
{
    double flow[2] = {0}, sum[2] = {0}, square[3] = {0}, n = 0;
    for (size_t i = 0; i < N_GRID; i++) {
        if (r->mask.voxels[i] == 0 || whole->mask.voxels[i] == 0)
            continue;
        const double a = (double)r->maps[WIL_MAP_TMAX].voxels[i],
                     b = (double)whole->maps[WIL_MAP_TMAX].voxels[i];
        flow[0] += (double)r->maps[WIL_MAP_CBF].voxels[i];
        flow[1] += (double)whole->maps[WIL_MAP_CBF].voxels[i];
        sum[0] += a;
        sum[1] += b;
        square[0] += a * a;
        square[1] += b * b;
        square[2] += a * b;
        n++;
    }
    *flow_out = flow[0] / flow[1];
    *tmax_out = (square[2] - sum[0] * sum[1] / n) /
                sqrt((square[0] - sum[0] * sum[0] / n) * (square[1] - sum[1] * sum[1] / n));
}

/* At 14aa8ab the first multiplied flow by 43, the second left a correlation of 0.07, the third took a quarter
 * of the flow, the fourth 0.32, the fifth left no voxel. */
TEST(bad_frames_are_found_and_mended)
{
    static const struct {
        int first, last;
        double by, noise;
        const char *says;
    } faults[] = {
        {5, 5, 0.3, 0, "frame 5 (counted from 0) is brighter or darker"},
        {5, 5, 0.85, 0, "frame 5 (counted from 0) is brighter or darker"},
        {30, 30, 0.5, 0, "frame 30 (counted from 0) is brighter or darker"},
        {13, 13, 0.85, 0, "was interpolated"}, /* while the bolus passes */
        {40, 59, 1, 150, "frames 40 to 59 (counted from 0) are noisier than the others and were left out"},
        {20, 20, NAN, 0, "frame 20 (counted from 0) is without numbers and was interpolated"},
    };
    WIL_OWN(wil_volume) whole_series = {0};
    WIL_OWN(wil_perfusion_result) whole = {0};
    make_series(&whole_series, &noisy_head);
    map(&whole, &whole_series, NULL);
    for (int t = 0; t < N_TIME; t++)
        assert_int_equal(whole.frames[t], WIL_FRAME_USED);
    for (size_t k = 0; k < sizeof faults / sizeof *faults; k++) {
        WIL_OWN(wil_volume) series = {0};
        WIL_OWN(wil_perfusion_result) r = {0};
        double flow = 0, tmax = 0;
        make_series(&series, &noisy_head);
        for (int t = faults[k].first; t <= faults[k].last; t++)
            scale_frame(&series, t, faults[k].by);
        if (faults[k].noise > 0)
            add_noise(&series, faults[k].first, faults[k].last, faults[k].noise);
        map(&r, &series, NULL);
        for (int t = 0; t < N_TIME; t++)
            assert_int_equal(r.frames[t] != WIL_FRAME_USED, t >= faults[k].first && t <= faults[k].last);
        SAYS(r.warnings, faults[k].says);
        compare(&flow, &tmax, &r, &whole);
        print_message("fault %zu: flow x %.3f, Tmax r %.3f\n", k, flow, tmax);
        assert_float_equal(flow, 1, 0.05);
        assert_true(tmax > 0.9);
    }
}

/* Nothing is found where nothing is wrong: strong boluses, little noise, much noise, no air. */
TEST(sound_series_have_no_bad_frames)
{
    for (int k = 0; k < 8; k++) {
        WIL_OWN(wil_volume) series = {0};
        uint8_t bad[N_TIME];
        const series_recipe recipe = {.noise = k % 2 == 0 ? 1 : 20,
            .head = k / 2 % 2 == 0,
            .lesion_delay_s = k / 4 * 6,
            .seed = (uint64_t)k};
        make_series(&series, &recipe);
        OK(wil_perfusion_find_bad_frames(bad, &series));
        for (int t = 0; t < N_TIME; t++)
            assert_int_equal(bad[t], WIL_FRAME_USED);
    }
}

TEST(frames_can_be_excluded_or_kept)
{
    WIL_OWN(wil_volume) series = {0};
    WIL_OWN(wil_perfusion_result) r = {0}, kept = {0};
    WIL_OWN(wil_perfusion_aif_file) aif = true_artery();
    uint8_t excluded[N_TIME] = {[8] = 1, [58] = 1, [59] = 1};
    wil_perfusion_inputs inputs = {.excluded = excluded};
    wil_perfusion_config config = test_config();
    make_series(&series, &noisy_head);
    scale_frame(&series, 8, 0.96); /* too little to be found */
    map(&r, &series, &inputs);
    SAYS(r.warnings, "frame 8 (counted from 0) is excluded as asked and was interpolated",
        "frames 58 to 59 (counted from 0) are excluded as asked and were left out");
    assert_int_equal(r.n_time, N_TIME - 2);
    scale_frame(&series, 30, 0.5);
    inputs = (wil_perfusion_inputs){.aif = &aif};
    config.bad_frames = WIL_BAD_FRAMES_KEEP;
    OK(wil_perfusion_run(&kept, &series, &inputs, &config, NULL));
    assert_int_equal(kept.frames[30], WIL_FRAME_USED);
    inputs.excluded = excluded;
    wil_perfusion_result none;
    memset(excluded + 4, 1, N_TIME - 4);
    REFUSED(WIL_ERR_INPUT, wil_perfusion_run(&none, &series, &inputs, &config, NULL), "only 4 of 60 frames");
}

/* The second echo's faults count too, and it is mended in a copy. */
TEST(a_bad_frame_of_the_second_echo_is_mended)
{
    WIL_OWN(wil_volume) first = {0}, second = {0};
    WIL_OWN(wil_perfusion_aif_file) aif = true_artery();
    WIL_OWN(wil_perfusion_result) r = {0};
    wil_perfusion_config config = test_config();
    make_series(&first, &noisy_head);
    make_series(&second, &noisy_head);
    for (size_t i = 0; i < N_GRID * N_TIME; i++)
        second.voxels[i] *= second.voxels[i] / 400;
    scale_frame(&second, 25, 0.5);
    const float before = second.voxels[25 * N_GRID + voxel_at(12, 9, 1)];
    const wil_perfusion_inputs inputs = {.aif = &aif, .second_echo = &second};
    config.te_second_s = 2 * TE_S;
    OK(wil_perfusion_run(&r, &first, &inputs, &config, NULL));
    assert_int_equal(r.frames[25], WIL_FRAME_GAIN);
    assert_true(second.voxels[25 * N_GRID + voxel_at(12, 9, 1)] == before);
}

/* ---- times ----------------------------------------------------------------------------------------------
 */

/* Tissue everywhere, frame f of slice z measured at time_s[f] + slice_s[z]. */
static void make_timed(wil_volume *series, const double *time_s, const double *slice_s)
{
    enum { STEPS = 18000 };
    const double step_s = 0.01;
    static float tissue[STEPS];
    const wil_grid grid = wil_grid_make(NX, NY, NZ, 2, 2, 5);
    double sum = 0;
    for (int i = 0; i < STEPS; i++) {
        sum = (sum + 0.5 * step_s * artery_at(i * step_s)) * exp(-step_s / 4) +
              0.5 * step_s * artery_at((i + 1) * step_s);
        tissue[i] = (float)(per_s(60) * sum);
    }
    OK(wil_volume_make(series, &grid, N_TIME));
    for (int f = 0; f < N_TIME; f++)
        for (int z = 0; z < NZ; z++) {
            const double c = (double)tissue[(int)((time_s[f] + slice_s[z]) / step_s)];
            for (int i = 0; i < NX * NY; i++)
                series->voxels[(size_t)f * N_GRID + (size_t)z * NX * NY + (size_t)i] =
                    (float)(400 * exp(-TE_S * R2_TISSUE * c));
        }
}

static double slice_mean(const wil_perfusion_result *r, wil_perfusion_map_kind kind, int z)
{
    double sum = 0;
    for (int i = 0; i < NX * NY; i++)
        sum += (double)r->maps[kind].voxels[(size_t)z * NX * NY + (size_t)i] / (NX * NY);
    return sum;
}

/* Interleaved slices over 1.5 s; before, Tmax had stripes of 0.65 s. */
TEST(slices_are_moved_to_one_time)
{
    double slice_s[NZ] = {0, 0.75, 0.375, 1.125}, time_s[N_TIME], spread[2];
    for (int t = 0; t < N_TIME; t++)
        time_s[t] = t * TR_S;
    for (int timed = 0; timed < 2; timed++) {
        WIL_OWN(wil_volume) series = {0};
        WIL_OWN(wil_perfusion_result) r = {0};
        const wil_perfusion_timing timing = {.slice_s = slice_s, .n_slices = NZ, .slice_axis = 2};
        const wil_perfusion_inputs inputs = {.timing = timed ? &timing : NULL};
        double low = INFINITY, high = -INFINITY;
        make_timed(&series, time_s, slice_s);
        map(&r, &series, &inputs);
        for (int z = 0; z < NZ; z++) {
            low = fmin(low, slice_mean(&r, WIL_MAP_TMAX, z));
            high = fmax(high, slice_mean(&r, WIL_MAP_TMAX, z));
        }
        spread[timed] = high - low;
        assert_float_equal(slice_mean(&r, WIL_MAP_CBV, 1), 4, 0.1);
    }
    print_message("Tmax of slices differs by %.2f s, moved by %.2f s\n", spread[0], spread[1]);
    assert_true(spread[0] > 0.6);
    assert_true(spread[1] < 0.12);
}

/* Frames of 1 s while the bolus passes, of 2 s before and after. */
TEST(irregular_frames_are_moved_to_regular_times)
{
    double slice_s[NZ] = {0}, time_s[N_TIME];
    WIL_OWN(wil_volume) regular = {0}, series = {0};
    for (int t = 0; t < N_TIME; t++)
        time_s[t] = t < 7 ? 2 * t : t < 37 ? 14 + (t - 7) : 44 + 2 * (t - 37);
    const double step_s = time_s[N_TIME - 1] / (N_TIME - 1);
    make_timed(&series, time_s, slice_s);
    const wil_perfusion_timing timing = {.volume_s = time_s, .n_volumes = N_TIME};
    OK(wil_perfusion_resample(&series, &timing, NULL, step_s));
    double even_s[N_TIME];
    for (int t = 0; t < N_TIME; t++)
        even_s[t] = t * step_s;
    make_timed(&regular, even_s, slice_s);
    for (int t = 0; t < N_TIME; t++) /* of a fall by 150 */
        assert_float_equal(series.voxels[(size_t)t * N_GRID], regular.voxels[(size_t)t * N_GRID], 3);
    const wil_perfusion_timing other = {.volume_s = time_s, .n_volumes = N_TIME - 1};
    REFUSED(WIL_ERR_INPUT, wil_perfusion_resample(&series, &other, NULL, step_s), "59 times", "60 frames");
}

static void save(const char *folder, const char *text)
{
    OK(wil_file_write(in_folder(folder, "s.json"), text, strlen(text)));
}

static wil_status find(
    wil_perfusion_config *config, wil_perfusion_timing *timing, const char *folder, double header_s)
{
    const wil_grid grid = wil_grid_make(4, 4, 3, 2, 2, 5);
    *config = wil_perfusion_config_default();
    *timing = (wil_perfusion_timing){0};
    const wil_status status =
        wil_perfusion_protocol_find(config, in_folder(folder, "s.nii.gz"), NULL, header_s);
    return status != WIL_OK ? status
                            : wil_perfusion_timing_find(
                                  timing, in_folder(folder, "s.nii.gz"), NULL, &grid, 4, config->tr_s);
}

TEST_IN_FOLDER(sidecars_tell_when_frames_and_slices_were)
{
    wil_perfusion_config config;
    WIL_OWN(wil_perfusion_timing) t = {0};
    save(
        *state, "{\"EchoTime\": 0.03, \"VolumeTiming\": [0, 1.6, 3.2, 4.8], \"SliceTiming\": [0, 0.8, 0.4]}");
    OK(find(&config, &t, *state, 1));
    assert_float_equal(config.tr_s, 1.6, 1e-12);
    assert_null(t.volume_s); /* regular */
    assert_int_equal(t.slice_axis, 2);
    assert_float_equal(t.slice_s[1], 0.8, 0);
    wil_perfusion_timing_clear(&t);
    save(*state, "{\"EchoTime\": 0.03, \"VolumeTiming\": [0, 1, 2, 4.5], \"SliceTiming\": [0, 0.3, 0.6],"
                 "\"SliceEncodingDirection\": \"k-\"}");
    OK(find(&config, &t, *state, 0));
    assert_float_equal(config.tr_s, 1.5, 1e-12);
    assert_float_equal(t.volume_s[3], 4.5, 0);
    assert_float_equal(t.slice_s[0], 0.6, 0);
    wil_perfusion_timing_clear(&t);
    /* a frame of many excitations: the header knows the frame */
    save(*state, "{\"EchoTime\": 0.03, \"RepetitionTime\": 0.05, \"RepetitionTimeExcitation\": 0.05}");
    OK(find(&config, &t, *state, 1.7));
    assert_float_equal(config.tr_s, 1.7, 1e-12);
    save(*state, "{\"EchoTime\": 0.03, \"RepetitionTimeExcitation\": 0.05}");
    REFUSED(WIL_ERR_INPUT, find(&config, &t, *state, 1), "exactly 1 s", "not frames", "--tr 1");
    save(*state, "{\"EchoTime\": 0.03, \"VolumeTiming\": [0, 1, 3]}");
    REFUSED(WIL_ERR_INPUT, find(&config, &t, *state, 0), "3 times, the series 4 frames");
    save(*state, "{\"EchoTime\": 0.03, \"VolumeTiming\": [0, 4, 3, 5]}");
    REFUSED(WIL_ERR_INPUT, find(&config, &t, *state, 0), "does not rise at frame 2");
    save(*state, "{\"EchoTime\": 0.03, \"RepetitionTime\": 1.5, \"SliceTiming\": [0, 500, 1000]}");
    REFUSED(WIL_ERR_INPUT, find(&config, &t, *state, 0), "milliseconds");
    save(*state, "{\"EchoTime\": 0.03, \"RepetitionTime\": 1.5, \"SliceTiming\": [0, 0.5]}");
    REFUSED(WIL_ERR_INPUT, find(&config, &t, *state, 0), "2 times, the series 3 slices");
}

TEST(a_header_of_exactly_one_second_is_not_believed)
{
    wil_perfusion_config config = wil_perfusion_config_default();
    config.te_s = 0.03;
    REFUSED(WIL_ERR_INPUT, wil_perfusion_protocol_find(&config, NULL, NULL, 1), "exactly 1 s", "--tr 1");
    config.tr_s = 1;
    OK(wil_perfusion_protocol_find(&config, NULL, NULL, 1));
    config.tr_s = 0;
    OK(wil_perfusion_protocol_find(&config, NULL, NULL, 1.38));
    assert_float_equal(config.tr_s, 1.38, 0);
}

/* The artery's times count from the first frame of the series, as the maps' do. */
TEST(the_artery_peaks_when_it_peaks)
{
    WIL_OWN(wil_volume) series = {0};
    WIL_OWN(wil_perfusion_aif_file) aif = true_artery();
    const wil_perfusion_inputs inputs = {.aif = &aif};
    make_series(&series, &noisy_head);
    for (int n_discard = 0; n_discard <= 3; n_discard += 3) {
        WIL_OWN(wil_perfusion_result) r = {0};
        wil_perfusion_config config = test_config();
        config.n_discard = n_discard;
        OK(wil_perfusion_run(&r, &series, &inputs, &config, NULL));
        assert_float_equal(r.aif.quality.time_to_peak_s, BOLUS_S + 4.5, 1e-9); /* frame 13 */
        assert_float_equal(r.aif.quality.arrival_s, BOLUS_S + 1, 1.5);
    }
}
