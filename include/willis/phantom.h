/* phantom: heads whose truth is known.
 *
 * Two kinds: a TOF-MRA phantom with exact arterial labels, and below it a DSC-MRI phantom (passage of a
 * bolus) with exact maps of blood flow.
 *
 * The TOF-MRA phantom: per subject a head (scalp, skull, CSF, folded cortex, ventricles) and an arterial tree
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
#include "willis/base_fields.h"
#include "willis/image.h"

#pragma GCC visibility push(default)

/* RANDOM: another protocol for every subject, from broad ranges (tof_random.c), for networks that are to work
 * anywhere. */
typedef enum wil_tof_site { WIL_TOF_SITE_A, WIL_TOF_SITE_B, WIL_TOF_SITE_RANDOM } wil_tof_site;

/* Ranges and defaults stand in wil_tof_fields. */
typedef struct wil_tof_config {
    int matrix[3]; /* voxels along x, y, z */
    double spacing_mm[3];
    wil_tof_site site;     /* protocol, see wil_tof_site_facts */
    uint64_t seed;         /* of the whole cohort */
    double disease_share;  /* share of subjects with a stenosis or an occlusion */
    double vessel_density; /* number of branches, relative */
    double vessel_calibre; /* all radii, relative */
    double tortuosity;     /* amplitude of the bends, relative */
    double noise_scale;    /* noise, relative to the site's */
    double bias_scale;     /* coil shading, relative to the site's */
    bool labels_only;      /* no image is made */
} wil_tof_config;

extern const wil_fields wil_tof_fields;
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
WIL_OWNED_POINTER(wil_tof_edge, wil_free)

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
WIL_OWNED_VALUE(wil_tof_tree, wil_tof_tree_clear)

/* ---- subjects ----------------------------------------------------------------------------------------- */

typedef struct wil_tof_subject {
    wil_volume image; /* whole numbers 0 .. 255; voxels NULL where labels_only */
    wil_mask label;   /* lumen with flow signal fills half of the voxel or more */
    wil_mask brain;   /* intracranial space */
    wil_tof_facts facts;
} wil_tof_subject;

void wil_tof_subject_clear(wil_tof_subject *subject); /* fine on a zeroed struct */
WIL_OWNED_VALUE(wil_tof_subject, wil_tof_subject_clear)

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
    char site; /* 'a', 'b'; 'r': drawn */
    double field_t, tr_ms, te_ms, flip_deg, t1_blood_ms;
    double noise_frac;    /* of the signal of unsaturated blood */
    double blur_mm;       /* Gaussian sigma of the point spread */
    double bias_frac;     /* amplitude of the coil shading */
    double slab_mm;       /* thickness of one of the overlapping slabs */
    double fat_frac;      /* fat signal left by suppression */
    double transfer_frac; /* brain signal left by magnetisation transfer */
    bool stripped;        /* nothing is left outside the intracranial space, in image and label */
} wil_tof_site_facts;
/* The protocol of a subject, which is its site's unless that is random. */
wil_tof_site_facts wil_tof_site_of(const wil_tof_config *config, int subject);

/* ---- cohorts ------------------------------------------------------------------------------------------ */

/* Writes n_train + n_val + n_test subjects, numbered from 1, into folder (made if absent) in BIDS layout:
 *   sub-001/anat/sub-001_angio.nii.gz
 *   derivatives/willis/sub-001/anat/sub-001_desc-vessel_mask.nii.gz, ..._desc-brain_mask.nii.gz
 *   dataset_description.json, participants.tsv (facts), phantom.json (every setting), and last of all
 *   cohort.tsv: subject split image label mask label_origin (train first, then val, then test; paths relative
 *   to it; labels_only: image is empty; label_origin is "phantom", see wil_subject).
 * Fails: WIL_ERR_ARG (counts, config, a folder that holds another cohort), WIL_ERR_IO, WIL_ERR_INTERRUPTED.
 */
WIL_NODISCARD wil_status wil_phantom_tof_cohort(const char *folder, const wil_tof_config *config, int n_train,
    int n_val, int n_test, const wil_monitor *monitor);

/* ---- DSC-MRI: the passage of a bolus ------------------------------------------------------------------- */

/* A digital reference object: the TOF phantom's head (or a slab) with grey and white matter, CSF, arteries
 * and veins, through which a bolus passes. Tissue follows the indicator-dilution equation C(t) = (density /
 * hematocrit_factor) CBF / 6000 * integral of artery(t - s) R(s) ds     [mM] with the arterial curve delayed
 * and dispersed by territory, and R(0) = 1; signal is S(t) = S0 exp(-TE r2 C(t)), summed over the tissues of
 * a voxel by volume. Everything follows from (config, subject number).
 *
 *     wil_dsc_config config = wil_dsc_config_default();
 *     wil_dsc_subject subject = {0};
 *     config.mode = WIL_DSC_ACUTE;
 *     WIL_TRY(wil_phantom_dsc(&subject, &config, 1));
 *     ... subject.series, subject.maps[WIL_DSC_CBF], subject.aif ...
 *     wil_dsc_subject_clear(&subject);
 */
