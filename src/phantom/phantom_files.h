/* What writing a cohort of phantoms takes, whatever they show: BIDS layout, numbers from 1. */
#ifndef WILLIS_PHANTOM_FILES_H
#define WILLIS_PHANTOM_FILES_H

#include "willis/image.h"

#define PHANTOM_TRUTH "derivatives/willis" /* where what is known of the subjects lies */

typedef struct phantom_cohort {
    const char *who;  /* "TOF phantom": begins messages */
    const char *name; /* "willis TOF-MRA phantom" */
    const char *kind; /* folder of a subject's files: "anat" */
    const char *folder;
    int n[3];       /* train, val, test */
    bool no_images; /* truth alone */
    const wil_monitor *monitor;
    char *table;        /* cohort.tsv, owned */
    char *participants; /* participants.tsv, owned */
} phantom_cohort;
void phantom_cohort_clear(phantom_cohort *cohort);
WIL_OWNED_VALUE(phantom_cohort, phantom_cohort_clear)

/* Makes the folder. Fails: WIL_ERR_ARG (no folder, counts, a folder that holds a cohort). */
WIL_NODISCARD wil_status phantom_cohort_begin(const phantom_cohort *cohort);
/* Writes all subjects through write, with their folders made, then the tables and settings (taken; NULL
 * counts as out of memory). cohort.tsv comes last: where it is, everything is. Fails: as write;
 * WIL_ERR_INTERRUPTED. */
typedef wil_status (*phantom_write_fn)(void *context, const char *split, int number);
WIL_NODISCARD wil_status phantom_cohort_write(
    phantom_cohort *cohort, phantom_write_fn write, void *context, json_t *settings);

/* Files of the cohort; name: relative to it. JSON: takes value; NULL counts as out of memory. */
WIL_NODISCARD wil_status phantom_save_json(const phantom_cohort *cohort, json_t *value, const char *name);
WIL_NODISCARD wil_status phantom_save_text(const phantom_cohort *cohort, const char *text, const char *name);
WIL_NODISCARD wil_status phantom_save_volume(const phantom_cohort *cohort, const wil_volume *volume,
    const char *name, wil_nifti_type type, const char *what);
WIL_NODISCARD wil_status phantom_save_mask(
    const phantom_cohort *cohort, const wil_mask *mask, const char *name, const char *what);

#endif
