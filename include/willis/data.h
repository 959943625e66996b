/* data: from a folder of labelled scans to batches.
 *
 * A cohort lists subjects with their split, image, label and brain mask. Samples are cut once, per patient,
 * and kept in an HDF5 file with the patient of each: splits, statistics and privacy units are whole patients.
 */
#ifndef WILLIS_DATA_H
#define WILLIS_DATA_H

#include "willis/base.h"
#include "willis/base_fields.h"
#include "willis/image.h"

#pragma GCC visibility push(default)

/* ---- cohorts ------------------------------------------------------------------------------------------ */

typedef enum wil_split { WIL_SPLIT_TRAIN, WIL_SPLIT_VAL, WIL_SPLIT_TEST, WIL_SPLIT_NONE } wil_split;
const char *wil_split_name(wil_split split); /* "train" ... */

typedef struct wil_subject {
    char *id; /* "sub-001" */
    wil_split split;
    char *image, *label, *mask; /* paths; label and mask NULL when the cohort has none; image NULL where there
                                   is a label alone */
    bool is_phantom;            /* the label is known to be a phantom's, and so no patient's */
    const wil_mask_rule *rule;  /* what is foreground in the label; borrowed; NULL: 0 and 1 */
} wil_subject;

typedef struct wil_cohort {
    char *source; /* the cohort.tsv or folder that was read */
    wil_subject *subjects;
    int n_subjects;
    char **skipped; /* [n_skipped] sentences: what lies there and was left out */
    int n_skipped;
    size_t skipped_capacity;
} wil_cohort;

/* path: a cohort.tsv (columns subject, split, image, label, mask, label_origin; paths relative to it; label
 * and mask may be empty, image beside a label; label_origin: "phantom" or something else), a folder that
 * holds one, a BIDS folder or an nnU-Net one. BIDS: sub-*\/[ses-*\/]anat/sub-*_angio.nii[.gz], in
 * derivatives/<any>/ likewise *_desc-vessel_mask (or
 * *_label-NAME_mask, *_dseg) and *_desc-brain_mask (or *_label-brain_mask), split from the column of
 * participants.tsv if it has one, else NONE. nnU-Net: dataset.json, imagesTr with labelsTr (TRAIN), imagesTs
 * with labelsTs (TEST). Subjects in the order of their ids; what is left out is said in `skipped`. Fails
 * WIL_ERR_INPUT: missing file (line named), unknown split, subject twice, subject in two splits, two images
 * of one subject, no subject.
 */
WIL_NODISCARD wil_status wil_cohort_read(wil_cohort *out, const char *path);
/* Says what is foreground in the labels of all subjects; borrowed. binarise holds for brain masks too. */
void wil_cohort_set_rule(wil_cohort *cohort, const wil_mask_rule *rule);
void wil_cohort_clear(wil_cohort *cohort);
WIL_OWNED_VALUE(wil_cohort, wil_cohort_clear)
/* Gives subjects without a split one, whole patients, at random by seed, in the given shares (rest: test). */
WIL_NODISCARD wil_status wil_cohort_split(
    wil_cohort *cohort, double train_frac, double val_frac, uint64_t seed);
WIL_NODISCARD wil_status wil_cohort_write(
    const wil_cohort *cohort, const char *path);                            /* cohort.tsv, relative paths */
void wil_cohort_tell(const wil_cohort *cohort, const wil_monitor *monitor); /* warns of what was left out */
int wil_cohort_count(const wil_cohort *cohort, wil_split split);

/* A subject's volumes, loaded and checked as training needs them: one grid (within 0.01 mm; masks stored with
 * other axes are turned, with a note), label 0/1 by its rule, neither empty nor all 1, no NaN or infinite
 * voxel. Fails WIL_ERR_INPUT: subject, file, what, how much. */
typedef struct wil_scan {
    wil_volume image;
    wil_mask label; /* voxels NULL if the subject has none */
    wil_mask brain; /* voxels NULL if the subject has none */
    char *notes;    /* what was mended or is odd about its files, a line each; NULL: nothing */
} wil_scan;
WIL_NODISCARD wil_status wil_scan_read(wil_scan *out, const wil_subject *subject);
/* The same of a subject's label and brain alone: image has their grid, and no voxels. */
WIL_NODISCARD wil_status wil_scan_read_masks(wil_scan *out, const wil_subject *subject);
void wil_scan_tell(const wil_scan *scan, const wil_monitor *monitor); /* warns of its notes */
void wil_scan_clear(wil_scan *scan);
WIL_OWNED_VALUE(wil_scan, wil_scan_clear)
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
/* rule: what is foreground in labels; NULL: 0 and 1. overlay_folder: NULL, or where to write "<subject>.png"
 * (axial slices with the label outlined, and a maximum projection). path: read as wil_cohort_read does, but
 * errors of single subjects become findings; it fails only when there is nothing to check (no such path, a
 * table that cannot be parsed, no subject), when an overlay cannot be written, or on interruption. cohort_out
 * and out are the caller's to clear. */