typedef enum wil_dsc_shape { WIL_DSC_HEAD, WIL_DSC_SLAB } wil_dsc_shape;
typedef enum wil_dsc_mode {
    WIL_DSC_HEALTHY,
    WIL_DSC_ACUTE,   /* a middle cerebral artery or a branch closed: core, penumbra, mild rim */
    WIL_DSC_CHRONIC, /* a carotid or middle cerebral narrowed: delay and dispersion, milder loss of flow */
    WIL_DSC_MIXED    /* in turn by subject number */
} wil_dsc_mode;
/* Residue function, of mean M = MTT. */
typedef enum wil_dsc_residue {
    WIL_DSC_EXPONENTIAL,   /* exp(-t / M) */
    WIL_DSC_BOXCAR,        /* 1 until M */
    WIL_DSC_GAMMA,         /* transit times gamma-distributed, shape 2, 3 or 4 by subject */
    WIL_DSC_BIEXPONENTIAL, /* 0.7 exp(-2 t / M) + 0.3 exp(-t / (13/6 M)): fast and slow paths */
    WIL_DSC_ANY_RESIDUE    /* one of these by subject */
} wil_dsc_residue;
/* As the command line has them: "acute", "boxcar". Borrowed. */
const char *wil_dsc_mode_name(wil_dsc_mode mode);
const char *wil_dsc_residue_name(wil_dsc_residue residue);

/* Ranges and defaults stand in wil_dsc_fields. */
typedef struct wil_dsc_config {
    wil_dsc_shape shape;
    wil_dsc_mode mode;
    wil_dsc_residue residue;
    int matrix[3]; /* voxels along x, y, z */
    double spacing_mm[3];
    int n_frames;
    double tr_s; /* between frames */
    double te_s;
    double flip_deg;
    int n_dummies;            /* excitations before the first frame; 0 shows the way to steady state */
    double r2_tissue;         /* relaxivity, 1/s per mM: dR2* = r2 C; 44 [Kjolby2006] */
    double r2_blood;          /* 7.62 [vanOsch2003] */
    double blood_floor;       /* share of a vessel's signal that stays at any concentration */
    double blood_quadratic;   /* q: dR2* = r2_blood C + q C^2 in vessels, 1/s per mM^2 */
    double hematocrit_factor; /* (1 - hematocrit of large) / (1 - of small vessels) */
    double density_g_ml;      /* of brain */
    double bolus_s;           /* arrival at the circle of Willis, +- 1.5 s by subject */
    double dose;              /* of agent, mmol/kg: 0.1 gives an arterial peak of 15 mM */
    double dispersion_s;      /* between the circle of Willis and healthy tissue */
    double snr;               /* baseline signal of brain tissue over the noise's SD; 0: no noise */
    double drift_frac;        /* of the signal over the whole series */
    double motion_mm;         /* size of the head's movements */
    double leakage_per_min;   /* Ktrans in a part of the brain */
    double variation;         /* between subjects and voxels, relative */
    /* Each subject has its own value, drawn evenly between the one above and this; NaN: all have the one
     * above. */
    double tr_to_s, dose_to, dispersion_to_s, snr_to;
    uint64_t seed; /* of the whole cohort */
} wil_dsc_config;

extern const wil_fields wil_dsc_fields;
wil_dsc_config wil_dsc_config_default(void);
/* Fails: WIL_ERR_ARG, saying which value is impossible and what was expected. */
WIL_NODISCARD wil_status wil_dsc_config_check(const wil_dsc_config *config);

typedef enum wil_dsc_map { /* truth, in 100 g of the voxel; large vessels do not count; 0 where less than a
                              tenth is grey or white matter */
    WIL_DSC_CBF,           /* ml/100g/min */
    WIL_DSC_CBV,           /* ml/100g */
    WIL_DSC_MTT,           /* s, 60 CBV / CBF */
    WIL_DSC_DELAY,         /* s, of arterial blood behind the given AIF */
    WIL_DSC_DISPERSION,    /* s, mean of the exponential by which arterial blood is smeared */
    WIL_DSC_TMAX,          /* s, where the (dispersed and delayed) residue function is largest */
    WIL_DSC_TTP,           /* s from the first frame to the peak of the tissue's concentration */
    WIL_DSC_KTRANS,        /* 1/min */
    WIL_DSC_N_MAPS
} wil_dsc_map;
const char *wil_dsc_map_name(wil_dsc_map map); /* "cbf" */
const char *wil_dsc_map_unit(wil_dsc_map map); /* "ml/100g/min" */

