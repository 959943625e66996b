/* Deconvolution by theorems: what scaling, delay, order and algorithm may and may not change. */
#include "test.h"

#include "perfusion_fixture.h"
#include "willis/num.h"

static const wil_perfusion_method all_methods[] = {WIL_PERFUSION_SSVD, WIL_PERFUSION_CSVD, WIL_PERFUSION_OSVD,
    WIL_PERFUSION_TIKHONOV, WIL_PERFUSION_PARAMETRIC};
#define N_METHODS 5
#define N_CURVES 6

/* Noisy tissue of several flows; noise 2 % of the artery-scaled peak of 60 ml/100g/min. */
static void make_curves(float curves[N_CURVES][N_TIME], double noise, double delay_s)
{
    static const double flows[N_CURVES] = {10, 20, 30, 40, 50, 60};
    const wil_rng rng = wil_rng_at(7, WIL_RNG_TEST, 0);
    for (int c = 0; c < N_CURVES; c++) {
        make_tissue(curves[c], per_s(flows[c]), 240 / flows[c], delay_s);
        for (int t = 0; t < N_TIME; t++)
            curves[c][t] += (float)(noise * wil_rng_normal(rng, (uint64_t)(c * N_TIME + t)));
    }
}

static void deconvolve(
    wil_perfusion_peak *peaks, const float *curves, int n, const double *aif, wil_perfusion_method method)
{
    wil_perfusion_config config = test_config();
    config.method = method;
    OK(wil_perfusion_deconvolve(peaks, NULL, NULL, curves, n, aif, N_TIME, TR_S, &config));
}

TEST(doubling_the_artery_halves_the_flow)
{
    float curves[N_CURVES][N_TIME];
    double aif[N_TIME];
    double twice[N_TIME];
    make_curves(curves, 0.002, 0);
    make_artery(aif);
    for (int t = 0; t < N_TIME; t++)
        twice[t] = 2 * aif[t];
    for (int m = 0; m < N_METHODS; m++) {
        wil_perfusion_peak one[N_CURVES];
        wil_perfusion_peak two[N_CURVES];
        deconvolve(one, curves[0], N_CURVES, aif, all_methods[m]);
        deconvolve(two, curves[0], N_CURVES, twice, all_methods[m]);
        for (int c = 0; c < N_CURVES; c++) {
            /* rounding; the iteration of the parametric model ends within 2e-3 of a logarithm */
            const double tolerance = all_methods[m] == WIL_PERFUSION_PARAMETRIC ? 2e-3 : 1e-9;
            assert_float_equal(two[c].height_per_s * 2 / one[c].height_per_s, 1, tolerance);
            assert_float_equal(two[c].time_s, one[c].time_s, tolerance);
        }
    }
}

TEST(delay_moves_tmax_and_leaves_the_flow)
{
    float here[N_CURVES][N_TIME];
    float later[N_CURVES][N_TIME];
    double aif[N_TIME];
    const double delay_s = 4 * TR_S; /* whole samples: circulant methods are then exactly equivariant */
    make_artery(aif);
    make_curves(here, 0, 0);
    for (int m = 1; m < N_METHODS; m++) {
        wil_perfusion_peak a[N_CURVES];
        wil_perfusion_peak b[N_CURVES];
        memset(later, 0, sizeof later);
        for (int c = 0; c < N_CURVES; c++)
            memcpy(later[c] + 4, here[c], (N_TIME - 4) * sizeof(float));
        deconvolve(a, here[0], N_CURVES, aif, all_methods[m]);
        deconvolve(b, later[0], N_CURVES, aif, all_methods[m]);
        for (int c = 1; c < N_CURVES; c++) {
            /* cSVD and Tikhonov: what the shift pushes out of the window; oSVD: its oscillation index leaves
             * out the two lags at the seam, so a jump there counts less; parametric: where the iteration ends
             */
            const double tolerance = all_methods[m] == WIL_PERFUSION_OSVD ? 0.05 : 0.02;
            assert_float_equal(b[c].height_per_s / a[c].height_per_s, 1, tolerance);
            assert_float_equal(b[c].time_s - a[c].time_s, delay_s, 0.15); /* a tenth of a sample */
        }
    }
}

