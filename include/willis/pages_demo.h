/* pages: the report of the demo, and what it is told. */
#ifndef WILLIS_PAGES_DEMO_H
#define WILLIS_PAGES_DEMO_H

#include "willis/data.h"
#include "willis/evaluate.h"
#include "willis/phantom.h"
#include "willis/train.h"

#pragma GCC visibility push(default)

typedef struct wil_demo_config {
    const char *folder; /* made if absent; what an earlier demo left in it is replaced */
    uint64_t seed;
    int n_train, n_val, n_test;
    int matrix[3]; /* voxels of the field of view of wil_tof_config_set_matrix */
    double effort; /* scales patches and training steps; 1: under ten minutes on two cores */
} wil_demo_config;

typedef enum wil_demo_stage {
    DEMO_COHORT,
    DEMO_PATCHES,
    DEMO_GAN,
    DEMO_GENERATE,
    DEMO_UNET_REAL,
    DEMO_UNET_SYNTHETIC,
    DEMO_SCORE,
    DEMO_REPORT,
    DEMO_N_STAGES
} wil_demo_stage;
const char *wil_demo_stage_name(wil_demo_stage stage); /* "cohort", ...: the keys of seconds in result.json */

/* What the demo writes, all in its folder. */
typedef enum wil_demo_file {
    DEMO_FILE_MARK, /* demo.json: says that the folder is a demo's, and with which settings */
    DEMO_FILE_COHORT,
    DEMO_FILE_REAL,
    DEMO_FILE_GAN,
    DEMO_FILE_TREES,  /* cohort of vessel trees alone, which synthetic patches are drawn around */
    DEMO_FILE_LABELS, /* patches of them */
    DEMO_FILE_SYNTHETIC,
    DEMO_FILE_UNET_REAL,
    DEMO_FILE_UNET_SYNTHETIC,
    DEMO_FILE_PREDICTIONS_REAL,
    DEMO_FILE_PREDICTIONS_SYNTHETIC,
    DEMO_FILE_PREDICTIONS_PUBLIC,
    DEMO_FILE_PAIRS,
    DEMO_FILE_REPORT,
    DEMO_FILE_RESULT,
    DEMO_N_FILES
} wil_demo_file;

/* A network trained on one kind of patches, and how it does on the test patients. */
typedef struct wil_demo_arm {
    wil_run_config config;
    wil_train_result trained;
    wil_score score;
} wil_demo_arm;

typedef struct wil_demo_state {
    const wil_demo_config *config; /* borrowed */
    const wil_monitor *monitor;    /* borrowed */
    char *path[DEMO_N_FILES];
    wil_tof_config phantom;
    wil_patch_config patch;
    wil_run_config gan;
    wil_train_result gan_trained;
    wil_cohort cohort;
    int64_t n_real, n_synthetic; /* patches */
    wil_demo_arm real, synthetic;
    wil_score public_network; /* of tof-vessels, trained on random phantoms alone; n 0 where there is none */
    double seconds[DEMO_N_STAGES];
} wil_demo_state;

/* Writes pairs.png and report.html. Fails: WIL_ERR_INPUT, WIL_ERR_IO, WIL_ERR_MEMORY as the files do. */
WIL_NODISCARD wil_status wil_demo_page_write(const wil_demo_state *demo);

#pragma GCC visibility pop
#endif
