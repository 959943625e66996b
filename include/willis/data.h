/* data: from a folder of labelled scans to batches.
 *
 * A cohort lists subjects with their split, image, label and brain mask. Patches are cut once, per patient,
 * and kept in an HDF5 patch set with the patient of each: splits, statistics and privacy units are whole
 * patients.
 */
#ifndef WILLIS_DATA_H
#define WILLIS_DATA_H

#include "willis/base.h"
#include "willis/image.h"

/* ---- cohorts ------------------------------------------------------------------------------------------ */

typedef enum wil_split { WIL_SPLIT_TRAIN, WIL_SPLIT_VAL, WIL_SPLIT_TEST, WIL_SPLIT_NONE } wil_split;
const char *wil_split_name(wil_split split); /* "train" ... */

typedef struct wil_subject {
    char *id; /* "sub-001" */
    wil_split split;
    char *image, *label, *mask; /* paths; label and mask NULL when the cohort has none */
} wil_subject;

typedef struct wil_cohort {
    char *source; /* the cohort.tsv or folder that was read */
    wil_subject *subjects;
    int n_subjects;
} wil_cohort;

/* path: a cohort.tsv (columns subject, split, image, label, mask; paths relative to it; label and mask may be
 * empty), a folder that holds one, or a BIDS folder: sub-*\/anat/sub-*_angio.nii[.gz] with
 * derivatives/<any>/sub-*\/anat/sub-*_desc-vessel_mask.nii[.gz] and *_desc-brain_mask.nii[.gz], split from
 * the column of participants.tsv if it has one, else NONE. Subjects in the order of their ids. Fails
 * WIL_ERR_INPUT: missing file (line named), unknown split, subject twice, subject in two splits, no subject.
 */
WIL_NODISCARD wil_status wil_cohort_read(wil_cohort *out, const char *path);
void wil_cohort_clear(wil_cohort *cohort);
/* Gives subjects without a split one, whole patients, at random by seed, in the given shares (rest: test). */
WIL_NODISCARD wil_status wil_cohort_split(
    wil_cohort *cohort, double train_frac, double val_frac, uint64_t seed);
WIL_NODISCARD wil_status wil_cohort_write(
    const wil_cohort *cohort, const char *path); /* cohort.tsv, relative paths */
int wil_cohort_count(const wil_cohort *cohort, wil_split split);

/* A subject's volumes, loaded and checked as training needs them: one grid (within 0.01 mm), label 0/1 and
 * not empty, no NaN or infinite voxel. Fails WIL_ERR_INPUT: subject, file, what, how much. */
typedef struct wil_scan {
    wil_volume image;
    wil_mask label; /* voxels NULL if the subject has none */
    wil_mask brain; /* voxels NULL if the subject has none */
} wil_scan;
WIL_NODISCARD wil_status wil_scan_read(wil_scan *out, const wil_subject *subject);
void wil_scan_clear(wil_scan *scan);
/* Robust intensity limits of a scan: its 0.1 % and 99.9 % quantiles, within brain unless that is NULL. A
 * constant scan gives [value, value + 1]. Fails WIL_ERR_INPUT: empty brain mask, another size, NaN or
 * infinite voxel. */
WIL_NODISCARD wil_status wil_scan_range(float range_out[2], const wil_volume *image, const wil_mask *brain);

/* `willis cohort check`: everything that could be wrong, for every subject, without stopping at the first. */
typedef enum wil_finding_level { WIL_FINDING_NOTE, WIL_FINDING_WARNING, WIL_FINDING_ERROR } wil_finding_level;
typedef struct wil_finding {
    int subject; /* in the cohort; -1: the cohort as a whole */
    wil_finding_level level;
    char *text; /* what is wrong, where, and what to do */
} wil_finding;
typedef struct wil_subject_facts {
    int size[3];
    double spacing_mm[3];
    double label_disagreement_mm, mask_disagreement_mm; /* NaN where there is none */
    double vessel_frac;                                 /* of all voxels; NaN without label */
    double intensity_min, intensity_max;
    size_t n_not_finite;
    bool readable;
} wil_subject_facts;
typedef struct wil_cohort_report {
    wil_subject_facts *facts; /* [n_subjects] */
    wil_finding *findings;
    int n_findings, n_errors, n_warnings;
} wil_cohort_report;
/* overlay_folder: NULL, or where to write "<subject>.png" (axial slices with the label outlined, and a
 * maximum projection). path: read as wil_cohort_read does, but errors of single subjects become findings; it
 * fails only when there is nothing to check (no such path, a table that cannot be parsed, no subject), when
 * an overlay cannot be written, or on interruption. cohort_out and out are the caller's to clear. */
