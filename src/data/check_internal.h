/* Parts of `willis cohort check`. */
#ifndef WILLIS_DATA_CHECK_INTERNAL_H
#define WILLIS_DATA_CHECK_INTERNAL_H

#include "finding.h"

#define PRINT_CELLS 16 /* along each axis */
#define PRINT_FEW 4

/* What stays of a scan after its voxels are gone, to find the same scan under two subjects: its hash, and how
 * bright the cells of two coarse grids over its field are, as ranks that are centred and of length 1. */
typedef struct scan_print {
    bool known;
    uint64_t hash; /* of sizes and voxels */
    int size[3];
    float *cells; /* [16,16,16], owned; NULL: not finite, or constant */
    float few[PRINT_FEW * PRINT_FEW * PRINT_FEW];
} scan_print;
/* Fills cells and few (scan_print.c). */
WIL_NODISCARD wil_status scan_print_fill(scan_print *print, const wil_volume *image);
/* Whether two scans with such prints may be one: turned, mirrored, with other intensities or on another grid.
 * *turn: of b's axes to a's. */
bool scan_print_alike(const scan_print *a, const scan_print *b, wil_orientation *turn, double *likeness_out);
/* Rank correlation, voxel by voxel, of a with b turned so; both of one size then. */
WIL_NODISCARD wil_status scan_likeness(
    double *out, const wil_volume *a, const wil_volume *b, const wil_orientation *turn);
/* Finds scans that stand under two subjects (check_doubles.c). */
WIL_NODISCARD wil_status check_doubles(
    finding_list *findings, const wil_cohort *cohort, const scan_print *prints);

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
 * outlined in red; the subject's name above, sides and a scale in millimetres in each. label: NULL if there
 * is none; on the image's grid. */
WIL_NODISCARD wil_status check_overlay_write(
    const char *path, const char *subject, const wil_volume *image, const wil_mask *label);

#endif
