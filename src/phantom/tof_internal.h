/* What the files of the TOF phantom share. Points are head coordinates in mm (see willis/phantom.h). */
#ifndef WILLIS_PHANTOM_TOF_INTERNAL_H
#define WILLIS_PHANTOM_TOF_INTERNAL_H

#include "willis/phantom.h"

/* The grid of config, its millimetres being head coordinates. */
wil_grid tof_grid(const wil_tof_config *config);

/* ---- tof_random.c: what a subject of the random site draws */
wil_tof_site_facts tof_random_site(const wil_tof_config *config, int subject);
/* config with the vessels of this subject; of other sites config itself. */
wil_tof_config tof_subject_config(const wil_tof_config *config, int subject);

/* ---- tof_noise.c: smooth gradient noise [Perlin1985], zero mean, about -1 .. 1, features about 1 unit wide
 */
typedef struct tof_noise {
    uint8_t order[256];
    float gradient[256][3];
} tof_noise;
void tof_noise_make(tof_noise *out, wil_rng rng);
float tof_noise_at(const tof_noise *noise, float x, float y, float z);

/* ---- tof_head.c: shapes */
typedef struct tof_head {
    float centre[3], half[3]; /* of the intracranial space, mm */
    float skull, scalp;       /* thickness, mm */
    float rim, sulcus;        /* width of the CSF under the skull and in the sulci, mm */
    float ventricle;          /* relative size */
    float fold;               /* wavelength of the cortical folds, mm */
    float shift[3], scale;    /* scanner mm = shift + scale * head mm */
    bool brain_only;          /* a grid too small for a head: brain everywhere */
    tof_noise noise;
} tof_head;
void tof_head_make(tof_head *out, const wil_tof_config *config, int subject);
/* Relative radius: 1 on the inner table of the skull. */
float tof_head_rho(const tof_head *head, const float at[3]);
/* Distance in mm to the inner table of the vault, positive inside; the skull base does not count. */
float tof_head_depth(const tof_head *head, const float at[3]);
bool tof_head_in_vault(const tof_head *head, const float at[3]); /* whether that is above 0, faster */
float tof_head_base(float x, float y);                           /* height z of the skull base */
/* Moves a point along its ray from the centre to a depth (mm) below the inner table; negative: outside it. */
void tof_head_to_depth(const tof_head *head, double at[3], double depth_mm);

/* ---- tof_tissue.c: what the static spins give */
enum {
    TOF_AIR,
    TOF_BONE,
    TOF_MARROW,
    TOF_FAT,
    TOF_MUSCLE,
    TOF_CSF,
    TOF_GREY,
    TOF_WHITE,
    TOF_EYE,
    TOF_N_TISSUES
};
/* Signal at one point, relative to unsaturated blood, boundaries blended over soft_mm; *inside_mm_out > 0
 * within the skull. */
float tof_tissue_at(const tof_head *head, const float signal[TOF_N_TISSUES], const float at[3], float soft_mm,
    float *inside_mm_out);
bool tof_inside(const tof_head *head, const float at[3]); /* *inside_mm_out > 0, without the signal */

/* ---- tof_tree.c: building the graph */
WIL_NODISCARD wil_status tof_tree_node(wil_tof_tree *tree, int *out, const double at[3]);
WIL_NODISCARD wil_status tof_tree_edge(
    wil_tof_tree *tree, int from, int to, wil_tof_segment segment, int side);
/* A smooth curve from node `from` through n points (side mirrors x); *last_out: its last node. end >= 0:
 * finish at that node. */
typedef struct tof_path {
    wil_tof_segment segment;
    int side;
    int n;
    double at[10][3];
} tof_path;
WIL_NODISCARD wil_status tof_tree_curve(
    wil_tof_tree *tree, int *last_out, int from, const tof_path *path, int end);
/* Nodes so that each stands behind all it is fed by; order_out: [n_nodes]. Fails: WIL_ERR_INTERNAL (a cycle).
 */
