/* The DSC phantom obeys its own equations: tissue, volume, transit, delay, vessels, signal. */
#include "test.h"

#include "dsc_fixture.h"

static const wil_dsc_residue all_residues[] = {
    WIL_DSC_EXPONENTIAL, WIL_DSC_BOXCAR, WIL_DSC_GAMMA, WIL_DSC_BIEXPONENTIAL};

/* Concentration of a voxel from its maps, by the indicator-dilution equation with sums of 0.05 s. */
static double tissue_by_hand(
    const wil_dsc_subject *s, const wil_dsc_config *c, const double *blood, double step, int frame, size_t v)
{
    const double t_s = frame * c->tr_s - (double)map_at(s, WIL_DSC_DELAY, v);
    const double flow = c->density_g_ml / c->hematocrit_factor * (double)map_at(s, WIL_DSC_CBF, v) / 6000;
    double sum = 0;
    for (int k = 0; (k + 0.5) * step < t_s; k++)
        sum += step * blood[k] *
               residue_of(s->facts.residue, s->facts.gamma_shape, t_s - (k + 0.5) * step,
                   (double)map_at(s, WIL_DSC_MTT, v));
    return flow * sum;
}

/* Both tissues and all residue functions. What differs: signals are whole numbers (1 in 5000 is 1.5e-4 mM
 * here), the phantom's steps of 0.1 s (below 1e-3 of the peak), sums at the boxcar's edge (a step of 0.05 s
 * of 4 s): 1 % of the peak holds them all. */
TEST(tissue_is_the_artery_convolved_with_the_residue)
{
    enum { STEPS = 1800 };
    static double blood[STEPS];
    const double step = 0.05;
    for (int kind = 0; kind < 4; kind++) {
        wil_dsc_config config = quiet_slab();
        WIL_OWN(wil_dsc_subject) s = {0};
        config.residue = all_residues[kind];
        config.n_frames = 60;
        OK(wil_phantom_dsc(&s, &config, kind + 1));
        for (int k = 0; k < STEPS; k++) /* all tissue of a quiet slab is smeared alike */
            blood[k] = arterial_blood(
                &s.facts, (k + 0.5) * step, 0, (double)map_at(&s, WIL_DSC_DISPERSION, pure_voxel(&s, 60, 0)));
        for (int tissue = 0; tissue < 2; tissue++) {
            const size_t v = pure_voxel(&s, tissue == 0 ? 60 : 25, 0);
            double largest = 0, off = 0;
            for (int f = 0; f < config.n_frames; f++) {
                const double truth = tissue_by_hand(&s, &config, blood, step, f, v);
                largest = fmax(largest, truth);
                off = fmax(off, fabs(concentration_at(&s, &config, config.r2_tissue, f, v) - truth));
            }
            assert_true(largest > 0.05);
            assert_float_equal(off / largest, 0, 0.01);
        }
    }
}

/* Until all agent has left: 512 frames of 2 s, of a tail that falls with 150 s. Trapezoids of 2 s on curves
 * that begin and end at 0 are exact to 1e-3; whole numbers add 1e-3. */
TEST(area_of_tissue_over_area_of_artery_is_the_volume)
{
    for (int kind = 0; kind < 4; kind++) {
        wil_dsc_config config = quiet_slab();
        WIL_OWN(wil_dsc_subject) s = {0};
        config.residue = all_residues[kind];
        config.n_frames = 512;
        config.tr_s = 2;
        OK(wil_phantom_dsc(&s, &config, kind + 1));
        double artery = 0;
        for (int f = 0; f < config.n_frames; f++)
            artery += s.aif[f];
        for (int tissue = 0; tissue < 2; tissue++) {
            const size_t v = pure_voxel(&s, tissue == 0 ? 60 : 25, 0);
            double area = 0;
            for (int f = 0; f < config.n_frames; f++)
                area += concentration_at(&s, &config, config.r2_tissue, f, v);
            const double volume = config.hematocrit_factor / config.density_g_ml * 100 * area / artery;
            assert_float_equal(volume, (double)map_at(&s, WIL_DSC_CBV, v), 0.02 * volume);
            assert_float_equal((double)map_at(&s, WIL_DSC_CBV, v), tissue == 0 ? 4 : 2, 1e-5);
        }
    }
}

