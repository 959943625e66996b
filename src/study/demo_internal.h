/* What the stages of the demo share: where things lie, with which settings, and what came of it. */
#ifndef WILLIS_STUDY_DEMO_INTERNAL_H
#define WILLIS_STUDY_DEMO_INTERNAL_H

#include "willis/phantom.h"
#include "willis/report.h"
#include "willis/study.h"

typedef enum demo_stage {
    DEMO_COHORT,
    DEMO_PATCHES,
    DEMO_GAN,
    DEMO_GENERATE,
    DEMO_UNET_REAL,
    DEMO_UNET_SYNTHETIC,
    DEMO_SCORE,
    DEMO_REPORT,
    DEMO_N_STAGES
} demo_stage;
const char *demo_stage_name(demo_stage stage); /* "cohort", ...: the keys of seconds in result.json */

/* What the demo writes, all in its folder. */
typedef enum demo_file {
    DEMO_FILE_MARK, /* demo.json: says that the folder is a demo's, and with which settings */
    DEMO_FILE_COHORT,
    DEMO_FILE_REAL,
    DEMO_FILE_GAN,
    DEMO_FILE_SYNTHETIC,
    DEMO_FILE_UNET_REAL,
    DEMO_FILE_UNET_SYNTHETIC,
    DEMO_FILE_PREDICTIONS_REAL,
    DEMO_FILE_PREDICTIONS_SYNTHETIC,
    DEMO_FILE_PAIRS,
    DEMO_FILE_REPORT,
    DEMO_FILE_RESULT,
    DEMO_N_FILES
} demo_file;

/* A network trained on one kind of patches, and how it does on the test patients. */
typedef struct demo_arm {
    wil_study_config config;
    wil_train_result trained;
    wil_score score;
} demo_arm;

typedef struct demo_state {
    const wil_demo_config *config; /* borrowed */
    const wil_monitor *monitor;    /* borrowed */
    char *path[DEMO_N_FILES];
    wil_tof_config phantom;
    wil_patch_config patch;
    wil_study_config gan;
    wil_train_result gan_trained;
    wil_cohort cohort;
    int64_t n_real, n_synthetic; /* patches */
    demo_arm real, synthetic;
    double seconds[DEMO_N_STAGES];
} demo_state;

/* Paths and the settings of every stage, from config. Cleared by the caller in any case. */
WIL_NODISCARD wil_status demo_settings(demo_state *out, const wil_demo_config *config);
void demo_state_clear(demo_state *demo);

/* Makes the folder ready: what an earlier demo left there goes, anything else is refused. */
WIL_NODISCARD wil_status demo_folder_open(const demo_state *demo);

/* The object of result.json; owned by the caller. */
WIL_NODISCARD wil_status demo_result(json_t **out, const demo_state *demo);
/* Writes pairs.png and report.html. */
WIL_NODISCARD wil_status demo_report_write(const demo_state *demo);

/* Figures of the report, each appended to it. */
WIL_NODISCARD wil_status demo_figure_cohort(wil_report *report, const demo_state *demo);
WIL_NODISCARD wil_status demo_figure_pairs(wil_report *report, const demo_state *demo);
WIL_NODISCARD wil_status demo_figure_losses(wil_report *report, const demo_state *demo);
WIL_NODISCARD wil_status demo_figure_segmentation(wil_report *report, const demo_state *demo);

#endif
