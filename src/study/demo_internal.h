/* The stages of the demo. */
#ifndef WILLIS_STUDY_DEMO_INTERNAL_H
#define WILLIS_STUDY_DEMO_INTERNAL_H

#include "willis/study.h"

/* Paths and the settings of every stage, from config. Cleared by the caller in any case. */
WIL_NODISCARD wil_status demo_settings(wil_demo_state *out, const wil_demo_config *config);
void wil_demo_state_clear(wil_demo_state *demo);
WIL_OWNED_VALUE(wil_demo_state, wil_demo_state_clear)

/* Makes the folder ready: what an earlier demo left there goes, anything else is refused. */
WIL_NODISCARD wil_status demo_folder_open(const wil_demo_state *demo);

/* The object of result.json; owned by the caller. */
WIL_NODISCARD wil_status demo_result(json_t **out, const wil_demo_state *demo);

#endif