TEST(flow_times_transit_time_is_the_volume)
{
    for (int mode = WIL_DSC_HEALTHY; mode <= WIL_DSC_CHRONIC; mode++) {
        const wil_dsc_config config = small_head((wil_dsc_mode)mode);
        WIL_OWN(wil_dsc_subject) s = {0};
        size_t n = 0;
        OK(wil_phantom_dsc(&s, &config, 3));
        for (size_t i = 0; i < n_voxels(&s); i++) {
            const double volume = (double)map_at(&s, WIL_DSC_CBV, i);
            const double product = (double)map_at(&s, WIL_DSC_CBF, i) * (double)map_at(&s, WIL_DSC_MTT, i);
            n += volume > 0;
            assert_float_equal(product / 60, volume, 1e-5 * volume); /* rounding to float */
        }
        assert_true(n > 1000);
    }
}

/* Territories differ in their delay alone, so their curves are one curve, shifted; a parabola through steps
 * of 0.1 s finds the peak to a few milliseconds. */
TEST(a_delay_shifts_the_curve)
{
    const wil_dsc_config config = quiet_slab();
    WIL_OWN(wil_dsc_subject) s = {0};
    OK(wil_phantom_dsc(&s, &config, 1));
    const size_t middle = pure_voxel(&s, 60, 1), posterior = pure_voxel(&s, 60, 5);
    const double later =
        (double)map_at(&s, WIL_DSC_DELAY, posterior) - (double)map_at(&s, WIL_DSC_DELAY, middle);
    assert_float_equal(later, 0.5, 1e-5);
    assert_float_equal(
        (double)map_at(&s, WIL_DSC_TTP, posterior) - (double)map_at(&s, WIL_DSC_TTP, middle), later, 0.01);
    /* a frame of the later curve lies between the earlier one's values at the shifted time */
    const int f = (int)(s.facts.arrival_s / config.tr_s) + 2; /* on the rising flank */
    const double early = concentration_at(&s, &config, config.r2_tissue, f, middle);
    const double late = concentration_at(&s, &config, config.r2_tissue, f, posterior);
    assert_true(late < early && late > concentration_at(&s, &config, config.r2_tissue, f - 1, middle));
}

/* Dispersed by exp(-t/d)/d: the exponential peaks at ln(M/d) M d / (M - d), the boxcar at M, where it ends.
 * Steps are 0.1 s, and the boxcar's corner is found to a step. */
TEST(tmax_is_where_the_residue_is_largest)
{
    for (int kind = 0; kind < 2; kind++) {
        wil_dsc_config config = quiet_slab();
        WIL_OWN(wil_dsc_subject) s = {0};
        config.residue = all_residues[kind];
        OK(wil_phantom_dsc(&s, &config, 1));
        const size_t v = pure_voxel(&s, 60, 0);
        const double m = (double)map_at(&s, WIL_DSC_MTT, v), d = (double)map_at(&s, WIL_DSC_DISPERSION, v);
        const double peak = kind == 0 ? log(m / d) * m * d / (m - d) : m;
        assert_float_equal(
            (double)map_at(&s, WIL_DSC_TMAX, v), peak + (double)map_at(&s, WIL_DSC_DELAY, v), 0.1);
    }
}

/* Finer voxels, so that some lie wholly in an artery. Blood there comes 0.2 s behind the AIF (half of the
 * tissue's delay), dispersed by 0.105 s. Tolerance: whole numbers (1 in 1600 at the least signal: 3e-3 mM),
 * steps. */
TEST(arteries_and_veins_hold_the_blood_they_should)
{
    for (int quadratic = 0; quadratic < 2; quadratic++) {
        wil_dsc_config config = quiet_slab();
        WIL_OWN(wil_dsc_subject) s = {0};
        config.matrix[0] = 60;
        config.matrix[1] = 70;
        config.spacing_mm[0] = config.spacing_mm[1] = 2;
        config.n_frames = 40;
        config.dose = 0.05; /* so that whole numbers still tell */
        config.r2_blood = 5;
        config.blood_quadratic = quadratic == 0 ? 0 : 0.4;
        OK(wil_phantom_dsc(&s, &config, 2));
        const wil_grid *g = &s.series.grid;
        const int x = (int)lround((30 - g->affine[0][3]) / 2), y = (int)lround((5 - g->affine[1][3]) / 2);
        const size_t artery = (size_t)y * 60 + (size_t)x;
        const size_t vein = (size_t)lround((-64 - g->affine[1][3]) / 2) * 60 + 30;
        assert_int_equal(s.masks[WIL_DSC_ARTERY].voxels[artery], 1);
        assert_int_equal(s.masks[WIL_DSC_VEIN].voxels[vein], 1);
        double moment[2] = {0}, area[2] = {0};
        for (int f = 0; f < config.n_frames; f++) {
            const double c = arterial_blood(&s.facts, f * config.tr_s, 0.2, 0.105);
            const double rate = concentration_at(&s, &config, 1, f, artery);
            assert_float_equal(rate, c * (config.r2_blood + config.blood_quadratic * c), 0.15);
            for (int k = 0; k < 2 && f < 25; k++) { /* the first pass */
                const double r = k == 0 ? rate : concentration_at(&s, &config, 1, f, vein);
                area[k] += r;
                moment[k] += r * f * config.tr_s;
            }
        }
        assert_true(moment[1] / area[1] > moment[0] / area[0] + 3); /* MTT 4 s and delays behind the artery */
    }
}