WIL_NODISCARD wil_status wil_cohort_check(wil_cohort_report *out, wil_cohort *cohort_out, const char *path,
    const wil_mask_rule *rule, const char *overlay_folder, const wil_monitor *monitor);
void wil_cohort_report_clear(wil_cohort_report *report);

/* ---- sample sets -------------------------------------------------------------------------------------- */

/* How large one sample is. Axes that are not used are 1: a patch of a slice has height and width, one of a
 * volume depth too, one of a series time. Values lie as [time,depth,height,width,channels]. */
typedef struct wil_sample_shape {
    int time, depth, height, width, channels;
} wil_sample_shape;
wil_sample_shape wil_sample_shape_2d(int height, int width);
size_t wil_sample_shape_count(wil_sample_shape shape); /* values of one sample */

/* n samples of one shape, each of a subject, from somewhere in its scan; each with a label (vessel or not) or
 * with target maps (a pair: series and perfusion maps, say), or with both. Where they lie in HDF5 stands in
 * docs/data.md. */
typedef struct wil_samples {
    int64_t n;
    wil_sample_shape shape;
    int n_maps;        /* of target; 0: none */
    float *image;      /* [n,shape], intensities as in the scans (real) or 0..255 (synthetic) */
    uint8_t *label;    /* [n,time,depth,height,width], 0/1; NULL where there is none */
    float *target;     /* [n,n_maps,depth,height,width]; NULL where there is none */
    int32_t *subject;  /* [n], index into subjects */
    int32_t *position; /* [n,3] x, y, z of the sample's first voxel */
    char **subjects;   /* [n_subjects] */
    int n_subjects;
    float *subject_range; /* [n_subjects,2] robust limits of each subject's whole scan; 0..255 for synthetic
                             sets */
    double spacing_mm[3];
    double dt_s;                         /* between time points; 0 unless time > 1 */
    char **target_names, **target_units; /* [n_maps] "cbf", "ml/100g/min" */
    json_t *attributes;         /* object of strings and numbers, written as root attributes; owned */
    bool labels_only;           /* no images: image is NULL */
    struct sample_store *store; /* of a set that is read as it is needed, whose image, label and target are
                                   NULL; otherwise NULL */
} wil_samples;

/* A set for n samples of n_subjects (out->n and out->n_subjects say so): all but its pixels, zeroed; names,
 * spacing and attributes are the caller's to fill in. Fails: WIL_ERR_ARG (nothing to hold, or more than there
 * are addresses), WIL_ERR_MEMORY. */
WIL_NODISCARD wil_status wil_samples_make(
    wil_samples *out, wil_sample_shape shape, int64_t n, int n_subjects, int n_maps);
/* Memory for the image, target (if n_maps > 0) and, if wanted, label of n samples: all, or those at hand. */
WIL_NODISCARD wil_status wil_samples_make_pixels(wil_samples *set, int64_t n, bool labels);
void wil_samples_clear(wil_samples *set);
WIL_OWNED_VALUE(wil_samples, wil_samples_clear)

/* Atomic. Fails: WIL_ERR_ARG (no sample, no subject, neither label nor target), WIL_ERR_IO. */
WIL_NODISCARD wil_status wil_samples_write(const wil_samples *set, const char *path);
/* The whole set in memory. The file may come from anyone. Fails: WIL_ERR_INPUT (not HDF5, a format that is
 * not known, missing dataset, wrong rank or type, label not 0/1, NaN; links, virtual or external values,
 * unknown filters, more than the file can hold: docs/data.md), WIL_ERR_MEMORY (more than the machine has
 * left). No other file is read and no plugin of HDF5 is loaded; while one thread reads or writes a set, HDF5
 * loads plugins for none. */
WIL_NODISCARD wil_status wil_samples_read(wil_samples *out, const char *path);
/* The same for sets of any size: what would take more than most_bytes stays in the file, and samples are read
 * (and their values checked) when they are asked for. So many bytes of them are kept. */
WIL_NODISCARD wil_status wil_samples_open(wil_samples *out, const char *path, size_t most_bytes);
/* The labels alone of such a file, or of one that holds nothing else, which the two above refuse. */
WIL_NODISCARD wil_status wil_samples_open_labels(wil_samples *out, const char *path, size_t most_bytes);
#define WIL_SAMPLES_IN_MEMORY ((size_t)256 << 20) /* bytes; what commands and training give */

