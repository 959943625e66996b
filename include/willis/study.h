/* study: many runs and what comes of them. Today the demo: everything once, small, on phantom heads. */
#ifndef WILLIS_STUDY_H
#define WILLIS_STUDY_H

#include "willis/pages_demo.h"
#include "willis/base_fields.h"

#pragma GCC visibility push(default)

extern const wil_fields wil_demo_fields;
wil_demo_config wil_demo_config_default(void);
/* Phantom cohort, WGAN-GP, synthetic set, U-Nets on real and on synthetic patches, scores on test patients,
 * report.html and result.json in folder. result_out: the object of result.json; owned by the caller. Fails:
 * WIL_ERR_ARG (impossible setting, a folder with other things in it), WIL_ERR_INTERRUPTED, and as the stages
 * do. */
WIL_NODISCARD wil_status wil_demo_run(
    const wil_demo_config *config, const wil_monitor *monitor, json_t **result_out);

#pragma GCC visibility pop
#endif
