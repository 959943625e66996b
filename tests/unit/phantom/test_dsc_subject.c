/* DSC phantoms as subjects: masks, disease, noise, drift, movement, threads, refusals. */
#include "test.h"

#include <omp.h>

#include "dsc_fixture.h"

static size_t both(const wil_dsc_subject *s, wil_dsc_mask a, wil_dsc_mask b)
{
    size_t n = 0;
    for (size_t i = 0; i < n_voxels(s); i++)
        n += s->masks[a].voxels[i] != 0 && s->masks[b].voxels[i] != 0;
    return n;
}

static double mean_in(const wil_dsc_subject *s, wil_dsc_map map, wil_dsc_mask mask)
{
    double sum = 0;
    for (size_t i = 0; i < n_voxels(s); i++)
        sum += s->masks[mask].voxels[i] != 0 ? (double)map_at(s, map, i) : 0;
    return sum / (double)wil_mask_count(&s->masks[mask]);
}

TEST(tissues_part_the_brain_between_them)
{
    static const wil_dsc_mask parts[] = {
        WIL_DSC_GREY, WIL_DSC_WHITE, WIL_DSC_FLUID, WIL_DSC_ARTERY, WIL_DSC_VEIN};
    const wil_dsc_config config = small_head(WIL_DSC_CHRONIC);
    WIL_OWN(wil_dsc_subject) s = {0};
    size_t sum = 0;
    OK(wil_phantom_dsc(&s, &config, 2));
    for (int a = 0; a < 5; a++) {
        assert_true(wil_mask_count(&s.masks[parts[a]]) > 10);
        sum += wil_mask_count(&s.masks[parts[a]]);
        for (int b = 0; b < a; b++)
            assert_int_equal(both(&s, parts[a], parts[b]), 0);
        assert_int_equal(both(&s, parts[a], WIL_DSC_BRAIN), wil_mask_count(&s.masks[parts[a]]));
    }
    assert_int_equal(sum, wil_mask_count(&s.masks[WIL_DSC_BRAIN]));
    for (size_t i = 0; i < n_voxels(&s); i++)
        assert_true((s.territories.voxels[i] > 0) == (s.masks[WIL_DSC_BRAIN].voxels[i] != 0));
    /* grey matter of this subject has 60 +- a few ml/100g/min, thinned by partial volume; white 25 */
    assert_true(mean_in(&s, WIL_DSC_CBF, WIL_DSC_GREY) > mean_in(&s, WIL_DSC_CBF, WIL_DSC_WHITE) + 8);
}

/* The defining limits: flow under 30 % of the healthy in the core, Tmax above 6 s in both. */
TEST(an_acute_stroke_has_a_core_in_a_penumbra_in_a_territory)
{
    const wil_dsc_config config = small_head(WIL_DSC_ACUTE);
    for (int number = 1; number <= 2; number++) {
        WIL_OWN(wil_dsc_subject) s = {0};
        OK(wil_phantom_dsc(&s, &config, number));
        const size_t core = wil_mask_count(&s.masks[WIL_DSC_CORE]);
        const size_t penumbra = wil_mask_count(&s.masks[WIL_DSC_PENUMBRA]);
        assert_true(core > 0 && penumbra > core / 4);
        assert_int_equal(both(&s, WIL_DSC_CORE, WIL_DSC_TERRITORY), core);
        assert_int_equal(both(&s, WIL_DSC_PENUMBRA, WIL_DSC_TERRITORY), penumbra);
        assert_int_equal(both(&s, WIL_DSC_CORE, WIL_DSC_PENUMBRA), 0);
        assert_true(wil_mask_count(&s.masks[WIL_DSC_TERRITORY]) > core + penumbra);
        assert_float_equal(s.facts.core_ml, (double)core * 4 * 4 * 8 / 1000, 1e-6);
        for (size_t i = 0; i < n_voxels(&s); i++) {
            const bool ill = s.masks[WIL_DSC_TERRITORY].voxels[i] != 0;
            const int territory = (int)s.territories.voxels[i];
            assert_true(!ill || territory == (s.facts.side < 0 ? 1 : 2));
            if (s.masks[WIL_DSC_CORE].voxels[i] != 0)
                assert_true(map_at(&s, WIL_DSC_CBF, i) < 0.35 * s.facts.grey_cbf);
            if (s.masks[WIL_DSC_CORE].voxels[i] != 0 || s.masks[WIL_DSC_PENUMBRA].voxels[i] != 0)
                assert_true(map_at(&s, WIL_DSC_TMAX, i) > 4);
        }
        assert_true(mean_in(&s, WIL_DSC_TMAX, WIL_DSC_CORE) > 6);
        assert_true(mean_in(&s, WIL_DSC_TMAX, WIL_DSC_PENUMBRA) > 6);
        assert_true(
            mean_in(&s, WIL_DSC_CBV, WIL_DSC_CORE) < 0.7 * mean_in(&s, WIL_DSC_CBV, WIL_DSC_PENUMBRA));
    }
}

