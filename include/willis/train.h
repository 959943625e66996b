/* train: a run is one YAML file (wil_run_config) and one run folder:
 *
 *     config.yaml                 every value that was used
 *     log.csv                     one row per log interval (GAN) or epoch (U-Net)
 *     checkpoint-00001000.safetensors   weights, optimiser moments, step; the last two are kept
 *     samples/step-00001000.png   sample grids (GAN)
 *     generator.safetensors, critic.safetensors or unet.safetensors, result.json
 *
 * Everything random is addressed by (seed, purpose, step, index), so a run that was interrupted and resumed
 * sees the same numbers as one that was not, and ends with the same bytes if it has the same thread count.
 *
 *     wil_run_config config;
 *     WIL_TRY(wil_run_config_load(&config, "run.yaml", NULL, 0));
 *     WIL_TRY(wil_train(&config, false, monitor, &result));
 */
#ifndef WILLIS_TRAIN_H
#define WILLIS_TRAIN_H

#include "willis/base.h"
#include "willis/base_fields.h"
#include "willis/model.h"

#pragma GCC visibility push(default)

/* ---- configuration ------------------------------------------------------------------------------------ */

typedef enum wil_run_kind { WIL_RUN_GAN, WIL_RUN_UNET } wil_run_kind;
typedef enum wil_gan_model { WIL_GAN_WGAN_GP, WIL_GAN_WGAN_GP_SN, WIL_GAN_DCGAN } wil_gan_model;
typedef enum wil_label_smoothing {
    WIL_SMOOTH_NONE,
    WIL_SMOOTH_ONE_SIDED,
    WIL_SMOOTH_STUDY
} wil_label_smoothing;
typedef enum wil_generator_loss {
    WIL_GENERATOR_ADVERSARIAL,
    WIL_GENERATOR_FEATURE_MATCHING,
    WIL_GENERATOR_FEATURE_L1
} wil_generator_loss;

typedef enum wil_gan_recipe { WIL_GAN_RECIPE_STUDY, WIL_GAN_RECIPE_WILLIS } wil_gan_recipe;

typedef struct wil_gan_settings {
    wil_gan_recipe recipe; /* whose values the settings have that are not given */
    wil_gan_model model;
    wil_gan_labels labels;
    wil_wgan_growth generator;
    bool noise;                          /* wil_wgan_config's */
    wil_label_smoothing label_smoothing; /* this and the next two: of dcgan */
    wil_generator_loss generator_loss;
    bool minibatch_discrimination;
    int filters, latent;
    int batch, steps; /* steps: generator updates */
    int critic_steps; /* critic updates per generator update */
    double critic_learning_rate, generator_learning_rate, beta1, beta2;
    double decay_from;       /* share of the steps behind which the learning rates fall to 0; 1: never */
    double gradient_penalty; /* lambda */
    int penalty_every;       /* critic updates: one in so many has the penalty, as many times as strong */
    wil_scaling scaling;     /* how intensities become [-1, 1]: by the scan, or by the patch */
    double weight_average;   /* decay of the averaged generator that samples are drawn from; 0: none */
    double label_threshold;  /* of generated labels, in (0, 1) */
    int calibration_samples; /* latents for the frozen batch-norm statistics */
} wil_gan_settings;

typedef struct wil_unet_settings {
    int filters, levels;
    double dropout;
    int batch, epochs;
    int patches_per_epoch; /* 0: the whole set */
    double learning_rate;
    int warmup_steps;  /* over which the learning rate rises to its value */
    double decay_from; /* share of the steps behind which it falls to 0; 1: never */
    wil_augment_kind augment;
    double threshold; /* vessel probability */
    int tile;         /* voxels a side of the tiles that whole slices are cut into */
} wil_unet_settings;

typedef struct wil_run_config {
    wil_run_kind kind;
    uint64_t seed;
    int threads;   /* 0: all */
    char *patches; /* patch set to train on */
    char *cohort;  /* unet: cohort whose val patients choose the best epoch; NULL: none */
    char *output;  /* run folder */
    int checkpoint_every, sample_every, log_every; /* steps (GAN); checkpoints of a unet: epochs */
    char *start_from; /* network's file or checkpoint whose weights the run starts with; NULL: drawn */
    char *train;      /* patterns of the weights that move ("critic.*,generator.conv6.*"); NULL: all */
    wil_engine_settings engine;
    wil_gan_settings gan;
    wil_unet_settings unet;
} wil_run_config;

/* The table of all settings, in the sections run, data, engine, gan, unet ("study" is taken for "run"). */
extern const wil_fields wil_run_fields;
/* Defaults, then the file (NULL: none), then the assignments ("gan.filters=16"); checked. */
WIL_NODISCARD wil_status wil_run_config_load(
    wil_run_config *out, const char *path, const char *const *assignments, int n_assignments);
void wil_run_config_clear(wil_run_config *config);
WIL_OWNED_VALUE(wil_run_config, wil_run_config_clear)
/* false for the sections of other kinds of run; for wil_fields_yaml. */
bool wil_run_section_used(const void *config, const char *section);
const char *wil_run_kind_name(wil_run_kind kind); /* "gan", "unet" */
/* The settings that go into a network's file, as its metadata; owned by the caller. */
WIL_NODISCARD wil_status wil_run_metadata(json_t **out, const wil_run_config *config);

/* ---- training ----------------------------------------------------------------------------------------- */

typedef struct wil_train_result {
    int64_t steps_done;        /* generator updates or epochs */
    const char *unit, *counts; /* what they are: "epoch", "epochs"; borrowed, constant */
    bool validates;            /* the kind of run has a best epoch */
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
WIL_NODISCARD wil_status wil_train(
    const wil_run_config *config, bool resume, const wil_monitor *monitor, wil_train_result *result);

#pragma GCC visibility pop
#endif