WIL_NODISCARD wil_status tof_tree_order(int *order_out, const wil_tof_tree *tree);
/* Flow from demands, radii from flow; drops nothing. */
WIL_NODISCARD wil_status tof_tree_murray(wil_tof_tree *tree);

/* ---- tof_circle.c: the named arteries. Growth starts from the ends that it reports. */
enum { TOF_MCA, TOF_ACA, TOF_PCA, TOF_SCA, TOF_AICA, TOF_PICA, TOF_EYE_ARTERY, TOF_STA, TOF_N_TERRITORIES };
typedef struct tof_roots { /* nodes [first, last) that cortical branches may leave, by territory and side */
    int first[TOF_N_TERRITORIES][2];
    int last[TOF_N_TERRITORIES][2];
} tof_roots;
WIL_NODISCARD wil_status tof_circle_make(wil_tof_tree *tree, tof_roots *roots_out, wil_tof_facts *facts,
    const tof_head *head, wil_rng_cursor *dice);

/* ---- tof_grow.c, tof_territory.c */
typedef struct tof_territory {
    wil_tof_segment segment;
    double radius_mm;       /* of its supply */
    double terminal_mm;     /* of its last branches */
    double low[3], high[3]; /* box of the attractors; x for the right side */
    int surface;            /* one of the below */
    double depth_mm;
} tof_territory;
enum { TOF_VOLUME, TOF_CONVEXITY, TOF_MIDLINE, TOF_UNDER_SKIN };
const tof_territory *tof_territory_get(int which);
WIL_NODISCARD wil_status tof_grow(wil_tof_tree *tree, const tof_roots *roots, const tof_head *head,
    const wil_tof_config *config, wil_rng_cursor *dice);

/* ---- tof_disease.c */
WIL_NODISCARD wil_status tof_disease_apply(
    wil_tof_tree *tree, wil_tof_facts *facts, double share, wil_rng_cursor *dice);

/* ---- tof_flow.c: the signal of moving and static spins */
WIL_NODISCARD wil_status tof_flow_pulses(
    wil_tof_tree *tree, const wil_tof_site_facts *site, double bottom_mm);
double tof_flow_speed_mm_s(double radius_mm);
double tof_flow_blood(const wil_tof_site_facts *site, double pulses); /* relative to unsaturated blood */
double tof_flow_t1_ms(int tissue, const wil_tof_site_facts *site);
void tof_flow_tissues(float signal_out[TOF_N_TISSUES], const wil_tof_site_facts *site);

/* ---- tof_lumen.c: occupancy of the voxels by lumen */
#define TOF_SUB 3 /* samples per voxel and direction: 27 bits */
typedef struct tof_lumen {
    uint32_t *bits; /* [nz,ny,nx] which samples are in a lumen, owned */
    float *signal;  /* [nz,ny,nx] sum over these of the blood's signal, owned */
} tof_lumen;
WIL_NODISCARD wil_status tof_lumen_make(
    tof_lumen *out, const wil_tof_tree *tree, const wil_tof_site_facts *site, const wil_grid *grid);
void tof_lumen_clear(tof_lumen *lumen);
WIL_OWNED_VALUE(tof_lumen, tof_lumen_clear)

/* ---- tof_scan.c: tissue, blood, blur, shading, noise, 8 bits */
/* occupancy (0..1) and blood (signal there) at a voxel, from whoever knows the lumen. */
typedef void (*tof_blood_at)(const void *user, size_t voxel, float *occupancy_out, float *blood_out);
WIL_NODISCARD wil_status tof_scan(wil_volume *image, wil_mask *brain, const tof_head *head,
    const wil_tof_config *config, int subject, tof_blood_at blood_at, const void *user);
/* The brain mask alone, as tof_scan makes it. */
void tof_scan_brain(wil_mask *brain, const tof_head *head);

#endif
