/* Parts of `willis cohort check`. */
#ifndef WILLIS_DATA_CHECK_INTERNAL_H
#define WILLIS_DATA_CHECK_INTERNAL_H

#include "finding.h"

/* What stays of a scan after its voxels are gone, to find the same scan under two subjects. */
typedef struct scan_print {
    bool known;
    uint64_t hash; /* of sizes and voxels */
} scan_print;
WIL_OWNED_POINTER(scan_print, wil_free)

/* Reads one subject's files and notes everything that is wrong with them. Writes <overlay_folder>/<id>.png
 * unless that is NULL or there is nothing to show. Fails only for memory, or when the overlay cannot be
 * written. */
WIL_NODISCARD wil_status check_subject(finding_list *findings, wil_subject_facts *facts, scan_print *print,
    const wil_cohort *cohort, int subject, const char *overlay_folder);

/* *out: a sentence if the file of a mask that lies on the image has other axes than the image's, else NULL;
 * freed with wil_free (scan.c). */
WIL_NODISCARD wil_status scan_turn_note(
    char **out, const wil_grid *mask, const char *kind, const char *path, const wil_grid *image);

/* Three axial slices with much label, outlined, beside the maximum projection with the label's projection
 * outlined in red. label: NULL if there is none; on the image's grid. */
WIL_NODISCARD wil_status check_overlay_write(
    const char *path, const wil_volume *image, const wil_mask *label);

#endif