TEST(chronic_disease_is_milder_and_health_has_none)
{
    wil_dsc_config config = small_head(WIL_DSC_CHRONIC);
    WIL_OWN(wil_dsc_subject) ill = {0}, well = {0};
    OK(wil_phantom_dsc(&ill, &config, 2));
    config.mode = WIL_DSC_HEALTHY;
    OK(wil_phantom_dsc(&well, &config, 2));
    assert_int_equal(wil_mask_count(&ill.masks[WIL_DSC_CORE]), 0);
    assert_int_equal(wil_mask_count(&well.masks[WIL_DSC_TERRITORY]), 0);
    assert_string_equal(well.facts.artery, "none");
    double flow[2] = {0}, delay[2] = {0};
    for (size_t i = 0; i < n_voxels(&ill); i++)
        if (ill.masks[WIL_DSC_TERRITORY].voxels[i] != 0) {
            flow[0] += (double)map_at(&ill, WIL_DSC_CBF, i);
            flow[1] += (double)map_at(&well, WIL_DSC_CBF, i);
            delay[0] += (double)map_at(&ill, WIL_DSC_DELAY, i);
            delay[1] += (double)map_at(&well, WIL_DSC_DELAY, i);
        }
    assert_true(flow[0] / flow[1] > 0.6 && flow[0] / flow[1] < 0.97);
    assert_true(delay[0] > delay[1] + 0.5 * (double)wil_mask_count(&ill.masks[WIL_DSC_TERRITORY]));
}

/* Over 9 baseline frames of some 700 voxels the SD is known to 1 %. */
TEST(the_snr_is_the_one_asked_for)
{
    for (int level = 0; level < 2; level++) {
        wil_dsc_config config = quiet_slab();
        WIL_OWN(wil_dsc_subject) s = {0};
        config.snr = level == 0 ? 25 : 100;
        OK(wil_phantom_dsc(&s, &config, 1));
        double squares = 0, mean = 0;
        size_t n = 0;
        for (size_t i = 0; i < n_voxels(&s); i++) {
            if (fabsf(map_at(&s, WIL_DSC_CBF, i) - 60) > 0.1F &&
                fabsf(map_at(&s, WIL_DSC_CBF, i) - 25) > 0.1F)
                continue;
            double m = 0, q = 0;
            for (int f = 0; f < 9; f++) {
                m += (double)series_at(&s, f, i) / 9;
                q += (double)series_at(&s, f, i) * (double)series_at(&s, f, i) / 9;
            }
            squares += (q - m * m) * 9 / 8;
            mean += m;
            n++;
        }
        const double sd = sqrt(squares / (double)n);
        assert_true(n > 400);
        assert_float_equal(sd / s.facts.noise_sd, 1, 0.03);
        assert_float_equal(mean / (double)n / sd / config.snr, 1, 0.05);
    }
}

TEST(drift_is_a_share_of_the_signal)
{
    wil_dsc_config config = quiet_slab();
    WIL_OWN(wil_dsc_subject) still = {0}, drifting = {0};
    OK(wil_phantom_dsc(&still, &config, 1));
    config.drift_frac = 0.1;
    OK(wil_phantom_dsc(&drifting, &config, 1));
    const size_t v = pure_voxel(&still, 60, 0);
    const int last = config.n_frames - 1;
    assert_float_equal(series_at(&drifting, 0, v), series_at(&still, 0, v), 1);
    assert_float_equal((double)series_at(&drifting, last, v) / (double)series_at(&still, last, v), 1.1, 1e-3);
}

