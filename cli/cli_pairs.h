/* Which prediction belongs to which truth: two files, or two folders whose files pair by name. */
#ifndef WILLIS_CLI_PAIRS_H
#define WILLIS_CLI_PAIRS_H

#include "cli.h"

typedef struct cli_pair {
    char *name; /* of the case */
    char *truth, *prediction;
    char *mask; /* NULL without masks */
} cli_pair;
typedef struct cli_pairs {
    cli_pair *items; /* by name */
    size_t n, capacity;
} cli_pairs;

/* What is given on the command line: all files, or all folders. A file of a folder belongs to the case whose
 * name it has before its suffix and .nii or .nii.gz; files without the suffix are passed over. */
typedef struct cli_pair_source {
    const char *truth, *prediction, *mask; /* mask may be NULL */
    const char *truth_suffix, *prediction_suffix, *mask_suffix;
} cli_pair_source;

/* Fails: WIL_ERR_INPUT when a case lacks its partner or its mask (naming it), has two files, or a folder
 * holds no case; WIL_ERR_ARG when files and folders are mixed. Free with cli_pairs_clear in any case. */
WIL_NODISCARD wil_status cli_pairs_find(cli_pairs *out, const cli_pair_source *source);
void cli_pairs_clear(cli_pairs *pairs);

/* Appends a cell of a CSV file: one that holds a comma or a quote stands in quotes [RFC 4180]. */
WIL_NODISCARD wil_status cli_csv_cell(char **text, const char *cell);
/* ",<number>", with nothing behind the comma for NaN. */
WIL_NODISCARD wil_status cli_csv_number(char **text, double value);
/* What a reader of cli_csv_number's cell gets: the value in its digits. */
double cli_csv_rounded(double value);

/* Puts the pair's files before the message of a failure that names only their parts; returns status. */
wil_status cli_pair_context(wil_status status, const cli_pair *pair);

#endif
