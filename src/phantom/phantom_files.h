/* What writing a cohort of phantoms takes, whatever they show. */
#ifndef WILLIS_PHANTOM_FILES_H
#define WILLIS_PHANTOM_FILES_H

#include "willis/base.h"

/* Fails: WIL_ERR_ARG; who begins the message. */
WIL_NODISCARD wil_status phantom_check_counts(const char *who, int n_train, int n_val, int n_test);
/* Makes the folder; one that holds a cohort is refused. */
WIL_NODISCARD wil_status phantom_check_folder(const char *folder);
/* <folder>/<part>/sub-<number>/<kind>; part may be "". */
WIL_NODISCARD wil_status phantom_make_folder(
    const char *folder, const char *part, int number, const char *kind);
/* Writes n[0] subjects of train, n[1] of val, n[2] of test through write, numbered from 1. Fails: as write;
 * WIL_ERR_INTERRUPTED. */
typedef wil_status (*phantom_write_fn)(void *context, const char *split, int number);
WIL_NODISCARD wil_status phantom_write_subjects(
    const char *folder, const int n[3], phantom_write_fn write, void *context, const wil_monitor *monitor);
/* Takes value; NULL counts as out of memory. */
WIL_NODISCARD wil_status phantom_save_json(const char *folder, json_t *value, const char *name);
WIL_NODISCARD wil_status phantom_save_text(const char *folder, const char *text, const char *name);

#endif