typedef enum wil_dsc_mask { /* grey, white, csf, artery and vein have no voxel in common */
    WIL_DSC_BRAIN,          /* intracranial space */
    WIL_DSC_GREY,
    WIL_DSC_WHITE,
    WIL_DSC_FLUID,  /* CSF */
    WIL_DSC_ARTERY, /* 30 % of the voxel or more */
    WIL_DSC_VEIN,   /* the same */
    WIL_DSC_CORE,   /* grey or white matter, as the following */
    WIL_DSC_PENUMBRA,
    WIL_DSC_TERRITORY, /* of the diseased artery; core and penumbra lie in it */
    WIL_DSC_LEAK,
    WIL_DSC_N_MASKS
} wil_dsc_mask;
const char *wil_dsc_mask_name(wil_dsc_mask mask); /* "csf" */

typedef struct wil_dsc_facts {
    wil_dsc_mode mode; /* never MIXED */
    wil_dsc_residue residue;
    int gamma_shape;                        /* of the residue GAMMA */
    int side;                               /* of the disease: -1 left, 0 none, +1 right */
    const char *artery;                     /* diseased: "ICA", "M1", "M2", or "none" */
    double arrival_s;                       /* of the AIF; the following describe it: wil_dsc_aif_at */
    double peak_mm;                         /* its largest concentration in the first pass, mM */
    double alpha, beta_s;                   /* gamma-variate */
    double share, recirculation_s, smear_s; /* the second pass: share, delay, exponential smear */
    double tail_frac, tail_s;               /* what stays mixed in all blood: over the peak, time of decay */
    double grey_cbf, white_cbf, grey_cbv, white_cbv; /* of the healthy parts, before variation by voxel */
    double tr_s, dose, dispersion_s, snr;            /* as drawn: see wil_dsc_config */
    double noise_sd;                                 /* in units of the series */
    double core_ml, penumbra_ml, territory_ml;
} wil_dsc_facts;

typedef struct wil_dsc_subject {
    wil_volume series; /* [n_frames, nz, ny, nx] whole numbers */
    wil_volume maps[WIL_DSC_N_MAPS];
    wil_mask masks[WIL_DSC_N_MASKS];
    wil_volume territories; /* 1, 2 middle cerebral left, right; 3, 4 anterior; 5, 6 posterior; 7 posterior
                               fossa; 0 elsewhere */
    double *aif;            /* [n_frames] true arterial concentration at the circle of Willis, mM, owned */
    double (*movement)[6]; /* [n_frames] mm along and degrees about the voxel axes x, y, z, through the grid's
                              centre: a point p of the head lies at R p + t; owned */
    wil_dsc_facts facts;
} wil_dsc_subject;
void wil_dsc_subject_clear(wil_dsc_subject *subject); /* fine on a zeroed struct */
WIL_OWNED_VALUE(wil_dsc_subject, wil_dsc_subject_clear)

/* Subject number `subject` (>= 0). The same bits for the same config and number, whatever the number of
 * threads. Fails: as wil_dsc_config_check; WIL_ERR_MEMORY. */
WIL_NODISCARD wil_status wil_phantom_dsc(wil_dsc_subject *out, const wil_dsc_config *config, int subject);
/* The arterial concentration of a subject at a time, mM. */
double wil_dsc_aif_at(const wil_dsc_facts *facts, double t_s);

/* Writes n_train + n_val + n_test subjects, numbered from 1, into folder (made if absent):
 *   sub-001/perf/sub-001_dsc.nii.gz and .json (EchoTime, RepetitionTime in s, relaxivities, ...)
 *   derivatives/willis/sub-001/perf/sub-001_desc-true_<map>.nii.gz, ..._desc-<mask>_mask.nii.gz,
 *     ..._desc-territories_dseg.nii.gz, ..._desc-true_aif.csv (as `willis perfusion --aif` reads it),
 *     ..._desc-true_motion.tsv, ..._desc-true_facts.json
 *   dataset_description.json, participants.tsv, phantom.json, and last of all cohort.tsv: subject split image
 *   label mask, then mode, aif and the maps' paths; label is empty.
 * five_axes: series as X,Y,Z,1,T. Fails: WIL_ERR_ARG (counts, config, a folder that holds another cohort),
 * WIL_ERR_IO, WIL_ERR_INTERRUPTED. */
WIL_NODISCARD wil_status wil_phantom_dsc_cohort(const char *folder, const wil_dsc_config *config, int n_train,
    int n_val, int n_test, bool five_axes, const wil_monitor *monitor);

#pragma GCC visibility pop
#endif
