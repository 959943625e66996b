/* What writing a cohort of phantoms takes, whatever they show. */
#ifndef WILLIS_PHANTOM_FILES_H
#define WILLIS_PHANTOM_FILES_H

#include "willis/base.h"

extern const char *const phantom_split_names[3]; /* train, val, test */
/* Fails: WIL_ERR_ARG; who begins the message. */
WIL_NODISCARD wil_status phantom_check_counts(const char *who, int n_train, int n_val, int n_test);
/* Makes the folder; one that holds a cohort is refused. */
WIL_NODISCARD wil_status phantom_check_folder(const char *folder);
/* <folder>/<part>/sub-<number>/<kind>; part may be "". */
WIL_NODISCARD wil_status phantom_make_folder(
    const char *folder, const char *part, int number, const char *kind);
/* Takes value; NULL counts as out of memory. */
WIL_NODISCARD wil_status phantom_save_json(const char *folder, json_t *value, const char *name);
WIL_NODISCARD wil_status phantom_save_text(const char *folder, const char *text, const char *name);

#endif
