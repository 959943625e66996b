/* phantom: heads whose truth is known.
 *
 * A TOF-MRA phantom: per subject a head (scalp, skull, CSF, folded cortex, ventricles) and an arterial tree
 * with the topology of the circle of Willis, imaged by a time-of-flight signal model with noise and coil
 * shading. The label is exact, because the lumen is known analytically. Everything follows from (config,
 * subject number).
 *
 *     wil_tof_config config = wil_tof_config_default();
 *     wil_tof_subject subject = {0};
 *     WIL_TRY(wil_phantom_tof(&subject, &config, 1));
 *     WIL_TRY(wil_volume_write(&subject.image, "sub-001_angio.nii.gz", WIL_NIFTI_U8, "phantom"));
 *     wil_tof_subject_clear(&subject);
 *
 * Millimetres are head coordinates: x to the patient's right (RAS+), y anterior, z superior; the origin is
 * the centre of the circle of Willis. docs/phantom.md states the model and what it leaves out.
 */
#ifndef WILLIS_PHANTOM_H
#define WILLIS_PHANTOM_H

#include "willis/base.h"
#include "willis/image.h"

typedef struct wil_tof_config {
    int matrix[3];         /* voxels along x, y, z; each >= 32; 312 384 127 */
    double spacing_mm[3];  /* each 0.2 .. 3; 0.5 0.5 0.7 */
    char site;             /* 'a' or 'b': protocol, see wil_tof_site_facts */
    uint64_t seed;         /* of the whole cohort; 1 */
    double disease_share;  /* share of subjects with a stenosis or an occlusion, 0 .. 1; 0.25 */
    double vessel_density; /* number of branches, relative, 0.25 .. 4; 1 */
    double vessel_calibre; /* all radii, relative, 0.5 .. 2; 1 */
    double tortuosity;     /* amplitude of the bends, relative, 0 .. 3; 1 */
    double noise_scale;    /* noise, relative to the site's, 0 .. 20; 1 */
    double bias_scale;     /* coil shading, relative to the site's, 0 .. 3; 1 */
} wil_tof_config;

wil_tof_config wil_tof_config_default(void);
/* Keeps the field of view of the default (156 x 192 x 89 mm) with another matrix: sets matrix and spacing_mm.
 */
void wil_tof_config_set_matrix(wil_tof_config *config, int nx, int ny, int nz);
/* Fails: WIL_ERR_ARG, saying which value is impossible, and when the circle of Willis lies outside the field.
 */
WIL_NODISCARD wil_status wil_tof_config_check(const wil_tof_config *config);

/* ---- the arterial tree -------------------------------------------------------------------------------- */

typedef enum wil_tof_segment {
    WIL_TOF_ICA,   /* internal carotid, petrous to terminus */
    WIL_TOF_M1,    /* middle cerebral, sphenoidal */
    WIL_TOF_M2,    /* insular and opercular (M2, M3) */
    WIL_TOF_M4,    /* cortical branches of the middle cerebral */
    WIL_TOF_A1,    /* anterior cerebral, before the communicating */
    WIL_TOF_A2,    /* ... behind it: pericallosal, callosomarginal */
    WIL_TOF_A3,    /* cortical branches of the anterior cerebral */
    WIL_TOF_ACOM,  /* anterior communicating */
    WIL_TOF_PCOM,  /* posterior communicating */
    WIL_TOF_P1,    /* posterior cerebral, before the communicating */
    WIL_TOF_P2,    /* ... behind it: ambient */
    WIL_TOF_P3,    /* cortical branches of the posterior cerebral */
    WIL_TOF_BA,    /* basilar */
    WIL_TOF_VA,    /* vertebral */
    WIL_TOF_CBL,   /* cerebellar: SCA, AICA, PICA */
    WIL_TOF_OPHTH, /* ophthalmic */
    WIL_TOF_SCALP, /* superficial temporal (external carotid) */
    WIL_TOF_N_SEGMENTS
} wil_tof_segment;
const char *wil_tof_segment_name(wil_tof_segment segment); /* "ICA", "M1", ... */

/* A short straight piece of lumen, in the direction of flow. */
typedef struct wil_tof_edge {
    int from, to; /* nodes */
    wil_tof_segment segment;
    int side;           /* -1 left, 0 midline, +1 right */
    double share;       /* of what its end node needs, in [0, 1]; below 1 only where inlets join */
    double radius_mm;   /* by Murray's law; before taper and stenosis */
    double lumen_mm[2]; /* what is painted, at its two ends */
} wil_tof_edge;

typedef struct wil_tof_node {
    double at_mm[3];
    double demand; /* flow used here, in units of mm^3 (radius cubed); > 0 at the ends of branches */
    double speed;  /* of flow, relative to a healthy vessel of this calibre; 0: no flow, not painted */
    double pulses; /* radio-frequency pulses the blood has met in the present slab */
    int n_out;     /* edges that begin here */
} wil_tof_node;

