/* evaluate: what networks and synthetic sets are worth.
 *
 * Scores of segmentations against labels, patient by patient; distances between distributions of samples,
 * their diversity, and pictures of where they lie.
 */
#ifndef WILLIS_EVALUATE_H
#define WILLIS_EVALUATE_H

#include "willis/base.h"
#include "willis/base_fields.h"
#include "willis/data.h"
#include "willis/metrics.h"
#include "willis/model.h"

#pragma GCC visibility push(default)

/* ---- scores of a network ------------------------------------------------------------------------------ */

typedef struct wil_score {
    char **subjects; /* [n] */
    double *dice;    /* [n] */
    int n;
    double mean, sd;          /* sd: of the sample (n - 1); 0 for one subject */
    wil_seg_scores *measures; /* [n] all of willis/metrics.h, by the default settings; NULL: not computed */
} wil_score;
/* Dice of a segmenter on the subjects of a split, all of which need a label; inside each brain mask where
 * there is one. prediction_folder: NULL, or where "<subject>_pred.nii.gz" are written. Fails: WIL_ERR_INPUT
 * (no subject in the split, no label, a label without a voxel in the brain), WIL_ERR_INTERRUPTED. */
WIL_NODISCARD wil_status wil_score_cohort(wil_score *out, wil_segmenter *segmenter, const wil_cohort *cohort,
    wil_split split, const char *prediction_folder, const wil_monitor *monitor);
/* The same with all measures, which takes seconds a subject more. */
WIL_NODISCARD wil_status wil_score_cohort_fully(wil_score *out, wil_segmenter *segmenter,
    const wil_cohort *cohort, wil_split split, const char *prediction_folder, const wil_monitor *monitor);
void wil_score_clear(wil_score *score);
WIL_OWNED_VALUE(wil_score, wil_score_clear)
/* Every subject of the split has a label, else WIL_ERR_INPUT: known before hours of work, not after. */
WIL_NODISCARD wil_status wil_score_check_labels(const wil_cohort *cohort, wil_split split);

/* ---- scores of masks, case by case -------------------------------------------------------------------- */

typedef struct wil_case_pair {
    char *name; /* of the case */
    char *truth, *prediction;
    char *mask; /* NULL without masks */
} wil_case_pair;
typedef struct wil_case_pairs {
    wil_case_pair *items; /* by name */
    size_t n, capacity;
} wil_case_pairs;

/* What is given on the command line: all files, or all folders. A file of a folder belongs to the case whose
 * name it has before its suffix and .nii or .nii.gz; files without the suffix are passed over. */
typedef struct wil_case_source {
    const char *truth, *prediction, *mask;                      /* mask may be NULL */
    const char *truth_suffix, *prediction_suffix, *mask_suffix; /* NULL: none */
} wil_case_source;

/* Fails: WIL_ERR_INPUT when a case lacks its partner or its mask (naming it), has two files, or a folder
 * holds no case; WIL_ERR_ARG when files and folders are mixed. Free with wil_case_pairs_clear in any case. */
WIL_NODISCARD wil_status wil_case_pairs_find(wil_case_pairs *out, const wil_case_source *source);
void wil_case_pairs_clear(wil_case_pairs *pairs);

/* Puts the pair's files before the message of a failure that names only their parts; returns status. */
wil_status wil_case_pair_context(wil_status status, const wil_case_pair *pair);

/* What a row of results is about: a label above 0, or one of these. */
enum { WIL_SEG_WHOLE_MASK = 0, WIL_SEG_CLASS_MEAN = -1, WIL_SEG_MERGED = -2 };
typedef struct wil_seg_row {
    size_t pair; /* number of the case */
    int label;
    wil_seg_scores scores;
} wil_seg_row;
typedef struct wil_seg_results {
    const wil_case_pairs *pairs; /* borrowed */
    bool classes;                /* masks of several labels; else a row a case, in the order of the pairs */
    wil_seg_row *rows;           /* owned: of each case the labels, rising, their mean, the merged mask */
    size_t n_rows, row_capacity;
    wil_seg_config config;
    uint64_t seed; /* of the bootstrap */
    double *other; /* [n_rows, WIL_SEG_MOST] of the other run, owned; NULL without */
    const char *other_path;
} wil_seg_results;

/* The next case's rows. */
WIL_NODISCARD wil_status wil_seg_results_add(wil_seg_results *results, const wil_seg_scores *scores);
WIL_NODISCARD wil_status wil_seg_results_add_classes(
    wil_seg_results *results, const wil_seg_classes *classes);
