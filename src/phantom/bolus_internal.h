/* What the files of the DSC phantom share. Points are head coordinates in mm (see willis/phantom.h). */
#ifndef WILLIS_PHANTOM_BOLUS_INTERNAL_H
#define WILLIS_PHANTOM_BOLUS_INTERNAL_H

#include "tof_internal.h"

#define BOLUS_MOST_FRAMES 512 /* a voxel's signal lies on the stack */

/* ---- bolus_config.c */
/* The settings of one subject: what has a range is drawn. */
wil_dsc_config bolus_config_of(const wil_dsc_config *config, int subject);

/* ---- bolus_artery.c: the arterial curve */
void bolus_artery_make(wil_dsc_facts *facts, const wil_dsc_config *config, wil_rng_cursor *dice);

/* ---- bolus_plan.c: what a subject is like */
enum {
    BOLUS_TRUNK, /* carotids, basilar, circle of Willis; no tissue */
    BOLUS_MCA_LEFT,
    BOLUS_MCA_RIGHT,
    BOLUS_ACA_LEFT,
    BOLUS_ACA_RIGHT,
    BOLUS_PCA_LEFT,
    BOLUS_PCA_RIGHT,
    BOLUS_FOSSA,
    BOLUS_SCALP, /* external carotid; no tissue */
    BOLUS_N_TERRITORIES
};
enum { BOLUS_GREY, BOLUS_WHITE };
enum { BOLUS_WELL, BOLUS_RIM, BOLUS_PENUMBRA, BOLUS_CORE };

typedef struct bolus_supply {
    double delay_s, dispersion_s;
} bolus_supply;

typedef struct bolus_plan {
    const wil_dsc_config *config;
    wil_dsc_facts facts;
    bolus_supply tissue[BOLUS_N_TERRITORIES]; /* how blood reaches healthy tissue, behind the AIF */
    bolus_supply vein;                        /* behind the mean tissue's outflow */
    bool ill[BOLUS_N_TERRITORIES];
    int division;             /* of the middle cerebral artery: +1 upper, -1 lower, 0 both */
    float core_mm[3];         /* where flow is least */
    double core_end, pen_end; /* severity coordinates where core and penumbra end */
    double flow, volume;      /* factors where the disease is worst */
    bolus_supply worst;       /* added there */
    float leak_mm[3];
    tof_noise noise;
    wil_rng voxel; /* variation by voxel */
} bolus_plan;
void bolus_plan_make(bolus_plan *out, const wil_dsc_config *config, int subject);
/* How blood reaches a large artery of a territory at a point. */
bolus_supply bolus_vessel_supply(const bolus_plan *plan, int territory, const float at[3]);

/* ---- bolus_tissue.c */
/* The territory of a point of the brain, 1 .. 7. */
int bolus_territory(const bolus_plan *plan, const float at[3]);

/* Tissue at a point. */
typedef struct bolus_tissue {
    double cbf[2], cbv[2]; /* grey, white matter */
    double delay_s, dispersion_s;
    int zone;
    bool ill; /* within the diseased artery's territory */
    bool leaks;
} bolus_tissue;
bool bolus_in_division(const bolus_plan *plan, const float at[3]); /* of the closed branch */
void bolus_tissue_at(
    bolus_tissue *out, const bolus_plan *plan, const float at[3], int territory, size_t voxel);

/* ---- bolus_anatomy.c: what a voxel is made of, by volume */
typedef struct bolus_anatomy {
    float *part[2];       /* [nz,ny,nx] grey, white matter, owned */
    float *fluid;         /* CSF */
    float *artery, *vein; /* blood in large vessels */
    float *rest;          /* signal of what no blood reaches: scalp, bone */
    float *inside;        /* share within the skull */
    uint8_t *vessel;      /* territory of the artery */
} bolus_anatomy;
WIL_NODISCARD wil_status bolus_anatomy_make(bolus_anatomy *out, const bolus_plan *plan, const wil_grid *grid,
    const float signal[TOF_N_TISSUES], int subject);
void bolus_anatomy_clear(bolus_anatomy *anatomy);
WIL_OWNED_VALUE(bolus_anatomy, bolus_anatomy_clear)
wil_grid bolus_grid(const wil_dsc_config *config);
/* Head coordinates of a voxel, or of a place beside its centre (in voxels). */
void bolus_point(float out[3], const wil_grid *grid, size_t voxel, const double beside[3]);

/* ---- bolus_vessels.c */
/* Adds the blood of the arterial tree: artery and vessel of each voxel. */
WIL_NODISCARD wil_status bolus_arteries(
    bolus_anatomy *anatomy, const bolus_plan *plan, const wil_grid *grid, int subject);
/* Whether a point lies in a venous sinus: superior sagittal, straight or transverse. */
bool bolus_in_vein(const tof_head *head, const float at[3]);

/* ---- bolus_response.c: what becomes of the arterial curve, on a grid of times much finer than the frames */
#define BOLUS_LANES 16
typedef struct bolus_times {
    int n_frames, per_frame; /* steps from frame to frame */
    int n;                   /* steps in all, n_frames * per_frame */
    double tr_s, step_s;
} bolus_times;
bolus_times bolus_times_make(int n_frames, double tr_s);

/* One lane: dispersion, then a residue function of mean mtt_s and height 1. */
typedef struct bolus_lanes {
    int n;
    float dispersion_s[BOLUS_LANES], mtt_s[BOLUS_LANES];
} bolus_lanes;
/* out[step][lane] = the input, dispersed, convolved with the residue function; in s times the input's unit.
 * input [times->n]; work [2][times->n][BOLUS_LANES]. */
void bolus_respond(float *out, float *work, const float *input, const bolus_times *times,
    const bolus_lanes *lanes, wil_dsc_residue residue, int gamma_shape);
/* out[step][lane] = the dispersed residue function itself at step * step_s. */
void bolus_residue(
    float *out, const bolus_times *times, const bolus_lanes *lanes, wil_dsc_residue residue, int gamma_shape);
/* Value of a lane at time t_s between steps; 0 before the first. */
double bolus_value(const float *curve, int stride, const bolus_times *times, double t_s);
/* Where a lane's (or the weighted sum of two lanes') largest value is, in s, by a parabola. */
double bolus_peak_s(
    const float *a, double weight_a, const float *b, double weight_b, int stride, const bolus_times *times);

/* ---- bolus_signal.c: the series without noise, and the truth */
WIL_NODISCARD wil_status bolus_signal(wil_dsc_subject *subject, const bolus_plan *plan,
    const bolus_anatomy *anatomy, const float *shading, const float signal[TOF_N_TISSUES],
    const wil_tof_site_facts *site);

/* ---- bolus_scan.c: what the scanner adds */
void bolus_site(wil_tof_site_facts *out, const wil_dsc_config *config);
/* Coil sensitivity of each voxel. */
void bolus_shade(float *out, const bolus_plan *plan, const wil_grid *grid);
/* Drift, Rician noise, whole numbers. */
void bolus_receive(
    wil_dsc_subject *subject, const bolus_anatomy *anatomy, const wil_dsc_config *config, int number);

/* ---- bolus_move.c: rigid movements of the head, frame by frame */
void bolus_movements(wil_dsc_subject *subject, const wil_dsc_config *config, int number);
WIL_NODISCARD wil_status bolus_move(wil_dsc_subject *subject);

#endif