/* Radii obey Murray's law r0^3 = r1^3 + r2^3 [Murray1926] at every node, joins (basilar) included: flow is
 * conserved and proportional to the cube of the radius. */
typedef struct wil_tof_tree {
    wil_tof_node *nodes; /* [n_nodes], owned */
    wil_tof_edge *edges; /* [n_edges], owned */
    int n_nodes, n_edges;
    size_t node_capacity, edge_capacity;
} wil_tof_tree;

typedef enum wil_tof_disease { WIL_TOF_HEALTHY, WIL_TOF_STENOSIS, WIL_TOF_OCCLUSION } wil_tof_disease;
const char *wil_tof_disease_name(wil_tof_disease disease); /* "healthy", ... */

typedef struct wil_tof_facts {
    wil_tof_disease disease;
    wil_tof_segment segment; /* the diseased one; meaningless if healthy */
    int side;                /* of it: -1 left, 0 midline, +1 right */
    double narrowing_frac;   /* of the diameter: 0 healthy, 1 occluded */
    double collateral_frac;  /* speed of flow behind an occlusion, 0 .. 1; 0: signal is lost there */
    bool has_acom;
    bool has_pcom[2];      /* left, right */
    bool has_fetal_pca[2]; /* the posterior cerebral is fed mainly by the carotid */
    int n_segments;        /* bifurcation-free pieces of the tree */
    int n_bifurcations;
    double vessel_frac; /* label voxels / brain voxels */
} wil_tof_facts;

/* The tree of a subject, in head coordinates, whatever the matrix. Clear with wil_tof_tree_clear. */
WIL_NODISCARD wil_status wil_phantom_tof_tree(
    wil_tof_tree *out, wil_tof_facts *facts_out, const wil_tof_config *config, int subject);
void wil_tof_tree_clear(wil_tof_tree *tree);

/* ---- subjects ----------------------------------------------------------------------------------------- */

typedef struct wil_tof_subject {
    wil_volume image; /* whole numbers 0 .. 255 */
    wil_mask label;   /* lumen with flow signal fills half of the voxel or more */
    wil_mask brain;   /* intracranial space */
    wil_tof_facts facts;
} wil_tof_subject;

void wil_tof_subject_clear(wil_tof_subject *subject); /* fine on a zeroed struct */

/* Subject number `subject` (>= 0) of the cohort. The same bits for the same config and number, whatever the
 * number of threads. Fails: as wil_tof_config_check. */
WIL_NODISCARD wil_status wil_phantom_tof(wil_tof_subject *out, const wil_tof_config *config, int subject);

/* Paints head and imaging around given vessels (a label from a generator, say): label is that mask, calibre
 * is estimated from its distance transform. The mask's grid counts, not config's. A grid smaller than a head
 * is filled with brain. Fails: WIL_ERR_ARG (empty mask, a side below 8 voxels, rotated grids, impossible
 * config). */
WIL_NODISCARD wil_status wil_phantom_tof_paint(
    wil_tof_subject *out, const wil_mask *vessels, const wil_tof_config *config, int subject);

/* What a site does, for reports and phantom.json. */
typedef struct wil_tof_site_facts {
    char site;
    double field_t, tr_ms, te_ms, flip_deg, t1_blood_ms;
    double noise_frac;    /* of the signal of unsaturated blood */
    double blur_mm;       /* Gaussian sigma of the point spread */
    double bias_frac;     /* amplitude of the coil shading */
    double slab_mm;       /* thickness of one of the overlapping slabs */
    double fat_frac;      /* fat signal left by suppression */
    double transfer_frac; /* brain signal left by magnetisation transfer */
} wil_tof_site_facts;
/* Fails: WIL_ERR_ARG for a site other than 'a' and 'b'. */
WIL_NODISCARD wil_status wil_tof_site_facts_get(wil_tof_site_facts *out, char site);

/* ---- cohorts ------------------------------------------------------------------------------------------ */

/* Writes n_train + n_val + n_test subjects, numbered from 1, into folder (made if absent) in BIDS layout:
 *   sub-001/anat/sub-001_angio.nii.gz
 *   derivatives/willis/sub-001/anat/sub-001_desc-vessel_mask.nii.gz, ..._desc-brain_mask.nii.gz
 *   dataset_description.json, participants.tsv (facts), phantom.json (every setting), and last of all
 *   cohort.tsv: subject split image label mask (train first, then val, then test; paths relative to it).
 * Fails: WIL_ERR_ARG (counts, config, a folder that holds another cohort), WIL_ERR_IO, WIL_ERR_INTERRUPTED.
 */
WIL_NODISCARD wil_status wil_phantom_tof_cohort(const char *folder, const wil_tof_config *config, int n_train,
    int n_val, int n_test, const wil_monitor *monitor);

#endif