void wil_seg_results_clear(wil_seg_results *results);

/* The labels that rows have, rising, then WIL_SEG_CLASS_MEAN and WIL_SEG_MERGED; of plain masks
 * WIL_SEG_WHOLE_MASK alone. Returned, freed with wil_free. */
WIL_NODISCARD wil_status wil_seg_results_labels(int32_t **out, int *n_out, const wil_seg_results *results);
const char *wil_seg_label_name(char text[16], int label); /* "4", "mean", "merged"; "all" of a whole mask */
/* One column over the rows of a label: cases that have it in neither mask do not count. */
WIL_NODISCARD wil_status wil_seg_results_summary(
    wil_summary *out, const wil_seg_results *results, int label, int column);

WIL_NODISCARD wil_status wil_seg_results_write_csv(const wil_seg_results *results, const char *path);
/* One row for each label and column: mean, sd, median, interval, and how many. */
WIL_NODISCARD wil_status wil_seg_results_write_summary(const wil_seg_results *results, const char *path);
WIL_NODISCARD wil_status wil_seg_results_json(json_t **out, const wil_seg_results *results);
/* Tab-separated cells, the first line the head: each measure's mean, spread and interval over the cases; of
 * several labels one line each, with the chief measures. */
WIL_NODISCARD wil_status wil_seg_results_table(char **out, const wil_seg_results *results);
/* Reads the CSV of another run; of several labels after the last case. Fails: WIL_ERR_INPUT when a case or a
 * column is missing there, or it has more cases, or a cell is no number, or one of both has labels. */
WIL_NODISCARD wil_status wil_seg_results_read_other(wil_seg_results *results, const char *path);
/* A column of a CSV that wil_seg_results_write_csv wrote: [n_rows], freed by the caller. Empty cells are NaN.
 * Fails: WIL_ERR_INPUT, as above. */
WIL_NODISCARD wil_status wil_seg_results_read_column(
    double **out, const wil_table *table, const char *column, const char *path);

/* ---- what synthetic sets are worth, without labels of patients ---------------------------------------- */

/* Where samples come from: a patch set, a cohort of scans, or a matrix of features that another program made.
 * Of patch sets the features of willis/metrics.h are taken, or those of a network; images are scaled by the
 * robust limits of each subject's scan. Of scans those of a network for volumes are taken, of each one whole.
 */
typedef struct wil_sample_source {
    const char *path;      /* patch set, cohort (with weights), .npy, or HDF5 file with `dataset` */
    const char *dataset;   /* name of the matrix in HDF5 files; NULL: HDF5 files are patch sets */
    const char *extractor; /* what made the features of a matrix, in words, with its preprocessing and
                              weights; NULL: unnamed. Stands, hashed, in the names of figures. */
    const char
        *weights; /* file of tools/convert_weights.py: the network whose features are taken; NULL: none */
} wil_sample_source;

typedef struct wil_distribution_config {
    bool frechet, kid, prd, manifold; /* what is computed; all */
    int64_t most_samples; /* of each set, drawn by seed, for all but the Frechet distance; 10000; 0: all */
    wil_kid_config kid_config;
    wil_prd_config prd_config;
    wil_manifold_config manifold_config;
    uint64_t seed; /* of samples and halves */
} wil_distribution_config;
extern const wil_fields wil_distribution_fields;
wil_distribution_config wil_distribution_config_default(void);

/* Figures of one comparison; NaN for what was not computed. */
typedef struct wil_distribution_figures {
    wil_frechet frechet;
    wil_kid kid;
    double prd_auc, prd_f8, prd_f1_8;
    wil_manifold manifold;
    int64_t n_real, n_synthetic; /* of the Frechet distance */
    int64_t n_real_drawn, n_synthetic_drawn;
} wil_distribution_figures;

