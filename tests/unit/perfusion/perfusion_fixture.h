/* Bolus curves of known truth: a gamma-variate artery, tissue with exponential residue by exact convolution,
 * and small series of them. */
#ifndef WILLIS_TEST_PERFUSION_FIXTURE_H
#define WILLIS_TEST_PERFUSION_FIXTURE_H

#include <math.h>
#include <stdlib.h>

#include "temp_folder.h"
#include "willis/perfusion.h"

#define N_TIME 60
#define TR_S 1.5
#define TE_S 0.03
#define BOLUS_S 15.0

/* Peak 5 at BOLUS_S + 4.5 s. */
static inline double artery_at(double t_s)
{
    const double x = (t_s - BOLUS_S) / 4.5;
    return x > 0 ? 5 * exp(3 * (log(x) + 1 - x)) : 0;
}

static inline void make_artery(double aif[N_TIME])
{
    for (int i = 0; i < N_TIME; i++)
        aif[i] = artery_at(i * TR_S);
}

/* Tissue of a flow in 1/s and an MTT, delay_s behind the artery: the convolution with exp(-t / MTT) on a fine
 * grid, whose error of 1e-4 is far below every tolerance here. */
static inline void make_tissue(float tissue[N_TIME], double flow_per_s, double mtt_s, double delay_s)
{
    const double step_s = 0.01;
    double sum = 0, t_s = 0;
    for (int i = 0; i < N_TIME; i++) {
        for (; t_s < i * TR_S - 0.5 * step_s; t_s += step_s)
            sum = (sum + 0.5 * step_s * artery_at(t_s - delay_s)) * exp(-step_s / mtt_s) +
                  0.5 * step_s * artery_at(t_s + step_s - delay_s);
        tissue[i] = (float)(flow_per_s * sum);
    }
}

/* CBF in ml/100g/min as a height in 1/s, with hematocrit factor and density 1. */
static inline double per_s(double cbf)
{
    return cbf / 6000;
}

/* A series of NX x NY x NZ voxels. Signal 400 exp(-TE r2 C) with noise; a dark border when there is a head.
 */
#define NX 24
#define NY 20
#define NZ 4
#define R2_TISSUE 60.0
#define R2_BLOOD 5.0

typedef struct series_recipe {
    double noise;          /* SD of a magnitude image's channels */
    bool head;             /* an elliptic brain in darkness, else tissue everywhere */
    double lesion_delay_s; /* of the voxels with x >= 14 */
    uint64_t seed;
} series_recipe;

static inline bool in_head(int x, int y)
{
    const double u = (x - 11.5) / 10.0, v = (y - 9.5) / 8.5;
    return u * u + v * v <= 1;
}

static inline bool in_artery(int x, int y, int z)
{
    return x >= 8 && x <= 9 && y >= 9 && y <= 11 && z >= 1 && z <= 2;
}

static inline size_t voxel_at(int x, int y, int z)
{
    return ((size_t)z * NY + (size_t)y) * NX + (size_t)x;
}

static inline float magnitude(double signal, double noise, wil_rng rng, uint64_t index)
{
    const double re = signal + noise * wil_rng_normal(rng, 2 * index);
    const double im = noise * wil_rng_normal(rng, 2 * index + 1);
    return (float)sqrt(re * re + im * im);
}

/* Grey matter (60 ml/100g/min, MTT 4 s) where x + y is even, white (25, 4.8 s) elsewhere. */
static inline void make_series(wil_volume *series, const series_recipe *recipe)
{
    const wil_grid grid = wil_grid_make(NX, NY, NZ, 2, 2, 5);
    const wil_rng rng = wil_rng_at(recipe->seed, WIL_RNG_TEST, 0);
    float curves[5][N_TIME];
    make_tissue(curves[0], per_s(60), 4, 0);
    make_tissue(curves[1], per_s(25), 4.8, 0);
    make_tissue(curves[2], per_s(60), 4, recipe->lesion_delay_s);
    make_tissue(curves[3], per_s(25), 4.8, recipe->lesion_delay_s);
    for (int t = 0; t < N_TIME; t++)
        curves[4][t] = (float)artery_at(t * TR_S);
    OK(wil_volume_make(series, &grid, N_TIME));
    series->tr_s = TR_S;
    const size_t n = wil_grid_count(&grid);
    for (int z = 0; z < NZ; z++)
        for (int y = 0; y < NY; y++)
            for (int x = 0; x < NX; x++) {
                const bool artery = in_artery(x, y, z);
                const int kind = artery ? 4 : (x >= 14 ? 2 : 0) + (x + y) % 2;
                const double base = recipe->head && !in_head(x, y) ? 4 : 400;
                const double r2 = artery ? R2_BLOOD : R2_TISSUE;
                for (int t = 0; t < N_TIME; t++) {
                    const size_t i = (size_t)t * n + voxel_at(x, y, z);
                    const double change = base > 10 ? exp(-TE_S * r2 * (double)curves[kind][t]) : 1;
                    series->voxels[i] = magnitude(base * change, recipe->noise, rng, i);
                }
            }
}

static inline wil_perfusion_config test_config(void)
{
    wil_perfusion_config config = wil_perfusion_config_default();
    config.te_s = TE_S;
    config.tr_s = TR_S;
    config.r2_tissue = R2_TISSUE;
    config.r2_blood = R2_BLOOD;
    config.hematocrit_factor = 1;
    config.density_g_ml = 1;
    config.method_bias = false;
    return config;
}

/* The true artery as a given curve. */
static inline wil_perfusion_aif_file true_artery(void)
{
    wil_perfusion_aif_file file = {.n = N_TIME, .is_concentration = true};
    OK(wil_alloc_f64(&file.curve, N_TIME));
    make_artery(file.curve);
    return file;
}

#endif
