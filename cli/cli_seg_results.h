/* The results of `willis evaluate segmentation`: CSV, JSON, text, and the comparison with another run. */
#ifndef WILLIS_CLI_SEG_RESULTS_H
#define WILLIS_CLI_SEG_RESULTS_H

#include "cli_pairs.h"
#include "willis/metrics.h"

typedef struct cli_seg_results {
    const cli_pairs *pairs; /* borrowed */
    wil_seg_scores *scores; /* [pairs->n], owned */
    wil_seg_config config;
    uint64_t seed; /* of the bootstrap */
    double *other; /* [pairs->n, WIL_SEG_MOST] of the other run, owned; NULL without */
    const char *other_path;
} cli_seg_results;

void cli_seg_results_clear(cli_seg_results *results);
WIL_NODISCARD wil_status cli_seg_write_csv(const cli_seg_results *results, const char *path);
WIL_NODISCARD wil_status cli_seg_print_json(const cli_seg_results *results);
WIL_NODISCARD wil_status cli_seg_print_text(const cli_seg_results *results);
/* Reads the CSV of another run. Fails: WIL_ERR_INPUT when a case or a column is missing there, or it has more
 * cases, or a cell is no number. */
WIL_NODISCARD wil_status cli_seg_read_other(cli_seg_results *results, const char *path);
/* A column of a CSV that cli_seg_write_csv wrote: [n_rows], freed by the caller. Empty cells are NaN. Fails:
 * WIL_ERR_INPUT, as above. */
WIL_NODISCARD wil_status cli_seg_read_column(
    double **out, const wil_table *table, const char *column, const char *path);

#endif
