/* What lies in a run folder: checkpoints that survive a kill, and a log that matches them. */
#ifndef WILLIS_STUDY_RUN_FOLDER_H
#define WILLIS_STUDY_RUN_FOLDER_H

#include "willis/nn.h"
#include "willis/study.h"

/* Prepares config->output: made if absent, config.yaml written. Without resume a folder that already holds
 * checkpoints or a log is refused (WIL_ERR_ARG), so that no run is overwritten by accident. */
WIL_NODISCARD wil_status run_folder_open(const wil_study_config *config, bool resume);

/* Writes checkpoint-<step>.safetensors and drops all but the newest two. */
WIL_NODISCARD wil_status run_checkpoint_write(
    const char *folder, int64_t step, const wil_tensor *tensors, int n_tensors, json_t *metadata);

/* Reads the newest checkpoint that is sound; a damaged one is reported through monitor and the one before it
 * is used. Fails with WIL_ERR_INPUT when there is none. */
WIL_NODISCARD wil_status run_checkpoint_read(
    const char *folder, wil_tensor_file *out, int64_t *step_out, const wil_monitor *monitor);

/* log.csv, written whole rows at a time. Opening keeps the rows whose first cell is <= last_step (0: none).
 */
typedef struct run_log {
    FILE *file;
    char *path;
} run_log;
WIL_NODISCARD wil_status run_log_open(
    run_log *out, const char *folder, const char *header, int64_t last_step);
WIL_NODISCARD wil_status run_log_row(run_log *log, const char *format, ...) WIL_PRINTF(2, 3);
void run_log_close(run_log *log);

/* Frees n tensors that own their names and data, and the array. */
void run_tensors_free(wil_tensor *tensors, int n_tensors);

#endif