WIL_NODISCARD wil_status wil_cohort_check(wil_cohort_report *out, wil_cohort *cohort_out, const char *path,
    const char *overlay_folder, const wil_monitor *monitor);
void wil_cohort_report_clear(wil_cohort_report *report);

/* ---- patch sets --------------------------------------------------------------------------------------- */

/* HDF5: /image [n,H,W] float32, /label [n,H,W] uint8, /subject [n] strings, /position [n,3] int32 (x, y, z of
 * the patch's first voxel), /subjects [n_subjects] strings, /subject_range [n_subjects,2] float32
 * (wil_scan_range of the whole scan); root attributes: spacing_mm, normalisation, source, kind ("real" or
 * "synthetic") and, for synthetic sets, model, seed, threshold, privacy. Opens in h5py as it is. */
typedef struct wil_patches {
    int64_t n;
    int height, width;
    float *image;      /* [n,H,W], intensities as in the scans (real) or 0..255 (synthetic) */
    uint8_t *label;    /* [n,H,W] */
    int32_t *subject;  /* [n], index into subjects */
    int32_t *position; /* [n,3] */
    char **subjects;   /* [n_subjects] */
    int n_subjects;
    float *subject_range; /* [n_subjects,2] robust limits of each subject's whole scan; 0..255 for synthetic
                             sets */
    double spacing_mm[3];
    json_t *attributes; /* object of strings and numbers, written as root attributes; owned */
} wil_patches;

void wil_patches_clear(wil_patches *patches);
WIL_NODISCARD wil_status wil_patches_write(const wil_patches *patches, const char *path); /* atomic */
/* The file may come from anyone. Fails: WIL_ERR_INPUT (not HDF5, missing dataset, wrong rank or type, label
 * not 0/1, NaN; links, virtual or external values, unknown filters, more than the file can hold:
 * docs/data.md), WIL_ERR_MEMORY (more than the machine has left). No other file is read and no plugin of HDF5
 * is loaded; while one thread reads or writes a set, HDF5 loads plugins for none. */
WIL_NODISCARD wil_status wil_patches_read(wil_patches *out, const char *path);

/* CRC-32 of images, labels and intensity ranges: another number means other patches. */
uint32_t wil_patches_checksum(const wil_patches *patches);

typedef struct wil_patch_config {
    int height, width;  /* voxels */
    int per_subject;    /* 1000 in the study */
    double vessel_frac; /* share with a vessel voxel in the centre; 0.5 */
    bool inside_brain;  /* random patches have their centre in the brain mask, where there is one; the set's
                           attribute of this name is 0 if no subject of the split has one */
    uint64_t seed;
} wil_patch_config;
wil_patch_config wil_patch_config_default(void); /* 96x96, 1000, 0.5 */
/* Axial patches of the subjects of one split; no position twice; the same whatever the other subjects are.
 * A scan with too few positions gives fewer, with a warning. Fails: volume smaller than the patch, no vessel.
 */
WIL_NODISCARD wil_status wil_patches_cut(wil_patches *out, const wil_cohort *cohort, wil_split split,
    const wil_patch_config *config, const wil_monitor *monitor);

/* ---- scaling and batches ------------------------------------------------------------------------------ */

/* Intensity scaling. For the GAN: to [-1, 1], per scan between robust limits (wil_scan_range; correctness.md
 * G12) or, as the study did, per patch between its own minimum and maximum (a constant patch gives -1). For
 * the U-Net: zero mean and unit variance, by the training set's numbers or per patch. */
typedef enum wil_scaling {
    WIL_SCALE_GAN_SCAN,
    WIL_SCALE_GAN_PATCH,
    WIL_SCALE_UNET_SET,
    WIL_SCALE_UNET_PATCH
} wil_scaling;
void wil_scale_range(
    float *values, size_t n, double low, double high); /* [low, high] -> [-1, 1], clipped; in place */
void wil_scale_standard(
    float *values, size_t n, double mean, double sd); /* (v - mean) / sd; sd 0 counts as 1 */
