/* Moving bfloat16 values: nothing is computed, so the obvious loops do. */
#include "kernel_internal.h"

#include <string.h>

#define REAL uint16_t
#define NAME(x) ref_##x##_bf16

#include "ref_runs.h"
