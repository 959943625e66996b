/* study: training and everything that uses trained networks.
 *
 * A study is one YAML file (wil_study_config) and one run folder:
 *
 *     config.yaml                 every value that was used
 *     log.csv                     one row per log interval (GAN) or epoch (segmentation)
 *     checkpoint-00001000.safetensors   weights, optimiser moments, step; the last two are kept
 *     samples/step-00001000.png   sample grids (GAN)
 *     generator.safetensors, critic.safetensors or unet.safetensors, result.json
 *
 * Everything random is addressed by (seed, purpose, step, index), so a run that was interrupted and resumed
 * sees the same numbers as one that was not, and ends with the same bytes if it has the same thread count.
 *
 *     wil_study_config config;
 *     WIL_TRY(wil_study_config_load(&config, "study.yaml", NULL, 0));
 *     WIL_TRY(wil_study_train(&config, false, monitor, &result));
 */
#ifndef WILLIS_STUDY_H
#define WILLIS_STUDY_H

#include "willis/base.h"
#include "willis/data.h"
#include "willis/image.h"
#include "willis/metrics.h"
#include "willis/nets.h"
#include "willis/nn.h"

/* ---- configuration ------------------------------------------------------------------------------------ */

typedef enum wil_study_kind { WIL_STUDY_GAN, WIL_STUDY_SEGMENTATION } wil_study_kind;
typedef enum wil_gan_model { WIL_GAN_WGAN_GP, WIL_GAN_WGAN_GP_SN } wil_gan_model;

typedef struct wil_gan_config {
    int model; /* wil_gan_model */
    int filters, latent;
    int batch, steps; /* steps: generator updates */
    int critic_steps; /* critic updates per generator update */
    double critic_learning_rate, generator_learning_rate, beta1, beta2;
    double decay_from;       /* share of the steps behind which the learning rates fall to 0; 1: never */
    double gradient_penalty; /* lambda */
    int scaling;             /* 0 scan, 1 patch: how intensities become [-1, 1] */
    double weight_average;   /* decay of the averaged generator that samples are drawn from; 0: none */
    double label_threshold;  /* of generated labels, in (0, 1) */
    int calibration_samples; /* latents for the frozen batch-norm statistics */
} wil_gan_config;

typedef struct wil_segmentation_config {
    int filters, levels;
    double dropout;
    int batch, epochs;
    int patches_per_epoch; /* 0: the whole set */
    double learning_rate;
    int warmup_steps;  /* over which the learning rate rises to its value */
    double decay_from; /* share of the steps behind which it falls to 0; 1: never */
    bool augment;
    double threshold; /* vessel probability */
    int tile;         /* voxels a side of the tiles that whole slices are cut into */
} wil_segmentation_config;

/* How plans compute, not what. */
typedef struct wil_engine_config {
    int precision;  /* wil_precision of engine.h; f32 where the processor has no bf16 instructions */
    bool recompute; /* less memory for more time, the same bits */
} wil_engine_config;

typedef struct wil_study_config {
    int kind; /* wil_study_kind */
    uint64_t seed;
    int threads;   /* 0: all */
    char *patches; /* patch set to train on */
    char *cohort;  /* segmentation: cohort whose val patients choose the best epoch */
    char *output;  /* run folder */
    int checkpoint_every, sample_every, log_every; /* steps (GAN); checkpoints of a segmentation: epochs */
    wil_engine_config engine;
    wil_gan_config gan;
    wil_segmentation_config unet;
} wil_study_config;

/* The table behind the YAML file; n_out keys; borrowed, constant. */
const wil_config_key *wil_study_config_keys(int *n_out);
/* Defaults, then the file (NULL: none), then the assignments ("gan.filters=16"); checked. */
WIL_NODISCARD wil_status wil_study_config_load(
    wil_study_config *out, const char *path, const char *const *assignments, int n_assignments);
void wil_study_config_clear(wil_study_config *config);

/* ---- training ----------------------------------------------------------------------------------------- */

typedef struct wil_train_result {
    int64_t steps_done; /* generator updates or epochs */
    bool interrupted;
    double seconds;       /* of this call, not of those before a resume */
    size_t plan_bytes;    /* memory of the compiled plans */
    double best_val_dice; /* segmentation; NaN otherwise */
    int best_epoch;
    char *model_path; /* generator.safetensors or unet.safetensors; owned */
} wil_train_result;
void wil_train_result_clear(wil_train_result *result);

