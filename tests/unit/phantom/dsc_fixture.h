/* Small DSC phantoms, and an independent road from a subject's artery to a voxel's concentration. */
#ifndef WILLIS_TEST_DSC_FIXTURE_H
#define WILLIS_TEST_DSC_FIXTURE_H

#include <math.h>
#include <stdlib.h>

#include "temp_folder.h"
#include "willis/phantom.h"

/* A slab without noise or variation: every subject is the literature's. Signal 8000 stands for unsaturated
 * blood. */
static inline wil_dsc_config quiet_slab(void)
{
    wil_dsc_config config = wil_dsc_config_default();
    config.shape = WIL_DSC_SLAB;
    config.mode = WIL_DSC_HEALTHY;
    config.residue = WIL_DSC_EXPONENTIAL;
    config.matrix[0] = 28;
    config.matrix[1] = 34;
    config.matrix[2] = 1;
    config.spacing_mm[0] = config.spacing_mm[1] = 4;
    config.spacing_mm[2] = 5;
    config.snr = 0;
    config.blood_floor = 0; /* vessels show their concentration, to the last bit */
    config.variation = 0;
    return config;
}

/* A head of few, large voxels. */
static inline wil_dsc_config small_head(wil_dsc_mode mode)
{
    wil_dsc_config config = wil_dsc_config_default();
    config.mode = mode;
    config.matrix[0] = 40;
    config.matrix[1] = 46;
    config.matrix[2] = 5;
    config.spacing_mm[0] = config.spacing_mm[1] = 4;
    config.spacing_mm[2] = 8;
    config.n_frames = 40;
    return config;
}

static inline size_t n_voxels(const wil_dsc_subject *s)
{
    return wil_grid_count(&s->series.grid);
}

static inline float map_at(const wil_dsc_subject *s, wil_dsc_map map, size_t voxel)
{
    return s->maps[map].voxels[voxel];
}

static inline float series_at(const wil_dsc_subject *s, int frame, size_t voxel)
{
    return s->series.voxels[(size_t)frame * n_voxels(s) + voxel];
}

/* C = ln(S0 / S) / (TE r2), S0 the mean of the frames before 10 s (the bolus comes at 18). */
static inline double concentration_at(
    const wil_dsc_subject *s, const wil_dsc_config *c, double r2, int frame, size_t voxel)
{
    const int n = (int)(10 / c->tr_s);
    double base = 0;
    for (int f = 0; f < n; f++)
        base += (double)series_at(s, f, voxel) / n;
    return log(base / (double)series_at(s, frame, voxel)) / (c->te_s * r2);
}

/* A voxel of nothing but one tissue: its flow is the tissue's to the last bit, as nothing varies. */
static inline size_t pure_voxel(const wil_dsc_subject *s, double cbf, int territory)
{
    for (size_t i = 0; i < n_voxels(s); i++)
        if (fabs((double)map_at(s, WIL_DSC_CBF, i) - cbf) < 1e-4 * cbf &&
            (territory == 0 || (int)s->territories.voxels[i] == territory))
            return i;
    fail_msg("no voxel with a flow of %g", cbf);
    return 0;
}

/* R(t) written down again, from the header's words. */
static inline double residue_of(wil_dsc_residue residue, int shape, double t_s, double mtt_s)
{
    const double x = t_s / mtt_s;
    double sum = 0, term = 1;
    switch (residue) {
    case WIL_DSC_BOXCAR:
        return x < 1 ? 1 : 0;
    case WIL_DSC_BIEXPONENTIAL:
        return 0.7 * exp(-2 * x) + 0.3 * exp(-x * 6 / 13);
    case WIL_DSC_GAMMA: /* the probability that an Erlang variable of mean MTT exceeds t */
        for (int k = 0; k < shape; k++) {
            sum += term;
            term *= shape * x / (k + 1);
        }
        return exp(-shape * x) * sum;
    default:
        return exp(-x);
    }
}

/* The artery delayed and dispersed, by midpoint sums. */
static inline double arterial_blood(const wil_dsc_facts *f, double t_s, double delay_s, double dispersion_s)
{
    double sum = 0;
    if (dispersion_s <= 0)
        return wil_dsc_aif_at(f, t_s - delay_s);
    const double step = fmin(0.05, dispersion_s / 20);
    for (double u = 0.5 * step; u < 12 * dispersion_s; u += step)
        sum += step / dispersion_s * exp(-u / dispersion_s) * wil_dsc_aif_at(f, t_s - delay_s - u);
    return sum;
}

#endif