/* Frames that did not move keep their bits; others are the still frame elsewhere. */
TEST(the_head_moves_when_asked)
{
    wil_dsc_config config = small_head(WIL_DSC_HEALTHY);
    WIL_OWN(wil_dsc_subject) still = {0}, moving = {0};
    config.snr = 0;
    OK(wil_phantom_dsc(&still, &config, 1));
    config.motion_mm = 2;
    OK(wil_phantom_dsc(&moving, &config, 1));
    double farthest = 0;
    for (int f = 0; f < config.n_frames; f++)
        for (int k = 0; k < 3; k++) {
            assert_true(still.movement[f][k] == 0);
            farthest = fmax(farthest, fabs(moving.movement[f][k]));
        }
    assert_true(farthest > 1 && farthest < 12);
    double off = 0;
    for (size_t i = 0; i < n_voxels(&still); i++) {
        assert_float_equal(series_at(&moving, 0, i), series_at(&still, 0, i), 1); /* it starts in place */
        off = fmax(off, fabs((double)series_at(&moving, 39, i) - (double)series_at(&still, 39, i)));
    }
    assert_true(off > 500);
}

TEST(threads_change_no_bit)
{
    wil_dsc_config config = small_head(WIL_DSC_ACUTE);
    wil_dsc_subject s[2];
    config.motion_mm = 1;
    config.leakage_per_min = 0.05;
    config.n_frames = 36;
    const int threads = omp_get_max_threads();
    for (int i = 0; i < 2; i++) {
        omp_set_num_threads(i + 1);
        OK(wil_phantom_dsc(&s[i], &config, 5));
    }
    omp_set_num_threads(threads);
    const size_t n = n_voxels(&s[0]);
    assert_memory_equal(s[0].series.voxels, s[1].series.voxels, n * (size_t)config.n_frames * sizeof(float));
    for (int i = 0; i < WIL_DSC_N_MAPS; i++)
        assert_memory_equal(s[0].maps[i].voxels, s[1].maps[i].voxels, n * sizeof(float));
    for (int i = 0; i < WIL_DSC_N_MASKS; i++)
        assert_memory_equal(s[0].masks[i].voxels, s[1].masks[i].voxels, n);
    wil_dsc_subject_clear(&s[0]);
    wil_dsc_subject_clear(&s[1]);
}

/* What real series show: the mean signal of grey matter falls by about 39 %. In voxels of 4 mm no artery is
 * alone, and the deepest falls less than one that is (65 to 79 /s: test_dsc_physics). */
TEST(agent_is_seen_as_strongly_as_in_patients)
{
    wil_dsc_config config = small_head(WIL_DSC_HEALTHY);
    double mean_drop = 0;
    for (int number = 1; number <= 6; number++) {
        WIL_OWN(wil_dsc_subject) s = {0};
        double signal[40] = {0}, least = INFINITY, artery = 0;
        config.residue = (wil_dsc_residue)(number % 4);
        OK(wil_phantom_dsc(&s, &config, number));
        for (size_t i = 0; i < n_voxels(&s); i++)
            for (int f = 0; f < config.n_frames; f++) {
                if (s.masks[WIL_DSC_GREY].voxels[i] != 0)
                    signal[f] += (double)series_at(&s, f, i);
                if (s.masks[WIL_DSC_ARTERY].voxels[i] != 0)
                    artery = fmax(artery, concentration_at(&s, &config, 1, f, i));
            }
        for (int f = 0; f < config.n_frames; f++)
            least = fmin(least, signal[f] / signal[5]);
        print_message(
            "subject %d: grey matter falls by %.3f, arteries to %.1f /s\n", number, 1 - least, artery);
        assert_true(least > 0.48 && least < 0.76);
        assert_true(artery > 30 && artery < 79);
        mean_drop += (1 - least) / 6;
    }
    assert_float_equal(mean_drop, 0.39, 0.05);
}