/* Trains what config.kind says, with config.threads threads. resume: continue from the newest sound
 * checkpoint in the run folder, or from the beginning if it holds none yet; damaged ones are skipped with a
 * warning, changed settings and another number of threads reported. An
 * interruption (monitor->stop_requested) saves a checkpoint, writes the networks as they are, and sets
 * result->interrupted; the status is WIL_OK. What memory the training will take is told before it is taken.
 * Fails: WIL_ERR_INPUT (patch set, cohort, checkpoints that do not fit), WIL_ERR_ARG (less memory than that;
 * run folder that holds a run or in which another training works; with resume: settings that the run cannot
 * be continued with), WIL_ERR_NUMERIC (loss or weights not finite; the last checkpoint stays). */
WIL_NODISCARD wil_status wil_study_train(
    const wil_study_config *config, bool resume, const wil_monitor *monitor, wil_train_result *result);

/* ---- generation --------------------------------------------------------------------------------------- */

typedef struct wil_generate_config {
    const char *model; /* generator.safetensors */
    int64_t first, count;
    uint64_t seed;
    double label_threshold; /* in (0, 1); NaN: the model's own */
} wil_generate_config;

/* A synthetic patch set, images in 0..255. Sample i depends on (model, seed, i) alone. Labels are the second
 * channel above the threshold. Fails: WIL_ERR_INPUT for a file that is not a generator, WIL_ERR_INTERRUPTED,
 * WIL_ERR_NUMERIC for samples that are not finite. */
WIL_NODISCARD wil_status wil_generate(
    wil_patches *out, const wil_generate_config *config, const wil_monitor *monitor);

/* ---- segmentation ------------------------------------------------------------------------------------- */

/* A trained U-Net, ready to run: owns its weights and plan. */
typedef struct wil_segmenter wil_segmenter;
WIL_NODISCARD wil_status wil_segmenter_open(wil_segmenter **out, const char *model_path);
void wil_segmenter_free(wil_segmenter *segmenter);
/* Vessel mask of a TOF volume: overlapping tiles, blended; the input's grid. brain: NULL or where to look.
 * probability_out may be NULL. Any size is accepted: slices smaller than a tile are padded. Fails:
 * WIL_ERR_INPUT (time points, NaN or infinite voxels, a brain mask on another grid or empty),
 * WIL_ERR_INTERRUPTED, WIL_ERR_NUMERIC (a network of NaN). */
WIL_NODISCARD wil_status wil_segmenter_run(wil_segmenter *segmenter, wil_mask *out,
    wil_volume *probability_out, const wil_volume *tof, const wil_mask *brain, const wil_monitor *monitor);
double wil_segmenter_threshold(const wil_segmenter *segmenter);

/* ---- scores ------------------------------------------------------------------------------------------- */

typedef struct wil_score {
    char **subjects; /* [n] */
    double *dice;    /* [n] */
    int n;
    double mean, sd; /* sd: of the sample (n - 1); 0 for one subject */
} wil_score;
/* Dice of a segmenter on the subjects of a split, all of which need a label; inside each brain mask where
 * there is one. prediction_folder: NULL, or where "<subject>_pred.nii.gz" are written. Fails: WIL_ERR_INPUT
 * (no subject in the split, no label, a label without a voxel in the brain), WIL_ERR_INTERRUPTED. */
WIL_NODISCARD wil_status wil_score_cohort(wil_score *out, wil_segmenter *segmenter, const wil_cohort *cohort,
    wil_split split, const char *prediction_folder, const wil_monitor *monitor);
void wil_score_clear(wil_score *score);

/* ---- what synthetic sets are worth, without labels of patients ------------------------------------------
 */

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