/* One sample where it lies; what the set does not have is NULL. */
typedef struct wil_sample {
    const float *image;
    const uint8_t *label;
    const float *target;
} wil_sample;
/* out [count]: the samples of these numbers, borrowed from the set until the next call. Fails: WIL_ERR_ARG
 * (no such sample), WIL_ERR_INPUT (damaged file; NaN; label not 0/1). Not for several threads at once. */
WIL_NODISCARD wil_status wil_samples_fetch(
    const wil_samples *set, const size_t *indices, int count, wil_sample *out);

/* Fails WIL_ERR_INPUT unless the set is of labelled slices, as the networks for patches take them. */
WIL_NODISCARD wil_status wil_samples_check_slices(const wil_samples *set, const char *path);

/* A set that is written as it comes. like: shape, n_maps, whether there are labels; the rest of it does not
 * matter yet. */
typedef struct wil_samples_writer wil_samples_writer;
WIL_NODISCARD wil_status wil_samples_writer_open(
    wil_samples_writer **out, const char *path, const wil_samples *like);
/* Appends n samples; label and target as the set has them. */
WIL_NODISCARD wil_status wil_samples_writer_add(
    wil_samples_writer *writer, int64_t n, const float *image, const uint8_t *label, const float *target);
/* Writes what else belongs to the set (subjects, positions, attributes) and publishes the file. set->n: as
 * many as were added. */
WIL_NODISCARD wil_status wil_samples_writer_finish(wil_samples_writer *writer, const wil_samples *set);
void wil_samples_writer_free(wil_samples_writer *writer); /* unfinished: nothing is left; NULL is fine */
WIL_OWNED_POINTER(wil_samples_writer, wil_samples_writer_free)

/* CRC-32 of images, labels, targets and intensity ranges: another number means other samples. */
WIL_NODISCARD wil_status wil_samples_checksum(uint32_t *out, const wil_samples *set);

typedef struct wil_patch_config {
    int height, width;  /* voxels */
    int per_subject;    /* 1000 in the study */
    double vessel_frac; /* share with a vessel voxel in the centre; 0.5 */
    bool inside_brain;  /* random patches have their centre in the brain mask, where there is one; the set's
                           attribute of this name is 0 if no subject of the split has one */
    uint64_t seed;
} wil_patch_config;
extern const wil_fields wil_patch_fields;
wil_patch_config wil_patch_config_default(void); /* 96x96, 1000, 0.5 */
/* Axial patches of the subjects of one split; no position twice; the same whatever the other subjects are.
 * A scan with too few positions gives fewer, with a warning. Subjects without images give a set of labels
 * only. The set's attribute label_origin says "phantom" where all labels are. Fails: volume smaller than the
 * patch, no vessel, images of some subjects only. */
WIL_NODISCARD wil_status wil_samples_cut(wil_samples *out, const wil_cohort *cohort, wil_split split,
    const wil_patch_config *config, const wil_monitor *monitor);
/* The same set written to path scan by scan, so that memory does not grow with it. */
WIL_NODISCARD wil_status wil_samples_cut_to(const char *path, const wil_cohort *cohort, wil_split split,
    const wil_patch_config *config, const wil_monitor *monitor);

/* ---- scaling and batches ------------------------------------------------------------------------------ */

/* Intensity scaling. For the GAN: to [-1, 1], per scan between robust limits (wil_scan_range;
 * docs/differences.md, G12) or, as the study did, per patch between its own minimum and maximum (a constant
 * patch gives -1). For the U-Net: zero mean and unit variance, by the training set's numbers or per patch. */
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
/* Intensities to 0..255 by the range of their scan, clipped: what every U-Net is fed with, so that real and
 * synthetic patches and whole scans agree. In place. */
void wil_scale_byte_range(float *values, size_t n, float low, float high);
/* The same for all samples of a set, each by its subject's range; once. */
void wil_samples_scale_byte_range(wil_samples *set);
/* Mean and sd over all voxels of the set, by pairwise sums in double. Fails: as wil_samples_fetch. */
WIL_NODISCARD wil_status wil_samples_moments(const wil_samples *set, double *mean_out, double *sd_out);
/* Limits of every sample for scaling to [-1,1], [n] low and [n] high: GAN_SCAN takes its subject's range,
 * GAN_PATCH its own minimum and maximum. Fails: WIL_ERR_ARG (another scaling), as wil_samples_fetch. */
WIL_NODISCARD wil_status wil_samples_limits(
    const wil_samples *set, wil_scaling scaling, float *low_out, float *high_out);