/* Spoiled gradient echo of 90 degrees: the first excitation sees all, later ones 1 - exp(-TR / T1); T1 of
 * white matter at 3 T is 950 ms. */
TEST(the_first_frame_is_brighter_without_dummies)
{
    wil_dsc_config config = quiet_slab();
    WIL_OWN(wil_dsc_subject) s = {0};
    config.n_dummies = 0;
    OK(wil_phantom_dsc(&s, &config, 1));
    const size_t v = pure_voxel(&s, 25, 0);
    assert_float_equal((double)series_at(&s, 0, v) / (double)series_at(&s, 1, v), 1 / (1 - exp(-1.5 / 0.95)),
        1e-3); /* whole numbers of 4000 */
    assert_float_equal((double)series_at(&s, 1, v), (double)series_at(&s, 5, v), 1);
}

/* C_e = Ktrans * integral of plasma (hematocrit 0.45), dR1 = 4.5 C_e, S ~ 1 - exp(-TR R1) at 90 degrees.
 * Late, when little agent is left in the vessels, the ratio to the same voxel without leakage shows it. */
TEST(leakage_raises_the_signal_as_t1_says)
{
    wil_dsc_config config = quiet_slab();
    WIL_OWN(wil_dsc_subject) with = {0}, without = {0};
    OK(wil_phantom_dsc(&without, &config, 1));
    config.leakage_per_min = 0.05;
    OK(wil_phantom_dsc(&with, &config, 1));
    const size_t n = n_voxels(&with);
    size_t v = 0;
    while (v < n &&
           !(with.masks[WIL_DSC_LEAK].voxels[v] != 0 && fabsf(map_at(&with, WIL_DSC_CBF, v) - 25) < 1e-3F))
        v++;
    assert_true(v < n);
    assert_float_equal(map_at(&with, WIL_DSC_KTRANS, v), 0.05F, 1e-7);
    const int f = config.n_frames - 1;
    const double t_s = f * config.tr_s - (double)map_at(&with, WIL_DSC_DELAY, v);
    double plasma = 0;
    for (double t = 0.025; t < t_s; t += 0.05)
        plasma += 0.05 * wil_dsc_aif_at(&with.facts, t) / 0.55;
    const double r10 = 1 / 0.95, r1 = r10 + 4.5 * 0.05 / 60 * plasma;
    const double ratio = (1 - exp(-1.5 * r1)) / (1 - exp(-1.5 * r10));
    assert_true(ratio > 1.05);
    assert_float_equal((double)series_at(&with, f, v) / (double)series_at(&without, f, v), ratio, 2e-3);
}

/* A vessel's signal stops falling at the floor: S / S0 = b + (1 - b) exp(-TE r2 C). */
TEST(vessels_keep_a_share_of_their_signal)
{
    wil_dsc_config config = quiet_slab();
    WIL_OWN(wil_dsc_subject) s = {0};
    config.matrix[0] = 60;
    config.matrix[1] = 70;
    config.spacing_mm[0] = config.spacing_mm[1] = 2;
    config.n_frames = 40;
    config.blood_floor = 0.08;
    OK(wil_phantom_dsc(&s, &config, 2));
    const wil_grid *g = &s.series.grid;
    const size_t artery =
        (size_t)lround((5 - g->affine[1][3]) / 2) * 60 + (size_t)lround((30 - g->affine[0][3]) / 2);
    double highest = 0;
    for (int f = 0; f < config.n_frames; f++) {
        const double c = arterial_blood(&s.facts, f * config.tr_s, 0.2, 0.105);
        const double kept = 0.08 + 0.92 * exp(-config.te_s * config.r2_blood * c);
        const double rate = concentration_at(&s, &config, 1, f, artery);
        assert_float_equal(rate, -log(kept) / config.te_s, 0.15);
        highest = fmax(highest, rate);
    }
    assert_true(highest > 65 && highest < 79); /* as real arteries show */
}
