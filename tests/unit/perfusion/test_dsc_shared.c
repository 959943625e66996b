/* The shared phantom and OSIPI's reference curves, whose truth is known. Skipped, and said so, where they are
 * absent. */
#include "test.h"

#include "perfusion_fixture.h"

#define DRO WILLIS_SHARED_DATA "/dsc_dro/"
#define FLOWS                                                                                                \
    DRO "varying_cbf/St_disp_0_exponential_lvl_high_delay_0_lvl_high_resfunc_gamma_dist_lambda_1_cbf_"
#define DELAYS DRO "delay_dispersion/St_disp_0_exponential_lvl_high_delay_"
#define DELAYED "_resfunc_gamma_dist_lambda_1_cbf_30.nii.gz"

static void skip_without(const char *path)
{
    if (wil_file_exists(path))
        return;
    print_message("skipped: %s is not there\n", path);
    skip();
}

static wil_perfusion_config dro_config(wil_perfusion_method method)
{
    wil_perfusion_config config = wil_perfusion_config_default();
    config.te_s = 0.029;
    config.tr_s = 1.243;
    config.r2_blood = 7.0281;
    config.r2_tissue = 130.8347;
    config.hematocrit_factor = 1;
    config.density_g_ml = 1;
    config.mask_rule = WIL_PERFUSION_MASK_NONE;
    config.method = method;
    config.method_bias = false;
    return config;
}

/* Means over the grey matter: the first half of the rows along x. */
typedef struct region {
    double cbf, cbv, tmax;
} region;

static region measure(const char *path, wil_perfusion_method method, bool half)
{
    const wil_perfusion_config config = dro_config(method);
    wil_volume series = {0};
    wil_perfusion_aif_file aif = {0};
    wil_perfusion_result r;
    region out = {0};
    OK(wil_volume_read_stored(&series, path)) /* the truth lies by rows of the file */;
    OK(wil_perfusion_aif_read(&aif, DRO "varying_cbf/aif.nii", &series.grid));
    const wil_perfusion_inputs inputs = {.aif = &aif};
    OK(wil_perfusion_run(&r, &series, &inputs, &config, NULL));
    const int nx = r.grid.size[0];
    const int last = half ? nx / 2 : nx;
    const int n = last * r.grid.size[1];
    for (int y = 0; y < r.grid.size[1]; y++)
        for (int x = 0; x < last; x++) {
            const size_t i = (size_t)y * (size_t)nx + (size_t)x;
            out.cbf += (double)r.maps[WIL_MAP_CBF].voxels[i] / n;
            out.cbv += (double)r.maps[WIL_MAP_CBV].voxels[i] / n;
            out.tmax += (double)r.maps[WIL_MAP_TMAX].voxels[i] / n;
        }
    wil_perfusion_clear(&r);
    wil_perfusion_aif_file_clear(&aif);
    wil_volume_clear(&series);
    return out;
}

/* The generator's left sums inflate the area of an exponential residue: README of the shared data. */
static double inflated(double cbf)
{
    const double x = 1.243 / (240 / cbf);
    return 4 * x / (1 - exp(-x));
}

static const struct {
    const char *path;
    double cbf;
    bool half;
} dro_flows[] = {{FLOWS "20_10.nii.gz", 20, true}, {DELAYS "0_lvl_high" DELAYED, 30, false},
    {FLOWS "60_30.nii.gz", 60, true}};

/* Limits of the project's issue 4. */
TEST(osvd_on_the_phantom_is_within_12_percent_of_the_flow)
{
    double sum = 0;
    skip_without(DRO "varying_cbf/aif.nii");
    for (int i = 0; i < 3; i++) {
        const region r = measure(dro_flows[i].path, WIL_PERFUSION_OSVD, dro_flows[i].half);
        print_message("oSVD, true CBF %g: CBF %.2f, CBV %.2f (%.2f)\n", dro_flows[i].cbf, r.cbf, r.cbv,
            inflated(dro_flows[i].cbf));
        sum += fabs(r.cbf / dro_flows[i].cbf - 1) / 3;
        assert_float_equal(r.cbv / inflated(dro_flows[i].cbf), 1, 0.05);
    }
    assert_true(sum <= 0.12);
}

TEST(the_parametric_model_is_within_8_percent_of_the_flow_on_average_and_15_at_worst)
{
    double sum = 0;
    skip_without(DRO "varying_cbf/aif.nii");
    for (int i = 0; i < 3; i++) {
        const region r = measure(dro_flows[i].path, WIL_PERFUSION_PARAMETRIC, dro_flows[i].half);
        const double error = fabs(r.cbf / dro_flows[i].cbf - 1);
        print_message("parametric, true CBF %g: %.2f\n", dro_flows[i].cbf, r.cbf);
        assert_true(error <= 0.15);
        sum += error / 3;
    }
    assert_true(sum <= 0.08);
}

