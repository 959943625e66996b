/* Relative maps of a run. */
#ifndef WILLIS_PERFUSION_RELATIVE_H
#define WILLIS_PERFUSION_RELATIVE_H

#include "run_internal.h"

/* rCBF and rCBV from CBF, CBV and Tmax; absent, with a warning, where there is no reference tissue. */
wil_status run_relative_maps(dsc_run *run);

#endif