TEST(ssvd_depends_on_delay_and_osvd_does_not)
{
    float here[N_TIME];
    float later[N_TIME];
    double aif[N_TIME];
    wil_perfusion_peak a;
    wil_perfusion_peak b;
    make_artery(aif);
    make_tissue(here, per_s(60), 4, 0);
    make_tissue(later, per_s(60), 4, 5);
    deconvolve(&a, here, 1, aif, WIL_PERFUSION_SSVD);
    deconvolve(&b, later, 1, aif, WIL_PERFUSION_SSVD);
    assert_true(b.height_per_s < 0.95 * a.height_per_s);
    deconvolve(&a, here, 1, aif, WIL_PERFUSION_OSVD);
    deconvolve(&b, later, 1, aif, WIL_PERFUSION_OSVD);
    assert_float_equal(
        b.height_per_s / a.height_per_s, 1, 0.03); /* 5 s are no whole samples: the peak lies between */
}

TEST(tissue_that_leads_has_a_negative_tmax)
{
    float early[N_TIME];
    double aif[N_TIME];
    make_artery(aif);
    make_tissue(early, per_s(60), 2, -6);
    for (int m = 1; m < N_METHODS; m++) {
        wil_perfusion_peak peak;
        deconvolve(&peak, early, 1, aif, all_methods[m]);
        assert_true(peak.time_s < -2 && peak.time_s > -7);
    }
}

TEST(permuting_curves_permutes_results)
{
    enum { N = 150 }; /* more than one chunk */
    static float curves[N][N_TIME];
    static float reversed[N][N_TIME];
    double aif[N_TIME];
    const wil_rng rng = wil_rng_at(3, WIL_RNG_TEST, 0);
    make_artery(aif);
    for (int c = 0; c < N; c++) {
        make_tissue(curves[c], per_s(10 + c % 60), 4, 0.1 * (c % 30));
        for (int t = 0; t < N_TIME; t++)
            curves[c][t] += (float)(0.003 * wil_rng_normal(rng, (uint64_t)(c * N_TIME + t)));
        memcpy(reversed[N - 1 - c], curves[c], sizeof curves[c]);
    }
    for (int m = 0; m < N_METHODS; m++) {
        static wil_perfusion_peak a[N];
        static wil_perfusion_peak b[N];
        deconvolve(a, curves[0], N, aif, all_methods[m]);
        deconvolve(b, reversed[0], N, aif, all_methods[m]);
        for (int c = 0; c < N; c++)
            assert_memory_equal(&a[c], &b[N - 1 - c], sizeof a[c]); /* to the bit */
    }
}

/* The block-circulant matrix written out and inverted by singular values. */
TEST(the_fourier_form_is_the_svd_of_the_circulant_matrix)
{
    enum { L = 2 * N_TIME };
    static double matrix[L * L];
    static float residue[N_TIME];
    double aif[N_TIME];
    double weighted[L] = {0};
    float tissue[N_TIME];
    WIL_OWN(wil_svd) svd = {0};
    wil_perfusion_peak peak;
    wil_perfusion_config config = test_config();
    const wil_rng rng = wil_rng_at(9, WIL_RNG_TEST, 0);
    config.method = WIL_PERFUSION_CSVD;
    config.psvd = 0.1;
    make_artery(aif);
    make_tissue(tissue, per_s(40), 6, 2);
    for (int t = 0; t < N_TIME; t++)
        tissue[t] += (float)(0.002 * wil_rng_normal(rng, (uint64_t)t));
    for (int i = 0; i < N_TIME; i++)
        weighted[i] = ((i > 0 ? aif[i - 1] : 0) + 4 * aif[i] + (i + 1 < N_TIME ? aif[i + 1] : 0)) / 6;
    for (int i = 0; i < L; i++)
        for (int j = 0; j < L; j++)
            matrix[i * L + j] = TR_S * weighted[(i - j + L) % L];
    OK(wil_num_svd(&svd, matrix, L, L));
    OK(wil_perfusion_deconvolve(&peak, residue, NULL, tissue, 1, aif, N_TIME, TR_S, &config));
    for (int lag = 0; lag < N_TIME; lag++) {
        double k = 0;
        for (int s = 0; s < L && svd.values[s] >= 0.1 * svd.values[0]; s++) {
            double product = 0;
            for (int t = 0; t < N_TIME; t++)
                product += svd.left[s * L + t] * (double)tissue[t];
            k += svd.right[s * L + lag] * product / svd.values[s];
        }
        assert_float_equal(k, residue[lag], 1e-9); /* k is 7e-3; residue is float: 4e-10 */
    }
}