/* GAN batch: out [count,shape,2], channel 0 image in [-1,1] by the limits (-1
 * where there are labels only), channel 1 label 0/1. Fails:
 * WIL_ERR_ARG (a set without labels, or of several channels), as wil_samples_fetch. */
WIL_NODISCARD wil_status wil_batch_gan(float *out, const wil_samples *set, const size_t *indices, int count,
    const float *low, const float *high);

/* What a generator of given labels draws around: out [count,height,width,2], channel 0 the label as in
 * wil_batch_gan, channel 1 the distance to the nearest edge of a vessel in voxels of the slice
 * [Felzenszwalb2012], positive inside, cut at +-WIL_GUIDE_REACH and divided by it. Fails: WIL_ERR_ARG (no
 * labels), as wil_samples_fetch. */
#define WIL_GUIDE_REACH 8.0f
WIL_NODISCARD wil_status wil_batch_guide(
    float *out, const wil_samples *set, const size_t *indices, int count);
/* The same of samples that values first, first + 1, ... of rng choose, with replacement. */
WIL_NODISCARD wil_status wil_batch_guide_drawn(
    float *out, const wil_samples *set, wil_rng rng, uint64_t first, int count);

/* Such a batch of *count samples or all there are (*count says it then), evenly spread over the set, by their
 * subjects' ranges: what pictures show. Returned, freed with wil_free. */
WIL_NODISCARD wil_status wil_batch_spread(float **out, int *count, const wil_samples *set);

/* RANDOMISE: beside the study's turns another size, contrast, sharpness, noise and shading for every patch,
 * so that a network trained on one kind of scan works on others (randomise.c has ranges and sources). */
typedef enum wil_augment_kind { WIL_AUGMENT_NONE, WIL_AUGMENT_STUDY, WIL_AUGMENT_RANDOMISE } wil_augment_kind;

typedef struct wil_augment_config {
    wil_augment_kind kind;
    double rotation_deg; /* +- ; 30 */
    double shear_deg;    /* +- ; 20 */
    bool flip_vertical;  /* along the anterior-posterior axis; half of the time */
} wil_augment_config;
wil_augment_config wil_augment_config_default(void); /* none; the study's ranges */
/* U-Net batch: image [count,shape] standardised, label [count,shape] 0/1. Augmentation, if any, is
 * addressed by (seed, first_sample + i), the same in all slices of a sample: image bilinear, label nearest,
 * edges replicated. Images are taken for 0..255 by RANDOMISE. Fails: as wil_batch_gan. */
WIL_NODISCARD wil_status wil_batch_unet(float *image_out, float *label_out, const wil_samples *set,
    const size_t *indices, int count, wil_scaling scaling, double mean, double sd,
    const wil_augment_config *augment, uint64_t seed, uint64_t first_sample);

/* Data order: sample k of a run is element k % n of the permutation of epoch k / n. Addressed: the struct
 * only remembers the permutation of the epoch asked for last, so any `first` may be asked for at any time. */
typedef struct wil_sampler {
    size_t n;
    uint64_t seed;
    uint64_t epoch;      /* of permutation */
    size_t *permutation; /* [n] */
} wil_sampler;
/* Fails WIL_ERR_ARG: n is 0. */
WIL_NODISCARD wil_status wil_sampler_new(wil_sampler **out, size_t n, uint64_t seed);
void wil_sampler_free(wil_sampler *sampler); /* NULL is fine */
WIL_OWNED_POINTER(wil_sampler, wil_sampler_free)
/* indices_out: samples first .. first + count - 1 of the endless sequence. */
void wil_sampler_indices(wil_sampler *sampler, uint64_t first, int count, size_t *indices_out);

/* ---- features ----------------------------------------------------------------------------------------- */

/* A matrix [n,d] of numbers that describe n samples, from NumPy's .npy (float32 or float64, little-endian, C
 * order) or a dataset of an HDF5 file (float32 or float64). Read in pieces: nothing but the header is in
 * memory. Not for several threads at once. */
typedef struct wil_feature_file wil_feature_file;
/* dataset: of an HDF5 file, without the leading slash; NULL for .npy. Fails: WIL_ERR_INPUT (neither format,
 * another type, order or number of axes, a file that is shorter or longer than its header says, no such
 * dataset, no sample; what wil_samples_read refuses), WIL_ERR_ARG (a dataset for .npy, none for HDF5). */
WIL_NODISCARD wil_status wil_feature_file_open(wil_feature_file **out, const char *path, const char *dataset);
void wil_feature_file_close(wil_feature_file *file); /* NULL is fine */
WIL_OWNED_POINTER(wil_feature_file, wil_feature_file_close)
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

#pragma GCC visibility pop
#endif
