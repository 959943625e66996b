/* A CSV table of results to which each run adds its row. */
#ifndef WILLIS_CLI_RESULT_TABLE_H
#define WILLIS_CLI_RESULT_TABLE_H

#include "cli.h"

typedef struct cli_figure {
    char name[64]; /* with convention and hash: "prd_k20_auc@1a2b3c4d" */
    double value;
} cli_figure;

/* Adds a row (label, then the values; an empty cell for NaN) to the table at path, which is made if absent.
 * Fails: WIL_ERR_INPUT when the table there has other columns, naming the first that differs: figures of
 * other features or settings do not belong in one table. */
WIL_NODISCARD wil_status cli_result_table_add(
    const char *path, const char *label, const cli_figure *figures, int n_figures);

#endif