TEST(circulant_methods_find_the_residue_function)
{
    double aif[N_TIME];
    float tissue[N_TIME];
    float residue[N_TIME];
    float fit[N_TIME];
    wil_perfusion_peak peak;
    wil_perfusion_config config = test_config();
    make_artery(aif);
    make_tissue(tissue, per_s(40), 6, 0);
    config.method = WIL_PERFUSION_CSVD;
    config.psvd = 1e-3; /* without noise hardly anything needs to be cut */
    OK(wil_perfusion_deconvolve(&peak, residue, fit, tissue, 1, aif, N_TIME, TR_S, &config));
    for (int t = 2; t < 12; t++) /* away from the jump at lag 0, where a band-limited function rings */
        assert_float_equal(residue[t] / (per_s(40) * exp(-t * TR_S / 6)), 1, 0.12);
    for (int t = 0; t < N_TIME; t++)
        assert_float_equal(fit[t], tissue[t], 2e-3 * 0.15); /* of the peak: what the cut leaves out */
}

TEST(the_parametric_model_finds_its_own_parameters)
{
    static const double cases[][3] = {{60, 4, 0}, {20, 12, 2}, {30, 8, 5}, {80, 3, 1}};
    double aif[N_TIME];
    make_artery(aif);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float tissue[N_TIME];
        float residue[N_TIME];
        wil_perfusion_peak peak;
        wil_perfusion_config config = test_config();
        config.method = WIL_PERFUSION_PARAMETRIC;
        make_tissue(tissue, per_s(cases[i][0]), cases[i][1], cases[i][2]);
        OK(wil_perfusion_deconvolve(&peak, residue, NULL, tissue, 1, aif, N_TIME, TR_S, &config));
        /* the model takes the artery as band-limited between samples, which it is to a percent or two */
        assert_float_equal(peak.height_per_s / per_s(cases[i][0]), 1, 0.03);
        assert_float_equal(peak.time_s, cases[i][2], 0.1);
        assert_float_equal(peak.parameter, 1, 0.1); /* exponential: shape 1 */
        for (int t = 5; t < 12; t++) {
            const double since = t * TR_S - cases[i][2];
            assert_float_equal(
                residue[t] / per_s(cases[i][0]), since < 0 ? 0 : exp(-since / cases[i][1]), 0.05);
        }
    }
}

TEST(regularisation_survives_noise)
{
    enum { N = 200 };
    static float curves[N][N_TIME];
    static wil_perfusion_peak peaks[N];
    double aif[N_TIME];
    const wil_rng rng = wil_rng_at(11, WIL_RNG_TEST, 0);
    make_artery(aif);
    make_tissue(curves[0], per_s(40), 6, 0);
    for (int c = N - 1; c >= 0; c--)
        for (int t = 0; t < N_TIME; t++)
            curves[c][t] = curves[0][t] + (float)(0.005 * wil_rng_normal(rng, (uint64_t)(c * N_TIME + t)));
    for (int m = 0; m < N_METHODS; m++) {
        double sum = 0;
        deconvolve(peaks, curves[0], N, aif, all_methods[m]);
        for (int c = 0; c < N; c++)
            sum += peaks[c].height_per_s / N;
        /* the methods' known range at a noise of 4 % of the peak: SVDs lose up to a third, none explodes */
        assert_true(sum > 0.6 * per_s(40) && sum < 1.25 * per_s(40));
    }
}

