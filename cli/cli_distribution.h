/* The results of `willis evaluate distribution`: JSON, text, a row of a table, the curve. */
#ifndef WILLIS_CLI_DISTRIBUTION_H
#define WILLIS_CLI_DISTRIBUTION_H

#include "cli_result_table.h"
#include "willis/evaluate.h"

WIL_NODISCARD wil_status cli_distribution_print_json(
    const wil_distribution *result, const wil_distribution_config *config);
WIL_NODISCARD wil_status cli_distribution_print_text(
    const wil_distribution *result, const wil_distribution_config *config);
WIL_NODISCARD wil_status cli_distribution_add_row(const wil_distribution *result,
    const wil_distribution_config *config, const char *path, const char *label);
/* Precision over recall: CSV (angle number, recall, precision), SVG. */
WIL_NODISCARD wil_status cli_distribution_write_curve(const wil_distribution *result, const char *path);
WIL_NODISCARD wil_status cli_distribution_draw_curve(const wil_distribution *result, const char *path);

#endif