typedef struct wil_distribution {
    char *features; /* what they are, in words */
    char hash[9];   /* of these words, by wil_feature_hash */
    int d;
    wil_distribution_figures figures; /* synthetic against real */
    wil_prd curve;                    /* of figures */
    wil_prd floor_curve;              /* of floor; empty where the halves are too small */
    /* One half of the real samples against the other: what two sets of the same origin differ by at half the
     * number. Whole subjects where they are known. NaN for a Frechet distance with too few in a half. */
    wil_distribution_figures floor;
    bool halves_are_subjects;
    int n_subjects_in_half[2]; /* 0 where subjects are not known */
    /* Halves of one subject tell how much that one differs from the others, or from itself, and not what
     * equal origin gives: the floor means nothing then. */
    bool floor_is_usable;
    /* Memorisation: synthetic against held-out samples and against as many training samples; all NaN without
     * a test set. A gap (test - train) above the noise says that training samples are reproduced. */
    wil_distribution_figures train, test;
} wil_distribution;
/* real: what the generator was trained on, or is to resemble; test: NULL, or samples it never saw. Fails:
 * WIL_ERR_INPUT (files, NaN, different features or dimensions, not more samples than features for a Frechet
 * distance), WIL_ERR_INTERRUPTED; out is cleared then. */
WIL_NODISCARD wil_status wil_distribution_evaluate(wil_distribution *out, const wil_sample_source *real,
    const wil_sample_source *synthetic, const wil_sample_source *test, const wil_distribution_config *config,
    const wil_monitor *monitor);
void wil_distribution_clear(wil_distribution *distribution);
WIL_OWNED_VALUE(wil_distribution, wil_distribution_clear)

typedef struct wil_diversity_config {
    int64_t n_samples;    /* synthetic ones, drawn by seed; 1000 */
    int64_t n_references; /* at most, of training and of test set each, equally many; 10000 */
    uint64_t seed;
} wil_diversity_config;
extern const wil_fields wil_diversity_fields;
wil_diversity_config wil_diversity_config_default(void);
typedef enum wil_diversity_verdict {
    WIL_DIVERSITY_NO_SETS,    /* training and held-out samples were not given */
    WIL_DIVERSITY_TOO_FEW,    /* held-out samples to tell what is near */
    WIL_DIVERSITY_UNLIKE,     /* most samples lie further from both sets than held-out ones from training:
                                 which set is nearer says nothing then */
    WIL_DIVERSITY_NEARER,     /* more of them than chance allows are nearer to training than nearly all
                                 held-out ones */
    WIL_DIVERSITY_NOT_NEARER, /* no sign of that */
} wil_diversity_verdict;
const char *wil_diversity_verdict_name(wil_diversity_verdict verdict); /* "unlike", ... */
typedef struct wil_diversity {
    int64_t n_samples, n_references;
    double ssim_mean, ssim_sd; /* over all pairs of synthetic images; NaN for matrices of features */
    /* Distance to the nearest reference, root mean square over pixels in [-1,1] or over features: medians.
     * NaN without training and test set. */
    double train_distance, test_distance;
    double ratio;           /* train / test; 1 for samples that know no reference, below 1 for copies */
    double nearer_to_train; /* share of the samples; 0.5 for samples that know none */
    /* The null: held-out samples, which know no training one, to their nearest one. */
    int64_t n_null;
    double null_distance;       /* median */
    double null_low, null_high; /* 5 % and 95 % quantile */
    double close_to_train;      /* share of the samples nearer to training than null_low; 0.05 by chance */
    wil_diversity_verdict verdict;
} wil_diversity;
/* train and test: both, or both NULL. Fails: as above. */
WIL_NODISCARD wil_status wil_diversity_evaluate(wil_diversity *out, const wil_sample_source *synthetic,
    const wil_sample_source *train, const wil_sample_source *test, const wil_diversity_config *config);

typedef struct wil_embedding {
    int64_t n;
    double *places;  /* [n,2] */
    int32_t *set;    /* [n] */
    int64_t *sample; /* [n] its number in its set */
    double divergence;
    char *features;
} wil_embedding;
/* n_sets sets into one plane, at most n_samples of each, drawn by config->seed. Fails: as above. */
WIL_NODISCARD wil_status wil_embedding_make(wil_embedding *out, const wil_sample_source *sets, int n_sets,
    int64_t n_samples, const wil_tsne_config *config, const wil_monitor *monitor);
void wil_embedding_clear(wil_embedding *embedding);
WIL_OWNED_VALUE(wil_embedding, wil_embedding_clear)
/* The images of the samples of an embedding, [n,height,width] in [-1,1], read from its sets anew; NULL for
 * matrices of features, which have none. Freed with wil_free. Fails: as the files. */
typedef struct wil_embedding_shape {
    int height, width; /* of one image; 0 without */
} wil_embedding_shape;
WIL_NODISCARD wil_status wil_embedding_images(float **out, wil_embedding_shape *shape_out,
    const wil_embedding *embedding, const wil_sample_source *sets, int n_sets);

#pragma GCC visibility pop
#endif