typedef struct wil_diversity_config {
    int64_t n_samples;    /* synthetic ones, drawn by seed; 1000 */
    int64_t n_references; /* at most, of training and of test set each, equally many; 10000 */
    uint64_t seed;
} wil_diversity_config;
wil_diversity_config wil_diversity_config_default(void);
typedef struct wil_diversity {
    int64_t n_samples, n_references;
    double ssim_mean, ssim_sd; /* over all pairs of synthetic images; NaN for matrices of features */
    /* Distance to the nearest reference, root mean square over pixels in [-1,1] or over features: medians.
     * NaN without training and test set. */
    double train_distance, test_distance;
    double ratio;           /* train / test; 1 for samples that know no reference, below 1 for copies */
    double nearer_to_train; /* share of the samples; 0.5 for samples that know none */
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
/* The images of the samples of an embedding, [n,height,width] in [-1,1], read from its sets anew; NULL for
 * matrices of features, which have none. Freed with wil_free. Fails: as the files. */
typedef struct wil_embedding_shape {
    int height, width; /* of one image; 0 without */
} wil_embedding_shape;
WIL_NODISCARD wil_status wil_embedding_images(float **out, wil_embedding_shape *shape_out,
    const wil_embedding *embedding, const wil_sample_source *sets, int n_sets);

/* ---- speed -------------------------------------------------------------------------------------------- */

/* Something of the study that can be timed on this machine, and its size there. */
typedef struct wil_bench_info {
    const char *name;    /* "wgan2d-critic" */
    const char *what;    /* one line */
    int batch;           /* samples a step */
    int filters;         /* of the network's narrowest level, or as the study counts them */
    int n_size;          /* axes of size; 0: the shapes are fixed (conv-peak) */
    int size[3];         /* HxW, HxWxD or HxWxT: voxels, time points */
    bool takes_spectral; /* spectral norm in place of instance norm */
    bool takes_clip;     /* a critic: weight clipping, gradients clipped per sample */
} wil_bench_info;

/* All of them; n_out many; borrowed, constant. */
const wil_bench_info *wil_bench_list(int *n_out);
/* Fails: WIL_ERR_ARG with the nearest name. */
WIL_NODISCARD wil_status wil_bench_find(const wil_bench_info **out, const char *name);

typedef struct wil_bench_config {
    const char *name;
    int batch, filters; /* 0: the study's */
    int size[3];        /* 0: the study's */
    bool bf16;          /* precision bf16; f32 with a warning where the processor lacks it */
    bool recompute;     /* as in wil_plan_config */
    bool spectral;
    bool weight_clip;     /* in place of the gradient penalty: weights in [-0.01, 0.01], RMSprop */
    bool per_sample_clip; /* gradients clipped per sample (wil_graph_gradient_clipped) */
    int threads;          /* 0: all */
    bool profile;         /* also where the time goes, which takes a little time itself */
    int repeats;          /* timed steps, behind one or two that are not */
} wil_bench_config;
wil_bench_config wil_bench_config_default(const char *name); /* the study's sizes, f32, 5 repeats */

typedef struct wil_bench_result {
    const char *name; /* borrowed, constant */
    int batch, filters, size[3], n_size, threads;
    const char *precision; /* "f32", "bf16": what was run */
    double seconds_median, seconds_min;
    double flops;         /* of one step as executed: multiply-adds of convolutions and products, times two */
    double gflop_s;       /* flops over the median */
    double peak_fraction; /* gflop_s over the best convolution rate seen in the same call */
    size_t plan_bytes;    /* memory of the compiled plans */
    size_t peak_rss_bytes; /* largest resident memory of this process until the last timed step */
    char *profile; /* a table of seconds per kind of operation (wil_plan_profile); owned; NULL: not wanted */
} wil_bench_result;
void wil_bench_result_clear(wil_bench_result *result);

/* Builds what config names, with random weights and inputs, runs it a few times and measures. A step is what
 * training runs: forward, backward, optimiser, running statistics. Meant for a process of its own, as
 * peak_rss_bytes counts all that the process has done. Fails: WIL_ERR_ARG (unknown name, a size that the
 * network cannot take, an option that the network has not), WIL_ERR_MEMORY, WIL_ERR_NUMERIC (a loss that is
 * not finite), WIL_ERR_INTERRUPTED. */
WIL_NODISCARD wil_status wil_bench_run(
    wil_bench_result *out, const wil_bench_config *config, const wil_monitor *monitor);

/* ---- demo --------------------------------------------------------------------------------------------- */

typedef struct wil_demo_config {
    const char *folder; /* made if absent; what an earlier demo left in it is replaced */
    uint64_t seed;
    int n_train, n_val, n_test;
    int matrix[3]; /* voxels of the field of view of wil_tof_config_set_matrix */
    double effort; /* scales patches and training steps; 1: under ten minutes on two cores */
} wil_demo_config;
wil_demo_config wil_demo_config_default(void);
/* Phantom cohort, WGAN-GP, synthetic set, U-Nets on real and on synthetic patches, scores on test patients,
 * report.html and result.json in folder. result_out: the object of result.json; owned by the caller. Fails:
 * WIL_ERR_ARG (impossible setting, a folder with other things in it), WIL_ERR_INTERRUPTED, and as the stages
 * do. */
WIL_NODISCARD wil_status wil_demo_run(
    const wil_demo_config *config, const wil_monitor *monitor, json_t **result_out);

#endif