TEST(delay_on_the_phantom_shifts_tmax_and_keeps_the_flow)
{
    static const wil_perfusion_method methods[] = {WIL_PERFUSION_OSVD, WIL_PERFUSION_PARAMETRIC};
    skip_without(DRO "varying_cbf/aif.nii");
    for (int m = 0; m < 2; m++) {
        const region none = measure(DELAYS "0_lvl_high" DELAYED, methods[m], false);
        const region one = measure(DELAYS "1_lvl_low" DELAYED, methods[m], false);
        const region six = measure(DELAYS "1_lvl_high" DELAYED, methods[m], false);
        print_message("%s: Tmax shifts by %.2f (1 s) and %.2f (6 s), CBF by %.1f %%\n",
            wil_perfusion_method_name(methods[m]), one.tmax - none.tmax, six.tmax - none.tmax,
            100 * (six.cbf / none.cbf - 1));
        assert_float_equal(one.tmax - none.tmax, 1, 0.3);
        assert_float_equal(six.tmax - none.tmax, 6, 0.3);
        assert_float_equal(six.cbf / none.cbf, 1, 0.03);
    }
}

/* ---- OSIPI --------------------------------------------------------------------------------------------- */

#define OSIPI WILLIS_SHARED_DATA "/dsc_osipi/dsc_data.csv"
#define N_OSIPI 161

static void numbers_of(double *out, const char *text)
{
    char *at = (char *)text;
    for (int i = 0; i < N_OSIPI; i++) {
        char *end = NULL;
        out[i] = strtod(at, &end);
        assert_true(end != at);
        at = end;
    }
}

/* oSVD(0.035) of others on these curves, correctness.md section 4.3: { CBV, true, found }. */
static const double osipi_baseline[][3] = {{4, 10, 9.3}, {4, 20, 20.1}, {4, 30, 28.3}, {4, 40, 34.5},
    {4, 50, 44.5}, {4, 60, 50.0}, {4, 70, 58.2}, {2, 5, 6.2}, {2, 15, 13.8}, {2, 25, 20.7}, {2, 35, 25.6}};

static double baseline_error(double cbv, double cbf)
{
    for (size_t i = 0; i < sizeof osipi_baseline / sizeof *osipi_baseline; i++)
        if (osipi_baseline[i][0] == cbv && osipi_baseline[i][1] == cbf)
            return fabs(osipi_baseline[i][2] - cbf) + 0.05; /* they are given to one decimal */
    return INFINITY;
}

static void osipi_curve(const wil_table *table, int row)
{
    double tissue[N_OSIPI];
    double aif[N_OSIPI];
    float curve[N_OSIPI];
    double found[5];
    wil_perfusion_config config = dro_config(WIL_PERFUSION_OSVD);
    const double cbv = atof(wil_table_cell(table, row, wil_table_column(table, "cbv")));
    const double cbf = atof(wil_table_cell(table, row, wil_table_column(table, "cbf")));
    const double tr_s = atof(wil_table_cell(table, row, wil_table_column(table, "tr")));
    numbers_of(tissue, wil_table_cell(table, row, wil_table_column(table, "C_tis")));
    numbers_of(aif, wil_table_cell(table, row, wil_table_column(table, "C_aif")));
    double area = 0, aif_area = 0;
    for (int i = 0; i < N_OSIPI; i++) {
        curve[i] = (float)tissue[i];
        area += tissue[i];
        aif_area += aif[i];
    }
    config.oi = 0.035; /* as the baseline's; these curves have a CNR of 200 */
    double tmax = 0;   /* cSVD and Tikhonov are known to lose high flows here and are only printed */
    for (int m = 0; m < 5; m++) {
        wil_perfusion_peak peak;
        config.method = (wil_perfusion_method)m;
        OK(wil_perfusion_deconvolve(&peak, NULL, NULL, curve, 1, aif, N_OSIPI, tr_s, &config));
        found[m] = 6000 * peak.height_per_s;
        if (m == WIL_PERFUSION_OSVD)
            tmax = peak.time_s;
        assert_true(fabs(found[m] - cbf) <= fmax(0.1 * cbf, 15) || m == WIL_PERFUSION_CSVD ||
                    m == WIL_PERFUSION_TIKHONOV);
    }
    print_message("| %g | %g | %.2f | %.1f | %.1f | %.1f | %.1f | %.1f | %.2f |\n", cbv, cbf,
        100 * area / aif_area, found[0], found[1], found[2], found[3], found[4], tmax);
    assert_true(fabs(100 * area / aif_area - cbv) <= fmax(0.1 * cbv, 1));
    assert_true(fabs(found[WIL_PERFUSION_OSVD] - cbf) <= baseline_error(cbv, cbf));
}

/* OSIPI accepts CBV off by 10 % or 1 ml/100ml, CBF by 10 % or 15 ml/100ml/min. */
TEST(osipi_curves_are_within_their_tolerance_and_as_close_as_the_baseline)
{
    WIL_OWN(wil_table) table = {0};
    skip_without(OSIPI);
    OK(wil_table_read(&table, OSIPI, ','));
    assert_int_equal(table.n_rows, 14);
    print_message("| CBV | CBF | CBV found | sSVD | cSVD | oSVD | Tikhonov | parametric | Tmax oSVD |\n");
    for (int row = 0; row < table.n_rows; row++)
        osipi_curve(&table, row);
}
