/* The fields of commands that compare files or folders pair by pair. */
#ifndef WILLIS_CLI_PAIRS_H
#define WILLIS_CLI_PAIRS_H

#include "cli.h"
#include "willis/evaluate.h"

/* Of a wil_case_source: --truth, --prediction, --mask, and what follows the case's name in files' names. */
extern const wil_fields cli_pairs_fields;

#endif
