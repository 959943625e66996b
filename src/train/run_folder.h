/* What lies in a run folder: checkpoints that survive a kill, and a log that matches them. */
#ifndef WILLIS_STUDY_RUN_FOLDER_H
#define WILLIS_STUDY_RUN_FOLDER_H

#include "willis/engine.h"
#include "willis/nn.h"
#include "willis/train.h"

/* Makes config->output if it is absent, locks it for this process, and removes temporary files that a kill
 * left. Fails with WIL_ERR_ARG when another training holds the lock; without resume when it already holds
 * checkpoints or a trained network, so that no run is overwritten by accident; with resume when there is no
 * such folder. *resume becomes false when the folder holds nothing yet, as the run was killed before its
 * first checkpoint: it then starts from the beginning, which is reported. */
WIL_NODISCARD wil_status run_folder_open(
    int *lock_out, const wil_run_config *config, bool *resume, const wil_monitor *monitor);
void run_folder_close(int lock);

/* config.yaml: every value of config. */
WIL_NODISCARD wil_status run_config_write(const wil_run_config *config);
/* Holds config against the config.yaml that the run to be resumed has. Settings that its checkpoints cannot
 * be continued with are refused (WIL_ERR_ARG: which run, which setting, both values); others that change its
 * numbers are reported through monitor. */
WIL_NODISCARD wil_status run_config_compare(const wil_run_config *config, const wil_monitor *monitor);

bool run_has_checkpoint(const char *folder);
/* What the bits of a training depend on beside its settings; kept in its checkpoints. The number of threads
 * is added to these. */
typedef struct run_facts {
    wil_precision precision; /* computed in, which is f32 where the processor has no bf16 */
    uint32_t patches;        /* wil_samples_checksum */
} run_facts;

/* Writes checkpoint-<step>.safetensors and drops all but the newest two. The facts are added to metadata (may
 * be NULL). Fails with WIL_ERR_NUMERIC, and leaves the older ones, when a weight or a moment is not finite.
 */
WIL_NODISCARD wil_status run_checkpoint_write(const char *folder, int64_t step, const wil_tensor_list *list,
    const run_facts *facts, const json_t *metadata);

/* Opens the newest checkpoint that is sound; a damaged one is reported through monitor and the one before it
 * is used; facts other than those it was computed with are reported. Fails with WIL_ERR_INPUT when there is
 * none. */
WIL_NODISCARD wil_status run_checkpoint_open(const char *folder, wil_tensor_reader **out, int64_t *step_out,
    const run_facts *facts, const wil_monitor *monitor);

/* log.csv, written whole rows at a time. Opening keeps the rows whose first cell is <= last_step (0: none);
 * flush, to be called before a checkpoint, lets no crash of the machine keep a checkpoint and lose its rows.
 */
typedef struct run_log {
    FILE *file;
    char *path;
} run_log;
WIL_NODISCARD wil_status run_log_open(
    run_log *out, const char *folder, const char *header, int64_t last_step);
WIL_NODISCARD wil_status run_log_row(run_log *log, const char *format, ...) WIL_PRINTF(2, 3);
WIL_NODISCARD wil_status run_log_flush(run_log *log);
void run_log_close(run_log *log);

#endif