/* Each range moves its own setting alone; twice the dose is twice the concentration. */
TEST(ranges_are_drawn_by_subject)
{
    wil_dsc_config config = quiet_slab();
    config.n_frames = 40;
    WIL_OWN(wil_dsc_subject) plain = {0};
    OK(wil_phantom_dsc(&plain, &config, 1));
    config.tr_s = 1.2;
    config.tr_to_s = 2.2;
    config.snr = 20;
    config.snr_to = 100;
    config.dispersion_s = 0.2;
    config.dispersion_to_s = 2;
    config.dose = 0.1;
    config.dose_to = 0.2;
    wil_dsc_facts before = {0};
    for (int number = 1; number <= 4; number++) {
        WIL_OWN(wil_dsc_subject) s = {0};
        OK(wil_phantom_dsc(&s, &config, number));
        const wil_dsc_facts *f = &s.facts;
        assert_true(f->tr_s > 1.2 && f->tr_s < 2.2 && s.series.tr_s == f->tr_s && f->tr_s != before.tr_s);
        assert_true(f->snr > 20 && f->snr < 100 && f->snr != before.snr && f->noise_sd > 0);
        assert_true(f->dispersion_s > 0.2 && f->dispersion_s < 2 && f->dispersion_s != before.dispersion_s);
        assert_float_equal(f->peak_mm, plain.facts.peak_mm * f->dose / 0.1, 1e-9);
        assert_true(f->dose > 0.1 && f->dose < 0.2 && f->dose != before.dose);
        assert_float_equal(
            (double)map_at(&s, WIL_DSC_DISPERSION, pure_voxel(&s, 60, 1)), f->dispersion_s, 1e-5);
        before = *f;
    }
    config.tr_to_s = 5; /* 18 s of baseline hold three of these */
    wil_dsc_subject none;
    REFUSED(WIL_ERR_ARG, wil_phantom_dsc(&none, &config, 1), "no baseline of 4 frames at a TR of 5 s");
}

TEST(subjects_and_seeds_differ)
{
    wil_dsc_config config = small_head(WIL_DSC_MIXED);
    WIL_OWN(wil_dsc_subject) a = {0}, b = {0}, c = {0};
    OK(wil_phantom_dsc(&a, &config, 1));
    OK(wil_phantom_dsc(&b, &config, 4)); /* the same kind, as kinds come in turn */
    config.seed = 2;
    OK(wil_phantom_dsc(&c, &config, 1));
    assert_int_equal(a.facts.mode, WIL_DSC_ACUTE);
    assert_int_equal(b.facts.mode, WIL_DSC_ACUTE);
    assert_true(fabs(a.facts.peak_mm - b.facts.peak_mm) > 1e-3);
    assert_true(fabs(a.facts.grey_cbf - b.facts.grey_cbf) > 1e-3);
    assert_true(fabs(a.facts.peak_mm - c.facts.peak_mm) > 1e-3);
}

TEST(impossible_phantoms_are_refused)
{
    wil_dsc_subject s;
    wil_dsc_config config = wil_dsc_config_default();
    config.tr_s = 1500;
    REFUSED(WIL_ERR_ARG, wil_phantom_dsc(&s, &config, 1), "tr must be a number from 0.2 to 5 s, got '1500'");
    config = wil_dsc_config_default();
    config.te_s = 30;
    REFUSED(
        WIL_ERR_ARG, wil_phantom_dsc(&s, &config, 1), "te must be a number from 0.005 to 0.1 s, got '30'");
    config = wil_dsc_config_default();
    config.snr = NAN;
    REFUSED(WIL_ERR_ARG, wil_phantom_dsc(&s, &config, 1), "snr must be", "got 'nan'");
    config = wil_dsc_config_default();
    config.matrix[0] = 20;
    REFUSED(WIL_ERR_ARG, wil_phantom_dsc(&s, &config, 1), "along x see 35 mm", "100 to 500 mm");
    config = wil_dsc_config_default();
    config.bolus_s = 5;
    REFUSED(WIL_ERR_ARG, wil_phantom_dsc(&s, &config, 1), "no baseline", "come later");
    config = wil_dsc_config_default();
    config.n_frames = 30;
    REFUSED(WIL_ERR_ARG, wil_phantom_dsc(&s, &config, 1), "end at 45 s", "take more frames");
    config = wil_dsc_config_default();
    config.mode = (wil_dsc_mode)7;
    REFUSED(WIL_ERR_ARG, wil_phantom_dsc(&s, &config, 1),
        "mode must be one of healthy|acute|chronic|mixed, got '7'");
    config = wil_dsc_config_default();
    REFUSED(WIL_ERR_ARG, wil_phantom_dsc(&s, &config, -1), "subject number -1");
}