TEST(lcurve_and_cross_validation_both_work)
{
    double aif[N_TIME];
    float curves[N_CURVES][N_TIME];
    make_artery(aif);
    make_curves(curves, 0.002, 0);
    for (int rule = 0; rule < 2; rule++) {
        wil_perfusion_peak peaks[N_CURVES];
        wil_perfusion_config config = test_config();
        config.method = WIL_PERFUSION_TIKHONOV;
        config.lambda_rule = rule == 0 ? WIL_PERFUSION_GCV : WIL_PERFUSION_LCURVE;
        OK(wil_perfusion_deconvolve(peaks, NULL, NULL, curves[0], N_CURVES, aif, N_TIME, TR_S, &config));
        for (int c = 1; c < N_CURVES; c++) {
            assert_true(peaks[c].height_per_s > peaks[c - 1].height_per_s);
            assert_true(peaks[c].parameter > 1e-3 && peaks[c].parameter < 1);
        }
    }
}

TEST(a_stricter_oscillation_limit_cuts_more)
{
    double aif[N_TIME];
    float curves[N_CURVES][N_TIME];
    double before = 0;
    make_artery(aif);
    make_curves(curves, 0.004, 0);
    for (double oi = 0.3; oi > 0.02; oi /= 1.5) {
        wil_perfusion_peak peaks[N_CURVES];
        wil_perfusion_config config = test_config();
        config.oi = oi;
        OK(wil_perfusion_deconvolve(peaks, NULL, NULL, curves[0], N_CURVES, aif, N_TIME, TR_S, &config));
        assert_true(peaks[3].parameter >= before);
        before = peaks[3].parameter;
    }
    assert_true(before > 0.02);
}

TEST(nothing_in_gives_nothing_out)
{
    double aif[N_TIME];
    float curve[N_TIME] = {0};
    make_artery(aif);
    for (int m = 0; m < N_METHODS; m++) {
        wil_perfusion_peak peak;
        deconvolve(&peak, curve, 1, aif, all_methods[m]);
        assert_true(peak.height_per_s == 0.0 && isfinite(peak.time_s));
    }
}

TEST(impossible_arteries_are_refused)
{
    double aif[N_TIME] = {0};
    float curve[N_TIME] = {0};
    wil_perfusion_peak peak;
    const wil_perfusion_config config = test_config();
    REFUSED(WIL_ERR_NUMERIC,
        wil_perfusion_deconvolve(&peak, NULL, NULL, curve, 1, aif, N_TIME, TR_S, &config), "0 everywhere");
    aif[3] = -1;
    REFUSED(WIL_ERR_NUMERIC,
        wil_perfusion_deconvolve(&peak, NULL, NULL, curve, 1, aif, N_TIME, TR_S, &config), "area -1",
        "positive");
    aif[4] = NAN;
    REFUSED(WIL_ERR_NUMERIC,
        wil_perfusion_deconvolve(&peak, NULL, NULL, curve, 1, aif, N_TIME, TR_S, &config),
        "not finite at frame 4");
    make_artery(aif);
    REFUSED(WIL_ERR_ARG, wil_perfusion_deconvolve(&peak, NULL, NULL, curve, 1, aif, 3, TR_S, &config),
        "3 time points");
    REFUSED(
        WIL_ERR_ARG, wil_perfusion_deconvolve(&peak, NULL, NULL, curve, 1, aif, N_TIME, 0, &config), "0 s");
}

TEST(the_simulated_bias_is_that_of_the_method)
{
    double aif[N_TIME];
    wil_perfusion_bias bias;
    wil_perfusion_config config = test_config();
    make_artery(aif);
    config.method = WIL_PERFUSION_PARAMETRIC;
    OK(wil_perfusion_simulate_bias(&bias, aif, N_TIME, TR_S, 1e-5, &config));
    for (int i = 0; i < WIL_PERFUSION_BIAS_FLOWS; i++) {
        assert_float_equal(bias.cbf_mean[i] / bias.cbf_true[i], 1, 0.04); /* as found without noise above */
        assert_true(bias.cbf_sd[i] < 0.01 * bias.cbf_true[i]);
    }
    config.method = WIL_PERFUSION_OSVD;
    OK(wil_perfusion_simulate_bias(&bias, aif, N_TIME, TR_S, 0.005, &config));
    assert_true(bias.cbf_mean[3] < 0.95 * bias.cbf_true[3]); /* high flow is lost [Wu2003] */
    assert_true(bias.cbf_sd[3] > 0.001 * bias.cbf_true[3]);
    REFUSED(WIL_ERR_ARG, wil_perfusion_simulate_bias(&bias, aif, N_TIME, TR_S, -1, &config), "noise of -1");
}