/* Mean and sd over all voxels of the set, by pairwise sums in double. */
void wil_patches_moments(const wil_patches *patches, double *mean_out, double *sd_out);
/* Limits of every patch for scaling to [-1,1], [n] low and [n] high: GAN_SCAN takes its subject's range,
 * GAN_PATCH its own minimum and maximum. Fails WIL_ERR_ARG: another scaling. */
WIL_NODISCARD wil_status wil_patches_limits(
    const wil_patches *patches, wil_scaling scaling, float *low_out, float *high_out);
/* GAN batch: out [count,H,W,2], channel 0 image in [-1,1] by the limits, channel 1 label 0/1. */
void wil_batch_gan(float *out, const wil_patches *patches, const size_t *indices, int count, const float *low,
    const float *high);

typedef struct wil_augment_config {
    bool enabled;
    double rotation_deg; /* +- ; 30 */
    double shear_deg;    /* +- ; 20 */
    bool flip_vertical;  /* along the anterior-posterior axis; half of the time */
} wil_augment_config;
wil_augment_config wil_augment_config_default(void); /* disabled; the study's ranges */
/* U-Net batch: image [count,H,W,1] standardised, label [count,H,W,1] 0/1. Augmentation, if enabled, is
 * addressed by (seed, first_sample + i): image bilinear, label nearest, edges replicated. */
void wil_batch_unet(float *image_out, float *label_out, const wil_patches *patches, const size_t *indices,
    int count, wil_scaling scaling, double mean, double sd, const wil_augment_config *augment, uint64_t seed,
    uint64_t first_sample);

/* Data order: sample k of a run is element k % n of the permutation of epoch k / n. Addressed: the struct
 * only remembers the permutation of the epoch asked for last, so any `first` may be asked for at any time. */
typedef struct wil_order {
    size_t n;
    uint64_t seed;
    uint64_t epoch;      /* of permutation */
    size_t *permutation; /* [n] */
} wil_order;
/* Fails WIL_ERR_ARG: n is 0. */
WIL_NODISCARD wil_status wil_order_new(wil_order **out, size_t n, uint64_t seed);
void wil_order_free(wil_order *order); /* NULL is fine */
/* indices_out: samples first .. first + count - 1 of the endless sequence. */
void wil_order_indices(wil_order *order, uint64_t first, int count, size_t *indices_out);

/* ---- features -------------------------------------------------------------------------------------------
 */

/* A matrix [n,d] of numbers that describe n samples, from NumPy's .npy (float32 or float64, little-endian, C
 * order) or a dataset of an HDF5 file (float32 or float64). Read in pieces: nothing but the header is in
 * memory. Not for several threads at once. */
typedef struct wil_feature_file wil_feature_file;
/* dataset: of an HDF5 file, without the leading slash; NULL for .npy. Fails: WIL_ERR_INPUT (neither format,
 * another type, order or number of axes, a file that is shorter or longer than its header says, no such
 * dataset, no sample; what wil_patches_read refuses), WIL_ERR_ARG (a dataset for .npy, none for HDF5). */
WIL_NODISCARD wil_status wil_feature_file_open(wil_feature_file **out, const char *path, const char *dataset);
void wil_feature_file_close(wil_feature_file *file); /* NULL is fine */
int64_t wil_feature_file_count(const wil_feature_file *file);
int wil_feature_file_width(const wil_feature_file *file);
/* Samples first .. first + n - 1 as double [n,d]. Fails: WIL_ERR_INPUT (damaged; NaN or infinity, with file,
 * sample and feature). */
WIL_NODISCARD wil_status wil_feature_file_read(
    wil_feature_file *file, int64_t first, int64_t n, double *values_out);
/* Whether the file begins as HDF5 does. */
bool wil_is_hdf5(const char *path);
/* The type, shape and size of a .npy header in memory; what wil_feature_file_open reads first. bytes [n]:
 * the beginning of the file. path: for messages. */
typedef struct wil_npy_header {
    int64_t n;
    int d;
    int item_bytes;     /* 4 or 8 */
    size_t first_value; /* where they begin in the file */
} wil_npy_header;
WIL_NODISCARD wil_status wil_npy_header_read(
    wil_npy_header *out, const char *bytes, size_t n, const char *path);

#endif
