/* What a training will take of the machine's memory, said and checked before it is taken. */
#ifndef WILLIS_STUDY_MEMORY_NEEDS_H
#define WILLIS_STUDY_MEMORY_NEEDS_H

#include "willis/nn.h"

typedef struct memory_need {
    const char *what; /* "critic step" */
    size_t bytes;     /* 0: not told */
} memory_need;

size_t memory_of_values(const wil_params *params);

/* Tells the needs and what is available. Fails: WIL_ERR_ARG when that is less, with advice (how to need
 * less). */
WIL_NODISCARD wil_status memory_check(
    const memory_need *needs, int n_needs, const char *advice, const wil_monitor *monitor);
/* The same against given bytes; SIZE_MAX: not known, and not told. */
WIL_NODISCARD wil_status memory_check_against(
    const memory_need *needs, int n_needs, size_t available, const char *advice, const wil_monitor *monitor);

#endif
